"""Repeat buying that ends with a life: Pareto/NBD."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.theory.spans import negative_binomial, power_integral, span_of

Floats = NDArray[np.float64]

_LEGENDRE_NODES = 160


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
        growth = power_integral(1.0 - self.s, np.log1p(span_of(t) / self.beta))
        return self.r * self.beta / self.alpha * growth

    def pairs(self, t: ArrayLike) -> Floats:
        """``2 r (r+1) / alpha**2`` times the integral of ``t (1 + t / beta) ** (-s)``."""
        y = span_of(t) / self.beta
        u = np.log1p(y)
        exact = power_integral(2.0 - self.s, u) - power_integral(1.0 - self.s, u)
        tiny = y**2 * (0.5 - self.s * y / 3.0 + self.s * (self.s + 1.0) * y**2 / 8.0)
        inner = np.where(y < 1e-4 / (self.s + 1.0), tiny, exact)
        return 2.0 * self.r * (self.r + 1.0) * (self.beta / self.alpha) ** 2 * inner

    def intensity(self, t: ArrayLike) -> Floats:
        """``r / alpha (1 + t / beta) ** (-s)``."""
        return self.r / self.alpha * self.alive(t)

    def alive(self, t: ArrayLike) -> Floats:
        """``(1 + t / beta) ** (-s)``."""
        return np.asarray((1.0 + span_of(t) / self.beta) ** (-self.s))

    def none(self, t: ArrayLike) -> Floats:
        """``P(X(t) = 0)``: one minus the chance that a first purchase comes before death.

        That is ``E[integral of lambda exp(-(lambda + mu) u) du]``, over ``u`` up to ``t``,
        taken like `pmf`'s integral; both laws mixed out first.
        """
        span = span_of(t)[..., None]
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
        died = negative_binomial(n[..., None], death, self.r, self.alpha) @ weights
        return np.asarray(negative_binomial(n, t, self.r, self.alpha) * self.alive(t) + died)
