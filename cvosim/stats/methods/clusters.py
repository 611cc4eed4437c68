"""Rows to units: experiments that assign users but measure sessions, orders or days.

A mean of rows is the ratio of two sums by unit, its total and its number of rows: of a cohort made
by `by_unit`, it is ``Ratio(column, ROWS)``. Its delta-method
error is the cluster-robust one (Deng, Lu & Litz 2017; Liang & Zeger 1986), but for the
small-sample factor: each arm's part is multiplied by ``G / (G - 1)``, G its units.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.cohort import Cohort
from cvosim.tables.columns import Floats

ROWS = "rows"
"""Name of the column that counts a unit's rows."""


class Units(NamedTuple):
    """Whose each row is.

    Attributes
    ----------
    code : ndarray of int64, shape (rows,)
        Number of the row's unit, from 0 and without gaps, ascending as the cohort's own.
    first : ndarray of int64, shape (units,)
        First row of each unit.
    """

    code: NDArray[np.int64]
    first: NDArray[np.int64]


def units_of(cohort: Cohort) -> Units:
    """Number the units of a cohort without gaps, whatever their own numbers are.

    Raises
    ------
    DataError
        If a unit is in two arms or in two strata.

    Examples
    --------
    >>> arm = np.array([0, 1, 0, 1], np.int32)
    >>> rows = Cohort(("A", "B"), arm, {}, unit=np.array([7, 10**12, 7, 8]))
    >>> found = units_of(rows)
    >>> found.code.tolist(), found.first.tolist()
    ([0, 2, 0, 1], [0, 3, 1])
    """
    if cohort.unit is None:
        rows = np.arange(len(cohort))
        return Units(rows, rows)
    found = _codes(cohort.unit)
    for what, code in (("arms", cohort.arm), ("strata", cohort.stratum)):
        if code is not None:
            _refuse_split(cohort, found.code, code, code[found.first], what)
    return found


def by_unit(cohort: Cohort, columns: Iterable[str] | None = None) -> Cohort:
    """One row a unit, with sums of columns and the number of rows.

    Parameters
    ----------
    cohort : Cohort
        With a number of the unit in each row; one without is given back as it is, with a column
        of ones.
    columns : iterable of str, optional
        To sum; all by default.

    Returns
    -------
    Cohort
        Its columns are sums (NaN if a row's value is) and ``rows``. Stratum, assigned and
        observed days are those of a unit's first row.

    Raises
    ------
    DataError
        If a unit is in two arms or in two strata, or a column is already called ``rows``.

    Examples
    --------
    >>> sessions = Cohort(("A", "B"), np.array([0, 1, 0, 1], np.int32),
    ...     {"spend": np.array([1.0, 2.0, 3.0, 4.0])}, unit=np.array([0, 1, 0, 2]))
    >>> users = by_unit(sessions)
    >>> users.columns["spend"].tolist(), users.columns["rows"].tolist(), users.arm.tolist()
    ([4.0, 2.0, 4.0], [2.0, 1.0, 1.0], [0, 1, 1])
    """
    names = tuple(cohort.columns if columns is None else dict.fromkeys(columns))
    if ROWS in names:
        raise DataError(f'{cohort.source}: a column is called "{ROWS}", which will count rows')
    values = {name: np.asarray(cohort.column(name)) for name in names}
    if cohort.unit is None:
        ones = {**values, ROWS: np.ones(len(cohort))}
        return Cohort(
            cohort.arms, cohort.arm, ones, None, cohort.stratum, cohort.strata,
            cohort.assigned_day, cohort.observed_days, cohort.source,
        )  # fmt: skip
    codes, first = units_of(cohort)

    def of_first(column: NDArray[np.float64] | None) -> Floats | None:
        return None if column is None else column[first]

    sums = unit_sums(values, codes, len(first))
    stratum = None if cohort.stratum is None else cohort.stratum[first]
    return Cohort(
        cohort.arms, cohort.arm[first], sums, None, stratum, cohort.strata,
        of_first(cohort.assigned_day), of_first(cohort.observed_days), cohort.source,
    )  # fmt: skip


def unit_sums(
    columns: dict[str, NDArray[np.generic]], unit: NDArray[np.int64], n_units: int
) -> dict[str, Floats]:
    """Sums of columns by unit, and the number of its rows.

    Parameters
    ----------
    columns : dict of str to array, shape (rows,)
    unit : ndarray of int64, shape (rows,)
        From 0 to ``n_units - 1``.
    n_units : int

    Examples
    --------
    >>> found = unit_sums({"spend": np.array([1.0, 2.0, 3.0])}, np.array([1, 0, 1]), 3)
    >>> found["spend"].tolist(), found["rows"].tolist()
    ([2.0, 4.0, 0.0], [1.0, 2.0, 0.0])
    """
    sums: dict[str, Floats] = {
        name: np.bincount(unit, np.asarray(column, np.float64), n_units).astype(np.float64)
        for name, column in columns.items()
    }
    sums[ROWS] = np.bincount(unit, minlength=n_units).astype(np.float64)
    return sums


def _codes(unit: NDArray[np.int64]) -> Units:
    """Numbers of units without gaps, and the first row of each."""
    top = int(unit.max()) + 1 if len(unit) else 0
    if len(unit) and unit.min() >= 0 and top <= 4 * len(unit):
        # numbers from 0: no sorting needed
        first = np.full(top, -1, np.int64)
        first[unit[::-1]] = np.arange(len(unit) - 1, -1, -1)
        seen = first >= 0
        place = np.cumsum(seen) - 1
        return Units(place[unit], first[seen])
    _, rows, codes = np.unique(unit, return_index=True, return_inverse=True)
    return Units(codes.astype(np.int64), rows.astype(np.int64))


def _refuse_split(
    cohort: Cohort,
    codes: NDArray[np.int64],
    code: NDArray[np.int32],
    firsts: NDArray[np.int32],
    what: str,
) -> None:
    """Refuse units whose rows are in several arms or strata."""
    split = firsts[codes] != code
    if not np.any(split):
        return
    many = len(np.unique(codes[split]))
    assert cohort.unit is not None
    which = int(cohort.unit[np.flatnonzero(split)[0]])
    raise DataError(
        f"{cohort.source}: {many:,} units have rows in several {what} (the first is number "
        f"{which}); a unit must stay where it was assigned"
    )
