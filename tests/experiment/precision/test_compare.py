from __future__ import annotations

from typing import Any

import pytest

from cvosim import Scenario, compare, load_scenario
from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.precision.compare import PreciseComparison, compare_to_precision
from cvosim.experiment.precision.goal import Looks
from cvosim.experiment.precision.jobs import Search

BASE = load_scenario("carpet_cleaning")
BLOCK = 2000


def variant(name: str, *changes: str) -> Scenario:
    return load_scenario("carpet_cleaning", [f"name={name}", *changes])


DEAR = variant("Dear", "journey.tripwire.price=49")
SAME = variant("Same")


def to(precision: str, *scenarios: Scenario, **asked: Any) -> PreciseComparison:
    how = Search("serial", Looks(block=BLOCK), asked.pop("most", 10**6))
    return compare_to_precision(scenarios, precision, how=how, **asked)


@pytest.mark.parametrize(
    "metric", ["clv_per_prospect", "conversion.tripwire", "cac", "orders_per_buyer", "buyers"]
)
def test_the_plain_interval_is_that_of_compare(metric: str) -> None:
    found = to("0.001%", BASE, DEAR, metric=metric, most=3 * BLOCK)
    one = found.differences["Dear"]
    other = compare([BASE, DEAR], customers=3 * BLOCK).differences["Dear"][metric]
    assert (one.baseline, one.variant) == pytest.approx((other.baseline, other.variant))
    assert one.estimate.plain_value == pytest.approx(other.difference)
    assert one.estimate.plain_error == pytest.approx(other.standard_error)
    assert one.variance_reduction == pytest.approx(other.variance_reduction)


def test_referral_is_part_of_the_pair() -> None:
    base = load_scenario("saas")
    changed = load_scenario("saas", ["name=Other", "journey.core_offer.conversion=0.3"])
    metric = "clv_with_referrals"
    found = to("0.001%", base, changed, metric=metric, most=2 * BLOCK).differences["Other"]
    other = compare([base, changed], customers=2 * BLOCK).differences["Other"][metric]
    assert found.estimate.plain_error == pytest.approx(other.standard_error)
    assert found.estimate.plain_value == pytest.approx(other.difference)


def test_the_difference_is_as_precise_as_asked_of_the_baseline() -> None:
    found = to("10%", BASE, DEAR, metric="conversion.tripwire")
    one = found.differences["Dear"]
    assert found.reached
    assert one.estimate.half_width <= 0.1 * one.baseline
    assert one.significant


def test_the_least_precise_of_several_decides() -> None:
    cheap = variant("Cheap", "journey.tripwire.price=28")
    both = to("10%", BASE, cheap, DEAR, metric="conversion.tripwire")
    assert set(both.differences) == {"Cheap", "Dear"}
    for one in both.differences.values():
        assert one.estimate.half_width <= 0.1 * one.baseline
    alone = to("10%", BASE, DEAR, metric="conversion.tripwire")
    assert both.customers >= alone.customers


def test_nothing_differs_is_an_answer() -> None:
    found = to("1%", BASE, SAME)
    one = found.differences["Same"]
    assert (found.reached, one.differing, one.estimate.value) == (True, 0, 0.0)
    assert found.customers >= 8 * BLOCK


def test_a_handful_who_differ_are_not_enough() -> None:
    rare = variant("Rare", "journey.profit_maximizers.2.price=2500")  # one buyer in thousands
    found = to("10%", BASE, rare, most=4 * BLOCK)
    assert found.differences["Rare"].differing < 30
    assert not found.reached


def test_who_has_no_such_metric_is_told() -> None:
    without = load_scenario("carpet_cleaning_no_tripwire")
    with pytest.raises(CvosimError, match=r'there is no "conversion\.tripwire"'):
        to("1%", BASE, without, metric="conversion.tripwire")
    with pytest.raises(ScenarioError, match="at least one variant"):
        to("1%", BASE)


def test_it_is_plain_data() -> None:
    found = to("20%", BASE, DEAR, metric="conversion.tripwire").to_dict()
    one = found["differences"]["Dear"]
    assert list(one)[:5] == ["baseline", "variant", "difference", "low", "high"]
    assert one["low"] < one["difference"] < one["high"] < 0
    assert found["reached"] is True
