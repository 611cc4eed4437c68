"""From a table with a row a unit to units that were followed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.data.days import parse_day
from cvosim.stats.data.reading import Roles, read_cohort
from cvosim.stats.loops import Codes
from cvosim.stats.monitor.doubts import left_out, odd_days, today
from cvosim.stats.monitor.tally import Followed
from cvosim.stats.monitor.weeks import Weeks

if TYPE_CHECKING:
    from cvosim.stats.cohort import Cohort
    from cvosim.stats.monitor.settings import MonitorSettings
    from cvosim.tables.columns import Floats


class Entered(NamedTuple):
    """Units and when each came in."""

    arms: tuple[str, ...]
    arm: Codes
    assigned: Floats
    source: str

    @classmethod
    def of(cls, cohort: Cohort, rows: NDArray[np.intp] | NDArray[np.bool_]) -> Entered:
        """Some rows of a cohort, in this order."""
        return cls(cohort.arms, cohort.arm[rows], days_of(cohort)[rows], cohort.source)


def read_units(data: Any, roles: Roles, value: str, settings: MonitorSettings,
               start: float | None = None) -> tuple[Followed, Weeks]:  # fmt: skip
    """Read a table with one row a unit: its arm, its day of assignment and its value.

    Parameters
    ----------
    data : str, Path, data frame or mapping
    roles : Roles
        With ``assigned``; ``until`` if there is a window.
    value : str
        Column of what a unit brought.
    settings : MonitorSettings
    start : float, optional
        First day of the first cohort; the first assignment's if left out.

    Returns
    -------
    Followed, Weeks

    Raises
    ------
    DataError
        If the data are no such table; says where and what.

    Examples
    --------
    >>> from cvosim.stats.monitor.settings import MonitorSettings
    >>> table = {"arm": ["A", "B"], "day": [0.0, 8.0], "spend": [1.0, 2.0]}
    >>> units, weeks = read_units(table, Roles("arm", assigned="day"), "spend", MonitorSettings())
    >>> weeks.matured, units.value.tolist()
    (1, [1.0, 2.0])
    """
    need_assigned(roles)
    window = settings.days_of_window(log=False)
    cohort = read_cohort(data, roles._replace(until=None), [value])
    if cohort.unit is not None and len(np.unique(cohort.unit)) < len(cohort):
        raise DataError(
            f"{cohort.source}: {roles.unit}: some units have several rows; for an activity log "
            "name the column of its dates with --date"
        )
    if roles.until is None and window > 0.0:
        raise DataError(
            f"{cohort.source}: until which day were units observed? A window of {window:g} days "
            "needs the end of the data (--until DATE)"
        )
    end = end_of_data(roles.until, cohort.assigned_day)
    units, weeks = of_cohort(cohort, value, settings, end, start)
    odd = odd_days(units.assigned, today=today() if roles.until is None else None)
    return replace(units, notes=(*odd, *units.notes)), weeks


def of_cohort(
    cohort: Cohort,
    value: str,
    settings: MonitorSettings,
    until: float | None = None,
    start: float | None = None,
) -> tuple[Followed, Weeks]:
    """Take the units of a cohort that is at hand, as a simulated experiment gives it.

    Parameters
    ----------
    cohort : Cohort
        One row a unit, with days of assignment.
    value : str
        Column of what a unit brought within the window.
    settings : MonitorSettings
    until : float, optional
        End of the data; by the cohort's own observed days if left out.
    start : float, optional
        First day of the first cohort; the first assignment's if left out.

    Returns
    -------
    Followed, Weeks

    Raises
    ------
    DataError
        If it has no days, or values are missing.

    Examples
    --------
    >>> from cvosim.stats.cohort import Cohort
    >>> from cvosim.stats.monitor.settings import MonitorSettings
    >>> days = np.array([0.0, 8.0])
    >>> cohort = Cohort(("A", "B"), np.array([0, 1], np.int32), {"spend": days},
    ...                 assigned_day=days, observed_days=28.0 - days)
    >>> of_cohort(cohort, "spend", MonitorSettings(window=7.0))[1].matured
    3
    """
    if cohort.assigned_day is None:
        raise DataError(f"{cohort.source}: has no days of assignment")
    if until is None:
        known = None if cohort.observed_days is None else cohort.assigned_day + cohort.observed_days
        until = end_of_data(None if known is None else float(known.max()), cohort.assigned_day)
    window = settings.days_of_window(log=False)
    inside = days_of(cohort) < until
    entered = Entered.of(cohort, inside)
    assigned = entered.assigned
    weeks = Weeks(start_of(assigned, start), until, settings.period, window)
    values = np.asarray(cohort.column(value)[inside], np.float64)
    counted = weeks.cohort(assigned) < weeks.matured
    values, filled = filled_in(cohort.source, value, values, counted, settings)
    note = left_out(days_of(cohort), until, said=True)
    none = np.zeros((len(assigned), 0))
    return Followed(entered.arms, entered.arm, assigned, values, none, (*note, *filled)), weeks


def end_of_data(until: str | float | None, seen: Floats | None) -> float:
    """End of the data: what was said, or of the last day seen.

    Raises
    ------
    DataError
        If it is no date, or nothing was said and there is no day.

    Examples
    --------
    >>> end_of_data("1970-01-31", None), end_of_data(None, np.array([2.0, 5.5]))
    (31.0, 6.0)
    """
    if until is not None:
        return parse_day(until)
    if seen is None or not len(seen):
        raise DataError("there is no day in the data; say until when they go (--until DATE)")
    return float(np.floor(seen.max())) + 1.0


def need_assigned(roles: Roles) -> None:
    """Refuse roles without a day of assignment.

    Raises
    ------
    DataError
        That says which option names it.
    """
    if roles.assigned is None:
        raise DataError("a monitor needs the column of the day of assignment (--assigned COLUMN)")


def start_of(assigned: Floats, start: float | None) -> float:
    """First day of the first cohort: the one given, or that of the first assignment.

    Raises
    ------
    DataError
        If nobody was assigned.

    Examples
    --------
    >>> start_of(np.array([3.7, 12.0]), None)
    3.0
    """
    if not len(assigned):
        raise DataError("nobody was assigned before the end of the data")
    return float(np.floor(assigned.min())) if start is None else start


def days_of(cohort: Cohort) -> Floats:
    """Days of assignment of a cohort that has them."""
    assert cohort.assigned_day is not None
    return cohort.assigned_day


def filled_in(
    source: str, name: str, values: Floats, needed: NDArray[np.bool_], settings: MonitorSettings
) -> tuple[Floats, tuple[str, ...]]:
    """Deal with missing values that count: give all values, and say what was done.

    Raises
    ------
    DataError
        If there are any, and the settings refuse them.
    """
    missing = np.isnan(values) & needed
    count = int(missing.sum())
    if count and settings.missing == "refuse":
        raise DataError(
            f"{source}: {name}: {count:,} values are missing; write them, or say that nothing "
            "happened with --missing zero"
        )
    notes = (f"{count:,} missing values of {name} count as 0.",) if count else ()
    return np.nan_to_num(values, nan=0.0), notes
