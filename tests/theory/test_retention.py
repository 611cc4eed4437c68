"""Who is still there, as plans tell it; what feeds back on drop-out is refused in words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.small_plans import SUBSCRIBE, make_plan
from scipy import stats

from cvosim.plan.plan import ChurnKind, ProgramKind, RepeatModel
from cvosim.randomness import draws_plain as draw
from cvosim.randomness.philox_plain import uniform
from cvosim.theory import BgNbd, MbgNbd, NoClosedForm, ParetoNbd, buyers_alive, subscribed_after

ROW = {"r": 0.8, "alpha": 12.0, "a": 0.9, "b": 2.0}
TIERS = [{"threshold": 2.0, "log_drop_out": -0.2}]
BACK = {"kind": ProgramKind.WIN_BACK, "n_touches": 1, "click": 1.0}


def shop(model: RepeatModel, **more: Any) -> Any:
    return make_plan({"starts_repeat": 1}, repeat={"model": model} | ROW, **more)


def test_alive_by_model() -> None:
    days = np.array([0.0, 5.0, 100.0])
    laws = {
        RepeatModel.BG_NBD: BgNbd(0.8, 12.0, 0.9, 2.0),
        RepeatModel.MBG_NBD: MbgNbd(0.8, 12.0, 0.9, 2.0),
        RepeatModel.PARETO_NBD: ParetoNbd(0.8, 12.0, 0.9, 2.0),
    }
    for model, law in laws.items():
        np.testing.assert_array_equal(buyers_alive(shop(model), days), law.alive(days))
    np.testing.assert_array_equal(buyers_alive(shop(RepeatModel.POISSON), days), np.ones(3))
    with pytest.raises(ValueError, match="no repeat purchases"):
        buyers_alive(make_plan({}), days)


@pytest.mark.parametrize("model", [RepeatModel.BG_NBD, RepeatModel.MBG_NBD])
def test_alive_is_a_mixture_over_both_laws(model: RepeatModel) -> None:
    """exp(-lambda p t) of those with rate lambda and drop-out p; MBG: less those gone at once."""
    p = stats.beta(0.9, 2.0).ppf((np.arange(600) + 0.5) / 600)
    rate = stats.gamma(0.8, scale=1 / 12.0).ppf((np.arange(600) + 0.5) / 600)
    stays = 1 - p if model == RepeatModel.MBG_NBD else np.ones(600)
    for t in (0.0, 10.0, 200.0):
        mixed = (np.exp(-rate[:, None] * p * t) * stays).mean()
        assert float(buyers_alive(shop(model), t)) == pytest.approx(mixed, abs=1e-3)


def test_seasons_speed_up_drop_out_by_purchases_only() -> None:
    season = {"season": [1.0, 0.5]}
    bg = make_plan(
        {"starts_repeat": 1},
        repeat={"model": RepeatModel.BG_NBD, "season_peak": 2.0} | ROW,
        care=season,
    )
    law = BgNbd(0.8, 12.0, 0.9, 2.0)
    assert float(buyers_alive(bg, 1.5)) == pytest.approx(float(law.alive(2.5)), rel=1e-12)
    assert float(buyers_alive(bg, 1.5, start=1.0)) == pytest.approx(float(law.alive(1.5)))
    pareto = {"model": RepeatModel.PARETO_NBD, "season_peak": 2.0} | ROW
    plan = make_plan({"starts_repeat": 1}, repeat=pareto, care=season)
    assert float(buyers_alive(plan, 1.5)) == float(ParetoNbd(0.8, 12.0, 0.9, 2.0).alive(1.5))


@pytest.mark.parametrize(
    ("care", "words"),
    [
        ({"tiers": TIERS}, "loyalty tiers multiply drop-out"),
        ({"experience": {"satisfaction": 8.0, "drop_out_effect": -0.1}}, "satisfaction multiplies"),
        ({"retention": [{"program": 0, "kind": ProgramKind.WIN_BACK}]}, "program0 touches"),
    ],
)
def test_feedback_is_refused(care: Any, words: str) -> None:
    plan = shop(RepeatModel.BG_NBD, care=care, programs=[BACK], touches=[{"open": 1.0}])
    with pytest.raises(NoClosedForm, match=words):
        buyers_alive(plan, 1.0)
    idle = shop(RepeatModel.POISSON, care=care, programs=[BACK], touches=[{"open": 1.0}])
    assert float(buyers_alive(idle, 1.0)) == 1.0


def subscribers(care: Any = None, **terms: Any) -> Any:
    row = {"stage": 1, "period": 30.0, "max_cycles": 40} | terms
    offers = ({"price": 9.0}, {"kind": SUBSCRIBE, "price": 9.0, "subscription": 0})
    return make_plan(*offers, subscriptions=[row], care=care)


def test_contracts() -> None:
    plan = subscribers(contract=3, churn_a=0.2)
    bills = [1, 2, 3, 5, 6, 39, 40, 41]
    expected = [1.0, 1.0, 0.8, 0.8, 0.64, 0.8**13, 0.0, 0.0]
    np.testing.assert_allclose(subscribed_after(plan, "stage1", bills), expected, rtol=1e-13)
    with pytest.raises(ValueError, match="stage0 is no subscription"):
        subscribed_after(plan, "stage0", 1)


def test_contracts_of_subscribers_drawn_one_by_one() -> None:
    """20,000 sBG subscribers with contracts of 4 bills: |z| < 4.5 thrice, 2e-5."""
    n, contract, paid = 20_000, 4, np.array([3, 8, 17])
    stays = np.zeros((3, n))
    for person in range(n):
        churn, last = draw.beta(0.7, 2.0, 7, person, 1, 0), 17
        for bill in range(1, 18):
            if bill % contract == 0 and uniform(7, person, 2, bill) < churn:
                last = bill - 1
                break
        stays[:, person] = paid <= last
    terms = {"contract": contract, "churn_kind": ChurnKind.SBG, "churn_a": 0.7, "churn_b": 2.0}
    for found, share in zip(
        stays.mean(axis=1), subscribed_after(subscribers(**terms), "stage1", paid), strict=True
    ):
        assert abs(found - share) <= 4.5 * np.sqrt(share * (1 - share) / n)


def test_tiers_multiply_churn() -> None:
    with pytest.raises(NoClosedForm, match="loyalty tiers"):
        subscribed_after(subscribers({"tiers": TIERS}, churn_a=0.2), "stage1", 2)
    certain = subscribers({"tiers": TIERS}, churn_a=0.0)
    assert float(subscribed_after(certain, "stage1", 2)) == 1.0
