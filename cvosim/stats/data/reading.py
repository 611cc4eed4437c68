"""A cohort read from a file or a data frame: every row checked before anything is computed."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.cohort import Cohort
from cvosim.stats.data.cells import days, labels, numbers
from cvosim.stats.data.days import parse_day
from cvosim.stats.data.source import Source, open_source
from cvosim.stats.loops import Codes
from cvosim.tables.columns import Floats
from cvosim.tables.whole_files import enough_memory

Missing = Literal["refuse", "zero", "exclude"]
MISSING: tuple[Missing, ...] = ("refuse", "zero", "exclude")

_CONTROLS = ("control", "baseline", "a", "0", "off", "false", "old", "placebo", "no e-mail")
"""Names of arms that are control when nobody says which is, the likeliest first."""
_MOST_ARMS = 50
_FEW = 0.02
"""An arm of a smaller part of another's rows, with nearly its name, is a slip of the pen."""


class Roles(NamedTuple):
    """Which column is what.

    Attributes
    ----------
    variant : str
        Column of the arm.
    control : str, optional
        Name of the control arm; found by its usual names if left out.
    unit : str, optional
        Column of the unit that was assigned, where a row is less than that (a session).
    stratum : str, optional
        Column of the stratum.
    assigned : str, optional
        Column of the day of the assignment.
    covariates : tuple of str
        Columns known before the assignment.
    measured : str, optional
        Column of the day on which the covariates were measured.
    until : str or float, optional
        Day on which the data end.
    """

    variant: str
    control: str | None = None
    unit: str | None = None
    stratum: str | None = None
    assigned: str | None = None
    covariates: tuple[str, ...] = ()
    measured: str | None = None
    until: str | float | None = None


def read_cohort(data: Any, roles: Roles, values: Sequence[str]) -> Cohort:
    """Read the data of an experiment and check them.

    Parameters
    ----------
    data : str, Path, data frame or mapping
        See `open_source`.
    roles : Roles
        Which column is what.
    values : sequence of str
        Numeric columns to read, besides the covariates. Missing values stay, as NaN: what they
        mean is decided where they are analysed.

    Returns
    -------
    Cohort

    Raises
    ------
    DataError
        In clear words: an arm that is empty or not there, a label that is missing, a unit in two
        arms, a cell that is no number or no date, a covariate measured after the assignment.

    Examples
    --------
    >>> cohort = read_cohort(
    ...     {"arm": ["B", "A", "B", "A"], "spend": [1.0, 0.0, 3.0, 2.0]}, Roles("arm"), ["spend"])
    >>> cohort.arms, cohort.sizes
    (('A', 'B'), (2, 2))
    """
    if roles.measured is not None and roles.assigned is None:
        raise DataError("measured: needs the column of the day of the assignment, too")
    source = open_source(data)
    with enough_memory(source.name):
        return _cohort(source, roles, values)


def _cohort(source: Source, roles: Roles, values: Sequence[str]) -> Cohort:
    wanted = [roles.variant, *values, *roles.covariates]
    series = source.read([*wanted, *(name for name in _optional(roles) if name)])
    arms, arm = _arms(source, roles, series[roles.variant])
    columns = {
        name: numbers(source, name, series[name])
        for name in dict.fromkeys((*values, *roles.covariates))
    }
    unit = _units(source, roles, series, arm, arms)
    strata: tuple[str, ...] = ()
    stratum = None
    if roles.stratum is not None:
        codes, strata = labels(series[roles.stratum])
        stratum = codes.astype(np.int32)
    assigned = None if roles.assigned is None else _days(source, roles.assigned, series)
    if assigned is not None:
        _check_covariates(source, roles, series, assigned)
    until = None if roles.until is None else parse_day(roles.until)
    observed = None if assigned is None or until is None else until - assigned
    if observed is not None and (observed < 0).any():
        late = int((observed < 0).sum())
        row = source.place(int(np.flatnonzero(observed < 0)[0]))
        raise DataError(
            f"{source.name}: {row}: {roles.assigned}: is after the end of the data, {roles.until}"
            + (f" (and {late - 1:,} more)" if late > 1 else "")
        )
    return Cohort(arms, arm, columns, unit, stratum, strata, assigned, observed, source.name)


def _optional(roles: Roles) -> tuple[str | None, ...]:
    return roles.unit, roles.stratum, roles.assigned, roles.measured


def _arms(source: Source, roles: Roles, series: Any) -> tuple[tuple[str, ...], Codes]:
    """Number the arms, control first."""
    codes, names = labels(series)
    where = f"{source.name}: {roles.variant}"
    if "" in names:
        rows = np.flatnonzero(codes == names.index(""))
        more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
        raise DataError(
            f"{source.name}: {source.place(int(rows[0]))}: {roles.variant}: is empty; write the "
            f"arm, or remove the row{more}"
        )
    if len(names) > _MOST_ARMS:
        raise DataError(f"{where}: has {len(names):,} different values; is it the arm's column?")
    _refuse_misspelt(where, names, np.bincount(codes))
    control = _control(where, roles, names)
    if len(names) < 2:
        raise DataError(f'{where}: every row is in "{names[0]}"; a test needs two arms')
    arms = (control, *(name for name in names if name != control))
    place = np.array([arms.index(name) for name in names], np.int32)
    return arms, place[codes]


def _refuse_misspelt(where: str, names: tuple[str, ...], sizes: NDArray[np.int64]) -> None:
    """Refuse an arm of few rows whose name is nearly another's: nobody tests on so few."""
    for name, size in zip(names, sizes.tolist(), strict=True):
        others = [n for n, s in zip(names, sizes.tolist(), strict=True) if size < _FEW * s]
        folded = {other.casefold(): other for other in others}
        near = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=0.8)
        if near:
            rows = "1 row" if size == 1 else f"{size:,} rows"
            raise DataError(
                f'{where}: "{name}" ({rows}) looks like "{folded[near[0]]}" written otherwise; '
                "mend the data, or leave these rows out"
            )


def _control(where: str, roles: Roles, names: tuple[str, ...]) -> str:
    shown = ", ".join(f'"{name}"' for name in names[:8]) + (", ..." if len(names) > 8 else "")
    if not names:
        raise DataError(f"{where}: has no rows")
    if roles.control is None:
        folded = {name.casefold(): name for name in reversed(names)}
        known = [folded[word] for word in _CONTROLS if word in folded]
        if not known:
            raise DataError(f"{where}: which arm is control (--control)? There are {shown}")
        return known[0]
    if roles.control not in names:
        near = difflib.get_close_matches(roles.control, names, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        raise DataError(f'{where}: no row is in "{roles.control}"; there are {shown}{hint}')
    return roles.control


def _units(
    source: Source, roles: Roles, series: dict[str, Any], arm: Codes, arms: tuple[str, ...]
) -> NDArray[np.int64] | None:
    """Number the units; refuse one that is in two arms."""
    if roles.unit is None:
        return None
    unit, names = labels(series[roles.unit])
    if "" in names:
        row = int(np.flatnonzero(unit == names.index(""))[0])
        raise DataError(f"{source.name}: {source.place(row)}: {roles.unit}: is empty")
    pairs = np.unique(unit * len(arms) + arm)
    owner, times = np.unique(pairs // len(arms), return_counts=True)
    twice = owner[times > 1]
    if len(twice):
        first = pairs[pairs // len(arms) == twice[0]] % len(arms)
        both = " and ".join(f'"{arms[place]}"' for place in first[:2])
        more = f" (and {len(twice) - 1:,} more)" if len(twice) > 1 else ""
        raise DataError(
            f'{source.name}: {roles.unit}: "{names[twice[0]]}" is in {both}{more}; a unit belongs '
            "to one arm: leave out those in several, and find out why they are"
        )
    return unit


def _days(source: Source, name: str, series: dict[str, Any]) -> Floats:
    found = days(source, name, series[name])
    empty = np.flatnonzero(np.isnan(found))
    if len(empty):
        more = f" (and {len(empty) - 1:,} more)" if len(empty) > 1 else ""
        where = f"{source.name}: {source.place(int(empty[0]))}: {name}"
        raise DataError(f"{where}: is empty; write the day{more}")
    return found


def _check_covariates(
    source: Source, roles: Roles, series: dict[str, Any], assigned: Floats
) -> None:
    """Refuse covariates that the treatment may have changed already."""
    if roles.measured is None or not roles.covariates:
        return
    measured = days(source, roles.measured, series[roles.measured])
    late = np.flatnonzero(measured > assigned)
    if len(late):
        more = f" (and {len(late) - 1:,} more)" if len(late) > 1 else ""
        names = ", ".join(roles.covariates)
        raise DataError(
            f"{source.name}: {source.place(int(late[0]))}: {roles.measured}: {names} was measured "
            f"after the assignment{more}; a covariate must be from before it, or it takes the "
            "effect away"
        )
