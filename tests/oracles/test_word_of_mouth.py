"""Word of mouth in the kernel against branching theory, on compiled scenarios.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6 by a correct normal z; about 150
comparisons, 1e-3 together.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers.scenarios import from_raw
from helpers.theory_scores import per_customer, scores

from cvosim.engine.driver import KernelRun, run_kernel
from cvosim.plan import compile_plan
from cvosim.plan.plan import Plan
from cvosim.tables.columns import CustomerColumns
from cvosim.theory import ever_orders, expected, growth

CUSTOMERS = 150_000
SEED = 23
DAYS = 6000.0  # 40 generations, and none of them in a hurry


def shop(**journey: Any) -> Plan:
    """Leads, some of them buyers, some of those friends of friends; everybody differs."""
    effects = {"lead_magnet": 1.0, "core_offer": 0.4}
    raw = {
        "schema_version": 1,
        "name": "Friends of friends",
        "horizon_days": DAYS,
        "market": {
            "segments": [
                {"name": "owners", "share": 0.3, "fit": 0.5, "awareness": {"problem": 1.0}},
                {"name": "renters", "share": 0.7, "awareness": {"unaware": 0.6, "product": 0.4}},
            ],
            "propensity_sd": 0.7,
        },
        "channels": [
            {"name": "search", "kind": "paid", "share": 0.6, "effects": {"core_offer": 0.3}},
            {
                "name": "social",
                "kind": "paid",
                "share": 0.4,
                "budget": 900,
                "reach": {"kind": "hill", "saturation": 2000, "half_spend": 500},
            },
        ],
        "journey": {
            "lead_magnet": {
                "name": "guide",
                "conversion": 0.6,
                "consumed": 0.5,
                "trust": 0.8,
                "on_decline": "continue",
            },
            "core_offer": {
                "name": "works",
                "conversion": 0.5,
                "price": 90,
                "unit_cost": 30,
                "by_awareness": {"unaware": -0.7},
                "delay": {"kind": "exponential", "mean_days": 3},
            },
            "profit_maximizers": [
                {"kind": "upsell", "name": "extra", "price": 20, "conversion": 0.3}
            ],
            "return_path": [
                {
                    "kind": "exit_offer",
                    "name": "tenth",
                    "discount": 0.1,
                    "at": ["core_offer"],
                    "conversion": 0.1,
                }
            ],
            "experience": {
                "delivery": {"kind": "gamma", "mean_days": 3, "shape": 4},
                "satisfaction": {"mean": 8.2, "sd": 1.5},
                "ticket": {
                    "probability": 0.3,
                    "resolved": 0.6,
                    "resolved_effect": 0.4,
                    "unresolved_effect": -2.0,
                },
            },
            "referral": {
                "advocates": {"promoter": 0.6, "passive": 0.2, "detractor": 0.02},
                "invitations": {"mean": 3.5, "delay": {"kind": "exponential", "mean_days": 10}},
                "partner": {"probability": 0.1, "invitations": 9.0},
                "effects": effects,
                "cap": 10,
            },
            **journey,
        },
    }
    return compile_plan(from_raw(raw))


@pytest.fixture(scope="module")
def plan() -> Plan:
    return shop()


@pytest.fixture(scope="module")
def run(plan: Plan) -> KernelRun:
    return run_kernel(plan, SEED, 0, CUSTOMERS)


def z_of(values: np.ndarray, mean: float) -> float:
    error = float(values.std()) / math.sqrt(len(values))
    return (float(values.mean()) - mean) / error


def rows_of(columns: CustomerColumns, chosen: Any) -> CustomerColumns:
    return CustomerColumns._make(column[..., chosen] for column in columns)


def test_whoever_ever_orders(plan: Plan, run: KernelRun) -> None:
    ordered = run.customers.orders > 0
    assert abs(z_of(ordered[:CUSTOMERS], ever_orders(plan))) < 4.5
    assert abs(z_of(ordered[CUSTOMERS:], ever_orders(plan, referred=True))) < 4.5
    assert ever_orders(plan, referred=True) > ever_orders(plan) + 0.1


def test_the_k_factor(plan: Plan, run: KernelRun) -> None:
    found = growth(plan)
    assert not found.is_bound
    assert 0.5 < found.k < 0.95
    invited = run.customers.invited
    for values, law in ((invited[:CUSTOMERS], found.market), (invited[CUSTOMERS:], found.referred)):
        assert abs(z_of(values, law.mean)) < 4.5
        assert abs(z_of((values - law.mean) ** 2, law.variance)) < 4.5
        assert abs(z_of(values == 0, law.pgf(0.0))) < 4.5


def test_families(plan: Plan, run: KernelRun) -> None:
    """How many people a market prospect leads to: mean and variance, generation by generation."""
    found = growth(plan)
    sizes = 1.0 + np.bincount(run.referred.root, minlength=CUSTOMERS)
    assert abs(z_of(sizes, found.people)) < 4.5
    assert abs(z_of((sizes - found.people) ** 2, found.variance)) < 4.5
    for generation in (1, 2, 4, 7):
        chosen = run.referred.generation == generation
        members = np.bincount(run.referred.root[chosen], minlength=CUSTOMERS)
        assert abs(z_of(members, found.generation(generation))) < 4.5
    assert found.extinction == 1.0


def test_a_short_horizon_only_makes_less_of_it(plan: Plan) -> None:
    brief = plan._replace(world=plan.world.copy())
    brief.world["horizon"] = 30.0
    people = len(run_kernel(brief, SEED, 0, 20_000).customers.revenue) / 20_000
    assert 1.1 < people < growth(plan).people - 0.1
    assert growth(brief) == growth(plan)


def test_a_late_answer_is_below_the_bound() -> None:
    """Tickets answered after weeks: surveyed first about the order without one, if there is."""
    ticket = {"probability": 0.4, "resolved": 0.3, "unresolved_effect": -4.0}
    slow = {"kind": "exponential", "mean_days": 40}
    late = shop(
        experience={"satisfaction": {"mean": 8.2, "sd": 1.5}, "ticket": ticket | {"delay": slow}}
    )
    found = growth(late)
    assert found.is_bound
    customers = run_kernel(late, SEED, 0, 20_000).customers
    bound = found.market.mean
    assert 0.6 * bound < customers.invited[:20_000].mean() < bound


def test_what_referred_people_bring() -> None:
    """Everything is at fixed times: who is invited on day 3 by a buyer of day 1 comes on day 8."""
    raw_delay = {"kind": "fixed", "days": 5}
    referral = {
        "advocates": {"promoter": 1.0, "passive": 1.0, "detractor": 1.0},
        "cap": 50,
        "invitations": {"mean": 3.0, "delay": raw_delay},
        "effects": {"lead_magnet": 1.0},
        "reward": {"friend": 10, "advocate": 5},
    }
    referral["reward"] |= {"at": "core_offer"}
    core = {
        "name": "works",
        "conversion": 0.5,
        "price": 90,
        "unit_cost": 30,
        "by_awareness": {"unaware": -0.7},
        "delay": {"kind": "fixed", "days": 1},
    }
    full = shop(
        core_offer=core,
        profit_maximizers=[],
        experience={"delivery": {"kind": "fixed", "days": 2}, "satisfaction": {"mean": 9, "sd": 0}},
        referral=referral,
    )
    full.world["propensity_sd"] = 0.0
    full.world["horizon"] = 40.0
    result = run_kernel(full, SEED, 0, 40_000, events=True)
    friends = 40_000 + np.flatnonzero(result.referred.generation == 1)
    columns = rows_of(result.customers, friends)
    assert set(columns.arrival_time.tolist()) == {8.0}
    left = full._replace(world=full.world.copy())
    left.world["horizon"] = 40.0 - 8.0
    theory = expected(left, referred=True)
    assert result.events is not None
    none = result.events._replace(customer_id=result.events.customer_id[:0])
    none = type(none)._make(column[:0] for column in none)
    samples = per_customer(left, columns, none, 0)
    failures, made = [], 0
    for name, z in scores(left, theory, samples):
        if name.startswith(("lost.", "touches", "variance of touches")):
            continue  # read off from events, which are the market's
        made += z is not None
        if z is not None and not abs(z) < 4.5:
            failures.append(f"{name}: z = {z:.2f}")
    assert not failures
    assert made > 30
    reward = theory["reward_cost_per_prospect"].mean
    assert reward == pytest.approx(15.0 * theory["buyers_share"].mean, rel=1e-9)
