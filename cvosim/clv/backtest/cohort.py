"""Customers of a calibration period with every purchase of theirs, before its end and after."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.backtest.baselines import Past
from cvosim.clv.backtest.tracking import Repeats
from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.sorting import grouped
from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.log import OrderLog
    from cvosim.clv.orders.summary import Summary

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

USUAL_SPLIT = 2.0 / 3.0
"""How far into the log the calibration period ends, if nobody says."""


class Cohort(NamedTuple):
    """Who was a customer by the split, and all their repeat purchases.

    Attributes
    ----------
    summary : Summary
        Of the calibration period, with the hold-out counted.
    first : ndarray of float64
        Each customer's first purchase, days since the start of the log.
    owner : ndarray of int64
        Customer (row of the summary) of every repeat purchase, hold-out included.
    time : ndarray of float64
        When it was made, days since the start.
    amount : ndarray of float64
        What was paid.
    split, end : float
        End of the calibration period and of the hold-out, days since the start.
    """

    summary: Summary
    first: Floats
    owner: Ints
    time: Floats
    amount: Floats
    split: float
    end: float

    @property
    def days(self) -> float:
        """Days held out."""
        return self.end - self.split

    @property
    def held_out(self) -> Floats:
        """Purchases of each customer after the split."""
        later = self.owner[self.time > self.split]
        return np.bincount(later, minlength=self.summary.n_customers).astype(np.float64)

    @property
    def held_out_value(self) -> Floats:
        """What each customer paid after the split."""
        later = self.time > self.split
        size = self.summary.n_customers
        value = np.bincount(self.owner[later], self.amount[later], minlength=size)
        return value.astype(np.float64)  # numpy counts nothing in whole numbers

    @property
    def past(self) -> Past:
        """What rules of thumb know."""
        seen = self.time <= self.split
        return Past(self.summary, self.owner[seen], self.split - self.time[seen])

    @property
    def repeats(self) -> Repeats:
        """What the weekly curves are made of."""
        return Repeats(self.first, self.time, self.split, self.end)


def usual_until(log: OrderLog) -> int:
    """Day two thirds of the way from the first to the last order, days since 1970-01-01.

    Raises
    ------
    DataError
        If all orders are of a single day.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> usual_until(OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 9, 7.0)]))
    6
    """
    first, last = log.first_day, log.last_day
    if first == last:
        raise DataError(f"{log.source}: all orders are of one day: nothing can be held out")
    return min(first + round(USUAL_SPLIT * (last - first)), last - 1)


def cohort_of(log: OrderLog, until: int) -> Cohort:
    """Follow the customers of an order log's first part through the whole of it.

    Parameters
    ----------
    log : OrderLog
    until : int
        Last day of the calibration period, days since 1970-01-01.

    Returns
    -------
    Cohort
        Purchases of one day are one purchase.

    Raises
    ------
    DataError
        If `until` leaves no orders on one of its two sides: nobody to follow, or nothing that a
        forecast could be tested on.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 2.0), ("ann", 8, 7.0), ("ann", 8, 1.0)])
    >>> cohort = cohort_of(log, until=4)
    >>> cohort.time.tolist(), cohort.amount.tolist(), cohort.held_out.tolist()
    ([8.0], [8.0], [1.0, 0.0])
    """
    from cvosim.clv.orders.summary import summarise

    if until >= log.last_day:
        raise DataError(
            f"{log.source}: until {format_day(until)} nothing is left to test a forecast on, as "
            f"the last order is of {format_day(log.last_day)}: choose a day before the last order"
        )
    summary = summarise(log, until)
    groups = grouped(log.customer, log.day)
    customer, day = log.customer[groups.first], log.day[groups.first]
    amount = np.add.reduceat(np.maximum(log.amount, 0.0)[groups.order], groups.begin)
    row = np.minimum(np.searchsorted(summary.customer, customer), summary.n_customers - 1)
    later = (summary.customer[row] == customer) & (day > summary.first[row])
    return Cohort(
        summary=summary,
        first=(summary.first - summary.start).astype(np.float64),
        owner=row[later],
        time=(day[later] - summary.start).astype(np.float64),
        amount=amount[later],
        split=float(summary.end - summary.start),
        end=float(log.last_day - summary.start),
    )
