"""Bayesian comparison of two arms: chance to win, expected loss of either choice."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.tables.columns import Floats

_TAIL = 1e-15
_NODES = 96
_STEP = 0.25
"""Longest step in logits: the integrands' poles lie at least half pi off the real line."""
_LEAST = 0.05
"""Smallest parameter whose tails doubles can hold on the logit scale."""
_CHUNK = 1 << 20


class BetaPrior(NamedTuple):
    """Beta law of a proportion before the data; uniform by default."""

    successes: float = 1.0
    failures: float = 1.0


class NormalPrior(NamedTuple):
    """Normal law of an effect before the data; flat by default."""

    mean: float = 0.0
    sd: float = np.inf


class Belief(NamedTuple):
    """What to believe of treatment against control, each of shape (...).

    Attributes
    ----------
    difference : ndarray of float64
        Posterior mean, treatment less control.
    chance : ndarray of float64
        Posterior probability that treatment is better.
    loss_control, loss_treatment : ndarray of float64
        Expected loss of choosing that arm: the mean of what is given up where the other is
        better and 0 where it is not. Their difference is the posterior mean difference.
    """

    difference: Floats
    chance: Floats
    loss_control: Floats
    loss_treatment: Floats


class Posterior(NamedTuple):
    """Normal posterior of an effect, each of shape (...)."""

    mean: Floats
    sd: Floats


class _Law(NamedTuple):
    """Parameters of beta laws, each of shape (rows, 1)."""

    a: Floats
    b: Floats


def beta_belief(
    control: tuple[Any, Any], treatment: tuple[Any, Any], prior: BetaPrior | None = None
) -> Belief:
    """Two proportions by the beta-binomial model.

    With independent posteriors C and T, ``chance = P(T > C)`` and
    ``loss_control = E[T] P(T' > C) - E[C] P(T > C')``, a dash adding one success (Stucchi 2015;
    Miller 2015 for the chance). The probabilities are integrals over the narrower posterior on
    the logit scale, where the trapezoid rule converges exponentially (Trefethen & Weideman 2014,
    theorem 5.1): exact to 1e-10.

    Parameters
    ----------
    control, treatment : (successes, units)
        Numbers or arrays of shape (...).
    prior : BetaPrior, optional
        Of both arms; uniform by default.

    Returns
    -------
    Belief

    Raises
    ------
    DataError
        If counts are impossible or a prior parameter is below 0.05.

    Examples
    --------
    >>> found = beta_belief((49, 100), (51, 100))
    >>> [round(float(x), 10) for x in found[1:]]
    [0.6107705227, 0.0387243043, 0.0191164612]
    """
    c, t, shape = _posteriors(control, treatment, prior)
    mean_c, mean_t = (law.a / (law.a + law.b) for law in (c, t))
    more_c, more_t = (_Law(law.a + 1.0, law.b) for law in (c, t))
    win, either = _above(c, t), _above(more_c, t)
    with_more = _above(c, more_t)
    difference = mean_t - mean_c
    loss_control = mean_t * with_more - mean_c * either
    loss_treatment = mean_c * (1.0 - either) - mean_t * (1.0 - with_more)
    parts = (difference, win, np.maximum(loss_control, 0.0), np.maximum(loss_treatment, 0.0))
    return Belief(*(part.reshape(shape) for part in parts))


def normal_posterior(
    estimate: Any, standard_error: Any, prior: NormalPrior | None = None
) -> Posterior:
    """Posterior of an effect whose estimate is normal (Gelman et al. 2013, eq. 2.11).

    Precisions add up, and the mean is weighted by them.

    Examples
    --------
    >>> found = normal_posterior(0.2, 0.1, NormalPrior(0.0, 0.1))
    >>> round(float(found.mean), 6), round(float(found.sd), 6)
    (0.1, 0.070711)
    """
    before = prior or NormalPrior()
    if not before.sd > 0.0:
        raise DataError(f"the prior's sd must be above 0 (got {before.sd:g})")
    value, error = np.asarray(estimate, np.float64), np.asarray(standard_error, np.float64)
    # this form holds for a flat prior and for an estimate without error
    doubt = np.hypot(1.0, error / before.sd)
    trust = 1.0 / doubt / doubt
    return Posterior(
        np.asarray(trust * value + (1.0 - trust) * before.mean), np.asarray(error / doubt)
    )


def normal_belief(posterior: Posterior) -> Belief:
    """Chance to win and expected losses of a normal posterior ``N(m, s**2)``.

    ``P(d > 0) = Phi(m / s)`` and ``E[max(d, 0)] = m Phi(m / s) + s phi(m / s)``, the unit normal
    loss integral (Raiffa & Schlaifer 1961, section 11.2).

    Examples
    --------
    >>> found = normal_belief(normal_posterior(0.1, 0.05))
    >>> [round(float(x), 10) for x in found[1:]]
    [0.9772498681, 0.1004245351, 0.0004245351]
    """
    from scipy.special import ndtr

    m, s = posterior
    sure = s <= 0.0
    with np.errstate(over="ignore"):
        # 40 standard errors are as good as sure
        scaled = np.clip(m / np.where(sure, 1.0, s), -40.0, 40.0)
    chance = np.where(sure, (m > 0.0) + 0.5 * (m == 0.0), ndtr(scaled))
    density = np.exp(-0.5 * scaled**2) / np.sqrt(2.0 * np.pi)
    gain = np.where(sure, np.maximum(m, 0.0), m * ndtr(scaled) + s * density)
    loss = np.where(sure, np.maximum(-m, 0.0), s * density - m * ndtr(-scaled))
    # cancellation far out in a tail
    return Belief(m, chance, np.maximum(gain, 0.0), np.maximum(loss, 0.0))


def _posteriors(
    control: tuple[Any, Any], treatment: tuple[Any, Any], prior: BetaPrior | None
) -> tuple[_Law, _Law, tuple[int, ...]]:
    """Posteriors of both arms with one row an element, and the shape asked for."""
    before = prior or BetaPrior()
    if not min(before) >= _LEAST:
        least = min(before)
        raise DataError(f"a beta prior's parameters must be at least {_LEAST} (got {least:g})")
    parts = np.broadcast_arrays(*(np.asarray(x, np.float64) for x in (*control, *treatment)))
    shape = parts[0].shape
    y, n, x, m = (np.ascontiguousarray(part).reshape(-1, 1) for part in parts)
    for done, units in ((y, n), (x, m)):
        if not np.all((done >= 0.0) & (done <= units)):
            raise DataError("successes must be from 0 to the number of units")
    one, other = before
    return _Law(y + one, n - y + other), _Law(x + one, m - x + other), shape


def _above(c: _Law, t: _Law) -> Floats:
    """P(T > C), shape (rows, 1): an integral over the narrower of the two."""
    found = np.empty_like(c.a)
    narrow = np.ravel(_spread(t) <= _spread(c))
    for over, wide, rows in ((t, c, narrow), (c, t, ~narrow)):
        pieces = max(1, int(rows.sum()) * _NODES // _CHUNK)
        for chunk in np.array_split(np.flatnonzero(rows), pieces):
            point, rest, weight = _nodes(_Law(over.a[chunk], over.b[chunk]))
            below = _cdf(_Law(wide.a[chunk], wide.b[chunk]), point, rest)
            value = below if over is t else 1.0 - below
            found[chunk] = (weight * value).sum(axis=1, keepdims=True)
    return found


def _cdf(law: _Law, x: Floats, rest: Floats) -> Floats:
    """Distribution function at x, where ``rest`` is 1 - x without its rounding error."""
    from scipy.special import betainc

    near = x <= 0.5
    a, b = np.where(near, law.a, law.b), np.where(near, law.b, law.a)
    part = betainc(a, b, np.where(near, x, rest))
    found: Floats = np.where(near, part, 1.0 - part)
    return found


def _spread(law: _Law) -> Floats:
    """Variance of the logit."""
    from scipy.special import polygamma

    found: Floats = polygamma(1, law.a) + polygamma(1, law.b)
    return found


def _nodes(law: _Law) -> tuple[Floats, Floats, Floats]:
    """Points x, their 1 - x, and weights, summing to 1, of expectations under beta laws.

    On the logit scale the density is ``x**a (1 - x)**b`` times a constant: bell-shaped whatever
    a and b are. It is taken relative to its mode, so that no large logarithms cancel.
    """
    from scipy.special import betaincinv, expit

    a, b = law
    mode = np.log(a) - np.log(b)
    ends = [betaincinv(*pair, _TAIL) for pair in ((a, b), (b, a))]
    with np.errstate(divide="ignore"):
        low, high = (np.maximum(np.log(x) - np.log1p(-x), -700.0) for x in ends)
    high = -high
    count = max(_NODES, int(np.ceil(np.max(high - low, initial=0.0) / _STEP)))
    off = np.clip(low - mode + (high - low) * np.linspace(0.0, 1.0, count), -700.0, 700.0)
    p, q = a / (a + b), b / (a + b)
    log_density = -a * np.log1p(q * np.expm1(-off)) - b * np.log1p(p * np.expm1(off))
    weight = np.exp(log_density)
    at = mode + off
    return expit(at), expit(-at), weight / weight.sum(axis=1, keepdims=True)
