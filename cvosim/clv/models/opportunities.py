"""Yes-or-no purchases by period: what BG/BB is fitted to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.models.fit import patterns
from cvosim.clv.orders.days import format_day
from cvosim.clv.orders.reading import OrderLog
from cvosim.errors import DataError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MONDAY = 3
"""1970-01-01, day 0, is a Thursday."""


@dataclass(frozen=True, eq=False)
class Opportunities:
    """At how many of its opportunities to buy each customer took one, and the last it took.

    Attributes
    ----------
    repeats : ndarray of float64
        x: opportunities taken, several purchases in one counting once.
    last : ndarray of float64
        t_x: number of the last one taken, from 1; 0 without any.
    periods : ndarray of float64
        n: opportunities that there were.
    weights : ndarray of float64
        How many customers have this history.
    names : sequence of str
        The customers' own names, where there are any.

    Examples
    --------
    >>> donors = Opportunities.of([0, 2, 6], [0, 4, 6], [6, 6, 6], weights=[3464, 155, 1203])
    >>> donors.n_customers
    4822.0
    """

    repeats: Floats
    last: Floats
    periods: Floats
    weights: Floats
    names: Sequence[str] = ()

    def __post_init__(self) -> None:
        for array in (self.repeats, self.last, self.periods, self.weights):
            array.setflags(write=False)

    @classmethod
    def of(
        cls,
        repeats: ArrayLike,
        last: ArrayLike,
        periods: ArrayLike,
        weights: ArrayLike = 1.0,
        names: Sequence[str] = (),
    ) -> Opportunities:
        """Check histories and make them arrays.

        Parameters
        ----------
        repeats, last, periods : array_like of int
            x, t_x and n.
        weights : array_like of float
            Customers that share each history, 1 by default.
        names : sequence of str
            One a history, if any.

        Raises
        ------
        DataError
            If they are no histories: the first one that is not is named.

        Examples
        --------
        >>> Opportunities.of([3], [2], [6])
        Traceback (most recent call last):
            ...
        cvosim.errors.DataError: history 0: 3 of the first 2 opportunities cannot have been taken
        """
        given = (repeats, last, periods, weights)
        try:
            columns = np.broadcast_arrays(*(np.asarray(v, np.float64) for v in given))
        except (TypeError, ValueError):
            words = "repeats, last, periods and weights must be numbers, one a history"
            raise DataError(words) from None
        x, t_x, n, w = (np.array(column) for column in columns)
        if x.ndim != 1 or len(x) == 0:
            raise DataError("there are no histories: give repeats, last and periods as lists")
        _check(x, t_x, n, w)
        if len(names) not in (0, len(x)):
            raise DataError(f"names must be one a history: {len(x)}, not {len(names)}")
        return cls(x, t_x, n, w, names)

    @classmethod
    def of_log(
        cls, log: OrderLog, period: str | int = "week", until: int | None = None
    ) -> Opportunities:
        """Tell whether each customer bought in each period after that of its first purchase.

        Parameters
        ----------
        log : OrderLog
            That begins with every customer's first purchase.
        period : str or int
            "week" (Monday to Sunday), "month" or "year" of the calendar, or a number of days,
            the first such period beginning with the log.
        until : int, optional
            Last day observed, in days since 1970-01-01; the last order's if left out. A period
            that does not end by then is no opportunity yet and is left out, with those who
            first bought in it: name its last day if the log covers it.

        Returns
        -------
        Opportunities
            One history a customer.

        Raises
        ------
        DataError
            If there is no log, the last day is none, or no whole period follows the first.

        Examples
        --------
        >>> log = OrderLog.of([("ann", 0, 9.0), ("ann", 8, 5.0), ("ann", 29, 1.0), ("bob", 9, 7.0)])
        >>> weeks = Opportunities.of_log(log, 7, until=34)
        >>> weeks.repeats.tolist(), weeks.last.tolist(), weeks.periods.tolist()
        ([2.0, 0.0], [4.0, 0.0], [4.0, 3.0])
        """
        if not isinstance(log, OrderLog):
            raise DataError(f"log: {type(log).__name__} is no order log; see read_orders")
        end = log.last_day if until is None else until
        if not isinstance(end, (int, np.integer)):
            raise DataError(f"until: {end!r} is no whole number of days since 1970-01-01")
        number = _numbering(period, log.first_day)
        last_whole = int(number(np.array([end + 1]))[0]) - 1
        inside = log.day <= end
        at = number(log.day[inside])
        first = np.full(log.n_customers, np.iinfo(np.int64).max)
        np.minimum.at(first, log.customer[inside], at)
        if last_whole <= first.min():
            raise DataError(
                f"{log.source}: by {format_day(end)} no whole {_called(period)} has passed after "
                "that of the first order; choose shorter periods or a later until"
            )
        kept = np.flatnonzero(first < last_whole + 1)
        later = (at > first[log.customer[inside]]) & (at <= last_whole)
        who, when = log.customer[inside][later], at[later]
        span = last_whole - int(first.min()) + 1
        taken = np.unique(who * span + (when - int(first.min())))
        repeats = np.bincount(taken // span, minlength=log.n_customers)[kept]
        latest = first.copy()
        np.maximum.at(latest, who, when)
        names = [log.customers[index] for index in kept]
        return cls.of(repeats, (latest - first)[kept], last_whole - first[kept], names=names)

    @classmethod
    def required(cls, data: object) -> Opportunities:
        """Refuse data of another kind.

        Raises
        ------
        DataError
            That says how to get the right ones.
        """
        if isinstance(data, Opportunities):
            return data
        raise DataError(
            f"BG/BB needs Opportunities, not {type(data).__name__}: make them of orders with "
            'Opportunities.of_log(log, "week"), or of counts with Opportunities.of(repeats, '
            "last, periods)"
        )

    @property
    def n_customers(self) -> float:
        """Customers, each history counted as often as its weight says."""
        return float(self.weights.sum())

    @cached_property
    def patterns(self) -> tuple[Opportunities, Ints]:
        """The different histories with their weights, and for each row which of them it is."""
        (x, t_x, n), _, inverse = patterns(self.repeats, self.last, self.periods)
        weights = np.bincount(inverse, self.weights, len(x)).astype(np.float64)
        return Opportunities(x, t_x, n, weights), inverse


def _check(x: Floats, t_x: Floats, n: Floats, weights: Floats) -> None:
    """Raise at the first history that is none."""
    for name, column in (("repeats", x), ("last", t_x), ("periods", n)):
        bad = np.flatnonzero(~((column >= 0) & (column == np.floor(column)) & (column < 2**31)))
        if len(bad):
            found = f"{name} is {column[bad[0]]:g}"
            raise DataError(f"history {bad[0]}: {found}, which is no count; write 0, 1, 2 …")
    bad = np.flatnonzero(~(np.isfinite(weights) & (weights > 0)))
    if len(bad):
        found = f"{weights[bad[0]]:g}"
        raise DataError(f"history {bad[0]}: weights is {found}, which is no number of customers")
    bad = np.flatnonzero(t_x > n)
    if len(bad):
        k = bad[0]
        raise DataError(
            f"history {k}: opportunity {t_x[k]:g} cannot have been taken if there were {n[k]:g}"
        )
    bad = np.flatnonzero(x > t_x)
    if len(bad):
        k = bad[0]
        raise DataError(
            f"history {k}: {x[k]:g} of the first {t_x[k]:g} opportunities cannot have been taken"
        )
    bad = np.flatnonzero((x == 0) & (t_x > 0))
    if len(bad):
        raise DataError(
            f"history {bad[0]}: the last opportunity taken is {t_x[bad[0]]:g}, but none was "
            "taken; write 0"
        )


class _Numbering:
    """Number the periods that days fall into."""

    def __init__(self, period: str | int, first_day: int) -> None:
        self.period, self.first_day = period, first_day

    def __call__(self, days: Ints) -> Ints:
        if isinstance(self.period, int):
            return np.asarray((days - self.first_day) // self.period)
        if self.period == "week":
            return np.asarray((days + _MONDAY) // 7)
        unit = "M" if self.period == "month" else "Y"
        dates = days.astype("datetime64[D]").astype(f"datetime64[{unit}]")
        return np.asarray(dates.astype(np.int64))


def _numbering(period: str | int, first_day: int) -> _Numbering:
    """Check the kind of period."""
    whole = isinstance(period, int) and not isinstance(period, bool) and period >= 1
    if not (whole or period in ("week", "month", "year")):
        raise DataError(
            f"period: {period!r} is none; choose week, month, year or a whole number of days"
        )
    return _Numbering(period, first_day)


def _called(period: str | int) -> str:
    """Name a period in words."""
    return period if isinstance(period, str) else f"period of {period} days"
