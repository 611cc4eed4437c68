"""Recursive numerical integration of a test statistic that is looked at again and again.

The method of Armitage, McPherson & Rowe (1969, Journal of the Royal Statistical Society A
132:235-244), as in chapter 19 of Jennison & Turnbull (2000, Group Sequential Methods): the density
of the statistic among the paths still going is carried from look to look. The score process
S_k = z_k √t_k is a Brownian motion with drift, t_k the information fraction.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cvosim.tables.columns import Floats

_POINTS = 16
"""Gauss-Legendre points a panel."""
_PANEL = 3.0
"""Width of a panel, in standard deviations of the narrowest step beside it."""
_FAR = 10.0
"""Standard deviations from the mean beyond which there is nothing: 1e-23 of all paths."""
_SQRT_2PI = math.sqrt(2.0 * math.pi)

Interval = tuple[float, float]


@lru_cache(maxsize=1)
def _rule() -> tuple[Floats, Floats]:
    nodes, weights = np.polynomial.legendre.leggauss(_POINTS)
    return np.asarray(nodes), np.asarray(weights)


def _panels(low: float, high: float, width: float) -> tuple[Floats, Floats]:
    """Nodes and weights of panels that cover an interval; none if it is empty."""
    if not high > low:
        return np.empty(0), np.empty(0)
    count = math.ceil((high - low) / width)
    half = 0.5 * (high - low) / count
    centres = low + half * (2.0 * np.arange(count) + 1.0)
    nodes, weights = _rule()
    return (centres[:, None] + half * nodes).ravel(), np.tile(half * weights, count)


class Paths(NamedTuple):
    """Paths of the statistic that no look has stopped yet, about to come to the next look.

    Attributes
    ----------
    times : tuple of float
        Information fractions of all looks, rising.
    drift : float
        Mean of z at information fraction 1.
    looks : int
        Looks behind them.
    nodes : float64[n]
        Values of the score at the last look, at the points of a quadrature.
    masses : float64[n]
        Probability that each of them stands for.

    Examples
    --------
    The chance to pass 1.96 at the second of two looks and not at the first:

    >>> paths = Paths.start((0.5, 1.0))
    >>> round(paths.go_on([(-1.96, 1.96)]).above(1.96) * 2, 6)
    0.033115
    """

    times: tuple[float, ...]
    drift: float
    looks: int
    nodes: Floats
    masses: Floats

    @classmethod
    def start(cls, times: tuple[float, ...], drift: float = 0.0) -> Paths:
        """All paths, at score 0 and time 0."""
        return cls(times, drift, 0, np.zeros(1), np.ones(1))

    def _step(self, look: int) -> float:
        """Information between a look and the one before it."""
        return self.times[look] - (self.times[look - 1] if look else 0.0)

    def _standardised(self, z: float) -> Floats:
        """How many standard deviations a bound at the next look is above the mean, by node."""
        step = self._step(self.looks)
        bound = z * math.sqrt(self.times[self.looks])
        return (bound - self.nodes - self.drift * step) / math.sqrt(step)

    def above(self, z: float) -> float:
        """Probability to come to the next look and be above a bound there."""
        from scipy.special import ndtr

        return float(self.masses @ ndtr(-self._standardised(z)))

    def below(self, z: float) -> float:
        """Probability to come to the next look and be below a bound there."""
        from scipy.special import ndtr

        return float(self.masses @ ndtr(self._standardised(z)))

    def between(self, low: float, high: float) -> float:
        """Probability to come to the next look and be between two bounds there."""
        return self.below(high) - self.below(low) if high > low else 0.0

    def go_on(self, intervals: Iterable[Interval]) -> Paths:
        """Pass the next look, which stops every path that is in none of some intervals of z."""
        time, step = self.times[self.looks], self._step(self.looks)
        root, mean = math.sqrt(time), self.drift * time
        # the density is as rough as the step to it, the next kernel as narrow as the step after
        after = self._step(self.looks + 1) if self.looks + 1 < len(self.times) else step
        width, far = _PANEL * math.sqrt(min(step, after)), _FAR * root
        pieces = [
            _panels(max(low * root, mean - far), min(high * root, mean + far), width)
            for low, high in intervals
        ]
        nodes = np.concatenate([piece[0] for piece in pieces])
        weights = np.concatenate([piece[1] for piece in pieces])
        away = np.subtract.outer(nodes - self.drift * step, self.nodes)
        kernel = np.exp(away * away * (-0.5 / step))
        masses = weights * (kernel @ self.masses) / (_SQRT_2PI * math.sqrt(step))
        return Paths(self.times, self.drift, self.looks + 1, nodes, masses)
