from __future__ import annotations

import math

import numpy as np
import pytest

from cvosim import compile_plan, load_scenario
from cvosim.experiment.blocks import block_tables
from cvosim.experiment.precision.estimate import controlled
from cvosim.experiment.precision.run import estimate_of
from cvosim.experiment.precision.side import Side, metric_of, side_of
from cvosim.experiment.precision.sums import ProductSums, product_sums
from cvosim.metrics.moments import collect, estimate
from cvosim.plan import Plan
from cvosim.tables.spans import Span

SEEDS = 150
CUSTOMERS = 2000


def sums_of(plan: Plan, side: Side, seed: int, span: Span) -> ProductSums:
    table, _ = block_tables(plan, seed, span)
    return product_sums((table,), (side.columns,), (side.watched,))


def question(name: str, metric: str, *changes: str) -> tuple[Plan, Side]:
    plan = compile_plan(load_scenario(name, list(changes)))
    return plan, side_of(plan, metric_of(plan, metric))


def test_sums_are_those_of_metrics_and_add_up() -> None:
    plan, side = question("saas", "cac")  # with people brought by referral
    table, _ = block_tables(plan, 3, Span(0, 20_000))
    found = product_sums((table,), (side.columns,), (side.watched,))
    moments = collect(table, [side.metric])
    for column, value in side.moments(found).sums.items():
        assert value == pytest.approx(moments.sums[column], rel=1e-12)
    for pair, value in moments.products.items():
        assert side.moments(found).products[pair] == pytest.approx(value, rel=1e-12)
    assert side.estimate(found) == pytest.approx(estimate(side.metric, moments), rel=1e-9)
    parts = [sums_of(plan, side, 3, Span(*ends)) for ends in ((0, 8000), (8000, 12_000))]
    both = parts[0].plus(parts[1])
    assert both.prospects == found.prospects
    np.testing.assert_allclose(both.products, found.products, rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "metric"), [("cdnow", "clv_per_prospect"), ("heavy_tail", "buyers"), ("saas", "cac")]
)
def test_known_means_are_those_of_simulated_customers(name: str, metric: str) -> None:
    plan, side = question(name, metric)
    sums = sums_of(plan, side, 20, Span(0, 100_000))
    errors = np.sqrt(sums.covariances().diagonal() / sums.prospects)
    assert side.controls()
    for place, one in side.controls().items():
        # fewer than 20 z in all: above 4.5 once in 7,000 runs, if means are right
        assert abs(sums.means()[place] - one.mean) <= 4.5 * errors[place] + one.slack, one.column


@pytest.mark.parametrize(
    ("name", "metric", "least"),
    [
        ("cdnow", "clv_per_prospect", 20.0),  # means from theory
        (
            "carpet_cleaning",
            "acquisition_cost.facebook",
            1.5,
        ),  # shares of channels, which differ in cost
    ],
)
def test_controls_are_unbiased_and_as_narrow_as_they_say(
    name: str, metric: str, least: float
) -> None:
    plan, side = question(name, metric)
    found = [estimate_of(side, sums_of(plan, side, s, Span(0, CUSTOMERS))) for s in range(SEEDS)]
    values, plain = (np.array([getattr(one, f) for one in found]) for f in ("value", "plain_value"))
    spread = values.std(ddof=1)
    # the same customers with and without: the mean of the difference is 0 where both are unbiased
    change = values - plain
    z = change.mean() / (change.std(ddof=1) / math.sqrt(SEEDS))
    assert abs(z) < 4.5  # once in 100,000
    if side.known.metric is not None:
        assert abs(values.mean() - side.known.metric) < 4.5 * spread / math.sqrt(SEEDS) + 3e-3
    # an error estimated from 150 values is within 25 % of the truth but once in 20,000
    said = math.sqrt(np.mean([one.standard_error**2 for one in found]))
    assert 0.75 < said / spread < 1.33
    assert plain.var(ddof=1) / values.var(ddof=1) > least
    assert np.mean([one.gain for one in found]) > least


def test_the_error_of_theory_is_in_the_error_of_the_estimate() -> None:
    plan, side = question("cdnow", "clv_per_prospect")
    sums = sums_of(plan, side, 1, Span(0, 50_000))
    grown = ProductSums(
        10**6 * sums.prospects, sums.differing, 1e6 * sums.sums, 1e6 * sums.products
    )
    narrow = estimate_of(side, grown)
    # of so many customers the plain error is below what theory knows
    assert not narrow.from_theory or narrow.standard_error >= 1e-5 * narrow.value
    assert narrow.standard_error <= narrow.plain_error


def test_controls_that_say_the_same_twice_change_nothing() -> None:
    plan, side = question("cdnow", "orders_per_buyer")
    sums = sums_of(plan, side, 2, Span(0, 20_000))
    once = estimate_of(side, sums)
    k = len(sums.sums)
    again = np.r_[np.arange(k), np.arange(k)]
    twice = ProductSums(
        sums.prospects, sums.differing, sums.sums[again], sums.products[np.ix_(again, again)]
    )
    influence = np.r_[side.influence(sums), np.zeros(k)]
    controls = side.controls()
    doubled = {**controls, **{place + k: one for place, one in controls.items()}}
    value, _ = side.estimate(sums)
    found = controlled(value, influence, twice, doubled)
    assert found.value == pytest.approx(once.value, rel=1e-6)
    assert found.controls == once.controls


def test_shares_of_market_leave_out_referral_and_one_of_each() -> None:
    plan, side = question("saas", "cac")
    names = [(one.column.name, one.column.of) for one in side.known.controls]
    assert all(of != "referral" for _, of in names)
    there = [str(n) for n in plan.channel_names if str(n) != "referral"]
    assert [of for name, of in names if name == "in_channel"] == there[:-1]


def test_own_columns_are_no_controls() -> None:
    _, side = question("cdnow", "orders_per_buyer")
    columns = {one.column.name for one in side.known.controls}
    assert not columns & {"orders", "buyers"}
    assert "revenue" in columns
