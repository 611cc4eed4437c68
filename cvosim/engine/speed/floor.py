"""The kernel against what its random numbers and formulas alone cost on this machine.

The floor is the number of operations that a customer cannot do without (`counting`) times what
each of them costs here and now (`units`): an engine that did nothing but draw and look up
formulas, with no table, no comparison and no polynomial, would take so long.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

import numpy as np

from cvosim.engine.names import names_of
from cvosim.engine.speed import units
from cvosim.engine.speed.clock import Timing
from cvosim.engine.speed.counting import Tally
from cvosim.engine.speed.subject import Subject
from cvosim.plan.plan import Plan
from cvosim.tables.blocks import CustomerBlocks, empty_blocks

SAMPLE = 2048
"""Addresses and arguments; they stay in the nearest cache."""

OPERATIONS = ("block", *units.TRANSCENDENTALS)
"""What the floor is made of."""


@dataclass(frozen=True)
class Floor:
    """Operations a customer, and CPU nanoseconds of one operation and of one customer.

    Referred people are customers, too.

    Attributes
    ----------
    each : mapping of str to float
        How many of each of `OPERATIONS` a customer needs.
    asked : mapping of str to float
        How many the reference engine asks for, which repeats itself.
    costs : mapping of str to float
        Of one of each; of ``chained`` and ``vector`` blocks; of a row of the ``table`` and of a
        customer of the ``kernel``.

    Examples
    --------
    >>> each = {"block": 20.0, "exp": 1.0, "log": 2.0, "sqrt": 0.0}
    >>> costs = {"block": 6.0, "chained": 9.0, "exp": 5.0, "log": 5.0, "sqrt": 2.0, "kernel": 270.0}
    >>> floor = Floor(each, each, costs)
    >>> floor.nanoseconds, floor.efficiency, floor.with_blocks("chained")
    (135.0, 0.5, 195.0)
    """

    each: Mapping[str, float]
    asked: Mapping[str, float]
    costs: Mapping[str, float]

    @property
    def nanoseconds(self) -> float:
        """Of CPU time a customer."""
        return sum(self.each[name] * self.costs[name] for name in OPERATIONS)

    @property
    def efficiency(self) -> float:
        """Floor / kernel: 1 would be an engine that does nothing but draw."""
        return self.nanoseconds / self.costs["kernel"]

    def with_blocks(self, kind: str) -> float:
        """The floor with every block drawn in another way, ``chained`` or ``vector``."""
        return self.nanoseconds + self.each["block"] * (self.costs[kind] - self.costs["block"])


def contenders(who: Subject, counted: Tally, customers: int) -> dict[str, Callable[[], object]]:
    """What must be timed for a floor: each operation, the table and the kernel on one thread.

    Parameters
    ----------
    who : Subject
        What the kernel is to live through.
    counted : Tally
        What its customers need, of `tally`.
    customers : int
        Of the kernel; the operations are repeated about as often.

    Returns
    -------
    dict of str to callable
        To be timed by `interleaved`, alone or beside others.
    """
    units.forget_stale()
    seed, passes = np.uint64(who.seed), _passes(customers)
    addresses, arguments = counted.sample(SAMPLE)
    timed: dict[str, Callable[[], object]] = {
        "block": lambda: units.blocks(seed, *addresses, passes),
        "chained": lambda: units.chained_blocks(seed, *addresses[:2], passes),
        "vector": lambda: units.vector_blocks(np.empty(SAMPLE), seed, *addresses, passes),
        "kernel": lambda: who.kernel(customers, 1),
        "table": lambda: _fill(empty_blocks(customers, names_of(who.plan))),
    }
    for name, function in units.TRANSCENDENTALS.items():
        timed[name] = partial(function, arguments[name], passes)
    return timed


def floor_of(counted: Tally, times: Mapping[str, Timing], customers: int, rows: int) -> Floor:
    """Put counts and times together.

    Parameters
    ----------
    counted : Tally
        What the customers need.
    times : mapping of str to Timing
        Of all `contenders`.
    customers : int
        As `contenders` was told.
    rows : int
        Of the table that they made: referred people are customers, too.
    """
    per = {**dict.fromkeys(OPERATIONS, _passes(customers) * SAMPLE), "table": customers}
    per |= {"chained": per["block"], "vector": per["block"], "kernel": rows}
    return Floor(
        {name: found / counted.people for name, found in counted.counts().items()},
        {name: found / counted.people for name, found in counted.calls.items()},
        {name: 1e9 * times[name].cpu / count for name, count in per.items()},
    )


def bytes_per_row(plan: Plan) -> int:
    """Of the customer table, without the little that rounds its columns up.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> bytes_per_row(compile_plan(load_scenario("carpet_cleaning")))
    215
    """
    many = 1 << 16
    return sum(block.nbytes for block in empty_blocks(many, names_of(plan))) // many


def _passes(customers: int) -> int:
    return max(1, customers // SAMPLE)


def _fill(blocks: CustomerBlocks) -> CustomerBlocks:
    """Touch every byte of a new table once, as cheaply as can be."""
    for block in blocks:
        block.fill(0)
    return blocks
