"""What customers did after their assignment, against slow and obvious ways to find out."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from cvosim import Scenario, compare, load_scenario, simulate
from cvosim.errors import CvosimError, ScenarioError
from cvosim.experiment.trials import outcomes as module
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.tables.schema import EventKind

WHOLE = ["contribution", "revenue", "cost", "orders", "clv", "conversion.core_offer"]
PAID = ("bought", "renewed", "reordered")

STEPS = """\
name: Steps
horizon_days: 200
channels:
  - {name: street, kind: earned, share: 1, cost_per_prospect: 1, ARRIVALS}
journey:
  engage:
    content: [{name: film, style: educate, unit_cost: 0.1}]
    conversion: {matched: 0.5, adjacent: 0.5, mismatched: 0.5}
    exposures: 3
    every: {kind: exponential, mean_days: 2}
  lead_magnet: {name: guide, conversion: 0.6, delay: {kind: fixed, days: 1}, unit_cost: 0.3}
  tripwire: {name: sample, price: 9, conversion: 0.4, delay: {kind: fixed, days: 2}, ON}
  core_offer: {name: thing, price: 100, unit_cost: 30, conversion: 0.5, FIVE}
  profit_maximizers:
    - {kind: upsell, name: gold, price: 20, conversion: 0.3, delay: {kind: fixed, days: 3}}
    - {kind: upsell, name: last, price: 50, conversion: 0.3, delay: {kind: fixed, days: 4}}
  return_path:
    - {kind: follow_up, name: mails, at: [lead_magnet, gold], days: [1, 3], MAIL}
"""
for short, long in {
    "ARRIVALS": "arrivals: {kind: uniform, over_days: 60}",
    "ON": "on_decline: continue",
    "FIVE": "delay: {kind: fixed, days: 5}",
    "MAIL": "open: 0.9, click: 0.5, conversion: 0.5, cost: 0.01",
}.items():
    STEPS = STEPS.replace(short, long)


@pytest.fixture
def steps(tmp_path: Path) -> Scenario:
    """A journey whose every stage is put to customers by another way; decisions take days."""
    (tmp_path / "steps.yaml").write_text(STEPS, "utf-8")
    return load_scenario(tmp_path / "steps.yaml")


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain", "saas"])
def test_the_customer_table_and_the_events_say_the_same(name: str) -> None:
    """On arrival and to the horizon nothing but sums is asked; another name makes events count."""
    names = [*WHOLE, "retention.30", "days_to_last_order"]
    arms = [load_scenario(name)]
    fast = outcomes(arms, names, customers=3000)
    slow = outcomes(arms, [*names, "orders@5"], customers=3000)
    assert fast.columns == tuple(names)
    np.testing.assert_allclose(slow.only(names).values, fast.values, rtol=1e-9, atol=1e-9)
    np.testing.assert_array_equal(slow.customer, fast.customer)


def test_value_is_that_of_a_comparison() -> None:
    arms = [load_scenario("carpet_cleaning", [f"name=p{p}", f"journey.tripwire.price={p}"])
            for p in (29, 19)]  # fmt: skip
    found = compare(arms, customers=3000).differences["p19"]["clv_per_prospect"]
    pool = outcomes(arms, ["clv"], customers=3000)
    assert found.difference == pytest.approx(pool.effect("clv")[0] * len(pool) / 3000, rel=1e-9)


@pytest.mark.parametrize(
    ("stage", "days"),
    [("lead_magnet", 1.0), ("tripwire", 2.0), ("core_offer", 5.0), ("gold", 3.0), ("last", 4.0)],
)
def test_a_stage_is_entered_its_delay_before_the_first_answer(
    steps: Scenario, stage: str, days: float
) -> None:
    """Decisions take a fixed time, so the first answer tells when the offer was put."""
    pool = outcomes([steps], ["orders"], assign_at=stage, customers=2000, enrol_days=150.0)
    run = simulate(steps, customers=2000, events=True)
    assert run.events is not None
    events, code = run.events.columns, run.events.names.stages.index(stage)
    first: dict[int, float] = {}
    for who, time, at in zip(events.customer_id, events.time, events.stage, strict=True):
        if at == code:
            first.setdefault(int(who), float(time))
    answered = [i for i, who in enumerate(pool.customer) if int(who) in first]
    assert len(answered) > 300
    wanted = [first[int(pool.customer[i])] - days for i in answered]
    np.testing.assert_allclose(pool.entry_day[answered], wanted, atol=1e-9)
    reached = set(np.flatnonzero(run.customers.has_reached(stage)).tolist())
    assert set(pool.customer.tolist()) <= reached
    assert len(reached) - len(pool) <= (pool.entry_day > 140).sum()


def test_outcomes_are_what_a_loop_over_the_events_finds(steps: Scenario) -> None:
    names = ["contribution", "revenue", "cost", "orders", "conversion.last", "contribution@6",
             "before.cost", "before.orders", "retention.8", "days_to_last_order"]  # fmt: skip
    pool = outcomes([steps], names, assign_at="core_offer", follow_days=20.0, enrol_days=90.0,
                    start_day=5.0, customers=1500)  # fmt: skip
    run = simulate(steps, customers=1500, events=True)
    assert run.events is not None
    stages = run.events.names.stages
    core = stages.index("core_offer")
    entry = dict(zip(pool.customer.tolist(), pool.entry_day.tolist(), strict=True))
    found: dict[int, dict[str, float]] = {who: defaultdict(float) for who in entry}
    for who, time, stage, kind, revenue, cost, _ in zip(*run.events.columns, strict=True):
        if int(who) not in entry:
            continue
        mine, age = found[int(who)], float(time) - entry[int(who)]
        paid = EventKind(kind).name.lower() in PAID
        if age < 0 or (age == 0 and stage < core):
            mine["before.cost"] += cost
            mine["before.orders"] += paid
        elif age < 20:
            mine["revenue"] += revenue
            mine["cost"] += cost
            mine["contribution"] += revenue - cost
            mine["contribution@6"] += (revenue - cost) * (age < 6)
            mine["orders"] += paid
            if paid:
                mine["days_to_last_order"] = age
                mine["retention.8"] = float(age >= 8)
                mine["conversion.last"] += stages[stage] == "last"
    for k, name in enumerate(names):
        wanted = [found[who][name] for who in pool.customer.tolist()]
        np.testing.assert_allclose(pool.values[0, :, k], wanted, atol=1e-9, err_msg=name)
        assert any(wanted), name


def test_chunks_and_threads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    arms = [load_scenario("pizza_chain")]
    names = ["contribution", "orders", "clv"]
    whole = outcomes(arms, names, assign_at="core_offer", follow_days=100.0, customers=900)
    monkeypatch.setattr(module, "CHUNK", 250)
    parts = outcomes(
        arms, names, assign_at="core_offer", follow_days=100.0, customers=900, threads=1
    )
    np.testing.assert_array_equal(parts.values, whole.values)
    np.testing.assert_array_equal(parts.entry_day, whole.entry_day)
    np.testing.assert_array_equal(parts.customer, whole.customer)


def test_subscribers() -> None:
    names = ["survival.pro_plan", "cancelled.pro_plan", "conversion.pro_plan"]
    scenario = load_scenario("saas")
    billing = simulate(scenario, customers=50).customers.names.subscriptions
    names = [name.replace("pro_plan", billing[0]) for name in names]
    pool = outcomes([scenario], names, follow_days=200.0, customers=4000)
    days, cancelled, subscribed = pool.values[0].T
    np.testing.assert_array_equal(np.isnan(days), subscribed == 0)
    assert not cancelled[subscribed == 0].any()
    assert np.nanmin(days) >= 0
    assert np.nanmax(days) <= 200
    assert set(cancelled[subscribed == 1].tolist()) == {0.0, 1.0}


def test_existing_customers() -> None:
    """The order that assigns a customer is before the assignment; active is who comes again."""
    scenario = load_scenario("cdnow")
    names = ["orders", "before.orders", "active", "retention.30"]
    pool = outcomes([scenario], names, assign_at="order", start_day=50.0, enrol_days=60.0,
                    follow_days=90.0, customers=2000)  # fmt: skip
    run = simulate(scenario, customers=2000, events=True)
    assert run.events is not None
    c = run.events.columns
    paid = np.isin(c.kind, [EventKind[word.upper()] for word in PAID])
    for place in (0, len(pool) // 2, len(pool) - 1):
        times = np.sort(c.time[paid & (c.customer_id == pool.customer[place])])
        entry = times[times >= 50.0][0]
        assert pool.entry_day[place] == entry
        after = times[times > entry] - entry
        wanted = [
            (after < 90).sum(), (times <= entry).sum(), (after >= 90).any(),
            ((after >= 30) & (after < 90)).any(),
        ]  # fmt: skip
        assert pool.values[0, place].tolist() == [float(x) for x in wanted]


def test_a_change_before_the_assignment_is_refused() -> None:
    changes = (["name=a"], ["name=b", "journey.lead_magnet.conversion=0.3"])
    arms = [load_scenario("carpet_cleaning", change) for change in changes]
    with pytest.raises(ScenarioError, match=r'"b" acts before the assignment: [\d,]+ of 2,000'):
        outcomes(arms, ["orders"], assign_at="tripwire", customers=2000)
    assert len(outcomes(arms, ["orders"], customers=500)) == 500


def test_what_cannot_be_asked_is_said_at_once() -> None:
    changes = (["name=a"], ["name=a", "horizon_days=700", "currency=EUR"])
    arms = [load_scenario("carpet_cleaning", change) for change in changes]
    with pytest.raises(ScenarioError) as caught:
        outcomes(arms, ["contributon", "conversion.tripwir", "survival.tripwire", "active",
                        "retention.x", "clv@5", "orders@0"], assign_at="core_ofer")  # fmt: skip
    assert str(caught.value).splitlines() == [
        'two arms are named "a"; give one another name',
        '"a" must have the horizon of "a", 730.0 (got 700.0)',
        '"a" must have the currency of "a", USD (got EUR)',
        *['assign_at: "a" has no stage "core_ofer"; did you mean "core_offer"?'] * 2,
        'no outcome is called "contributon"; did you mean "contribution"?',
        '"conversion.tripwir": no stage has the key "tripwir"; did you mean "tripwire"?',
        '"survival.tripwire": no subscription has the key "tripwire"; there are: quarterly_care',
        '"active": needs follow_days: active is who orders after them',
        '"retention.x": retention needs a day, such as retention.30',
        '"clv@5": clv takes no @DAYS',
        '"orders@0": after @ comes a number of days above 0, such as orders@14',
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"enrol_days": 700.0, "follow_days": 90.0}, "horizon_days: must be at least 790"),
        ({"follow_days": 800.0}, "horizon_days: must be at least 800"),
        ({"enrol_days": -1.0}, "enrol_days: must be a number of days above 0"),
        ({"follow_days": math.inf}, "follow_days: must be a number of days above 0"),
        ({"start_day": 730.0}, "start_day: must be from 0 to the horizon, day 730"),
        ({"customers": 0}, "customers: must be a whole number from 1"),
        ({"seed": 1.5}, "seed: must be a whole number"),
        ({"threads": 0}, "threads: must be a whole number from 1"),
        ({"start_day": 600.0}, "nobody reaches arrival from day 600 to day 730"),
    ],
)
def test_impossible_numbers(given: dict[str, float], words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        outcomes([load_scenario("carpet_cleaning")], ["orders"], **{"customers": 50, **given})  # type: ignore[arg-type]


def test_progress_counts_every_arm() -> None:
    seen: list[int] = []
    arms = [load_scenario("carpet_cleaning", [f"name={name}"]) for name in "ab"]
    pool = outcomes(arms, ["contribution"], customers=700, progress=seen.append)
    assert sum(seen) == 1400
    np.testing.assert_array_equal(pool.values[0], pool.values[1])
