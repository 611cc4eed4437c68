"""A group-sequential design applied to data as they come in."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from cvosim.errors import DataError
from cvosim.stats.sequential.boundaries import Bounds
from cvosim.stats.sequential.replanning import at_the_end, bounds_at
from cvosim.stats.sequential.stagewise import StagewiseResult, stagewise_result

if TYPE_CHECKING:
    from cvosim.stats.sequential.design import GroupSequential


class Decision(StrEnum):
    """What to do after a look."""

    CONTINUE = "continue"
    EFFICACY = "stop for efficacy"
    HARM = "stop for harm"
    FUTILITY = "stop for futility"
    NOT_SHOWN = "end: no effect shown"
    STOPPED = "had stopped before"


class Look(NamedTuple):
    """What a look shows.

    Attributes
    ----------
    fraction : float
        Of the planned information.
    estimate, standard_error, z : float
        Of the effect.
    bound : float
        That z, or its size in a two-sided test, must reach.
    futility : float, optional
        Below which the test is hopeless.
    decision : Decision
        After the look.
    low, high : float
        Repeated confidence interval: all of them together hold with probability 1 − alpha,
        whenever and for whatever reason the test stops (Jennison & Turnbull, 1989, Journal of the
        Royal Statistical Society B 51:305-334). A one-sided test's has no upper end.
    """

    fraction: float
    estimate: float
    standard_error: float
    z: float
    bound: float
    futility: float | None
    decision: Decision
    low: float
    high: float


@dataclass(frozen=True)
class SequentialAnalysis:
    """A test so far.

    Attributes
    ----------
    looks : tuple of Look
        In their order.
    stopped : int, optional
        Look, from 0, at which the test stopped; None if it goes on.
    result : StagewiseResult, optional
        P-value, median-unbiased estimate and interval at the stop.

    Examples
    --------
    >>> from cvosim.stats.sequential.planning import group_sequential
    >>> found = analyse(group_sequential(3), (0.3, 0.7), (0.5, 0.9), (0.5, 0.3))
    >>> found.decision.value
    'stop for efficacy'
    >>> round(found.result.p_value, 4)
    0.0028
    """

    looks: tuple[Look, ...]
    stopped: int | None
    result: StagewiseResult | None

    @property
    def decision(self) -> Decision:
        """Of the look at which the test stopped, of the last one if it goes on."""
        return self.looks[-1 if self.stopped is None else self.stopped].decision

    def to_dict(self) -> dict[str, object]:
        """Give everything as numbers, texts and lists; what is infinite is None."""
        looks = [_plain(look._asdict()) for look in self.looks]
        result = None if self.result is None else _plain(self.result._asdict())
        return {"looks": looks, "stopped": self.stopped, "result": result}


def analyse(
    design: GroupSequential,
    fractions: Sequence[float],
    estimates: Sequence[float],
    standard_errors: Sequence[float],
    *,
    final: bool = False,
) -> SequentialAnalysis:
    """Apply a design to the looks taken so far.

    Parameters
    ----------
    design : GroupSequential
        Made before the data.
    fractions : sequence of float
        Share of the planned information at each look, as it really was: bounds are found for
        these. Above 1 for the last one if more data came than planned.
    estimates, standard_errors : sequence of float
        Of the effect, from all data up to a look.
    final : bool
        Whether the test ends with the last of these looks even if its fraction is below 1. To
        be decided without regard to what the data show.

    Returns
    -------
    SequentialAnalysis
        With a result once the test has stopped. A test that goes on past a bound for futility
        that does not bind has not stopped there.

    Raises
    ------
    CvosimError
        If looks are out of order or come after the end.
    DataError
        If there is not one estimate and one standard error above 0 a look.

    Examples
    --------
    >>> from cvosim.stats.sequential.planning import group_sequential
    >>> found = analyse(group_sequential((0.5, 1.0)), [0.48], [0.021], [0.010])
    >>> look = found.looks[0]
    >>> look.decision.value, round(look.bound, 3), round(look.low, 4), round(look.high, 4)
    ('continue', 3.032, -0.0093, 0.0513)
    """
    _check_data(fractions, estimates, standard_errors)
    bounds = bounds_at(design, fractions, final=final)
    over = final or at_the_end(fractions[-1])
    looks, stopped = [], None
    for k, (estimate, error) in enumerate(zip(estimates, standard_errors, strict=True)):
        last = k + 1 == len(fractions)
        decision = Decision.STOPPED
        if stopped is None:
            decision = _decide(bounds, k, estimate / error, over=over and last)
            passed = decision is Decision.FUTILITY and not (last or design.binding)
            if decision is not Decision.CONTINUE and not passed:
                stopped = k
        looks.append(_look(fractions[k], (estimate, error), bounds, k, decision))
    result = None if stopped is None else _result(design, looks[: stopped + 1], bounds)
    return SequentialAnalysis(tuple(looks), stopped, result)


def _decide(bounds: Bounds, k: int, z: float, *, over: bool) -> Decision:
    if z >= bounds.upper[k]:
        return Decision.EFFICACY
    if bounds.sides == 2 and z <= -bounds.upper[k]:
        return Decision.HARM
    if over:
        return Decision.NOT_SHOWN
    size = abs(z) if bounds.sides == 2 else z
    if bounds.futility is not None and size < bounds.inner(k):
        return Decision.FUTILITY
    return Decision.CONTINUE


def _look(
    fraction: float, effect: tuple[float, float], bounds: Bounds, k: int, decision: Decision
) -> Look:
    estimate, error = effect
    reach = bounds.upper[k] * error
    high = estimate + reach if bounds.sides == 2 else math.inf
    futility = None if bounds.futility is None else bounds.futility[k]
    return Look(
        fraction, estimate, error, estimate / error, bounds.upper[k], futility, decision,
        estimate - reach, high,
    )  # fmt: skip


def _result(design: GroupSequential, looks: Sequence[Look], bounds: Bounds) -> StagewiseResult:
    fractions, stop = [look.fraction for look in looks], looks[-1]
    heeded = bounds if design.binding else bounds._replace(futility=None)
    unit = stop.standard_error * math.sqrt(stop.fraction)
    return stagewise_result(fractions, heeded, stop.z, alpha=design.alpha, unit=unit)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Numbers as plain floats, those without end as None, and texts."""
    return {
        name: str(value)
        if isinstance(value, str)
        else float(value)
        if isinstance(value, float | int) and math.isfinite(value)
        else None
        for name, value in values.items()
    }


def _check_data(
    fractions: Sequence[float], estimates: Sequence[float], errors: Sequence[float]
) -> None:
    if not len(fractions) == len(estimates) == len(errors):
        raise DataError(
            f"there must be one fraction, estimate and standard error a look (got"
            f" {len(fractions)}, {len(estimates)}, {len(errors)})"
        )
    for k, (estimate, error) in enumerate(zip(estimates, errors, strict=True)):
        if not (math.isfinite(estimate) and math.isfinite(error) and error > 0.0):
            raise DataError(
                f"look {k + 1}: must have an estimate and a standard error above 0 (got"
                f" {estimate:g} and {error:g})"
            )
