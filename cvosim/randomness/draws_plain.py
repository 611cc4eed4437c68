"""Draws from distributions, in plain Python.

The twin of :mod:`cvosim.randomness.draws`, which documents each draw; equal to it to the
bit. Parameters may be Python or NumPy numbers.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness.distributions import Distribution
from cvosim.randomness.formulas import exp_or_inf, gamma_attempt, normal_quantile, share
from cvosim.randomness.philox_plain import Whole, uniform, uniform_pair

_EXPONENTIAL = int(Distribution.EXPONENTIAL)
_LOGNORMAL = int(Distribution.LOGNORMAL)
_GAMMA = int(Distribution.GAMMA)
_WEIBULL = int(Distribution.WEIBULL)
_UNIFORM = int(Distribution.UNIFORM)

_BOOST = 1 << 22
_SECOND = 1 << 23


def normal(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a standard normal variate by inversion of one uniform."""
    return normal_quantile(uniform(seed, customer, site, occurrence))


def exponential(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw an exponential variate of mean 1 by inversion: ``-log(u)``, always positive."""
    return -math.log(uniform(seed, customer, site, occurrence))


def _large_gamma(
    shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> float:
    """Gamma of a shape of at least 1: the first attempt that is accepted."""
    for attempt in range(256):
        u, v = uniform_pair(seed, customer, site, attempt << 24 | int(occurrence))
        found = gamma_attempt(shape, normal_quantile(u), v)
        if found > 0.0:
            return found
    return shape


def log_gamma_variate(
    shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> float:
    """Draw the logarithm of :func:`gamma`, finite also where the variate would underflow to 0."""
    if not shape > 0.0:
        return math.nan
    if shape >= 1.0:
        return math.log(_large_gamma(shape, seed, customer, site, occurrence))
    boost = math.log(uniform(seed, customer, site, int(occurrence) | _BOOST)) / shape
    return math.log(_large_gamma(shape + 1.0, seed, customer, site, occurrence)) + boost


def gamma(shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a gamma variate of rate 1; its mean and its variance are ``shape``."""
    if shape >= 1.0:
        return _large_gamma(shape, seed, customer, site, occurrence)
    return exp_or_inf(log_gamma_variate(shape, seed, customer, site, occurrence))


def beta(a: float, b: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a beta variate, ``X / (X + Y)`` of two gamma variates, from their logarithms."""
    log_x = log_gamma_variate(a, seed, customer, site, occurrence)
    log_y = log_gamma_variate(b, seed, customer, site, int(occurrence) | _SECOND)
    return share(log_x, log_y)


def categorical(
    cumulative: Sequence[float] | NDArray[np.float64],
    seed: Whole,
    customer: Whole,
    site: Whole,
    occurrence: Whole,
) -> int:
    """Draw the first index whose cumulative probability exceeds a uniform, or the last."""
    u = uniform(seed, customer, site, occurrence)
    return bisect_right(cumulative, u, 0, len(cumulative) - 1)


def draw(
    kind: int, a: float, b: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> float:
    """Draw from the :class:`~cvosim.randomness.distributions.Distribution` ``kind``.

    Examples
    --------
    >>> draw(Distribution.FIXED, 2.5, 0.0, 7, 0, 1, 0)
    2.5
    """
    if kind == _EXPONENTIAL:
        return a * exponential(seed, customer, site, occurrence)
    if kind == _LOGNORMAL:
        return a * exp_or_inf(b * normal(seed, customer, site, occurrence))
    if kind == _GAMMA:
        return a * gamma(b, seed, customer, site, occurrence)
    if kind == _WEIBULL:
        if not b > 0.0:
            return math.nan
        return a * exp_or_inf(math.log(exponential(seed, customer, site, occurrence)) / b)
    if kind == _UNIFORM:
        return a + (b - a) * uniform(seed, customer, site, occurrence)
    return a
