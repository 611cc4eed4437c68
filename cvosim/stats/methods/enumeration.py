"""The permutation test of few units: all ways to label them, one after another."""

from __future__ import annotations

from itertools import chain, combinations
from math import comb
from typing import Any

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.contrast import Alternative
from cvosim.stats.methods.permutation import Model
from cvosim.stats.methods.tested import Tested, tail_sizes
from cvosim.tables.columns import Floats

MOST = 20_000
"""Labellings that are gone through; 9 units against 8 have 24,310."""


def labellings(n_control: int, n_treated: int) -> int:
    """How many ways there are to choose the treated units.

    Examples
    --------
    >>> labellings(2, 2), labellings(8, 8)
    (6, 12870)
    """
    return comb(n_control + n_treated, n_treated)


def exact_permutation(
    control: Any,
    treatment: Any,
    *,
    level: float = 0.95,
    alternative: Alternative = "two-sided",
    model: Model = "shift",
) -> Tested:
    """Exact permutation test of two means, with its interval (Pitman 1937).

    A tail's p-value is the share of all labellings, the actual one among them, whose difference
    is at least as far out. Two units against two have 6 labellings: no two-sided p-value is below
    1/3, and a 95 % interval has no ends.

    The interval holds the effects that the test does not reject (Bauer 1972). Whether another
    labelling is further out than the actual one changes at one effect only, so that its ends are
    order statistics of those effects, without a search.

    Parameters
    ----------
    control, treatment : array_like, shape (n,)
        One value a unit.
    level : float
        Of confidence.
    alternative : {"two-sided", "greater", "less"}
    model : {"shift", "scale"}
        As in `permutation.moment_permutation`: the interval is that of the difference, or of the
        lift (0.1 is +10 %). A lift needs both means above 0 and no value below 0; without, it is
        NaN.

    Returns
    -------
    Tested
        Its error is the deviation over all labellings, relative to control for ``scale``.

    Raises
    ------
    DataError
        If there are more than 20,000 labellings, an arm is empty, or a value is not a number.

    Examples
    --------
    >>> found = exact_permutation([1.0, 2.0, 3.0, 4.0], [5.0, 6.0, 7.0, 9.0])
    >>> [round(float(x), 6) for x in (found.p_value(), found.low, found.high)]
    [0.028571, 1.0, 8.0]
    """
    one, other = (np.asarray(values, np.float64).ravel() for values in (control, treatment))
    _check(one, other)
    both = np.concatenate([one, other])
    # differences of huge or tiny values, without leaving the range of doubles
    scale = float(np.max(np.abs(both))) or 1.0
    chosen = _chosen(len(one), len(other))
    weights = np.where(chosen, 1.0 / len(other), -1.0 / len(one))
    of_control, of_treated = weights[:, : len(one)], weights[:, len(one) :]
    controls, treated = of_control @ (one / scale), of_treated @ (other / scale)
    moved = controls + treated
    gap = moved[0]
    count, slack = len(moved), 1e-12 * len(both)
    above, below = (np.sum(sign * (moved - gap) >= -slack) / count for sign in (1, -1))
    if model == "shift":
        # what is taken off the treated counts only where they are treated in a labelling, too
        turns = (gap - moved[1:]) / (1.0 - of_treated[1:].sum(axis=1))
        estimate, error, unit = gap, moved.std(), scale
    else:
        base = float(one.mean()) / scale
        positive = base > 0.0 and float(other.mean()) > 0.0 and bool(np.all(both >= 0.0))
        turns = _factors(treated[0] - treated[1:], controls[1:] - controls[0], slack)
        base = base if positive else np.nan
        turns = turns - 1.0 if positive else np.full(count - 1, np.nan)
        estimate, error, unit = gap / base, moved.std() / base, 1.0
    sizes = tail_sizes(level, alternative)
    low = _end(turns, sizes[0], -1.0 if model == "scale" else -np.inf)
    high = -_end(-turns, sizes[1], -np.inf)
    parts = (estimate * unit, error * unit, above, below, low * unit, high * unit)
    return Tested(*(np.asarray(part, np.float64) for part in parts))


def _check(one: Floats, other: Floats) -> None:
    """Refuse what cannot be gone through."""
    if not min(len(one), len(other)):
        raise DataError("an arm has 0 units; a permutation test needs at least 1 in each")
    bad = int(np.sum(~np.isfinite(one)) + np.sum(~np.isfinite(other)))
    if bad:
        raise DataError(f"{bad:,} values are no numbers; leave them out first")
    ways = labellings(len(one), len(other))
    if ways > MOST:
        raise DataError(
            f"{len(one):,} and {len(other):,} units can be labelled in more than {MOST:,} ways, "
            "too many to go through; take the permutation test by moments"
        )


def _chosen(n_control: int, n_treated: int) -> Any:
    """Which units are treated, for every labelling; the actual one, the last units, first."""
    n, few = n_control + n_treated, min(n_control, n_treated)
    ways = combinations(range(n), few)
    rows = np.fromiter(chain.from_iterable(ways), np.int64).reshape(-1, few)
    marked = np.zeros((len(rows), n), bool)
    np.put_along_axis(marked, rows, True, axis=1)
    # combinations come in order: the first units first, the last ones last
    return marked[::-1] if few == n_treated else ~marked


def _factors(lost: Floats, gained: Floats, slack: float) -> Floats:
    """Factors from which on a labelling is at least as far out as the actual one.

    Its treated, divided by the factor, lack ``lost`` against the actual ones, and its controls
    make up for ``gained``.
    """
    lost, gained = np.where(lost > slack, lost, 0.0), np.where(gained > slack, gained, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Floats = np.where(lost > 0.0, lost / gained, 0.0)
    return found


def _end(turns: Floats, size: float, least: float) -> Floats:
    """Smallest effect whose p-value is above ``size``; ``least`` where all are."""
    place = int(np.floor(size * (len(turns) + 1) + 1e-9))
    if np.isnan(turns).any():
        return np.asarray(np.nan)
    return np.asarray(np.sort(turns)[place - 1] if place >= 1 else least)
