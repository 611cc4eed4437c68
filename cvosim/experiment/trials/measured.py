"""What customers did after their assignment, from the tables of one arm."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.trials.entries import PAID, Entries, Place
from cvosim.scenario.outcome_names import ARRIVAL, Outcome
from cvosim.tables.columns import CustomerTable, EventTable, Floats
from cvosim.tables.schema import EventKind

Flags = NDArray[np.bool_]
Whole = NDArray[np.int64]

_SUMS = ("contribution", "revenue", "cost", "orders", "clv")
_FROM_LAST_ORDER = ("retention", "days_to_last_order")


class Terms(NamedTuple):
    """What is measured, of whom, for how long.

    Attributes
    ----------
    outcomes : tuple of Outcome
    place : Place
        Of assignment.
    follow_days : float
        After each customer's assignment; infinite for the horizon.
    horizon : float
        Days.
    discount_rate : float
        A year.
    """

    outcomes: tuple[Outcome, ...]
    place: Place
    follow_days: float
    horizon: float
    discount_rate: float

    def needs_events(self) -> bool:
        """Whether the customer table alone cannot answer."""
        return not all(self._by_table(outcome) for outcome in self.outcomes)

    def window(self, outcome: Outcome) -> float:
        """Days after assignment that count."""
        if outcome.kind == "clv":
            return math.inf
        return self.follow_days if outcome.within is None else outcome.within

    def _by_table(self, outcome: Outcome) -> bool:
        if outcome.kind == "conversion":
            return True
        whole = self.place.name == ARRIVAL and math.isinf(self.window(outcome))
        return whole and outcome.kind in (*_SUMS, *_FROM_LAST_ORDER)


class Arm(NamedTuple):
    """The tables of some customers in one arm, and when each was assigned."""

    table: CustomerTable
    events: EventTable | None
    entries: Entries


class _After(NamedTuple):
    """Events after (or before) the assignment of whoever they count for; ``head`` is its row."""

    head: Whole
    age: Floats
    kind: NDArray[np.uint8]
    stage: NDArray[np.int16]
    money: Floats
    revenue: Floats
    discount_days: Floats
    own: Flags


def measured(arm: Arm, terms: Terms) -> Floats:
    """Outcomes of the market prospects, float64[n, k]; meaningless for those never assigned."""
    count = arm.table.n_market
    found = np.empty((count, len(terms.outcomes)))
    if arm.events is None or not terms.needs_events():
        for k, outcome in enumerate(terms.outcomes):
            found[:, k] = _by_table(arm, outcome, terms)
        return found
    asks_before = any(outcome.kind == "before" for outcome in terms.outcomes)
    before, after = _split(arm, arm.events, terms.place, asks_before)
    for k, outcome in enumerate(terms.outcomes):
        if outcome.kind == "conversion":
            found[:, k] = _converted(arm, outcome, terms)
        elif outcome.kind in ("survival", "cancelled"):
            found[:, k] = _survival(arm, after, outcome, terms)
        elif outcome.kind == "before":
            found[:, k] = _sums(before, outcome.about, math.inf, 0.0, count)
        elif outcome.kind in _SUMS:
            rate = terms.discount_rate
            found[:, k] = _sums(after, outcome.kind, terms.window(outcome), rate, count)
        else:
            found[:, k] = _orders_later(after, outcome, terms, count)
    return found


def _by_table(arm: Arm, outcome: Outcome, terms: Terms) -> Floats:
    table, c = arm.table, arm.table.columns
    if outcome.kind == "conversion":
        return _converted(arm, outcome, terms)
    if outcome.kind in _FROM_LAST_ORDER:
        days = c.last_order_time[: table.n_market] - arm.entries.day
        if outcome.kind == "retention":
            return (days >= outcome.day).astype(np.float64)
        return np.nan_to_num(days)
    values = _totals(table, outcome.kind)
    if len(table) == table.n_market:
        return values
    return np.bincount(table.root, values, table.n_market).astype(np.float64)


def _totals(table: CustomerTable, kind: str) -> Floats:
    """Money or orders of everybody, to the horizon."""
    c = table.columns
    if kind == "contribution":
        return table.contribution
    if kind == "clv":
        return table.discounted_contribution
    if kind == "orders":
        return c.orders.astype(np.float64)
    revenue = c.revenue - c.refunds
    return revenue if kind == "revenue" else revenue - table.contribution


def _converted(arm: Arm, outcome: Outcome, terms: Terms) -> Floats:
    """Whether a stage was accepted in time, by the customer itself."""
    table, entry = arm.table, arm.entries.day
    if outcome.about not in table.names.stages:
        return np.zeros(table.n_market)
    stage = table.names.stages.index(outcome.about)
    age = table.columns.stage_time[stage, : table.n_market] - entry
    started = age > 0.0 if arm.entries.event is not None else age >= 0.0
    if stage < terms.place.stage(table):
        started = age > 0.0
    return (started & (age < terms.window(outcome))).astype(np.float64)


def _split(arm: Arm, events: EventTable, place: Place, asks_before: bool) -> tuple[_After, _After]:
    """Tell what happened before each customer's assignment (if asked) from what came after it."""
    c, table = events.columns, arm.table
    rows = _rows(c.customer_id, table)
    own = rows < table.n_market
    head = rows if own.all() else table.root[rows]
    entry = arm.entries.day[head]
    assigned = ~np.isnan(entry)
    if arm.entries.event is not None:
        after = np.arange(len(head)) > arm.entries.event[head]
    else:
        after = c.time > entry
        # at the very moment of assignment: what led to it is over, what it leads to is not
        same = c.time == entry
        after |= same if place.name == ARRIVAL else same & (c.stage >= place.stage(table))
    arrivals = table.columns.arrival_time

    def part(kept: Flags) -> _After:
        since = np.where(own[kept], entry[kept], arrivals[rows[kept]])
        time = c.time[kept]
        return _After(
            head[kept], time - entry[kept], c.kind[kept], c.stage[kept],
            c.revenue[kept] - c.cost[kept], c.revenue[kept], time - since, own[kept],
        )  # fmt: skip

    earlier = assigned & ~after if asks_before else np.zeros(len(after), np.bool_)
    return part(earlier), part(assigned & after)


def _rows(customer_id: NDArray[np.uint64], table: CustomerTable) -> Whole:
    """Rows of customers in their table."""
    first, count = np.uint64(table.first_customer), table.n_market
    rows = (customer_id - first).astype(np.int64)
    guests = table.referred.customer_id
    if len(guests):
        order = np.argsort(guests)
        invited = customer_id >= first + np.uint64(count)
        place = np.searchsorted(guests[order], customer_id[invited])
        rows[invited] = count + order[place]
    return rows


def _sums(events: _After, what: str, window: float, discount_rate: float, count: int) -> Floats:
    """Money or orders of each customer and of everybody who came through it."""
    kept = events.age < window
    values: Floats | None = None
    if what == "orders":
        kept &= np.isin(events.kind, PAID)
    elif what == "revenue":
        values = events.revenue[kept]
    elif what == "cost":
        values = (events.revenue - events.money)[kept]
    else:
        values = events.money[kept]
        if what == "clv" and discount_rate != 0.0:
            rate = math.log1p(discount_rate) / 365.0
            values = values * np.exp(-rate * events.discount_days[kept])
    return np.bincount(events.head[kept], values, count).astype(np.float64)


def _orders_later(events: _After, outcome: Outcome, terms: Terms, count: int) -> Floats:
    """Of the customer's own paid orders: whether one came late, or when the last one came."""
    window = math.inf if outcome.kind == "active" else terms.window(outcome)
    kept = events.own & np.isin(events.kind, PAID) & (events.age < window)
    last = np.full(count, -math.inf)
    last[events.head[kept]] = events.age[kept]  # by time, so the last one stays
    if outcome.kind == "days_to_last_order":
        days: Floats = np.maximum(last, 0.0)
        return days
    day = terms.follow_days if outcome.kind == "active" else outcome.day
    return (last >= day).astype(np.float64)


def _survival(arm: Arm, events: _After, outcome: Outcome, terms: Terms) -> Floats:
    """Days from subscribing to cancelling or to the end of sight; or whether it was cancelled."""
    table, entry = arm.table, arm.entries.day
    nothing = math.nan if outcome.kind == "survival" else 0.0
    if outcome.about not in table.names.stages:
        return np.full(table.n_market, nothing)
    stage = table.names.stages.index(outcome.about)
    begun = table.columns.stage_time[stage, : table.n_market] - entry
    end = np.minimum(terms.window(outcome), terms.horizon - entry)
    over = np.full(table.n_market, math.inf)
    kept = events.own & (events.kind == int(EventKind.CANCELLED)) & (events.stage == stage)
    over[events.head[kept]] = events.age[kept]
    ended = over < end
    found = ended.astype(np.float64)
    if outcome.kind == "survival":
        found = np.minimum(over, end) - begun
    found[~((begun >= 0.0) & (begun < end))] = nothing
    return found
