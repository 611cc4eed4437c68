"""Sums of an experiment by weekly cohort, arm and age: they add up, and hold no unit's data."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.loops import Codes, group_moments
from cvosim.stats.moments import Moments
from cvosim.stats.monitor.weeks import Weeks, day_text
from cvosim.tables.columns import Floats

VALUE = "value"


@dataclass(frozen=True)
class Followed:
    """Units of an experiment, followed since they were assigned.

    Attributes
    ----------
    arms : tuple of str
        Control first.
    arm : ndarray of int32, shape (n,)
    assigned : ndarray of float64, shape (n,)
        Day of assignment.
    value : ndarray of float64, shape (n,)
        What each brought within its window; of a unit whose window is not over, anything.
    by_age : ndarray of float64, shape (n, ages)
        What it brought in each period of its life; no columns where that is not known.
    notes : tuple of str
        What was done to the data, in sentences.
    """

    arms: tuple[str, ...]
    arm: Codes = field(repr=False)
    assigned: Floats = field(repr=False)
    value: Floats = field(repr=False)
    by_age: Floats = field(repr=False)
    notes: tuple[str, ...] = ()

    def where(self, kept: NDArray[np.bool_]) -> Followed:
        """Some of the units."""
        return replace(
            self,
            arm=self.arm[kept],
            assigned=self.assigned[kept],
            value=self.value[kept],
            by_age=self.by_age[kept],
        )


@dataclass(frozen=True)
class Tally:
    """Moments of the units of each weekly cohort and arm.

    Attributes
    ----------
    arms : tuple of str
        Control first.
    weeks : Weeks
    moments : Moments
        With leading axes (cohorts, arms), of ``value``, what a unit brought within its window,
        and ``age_0``, ``age_1``, ..., what it brought in each period of its life: together, so
        that what ages have in common is known. 0 where the time for it is not over.
    matured : ndarray of bool, shape (cohorts,)
        Whether all units of the cohort had their window when it was summed.
    followed : ndarray of int64, shape (cohorts,)
        Periods of age that all units of the cohort had lived through then.

    Examples
    --------
    >>> import numpy as np
    >>> arm, value = np.array([0, 1, 0, 1], np.int32), np.array([0.0, 4.0, 2.0, 9.0])
    >>> units = Followed(("A", "B"), arm, np.array([0.0, 1, 8, 9]), value, np.zeros((4, 0)))
    >>> weeks = Weeks(0.0, 14.0, window=0.0)
    >>> whole = Tally.of(units, weeks)
    >>> parts = [Tally.of(units.where(units.arm == arm), weeks) for arm in (0, 1)]
    >>> bool((parts[0] + parts[1]).moments.mean.tolist() == whole.moments.mean.tolist())
    True
    """

    arms: tuple[str, ...]
    weeks: Weeks
    moments: Moments = field(repr=False)
    matured: NDArray[np.bool_] = field(repr=False)
    followed: NDArray[np.int64] = field(repr=False)

    @classmethod
    def of(cls, units: Followed, weeks: Weeks) -> Tally:
        """Sum units up.

        Raises
        ------
        DataError
            If a unit was assigned before the first cohort or after the data end.
        """
        cohort = weeks.cohort(units.assigned)
        if len(cohort) and (cohort.min() < 0 or cohort.max() >= weeks.cohorts):
            raise DataError(
                f"assignments from {day_text(float(units.assigned.min()))} to "
                f"{day_text(float(units.assigned.max()))} are not all within the data, from "
                f"{day_text(weeks.start)} until {day_text(weeks.until - 1)}"
            )
        arms, ages = len(units.arms), units.by_age.shape[1]
        followed = weeks.ages(ages)
        matured = np.arange(weeks.cohorts) < weeks.matured
        columns = {VALUE: np.where(matured[cohort], units.value, 0.0)}
        for age in range(ages):
            columns[f"age_{age}"] = np.where(followed[cohort] > age, units.by_age[:, age], 0.0)
        groups = (cohort * arms + units.arm).astype(np.int32)
        flat = group_moments(columns, groups, weeks.cohorts * arms)
        return cls(units.arms, weeks, _reshaped(flat, (weeks.cohorts, arms)), matured, followed)

    @property
    def ages(self) -> int:
        """Periods of age that are summed by."""
        return len(self.moments.columns) - 1

    @property
    def units(self) -> Floats:
        """Units assigned, of each cohort and arm: float64[cohorts, arms]."""
        return self.moments.count

    def __add__(self, other: Tally) -> Tally:
        """Sums of both; no unit may be in both.

        Raises
        ------
        DataError
            If the two are not of the same experiment and calendar, or a cohort that is in both
            was followed for longer in one of them.
        """
        self._check_alike(other)
        weeks = replace(self.weeks, until=max(self.weeks.until, other.weeks.until))
        ages = max(self.ages, other.ages)
        one, two = (part._grown(weeks, ages) for part in (self, other))
        has, had = (part.units.sum(axis=1) > 0.0 for part in (one, two))
        apart = has & had & ((one.matured != two.matured) | (one.followed != two.followed))
        if apart.any():
            day = day_text(weeks.first_day(int(np.flatnonzero(apart)[0])))
            raise DataError(
                f"the cohort of {day} was followed for longer in one part of the data than in the "
                "other; read all its units again, up to the same day"
            )
        return Tally(
            self.arms,
            weeks,
            one.moments + two.moments,
            np.where(has, one.matured, two.matured),
            np.where(has, one.followed, two.followed),
        )

    def only(self, cohorts: NDArray[np.bool_]) -> Tally:
        """Sums of some cohorts; the others become empty."""
        old = self.moments
        parts = (old.count, old.mean, old.scatter, old.cube)
        kept = [np.where(cohorts.reshape(-1, *[1] * (part.ndim - 1)), part, 0.0) for part in parts]
        return replace(self, moments=Moments(old.columns, *kept))

    def _check_alike(self, other: Tally) -> None:
        mine, theirs = self.weeks, other.weeks
        for what, one, two in (
            ("arms", self.arms, other.arms),
            ("first day", mine.start, theirs.start),
            ("period", mine.period, theirs.period),
            ("window", mine.window, theirs.window),
        ):
            if one != two:
                raise DataError(f"sums of different experiments: {what} {one} and {two}")

    def _grown(self, weeks: Weeks, ages: int) -> Tally:
        """Give the same with room for more cohorts and ages."""
        more = weeks.cohorts - len(self.matured)
        wide = ages - self.ages
        old = self.moments
        pairs = [(0, more), (0, 0)]
        moments = Moments(
            (VALUE, *(f"age_{age}" for age in range(ages))),
            np.pad(old.count, pairs),
            np.pad(old.mean, [*pairs, (0, wide)]),
            np.pad(old.scatter, [*pairs, (0, wide), (0, wide)]),
            np.pad(old.cube, [*pairs, (0, wide)]),
        )
        matured, followed = np.pad(self.matured, (0, more)), np.pad(self.followed, (0, more))
        return Tally(self.arms, weeks, moments, matured, followed)


def _reshaped(flat: Moments, lead: tuple[int, ...]) -> Moments:
    parts = (flat.count, flat.mean, flat.scatter, flat.cube)
    return Moments(flat.columns, *(part.reshape(*lead, *part.shape[1:]) for part in parts))
