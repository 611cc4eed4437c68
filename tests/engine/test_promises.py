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
    for customer in np.unique(events.customer_id):
        own = events.customer_id == customer
        assert abs(math.fsum(events.revenue[own]) - rows.revenue[int(customer)]) < CENT


def test_customers_that_a_change_does_not_touch_keep_every_bit() -> None:
    base = run_kernel(compile_plan(load_scenario("carpet_cleaning")), 7, 0, 20_000)
    plan = compile_plan(load_scenario("carpet_cleaning", ["journey.core_offer.price=199"]))
    variant = run_kernel(plan, 7, 0, 20_000)
    never_there = (base.customers.reached & np.uint64(0b100)) == 0
    assert 0 < never_there.sum() < len(never_there)
    for name, a, b in zip(base.customers._fields, base.customers, variant.customers, strict=True):
        assert a[..., never_there].tobytes() == b[..., never_there].tobytes(), name
    assert base.customers.revenue.tobytes() != variant.customers.revenue.tobytes()


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
