"""Repeat buying that ends with a purchase: BG/NBD and its modification MBG/NBD."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.theory.spans import negative_binomial, span_of

Floats = NDArray[np.float64]

_JACOBI_NODES = 100


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
        span = span_of(t)[..., None] / self.alpha
        return np.asarray((-np.expm1(-self.r * np.log1p(p * span)) / p) @ weights)

    def pairs(self, t: ArrayLike) -> Floats:
        """``2 E[(1 - p) / p**2 (1 - (1 + y)**(-r-1) (1 + (r+1) y))]``, ``y = p t / alpha``."""
        p, weights = self._drop_out
        y = p * (span_of(t)[..., None] / self.alpha)
        k = self.r + 1.0
        exact = -np.expm1(np.log1p(k * y) - k * np.log1p(y))
        tiny = self.r * k * y**2 * (0.5 - (k + 1.0) * y / 3.0 + (k + 1.0) * (k + 2.0) * y**2 / 8.0)
        inner = np.where(y < 1e-4 / (k + 2.0), tiny, exact)
        return np.asarray(2.0 * ((1.0 - p) / p**2 * inner) @ weights)

    def intensity(self, t: ArrayLike) -> Floats:
        """``r / alpha E[(1 + p t / alpha) ** (-r - 1)]``."""
        p, weights = self._drop_out
        y = p * (span_of(t)[..., None] / self.alpha)
        return np.asarray(self.r / self.alpha * ((1.0 + y) ** (-self.r - 1.0)) @ weights)

    def alive(self, t: ArrayLike) -> Floats:
        """``E[(1 + p t / alpha) ** (-r)]``: drop-outs come at intensity ``lambda p``."""
        p, weights = self._drop_out
        y = p * (span_of(t)[..., None] / self.alpha)
        return np.asarray(((1.0 + y) ** (-self.r)) @ weights)

    def none(self, t: ArrayLike) -> Floats:
        """``(alpha / (alpha + t)) ** r``: nobody drops out before the first purchase."""
        return np.asarray((1.0 + span_of(t) / self.alpha) ** (-self.r))

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
            still * negative_binomial(n, t, self.r, self.alpha) + np.where(n > 0, gone, 0.0)
        )


@dataclass(frozen=True)
class MbgNbd:
    """Modified beta-geometric/NBD (Batislam, Denizel & Filiztekin 2007, *IJRM* 24:201-209).

    As `BgNbd`, but the customer may also drop out, with the same probability ``p``, at the
    start: the order that made it a repeat buyer was one that it might have left after.

    Notes
    -----
    Staying at the start has probability ``b / (a + b)`` and turns ``Beta(a, b)`` into
    ``Beta(a, b + 1)``: everything is a mixture of nothing and `BgNbd` with ``b + 1``. That gives
    ``E[X(t)] = b / (a - 1) * (1 - (alpha / (alpha + t))**r * 2F1(r, b + 1; a + b; t / (alpha +
    t)))``, the paper's expectation, where ``a > 1`` or ``a < 1`` with ``a + b > 1``.

    Examples
    --------
    >>> mbg = MbgNbd(r=0.525, alpha=6.183, a=0.891, b=1.614)
    >>> round(float(mbg.mean(39.0)), 4)
    1.183
    """

    r: float
    alpha: float
    a: float
    b: float

    @cached_property
    def _after(self) -> BgNbd:
        """The process of those who stay at the start."""
        return BgNbd(self.r, self.alpha, self.a, self.b + 1.0)

    @property
    def stays(self) -> float:
        """Chance of not dropping out at the start."""
        return self.b / (self.a + self.b)

    @property
    def scale(self) -> float:
        """A typical time, for numerical integration."""
        return self.alpha

    def mean(self, t: ArrayLike) -> Floats:
        """``b / (a + b)`` times that of BG/NBD with ``b + 1``."""
        return self.stays * self._after.mean(t)

    def pairs(self, t: ArrayLike) -> Floats:
        """``b / (a + b)`` times that of BG/NBD with ``b + 1``."""
        return self.stays * self._after.pairs(t)

    def intensity(self, t: ArrayLike) -> Floats:
        """``b / (a + b)`` times that of BG/NBD with ``b + 1``."""
        return self.stays * self._after.intensity(t)

    def alive(self, t: ArrayLike) -> Floats:
        """``b / (a + b)`` times that of BG/NBD with ``b + 1``."""
        return self.stays * self._after.alive(t)

    def none(self, t: ArrayLike) -> Floats:
        """Left at the start, or has not bought yet."""
        return 1.0 - self.stays + self.stays * self._after.none(t)

    def pmf(self, n: ArrayLike, t: float) -> Floats:
        """``P(X(t) = n)``."""
        gone = np.where(np.asarray(n) == 0, 1.0 - self.stays, 0.0)
        return np.asarray(gone + self.stays * self._after.pmf(n, t))


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
