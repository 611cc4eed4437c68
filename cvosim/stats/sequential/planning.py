"""From what a test shall do to its design."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds
from cvosim.stats.sequential.design import GroupSequential
from cvosim.stats.sequential.fractions import planned_looks
from cvosim.stats.sequential.futility import power_of
from cvosim.stats.sequential.peeking import check_level
from cvosim.stats.sequential.replanning import bounds_at
from cvosim.stats.sequential.shapes import WangTsiatis
from cvosim.stats.sequential.spending import Spending, spending_function


def group_sequential(
    looks: int | Sequence[float] = 5,
    *,
    alpha: float = 0.05,
    sides: int = 2,
    spending: str | Spending | WangTsiatis = "obrien_fleming",
    futility: str | Spending | None = None,
    binding: bool = False,
    beta: float = 0.2,
) -> GroupSequential:
    """Design a test that may stop at planned looks and errs no more often than one with one look.

    Parameters
    ----------
    looks : int or sequence of float
        A number of equally spaced looks, or their information fractions, the last one 1.
    alpha : float
        Error rate over all sides: with two, half of it is spent on each, so that 0.05 stands
        for the 0.025 of a one-sided table.
    sides : int
        2: stop for an effect of either sign. 1: only for one above 0.
    spending : str, Spending or WangTsiatis
        How alpha is spent: a name of `SPENDING`, a function with its parameter, or a shape.
    futility : str or Spending, optional
        How beta is spent on stopping without an effect; not at all if left out.
    binding : bool
        Let the bounds for efficacy rely on the test stopping for futility: lower bounds, but
        a test that goes on past futility errs too often. For one-sided tests.
    beta : float
        Probability to miss the effect that the design is for: 1 less its power.

    Returns
    -------
    GroupSequential
        With its bounds and the drift at which it has its power.

    Raises
    ------
    CvosimError
        If the looks are out of order or do not end at 1, a name is unknown, a rate is none, or
        the parts do not go together; it says what to write.

    Examples
    --------
    >>> design = group_sequential((0.15, 0.4, 0.8, 1.0), spending="pocock")
    >>> [round(z, 4) for z in design.bounds.upper]
    [2.5282, 2.3834, 2.2726, 2.3577]
    >>> group_sequential(3, alpha=0.025, sides=1, futility="obrien_fleming", beta=0.1).inflation
    1.0593...
    """
    times = planned_looks(looks)
    check_level(alpha, sides)
    if not 0.0 < beta < 1.0 - alpha / sides:
        raise CvosimError(f"beta: must be between 0 and 1 less alpha (got {beta:g})")
    rule = spending if isinstance(spending, WangTsiatis) else spending_function(spending)
    misses = None if futility is None else spending_function(futility)
    _check_parts(rule, misses, binding=binding, sides=sides)
    draft = GroupSequential(times, alpha, sides, beta, rule, misses, binding, Bounds(()), 0.0)
    fixed = bounds_at(draft, times) if misses is None else None

    def bounds(drift: float) -> Bounds:
        return fixed or bounds_at(draft, times, drift=drift)

    drift = _drift_of(times, bounds, 1.0 - beta, draft.fixed_drift)
    return replace(draft, bounds=bounds(drift), drift=drift)


def _check_parts(
    rule: Spending | WangTsiatis, misses: Spending | None, *, binding: bool, sides: int
) -> None:
    if misses is not None and isinstance(rule, WangTsiatis):
        raise CvosimError("futility: goes with a spending function, not with a shape")
    if binding and (misses is None or sides == 2):
        raise CvosimError("binding: is for one-sided tests with futility; leave it out")


def _drift_of(
    times: tuple[float, ...], bounds: Callable[[float], Bounds], power: float, start: float
) -> float:
    """Drift at which the bounds made for it have a power."""
    from scipy.optimize import brentq

    def short(drift: float) -> float:
        return power_of(times, bounds(drift), drift) - power

    # no test of the same error rate beats the one with one look (Neyman & Pearson, 1933)
    high = 1.1 * start
    while short(high) < 0.0:
        high *= 1.3
    return float(brentq(short, 0.99 * start, high, xtol=1e-12))
