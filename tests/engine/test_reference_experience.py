"""The reference engine: delivery, satisfaction, returns, loyalty tiers and advocates."""

from __future__ import annotations

import math

import pytest
from helpers.small_plans import (
    EXPERIENCE,
    SEED,
    SUBSCRIBE,
    UNLIMITED,
    fixed,
    live,
    make_plan,
    names,
)

from cvosim.engine.reference import run_reference
from cvosim.plan.plan import Plan, RepeatModel
from cvosim.randomness.draws_plain import normal
from cvosim.randomness.formulas import multiplied_odds, poisson_quantile
from cvosim.randomness.philox_plain import uniform
from cvosim.tables.schema import ExitReason

CALM = {"satisfaction": 8.0, "effort": 2.0, **fixed(3.0, "delivery"), **fixed(2.0, "answer")}
POISSON = {"model": RepeatModel.POISSON, "r": 0.1, "spend_p": 9.0}


def experience_plan(*offers: dict[str, float], **terms: float) -> Plan:
    return make_plan(*(offers or ({"price": 50.0},)), care={"experience": CALM | terms})


# ---------------------------------------------------------------------- experience


def test_an_order_is_delivered_and_judged() -> None:
    row, story = live(experience_plan())
    assert names(story)[1:] == [(0.0, "BOUGHT"), (3.0, "DELIVERED")]
    assert story[-1][2] == 0
    assert (row["satisfaction"], row["effort"], row["deliveries"]) == (8.0, 2.0, 1)
    assert (row["tickets"], row["resolved"], row["returns"]) == (0, 0, 0)
    assert row["exit_reason"] == ExitReason.COMPLETED


def test_a_parcel_under_way_does_not_keep_a_customer_alive() -> None:
    row, story = live(experience_plan(**fixed(300.0, "delivery")))
    assert names(story)[1:] == [(0.0, "BOUGHT")]
    assert row["exit_reason"] == ExitReason.COMPLETED
    assert math.isnan(row["satisfaction"])
    assert math.isnan(row["effort"])


@pytest.mark.parametrize(
    ("resolved", "name", "score"), [(1.0, "RESOLVED", 8.5), (0.0, "UNRESOLVED", 5.5)]
)
def test_the_answer_to_a_ticket_moves_the_score(resolved: float, name: str, score: float) -> None:
    row, story = live(
        experience_plan(ticket=1.0, resolved=resolved, resolved_effect=0.5, unresolved_effect=-2.5)
    )
    assert names(story)[2:] == [(3.0, "DELIVERED"), (3.0, "TICKET"), (5.0, name)]
    assert (row["satisfaction"], row["tickets"], row["resolved"]) == (score, 1, resolved)


def test_an_open_ticket_puts_the_judgement_off() -> None:
    row, story = live(experience_plan(ticket=1.0, returned=1.0, **fixed(300.0, "answer")))
    assert names(story)[-1] == (3.0, "TICKET")
    assert math.isnan(row["satisfaction"])


def test_a_return_is_refunded_at_its_share() -> None:
    plan = experience_plan({"price": 50.0, "unit_cost": 20.0}, returned=1.0, refund=0.8)
    plan.world["discount"] = 0.01
    row, story = live(plan)
    assert story[-1] == (3.0, "REFUNDED", 0, -40.0, 0.0, -1)
    assert (row["revenue"], row["refunds"], row["returns"]) == (50.0, 40.0, 1)
    assert row["discounted_revenue"] == 50.0 - 40.0 * math.exp(-0.03)
    assert (row["cost_of_goods"], row["orders"]) == (20.0, 1)


def test_scores_stay_on_their_scales() -> None:
    low, _ = live(experience_plan(satisfaction=-5.0, effort=-5.0))
    high, _ = live(experience_plan(satisfaction=15.0, effort=15.0))
    assert (low["satisfaction"], low["effort"]) == (0.0, 1.0)
    assert (high["satisfaction"], high["effort"]) == (10.0, 7.0)


def test_every_order_has_its_own_luck() -> None:
    offers = [{"price": 10.0}, {"price": 20.0}, {"price": 40.0}]
    plan = make_plan(*offers, care={"experience": EXPERIENCE})
    sites = {
        name.removesuffix("_site"): int(plan.experience[name][0])
        for name in plan.experience.dtype.names
        if name.endswith("_site")
    }
    seen = set()
    for customer in range(60):
        scores = []
        row, story = live(plan, customer)
        refunds = 0.0
        for j, offer in enumerate(offers):
            luck = {name: uniform(SEED, customer, site, j) for name, site in sites.items()}
            effect = 0.0
            if luck["ticket"] < 0.3:
                effect = 0.5 if luck["resolved"] < 0.6 else -2.0
                name = "RESOLVED" if luck["resolved"] < 0.6 else "UNRESOLVED"
                assert (5.0, name, j) in {entry[:3] for entry in story}
            score = 8.0 + 1.5 * normal(SEED, customer, sites["satisfaction"], j) + effect
            effort = 2.5 + 1.0 * normal(SEED, customer, sites["effort"], j)
            answered = (5.0 if effect else 3.0, j)
            scores.append((answered, min(max(score, 0.0), 10.0), min(max(effort, 1.0), 7.0)))
            if luck["returned"] < 0.1:
                refunds += 0.8 * offer["price"]
                seen.add("returned")
            seen.add(effect)
        _, satisfaction, effort = max(scores)
        assert (row["satisfaction"], row["effort"]) == (satisfaction, effort)
        assert row["refunds"] == pytest.approx(refunds)
    assert seen == {0.0, 0.5, -2.0, "returned"}


def test_every_kind_of_order_is_delivered() -> None:
    plan = make_plan(
        {"kind": SUBSCRIBE, "price": 1.0, "subscription": 0, "starts_repeat": 1},
        subscriptions=[{"period": 30.0, "trial": 14.0, "max_cycles": 2}],
        repeat=POISSON | {"r": 0.02},
        care={"experience": CALM},
    )
    for customer in range(10):
        _, story = live(plan, customer)
        orders = [entry for entry in story if entry[1] in {"BOUGHT", "RENEWED", "REORDERED"}]
        delivered = [(entry[0], entry[2]) for entry in story if entry[1] == "DELIVERED"]
        assert delivered == [(time + 3.0, stage) for time, _, stage, *_ in orders if time < 97.0]
        assert names(orders)[0] == (14.0, "BOUGHT") or orders[0][1] == "REORDERED"
    assert {stage for _, stage in delivered} == {0, 1}


def test_simultaneous_deliveries_go_by_the_number_of_the_order() -> None:
    plan = experience_plan({"price": 1.0}, {"price": 2.0}, {"price": 4.0})
    stages = [entry[2] for entry in live(plan)[1] if entry[1] == "DELIVERED"]
    assert stages == [0, 1, 2]


def test_satisfaction_moves_trust_from_one_judgement_to_the_next() -> None:
    decision = {"trust_weight": 1.0, "logit": 0.0}
    plan = experience_plan(
        {"price": 1.0},
        {"conversion": 0.5, **fixed(10.0), "decision": decision},
        trust_effect=0.5,
        satisfaction=9.0,
    )
    site = int(plan.offers["accept_site"][1])
    for customer in range(60):
        yes = uniform(SEED, customer, site, 0) < 1 / (1 + math.exp(-0.5 * (9.0 - 7.0)))
        assert (live(plan, customer)[0]["orders"] == 2) == yes
    twice = experience_plan(  # the second judgement is the same: no more trust
        {"price": 1.0},
        {"price": 1.0},
        {"conversion": 0.5, **fixed(10.0), "decision": decision},
        trust_effect=0.5,
        satisfaction=9.0,
    )
    site = int(twice.offers["accept_site"][2])
    for customer in range(60):
        yes = uniform(SEED, customer, site, 0) < 1 / (1 + math.exp(-0.5 * (9.0 - 7.0)))
        assert (live(twice, customer)[0]["orders"] == 3) == yes


def test_satisfaction_multiplies_the_odds_of_cancelling() -> None:
    plan = make_plan(
        {"kind": SUBSCRIBE, "price": 1.0, "subscription": 0},
        subscriptions=[{"period": 10.0, "max_cycles": UNLIMITED, "churn_a": 0.3}],
        care={"experience": CALM | {"satisfaction": 3.0, "drop_out_effect": -0.4}},
    )
    churn = multiplied_odds(0.3, -0.4 * (3.0 - 7.0))
    assert churn > 0.5
    site = int(plan.subscriptions["churn_site"][0])
    for customer in range(40):
        leaves = [uniform(SEED, customer, site, bill) < churn for bill in range(1, 10)]
        assert live(plan, customer)[0]["bills"] == [leaves.index(True) + 1 if any(leaves) else 10]


# ------------------------------------------------------------------------- loyalty


def loyal_plan(**more: float) -> Plan:
    tiers = [
        {"threshold": 30.0, "reward_share": 0.1},
        {"threshold": 60.0, "reward_share": 0.2},
        {"threshold": 70.0},
    ]
    offers = [{"price": 20.0, **fixed(float(day))} for day in (0, 1, 2, 3, 4)]
    return make_plan(*offers, care={"tiers": tiers}, **more)


def test_tiers_are_climbed_by_spend_and_reward_the_orders_that_follow() -> None:
    row, story = live(loyal_plan())
    assert [entry[:5] for entry in story[1:]] == [
        (0.0, "BOUGHT", 0, 20.0, 0.0),
        (1.0, "BOUGHT", 1, 20.0, 0.0),
        (1.0, "TIER_REACHED", 1, 0.0, 0.0),
        (3.0, "BOUGHT", 2, 20.0, 0.0),
        (3.0, "REWARDED", 2, 0.0, 2.0),
        (3.0, "TIER_REACHED", 2, 0.0, 0.0),
        (6.0, "BOUGHT", 3, 20.0, 0.0),
        (6.0, "REWARDED", 3, 0.0, 4.0),
        (6.0, "TIER_REACHED", 3, 0.0, 0.0),
        (10.0, "BOUGHT", 4, 20.0, 0.0),  # the highest tier rewards nothing
    ]
    assert (row["tier"], row["reward_cost"], row["touch_cost"]) == (3, 6.0, 0.0)
    assert row["discounted_cost"] == 6.0


def test_tiers_may_count_orders_and_may_be_jumped() -> None:
    plan = loyal_plan(tiers_by_orders=1)
    plan.tiers["threshold"] = [2.0, 2.0, 4.0]
    reached = [entry for entry in names(live(plan)[1]) if entry[1] == "TIER_REACHED"]
    assert reached == [(1.0, "TIER_REACHED"), (6.0, "TIER_REACHED")]


def test_rewards_are_discounted_and_are_neither_goods_nor_touches() -> None:
    row, _ = live(loyal_plan(discount=0.01))
    assert row["discounted_cost"] == 2.0 * math.exp(-0.03) + 4.0 * math.exp(-0.06)
    assert row["cost_of_goods"] == row["acquisition_cost"] == row["touch_cost"] == 0.0


def test_a_tier_makes_dropping_out_less_likely_from_the_next_draw_on() -> None:
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1},
        repeat={"model": RepeatModel.BG_NBD, "r": 2.0, "alpha": 1.0, "a": 2.0, "b": 6.0},
        care={"tiers": [{"threshold": 3.0, "log_drop_out": -2.0}]},
        tiers_by_orders=1,
    )
    site = int(plan.repeat["stay_site"][0])
    lengths = set()
    for customer in range(60):
        row, story = live(plan, customer)
        drop_out = row["drop_out"]
        loyal = multiplied_odds(drop_out, -2.0)
        n = 0  # the third order reaches the tier: it is the second repeat purchase
        while not uniform(SEED, customer, site, n) < (drop_out if n < 2 else loyal):
            n += 1
        bought = sum(name == "REORDERED" for _, name in names(story))
        assert bought == n + 1 if row["alive"] == 0 else bought <= n
        lengths.add(n)
    assert len(lengths) > 5


def test_an_order_that_was_the_last_still_counts_for_the_tier() -> None:
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1},
        repeat={"model": RepeatModel.BG_NBD, "r": 2.0, "alpha": 1.0, "a": 1e9, "b": 1e-9},
        care={"tiers": [{"threshold": 2.0}]},
        tiers_by_orders=1,
    )
    assert [name for _, name in names(live(plan)[1])[2:]] == [
        "REORDERED", "DROPPED_OUT", "TIER_REACHED"
    ]  # fmt: skip


# ----------------------------------------------------------------------- advocates


def advocate_plan(score: float = 9.0, **terms: float) -> Plan:
    default = {"promoter": 0.5, "passive": 0.3, "detractor": 0.1, "invitations": 1.5, "cap": 50.0}
    return make_plan(
        {"price": 50.0},
        {"price": 10.0, **fixed(20.0)},
        care={
            "experience": CALM | {"satisfaction": score},
            "referral": default | fixed(500.0) | terms,
        },
    )


@pytest.mark.parametrize(
    ("score", "share"),
    [(9.0, 0.5), (10.0, 0.5), (8.9, 0.3), (6.1, 0.3), (6.0, 0.1), (2.0, 0.1)],
)
def test_advocates_are_a_share_of_their_class(score: float, share: float) -> None:
    plan = advocate_plan(score)
    customers, referred, _ = run_reference(plan, SEED, 0, 100)
    site = int(plan.referral["advocate_site"][0])
    expected = [uniform(SEED, customer, site, 0) < share for customer in range(100)]
    assert (customers.advocated_time == 3.0).tolist() == expected
    assert len(referred.root) == 0  # their friends come too late


def test_advocates_recommend_once_at_their_first_judgement() -> None:
    plan = advocate_plan(
        promoter=1.0, testimonial=0.5, partner=0.4, invitations=1.5, partner_invitations=4.0
    )
    sites = {name: int(plan.referral[name][0]) for name in plan.referral.dtype.names[-5:]}
    kinds = set()
    for customer in range(60):
        luck = {name: uniform(SEED, customer, site, 0) for name, site in sites.items()}
        certified = luck["partner_site"] < 0.4
        expected = ["ADVOCATED"]
        expected += ["TESTIMONIAL"] * (luck["testimonial_site"] < 0.5)
        expected += ["CERTIFIED"] * certified
        count = poisson_quantile(4.0 if certified else 1.5, luck["invitations_site"])
        expected += ["REFERRED"] * count
        row, story = live(plan, customer)
        assert [name for _, name in names(story)[2:]] == [
            "DELIVERED",
            *expected,
            "BOUGHT",
            "DELIVERED",
        ]
        assert {entry[2] for entry in story if entry[1] in expected} == {-1}
        assert (row["invited"], row["partner"]) == (count, certified)
        assert row["testimonials"] == (luck["testimonial_site"] < 0.5)
        kinds |= {(certified, count)}
    assert len(kinds) > 6


def test_a_return_comes_before_the_recommendation() -> None:
    plan = advocate_plan(promoter=1.0, invitations=0.0)
    plan.experience["returned"] = 1.0
    story = [name for _, name in names(live(plan)[1])]
    assert story[3:5] == ["REFUNDED", "ADVOCATED"]


def test_extra_columns_are_left_alone_where_nothing_fills_them() -> None:
    customers, _, _ = run_reference(make_plan({"price": 1.0}), SEED, 0, 5)
    assert customers.refunds.strides == (0,)
    assert not customers.deliveries.any()
