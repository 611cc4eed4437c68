"""Who bought on which days: the orders of a log, those of one day merged."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.sorting import grouped
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class PurchaseDays(NamedTuple):
    """Purchase days by customer, then by day; only customers who bought by the last day seen.

    Attributes
    ----------
    kept : ndarray of int64
        One element a customer: index into the log's `customers`, ascending.
    row : ndarray of int64
        The customer's first order, as an index into the log.
    begin : ndarray of int64
        Where the customer's purchase days begin in `day`.
    customer : ndarray of int64
        One element a purchase day: whose it is, as an index into `kept`.
    day : ndarray of int64
        Days since 1970-01-01.
    amount : ndarray of float64
        What was paid on the day; amounts below 0 count as 0.
    end : int
        Last day seen, in days since 1970-01-01.

    Examples
    --------
    >>> from cvosim.clv.orders.reading import OrderLog
    >>> rows = [("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0), ("ann", 8, 1.0)]
    >>> days = purchase_days(OrderLog.of(rows))
    >>> days.first.tolist(), days.last.tolist(), days.purchases.tolist(), days.total.tolist()
    ([0, 3], [8, 3], [2, 1], [17.0, 12.0])
    """

    kept: Ints
    row: Ints
    begin: Ints
    customer: Ints
    day: Ints
    amount: Floats
    end: int

    @property
    def purchases(self) -> Ints:
        """Purchase days of each customer."""
        count: Ints = np.diff(np.append(self.begin, len(self.day)))
        return count

    @property
    def first(self) -> Ints:
        """Day of each customer's first purchase."""
        return self.day[self.begin]

    @property
    def last(self) -> Ints:
        """Day of each customer's last purchase."""
        last: Ints = self.day[self.begin + self.purchases - 1]
        return last

    @property
    def total(self) -> Floats:
        """What each customer paid in all."""
        total: Floats = np.add.reduceat(self.amount, self.begin)
        return total

    @property
    def paid_mean(self) -> Floats:
        """Mean amount of each customer's purchase days with an amount above 0; 0 without any."""
        paid = np.add.reduceat((self.amount > 0).astype(np.int64), self.begin)
        mean: Floats = self.total / np.maximum(paid, 1)
        return mean


def purchase_days(log: OrderLog, until: int | None = None) -> PurchaseDays:
    """Merge the orders of a customer's day, leaving out what comes after the last day seen.

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    until : int, optional
        Last day seen, in days since 1970-01-01; the last order's day if left out. It may be
        later than that: nobody bought in between then.

    Raises
    ------
    DataError
        If nobody had bought by then.
    """
    end = log.last_day if until is None else until
    if end < log.first_day:
        raise DataError(
            f"{log.source}: until {format_day(end)} is before the first order, "
            f"{format_day(log.first_day)}"
        )
    inside = np.flatnonzero(log.day <= end)
    customer, day = log.customer[inside], log.day[inside]
    groups = grouped(customer, day)
    # refunds and free samples are purchases without spend, as the log counts them
    paid = np.maximum(log.amount[inside][groups.order], 0.0)
    amount = np.add.reduceat(paid, groups.begin)
    first = groups.first
    kept, begin, whose = np.unique(customer[first], return_index=True, return_inverse=True)
    return PurchaseDays(
        kept, inside[first[begin]], begin, whose.astype(np.int64), day[first], amount, end
    )
