"""Journeys small enough to enumerate, or to integrate by hand: theory must agree to rounding."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from helpers.small_plans import make_plan
from helpers.story_enumeration import moments
from scipy.integrate import quad

from cvosim.plan.plan import END, LOST, ChurnKind, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.theory import BgNbd, expected

LEAD, MONEY, TIME, SUBSCRIBE, ENGAGE = OfferKind
NURTURE = {"kind": ProgramKind.FOLLOW_UP, "cost": 0.5, "click": 0.6, "n_touches": 3}
TOUCHES = [{"gap": gap, "open": 0.5 * 0.9**k} for k, gap in enumerate((1.0, 2.0, 4.0))]
EXIT = {"kind": ProgramKind.EXIT_OFFER, "cost": 0.25}
BANNER = {"kind": ProgramKind.REMARKETING, "window": 6.0, "cost_rate": 0.4}
CHURN = {"churn_kind": ChurnKind.GEOMETRIC, "max_cycles": 2**31 - 1}


def days(value: float) -> dict[str, float]:
    return {"delay_kind": Distribution.FIXED, "delay_a": value}


def whole_journey(horizon: float, discount: float = 0.0) -> Plan:
    """Lead magnet, tripwire, core offer, subscription and upsell; all programs, twice."""
    offers = [
        {"kind": LEAD, "conversion": 0.5, "unit_cost": 0.1, **days(0.0)}
        | {"services": [{"program": 1, "conversion": 0.5}, {"program": 0, "conversion": 0.2}]},
        {"conversion": 0.3, "price": 20.0, "unit_cost": 15.0, "is_tripwire": 1, **days(2.0)}
        | {"services": [{"program": i, "conversion": 0.4, "price": 18.0 + i} for i in (0, 1, 2)]},
        {"conversion": 0.6, "price": 200.0, "unit_cost": 90.0, **days(3.0)}
        | {"services": [{"program": i, "conversion": 0.3, "price": 190.0} for i in (1, 2)]},
        {"kind": SUBSCRIBE, "conversion": 0.4, "price": 30.0, "subscription": 0}
        | {"unit_cost": 12.0, "after_decline": 4}
        | {"services": [{"program": 0, "conversion": 0.3, "price": 25.0}]},
        {"conversion": 0.2, "price": 70.0, "unit_cost": 7.0, **days(1.0), "after_decline": END},
    ]
    subscription = {"stage": 3, "price": 30.0, "unit_cost": 12.0, "period": 5.0, "churn_a": 0.2}
    return make_plan(
        *offers,
        programs=[EXIT, NURTURE | {"unsubscribe": 0.1}, BANNER],
        touches=TOUCHES,
        subscriptions=[CHURN | subscription],
        channel={"cost": 0.45},
        horizon=horizon,
        discount=discount,
    )


def free_start(horizon: float) -> Plan:
    """No money at first: webinar, trial; contact unknown when the first decline comes."""
    offers = [
        {"kind": TIME, "conversion": 0.5, "unit_cost": 1.0, "after_decline": 1}
        | {"services": [{"program": 0, "conversion": 0.5}]},
        {"conversion": 0.25, "price": 10.0, "unit_cost": 1.0, "after_decline": 2}
        | {"services": [{"program": 0, "conversion": 0.5, "price": 5.0}]},
        {"kind": SUBSCRIBE, "conversion": 0.5, "price": 9.0, "unit_cost": 2.0, "subscription": 0},
    ]
    trial = {"stage": 2, "price": 9.0, "unit_cost": 2.0, "period": 3.0, "trial": 2.0}
    return make_plan(
        *offers,
        programs=[NURTURE | {"unsubscribe": 0.3}],
        touches=TOUCHES,
        subscriptions=[CHURN | trial | {"churn_a": 0.5, "max_cycles": 4}],
        horizon=horizon,
    )


# 7 and 14 are times at which touches and bills fall due: at the horizon nothing happens
@pytest.mark.parametrize("horizon", [1.0, 5.0, 7.0, 7.000001, 14.0, 33.3, 60.0])
@pytest.mark.parametrize("build", [whole_journey, free_start])
def test_all_stories_told(build: Callable[[float], Plan], horizon: float) -> None:
    plan = build(horizon)
    theory, told = expected(plan), moments(plan)
    assert not theory.out_of_reach
    names = {name for name in told if not name.startswith(("accepted.", "age.", "stopped."))}
    assert len(names) > 8
    for name in names & set(theory):
        assert theory[name].mean == pytest.approx(told[name][0], rel=1e-12, abs=1e-13), name
        if not math.isnan(theory[name].variance):
            assert theory[name].variance == pytest.approx(told[name][1], rel=1e-10, abs=1e-12), name
    assert names <= set(theory)


def test_what_never_happens_is_zero() -> None:
    theory, told = expected(whole_journey(1.0)), moments(whole_journey(1.0))
    for name, (mean, _) in theory.items():
        base = name.partition(".")[0]
        if name not in told and base in {"reach", "lost", "bills", "recoveries", "program_cost"}:
            assert mean == 0.0, name


def test_discounting() -> None:
    plan = whole_journey(60.0, discount=math.log(1.5) / 30)
    theory, told = expected(plan), moments(plan)
    for name in (
        "clv_per_prospect",
        "discounted_cost_per_prospect",
        "discounted_acquisition_cost_per_prospect",
    ):
        assert theory[name].mean == pytest.approx(told[name][0], rel=1e-12)
        assert math.isnan(theory[name].variance)


def test_ratios() -> None:
    plan = whole_journey(60.0)
    theory, told = expected(plan), {name: mean for name, (mean, _) in moments(plan).items()}
    share = told["accepted.stage1"] / told["reach.stage1"]
    assert theory["conversion.stage1"].mean == pytest.approx(share, rel=1e-12)
    assert theory["conversion.stage1"].variance == pytest.approx(
        share * (1 - share) / told["reach.stage1"], rel=1e-12
    )
    spent, buyers = told["acquisition_cost_per_prospect"], told["buyers_share"]
    assert theory["cac"].mean == pytest.approx(spent / buyers, rel=1e-12)
    assert theory["aov"].mean == pytest.approx(
        told["revenue_per_prospect"] / told["orders_per_prospect"], rel=1e-12
    )
    assert theory["leads_share"].mean == pytest.approx(told["accepted.stage0"], rel=1e-12)


def test_a_delay_with_a_density() -> None:
    """Accepted by the horizon: the distribution function; twice, its convolution."""
    slow = {"delay_kind": Distribution.EXPONENTIAL, "delay_a": 10.0, "unit_cost": 1.0}
    offer = {"kind": TIME, "conversion": 0.5} | slow
    theory = expected(make_plan(offer, offer, horizon=25.0))
    once = 1 - math.exp(-2.5)
    twice = 1 - math.exp(-2.5) * 3.5
    assert theory["conversion.stage0"].mean == pytest.approx(0.5 * once, rel=1e-7)
    assert theory["conversion.stage1"].mean == pytest.approx(0.5 * twice / once, rel=1e-6)
    mean = (10 - math.exp(-2.5) * 35) / once
    assert theory["time_to.stage0"].mean == pytest.approx(mean, rel=1e-6)


def test_a_density_meets_a_fixed_time_at_the_horizon() -> None:
    """Everybody arrives after day 0, so nobody is touched 30 days later by day 30."""
    lead = {"kind": LEAD, "conversion": 1.0, "delay_kind": Distribution.EXPONENTIAL}
    offer = {"conversion": 0.0, "services": [{"program": 0, "conversion": 0.0}]}
    theory = expected(
        make_plan(
            lead | {"delay_a": 0.05},
            offer,
            programs=[NURTURE | {"n_touches": 1}],
            touches=[{"gap": 30.0, "open": 1.0}],
            horizon=30.0,
        )
    )
    assert theory["touches_per_prospect"].mean == pytest.approx(0.0, abs=1e-12)
    assert theory["reach.stage1"].mean == pytest.approx(1.0, abs=1e-9)


def test_arrivals_are_spread_and_may_come_too_late() -> None:
    channel = {"cost": 2.0, "arrival_kind": Distribution.UNIFORM, "arrival_b": 50.0}
    offer = {"kind": TIME, "conversion": 1.0, **days(10.0)}
    theory = expected(make_plan(offer, channel=channel, horizon=40.0))
    assert theory["arrived_share"].mean == pytest.approx(0.8, rel=1e-12)
    assert theory["acquisition_cost_per_prospect"].mean == pytest.approx(1.6, rel=1e-12)
    assert theory["acquisition_cost_per_prospect"].variance == pytest.approx(0.64, rel=1e-9)
    assert theory["conversion.stage0"].mean == pytest.approx(0.75, rel=1e-9)
    assert theory["time_to.stage0"] == pytest.approx((10.0, 0.0), abs=1e-5)


@pytest.mark.parametrize("horizon", [4.0, 20.0])
def test_remarketing_is_a_thinned_poisson_process_in_a_window(horizon: float) -> None:
    """Cost and time of recovery by numerical integration over the recovering click."""
    rate, window, price = 0.3 * 0.5, 10.0, 40.0
    offer = {"conversion": 0.0, "price": price}
    program = {"kind": ProgramKind.REMARKETING, "click_rate": 0.3, "cost_rate": 2.0}
    plan = make_plan(
        offer | {"services": [{"program": 0, "conversion": 0.5, "price": price}]},
        programs=[program | {"window": window}],
        horizon=horizon,
    )
    theory = expected(plan)
    until = min(window, horizon)
    shown = 2.0 * window if window < horizon else 0.0  # the horizon books nothing
    stays = math.exp(-rate * window)

    def integral(power: int, money: float) -> float:
        def of(t: float) -> float:
            return rate * math.exp(-rate * t) * (2.0 * t + money * (price - 4.0 * t)) ** power

        return quad(of, 0.0, until, epsabs=1e-13)[0]

    for name, money, rest in (("cost", 0.0, shown), ("contribution", 1.0, -shown)):
        first = integral(1, money) + stays * rest
        second = integral(2, money) + stays * rest**2
        found = theory[f"{name}_per_prospect"]
        assert found.mean == pytest.approx(first, rel=1e-6)
        assert found.variance == pytest.approx(second - first**2, rel=1e-5)
    assert theory["recoveries.program0"].mean == pytest.approx(1 - math.exp(-rate * until))
    assert theory["program_cost.program0"] == theory["cost_per_prospect"]


def test_repeat_buying_shares_its_level() -> None:
    """Variance of a compound sum whose terms share a gamma level, from the pmf of the count."""
    p, q, v, share, horizon, start = 3.0, 5.0, 40.0, 0.4, 50.0, 7.0
    offer = {"conversion": 0.5, "price": 10.0, "starts_repeat": 1, **days(start)}
    repeat = {"model": RepeatModel.BG_NBD, "r": 0.8, "alpha": 12.0, "a": 0.9, "b": 2.0}
    spend = {"spend_kind": Distribution.GAMMA, "spend_p": p, "spend_q": q, "spend_v": v}
    plan = make_plan(offer, repeat=repeat | spend | {"cost_share": share}, horizon=horizon)
    theory = expected(plan)
    n = np.arange(4000)
    chance = BgNbd(0.8, 12.0, 0.9, 2.0).pmf(n, horizon - start)
    level, square = v / (q - 1), v**2 / ((q - 1) * (q - 2))
    first = 10.0 + chance @ n * p * level
    # a sum of n gamma amounts of one customer is gamma of shape n p
    second = chance @ (100.0 + 20.0 * n * p * level + n * p * (n * p + 1) * square)
    found = theory["revenue_per_prospect"]
    assert found.mean == pytest.approx(0.5 * first, rel=1e-9)
    assert found.variance == pytest.approx(0.5 * second - 0.25 * first**2, rel=1e-9)
    goods = theory["cost_of_goods_per_prospect"]
    assert goods.mean == pytest.approx(share * 0.5 * (first - 10.0), rel=1e-9)
    orders = chance @ (1.0 + n) ** 2 / 2 - (chance @ (1.0 + n) / 2) ** 2
    assert theory["orders_per_prospect"].variance == pytest.approx(orders, rel=1e-9)


def test_infinite_variance_is_infinite() -> None:
    spend = {"spend_kind": Distribution.GAMMA, "spend_p": 3.0, "spend_q": 1.5, "spend_v": 9.0}
    repeat = {"model": RepeatModel.POISSON, "r": 0.1} | spend
    offer = {"conversion": 0.5, "starts_repeat": 1, "after_decline": LOST}
    theory = expected(make_plan(offer, repeat=repeat))
    assert theory["revenue_per_prospect"].mean == pytest.approx(0.5 * 10 * 3 * 9 / 0.5)
    assert theory["revenue_per_prospect"].variance == math.inf
    assert math.isfinite(theory["orders_per_prospect"].variance)
