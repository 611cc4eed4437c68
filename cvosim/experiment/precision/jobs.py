"""Blocks of customers who meet one scenario or several, summed up for one metric."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING, NamedTuple

from cvosim.errors import CvosimError
from cvosim.experiment.blocks import block_tables, in_this_process, warm_up
from cvosim.experiment.executors import check_executor, workers
from cvosim.experiment.in_order import in_order
from cvosim.experiment.precision.goal import Looks
from cvosim.experiment.precision.sums import Columns, ProductSums, product_sums
from cvosim.experiment.precision.tails import power_sums
from cvosim.metrics.aggregate import Aggregate, Wanted, aggregate
from cvosim.plan import Plan
from cvosim.tables.columns import Floats
from cvosim.tables.spans import Span

if TYPE_CHECKING:
    from cvosim.experiment.executors import Workers

Progress = Callable[[int], None]

MOST_CUSTOMERS = 1_000_000_000
"""Customers after which precision is given up, unless somebody says otherwise."""

STEPS = 1000
"""Steps in which progress is told: customers so far out of those needed, as known so far."""


class Question(NamedTuple):
    """What is asked of every block, the same for all.

    Attributes
    ----------
    plans : tuple of Plan
        That the customers meet.
    seed : int
        Key of their luck.
    columns : tuple of Columns
        Of each plan's table: those to add up.
    watched : tuple of Columns
        Of them, those that tell whether a customer does something else.
    whole : bool
        Also add up all metrics of the first plan.
    residuals : callable or None
        From sums to the weights of what is estimated, float64[q, k + 1], for `power_sums`.
    """

    plans: tuple[Plan, ...]
    seed: int
    columns: tuple[Columns, ...]
    watched: tuple[Columns, ...]
    whole: bool
    residuals: Callable[[ProductSums], Floats] | None = None


class Job(NamedTuple):
    """A block and what is asked of it; the weights of the last look, or None before the first."""

    number: int
    question: Question
    span: Span
    weights: Floats | None = None


class Answer(NamedTuple):
    """What some customers add up to."""

    sums: ProductSums
    aggregate: Aggregate | None

    def plus(self, other: Answer) -> Answer:
        """Of both sets of customers."""
        both = None
        if self.aggregate is not None and other.aggregate is not None:
            both = self.aggregate + other.aggregate
        return Answer(self.sums.plus(other.sums), both)


def answer(job: Job) -> Answer:
    """Let a block of customers meet every plan; run by workers."""
    ask = job.question
    tables = [block_tables(plan, ask.seed, job.span)[0] for plan in ask.plans]
    horizon = float(ask.plans[0].world["horizon"][0])
    whole = aggregate(tables[0], None, Wanted(), horizon) if ask.whole else None
    sums = product_sums(tables, ask.columns, ask.watched)
    if ask.residuals is not None:
        weights = ask.residuals(sums) if job.weights is None else job.weights
        sums = sums._replace(tails=power_sums(tables, ask.columns, weights))
    return Answer(sums, whole)


class Search(NamedTuple):
    """How customers are added until an interval is narrow enough.

    Attributes
    ----------
    executor : str
        Who does the work.
    looks : Looks
    most : int
        Customers.
    progress : callable or None
        Called with steps done since the last call, of `STEPS` in all.
    """

    executor: str = "threads"
    looks: Looks = Looks()
    most: int = MOST_CUSTOMERS
    progress: Progress | None = None


class Found(NamedTuple):
    """What the customers add up to, and why no more were added."""

    answer: Answer
    reached: bool
    stopped: bool


def search(ask: Question, how: Search, short_by: Callable[[ProductSums], float]) -> Found:
    """Add blocks of customers until half the width is that wanted or less.

    Which customers are looked at follows from the sums alone, so every executor stops at the same
    customer.

    Parameters
    ----------
    ask : Question
    how : Search
    short_by : callable
        From sums to half the width over that wanted; NaN where there is no interval yet.

    Raises
    ------
    CvosimError
        For an impossible executor or ``most``.
    """
    if not 1 <= how.most <= 2**40:
        raise CvosimError(f"most customers: must be from 1 to {2**40} (got {how.most!r})")
    check_executor(how.executor)
    if in_this_process(how.executor):
        for plan in ask.plans:
            warm_up(plan)
    so_far = _SoFar(how.progress)
    try:
        with workers(how.executor) as pool:
            end, weights = how.looks.first(how.most), None
            while True:
                jobs = _jobs(ask, (so_far.customers, end, how.looks.block), weights)
                _add(so_far, pool, jobs, end)
                assert so_far.answer is not None
                sums = so_far.answer.sums
                ratio = short_by(sums)
                if ratio <= 1.0 or end >= how.most:
                    return Found(so_far.answer, reached=ratio <= 1.0, stopped=False)
                end = how.looks.next(end, ratio, how.most)
                weights = None if ask.residuals is None else ask.residuals(sums)
    except KeyboardInterrupt as signal:
        if so_far.answer is None or type(signal) is not KeyboardInterrupt:
            raise
        return Found(so_far.answer, reached=False, stopped=True)


class _SoFar:
    """What is added up, and how much of the way that is."""

    def __init__(self, progress: Progress | None) -> None:
        self.answer: Answer | None = None
        self._progress, self._told = progress, 0

    @property
    def customers(self) -> int:
        """How many."""
        return 0 if self.answer is None else self.answer.sums.prospects

    def add(self, more: Answer, end: int) -> None:
        """Take in a block on the way to ``end``."""
        self.answer = more if self.answer is None else self.answer.plus(more)
        if self._progress is not None:
            steps = int(STEPS * self.customers / end) - self._told
            if steps > 0:
                self._told += steps
                self._progress(steps)


def _add(so_far: _SoFar, pool: Workers, jobs: Iterator[Job], end: int) -> None:
    with ExitStack() as stack:
        for _, more in stack.enter_context(closing(in_order(pool, answer, jobs))):
            so_far.add(more, end)


def _jobs(ask: Question, ends: tuple[int, int, int], weights: Floats | None) -> Iterator[Job]:
    """Blocks from the first to the last, exclusive, of so many customers."""
    _, end, size = ends
    for number, first in enumerate(range(*ends)):
        yield Job(number, ask, Span(first, min(size, end - first)), weights)
