"""From a log of what units did, a row an event, to units that were followed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.data.cells import days, labels, numbers
from cvosim.stats.data.reading import Roles, read_cohort
from cvosim.stats.data.source import Source, open_source
from cvosim.stats.monitor.doubts import WARNING, left_out, odd_days, refuse_other_arm
from cvosim.stats.monitor.reading import (
    Entered,
    days_of,
    end_of_data,
    filled_in,
    need_assigned,
    start_of,
)
from cvosim.stats.monitor.tally import Followed
from cvosim.stats.monitor.weeks import Weeks, day_text

if TYPE_CHECKING:
    from cvosim.stats.cohort import Cohort
    from cvosim.stats.monitor.settings import MonitorSettings
    from cvosim.tables.columns import Floats


_ACTIVE_ONLY = (
    f"{WARNING}every unit known has done something, since the log has no others: all below is "
    "about active units only, and a treatment that makes more or fewer of them active does not "
    "show as it should. Give a table of all units (--units FILE).",
)


class ActivityLog(NamedTuple):
    """Where the rows of an activity log have what.

    Attributes
    ----------
    date : str
        Column of the day on which something happened; empty in a row that only says that a unit
        was assigned.
    units : str, Path, data frame or mapping, optional
        A second table with a row a unit: its arm and the day of its assignment. Without it, both
        must be in every row of the log, and units that did nothing are not known.
    """

    date: str
    units: Any = None


def read_activity(data: Any, roles: Roles, value: str, log: ActivityLog, settings: MonitorSettings,
                  start: float | None = None) -> tuple[Followed, Weeks]:  # fmt: skip
    """Read a log of what units did, a row an event or a unit and day.

    Parameters
    ----------
    data : str, Path, data frame or mapping
    roles : Roles
        With ``unit`` and ``assigned``; the columns of ``log.units`` where that is given.
    value : str
        Column of what an event brought.
    log : ActivityLog
    settings : MonitorSettings
    start : float, optional
        First day of the first cohort; the first assignment's if left out.

    Returns
    -------
    Followed, Weeks

    Raises
    ------
    DataError
        If a date is missing or before its unit's assignment, the log's own column of the arm
        says otherwise than the table of units, or something else is wrong.

    Examples
    --------
    >>> from cvosim.stats.monitor.settings import MonitorSettings
    >>> log = {"who": ["a", "b", "a"], "day": [0.0, 2.0, 9.0], "paid": [5.0, 7.0, 1.0]}
    >>> units = {"who": ["a", "b", "c"], "arm": ["A", "B", "B"], "entry": [0.0, 1.0, 1.0]}
    >>> roles = Roles("arm", unit="who", assigned="entry", until=21.0)
    >>> found, _ = read_activity(log, roles, "paid", ActivityLog("day", units), MonitorSettings())
    >>> found.value.tolist(), found.by_age.tolist()
    ([6.0, 7.0, 0.0], [[5.0, 1.0], [7.0, 0.0], [0.0, 0.0]])
    """
    need_assigned(roles)
    if roles.unit is None:
        raise DataError("an activity log needs the column of the unit (--unit COLUMN)")
    source = open_source(data)
    cohort = read_cohort(data if log.units is None else log.units, roles._replace(until=None), [])
    twice = log.units is not None and roles.variant in source.names
    events = source.read([roles.unit, log.date, value, *((roles.variant,) if twice else ())])
    day = days(source, log.date, events[log.date])
    amount = numbers(source, value, events[value])
    idle = np.isnan(day)
    _refuse_undated(source, log.date, value, idle & ~np.isnan(amount))
    unit, entered = _entered(source, roles, cohort, log, events[roles.unit])
    if twice:
        both = events[roles.unit], events[roles.variant]
        refuse_other_arm(source, roles.variant, both, unit, entered)
    until = end_of_data(roles.until, day[~idle])
    assigned = entered.assigned
    in_time = assigned < until
    weeks = Weeks(start_of(assigned[in_time], start), until, settings.period,
                  settings.days_of_window(log=True))  # fmt: skip
    kept = ~idle & (unit >= 0) & (day < until)
    _refuse_early(source, log.date, day, np.where(unit >= 0, assigned[unit], -np.inf), kept)
    amount, filled = filled_in(source.name, value, amount, kept, settings)
    notes = (
        *(_ACTIVE_ONLY if log.units is None and not idle.any() else ()),
        *odd_days(assigned[in_time]),
        *_notes(unit[~idle], day[~idle], until),
        *left_out(assigned, until, said=roles.until is not None),
        *filled,
    )
    age = np.maximum(day[kept] - assigned[unit[kept]], 0.0)
    values, by_age = _added_up(unit[kept], age, amount[kept], len(assigned), weeks, settings.ages)
    found = Followed(entered.arms, entered.arm, assigned, values, by_age, notes)
    return found.where(in_time), weeks


def _added_up(
    unit: NDArray[np.int64], age: Floats, amount: Floats, count: int, weeks: Weeks, most: int
) -> tuple[Floats, Floats]:
    """Value of each unit within its window, and in each period of its life."""
    ages = max(1, min(most, int(weeks.ages(most).max(initial=0))))
    inside = age < weeks.window
    value = np.bincount(unit[inside], amount[inside], count)
    period = np.floor(age / weeks.period + 1e-9).astype(np.int64)
    young = period < ages
    cells = np.bincount(unit[young] * ages + period[young], amount[young], count * ages)
    return np.asarray(value, np.float64), cells.astype(np.float64).reshape(count, ages)


def _entered(
    source: Source, roles: Roles, cohort: Cohort, log: ActivityLog, series: Any
) -> tuple[NDArray[np.int64], Entered]:
    """Units with their arms and days, and the unit of each event, -1 for none of them."""
    assert cohort.unit is not None
    if log.units is None:
        _check_one_day(source, roles, cohort)
        _, first = np.unique(cohort.unit, return_index=True)
        return cohort.unit, Entered.of(cohort, first)
    assert roles.unit is not None
    order = np.argsort(cohort.unit)
    if (np.diff(cohort.unit[order]) == 0).any():
        raise DataError(
            f"{cohort.source}: {roles.unit}: some units have several rows; give one each"
        )
    _, known = labels(open_source(log.units).read([roles.unit])[roles.unit])
    place = {name: number for number, name in enumerate(known)}
    codes, names = labels(series)
    rows = np.array([place.get(name, -1) for name in names], np.int64)
    return rows[codes], Entered.of(cohort, order)


def _refuse_undated(source: Source, date: str, value: str, bad: NDArray[np.bool_]) -> None:
    rows = np.flatnonzero(bad)
    if len(rows):
        more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        raise DataError(
            f"{source.name}: {source.place(int(rows[0]))}: {date}: is empty, though {value} is "
            f"not; write the day{more}"
        )


def _refuse_early(
    source: Source, date: str, day: Floats, assigned: Floats, kept: NDArray[np.bool_]
) -> None:
    """Refuse what happened before its unit was assigned; times of one day are not told apart."""
    rows = np.flatnonzero(kept & (np.floor(day) < np.floor(assigned)))
    if len(rows):
        row = int(rows[0])
        more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        raise DataError(
            f"{source.name}: {source.place(row)}: {date}: {day_text(float(day[row]))} is before "
            f"the unit was assigned, on {day_text(float(assigned[row]))}{more}; leave out what "
            "happened before the experiment"
        )


def _check_one_day(source: Source, roles: Roles, cohort: Cohort) -> None:
    """Refuse a unit that was assigned on several days."""
    assert cohort.unit is not None
    assigned = days_of(cohort)
    _, first, which = np.unique(cohort.unit, return_index=True, return_inverse=True)
    rows = np.flatnonzero(assigned != assigned[first][which])
    if len(rows):
        row = int(rows[0])
        raise DataError(
            f"{source.name}: {source.place(row)}: {roles.assigned}: is "
            f"{day_text(float(assigned[row]))}, but another row of this unit says "
            f"{day_text(float(assigned[first][which][row]))}; a unit is assigned once"
        )


def _notes(unit: NDArray[np.int64], day: Floats, until: float) -> list[str]:
    """Say how many events were left out, strangers' and late ones."""
    notes = []
    stray, late, rows = int((unit < 0).sum()), int((day >= until).sum()), len(unit)
    if stray:
        notes.append(
            f"{stray:,} of {rows:,} rows of the log left out: their units are not in the table of "
            "units."
        )
    if late:
        notes.append(f"{late:,} of {rows:,} rows of the log left out: after the end of the data.")
    return notes
