"""The kernel against what its randomness and its formulas alone cost on this machine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from benchmarks import units
from benchmarks.clock import interleaved
from benchmarks.counting import Tally, tally
from benchmarks.rows import Row, at_least
from benchmarks.subjects import EVERYTHING, Size, Subject, subject
from cvosim.engine.names import names_of
from cvosim.tables.blocks import CustomerBlocks, empty_blocks

SCENARIO = "carpet_cleaning"
SAMPLE = 2048
"""Addresses and arguments; they stay in the nearest cache."""

_OPERATIONS = ("block", *units.TRANSCENDENTALS)

_OTHER_WAYS = {
    "chained": ("draws one after the other", "a block that waits for the one before it takes"),
    "vector": ("every draw in vector instructions", "a block among many alike takes"),
}


class _Found(NamedTuple):
    """Operations a customer, and CPU nanoseconds of one operation and of one customer.

    Referred people are customers, too.
    """

    each: dict[str, float]
    asked: dict[str, float]
    costs: dict[str, float]

    @property
    def floor(self) -> float:
        return sum(self.each[name] * self.costs[name] for name in _OPERATIONS)

    def with_blocks(self, kind: str) -> float:
        """The floor with every block drawn in another way."""
        return self.floor + self.each["block"] * (self.costs[kind] - self.costs["block"])


def rows(size: Size) -> Iterator[Row]:
    """Efficiency is floor / kernel: 1 would be an engine that does nothing but draw."""
    who = subject(SCENARIO, size)
    found = _measure(who, size)
    each, costs, kernel = found.each, found.costs, found.costs["kernel"]
    for name in _OPERATIONS:
        note = f"{costs[name]:.2f} ns each; the reference asks for {found.asked[name]:.2f}"
        what = "Philox blocks" if name == "block" else f"calls of {name}"
        yield Row("floor", what, each[name], "a customer", None, note, who.trajectory)
    note = "blocks and transcendentals, nothing else: no table, no comparison, no polynomial"
    yield Row("floor", "floor", found.floor, "ns/customer", None, note)
    note = f"CPU time, one thread, {size.customers:,} customers, table filled"
    yield Row("floor", "kernel", kernel, "ns/customer", None, note, who.trajectory)
    what, note = "efficiency", "units as throughput: independent scalar draws side by side"
    ratio = found.floor / kernel
    yield Row("floor", what, ratio, "of the kernel", at_least(0.5), note, who.trajectory)
    what, note = "efficiency, writing the table included", _table_note(who, found)
    ratio = (found.floor + costs["table"]) / kernel
    yield Row("floor", what, ratio, "of the kernel", None, note)
    for kind, (way, why) in _OTHER_WAYS.items():
        note = f"floor {found.with_blocks(kind):.0f} ns: {why} {costs[kind]:.2f} ns"
        what = f"efficiency, {way}"
        yield Row("floor", what, found.with_blocks(kind) / kernel, "of the kernel", None, note)
    yield _efficiency(subject("cdnow", size), size, "efficiency on cdnow")
    yield _efficiency(subject(EVERYTHING, size), size.reduced(), "efficiency on everything at once")


def _efficiency(who: Subject, size: Size, what: str) -> Row:
    found = _measure(who, size)
    kernel = found.costs["kernel"]
    note = (
        f"floor {found.floor:.0f} ns ({found.each['block']:.1f} blocks), kernel {kernel:.0f} ns; "
        f"draws one after the other {found.with_blocks('chained'):.0f} ns"
    )
    return Row("floor", what, found.floor / kernel, "of the kernel", None, note, who.trajectory)


def _measure(who: Subject, size: Size) -> _Found:
    counted = tally(who, size.counted)
    n_rows = len(who.kernel(size.customers, 1).customers.revenue)
    passes = max(1, size.customers // SAMPLE)
    times = interleaved(size.rounds, _contenders(who, counted, size.customers, passes))
    per = {**dict.fromkeys(times, passes * SAMPLE), "kernel": n_rows, "table": size.customers}
    return _Found(
        {name: found / counted.people for name, found in counted.counts().items()},
        {name: found / counted.people for name, found in counted.calls.items()},
        {name: 1e9 * timing.cpu / per[name] for name, timing in times.items()},
    )


def _contenders(
    who: Subject, counted: Tally, customers: int, passes: int
) -> dict[str, Callable[[], object]]:
    seed = np.uint64(who.scenario.seed)
    addresses, arguments = counted.sample(SAMPLE)
    contenders: dict[str, Callable[[], object]] = {
        "block": lambda: units.blocks(seed, *addresses, passes),
        "chained": lambda: units.chained_blocks(seed, *addresses[:2], passes),
        "vector": lambda: units.vector_blocks(np.empty(SAMPLE), seed, *addresses, passes),
        "kernel": lambda: who.kernel(customers, 1),
        "table": lambda: _fill(empty_blocks(customers, names_of(who.plan))),
    }
    for name, function in units.TRANSCENDENTALS.items():
        contenders[name] = partial(function, arguments[name], passes)
    return contenders


def _fill(blocks: CustomerBlocks) -> CustomerBlocks:
    """Touch every byte of a new table once, as cheaply as can be."""
    for block in blocks:
        block.fill(0)
    return blocks


def _table_note(who: Subject, found: _Found) -> str:
    width = sum(block.nbytes for block in empty_blocks(4096, names_of(who.plan))) / 4096
    table = found.costs["table"]
    return (
        f"floor {found.floor + table:.0f} ns: {width:.0f} bytes a customer at "
        f"{width / table:.2f} GB/s, page faults included"
    )
