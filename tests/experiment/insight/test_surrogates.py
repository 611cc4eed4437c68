from __future__ import annotations

import numpy as np
import pytest

from cvosim.errors import DataError
from cvosim.experiment.insight.levers import Lever, levers_of
from cvosim.experiment.insight.surrogate_index import surrogate_index
from cvosim.experiment.insight.surrogates import Plan, SurrogateLab, surrogate_lab
from cvosim.randomness import draws
from cvosim.randomness.sites import site_id
from cvosim.scenario import load_scenario

SHOP = "lead_magnet_checklist"
ONE_SALE = [
    "journey.core_offer=null",
    "journey.profit_maximizers=null",
    "journey.return_path=null",
    "journey.tripwire.delay={kind: fixed, days: 1}",
]
REPEAT = "journey.repeat_purchases.frequency"


def own(source: str, base: list[str], **changes: list[str]) -> list[Lever]:
    return [
        Lever(name, "own", (1.0,), (load_scenario(source, [*base, *some]),))
        for name, some in changes.items()
    ]


def scores_of(lab: SurrogateLab, lever: str) -> dict[str, object]:
    return {score.surrogate: score for score in lab.scores if score.lever == lever}


def test_is_exact_where_everything_happens_early() -> None:
    # one sale, a day after the guide: nothing that the lever changes comes after day 14
    levers = own(SHOP, ONE_SALE, price=["journey.tripwire.price=15"])
    lab = surrogate_lab(
        load_scenario(SHOP, ONE_SALE), levers, customers=2000, plan=Plan(120, (14,), 1000, 50)
    )
    scores = scores_of(lab, "price")
    for name in ("contribution@14", "index@14"):
        score = scores[name]
        assert score.true > 0.05  # type: ignore[attr-defined]
        assert score.bias == pytest.approx(0.0, abs=1e-10)  # type: ignore[attr-defined]
        assert score.bias_error == pytest.approx(0.0, abs=1e-10)  # type: ignore[attr-defined]
        assert score.agreement == 1.0  # type: ignore[attr-defined]
        assert score.recall == score.power  # type: ignore[attr-defined]
        assert lab.verdict("price", name) == "safe"
    assert lab.verdict("price", "orders@14") == "blind", "a price is in no number of orders"
    assert lab.recommended("price") is not None


def test_a_discount_that_drives_customers_away_misleads() -> None:
    # orders come sooner, and customers leave sooner: early metrics rise, the late one falls
    base = load_scenario("cdnow")
    changes = [f"{REPEAT}.alpha_days=5", f"{REPEAT}.a=6"]
    lab = surrogate_lab(
        base, own("cdnow", [], discount=changes), plan=Plan(365, (14, 28), 2000, 50), customers=2357
    )
    for name in ("orders@14", "contribution@28", "index@28"):
        score = next(one for one in lab.of(name))
        assert score.true < 0.0 < score.predicted
        assert score.verdict == "misleading"
        assert score.wrong > 0.9
        assert score.regret > 0.9 * -score.true, "it is shipped nearly always"
    assert lab.recommended("discount") is None
    text = lab.summary()
    assert text.startswith("Wait: no early metric is safe")
    assert "misleading for discount" in text


def test_finds_levers_by_itself_and_says_what_it_found() -> None:
    lab = surrogate_lab(
        load_scenario(SHOP, ["horizon_days=400"]), customers=4000, plan=Plan(150, (28,), 2000, 20)
    )
    assert lab.levers[:2] == ("lead_magnet conversion", "tripwire conversion")
    assert {score.size for score in lab.scores} == {0.1, 0.3}
    assert lab.verdict("tripwire conversion", "index@28") in ("safe", "unclear", "understates")
    assert lab.r_squared["index@28"] >= max(lab.r_squared["contribution@28"], 0.3) - 0.02
    told = lab.to_dict()
    assert told["best"] == lab.best
    assert len(told["scores"]) == len(lab.scores)


def uniforms(n: int, what: str) -> np.ndarray:
    site = np.uint32(site_id(what))
    return np.array(
        [draws.uniform(np.uint64(5), np.uint64(i), site, np.uint32(0)) for i in range(n)]
    )


def test_errors_of_the_index_count_what_was_learnt() -> None:
    # y = 2 s + noise; the treated have s + 1: the index says b, whose error is that of a slope
    n = 4000
    s, noise = uniforms(n, "s"), uniforms(n, "noise")
    late = 2.0 * s + noise
    found = surrogate_index(np.stack([s, s + 1.0])[:, :, None], late, np.arange(n))
    slope = np.polyfit(s, late, 1)[0]
    effect = found.predicted[1].mean() - found.predicted[0].mean()
    assert effect == pytest.approx(slope, abs=2e-3)  # cross-fitted: nearly, not exactly
    left = late - np.polyval(np.polyfit(s, late, 1), s)
    error = np.sqrt(left @ left / (n - 2) / ((s - s.mean()) @ (s - s.mean())))
    assert found.terms[1].std(ddof=1) / np.sqrt(n) == pytest.approx(error, rel=0.05)
    assert np.abs(found.terms[0]).max() < 1e-12
    assert found.r_squared == pytest.approx(0.8, abs=0.02)  # 4 / 12 of 5 / 12


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan(days=120, early=(120,)), r"early: must be days above 0 and below 120"),
        (Plan(days=120, early=()), r"got none"),
        (Plan(days=365), r"days: must be below the horizon, 365"),
        (Plan(days=120, units=10), "needs 20 customers"),
    ],
)
def test_refuses_in_words(plan: Plan, words: str) -> None:
    with pytest.raises(DataError, match=words):
        surrogate_lab(load_scenario(SHOP), plan=plan)


def test_refuses_levers_that_are_none() -> None:
    base = load_scenario(SHOP)
    with pytest.raises(DataError, match="nothing that could be a little better"):
        surrogate_lab(base, [], plan=Plan(120))
    twice = levers_of(base, [0.1])[:1] * 2
    with pytest.raises(DataError, match='two levers are called "lead_magnet conversion"'):
        surrogate_lab(base, twice, plan=Plan(120))
