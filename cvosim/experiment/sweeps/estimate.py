"""How long a sweep will take and how much room it needs, before it is run."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from math import isnan
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.experiment.executors import check_executor, workers
from cvosim.experiment.executors.spec import read_spec
from cvosim.experiment.sweeps.jobs import Built, build
from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
from cvosim.experiment.sweeps.outcomes import check_outcomes
from cvosim.experiment.sweeps.parts import Parts
from cvosim.experiment.sweeps.shards import Shard, checked
from cvosim.experiment.sweeps.store import PARTS, check_folder, check_parts, check_same
from cvosim.experiment.sweeps.stored import MANIFEST, read_manifest
from cvosim.experiment.sweeps.tasks import Job, Line, Row, Task, Work, run_job
from cvosim.metrics.aggregate import Wanted
from cvosim.tables.spans import STREAM_BLOCK, Span

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign

_PILOT = 20_000
_BASE = 250_000_000
"""Bytes of a process that has loaded the kernel and its libraries, about."""
_A_POINT, _A_TASK = 8000.0, 500.0
"""Bytes of a point in the tables and in what is printed of them, and of a task, about."""
_TRIED = 10


@dataclass(frozen=True)
class DryRun:
    """What a sweep would take.

    Attributes
    ----------
    points, tasks : int
        Of the sweep, or of the shard.
    customers : int
        In all points, replicates and blocks.
    done : int
        Tasks that the store holds already.
    customers_left : int
        Those of the other tasks.
    workers : int
        How many jobs are done at once.
    seconds : float
        Estimate for what is left, from two small runs; NaN if no point could be run.
    memory_bytes : float
        Estimate of the most that this process and its workers hold at once.
    store_bytes : float
        At most about the room that the store takes on disk when all is done.
    problem : str
        Why the first points could not be run; empty if they could.
    """

    points: int
    tasks: int
    customers: int
    done: int
    customers_left: int
    workers: int
    seconds: float
    memory_bytes: float
    store_bytes: float
    problem: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON: what is not a number is null."""
        entries = asdict(self)
        return {
            key: None if isinstance(value, float) and isnan(value) else value
            for key, value in entries.items()
        }


class _Pilot(NamedTuple):
    """What two small runs took."""

    seconds_a_point: float
    seconds_a_customer: float
    bytes_a_row: float
    bytes_a_customer: float


def estimate(
    design: SweepDesign,
    executor: str = "threads",
    *,
    store: str | Path | None = None,
    shard: Shard | None = None,
) -> DryRun:
    """Say how long a sweep will take and how much room it needs; nothing is written.

    Two times 20,000 customers are simulated to find out.

    Parameters
    ----------
    design : SweepDesign
        As for `run_sweep`.
    executor, store, shard
        As for `run_sweep`.

    Returns
    -------
    DryRun

    Raises
    ------
    DataError
        As `run_sweep` would.

    Examples
    --------
    >>> from cvosim.experiment.sweeps.design import Factor, SweepDesign
    >>> from cvosim.scenario.template import load_template
    >>> price = Factor("journey.tripwire.price", "lever", (19, 29))
    >>> design = SweepDesign(
    ...     load_template("carpet_cleaning"), (price,), ((19,), (29,)), ("cac",), 200_000)
    >>> plan = estimate(design, "serial")
    >>> plan.points, plan.tasks, plan.customers, 0.0 < plan.seconds < 60.0
    (2, 4, 400000, True)
    """
    check_executor(executor)
    check_outcomes(design)
    outline = Outline.of(design)
    line = outline.line
    places = np.arange(len(line)) if shard is None else checked(shard).places(line)
    there = np.zeros(len(line), np.bool_) if store is None else _done(Path(store), outline, shard)
    sizes = line.sizes(places)
    left = int(sizes[~there[places]].sum())
    points = len(np.unique(places // line.a_point))
    points_left = len(np.unique(places[~there[places]] // line.a_point))
    size = _size(executor)
    pilot, problem = _pilot(design, line, Wanted(outline.outcomes))
    at_once = min(size, max(1, len(places)))
    seconds = points_left * pilot.seconds_a_point + left * pilot.seconds_a_customer / at_once
    return DryRun(
        points=points,
        tasks=len(places),
        customers=int(sizes.sum()),
        done=int(np.count_nonzero(there[places])),
        customers_left=left,
        workers=size,
        seconds=seconds if left else 0.0,
        memory_bytes=_memory(executor, at_once, pilot, line),
        store_bytes=len(places) * pilot.bytes_a_row + points * 16.0 * (1 + len(design.outcomes)),
        problem=problem,
    )


def _size(executor: str) -> int:
    """How many jobs are done at once; a cluster must be asked."""
    spec = read_spec(executor)
    if spec.kind != "dask":
        return spec.size
    with workers(executor) as crew:
        return crew.size


def _done(store: Path, outline: Outline, shard: Shard | None) -> np.ndarray[Any, Any]:
    """Which tasks a store holds."""
    check_folder(store)
    folder = store / shard.folder if shard else store
    if not (folder / MANIFEST).exists():
        check_parts(folder, outline)
        return np.zeros(len(outline.line), np.bool_)
    there, wanted = read_manifest(folder), SweepManifest.of(outline, shard)
    check_same(folder, there, wanted)
    if there.merged:
        return np.ones(len(outline.line), np.bool_)
    return Parts(folder / PARTS, wanted.design_hash, outline.line).search().where >= 0


def _pilot(design: SweepDesign, line: Line, wanted: Wanted) -> tuple[_Pilot, str]:
    """Run the first point that can be run, twice; the first time loads the kernel."""
    problem = ""
    for point, built in _first_points(design):
        if built.plan is None:
            problem = problem or built.error
            continue
        task = Task(0, point, 0, 0, Span(0, _PILOT))
        job = Job(design.seed, wanted, (Work(built.plan, (task,)),), ())
        [first] = run_job(job)
        started = time.perf_counter()
        run_job(job)
        simulated = time.perf_counter() - started
        if first.error:
            problem = problem or first.error
            continue
        started = time.perf_counter()
        build(design, point)
        building = time.perf_counter() - started
        return _measured(first, simulated, building, built), ""
    nan = float("nan")
    return _Pilot(nan, nan, nan, nan), problem


def _first_points(design: SweepDesign) -> Iterator[tuple[int, Built]]:
    for point in range(min(_TRIED, len(design.points))):
        yield point, build(design, point)


def _measured(row: Row, simulated: float, building: float, built: Built) -> _Pilot:
    import zlib

    from cvosim.engine.names import names_of
    from cvosim.metrics.aggregate import Aggregate
    from cvosim.tables.blocks import empty_customers

    assert built.plan is not None
    started = time.perf_counter()
    Aggregate.from_json(row.aggregate)
    reading = time.perf_counter() - started
    table = empty_customers(1, names_of(built.plan))
    a_customer = float(sum(column.nbytes for column in table))
    packed = len(zlib.compress(row.aggregate.encode()))
    return _Pilot(building + 2.0 * reading, simulated / _PILOT, packed + 100.0, a_customer)


def _memory(executor: str, at_once: int, pilot: _Pilot, line: Line) -> float:
    """Room for the programs, the tables, and a block in every worker, twice to work on it."""
    block = min(STREAM_BLOCK, line.customers) * pilot.bytes_a_customer * 2.0
    programs = 1 if executor.startswith(("serial", "threads")) else 1 + at_once
    tables = line.points * _A_POINT + len(line) * _A_TASK
    return programs * _BASE + tables + at_once * block
