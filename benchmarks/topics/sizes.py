"""Sweeps beside the bare kernel, on processes and on Dask; streams as long as one likes."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from benchmarks.clock import child, interleaved
from benchmarks.rows import Row, at_least, at_most
from benchmarks.subjects import Size, Subject, subject
from cvosim import compile_plan, simulate
from cvosim.engine.driver import run_kernel
from cvosim.experiment.executors import workers
from cvosim.experiment.streaming import stream
from cvosim.experiment.sweeps.design import Factor, SweepDesign, latin_hypercube
from cvosim.experiment.sweeps.jobs import jobs_of
from cvosim.experiment.sweeps.laws import Uniform
from cvosim.experiment.sweeps.manifest import Outline
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.experiment.sweeps.tasks import Line, run_job
from cvosim.metrics.aggregate import Wanted
from cvosim.scenario.template import load_template

SCENARIO = "carpet_cleaning"
_CHILD = Path(__file__).parents[1] / "stream_child.py"
_MB = 1e6


class Scale(NamedTuple):
    """How many points and customers."""

    points: int
    customers: int
    streamed: int
    shorter: int
    rounds: int


def rows(size: Size) -> Iterator[Row]:
    """Overhead, processes, Dask; throughput of a stream, and its memory."""
    if size.compiles:
        scale = Scale(200, 100_000, 100_000_000, 10_000_000, size.slow_rounds)
    else:
        scale = Scale(4, 500, 300_000, 150_000, 1)
    who = subject(SCENARIO, size)
    yield _overhead(who, scale)
    yield from _many(who, scale)
    yield _throughput(who, size, scale)
    yield from _memory(who, scale)


def design_of(points: int, customers: int) -> SweepDesign:
    """Some points of two factors, two outcomes each."""
    factors = (
        Factor("journey.tripwire.price", "lever", law=Uniform(19.0, 39.0)),
        Factor("journey.core_offer.conversion", "uncertainty", law=Uniform(0.2, 0.3)),
    )
    values, units = latin_hypercube(factors, points)
    template = load_template(SCENARIO)
    outcomes = ("clv_per_prospect", "cac")
    return SweepDesign(template, factors, values, outcomes, customers, units=units)


def _overhead(who: Subject, scale: Scale) -> Row:
    """A whole sweep into a store, beside nothing but the kernel on the same plans."""
    design = design_of(scale.points, scale.customers)
    numbers = range(scale.points)
    plans = [compile_plan(design.template.at(design.changes(number))) for number in numbers]

    def bare() -> None:
        for plan in plans:
            run_kernel(plan, design.seed, 0, scale.customers, threads=1)

    with TemporaryDirectory() as folder:

        def swept() -> None:
            run_sweep(design, executor="serial", store=Path(folder) / "store", fresh=True)

        times = interleaved(scale.rounds, {"bare": bare, "swept": swept})
    over = times["swept"].cpu / times["bare"].cpu - 1.0
    note = (
        f"CPU, serial, with a store; {scale.points} points of {scale.customers:,} customers, the "
        f"kernel {times['bare'].cpu:.2f} s; by the wall {times['swept'].wall:.2f} against "
        f"{times['bare'].wall:.2f} s"
    )
    return Row("sizes", "sweep: overhead", 100.0 * over, "%", at_most(5), note, who.trajectory)


def _many(who: Subject, scale: Scale) -> Iterator[Row]:
    """Two processes beside one thread; Dask beside processes, at jobs of half a second and more."""
    short = design_of(scale.points, scale.customers)
    # many jobs, so that it does not matter who does the last one
    long = design_of(2 * scale.points, scale.customers)
    wanted = Wanted(short.outcomes)

    def through(spec: str, design: SweepDesign, each: int) -> Callable[[], None]:
        crew = stack.enter_context(workers(spec))

        def run() -> None:
            line = _line(design)
            for _ in crew.run(run_job, jobs_of(design, line, wanted, range(len(line)), each)):
                pass

        return run

    half_a_second = 20 * scale.customers  # 27 ms and more for 100,000
    with ExitStack() as stack:
        contenders = {
            "one": through("serial", short, 5 * scale.customers),
            "two": through("processes:2", short, 5 * scale.customers),
            "long": through("processes:2", long, half_a_second),
        }
        if (address := _dask(stack)) is not None:
            contenders["dask"] = through(address, long, half_a_second)
        times = interleaved(scale.rounds, contenders)
    ratio = times["one"].wall / times["two"].wall
    note = f"wall, workers started; one thread takes {times['one'].wall:.2f} s"
    yield Row("sizes", "sweep: two processes", ratio, "x", at_least(1.7), note, who.trajectory)
    what = "sweep: Dask, two workers, slower than processes by"
    if "dask" not in times:
        yield Row("sizes", what, None, "%", at_most(10), "skipped: distributed is not installed")
        return
    slower = 100.0 * (times["dask"].wall / times["long"].wall - 1.0)
    note = (
        f"wall, workers started, their nannies' MALLOC_TRIM_THRESHOLD_ raised; jobs of "
        f"{half_a_second:,} customers, half a second and more"
    )
    yield Row("sizes", what, slower, "%", at_most(10), note, who.trajectory)


def _line(design: SweepDesign) -> Line:
    return Outline.of(design).line


def _dask(stack: ExitStack) -> str | None:
    """Start a scheduler and two workers on this machine; None where Dask is not installed."""
    try:
        import dask
        from distributed import LocalCluster
    except ImportError:
        return None
    # by default workers give freed memory back at once, and must fetch it again for each block
    environment = {"OMP_NUM_THREADS": 1, "MALLOC_TRIM_THRESHOLD_": 2**30}
    environment["MALLOC_MMAP_THRESHOLD_"] = 2**30
    stack.enter_context(dask.config.set({"distributed.nanny.pre-spawn-environ": environment}))
    cluster = LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address="127.0.0.1:0")
    return str(stack.enter_context(cluster).scheduler_address)


def _throughput(who: Subject, size: Size, scale: Scale) -> Row:
    """Every metric of the same customers, from a table and from a stream, on all cores."""
    count = max(size.customers, scale.customers)
    times = interleaved(
        scale.rounds,
        {
            "table": lambda: simulate(who.scenario, customers=count).metrics(),
            "stream": lambda: stream(who.scenario, customers=count).metrics(),
        },
    )
    ratio = times["table"].wall / times["stream"].wall
    note = f"wall, all cores; {count:,} customers and every metric: in memory " + (
        f"{count / times['table'].wall / 1e6:.2f}, streamed "
        f"{count / times['stream'].wall / 1e6:.2f} million customers a second"
    )
    asked = at_least(0.9)
    return Row(
        "sizes", "stream: throughput over in-memory", ratio, "x", asked, note, who.trajectory
    )


def _memory(who: Subject, scale: Scale) -> Iterator[Row]:
    """Other processes live through a tenth, and through all, and say what they took."""
    found = []
    for count in (scale.shorter, scale.streamed):
        command = [sys.executable, str(_CHILD), SCENARIO, str(count)]
        timing, told = child(command)
        found.append(json.loads(told)["peak"])
    less, more = found
    note = f"the whole process; {scale.streamed:,} customers, {timing.wall:.0f} s by the wall"
    what = "stream: peak memory"
    yield Row("sizes", what, more / _MB, "MB", at_most(600), note, who.trajectory)
    change = 100.0 * abs(more / less - 1.0)
    note = f"with {scale.shorter:,} customers {less / _MB:.0f} MB"
    what = "stream: peak memory, change with ten times the customers"
    yield Row("sizes", what, change, "%", at_most(5), note, who.trajectory)
