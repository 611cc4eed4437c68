"""How far a statistic of a sketch may be from that of the values themselves."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np

from cvosim.metrics.distribution import Counts
from cvosim.metrics.metric import MONEY, Metric
from cvosim.metrics.sketch import ACCURACY
from cvosim.tables.columns import Floats

_OFF = ACCURACY / (1.0 - ACCURACY) * (1.0 + 1e-9)
"""Most that a value may be off, as a share of what represents it, and some rounding."""

Z = NormalDist().inv_cdf(0.975)
"""Standard errors that half a 95 % interval is wide."""


def reach(metric: Metric, values: Floats, weights: Counts) -> float:
    """Bound the distance between a statistic of representatives and that of all values.

    A value ``x`` is represented by ``v`` with ``|x - v| <= a |v|``. Quantiles and tail means grow
    with each value, so they lie between those of ``v - a |v|`` and of ``v + a |v|``. The Gini
    index and the share of the best are ``sum(r v) / sum(v)``, less 1 or not, of values that are
    not negative, with weights ``r`` by rank. Their gradient along ``v`` sums up to
    ``a sum(v |r - R|) / sum(v)`` with ``R = sum(r v) / sum(v)``: the mean absolute deviation of
    weights from 0 to 2, or to 1, about their mean, which for an index ``G = R - 1`` is
    ``(2 - R) R = 1 - G**2`` at most, and ``2 S (1 - S)`` for a share ``S``, which is less than
    ``1 - S**2``. That of the far end of the way is at most ``(1 + a) / (1 - a)`` times as large.

    Parameters
    ----------
    metric : Metric
        A statistic of a distribution.
    values, weights : float64[n], int64[n]
        Of its sketch.

    Returns
    -------
    float
        In the metric's unit; NaN where the statistic is.

    Examples
    --------
    >>> from cvosim.metrics import catalogue
    >>> from cvosim.tables.columns import Names
    >>> metrics = {metric.name: metric for metric in catalogue(Names((), (), (), (), ()))}
    >>> half = np.array([2.0, 4.0]), np.array([50, 50])
    >>> round(reach(metrics["clv_quantile.p50"], *half), 4)
    0.002
    >>> round(reach(metrics["gini"], *half), 4)  # an index of 1 / 6
    0.001
    """
    assert metric.statistic is not None
    here = metric.statistic(values, weights)[0]
    if metric.unit != MONEY:
        return (1.0 - here * here) * _OFF * (1.0 + _OFF) / (1.0 - _OFF)
    move = _OFF * np.abs(values)
    low, high = (metric.statistic(ends, weights)[0] for ends in (values - move, values + move))
    return float(max(here - low, high - here))
