"""Plans that no other plan beats in everything."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray


def front(values: Sequence[Sequence[float]]) -> list[int]:
    """Find the points that no other dominates: as good in everything and better in something.

    Parameters
    ----------
    values : sequence of sequences of float
        Points x objectives, each objective the greater the better.

    Returns
    -------
    list of int
        Their places, ascending; of equal points, all.

    Examples
    --------
    >>> front([(1.0, 3.0), (2.0, 2.0), (1.0, 2.0), (3.0, 1.0)])
    [0, 1, 3]
    """
    points = np.asarray(values, dtype=np.float64)
    if not len(points):
        return []
    as_good = (points[None, :, :] >= points[:, None, :]).all(axis=2)
    better = (points[None, :, :] > points[:, None, :]).any(axis=2)
    return [int(i) for i in np.flatnonzero(~np.any(as_good & better, axis=1))]


def surely_dominated(samples: NDArray[np.float64], alpha: float) -> NDArray[np.bool_]:
    """Which points are certainly beaten in everything, for all that chance may do.

    A point is surely dominated if for some other, in every objective, the lower confidence limit
    of the paired difference over replicates (one-sided t, Student 1908; Bonferroni over all pairs
    and objectives) is above 0. A difference that is exactly 0 in every replicate counts as equal,
    which does not stand in the way if another objective decides.

    Parameters
    ----------
    samples : array
        Points x replicates x objectives, with common luck, each the greater the better.
    alpha : float
        Probability at most that any point is called so wrongly.

    Returns
    -------
    array of bool
        One a point.

    Examples
    --------
    >>> luck = np.sin(np.arange(40.0) ** 2)
    >>> points = [[1.0, 3.0], [2.0, 3.5], [1.0, 3.4]]
    >>> samples = np.array([[[a + 0.1 * x, b - 0.1 * x] for x in luck] for a, b in points])
    >>> surely_dominated(samples, 0.05).tolist()
    [True, False, True]
    """
    low, high = _limits(samples, alpha)
    as_good = ((low > 0.0) | ((low == 0.0) & (high == 0.0))).all(axis=2)
    return np.asarray((as_good & (low > 0.0).any(axis=2)).any(axis=1))


def surely_on_front(samples: NDArray[np.float64], alpha: float) -> NDArray[np.bool_]:
    """Which points certainly nobody else dominates: against each, one objective is surely better.

    Parameters
    ----------
    samples, alpha
        As for `surely_dominated`.

    Examples
    --------
    >>> luck = np.sin(np.arange(40.0) ** 2)
    >>> points = [[1.0, 3.0], [2.0, 2.0], [2.0, 2.0001]]
    >>> lucks = [luck, luck, -luck]
    >>> samples = np.array([[[a + 0.1 * x, b] for x in own] for (a, b), own in zip(points, lucks)])
    >>> surely_on_front(samples, 0.05).tolist()
    [True, False, True]
    """
    _, high = _limits(samples, alpha)
    beats = np.asarray(np.any(high < 0.0, axis=2))
    np.fill_diagonal(beats, val=True)
    return np.asarray(np.all(beats, axis=1))


def _limits(
    samples: NDArray[np.float64], alpha: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Bound the differences, by how much column l beats row i: points x points x objectives."""
    from scipy.stats import t

    count, n, objectives = samples.shape
    differences = samples[None, :, :, :] - samples[:, None, :, :]
    means = differences.mean(axis=2)
    errors = differences.std(axis=2, ddof=1) / np.sqrt(n)
    many = max(1, count * (count - 1) * objectives)
    half = float(t.isf(alpha / many, n - 1)) * errors
    return means - half, means + half
