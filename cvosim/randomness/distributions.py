"""The distributions that a delay, an arrival or an order value may have, by number."""

from __future__ import annotations

from enum import IntEnum


class Distribution(IntEnum):
    """Two-parameter distributions; what ``a`` and ``b`` mean stands beside each."""

    FIXED = 0  # a: the value
    EXPONENTIAL = 1  # a: mean
    LOGNORMAL = 2  # a: median, b: sigma
    GAMMA = 3  # a: scale (mean / shape), b: shape
    WEIBULL = 4  # a: scale, b: shape
    UNIFORM = 5  # a: low, b: high
