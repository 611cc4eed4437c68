"""From the word to the workers, and their life: started, used, and surely ended."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from typing import Any, Protocol, TypeVar

from cvosim.experiment.executors.seam import Crew, Lost, draw_through
from cvosim.experiment.executors.spec import read_spec

J = TypeVar("J")
R = TypeVar("R")


class Workers(Protocol):
    """Do jobs, wherever that is; see `workers`."""

    @property
    def size(self) -> int:
        """How many jobs are done at once; on a cluster that may change."""

    def run(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Lost]]:
        """Do every job; see `workers`."""


@contextmanager
def workers(spec: str) -> Iterator[Workers]:
    """Have workers for as long as the block lasts.

    ``run(function, jobs)`` of what is given yields ``(job, result)`` in order of completion.
    Jobs are drawn when there is room for them, at most ``2 * size + 2`` ahead. What the
    function raises is raised. A worker that dies is replaced and its jobs are done again; a
    job that ends every worker comes back with `Lost`. Closing the iterator takes back what
    has not begun. It may be called again and again.

    Parameters
    ----------
    spec : str
        ``serial``, ``threads[:N]``, ``processes[:N]`` or a Dask scheduler's address
        (``tcp://host:8786``). N is the number of cores by default.

    Yields
    ------
    Workers

    Raises
    ------
    DataError
        If ``spec`` means nothing, or the scheduler cannot be used; said in words.

    Notes
    -----
    Leaving the block by Ctrl-C takes back what has not begun and waits for what is under way
    (in processes for 3 seconds at most); Ctrl-C again ends that too. Worker processes never
    outlive this one, however it ends. In a script, ``processes`` needs the usual
    ``if __name__ == "__main__":`` around the call.

    Examples
    --------
    >>> with workers("serial") as crew:
    ...     list(crew.run(len, ["a", "bcd"]))
    [('a', 1), ('bcd', 3)]
    """
    kind, size, address = read_spec(spec)
    if kind == "serial":
        yield _Serial()
    elif kind == "threads":
        with _threads(size) as crew:
            yield _Run(crew)
    elif kind == "processes":
        from cvosim.experiment.executors.processes import processes

        with processes(size) as crew:
            yield _Run(crew)
    else:
        from cvosim.experiment.executors.dask_cluster import dask_cluster

        with dask_cluster(address) as crew:
            yield _Run(crew)


class _Serial:
    """One job after the other, in the caller's own thread."""

    size = 1

    def run(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Lost]]:
        for job in jobs:
            yield job, function(job)


class _Run:
    def __init__(self, crew: Crew) -> None:
        self._crew = crew

    @property
    def size(self) -> int:
        return self._crew.size

    def run(self, function: Callable[[J], R], jobs: Iterable[J]) -> Iterator[tuple[J, R | Lost]]:
        return draw_through(self._crew, function, jobs)


class _Threads:
    """Threads of this process; the kernel lets go of the interpreter's lock."""

    deaths: tuple[type[BaseException], ...] = ()

    def __init__(self, pool: Executor, size: int) -> None:
        self._pool = pool
        self.size = size

    def executor(self) -> Executor:
        return self._pool

    def take_back(self, executor: Executor, futures: Iterable[Future[Any]]) -> None:
        for future in futures:
            future.cancel()

    def error_of(self, future: Future[Any]) -> BaseException | None:
        return future.exception()

    def look(self) -> None:
        """Threads need no looking after."""


@contextmanager
def _threads(size: int) -> Iterator[_Threads]:
    from concurrent.futures import ThreadPoolExecutor

    pool = ThreadPoolExecutor(size, "cvosim")
    try:
        yield _Threads(pool, size)
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
