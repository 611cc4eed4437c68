"""Bounds of a group-sequential test: how often they are crossed, and which ones spend alpha."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.errors import CvosimError
from cvosim.stats.sequential.fractions import risen
from cvosim.stats.sequential.integration import Interval, Paths

if TYPE_CHECKING:
    from cvosim.tables.columns import Floats

_FARTHEST = 38.0
"""Where the normal tail ends in double precision."""


class Bounds(NamedTuple):
    """Where a test stops, in values of z, a look each.

    Attributes
    ----------
    upper : tuple of float
        At or above it the test stops for efficacy; infinite where it cannot.
    sides : int
        1, or 2: then the test stops for harm at or below ``-upper``.
    futility : tuple of float, optional
        Below it a one-sided test stops without an effect, and a two-sided one while
        ``abs(z)`` is below it.

    Examples
    --------
    >>> Bounds((2.5, 2.0), sides=2).going(0)
    [(-2.5, 2.5)]
    >>> Bounds((2.5, 2.0), sides=2, futility=(0.3, 2.0)).going(0)
    [(-2.5, -0.3), (0.3, 2.5)]
    """

    upper: tuple[float, ...]
    sides: int = 1
    futility: tuple[float, ...] | None = None

    def inner(self, look: int) -> float:
        """Give the futility bound of a look, where there is none the one nothing is below."""
        if self.futility is None:
            return 0.0 if self.sides == 2 else -math.inf
        return max(self.futility[look], 0.0) if self.sides == 2 else self.futility[look]

    def going(self, look: int) -> list[Interval]:
        """Intervals of z in which a test goes on after a look."""
        inner, upper = self.inner(look), self.upper[look]
        if self.sides == 1:
            return [(inner, upper)]
        return [(-upper, -inner), (inner, upper)] if inner > 0.0 else [(-upper, upper)]


class Crossing(NamedTuple):
    """Probabilities to stop at a look, and not before it.

    Attributes
    ----------
    upper, lower, futility : float64[looks]
        Past the upper bound, past the lower one (of a two-sided test), for futility.
    """

    upper: Floats
    lower: Floats
    futility: Floats

    @property
    def stopped(self) -> Floats:
        """For whatever reason: float64[looks]."""
        return self.upper + self.lower + self.futility


def crossing_probabilities(
    fractions: Sequence[float], bounds: Bounds, *, drift: float = 0.0
) -> Crossing:
    """Probability to stop at each look, by recursive integration.

    Parameters
    ----------
    fractions : sequence of float
        Information fractions of the looks, rising.
    bounds : Bounds
        One value a look.
    drift : float
        Mean of z at information fraction 1; 0 if there is no effect.

    Returns
    -------
    Crossing
        To some 1e-12 (Armitage, McPherson & Rowe, 1969; Jennison & Turnbull, 2000, ch. 19).

    Raises
    ------
    CvosimError
        If the looks are out of order, or the bounds of another number.

    Examples
    --------
    Five looks at 1.96 are no test at 5 %:

    >>> found = crossing_probabilities((0.2, 0.4, 0.6, 0.8, 1.0), Bounds((1.96,) * 5, sides=2))
    >>> round(float(found.stopped.sum()), 4)
    0.1417
    """
    times = risen(fractions)
    if len(bounds.upper) != len(times) or len(bounds.futility or times) != len(times):
        raise CvosimError(f"bounds: there must be one a look ({len(times)} looks)")
    paths, found = Paths.start(times, drift), np.zeros((3, len(times)))
    for k, upper in enumerate(bounds.upper):
        found[0, k] = paths.above(upper)
        if bounds.sides == 2:
            found[1, k] = paths.below(-upper)
        if bounds.futility is not None:
            found[2, k] = futile(paths, bounds.inner(k), bounds.sides)
        if k + 1 < len(times):
            paths = paths.go_on(bounds.going(k))
    return Crossing(*found)


def futile(paths: Paths, bound: float, sides: int) -> float:
    """Probability to come to the next look and be stopped for futility there."""
    return paths.below(bound) if sides == 1 else paths.between(-bound, bound)


def solved(probability: Callable[[float], float], wanted: float, low: float) -> float:
    """Find where a probability that is monotone in a bound is as wanted, to 1e-12.

    Looks for it between ``low`` and the end of the normal tail, and gives the nearer end if it
    is not between.
    """
    from scipy.optimize import brentq

    ends = probability(low) - wanted, probability(_FARTHEST) - wanted
    if ends[0] * ends[1] > 0.0:
        return low if abs(ends[0]) <= abs(ends[1]) else _FARTHEST
    return float(brentq(lambda z: probability(z) - wanted, low, _FARTHEST, xtol=1e-12))


def efficacy_bound(paths: Paths, step: float) -> float:
    """Upper bound at the next look that spends so much of the error rate, infinite for 0."""
    return solved(paths.above, step, -_FARTHEST) if step > 0.0 else math.inf


def futility_bound(paths: Paths, step: float, sides: int) -> float:
    """Futility bound at the next look that spends so much of the error rate of misses."""
    if sides == 2:
        return solved(lambda z: paths.between(-z, z), step, 0.0) if step > 0.0 else 0.0
    return solved(paths.below, step, -_FARTHEST) if step > 0.0 else -math.inf


def spending_bounds(
    fractions: Sequence[float], steps: Sequence[float], *, sides: int = 1
) -> Bounds:
    """Bounds that spend given parts of the error rate, look by look.

    Parameters
    ----------
    fractions : sequence of float
        Information fractions of the looks, rising.
    steps : sequence of float
        What each look adds to the error rate on one side: probability, without an effect, to
        pass the upper bound there and no bound before (Lan & DeMets, 1983).
    sides : int
        1 or 2.

    Returns
    -------
    Bounds
        Without futility.

    Raises
    ------
    CvosimError
        If the looks are out of order.

    Examples
    --------
    >>> bounds = spending_bounds((0.5, 1.0), (0.01, 0.015))
    >>> [round(z, 4) for z in bounds.upper]
    [2.3263, 2.0758]
    """
    times = risen(fractions)
    paths, upper = Paths.start(times), []
    for step in steps:
        upper.append(efficacy_bound(paths, step))
        if len(upper) < len(times):
            lower = -upper[-1] if sides == 2 else -math.inf
            paths = paths.go_on([(lower, upper[-1])])
    return Bounds(tuple(upper), sides)
