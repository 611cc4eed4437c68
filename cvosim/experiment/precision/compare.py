"""Compare scenarios until the interval of the difference is narrow enough."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from cvosim.experiment.compare import check_comparable
from cvosim.experiment.precision.estimate import Controlled, controlled, residual
from cvosim.experiment.precision.goal import Goal
from cvosim.experiment.precision.jobs import Question, Search, search
from cvosim.experiment.precision.run import CERTAIN, controlled_dict, require_sense, worse
from cvosim.experiment.precision.side import Side, metric_of, side_of
from cvosim.experiment.precision.sums import ProductSums
from cvosim.experiment.precision.tails import too_few_by, with_constant
from cvosim.experiment.streaming import asked_for
from cvosim.metrics.estimate import number_or_none
from cvosim.metrics.metric import MONEY, VALUE, WITH_REFERRALS
from cvosim.metrics.moments import LEAST_CARRIERS
from cvosim.plan import Plan, compile_plan
from cvosim.scenario import Scenario
from cvosim.tables.columns import Floats


class PreciseDifference(NamedTuple):
    """How a metric differs between a variant and the baseline, on the same customers.

    Attributes
    ----------
    baseline, variant : float
        The metric in either scenario.
    estimate : Controlled
        Of variant less baseline.
    variance_reduction : float
        How many times as many customers two independent samples would need, without controls.
    differing : int
        Customers for whom the metric's numbers differ.
    baseline_error, variant_error : float
        Standard errors of the metric in either scenario, without controls.
    """

    baseline: float
    variant: float
    estimate: Controlled
    variance_reduction: float
    differing: int
    baseline_error: float
    variant_error: float

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0."""
        low, high = self.estimate.interval()
        return low > 0.0 or high < 0.0


@dataclass(frozen=True)
class PreciseComparison:
    """Differences of one metric as precise as was asked for.

    Attributes
    ----------
    baseline : str
        Name of the first scenario.
    metric, unit : str
        What is compared.
    goal : Goal
        A percentage is of the baseline's value.
    seed, customers : int
        Market prospects that it took, the same for every scenario.
    differences : mapping of str to PreciseDifference
        By variant.
    theory : mapping of str to float
        Exact value of the metric by scenario, where `cvosim.theory` has it.
    reached, stopped : bool
        Whether all intervals are so narrow; whether somebody pressed Ctrl-C.
    settled : bool
        Whether so many customers carry each difference's spread that its interval can be believed.
    most_customers, least_customers : int
        That were allowed; before the first look.
    """

    baseline: str
    metric: str
    unit: str
    goal: Goal
    seed: int
    customers: int
    differences: Mapping[str, PreciseDifference]
    theory: Mapping[str, float]
    reached: bool
    stopped: bool
    settled: bool
    most_customers: int
    least_customers: int

    def saved(self, one: PreciseDifference) -> int:
        """Customers that control variates saved one of the differences."""
        return one.estimate.saved(self.customers, self.goal.half_width(one.baseline))

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        same = ("baseline", "metric", "unit", "seed", "customers", "reached", "stopped", "settled")
        return {
            **{name: getattr(self, name) for name in same},
            "most_customers": self.most_customers,
            "goal": str(self.goal),
            "differences": {name: self._one(one) for name, one in self.differences.items()},
            "theory": dict(self.theory),
        }

    def _one(self, one: PreciseDifference) -> dict[str, Any]:
        low, high = one.estimate.interval()
        inner = controlled_dict(one.estimate, self.saved(one))
        return {
            "baseline": number_or_none(one.baseline),
            "variant": number_or_none(one.variant),
            "difference": inner.pop("value"),
            "low": number_or_none(low),
            "high": number_or_none(high),
            **inner,
            "variance_reduction": number_or_none(one.variance_reduction),
            "differing": one.differing,
            "baseline_error": number_or_none(one.baseline_error),
            "variant_error": number_or_none(one.variant_error),
        }


def compare_to_precision(
    scenarios: Sequence[Scenario],
    precision: str | float | Goal,
    *,
    metric: str = VALUE,
    seed: int | None = None,
    how: Search = Search(),  # noqa: B008  a tuple
) -> PreciseComparison:
    """Let as many customers meet every scenario as it takes to know the difference so precisely.

    A percentage is of the baseline's value, not of the difference: a variant that changes nothing
    would otherwise never be done. With ``"1%"`` and a prospect worth 6.30, the difference is
    known to 0.063 either way. Several variants go on until all differences are so narrow.

    The customers are the same in every scenario; the interval without controls is that of
    `cvosim.compare` on the same customers. It is withheld while fewer than 30 customers differ,
    unless none does among a million, and not believed while a few of them decide how wide it is:
    see `cvosim.experiment.precision.tails`.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The baseline, then one variant or more; names must differ, horizon and currency not.
    precision : str, float or Goal
        Half the width of each interval.
    metric : str
        A share, mean, ratio or total.
    seed : int, optional
        For every scenario; the baseline's own by default.
    how : Search
        Executor, most customers and progress.

    Returns
    -------
    PreciseComparison

    Raises
    ------
    CvosimError
        In words, for what cannot be asked.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> base = load_scenario("carpet_cleaning")
    >>> dear = load_scenario("carpet_cleaning", ["name=Dear", "journey.tripwire.price=49"])
    >>> found = compare_to_precision([base, dear], "5%", metric="conversion.tripwire")
    >>> found.reached, found.differences["Dear"].significant
    (True, True)
    """
    check_comparable(scenarios)
    goal = Goal.of(precision)
    base, _ = asked_for(scenarios[0], None, seed)
    names, plans, sides = _asked(scenarios, base, metric)
    require_sense(sides[0].metric, goal)
    columns, watched = (
        tuple(side.columns for side in sides),
        tuple(side.watched for side in sides),
    )
    ask = Question(plans, base.seed, columns, watched, False, partial(_residuals, tuple(sides)))
    least = CERTAIN * how.looks.block
    found = search(ask, how, lambda sums: _short_by(sides, goal, sums, least))
    sums = found.answer.sums
    known = {name: side.known.metric for name, side in zip(names, sides, strict=True)}
    variants = {name: _difference(sides, place, sums) for place, name in enumerate(names) if place}
    return PreciseComparison(
        baseline=names[0],
        metric=metric,
        unit=base.currency if sides[0].metric.unit == MONEY else sides[0].metric.unit,
        goal=goal,
        seed=base.seed,
        customers=sums.prospects,
        differences=MappingProxyType(variants),
        theory=MappingProxyType({n: value for n, value in known.items() if value is not None}),
        reached=found.reached,
        stopped=found.stopped,
        settled=found.reached or all(_unsettled(sums, n) <= 1.0 for n in range(1, len(sides))),
        most_customers=how.most,
        least_customers=how.looks.first(how.most),
    )


def _asked(
    scenarios: Sequence[Scenario], base: Scenario, metric: str
) -> tuple[list[str], tuple[Plan, ...], list[Side]]:
    """Names, plans and sides of the scenarios, in the baseline's market and with its luck."""
    market = {"customers": base.customers, "seed": base.seed}
    plans = tuple(compile_plan(one.model_copy(update=market)) for one in scenarios)
    instead = metric == WITH_REFERRALS and any(len(plan.referral) for plan in plans)
    sides: list[Side] = []
    for plan in plans:
        start = sides[-1].start + len(sides[-1].columns) if sides else 0
        sides.append(side_of(plan, metric_of(plan, metric, instead=instead), start))
    return [one.name for one in scenarios], plans, sides


def _difference(sides: Sequence[Side], place: int, sums: ProductSums) -> PreciseDifference:
    """Paired difference of a variant and the baseline; see `cvosim.compare`."""
    ours, theirs = sides[0], sides[place]
    (before, error), (after, other) = ours.estimate(sums), theirs.estimate(sums)
    change, differing = after - before, int(sums.differing[place])
    if math.isnan(error) or math.isnan(other):
        unknown = Controlled(change, math.nan, change, math.nan)
        return PreciseDifference(before, after, unknown, math.nan, differing, error, other)
    one, two = ours.influence(sums), theirs.influence(sums)
    found = controlled(change, two - one, sums, {**ours.controls(), **theirs.controls()})
    covariance = sums.covariances()
    apart = [float(side @ covariance @ side) for side in (one, two)]
    together = float((two - one) @ covariance @ (two - one))
    # a share of exactly 0 or 1 has an error that its influences do not show
    unseen = [e for e, spread in zip((error, other), apart, strict=True) if spread <= 0.0]
    hidden = math.hypot(*unseen)
    if hidden and differing:
        plain = math.hypot(found.plain_error, hidden)
        found = Controlled(change, plain, change, plain)
    reduction = sum(apart) / together if together > 0.0 else math.inf
    return PreciseDifference(before, after, found, reduction, differing, error, other)


def _short_by(sides: Sequence[Side], goal: Goal, sums: ProductSums, certain: int) -> float:
    """Half the width of the worst difference over that wanted."""
    worst = 0.0
    for place in range(1, len(sides)):
        found = _difference(sides, place, sums)
        if found.differing == 0:
            ratio = 0.0 if sums.prospects >= certain else math.nan
        elif found.differing < LEAST_CARRIERS:
            ratio = math.nan
        else:
            width = goal.half_width(found.baseline)
            ratio = worse(found.estimate.half_width, width, _unsettled(sums, place))
        worst = ratio if math.isnan(ratio) else max(worst, ratio)
        if math.isnan(worst):
            return worst
    return worst


def _unsettled(sums: ProductSums, place: int) -> float:
    if not sums.differing[place]:
        return 0.0
    return too_few_by(sums.tails[place - 1]) if len(sums.tails) else math.nan


def _residuals(sides: Sequence[Side], sums: ProductSums) -> Floats:
    """Weights of each difference; NaN while too few carry it. Called by workers as well."""
    ours = sides[0]
    rows = []
    for theirs in sides[1:]:
        if math.isnan(ours.estimate(sums)[1]) or math.isnan(theirs.estimate(sums)[1]):
            rows.append(np.full(len(sums.sums) + 1, math.nan))
            continue
        influence = theirs.influence(sums) - ours.influence(sums)
        left = residual(influence, sums, {**ours.controls(), **theirs.controls()})
        rows.append(with_constant(left, sums))
    return np.array(rows)
