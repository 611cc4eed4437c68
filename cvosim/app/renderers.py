"""Two processes that draw: figures take longer than the numbers that they show."""

from __future__ import annotations

import asyncio
import signal
import sys
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING

from cvosim.app import render_job
from cvosim.app.turns import LATE, StoppedError, Token

if TYPE_CHECKING:
    from cvosim.report.exhibit import Exhibit

PROCESSES = 2
LONGEST = 10.0
"""Seconds after which a process that draws is taken to hang; a tenth of one is usual."""


class Renderers:
    """Draws figures in processes of its own, which are warm before they are needed."""

    def __init__(self) -> None:
        self._context = _context()
        self._pool = self._new()
        self._room = asyncio.Semaphore(PROCESSES + 2)  # so that no process waits for the next

    def _new(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(PROCESSES, self._context, render_job.begin)
        for _ in range(PROCESSES):
            pool.submit(render_job.warm)
        return pool

    def begin(self, exhibit: Exhibit) -> asyncio.Task[str]:
        """Have a figure drawn; cancelled before it is begun, it costs nothing."""
        return asyncio.ensure_future(self._drawn(exhibit))

    async def _drawn(self, exhibit: Exhibit) -> str:
        await self._room.acquire()
        # no future of a pool is ever cancelled: a pool that breaks then breaks in its thread, too
        drawing = asyncio.ensure_future(self._at_last(exhibit))
        drawing.add_done_callback(self._over)
        return await asyncio.shield(drawing)

    def _over(self, drawing: asyncio.Task[str]) -> None:
        self._room.release()
        if not drawing.cancelled():
            drawing.exception()  # looked at, whether or not anybody waits

    async def _at_last(self, exhibit: Exhibit) -> str:
        """Draw a figure; once more if its process died or hung."""
        try:
            return await self._once(exhibit)
        except BrokenProcessPool:
            return await self._once(exhibit)

    async def _once(self, exhibit: Exhibit) -> str:
        pool = self._pool
        try:
            drawing = asyncio.wrap_future(pool.submit(render_job.rendered, exhibit))
            drawing.add_done_callback(_looked_at)
            await asyncio.wait({drawing}, timeout=LONGEST)
            if drawing.done():
                return drawing.result()
            raise BrokenProcessPool("a process hangs")
        except BrokenProcessPool:
            if pool is self._pool:
                self._pool = self._new()
                _end(pool)
            raise

    async def finish(self, drawing: asyncio.Task[str], token: Token) -> str:
        """Wait for a figure, as long as the request may.

        Raises
        ------
        StoppedError
            It took longer.
        """
        await asyncio.wait({drawing}, timeout=max(token.left, 0.0))
        token.check()
        if not drawing.done():
            raise StoppedError(LATE)
        return drawing.result()

    def stop(self) -> None:
        """End the processes at once; nothing that they do is worth waiting for."""
        _end(self._pool)


def _end(pool: ProcessPoolExecutor) -> None:
    children = [*(pool._processes or {}).values()]  # no public way before 3.14
    pool.shutdown(wait=False)
    for child in children:
        with suppress(OSError, ValueError):
            child.kill()


def _looked_at(drawing: asyncio.Future[str]) -> None:
    if not drawing.cancelled():
        drawing.exception()


def _context() -> BaseContext:
    """How processes begin: forked from one that has everything loaded and no threads."""
    if sys.platform == "win32":
        return get_context("spawn")
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()
    forkserver.set_forkserver_preload(["cvosim.app.preload"])
    # the terminal sends Ctrl-C to all of its processes; what is blocked now stays so in them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return get_context("forkserver")
