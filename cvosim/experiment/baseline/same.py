"""Whether two runs, or two scenarios, come to exactly the same."""

from __future__ import annotations

import math
from collections.abc import Mapping

from cvosim.metrics.estimate import Estimate
from cvosim.plan import compile_plan, plan_hash
from cvosim.scenario.scenario import Scenario


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
