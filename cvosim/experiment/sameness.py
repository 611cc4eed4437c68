"""To how many customers exactly the same happens in two scenarios."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.twins import spans
from cvosim.metrics.columns import BLOCK
from cvosim.tables.blocks import EXTRAS
from cvosim.tables.columns import CustomerColumns, CustomerTable, Names
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
    left no trace on the customer. People brought by referral are matched by id; one who came in
    only one of the scenarios is not identical.

    Parameters
    ----------
    baseline, variant : CustomerTable
        Of the same market prospects.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> names = Names((), (), (), (), ())
    >>> blank = empty_customers(2, names)
    >>> columns = [blank._make(np.zeros_like(c) for c in blank) for _ in range(2)]
    >>> columns[0].revenue[1], columns[1].revenue[1] = 5.0, 7.0
    >>> identical_share(*(CustomerTable(each, names) for each in columns))
    0.5
    """
    if len(baseline) == 0:
        return math.nan
    same = 0
    for start, stop in spans(baseline, variant):
        parts = baseline.part(start, stop), variant.part(start, stop)
        same += int(np.count_nonzero(_identical(*parts)))
    everybody = baseline.n_market
    if len(baseline) > everybody or len(variant) > everybody:
        same_referred, referred = _among_referred(baseline, variant)
        same, everybody = same + same_referred, everybody + referred
    return same / everybody


def _among_referred(baseline: CustomerTable, variant: CustomerTable) -> tuple[int, int]:
    """How many people brought by referral are identical, and how many came in either table."""
    ours, theirs = baseline.referred.customer_id, variant.referred.customer_id
    _, mine, yours = np.intersect1d(ours, theirs, return_indices=True)
    same = 0
    for start in range(0, len(mine), BLOCK):
        block = slice(start, start + BLOCK)
        pair = _picked(baseline, mine[block]), _picked(variant, yours[block])
        same += int(np.count_nonzero(_identical(*pair)))
    return same, len(ours) + len(theirs) - len(mine)


def _picked(table: CustomerTable, referred: Values) -> CustomerTable:
    rows = table.n_market + referred
    columns = CustomerColumns._make(column[..., rows] for column in table.columns)
    return CustomerTable(columns, table.names)


def _identical(ours: CustomerTable, theirs: CustomerTable) -> Flags:
    same = np.ones(len(ours), np.bool_)
    plain = not (ours.names.extras or theirs.names.extras)
    for column, mine in ours.columns._asdict().items():
        if plain and column in EXTRAS:
            continue
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
        elif column == "tier":
            words = _union("tiers", ours.names, theirs.names)
            same &= _equal(
                _recoded(_tier_codes(mine), ours.names.tiers, words),
                _recoded(_tier_codes(yours), theirs.names.tiers, words),
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


def _tier_codes(tiers: Values) -> Values:
    """Tiers count from 1: as codes that count from 0, -1 being none."""
    codes: Values = tiers.astype(np.int64) - 1
    return codes


def _reached(table: CustomerTable, stage: str) -> Values:
    return table.has_reached(stage) if stage in table.names.stages else np.array(False)


def _equal(mine: Values, yours: Values) -> Flags:
    """Which numbers are equal; NaN equals NaN."""
    if mine.dtype != np.float64 or yours.dtype != np.float64:
        return _same_numbers(mine, yours)
    # equal bits are equal numbers, and nearly all are equal: only the others are looked at
    same: Flags = np.equal(mine.view(np.int64), yours.view(np.int64))
    if not same.all():
        doubtful = np.flatnonzero(~same)
        pair = (np.broadcast_to(each, same.shape)[doubtful] for each in (mine, yours))
        same[doubtful] = _same_numbers(*pair)
    return same


def _same_numbers(mine: Values, yours: Values) -> Flags:
    same: Flags = np.equal(mine, yours)
    if mine.dtype.kind == "f":
        same |= np.isnan(mine) & np.isnan(yours)
    return same
