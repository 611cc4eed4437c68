"""The smallest pieces of a sweep: some customers of one point, and what came of them.

A task's place in the line of all tasks, from 0, is its identity: points in order, in them
replicates, in them blocks. Nothing here depends on who does a task, or when.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.blocks import simulate_block
from cvosim.metrics.aggregate import Wanted
from cvosim.plan import Plan
from cvosim.tables.spans import STREAM_BLOCK, Span


class Task(NamedTuple):
    """Some customers of one point.

    Attributes
    ----------
    place : int
        In the line of all tasks.
    point, replicate, block : int
        Counted from 0.
    span : Span
        The customers' ids.
    """

    place: int
    point: int
    replicate: int
    block: int
    span: Span


class Row(NamedTuple):
    """What came of a task.

    Attributes
    ----------
    task : Task
        Which customers of which point.
    error : str
        Why there is no aggregate; empty if there is one.
    aggregate : str
        As `Aggregate.to_json` wrote it; empty if the task failed.
    lost : bool
        Whether the error is not the task's fault: its workers ended, or memory ran out. Such a
        row is shown, but not kept: next time the task may well be done.
    """

    task: Task
    error: str
    aggregate: str
    lost: bool = False

    def digest(self) -> bytes:
        """SHA-256 of what came of which task; not of who did it, or when."""
        task = self.task
        text = f"{task.point}\n{task.replicate}\n{task.block}\n{self.error}\n{self.aggregate}"
        return hashlib.sha256(text.encode()).digest()


@dataclass(frozen=True)
class Line:
    """The line of all tasks of a sweep.

    Attributes
    ----------
    points, replicates : int
        How many.
    customers : int
        Of a replicate of a point.
    common_luck : bool
        Whether all points meet the same customers.

    Examples
    --------
    >>> line = Line(points=10, replicates=2, customers=200_000, common_luck=True)
    >>> line.blocks, len(line)
    (2, 40)
    >>> line.task(7)
    Task(place=7, point=1, replicate=1, block=1, span=Span(first=331072, count=68928))
    """

    points: int
    replicates: int
    customers: int
    common_luck: bool

    def __len__(self) -> int:
        return self.points * self.a_point

    @property
    def blocks(self) -> int:
        """Blocks of a replicate."""
        return -(-self.customers // STREAM_BLOCK)

    @property
    def a_point(self) -> int:
        """Tasks of a point."""
        return self.replicates * self.blocks

    def task(self, place: int) -> Task:
        """Give the task at a place."""
        point, rest = divmod(place, self.a_point)
        replicate, block = divmod(rest, self.blocks)
        luck = replicate if self.common_luck else point * self.replicates + replicate
        skipped = block * STREAM_BLOCK
        count = min(STREAM_BLOCK, self.customers - skipped)
        return Task(place, point, replicate, block, Span(luck * self.customers + skipped, count))

    def sizes(self, places: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many customers the tasks at some places have."""
        return np.minimum(STREAM_BLOCK, self.customers - places % self.blocks * STREAM_BLOCK)


class Work(NamedTuple):
    """Tasks of one point, with the plan that its scenario compiles to."""

    plan: Plan
    tasks: tuple[Task, ...]


class Job(NamedTuple):
    """What a worker does in one go.

    Attributes
    ----------
    seed : int
        Key of all randomness.
    wanted : Wanted
        What shall be measured.
    work : tuple of Work
        Task by task, in the order of the line.
    failed : tuple of Row
        Of points that could not even be built; they only travel along, so that every task of
        a sweep comes back from a job.
    """

    seed: int
    wanted: Wanted
    work: tuple[Work, ...]
    failed: tuple[Row, ...]

    @property
    def customers(self) -> int:
        """How many customers its tasks have, those that failed beforehand included."""
        tasks = [task for each in self.work for task in each.tasks]
        return sum(task.span.count for task in (*tasks, *(row.task for row in self.failed)))


def run_job(job: Job) -> list[Row]:
    """Do every task of a job, one after the other; what cannot be done comes back with its error.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.plan import compile_plan
    >>> task = Line(1, 1, 1000, common_luck=True).task(0)
    >>> work = Work(compile_plan(load_scenario("carpet_cleaning")), (task,))
    >>> [row] = run_job(Job(7, Wanted(("prospects",)), (work,), ()))
    >>> row.error, row.aggregate[:1]
    ('', '{')
    """
    rows = [_row(job, work.plan, task) for work in job.work for task in work.tasks]
    return [*rows, *job.failed]


def lost(job: Job, reason: str) -> list[Row]:
    """Rows of a job that no worker survived."""
    rows = [Row(task, reason, "", lost=True) for work in job.work for task in work.tasks]
    return [*rows, *job.failed]


def one_by_one(job: Job) -> list[Job]:
    """Split a job that no worker survived, to find the task that ends them; none if it is one."""
    alone = [
        job._replace(work=(work._replace(tasks=(task,)),), failed=())
        for work in job.work
        for task in work.tasks
    ]
    return [alone[0]._replace(failed=job.failed), *alone[1:]] if len(alone) > 1 else []


def _row(job: Job, plan: Plan, task: Task) -> Row:
    try:
        # one thread: the workers share the cores out among themselves
        found = simulate_block(plan, job.seed, task.span, job.wanted, threads=1)
    except CvosimError as problem:
        return Row(task, in_words(problem), "")
    except MemoryError:
        return Row(task, "not enough memory", "", lost=True)
    return Row(task, "", found.to_json())


def in_words(problem: CvosimError) -> str:
    """Say what is wrong in one line, without the name of a file, which is not the point's fault."""
    if isinstance(problem, ScenarioError):
        parts = [": ".join(filter(None, (p.path, p.message))) for p in problem.problems]
        return "; ".join(parts)
    return " ".join(str(problem).split())
