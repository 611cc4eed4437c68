"""Money over time, from the event table."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.columns import has_referred
from cvosim.metrics.estimate import Estimate
from cvosim.tables.columns import CustomerTable, EventColumns, EventTable, Floats
from cvosim.tables.schema import EventKind

Since = Literal["start", "arrival"]


@dataclass(frozen=True)
class CashCurve:
    """Money that has come in and gone out by each day.

    Attributes
    ----------
    days : float64[n]
        Since the scenario's start, or since each customer's own arrival.
    revenue, cost : float64[n]
        Running totals of events up to and including that day: revenue less refunds, and every
        cost, rewards among them.
    """

    days: Floats
    revenue: Floats
    cost: Floats

    @property
    def balance(self) -> Floats:
        """Revenue less refunds and cost so far, float64[n]."""
        return self.revenue - self.cost

    def to_dict(self) -> dict[str, list[float]]:
        """Give plain lists, ready for JSON."""
        columns = {"days": self.days, "revenue": self.revenue, "cost": self.cost}
        return {name: values.tolist() for name, values in columns.items()} | {
            "balance": self.balance.tolist()
        }


def cash_curve(
    events: EventTable, *, horizon: float, step: float = 1.0, since: Since = "start"
) -> CashCurve:
    """Add up revenue and cost on a grid of days.

    Parameters
    ----------
    events : EventTable
        All events of a run.
    horizon : float
        Days; the last point of the grid.
    step : float
        Days between points.
    since : {"start", "arrival"}
        The calendar, or every customer's own age.

    Returns
    -------
    CashCurve
        Undiscounted, all customers together.

    Examples
    --------
    >>> from cvosim.tables.columns import EventColumns, Names
    >>> columns = EventColumns(*(np.array(values) for values in (
    ...     [0, 0], [0.0, 1.5], [-1, 0], [EventKind.ARRIVED, EventKind.BOUGHT],
    ...     [0.0, 29.0], [1.0, 8.0], [-1, -1])))
    >>> table = EventTable(columns, Names(("all",), ("ads",), ("tripwire",), (), ()))
    >>> cash_curve(table, horizon=2).balance
    array([-1., -1., 20.])
    """
    days = np.append(np.arange(0.0, horizon, step), float(horizon))
    columns = events.columns
    times = columns.time if since == "start" else _ages(events)
    revenue, cost = money_by_day(np.searchsorted(days, times, "left"), columns, len(days))
    return CashCurve(days, np.cumsum(revenue), np.cumsum(cost))


def money_by_day(day: NDArray[np.int64], events: EventColumns, count: int) -> tuple[Floats, Floats]:
    """Revenue and cost of the events of each of ``count`` days; later ones are left out."""
    revenue, cost = (
        np.bincount(day, money, count + 1)[:count].astype(np.float64, copy=False)
        for money in (events.revenue, events.cost)
    )
    return revenue, cost


def payback_time(events: EventTable, customers: CustomerTable | None = None) -> Estimate:
    """Days from arrival after which the customers together have earned back their cost.

    Every event is placed at its customer's age. The running total of revenue less refunds and
    cost, over all customers, counts as paid back at the last time that it rises from below 0 to
    0 or more, if it stays there. It is not discounted.

    The standard error inverts the test that the total at an age is 0: half the time between
    the crossings of the curve raised and lowered by one standard error of the total at the
    payback time. NaN when the lowered curve never pays back. Customers are independent, but for
    those brought by referral: with the table of customers, these are taken together with the
    market prospect through whom they came (Liang & Zeger 1986).

    Parameters
    ----------
    events : EventTable
        All events of a run.
    customers : CustomerTable, optional
        Of the same run; needed for the error where there is referral.

    Returns
    -------
    Estimate
        In days; NaN if it is not paid back within the horizon.

    Examples
    --------
    >>> from cvosim.tables.columns import EventColumns, Names
    >>> columns = EventColumns(*(np.array(values) for values in (
    ...     [0, 1, 0, 1], [0.0, 5.0, 3.0, 9.0], [-1, -1, 0, 0],
    ...     [EventKind.ARRIVED, EventKind.ARRIVED, EventKind.BOUGHT, EventKind.BOUGHT],
    ...     [0.0, 0.0, 4.0, 4.0], [3.0, 3.0, 0.0, 0.0], [-1, -1, -1, -1])))
    >>> table = EventTable(columns, Names(("all",), ("ads",), ("tripwire",), (), ()))
    >>> payback_time(table).value
    4.0
    """
    columns = events.columns
    ages = _ages(events)
    order = np.argsort(ages, kind="stable")
    ages, money = ages[order], (columns.revenue - columns.cost)[order]
    last_of_age = np.ones(len(ages), np.bool_)
    last_of_age[:-1] = ages[1:] != ages[:-1]
    running = np.cumsum(money)[last_of_age]
    moments = ages[last_of_age]
    time = paid_back(moments, running, 0.0)
    if math.isnan(time):
        return Estimate(math.nan, math.nan, "days")
    who = columns.customer_id[order]
    if customers is not None and has_referred(customers):
        who = prospects_of(who, customers)
    error = _total_error(who, money, ages <= time)
    early, late = (paid_back(moments, running, shift) for shift in (error, -error))
    return Estimate(time, (late - early) / 2.0, "days")


def _ages(events: EventTable) -> Floats:
    """Days since the customer's arrival, for each event."""
    columns = events.columns
    arrived = columns.kind == EventKind.ARRIVED
    who, when = columns.customer_id[arrived], columns.time[arrived]
    order = np.argsort(who)
    place = np.searchsorted(who[order], columns.customer_id)
    arrival: Floats = when[order][place]
    return columns.time - arrival


def prospects_of(ids: NDArray[np.uint64], customers: CustomerTable) -> NDArray[np.uint64]:
    """Ids of the market prospects through whom these customers came; their own are theirs."""
    referred = customers.referred
    order = np.argsort(referred.customer_id)
    known = referred.customer_id[order]
    place = np.minimum(np.searchsorted(known, ids), len(known) - 1)
    root = np.uint64(customers.first_customer) + referred.root[order][place].astype(np.uint64)
    return np.where(known[place] == ids, root, ids)


def paid_back(moments: Floats, running: Floats, shift: float) -> float:
    """When the running total, so shifted, was below 0 for the last time and rose."""
    below = np.flatnonzero(running + shift < 0.0)
    if len(below) == 0:
        return 0.0 if len(running) else math.nan
    after = int(below[-1]) + 1
    return float(moments[after]) if after < len(moments) else math.nan


def _total_error(customer: NDArray[np.uint64], money: Floats, so_far: NDArray[np.bool_]) -> float:
    """Error of the total so far: sqrt(n) times the standard deviation of a customer."""
    everybody, row = np.unique(customer, return_inverse=True)
    balance = np.bincount(row, np.where(so_far, money, 0.0), len(everybody))
    if len(balance) < 2:
        return math.nan
    return math.sqrt(len(balance)) * float(balance.std(ddof=1))
