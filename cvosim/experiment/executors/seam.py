"""The one seam: jobs drawn lazily through any `concurrent.futures.Executor`.

What differs from kind to kind is in a crew: its executor, what it means that a worker died,
and how to take back what was handed out.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

J = TypeVar("J")
R = TypeVar("R")

_GLANCE = 1.0
"""Seconds between two looks at the crew while nothing is finished; where a lock that waits
for ever cannot be interrupted (Windows), also how long Ctrl-C takes."""


class Lost(NamedTuple):
    """In place of a result: the job ended every worker that tried it.

    Examples
    --------
    >>> Lost().reason
    'every worker that tried it ended, killed or out of memory'
    """

    reason: str = "every worker that tried it ended, killed or out of memory"


class Crew(Protocol):
    """Who does the jobs."""

    @property
    def size(self) -> int:
        """How many jobs are done at once; may change."""

    @property
    def deaths(self) -> tuple[type[BaseException], ...]:
        """What a job's future raises when the job was under way on workers that died."""

    def executor(self) -> Executor:
        """What to submit one run's jobs to."""

    def take_back(self, executor: Executor, futures: Iterable[Future[Any]]) -> None:
        """Cancel what has not begun of a run that ends early."""

    def error_of(self, future: Future[Any]) -> BaseException | None:
        """What went wrong with a job that is done, if anything did."""

    def look(self) -> None:
        """Called now and then while nothing is finished: speak, or raise, if that is no wonder."""


class _Ticket(NamedTuple, Generic[J]):
    job: J
    alone: bool


def draw_through(
    crew: Crew, function: Callable[[J], R | Lost], jobs: Iterable[J]
) -> Iterator[tuple[J, R | Lost]]:
    """Do every job, at most ``2 * size + 2`` ahead; results in order of completion.

    A job whose workers died is not to blame for sure: a neighbour on the same worker may be.
    It is tried again when all others are done, with nothing beside it; if that ends a worker
    too, it is the one.

    Parameters
    ----------
    crew : Crew
        Who does them.
    function : callable
        Of one job; a function of a module, so that it can travel.
    jobs : iterable
        Drawn one by one when there is room.

    Yields
    ------
    job, result

    Raises
    ------
    Exception
        Whatever ``function`` raised, at once.
    """
    executor = crew.executor()
    waiting: dict[Future[R | Lost], _Ticket[J]] = {}
    source, suspects = iter(jobs), deque[J]()
    drawn_out = False
    try:
        while True:
            while not drawn_out and len(waiting) < 2 * crew.size + 2:
                for job in source:
                    waiting[executor.submit(function, job)] = _Ticket(job, False)
                    break
                else:
                    drawn_out = True
            if not waiting and suspects:
                job = suspects.popleft()
                waiting[executor.submit(function, job)] = _Ticket(job, True)
            if not waiting:
                return
            for future in _finished(crew, waiting):
                ticket = waiting.pop(future)
                error = crew.error_of(future)
                if error is None:
                    yield ticket.job, future.result()
                elif not isinstance(error, crew.deaths):
                    raise error
                elif ticket.alone:
                    yield ticket.job, Lost()
                else:
                    suspects.append(ticket.job)
    finally:
        crew.take_back(executor, waiting)


def _finished(crew: Crew, waiting: Iterable[Future[R]]) -> list[Future[R]]:
    """Wait until some are done."""
    while True:
        done = wait(waiting, _GLANCE, FIRST_COMPLETED).done
        if done:
            return [future for future in waiting if future in done]
        crew.look()
