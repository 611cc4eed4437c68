"""The reference engine: the journey and its return path."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import pytest
from helpers.small_plans import (
    FOLLOW_UP,
    LEAD,
    REMARKETING,
    SEED,
    SUBSCRIBE,
    TIME,
    fixed,
    live,
    make_plan,
    names,
)

from cvosim.engine import reference_calendar
from cvosim.engine.reference import run_reference
from cvosim.plan.plan import END, Plan, ProgramKind
from cvosim.randomness.draws_plain import exponential, normal
from cvosim.randomness.philox_plain import uniform
from cvosim.tables.schema import ExitReason


def test_everybody_who_says_yes_walks_to_the_end() -> None:
    plan = make_plan(
        {
            "kind": LEAD,
            "unit_cost": 0.5,
            **fixed(1.0),
            "consumed": 1.0,
            **fixed(5.0, "consumption"),
        },
        {"price": 10.0, "unit_cost": 4.0, "is_tripwire": 1, **fixed(2.0)},
        {"kind": TIME, "price": 99.0, "unit_cost": 3.0, **fixed(4.0)},
        {"price": 100.0, "unit_cost": 60.0},
        channel={"cost": 2.0, **fixed(0.25, "arrival")},
    )
    row, story = live(plan)
    assert story == [
        (0.25, "ARRIVED", -1, 0.0, 2.0, -1),
        (1.25, "OPTED_IN", 0, 0.0, 0.5, -1),
        (3.25, "BOUGHT", 1, 10.0, 4.0, -1),
        (6.25, "CONSUMED", 0, 0.0, 0.0, -1),
        (7.25, "COMMITTED", 2, 0.0, 3.0, -1),
        (7.25, "BOUGHT", 3, 100.0, 60.0, -1),
    ]
    assert row["exit_reason"] == ExitReason.COMPLETED
    assert row["exit_stage"] == -1
    assert row["reached"] == 0b1111
    assert row["stage_time"] == [1.25, 3.25, 7.25, 7.25]
    assert (row["orders"], row["first_order_time"], row["last_order_time"]) == (2, 3.25, 7.25)
    assert (row["revenue"], row["cost_of_goods"]) == (110.0, 64.0)
    assert (row["acquisition_cost"], row["touch_cost"]) == (2.5, 3.0)
    assert row["tripwire_contribution"] == 6.0
    assert math.isnan(row["rate"])
    assert row["alive"] == 0
    assert (row["segment"], row["channel"], row["awareness"]) == (0, 0, 1)


def test_a_no_without_programs_loses_or_goes_on_as_the_plan_says() -> None:
    lost, story = live(make_plan({"conversion": 0.0, **fixed(3.0)}))
    assert names(story) == [(0.0, "ARRIVED"), (3.0, "DECLINED"), (3.0, "LOST")]
    assert (lost["exit_reason"], lost["exit_stage"]) == (ExitReason.LOST, 0)
    row, story = live(make_plan({"conversion": 0.0, "after_decline": 1}, {"price": 1.0}))
    assert names(story) == [(0.0, "ARRIVED"), (0.0, "DECLINED"), (0.0, "BOUGHT")]
    assert math.isnan(row["stage_time"][0])
    assert row["stage_time"][1] == 0.0
    done, story = live(make_plan({"conversion": 0.0, "after_decline": END}))
    assert names(story) == [(0.0, "ARRIVED"), (0.0, "DECLINED")]
    assert done["exit_reason"] == ExitReason.COMPLETED


def test_exit_offers_follow_each_other_at_the_moment_of_declining() -> None:
    plan = make_plan(
        {
            "conversion": 0.0,
            "price": 10.0,
            "unit_cost": 4.0,
            **fixed(2.0),
            "services": [
                {"program": 0, "conversion": 0.0, "price": 9.0},
                {"program": 1, "conversion": 1.0, "price": 8.0},
                {"program": 2, "conversion": 1.0, "price": 7.0},
            ],
        },
        programs=[{"kind": ProgramKind.EXIT_OFFER, "cost": cost} for cost in (0.1, 0.2, 0.4)],
    )
    row, story = live(plan)
    assert story == [
        (0.0, "ARRIVED", -1, 0.0, 0.0, -1),
        (2.0, "DECLINED", 0, 0.0, 0.0, -1),
        (2.0, "TOUCHED", 0, 0.0, 0.1, 0),
        (2.0, "TOUCHED", 0, 0.0, 0.2, 1),
        (2.0, "RECOVERED", 0, 0.0, 0.0, 1),
        (2.0, "BOUGHT", 0, 8.0, 4.0, 1),
    ]
    assert row["recoveries"] == [0, 1, 0]
    assert row["program_cost"] == [0.1, 0.2, 0.0]
    assert row["acquisition_cost"] == 0.1 + 0.2


def follow_up_plan(
    *,
    conversion: float = 0.0,
    unsubscribe: float = 0.0,
    opens: tuple[float, ...] = (0.0, 1.0, 1.0),
    **more: float,
) -> Plan:
    service = {"program": 0, "conversion": conversion, "price": 7.0}
    return make_plan(
        {"kind": LEAD},
        {"conversion": 0.0, "services": [service]},
        programs=[FOLLOW_UP | {"unsubscribe": unsubscribe} | more],
        touches=[{"gap": gap, "open": o} for gap, o in zip((1.0, 2.0, 4.0), opens, strict=True)],
    )


def test_follow_up_sends_every_message_until_one_convinces() -> None:
    row, story = live(follow_up_plan(conversion=1.0))
    assert story[3:] == [
        (1.0, "TOUCHED", 1, 0.0, 0.5, 0),
        (3.0, "TOUCHED", 1, 0.0, 0.5, 0),
        (3.0, "OPENED", 1, 0.0, 0.0, 0),
        (3.0, "CLICKED", 1, 0.0, 0.0, 0),
        (3.0, "RECOVERED", 1, 0.0, 0.0, 0),
        (3.0, "BOUGHT", 1, 7.0, 0.0, 0),
    ]
    assert row["program_cost"] == [1.0]


def test_every_message_has_its_own_luck() -> None:
    chances = {"conversion": 0.5, "click": 0.6, "unsubscribe": 0.2, "opens": (0.5, 0.5, 0.5)}
    plan = follow_up_plan(**chances)
    sites = {name: int(plan.services[name][0]) for name in plan.services.dtype.names[3:]}
    endings = set()
    for customer in range(100):
        luck = {  # by occurrence
            name: [uniform(SEED, customer, site, k) for k in range(3)]
            for name, site in sites.items()
        }
        expected = []
        for k in range(3):
            expected.append("TOUCHED")
            if luck["open_site"][k] < 0.5:
                expected.append("OPENED")
                if luck["click_site"][k] < 0.6:
                    expected.append("CLICKED")
                    if luck["accept_site"][k] < 0.5:
                        expected += ["RECOVERED", "BOUGHT"]
                        break
            if luck["unsubscribe_site"][k] < 0.2:
                expected += ["UNSUBSCRIBED", "LOST"]
                break
        else:
            expected.append("LOST")
        assert [name for _, name in names(live(plan, customer)[1])[3:]] == expected
        endings.add((k, expected[-2]))
    assert {(k, name) for k in range(3) for name in ("RECOVERED", "UNSUBSCRIBED")} <= endings


def test_follow_up_that_fails_ends_with_its_last_message() -> None:
    row, story = live(follow_up_plan(click=0.0))
    touched = [(1.0, "TOUCHED"), (3.0, "TOUCHED"), (3.0, "OPENED"), (7.0, "TOUCHED")]
    assert names(story)[3:] == [*touched, (7.0, "OPENED"), (7.0, "LOST")]
    assert (row["exit_reason"], row["exit_stage"]) == (ExitReason.LOST, 1)
    assert row["unsubscribed"] == 0


def test_unsubscribing_ends_this_and_every_later_follow_up() -> None:
    follow = {"program": 0, "conversion": 0.0}
    plan = make_plan(
        {"kind": LEAD},
        {"conversion": 0.0, "services": [follow, follow], "after_decline": 2},
        {"conversion": 0.0, "services": [follow, {"program": 1, "conversion": 0.0}]},
        programs=[FOLLOW_UP | {"unsubscribe": 1.0}, {"kind": ProgramKind.EXIT_OFFER}],
        touches=[{"gap": 1.0, "open": 1.0}] * 3,
    )
    row, story = live(plan)
    assert [(time, name, stage) for time, name, stage, *_ in story[3:]] == [
        (1.0, "TOUCHED", 1),
        (1.0, "OPENED", 1),
        (1.0, "CLICKED", 1),
        (1.0, "UNSUBSCRIBED", 1),
        (1.0, "DECLINED", 2),
        (1.0, "TOUCHED", 2),  # the exit offer
        (1.0, "LOST", 2),
    ]
    # It was lost later than where it unsubscribed.
    assert (row["exit_reason"], row["exit_stage"]) == (ExitReason.LOST, 2)
    assert row["unsubscribed"] == 1
    row, _ = live(follow_up_plan(unsubscribe=1.0))
    assert (row["exit_reason"], row["exit_stage"]) == (ExitReason.UNSUBSCRIBED, 1)


def test_nobody_writes_to_an_unknown_address() -> None:
    plan = make_plan(
        {"conversion": 0.0, "services": [{"program": 0}]},
        programs=[FOLLOW_UP],
        touches=[{"gap": 1.0, "open": 1.0}] * 3,
    )
    assert names(live(plan)[1])[1:] == [(0.0, "DECLINED"), (0.0, "LOST")]


def remarketing_plan(conversion: float, **more: float) -> Plan:
    service = {"program": 0, "conversion": conversion, "price": 7.0}
    return make_plan(
        {"conversion": 0.0, **fixed(1.0), "services": [service]}, programs=[REMARKETING | more]
    )


def clicks_of(plan: Plan, start: float) -> Iterator[float]:
    now, site = start, int(plan.services["click_site"][0])
    for n in count():
        now = now + exponential(SEED, 0, site, n) / 0.2
        yield now


def test_remarketing_that_convinces_is_paid_until_the_click() -> None:
    plan = remarketing_plan(1.0)
    click = next(clicks_of(plan, 1.0))
    row, story = live(plan)
    cost = 0.5 * (click - 1.0)
    assert story[2:] == [
        (click, "CLICKED", 0, 0.0, 0.0, 0),
        (click, "TOUCHED", 0, 0.0, cost, 0),
        (click, "RECOVERED", 0, 0.0, 0.0, 0),
        (click, "BOUGHT", 0, 7.0, 0.0, 0),
    ]
    assert row["acquisition_cost"] == row["program_cost"][0] == cost


def test_every_click_has_its_own_luck() -> None:
    plan = remarketing_plan(0.3)
    site = int(plan.services["accept_site"][0])
    clicks = []
    for customer in range(30):
        story = [name for _, name in names(live(plan, customer)[1])]
        clicks.append(story.count("CLICKED"))
        says = [uniform(SEED, customer, site, n) < 0.3 for n in range(clicks[-1])]
        assert not any(says[:-1])
        assert ("RECOVERED" in story) == (says[-1] if says else False)
    assert max(clicks) > 3


def test_remarketing_that_fails_is_paid_for_its_window() -> None:
    plan = remarketing_plan(0.0)
    _, story = live(plan)
    expected = []
    for click in clicks_of(plan, 1.0):
        if click >= 41.0:
            break
        expected.append((click, "CLICKED"))
    assert len(expected) > 1
    assert names(story)[2:] == [*expected, (41.0, "TOUCHED"), (41.0, "LOST")]
    assert story[-2][4] == 20.0


def test_remarketing_without_clicks_and_cut_off_by_the_horizon() -> None:
    assert names(live(remarketing_plan(1.0, click_rate=0.0))[1])[2:] == [
        (41.0, "TOUCHED"),
        (41.0, "LOST"),
    ]
    row, story = live(remarketing_plan(1.0, click_rate=0.0, window=99.0))
    assert names(story) == [(0.0, "ARRIVED"), (1.0, "DECLINED")]
    assert row["exit_reason"] == ExitReason.ALIVE
    assert row["program_cost"] == [0.0]


def test_nothing_happens_at_the_horizon() -> None:
    row, story = live(make_plan({**fixed(100.0)}))
    assert names(story) == [(0.0, "ARRIVED")]
    assert (row["exit_reason"], row["reached"]) == (ExitReason.ALIVE, 1)
    just_before = math.nextafter(100.0, 0.0)
    assert names(live(make_plan({**fixed(just_before)}))[1])[1:] == [(just_before, "BOUGHT")]


def test_an_appointment_is_kept_to_the_bit() -> None:
    calendar = reference_calendar.Calendar(0.0)
    now, later = 0.2, 0.9
    calendar.run(until=now)
    assert now + (later - now) != later  # what a delay would do
    met = []
    calendar.appointment(math.inf, 1).callbacks.append(met.append)
    calendar.appointment(later, 1).callbacks.append(lambda _: met.append(calendar.now))
    calendar.run(until=10.0)
    assert met == [later]


def test_who_never_arrives_has_a_row_and_no_events() -> None:
    row, story = live(make_plan({}, channel={"cost": 5.0, **fixed(100.0, "arrival")}))
    assert story == []
    assert (row["exit_reason"], row["exit_stage"]) == (ExitReason.NOT_ARRIVED, -1)
    assert (row["orders"], row["reached"], row["awareness"]) == (0, 0, 1)
    assert row["revenue"] == row["acquisition_cost"] == row["discounted_cost"] == 0.0
    for name in ("arrival_time", "first_order_time", "last_order_time", "rate", "spend_level"):
        assert math.isnan(row[name])
    assert math.isnan(row["stage_time"][0])


def test_simultaneous_events_go_by_rank_and_not_by_age() -> None:
    plan = make_plan(
        {"kind": SUBSCRIBE, "subscription": 1},
        {"kind": SUBSCRIBE, "subscription": 0},
        {"price": 1.0, **fixed(30.0)},
        subscriptions=[{"stage": 1 - i, "period": 30.0, "max_cycles": 2} for i in (0, 1)],
    )
    _, story = live(plan)
    assert [(time, name, stage) for time, name, stage, *_ in story[3:]] == [
        (30.0, "BOUGHT", 2),
        (30.0, "RENEWED", 1),
        (30.0, "RENEWED", 0),
    ]


@pytest.mark.parametrize(("days", "last"), [(0.0, "BOUGHT"), (2.0, "BOUGHT"), (2.5, "LOST")])
def test_consumption_counts_if_it_comes_no_later_than_the_decision(days: float, last: str) -> None:
    offer = {
        "conversion": 0.5,
        "decision": {"trust_weight": 1.0, "reference_trust": 500.0},
        **fixed(0.0 if days == 0.0 else 2.0),
    }
    plan = make_plan(
        {"kind": LEAD, "trust": 1000.0, "consumed": 1.0, **fixed(days, "consumption")}, offer
    )
    story = [entry for entry in live(plan)[1] if entry[1] != "CONSUMED"]
    assert story[-1][1] == last


def test_probability_adds_everything_up_on_the_log_odds_scale() -> None:
    plan = make_plan(
        {"kind": TIME, "trust": 0.7},
        {
            "conversion": 0.3,
            "decision": {"logit": -0.8, "trust_weight": 2.0, "reference_trust": 0.4},
        },
        shift=0.1,
        propensity_sd=0.5,
    )
    customers, _, _ = run_reference(plan, SEED, 0, 200)
    z_site = int(plan.world["propensity_site"][0])
    for customer in range(200):
        z = normal(SEED, customer, z_site, 0)
        odds = math.exp(-0.8 + 0.1 + 0.5 * z + 2.0 * (0.7 - 0.4))
        says_yes = uniform(SEED, customer, int(plan.offers["accept_site"][1]), 0) < odds / (
            1 + odds
        )
        assert (customers.orders[customer] == 1) == says_yes
    assert 50 < customers.orders.sum() < 150
