"""The front: names, mapping manners, and what it admits not to know."""

from __future__ import annotations

import dataclasses
import math

import pytest
from helpers.random_plans import random_plan
from helpers.small_plans import make_plan

from cvosim.plan.plan import REPEAT, OfferKind, ProgramKind, RepeatModel, rows
from cvosim.randomness.distributions import Distribution
from cvosim.theory import Expectations, Moments, NoClosedForm, expected
from cvosim.theory.spend import spend_of

TIME = OfferKind.TIME
RARE = {"model": RepeatModel.POISSON, "r": 0.05, "spend_p": 20.0}


def test_it_is_a_frozen_mapping() -> None:
    theory = expected(make_plan({"conversion": 0.25}))
    assert theory["conversion.stage0"] == pytest.approx((0.25, 0.1875))
    assert "conversion.stage0" in theory
    assert "conversion.stage9" not in theory
    assert len(theory) == len(list(theory)) == len(dict(theory)) > 20
    with pytest.raises(KeyError):
        theory["conversion.stage9"]
    with pytest.raises(dataclasses.FrozenInstanceError):
        theory.values_by_name = {}  # type: ignore[misc]
    with pytest.raises(TypeError):
        theory.values_by_name["x"] = Moments(0.0, 0.0)  # type: ignore[index]


def test_a_ratio_over_nobody_is_left_out() -> None:
    theory = expected(make_plan({"conversion": 0.0}, {"conversion": 0.5}))
    assert not {"conversion.stage1", "time_to.stage0", "cac", "aov"} & set(theory)
    assert theory["buyers_share"].mean == 0.0


def test_who_orders_first_may_be_out_of_reach() -> None:
    """Repeat buying that starts with a lead: a later cost is acquisition, or it is not."""
    program = {"kind": ProgramKind.EXIT_OFFER, "cost": 1.0}
    plan = make_plan(
        {"kind": TIME, "conversion": 0.5, "starts_repeat": 1, "unit_cost": 2.0},
        {"conversion": 0.5, "price": 9.0, "delay_a": 5.0, "services": [{"program": 0}]},
        programs=[program],
        repeat=RARE,
    )
    theory = expected(plan)
    assert theory["program_cost.program0"].mean == 0.25
    assert theory["cost_per_prospect"].mean == pytest.approx(1.25)
    for name in ("cac", "acquisition_cost_per_prospect", "buyers_share"):
        assert name not in theory
        with pytest.raises(NoClosedForm, match=f"{name} has no closed form here: repeat buying"):
            theory[name]


def test_who_orders_at_all_from_a_process_alone() -> None:
    """Nothing but repeat buying after a lead: the chance of one purchase within 95 days."""
    offer = {"kind": TIME, "conversion": 0.5, "starts_repeat": 1, "delay_a": 5.0}
    theory = expected(make_plan(offer, repeat=RARE))
    assert not theory.out_of_reach
    assert theory["buyers_share"].mean == pytest.approx(0.5 * (1 - math.exp(-0.05 * 95)))


def test_money_adds_up() -> None:
    for number in range(16):
        theory = expected(random_plan(number), cells=512)
        mean = {name: moments.mean for name, moments in theory.items()}
        total = mean["revenue_per_prospect"] - mean["cost_per_prospect"]
        total -= mean.get("refunds_per_prospect", 0.0)
        assert mean["contribution_per_prospect"] == pytest.approx(total, abs=1e-9)
        if "acquisition_cost_per_prospect" in mean:
            parts = ("cost_of_goods", "touch_cost", "acquisition_cost")
            cost = sum(mean[f"{part}_per_prospect"] for part in parts)
            cost += mean.get("reward_cost_per_prospect", 0.0)
            assert mean["cost_per_prospect"] == pytest.approx(cost, abs=1e-9)
        assert all(
            moments.variance >= 0.0 or math.isnan(moments.variance) for moments in theory.values()
        )


@pytest.mark.parametrize("number", range(16))
def test_accuracy(number: int) -> None:
    """The default lattice against one four times as fine: means to 2e-5, variances to 1e-4.

    Promised are 1e-4 for means, what a million customers could not see.
    """
    plan = random_plan(number)
    fine = expected(plan, cells=8192)
    for name, found in expected(plan).items():
        assert found.mean == pytest.approx(fine[name].mean, rel=2e-5, abs=1e-7), name
        if math.isfinite(found.variance) and not name.startswith("time_to"):
            assert found.variance == pytest.approx(fine[name].variance, rel=1e-4, abs=1e-7), name


def test_spend() -> None:
    def read(kind: Distribution, p: float, q: float = 0.0, v: float = 0.0) -> tuple[float, ...]:
        row = {"spend_kind": kind, "spend_p": p, "spend_q": q, "spend_v": v}
        return spend_of(rows(REPEAT, [row])[0])

    assert read(Distribution.FIXED, 20.0) == (20.0, 400.0, 400.0)
    # CDNOW's gamma-gamma population mean, 35.219 (clv_oracles.json, computed)
    assert read(Distribution.GAMMA, 6.25, 3.74, 15.44)[0] == pytest.approx(35.219, abs=5e-4)
    mean, square, level = read(Distribution.GAMMA, 6.25, 3.74, 15.44)
    assert level / mean**2 == pytest.approx(2.74 / 1.74)  # E[1/nu^2] / E[1/nu]^2
    assert square / level == pytest.approx(7.25 / 6.25)
    mean, square, level = read(Distribution.LOGNORMAL, 10.0, 0.5)
    assert mean == pytest.approx(10 * math.exp(0.125))
    assert square == pytest.approx(100 * math.exp(0.5))
    assert level == pytest.approx(mean**2)


def test_what_every_plan_gives() -> None:
    theory = expected(random_plan(3))
    assert isinstance(theory, Expectations)
    assert {"reach.stage0", "revenue_per_prospect", "clv_per_prospect"} <= set(theory)
