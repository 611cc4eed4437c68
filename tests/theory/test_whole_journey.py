"""Content, attendance, aims, trials, contracts, experience: every story told, to rounding."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from helpers.peopled import peopled
from helpers.small_plans import ENGAGE, LEAD, MONEY, SUBSCRIBE, TIME, fixed, make_plan
from helpers.story_enumeration import moments

from cvosim.plan.plan import END, NONE, Plan, ProgramKind
from cvosim.theory import Expectations, expected

WRITE = {"kind": ProgramKind.FOLLOW_UP, "cost": 0.5, "click": 0.6, "n_touches": 2}
TOUCHES = [{"gap": gap, "open": 0.5} for gap in (1.0, 2.0)]
EXIT = {"kind": ProgramKind.EXIT_OFFER, "cost": 0.25}
TRUSTS = {"decision": {"trust_weight": 1.0, "reference_trust": 0.4}}
CHURN = {"churn_a": 0.2, "max_cycles": 2**31 - 1}
EXPERIENCE = {
    "ticket": 0.3,
    "resolved": 0.6,
    "returned": 0.25,
    "refund": 0.8,
    "satisfaction": 8.0,
    **fixed(2.0, "delivery"),
    **fixed(3.0, "answer"),
}
REFERRAL = {"promoter": 0.5, "invitations": 1.0}


def content(horizon: float) -> Plan:
    """Three exposures, a program for the unmoved, then offers that rung and trust move."""
    offers = [
        {"kind": ENGAGE, "after_decline": 1}
        | {"services": [{"program": 0, "conversion": 0.3}, {"program": 1, "conversion": 0.4}]},
        {"kind": LEAD, "conversion": 0.5, "unit_cost": 0.1, **fixed(1.0), **TRUSTS},
        {"conversion": 0.3, "price": 20.0, "unit_cost": 5.0, **fixed(2.0), **TRUSTS},
    ]
    pieces = [
        {"rung": 1, "reach": 0.8, "unit_cost": 0.5, "conversion": (0.1, 0.4, 0.2, 0.1)},
        {"rung": 2, "reach": 1.0, "unit_cost": 0.2, "conversion": (0.2, 0.2, 0.5, 0.0)}
        | {"trust": 0.3},
    ]
    row = {"exposures": 3, "targeting": 0.8, "lift": 0.5, **fixed(4.0, "every")}
    plan = make_plan(
        *offers,
        programs=[WRITE | {"first_touch": 0}, EXIT],
        touches=TOUCHES,
        care={"engage": row, "content": pieces},
        channel={"cost": 0.4},
        horizon=horizon,
    )
    for piece in plan.content:
        first = int(piece["first_decision"])
        plan.decisions["trust_weight"][first : first + 4] = 0.7
    return peopled(plan)


def seminar(horizon: float) -> Plan:
    """Trust that half have: a guide read at once, a webinar attended later, a trial, a contract."""
    offers = [
        {"kind": LEAD, "conversion": 0.5, "consumed": 0.6, "trust": 0.7, "after_decline": 1},
        {"kind": TIME, "conversion": 0.6, "attended": 1, "consumed": 0.7, "trust": 0.9}
        | {"unit_cost": 2.0, "after_decline": 2, **fixed(3.0, "consumption"), **TRUSTS},
        {"conversion": 0.3, "price": 20.0, "unit_cost": 5.0, **fixed(2.0), **TRUSTS, "trust": 0.2}
        | {"services": [{"program": i, "conversion": 0.4, "price": 18.0} for i in (0, 1)]},
        {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "unit_cost": 2.0, "subscription": 0}
        | {"after_decline": 4, "aim": 0, **TRUSTS, "trust": 0.1},
        {"conversion": 0.4, "price": 50.0, "unit_cost": 9.0, "after_decline": END, "aim": 1}
        | {**fixed(1.0), **TRUSTS},
    ]
    trial = {"stage": 3, "price": 9.0, "unit_cost": 2.0, "period": 3.0, "trial": 2.0}
    terms = {"trial_conversion": 0.6, "contract": 2, "notice": 1.0}
    plan = make_plan(
        *offers,
        programs=[EXIT | {"aim": 2}, WRITE | {"unsubscribe": 0.1}],
        touches=TOUCHES,
        subscriptions=[CHURN | trial | terms],
        care={"aims": [{}, {}, {}]},
        channel={"cost": 0.4},
        horizon=horizon,
        discount=0.01,
    )
    plan.decisions["trust_weight"][int(plan.subscriptions[0]["trial_decision"])] = 1.0
    return peopled(plan)


def care(horizon: float) -> Plan:
    """Orders that are delivered, complained about and sent back; somebody may refer."""
    offers = [
        {"conversion": 0.5, "price": 20.0, "unit_cost": 5.0, "after_decline": 1, **fixed(1.0)}
        | {"services": [{"program": 0, "conversion": 0.4, "price": 18.0}], "is_tripwire": 1},
        {"kind": TIME, "conversion": 0.5, "unit_cost": 1.0, "after_decline": 2, **fixed(1.0)}
        | {"referral_reward": 3.0},
        {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "unit_cost": 2.0, "subscription": 0}
        | {"services": [{"program": 0, "conversion": 0.5, "price": 4.0}]},
    ]
    terms = {"stage": 2, "price": 9.0, "unit_cost": 2.0, "period": 3.0, "max_cycles": 2}
    return make_plan(
        *offers,
        programs=[EXIT],
        subscriptions=[terms | {"churn_a": 0.3}],
        care={"experience": EXPERIENCE, "referral": REFERRAL},
        channel={"cost": 0.4},
        horizon=horizon,
        discount=0.02,
    )


def brought(horizon: float) -> Plan:
    """A rewarded tripwire that is sent back, and a trial of one bill, after content and a start."""
    offers = [
        {"kind": ENGAGE, "after_decline": 1, "services": [{"program": 0, "conversion": 0.4}]},
        {"conversion": 0.5, "price": 20.0, "unit_cost": 5.0, "after_decline": 2, **fixed(1.0)}
        | {"is_tripwire": 1, "referral_reward": 2.0}
        | {"services": [{"program": 1, "conversion": 0.4, "price": 18.0}]},
        {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "unit_cost": 2.0, "subscription": 0}
        | {"referral_reward": 4.0},
    ]
    terms = {"stage": 2, "price": 9.0, "unit_cost": 2.0, "period": 3.0, "max_cycles": 1}
    return make_plan(
        *offers,
        programs=[EXIT, WRITE],
        touches=TOUCHES,
        subscriptions=[terms | {"trial": 2.5, "trial_conversion": 0.6}],
        care={
            "engage": {"exposures": 1, **fixed(1.0, "every")},
            "content": [{"rung": 1, "conversion": 0.3}],
            "experience": EXPERIENCE,
            "referral": REFERRAL,
        },
        channel={"cost": 0.4, "start": 0.25, **fixed(0.125, "arrival")},
        horizon=horizon,
        discount=0.02,
    )


def agree(theory: Expectations, told: dict[str, tuple[float, float]]) -> int:
    """How many variances theory gave; all it says must be what the stories say."""
    assert not theory.out_of_reach
    names = {name for name in told if not name.startswith(("accepted.", "age.", "stopped."))}
    assert names <= set(theory)
    for stage in (name.partition(".")[2] for name in told if name.startswith("accepted.")):
        accepted, age = told[f"accepted.{stage}"][0], told[f"age.{stage}"][0]
        share = accepted / told[f"reach.{stage}"][0]
        assert theory[f"conversion.{stage}"].mean == pytest.approx(share, rel=1e-11)
        stopped = told.get(f"stopped.{stage}", (0.0,))[0] / told[f"reach.{stage}"][0]
        assert theory[f"drop_off.{stage}"].mean == pytest.approx(stopped, rel=1e-10, abs=1e-12)
        days = theory[f"time_to.{stage}"].mean
        assert days == pytest.approx(age / accepted, rel=1e-10, abs=1e-12)
    variances = 0
    for name in names:
        assert theory[name].mean == pytest.approx(told[name][0], rel=1e-11, abs=1e-12), name
        if not math.isnan(theory[name].variance):
            variances += 1
            assert theory[name].variance == pytest.approx(told[name][1], rel=1e-9, abs=1e-11), name
    return variances


# at the horizon nothing happens: 8, 9 and 14 are times of exposures, touches, bills, deliveries
@pytest.mark.parametrize("horizon", [0.5, 4.0, 8.0, 9.0, 14.0, 40.0])
@pytest.mark.parametrize("build", [content, seminar, care, brought])
def test_all_stories_told(build: Callable[[float], Plan], horizon: float) -> None:
    plan = build(horizon)
    told = moments(plan)
    assert agree(expected(plan), told) > (10 if horizon > 1 else 3)


@pytest.mark.parametrize("build", [care, brought])
@pytest.mark.parametrize("horizon", [4.0, 9.0, 40.0])
def test_all_stories_of_a_referred_person_told(
    build: Callable[[float], Plan], horizon: float
) -> None:
    plan = build(horizon)
    told = moments(plan, referred=True)
    theory = expected(plan, referred=True)
    agree(theory, told)
    assert theory["reward_cost_per_prospect"].mean > 0.0
    assert expected(plan)["reward_cost_per_prospect"].mean == 0.0
    with pytest.raises(ValueError, match="nobody is referred"):
        expected(content(9.0), referred=True)


def test_the_tripwire_bears_refunds_and_rewards() -> None:
    """Half buy; a quarter gets 80 % back; the reward is 2 for everybody who was referred."""
    plan = brought(200.0)
    share = expected(plan)["conversion.stage1"].mean
    market = expected(plan)["tripwire_contribution_per_prospect"].mean
    friend = expected(plan, referred=True)["tripwire_contribution_per_prospect"].mean
    assert share == pytest.approx(0.5, rel=1e-12)  # nobody has left an address to write to
    assert market == pytest.approx(0.5 * (20.0 - 5.0 - 0.25 * 0.8 * 20.0), rel=1e-12)
    assert market - friend == pytest.approx(2.0 * share, rel=1e-12)


def test_a_reward_for_a_trial_waits_for_its_first_bill() -> None:
    whole = expected(brought(200.0), referred=True)
    paid = whole["bills.stage2"].mean
    reward = whole["reward_cost_per_prospect"].mean
    assert reward == pytest.approx(4.0 * paid + 2.0 * whole["conversion.stage1"].mean, rel=1e-12)
    assert whole["subscribers.stage2"].mean == pytest.approx(paid / 0.6, rel=1e-12)


def test_whoever_is_won_back_for_content_is_no_lead() -> None:
    story = expected(brought(200.0))
    assert story["conversion.stage0"].mean == pytest.approx(0.3 + 0.7 * 0.4, rel=1e-12)
    assert story["leads_share"].mean == pytest.approx(0.5 + 0.5 * 0.5, rel=1e-12)


def test_what_happens_is_told() -> None:
    """The plans above do bring what they are meant to."""
    story = expected(content(40.0))
    assert 2.3 < story["exposures_per_prospect"].mean / story["arrived_share"].mean < 3.0
    assert story["rungs_climbed_per_prospect"].mean > 0.2
    assert {"conversion.stage0", "time_to.stage0", "drop_off.stage0"} <= set(story)
    orders = expected(care(40.0))
    for name in ("deliveries", "tickets", "resolved", "returns", "refunds"):
        assert orders[f"{name}_per_prospect"].mean > 0.05
    assert orders["deliveries_per_prospect"].mean == pytest.approx(
        orders["orders_per_prospect"].mean, rel=1e-12
    )
    assert math.isnan(orders["contribution_per_prospect"].variance)  # bills share a customer


def test_one_sale_has_a_variance_whatever_follows() -> None:
    """Refunds of single orders: all second moments are known."""
    offers = [
        {"conversion": 0.5, "price": 20.0, "unit_cost": 5.0, "after_decline": 1, **fixed(1.0)},
        {"conversion": 0.6, "price": 90.0, "unit_cost": 30.0, **fixed(2.0)},
    ]
    for horizon in (4.0, 6.5, 40.0):
        plan = peopled(make_plan(*offers, care={"experience": EXPERIENCE}, horizon=horizon))
        told = moments(plan)
        theory = expected(plan)
        agree(theory, told)
        for name in ("contribution", "refunds", "returns", "deliveries", "tickets", "resolved"):
            assert not math.isnan(theory[f"{name}_per_prospect"].variance)


def test_people_who_decide_alike_are_one() -> None:
    """A plan without effects is walked once, whoever there is; the answer is the same."""
    plan = peopled(make_plan({"conversion": 0.3}, {"conversion": 0.5}), spread=0.0)
    assert expected(plan)["conversion.stage1"].mean == pytest.approx(0.5, rel=1e-12)
    assert expected(plan)["arrived_share"].mean == pytest.approx(0.6 + 0.4 * 0.7, rel=1e-12)


def test_aims_at_buyers_where_that_is_certain() -> None:
    """Nobody has ordered before the first sale, and everybody after it."""
    new = {"min_orders": 1.0, "max_days_since_order": math.inf}
    rich = {"min_spend": 100.0}
    recent = {"max_days_since_order": 30.0}
    offers = [
        {"kind": TIME, "conversion": 0.5, "aim": 0},
        {"kind": MONEY, "conversion": 0.4, "price": 9.0},
        {"kind": TIME, "conversion": 0.5, "aim": 0, "after_decline": END},
        {"kind": TIME, "conversion": 0.5, "aim": NONE},
    ]
    plan = make_plan(*offers, care={"aims": [new, rich, recent]})
    theory = expected(plan)
    assert theory["reach.stage0"].mean == 0.0
    assert theory["reach.stage1"].mean == 1.0
    assert theory["reach.stage2"].mean == pytest.approx(0.4)
    for aim in (1, 2):
        offers[0]["aim"] = aim
        assert (
            expected(make_plan(*offers, care={"aims": [new, rich, recent]}))["reach.stage0"].mean
            == 0.0
        )
    assert np.all(plan.aimed == 1)
