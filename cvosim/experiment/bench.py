"""How fast cvosim is on this machine: the kernel, the reference engine, and what could be."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.errors import CvosimError

if TYPE_CHECKING:
    from cvosim.engine.speed.clock import Timing
    from cvosim.engine.speed.counting import Tally
    from cvosim.engine.speed.floor import Floor
    from cvosim.engine.speed.subject import Subject
    from cvosim.scenario import Scenario

MOST = 1_000_000
"""Prospects of a run, if nobody asks for more; fewer where that takes long."""
CHECKED = 1_000
"""Prospects on whom both engines must agree, and whose hash is reported."""
ROUNDS = 5
_SECONDS = 1.0
"""That a run of the kernel on one thread may take, if nobody says how many prospects."""
_LOGGED = 20_000
"""Prospects whose events are counted."""
_BUSY_LOAD = 0.5
"""Processes of others a core, from which on the machine was busy."""
_WAITED = 1.15
"""Wall time by CPU time of one thread, from which on it had to wait for others."""
_FEW = 0.8
"""Of what so many cores would give: less means that they share, or that others use them."""


class Size(NamedTuple):
    """How many prospects each contender lives through."""

    customers: int
    reference: int
    counted: int
    spun: int


@dataclass(frozen=True)
class Bench:
    """How fast a scenario's customers are simulated here.

    A *customer* is a row of the customer table: a market prospect or somebody brought by
    referral. Times are the best of all rounds.

    Attributes
    ----------
    scenario : Scenario
    size : Size
        How many prospects were timed.
    threads, rounds : int
        As used.
    trajectory : str
        Hash of what the first 1,000 prospects did, in both engines alike.
    rows : int
        Customers of the kernel: prospects and people referred.
    reference_rows : int
        The same of the reference engine.
    times : mapping of str to Timing
        Seconds of ``kernel`` (one thread), ``all`` (threads), ``reference``, ``table``,
        ``spin`` and ``spin all`` (arithmetic alone on one thread and on all), ``copy`` and each
        operation of the floor.
    floor : Floor
        What a customer cannot do without, and what that costs here.
    events : float
        In a customer's life.
    row_bytes, event_bytes : float
        Of the tables.
    copied : int
        Bytes that ``copy`` reads and writes.
    compiled : bool
        Whether the kernel had to be compiled.
    compile_seconds : float
        For compiling or else loading it.
    machine : mapping
        CPU, cores, system, load before the run, versions.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> found = bench(load_scenario("carpet_cleaning"), customers=2000, rounds=1, threads=1)
    >>> found.rows, len(found.trajectory), found.ratio > 5.0
    (2000, 64, True)
    """

    scenario: Scenario = field(repr=False)
    size: Size
    threads: int
    rounds: int
    trajectory: str
    rows: int
    reference_rows: int
    times: Mapping[str, Timing] = field(repr=False)
    floor: Floor
    events: float
    row_bytes: int
    event_bytes: int
    copied: int
    compiled: bool
    compile_seconds: float
    machine: Mapping[str, Any]

    @property
    def seconds(self) -> float:
        """Wall time of the kernel on all threads."""
        return self.times["all"].wall

    @property
    def customers_per_second(self) -> float:
        """Of the kernel on all threads, by wall time."""
        return self.rows / self.seconds

    @property
    def nanoseconds(self) -> float:
        """CPU time of the kernel a customer, on one thread."""
        return self.floor.costs["kernel"]

    @property
    def reference_nanoseconds(self) -> float:
        """CPU time of the reference engine a customer."""
        return 1e9 * self.times["reference"].cpu / self.reference_rows

    @property
    def ratio(self) -> float:
        """How many times the kernel's CPU time the reference engine takes."""
        return self.reference_nanoseconds / self.nanoseconds

    @property
    def scaling(self) -> float:
        """How many times as fast all threads are as one, by wall time."""
        return self.times["kernel"].wall / self.times["all"].wall

    @property
    def possible_scaling(self) -> float:
        """The same of arithmetic alone: what the threads could give here and now."""
        return self.times["spin"].wall / self.times["spin all"].wall

    @property
    def gigabytes_per_second(self) -> float:
        """Read and written while a large array is copied."""
        return self.copied / self.times["copy"].cpu / 1e9

    def cautions(self) -> list[str]:
        """Say why the times may be too long; nothing if the machine was quiet."""
        found = []
        load, cores = self.machine["load"], self.machine["cores"]
        if load is not None and load > _BUSY_LOAD * cores:
            found.append(
                f"other work was going on before it began (load {load:.1f}, {cores} cores)"
            )
        waited = self.times["kernel"].wall / self.times["kernel"].cpu
        if waited > _WAITED:
            found.append(f"one thread took {waited:.2f} s for a second of CPU time")
        if self.threads > 1 and self.possible_scaling < _FEW * self.threads:
            gain = f"{self.possible_scaling:.2f} times as fast as one"
            found.append(f"{self.threads} threads of arithmetic alone were only {gain}")
        return found

    def to_dict(self) -> dict[str, Any]:
        """Give everything, ready for JSON."""
        return {
            "scenario": self.scenario.name,
            "seed": self.scenario.seed,
            "trajectory_hash": self.trajectory,
            "prospects": {"checked": CHECKED, **self.size._asdict()},
            "customers": self.rows,
            "threads": self.threads,
            "rounds": self.rounds,
            "seconds": self.seconds,
            "customers_per_second": self.customers_per_second,
            "ns_per_customer": self.nanoseconds,
            "reference_ns_per_customer": self.reference_nanoseconds,
            "kernel_against_reference": self.ratio,
            "floor_ns_per_customer": self.floor.nanoseconds,
            "efficiency": self.floor.efficiency,
            "scaling": self.scaling,
            "possible_scaling": self.possible_scaling,
            "operations_per_customer": dict(self.floor.each),
            "ns_per_operation": dict(self.floor.costs),
            "memory_gigabytes_per_second": self.gigabytes_per_second,
            "bytes_per_customer": self.row_bytes,
            "bytes_per_event": self.event_bytes,
            "events_per_customer": self.events,
            "compiled": self.compiled,
            "compile_seconds": self.compile_seconds,
            "times": {name: timing._asdict() for name, timing in self.times.items()},
            "cautions": self.cautions(),
            "machine": dict(self.machine),
        }


def bench_steps(rounds: int = ROUNDS) -> int:
    """Say how often `bench` calls its ``progress``.

    Examples
    --------
    >>> bench_steps(5)
    78
    """
    return 13 * (rounds + 1)


def bench(
    scenario: Scenario,
    *,
    customers: int | None = None,
    threads: int | None = None,
    rounds: int = ROUNDS,
    progress: Callable[[int], None] | None = None,
) -> Bench:
    """Time the kernel against the reference engine and against what this machine could give.

    Before anything is timed, both engines must agree to the bit. Then all contenders take
    turns, after a round to warm up, so that whatever else the machine does troubles all alike.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.
    customers : int, optional
        Prospects that the kernel lives through in a run; by default a million, or as many as
        take about a second.
    threads : int, optional
        All cores by default, and never more.
    rounds : int
        How often each contender is timed; the best counts.
    progress : callable, optional
        Called with 1 after every run, `bench_steps` times.

    Returns
    -------
    Bench

    Raises
    ------
    CvosimError
        For impossible numbers, or if the engines disagree.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> found = bench(load_scenario("cdnow"), customers=2000, rounds=1, threads=1)
    >>> 0.0 < found.floor.nanoseconds, found.threads
    (True, 1)
    """
    from cvosim.engine.driver import usable_threads
    from cvosim.engine.speed.clock import interleaved
    from cvosim.engine.speed.counting import tally
    from cvosim.engine.speed.floor import bytes_per_row, floor_of
    from cvosim.engine.speed.machine import describe
    from cvosim.engine.speed.units import COPIED

    _check(customers, threads, rounds)
    machine, used = describe(), usable_threads(threads)
    who, compiled, compile_seconds = _ready(scenario, used)
    size = _size(who, customers)
    counted = tally(who, size.counted)
    timed = _contenders(who, counted, size, used)
    rows = len(who.kernel(size.customers, 1).customers.revenue)
    reference_rows = len(who.reference(size.reference)[0].revenue)
    events, event_bytes = _events(who, min(_LOGGED, size.customers))
    times = interleaved(rounds, timed, progress)
    return Bench(
        scenario, size, used, rounds, who.trajectory, rows, reference_rows, times,
        floor_of(counted, times, size.customers, rows), events, bytes_per_row(who.plan),
        event_bytes, 2 * COPIED, compiled, compile_seconds, machine,
    )  # fmt: skip


def _check(customers: int | None, threads: int | None, rounds: int) -> None:
    for name, value in (("customers", customers), ("threads", threads), ("rounds", rounds)):
        if value is not None and (type(value) is not int or value < 1):
            raise CvosimError(f"{name}: must be a whole number of at least 1 (got {value!r})")


def _ready(scenario: Scenario, threads: int) -> tuple[Subject, bool, float]:
    """Compile plan and kernel; both engines must agree."""
    from cvosim.engine.cache import discard_stale, is_compiled
    from cvosim.engine.driver import run_kernel
    from cvosim.engine.speed.subject import agreed
    from cvosim.plan import compile_plan

    plan = compile_plan(scenario)
    discard_stale()
    compiled = not is_compiled()
    seconds = run_kernel(plan, scenario.seed, 0, 1, threads=1).compile_seconds
    return agreed(plan, scenario.seed, CHECKED, threads), compiled and seconds > 0.0, seconds


def _size(who: Subject, customers: int | None) -> Size:
    """As many as asked for, or as take about a second: 1, 2 or 5 with zeros, to be read easily."""
    from cvosim.engine.speed.clock import once

    if customers is None:
        each = once(lambda: who.kernel(CHECKED, 1)).cpu / CHECKED
        fitting = min(MOST, max(CHECKED, _SECONDS / max(each, 1e-9)))
        ten = 10 ** math.floor(math.log10(fitting))
        customers = max(first * ten for first in (1, 2, 5) if first * ten <= fitting)
    return Size(
        customers,
        reference=min(customers, max(100, min(2_000, customers // 500))),
        counted=min(customers, max(200, min(5_000, customers // 100))),
        spun=max(100, min(3_000, customers // 300)),
    )


def _contenders(
    who: Subject, counted: Tally, size: Size, threads: int
) -> dict[str, Callable[[], object]]:
    from cvosim.engine.speed.floor import contenders
    from cvosim.engine.speed.spinning import spun
    from cvosim.engine.speed.units import copy, large_arrays

    arrays = large_arrays()
    return {
        **contenders(who, counted, size.customers),
        "all": lambda: who.kernel(size.customers, threads),
        "reference": lambda: who.reference(size.reference),
        "spin": lambda: spun(size.spun, 1),
        "spin all": lambda: spun(size.spun, threads),
        "copy": lambda: copy(*arrays),
    }


def _events(who: Subject, customers: int) -> tuple[float, int]:
    """Events in a customer's life, and bytes of one in the event table."""
    run = who.kernel(customers, 1, events=True)
    assert run.events is not None
    wide = sum(column.itemsize for column in run.events)
    return len(run.events.time) / len(run.customers.revenue), wide
