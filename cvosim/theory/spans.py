"""Building blocks that the ways of repeat buying share."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]


def span_of(t: ArrayLike) -> Floats:
    """Times as floats, none below 0."""
    return np.maximum(np.asarray(t, np.float64), 0.0)


def power_integral(c: float, u: Floats) -> Floats:
    """``((1 + y) ** c - 1) / c`` with ``u = log(1 + y)``: the integral of ``(1+y) ** (c-1)``."""
    from scipy.special import exprel

    return np.asarray(u * exprel(c * u))


def negative_binomial(n: Floats, t: float | Floats, r: float, alpha: float) -> Floats:
    """``P(N = n)``, ``N`` Poisson of mean ``lambda t`` with ``lambda ~ Gamma(r, rate alpha)``."""
    from scipy.special import gammaln, xlogy

    t = np.asarray(t, np.float64)
    chance = gammaln(r + n) - gammaln(r) - gammaln(n + 1.0)
    return np.asarray(np.exp(chance - r * np.log1p(t / alpha) + xlogy(n, t / (alpha + t))))
