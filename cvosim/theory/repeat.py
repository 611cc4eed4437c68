"""Repeat buying: how many purchases in a time span, and is the customer still there.

Four processes with one face. Times are in any one unit; the plan's are days.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.plan.plan import RepeatModel
from cvosim.theory.bg_nbd import BgNbd, MbgNbd
from cvosim.theory.pareto_nbd import ParetoNbd
from cvosim.theory.spans import span_of

Floats = NDArray[np.float64]


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
        return self.rate * span_of(t)

    def pairs(self, t: ArrayLike) -> Floats:
        """``(rate * t) ** 2``."""
        return self.mean(t) ** 2

    def intensity(self, t: ArrayLike) -> Floats:
        """``rate``."""
        return np.full_like(span_of(t), self.rate)

    def alive(self, t: ArrayLike) -> Floats:
        """1: nobody drops out."""
        return np.ones_like(span_of(t))

    def none(self, t: ArrayLike) -> Floats:
        """``exp(-rate * t)``."""
        return np.exp(-self.mean(t))

    def pmf(self, n: ArrayLike, t: float) -> Floats:
        """``P(X(t) = n)``."""
        from scipy.special import gammaln, xlogy

        n = np.asarray(n, np.float64)
        mean = self.rate * t
        return np.asarray(np.exp(xlogy(n, mean) - mean - gammaln(n + 1.0)))


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
        case RepeatModel.MBG_NBD:
            return MbgNbd(r, alpha, a, b)
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

    span = span_of(t)
    if discount == 0.0:
        return process.mean(span)
    scale = min(process.scale, float(span.max(initial=0.0)) + 1e-300)
    v = np.linspace(0.0, np.log1p(span.max(initial=0.0) / scale) + 1e-12, 1501)
    u = scale * np.expm1(v)
    integrand = np.exp(-discount * u) * process.intensity(u) * scale * np.exp(v)
    return np.asarray(CubicSpline(v, integrand).antiderivative()(np.log1p(span / scale)))
