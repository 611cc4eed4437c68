"""Run a scenario until an interval is narrow enough."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any

import numpy as np

from cvosim.errors import CvosimError
from cvosim.experiment.precision.estimate import Controlled, controlled, residual
from cvosim.experiment.precision.goal import Goal
from cvosim.experiment.precision.jobs import Found, Question, Search, search
from cvosim.experiment.precision.side import Side, metric_of, side_of
from cvosim.experiment.precision.sums import ProductSums
from cvosim.experiment.precision.tails import too_few_by, with_constant
from cvosim.experiment.streaming import Stream, asked_for, manifest_of
from cvosim.metrics.aggregate import Wanted
from cvosim.metrics.estimate import number_or_none
from cvosim.metrics.metric import MONEY, VALUE, Metric
from cvosim.plan import Plan, compile_plan
from cvosim.scenario import Scenario
from cvosim.tables.columns import Floats

CERTAIN = 8
"""Blocks after which a value without any spread so far is taken for certain."""


@dataclass(frozen=True)
class PreciseRun:
    """A metric as precisely as was asked for, and all others as precisely as that left them.

    Attributes
    ----------
    stream : Stream
        All metrics of the customers that it took.
    metric : str
        The one asked for.
    unit : str
        Of it.
    goal : Goal
        What was asked for.
    estimate : Controlled
        Of the metric, with control variates where they pay.
    theory : float or None
        Its exact value, where `cvosim.theory` has a closed form.
    reached : bool
        Whether the interval is as narrow as was asked for.
    stopped : bool
        Whether somebody pressed Ctrl-C.
    settled : bool
        Whether so many customers carry its spread that the interval can be believed.
    most_customers, least_customers : int
        That were allowed; before the first look.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> found = run_to_precision(load_scenario("carpet_cleaning"), "5%", metric="reach.tripwire")
    >>> found.reached, found.estimate.half_width <= 0.05 * found.estimate.value
    (True, True)
    """

    stream: Stream
    metric: str
    unit: str
    goal: Goal
    estimate: Controlled
    theory: float | None
    reached: bool
    stopped: bool
    settled: bool
    most_customers: int = field(repr=False)
    least_customers: int = field(repr=False)

    @property
    def customers(self) -> int:
        """Customers that it took."""
        return self.stream.customers

    @property
    def saved(self) -> int:
        """Customers that control variates saved."""
        return self.estimate.saved(self.customers, self.goal.half_width(self.estimate.value))

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        low, high = self.estimate.interval()
        precision = {
            "metric": self.metric,
            "unit": self.unit,
            "goal": str(self.goal),
            "reached": self.reached,
            "stopped": self.stopped,
            "settled": self.settled,
            "customers": self.customers,
            "most_customers": self.most_customers,
            **{name: number_or_none(x) for name, x in (("low", low), ("high", high))},
            **controlled_dict(self.estimate, self.saved),
            "theory": number_or_none(self.theory),
        }
        return {**self.stream.to_dict(), "precision": precision}


def controlled_dict(one: Controlled, saved: int) -> dict[str, Any]:
    """Give an estimate as plain numbers: what is not a number is null."""
    numbers = {
        name: number_or_none(getattr(one, name))
        for name in ("value", "standard_error", "plain_value", "plain_error", "gain")
    }
    return {**numbers, "controls": one.controls, "customers_saved": saved}


def run_to_precision(
    scenario: Scenario,
    precision: str | float | Goal,
    *,
    metric: str = VALUE,
    seed: int | None = None,
    how: Search = Search(),  # noqa: B008  a tuple
) -> PreciseRun:
    """Simulate as many customers as it takes for the 95 % interval of a metric to be so narrow.

    Half the width of the interval is what is made small: ``"1%"`` is one percent of the metric's
    value, ``0.05`` is in its unit. Customers are added by blocks of 131,072, and the interval is
    looked at now and then (see `cvosim.experiment.precision.goal.Looks` for why looking does not
    spoil it). While a few big spenders decide how wide it is, it is not believed: see
    `cvosim.experiment.precision.tails`. Control variates make it narrower where they pay.

    The market is that of the scenario: its number of customers decides how dense arrivals are,
    but not how many are simulated.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.
    precision : str, float or Goal
        Half the width.
    metric : str
        A share, mean, ratio or total; a total only by percent.
    seed : int, optional
        Key of all randomness; the scenario's own by default.
    how : Search
        Executor, most customers and progress.

    Returns
    -------
    PreciseRun

    Raises
    ------
    CvosimError
        In words, for what cannot be asked.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> found = run_to_precision(load_scenario("cdnow"), "1%", metric="orders_per_buyer")
    >>> found.reached, found.theory is not None
    (True, True)
    """
    goal = Goal.of(precision)
    scenario, _ = asked_for(scenario, None, seed)
    plan = compile_plan(scenario)
    asked = metric_of(plan, metric)
    require_sense(asked, goal)
    side = side_of(plan, asked)
    started, clock = datetime.now(UTC), time.perf_counter()
    ask = Question(
        (plan,), scenario.seed, (side.columns,), (side.watched,), True, partial(_residuals, side)
    )
    found = search(ask, how, lambda sums: _short_by(side, goal, sums, CERTAIN * how.looks.block))
    seconds = time.perf_counter() - clock
    return PreciseRun(
        stream=_stream(scenario, plan, found, (started, seconds)),
        metric=metric,
        unit=scenario.currency if asked.unit == MONEY else asked.unit,
        goal=goal,
        estimate=estimate_of(side, found.answer.sums),
        theory=side.known.metric,
        reached=found.reached,
        stopped=found.stopped,
        settled=found.reached or _unsettled(found.answer.sums) <= 1.0,
        most_customers=how.most,
        least_customers=how.looks.first(how.most),
    )


def require_sense(metric: Metric, goal: Goal) -> None:
    """Refuse a goal that more customers would only move away from."""
    if metric.denominator is None and not goal.relative:
        raise CvosimError(
            f"precision: {metric.name} is a total, which grows with the customers; "
            "ask for a percentage, such as 1%"
        )


def estimate_of(side: Side, sums: ProductSums) -> Controlled:
    """Estimate a metric with its controls; without an interval where too few carry it."""
    value, error = side.estimate(sums)
    if math.isnan(error) or not side.has_interval(sums):
        return Controlled(value, math.nan, value, math.nan)
    found = controlled(value, side.influence(sums), sums, side.controls())
    # a share of exactly 0 or 1 has an error that its influences do not show
    if found.plain_error == 0.0:
        return Controlled(value, error, value, error)
    return found


def _short_by(side: Side, goal: Goal, sums: ProductSums, certain: int) -> float:
    found = estimate_of(side, sums)
    if found.standard_error == 0.0:
        return 0.0 if sums.prospects >= certain or side.metric.certain else math.nan
    return worse(found.half_width, goal.half_width(found.value), _unsettled(sums))


def worse(half_width: float, wanted: float, too_few: float) -> float:
    """Half the width over that wanted, or more where customers are too few to believe it.

    Examples
    --------
    >>> worse(1.0, 2.0, too_few=0.04), worse(1.0, 2.0, too_few=9.0), worse(1.0, 0.0, too_few=0.0)
    (0.5, 3.0, inf)
    """
    if math.isnan(half_width) or math.isnan(too_few):
        return math.nan
    return max(half_width / wanted if wanted > 0.0 else math.inf, math.sqrt(too_few))


def _unsettled(sums: ProductSums) -> float:
    return too_few_by(sums.tails[0]) if len(sums.tails) else math.nan


def _residuals(side: Side, sums: ProductSums) -> Floats:
    """Weights of what is estimated; NaN while too few carry it. Called by workers as well."""
    if not side.has_interval(sums) or math.isnan(side.estimate(sums)[1]):
        return np.full((1, len(sums.sums) + 1), math.nan)
    left = residual(side.influence(sums), sums, side.controls())
    return with_constant(left, sums)[np.newaxis]


def _stream(scenario: Scenario, plan: Plan, found: Found, when: tuple[datetime, float]) -> Stream:
    total = found.answer.aggregate
    assert total is not None
    manifest = manifest_of(scenario, plan, total.moments.count, when)
    return Stream(scenario, Wanted(), total, manifest, 0, total.moments.count)
