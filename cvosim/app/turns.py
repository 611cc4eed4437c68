"""Who may go on: a newer turn stops the older one, and users take turns with the cores."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from cvosim.app.state import RefusedError

P = ParamSpec("P")
R = TypeVar("R")

NEWER = "A newer change took its place."
LATE = "It took too long; simulate fewer customers."
GONE = "Nobody waits for it any more."


class StoppedError(Exception):
    """A request that goes no further; its message says why."""


class Token:
    """A request's permission to go on.

    Parameters
    ----------
    seconds : float
        How long it may take.
    """

    def __init__(self, seconds: float) -> None:
        self.end = time.monotonic() + seconds
        self._why = ""

    def stop(self, why: str) -> None:
        """Take it away; the first reason counts."""
        self._why = self._why or why

    @property
    def left(self) -> float:
        """Seconds that are left, none once it is stopped."""
        return 0.0 if self._why else self.end - time.monotonic()

    def check(self, done: int = 0) -> None:
        """Raise `StoppedError` unless there is permission; fit for a ``progress``."""
        if self._why:
            raise StoppedError(self._why)
        if time.monotonic() > self.end:
            raise StoppedError(LATE)


class Turns:
    """The requests that are being answered.

    Parameters
    ----------
    waiting : int
        How many there may be.
    """

    def __init__(self, waiting: int) -> None:
        self.room = waiting
        self._of_tab: dict[str, Token] = {}
        self._one_at_a_time = asyncio.Semaphore(1)  # first come, first served

    @contextmanager
    def taken(self, token: Token, tab: str = "") -> Iterator[Token]:
        """Hold a place; stop what the same tab asked for before.

        Raises
        ------
        RefusedError
            There is no room.
        """
        older = self._of_tab.get(tab) if tab else None
        if older is not None:
            older.stop(NEWER)
        if self.room <= 0:
            raise RefusedError(503, "Too many people are waiting; try again in a moment.")
        self.room -= 1
        if tab:
            self._of_tab[tab] = token
        try:
            yield token
        finally:
            self.room += 1
            token.stop(GONE)
            if self._of_tab.get(tab) is token:
                del self._of_tab[tab]

    async def alone(
        self, token: Token, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Do something that keeps all cores busy, when it is this request's turn.

        It is over for the next one when the work is, even if nobody waits for it any more.
        """
        token.check()
        try:
            await asyncio.wait_for(self._one_at_a_time.acquire(), max(token.left, 0.001))
        except TimeoutError:
            raise StoppedError(LATE) from None
        try:
            token.check()
            running = asyncio.ensure_future(asyncio.to_thread(work, *args, **kwargs))
        except BaseException:
            self._one_at_a_time.release()
            raise
        running.add_done_callback(self._over)
        return await asyncio.shield(running)

    def _over(self, running: asyncio.Future[R]) -> None:
        self._one_at_a_time.release()
        if not running.cancelled():
            running.exception()  # looked at, whether or not anybody waits
