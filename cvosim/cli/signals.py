"""Being stopped from outside: signals as exceptions, so that files are cleaned up."""

from __future__ import annotations

import signal
from contextlib import suppress
from threading import Timer
from types import FrameType

_HANGUP = getattr(signal, "SIGHUP", None)
"""What a terminal sends when it is closed; Windows knows none."""


class Terminated(KeyboardInterrupt):
    """SIGTERM, or a closed terminal; unwinds like Ctrl-C, through whatever has to be put away."""


def listen() -> None:
    """Turn signals into exceptions from here on; elsewhere than in the main thread, do nothing."""
    with suppress(ValueError):
        if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:  # as `nohup` and `&` may wish
            signal.signal(signal.SIGINT, _stop)
        if _HANGUP is not None and signal.getsignal(_HANGUP) is not signal.SIG_IGN:  # `nohup`
            signal.signal(_HANGUP, _stop)
        signal.signal(signal.SIGTERM, _stop)


def stop_listening() -> None:
    """End in peace: all is said, so a late signal has nothing left to interrupt."""
    with suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        if _HANGUP is not None:
            signal.signal(_HANGUP, signal.SIG_IGN)


def end_unread() -> None:
    """End as any tool does whose output nobody reads any more (``cvosim run x | head -3``).

    That is of SIGPIPE, where there is such a thing. Until then it is ignored, as Python has it:
    whoever answers a browser that has just gone away gets the same signal.
    """
    with suppress(ValueError):  # elsewhere than in the main thread
        if hasattr(signal, "SIGPIPE"):
            signal.signal(signal.SIGPIPE, signal.SIG_DFL)
            signal.raise_signal(signal.SIGPIPE)


def stopped_by(error: BaseException) -> KeyboardInterrupt | None:
    """Find the signal behind an error, also where a library wrapped it into one of its own.

    Examples
    --------
    >>> try:
    ...     try:
    ...         raise KeyboardInterrupt
    ...     except KeyboardInterrupt as reason:
    ...         raise SystemError("cannot load") from reason
    ... except SystemError as error:
    ...     stopped_by(error)
    KeyboardInterrupt()
    """
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is None or id(one) in seen:
            continue
        if isinstance(one, KeyboardInterrupt):
            return one
        seen.add(id(one))
        waiting += [one.__context__, one.__cause__]
    return None


def _stop(number: int, frame: FrameType | None) -> None:
    if _called_by_compiler(frame):
        Timer(0.01, signal.raise_signal, (number,)).start()
        return
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated


def _called_by_compiler(frame: FrameType | None) -> bool:
    """Whether LLVM waits for an answer of Python's: it crashes when it gets an exception."""
    while frame is not None:
        if frame.f_code.co_name.startswith("_raw_object_cache"):
            return True
        frame = frame.f_back
    return False
