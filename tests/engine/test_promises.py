"""What a user may rely on: exact odds, the horizon, the order of what happens.

The same luck in every variant is tested in `test_common_luck`, money that adds up in `test_money`.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.scenarios import Raw, from_raw

from cvosim.engine.driver import run_kernel
from cvosim.experiment.simulate import simulate
from cvosim.plan import compile_plan
from cvosim.scenario import load_scenario
from cvosim.tables.schema import EventKind


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
