"""Bounds of a design at looks as they come, which is seldom quite as planned."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, spending_bounds
from cvosim.stats.sequential.fractions import risen
from cvosim.stats.sequential.futility import FutilityRule, bounds_with_futility, closed
from cvosim.stats.sequential.peeking import false_alarm_rate
from cvosim.stats.sequential.shapes import WangTsiatis

if TYPE_CHECKING:
    from cvosim.stats.sequential.design import GroupSequential
    from cvosim.stats.sequential.spending import Spending

_SAME = 1e-6
"""Information fractions as near as this are the same look."""


def bounds_at(
    design: GroupSequential,
    fractions: Sequence[float],
    *,
    final: bool = False,
    drift: float | None = None,
) -> Bounds:
    """Bounds that keep the error rate of a design at the looks that were really taken.

    Parameters
    ----------
    design : GroupSequential
        With a spending function; a shape holds for the planned looks only.
    fractions : sequence of float
        Of the planned information, at the looks so far, rising. The last one may be above 1:
        then more data came than planned, and all is spent there.
    final : bool
        Whether the last of them is the end of the test even if it is below 1: all that is left
        of the error rate is spent there. Must not depend on what the data show.
    drift : float, optional
        At which bounds for futility count misses: the design's own if left out.

    Returns
    -------
    Bounds
        A value a look (Lan & DeMets, 1983).

    Raises
    ------
    CvosimError
        If looks are out of order, come after the end, or are not those of a shape.

    Examples
    --------
    >>> from cvosim.stats.sequential.planning import group_sequential
    >>> design = group_sequential((0.5, 1.0))
    >>> [round(z, 3) for z in bounds_at(design, (0.4, 0.7, 1.0)).upper]
    [3.357, 2.445, 2.001]
    """
    times = risen(fractions)
    _refuse_after_the_end(times)
    if isinstance(design.spending, WangTsiatis):
        return _planned_shape(design, design.spending, times)
    final = final or at_the_end(times[-1])
    alphas = _steps(design.spending, times, design.alpha / design.sides, final=final)
    if design.futility is None:
        return spending_bounds(times, alphas, sides=design.sides)
    betas = _steps(design.futility, times, design.beta, final=final)
    rule = FutilityRule(betas, design.drift if drift is None else drift, design.binding)
    bounds = bounds_with_futility(times, alphas, rule, sides=design.sides)
    return closed(bounds) if final else bounds


def _steps(spending: Spending, times: Sequence[float], rate: float, *, final: bool) -> list[float]:
    spent = spending.spent(times, rate)
    if final:
        spent[-1] = rate
    return [float(step) for step in np.diff(spent, prepend=0.0)]


def at_the_end(fraction: float) -> bool:
    """Whether all planned information is in, and the test over.

    Examples
    --------
    >>> at_the_end(0.7), at_the_end(1.0), at_the_end(1.2)
    (False, True, True)
    """
    return fraction >= 1.0 - _SAME


def _refuse_after_the_end(times: tuple[float, ...]) -> None:
    ended = [k for k, time in enumerate(times[:-1]) if at_the_end(time)]
    if ended:
        raise CvosimError(
            f"fractions: look {ended[0] + 1} (at {times[ended[0]]:g}) was the last, and all of"
            " alpha is spent; data after it cannot be tested. Leave them out, or plan for them"
            " before the test starts"
        )


def _planned_shape(design: GroupSequential, shape: WangTsiatis, times: tuple[float, ...]) -> Bounds:
    """Bounds of a shape at its first looks; a look it was not made for is refused."""
    planned = design.looks[: len(times)]
    if len(planned) != len(times) or not np.allclose(planned, times, rtol=0.0, atol=_SAME):
        rate = false_alarm_rate(times, alpha=design.alpha, sides=design.sides)
        listed = ", ".join(f"{look:.4g}" for look in design.looks)
        raise CvosimError(
            f"fractions: the {shape} holds for the looks it was made for ({listed}); write"
            ' spending="obrien_fleming" or "pocock" for looks that may move. Tested at'
            f" {100 * design.alpha:g} % each, these would find an effect that is not there in"
            f" {100 * rate:.1f} % of tests"
        )
    bounds = shape.bounds(design.looks, design.alpha / design.sides, sides=design.sides)
    return bounds._replace(upper=bounds.upper[: len(times)])
