"""Who may go on: a newer turn stops the older one, and users take turns with the cores."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import ParamSpec, TypeVar

from cvosim.app.state import RefusedError

P = ParamSpec("P")
R = TypeVar("R")

NEWER = "A newer change took its place."
LATE = "It took too long; simulate fewer customers."
BUSY = "Others are being served; try again."
GONE = "Nobody waits for it any more."
_REMEMBERED = 1000
"""Peers and tabs of which is known when they were served last."""


class StoppedError(Exception):
    """A request that goes no further; its message says why."""


class Token:
    """A request's permission to go on.

    Parameters
    ----------
    seconds : float
        How long it may take, while it is not waiting for others.
    patience : float
        How long it may wait for others.
    peer : str
        The address that it came from.
    size : int
        How many customers it is about.
    """

    def __init__(
        self, seconds: float, patience: float = 60.0, peer: str = "", size: int = 1
    ) -> None:
        self.end = time.monotonic() + seconds
        self.patience = patience
        self.peer = peer
        self.size = size
        self.tab = ""
        self.start = 0
        self._why = ""
        self._my_turn: asyncio.Future[None] | None = None

    def stop(self, why: str) -> None:
        """Take it away; the first reason counts."""
        self._why = self._why or why
        if self._my_turn is not None and not self._my_turn.done():
            self._my_turn.set_exception(StoppedError(self._why))

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

    async def wait(self, my_turn: asyncio.Future[None]) -> None:
        """Wait for others: that is not on its clock, and has an end of its own."""
        self._my_turn, began = my_turn, time.monotonic()
        try:
            await asyncio.wait_for(my_turn, max(self.patience, 0.0))
        except TimeoutError:
            raise StoppedError(BUSY) from None
        finally:
            waited = time.monotonic() - began
            self.end += waited
            self.patience -= waited


class Turns:
    """The requests that are being answered.

    Parameters
    ----------
    waiting : int
        How many there may be. One address has half of the places at most: people behind a proxy
        share one, and nobody shall have all.
    """

    def __init__(self, waiting: int) -> None:
        self.room = waiting
        self._most = max(waiting // 2, 1)
        self._of_peer: Counter[str] = Counter()
        self._of_tab: dict[tuple[str, str], Token] = {}
        self._waiting: dict[asyncio.Future[None], Token] = {}  # by arrival
        self._served: dict[str, int] = {}  # peers, and when
        self._had: dict[tuple[str, str], int] = {}  # tabs, and up to which customer
        self._count = self._now = 0
        self._busy = False
        # its own: what else is looked up in threads neither waits for it nor holds it up
        self._thread = ThreadPoolExecutor(1, "simulation")

    @contextmanager
    def taken(self, token: Token, tab: str = "") -> Iterator[Token]:
        """Hold a place; stop what the same tab asked for before.

        Raises
        ------
        RefusedError
            There is no room.
        """
        peer, token.tab = token.peer, tab
        older = self._of_tab.get((peer, tab)) if tab else None
        if older is not None:
            older.stop(NEWER)
        if self.room <= 0 or self._of_peer[peer] >= self._most:
            raise RefusedError(503, "Too many people are waiting; try again in a moment.")
        self.room -= 1
        self._of_peer[peer] += 1
        if tab:
            self._of_tab[peer, tab] = token
        try:
            yield token
        finally:
            self.room += 1
            self._of_peer -= Counter({peer: 1})  # keeps none that has no place
            token.stop(GONE)
            if self._of_tab.get((peer, tab)) is token:
                del self._of_tab[peer, tab]

    async def alone(
        self, token: Token, work: Callable[P, R], /, *args: P.args, **kwargs: P.kwargs
    ) -> R:
        """Do something that keeps all cores busy, when it is this request's turn.

        It is over for the next one when the work is, even if nobody waits for it any more.
        """
        token.check()
        token.start = max(self._now, self._had.get((token.peer, token.tab), 0))
        my_turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[my_turn] = token
        self._next()
        try:
            await token.wait(my_turn)
            token.check()
            running = asyncio.wrap_future(self._thread.submit(work, *args, **kwargs))
        except BaseException:
            self._waiting.pop(my_turn, None)
            if my_turn.done() and not my_turn.cancelled() and my_turn.exception() is None:
                self._over(my_turn)  # it came too late
            raise
        running.add_done_callback(self._over)
        return await asyncio.shield(running)

    def stop(self) -> None:
        """Begin no further work."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    def _next(self) -> None:
        """Let somebody go on: of the peer not served for longest, the tab that had least.

        Tabs are served as if their customers were, one after the other (fair queueing): a small
        question does not wait for all the large ones that came before it.
        """
        open_ = [turn for turn in self._waiting if not turn.done()]
        if self._busy or not open_:
            return
        chosen = min(open_, key=lambda turn: self._last(self._waiting[turn]))
        token = self._waiting.pop(chosen)
        self._count += 1
        for known in (self._served, self._had):
            if len(known) > _REMEMBERED:
                known.clear()
        self._served[token.peer] = self._count
        self._now = max(self._now, token.start)
        self._had[token.peer, token.tab] = token.start + token.size
        self._busy = True
        chosen.set_result(None)

    def _last(self, token: Token) -> tuple[int, int]:
        return self._served.get(token.peer, 0), token.start + token.size

    def _over(self, done: asyncio.Future[R] | asyncio.Future[None]) -> None:
        self._busy = False
        if not done.cancelled():
            done.exception()  # looked at, whether or not anybody waits
        self._next()
