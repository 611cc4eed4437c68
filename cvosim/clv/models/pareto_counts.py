"""How many purchases a new Pareto/NBD customer makes: the distribution, by quadrature.

Fader & Hardie's closed form (2006, "Deriving an expression for P(X(t) = x) under the Pareto/NBD
model") subtracts sums of 2F1 that nearly cancel; the integral over the time of death does not.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.models.decay import unit_nodes
from cvosim.clv.orders.history import Floats

_NODES = 160
_NOTHING = 40.0
"""exp(−40) = 4e-18 of the largest value: what is below is left out."""
_STEPS = 4


class _Counts(NamedTuple):
    """Number, time and parameters, of one shape."""

    n: Floats
    days: Floats
    r: Floats
    alpha: Floats
    s: Floats
    beta: Floats


def pareto_counts(parameters: tuple[ArrayLike, ...], n: ArrayLike, days: ArrayLike) -> Floats:
    """Probability of n repeat purchases of a new customer.

    Parameters
    ----------
    parameters : tuple of array_like of float
        r, α, s, β, in the unit of `days`.
    n : array_like of int
    days : array_like of float
        Time since the first purchase.

    Returns
    -------
    ndarray of float64
        Of the shape that all broadcast to. The number is negative binomial until T, alive with
        (β/(β+T))^s, or until the time of death, whose density is (s/β)·(1 + τ/β)^−(s+1).

    Examples
    --------
    >>> found = pareto_counts((0.553, 10.578, 0.606, 11.669), np.arange(3), 39)
    >>> found.round(4).tolist()
    [0.5..., 0.1..., 0.0...]
    """
    given = (n, np.maximum(np.asarray(days, np.float64), 1e-300), *parameters)
    case = _Counts(*np.broadcast_arrays(*(np.asarray(v, np.float64) for v in given)))
    alive = _log_negative_binomial(case, case.days) - case.s * np.log1p(case.days / case.beta)
    chance = np.minimum(np.exp(alive) + _died(case), 1.0)
    return np.where(np.asarray(days) > 0.0, chance, case.n == 0.0)


def _died(case: _Counts) -> Floats:
    """Integrate over the logarithm of the time of death.

    The integrand is log-concave there, so that its peak and where it has fallen to nothing
    are found for certain; few nodes between are enough.
    """
    n, alpha, s, beta = case.n, case.alpha, case.s, case.beta
    linear = (n - s) * alpha + (1.0 - case.r) * beta
    root = np.sqrt(linear**2 + 4.0 * (case.r + s) * (n + 1.0) * alpha * beta)
    # The positive root of a quadratic, by the form that does not cancel.
    up, down = (root + linear) / (2.0 * (case.r + s)), 2.0 * (n + 1.0) * alpha * beta
    peak = np.where(linear > 0, up, down / np.where(linear > 0, 1.0, root - linear))
    end = np.log(case.days)
    low, high = _window(case, np.minimum(np.log(peak), end), end)
    nodes, weights = unit_nodes(_NODES)
    wide = _Counts(*(value[..., np.newaxis] for value in case))
    logs = low[..., np.newaxis] + (high - low)[..., np.newaxis] * nodes
    return np.asarray((high - low) * (np.exp(_log_density(wide, logs)) @ weights))


def _window(case: _Counts, peak: Floats, end: Floats) -> tuple[Floats, Floats]:
    """Find from where to where the integrand is not negligible.

    It lies below its two asymptotes in ln τ, of slopes n + 1 and −(r + s), which give bounds
    outside; Newton's steps of a concave function move them inwards but never too far.
    """
    n, r, alpha, s, beta = case.n, case.r, case.alpha, case.s, case.beta
    least = _log_density(case, peak) - _NOTHING
    level = least - _log_ways(case) - np.log(s)
    low = (level + n * np.log(alpha) + np.log(beta)) / (n + 1.0)
    high = (r * np.log(alpha) + s * np.log(beta) - level) / (r + s)
    for _ in range(_STEPS):
        low = low + np.maximum(least - _log_density(case, low), 0.0) / _slope(case, low)
        # Where the end comes first, the bound beyond is not needed (and may overflow).
        inside = np.minimum(high, end)
        step = np.maximum(least - _log_density(case, inside), 0.0) / _slope(case, inside)
        high = np.where(high < end, inside + np.minimum(step, 0.0), inside)
    return np.minimum(low, peak), np.clip(high, peak, end)


def _slope(case: _Counts, log_time: Floats) -> Floats:
    """Differentiate `_log_density`; never exactly 0."""
    time = np.exp(log_time)
    bought = (case.n * case.alpha - case.r * time) / (case.alpha + time)
    slope = bought + 1.0 - (case.s + 1.0) * time / (case.beta + time)
    return np.where(slope == 0.0, 1.0, slope)


def _log_density(case: _Counts, log_time: Floats) -> Floats:
    """Logarithm of P(n by then)·P(death in d ln τ)."""
    time = np.exp(log_time)
    death = np.log(case.s / case.beta) + log_time - (case.s + 1.0) * np.log1p(time / case.beta)
    return _log_negative_binomial(case, time) + death


def _log_negative_binomial(case: _Counts, time: Floats) -> Floats:
    """Logarithm of P(n purchases by then) of somebody who lives."""
    share = time / (case.alpha + time)
    few = case.n * np.log(np.maximum(share, 1e-320))
    return _log_ways(case) + few - case.r * np.log1p(time / case.alpha)


def _log_ways(case: _Counts) -> Floats:
    """Logarithm of Γ(r + n) / (Γ(r)·n!)."""
    from scipy.special import gammaln

    return np.asarray(gammaln(case.r + case.n) - gammaln(case.r) - gammaln(case.n + 1.0))
