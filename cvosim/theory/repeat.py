"""Repeat buying: how many purchases in a time span, and is the customer still there.

Three processes with one face. Times are in any one unit; the plan's are days.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.plan.plan import RepeatModel

Floats = NDArray[np.float64]

_JACOBI_NODES = 100
_LEGENDRE_NODES = 160


class RepeatBuying(Protocol):
    """What theory knows about a way of repeat buying; ``t`` is the time since it started."""

    def mean(self, t: ArrayLike) -> Floats:
        """``E[X(t)]``, the expected number of purchases."""

    def pairs(self, t: ArrayLike) -> Floats:
        """``E[X(t) (X(t) - 1)]``, the second factorial moment."""

    def intensity(self, t: ArrayLike) -> Floats:
        """``d E[X(t)] / dt``, the expected purchases per unit of time."""

    def alive(self, t: ArrayLike) -> Floats:
        """Chance of not having dropped out by ``t``."""

    def none(self, t: ArrayLike) -> Floats:
        """``P(X(t) = 0)``."""

    def pmf(self, n: ArrayLike, t: float) -> Floats:
        """``P(X(t) = n)`` for whole numbers ``n``."""

    @property
    def scale(self) -> float:
        """A typical time, for numerical integration."""


@dataclass(frozen=True)
class Poisson:
    """Purchases at a constant ``rate``, the same for everybody, for ever.

    Examples
    --------
    >>> float(Poisson(0.5).mean(4.0))
    2.0
    """

    rate: float

    @property
    def scale(self) -> float:
        """A typical time, for numerical integration."""
        return 1.0 / self.rate if self.rate > 0.0 else 1.0

    def mean(self, t: ArrayLike) -> Floats:
        """``rate * t``."""
        return self.rate * _span(t)

    def pairs(self, t: ArrayLike) -> Floats:
        """``(rate * t) ** 2``."""
        return self.mean(t) ** 2

    def intensity(self, t: ArrayLike) -> Floats:
        """``rate``."""
        return np.full_like(_span(t), self.rate)

    def alive(self, t: ArrayLike) -> Floats:
        """1: nobody drops out."""
        return np.ones_like(_span(t))

    def none(self, t: ArrayLike) -> Floats:
        """``exp(-rate * t)``."""
        return np.exp(-self.mean(t))

    def pmf(self, n: ArrayLike, t: float) -> Floats:
        """``P(X(t) = n)``."""
        from scipy.special import gammaln, xlogy

        n = np.asarray(n, np.float64)
        mean = self.rate * t
        return np.asarray(np.exp(xlogy(n, mean) - mean - gammaln(n + 1.0)))


@dataclass(frozen=True)
class BgNbd:
    """Beta-geometric/NBD (Fader, Hardie & Lee 2005, *Marketing Science* 24:275-284).

    Rate ``lambda ~ Gamma(r, rate alpha)``; after every purchase the customer drops out with
    its own probability ``p ~ Beta(a, b)``.

    Notes
    -----
    Given ``lambda`` and ``p`` purchases come at the intensity ``lambda exp(-lambda p t)``, and
    pairs of them, ``t1 < t2``, at ``lambda**2 (1 - p) exp(-lambda p t2)``. Integrating over
    ``lambda`` leaves one integral over ``p``, taken with Gauss-Jacobi nodes of the weight
    ``p**(a-1) (1-p)**(b-1)``. That agrees with equation 9 of the paper (a 2F1) where that
    exists, and also works at ``a = 1`` and for ``a + b < 1``, where it does not.

    Examples
    --------
    The paper's CDNOW estimates, weeks:

    >>> bg = BgNbd(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> round(float(bg.mean(39.0)), 4)
    1.1967
    """

    r: float
    alpha: float
    a: float
    b: float

    @property
    def scale(self) -> float:
        """A typical time, for numerical integration."""
        return self.alpha

    @cached_property
    def _drop_out(self) -> tuple[Floats, Floats]:
        """The drop-out probabilities and weights of the quadrature."""
        return beta_nodes(self.a, self.b, _JACOBI_NODES)

    def mean(self, t: ArrayLike) -> Floats:
        """``E[(1 - (alpha / (alpha + p t)) ** r) / p]``."""
        p, weights = self._drop_out
        span = _span(t)[..., None] / self.alpha
        return np.asarray((-np.expm1(-self.r * np.log1p(p * span)) / p) @ weights)

    def pairs(self, t: ArrayLike) -> Floats:
        """``2 E[(1 - p) / p**2 (1 - (1 + y)**(-r-1) (1 + (r+1) y))]``, ``y = p t / alpha``."""
        p, weights = self._drop_out
        y = p * (_span(t)[..., None] / self.alpha)
        k = self.r + 1.0
        exact = -np.expm1(np.log1p(k * y) - k * np.log1p(y))
        tiny = self.r * k * y**2 * (0.5 - (k + 1.0) * y / 3.0 + (k + 1.0) * (k + 2.0) * y**2 / 8.0)
        inner = np.where(y < 1e-4 / (k + 2.0), tiny, exact)
        return np.asarray(2.0 * ((1.0 - p) / p**2 * inner) @ weights)

    def intensity(self, t: ArrayLike) -> Floats:
        """``r / alpha E[(1 + p t / alpha) ** (-r - 1)]``."""
        p, weights = self._drop_out
        y = p * (_span(t)[..., None] / self.alpha)
        return np.asarray(self.r / self.alpha * ((1.0 + y) ** (-self.r - 1.0)) @ weights)

    def alive(self, t: ArrayLike) -> Floats:
        """``E[(1 + p t / alpha) ** (-r)]``: drop-outs come at intensity ``lambda p``."""
        p, weights = self._drop_out
        y = p * (_span(t)[..., None] / self.alpha)
        return np.asarray(((1.0 + y) ** (-self.r)) @ weights)

    def none(self, t: ArrayLike) -> Floats:
        """``(alpha / (alpha + t)) ** r``: nobody drops out before the first purchase."""
        return np.asarray((1.0 + _span(t) / self.alpha) ** (-self.r))

    def pmf(self, n: ArrayLike, t: float) -> Floats:
        """``P(X(t) = n)``, the paper's equation 8, its sum as an incomplete beta function."""
        from scipy.special import betainc, betaln

        n = np.asarray(n, np.float64)
        still = np.exp(betaln(self.a, self.b + n) - betaln(self.a, self.b))
        previous = np.maximum(n, 1.0)
        gone = np.exp(
            betaln(self.a + 1.0, self.b + previous - 1.0) - betaln(self.a, self.b)
        ) * betainc(previous, self.r, t / (self.alpha + t))
        return np.asarray(
            still * _negative_binomial(n, t, self.r, self.alpha) + np.where(n > 0, gone, 0.0)
        )


@dataclass(frozen=True)
class ParetoNbd:
    """Pareto/NBD (Schmittlein, Morrison & Colombo 1987, *Management Science* 33:1-24).

    Rate ``lambda ~ Gamma(r, rate alpha)``, exponential life with hazard
    ``mu ~ Gamma(s, rate beta)``.

    Notes
    -----
    Purchases come at the intensity ``lambda exp(-mu t)``, pairs at
    ``lambda**2 exp(-mu t2)``; both integrate over ``lambda`` and ``mu`` in closed form, with
    limits at ``s = 1`` and ``s = 2`` that are taken without dividing by zero.

    Examples
    --------
    Maximum likelihood on CDNOW, weeks:

    >>> pareto = ParetoNbd(r=0.553277, alpha=10.577684, s=0.606240, beta=11.668735)
    >>> round(float(pareto.mean(52.0)), 4)
    1.4734
    """

    r: float
    alpha: float
    s: float
    beta: float

    @property
    def scale(self) -> float:
        """A typical time, for numerical integration."""
        return min(self.alpha, self.beta)

    def mean(self, t: ArrayLike) -> Floats:
        """``r beta / (alpha (s - 1)) (1 - (beta / (beta + t)) ** (s - 1))``, eq. 17 there."""
        growth = _power_integral(1.0 - self.s, np.log1p(_span(t) / self.beta))
        return self.r * self.beta / self.alpha * growth

    def pairs(self, t: ArrayLike) -> Floats:
        """``2 r (r+1) / alpha**2`` times the integral of ``t (1 + t / beta) ** (-s)``."""
        y = _span(t) / self.beta
        u = np.log1p(y)
        exact = _power_integral(2.0 - self.s, u) - _power_integral(1.0 - self.s, u)
        tiny = y**2 * (0.5 - self.s * y / 3.0 + self.s * (self.s + 1.0) * y**2 / 8.0)
        inner = np.where(y < 1e-4 / (self.s + 1.0), tiny, exact)
        return 2.0 * self.r * (self.r + 1.0) * (self.beta / self.alpha) ** 2 * inner

    def intensity(self, t: ArrayLike) -> Floats:
        """``r / alpha (1 + t / beta) ** (-s)``."""
        return self.r / self.alpha * self.alive(t)

    def alive(self, t: ArrayLike) -> Floats:
        """``(1 + t / beta) ** (-s)``."""
        return np.asarray((1.0 + _span(t) / self.beta) ** (-self.s))

    def none(self, t: ArrayLike) -> Floats:
        """``P(X(t) = 0)``: one minus the chance that a first purchase comes before death.

        That is ``E[integral of lambda exp(-(lambda + mu) u) du]``, over ``u`` up to ``t``,
        taken like `pmf`'s integral; both laws mixed out first.
        """
        span = _span(t)[..., None]
        x, weights = np.polynomial.legendre.leggauss(_LEGENDRE_NODES)
        top = np.log1p(span / self.scale)
        v = (x + 1.0) * top / 2.0
        u = self.scale * np.expm1(v)
        first = self.r / self.alpha * (1.0 + u / self.alpha) ** (-self.r - 1.0)
        first = first * (1.0 + u / self.beta) ** (-self.s) * self.scale * np.exp(v)
        return np.asarray(1.0 - (first * top / 2.0) @ weights)

    def pmf(self, n: ArrayLike, t: float) -> Floats:
        """``P(X(t) = n)``: alive at ``t``, or dead at some earlier time (a stable quadrature).

        The integral over the time of death is taken with Gauss-Legendre nodes in the
        logarithm of time, where every factor is smooth.
        """
        n = np.asarray(n, np.float64)
        x, weights = np.polynomial.legendre.leggauss(_LEGENDRE_NODES)
        top = np.log1p(t / self.scale)
        v = (x + 1.0) * top / 2.0
        death = self.scale * np.expm1(v)
        density = self.s / self.beta * (1.0 + death / self.beta) ** (-self.s - 1.0)
        weights = weights * top / 2.0 * self.scale * np.exp(v) * density
        died = _negative_binomial(n[..., None], death, self.r, self.alpha) @ weights
        return np.asarray(_negative_binomial(n, t, self.r, self.alpha) * self.alive(t) + died)


def beta_nodes(a: float, b: float, n: int) -> tuple[Floats, Floats]:
    """Compute nodes in (0, 1) and weights, adding up to 1, that integrate against Beta(a, b).

    Gauss-Jacobi by the eigenvalues of the recurrence matrix (Golub & Welsch 1969, *Mathematics
    of Computation* 23:221-230), which overflows for no ``a`` and ``b``.

    Examples
    --------
    >>> p, weights = beta_nodes(2.0, 3.0, 8)
    >>> round(float(p @ weights), 12)
    0.4
    """
    from scipy.linalg import eigh_tridiagonal

    u, v = b - 1.0, a - 1.0  # the weight (1 - x)**u (1 + x)**v on (-1, 1)
    k = np.arange(1.0, n)
    s = 2.0 * k + u + v
    diagonal = np.concatenate([[(v - u) / (u + v + 2.0)], (v * v - u * u) / (s * (s + 2.0))])
    square = 4.0 * k * (k + u) * (k + v) / s**2
    square[1:] *= (k[1:] + u + v) / ((s[1:] + 1.0) * (s[1:] - 1.0))
    square[0] /= u + v + 3.0  # (1 + u + v) cancels against s - 1, which may both be 0
    nodes, vectors = eigh_tridiagonal(diagonal, np.sqrt(square))
    return np.clip((1.0 + nodes) / 2.0, 1e-30, 1.0), np.asarray(vectors[0] ** 2)


def repeat_buying(repeat: np.void) -> RepeatBuying | None:
    """Read the process in a row of the plan's ``repeat`` table; None if it says NONE."""
    r, alpha, a, b = (float(repeat[name]) for name in ("r", "alpha", "a", "b"))
    match RepeatModel(int(repeat["model"])):
        case RepeatModel.NONE:
            return None
        case RepeatModel.POISSON:
            return Poisson(r)
        case RepeatModel.BG_NBD:
            return BgNbd(r, alpha, a, b)
        case RepeatModel.PARETO_NBD:
            return ParetoNbd(r, alpha, a, b)


def present_value(process: RepeatBuying, t: ArrayLike, discount: float) -> Floats:
    """Compute expected purchases by ``t``, each discounted to the start of repeat buying.

    Parameters
    ----------
    process : RepeatBuying
        How purchases come.
    t : array_like
        Time spans since the start.
    discount : float
        Continuous rate per unit of time.

    Returns
    -------
    array
        ``integral of exp(-discount u) d E[X(u)]`` up to each ``t``, by a cubic spline of the
        integrand in ``log(1 + u / scale)``, whose error is below 1e-8.
    """
    from scipy.interpolate import CubicSpline

    span = _span(t)
    if discount == 0.0:
        return process.mean(span)
    scale = min(process.scale, float(span.max(initial=0.0)) + 1e-300)
    v = np.linspace(0.0, np.log1p(span.max(initial=0.0) / scale) + 1e-12, 1501)
    u = scale * np.expm1(v)
    integrand = np.exp(-discount * u) * process.intensity(u) * scale * np.exp(v)
    return np.asarray(CubicSpline(v, integrand).antiderivative()(np.log1p(span / scale)))


def _span(t: ArrayLike) -> Floats:
    return np.maximum(np.asarray(t, np.float64), 0.0)


def _power_integral(c: float, u: Floats) -> Floats:
    """``((1 + y) ** c - 1) / c`` with ``u = log(1 + y)``: the integral of ``(1+y) ** (c-1)``."""
    from scipy.special import exprel

    return np.asarray(u * exprel(c * u))


def _negative_binomial(n: Floats, t: float | Floats, r: float, alpha: float) -> Floats:
    """``P(N = n)``, ``N`` Poisson of mean ``lambda t`` with ``lambda ~ Gamma(r, rate alpha)``."""
    from scipy.special import gammaln, xlogy

    t = np.asarray(t, np.float64)
    chance = gammaln(r + n) - gammaln(r) - gammaln(n + 1.0)
    return np.asarray(np.exp(chance - r * np.log1p(t / alpha) + xlogy(n, t / (alpha + t))))
