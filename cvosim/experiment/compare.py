"""Twins: the same customers, with the same luck, meet every scenario."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.errors import Problem, ScenarioError
from cvosim.experiment.sameness import identical_share
from cvosim.experiment.twins import (
    linear_weights,
    paired_sums,
    value_split,
    with_referrals,
    with_word_of_mouth,
)
from cvosim.metrics.estimate import Estimate, Metrics, number_or_none
from cvosim.metrics.measure import measure, moments_of
from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.metrics.moments import Moments
from cvosim.stats.decomposition import WORD_OF_MOUTH, ValueSplit
from cvosim.stats.paired import PairedInterval, PairedSums, paired_interval
from cvosim.tables.columns import CustomerTable
from cvosim.tables.manifest import Manifest

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

Progress = Callable[[int], None]


@dataclass(frozen=True)
class Difference:
    """How a metric differs between a variant and the baseline.

    Attributes
    ----------
    baseline, variant : float or None
        The metric in either scenario; None where the scenario has no such metric (a stage
        that it lacks), NaN where it is not defined.
    difference, standard_error : float or None
        Variant less baseline, on the same customers; None where one side is None.
    low, high : float or None
        Normal 95 % confidence interval of the difference; NaN where too few customers carry
        either side, or where a share is exactly 0 or 1 on both.
    variance_reduction : float or None
        How many times as many customers two independent samples would need for an interval
        as narrow; infinite where the difference is certain.
    unit : str
        Of all but the last.
    """

    baseline: float | None
    variant: float | None
    difference: float | None
    standard_error: float | None
    low: float | None
    high: float | None
    variance_reduction: float | None
    unit: str

    @property
    def significant(self) -> bool:
        """Whether the interval excludes 0."""
        return (
            self.low is not None and self.high is not None and (self.low > 0.0 or self.high < 0.0)
        )

    def to_dict(self) -> dict[str, float | str | None]:
        """Give a plain dictionary, ready for JSON: what is not a number is null."""
        numbers = {name: number_or_none(getattr(self, name)) for name in _NUMBERS}
        return {**numbers, "unit": self.unit}


_NUMBERS = tuple(name for name in Difference.__dataclass_fields__ if name != "unit")


@dataclass(frozen=True)
class Comparison:
    """A baseline and its variants on the same customers.

    Attributes
    ----------
    baseline : str
        Name of the first scenario.
    variants : tuple of str
        Names of the others.
    currency : str
        Of all money.
    customers, seed : int
        Market prospects and their luck, the same for every scenario.
    metrics : mapping of str to Metrics
        By scenario. Where any scenario has referral, ``clv_with_referrals`` of those that have
        none is their ``clv_per_prospect``: nobody comes through their prospects.
    differences : mapping of str to mapping of str to Difference
        By variant, then by metric.
    decomposition : mapping of str to ValueSplit
        By variant: the difference of ``clv_per_prospect`` split into time, frequency, monetary
        value and cost. Where either scenario has referral it is that of ``clv_with_referrals``,
        and word of mouth is a part.
    identical : mapping of str to float
        By variant: share of customers to whom exactly the same happens as in the baseline; of
        people brought by referral in either, too.
    manifests : mapping of str to Manifest
        By scenario.
    asking_time : frozenset of str
        Scenarios whose core offer asks for time, not money: it is accepted, not sold.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> base = load_scenario("carpet_cleaning")
    >>> dear = load_scenario("carpet_cleaning", ["name=Dear", "journey.tripwire.price=49"])
    >>> result = compare([base, dear], customers=2000)
    >>> result.differences["Dear"]["conversion.tripwire"].difference < 0
    True
    >>> split = result.decomposition["Dear"]
    >>> parts = split.time + split.frequency + split.monetary_value + split.cost
    >>> abs(parts - split.total) < 1e-9
    True
    """

    baseline: str
    variants: tuple[str, ...]
    currency: str
    customers: int
    seed: int
    metrics: Mapping[str, Metrics]
    differences: Mapping[str, Mapping[str, Difference]]
    decomposition: Mapping[str, ValueSplit]
    identical: Mapping[str, float]
    manifests: Mapping[str, Manifest]
    asking_time: frozenset[str] = frozenset()

    def to_dict(self) -> dict[str, Any]:
        """Give plain dictionaries and lists, ready for JSON."""
        return {
            "baseline": self.baseline,
            "variants": list(self.variants),
            "currency": self.currency,
            "customers": self.customers,
            "seed": self.seed,
            "metrics": {name: metrics.to_dict() for name, metrics in self.metrics.items()},
            "differences": {
                variant: {name: one.to_dict() for name, one in metrics.items()}
                for variant, metrics in self.differences.items()
            },
            "decomposition": {name: one.to_dict() for name, one in self.decomposition.items()},
            "identical": {name: number_or_none(one) for name, one in self.identical.items()},
            "manifests": {name: one.to_dict() for name, one in self.manifests.items()},
        }


def compare(
    scenarios: Sequence[Scenario],
    *,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Let the same customers meet every scenario and compare what comes of it.

    A customer has the same luck in every scenario (common random numbers; Law 2015,
    *Simulation Modeling and Analysis*, section 11.2), so most of the noise cancels in the
    differences. Their intervals are those of paired samples, of ratios by linearisation (delta
    method; see `cvosim.stats.paired`). The pairs are market prospects: what people brought by
    referral do, of whom one scenario may have more, is added to what the prospect at the
    beginning of their chain does (Liang & Zeger 1986; see `cvosim.measure`).
    What word of mouth is worth is the difference of ``clv_with_referrals`` from a scenario
    without referral, whose prospects are worth their ``clv_per_prospect`` and bring nobody.

    Intervals are withheld where those of either side are (see `cvosim.measure`), and where a
    share is exactly 0 or 1 on both sides, unless every customer is identical: what never
    happened on either side cannot tell how often it would. A share of exactly 0 or 1 on one
    side adds its own error (Agresti & Coull 1998). No more than two tables are held at a time.

    Parameters
    ----------
    scenarios : sequence of Scenario
        The baseline, then one variant or more; names must differ, horizon and currency not.
    customers, seed : int, optional
        For every scenario; the baseline's own by default.
    threads : int, optional
        Of the kernel; never changes a number.
    progress : callable, optional
        Called now and then with the number of customers done since the last call, every
        scenario's customers counting anew.

    Returns
    -------
    Comparison
        Paired differences of every metric with 95 % intervals, and the split of the
        difference in CLV.

    Raises
    ------
    ScenarioError
        When the scenarios cannot be compared; all reasons at once.
    CvosimError
        For an impossible number of customers, seed or threads.

    Examples
    --------
    >>> from cvosim import compare, load_scenario
    >>> names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    >>> result = compare([load_scenario(name) for name in names], customers=2000)
    >>> result.differences[result.variants[0]]["clv_per_prospect"].unit
    'USD'
    """
    check_comparable(scenarios)
    first, *others = scenarios
    run = _Runner(
        first.customers if customers is None else customers,
        first.seed if seed is None else seed,
        threads,
        progress,
    )
    baseline = run(first)
    pairs = {scenario.name: _versus(baseline, run(scenario)) for scenario in others}
    metrics = {first.name: baseline.metrics} | {name: one.metrics for name, one in pairs.items()}
    differences = {name: one.differences for name, one in pairs.items()}
    if any(WITH_REFERRALS in one for one in metrics.values()):
        # for two scenarios without referral, too: all variants are compared by one measure
        metrics = {name: Metrics(with_referrals(one)) for name, one in metrics.items()}
        differences = {name: with_referrals(one) for name, one in differences.items()}
    return Comparison(
        baseline=first.name,
        variants=tuple(pairs),
        currency=first.currency,
        customers=run.customers,
        seed=run.seed,
        metrics=MappingProxyType(metrics),
        differences=MappingProxyType(
            {name: MappingProxyType(one) for name, one in differences.items()}
        ),
        decomposition=MappingProxyType({name: one.split for name, one in pairs.items()}),
        identical=MappingProxyType({name: one.identical for name, one in pairs.items()}),
        manifests=MappingProxyType(
            {first.name: baseline.manifest} | {name: one.manifest for name, one in pairs.items()}
        ),
        asking_time=frozenset(one.name for one in scenarios if _asks_time(one)),
    )


def _asks_time(scenario: Scenario) -> bool:
    core = scenario.journey.core_offer
    return core is not None and core.commitment == "time"


class _Ran(NamedTuple):
    """A scenario simulated and measured."""

    table: CustomerTable
    moments: Moments
    metrics: Metrics
    manifest: Manifest


class _Pair(NamedTuple):
    """What is kept of a variant once its table is gone."""

    metrics: Metrics
    manifest: Manifest
    differences: dict[str, Difference]
    split: ValueSplit
    identical: float


@dataclass(frozen=True)
class _Runner:
    """Simulates and measures scenarios with the same customers and luck."""

    customers: int
    seed: int
    threads: int | None
    progress: Progress | None

    def __call__(self, scenario: Scenario) -> _Ran:
        from cvosim.experiment.simulate import simulate

        done = simulate(
            scenario,
            customers=self.customers,
            seed=self.seed,
            threads=self.threads,
            progress=self.progress,
        )
        moments = moments_of(done.customers)
        metrics = measure(done.customers, currency=scenario.currency, moments=moments)
        return _Ran(done.customers, moments, metrics, done.manifest)


def _versus(baseline: _Ran, variant: _Ran) -> _Pair:
    weights = (
        linear_weights(baseline.table, baseline.moments),
        linear_weights(variant.table, variant.moments),
    )
    ours: Mapping[str, Estimate] = baseline.metrics
    theirs: Mapping[str, Estimate] = variant.metrics
    referral = WITH_REFERRALS in ours or WITH_REFERRALS in theirs
    if referral:
        weights = with_word_of_mouth(weights[0]), with_word_of_mouth(weights[1])
        ours, theirs = with_referrals(ours), with_referrals(theirs)
    sums = paired_sums(baseline.table, variant.table, weights)
    identical = identical_share(baseline.table, variant.table)
    found = _differences(ours, theirs, sums, identical=identical == 1.0)
    split = value_split(baseline.table, variant.table)
    if referral:
        before, after = (one[WITH_REFERRALS].value - one[VALUE].value for one in (ours, theirs))
        word = paired_interval(before, after, sums[WORD_OF_MOUTH])
        whole = paired_interval(before, after, sums[WITH_REFERRALS])
        errors = word.standard_error, whole.standard_error
        split = split.with_word_of_mouth(word.difference, *errors)
    return _Pair(variant.metrics, variant.manifest, found, split, identical)


def _differences(
    baseline: Mapping[str, Estimate],
    variant: Mapping[str, Estimate],
    sums: Mapping[str, PairedSums],
    *,
    identical: bool,
) -> dict[str, Difference]:
    """Every metric of either scenario, the baseline's order first."""
    found = {}
    for name in dict.fromkeys((*baseline, *variant)):
        one, other = baseline.get(name), variant.get(name)
        if one is None or other is None:
            found[name] = _one_sided(one, other)
        else:
            found[name] = _two_sided(one, other, sums[name], identical=identical)
    return found


def _two_sided(
    baseline: Estimate, variant: Estimate, sums: PairedSums, *, identical: bool
) -> Difference:
    interval = paired_interval(baseline.value, variant.value, sums)
    hidden = math.hypot(*_hidden(baseline, variant, sums))
    if identical and not math.isnan(baseline.value):  # certain, however few they are
        interval = PairedInterval(0.0, 0.0, 0.0, 0.0, interval.variance_reduction)
    elif hidden:
        interval = interval.wider(hidden if sums.baseline or sums.variant else math.nan)
    return Difference(baseline.value, variant.value, *interval, baseline.unit)


def _hidden(baseline: Estimate, variant: Estimate, sums: PairedSums) -> list[float]:
    """Errors that influences do not show: of a share of exactly 0 or 1, they are all 0."""
    sides = ((baseline, sums.baseline), (variant, sums.variant))
    return [one.standard_error for one, squares in sides if squares == 0.0]


def _one_sided(baseline: Estimate | None, variant: Estimate | None) -> Difference:
    if baseline is not None:
        return Difference(baseline.value, None, *_UNKNOWN, baseline.unit)
    assert variant is not None
    return Difference(None, variant.value, *_UNKNOWN, variant.unit)


_UNKNOWN = (None,) * 5


def check_comparable(scenarios: Sequence[Scenario]) -> None:
    """Refuse, with every reason, what cannot be compared.

    Raises
    ------
    ScenarioError
        For a single scenario, and where horizons, currencies or names do not allow it.
    """
    if len(scenarios) < 2:
        raise ScenarioError((Problem("a comparison needs a baseline and at least one variant"),))
    first = scenarios[0]
    problems, names = [], {first.name}
    for scenario in scenarios[1:]:
        for field, unit in (("horizon_days", " days"), ("currency", "")):
            found, wanted = getattr(scenario, field), getattr(first, field)
            if found != wanted:
                problems.append(
                    f'"{scenario.name}" must have the {_FIELDS[field]} of "{first.name}", '
                    f"{wanted}{unit} (got {found}{unit})"
                )
        if scenario.name in names:
            problems.append(f'two scenarios are named "{scenario.name}"; give one another name')
        names.add(scenario.name)
    if problems:
        raise ScenarioError(tuple(Problem(problem) for problem in problems))


_FIELDS = {"horizon_days": "horizon", "currency": "currency"}
