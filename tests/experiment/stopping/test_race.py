"""The race against exact results of normal theory.

Monte-Carlo tolerances are 4 standard errors: a right program fails such a check once in 16,000.
"""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest
from scipy.stats import norm

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.stopping.arena import Arena
from cvosim.experiment.stopping.arena_text import unbeaten
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.experiment.stopping.design import Believed, StoppingDesign
from cvosim.experiment.stopping.race import Luck, _shown, money_lost, race
from cvosim.experiment.stopping.rules import RULES, Rule, Seen, Stopped, rules_named
from cvosim.stats.loops import Draw, replicated_moments
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.sequential.peeking import false_alarm_rate

SURE = 4.0
UNITS, EFFECT = 2000, 0.12
REPLICATIONS = 4000


def pool_of(control: np.ndarray, treatment: np.ndarray, days: float = 50.0) -> Pool:
    n = len(control)
    values = np.stack([control, treatment])
    return Pool(
        ("control", "new"), ("contribution",), values[:, :, None], np.linspace(0.0, days, n),
        np.arange(n), np.zeros(n, np.uint8),
    )  # fmt: skip


@cache
def normal_pool(effect: float = EFFECT) -> Pool:
    """Standard normal values: quantiles in an order that means nothing."""
    n = 20_001
    y = norm.ppf((np.arange(n) + 0.5) / n)
    return pool_of(y, y + effect)


@cache
def arena() -> Arena:
    design = StoppingDesign(units=UNITS, looks=5)
    return race(normal_pool(), Mean("contribution"), design, luck=Luck(REPLICATIONS))


def test_one_look_has_the_power_of_the_normal_test() -> None:
    drift = EFFECT / math.sqrt(4.0 / UNITS)
    exact = norm.cdf(drift - norm.isf(0.025))
    run = arena().of("fixed").under(1.0)
    assert abs(run.power.value - exact) < SURE * run.power.error
    assert run.below.value < 0.001
    assert run.days.value == pytest.approx(arena().look_days[-1]), "it never stops early"
    # E[|Z|; Z > c] of a normal test: what is found is too large by this
    c = norm.isf(0.025)
    curse = (drift + norm.pdf(c - drift) / exact) / drift
    assert abs(run.exaggeration.value - curse) < SURE * run.exaggeration.error + 0.002


def test_peeking_errs_as_often_as_theory_says() -> None:
    score = arena().of("peek")
    assert abs(score.alarms.value - false_alarm_rate(5)) < SURE * score.alarms.error
    assert score.promise.verdict == "breaks"


@pytest.mark.parametrize("name", ["fixed", "obrien_fleming", "pocock"])
def test_tests_hold_their_level_in_each_tail(name: str) -> None:
    score = arena().of(name)
    for tail in (score.same.above, score.same.below):
        assert abs(tail.value - 0.025) < SURE * tail.error
    assert score.promise.verdict == "keeps"


@pytest.mark.parametrize("name", ["futility", "confidence_sequence", "msprt"])
def test_others_promise_at_most(name: str) -> None:
    score = arena().of(name)
    assert score.alarms.value < 0.05 + SURE * score.alarms.error
    assert score.promise.verdict == "keeps"


def test_group_sequential_stops_as_its_design_says() -> None:
    from cvosim.stats.sequential.planning import group_sequential

    test = group_sequential(5, spending="pocock")
    drift = EFFECT / math.sqrt(4.0 / UNITS)
    run = arena().of("pocock").under(1.0)
    assert abs(run.power.value - test.power(drift)) < SURE * run.power.error
    share = test.expected_information(drift)
    assert abs(run.units.value / UNITS - share) < SURE * run.units.error / UNITS + 0.002


def test_one_sided_rules_look_for_gains_only() -> None:
    found = race(
        normal_pool(), Mean("contribution"), StoppingDesign(units=1000, looks=3, sides=1),
        ["fixed", "peek", "obrien_fleming", "confidence_sequence", "msprt"], luck=Luck(2000),
    )  # fmt: skip
    for score in found.scores:
        assert score.same.below.value == 0.0
    fixed, peek = found.of("fixed").alarms, found.of("peek").alarms
    assert abs(fixed.value - 0.05) < SURE * fixed.error
    assert abs(peek.value - false_alarm_rate(3, sides=1)) < SURE * peek.error


def test_an_oracle_loses_nothing_and_nobody_less() -> None:
    for effect in (-2.0, 0.0, 3.0):
        before, after = money_lost(effect, 500.0, come=0.0, treated=0.0, ship=effect > 0.0)
        assert (before, after) == (0.0, 0.0)
    runs = [run for score in arena().scores for run in score.runs]
    assert len(runs) == len(RULES) * 4
    assert all(min(run.testing.value, run.deciding.value) >= 0.0 for run in runs)


def test_money_by_hand() -> None:
    """Whoever knows the effect and ships at the first look loses only what the test held back."""

    def at_once(ship: bool) -> Rule:
        def decide(seen: Seen) -> Stopped:
            n = len(seen.z)
            return Stopped(np.zeros(n, np.intp), np.zeros(n, np.int8), np.full(n, ship))

        return Rule(f"ship {ship}", "", lambda _terms: decide, "none")

    design = StoppingDesign(
        units=1000, looks=5, share=0.2, horizon_days=100.0, delay_days=10.0,
        effects=(Believed(-1.0, 1.0), Believed(2.0, 3.0)),
    )  # fmt: skip
    found = race(
        normal_pool(), Mean("contribution"), design, [at_once(True), at_once(False)],
        arrivals=Arrivals.steady(50.0), luck=Luck(100),
    )  # fmt: skip
    # the first look has 200 results on day 14, when 700 have come, 140 of them treated
    shipped, kept = found.of("ship True"), found.of("ship False")
    assert shipped.same.days.value == 14.0
    gain, loss = shipped.under(2.0), shipped.under(-1.0)
    assert gain.regret.value == pytest.approx(2 * EFFECT * (700 - 140))
    assert loss.regret.value == pytest.approx(EFFECT * (140 + 4300))
    assert kept.under(2.0).deciding.value == pytest.approx(2 * EFFECT * 4300)
    assert kept.under(-1.0).regret.value == pytest.approx(EFFECT * 140)
    assert shipped.regret.value == pytest.approx(
        0.25 * loss.regret.value + 0.75 * gain.regret.value
    )
    assert found.never == pytest.approx(0.75 * 2 * EFFECT * 5000)
    assert found.at_once == pytest.approx(0.25 * EFFECT * 5000)
    assert shipped.behind.value == 0.0
    assert kept.behind.value == pytest.approx(kept.regret.value - shipped.regret.value)


def test_nobody_is_treated_beyond_the_size_of_the_test() -> None:
    """The last results are in on day 20: 1,000 have come, of whom 500 were enrolled."""
    design = StoppingDesign(units=500, looks=2, share=0.4, horizon_days=100.0, delay_days=10.0)
    found = race(
        normal_pool(), Mean("contribution"), design, ["fixed"],
        arrivals=Arrivals.steady(50.0), luck=Luck(100),
    )  # fmt: skip
    gain = found.of("fixed").under(1.0)
    assert gain.days.value == pytest.approx(20.0)
    assert gain.testing.value == pytest.approx(EFFECT * (1000 - 0.4 * 500))


def test_one_set_of_draws_serves_every_effect() -> None:
    y = np.arange(500.0) % 7
    z = np.where(np.arange(500) % 3 == 0, y + 2.0, y)
    draw = Draw((0.5, 0.5), (40, 80), 20, 3, "experiment/stopping")
    both = np.stack([np.stack([y, np.zeros(500)], 1), np.stack([y, z - y], 1)])
    split = replicated_moments(("y", "change of y"), both, draw)
    for size in (-1.0, 0.5, 1.0):
        direct = replicated_moments(("y",), np.stack([y, y + size * (z - y)])[:, :, None], draw)
        ours = _shown(split[:, :, 1], size)
        np.testing.assert_allclose(ours.mean, direct.mean[:, :, 1], rtol=1e-12)
        np.testing.assert_allclose(ours.variance("y"), direct[:, :, 1].variance("y"), rtol=1e-9)


def test_tests_that_find_nothing_are_not_called_soonest() -> None:
    found = race(
        normal_pool(0.001), Mean("contribution"), StoppingDesign(units=400, looks=2),
        ["msprt"], luck=Luck(200),
    )  # fmt: skip
    assert (
        "None of the tests that may be trusted (the mixture SPRT) finds the sim" in found.summary()
    )
    assert "over soonest" not in found.summary()


def test_nobody_comes_twice() -> None:
    with pytest.raises(CvosimError, match="at most 20,001, all who come"):
        race(normal_pool(), Mean("contribution"), StoppingDesign(units=20_002), ["fixed"])
    assert arena().market == 20_001
    assert arena().come_in_all.endswith("the last of them on day 50")


def test_a_harmful_treatment_is_turned_round() -> None:
    found = race(
        normal_pool(-EFFECT), Mean("contribution"), StoppingDesign(units=UNITS, looks=5),
        ["fixed"], luck=Luck(1000),
    )  # fmt: skip
    assert (found.sign, found.effect) == (-1.0, pytest.approx(-EFFECT))
    gain = found.of("fixed").under(found.sign)
    assert gain.effect == pytest.approx(EFFECT)
    assert gain.weight == pytest.approx(0.2)
    assert gain.power.value > 0.5


def test_bayesian_rules_keep_their_promise_only_with_a_prior_that_is_right() -> None:
    design = StoppingDesign(units=UNITS, looks=10, care=0.002)
    found = race(
        normal_pool(0.03), Mean("contribution"), design, ["bayes", "bayes_flat"], luck=Luck(2000)
    )
    matched, flat = found.of("bayes").promise, found.of("bayes_flat").promise
    assert (matched.promised, matched.verdict, flat.verdict) == (0.002, "keeps", "breaks")
    assert matched.found.value < 0.002 + SURE * matched.found.error
    assert "flat prior breaks its promise: what it chooses loses USD" in found.summary()


def test_a_metric_that_points_the_wrong_way_is_called_so() -> None:
    base = normal_pool()
    clicks = -base.values  # more contribution, fewer clicks
    pool = Pool(
        base.arms, ("contribution", "orders"), np.concatenate([base.values, clicks], axis=2),
        base.entry_day, base.customer, base.segment,
    )  # fmt: skip
    found = race(
        pool, Mean("orders"), StoppingDesign(units=UNITS, looks=2), ["fixed"], luck=Luck(500)
    )
    assert "orders points the wrong way" in found.summary()
    assert found.best.regret.value > found.never, "worse than no test at all"


def test_ratios_and_units_that_nobody_named() -> None:
    base = normal_pool()
    values = np.concatenate([base.values + 5.0, np.ones_like(base.values)], axis=2)
    pool = Pool(
        base.arms, ("contribution", "orders"), values, base.entry_day, base.customer, base.segment
    )
    found = race(
        pool, Ratio("contribution", "orders"), StoppingDesign(looks=2, horizon_days=40.0),
        ["fixed"], luck=Luck(100),
    )  # fmt: skip
    assert found.design.units == 4000, "a quarter of the horizon's, 4001, rounded"
    assert found.metric == "contribution/orders"


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"units": 40_000}, "after the horizon of 365 days"),
        ({"units": 50}, "fewer than 10 customers"),
        ({"looks": 1}, "from 2 to 100"),
        ({"sides": 3}, "sides: must be 1 or 2"),
        ({"share": 1.0}, "share: must be between 0 and 1"),
        ({"alpha": 0.5}, "5 % is 0.05"),
        ({"care": 0.0}, "care: must be above 0"),
        ({"delay_days": -1.0}, "delay_days: must be 0 or more"),
        ({"effects": (Believed(0.0, 1.0),)}, "effects: must be different"),
        ({"effects": (Believed(1.0, -1.0),)}, "weights must be 0 or more"),
    ],
)
def test_designs_that_cannot_be(change: dict[str, object], answer: str) -> None:
    with pytest.raises(CvosimError, match=answer):
        race(
            normal_pool(), Mean("contribution"), StoppingDesign(**change),  # type: ignore[arg-type]
            ["fixed"], arrivals=Arrivals.steady(50.0),
        )  # fmt: skip


def test_other_mistakes_in_one_line() -> None:
    pool, metric = normal_pool(), Mean("contribution")
    with pytest.raises(CvosimError, match="changes nothing"):
        race(pool.without_effect(), metric)
    with pytest.raises(CvosimError, match='no outcome "spend"'):
        race(pool, Mean("spend"))
    with pytest.raises(CvosimError, match='no rule is called "pocok"; did you mean "pocock"'):
        rules_named(["pocok"])
    with pytest.raises(CvosimError, match="different ones"):
        rules_named(["peek", "peek"])
    with pytest.raises(CvosimError, match="at least 100"):
        race(pool, metric, luck=Luck(10))
    with pytest.raises(CvosimError, match="come on one day"):
        Arrivals.of(np.zeros(5))
    with pytest.raises(CvosimError, match="no rule"):
        arena().of("coin")


def test_arrivals_go_there_and_back() -> None:
    days = np.concatenate([np.linspace(0.0, 10.0, 100), np.linspace(30.0, 40.0, 300)])
    come = Arrivals.of(days, scale=2.0)
    assert float(come.by(40.0)) == 800.0
    assert float(come.by(20.0)) == 200.0
    assert float(come.by(80.0)) == 800.0, "all have come"
    asked = np.array([50.0, 199.0, 300.0, 800.0])
    np.testing.assert_allclose(come.by(come.day_of(asked)), asked, rtol=1e-9)
    assert float(come.day_of(800.1)) == math.inf
    assert (come.ends, Arrivals.steady(3.0).ends) == (40.0, math.inf)
    steady = Arrivals.steady(20.0, "order")
    assert float(steady.by(80.0)) == 1600.0
    assert float(steady.day_of(1600.0)) == 80.0
    assert steady.told(80.0) == "1,600 customers order within 80 days"


@pytest.mark.parametrize(
    ("ahead", "words"),
    [(-9.0, "No rule beats shipping at once"), (0.0, "No rule is shown to beat"), (9.0, "")],
)
def test_a_rule_must_beat_doing_without_a_test(ahead: float, words: str) -> None:
    found = arena()
    best = found.best.regret
    lost = best.value + ahead * best.error
    found = replace(found, at_once=lost, never=2.0 * lost)
    first = found.lines()[0]
    assert unbeaten(found) in first
    assert unbeaten(found).startswith(words)
    assert bool(unbeaten(found)) == bool(words)
    assert ("loses least money here" in first) == (not words)
    other = replace(found, at_once=2.0 * lost, never=lost)
    assert unbeaten(other) == unbeaten(found).replace("shipping at once", "never changing")


def test_words_say_money_first_and_who_breaks_a_promise() -> None:
    lines = arena().lines()
    assert "loses least money here: USD" in lines[0]
    text = arena().summary()
    assert "Peeking until green breaks its promise" in text
    assert "none in 40 %" in text
    values = arena().to_dict()
    assert [score["name"] for score in values["scores"]] == [s.name for s in arena().scores]
    assert values["scores"][0]["runs"][0]["regret"]["error"] > 0.0
