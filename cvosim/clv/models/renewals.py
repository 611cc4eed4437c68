"""How often a beta-geometric life goes on: the sums behind sBG and BG/BB projections."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.errors import DataError

Floats = NDArray[np.float64]

_SHORT = 1000
"""Up to so many periods are added up one by one."""
_MOST = 100_000
"""Terms of a continued fraction before it is given up; about 20 / sqrt(rate) are needed."""


def whole_periods(periods: float) -> float:
    """Check a number of periods to look ahead.

    Parameters
    ----------
    periods : float
        A whole number from 0, or infinity.

    Raises
    ------
    DataError
        If it is anything else.

    Examples
    --------
    >>> whole_periods(6)
    6.0
    """
    try:
        value = float(periods)
    except (TypeError, ValueError):
        raise DataError(f"periods: {periods!r} is no number; write 6, or inf for no end") from None
    if value < 0 or not (value.is_integer() or math.isinf(value)):
        raise DataError(f"periods: {value:g} is no whole number from 0; write 6, or inf for no end")
    return value


def renewals_to_come(
    leaving: tuple[ArrayLike, ArrayLike],
    made: ArrayLike,
    discount_rate: float,
    periods: float,
) -> Floats:
    """Mean discounted number of renewals to come, the next in full.

    Parameters
    ----------
    leaving : tuple of float, or of arrays that broadcast against `made`
        α and β of the beta distribution of the probability to leave at a renewal.
    made : array_like of float
        Renewals made so far, n.
    discount_rate : float
        A period, d, not below 0.
    periods : float
        Renewals looked ahead: a whole number, or infinity.

    Returns
    -------
    ndarray of float64
        Σ_{t=1..m} S(n + t)/S(n) · (1 + d)^(1−t). For m = ∞ that is Gauss's hypergeometric
        function (Fader & Hardie, 2010, equation 6), which scipy's `hyp2f1` (1.17) misses by a
        factor of 3 at α = 1 and does not find from n = 1000 on: its continued fraction is
        taken instead. Infinite where m = ∞, d = 0 and α ≤ 1.

    Examples
    --------
    >>> renewals_to_come((0.704, 1.182), [0, 1], 0.1, math.inf).round(3)
    array([2.965, 4.103])
    """
    if not (math.isfinite(discount_rate) and discount_rate >= 0):
        raise DataError(f"discount_rate: {discount_rate:g} is not 0 or above; 0.1 means 10 %")
    ahead, n = whole_periods(periods), np.asarray(made, np.float64)
    alpha, beta = (np.asarray(value, np.float64) for value in leaving)
    if alpha.ndim or beta.ndim:
        first, second = np.broadcast_arrays(alpha, beta + n)
        return _sum(first, second, discount_rate, ahead)
    unique, inverse = np.unique(n, return_inverse=True)
    found = _sum(np.full(len(unique), alpha), beta + unique, discount_rate, ahead)
    return np.asarray(found[inverse].reshape(n.shape))


def pairs_to_come(leaving: tuple[float, float], made: ArrayLike, periods: float) -> Floats:
    """Mean of K(K − 1), K being the renewals to come among so many.

    Parameters
    ----------
    leaving, made : tuple of float, array_like of float
        As in `renewals_to_come`.
    periods : float
        A finite whole number.

    Returns
    -------
    ndarray of float64
        Σ_{t=2..m} 2(t − 1) · S(n + t)/S(n).

    Examples
    --------
    >>> float(pairs_to_come((1.0, 1.0), 0, 2))  # 2 of them with probability 1/3
    0.66...
    """
    ahead, n = whole_periods(periods), np.asarray(made, np.float64)
    if math.isinf(ahead):
        raise DataError("periods: a variance needs an end; give a number of periods")
    unique, inverse = np.unique(n, return_inverse=True)
    beta, stays, total = leaving[1] + unique, np.ones(len(unique)), np.zeros(len(unique))
    for t in range(int(ahead)):
        stays *= (beta + t) / (leaving[0] + beta + t)
        total += 2.0 * t * stays
    return np.asarray(total[inverse].reshape(n.shape))


def _sum(alpha: Floats, beta: Floats, discount_rate: float, ahead: float) -> Floats:
    """Choose the way that is exact and short."""
    if ahead <= _SHORT:
        return _added_up(alpha, beta, 1.0 / (1.0 + discount_rate), int(ahead))
    if discount_rate == 0:
        return _undiscounted(alpha, beta, ahead)
    return _discounted(alpha, beta, discount_rate, ahead)


def _added_up(alpha: Floats, beta: Floats, factor: float, periods: int) -> Floats:
    """Add the terms one by one."""
    term, total = np.ones(beta.shape), np.zeros(beta.shape)
    for t in range(periods):
        term *= (beta + t) / (alpha + beta + t)
        total += term
        term *= factor
    return total


def _undiscounted(alpha: Floats, beta: Floats, periods: float) -> Floats:
    """(β − (β + m)·S(m)) / (α − 1), as β·D·(e^h − 1)/h with h = (1 − α)·D, also at α = 1.

    h is the logarithm of (β + m)·S(m)/β, a difference of lnΓ(s + β + m) − lnΓ(s + β) at s = 1
    and s = α; D is the mean of its slope in between.
    """
    from scipy.special import exprel, gammaln, psi

    off = alpha - 1.0
    if math.isinf(periods):
        return np.asarray(np.where(off > 0, beta / np.where(off > 0, off, 1.0), math.inf))
    nodes, weights = np.polynomial.legendre.leggauss(12)
    s = 1.0 + off[..., np.newaxis] * (1.0 + nodes) / 2.0 + beta[..., np.newaxis]
    near = (psi(s + periods) - psi(s)) @ weights / 2.0
    ends = [gammaln(s + beta + periods) - gammaln(s + beta) for s in (1.0, alpha)]
    far = (ends[1] - ends[0]) / np.where(off == 0, 1.0, off)
    slope = np.where(np.abs(off) < 0.1, near, far)
    return np.asarray(beta * slope * exprel(-off * slope))


def _discounted(alpha: Floats, beta: Floats, rate: float, periods: float) -> Floats:
    """The whole sum, less what comes after the end."""
    from scipy.special import betaln

    whole = _whole(alpha, beta, rate)
    if math.isinf(periods):
        return whole
    stays = betaln(alpha, beta + periods) - betaln(alpha, beta) - periods * math.log1p(rate)
    return np.asarray(whole - np.exp(stays) * _whole(alpha, beta + periods, rate))


def _whole(alpha: Floats, beta: Floats, rate: float) -> Floats:
    """β/(α + β) · 2F1(1, β + 1; α + β + 1; 1/(1 + d)), by Gauss's continued fraction.

    Evaluated by the method of Lentz (Press et al., 2007, Numerical Recipes, section 5.2).
    """
    b, c, z = beta + 1.0, alpha + beta + 1.0, 1.0 / (1.0 + rate)
    value, top, bottom = np.ones(b.shape), np.ones(b.shape), np.zeros(b.shape)
    for term in range(_MOST):
        k = (term + 1) // 2
        if term == 0:
            part = -b * z / c
        elif term % 2:
            part = -k * (c - b + k - 1.0) * z / ((c + 2.0 * k - 2.0) * (c + 2.0 * k - 1.0))
        else:
            part = -(b + k) * (c - 1.0 + k) * z / ((c + 2.0 * k - 1.0) * (c + 2.0 * k))
        bottom = 1.0 / (1.0 + part * bottom)
        top = 1.0 + part / top
        step = top * bottom
        value *= step
        if np.max(np.abs(step - 1.0), initial=0.0) < 1e-14:
            break
    return np.asarray(beta / (alpha + beta) / value)
