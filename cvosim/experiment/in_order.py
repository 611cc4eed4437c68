"""Results in the order of their jobs, from workers who finish in any order."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any, Protocol, TypeVar, cast

from cvosim.errors import CvosimError

if TYPE_CHECKING:
    from collections.abc import Generator

    from cvosim.experiment.executors import Workers

AHEAD = 64
"""Jobs a worker that are handed out before all the results of the last lot are in.

Results wait for those before them, so without a bound a slow first job would let all others pile
up. Between two lots workers wait for each other, once in so many jobs: less than 1 % of the time.
"""


class Numbered(Protocol):
    """Work with a place in the order."""

    @property
    def number(self) -> int:
        """Where it stands among all the jobs."""


J = TypeVar("J", bound=Numbered)
R = TypeVar("R")


def in_order(
    pool: Workers, function: Callable[[J], R], jobs: Iterable[J]
) -> Generator[tuple[J, R], None, None]:
    """Give jobs with their results in the order of the jobs, whoever is done first.

    Parameters
    ----------
    pool : Workers
        Who does the work.
    function : callable
        Of a module, so that it can travel to another process.
    jobs : iterable
        Numbered upwards; drawn as they are needed.

    Yields
    ------
    tuple
        A job and what the function made of it. Closing the iterator stops the work.

    Raises
    ------
    CvosimError
        When a job killed its workers again and again.

    Examples
    --------
    >>> from cvosim.experiment.executors import workers
    >>> from typing import NamedTuple
    >>> class Job(NamedTuple):
    ...     number: int
    >>> with workers("threads:2") as pool:
    ...     [job.number for job, _ in in_order(pool, repr, map(Job, range(5)))]
    [0, 1, 2, 3, 4]
    """
    waiting = iter(jobs)
    while lot := list(islice(waiting, AHEAD * pool.size)):
        early: dict[int, tuple[J, R]] = {}
        due = iter(lot)
        expected = next(due).number
        results = cast("Generator[tuple[J, Any]]", pool.run(function, lot))
        with closing(results):
            for job, result in results:
                early[job.number] = job, _whole(result)
                while expected in early:
                    yield early.pop(expected)
                    expected = next((one.number for one in due), -1)


def _whole(result: Any) -> Any:
    from cvosim.experiment.executors import Lost

    if isinstance(result, Lost):
        raise CvosimError(f"a part of the customers was lost: {result.reason}")
    return result
