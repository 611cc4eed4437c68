"""The calendar of a monitor: weekly cohorts, when each is complete, when it may be looked at."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

MOST_COHORTS = 520
"""Ten years of weeks: more is a slip in a date."""
_DATES = 10_000.0
"""Day numbers above are dates (from 1997 on); lower ones are days of a simulation."""
_ROUND = 1e-9


@dataclass(frozen=True)
class Weeks:
    """Periods of assignment, and how far the data go.

    Attributes
    ----------
    start : float
        Day on which the first cohort's period begins.
    until : float
        End of the data: nothing at or after it is known.
    period : float
        Days of a period; 7 for weeks.
    window : float
        Days after its assignment within which a unit's value counts.

    Raises
    ------
    DataError
        If the period is not above 0, the window is below 0 or the data span too many periods.

    Examples
    --------
    >>> weeks = Weeks(start=0.0, until=42.0, window=14.0)
    >>> weeks.over, weeks.matured, weeks.look_day(0)
    (6, 4, 21.0)
    """

    start: float
    until: float
    period: float = 7.0
    window: float = 28.0

    def __post_init__(self) -> None:
        if not (math.isfinite(self.period) and self.period > 0.0):
            raise DataError(f"period: must be above 0 days (got {self.period:g})")
        if not (math.isfinite(self.window) and self.window >= 0.0):
            raise DataError(f"window: must be 0 days or more (got {self.window:g})")
        if self.cohorts > MOST_COHORTS:
            raise DataError(
                f"assignments from {day_text(self.start)} on, until {day_text(self.until - 1)}, "
                f"make {self.cohorts:,} periods of {self.period:g} days, more than {MOST_COHORTS}; "
                "look for a wrong date, or take a longer period"
            )

    @property
    def cohorts(self) -> int:
        """Periods that have begun."""
        return max(0, math.ceil((self.until - self.start) / self.period - _ROUND))

    @property
    def over(self) -> int:
        """Periods that are over."""
        return max(0, math.floor((self.until - self.start) / self.period + _ROUND))

    @property
    def lag(self) -> int:
        """Periods after its own until all units of a cohort have had their window."""
        return math.ceil(self.window / self.period - _ROUND)

    @property
    def matured(self) -> int:
        """Cohorts whose units all had their window: the first so many."""
        return max(0, self.over - self.lag)

    def cohort(self, assigned: Floats) -> NDArray[np.int64]:
        """Give the cohort of each day of assignment, from 0."""
        return np.floor((assigned - self.start) / self.period + _ROUND).astype(np.int64)

    def ages(self, most: int) -> NDArray[np.int64]:
        """Count the periods that all units of each cohort have lived through: int64[cohorts]."""
        return np.clip(self.over - 1 - np.arange(self.cohorts), 0, most)

    def first_day(self, cohort: int) -> float:
        """Day on which a cohort's period begins."""
        return self.start + cohort * self.period

    def look_day(self, cohort: int) -> float:
        """Day on which a cohort is complete, and the data up to it may be looked at."""
        return self.start + (cohort + 1 + self.lag) * self.period


def is_date(day: float) -> bool:
    """Whether a day is a date, not the number of a day of a simulation.

    Examples
    --------
    >>> is_date(20_726.0), is_date(14.0)
    (True, False)
    """
    return day >= _DATES


def day_text(day: float) -> str:
    """Write a day: a date, or the number of a day of a simulation.

    Examples
    --------
    >>> day_text(20_726.0), day_text(14.0), day_text(3.5)
    ('2026-09-30', 'day 14', 'day 3.5')
    """
    if not is_date(day):
        return f"day {day:g}"
    return str(np.datetime64(math.floor(day + _ROUND), "D"))
