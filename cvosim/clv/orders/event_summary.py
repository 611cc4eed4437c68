"""The summary of a simulation's events: moments as they were, not rounded to days."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.log import stage_code
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError
from cvosim.tables.columns import EventTable
from cvosim.tables.schema import EventKind

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ACCEPTED = (EventKind.BOUGHT, EventKind.OPTED_IN, EventKind.COMMITTED, EventKind.ENGAGED)
"""Ways of saying yes to a stage; repeat buying begins with the first of them."""


class _Orders(NamedTuple):
    """Repeat orders, one element each: whose, when and of how much."""

    who: Ints
    time: Floats
    revenue: Floats

    def part(self, wanted: NDArray[np.bool_]) -> _Orders:
        return _Orders(self.who[wanted], self.time[wanted], self.revenue[wanted])

    def number(self, n: int) -> Ints:
        """Count the orders of each of n customers."""
        return np.bincount(self.who, minlength=n).astype(np.int64)

    def spend(self, n: int) -> Floats:
        """Add up what each of n customers paid."""
        paid = np.maximum(self.revenue, 0.0)
        return np.bincount(self.who, paid, minlength=n).astype(np.float64)


def summarise_events(
    events: EventTable,
    until: int,
    *,
    after: str = "core_offer",
    horizon: int | None = None,
    start: str | date | int = 0,
) -> Summary:
    """Sum a simulation's repeat buying up per customer, at the moments it happened.

    A customer's first purchase is its first yes to the stage that starts repeat purchases;
    what it orders on its own from then on are its repeats. Orders of one day don't merge.

    Parameters
    ----------
    events : EventTable
        All events of a run.
    until : int
        Day at which the period ends, counted from the scenario's start.
    after : str
        The stage that starts repeat purchases, a scenario's ``repeat_purchases.after``.
    horizon : int, optional
        Day up to which the run went; what happened between `until` and then is held out.
        Nothing is held out without it.
    start : str, datetime.date or int
        Day 0 of the simulation: a date, or days since 1970-01-01.

    Returns
    -------
    Summary
        Customers by ascending id, named by it; times in days, not rounded.

    Raises
    ------
    DataError
        If the stage is not known, nobody became a customer by then, or the days are not whole
        or in no order.

    Examples
    --------
    >>> from cvosim.tables.columns import EventColumns, Names
    >>> kinds = [EventKind.BOUGHT, EventKind.BOUGHT, EventKind.REORDERED, EventKind.REORDERED]
    >>> columns = EventColumns(*(np.array(values) for values in (
    ...     [7, 8, 7, 7], [1.2, 2.0, 15.9, 31.5], [0, 0, 1, 1], kinds,
    ...     [9.0] * 4, [0.0] * 4, [-1] * 4)))
    >>> table = EventTable(columns, Names((), (), ("core_offer",), (), ()))
    >>> summary = summarise_events(table, 30, horizon=60)
    >>> summary.repeats.tolist(), summary.last.round(1).tolist(), summary.holdout.tolist()
    ([1, 0], [14.7, 0.0], [1, 0])
    """
    end, horizon_day = (
        _whole(until, "until"),
        _whole(until if horizon is None else horizon, "horizon"),
    )
    if horizon is not None and horizon_day <= end:
        raise DataError(f"horizon: day {horizon_day} must be later than until, day {end}")
    ids, born, orders = _customers(events, stage_code(events, after), end)
    n = len(ids)
    first_day = start if isinstance(start, int) else parse_day(start, "start")
    inside = orders.part(orders.time <= end)
    later = orders.part((orders.time > end) & (orders.time <= horizon_day))
    paid = inside.part(inside.revenue > 0).number(n)
    latest = born.copy()
    np.maximum.at(latest, inside.who, inside.time)
    first = first_day + np.floor(born).astype(np.int64)
    return Summary(
        customer=np.arange(n),
        repeats=inside.number(n),
        last=latest - born,
        age=end - born,
        spend=inside.spend(n) / np.maximum(paid, 1),
        holdout=None if horizon is None else later.number(n),
        start=int(first.min()),
        end=first_day + end,
        holdout_days=horizon_day - end,
        first=first,
        paid=paid,
        holdout_spend=None if horizon is None else later.spend(n),
        names=tuple(map(str, ids.tolist())),
    )


def _customers(events: EventTable, stage: int, end: int) -> tuple[NDArray[Any], Floats, _Orders]:
    """Who became a customer by the end, when, and all that each of them ordered on its own."""
    import pandas as pd

    columns = events.columns
    begins = (columns.stage == stage) & np.isin(columns.kind, [int(kind) for kind in ACCEPTED])
    begins &= columns.time <= end
    again = columns.kind == int(EventKind.REORDERED)
    ids, begun = np.unique(columns.customer_id[begins], return_inverse=True)
    if not len(ids):
        raise DataError(f"nobody became a customer by day {end}; repeat buying never began")
    born = np.full(len(ids), np.inf)
    np.minimum.at(born, begun, columns.time[begins])
    who = pd.Index(ids).get_indexer(pd.Index(columns.customer_id[again]))
    known = who >= 0
    orders = _Orders(who.astype(np.int64), columns.time[again], columns.revenue[again])
    return ids, born, orders.part(known)


def _whole(day: float, name: str) -> int:
    if day != int(day) or day < 0:
        raise DataError(f"{name}: {day:g} is no whole number of days from 0 up")
    return int(day)
