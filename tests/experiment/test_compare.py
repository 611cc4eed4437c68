"""Comparisons of made-up tables: `simulate` is replaced, so no engine is needed."""

import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from helpers.customer_tables import NAMES, blank, plausible

from cvosim.errors import ScenarioError
from cvosim.experiment.compare import Comparison, Difference, compare
from cvosim.experiment.sameness import identical_share
from cvosim.metrics import catalogue, influence, measure
from cvosim.stats import paired_difference
from cvosim.tables.columns import CustomerTable, Names
from cvosim.tables.manifest import Manifest


@dataclass(frozen=True)
class Scenario:
    """As much of a scenario as a comparison looks at."""

    name: str
    table: Callable[[int, int], CustomerTable]
    horizon_days: float = 365.0
    currency: str = "USD"
    customers: int = 3000
    seed: int = 7
    journey: Any = field(default_factory=lambda: SimpleNamespace(core_offer=None))


def funnel(lift: float) -> Callable[[int, int], CustomerTable]:
    return lambda customers, seed: plausible(customers, seed, lift=lift)


BASE = Scenario("Base", funnel(1.0))
WORSE = Scenario("Worse", funnel(0.9))
Calls = list[dict[str, Any]]


@pytest.fixture(autouse=True)
def calls(monkeypatch: pytest.MonkeyPatch) -> Calls:
    """Stand in for the engine, and note how it was asked."""
    asked: Calls = []

    def simulate(scenario: Scenario, **options: Any) -> SimpleNamespace:
        asked.append({"scenario": scenario.name, **options})
        count, seed = options["customers"], options["seed"]
        manifest = Manifest(
            scenario.name, "a", "b", 1, seed, count, "kernel", options["threads"], {}, "now", 0, 0
        )  # fmt: skip
        return SimpleNamespace(customers=scenario.table(count, seed), manifest=manifest)

    stub = SimpleNamespace(simulate=simulate)
    monkeypatch.setitem(sys.modules, "cvosim.experiment.simulate", stub)
    return asked


def run(*scenarios: Any, **options: Any) -> Comparison:
    return compare(scenarios, **options)


@pytest.fixture(scope="module")
def tables() -> tuple[CustomerTable, CustomerTable]:
    return plausible(3000, 7), plausible(3000, 7, lift=0.9)


def test_everybody_meets_every_scenario_with_the_baselines_luck(calls: Calls) -> None:
    other = replace(WORSE, customers=5, seed=99)
    found = run(BASE, other, threads=2)
    assert [(call["customers"], call["seed"]) for call in calls] == [(3000, 7), (3000, 7)]
    assert (found.customers, found.seed, found.baseline, found.variants) == (
        3000, 7, "Base", ("Worse",),
    )  # fmt: skip
    assert all(call["threads"] == 2 for call in calls)


def test_customers_and_seed_as_asked(calls: Calls) -> None:
    run(BASE, WORSE, customers=50, seed=0)
    assert {(call["customers"], call["seed"]) for call in calls} == {(50, 0)}


@pytest.mark.parametrize("name", [metric.name for metric in catalogue(NAMES)])
def test_differences_are_those_of_influences(
    name: str, tables: tuple[CustomerTable, CustomerTable]
) -> None:
    a, b = tables
    metric = next(metric for metric in catalogue(NAMES) if metric.name == name)
    found = run(BASE, WORSE).differences["Worse"][name]
    values = measure(a)[name].value, measure(b)[name].value
    ours, theirs = influence(metric, a), influence(metric, b)
    wanted = paired_difference(ours, theirs)
    assert (found.baseline, found.variant) == values
    assert found.difference == pytest.approx(values[1] - values[0])
    if metric.proportion and not (metric.certain or ours.any() or theirs.any()):
        # exactly 0 or 1 on both sides
        ours = np.full(3000, math.nan)
    if np.isnan(ours).any() or np.isnan(theirs).any():
        assert found.standard_error is not None
        assert math.isnan(found.standard_error)
        assert not found.significant
        return
    assert found.standard_error == pytest.approx(wanted.standard_error, rel=1e-6, abs=1e-12)
    if wanted.standard_error > 0:
        assert found.variance_reduction == pytest.approx(wanted.variance_reduction, rel=1e-6)
    assert found.high - found.low == pytest.approx(2 * 1.959964 * found.standard_error)


def test_difference_to_itself_is_nothing() -> None:
    found = run(BASE, replace(BASE, name="Again"))
    for difference in found.differences["Again"].values():
        if not math.isnan(difference.baseline):
            assert (difference.difference, difference.standard_error) == (0.0, 0.0)
            assert not difference.significant
    assert found.identical["Again"] == 1.0
    assert found.decomposition["Again"].total == 0.0


def test_paired_error_is_that_of_repeated_comparisons() -> None:
    found = [run(BASE, WORSE, seed=seed, customers=1500) for seed in range(60)]
    for name in ("clv_per_prospect", "conversion.tripwire", "cac", "gini"):
        each = [one.differences["Worse"][name] for one in found]
        spread = np.std([one.difference for one in each])
        assert np.median([one.standard_error for one in each]) == pytest.approx(spread, rel=0.3)


def test_split_adds_up_to_the_difference() -> None:
    found = run(BASE, WORSE)
    split, clv = found.decomposition["Worse"], found.differences["Worse"]["clv_per_prospect"]
    parts = split.time + split.frequency + split.monetary_value + split.cost
    assert parts == pytest.approx(clv.difference, rel=1e-9)
    assert split.standard_errors["total"] == pytest.approx(clv.standard_error, rel=1e-6)
    assert split.baseline.value == pytest.approx(clv.baseline)


def without_tripwire(customers: int, seed: int) -> CustomerTable:
    """The same customers with the tripwire and a program cut out of the table."""
    table = plausible(customers, seed)
    columns, keep = table.columns, [0, 2, 3, 4, 5]
    bits = [(columns.reached >> np.uint64(stage)) & np.uint64(1) for stage in keep]
    reached = sum(bit << np.uint64(place) for place, bit in enumerate(bits))
    codes = np.array([0, -1, 1, 2, 3, 4, -1], np.int16)
    names = NAMES._replace(
        stages=tuple(NAMES.stages[stage] for stage in keep),
        programs=NAMES.programs[:2],
        channels=("search", "ads", "friends"),
    )
    columns = columns._replace(
        stage_time=columns.stage_time[keep],
        reached=reached,
        exit_stage=codes[columns.exit_stage],
        channel=np.array([1, 0, 2], np.uint8)[columns.channel],
        program_cost=columns.program_cost[:2],
        recoveries=columns.recoveries[:2],
    )
    return CustomerTable(columns, names)


def test_what_one_side_lacks_is_listed_with_none() -> None:
    found = run(BASE, Scenario("Without", without_tripwire)).differences["Without"]
    assert found["conversion.tripwire"].variant is None
    assert found["conversion.tripwire"].difference is None
    assert found["conversion.tripwire"].baseline > 0
    assert found["program_cost.display"].to_dict()["standard_error"] is None
    assert found["conversion.core_offer"].difference == 0.0
    other = run(Scenario("Without", without_tripwire), BASE).differences["Base"]
    assert other["conversion.tripwire"].baseline is None
    assert set(other) == set(found)


def test_channels_are_matched_by_name() -> None:
    found = run(BASE, Scenario("Without", without_tripwire)).differences["Without"]
    assert found["cac.ads"].difference == pytest.approx(0.0, abs=1e-12)
    assert found["revenue_by_channel.search"].standard_error == 0.0


def test_identical_customers_left_no_trace_in_what_one_side_lacks() -> None:
    table = plausible(3000, 7)
    c = table.columns
    trace = table.has_reached("tripwire") | (c.program_cost[2] > 0) | (c.recoveries[2] > 0)
    found = run(BASE, Scenario("Without", without_tripwire))
    assert found.identical["Without"] == pytest.approx((~trace).mean())


@pytest.mark.parametrize("column", plausible(1).columns._fields)
def test_any_difference_is_seen(column: str) -> None:
    names = Names(
        ("a", "b"), ("x", "y"), ("s", "t"), ("p",), ("t",), ("u", "v"), extras=True, experience=True
    )
    one, other = blank(4, names), blank(4, names)
    assert identical_share(one, other) == 1.0
    getattr(other.columns, column)[..., 2] = 2
    assert identical_share(one, other) == 0.75


def test_ready_for_json() -> None:
    found = run(BASE, Scenario("Without", without_tripwire), WORSE)
    text = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert text["variants"] == ["Without", "Worse"]
    assert text["metrics"]["Base"]["cac"]["unit"] == "USD"
    assert text["differences"]["Worse"]["cac"]["unit"] == "USD"
    assert text["decomposition"]["Worse"]["total"] < 0
    assert text["manifests"]["Base"]["seed"] == 7


def test_is_frozen() -> None:
    found = run(BASE, WORSE)
    with pytest.raises(AttributeError):
        found.seed = 1
    with pytest.raises(TypeError):
        found.differences["Worse"] = {}
    with pytest.raises(TypeError):
        found.differences["Worse"]["cac"] = None


def test_significance_needs_an_interval_that_excludes_zero() -> None:
    sure = Difference(1.0, 2.0, 1.0, 0.1, 0.8, 1.2, 3.0, "share")
    assert sure.significant
    assert not replace(sure, low=-0.1).significant
    assert not replace(sure, low=None, high=None).significant
    assert not replace(sure, low=math.nan, high=math.nan).significant


def test_all_reasons_not_to_compare_at_once() -> None:
    with pytest.raises(ScenarioError) as caught:
        run(BASE, replace(WORSE, horizon_days=30.0, currency="EUR"), BASE)
    assert [str(problem) for problem in caught.value.problems] == [
        '"Worse" must have the horizon of "Base", 365.0 days (got 30.0 days)',
        '"Worse" must have the currency of "Base", USD (got EUR)',
        'two scenarios are named "Base"; give one another name',
    ]


def test_one_scenario_is_no_comparison(calls: Calls) -> None:
    with pytest.raises(ScenarioError, match="at least one variant"):
        run(BASE)
    assert calls == []


def test_customers_must_be_the_same() -> None:
    def fewer(customers: int, seed: int) -> CustomerTable:
        return plausible(customers - 1, seed)

    with pytest.raises(ValueError, match="same customers"):
        run(BASE, Scenario("Fewer", fewer))


def all_or_none(share: float, revenue: float = 0.0) -> Callable[[int, int], CustomerTable]:
    """Everybody is put the tripwire, and this share of them takes it."""

    def table(customers: int, _: int) -> CustomerTable:
        made = blank(customers)
        made.columns.reached[:] = 3
        made.columns.stage_time[1][: round(share * customers)] = 1.0
        made.columns.revenue[:] = revenue
        return made

    return table


@pytest.mark.parametrize(("ours", "theirs"), [(0.0, 0.0), (1.0, 1.0), (0.0, 1.0), (1.0, 0.0)])
def test_what_never_happens_on_either_side_says_nothing(ours: float, theirs: float) -> None:
    result = run(Scenario("A", all_or_none(ours)), Scenario("B", all_or_none(theirs, 1.0)))
    found = result.differences["B"]["conversion.tripwire"]
    assert found.difference == theirs - ours
    assert found.standard_error is not None
    assert math.isnan(found.standard_error)
    assert found.variance_reduction is not None
    assert math.isnan(found.variance_reduction)
    assert not found.significant
    # the first stage is put to everybody: that is certain
    assert result.differences["B"]["reach.lead_magnet"].standard_error == 0.0


@pytest.mark.parametrize("customers", [20, 3000])
def test_who_is_identical_does_not_differ(customers: int) -> None:
    scenarios = (Scenario(name, all_or_none(0.0), customers=customers) for name in "AB")
    found = run(*scenarios).differences["B"]
    for name in ("conversion.tripwire", "clv_per_prospect", "revenue"):
        one = found[name]
        assert (one.difference, one.standard_error, one.low, one.high) == (0.0, 0.0, 0.0, 0.0)


def test_a_share_of_none_on_one_side_adds_its_own_error() -> None:
    """Agresti & Coull (1998) for the side of which influences show nothing."""
    result = run(Scenario("A", all_or_none(0.5)), Scenario("B", all_or_none(0.0)))
    found = result.differences["B"]["conversion.tripwire"]
    errors = [result.metrics[name]["conversion.tripwire"].standard_error for name in "AB"]
    assert errors[1] > 0
    assert found.standard_error == pytest.approx(math.hypot(*errors))


def test_the_split_of_few_buyers_has_no_error() -> None:
    def buyers(count: int, price: float) -> Callable[[int, int], CustomerTable]:
        def table(customers: int, _: int) -> CustomerTable:
            made = blank(customers)
            c = made.columns
            c.orders[:count], c.discounted_revenue[:count] = 1, price
            c.first_order_time[:count], c.last_order_time[:count] = 1.0, 1.0
            return made

        return table

    for count in (29, 30):
        split = run(Scenario("A", buyers(count, 29.0)), Scenario("B", buyers(count, 39.0)))
        errors = split.decomposition["B"].standard_errors
        known = {name for name, error in errors.items() if math.isfinite(error)}
        few = {"cost", "total"}
        assert known == (few if count < 30 else few | {"time", "frequency", "monetary_value"})


def test_one_customer_makes_no_difference_certain() -> None:
    """A single buyer in either scenario: what others would pay, nobody knows."""

    def one_buyer(price: float) -> Callable[[int, int], CustomerTable]:
        def table(customers: int, _: int) -> CustomerTable:
            made = blank(customers)
            made.columns.orders[0], made.columns.revenue[0] = 1, price
            return made

        return table

    result = compare([Scenario("A", one_buyer(29.0)), Scenario("B", one_buyer(39.0))])
    aov = result.differences["B"]["aov"]
    assert aov.difference == 10.0
    assert aov.standard_error is not None
    assert math.isnan(aov.standard_error)
    assert not aov.significant
    assert aov.to_dict()["low"] is None
