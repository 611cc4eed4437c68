"""Certificates: the published trap, the truth of an effect, and the words."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.certified import WORLDS, heavy
from scipy.stats import norm

from cvosim.errors import CvosimError
from cvosim.experiment.certificate.certify import Luck, certify
from cvosim.experiment.certificate.design import Design, Injected
from cvosim.experiment.certificate.procedures import procedure_named
from cvosim.experiment.certificate.recommend import recommend
from cvosim.experiment.certificate.scores import Verdict
from cvosim.experiment.certificate.worlds import injected, pool_of_columns, truth, world_of
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.outcomes import outcomes
from cvosim.scenario import load_scenario
from cvosim.stats.further_metrics import Proportion, Retention, Survival
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.sequential.peeking import false_alarm_rate

RUNS = 1500


@pytest.mark.parametrize(
    ("sigma", "units", "treated", "rate", "lower"),
    [
        (1.5, 10_000, 0.1, 0.1485, 0.1480),
        (1.5, 20_000, 0.05, 0.1728, 0.1725),
        (2.0, 10_000, 0.1, 0.1746, 0.1742),
        (1.5, 2_000, 0.5, 0.0308, 0.0152),
    ],
)
def test_the_trap_as_measured_before(
    sigma: float, units: int, treated: float, rate: float, lower: float
) -> None:
    """Rates of an independent simulation of 10,000 tests: 4 standard errors of the difference,
    and a tenth for the pool, which is no lognormal law but 2,000 even points of one."""
    design = Design(units, (1.0 - treated, treated))
    one = certify("welch", Mean("clv"), heavy(sigma=sigma), design, replications=RUNS)
    for found, wanted in ((one.alarms.value, rate), (one.below.value, lower)):
        error = 4.0 * math.sqrt(wanted * (1 - wanted) * (1 / RUNS + 1 / 10_000))
        assert found == pytest.approx(wanted, rel=0.1, abs=error)
    if treated < 0.5:
        assert one.above.value < 0.003
        assert one.verdict is Verdict.FAILS
    else:
        assert one.alarms.value < 0.042, "conservative"
        assert one.verdict.passed


@pytest.fixture(scope="module")
def wine() -> Pool:
    return outcomes([load_scenario("heavy_tail")], ["contribution"], follow_days=365.0)


def test_the_trap_in_a_scenario_and_the_way_out(wine: Pool) -> None:
    design = Design(10_000, (0.9, 0.1), effect=Injected(0.5, "convert"))
    names = ["welch", "student", "permutation"]
    found = recommend(
        Mean("contribution"), wine, design, candidates=names, luck=Luck(2500, 0.02, 1)
    )
    trap = found.of("welch")
    assert trap.alarms.low > 0.12
    assert trap.below.value > 0.98 * trap.alarms.value
    assert [one.procedure.name for one in found.passing] == ["permutation"]
    first, second, *_ = found.lines("welch")
    assert first.startswith("Do not use Welch's t here: it raises a false alarm in 15.")
    assert first.endswith("not 5 %, nearly all saying that the treatment is worse.")
    assert second.startswith("Use the permutation test instead: false alarms in ")
    assert any("do not report its" in line.casefold() for line in found.lines("welch"))


def test_power_and_exaggeration_are_those_of_theory() -> None:
    """Gelman & Carlin (2014): closed forms for a normal estimate at 1.5 standard errors."""
    units, times = 1000, 1.5
    pool = WORLDS["normal"]
    spread = float(pool.of("y")[0].std())
    effect = times * spread * 2.0 / math.sqrt(units) / float(pool.of("y").mean())
    design = Design(units, effect=Injected(effect, "add"))
    scores = certify("welch", Mean("y"), pool, design, replications=4000).scores
    z = norm.isf(0.025)
    right, wrong = norm.sf(z - times), norm.cdf(-z - times)
    size = norm.pdf(z - times) + times * right + norm.pdf(z + times) - times * wrong
    assert scores.power.low < right < scores.power.high
    assert scores.type_s.low < wrong / (right + wrong) < scores.type_s.high
    aim = size / (right + wrong) / times
    assert scores.type_m.value == pytest.approx(aim, abs=4 * scores.type_m.error)
    assert scores.coverage.low < 0.95 < scores.coverage.high
    assert abs(scores.bias.value) < 4 * scores.bias.error


def test_peeking_costs_what_theory_says() -> None:
    pool, design = WORLDS["normal"], Design(2000, looks=5)
    one = certify("peek", Mean("y"), pool, design, replications=4000)
    assert one.alarms.low < false_alarm_rate(5) < one.alarms.high
    assert one.scores.units.value < 2000
    assert not one.has_effect
    assert one.verdict is Verdict.FAILS


def test_one_sided_promises() -> None:
    for alternative, silent in (("greater", "below"), ("less", "above")):
        design = Design(500, alternative=alternative, effect=Injected(0.1))  # type: ignore[arg-type]
        one = certify("welch", Mean("y"), WORLDS["gamma"], design, replications=2500)
        assert getattr(one, silent).value == 0.0
        assert one.verdict.passed
        assert [check.name for check in one.checks] == [{"below": "above"}.get(silent, "below")]
        assert one.interval is not None
        assert one.interval.verdict is not Verdict.FAILS


def test_neither_threads_nor_company_change_a_number() -> None:
    design = Design(300, effect=Injected(0.2))
    names = ["welch", "winsorised_welch"]
    both = recommend(
        Mean("y"), WORLDS["gamma"], design, candidates=names, luck=Luck(200, None, 5), threads=2
    )
    alone = certify("welch", Mean("y"), WORLDS["gamma"], design, replications=200, seed=5)
    assert alone.alarms == both.of("welch").alarms
    assert alone.scores.power == both.of("welch").scores.power
    other = certify("welch", Mean("y"), WORLDS["gamma"], design, replications=200, seed=6)
    assert other.scores.bias != alone.scores.bias


@pytest.mark.parametrize("kind", ["multiply", "add", "convert"])
def test_injected_effects_are_as_large_as_asked(kind: Any) -> None:
    pool, metric = WORLDS["buyers"], Mean("y", "x")
    for lift in (0.2, -0.1):
        chosen = world_of(pool, metric, Design(effect=Injected(lift, kind)))
        control, treatment = truth(metric, chosen)
        assert treatment / control - 1.0 == pytest.approx(lift, abs=2e-3)
        assert (chosen.of("x")[0] == chosen.of("x")[1]).all(), "a covariate knows nothing of it"


def test_a_share_stays_a_share() -> None:
    pool = injected(WORLDS["gamma"], Mean("one"), Injected(0.1))
    assert set(np.unique(pool.of("one"))) == {0.0, 1.0}
    assert pool.of("one")[1].mean() == pytest.approx(1.1 * pool.of("one")[0].mean(), rel=1e-3)


def test_the_effect_of_a_pool_is_its_own() -> None:
    values = np.stack([WORLDS["gamma"].values[0], 1.5 * WORLDS["gamma"].values[0]])
    three = np.concatenate([values, 0.5 * values[:1]])
    pool = Pool(
        ("old", "up", "down"), WORLDS["gamma"].columns, three, WORLDS["gamma"].entry_day,
        WORLDS["gamma"].customer, WORLDS["gamma"].segment, currency="USD",
    )  # fmt: skip
    down = certify("welch", Mean("y"), pool, Design(500, treatment="down"), replications=300)
    assert down.truth.lift == pytest.approx(-0.5)
    assert (down.scores.power.value, down.scores.type_s.value) == (1.0, 0.0)
    up = certify("ratio_delta", Ratio("y", "orders"), pool, Design(500), replications=300)
    assert up.truth.lift == pytest.approx(0.0)
    with pytest.raises(CvosimError, match='no "sideways"; there are up, down'):
        certify("welch", Mean("y"), pool, Design(500, treatment="sideways"))


def test_words_for_the_timid_the_better_and_the_hopeless() -> None:
    design = Design(2000, looks=5, effect=Injected(0.07))
    names = ["msprt", "group_sequential"]
    luck = Luck(1500, 0.02, 1)
    found = recommend(Mean("y"), WORLDS["gamma"], design, candidates=names, luck=luck)
    first, second, *rest = found.lines("msprt")
    assert first.startswith("The mixture SPRT is safe here, but says too little: false alarms in ")
    assert second.startswith("The group-sequential test finds more: false alarms in ")
    assert any(line.startswith("It ends after ") for line in rest)
    best = found.summary()
    assert best.startswith("Use the group-sequential test: false alarms in ")
    lopsided = Design(5000, (0.9, 0.1))
    bad = recommend(
        Mean("clv"), heavy(n=50_000), lopsided, candidates=["welch"], luck=Luck(400, 0.01, 1)
    )
    assert bad.best is None
    assert bad.summary().startswith("None of these procedures keeps its promise here: Welch's t 1")
    assert "Arms of equal size, or more customers, would help." in bad.summary("welch")
    assert "Nothing else" not in bad.summary("welch"), "there is nothing else to name"
    unclear = certify("welch", Mean("y"), WORLDS["gamma"], Design(500), replications=100)
    assert unclear.summary().startswith("Cannot tell with 100 replications whether Welch's t ")
    assert " replications would settle it." in unclear.summary()


def test_who_says_nothing_keeps_no_promise() -> None:
    """Logarithms of means below 0: no answer, in any test."""
    pool = pool_of_columns({"neg": np.arange(1000) / 100.0 - 8.0})
    design = Design(400, effect=Injected(0.1))
    one = certify("log_ratio", Mean("neg"), pool, design, replications=200)
    assert (one.alarms.value, one.silent.value, one.verdict) == (0.0, 1.0, Verdict.SILENT)
    assert not one.verdict.passed
    assert one.summary().startswith(
        "Cannot tell whether the log ratio keeps its promise here: it gives no answer in 100.0 %"
    )
    assert math.isnan(one.scores.power.value)
    both = recommend(
        Mean("neg"), pool, design, candidates=["log_ratio", "welch"], luck=Luck(4000, 0.02, 1)
    )
    assert both.best is both.of("welch")
    assert "Use Welch's t instead: " in both.summary("log_ratio")


@pytest.mark.parametrize("looks", [1, 3])
def test_no_effect_is_not_found_and_not_exaggerated(looks: int) -> None:
    """The same values in another order: means differ by rounding only."""
    values = WORLDS["gamma"].of("y")[0]
    pool = replace(
        pool_of_columns({"y": values}), values=np.stack([values, values[::-1]])[..., None]
    )
    name = "welch" if looks == 1 else "group_sequential"
    one = certify(name, Mean("y"), pool, Design(300, looks=looks), replications=200)
    assert one.truth.effect == one.truth.lift == 0.0
    scores = one.scores
    assert all(map(math.isnan, (scores.power.value, scores.type_s.value, scores.type_m.value)))
    assert "There is no effect to find" in one.summary()
    assert "times as large" not in one.summary()


def test_both_tails_together_are_judged() -> None:
    """3.4 % in each tail may pass; 6.8 % in all may not."""
    base = procedure_named("welch")

    def loose(trial: Any) -> Any:
        design = replace(trial.design, level=1.0 - 0.066)
        return base.run(trial._replace(design=design))

    own = replace(base, name="loose", run=loose)
    one = certify(own, Mean("y"), WORLDS["normal"], Design(500), replications=60_000)
    assert [check.name for check in one.checks] == ["above", "below", "all"]
    assert all(check.verdict.passed or check.verdict is Verdict.UNKNOWN for check in one.checks[:2])
    assert one.verdict is Verdict.FAILS
    assert one.summary().startswith("Do not use Welch's t here: it raises a false alarm in ")
    assert "up to 6.4 % in all may pass; a tolerance of 0.5 % is stricter" in one.summary()


def test_retention_is_a_share() -> None:
    days = WORLDS["gamma"].of("days")[0]
    one = certify("welch", Retention(100, "days"), WORLDS["gamma"], Design(500), replications=100)
    assert one.truth.control == pytest.approx(float((days >= 100.0).mean()))
    assert one.column == "retained on day 100"


def test_what_is_left_is_named_without_what_was_rejected() -> None:
    """One that fails, and one of which 100 replications say too little."""
    design, pool = Design(5000, (0.9, 0.1)), heavy(n=50_000)
    bad = recommend(Mean("clv"), pool, design, candidates=["welch"], luck=Luck(400, 0.01, 1))
    few = recommend(Mean("clv"), pool, design, candidates=["permutation"], luck=Luck(100, 0.01, 1))
    assert few.certificates[0].verdict is Verdict.UNKNOWN
    lines = list(bad.with_others(few).lines("welch"))
    rate = 100.0 * few.certificates[0].alarms.value
    assert lines[1] == (
        f"Nothing else is shown to keep its promise: the permutation test {rate:.1f} %."
    )
    found = re.fullmatch(
        "Of the permutation test nobody can tell yet. About ([0-9,]+) replications would settle "
        "it.", lines[2]
    )  # fmt: skip
    assert found is not None
    assert int(found[1].replace(",", "")) >= 200


@pytest.mark.parametrize("kind", ["mapping", "lists", "frame", "file"])
def test_any_table_of_customers_is_a_source(kind: str, tmp_path: Path) -> None:
    spend = np.arange(1000) % 10
    columns = {"spend": spend, "orders": spend % 3}
    path = tmp_path / "own.csv"
    rows = [f"{y},{x}" for y, x in zip(spend, spend % 3, strict=True)]
    path.write_text("\n".join(["spend,orders", *rows]) + "\n", "utf-8")
    source: Any = {
        "mapping": MappingProxyType(columns),
        "lists": {name: values.tolist() for name, values in columns.items()},
        "frame": pd.DataFrame(columns),
        "file": path,
    }[kind]
    design = Design(400, effect=Injected(0.1))
    found = certify("welch", Mean("spend"), source, design, replications=100)
    same = certify("welch", Mean("spend"), pool_of_columns(columns), design, replications=100)
    assert (found.alarms, found.scores) == (same.alarms, same.scores)


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ({"spend": [1.0, 2.0], "orders": [1.0]}, "columns of the same length"),
        ({}, r"a row a customer \(got none\)"),
        ({"spent": [1.0, 2.0]}, 'no column "spend"; did you mean "spent"'),
        ({"spend": ["a", "b"]}, "spend: 'a' is no number"),
        (["heavy_tail"], r"source: must be a Pool, .* \(got a list\)"),
        (7, "is a int; give a file or a data frame"),
        ("nowhere.csv", "nowhere.csv"),
    ],
)
def test_sources_that_cannot_be(source: Any, words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        certify("welch", Mean("spend"), source, Design(100))


@pytest.mark.parametrize("columns", [{}, {"y": []}, {"y": [1, 2], "x": [1]}, {"y": ["a"]}])
def test_pools_of_columns_that_cannot_be(columns: Any) -> None:
    with pytest.raises(CvosimError, match="the data: "):
        pool_of_columns(columns)


def test_procedures_of_ones_own_that_cannot_be() -> None:
    own = replace(procedure_named("welch"), name="mine", run=lambda trial: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(CvosimError, match="mine: gives nothing; a procedure must return a Found"):
        certify(own, Mean("y"), WORLDS["gamma"], Design(100), replications=50)
    for name in (None, print):
        with pytest.raises(CvosimError, match="procedure: must be a name or a Procedure"):
            certify(name, Mean("y"), WORLDS["gamma"], Design(100))  # type: ignore[arg-type]


def test_everything_is_ready_for_json() -> None:
    import json

    design = Design(300, looks=3)
    found = recommend(Mean("y"), WORLDS["gamma"], design, luck=Luck(200, None, 1))
    values = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    (peek,) = [one for one in values["candidates"] if one["procedure"] == "peek"]
    assert peek["power"]["value"] is None
    assert peek["design"]["looks"] == [100, 200, 300]
    assert peek["verdict"] == str(found.of("peek").verdict)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"units": 50, "shares": (0.9, 0.1)}, "units: 50 leave 5"),
        ({"shares": (0.5, 0.6)}, "shares: must be two parts"),
        ({"shares": (0.4, 0.3, 0.3)}, "shares: must be two, of control and of one treatment"),
        ({"units": 100.5}, "units: must be a whole number"),
        ({"looks": 0}, "looks: must be from 1 to 100"),
        ({"level": 95.0}, "95 % is 0.95"),
        ({"alternative": "more"}, "alternative: must be one of two-sided, greater, less"),
        ({"effect": Injected(0.0)}, "effect: must be above -100 %"),
        ({"effect": Injected(0.1, "shift")}, "the kind must be one of multiply, add, convert"),
    ],
)
def test_designs_that_cannot_be(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        Design(**settings)


def test_what_cannot_be_certified() -> None:
    pool = pool_of_columns({"same": np.ones(100), "hole": np.array([np.nan, *range(99)])})
    for metric, words in (
        (Mean("same"), "same: is 1 for every customer"),
        (Mean("hole"), "hole: is not known of every customer"),
        (Mean("sane"), 'no outcome "sane"; did you mean "same"'),
    ):
        with pytest.raises(CvosimError, match=words):
            certify("welch", metric, pool, Design(100))
    gamma = WORLDS["gamma"]
    for name, metric, words in (
        ("welch", "y", "metric: must be one of Mean, Ratio, "),
        ("welch", Survival("days", "left"), "welch: is for means"),
        ("log_rank", Survival("days", "y"), "y: must be 0 or 1 for everybody"),
        ("proportion", Proportion("y"), "y: must be 0 or 1 for everybody"),
        ("welch", Retention(30), 'no outcome "last_seen"'),
        ("welch", Retention(999, "days"), "retained on day 999: is 0 for every customer"),
    ):
        with pytest.raises(CvosimError, match=words):
            certify(name, metric, gamma, Design(100))
    design = Design(100, effect=Injected(0.1, "add"))
    with pytest.raises(CvosimError, match="times until customers leave only multiply"):
        certify("log_rank", Survival("days", "left"), gamma, design)
    with pytest.raises(CvosimError, match="replications: must be at least 50"):
        certify("welch", Mean("y"), WORLDS["gamma"], Design(100), replications=10)
    with pytest.raises(CvosimError, match="tolerance: must be between 0 and 1"):
        certify("welch", Mean("y"), WORLDS["gamma"], Design(100), tolerance=5.0)
    with pytest.raises(CvosimError, match="nobody is without conversion"):
        certify("welch", Mean("y"), WORLDS["gamma"], Design(100, effect=Injected(0.1, "convert")))
