"""Statistics of a whole distribution: quantiles, tail means, concentration.

Each takes values in ascending order and gives the statistic and the influence of each value
on it: ``sum(influence**2) / (m * (m - 1))`` estimates the squared standard error.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from statistics import NormalDist

import numpy as np

from cvosim.tables.columns import Floats

Statistic = Callable[[Floats], tuple[float, Floats]]

_Z = NormalDist().inv_cdf(0.975)


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


def gini(ordered: Floats) -> tuple[float, Floats]:
    """Gini index: half the mean absolute difference of two values, over the mean.

    The influences are the independent terms into which Davidson (2009), "Reliable inference
    for the Gini index", J. Econometrics 150, 30-40, takes the estimator apart. Values must
    not be negative.

    Examples
    --------
    >>> gini(np.array([0.0, 0.0, 0.0, 1.0]))[0]
    0.75
    """
    count = len(ordered)
    mean = float(ordered.mean()) if count else 0.0
    if mean <= 0.0:
        return math.nan, np.full(count, math.nan)
    weighted = (2.0 * np.arange(1, count + 1) - 1.0) / count * ordered
    index = float(weighted.mean()) / mean - 1.0
    weighted -= (index + 1.0) * ordered
    weighted -= np.cumsum(ordered) * (2.0 / count)
    return index, (weighted - weighted.mean()) / mean


def _order_statistic(ordered: Floats, probability: float) -> float:
    # the nudge keeps 0.07 * 100 from being the eighth value
    rank = math.ceil(probability * len(ordered) * (1.0 - 1e-12))
    return float(ordered[min(max(rank, 1), len(ordered)) - 1])


def _quantile(probability: float, ordered: Floats) -> tuple[float, Floats]:
    count = len(ordered)
    if count == 0:
        return math.nan, np.zeros(0)
    value = _order_statistic(ordered, probability)
    reach = _Z * math.sqrt(probability * (1.0 - probability) / count)
    low = _order_statistic(ordered, max(probability - reach, 0.0))
    high = _order_statistic(ordered, min(probability + reach, 1.0))
    error = (high - low) / (2.0 * _Z)
    below = np.searchsorted(ordered, value, "right")
    if below == count:
        below = np.searchsorted(ordered, value, "left")
    share = below / count
    spread = math.sqrt(share * (1.0 - share))
    scale = error * math.sqrt(count - 1.0) / spread if spread > 0.0 else 0.0
    influence = np.full(count, share * scale)
    influence[:below] -= scale
    return value, influence


def _excess_below(probability: float, ordered: Floats) -> tuple[float, Floats]:
    """Mean of the lowest share times that share, and the influence on it."""
    border = _order_statistic(ordered, probability)
    below = np.minimum(ordered - border, 0.0)
    mean = float(below.mean())
    return probability * border + mean, below - mean


def _tail_mean(probability: float, ordered: Floats) -> tuple[float, Floats]:
    if len(ordered) == 0:
        return math.nan, np.zeros(0)
    total, influence = _excess_below(probability, ordered)
    return total / probability, influence / probability


def _top_share(share: float, ordered: Floats) -> tuple[float, Floats]:
    mean = float(ordered.mean()) if len(ordered) else 0.0
    if mean <= 0.0:
        return math.nan, np.full(len(ordered), math.nan)
    rest, influence = _excess_below(1.0 - share, ordered)
    lorenz = rest / mean
    influence -= lorenz * (ordered - mean)
    return 1.0 - lorenz, influence / -mean
