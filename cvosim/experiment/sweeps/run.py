"""Run every point of a sweep: at once or in parts, here or on a cluster, from where it stopped."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from cvosim.engine.driver import run_kernel
from cvosim.errors import DataError
from cvosim.experiment.executors import Lost, Workers, check_executor, workers
from cvosim.experiment.sweeps.folding import Folding
from cvosim.experiment.sweeps.jobs import build, job_customers, jobs_of
from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
from cvosim.experiment.sweeps.outcomes import check_outcomes, check_paths
from cvosim.experiment.sweeps.result import SweepResult, SweepTable
from cvosim.experiment.sweeps.shards import Shard, checked
from cvosim.experiment.sweeps.store import Store, check_folder, opened
from cvosim.experiment.sweeps.tasks import Job, Row, lost, one_by_one, run_job

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign

T = TypeVar("T")
SweepProgress = Callable[[int, int, int], None]
"""Told how many customers this run has simulated, how many are left, and how many points failed.

Called once before anything is simulated and then after every job.
"""
Places = NDArray[np.int64]


def run_sweep(
    design: SweepDesign,
    *,
    executor: str = "threads",
    store: str | Path | None = None,
    shard: Shard | None = None,
    fresh: bool = False,
    retry_failed: bool = False,
    progress: SweepProgress | None = None,
) -> SweepResult:
    """Simulate every point of a design.

    Customers bring their luck along, so by default every point meets the same ones, and the
    results are the same to the bit whoever computes them: their hash is in the manifest.

    Parameters
    ----------
    design : SweepDesign
        Factors, points, outcomes, customers.
    executor : str
        ``serial``, ``threads``, ``threads:4``, ``processes``, ``processes:4``, or the address
        of a Dask scheduler such as ``tcp://10.0.0.1:8786``.
    store : str or Path, optional
        A folder. What is done is kept there job by job; the same call goes on where an earlier
        one stopped, however it ended. In it ``results.parquet`` is the table of points, which
        `pandas.read_parquet` opens, and ``replicates.parquet`` that of replicates, if there are
        several.
    shard : Shard, optional
        Run only this part; with a store, in a folder of its own there, to be merged by
        `merge_shards`.
    fresh : bool
        Throw away what the store holds.
    retry_failed : bool
        Run failed points again, which are otherwise kept as they are.
    progress : callable, optional
        See `SweepProgress`.

    Returns
    -------
    SweepResult
        A point that could not be built or run has its error there; the others go on. Data
        frames are `SweepTable.table`, a row a point, and `SweepTable.replicates`, a row a
        replicate. Where workers were killed or memory ran out, the manifest is not
        ``finished``, has no hash, and the same call tries those points again.

    Raises
    ------
    DataError
        For an unknown outcome, executor or shard; for a path that leads nowhere, if no point
        can be built because of it; for a store that is another sweep's, of
        another version, at work, full or not to be written to.
    KeyboardInterrupt
        As it came, after the store was left in order.

    Examples
    --------
    >>> from cvosim.experiment.sweeps.design import Factor, SweepDesign
    >>> from cvosim.scenario.template import load_template
    >>> price = Factor("journey.tripwire.price", "lever", (19, 29))
    >>> design = SweepDesign(
    ...     load_template("carpet_cleaning"), (price,), ((19,), (29,)), ("cac",), 2000)
    >>> run_sweep(design, executor="serial").table().columns.tolist()
    ['point', 'journey.tripwire.price', 'cac', 'cac.standard_error', 'error']
    """
    check_executor(executor)
    check_paths(design)
    check_outcomes(design)
    if shard is not None:
        checked(shard)
    run = _Run(design, Outline.of(design), shard, executor, progress)
    if store is None:
        return run.in_memory()
    folder = Path(store)
    if shard is not None:
        check_folder(folder)
        folder /= shard.folder
    with opened(folder, run.outline, run.manifest, fresh) as place:
        return run.in_store(place, retry_failed)


class _Run(NamedTuple):
    """A sweep, or a shard of one, that is being run."""

    design: SweepDesign
    outline: Outline
    shard: Shard | None
    executor: str
    progress: SweepProgress | None

    @property
    def manifest(self) -> SweepManifest:
        return SweepManifest.of(self.outline, self.shard)

    @property
    def places(self) -> Places:
        """All tasks that belong to the run."""
        line = self.outline.line
        return np.arange(len(line)) if self.shard is None else self.shard.places(line)

    def in_memory(self) -> SweepResult:
        folding = Folding(self.outline)
        self._work(folding, self.places, lambda rows: None)
        return self._result(folding.table(self.manifest))

    def in_store(self, store: Store, retry_failed: bool) -> SweepResult:
        if store.manifest.merged:
            return self._result(_of_shards(store, retry_failed))
        found = store.parts.search()
        store.parts.set_aside(found.damaged)
        where = np.where(found.failed & retry_failed, -1, found.where)
        places = self.places
        missing = places[where[places] < 0]
        notes = (*store.notes, *(_damaged(path) for path in found.damaged))
        if not len(missing) and (there := store.tables()) is not None:
            return self._result(replace(there, notes=notes))
        if store.manifest.finished:
            store.unfinish()
        folding = Folding(self.outline)
        for row in store.parts.rows(where):
            folding.add(row)
        self._work(folding, missing, store.parts.append)
        table = replace(folding.table(self.manifest), notes=notes)
        store.finish(table)
        return self._result(table)

    def _work(self, folding: Folding, places: Places, keep: Callable[[list[Row]], None]) -> None:
        """Do what is to be done, keeping the rows of every job as soon as they come."""
        line = self.outline.line
        done, left = 0, int(line.sizes(places).sum())
        self._tell(done, left, folding.failed)
        if left == 0:
            return
        if self.executor.startswith("threads"):
            _load_kernel(self.design, line.task(int(places[0])).point)
        with workers(self.executor) as crew:
            size = job_customers(line, len(places), crew.size)
            jobs = jobs_of(self.design, line, folding.wanted, map(int, places), size)
            with _ended(_done_by(crew, jobs)) as results:
                for job, rows in results:
                    if kept := [row for row in rows if not row.lost]:
                        _surely(keep, kept)
                    for row in rows:
                        folding.add(row)
                    done, left = done + job.customers, left - job.customers
                    self._tell(done, left, folding.failed)

    def _tell(self, done: int, left: int, failed: int) -> None:
        if self.progress is not None:
            self.progress(done, left, failed)

    def _result(self, table: SweepTable) -> SweepResult:
        own = {field.name: getattr(table, field.name) for field in fields(table)}
        return SweepResult(design=self.design, **own)


def _load_kernel(design: SweepDesign, point: int) -> None:
    """Load or compile the kernel before all threads would want to, and where Ctrl-C is heard."""
    built = build(design, point)
    if built.plan is not None:
        run_kernel(built.plan, 0, 0, 0, threads=1)


def _done_by(crew: Workers, jobs: Iterable[Job]) -> Iterator[tuple[Job, list[Row]]]:
    """Do jobs; where no worker survived one of several tasks, each of them by itself."""
    again: list[Job] = []
    with _ended(crew.run(run_job, jobs)) as results:
        for job, result in results:
            if not isinstance(result, Lost):
                yield job, result
            elif alone := one_by_one(job):
                again += alone
            else:
                yield job, lost(job, result.reason)
    if again:
        yield from _done_by(crew, again)


@contextmanager
def _ended(results: Iterator[T]) -> Iterator[Iterator[T]]:
    """Take back what has not begun, at once, when the loop ends early."""
    try:
        yield results
    finally:
        if isinstance(results, Generator):
            results.close()


def _surely(keep: Callable[[list[Row]], None], rows: list[Row]) -> None:
    """Keep rows even if Ctrl-C comes while they are written; to keep them twice does no harm."""
    try:
        keep(rows)
    except KeyboardInterrupt:
        keep(rows)
        raise


def _of_shards(store: Store, retry_failed: bool) -> SweepTable:
    """Give what was merged from shards, whose rows lie elsewhere."""
    if retry_failed:
        raise DataError(
            f"{store.folder}: was merged from shards; run the shards with retry_failed "
            "(--retry-failed) and merge them again"
        )
    there = store.tables()
    if there is None:
        raise DataError(
            f"{store.folder}: was merged from shards, and its tables are damaged; merge them again"
        )
    return there


def _damaged(path: Path) -> str:
    return f"{path.parent.name}/{path.name} was damaged and is set aside; its tasks were done again"
