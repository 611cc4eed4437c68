"""Customers who buy at a gamma rate and leave after a purchase by a beta probability.

What BG/NBD and MBG/NBD expect of a customer who is there: both toss the coin after every
purchase to come, so they differ only in what the past says about the customer.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.models.arguments import checked_days, checked_discount
from cvosim.clv.models.decay import discounted_decay
from cvosim.clv.models.fit import patterns
from cvosim.clv.models.quadrature import beta_means
from cvosim.clv.orders.history import Floats

Values = float | Floats
Value = Callable[[Floats, Floats, Floats, Floats], Floats]
"""(p, shape, rate, days) -> the mean over λ."""


@dataclass(frozen=True)
class Leavers:
    """What is known of the rate λ and the probability p of customers who are there.

    Attributes
    ----------
    shape, rate : float or ndarray of float64
        Of the gamma distribution of λ; the rate is in days.
    a, b : float or ndarray of float64
        Of the beta distribution of p.

    Examples
    --------
    >>> cdnow = Leavers(shape=0.243, rate=30.9, a=0.793, b=2.426)
    >>> round(float(cdnow.purchases(273)), 3)
    1.197
    """

    shape: Values
    rate: Values
    a: Values
    b: Values

    def purchases(self, days: ArrayLike) -> Floats:
        """Mean number of purchases: (1 − exp(−λpt)) / p (Fader, Hardie & Lee, 2005, eq. 4)."""
        return self._mean(_purchases, checked_days(days))

    def pairs(self, days: ArrayLike) -> Floats:
        """E[X(X−1)] = 2(1−p)/p² · (1 − (1+λpt)·exp(−λpt))."""
        return self._mean(_pairs, checked_days(days))

    def discounted(self, delta: float, days: float = math.inf) -> Floats:
        """Mean discounted number of purchases: λ / (λp + δ) · (1 − exp(−(λp + δ)t)).

        Purchases happen at the rate λ·exp(−λpt) at time t and are discounted by exp(−δt).
        """
        if checked_discount(delta, "delta") > 0:
            ahead = checked_days(days, endless=True)
            return self._mean(partial(_discounted, delta), ahead, 1.0 / delta)
        if not math.isinf(days):
            return self.purchases(days)
        # a customer who is there buys 1/p times more, which has a mean only above a = 1
        a, b = np.asarray(self.a, np.float64), np.asarray(self.b, np.float64)
        above = np.where(a > 1, a - 1, 1.0)
        total = np.where(a > 1, (a + b - 1) / above, math.inf)
        return np.asarray(np.broadcast_arrays(total, self.shape, self.rate)[0].copy())

    def _mean(self, value: Value, days: ArrayLike, memory: float = math.inf) -> Floats:
        """Take the mean of a value over p, once for each different customer.

        Values change where λpt is about 1, t being the days or the discount's memory.
        """
        known = (self.shape, self.rate, self.a, self.b, days)
        grid = np.broadcast_arrays(*(np.asarray(column, np.float64) for column in known))
        if grid[0].size == 0:
            return np.empty(grid[0].shape)
        (shape, rate, a, b, time), _, inverse = patterns(*(np.ravel(column) for column in grid))

        def on_nodes(p: Floats, rows: NDArray[np.int64]) -> Floats:
            k, speed, ahead = (column[rows, np.newaxis] for column in (shape, rate, time))
            return value(p, k, speed, ahead)

        ahead_at_most = np.maximum(np.minimum(time, memory), 1e-9)
        soon = rate / (np.maximum(shape, 1.0) * ahead_at_most)
        near = min(float(soon.min()), 1.0)
        return beta_means(on_nodes, a, b, near)[inverse].reshape(grid[0].shape)


def _purchases(p: Floats, shape: Floats, rate: Floats, days: Floats) -> Floats:
    return np.asarray(-np.expm1(-shape * np.log1p(p * days / rate)) / p)


def _pairs(p: Floats, shape: Floats, rate: Floats, days: Floats) -> Floats:
    part = days / rate
    exponent = -shape * np.log1p(p * part)
    gone = -np.expm1(exponent) - np.exp(exponent) * shape * p * part / (1.0 + p * part)
    # Where hardly anybody leaves, the difference above cancels; its series does not.
    start = shape * (shape + 1.0) * part**2 * (0.5 - p * part * (shape + 2.0) / 3.0)
    few = (shape * p * part < 1e-4) & (p * part < 1e-4)
    return np.asarray(2.0 * (1.0 - p) * np.where(few, start, gone / p**2))


def _discounted(delta: float, p: Floats, shape: Floats, rate: Floats, days: Floats) -> Floats:
    value = _ever(delta, p, shape, rate)
    horizon = float(days.max())
    if math.isinf(horizon):
        return value
    # what comes after the horizon: the same of customers who were there all the time until then
    log_there = -delta * days - shape * np.log1p(p * days / rate)
    return value - np.exp(log_there) * _ever(delta, p, shape, rate + p * days)


def _ever(delta: float, p: Floats, shape: Floats, rate: Floats) -> Floats:
    """E[λ / (λp + δ)] over the gamma distribution of λ."""
    return rate_share(shape, rate * delta / p) / p


def rate_share(shape: Floats, z: Floats) -> Floats:
    """Mean of λ / (λ + c) of a gamma rate λ, given z = c times its rate parameter.

    It is 1 − z·U(1, 2 − k, z) of shape k, U being Tricomi's function, and that is
    z^k·exp(z)·Γ(1 − k, z) but for the factor z: Legendre's continued fraction of the incomplete
    gamma function (DLMF 8.9.2) gives it without cancellation where z is not small.

    Parameters
    ----------
    shape, z : ndarray of float64
        Above 0, broadcast against each other.

    Returns
    -------
    ndarray of float64
        Between 0 and 1.

    Examples
    --------
    Of an exponential rate, 1 − z·exp(z)·E₁(z):

    >>> rate_share(np.array([1.0]), np.array([0.5, 2.0])).round(6).tolist()
    [0.538545, 0.277343]
    """
    k, z = np.broadcast_arrays(np.asarray(shape, np.float64), np.asarray(z, np.float64))
    result = np.empty(z.shape)
    small = z < _SMALL
    result[small] = _by_recurrence(k[small], z[small])
    k, z = k[~small], z[~small]
    fraction = np.ones_like(z)
    for term in range(_TERMS, 0, -1):
        fraction = 1.0 + term / (z + (k + term) / fraction)
    result[~small] = k / (z * fraction + k)
    return result


def _by_recurrence(k: Floats, z: Floats) -> Floats:
    """Climb by g(k+1) = 1 − z·g(k)/k from a shape near 1.

    It follows from that of the incomplete gamma function (DLMF 8.8.2). Each step shrinks errors
    by z/k, so that more than a few need no exact beginning.
    """
    steps = np.clip(np.floor(k + 0.5) - 1.0, 0.0, _STEPS)
    base = k - steps
    value = np.ones_like(z)
    low = base < 1.5
    value[low] = _near_one(base[low], z[low])
    for step in range(_STEPS, 0, -1):
        climbs = steps >= step
        value = np.where(climbs, 1.0 - z * value / np.where(climbs, k - step, 1.0), value)
    return value


def _near_one(k: Floats, z: Floats) -> Floats:
    """Give g at shapes up to 1.5: of few shapes, as histories have, by Chebyshev series in ln z."""
    from numpy.polynomial import chebyshev

    shapes = np.unique(k)
    if not len(z) or len(shapes) > _FEW or len(z) < _DEGREE * len(shapes):
        return np.asarray(1.0 - z * discounted_decay(k, z, np.inf))
    value, logs = np.empty_like(z), np.log(z)
    low = min(float(logs.min()), -1.0)
    places, points = 1.0 - 2.0 * logs / low, chebyshev.chebpts1(_DEGREE + 1)
    for shape in shapes.tolist():
        rows = k == shape
        there = np.exp(low * (1.0 - points) / 2.0)
        exact = 1.0 - there * discounted_decay(shape, there, np.inf)
        value[rows] = chebyshev.chebval(places[rows], chebyshev.chebfit(points, exact, _DEGREE))
    return value


_FEW, _DEGREE = 4, 60
_SMALL = 1.0
"""Below, the continued fraction takes long."""
_TERMS, _STEPS = 60, 20
