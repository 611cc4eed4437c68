"""The reference engine: subscriptions and repeat buying."""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import numpy as np
from helpers.small_plans import (
    SEED,
    SUBSCRIBE,
    UNLIMITED,
    fixed,
    live,
    make_plan,
    names,
)

from cvosim.engine.reference import run_reference
from cvosim.plan.plan import ChurnKind, Plan, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws_plain import exponential, gamma, normal
from cvosim.randomness.philox_plain import uniform
from cvosim.tables.schema import ExitReason


def subscribe_plan(horizon: float = 100.0, **terms: float) -> Plan:
    default = {"price": 20.0, "unit_cost": 8.0, "period": 30.0, "max_cycles": UNLIMITED}
    return make_plan(
        {"kind": SUBSCRIBE, "price": 15.0, "unit_cost": 8.0, "subscription": 0},
        subscriptions=[default | terms],
        horizon=horizon,
    )


def test_a_subscription_bills_every_period() -> None:
    row, story = live(subscribe_plan())
    assert story[1:] == [
        (0.0, "BOUGHT", 0, 15.0, 8.0, -1),
        (30.0, "RENEWED", 0, 20.0, 8.0, -1),
        (60.0, "RENEWED", 0, 20.0, 8.0, -1),
        (90.0, "RENEWED", 0, 20.0, 8.0, -1),
    ]
    assert row["exit_reason"] == ExitReason.ALIVE
    assert row["bills"] == [4]
    assert row["cancelled"] == [0]
    assert row["orders"] == 4


def test_a_bill_due_at_the_horizon_is_not_paid() -> None:
    _, story = live(subscribe_plan(horizon=60.0))
    assert names(story)[1:] == [(0.0, "BOUGHT"), (30.0, "RENEWED")]


def test_a_trial_is_free_and_its_end_is_the_first_bill() -> None:
    row, story = live(subscribe_plan(trial=7.0, churn_a=1.0))
    assert story[1:] == [
        (0.0, "COMMITTED", 0, 0.0, 0.0, -1),
        (7.0, "BOUGHT", 0, 15.0, 8.0, -1),
        (37.0, "CANCELLED", 0, 0.0, 0.0, -1),
    ]
    assert row["exit_reason"] == ExitReason.DROPPED_OUT
    assert (row["bills"], row["cancelled"]) == ([1], [1])
    assert row["stage_time"] == [0.0]
    assert row["first_order_time"] == 7.0


def test_the_last_cycle_ends_a_subscription_without_a_word() -> None:
    row, story = live(subscribe_plan(max_cycles=2))
    assert names(story) == [(0.0, "ARRIVED"), (0.0, "BOUGHT"), (30.0, "RENEWED")]
    assert row["exit_reason"] == ExitReason.COMPLETED
    row, story = live(subscribe_plan(max_cycles=1, trial=5.0))
    assert names(story) == [(0.0, "ARRIVED"), (0.0, "COMMITTED"), (5.0, "BOUGHT")]
    assert row["exit_reason"] == ExitReason.COMPLETED


def test_every_period_has_its_own_luck() -> None:
    plan = subscribe_plan(churn_a=0.4, period=10.0)
    site = int(plan.subscriptions["churn_site"][0])
    lengths = set()
    for customer in range(50):
        row, _ = live(plan, customer)
        leaves = [uniform(SEED, customer, site, cycle) < 0.4 for cycle in range(1, 10)]
        paid = leaves.index(True) + 1 if any(leaves) else 10
        assert (row["bills"], row["cancelled"]) == ([paid], [any(leaves)])
        lengths.add(paid)
    assert len(lengths) > 4


def test_a_shifted_beta_subscriber_has_one_churn_probability() -> None:
    plan = subscribe_plan(churn_kind=ChurnKind.SBG, churn_a=1e-9, churn_b=1e9, period=1.0)
    assert live(plan)[0]["cancelled"] == [0]
    plan = subscribe_plan(churn_kind=ChurnKind.SBG, churn_a=1e9, churn_b=1e-9, period=1.0)
    assert names(live(plan)[1])[-1] == (1.0, "CANCELLED")


def repeat_plan(model: RepeatModel, **more: float) -> Plan:
    repeat = {
        "model": model, "r": 2.0, "alpha": 10.0, "a": 1.0, "b": 30.0, "spend_p": 9.0,
        "cost_share": 0.25,
    }  # fmt: skip
    return make_plan({"price": 50.0, "starts_repeat": 1, **fixed(3.0)}, repeat=repeat | more)


def purchases_of(plan: Plan, customer: int, rate: float) -> Iterator[float]:
    now, site = 3.0, int(plan.repeat["gap_site"][0])
    for n in count():
        now = now + exponential(SEED, customer, site, n) / rate
        yield now


def test_poisson_buyers_never_drop_out() -> None:
    plan = repeat_plan(RepeatModel.POISSON, r=0.1)
    row, story = live(plan)
    expected = []
    for time in purchases_of(plan, 0, 0.1):
        if time >= 100.0:
            break
        expected.append((time, "REORDERED", 1, 9.0, 2.25, -1))
    assert story[2:] == expected
    assert len(expected) > 2
    assert (row["exit_reason"], row["alive"]) == (ExitReason.ALIVE, 1)
    assert (row["rate"], row["spend_level"]) == (0.1, 9.0)
    assert math.isnan(row["drop_out"])
    assert row["orders"] == len(expected) + 1
    assert row["cost_of_goods"] == 2.25 * len(expected)


def test_pareto_buyers_die_between_purchases() -> None:
    plan = repeat_plan(RepeatModel.PARETO_NBD)
    repeat = plan.repeat[0]
    customers, _, _ = run_reference(plan, SEED, 0, 20)
    for customer in range(20):
        rate = gamma(2.0, SEED, customer, int(repeat["rate_site"]), 0) / 10.0
        hazard = gamma(1.0, SEED, customer, int(repeat["drop_out_site"]), 0) / 30.0
        death = 3.0 + exponential(SEED, customer, int(repeat["life_site"]), 0) / hazard
        expected = []
        for time in purchases_of(plan, customer, rate):
            if min(time, death) >= 100.0:
                break
            expected.append((time, "REORDERED") if time < death else (death, "DROPPED_OUT"))
            if time >= death:
                break
        row, story = live(plan, customer)
        assert names(story)[2:] == expected
        assert (row["rate"], row["drop_out"]) == (rate, hazard)
        assert row["alive"] == (death >= 100.0)
        assert row["exit_reason"] == (ExitReason.ALIVE if row["alive"] else ExitReason.DROPPED_OUT)
    assert 0 < customers.alive.sum() < 20


def test_bg_buyers_drop_out_right_after_a_purchase() -> None:
    row, story = live(repeat_plan(RepeatModel.BG_NBD, a=1e9, b=1e-9))
    assert names(story)[2:] == [(story[2][0], "REORDERED"), (story[2][0], "DROPPED_OUT")]
    assert (row["alive"], row["drop_out"]) == (0, 1.0)
    assert row["exit_reason"] == ExitReason.DROPPED_OUT
    row, story = live(repeat_plan(RepeatModel.BG_NBD, a=1e-9, b=1e9))
    assert "DROPPED_OUT" not in {name for _, name in names(story)}
    assert row["alive"] == 1


def test_every_purchase_may_be_the_last() -> None:
    plan = repeat_plan(RepeatModel.BG_NBD, a=2.0, b=6.0, alpha=1.0)
    site = int(plan.repeat["stay_site"][0])
    lengths = set()
    for customer in range(50):
        row, story = live(plan, customer)
        leaves = [uniform(SEED, customer, site, n) < row["drop_out"] for n in range(len(story) - 2)]
        assert not any(leaves[:-2])
        if row["alive"] == 0:
            assert leaves[-2]  # one event more than purchases
            lengths.add(len(leaves) - 1)
    assert len(lengths) > 4


def test_a_buyer_without_a_rate_never_buys_and_never_leaves() -> None:
    row, story = live(repeat_plan(RepeatModel.POISSON, r=0.0))
    assert names(story)[-1] == (3.0, "BOUGHT")
    assert (row["exit_reason"], row["alive"]) == (ExitReason.ALIVE, 1)


def test_spend_is_what_the_plan_says() -> None:
    plan = repeat_plan(
        RepeatModel.POISSON, r=0.5, spend_kind=Distribution.GAMMA, spend_q=4.0, spend_v=15.0
    )
    row, story = live(plan)
    nu = gamma(4.0, SEED, 0, int(plan.repeat["level_site"][0]), 0) / 15.0
    site = int(plan.repeat["spend_site"][0])
    assert row["spend_level"] == 9.0 / nu
    amounts = [entry[3] for entry in story[2:]]
    assert amounts == [gamma(9.0, SEED, 0, site, n) / nu for n in range(len(amounts))]
    plan = repeat_plan(RepeatModel.POISSON, r=0.5, spend_kind=Distribution.LOGNORMAL, spend_q=0.5)
    row, story = live(plan)
    assert row["spend_level"] == 9.0 * math.exp(0.5 * 0.5 / 2)
    assert story[3][3] == 9.0 * math.exp(0.5 * normal(SEED, 0, site, 1))


# ------------------------------------------------------------ contracts and trials


def test_a_contract_asks_only_at_its_end() -> None:
    _, story = live(subscribe_plan(horizon=200.0, contract=3, churn_a=1.0))
    assert names(story)[1:] == [
        (0.0, "BOUGHT"), (30.0, "RENEWED"), (60.0, "RENEWED"), (90.0, "CANCELLED")
    ]  # fmt: skip


def test_notice_is_given_before_the_bill() -> None:
    row, story = live(subscribe_plan(horizon=200.0, contract=2, notice=10.0, churn_a=1.0))
    assert names(story)[1:] == [(0.0, "BOUGHT"), (30.0, "RENEWED"), (50.0, "CANCELLED")]
    assert row["exit_reason"] == ExitReason.DROPPED_OUT
    _, story = live(subscribe_plan(horizon=100.0, contract=2, notice=10.0))
    assert names(story)[1:] == [(0.0, "BOUGHT")] + [(t, "RENEWED") for t in (30.0, 60.0, 90.0)]
    row, story = live(subscribe_plan(horizon=59.0, contract=2, notice=10.0))
    assert names(story)[-1] == (30.0, "RENEWED")  # has decided to stay; the bill comes too late
    assert row["exit_reason"] == ExitReason.ALIVE


def test_every_contract_has_its_own_luck() -> None:
    plan = subscribe_plan(churn_a=0.4, period=10.0, contract=2, notice=4.0)
    site = int(plan.subscriptions["churn_site"][0])
    lengths = set()
    for customer in range(50):
        row, story = live(plan, customer)
        ends = [bill for bill in (2, 4, 6, 8) if uniform(SEED, customer, site, bill) < 0.4]
        if ends:
            assert names(story)[-1] == (10.0 * ends[0] - 4.0, "CANCELLED")
        assert row["bills"] == [ends[0] if ends else 10]
        lengths.add(row["bills"][0])
    assert lengths == {2, 4, 6, 8, 10}


# ------------------------------------------------------------- MBG/NBD and seasons


def test_mbg_buyers_may_drop_out_before_they_buy_again() -> None:
    plan = repeat_plan(RepeatModel.MBG_NBD, a=2.0, b=2.0, alpha=1.0)
    life, stay = int(plan.repeat["life_site"][0]), int(plan.repeat["stay_site"][0])
    bought = set()
    for customer in range(60):
        row, story = live(plan, customer)
        if uniform(SEED, customer, life, 0) < row["drop_out"]:
            assert names(story)[2:] == [(3.0, "DROPPED_OUT")]
            assert (row["alive"], row["exit_reason"]) == (0, ExitReason.DROPPED_OUT)
            continue
        n = 0
        while not uniform(SEED, customer, stay, n) < row["drop_out"]:
            n += 1
        reorders = [name for _, name in names(story)].count("REORDERED")
        assert reorders == n + 1 if row["alive"] == 0 else reorders <= n
        bought.add(reorders)
    assert len(bought) > 3


def test_who_drops_out_at_once_does_so_after_the_journey_has_gone_on() -> None:
    repeat = {"model": RepeatModel.MBG_NBD, "r": 1.0, "alpha": 1.0, "a": 1e9, "b": 1e-9}
    plan = make_plan({"price": 1.0, "starts_repeat": 1}, {"price": 1.0}, repeat=repeat)
    assert [name for _, name in names(live(plan)[1])] == [
        "ARRIVED", "BOUGHT", "BOUGHT", "DROPPED_OUT"
    ]  # fmt: skip


def test_seasons_thin_out_the_purchases_thought_of() -> None:
    season = [1.0 if day % 20 < 10 else 0.3 for day in range(100)]
    plan = make_plan(
        {"price": 50.0, "starts_repeat": 1, **fixed(3.0)},
        repeat={"model": RepeatModel.POISSON, "r": 0.2, "season_peak": 1.6, "spend_q": 0.5}
        | {"spend_kind": Distribution.LOGNORMAL, "spend_p": 9.0},
        care={"season": season},
    )
    keep, spend = int(plan.repeat["season_site"][0]), int(plan.repeat["spend_site"][0])
    left_out = 0
    for customer in range(20):
        row, story = live(plan, customer)
        expected = []
        for n, time in enumerate(purchases_of(plan, customer, 0.2 * 1.6)):
            if time >= 100.0:
                break
            if uniform(SEED, customer, keep, n) < season[int(time)]:
                expected.append((time, 9.0 * math.exp(0.5 * normal(SEED, customer, spend, n))))
            else:
                left_out += 1
        assert [(entry[0], entry[3]) for entry in story[2:]] == expected
        assert row["rate"] == 0.2
    assert left_out > 40


def test_a_purchase_out_of_season_cannot_be_the_last() -> None:
    plan = repeat_plan(RepeatModel.BG_NBD, a=1e9, b=1e-9, season_peak=1.0)
    plan = plan._replace(season=np.array([0.0] * 50 + [1.0] * 50))
    _, story = live(plan)
    assert [name for _, name in names(story)[2:]] == ["REORDERED", "DROPPED_OUT"]
    assert story[2][0] >= 50.0
