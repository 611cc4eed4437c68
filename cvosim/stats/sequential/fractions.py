"""When a test is looked at: information fractions, checked in words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from cvosim.errors import CvosimError

CLOSEST = 0.001
"""Least information between two looks; nearer ones belong to a confidence sequence."""


def planned_looks(looks: int | Sequence[float]) -> tuple[float, ...]:
    """Give the information fractions of planned looks.

    Parameters
    ----------
    looks : int or sequence of float
        A number of looks after equal shares of the information, or their fractions: rising,
        the last one 1.

    Raises
    ------
    CvosimError
        If there is no look, or they do not rise to 1; it says what to write.

    Examples
    --------
    >>> planned_looks(4)
    (0.25, 0.5, 0.75, 1.0)
    """
    if isinstance(looks, int | np.integer):
        if not 1 <= looks <= 1 / CLOSEST:
            raise CvosimError(f"looks: must be between 1 and {1 / CLOSEST:g} (got {looks})")
        return tuple(k / int(looks) for k in range(1, int(looks) + 1))
    if isinstance(looks, float | np.floating | str):
        raise CvosimError(f"looks: must be a number of looks, or a list of fractions (got {looks})")
    fractions = risen(looks, "looks")
    if fractions[-1] != 1.0:
        raise CvosimError(f"looks: must rise to 1; write {_written(_repaired(looks))}")
    return fractions


def risen(fractions: Sequence[float], name: str = "fractions") -> tuple[float, ...]:
    """Give information fractions as a tuple, if they are above 0 and rise.

    Raises
    ------
    CvosimError
        If they are out of order, not above 0, or nearer to each other than `CLOSEST`.

    Examples
    --------
    >>> try:
    ...     risen((0.5, 0.2, 1))
    ... except CvosimError as error:
    ...     print(error)
    fractions: must rise (0.2 comes after 0.5); write (0.2, 0.5, 1)
    """
    values = tuple(float(value) for value in fractions)
    if not values:
        raise CvosimError(f"{name}: there is none; write (0.5, 1) for two looks")
    if not all(math.isfinite(value) and value > 0.0 for value in values):
        raise CvosimError(f"{name}: must be numbers above 0 (got {_written(values)})")
    for before, after in pairwise((0.0, *values)):
        if after <= before:
            wanted = _written(_repaired(values) if name == "looks" else sorted(set(values)))
            raise CvosimError(
                f"{name}: must rise ({after:g} comes after {before:g}); write {wanted}"
            )
        if after - before < CLOSEST * (1.0 - 1e-9):
            raise CvosimError(
                f"{name}: {after:g} comes too soon after {before:g}; leave at least {CLOSEST:g}"
                " of the information between, or use a confidence sequence"
            )
    return values


def _repaired(fractions: Sequence[float]) -> list[float]:
    """What was probably meant: in order, as shares of the largest, up to 1."""
    values = sorted({float(value) for value in fractions})
    if values[-1] > 1.0:
        values = [value / values[-1] for value in values]
    return values if values[-1] == 1.0 else [*values, 1.0]


def _written(values: Sequence[float]) -> str:
    inside = ", ".join(f"{value:.4g}" for value in values)
    return f"({inside},)" if len(values) == 1 else f"({inside})"
