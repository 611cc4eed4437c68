"""Sums that outlive the data they came from: a small table, to which new weeks are added."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.moments import Moments
from cvosim.stats.monitor.tally import VALUE, Followed, Tally
from cvosim.stats.monitor.weeks import Weeks
from cvosim.tables.whole_files import enough_memory, read_whole

CALENDAR = ("start", "until", "period", "window")
_NONE_OF_OURS = (
    *(AttributeError, IndexError, KeyError, OverflowError, TypeError, ValueError),
    csv.Error,
)
"""What comes of reading a file that holds something else."""
HEAD = (*CALENDAR, "cohort", "arm", "matured", "followed", "units")


def closed(tally: Tally, ages: int) -> NDArray[np.bool_]:
    """Say which cohorts were followed to the end: nothing that comes changes their sums.

    Parameters
    ----------
    tally : Tally
    ages : int
        Periods of life that are followed; 0 where ages are not known.
    """
    entered = tally.units.sum(axis=1) > 0.0
    return np.asarray(tally.matured & (tally.followed >= ages) & entered)


def not_closed(units: Followed, weeks: Weeks, state: Tally, ages: int) -> Followed:
    """Leave out units of cohorts whose sums are in a state already."""
    done = np.flatnonzero(closed(state, ages))
    return units.where(~np.isin(weeks.cohort(units.assigned), done))


def state_text(tally: Tally) -> str:
    """Write sums as CSV, a row an arm of each cohort that has units; no digit is lost.

    Parameters
    ----------
    tally : Tally

    Returns
    -------
    str

    Examples
    --------
    >>> units = Followed(("A", "B"), np.array([0, 1], np.int32), np.array([0.0, 1.0]),
    ...                  np.array([2.0, 3.0]), np.zeros((2, 0)))
    >>> print(state_text(Tally.of(units, Weeks(0.0, 7.0, window=0.0))), end="")
    start,until,period,window,cohort,arm,matured,followed,units,value,value*value,cube value
    0.0,7.0,7.0,0.0,0,A,1,0,1.0,2.0,0.0,0.0
    0.0,7.0,7.0,0.0,0,B,1,0,1.0,3.0,0.0,0.0
    """
    moments, weeks = tally.moments, tally.weeks
    pairs = _pairs(len(moments.columns))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow([*HEAD, *_names(moments.columns)])
    calendar = [repr(float(getattr(weeks, name))) for name in CALENDAR]
    entered = moments.count.sum(axis=1) > 0.0
    for at in [at for at in np.ndindex(*moments.count.shape) if entered[at[0]]]:
        cohort, arm = at
        squares = [moments.scatter[at][pair] for pair in pairs]
        values = [moments.count[at], *moments.mean[at], *squares, *moments.cube[at]]
        flags = int(tally.matured[cohort]), int(tally.followed[cohort])
        numbers = [repr(float(value)) for value in values]
        writer.writerow([*calendar, cohort, tally.arms[arm], *flags, *numbers])
    return buffer.getvalue()


def read_state(path: Path, arms: tuple[str, ...] = ()) -> Tally:
    """Read sums that `state_text` wrote.

    Parameters
    ----------
    path : Path
    arms : tuple of str, optional
        In their order; in that of the file if left out.

    Raises
    ------
    DataError
        If the file is none of these.
    """
    try:
        if not path.exists():
            raise DataError(f"{path}: cannot be read: there is no such file")
        text = read_whole(path, str(path), "sums").decode("utf-8")
        with enough_memory(str(path)):
            rows = list(csv.DictReader(io.StringIO(text)))
            return _tally(rows, arms)
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: cannot be read: {error}") from None
    except _NONE_OF_OURS:
        raise DataError(f"{path}: is no state that cvosim monitor wrote") from None


def _tally(rows: list[dict[str, Any]], arms: tuple[str, ...]) -> Tally:
    names = arms or tuple(dict.fromkeys(row["arm"] for row in rows))
    calendars = {tuple(float(row[name]) for name in CALENDAR) for row in rows}
    (calendar,) = calendars
    weeks = Weeks(*calendar)
    known = [name for name in rows[0] if name not in HEAD]
    ages = sum(name.startswith("age_") and "*" not in name for name in known)
    columns = (VALUE, *(f"age_{age}" for age in range(ages)))
    if len(known) != len(columns) * (len(columns) + 5) // 2 or known != _names(columns):
        raise ValueError
    k, lead = len(columns), (weeks.cohorts, len(names))
    room = Moments(columns, *(np.zeros((*lead, *more)) for more in ((), (k,), (k, k), (k,))))
    matured, followed = np.zeros(lead[0], bool), np.zeros(lead[0], np.int64)
    for row in rows:
        at = (int(row["cohort"]), names.index(row["arm"]))
        if at[0] < 0:
            raise ValueError
        values = np.array([float(row[name]) for name in known])
        room.count[at], room.mean[at] = float(row["units"]), values[:k]
        for place, (i, j) in enumerate(_pairs(k)):
            room.scatter[at][i, j] = room.scatter[at][j, i] = values[k + place]
        room.cube[at] = values[-k:]
        matured[at[0]], followed[at[0]] = row["matured"] == "1", int(row["followed"])
    return Tally(names, weeks, room, matured, followed)


def _pairs(count: int) -> list[tuple[int, int]]:
    return [(i, j) for i in range(count) for j in range(i + 1)]


def _names(columns: tuple[str, ...]) -> list[str]:
    pairs = [f"{columns[i]}*{columns[j]}" for i, j in _pairs(len(columns))]
    return [*columns, *pairs, *(f"cube {column}" for column in columns)]
