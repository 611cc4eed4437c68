"""From points to jobs: scenarios are built and compiled here, just before they are needed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from cvosim.errors import CvosimError
from cvosim.experiment.sweeps.tasks import Job, Line, Row, Task, Work, in_words
from cvosim.plan import Plan, compile_plan

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign
    from cvosim.metrics.aggregate import Wanted

JOB_CUSTOMERS = 2**20
"""Most customers of a job: about a third of a second's work, lost if a machine dies."""
JOB_TASKS = 256
"""Most tasks of a job: what comes back from them must be held at once."""
JOBS_A_WORKER = 4
"""Jobs that every worker should have, so that none waits long for the last one."""


class Built(NamedTuple):
    """A point's plan, or why it has none."""

    plan: Plan | None
    error: str


def build(design: SweepDesign, point: int) -> Built:
    """Compile a point's scenario.

    Parameters
    ----------
    design : SweepDesign
        Of the sweep.
    point : int
        Counted from 0.

    Returns
    -------
    Built
        With the error in words where the scenario is impossible.
    """
    try:
        return Built(compile_plan(design.template.at(design.changes(point))), "")
    except CvosimError as problem:
        return Built(None, in_words(problem))


def job_customers(line: Line, places: int, workers: int) -> int:
    """How many customers a job should have, so that every worker gets several jobs."""
    customers = places * line.customers / line.blocks
    return int(min(JOB_CUSTOMERS, max(1.0, customers / (JOBS_A_WORKER * workers))))


def jobs_of(
    design: SweepDesign, line: Line, wanted: Wanted, places: Iterable[int], customers: int
) -> Iterator[Job]:
    """Make jobs of about so many customers, one when it is asked for.

    Parameters
    ----------
    design : SweepDesign
        Of the sweep.
    line : Line
        Its tasks.
    wanted : Wanted
        What workers shall measure.
    places : iterable of int
        Tasks that have to be done, in the order of the line.
    customers : int
        About how many a job has.
    """
    work: list[Work] = []
    failed: list[Row] = []
    for tasks in _batches(line, places, customers):
        for point, own in _by_point(tasks):
            built = build(design, point)
            if built.plan is None:
                failed += [Row(task, built.error, "") for task in own]
            else:
                work.append(Work(built.plan, own))
        yield Job(design.seed, wanted, tuple(work), tuple(failed))
        work, failed = [], []


def _batches(line: Line, places: Iterable[int], customers: int) -> Iterator[list[Task]]:
    tasks: list[Task] = []
    room = customers
    for place in places:
        task = line.task(place)
        if tasks and (task.span.count > room or len(tasks) == JOB_TASKS):
            yield tasks
            tasks, room = [], customers
        tasks.append(task)
        room -= task.span.count
    if tasks:
        yield tasks


def _by_point(tasks: list[Task]) -> Iterator[tuple[int, tuple[Task, ...]]]:
    own: list[Task] = []
    for task in tasks:
        if own and own[0].point != task.point:
            yield own[0].point, tuple(own)
            own = []
        own.append(task)
    yield own[0].point, tuple(own)
