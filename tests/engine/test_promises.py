"""What a user may rely on: the same luck in every variant, money that adds up, exact odds."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.scenarios import Raw, from_raw, raw_scenarios, scenarios
from hypothesis import given, settings

from cvosim.engine.driver import run_kernel
from cvosim.experiment.simulate import simulate
from cvosim.plan import compile_plan
from cvosim.scenario import Scenario, load_scenario
from cvosim.tables.schema import EventKind

CENT = 0.005


@given(scenario=scenarios())
@settings(max_examples=60)
def test_money_adds_up_to_the_cent(scenario: Scenario) -> None:
    """Sum of events = the customer table = the metrics."""
    run = simulate(scenario, customers=300, events=True)
    assert run.events is not None
    events, rows, metrics = run.events.columns, run.customers.columns, run.metrics()
    revenue, cost = math.fsum(events.revenue), math.fsum(events.cost)
    table_costs = (rows.cost_of_goods, rows.touch_cost, rows.acquisition_cost)
    assert abs(revenue - math.fsum(rows.revenue)) < CENT
    assert abs(cost - sum(math.fsum(column) for column in table_costs)) < CENT
    assert abs(metrics["revenue"].value - revenue) < CENT
    assert abs(metrics["contribution"].value - (revenue - cost)) < CENT
    who = events.customer_id.astype(np.int64)
    for total, column in ((events.revenue, rows.revenue), (events.cost, sum(table_costs))):
        assert np.abs(np.bincount(who, total, 300) - column).max() < CENT
    arrival = np.nan_to_num(rows.arrival_time)[who]
    factor = (1 + scenario.economics.discount_rate) ** (-(events.time - arrival) / 365)
    for amounts, column in (
        (events.revenue, rows.discounted_revenue),
        (events.cost, rows.discounted_cost),
    ):
        assert np.abs(np.bincount(who, amounts * factor, 300) - column).max() < CENT
    for program, costs in enumerate(rows.program_cost):
        own = (events.program == program) & (events.kind == EventKind.TOUCHED)
        assert abs(math.fsum(events.cost[own]) - math.fsum(costs)) < CENT


@pytest.mark.parametrize(
    ("change", "stage"),
    [
        ("journey.core_offer.price=199", "core_offer"),
        ("journey.core_offer.conversion=0.4", "core_offer"),
        ("journey.tripwire=null", "tripwire"),
        ("journey.return_path.nurture.open=0.5", "tripwire"),
        ("journey.repeat_purchases.spend.v=80", "stain_guard"),
    ],
)
def test_customers_that_a_change_does_not_touch_keep_every_bit(change: str, stage: str) -> None:
    """Who never met the stage that was changed lives the same life, event by event."""
    count = 20_000
    plans = [
        compile_plan(load_scenario("carpet_cleaning", overrides)) for overrides in ([], [change])
    ]
    base, variant = (run_kernel(plan, 7, 0, count, events=True) for plan in plans)
    assert base.events is not None
    assert variant.events is not None
    bit = np.uint64(1 << [str(name) for name in plans[0].stage_names].index(stage))
    untouched = (base.customers.reached & bit) == 0
    assert 0 < untouched.sum() < count
    for name in ("revenue", "discounted_cost", "acquisition_cost", "orders", "exit_reason"):
        a, b = getattr(base.customers, name), getattr(variant.customers, name)
        assert a[untouched].tobytes() == b[untouched].tobytes(), name
        assert name not in ("revenue", "discounted_cost") or a.tobytes() != b.tobytes()
    ours, theirs = (run.events for run in (base, variant))
    mine, yours = (untouched[events.customer_id.astype(np.int64)] for events in (ours, theirs))
    for name in ("customer_id", "time", "kind", "revenue", "cost"):
        a, b = getattr(ours, name)[mine], getattr(theirs, name)[yours]
        assert a.tobytes() == b.tobytes(), name


@given(raw=raw_scenarios())
@settings(max_examples=40)
def test_adding_a_stage_at_the_end_changes_nothing_before_it(raw: Raw) -> None:
    """Dropping the last maximizer leaves all earlier stages' times as they were."""
    if not raw["journey"]["profit_maximizers"]:
        return
    with_it = simulate(from_raw(raw), customers=200).customers
    last = with_it.names.stages[-1]
    repeat = raw["journey"].get("repeat_purchases", {})
    if repeat.get("after") == last:
        return
    without = simulate(from_raw(raw, (f"journey.profit_maximizers.{last}=null",)), customers=200)
    assert (
        without.customers.columns.stage_time.tobytes()
        == np.ascontiguousarray(with_it.columns.stage_time[:-1]).tobytes()
    )


def test_a_bare_conversion_is_exact_in_expectation() -> None:
    """8 % of 400,000: within 4.5 standard errors (1 in 150,000 by chance)."""
    count, share = 400_000, 0.08
    raw: Raw = {
        "schema_version": 1,
        "name": "Bare",
        "horizon_days": 10,
        "journey": {"core_offer": {"name": "clean", "price": 100, "conversion": share}},
    }
    plan = compile_plan(from_raw(raw))
    assert plan.decisions["conversion"][0] == share
    assert not plan.shifts.any()
    bought = (run_kernel(plan, 11, 0, count).customers.orders > 0).sum()
    assert abs(bought - count * share) < 4.5 * math.sqrt(count * share * (1 - share))


@pytest.mark.parametrize(("conversion", "buyers"), [(0.0, 0), (1.0, 5000)])
def test_never_and_always_stay_so_whatever_the_effects(conversion: float, buyers: int) -> None:
    overrides = [
        f"journey.tripwire.conversion={conversion}",
        "journey.tripwire.trust_weight=5",
        "journey.lead_magnet.conversion=1",
        "journey.tripwire.on_decline=exit",
        "journey.return_path=[]",
        "journey.tripwire.delay=null",
        "journey.lead_magnet.delay=null",
        "channels.facebook.arrivals=null",
    ]
    scenario = load_scenario("carpet_cleaning", overrides)
    run = simulate(scenario, customers=5000)
    accepted = ~np.isnan(run.customers.columns.stage_time[1])
    assert accepted.sum() == buyers


def test_events_at_the_horizon_do_not_happen() -> None:
    raw: Raw = {
        "schema_version": 1,
        "name": "Edge",
        "horizon_days": 30,
        "journey": {
            "core_offer": {
                "name": "clean",
                "price": 100,
                "conversion": 1,
                "delay": {"kind": "fixed", "days": 30},
            }
        },
    }
    at_edge = simulate(from_raw(raw), customers=10, events=True).events
    raw["journey"]["core_offer"]["delay"]["days"] = 29.999
    before = simulate(from_raw(raw), customers=10, events=True).events
    assert at_edge is not None
    assert before is not None
    assert EventKind.BOUGHT not in at_edge.columns.kind
    assert (before.columns.kind == EventKind.BOUGHT).sum() == 10


def test_touches_count_from_the_end_of_the_program_before() -> None:
    """A month of remarketing, then touches on days 1 and 7: they come on days 31 and 37."""
    overrides = [
        "journey.return_path=[{kind: remarketing, name: ads, at: [tripwire], window_days: 30, "
        "impressions_per_day: 1, click: 0, conversion: 0, cpm: 1}, {kind: follow_up, name: mail, "
        "at: [tripwire], days: [1, 7], open: 0, click: 0, conversion: 0, unsubscribe: 0}]",
        "journey.lead_magnet.conversion=1",
        "journey.lead_magnet.delay=null",
        "journey.tripwire.conversion=0",
        "journey.tripwire.delay=null",
        "channels=[{name: one, kind: owned, share: 1}]",
    ]
    run = simulate(load_scenario("carpet_cleaning", overrides), customers=3, events=True)
    assert run.events is not None
    events = run.events.columns
    times = events.time[(events.kind == EventKind.TOUCHED) & (events.customer_id == 0)]
    assert times.tolist() == [30.0, 31.0, 37.0]


def test_ctrl_c_is_heard_when_customers_buy_thousands_of_times() -> None:
    plan = compile_plan(
        load_scenario(
            "cdnow", ["journey.repeat_purchases.frequency={model: poisson, mean_days: 0.01}"]
        )
    )
    steps: list[int] = []
    run_kernel(plan, 1, 0, 1500, progress=steps.append)
    assert max(steps) * 546 / 0.01 < 30_000_000
