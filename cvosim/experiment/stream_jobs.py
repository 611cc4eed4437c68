"""Blocks of customers as jobs for workers."""

from __future__ import annotations

import os
from collections.abc import Iterator
from errno import EDQUOT, EFBIG, ENOSPC
from itertools import islice
from pathlib import Path
from shutil import disk_usage
from typing import TYPE_CHECKING, NamedTuple

from cvosim.errors import CvosimError, DataError
from cvosim.experiment.blocks import block_tables
from cvosim.experiment.stream_events import part_of
from cvosim.metrics.aggregate import Aggregate, Wanted, aggregate
from cvosim.plan import Plan
from cvosim.tables.spans import STREAM_BLOCK, Span, blocks_of

if TYPE_CHECKING:
    from cvosim.tables.columns import EventTable

_ROOM = 100_000
"""Bytes: a disk with less is full."""
MOST_BLOCKS = 8
"""Blocks a job of another process, at most: some tenths of a second a message."""


class Streamed(NamedTuple):
    """What is streamed, the same for all jobs.

    Attributes
    ----------
    plan : Plan
    seed : int
    span : Span
        All the customers.
    wanted : Wanted
    folder : Path or None
        For the events.
    """

    plan: Plan
    seed: int
    span: Span
    wanted: Wanted
    folder: Path | None


class StreamJob(NamedTuple):
    """Some blocks in a row, and all that is needed to live through them."""

    number: int
    plan: Plan
    seed: int
    blocks: tuple[Span, ...]
    wanted: Wanted
    folder: Path | None


def live_through(job: StreamJob) -> list[Aggregate]:
    """Simulate the blocks of a job one after the other; what each adds up to.

    Run by workers. Blocks are not added up here: the order in which sums of money are added is
    that of the blocks of the whole run, whoever did them.
    """
    return [_block(job, span) for span in job.blocks]


def _block(job: StreamJob, span: Span) -> Aggregate:
    keeps = job.folder is not None or job.wanted.needs_events
    people, events = block_tables(job.plan, job.seed, span, events=keeps)
    if job.folder is not None and events is not None:
        _write(events, part_of(job.folder, span.first))
    horizon = float(job.plan.world["horizon"][0])
    return aggregate(people, events if job.wanted.needs_events else None, job.wanted, horizon)


def _write(events: EventTable, path: Path) -> None:
    """Write a block's events; pyarrow has many words for a full disk, and no advice."""
    from cvosim.tables.store import write_events

    try:
        write_events(events, path)
    except DataError as problem:
        if not _is_full(problem, path.parent):
            raise
        raise DataError(
            f"{path.parent.parent}: the disk is full; make room there, or name a folder on a "
            "larger disk, and start again (events of an earlier run are kept)"
        ) from None


def _is_full(problem: DataError, folder: Path) -> bool:
    """Whether there was no room; asked of the disk, too, if its words were lost."""
    if any(os.strerror(number) in str(problem) for number in (ENOSPC, EDQUOT, EFBIG)):
        return True
    try:
        return disk_usage(folder).free < _ROOM
    except OSError:
        return False


def stream_jobs(streamed: Streamed, processes: int) -> Iterator[StreamJob]:
    """Cut the customers into jobs: of several blocks for other processes, else of one.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> streamed = Streamed(plan, 7, Span(0, 20 * STREAM_BLOCK), Wanted(), None)
    >>> [len(job.blocks) for job in stream_jobs(streamed, processes=2)]
    [2, 2, 2, 2, 2, 2, 2, 2, 2, 2]
    """
    plan, seed, span, wanted, folder = streamed
    blocks = blocks_of(*span)
    in_all = -(-span.count // STREAM_BLOCK)
    size = min(MOST_BLOCKS, max(1, in_all // (4 * processes))) if processes else 1
    if folder is not None or wanted.needs_events:  # which take long enough by themselves
        size = 1
    number = 0
    while some := tuple(islice(blocks, size)):
        yield StreamJob(number, plan, seed, some, wanted, folder)
        number += 1


def require_files(job: StreamJob) -> None:
    """Notice workers on other machines, who have written their events there.

    Raises
    ------
    CvosimError
        In words.
    """
    if job.folder is None:
        return
    for span in job.blocks:
        if not part_of(job.folder, span.first).exists():
            raise CvosimError(
                f"{job.folder.parent}: a worker has written its events elsewhere; "
                "name a folder that all machines share"
            )
