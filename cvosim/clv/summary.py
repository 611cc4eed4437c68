"""The customer-by-sufficient-statistic summary (RFM) of an order log, with a hold-out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.days import format_day
from cvosim.clv.orders import OrderLog
from cvosim.errors import DataError

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Summary:
    """What the purchase models need to know of every customer, one element each.

    Attributes
    ----------
    customer : ndarray of int64
        Index into the log's `customers`, ascending.
    repeats : ndarray of int64
        x: days with a purchase after the first such day.
    last : ndarray of float64
        t_x: days from the first purchase to the last; 0 without repeats.
    age : ndarray of float64
        T: days from the first purchase to the end of the period.
    spend : ndarray of float64
        Mean amount of a repeat purchase; 0 without repeats.
    holdout : ndarray of int64 or None
        Purchase days after the period's end; None if nothing was held out.
    start, end : int
        First and last day of the period, in days since 1970-01-01.
    holdout_days : int
        Days held out after `end`.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> summary = summarise(log)
    >>> summary.repeats.tolist(), summary.age.tolist()
    ([1, 0], [8.0, 5.0])
    """

    customer: NDArray[np.int64]
    repeats: NDArray[np.int64]
    last: Floats
    age: Floats
    spend: Floats
    holdout: NDArray[np.int64] | None
    start: int
    end: int
    holdout_days: int

    @property
    def n_customers(self) -> int:
        """Customers who bought by the period's end."""
        return len(self.customer)

    @property
    def n_repeat(self) -> int:
        """Customers with at least one repeat purchase."""
        return int(np.count_nonzero(self.repeats))


def summarise(log: OrderLog, until: int | None = None) -> Summary:
    """Sum an order log up per customer, holding out what comes after a day.

    Purchases of one day merge into one, their amounts added. The first purchase is what makes
    a customer; its amount is left out of the mean spend, as in Fader, Hardie & Lee (2005).
    Customers who first bought after `until` are not in the summary.

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    until : int, optional
        Last day of the period, in days since 1970-01-01; the last order's day if left out,
        and nothing is held out then.

    Returns
    -------
    Summary
        Times in whole days, not rounded to weeks.

    Raises
    ------
    DataError
        If `until` leaves no orders on one of its two sides.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.0), ("ann", 3, 5.0), ("ann", 3, 1.0), ("ann", 8, 7.0)])
    >>> summary = summarise(log, until=4)
    >>> summary.repeats.tolist(), summary.spend.tolist(), summary.holdout.tolist()
    ([1], [6.0], [1])
    """
    first, last = log.first_day, log.last_day
    if until is not None and not first <= until < last:
        raise DataError(
            f"{log.source}: until {format_day(until)} must be on or after the first order, "
            f"{format_day(first)}, and before the last, {format_day(last)}"
        )
    end = last if until is None else until
    customer, day, amount = _purchases(log)
    inside = day <= end
    kept, start = np.unique(customer[inside], return_index=True)
    count = np.bincount(customer[inside], minlength=log.n_customers)[kept].astype(np.int64)
    day_in, repeat_amount = day[inside], amount[inside]
    repeat_amount[start] = 0.0
    repeats = count - 1
    summary = Summary(
        customer=kept,
        repeats=repeats,
        last=(day_in[start + repeats] - day_in[start]).astype(np.float64),
        age=(end - day_in[start]).astype(np.float64),
        spend=np.add.reduceat(repeat_amount, start) / np.maximum(repeats, 1),
        holdout=None if until is None else _held_out(customer[~inside], kept, log.n_customers),
        start=first,
        end=end,
        holdout_days=last - end,
    )
    return _frozen(summary)


def _purchases(log: OrderLog) -> tuple[NDArray[np.int64], NDArray[np.int64], Floats]:
    """Merge the orders of a customer's day; sorted by customer, then by day."""
    first = log.first_day
    span = log.last_day - first + 1
    key = log.customer * span + (log.day - first)
    order = np.argsort(key, kind="stable")
    key = key[order]
    begin = np.flatnonzero(np.append(True, key[1:] != key[:-1]))
    customer, day = np.divmod(key[begin], span)
    return customer, day + first, np.add.reduceat(log.amount[order], begin)


def _held_out(
    later: NDArray[np.int64], kept: NDArray[np.int64], n_customers: int
) -> NDArray[np.int64]:
    """Count the later purchases of the customers who are in the summary."""
    return np.bincount(later, minlength=n_customers)[kept].astype(np.int64)


def _frozen(summary: Summary) -> Summary:
    """Make the arrays read-only."""
    for value in vars(summary).values():
        if isinstance(value, np.ndarray):
            value.setflags(write=False)
    return summary
