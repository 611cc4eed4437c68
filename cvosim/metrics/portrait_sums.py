"""What the figures of a run take from its events, block after block; it adds up."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.cohorts import CohortCounts
from cvosim.metrics.columns import REFERRAL, has_referred
from cvosim.metrics.quantities import ENGAGE
from cvosim.tables.columns import CustomerTable, EventColumns, Floats, Names
from cvosim.tables.schema import NO_CODE

Whole = NDArray[np.int64]

ACQUISITION, REPEAT, WORD_OF_MOUTH = "acquisition", "repeat_purchases", "word_of_mouth"


class Terms(NamedTuple):
    """How events are read.

    Attributes
    ----------
    horizon : float
        Days.
    discount : float
        Continuous rate a day: ``ln(1 + yearly rate) / 365``.
    period : float
        Days a cohort.
    """

    horizon: float
    discount: float
    period: float


@dataclass(frozen=True, eq=False)
class EventSums:
    """What the events of some market prospects and of all whom they brought add up to.

    Attributes
    ----------
    money : float64[days]
        Revenue less refunds and cost by whole days of age, of all together.
    squares : float64[days]
        Change, on that day, of the sum over families of their squared running totals.
    cohorts : CohortCounts
        Buyers by their first order.
    worth : float64[parts, prospects]
        Discounted revenue less refunds and cost of each prospect by `part_names`.
    """

    money: Floats
    squares: Floats
    cohorts: CohortCounts
    worth: Floats

    @classmethod
    def of(cls, customers: CustomerTable, events: EventColumns, terms: Terms) -> EventSums:
        """Add up.

        Parameters
        ----------
        customers : CustomerTable
            A run's, or some prospects' of it with all whom they brought.
        events : EventColumns
            Theirs; fastest if they stand customer by customer.
        terms : Terms
            How to read them.
        """
        moved = np.flatnonzero((events.revenue != 0.0) | (events.cost != 0.0))
        row = _rows(customers, events.customer_id[moved])
        age = events.time[moved] - customers.columns.arrival_time[row]
        money = events.revenue[moved] - events.cost[moved]
        root = customers.root[row] if has_referred(customers) else row
        cohorts = CohortCounts.of(events, horizon=terms.horizon, period=terms.period)
        part = _parts(events, moved, customers.names)
        part[row >= customers.n_market] = len(part_names(customers.names)) - 1
        shape = len(part_names(customers.names)), customers.n_market
        discounted = money * np.exp(-terms.discount * age)
        worth = np.bincount(part * shape[1] + root, discounted, shape[0] * shape[1])
        by_day = _by_day(root, age, money, math.ceil(terms.horizon) + 1)
        return cls(*by_day, cohorts, worth.astype(np.float64, copy=False).reshape(shape))

    @classmethod
    def together(cls, parts: Sequence[EventSums]) -> EventSums:
        """Add up those of neighbouring prospects, one part or more, in their order."""
        first, *others = parts
        money, squares, cohorts = first.money, first.squares, first.cohorts
        for part in others:
            money, squares = money + part.money, squares + part.squares
            cohorts = cohorts + part.cohorts
        return cls(money, squares, cohorts, np.concatenate([part.worth for part in parts], axis=1))


def part_names(names: Names) -> tuple[str, ...]:
    """Where money may move: what `EventSums.worth` has a row for.

    Examples
    --------
    >>> part_names(Names(("all",), ("ads",), ("engage", "core_offer"), ("letters",), ()))
    ('acquisition', 'core_offer', 'repeat_purchases', 'letters')
    """
    found = [ACQUISITION, *(stage for stage in names.stages if stage != ENGAGE), REPEAT]
    # a program may be called what a stage is called
    found += [name if name not in found else f"{name} (program)" for name in names.programs]
    return (*found, WORD_OF_MOUTH) if REFERRAL in names.channels else tuple(found)


def _parts(events: EventColumns, moved: Whole, names: Names) -> Whole:
    """Which part each of some events is in: its program's, else its stage's."""
    of_stage = np.zeros(len(names.stages) + 2, np.int64)  # repeat orders come last, none first
    place = 1
    for row, stage in enumerate(names.stages):
        if stage != ENGAGE:  # all its money is the cost of content
            of_stage[row + 1] = place
            place += 1
    of_stage[-1] = place
    program = events.program[moved].astype(np.int64)
    stages = of_stage[events.stage[moved].astype(np.int64) - NO_CODE]
    return np.where(program == NO_CODE, stages, place + 1 + program)


def _rows(customers: CustomerTable, ids: NDArray[np.uint64]) -> Whole:
    """Rows of these customers in the table."""
    rows = (ids - np.uint64(customers.first_customer)).astype(np.int64)
    if has_referred(customers):
        strangers = np.flatnonzero((rows < 0) | (rows >= customers.n_market))
        known = customers.referred.customer_id
        order = np.argsort(known)
        place = np.searchsorted(known[order], ids[strangers])
        rows[strangers] = customers.n_market + order[place]
    return rows


def _by_day(root: Whole, age: Floats, money: Floats, count: int) -> tuple[Floats, Floats]:
    """Money by day, and how the sum of squared running totals changes.

    An amount ``x`` takes a family's running total from ``S`` to ``S + x``, and its square from
    ``S**2`` by ``2 S x + x**2``: so one walk along everybody's life is enough.
    """
    day = np.clip(np.ceil(age), 0.0, float(count)).astype(np.int64)
    key = root * (count + 1) + day
    if (key[1:] < key[:-1]).any():
        order = np.argsort(key, kind="stable")
        root, day, money = root[order], day[order], money[order]
    running = np.cumsum(money)
    begins = np.ones(len(root), np.bool_)
    begins[1:] = root[1:] != root[:-1]
    before = running - money
    before -= before[begins][np.cumsum(begins) - 1]
    change = money * (2.0 * before + money)
    total, squares = (
        np.bincount(day, each, count + 1)[:count].astype(np.float64, copy=False)
        for each in (money, change)
    )
    return total, squares
