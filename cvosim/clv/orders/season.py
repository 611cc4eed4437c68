"""A clock that runs fast in good months and slowly in bad ones: known seasons of buying."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.errors import DataError

if TYPE_CHECKING:
    from cvosim.clv.orders.summary import Summary

Floats = NDArray[np.float64]

_MONTHS = 12
_FIRST, _LAST = np.datetime64("1900-01", "M"), np.datetime64("2200-01", "M")


@dataclass(frozen=True)
class SeasonClock:
    """Season-days: a day in a month of multiplier 2 is two of them.

    A Poisson process whose rate is multiplied month by month is one of constant rate on this
    clock (Çınlar 1975, *Introduction to Stochastic Processes*, section 4.7). So a purchase
    model with constant rates fits purchases with known seasons once days become season-days.

    Parameters
    ----------
    multipliers : sequence of float
        Twelve, January first, above 0. They are divided by their mean, so that only their
        ratios matter.

    Raises
    ------
    DataError
        If they are not twelve finite numbers above 0.

    Examples
    --------
    >>> clock = SeasonClock((1,) * 11 + (2,))  # a strong December
    >>> from cvosim.clv.orders.days import parse_day
    >>> days = clock.elapsed(parse_day("2024-12-01"), parse_day("2025-01-01"))
    >>> f"{days:.3f}"  # 31 days at 2 / (13 / 12)
    '57.231'
    """

    multipliers: tuple[float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "multipliers", _of_mean_one(self.multipliers))

    def elapsed(self, start_day: ArrayLike, end_day: ArrayLike) -> Floats:
        """Count the season-days between two moments.

        Parameters
        ----------
        start_day, end_day : array_like of float
            Days since 1970-01-01 00:00, whole or not, of the years 1900 to 2199.

        Returns
        -------
        ndarray of float64
            Below 0 where the end comes before the start.

        Raises
        ------
        DataError
            If a moment lies outside those years.
        """
        start, end = self._reading(start_day), self._reading(end_day)
        return np.asarray(end - start, np.float64)

    def _reading(self, day: ArrayLike) -> Floats:
        """What the clock shows at some moments; 0 at 1970-01-01."""
        moments = np.asarray(day, np.float64)
        begins, shown, rates = self._months
        inside = (moments >= begins[0]) & (moments <= begins[-1])
        if not inside.all():
            bad = moments.ravel()[int(np.argmin(inside.ravel()))]
            raise DataError(
                f"season: day {bad:g} since 1970-01-01 lies outside the years 1900 to 2199"
            )
        month = np.searchsorted(begins, moments, side="right") - 1
        reading = shown[month] + rates[month] * (moments - begins[month])
        # by no rounding past the month's end: it never runs backwards
        return np.asarray(np.minimum(reading, np.append(shown[1:], shown[-1])[month]), np.float64)

    @cached_property
    def _months(self) -> tuple[Floats, Floats, Floats]:
        """First day of every month, what the clock shows then, and its rate in the month."""
        months = np.arange(_FIRST, _LAST + 1)
        begins = months.astype("datetime64[D]").astype(np.float64)
        rates = np.asarray(self.multipliers)[months.astype(np.int64) % _MONTHS]
        shown = np.append(0.0, np.cumsum(np.diff(begins) * rates[:-1]))
        return begins, shown - shown[np.flatnonzero(begins == 0)[0]], rates


def _of_mean_one(multipliers: Sequence[float]) -> tuple[float, ...]:
    """Check twelve multipliers and divide them by their mean."""
    try:
        numbers = [float(multiplier) for multiplier in multipliers]
    except (TypeError, ValueError):
        raise DataError("season: give twelve numbers, January first") from None
    if len(numbers) != _MONTHS:
        raise DataError(f"season: give twelve multipliers, January first, not {len(numbers)}")
    for month, number in enumerate(numbers, 1):
        if not (math.isfinite(number) and number > 0):
            words = "must be a finite number above 0; write a small one for a dead month"
            raise DataError(f"season: the multiplier of month {month}, {number:g}, {words}")
    mean = math.fsum(numbers) / _MONTHS
    return tuple(number / mean for number in numbers)


def in_season(summary: Summary, clock: SeasonClock) -> Summary:
    """Give the same customers with their times in season-days.

    Parameters
    ----------
    summary : Summary
        In days. Its period's `end` places it in the calendar.
    clock : SeasonClock
        The season of purchases.

    Returns
    -------
    Summary
        With other `last` and `age`; `first`, `start`, `end` and `holdout_days` stay days of
        the calendar.

    Raises
    ------
    DataError
        If the period lies outside the years 1900 to 2199.

    Examples
    --------
    >>> from cvosim.clv.orders.summary import Summary
    >>> summary = Summary.of([1], [31], [59], end=59)  # January and February 1970
    >>> in_season(summary, SeasonClock((2.0,) + (1.0,) * 11)).last.round(3).tolist()
    [57.231]
    """
    # not `first`, which is a whole day even where the times are not
    first = summary.end - summary.age
    age = clock.elapsed(first, summary.end)
    # nor later than the end by a rounding
    last = np.minimum(clock.elapsed(first, first + summary.last), age)
    return replace(summary, last=last, age=age)
