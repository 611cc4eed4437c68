from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cvosim.errors import DataError
from cvosim.experiment.lab import LabResult, clv_lab
from cvosim.experiment.lab_scores import Losses
from cvosim.experiment.lab_truth import Person, alive_at, expected_purchases, world_of
from cvosim.experiment.lab_verdict import all_miss
from cvosim.experiment.simulate import simulate
from cvosim.scenario import Scenario, load_scenario

FREQUENCY = "journey.repeat_purchases.frequency="
WORLDS = {
    "bg_nbd": "{model: bg_nbd, r: 0.242595, alpha_days: 30.895214, a: 0.792922, b: 2.425907}",
    "mbg_nbd": "{model: mbg_nbd, r: 0.524843, alpha_days: 43.281602, a: 0.891359, b: 1.614002}",
    "pareto_nbd": "{model: pareto_nbd, r: 0.553277, alpha_days: 74.043788, s: 0.606240, "
    "beta_days: 81.681145}",
    "poisson": "{model: poisson, mean_days: 150}",
}
"""The published CDNOW estimates of each model, and a world in which nobody leaves."""
LETTER = (
    "journey.return_path=[{kind: win_back, name: letter, after_days: 60, days: [0], open: 0.5, "
    "click: 0.5, conversion: 0.5}]"
)
SPLIT = 273


def world(name: str, *more: str) -> Scenario:
    return load_scenario("cdnow", [FREQUENCY + WORLDS[name], *more])


@pytest.fixture(scope="module")
def split() -> dict[str, LabResult]:
    """The CDNOW split: a log from each of two worlds, all models fitted to both."""
    return {name: clv_lab(world(name), refits=0) for name in ("bg_nbd", "pareto_nbd")}


@pytest.mark.parametrize("name", WORLDS)
@pytest.mark.parametrize("more", [(), (LETTER,)], ids=["alone", "won back"])
def test_alive_at_the_split_by_events_and_by_a_shorter_run(
    name: str, more: tuple[str, ...]
) -> None:
    """Common random numbers: a run that ends at the split has the same customers and luck."""
    scenario = world(name, *more)
    whole = simulate(scenario, events=True)
    short = simulate(scenario.model_copy(update={"horizon_days": float(SPLIT)}))
    ids = short.customers.customer_id
    assert whole.events is not None
    found = alive_at(whole.events, ids, float(SPLIT))
    assert found.tolist() == short.customers.columns.alive.astype(bool).tolist()
    if more and name != "poisson":
        without = simulate(world(name), events=True).events
        assert without is not None
        assert (found & ~alive_at(without, ids, float(SPLIT))).any(), "some were won back"


@pytest.mark.parametrize("name", WORLDS)
def test_true_expectations_are_met(name: str) -> None:
    """Purchases and value of 30,000 customers; |z| < 4 is missed by luck in 1 of 16,000."""
    scenario = world(name)
    found = world_of(simulate(scenario, customers=30_000, events=True), SPLIT)
    assert found.purchases is not None
    assert found.value is not None
    for came, expected in (
        (found.cohort.held_out, found.purchases),
        (found.realised_value, found.value),
    ):
        off = came - expected
        assert abs(off.sum() / math.sqrt(float(off @ off))) < 4
        assert not off[~found.person.alive].any(), "who is gone buys nothing and is to buy nothing"


def test_true_expectation_by_hand() -> None:
    """λ (1 − e^(−ht)) / h, by the trapezoid rule over e^(−(h + δ)u), and its limits."""
    one = Person(np.array([True]), np.array([0.05]), np.array([0.2]), np.array([1.0]))
    u = np.linspace(0.0, 90.0, 20_001)
    for model, hazard in (("bg_nbd", 0.01), ("pareto_nbd", 0.2), ("poisson", 0.0)):
        expected = np.trapezoid(0.05 * np.exp(-(hazard + 0.001) * u), u)
        assert expected_purchases(model, one, 90.0, 0.001) == pytest.approx(expected, rel=1e-6)
    assert expected_purchases("poisson", one, 90.0) == pytest.approx(4.5)
    assert expected_purchases("pareto_nbd", one, math.inf) == pytest.approx(0.25)
    nobody = one._replace(rate=np.zeros(1))
    assert expected_purchases("bg_nbd", nobody, math.inf).tolist() == [0.0]


def test_cdnow_split(split: dict[str, LabResult]) -> None:
    """BG/NBD says about 81 % and Pareto/NBD about 45 % in both worlds; each is right in its own.

    Bounds: three standard deviations of these figures over 60 logs, 1, 3 and 6 points.
    """
    for name, truth in (("bg_nbd", 0.81), ("pareto_nbd", 0.44)):
        lab = split[name]
        assert lab.true_mean("alive") == pytest.approx(truth, abs=0.03)
        assert lab.mean("bg_nbd", "alive") == pytest.approx(0.82, abs=0.04)
        assert lab.mean("pareto_nbd", "alive") == pytest.approx(0.45, abs=0.06)
        contest = lab.contest("alive")
        assert (contest.winner, contest.tied) == (name, ())


def test_both_fit_both_worlds_and_forecast_alike(split: dict[str, LabResult]) -> None:
    for lab in split.values():
        (one,) = lab.rounds
        fits = [score.log_likelihood for score in one.scores]
        assert max(fits) - min(fits) < 0.004 * abs(fits[0])
        totals = [score.expected for score in one.scores]
        assert max(totals) / min(totals) < 1.15
        assert all(score.low < one.truth.came < score.high for score in one.scores)
        assert lab.mean(lab.world, "forever") == pytest.approx(one.truth.forever, rel=0.15)


def test_right_model_is_calibrated_and_the_wrong_one_is_not(split: dict[str, LabResult]) -> None:
    wrong = {"bg_nbd": "pareto_nbd", "pareto_nbd": "bg_nbd"}
    for name, lab in split.items():
        right, other = lab.scores(name)[0], lab.scores(wrong[name])[0]
        held = sum(group.holds for group in right.alive_groups)
        assert held >= len(right.alive_groups) - 2
        assert right.alive_error < 0.05
        assert other.alive_error > 0.3
        assert other.alive_brier > 2 * right.alive_brier
    never = split["pareto_nbd"].scores("bg_nbd")[0]
    assert never.alive_by_repeats[0] == 1.0, "BG/NBD lets nobody leave before a repeat purchase"
    assert split["pareto_nbd"].rounds[0].truth.alive_by_repeats[0] < 0.4


def test_the_log_does_not_tell(split: dict[str, LabResult]) -> None:
    """MBG/NBD explains both logs as well as their own model, and is wrong about who is alive."""
    for lab in split.values():
        assert lab.misled(0.05) == (("mbg_nbd",),)
        text = lab.summary()
        assert "The log alone would not have told you: MBG/NBD explains it as well" in text
        nearest = "BG" if lab.world == "bg_nbd" else "Pareto"
        assert f" {nearest}/NBD comes nearest to who is still a customer." in text
        assert "BG/NBD takes it that they cannot, MBG/NBD and Pareto/NBD take" in text
        assert "None of" not in text


def test_parameters_are_recovered_and_covered() -> None:
    """40 logs: at a coverage of 90 % fewer than 29 hits come by luck once in 2,000 times."""
    plain = ("journey.repeat_purchases.spend={model: fixed, amount: 35}", "economics=null")
    lab = clv_lab(world("bg_nbd", *plain), models=["bg_nbd"], replications=40, refits=0)
    assert [one.truth.seed for one in lab.rounds] == list(range(1997, 2037))
    for one in lab.recoveries:
        assert (one.known, one.covered >= 29) == (40, True), one
        assert abs(one.bias) < 0.1 * one.truth, "within 10 % of the truth"
        assert one.low < one.covered / one.known < one.high
    held, known = lab.covered("bg_nbd", "low", "high", "came")
    assert (known, held >= 29) == (40, True)
    assert math.isnan(lab.true_mean("forever")), "without discounting it may be infinite"
    assert "% of the logs (" in lab.summary()


def test_value_of_each_customer_is_covered() -> None:
    """At least 90 %: most customers buy nothing, and an interval of counts holds rather more."""
    lab = clv_lab(world("bg_nbd"), customers=800, models=["bg_nbd"], refits=40)
    (score,) = lab.scores("bg_nbd")
    assert score.value_low < score.value < score.value_high
    assert score.value_low < lab.rounds[0].truth.value_came < score.value_high
    assert 0.88 < score.value_covered <= 1.0
    assert "of the single customer's value for" in lab.summary()


def test_paired_comparison_needs_sums_only() -> None:
    points = stats.qmc.Halton(3, scramble=False).random(400).T
    parts = [Losses.of([*points[:, :150]]), Losses.of([*points[:, 150:]])]
    mean, error = parts[0].added(parts[1]).difference(0, 2)
    paired = stats.ttest_rel(points[0], points[2])
    assert mean == pytest.approx(np.mean(points[0] - points[2]))
    assert mean / error == pytest.approx(paired.statistic, rel=2e-3)


@pytest.mark.parametrize(
    ("overrides", "words"),
    [
        ((LETTER,), "programs bring customers back"),
        (
            ("calendar={start: 2026-01-01}", "seasonality.purchases=[1,1,1,1,1,1,1,1,1,1,2,3]"),
            "season",
        ),
        (("journey.experience={effects: {drop_out: -0.1}}",), "satisfaction moves drop-out"),
    ],
)
def test_a_world_that_is_more_than_its_model(overrides: tuple[str, ...], words: str) -> None:
    lab = clv_lab(world("bg_nbd", *overrides), customers=600, models=["bg_nbd"], refits=0)
    assert lab.recoveries == ()
    assert lab.rounds[0].truth.expected is None
    assert words in lab.summary().splitlines()[0]
    assert json.loads(json.dumps(lab.to_dict(), allow_nan=False))["parameters"] == []


def test_few_customers_get_no_verdict() -> None:
    """Pizza chain: 38 customers, unclear fits, and totals that every model misses by a third."""
    lab = clv_lab("pizza_chain", customers=3000, refits=0)
    text = lab.summary()
    assert all(score.expected < 0.8 * lab.true_mean("came") for score in lab.rounds[0].scores)
    assert "comes nearest" not in text
    assert "Best at" not in text, "whose best is luck"
    assert "No verdict on the models: only 29 customers bought again" in text
    assert "and no model's fit is clear-cut. It takes about -n 11000 (now 3000)." in text
    assert "None of the three models knows what the hold-out brings (purchases -" in text
    assert "none is told what moves this world (purchases have a season" in text
    assert "the choice does not matter" not in text
    assert all(len(score.alive_groups) <= 3 for score in lab.rounds[0].scores)


def test_who_is_wrong_in_its_own_world_lacks_data(split: dict[str, LabResult]) -> None:
    """A truth three times as large: no model holds it, although none is foreign to its story."""
    lab = split["bg_nbd"]
    (one,) = lab.rounds
    tripled = replace(one.truth, came=3 * one.truth.came, expected=3 * (one.truth.expected or 0.0))
    more = replace(lab, rounds=(replace(one, truth=tripled),))
    assert all_miss(lab) == {}
    assert list(all_miss(more)) == ["purchases"]
    assert "All three models miss what the hold-out brings (purchases -" in more.summary()
    assert "this world's own model is off as well" in more.summary()


def test_nothing_comes_and_nothing_is_divided(split: dict[str, LabResult]) -> None:
    lab = split["bg_nbd"]
    (one,) = lab.rounds
    none = replace(one.truth, value_came=0.0, value_expected=0.0, forever=0.0)
    text = replace(lab, rounds=(replace(one, truth=none),)).summary()
    assert "BG/NBD USD" in text
    assert "(n/a)" in text


def test_a_world_of_no_fitted_model() -> None:
    lab = clv_lab(world("mbg_nbd"), customers=150, models=["bg_nbd"], refits=0)
    text = lab.summary()
    assert "MBG/NBD, this world's own model, was not fitted" in text
    assert "Only 150 customers" in text
    assert lab.recoveries == ()


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"until": 546}, "must lie between day 0 and the scenario's horizon, day 546"),
        ({"until": 0}, "must lie between"),
        ({"models": ["nbd"]}, 'no purchase model "nbd"'),
        ({"replications": 0}, "at least 1"),
    ],
)
def test_bad_input_in_words(settings: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        clv_lab("cdnow", customers=300, refits=0, **settings)  # type: ignore[arg-type]


def test_without_repeat_buying_there_is_nothing_to_score() -> None:
    scenario = load_scenario("cdnow", ["journey.repeat_purchases=null"])
    with pytest.raises(DataError, match=r"has no journey\.repeat_purchases"):
        clv_lab(scenario)
