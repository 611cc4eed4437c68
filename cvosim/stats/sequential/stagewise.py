"""P-value and estimate at the stop of a group-sequential test, which the stop itself biases.

Outcomes are ordered stage by stage (Siegmund, 1978; Tsiatis, Rosner & Mehta, 1984, Biometrics
40:797-803; Jennison & Turnbull, 2000, ch. 8): to pass the upper bound early says more for an effect
than to pass it late, and at the same look a larger z says more.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from cvosim.stats.sequential.boundaries import Bounds
from cvosim.stats.sequential.integration import Paths


class StagewiseResult(NamedTuple):
    """What a stopped test says, its looks allowed for.

    Attributes
    ----------
    p_value : float
        With as many sides as the test.
    estimate : float
        Median-unbiased: as often too high as too low.
    low, high : float
        Confidence interval at 1 − alpha; a one-sided test's has no upper end.
    """

    p_value: float
    estimate: float
    low: float
    high: float


def upper_tail(fractions: Sequence[float], bounds: Bounds, z: float, drift: float = 0.0) -> float:
    """Probability of outcomes that say at least as much for an effect as a stop now with z.

    Parameters
    ----------
    fractions : sequence of float
        Information fractions of the looks up to the stop.
    bounds : Bounds
        Of these looks; the last one's do not matter.
    z : float
        At the stop.
    drift : float
        Mean of z at information fraction 1.

    Examples
    --------
    Just at the bound of the last look, it is the error rate:

    >>> round(upper_tail((0.5, 1.0), Bounds((2.1570, 2.2010)), z=2.2010), 5)
    0.025
    """
    paths, passed = Paths.start(tuple(fractions), drift), 0.0
    for k in range(len(fractions) - 1):
        passed += paths.above(bounds.upper[k])
        paths = paths.go_on(bounds.going(k))
    return passed + paths.above(z)


def stagewise_result(
    fractions: Sequence[float], bounds: Bounds, z: float, *, alpha: float, unit: float
) -> StagewiseResult:
    """P-value, median-unbiased estimate and interval of a test that has stopped.

    Parameters
    ----------
    fractions : sequence of float
        Information fractions of the looks up to the stop.
    bounds : Bounds
        Of these looks, with bounds for futility only if they bind.
    z : float
        At the stop.
    alpha : float
        Over all sides.
    unit : float
        Effect whose z is 1 on average at information fraction 1: the standard error at the
        stop times the root of the fraction there.

    Returns
    -------
    StagewiseResult
        In the units of the effect.

    Examples
    --------
    >>> found = stagewise_result((0.5,), Bounds((2.96,), 2), 3.1, alpha=0.05, unit=0.1)
    >>> round(found.p_value, 4), round(found.estimate, 4)  # no look before: as without looks
    (0.0019, 0.4384)
    """

    def tail(drift: float) -> float:
        return upper_tail(fractions, bounds, z, drift)

    centre = z / fractions[-1] ** 0.5
    p_value, low, high = tail(0.0), alpha / bounds.sides, float("inf")
    estimate, lower = (_where(tail, wanted, centre) for wanted in (0.5, low))
    if bounds.sides == 2:
        p_value = min(1.0, 2.0 * min(p_value, 1.0 - p_value))
        high = _where(tail, 1.0 - low, centre)
    return StagewiseResult(p_value, unit * estimate, unit * lower, unit * high)


def _where(tail: Callable[[float], float], wanted: float, centre: float) -> float:
    """Drift at which a tail, which rises with it, is as wanted."""
    from scipy.optimize import brentq

    reach = 4.0
    while tail(centre - reach) > wanted or tail(centre + reach) < wanted:
        reach *= 1.6
    return float(
        brentq(lambda drift: tail(drift) - wanted, centre - reach, centre + reach, xtol=1e-10)
    )
