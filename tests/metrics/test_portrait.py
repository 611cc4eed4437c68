"""Portraits of runs: held against slow and plain ways to the same numbers."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pytest
from helpers.customer_tables import NAMES, blank

from cvosim import load_scenario, simulate
from cvosim.experiment.simulate import Simulation
from cvosim.metrics.carried import Carried, carried
from cvosim.metrics.cash import CashSums
from cvosim.metrics.cohorts import CohortCounts
from cvosim.metrics.curves import cash_curve, payback_time
from cvosim.metrics.portrait import (
    CashBand,
    Portrait,
    cash_band,
    cohort_period,
    portrait,
    rfm_map,
    seen_to,
    table_portrait,
    value_spread,
)
from cvosim.metrics.portrait_sums import EventSums, part_names
from cvosim.metrics.retention import retention, subscriber_survival
from cvosim.metrics.rfm import rfm_scores
from cvosim.scenario import library
from cvosim.tables.columns import EventColumns, EventTable, empty_events

SOME = ("carpet_cleaning", "pizza_chain", "saas", "cdnow")
Z = 1.959963984540054


@cache
def run(name: str, customers: int = 400) -> Simulation:
    return simulate(load_scenario(name), customers=customers, events=True)


def drawn(done: Simulation) -> Portrait:
    rate = done.scenario.economics.discount_rate
    assert done.events is not None
    horizon = float(done.scenario.horizon_days)
    return portrait(done.customers, done.events, horizon=horizon, discount_rate=rate)


def people(done: Simulation) -> dict[int, tuple[int, float]]:
    """Row of the market prospect at the beginning of the chain, and arrival, by id."""
    table = done.customers
    ids, roots = table.customer_id.tolist(), table.root.tolist()
    return dict(zip(ids, zip(roots, table.columns.arrival_time.tolist(), strict=True), strict=True))


@pytest.mark.parametrize("name", SOME)
def test_the_cash_band_by_a_matrix_of_families_and_days(name: str) -> None:
    count = 1600
    done = run(name, count)
    days = math.ceil(done.scenario.horizon_days) + 1
    moved = np.zeros((count, days))
    who, events = people(done), done.events.columns
    for who_id, time, revenue, cost in zip(
        events.customer_id.tolist(), events.time, events.revenue, events.cost, strict=True
    ):
        root, arrival = who[who_id]
        moved[root, math.ceil(time - arrival)] += revenue - cost
    balance = moved.cumsum(axis=1)
    cash = drawn(done).cash
    assert cash.days.tolist() == list(range(days))
    mean, error = balance.mean(axis=0), balance.std(axis=0, ddof=1) / 40.0
    assert cash.mean == pytest.approx(mean, rel=1e-9, abs=1e-9)
    assert cash.high - cash.mean == pytest.approx(Z * error, rel=1e-6, abs=1e-9)
    assert cash.mean - cash.low == pytest.approx(Z * error, rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("name", SOME)
def test_the_cash_band_goes_along_the_cash_curve(name: str) -> None:
    done = run(name)
    cash, horizon = drawn(done).cash, float(done.scenario.horizon_days)
    curve = cash_curve(done.events, horizon=horizon, since="arrival")
    assert cash.mean * 400 == pytest.approx(curve.balance, rel=1e-9, abs=1e-6)
    arrival = {who: when for who, (_, when) in people(done).items()}
    columns = done.events.columns
    ages = columns.time - np.array([arrival[who] for who in columns.customer_id.tolist()])
    found = CashSums.of(columns, ages, horizon).payback_time()
    assert cash.payback == pytest.approx(found, nan_ok=True)
    exact = payback_time(done.events).value
    assert math.isnan(exact) == math.isnan(cash.payback)
    assert math.isnan(exact) or cash.payback >= math.floor(exact)


def band(totals: list[float], squares: list[float], count: int = 100) -> CashBand:
    """Of sums over prospects up to each day."""
    money, spread = np.diff(totals, prepend=0.0), np.diff(squares, prepend=0.0)
    nothing = CohortCounts(1.0, 1.0, np.zeros(1, np.int64), np.zeros((1, 1), np.int64))
    sums = EventSums(money, spread, nothing, np.zeros((1, count)))
    return cash_band(sums, np.ones(len(totals)), Carried(count, 5000.0, 500.0))


def test_payback_and_its_interval() -> None:
    # 100 prospects; means -1, 0.1, -0.1, 0.5, 3 with errors 0, 0.1, 0.1, 0.5, 1
    means, errors = [-1.0, 0.1, -0.1, 0.5, 3.0], [0.0, 0.1, 0.1, 0.5, 1.0]
    sums = [100 * mean for mean in means]
    squares = [9900 * e * e + 100 * m * m for m, e in zip(means, errors, strict=True)]
    found = band(sums, squares)
    assert found.mean == pytest.approx(means)
    assert found.high - found.mean == pytest.approx([Z * e for e in errors], abs=1e-6)
    assert (found.payback, found.payback_low, found.payback_high) == (3.0, 1.0, 4.0)
    never = band(sums[:3], squares[:3])
    assert math.isnan(never.payback)
    assert (never.payback_low, never.payback_high) == (1.0, math.inf)
    hopeless = band(sums[:1], squares[:1])
    assert (hopeless.payback_low, hopeless.payback_high) == (math.inf, math.inf)
    rich = band([0.0, 100.0], [0.0, 200.0])
    assert (rich.payback, rich.payback_low, rich.payback_high) == (0.0, 0.0, 0.0)


def test_too_few_buyers_have_no_interval() -> None:
    """Prospects are 400, but 20 of them buy, and they are not alike."""
    found = drawn(run("carpet_cleaning"))
    assert np.isfinite(found.cash.mean).all()
    assert np.isnan(found.cash.low).all()
    assert np.isnan(found.cash.high).all()
    assert math.isnan(found.cash.payback_low)
    assert math.isnan(found.cash.payback_high)
    assert np.isfinite(drawn(run("cdnow", 60)).cash.low).all()
    assert np.isnan(drawn(run("carpet_cleaning", 29)).stages.standard_error).all()


@pytest.mark.parametrize("name", SOME)
def test_who_carries_the_money_by_hand_and_by_the_metrics(name: str) -> None:
    done = run(name, 3000)
    table, revenue = done.customers, [0.0] * 3000
    for root, amount in zip(table.root.tolist(), table.columns.revenue.tolist(), strict=True):
        revenue[root] += amount
    kish = sum(revenue) ** 2 / sum(one**2 for one in revenue)
    for found in (carried(done.metrics()), table_portrait(table, 540.0).carried):
        assert found is not None
        assert found.effective == pytest.approx(kish, rel=1e-9)
        assert found.buyers == done.metrics()["buyers"].value
        assert found.prospects == 3000


def test_how_many_can_be_seen_to_an_age() -> None:
    table = blank(5)
    table.columns.arrival_time[:] = (0.0, 1.5, 4.0, 10.0, math.nan)
    # left: 9.5, 8, 5.5; one comes after the end, one never
    seen = seen_to(table, 9.5)
    assert seen.tolist() == pytest.approx([1.0] * 6 + [2 / 3] * 3 + [1 / 3] * 2)
    table.columns.arrival_time[:] = math.nan
    assert np.isnan(seen_to(table, 9.5)).all()
    assert (drawn(run("cdnow")).cash.seen <= 1.0).all()


def part_of(done: Simulation, row: int, *, referred: bool) -> str:
    """Where money belongs, in words, by the rule as it is written down."""
    assert done.events is not None
    columns, names = done.events.columns, done.customers.names
    if referred:
        return "word_of_mouth"
    if columns.program[row] >= 0:
        return names.programs[columns.program[row]]
    stage = (*names.stages, "repeat_purchases", "acquisition")[columns.stage[row]]
    return "acquisition" if stage == "engage" else stage


@pytest.mark.parametrize("name", SOME)
def test_stages_by_adding_up_events_in_plain_python(name: str) -> None:
    done = run(name)
    assert done.events is not None
    who, columns = people(done), done.events.columns
    growth, found = 1.0 + done.scenario.economics.discount_rate, drawn(done).stages
    worth: dict[str, list[float]] = {part: [0.0] * 400 for part in found.names}
    for row, who_id in enumerate(columns.customer_id.tolist()):
        root, arrival = who[who_id]
        years = (float(columns.time[row]) - arrival) / 365.0
        money = float(columns.revenue[row] - columns.cost[row])
        if money:
            part = part_of(done, row, referred=who_id >= 400)
            worth[part][root] += money * growth**-years
    for part, value, error in zip(found.names, found.value, found.standard_error, strict=True):
        assert value == pytest.approx(np.mean(worth[part]), rel=1e-9, abs=1e-12), part
        spread = np.std(worth[part], ddof=1) / 20.0
        assert error == pytest.approx(spread, rel=1e-6, abs=1e-12), part


@pytest.mark.parametrize("name", library())
def test_stages_add_up_to_the_value_of_a_prospect(name: str) -> None:
    done = run(name, 2000)
    metrics = done.metrics()
    value = metrics.get("clv_with_referrals", metrics["clv_per_prospect"]).value
    found = drawn(done).stages
    assert found.value.sum() == pytest.approx(value, rel=1e-9)
    assert len(set(found.names)) == len(found.names)
    assert ("word_of_mouth" in found.names) == (done.scenario.journey.referral is not None)
    has_repeat = done.scenario.journey.repeat_purchases is not None
    assert ("repeat_purchases" in found.names) <= has_repeat


def test_a_program_may_be_called_what_a_stage_is_called() -> None:
    names = NAMES._replace(stages=("tripwire",), programs=("tripwire",))
    assert part_names(names) == (
        "acquisition",
        "tripwire",
        "repeat_purchases",
        "tripwire (program)",
    )


def test_errors_are_those_of_replications() -> None:
    """200 seeds: a standard deviation is off by 5 %, so 20 % is four of its errors; the
    interval covers the truth 190 times of 200, fewer than 177 times once in 10,000 normal ones.
    """
    scenario = load_scenario("cdnow")
    days = [60, 400, 546]
    truth = drawn(simulate(scenario, customers=300_000, events=True)).cash.mean[days]
    found = [
        drawn(simulate(scenario, customers=1500, seed=seed, events=True)) for seed in range(200)
    ]
    means = np.array([one.cash.mean[days] for one in found])
    halves = np.array([(one.cash.high - one.cash.mean)[days] for one in found])
    assert means.std(axis=0, ddof=1) == pytest.approx(halves.mean(axis=0) / Z, rel=0.2)
    covered = (np.abs(means - truth) <= halves).sum(axis=0)
    assert (covered >= 177).all(), covered
    values = np.array([one.stages.value for one in found])
    errors = np.array([one.stages.standard_error for one in found])
    spread = values.std(axis=0, ddof=1)
    assert spread == pytest.approx(np.sqrt((errors**2).mean(axis=0)), rel=0.2, abs=1e-12)


def test_errors_of_families_are_those_of_replications() -> None:
    """150 seeds of a scenario in which people bring people: 24 % is four errors."""
    changes = ["journey.referral.advocates.promoter=0.9", "journey.referral.invitations.mean=3"]
    scenario = load_scenario("pizza_chain", changes)
    found = [
        drawn(simulate(scenario, customers=3000, seed=seed, events=True)) for seed in range(150)
    ]
    row = found[0].stages.names.index("word_of_mouth")
    values = np.array([[one.stages.value[row], one.cash.mean[-1]] for one in found])
    errors = np.array(
        [[one.stages.standard_error[row], (one.cash.high - one.cash.mean)[-1] / Z] for one in found]
    )
    spread, known = values.std(axis=0, ddof=1), np.isfinite(errors)
    assert (known.mean(axis=0) > 0.85).all(), "now and then too few buyers carry the money"
    assert spread == pytest.approx(np.sqrt(np.nanmean(errors**2, axis=0)), rel=0.24)


def test_the_order_of_customers_does_not_matter() -> None:
    done = run("pizza_chain", 2000)
    assert done.events is not None
    columns = done.events.columns
    order = np.lexsort((np.arange(len(columns.time)), columns.customer_id))
    sorted_by_customer = EventColumns._make(column[order] for column in columns)
    other = portrait(
        done.customers, EventTable(sorted_by_customer, done.customers.names),
        horizon=540.0, discount_rate=0.10,
    )  # fmt: skip
    one = drawn(done)
    assert done.scenario.economics.discount_rate == 0.10
    assert one.cash.mean == pytest.approx(other.cash.mean, rel=1e-9)
    assert one.cash.low == pytest.approx(other.cash.low, rel=1e-9)
    assert one.stages.value == pytest.approx(other.stages.value, rel=1e-12)
    assert one.retention.to_dict() == other.retention.to_dict()


def test_the_rest_is_what_the_other_functions_say() -> None:
    done = run("carpet_cleaning", 3000)
    found = drawn(done)
    assert done.events is not None
    by_cohort = retention(done.events, horizon=730, period=60)
    assert found.retention.to_dict() == by_cohort.to_dict()
    alive = subscriber_survival(done.customers, "quarterly_care")
    assert {name: one.to_dict() for name, one in found.survival.items()} == {
        "quarterly_care": alive.to_dict()
    }
    metrics = done.metrics()
    places = [19, 99, 179]
    assert found.value.level[places] == pytest.approx([0.1, 0.5, 0.9])
    for kind, values in (("clv", found.value.prospects), ("clv_buyer", found.value.buyers)):
        wanted = [metrics[f"{kind}_quantile.p{p}"].value for p in (10, 50, 90)]
        assert values[places].tolist() == wanted


def test_the_map_of_buyers() -> None:
    done = run("carpet_cleaning", 3000)
    scores, found = rfm_scores(done.customers, until=730), drawn(done).rfm
    assert found is not None
    assert found.buyers.sum() == len(scores.recency)
    for recency in range(1, 6):
        for frequency in range(1, 6):
            here = (scores.scores[0] == recency) & (scores.scores[1] == frequency)
            at = recency - 1, frequency - 1
            assert found.buyers[at] == here.sum()
            orders = scores.frequency[here].sum()
            paid = (scores.monetary * scores.frequency)[here].sum()
            wanted = paid / orders if orders else math.nan
            assert found.monetary[at] == pytest.approx(wanted, nan_ok=True)


def test_nobody_bought() -> None:
    table = blank(3)
    assert rfm_map(table, 10.0) is None
    spread = value_spread(table)
    assert np.isnan(spread.buyers).all()
    assert not spread.prospects.any()


def test_nothing_happened() -> None:
    table = blank(40)
    events = EventTable(empty_events(0), NAMES)
    found = portrait(table, events, horizon=9.5, discount_rate=0.0)
    assert found.cash.mean.tolist() == [0.0] * 11
    assert found.cash.payback == 0
    assert math.isnan(found.cash.payback_low), "nobody of 40 tells nothing"
    assert found.rfm is None
    assert not found.stages.value.any()
    assert "repeat_purchases" not in found.stages.names
    assert found.retention.size.sum() == 0


@pytest.mark.parametrize("days", [1, 90, 91, 92, 365, 366, 730, 1095, 4745, 5000, 36500])
def test_at_most_thirteen_cohorts(days: int) -> None:
    period = cohort_period(float(days))
    assert math.ceil(days / period) <= 13
    assert period == 7 or math.ceil(days / (period / 2.5)) > 13
