"""Rules that are easily broken, each on a journey bare enough to reckon in the head."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.scenarios import Raw, from_raw

from cvosim.experiment.simulate import Simulation, simulate
from cvosim.tables.schema import EventKind

COUNT = 400
ENGINES = pytest.mark.parametrize("engine", ["kernel", "reference"])


def shop(journey: Raw, **more: Any) -> Raw:
    return {"schema_version": 1, "name": "Shop", "horizon_days": 60, "journey": journey, **more}


def lived(raw: Raw, engine: Any) -> Simulation:
    return simulate(from_raw(raw), customers=COUNT, engine=engine, events=True)


@ENGINES
def test_a_returned_tripwire_earns_nothing_and_costs_its_goods(engine: Any) -> None:
    """Everybody arrives for 1, buys for 20 what cost 5, and gets all of it back: 1 + 5 a buyer."""
    journey = {
        "tripwire": {"name": "sample", "price": 20, "unit_cost": 5, "conversion": 1},
        "experience": {"returned": {"probability": 1, "refund": 1}},
    }
    channel = {"name": "ads", "kind": "paid", "share": 1, "cost_per_prospect": 1}
    run = lived(shop(journey, channels=[channel]), engine)
    assert (run.customers.columns.tripwire_contribution == -5.0).all()
    assert run.metrics()["net_cac"].value == pytest.approx(6.0)


@ENGINES
def test_an_advertisement_for_content_leaves_no_address(engine: Any) -> None:
    journey = {
        "engage": {"content": [{"name": "story", "style": "prove"}], "conversion": {"matched": 0}},
        "lead_magnet": {"name": "guide", "conversion": 0},
        "return_path": [
            {"kind": "remarketing", "name": "ads", "at": ["engage"], "window_days": 9}
            | {"impressions_per_day": 9, "click": 1, "conversion": 1},
            {"kind": "follow_up", "name": "mails", "at": ["lead_magnet"], "days": [1]}
            | {"open": 1, "click": 1, "conversion": 1},
        ],
    }
    rungs = {"unaware": 0, "problem": 0, "solution": 0, "product": 1}
    segment = {"name": "all", "share": 1, "awareness": rungs}
    run = lived(shop(journey, market={"segments": [segment]}), engine)
    brought, mailed = run.customers.columns.recoveries
    assert brought.sum() == COUNT
    assert mailed.sum() == 0
    assert run.metrics()["leads"].value == 0.0


@ENGINES
@pytest.mark.parametrize("converts", [0, 1])
def test_a_trial_is_rewarded_when_it_is_paid_for(engine: Any, converts: int) -> None:
    """Friends come after everybody's core offer and try the plan for ten days."""
    journey = {
        "core_offer": {"name": "course", "price": 100, "conversion": 1},
        "profit_maximizers": [
            {"kind": "subscription", "name": "plan", "price": 9, "conversion": 1}
            | {"period_days": 30, "trial_days": 10, "trial_conversion": converts}
            | {"churn": {"kind": "geometric", "probability": 0}}
        ],
        "experience": {"satisfaction": {"mean": 10, "sd": 0}},
        "referral": {
            "advocates": {"promoter": 1},
            "invitations": {"mean": 0.5},
            "reward": {"advocate": 20, "friend": 10, "at": "plan"},
        },
    }
    run = lived(shop(journey), engine)
    assert run.events is not None
    events, referred = run.events.columns, len(run.customers.referred.root)
    rewarded = events.kind == EventKind.REWARDED
    assert referred > 50
    assert rewarded.sum() == referred * converts
    assert (events.cost[rewarded] == 30).all()
    first_bill = 10 + run.customers.columns.arrival_time[run.customers.n_market :]
    assert np.array_equal(np.sort(events.time[rewarded]), np.sort(first_bill[: rewarded.sum()]))


@ENGINES
def test_nobody_arrives_before_the_launch(engine: Any) -> None:
    arrivals = {"kind": "burst", "at_day": 2.5, "mean_days": 0.5}
    channel = {"name": "launch", "kind": "paid", "share": 1, "arrivals": arrivals}
    journey = {"core_offer": {"name": "course", "price": 100, "conversion": 0}}
    when = lived(shop(journey, channels=[channel]), engine).customers.columns.arrival_time
    assert when.min() > 2.5
    # a mean of 3 with a standard error of 0.5 / 20; 4.5 of them is 1 in 150,000
    assert abs(when.mean() - 3.0) < 4.5 * 0.5 / np.sqrt(COUNT)
