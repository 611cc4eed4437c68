"""The reference engine: people brought by referral, generation after generation."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.small_plans import (
    SEED,
    assert_same,
    fixed,
    live,
    make_plan,
    whole_plan,
)

from cvosim.engine import reference
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.plan.plan import Plan
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws_plain import exponential
from cvosim.randomness.philox_plain import friend_id, uniform
from cvosim.tables.columns import CustomerColumns, CustomerTable, EventColumns, Names
from cvosim.tables.schema import EventKind, ExitReason


def referral_plan(**terms: float) -> Plan:
    default = {"promoter": 1.0, "invitations": 1.0, "cap": 20.0}
    delay = {"delay_kind": Distribution.EXPONENTIAL, "delay_a": 20.0}
    return make_plan(
        {"price": 50.0, "conversion": 0.8, "referral_reward": 5.0},
        channel={"cost": 2.0, "reached": 0.8, "n_days": 1},
        care={
            "experience": {"satisfaction": 9.5, "effort": 2.0, **fixed(3.0, "delivery")},
            "referral": default | delay | terms,
            "arrival_days": [1.0],
        },
    )


def test_friends_arrive_when_and_as_whom_their_referrers_luck_says() -> None:
    plan = referral_plan()
    customers, referred, events = run_reference(plan, SEED, 0, 50)
    names = Names(("all",), ("organic", "referral"), ("stage0",), (), ())
    table = CustomerTable(customers, names, referred=referred)
    ids = table.customer_id.tolist()
    delay, expected = int(plan.referral["delay_site"][0]), set()
    for row, who in enumerate(ids):
        for k in range(int(customers.invited[row])):
            days = 20.0 * exponential(SEED, who, delay, k)
            arrival = float(customers.advocated_time[row]) + days
            if arrival < 100.0:
                expected.add((friend_id(who, k), who, arrival))
    arrivals = customers.arrival_time[50:].tolist()
    who_by_whom = zip(ids[50:], referred.referrer_id.tolist(), arrivals, strict=True)
    assert set(who_by_whom) == expected
    assert len(expected) == len(ids) - 50 > 40
    assert referred.generation.max() > 2
    assert {*events.customer_id.tolist()} <= {*ids}


def test_friends_come_through_their_own_channel_and_cost_what_it_costs() -> None:
    customers, referred, events = run_reference(referral_plan(), SEED, 0, 50)
    n_friends = len(referred.root)
    assert customers.channel.tolist() == [0] * 50 + [1] * n_friends
    assert (customers.exit_reason[50:] != ExitReason.NOT_ARRIVED).all()
    assert (customers.acquisition_cost[50:] == 0.0).all()
    rewards = customers.reward_cost
    assert rewards.tolist() == [0.0] * 50 + (5.0 * customers.orders[50:]).tolist()
    assert 0 < customers.orders[50:].sum() < n_friends
    kinds = events.kind[events.customer_id == referred.customer_id[0]].tolist()
    assert kinds[:3] == [EventKind.ARRIVED, EventKind.BOUGHT, EventKind.REWARDED]


def test_friends_have_luck_of_their_own() -> None:
    plan = referral_plan()
    customers, referred, _ = run_reference(plan, SEED, 0, 50)
    site = int(plan.offers["accept_site"][0])
    for who, orders in zip(referred.customer_id.tolist(), customers.orders[50:], strict=True):
        assert (orders == 1) == (uniform(SEED, who, site, 0) < 0.8)


def test_rows_go_by_root_then_generation_then_referrer() -> None:
    _, referred, _ = run_reference(referral_plan(invitations=1.2), SEED, 0, 60)
    places = list(zip(referred.root.tolist(), referred.generation.tolist(), strict=True))
    row_of = {who: 60 + i for i, who in enumerate(referred.customer_id.tolist())}
    row_of |= {who: who for who in range(60)}
    referrers = [row_of[who] for who in referred.referrer_id.tolist()]
    keys = [(*place, row) for place, row in zip(places, referrers, strict=True)]
    assert keys == sorted(keys)
    place_of = dict(enumerate([(who, 0) for who in range(60)] + places))
    for (root, generation), referrer in zip(places, referrers, strict=True):
        assert place_of[referrer] == (root, generation - 1)
    first = referred.customer_id[referred.generation == 1].tolist()
    assert first == [
        friend for who in range(60) for k in range(9) if (friend := friend_id(who, k)) in first
    ]


@pytest.mark.parametrize("block", [1, 7])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = run_reference(whole_plan(), SEED, 0, 40)
    monkeypatch.setattr(reference, "BLOCK", block)
    seen = []
    again = run_reference(whole_plan(), SEED, 0, 40, progress=seen.append)
    for one, other in zip(whole, again, strict=True):
        assert_same(one, other)
    assert sum(seen) == 40  # market prospects


def test_a_part_of_the_population_brings_the_same_friends() -> None:
    customers, referred, events = run_reference(whole_plan(), SEED, 0, 40)
    part, part_referred, part_events = run_reference(whole_plan(), SEED, 25, 15)
    chosen = np.concatenate((np.arange(40) >= 25, referred.root >= 25))
    assert_same(CustomerColumns(*(column[..., chosen] for column in customers)), part)
    np.testing.assert_array_equal(referred.root[referred.root >= 25] - 25, part_referred.root)
    who = {*range(25, 40), *part_referred.customer_id.tolist()}
    theirs = np.array([customer in who for customer in events.customer_id.tolist()])
    assert_same(EventColumns(*(column[theirs] for column in events)), part_events)


def test_nobody_who_would_come_too_late_has_a_row() -> None:
    plan = referral_plan(delay_kind=Distribution.FIXED, delay_a=96.0)
    customers, referred, _ = run_reference(plan, SEED, 0, 50)
    advocates = customers.advocated_time[:50] + 96.0 < 100.0
    assert len(referred.root) == customers.invited[:50][advocates].sum() > 0
    assert set(referred.generation.tolist()) == {1}


def test_growth_beyond_the_cap_is_an_error_in_words() -> None:
    plan = referral_plan(invitations=3.0, cap=4.0)
    with pytest.raises(CvosimError, match=r"K = \d\.\d\d .* cap of 4 .* journey.referral.cap"):
        run_reference(plan, SEED, 0, 50)


def test_the_cap_is_rounded_up() -> None:
    plan = referral_plan()
    count = len(run_reference(plan, SEED, 0, 50)[1].root)
    plan.referral["cap"] = (count - 0.5) / 50
    assert len(run_reference(plan, SEED, 0, 50)[1].root) == count
    plan.referral["cap"] = (count - 1) / 50
    with pytest.raises(CvosimError, match=f"{count} people"):
        run_reference(plan, SEED, 0, 50)


def test_a_market_without_advocates_has_only_prospects() -> None:
    customers, referred, _ = run_reference(referral_plan(promoter=0.0), SEED, 0, 20)
    assert len(customers.revenue) == 20
    assert len(referred.customer_id) == 0
    assert (referred.customer_id.dtype, referred.generation.dtype) == (np.uint64, np.uint16)
    row, _ = live(referral_plan(promoter=0.0))
    assert math.isnan(row["advocated_time"])
