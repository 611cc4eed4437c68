"""To how many customers exactly the same happens in two scenarios."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.twins import side_by_side
from cvosim.tables.columns import CustomerTable, Names
from cvosim.tables.schema import NO_CODE

Values = NDArray[Any]
Flags = NDArray[np.bool_]

_ROWS: dict[str, tuple[str, float]] = {
    "stage_time": ("stages", math.nan),
    "program_cost": ("programs", 0.0),
    "recoveries": ("programs", 0),
    "bills": ("subscriptions", 0),
    "cancelled": ("subscriptions", 0),
}
"""Columns with a row for each of something, and what stands where nothing happened."""

_CODES = {"segment": "segments", "channel": "channels", "exit_stage": "stages"}
"""Columns of codes, and what they count."""


def identical_share(baseline: CustomerTable, variant: CustomerTable) -> float:
    """Share of customers to whom exactly the same happened, to the bit, in both scenarios.

    Stages, programs and so on are matched by name; one that only one scenario has must have
    left no trace on the customer.

    Parameters
    ----------
    baseline, variant : CustomerTable
        Of the same customers.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> names = Names((), (), (), (), ())
    >>> tables = [CustomerTable(empty_customers(2, names), names) for _ in range(2)]
    >>> for table, spent in zip(tables, (5.0, 7.0)):
    ...     for column in table.columns:
    ...         column[...] = 0
    ...     table.columns.revenue[1] = spent
    >>> identical_share(*tables)
    0.5
    """
    if len(baseline) == 0:
        return math.nan
    same = 0
    for ours, theirs in side_by_side(baseline, variant):
        same += int(np.count_nonzero(_identical(ours.table, theirs.table)))
    return same / len(baseline)


def _identical(ours: CustomerTable, theirs: CustomerTable) -> Flags:
    same = np.ones(len(ours), np.bool_)
    for column, mine in ours.columns._asdict().items():
        yours = getattr(theirs.columns, column)
        if column in _ROWS:
            kind, nothing = _ROWS[column]
            for name in _union(kind, ours.names, theirs.names):
                same &= _equal(
                    _row(mine, getattr(ours.names, kind), name, nothing),
                    _row(yours, getattr(theirs.names, kind), name, nothing),
                )
        elif column in _CODES:
            words = _union(_CODES[column], ours.names, theirs.names)
            same &= _equal(
                _recoded(mine, getattr(ours.names, _CODES[column]), words),
                _recoded(yours, getattr(theirs.names, _CODES[column]), words),
            )
        elif column != "reached":
            same &= _equal(mine, yours)
    for stage in _union("stages", ours.names, theirs.names):
        same &= _equal(_reached(ours, stage), _reached(theirs, stage))
    return same


def _union(kind: str, ours: Names, theirs: Names) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*getattr(ours, kind), *getattr(theirs, kind))))


def _row(values: Values, names: tuple[str, ...], name: str, nothing: float) -> Values:
    """One row by name, or what stands where nothing happened."""
    row: Values = values[names.index(name)] if name in names else np.array(nothing)
    return row


def _recoded(codes: Values, names: tuple[str, ...], words: tuple[str, ...]) -> Values:
    """Codes into ``names`` as codes into ``words``; -1 stays -1, being the last entry."""
    if names == words[: len(names)]:
        return codes
    table = np.array([*(words.index(name) for name in names), NO_CODE])
    found: Values = table[codes]
    return found


def _reached(table: CustomerTable, stage: str) -> Values:
    return table.has_reached(stage) if stage in table.names.stages else np.array(False)


def _equal(mine: Values, yours: Values) -> Flags:
    same: Flags = np.equal(mine, yours)
    if mine.dtype.kind == "f":
        same |= np.isnan(mine) & np.isnan(yours)
    return same
