"""Whether two runs, or two scenarios, come to exactly the same."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cvosim.experiment.baseline.record import Record
from cvosim.metrics.estimate import Estimate
from cvosim.plan import compile_plan, plan_hash
from cvosim.scenario.scenario import Scenario

SUMMING = 1e-9
"""Part of a number that other processors may move by adding up in another order."""


def equal(ours: Mapping[str, Estimate], theirs: Mapping[str, Estimate]) -> bool:
    """Tell whether metrics are the same to the bit; NaN equals NaN.

    Examples
    --------
    >>> from cvosim.metrics.estimate import Metrics
    >>> one = Metrics({"cac": Estimate(float("nan"), 0.0, "USD")})
    >>> equal(one, Metrics({"cac": Estimate(float("nan"), 0.0, "USD")}))
    True
    """
    return ours.keys() == theirs.keys() and all(
        same_estimate(ours[name], theirs[name]) for name in ours
    )


def same_estimate(ours: Estimate, theirs: Estimate) -> bool:
    """Tell whether two estimates are the same to the bit."""
    return ours.unit == theirs.unit and all(
        mine == yours or (math.isnan(mine) and math.isnan(yours))
        for mine, yours in zip(ours[:2], theirs[:2], strict=True)
    )


def same_life(ours: Scenario, theirs: Scenario) -> bool:
    """Tell, without living them, that two scenarios cannot differ in any number."""
    if ours.currency != theirs.currency:
        return False
    return plan_hash(compile_plan(ours)) == plan_hash(compile_plan(theirs))


def same_run(then: Record, today: Record) -> bool:
    """Tell whether exactly the same happened to everybody, and it was counted alike.

    A metric that only one of the releases has says nothing about it; the order in which a
    processor adds up is no matter either.
    """
    common = then.metrics.keys() & today.metrics.keys()
    old, new = ({name: one.metrics[name] for name in common} for one in (then, today))
    return then.trajectory_hash == today.trajectory_hash and apart(old, new) <= SUMMING


def apart(before: Mapping[str, Estimate], after: Mapping[str, Estimate]) -> float:
    """Part of a number by which metrics differ at most; infinite where one is none."""
    names = before.keys() | after.keys()
    return max((_gap(before.get(name), after.get(name)) for name in names), default=0.0)


def _gap(one: Estimate | None, other: Estimate | None) -> float:
    if one is None or other is None or one.unit != other.unit:
        return math.inf
    if same_estimate(one, other):
        return 0.0
    pairs = ((one.value, other.value), (one.standard_error, other.standard_error))
    return max(_relative(*pair) for pair in pairs)


def _relative(one: float, other: float) -> float:
    if one == other or (math.isnan(one) and math.isnan(other)):
        return 0.0
    if not (math.isfinite(one) and math.isfinite(other)):
        return math.inf
    return abs(one - other) / max(abs(one), abs(other))
