"""Two processes that draw: figures take longer than the numbers that they show."""

from __future__ import annotations

import asyncio
import signal
import sys
from concurrent.futures import Future
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import suppress
from multiprocessing import get_context
from multiprocessing.context import BaseContext
from typing import TYPE_CHECKING

from cvosim.app import render_job

if TYPE_CHECKING:
    from cvosim.report.exhibit import Exhibit

PROCESSES = 2


class Renderers:
    """Draws figures in processes of its own, which are warm before they are needed."""

    def __init__(self) -> None:
        self._context = _context()
        self._pool = self._new()

    def _new(self) -> ProcessPoolExecutor:
        pool = ProcessPoolExecutor(PROCESSES, self._context, render_job.begin)
        for _ in range(PROCESSES):
            pool.submit(render_job.warm)
        return pool

    def begin(self, exhibit: Exhibit) -> Future[str]:
        """Have a figure drawn; the future holds its markup."""
        try:
            return self._pool.submit(render_job.rendered, exhibit)
        except BrokenProcessPool:  # a process was killed: all of them are gone
            self._pool = self._new()
            return self._pool.submit(render_job.rendered, exhibit)

    async def finish(self, drawing: Future[str], exhibit: Exhibit) -> str:
        """Wait for a figure; once more if its process died."""
        try:
            return await asyncio.wrap_future(drawing)
        except BrokenProcessPool:
            return await asyncio.wrap_future(self.begin(exhibit))

    def stop(self) -> None:
        """End the processes at once; nothing that they do is worth waiting for."""
        children = [*(self._pool._processes or {}).values()]  # no public way before 3.14
        self._pool.shutdown(wait=False, cancel_futures=True)
        for child in children:
            with suppress(OSError):
                child.kill()


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
