"""Bounds that stop a hopeless test early, by spending the error rate of misses (beta)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from cvosim.stats.sequential.boundaries import (
    Bounds,
    crossing_probabilities,
    efficacy_bound,
    futility_bound,
)
from cvosim.stats.sequential.fractions import risen
from cvosim.stats.sequential.integration import Paths


class FutilityRule(NamedTuple):
    """How bounds for futility are found.

    Attributes
    ----------
    steps : sequence of float
        What each look adds to the probability to stop for futility.
    drift : float
        At which it is counted: mean of z at information fraction 1.
    binding : bool
        Whether the efficacy bounds rely on the test stopping at them; if not, they keep the
        error rate whether it does or not. For one-sided tests.
    """

    steps: Sequence[float]
    drift: float
    binding: bool = False


def bounds_with_futility(
    fractions: Sequence[float], steps: Sequence[float], rule: FutilityRule, *, sides: int = 1
) -> Bounds:
    """Bounds for efficacy and futility that spend two error rates, look by look.

    Pampallona, Tsiatis & Kim (2001, Drug Information Journal 35:1113-1121). A look whose
    futility bound would pass the efficacy bound ends the test: both are then the same.

    Parameters
    ----------
    fractions : sequence of float
        Information fractions of the looks, rising.
    steps : sequence of float
        What each look adds to the error rate on one side.
    rule : FutilityRule
        The same for misses.
    sides : int
        1 or 2; with 2, a test is futile while abs(z) is small.

    Returns
    -------
    Bounds
        A value of each kind a look.

    Raises
    ------
    CvosimError
        If the looks are out of order.

    Examples
    --------
    >>> rule = FutilityRule((0.05, 0.05), drift=3.24)
    >>> bounds = bounds_with_futility((0.5, 1.0), (0.005, 0.02), rule)
    >>> [round(z, 3) for z in bounds.upper], [round(z, 3) for z in bounds.futility]
    ([2.576, 2.003], [0.646, 1.813])
    """
    times = risen(fractions)
    null, other = Paths.start(times), Paths.start(times, rule.drift)
    found = Bounds((), sides, ())
    for k, (alpha, beta) in enumerate(zip(steps, rule.steps, strict=True)):
        upper = efficacy_bound(null, alpha)
        lower = min(futility_bound(other, beta, sides), upper)
        found = Bounds((*found.upper, upper), sides, (*(found.futility or ()), lower))
        if k + 1 < len(times):
            blind = Bounds(found.upper, sides)
            null = null.go_on((found if rule.binding else blind).going(k))
            other = other.go_on(found.going(k))
    return found


def closed(bounds: Bounds) -> Bounds:
    """Let the last look end the test: what is not shown there is futile.

    Examples
    --------
    >>> closed(Bounds((2.5, 2.0), 1, (0.5, 1.7))).futility
    (0.5, 2.0)
    """
    if bounds.futility is None:
        return bounds
    return bounds._replace(futility=(*bounds.futility[:-1], bounds.upper[-1]))


def power_of(fractions: Sequence[float], bounds: Bounds, drift: float) -> float:
    """Probability to stop for an effect in its own direction: harm, if the drift is below 0.

    Examples
    --------
    >>> round(power_of((1.0,), Bounds((1.959964,), sides=2), drift=2.801585), 4)
    0.8
    """
    found = crossing_probabilities(fractions, bounds, drift=drift)
    towards = found.lower if drift < 0.0 and bounds.sides == 2 else found.upper
    return math.fsum(towards)
