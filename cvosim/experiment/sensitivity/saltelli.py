"""Sobol indices of a function by the values at the points of Saltelli's design: arrays alone.

A design holds two independent samples A and B of n points in d factors, and for every factor i
the sample AB_i: A with its column i taken from B. Saltelli, Annoni, Azzini, Campolongo, Ratto &
Tarantola (2010), "Variance based sensitivity analysis of model output", Computer Physics
Communications 181, 259-270.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

RESAMPLES = 999
"""Bootstrap samples of the rows of the design."""


class Indices(NamedTuple):
    """What parts of an outcome's variance the factors carry.

    Attributes
    ----------
    first, total : ndarray of float64, shape (d,)
        Alone, and with all interactions that the factor has a part in.
    first_ends, total_ends : ndarray of float64, shape (2, d)
        95 % bootstrap intervals: lower ends, upper ends.
    mean, variance : float
        Of the outcome over the factors.
    rows : int
        Rows of the design that were used: all but those with a value that is not finite.
    """

    first: Floats
    total: Floats
    first_ends: Floats
    total_ends: Floats
    mean: float
    variance: float
    rows: int


def saltelli_points(units: Floats) -> Floats:
    """Give the points of the design: A, then B, then AB of each factor.

    Parameters
    ----------
    units : ndarray of float64, shape (n, 2 d)
        A sample of the unit cube, such as Sobol's points: columns of A, then those of B.

    Returns
    -------
    ndarray of float64, shape (n (d + 2), d)

    Examples
    --------
    >>> saltelli_points(np.array([[0.1, 0.2, 0.8, 0.9]])).tolist()
    [[0.1, 0.2], [0.8, 0.9], [0.8, 0.2], [0.1, 0.9]]
    """
    factors = units.shape[1] // 2
    a, b = units[:, :factors], units[:, factors:]
    mixed = [a.copy() for _ in range(factors)]
    for i, one in enumerate(mixed):
        one[:, i] = b[:, i]
    return np.concatenate([a, b, *mixed])


def indices_of(values: Floats, factors: int, *, seed: int = 1) -> Indices:
    """Estimate first-order and total Sobol indices from the values at `saltelli_points`.

    First order: Saltelli et al. (2010), table 2 (b); total: table 2 (f), by
    `scipy.stats.sobol_indices`. The intervals are percentiles of the same estimators on rows
    drawn with replacement; the luck of the drawing comes from ``seed``, which SciPy's own
    ``bootstrap`` does not let one state. Rows of Sobol's points are spread more evenly than
    independent ones, so that the intervals are wider than need be.

    Parameters
    ----------
    values : ndarray of float64, shape (n (d + 2),)
        Where one is not finite, its row is left out.
    factors : int
        d.
    seed : int

    Raises
    ------
    DataError
        If fewer than two rows can be used.

    Examples
    --------
    >>> from scipy.stats import qmc
    >>> points = saltelli_points(qmc.Sobol(4, scramble=False).random(256))
    >>> found = indices_of(3.0 * points[:, 0] + 4.0 * points[:, 1], 2)
    >>> found.first.round(2).tolist(), found.total.round(2).tolist()
    ([0.36, 0.64], [0.36, 0.64])
    """
    parts = values.reshape(factors + 2, -1)
    kept = np.ascontiguousarray(parts[:, np.isfinite(parts).all(axis=0)])
    rows = kept.shape[1]
    if rows < 2:
        raise DataError("sobol: the outcome has a value at too few points to say anything")
    centre = float(kept[:2].mean())
    kept = kept - centre
    first, total = _estimates(kept)
    spread = float(np.mean(kept[:2] ** 2) - kept[:2].mean() ** 2)
    if spread <= 1e-24 * max(1.0, centre * centre):  # nothing moves it
        nothing = np.zeros(factors)
        ends = np.zeros((2, factors))
        return Indices(nothing, nothing, ends, ends, centre, 0.0, rows)
    first_ends, total_ends = _intervals(kept, seed)
    return Indices(first, total, first_ends, total_ends, centre, spread, rows)


def _estimates(kept: Floats) -> tuple[Floats, Floats]:
    """Indices of centred values, shape (d + 2, rows)."""
    rows, factors = kept.shape[1], len(kept) - 2
    a, b, mixed = kept[:1], kept[1:2], kept[2:, None, :]
    if rows & (rows - 1):  # SciPy takes powers of 2 alone, and rows may be lacking
        spread = np.var(kept[:2])
        first = np.mean(b * (mixed[:, 0] - a), axis=1) / spread
        total = 0.5 * np.mean((a - mixed[:, 0]) ** 2, axis=1) / spread
        return first, total
    from scipy.stats import sobol_indices

    # of a single factor SciPy makes a number where it looks for an array
    twice = np.concatenate([mixed, mixed]) if factors == 1 else mixed
    found = sobol_indices(func={"f_A": a, "f_B": b, "f_AB": twice}, n=rows)
    first, total = (np.asarray(one, np.float64) for one in (found.first_order, found.total_order))
    return first[:factors], total[:factors]


def _intervals(kept: Floats, seed: int) -> tuple[Floats, Floats]:
    """Percentile intervals; every part of the estimators is a mean of some column."""
    from cvosim.stats.loops import resampled_moments

    a, b, mixed = kept[0], kept[1], kept[2:]
    columns = {"mean": (a + b) / 2.0, "square": (a * a + b * b) / 2.0}
    columns |= {f"first {i}": b * (one - a) for i, one in enumerate(mixed)}
    columns |= {f"total {i}": 0.5 * (a - one) ** 2 for i, one in enumerate(mixed)}
    # one column a time: the products of all with all are not wanted
    means = {
        name: resampled_moments({name: column}, RESAMPLES, seed=seed).mean[:, 0]
        for name, column in columns.items()
    }
    spread = means["square"] - means["mean"] ** 2
    found = []
    for kind in ("first", "total"):
        drawn = np.array([means[f"{kind} {i}"] / spread for i in range(len(mixed))])
        found.append(np.quantile(drawn, (0.025, 0.975), axis=1))
    return found[0], found[1]
