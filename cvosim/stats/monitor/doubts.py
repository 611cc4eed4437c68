"""What is odd in the rows of a monitor: days that may be mistyped, arms that two files dispute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.data.cells import labels
from cvosim.stats.monitor.weeks import day_text, is_date

if TYPE_CHECKING:
    from cvosim.stats.data.source import Source
    from cvosim.stats.monitor.reading import Entered
    from cvosim.tables.columns import Floats

WARNING = "Warning: "
"""How a note begins that must be read before the verdict."""
LONGEST_PAUSE = 180.0
"""Days without any assignment after which a date is more likely mistyped."""


def odd_days(assigned: Floats, *, today: float | None = None) -> tuple[str, ...]:
    """Warn of assignments far from all others or after today, in one line at most.

    Parameters
    ----------
    assigned : ndarray of float64
        Days of assignment of the units that are in the data.
    today : float, optional
        Today, where nobody said until when the data go; days of a simulation have none.

    Returns
    -------
    tuple of str
        No more than one.

    Examples
    --------
    >>> odd_days(np.array([20_000.0, 20_001.0, 22_000.0]))[0][:65]
    'Warning: 1 unit was assigned on 2030-03-27, 1,999 days after all '
    >>> odd_days(np.array([20_000.0, 20_001.0]))
    ()
    """
    days = np.sort(np.floor(assigned))
    pauses = np.diff(days)
    mend = "is a date mistyped? Mend it, or say until when the data go (--until DATE)."
    if len(pauses) and pauses.max() > LONGEST_PAUSE:
        at = int(pauses.argmax()) + 1
        length, last, first = f"{pauses.max():,.0f} days", days[at - 1], days[at]
        if len(days) - at <= at:
            far, side = days[at:], f"after all others, the last of them on {day_text(last)}"
        else:
            far, side = days[:at], f"before all others, the first of them on {day_text(first)}"
        return (f"{WARNING}{_assigned(far)}, {length} {side}; {mend}",)
    if today is None or not len(days) or not is_date(days[-1]):
        return ()
    later = days[days > today]
    if 0 < len(later) < len(days):  # all of them: a calendar of its own, as a simulation has
        return (f"{WARNING}{_assigned(later)}, after today, {day_text(today)}; {mend}",)
    return ()


def _assigned(days: Floats) -> str:
    """Say how many were assigned when."""
    on = f"on {day_text(days[0])}"
    if days[-1] > days[0]:
        on = f"from {day_text(days[0])} to {day_text(days[-1])}"
    return f"{_counted(len(days), 'unit')} {'was' if len(days) == 1 else 'were'} assigned {on}"


def today() -> float:
    """Today, in days since 1970-01-01."""
    return float(np.datetime64("today", "D").astype(np.int64))


def left_out(assigned: Floats, until: float, *, said: bool) -> tuple[str, ...]:
    """Say how many were assigned after the data end; warn if nobody said where they end.

    Parameters
    ----------
    assigned : ndarray of float64
        Days of assignment of all units.
    until : float
        End of the data.
    said : bool
        Whether somebody said so; else it is the last event's day.

    Examples
    --------
    >>> left_out(np.array([3.0, 9.0]), 7.0, said=True)
    ('1 unit assigned after day 6 left out, on day 9.',)
    """
    late = assigned[assigned >= until]
    if not len(late):
        return ()
    last = ("on " if len(late) == 1 else "the last of them on ") + day_text(float(late.max()))
    units, end = _counted(len(late), "unit"), day_text(until - 1.0)
    if said:
        return (f"{units} assigned after {end} left out, {last}.",)
    return (
        f"{WARNING}{units} assigned after the last event of the log, on {end}, left out, {last}; "
        "is a date mistyped? If nothing happened since, say until when the log goes "
        "(--until DATE).",
    )


def refuse_other_arm(
    source: Source,
    column: str,
    series: tuple[Any, Any],
    unit: NDArray[np.int64],
    entered: Entered,
) -> None:
    """Refuse a log whose own column of the arm disagrees with the table of units.

    Parameters
    ----------
    source : Source
        The log.
    column : str
        Of the arm.
    series : tuple of narwhals Series
        Names of units and of arms in the log; an empty arm says nothing.
    unit : ndarray of int64
        Unit of each row, -1 for strangers.
    entered : Entered
        Units with their arms.

    Raises
    ------
    DataError
        That names the first unit, both arms, and how many more there are.
    """
    codes, names = labels(series[1])
    # whole numbers become floats where some cells are empty
    arms = {name.removesuffix(".0"): place for place, name in enumerate(entered.arms)}
    said = np.array([arms.get(name.removesuffix(".0"), -1) for name in names], np.int64)[codes]
    written = np.array([name != "" for name in names], bool)[codes]
    rows = np.flatnonzero((unit >= 0) & written & (said != entered.arm[unit]))
    if not len(rows):
        return
    row, others = int(rows[0]), len(np.unique(unit[rows])) - 1
    more = f" ({others:,} more units disagree)" if others else ""
    raise DataError(
        f'{source.name}: {source.place(row)}: {column}: "{series[0][row]}" is in '
        f'"{names[codes[row]]}", but {entered.source} says "{entered.arms[entered.arm[unit[row]]]}"'
        f"{more}; a unit belongs to one arm: mend one of the two, or leave the column out of the "
        "log"
    )


def _counted(count: int, what: str) -> str:
    return f"{count:,} {what}" + ("" if count == 1 else "s")
