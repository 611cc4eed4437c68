"""Conditions are read as people write them, and judged with the stated confidence."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.stats import poisson

from cvosim import load_scenario
from cvosim.errors import DataError
from cvosim.experiment.optimisation.allowed import violation
from cvosim.experiment.optimisation.constraints import judge, parse_constraint, planned_budget
from cvosim.scenario.template import load_template


@pytest.mark.parametrize(
    ("text", "outcome", "sign", "bound", "unit"),
    [
        ("cac <= 40", "cac", "<=", 40.0, ""),
        ("cac≤40.5", "cac", "<=", 40.5, ""),
        (" payback_time <= 180 ", "payback_time", "<=", 180.0, ""),
        ("payback_time <= 6 months", "payback_time", "<=", 182.5, "days"),
        ("payback_time <= 90d", "payback_time", "<=", 90.0, "days"),
        ("payback_time <= 1 year", "payback_time", "<=", 365.0, "days"),
        ("lowest_cash >= -20_000", "lowest_cash", ">=", -20000.0, ""),
        ("lowest_cash >= −20,000 EUR", "lowest_cash", ">=", -20000.0, "EUR"),
        ("conversion.tripwire >= 5%", "conversion.tripwire", ">=", 0.05, "share"),
        ("cac.facebook <= 1e2", "cac.facebook", "<=", 100.0, ""),
    ],
)
def test_ways_of_writing(text: str, outcome: str, sign: str, bound: float, unit: str) -> None:
    found = parse_constraint(text)
    assert (found.outcome, found.sign, found.unit) == (outcome, sign, unit)
    assert math.isclose(found.bound, bound)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("cac", "is no condition"),
        ("cac <= much", "is no condition"),
        ("cac < 40", "write <= in place of <"),
        ("cac > 40", "write >= in place of >"),
        ("cac = 40", "write <= or >= in place of ="),
        ("40 >= cac", "is no condition"),
    ],
)
def test_ways_of_not_writing(text: str, words: str) -> None:
    with pytest.raises(DataError, match=words):
        parse_constraint(text)


def test_names_and_units_are_checked() -> None:
    names, units = ("cac", "payback_time"), ("USD", "days")
    parse_constraint("cac <= 4 USD").check(names, units, "USD")
    parse_constraint("budget <= 4 USD").check(names, units, "USD")
    for text, words in (
        ("payback <= 4", "no outcome is called payback; did you mean payback_time"),
        ("cac <= 4 days", "cac is measured in USD"),
        ("cac <= 4 EUR", "cac is measured in USD"),
        ("budget <= 4 %", "budget is measured in USD"),
    ):
        with pytest.raises(DataError, match=words):
            parse_constraint(text).check(names, units, "USD")


def test_what_never_is_and_what_hangs_on_one_section() -> None:
    payback, nothing = parse_constraint("payback_time <= 180"), math.nan
    assert judge(payback, nothing, np.full(3, nothing), 0.05).state == "not met"
    assert judge(payback, 90.0, np.array([90.0, nothing, 90.0]), 0.05).state == "cannot tell"
    assert judge(payback, nothing, np.array([90.0, nothing, nothing]), 0.05).state == "cannot tell"
    assert violation(payback, nothing, 1.0) == math.inf
    assert violation(payback, 90.0, nothing) > 0.0, "some batch never paid back: not sure"


def test_whole_days_are_not_certain_to_the_day() -> None:
    days = np.full(20, 180.0)
    for bound, state in ((180, "cannot tell"), (190, "met"), (170, "not met")):
        assert judge(parse_constraint(f"payback_time <= {bound}"), 180.0, days, 0.05).state == state


def test_what_few_customers_bring_is_not_judged_by_t() -> None:
    clv, without = parse_constraint("clv_per_prospect >= 1"), np.full(20, 3.0)
    without[4:6] = 2.99, 3.01
    assert judge(clv, 3.0, without, 0.05).state == "met"
    without[3] = 1.9
    assert judge(clv, 3.0, without, 0.05).state == "cannot tell"


def test_an_error_is_as_rare_as_stated() -> None:
    """A ratio of two means exactly at the bound: either word is an error, alpha of the time.

    Every section has few buyers, so that the mean of the sections' ratios would be biased.
    """
    cost, buyers = 40.0 * 8.0, poisson.rvs(8.0, size=(2000, 20), random_state=4)
    sums = buyers.sum(axis=1)
    values = 20.0 * cost / sums
    without = 19.0 * cost / (sums[:, None] - buyers)
    cac = parse_constraint("cac <= 40")
    states = [judge(cac, v, w, 0.05).state for v, w in zip(values, without, strict=True)]
    for word in ("met", "not met"):
        share = states.count(word) / 2000
        assert 0.02 < share < 0.085, (word, share)


def test_violations_order_plans() -> None:
    """Surely met, hardly met, hardly not, not at all; noise never hides a violation."""
    cac = parse_constraint("cac <= 40")
    found = [violation(cac, v, e) for v, e in ((30, 1), (37, 2), (39.9, 2), (41, 9), (60, 9))]
    assert found == sorted(found)
    assert found[0] <= 0.0 < found[1] < 2.0 < found[3]


def test_the_budget_is_what_is_planned() -> None:
    template = load_template("carpet_cleaning")
    channel = {
        "budget": 9000,
        "reach": {"kind": "hill", "saturation": 90000, "half_spend": 30000},
        "cost_per_prospect": None,
    }
    changes = {f"channels.facebook.{key}": value for key, value in channel.items()}
    assert planned_budget(template.at(changes)) == 9000.0
    assert planned_budget(load_scenario("carpet_cleaning")) == 0.0
