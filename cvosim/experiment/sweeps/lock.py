"""One process at a time may write to a store: a file that says which, and that it is alive."""

from __future__ import annotations

import json
import os
import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any, NamedTuple
from uuid import uuid4

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import PART, in_words

LOCK = "lock"
BEAT = 20.0
"""Seconds between two signs of life of who writes."""
STILL = 300.0
"""Seconds without one after which a process that cannot be looked at is taken to be dead."""
_SETTLING = 0.05
"""Seconds to wait for one who is about to fill his lock."""


class Held(NamedTuple):
    """A lock that is ours.

    Attributes
    ----------
    path : Path
        The file.
    text : str
        What it says as long as it is ours.
    notes : tuple of str
        From whom it was taken over, if he could not be looked at.
    """

    path: Path
    text: str
    notes: tuple[str, ...]

    def check(self) -> None:
        """Notice that somebody took it over, after this process had stood still for minutes.

        Raises
        ------
        DataError
            Then; nothing may be written any more.
        """
        with in_words("read", self.path):
            ours = _text(self.path) == self.text
        if not ours:
            raise DataError(
                f"{self.path.parent}: another process has taken this sweep over, or somebody has "
                f"deleted {self.path}; what is finished is kept"
            )


@contextmanager
def locked(folder: Path) -> Iterator[Held]:
    """Be the only one who writes to a store.

    The lock of a process of this computer that is no more (killed, or the computer was
    switched off) is taken over; that of one that cannot be looked at, on another computer or in
    another container, when it has given no sign of life for `STILL` seconds.

    Raises
    ------
    DataError
        When another process is at work there, or the folder may not be written to.
    """
    path = folder / LOCK
    mine = json.dumps(identity())
    notes: list[str] = []
    with in_words("write", path):
        while not _created(path, mine):
            notes += _refuse_or_take_away(path)
    ended = Event()
    # a daemon: nobody waits for it when the process ends in haste
    Thread(target=_beat, args=(path, mine, ended), name="cvosim-lock", daemon=True).start()
    try:
        yield Held(path, mine, tuple(notes))
    finally:
        ended.set()
        with in_words("delete", path):
            if _text(path) == mine:
                path.unlink(missing_ok=True)


def identity() -> dict[str, Any]:
    """Say which process this is, so that others can tell whether it still lives."""
    return {
        "process": os.getpid(),
        "computer": platform.node(),
        **_place(),
        "born": _born(os.getpid()),
        "since": datetime.now(UTC).isoformat(timespec="microseconds"),
        "key": uuid4().hex,
    }


def _place() -> dict[str, str]:
    """Where process numbers mean the same, where the system says so: containers share names."""
    place = {}
    with suppress(OSError):
        place["boot"] = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    with suppress(OSError):
        place["namespace"] = str(Path("/proc/self/ns/pid").readlink())
    return place


def is_near(owner: dict[str, Any]) -> bool:
    """Whether a process, alive or not, can be looked at from here."""
    if not isinstance(owner.get("process"), int) or owner.get("computer") != platform.node():
        return False
    return all(owner.get(key, value) == value for key, value in _place().items())


def is_alive(owner: dict[str, Any]) -> bool:
    """Whether a process that can be looked at still runs."""
    return _alive(owner["process"]) and _born(owner["process"]) == owner.get("born")


def _beat(path: Path, mine: str, ended: Event) -> None:
    """Touch the lock now and then, as long as it is ours."""
    while not ended.wait(BEAT):
        with suppress(OSError):  # the next time it may work; if never, others see it stand still
            if _text(path) != mine:
                return
            os.utime(path)


def _created(path: Path, text: str) -> bool:
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError:
        return False
    return True


def _refuse_or_take_away(path: Path) -> list[str]:
    """Take the lock of a dead owner away; what should be said of that."""
    text = _text(path)
    for _ in range(10):
        if text != "":
            break
        time.sleep(_SETTLING)  # its owner is about to fill it, or died before it did
        text = _text(path)
    if text is None:
        return []
    owner = _owner(text)
    if not isinstance(owner.get("process"), int):
        _take_away(path, text, None)
        return []
    if is_near(owner):
        if is_alive(owner):
            raise DataError(f"{_at_work(path, owner)} delete {path}")
        _take_away(path, text, None)
        return []
    touched = _touched(path)
    if touched is None:
        return []
    still = _now(path) - touched
    if still < STILL:
        raise DataError(
            f"{_at_work(path, owner)} wait: {STILL / 60.0:.0f} minutes after its last sign of life "
            f"the same command takes over (in {STILL - still:.0f} s), at once if you delete {path}"
        )
    if not _take_away(path, text, touched):
        return []
    return [f"{path}: {_who(owner)} gave no sign of life for {still:.0f} s and was taken over"]


def _take_away(path: Path, text: str, touched: float | None) -> bool:
    """Remove the very lock that was looked at: somebody else may have been faster."""
    away = path.with_name(f".{path.name}.{uuid4().hex}{PART}")
    try:
        path.rename(away)
    except FileNotFoundError:
        return False
    same = _text(away) == text and touched in (None, _touched(away))
    if not same and not path.exists():
        away.rename(path)  # whoever took it over in the meantime, or woke up, has it back
        return False
    away.unlink(missing_ok=True)
    return same


def _touched(path: Path) -> float | None:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return None


def _now(path: Path) -> float:
    """What the clock of the disk says: that of this computer may be wrong."""
    probe = path.with_name(f".{path.name}.{uuid4().hex}{PART}")
    try:
        probe.touch()
        return probe.stat().st_mtime
    finally:
        probe.unlink(missing_ok=True)


def _text(path: Path) -> str | None:
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None


def _owner(text: str) -> dict[str, Any]:
    try:
        owner = json.loads(text)
    except ValueError:
        return {}
    return owner if isinstance(owner, dict) else {}


def _who(owner: dict[str, Any]) -> str:
    if is_near(owner):
        return f"process {owner['process']}"
    computer = str(owner.get("computer"))
    where = "another container or start of " if computer == platform.node() else ""
    return f"process {owner['process']} on {where}{computer}"


def _at_work(path: Path, owner: dict[str, Any]) -> str:
    since = str(owner.get("since"))[:19].replace("T", " ")
    return (
        f"{path.parent}: {_who(owner)} has been running this sweep since {since} UTC; wait for "
        "it, stop it, or, if it is not running any more,"
    )


def _alive(process: int) -> bool:
    if sys.platform == "win32":  # there, asking like below would end it
        return True
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (PermissionError, OverflowError):
        return True
    return True


def _born(process: int) -> str:
    """When a living process began, where the system says so: their numbers are used again."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state in "ZX" else rest[18]
