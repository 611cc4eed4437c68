"""Worker processes: each behind a pool of its own, so that a death has one job to blame.

`ProcessPoolExecutor` breaks as a whole when one of its processes dies, and cannot say whose
job it was. So every thread of a `ThreadPoolExecutor` owns a pool of one process: the others
work on while it makes itself a new one.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool, ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import connection, get_context
from multiprocessing.context import BaseContext
from typing import Any, TypeVar, cast

from cvosim.errors import DataError
from cvosim.experiment.executors.seam import Lost

J = TypeVar("J")
R = TypeVar("R")

ATTEMPTS = 3
"""How many processes one job may end before it is given up."""
GRACE = 3.0
"""Seconds for jobs under way when the workers are no longer needed."""

_PRELOADED = ["cvosim.experiment.executors.preload"]


class _Processes:
    """Threads, each with a process that does its jobs."""

    deaths: tuple[type[BaseException], ...] = ()  # every death is dealt with here

    def __init__(self, size: int) -> None:
        self.size = size
        self._context = _context()
        self._threads = ThreadPoolExecutor(size, "cvosim")
        self._own = threading.local()
        self._pools: set[ProcessPoolExecutor] = set()
        self._lock = threading.Lock()
        self._first = threading.Lock()
        self._loaded = False
        self._over = False

    def executor(self) -> Executor:
        return _InProcess(self._threads, self._attempt)

    def take_back(self, executor: Executor, futures: Iterable[Future[Any]]) -> None:
        for future in futures:
            future.cancel()

    def error_of(self, future: Future[Any]) -> BaseException | None:
        return future.exception()

    def look(self) -> None:
        """Every thread looks after its process by itself."""

    def _attempt(self, function: Callable[[J], R], job: J) -> R | Lost:
        for _ in range(ATTEMPTS):
            pool = self._own_pool()
            try:
                return self._submit(pool, function, job).result()
            except BrokenProcessPool:
                self._drop(pool)
        return Lost()

    def _own_pool(self) -> ProcessPoolExecutor:
        """The process of this thread; a new one, that has shown that it can begin, if need be."""
        pool: ProcessPoolExecutor | None = getattr(self._own, "pool", None)
        failures = 0
        while pool is None:
            pool = ProcessPoolExecutor(1, self._context, _begin)
            try:
                self._submit(pool, _hello).result()
                self._load_kernel(pool)
            except BrokenProcessPool:
                self._drop(pool)
                pool, failures = None, failures + 1
                if failures == ATTEMPTS:
                    raise DataError(_NO_START) from None
        self._own.pool = pool
        return pool

    def _load_kernel(self, pool: ProcessPoolExecutor) -> None:
        """Should it have to be compiled, then by one process, which the others wait for."""
        with self._first:
            first = not self._loaded
            if first:
                self._submit(pool, _load_kernel).result()
                self._loaded = True
        if not first:
            self._submit(pool, _load_kernel).result()

    def _submit(
        self, pool: ProcessPoolExecutor, function: Callable[..., R], *jobs: object
    ) -> Future[R]:
        """Hand a job to a process, which begins at the first, unless all of this is over."""
        with self._lock:
            if self._over:
                raise _OverError
            self._pools.add(pool)
            return pool.submit(function, *jobs)

    def _drop(self, pool: ProcessPoolExecutor) -> None:
        self._own.pool = None
        with self._lock:
            self._pools.discard(pool)
        pool.shutdown(wait=True)

    def stop(self) -> None:
        """Give jobs under way a little time, then end the processes."""
        with self._lock:
            self._over = True
            # before 3.14 there is no public way to end a process at once, and `shutdown`
            # forgets them
            children = {
                child.sentinel: child for pool in self._pools for child in pool._processes.values()
            }
            for pool in self._pools:
                pool.shutdown(wait=False, cancel_futures=True)
        try:
            self._threads.shutdown(wait=False, cancel_futures=True)
            end = time.monotonic() + GRACE
            while children and (left := end - time.monotonic()) > 0:
                for sentinel in connection.wait(children, left):
                    del children[cast("int", sentinel)]
        finally:
            for child in children.values():
                child.kill()
            self._threads.shutdown(wait=True)


class _OverError(Exception):
    """Nobody waits for this job any more."""


_NO_START = (
    "executor: worker processes end before they begin. In a script, put the call under"
    ' `if __name__ == "__main__":`; else use "threads"'
)


class _InProcess(Executor):
    """A `ThreadPoolExecutor` whose threads have the job done by their process."""

    def __init__(self, threads: ThreadPoolExecutor, attempt: Callable[..., object]) -> None:
        self._threads = threads
        self._attempt = attempt

    def submit(self, fn: Callable[..., R], /, *args: object, **kwargs: object) -> Future[R]:
        return self._threads.submit(self._attempt, fn, *args, **kwargs)  # type: ignore[arg-type]


@contextmanager
def processes(size: int) -> Iterator[_Processes]:
    """Have ``size`` worker processes; none is left when the block is.

    Parameters
    ----------
    size : int
        How many.

    Yields
    ------
    Crew
        For `draw_through`.

    Examples
    --------
    >>> from cvosim.experiment.executors.seam import draw_through
    >>> with processes(1) as crew:
    ...     list(draw_through(crew, abs, [-1, -2]))
    [(-1, 1), (-2, 2)]
    """
    crew = _Processes(size)
    try:
        yield crew
    finally:
        crew.stop()


def _context() -> BaseContext:
    """How processes begin: forked from one that has the kernel loaded and no threads.

    It is told to begin now, while the caller still prepares its first jobs.
    """
    if sys.platform == "win32":
        return get_context("spawn")
    from multiprocessing import forkserver, resource_tracker

    resource_tracker.ensure_running()  # which would let Ctrl-C through again below
    forkserver.set_forkserver_preload(_PRELOADED)
    # the terminal sends Ctrl-C to all of its processes; what is blocked now stays so in them
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return get_context("forkserver")


def _hello() -> None:
    """Nothing; but it shows that a process can begin."""


def _load_kernel() -> None:
    from cvosim.experiment.executors.preload import load

    load(compiling=True)


def _begin() -> None:
    """In a new worker: leave Ctrl-C to the parent, and end when the parent has ended.

    A worker that waits for a job holds both ends of the pipe that jobs come through, so it
    would wait for ever.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        connection.wait([parent.sentinel])
        os._exit(1)
