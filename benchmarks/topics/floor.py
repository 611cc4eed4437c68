"""The kernel against what its randomness and its formulas alone cost on this machine."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_least
from benchmarks.subjects import EVERYTHING, Size, Subject, subject
from cvosim.engine.speed import units
from cvosim.engine.speed.counting import tally
from cvosim.engine.speed.floor import OPERATIONS, Floor, bytes_per_row, contenders, floor_of

SCENARIO = "carpet_cleaning"

_OTHER_WAYS = {
    "chained": ("draws one after the other", "a block that waits for the one before it takes"),
    "vector": ("every draw in vector instructions", "a block among many alike takes"),
}


def rows(size: Size) -> Iterator[Row]:
    """Efficiency is floor / kernel: 1 would be an engine that does nothing but draw."""
    who = subject(SCENARIO, size)
    found = _measure(who, size)
    each, costs, kernel = found.each, found.costs, found.costs["kernel"]
    for name in OPERATIONS:
        note = f"{costs[name]:.2f} ns each; the reference asks for {found.asked[name]:.2f}"
        what = "Philox blocks" if name == "block" else f"calls of {name}"
        yield Row("floor", what, each[name], "a customer", None, note, who.trajectory)
    note = "blocks and transcendentals, nothing else: no table, no comparison, no polynomial"
    yield Row("floor", "floor", found.nanoseconds, "ns/customer", None, note)
    note = f"CPU time, one thread, {size.customers:,} customers, table filled"
    yield Row("floor", "kernel", kernel, "ns/customer", None, note, who.trajectory)
    what, note = "efficiency", "units as throughput: independent scalar draws side by side"
    yield Row("floor", what, found.efficiency, "of the kernel", at_least(0.5), note, who.trajectory)
    what, note = "efficiency, writing the table included", _table_note(who, found)
    ratio = (found.nanoseconds + costs["table"]) / kernel
    yield Row("floor", what, ratio, "of the kernel", None, note)
    for kind, (way, why) in _OTHER_WAYS.items():
        note = f"floor {found.with_blocks(kind):.0f} ns: {why} {costs[kind]:.2f} ns"
        what = f"efficiency, {way}"
        yield Row("floor", what, found.with_blocks(kind) / kernel, "of the kernel", None, note)
    yield _memory(size)
    yield _efficiency(subject("cdnow", size), size, "efficiency on cdnow")
    yield _efficiency(subject(EVERYTHING, size), size.reduced(), "efficiency on everything at once")


def _memory(size: Size) -> Row:
    """What the memory can do, as STREAM's copy measures it (McCalpin 1995)."""
    source, target = units.large_arrays()
    timing = interleaved(size.rounds, {"copy": lambda: units.copy(source, target)})["copy"]
    note = f"CPU time, one thread: {source.nbytes / 1e6:,.0f} MB copied, each byte read and written"
    return Row("floor", "memory", 2e-9 * source.nbytes / timing.cpu, "GB/s", None, note)


def _efficiency(who: Subject, size: Size, what: str) -> Row:
    found = _measure(who, size)
    kernel = found.costs["kernel"]
    note = (
        f"floor {found.nanoseconds:.0f} ns ({found.each['block']:.1f} blocks), "
        f"kernel {kernel:.0f} ns; draws one after the other {found.with_blocks('chained'):.0f} ns"
    )
    return Row("floor", what, found.efficiency, "of the kernel", None, note, who.trajectory)


def _measure(who: Subject, size: Size) -> Floor:
    counted = tally(who, size.counted)
    n_rows = len(who.kernel(size.customers, 1).customers.revenue)
    times = interleaved(size.rounds, contenders(who, counted, size.customers))
    return floor_of(counted, times, size.customers, n_rows)


def _table_note(who: Subject, found: Floor) -> str:
    width = bytes_per_row(who.plan)
    table = found.costs["table"]
    return (
        f"floor {found.nanoseconds + table:.0f} ns: {width:.0f} bytes a customer at "
        f"{width / table:.2f} GB/s, page faults included"
    )
