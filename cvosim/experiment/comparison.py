"""What a comparison of scenarios on the same customers says, and what can be compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cvosim.errors import Problem, ScenarioError
from cvosim.metrics.estimate import Metrics, number_or_none
from cvosim.stats.decomposition import ValueSplit
from cvosim.tables.manifest import Manifest

if TYPE_CHECKING:
    from cvosim.scenario import Scenario


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
