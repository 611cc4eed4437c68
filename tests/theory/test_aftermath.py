"""What follows orders when times have densities: against integrals by quadrature."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from helpers.small_plans import SUBSCRIBE, fixed, make_plan
from scipy import stats
from scipy.integrate import quad

from cvosim.plan.plan import END, ChurnKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.theory import BgNbd, MbgNbd, expected
from cvosim.theory.aftermath import Comb, Following
from cvosim.theory.delays import delay_kernel
from cvosim.theory.lattice import lattice_for
from cvosim.theory.measure import everybody_at_start

HORIZON, DISCOUNT = 50.0, 0.01
GAMMA = stats.gamma(3.0, scale=1.5)
SENT = {"delivery_kind": Distribution.GAMMA, "delivery_a": 1.5, "delivery_b": 3.0}
ASKED = {"answer_kind": Distribution.EXPONENTIAL, "answer_a": 4.0}
TERMS = {"satisfaction": 8.0, "ticket": 0.3, "resolved": 0.6, "returned": 0.25, "refund": 0.8}
EXPERIENCE = TERMS | SENT | ASKED


def delivered(window: float) -> float:
    return float(GAMMA.cdf(max(window, 0.0)))


def answered(window: float) -> float:
    if window <= 0.0:
        return 0.0
    return quad(lambda u: GAMMA.pdf(u) * -math.expm1(-(window - u) / 4.0), 0.0, window)[0]


def surveyed(window: float) -> float:
    return 0.7 * delivered(window) + 0.3 * answered(window)


def test_a_sale_at_a_random_time() -> None:
    """Bought after an exponential delay of 20 days, delivered and answered, or not in time."""
    offer = {"conversion": 0.5, "price": 40.0, "unit_cost": 10.0}
    late = {"delay_kind": Distribution.EXPONENTIAL, "delay_a": 20.0}
    plan = make_plan(
        offer | late, care={"experience": EXPERIENCE}, horizon=HORIZON, discount=DISCOUNT
    )
    theory = expected(plan)

    def share(of: Any) -> float:
        return quad(lambda t: 0.025 * math.exp(-t / 20) * of(HORIZON - t), 0, HORIZON)[0]

    assert theory["deliveries_per_prospect"].mean == pytest.approx(share(delivered), rel=1e-5)
    assert theory["tickets_per_prospect"].mean == pytest.approx(0.3 * share(delivered), rel=1e-5)
    assert theory["resolved_per_prospect"].mean == pytest.approx(0.18 * share(answered), rel=1e-5)
    back = 0.25 * share(surveyed)
    assert theory["returns_per_prospect"] == pytest.approx((back, back * (1 - back)), rel=1e-5)
    assert theory["refunds_per_prospect"].mean == pytest.approx(32.0 * back, rel=1e-5)
    bought = 0.5 * -math.expm1(-HORIZON / 20)
    mean = 30.0 * bought - 32.0 * back
    second = 900.0 * (bought - back) + 4.0 * back
    assert theory["contribution_per_prospect"].mean == pytest.approx(mean, rel=1e-5)
    assert theory["contribution_per_prospect"].variance == pytest.approx(second - mean**2, rel=1e-5)


def worth_of_refund(window: float) -> float:
    """E[exp(-d D); D before the window], D the delay to the survey."""
    if window <= 0.0:
        return 0.0
    now = quad(lambda u: GAMMA.pdf(u) * math.exp(-DISCOUNT * u), 0, window)[0]
    rate = 0.25 + DISCOUNT
    later = quad(
        lambda u: (
            GAMMA.pdf(u) * math.exp(-DISCOUNT * u) * 0.25 / rate
            * -math.expm1(-rate * (window - u))
        ),
        *(0, window),
    )[0]  # fmt: skip
    return 0.7 * now + 0.3 * later


def test_discounted_refunds() -> None:
    offer = {"conversion": 0.5, "price": 40.0, "unit_cost": 10.0, **fixed(30.0)}
    plan = make_plan(offer, care={"experience": EXPERIENCE}, horizon=HORIZON, discount=DISCOUNT)
    theory, late = expected(plan), math.exp(-DISCOUNT * 30.0)
    back = 0.25 * 32.0 * worth_of_refund(20.0)
    assert theory["discounted_revenue_per_prospect"].mean == pytest.approx(
        0.5 * late * (40.0 - back), rel=1e-5
    )
    assert theory["clv_per_prospect"].mean == pytest.approx(0.5 * late * (30.0 - back), rel=1e-5)


def test_bills_and_what_follows_them() -> None:
    """Started at day 3.7; bills every 10 days, the first one cheaper, contracts of 2."""
    offers = [
        {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "unit_cost": 2.0, **fixed(3.7)}
        | {"services": [{"program": 0, "conversion": 1.0, "price": 6.0}]}
    ]
    terms = {"price": 9.0, "unit_cost": 2.0, "period": 10.0, "max_cycles": 99, "contract": 2}
    sbg = {"churn_kind": ChurnKind.SBG, "churn_a": 1.0, "churn_b": 2.0}
    plan = make_plan(
        *offers,
        programs=[{"cost": 0.0}],
        subscriptions=[terms | sbg],
        care={"experience": EXPERIENCE},
        horizon=HORIZON,
        discount=DISCOUNT,
    )
    theory = expected(plan)
    due = np.array([3.7, 13.7, 23.7, 33.7, 43.7])
    stays = [1.0, 1.0, 2 / 3, 2 / 3, 0.5]  # B(1, 2 + n) / B(1, 2) = 2 / (2 + n)
    out = sum(s * delivered(HORIZON - t) for s, t in zip(stays, due, strict=True))
    assert theory["deliveries_per_prospect"].mean == pytest.approx(out, rel=1e-6)
    prices = [7.5, 9.0, 9.0, 9.0, 9.0]
    back, worth = (
        sum(
            0.8 * 0.25 * p * s * of(HORIZON - t) * math.exp(-late * t)
            for p, s, t in zip(prices, stays, due, strict=True)
        )
        for of, late in ((surveyed, 0.0), (worth_of_refund, DISCOUNT))
    )
    assert theory["refunds_per_prospect"].mean == pytest.approx(back, rel=1e-6)
    money = sum((p - 2.0) * s for p, s in zip(prices, stays, strict=True))
    assert theory["contribution_per_prospect"].mean == pytest.approx(money - back, rel=1e-6)
    value = sum(
        (p - 2.0) * s * math.exp(-DISCOUNT * t) for p, s, t in zip(prices, stays, due, strict=True)
    )
    assert theory["clv_per_prospect"].mean == pytest.approx(value - worth, rel=1e-6)
    for name in ("contribution", "refunds", "deliveries"):
        assert math.isnan(theory[f"{name}_per_prospect"].variance)


@pytest.mark.parametrize("model", [RepeatModel.BG_NBD, RepeatModel.MBG_NBD])
@pytest.mark.parametrize("delivery", [SENT, fixed(6.3, "delivery")])
def test_repeat_orders_and_what_follows_them(model: RepeatModel, delivery: Any) -> None:
    """Everybody starts at day 5 for free; an order is worth 3."""
    start, price = 5.0, 3.0
    row = {"model": model, "r": 0.8, "alpha": 4.0, "a": 0.9, "b": 2.0, "spend_p": price}
    law = (BgNbd if model == RepeatModel.BG_NBD else MbgNbd)(0.8, 4.0, 0.9, 2.0)
    terms = TERMS | {"ticket": 0.0} | delivery
    plan = make_plan(
        {"kind": 2, "starts_repeat": 1, **fixed(start)},
        repeat=row | {"cost_share": 0.5},
        care={"experience": terms},
        horizon=HORIZON,
    )
    theory = expected(plan)
    window = HORIZON - start

    def follows(t: float) -> float:
        out = delivered(window - t) if delivery is SENT else float(window - t > 6.3)
        return float(law.intensity(t)) * out

    out = quad(follows, 0, window, points=[window - 6.3], limit=200)[0]
    assert theory["deliveries_per_prospect"].mean == pytest.approx(out, rel=2e-5)
    refunds = 0.8 * 0.25 * price * out
    assert theory["refunds_per_prospect"].mean == pytest.approx(refunds, rel=2e-5)
    money = 0.5 * price * float(law.mean(window)) - refunds
    assert theory["contribution_per_prospect"].mean == pytest.approx(money, rel=2e-5)
    for name in ("orders", "revenue"):
        assert theory[f"{name}_per_prospect"].variance > 0.0  # these wait for no delivery


def test_following_is_what_walking_would_find() -> None:
    """Counts by start, summed over a measure, are the mass of the measure moved on."""
    lattice = lattice_for(40.0, 160)
    kernel = delay_kernel(Distribution.GAMMA, 1.5, 3.0, lattice)
    start = everybody_at_start(lattice, 0).shifted(7.3)
    spread = start.spread(delay_kernel(Distribution.WEIBULL, 9.0, 1.4, lattice))
    both = start.scaled(0.4).plus(spread.scaled(0.6))
    following = Following(lattice, 0.02)
    for laws in ((kernel,), (2.7, kernel), (kernel, 5.0, kernel), (3.1,), (30.0, kernel)):
        moved = both
        for law in laws:
            moved = moved.delayed(law)
        found = following(both, laws)
        assert float(found.number @ both.mass) == pytest.approx(moved.total, abs=1e-9)
        worth = float((moved.mass * np.exp(-0.02 * moved.times)).sum())
        here = both.mass * np.exp(-0.02 * both.times)
        assert float(found.worth @ here) == pytest.approx(worth, rel=1e-4)


def test_a_comb_is_several_fixed_delays() -> None:
    lattice = lattice_for(40.0, 160)
    both = everybody_at_start(lattice, 0).shifted(7.3)
    both = both.plus(both.spread(delay_kernel(Distribution.GAMMA, 3.0, 2.0, lattice)))
    comb = Comb(np.array([1.0, 10.0, 10.0, 10.0]), np.array([1.0, 0.5, 0.25, 0.125]))
    following = Following(lattice, 0.02)
    found = following(both, (comb, 2.0))
    parts = [following(both, (1.0 + 10.0 * k, 2.0)) for k in range(4)]
    for name in ("number", "worth"):
        together = sum(0.5**k * getattr(part, name) for k, part in enumerate(parts))
        np.testing.assert_allclose(getattr(found, name), together, atol=1e-12)


def test_nothing_follows_beyond_the_horizon() -> None:
    slow = EXPERIENCE | fixed(60.0, "delivery")
    offer = {"conversion": 0.5, "price": 40.0, "after_decline": END}
    theory = expected(make_plan(offer, care={"experience": slow}, horizon=HORIZON))
    assert theory["deliveries_per_prospect"].mean == 0.0
    assert theory["contribution_per_prospect"].mean == pytest.approx(20.0)


def test_repeat_orders_of_people_who_come_at_any_time() -> None:
    """On a lattice of days as well: places inside cells are kept, not only counts."""
    law = BgNbd(0.8, 4.0, 0.9, 2.0)
    row = {"model": RepeatModel.BG_NBD, "r": 0.8, "alpha": 4.0, "a": 0.9, "b": 2.0}
    plan = make_plan(
        {"kind": 2, "starts_repeat": 1},
        repeat=row,
        care={"experience": SENT},
        channel={"arrival_kind": Distribution.UNIFORM, "arrival_b": 40.0},
        horizon=HORIZON,
    )

    def ordered(window: float) -> float:
        return quad(lambda t: float(law.intensity(t)) * delivered(window - t), 0, window)[0]

    out = quad(lambda t: ordered(HORIZON - t) / 40.0, 0, 40, epsabs=1e-9, limit=20)[0]
    theory = expected(plan, cells=50)
    assert theory["deliveries_per_prospect"].mean == pytest.approx(out, rel=1e-6)
