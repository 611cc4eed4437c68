"""The customer-by-sufficient-statistic summary (RFM) of an order log, with a hold-out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import NamedTuple, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.orders.covariates import first_order_covariates
from cvosim.clv.orders.days import day_number, format_day
from cvosim.clv.orders.history import Patterns
from cvosim.clv.orders.log import OrderLog
from cvosim.clv.orders.sorting import grouped
from cvosim.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SummaryColumns(TypedDict, total=False):
    """What `Summary.of` may be told besides the histories; each one element a customer."""

    spend: ArrayLike
    """Mean amount of the repeat purchases that have one above 0; 0 by default."""
    paid: ArrayLike
    """Repeat purchases with an amount above 0; all of them where the spend is above 0."""
    holdout: ArrayLike | None
    """Purchases held out."""
    holdout_days: int
    """Days held out, 0 by default."""
    holdout_spend: ArrayLike | None
    """Sum of the amounts above 0 held out."""
    names: Sequence[str] | None
    """The customers' own names; "0", "1" … by default."""
    covariates: Mapping[str, ArrayLike] | None
    """Numbers known of each customer, by name."""
    end: int
    """Last day of the period, days since 1970-01-01; by default the longest age, rounded up."""


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
        Mean amount of the repeat purchases that have one above 0; 0 without any.
    holdout : ndarray of int64 or None
        Purchase days after the period's end; None if nothing was held out.
    start, end : int
        First and last day of the period, in days since 1970-01-01.
    holdout_days : int
        Days held out after `end`.
    first : ndarray of int64
        Day of the first purchase, in days since 1970-01-01.
    paid : ndarray of int64
        Repeat purchases with an amount above 0, the x of a model of spend.
    holdout_spend : ndarray of float64 or None
        Sum of the amounts above 0 after the period's end; None if nothing was held out.
    names : sequence of str
        The customers' own names or numbers.
    covariates : mapping of str to ndarray of float64
        What is known of each customer besides its purchases, by name.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> summary = summarise(log)
    >>> summary.repeats.tolist(), summary.age.tolist()
    ([1, 0], [8.0, 5.0])
    >>> summary
    Summary(2 customers, 1 of whom came back, 1 repeat purchase, 1970-01-01 to 1970-01-09)
    """

    customer: Ints
    repeats: Ints
    last: Floats
    age: Floats
    spend: Floats
    holdout: Ints | None
    start: int
    end: int
    holdout_days: int
    first: Ints
    paid: Ints
    holdout_spend: Floats | None = None
    names: Sequence[str] = ()
    covariates: Mapping[str, Floats] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for value in (*vars(self).values(), *self.covariates.values()):
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @classmethod
    def of(
        cls, repeats: ArrayLike, last: ArrayLike, age: ArrayLike, **more: Unpack[SummaryColumns]
    ) -> Summary:
        """Make a summary of sufficient statistics, for simulated tables and textbook examples.

        Parameters
        ----------
        repeats : array_like of int
            x: purchases after the first.
        last, age : array_like of float
            t_x and T in days, in whole ones or not.
        **more
            The other columns, see `SummaryColumns`.

        Raises
        ------
        DataError
            If they are no histories: lengths differ, a number is missing, t_x lies outside 0
            to T, or a customer without repeats has a t_x.

        Examples
        --------
        >>> summary = Summary.of([2, 0], [30.43 * 7, 0], [38.86 * 7, 38.86 * 7])
        >>> summary.n_customers, summary.n_repeat, summary.names
        (2, 1, ('0', '1'))
        """
        x, t_x, t = _histories(repeats, last, age)
        n = len(x)
        spend = _column(more.get("spend", 0.0), n, "spend")
        paid = _column(more.get("paid", np.where(spend > 0, x, 0)), n, "paid")
        held, held_spend = more.get("holdout"), more.get("holdout_spend")
        names, covariates = more.get("names"), more.get("covariates") or {}
        end = more.get("end", math.ceil(t.max()))
        first = np.floor(end - t).astype(np.int64)
        return cls(
            customer=np.arange(n),
            repeats=x.astype(np.int64),
            last=t_x,
            age=t,
            spend=spend,
            holdout=None if held is None else _column(held, n, "holdout").astype(np.int64),
            start=int(first.min()),
            end=end,
            holdout_days=more.get("holdout_days", 0),
            first=first,
            paid=paid.astype(np.int64),
            holdout_spend=None if held_spend is None else _column(held_spend, n, "holdout_spend"),
            names=tuple(map(str, range(n))) if names is None else names,
            covariates={name: _column(column, n, name) for name, column in covariates.items()},
        )

    def __repr__(self) -> str:
        came = int(self.repeats.sum())
        said = [
            f"{self.n_customers:,} customer{'' if self.n_customers == 1 else 's'}",
            f"{self.n_repeat:,} of whom came back",
            f"{came:,} repeat purchase{'' if came == 1 else 's'}",
            f"{format_day(self.start)} to {format_day(self.end)}",
        ]
        if self.holdout_days:
            said.append(
                f"{self.holdout_days:,} day{'' if self.holdout_days == 1 else 's'} held out"
            )
        return f"Summary({', '.join(said)})"

    @property
    def n_customers(self) -> int:
        """Customers who bought by the period's end."""
        return len(self.customer)

    @property
    def n_repeat(self) -> int:
        """Customers with at least one repeat purchase."""
        return int(np.count_nonzero(self.repeats))

    @cached_property
    def patterns(self) -> Patterns:
        """The different histories; customers with different covariates don't share one."""
        groups = grouped(self.repeats, self.last, self.age, *self.covariates.values())
        first = groups.first
        found = Patterns(
            repeats=self.repeats[first].astype(np.float64),
            last=self.last[first],
            age=self.age[first],
            weights=groups.sizes.astype(np.float64),
            inverse=groups.inverse,
            customers=first,
        )
        for column in found:
            column.setflags(write=False)
        return found


def _histories(repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> tuple[Floats, ...]:
    """Check sufficient statistics."""
    n = max(np.size(value) for value in (repeats, last, age))
    if n == 0:
        raise DataError("there are no customers; give at least one")
    columns = zip(("repeats", "last", "age"), (repeats, last, age), strict=True)
    x, t_x, t = (_column(column, n, name) for name, column in columns)
    for bad, words in (
        ((x < 0) | (x != np.rint(x)), "repeats must be whole numbers of at least 0"),
        ((t_x < 0) | (t_x > t), "last must lie between 0 and age"),
        ((x == 0) & (t_x != 0), "last must be 0 for a customer without repeats"),
    ):
        if bad.any():
            row = int(np.argmax(bad))
            found = f"repeats {x[row]:g}, last {t_x[row]:g}, age {t[row]:g}"
            raise DataError(f"{words}; customer {row} has {found}")
    return x, t_x, t


def _column(values: ArrayLike, n: int, name: str) -> Floats:
    """A column of its own of one number for each customer."""
    try:
        column = np.array(np.broadcast_to(np.asarray(values, np.float64), n))
    except ValueError:
        raise DataError(f"{name}: give one number for each of the {n:,} customers") from None
    if not np.isfinite(column).all():
        row = int(np.argmin(np.isfinite(column)))
        raise DataError(f"{name}: customer {row} has {column[row]:g}; every number must be finite")
    return column


def summarise(
    log: OrderLog, until: str | date | int | None = None, covariates: Sequence[str] = ()
) -> Summary:
    """Sum an order log up per customer, holding out what comes after a day.

    Purchases of one day merge into one, their amounts added; amounts of 0 or below make a
    purchase but add nothing. The first purchase is what makes a customer; its amount is left
    out of the mean spend, as in Fader, Hardie & Lee (2005). Customers who first bought after
    `until` are not in the summary.

    Parameters
    ----------
    log : OrderLog
        Orders in any order.
    until : str, datetime.date or int, optional
        Last day observed: a date, or days since 1970-01-01; the last order's day if left out.
        Later orders are held out; nothing is if there are none, and ages count up to it then.
    covariates : sequence of str
        Attributes of the log to describe the customers by, each as its customer's first order
        has it (the first in the file of those of the first day). One whose labels are all
        numbers is taken as a number; any other becomes a column of 0 and 1 for each label
        but the commonest, such as ``channel=web``.

    Returns
    -------
    Summary
        Times in whole days, not rounded to weeks.

    Raises
    ------
    DataError
        If `until` is no day, or before the first order, or a covariate is not in the log
        or tells no customers apart.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.0), ("ann", 3, 5.0), ("ann", 3, 1.0), ("ann", 8, 7.0)])
    >>> summary = summarise(log, until=4)
    >>> summary.repeats.tolist(), summary.spend.tolist(), summary.holdout.tolist()
    ([1], [6.0], [1])
    """
    first, last = log.first_day, log.last_day
    end = last if until is None else day_number(until, "until")
    if end < first:
        raise DataError(
            f"{log.source}: until {format_day(end)} must be on or after the first order, "
            f"{format_day(first)}; the last is of {format_day(last)}"
        )
    split = end < last
    groups = grouped(log.customer, log.day)
    row = groups.first
    customer, day = log.customer[row], log.day[row]
    amount = np.add.reduceat(np.maximum(log.amount, 0.0)[groups.order], groups.begin)
    held = _HeldOut(customer, amount, day > end)
    start, count = _runs(customer, ~held.later)
    kept = customer[start]
    spend, paid = _spend(np.where(held.later, 0.0, amount), start)
    return Summary(
        customer=kept,
        repeats=count - 1,
        last=(day[start + count - 1] - day[start]).astype(np.float64),
        age=(end - day[start]).astype(np.float64),
        spend=spend,
        holdout=held.purchases(kept) if split else None,
        start=first,
        end=end,
        holdout_days=max(last - end, 0),
        first=day[start],
        paid=paid,
        holdout_spend=held.spend(kept) if split else None,
        names=_names(log.customers, kept),
        covariates=first_order_covariates(log, row[start], covariates),
    )


def _runs(customer: Ints, inside: NDArray[np.bool_]) -> tuple[Ints, Ints]:
    """Where each customer's purchases begin and how many of them are inside the period.

    A customer's purchases stand together, those inside first; customers without any are left
    out.
    """
    begin = np.flatnonzero(np.append(True, customer[1:] != customer[:-1]))
    count = np.add.reduceat(inside, begin, dtype=np.int64)
    some = count > 0
    return begin[some], count[some]


def _spend(amount: Floats, start: Ints) -> tuple[Floats, Ints]:
    """Mean amount of the repeat purchases that have one, and their number.

    Amounts before the first start and behind a customer's period are 0.
    """
    amount[start] = 0.0
    paid = np.add.reduceat(amount > 0, start, dtype=np.int64)
    return np.add.reduceat(amount, start) / np.maximum(paid, 1), paid


class _HeldOut(NamedTuple):
    """The purchases of a log, and which of them are later than the period."""

    customer: Ints
    amount: Floats
    later: NDArray[np.bool_]

    def purchases(self, kept: Ints) -> Ints:
        """Count the later purchases of some customers."""
        who = self.customer[self.later]
        return np.bincount(who, minlength=int(kept[-1]) + 1)[kept].astype(np.int64)

    def spend(self, kept: Ints) -> Floats:
        """Add up the later amounts of some customers."""
        who, amount = self.customer[self.later], self.amount[self.later]
        total = np.bincount(who, amount, minlength=int(kept[-1]) + 1)
        return total.astype(np.float64)[kept]


def _names(names: Sequence[str], kept: Ints) -> Sequence[str]:
    """The names of the customers in the summary; all of them are passed on as they are."""
    return names if len(kept) == len(names) else tuple(map(names.__getitem__, kept.tolist()))
