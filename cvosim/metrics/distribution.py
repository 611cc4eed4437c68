"""Statistics of a whole distribution: quantiles, tail means, concentration.

Each takes values in ascending order and gives the statistic and the influence of each value
on it: ``sum(influence**2) / (m * (m - 1))`` estimates the squared standard error. With ``counts``,
each value stands for so many equal ones, all of which have the influence that is given once.
"""

from __future__ import annotations

import math
from functools import partial
from statistics import NormalDist
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import Floats

Counts = NDArray[np.int64]

_Z = NormalDist().inv_cdf(0.975)


class Statistic(Protocol):
    """From ascending values, each alone or standing for several, to the number."""

    def __call__(self, ordered: Floats, counts: Counts | None = None, /) -> tuple[float, Floats]:
        """Give the statistic and the influence of each value."""


def quantile(probability: float) -> Statistic:
    """Smallest value that at least this share of the values does not exceed.

    The standard error is half the width of the interval between order statistics
    (Woodruff 1952), over z: it needs no density and so bears values that many share.

    Parameters
    ----------
    probability : float
        Between 0 and 1, both excluded.

    Examples
    --------
    >>> quantile(0.5)(np.array([1.0, 2.0, 4.0, 8.0]))[0]
    2.0
    """
    return partial(_quantile, probability)


def tail_mean(probability: float) -> Statistic:
    """Mean of this lowest share of the values: conditional value at risk.

    Uses ``q + mean(min(x - q, 0)) / p`` (Rockafellar & Uryasev 2000, theorem 1, for
    losses ``-x``), which splits a value on the border as it must.

    Examples
    --------
    >>> tail_mean(0.5)(np.array([1.0, 2.0, 4.0, 8.0]))[0]
    1.5
    """
    return partial(_tail_mean, probability)


def top_share(share: float) -> Statistic:
    """Part of the sum that this highest share of the values holds: 1 - Lorenz(1 - share).

    Linearised as a Lorenz ordinate (Beach & Davidson 1983).

    Examples
    --------
    >>> top_share(0.25)(np.array([1.0, 2.0, 4.0, 9.0]))[0]
    0.5625
    """
    return partial(_top_share, share)


def gini(ordered: Floats, counts: Counts | None = None) -> tuple[float, Floats]:
    """Gini index: half the mean absolute difference of two values, over the mean.

    The influences are the independent terms into which Davidson (2009), "Reliable inference
    for the Gini index", J. Econometrics 150, 30-40, takes the estimator apart. Values must
    not be negative.

    Examples
    --------
    >>> gini(np.array([0.0, 0.0, 0.0, 1.0]))[0]
    0.75
    >>> gini(np.array([0.0, 1.0]), np.array([3, 1]))[0]
    0.75
    """
    count = _count(ordered, counts)
    mean = _mean(ordered, counts)
    if count == 0 or mean <= 0.0:
        return math.nan, np.full(len(ordered), math.nan)
    if counts is None:
        ranks, sums = 2.0 * np.arange(1, count + 1) - 1.0, np.cumsum(ordered)
    else:  # of equal values, the means over them
        last = np.cumsum(counts)
        ranks = (2.0 * last - counts).astype(np.float64)
        sums = np.cumsum(ordered * counts) - ordered * (counts - 1) / 2.0
    weighted = ranks / count * ordered
    index = _mean(weighted, counts) / mean - 1.0
    weighted -= (index + 1.0) * ordered
    weighted -= sums * (2.0 / count)
    return index, (weighted - _mean(weighted, counts)) / mean


def _count(ordered: Floats, counts: Counts | None) -> int:
    return len(ordered) if counts is None else int(counts.sum())


def _mean(values: Floats, counts: Counts | None) -> float:
    """Mean of all that the values stand for; 0 of nothing."""
    if len(values) == 0:
        return 0.0
    if counts is None:
        return float(values.mean())
    return float((values * counts).sum()) / float(counts.sum())


def _order_statistic(ordered: Floats, counts: Counts | None, probability: float) -> float:
    count = _count(ordered, counts)
    # the nudge keeps 0.07 * 100 from being the eighth value
    rank = min(max(math.ceil(probability * count * (1.0 - 1e-12)), 1), count)
    place = rank - 1 if counts is None else int(np.searchsorted(np.cumsum(counts), rank))
    return float(ordered[place])


def _quantile(
    probability: float, ordered: Floats, counts: Counts | None = None
) -> tuple[float, Floats]:
    count = _count(ordered, counts)
    if count == 0:
        return math.nan, np.zeros(0)
    value = _order_statistic(ordered, counts, probability)
    reach = _Z * math.sqrt(probability * (1.0 - probability) / count)
    low = _order_statistic(ordered, counts, max(probability - reach, 0.0))
    high = _order_statistic(ordered, counts, min(probability + reach, 1.0))
    error = (high - low) / (2.0 * _Z)
    below = int(np.searchsorted(ordered, value, "right"))
    if below == len(ordered):
        below = int(np.searchsorted(ordered, value, "left"))
    share = (below if counts is None else int(counts[:below].sum())) / count
    spread = math.sqrt(share * (1.0 - share))
    scale = error * math.sqrt(count - 1.0) / spread if spread > 0.0 else 0.0
    influence = np.full(len(ordered), share * scale)
    influence[:below] -= scale
    return value, influence


def _excess_below(
    probability: float, ordered: Floats, counts: Counts | None
) -> tuple[float, Floats]:
    """Mean of the lowest share times that share, and the influence on it."""
    border = _order_statistic(ordered, counts, probability)
    below = np.minimum(ordered - border, 0.0)
    mean = _mean(below, counts)
    return probability * border + mean, below - mean


def _tail_mean(
    probability: float, ordered: Floats, counts: Counts | None = None
) -> tuple[float, Floats]:
    if len(ordered) == 0:
        return math.nan, np.zeros(0)
    total, influence = _excess_below(probability, ordered, counts)
    return total / probability, influence / probability


def _top_share(share: float, ordered: Floats, counts: Counts | None = None) -> tuple[float, Floats]:
    mean = _mean(ordered, counts)
    if mean <= 0.0:
        return math.nan, np.full(len(ordered), math.nan)
    rest, influence = _excess_below(1.0 - share, ordered, counts)
    lorenz = rest / mean
    influence -= lorenz * (ordered - mean)
    return 1.0 - lorenz, influence / -mean
