"""Draws from distributions, compiled.

For calls from compiled code; :mod:`cvosim.randomness.draws_plain` is the same in plain
Python, equal to the bit. Every draw depends on its address ``(seed, customer, site,
occurrence)`` and on nothing else; see :mod:`cvosim.randomness.philox`.

A gamma or beta draw needs more than one block. It finds the others in the upper bits of the
occurrence: bit 22 marks the boost of a shape below 1, bit 23 the second gamma of a beta, and
bits 24 to 31 count the attempts of the rejection method. So **where gamma or beta is drawn,
occurrences must stay below 2**22**; elsewhere all 32 bits are free.

A shape that is not above 0 gives NaN: no exception, no endless loop.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from cvosim.randomness import formulas
from cvosim.randomness.compiled import compiled
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.philox import Whole, uniform, uniform_pair

_EXPONENTIAL = int(Distribution.EXPONENTIAL)
_LOGNORMAL = int(Distribution.LOGNORMAL)
_FIXED = int(Distribution.FIXED)
_GAMMA = int(Distribution.GAMMA)
_WEIBULL = int(Distribution.WEIBULL)
_UNIFORM = int(Distribution.UNIFORM)

# Unsigned, because in Numba a signed operand would turn uint64 arithmetic into floats.
_BOOST = np.uint64(1 << 22)
_SECOND = np.uint64(1 << 23)
_ATTEMPT_SHIFT = np.uint64(24)
_ATTEMPTS = 256

normal_quantile = compiled(formulas.normal_quantile)
_gamma_attempt = compiled(formulas.gamma_attempt)
_exp_or_inf = compiled(formulas.exp_or_inf)
_share = compiled(formulas.share)
multiplied_odds = compiled(formulas.multiplied_odds)
poisson_quantile = compiled(formulas.poisson_quantile)
on_curve = compiled(formulas.on_curve)


@compiled
def normal(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a standard normal variate by inversion of one uniform.

    Examples
    --------
    >>> normal(7, 0, 1, 0) == normal_quantile(uniform(7, 0, 1, 0))
    True
    """
    return normal_quantile(uniform(seed, customer, site, occurrence))


@compiled
def exponential(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw an exponential variate of mean 1 by inversion: ``-log(u)``, always positive."""
    return -math.log(uniform(seed, customer, site, occurrence))


@compiled
def _large_gamma(
    shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: np.uint64
) -> float:
    """Gamma of a shape of at least 1: the first attempt that is accepted."""
    for attempt in range(_ATTEMPTS):
        word = (np.uint64(attempt) << _ATTEMPT_SHIFT) | occurrence
        u, v = uniform_pair(seed, customer, site, word)
        found = _gamma_attempt(shape, normal_quantile(u), v)
        if found > 0.0:
            return found
    return shape  # chance below 1e-300; the bound is there so that nothing can hang


@compiled
def _log_gamma_part(
    shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: np.uint64
) -> float:
    """Logarithm of a gamma variate; ``occurrence`` says which part of a draw this is."""
    if not shape > 0.0:
        return math.nan
    if shape >= 1.0:
        return math.log(_large_gamma(shape, seed, customer, site, occurrence))
    boost = math.log(uniform(seed, customer, site, occurrence | _BOOST)) / shape
    return math.log(_large_gamma(shape + 1.0, seed, customer, site, occurrence)) + boost


@compiled
def log_gamma_variate(
    shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> float:
    """Draw the logarithm of :func:`gamma`, finite also where the variate would underflow to 0.

    Below shape 1 a variate of shape + 1 is multiplied by ``u ** (1 / shape)`` (Marsaglia &
    Tsang 2000, section 6), here by adding logarithms.
    """
    return _log_gamma_part(
        shape, np.uint64(seed), np.uint64(customer), np.uint64(site), np.uint64(occurrence)
    )


@compiled
def gamma(shape: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a gamma variate of rate 1; its mean and its variance are ``shape``.

    By rejection, see :func:`cvosim.randomness.formulas.gamma_attempt`; attempt j uses the
    block at occurrence ``j << 24 | occurrence``.

    Parameters
    ----------
    shape : float
        Above 0, otherwise the result is NaN.
    seed, customer, site, occurrence : int
        The address; ``occurrence`` below 2**22.
    """
    if shape >= 1.0:
        return _large_gamma(
            shape, np.uint64(seed), np.uint64(customer), np.uint64(site), np.uint64(occurrence)
        )
    return _exp_or_inf(log_gamma_variate(shape, seed, customer, site, occurrence))


@compiled
def beta(a: float, b: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a beta variate, ``X / (X + Y)`` of two gamma variates.

    Taken from their logarithms, so that tiny parameters give 0 or 1 and not 0 / 0.

    Parameters
    ----------
    a, b : float
        Above 0, otherwise the result is NaN.
    seed, customer, site, occurrence : int
        The address; ``occurrence`` below 2**22.
    """
    s, c, at = np.uint64(seed), np.uint64(customer), np.uint64(site)
    first = np.uint64(occurrence)
    log_x = _log_gamma_part(a, s, c, at, first)
    log_y = _log_gamma_part(b, s, c, at, first | _SECOND)
    return _share(log_x, log_y)


@compiled
def pick(cumulative: NDArray[np.float64], u: float) -> int:
    """First index whose cumulative probability exceeds ``u``, or the last.

    Counted without a branch, since nobody can predict which way it would go.
    """
    found = 0
    for i in range(len(cumulative) - 1):
        found += int(u >= cumulative[i])
    return found


@compiled
def categorical(
    cumulative: NDArray[np.float64], seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> int:
    """Draw the first index whose cumulative probability exceeds a uniform, or the last.

    Parameters
    ----------
    cumulative : float64[n]
        Nondecreasing; its last entry counts as 1.
    """
    return pick(cumulative, uniform(seed, customer, site, occurrence))


@compiled
def quantile(kind: int, a: float, b: float, u: float) -> float:
    """Inverse distribution function at ``u`` of every distribution that has a short one.

    Parameters
    ----------
    kind : int
        A :class:`~cvosim.randomness.distributions.Distribution` other than gamma.
    a, b : float
        Its parameters; the result has the unit of ``a``.
    u : float
        Strictly between 0 and 1.
    """
    if kind == _EXPONENTIAL:
        return a * -math.log(u)
    if kind == _LOGNORMAL:
        return a * _exp_or_inf(b * normal_quantile(u))
    if kind == _WEIBULL:
        if not b > 0.0:
            return math.nan
        return a * _exp_or_inf(math.log(-math.log(u)) / b)
    if kind == _UNIFORM:
        return a + (b - a) * u
    return a


@compiled
def draw(
    kind: int, a: float, b: float, seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> float:
    """Draw from the distribution that a plan names by number.

    Parameters
    ----------
    kind : int
        A :class:`~cvosim.randomness.distributions.Distribution`, which says what ``a`` and
        ``b`` mean.
    a, b : float
        Its parameters; the result has the unit of ``a``.
    seed, customer, site, occurrence : int
        The address; ``occurrence`` below 2**22.
    """
    if kind == _GAMMA:
        return a * gamma(b, seed, customer, site, occurrence)
    if kind == _FIXED:
        return a
    return quantile(kind, a, b, uniform(seed, customer, site, occurrence))
