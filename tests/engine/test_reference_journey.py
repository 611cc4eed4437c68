"""The reference engine: content, attendance, aims, and how people come to arrive."""

from __future__ import annotations

import math

import pytest
from helpers.small_plans import (
    ENGAGE,
    FOLLOW_UP,
    LEAD,
    SEED,
    SUBSCRIBE,
    TIME,
    fixed,
    live,
    make_plan,
    names,
)

from cvosim.engine.reference import run_reference
from cvosim.plan.plan import END, Plan, ProgramKind, RepeatModel
from cvosim.randomness.philox_plain import uniform
from cvosim.tables.schema import ExitReason

SURE = {"targeting": 1.0, "exposures": 3, "lift": 1.0, **fixed(2.0, "every")}
LADDER = [{"rung": rung, "unit_cost": 0.1 * (rung + 1), "trust": 0.5} for rung in range(4)]


def engage_plan(*content: dict[str, float], **terms: float) -> Plan:
    return make_plan(
        {"kind": ENGAGE, "after_decline": END},
        {"kind": TIME, **fixed(1.0)},
        care={"engage": SURE | terms, "content": list(content) or LADDER},
    )


# ---------------------------------------------------------------------- engagement


def test_content_lifts_rung_by_rung_and_then_the_journey_goes_on() -> None:
    row, story = live(engage_plan())  # everybody arrives aware of the problem
    assert [entry[:5] for entry in story] == [
        (0.0, "ARRIVED", -1, 0.0, 0.0),
        (0.0, "EXPOSED", 0, 0.0, 0.2),
        (0.0, "ENGAGED", 0, 0.0, 0.0),
        (2.0, "EXPOSED", 0, 0.0, pytest.approx(0.3)),
        (2.0, "ENGAGED", 0, 0.0, 0.0),
        (4.0, "EXPOSED", 0, 0.0, 0.4),
        (4.0, "ENGAGED", 0, 0.0, 0.0),
        (5.0, "COMMITTED", 1, 0.0, 0.0),
    ]
    assert (row["awareness"], row["rungs_climbed"], row["exposures"]) == (1, 2, 3)
    assert row["stage_time"] == [0.0, 5.0]
    assert row["reached"] == 0b11
    assert row["acquisition_cost"] == pytest.approx(0.9)


def test_the_highest_rung_is_the_last() -> None:
    row, _ = live(engage_plan(exposures=9))
    assert (row["rungs_climbed"], row["exposures"]) == (2, 9)


def test_engaging_does_not_leave_an_address() -> None:
    plan = make_plan(
        {"kind": ENGAGE},
        {"conversion": 0.0, "services": [{"program": 0}]},
        programs=[FOLLOW_UP],
        touches=[{"gap": 1.0, "open": 1.0}] * 3,
        care={"engage": SURE, "content": LADDER},
    )
    assert names(live(plan)[1])[-2:] == [(4.0, "DECLINED"), (4.0, "LOST")]


def test_content_that_never_engages_is_a_no() -> None:
    row, story = live(engage_plan({"rung": 1, "conversion": 0.0}))
    assert names(story)[1:] == [(t, "EXPOSED") for t in (0.0, 2.0, 4.0)] + [(4.0, "DECLINED")]
    assert (row["exit_reason"], row["reached"]) == (ExitReason.COMPLETED, 1)
    assert math.isnan(row["stage_time"][0])


def test_content_that_does_not_get_through_costs_nothing() -> None:
    row, story = live(engage_plan({"rung": 1, "reach": 0.0, "unit_cost": 5.0}))
    assert names(story)[1:] == [(4.0, "DECLINED")]
    assert (row["exposures"], row["acquisition_cost"]) == (0, 0.0)


def test_a_program_may_bring_back_whom_content_left_cold() -> None:
    plan = make_plan(
        {"kind": ENGAGE, "services": [{"program": 0, "price": 9.0}]},
        {"conversion": 0.0, "services": [{"program": 1}]},
        programs=[{"kind": ProgramKind.EXIT_OFFER, "cost": 0.3}, FOLLOW_UP],
        touches=[{"gap": 1.0, "open": 1.0}] * 3,
        care={"engage": SURE | {"exposures": 1}, "content": [{"rung": 1, "conversion": 0.0}]},
    )
    row, story = live(plan)
    assert story[3:6] == [
        (0.0, "TOUCHED", 0, 0.0, 0.3, 0),
        (0.0, "RECOVERED", 0, 0.0, 0.0, 0),
        (0.0, "ENGAGED", 0, 0.0, 0.0, 0),
    ]
    assert "OPENED" not in {name for _, name in names(story)}  # no address, so no letter came
    assert row["stage_time"][0] == 0.0


def test_trust_of_content_counts_in_later_decisions() -> None:
    offer = {"conversion": 0.5, "decision": {"trust_weight": 1.0, "reference_trust": 500.0}}
    for trust, last in ((0.0, "LOST"), (1000.0, "BOUGHT")):
        plan = make_plan(
            {"kind": ENGAGE},
            offer,
            care={"engage": SURE, "content": [{"rung": 1, "trust": trust}]},
        )
        assert names(live(plan)[1])[-1][1] == last


def test_the_piece_shown_suits_the_rung_if_targeting_works() -> None:
    pieces = [{"rung": rung, "unit_cost": float(i)} for i, rung in enumerate((0, 1, 2, 1, 1))]
    plan = engage_plan(*pieces, targeting=0.6, exposures=6, lift=0.0)
    sites = {name: int(plan.engage[name][0]) for name in ("targeting_site", "piece_site")}
    shown_at_all = set()
    for customer in range(40):
        shown = [int(entry[4]) for entry in live(plan, customer)[1] if entry[1] == "EXPOSED"]
        for k, piece in enumerate(shown):
            u = uniform(SEED, customer, sites["piece_site"], k)
            if uniform(SEED, customer, sites["targeting_site"], k) < 0.6:
                assert piece == (1, 3, 4)[int(3 * u)]
            else:
                assert piece == int(5 * u)
        shown_at_all |= set(shown)
    assert shown_at_all == {0, 1, 2, 3, 4}


def test_without_a_suited_piece_any_is_shown() -> None:
    plan = engage_plan({"rung": 0, "unit_cost": 1.0}, {"rung": 3, "unit_cost": 2.0}, lift=0.0)
    costs = {entry[4] for c in range(20) for entry in live(plan, c)[1] if entry[1] == "EXPOSED"}
    assert costs == {1.0, 2.0}


def test_every_exposure_has_its_own_luck_and_the_present_rung() -> None:
    by_rung = (0.9, 0.4, 0.6, 0.8)
    piece = {"rung": 1, "reach": 0.8, "conversion": by_rung}
    plan = engage_plan(piece, lift=0.5, exposures=5)
    content, lift = plan.content[0], int(plan.engage["lift_site"][0])
    climbs = set()
    for customer in range(60):
        rung, expected = 1, []
        for k in range(5):
            if not uniform(SEED, customer, int(content["reach_site"]), k) < 0.8:
                continue
            expected.append("EXPOSED")
            if uniform(SEED, customer, int(content["accept_site"]), k) < by_rung[rung]:
                expected.append("ENGAGED")
                rung += rung < 3 and uniform(SEED, customer, lift, k) < 0.5
        row, story = live(plan, customer)
        assert [entry[1] for entry in story if entry[2] == 0 and entry[1] != "DECLINED"] == expected
        assert row["rungs_climbed"] == rung - 1
        climbs.add(rung)
    assert climbs == {1, 2, 3}


def test_the_present_rung_counts_in_every_later_decision() -> None:
    plan = make_plan(
        {"kind": ENGAGE},
        {"conversion": 0.5},
        care={"engage": SURE | {"exposures": 1}, "content": LADDER},
    )
    plan.shifts[1, 0, 0] = [-900.0, -900.0, 900.0, -900.0]  # by rung, for the offer
    row, story = live(plan)
    assert (row["awareness"], names(story)[-1]) == (1, (0.0, "BOUGHT"))


# ---------------------------------------------------------------------- attendance


@pytest.mark.parametrize(("consumed", "last"), [(1.0, "BOUGHT"), (0.0, "LOST")])
def test_only_who_attends_gains_trust_and_everybody_goes_on(consumed: float, last: str) -> None:
    plan = make_plan(
        {"kind": TIME, "attended": 1, "consumed": consumed, "trust": 1000.0, "unit_cost": 3.0}
        | {**fixed(1.0), **fixed(7.0, "consumption")},
        {"conversion": 0.5, "decision": {"trust_weight": 1.0, "reference_trust": 500.0}},
    )
    row, story = live(plan)
    attended = [(8.0, "ATTENDED")] if consumed else []
    assert names(story)[1] == (1.0, "COMMITTED")
    assert [entry for entry in names(story) if entry[1] == "ATTENDED"] == attended
    assert names(story)[-1] == (8.0, last)
    assert row["stage_time"][0] == 1.0
    assert row["acquisition_cost"] == 3.0


def test_who_waits_to_attend_is_alive() -> None:
    plan = make_plan({"kind": TIME, "attended": 1, **fixed(200.0, "consumption")})
    assert live(plan)[0]["exit_reason"] == ExitReason.ALIVE


def test_repeat_buying_starts_with_the_commitment_not_with_attending() -> None:
    plan = make_plan(
        {"kind": TIME, "attended": 1, "starts_repeat": 1, **fixed(7.0, "consumption")},
        repeat={"model": RepeatModel.MBG_NBD, "r": 1.0, "alpha": 1.0, "a": 1e9, "b": 1e-9},
    )
    assert names(live(plan)[1])[1:] == [(0.0, "COMMITTED"), (0.0, "DROPPED_OUT")]


def test_without_attendance_trust_comes_at_once() -> None:
    plan = make_plan({"kind": TIME, **fixed(5.0, "consumption")}, {"price": 1.0})
    assert names(live(plan)[1])[1:] == [(0.0, "COMMITTED"), (0.0, "BOUGHT")]


# ---------------------------------------------------------------------------- aims


def test_offers_meant_for_others_are_as_if_they_were_not_there() -> None:
    plan = make_plan(
        {"aim": 0, "price": 1.0, "starts_repeat": 1},
        {"aim": 0, "price": 2.0, "conversion": 0.0},
        {"price": 4.0, **fixed(1.0)},
        {"aim": 0, "price": 8.0},
        {"aim": 1, "price": 16.0, **fixed(1.0)},
        care={"aims": [{"min_orders": 2.0}, {"min_spend": 4.0}]},
    )
    row, story = live(plan)
    assert names(story) == [(0.0, "ARRIVED"), (1.0, "BOUGHT"), (2.0, "BOUGHT")]
    assert (row["revenue"], row["reached"]) == (20.0, 0b10100)


def test_a_journey_of_which_nothing_is_meant_for_one_is_over_at_once() -> None:
    row, story = live(make_plan({"aim": 0}, care={"aims": [{"allowed": [0]}]}))
    assert names(story) == [(0.0, "ARRIVED")]
    assert (row["exit_reason"], row["reached"]) == (ExitReason.COMPLETED, 0)


@pytest.mark.parametrize(("days", "bought"), [(7.0, 3), (6.5, 2)])
def test_an_aim_at_recent_buyers(days: float, bought: int) -> None:
    plan = make_plan(
        {"price": 1.0},
        {"kind": TIME, **fixed(7.0)},
        {"price": 1.0, "aim": 0},
        {"price": 1.0},
        care={"aims": [{"max_days_since_order": days}]},
    )
    assert live(plan)[0]["orders"] == bought


def test_who_never_ordered_is_not_a_recent_buyer() -> None:
    plan = make_plan({"aim": 0}, care={"aims": [{"max_days_since_order": 99.0}]})
    assert names(live(plan)[1]) == [(0.0, "ARRIVED")]


def test_an_aim_sees_the_tier_reached_by_earlier_orders_but_not_by_this_one() -> None:
    plan = make_plan(
        {"price": 50.0},
        {"price": 1.0, "aim": 0},
        {"price": 2.0},
        {"price": 4.0, "aim": 0},
        care={"tiers": [{"threshold": 50.0}], "aims": [{"allowed": [0, 1]}]},
    )
    assert live(plan)[0]["revenue"] == 56.0


def test_a_program_meant_for_others_is_passed_over() -> None:
    plan = make_plan(
        {
            "conversion": 0.0,
            "services": [{"program": 0, "price": 1.0}, {"program": 1, "price": 2.0}],
        },
        programs=[{"kind": ProgramKind.EXIT_OFFER, "aim": 0}, {"kind": ProgramKind.EXIT_OFFER}],
        care={"aims": [{"min_orders": 1.0}]},
    )
    row, story = live(plan)
    assert [name for _, name in names(story)] == [
        "ARRIVED", "DECLINED", "TOUCHED", "RECOVERED", "BOUGHT"
    ]  # fmt: skip
    assert (row["recoveries"], row["revenue"]) == ([0, 1], 2.0)


# ------------------------------------------------------------------------ arrivals


def test_a_budget_reaches_a_share_of_the_people() -> None:
    plan = make_plan({}, channel={"reached": 0.3, "cost": 2.0})
    customers, _, events = run_reference(plan, SEED, 0, 200)
    site = int(plan.world["reach_site"][0])
    reached = [uniform(SEED, customer, site, 0) < 0.3 for customer in range(200)]
    assert (customers.exit_reason != ExitReason.NOT_ARRIVED).tolist() == reached
    assert sorted(set(events.customer_id.tolist())) == [c for c in range(200) if reached[c]]
    assert customers.acquisition_cost.sum() == 2.0 * sum(reached)
    assert 30 < sum(reached) < 90


def test_arrivals_follow_their_curve_day_by_day() -> None:
    channel = {"first_day": 2, "n_days": 3, "start": 4.0, "day_length": 0.5}
    plan = make_plan({}, channel=channel, care={"arrival_days": [0.5, 1.0, 0.25, 0.25, 1.0]})
    customers, _, _ = run_reference(plan, SEED, 0, 100)
    site = int(plan.world["arrival_site"][0])
    for customer, arrival in enumerate(customers.arrival_time.tolist()):
        u = uniform(SEED, customer, site, 0)
        assert arrival == 4.0 + 0.5 * (u / 0.25 if u < 0.25 else 2 + (u - 0.25) / 0.75)
    halves = {int(2.0 * arrival) for arrival in customers.arrival_time}
    assert halves == {8, 10}


def test_a_trial_pays_only_if_it_convinced() -> None:
    def plan(conversion: float) -> Plan:
        terms = {"period": 30.0, "trial": 7.0, "max_cycles": 2, "trial_conversion": conversion}
        return make_plan(
            {"kind": SUBSCRIBE, "price": 15.0, "unit_cost": 4.0, "subscription": 0, "trust": 3.0},
            subscriptions=[terms],
        )

    row, story = live(plan(0.0))
    assert names(story)[1:] == [(0.0, "COMMITTED"), (7.0, "CANCELLED")]
    assert (row["bills"], row["cancelled"]) == ([0], [1])
    assert row["exit_reason"] == ExitReason.DROPPED_OUT
    assert names(live(plan(1.0))[1])[2:] == [(7.0, "BOUGHT"), (37.0, "RENEWED")]
    chance = plan(0.5)
    row = chance.subscriptions["trial_decision"][0]
    chance.decisions["trust_weight"][row], chance.decisions["reference_trust"][row] = 1000.0, 2.5
    assert names(live(chance)[1])[2] == (7.0, "BOUGHT")  # the trust that accepting brought
    site = int(chance.subscriptions["trial_site"][0])
    for customer in range(30):
        pays = uniform(SEED, customer, site, 0) < 0.5
        assert (live(plan(0.5), customer)[0]["orders"] > 0) == pays


def test_a_lead_magnet_is_still_consumed_aside() -> None:
    plan = make_plan(
        {"kind": LEAD, "consumed": 1.0, **fixed(9.0, "consumption")},
        {"kind": TIME, "attended": 1, "consumed": 1.0, **fixed(3.0, "consumption")},
    )
    assert names(live(plan)[1])[1:] == [
        (0.0, "OPTED_IN"), (0.0, "COMMITTED"), (3.0, "ATTENDED"), (9.0, "CONSUMED")
    ]  # fmt: skip
