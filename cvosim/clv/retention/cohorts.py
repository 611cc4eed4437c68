"""Cohort tables: of those who first bought in a week or month, how many buy at each age."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.purchase_days import Floats, Ints, purchase_days
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog

UNITS = ("week", "month")
_MONDAY = 3
"""1970-01-01 was a Thursday."""


class Cohorts(NamedTuple):
    """Cohorts of customers by the calendar week or month of their first purchase.

    Attributes
    ----------
    unit : str
        ``week`` (from Monday) or ``month``.
    starts : ndarray of int64
        First day of each cohort's week or month, in days since 1970-01-01; those without a
        customer are there too.
    size : ndarray of int64
        Customers who first bought then.
    active : ndarray of int64, shape (cohorts, ages)
        Of them, those who bought in the week or month that is so many later.
    seen : ndarray of bool, shape (cohorts, ages)
        Whether the log shows that whole week or month.
    end : int
        Last day seen.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> rows = [("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 33, 7.0), ("cis", 40, 7.0)]
    >>> table = cohorts(OrderLog.of(rows), until=58)
    >>> table.size.tolist(), table.to_dict()["share"]
    ([2, 1], [[1.0, 0.5], [1.0, None]])
    """

    unit: str
    starts: Ints
    size: Ints
    active: Ints
    seen: NDArray[np.bool_]
    end: int

    @property
    def share(self) -> Floats:
        """Share of the cohort that is active; NaN where not seen whole, or nobody is in it."""
        share = np.full(self.active.shape, math.nan)
        there = self.seen & (self.size > 0)[:, None]
        np.divide(self.active, self.size[:, None], out=share, where=there)
        return share

    @property
    def pooled(self) -> Floats:
        """Share active at each age over all cohorts seen whole then; NaN where there is none."""
        counted = (self.seen * self.size[:, None]).sum(axis=0)
        pooled = np.full(len(counted), math.nan)
        active = (self.seen * self.active).sum(axis=0)
        np.divide(active, counted, out=pooled, where=counted > 0)
        return pooled

    def names(self) -> list[str]:
        """Call each cohort ``1997-01``, or by its Monday."""
        days = [format_day(day) for day in self.starts.tolist()]
        return [day[:7] for day in days] if self.unit == "month" else days

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON: what is not seen whole is null."""
        return {
            "unit": self.unit,
            "cohorts": self.names(),
            "size": self.size.tolist(),
            "share": [_known(row) for row in self.share],
            "pooled": _known(self.pooled),
        }


def cohorts(log: OrderLog, unit: str = "month", until: int | None = None) -> Cohorts:
    """Count who buys again, by calendar week or month of the first purchase and by age.

    Age 0 is the cohort's own week or month, in which all of it is active by definition. A cell
    of which the log shows only a part is not seen: it would look like customers lost.

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    unit : str
        ``week`` or ``month``.
    until : int, optional
        Last day the log shows, in days since 1970-01-01; the last order's day if left out.

    Returns
    -------
    Cohorts
        From the first week or month of the log to its last.

    Raises
    ------
    DataError
        For another unit, or if nobody had bought by then.
    """
    if unit not in UNITS:
        raise DataError(f"cohorts: by {unit!r} is none of {', '.join(UNITS)}")
    days = purchase_days(log, until)
    period = _period_of(days.day, unit)
    first = period[days.begin]
    origin = int(first.min())
    count = int(_period_of(np.array([days.end]), unit)[0]) - origin + 1
    size = np.bincount(first - origin, minlength=count)
    age = period - first[days.customer]
    # a customer counts once a cell, however often it bought
    cells = np.unique(days.customer * count + age)
    born = (first - origin)[cells // count]
    active = np.bincount(born * count + cells % count, minlength=count * count)
    # the last week or month is whole if the last day seen is its last
    whole = count - (_start_of(origin + count, unit) > days.end + 1)
    seen = np.add.outer(np.arange(count), np.arange(count)) < whole
    seen[:, 0] = True
    starts = np.array([_start_of(origin + step, unit) for step in range(count)], np.int64)
    return Cohorts(unit, starts, size, active.reshape(count, count), seen, days.end)


def _period_of(day: Ints, unit: str) -> Ints:
    """Number of a day's week or month."""
    if unit == "week":
        return (day + _MONDAY) // 7
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _start_of(period: int, unit: str) -> int:
    """First day of a week or month."""
    if unit == "week":
        return 7 * period - _MONDAY
    return int(np.datetime64(period, "M").astype("datetime64[D]").astype(np.int64))


def _known(values: Floats) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
