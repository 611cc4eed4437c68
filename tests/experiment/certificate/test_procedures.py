"""Every procedure keeps its promise where its assumptions hold, and is flagged where not."""

from __future__ import annotations

import math
from typing import Any

import pytest
from helpers.certified import WORLDS, heavy

from cvosim.errors import CvosimError
from cvosim.experiment.certificate import samples
from cvosim.experiment.certificate.certify import Luck, certify
from cvosim.experiment.certificate.design import Design, Injected
from cvosim.experiment.certificate.procedures import PROCEDURES, procedure_named
from cvosim.experiment.certificate.recommend import Recommendation, recommend
from cvosim.experiment.certificate.scores import Verdict
from cvosim.stats.further_metrics import Quantile, Survival
from cvosim.stats.metric import Mean, Ratio

KINDS: dict[str, tuple[Any, int, int]] = {
    "mean": (Mean("y", "x"), 2000, 1),
    "share": (Mean("one"), 2000, 1),
    "ratio": (Ratio("revenue", "orders"), 2000, 1),
    "looks": (Mean("y"), 2000, 5),
}
"""Metric, customers and looks."""
CAUTIOUS = {"confidence_sequence", "msprt"}
"""Procedures that are meant to raise fewer false alarms than allowed."""
SLOW = {name: one for name, one in PROCEDURES.items() if one.most}
RUNS = 2000
LUCK = Luck(RUNS, 0.02, 1)


def inside(alarms: float, runs: int, level: float = 0.05) -> bool:
    """Whether a rate is within 3.5 standard errors of its level: 1 in 2,000 sound ones is not."""
    return abs(alarms - level) < 3.5 * math.sqrt(level * (1.0 - level) / runs)


@pytest.fixture(scope="module")
def found() -> dict[tuple[str, str], Recommendation]:
    """All procedures that need moments only, in three worlds."""
    return {
        (name, kind): recommend(
            metric, pool, Design(units, looks=looks, effect=Injected(0.1)), luck=LUCK
        )
        for name, pool in WORLDS.items()
        for kind, (metric, units, looks) in KINDS.items()
    }


def test_nothing_is_left_out(found: dict[tuple[str, str], Recommendation]) -> None:
    for world in WORLDS:
        seen = {one.procedure.name for kind in KINDS for one in found[world, kind].certificates}
        assert seen | set(SLOW) == set(PROCEDURES)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("world", WORLDS)
def test_sound_procedures_hold_their_error_rate(
    found: dict[tuple[str, str], Recommendation], world: str, kind: str
) -> None:
    for one in found[world, kind].certificates:
        name = one.procedure.name
        if one.procedure.trap:
            assert one.verdict is Verdict.FAILS
        elif name in CAUTIOUS:
            assert one.verdict.passed, name
            assert one.alarms.high < 0.03, name
        else:
            assert one.verdict.passed, name
            assert inside(one.alarms.value, RUNS), name
            tails = one.above.value + one.below.value
            assert tails == pytest.approx(one.alarms.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("world", WORLDS)
def test_their_intervals_hold_the_truth_and_estimates_are_unbiased(
    found: dict[tuple[str, str], Recommendation], world: str, kind: str
) -> None:
    """Of tests with one look: stopping early makes estimates too large, which is shown, too."""
    for one in found[world, kind].certificates:
        name, scores = one.procedure.name, one.scores
        if name in ("winsorised_welch", "peek"):
            continue
        if one.interval is not None:
            assert one.interval.verdict is not Verdict.FAILS, name
        if kind != "looks" and one.procedure.scale == "difference":
            assert abs(scores.bias.value) < 4.0 * scores.bias.error, name


@pytest.mark.parametrize("world", WORLDS)
@pytest.mark.parametrize("name", SLOW)
def test_sound_procedures_that_resample(
    world: str, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(samples, "RESAMPLED", 199)
    kind = {"quantile": Quantile("y", 0.9)}.get(name, Survival("days", "left"))
    metric: Any = Mean("y") if name in ("bca", "permutation_resampled") else kind
    runs = 100 if isinstance(metric, Mean) else 250
    design = Design(300, effect=Injected(0.3))
    one = certify(name, metric, WORLDS[world], design, replications=runs)
    assert one.replications == runs
    assert one.verdict is not Verdict.FAILS
    assert inside(one.alarms.value, runs)
    assert one.scores.power.low > one.alarms.high or world == "buyers"


LOPSIDED, OFTEN = Design(10_000, (0.9, 0.1)), Design(10_000, (0.9, 0.1), looks=20)
FEW, SMALL = Design(2000, (0.95, 0.05)), Design(2000, looks=5)
POOLS = {"heavy": (0.02, 1.5), "rare": (0.005, 1.5), "extreme": (0.0005, 4.0)}
"""Payers, and the standard deviation of the logarithm of what they pay."""


@pytest.mark.parametrize(
    ("name", "pool", "metric", "design"),
    [
        ("welch", "heavy", Mean("clv"), LOPSIDED),
        ("student", "heavy", Mean("clv"), LOPSIDED),
        ("log_ratio", "heavy", Mean("clv"), LOPSIDED),
        ("winsorised_welch", "heavy", Mean("clv"), LOPSIDED),
        ("cuped", "heavy", Mean("clv", "noise"), LOPSIDED),
        ("cuped_interacted", "heavy", Mean("clv", "noise"), LOPSIDED),
        ("ratio_delta", "heavy", Ratio("clv", "orders"), LOPSIDED),
        ("proportion_z", "rare", Mean("bought"), FEW),
        ("newcombe", "rare", Mean("bought"), FEW),
        ("permutation", "extreme", Mean("clv"), LOPSIDED),
        ("permutation_lift", "extreme", Mean("clv"), LOPSIDED),
        ("group_sequential", "heavy", Mean("clv"), OFTEN),
        ("group_sequential_permutation", "extreme", Mean("clv"), OFTEN),
        ("confidence_sequence", "heavy", Mean("clv"), OFTEN),
        ("msprt", "heavy", Mean("clv"), OFTEN),
        ("peek", "heavy", Mean("noise"), SMALL),
    ],
)
def test_the_certificate_flags(name: str, pool: str, metric: Any, design: Design) -> None:
    world = heavy(*POOLS[pool], n=50_000)
    assert certify(name, metric, world, design, replications=1000).verdict is Verdict.FAILS


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("welsh", 'no "welsh"; did you mean "welch"'),
        ("cuped", "cuped: needs a covariate"),
        ("peek", "peek: needs several looks"),
        ("newcombe", "newcombe: is for outcomes that are 1 or 0"),
        ("ratio_delta", "ratio_delta: is for ratios of two outcomes"),
        ("quantile", "quantile: is for quantiles"),
    ],
)
def test_what_does_not_fit_is_refused(name: str, words: str) -> None:
    with pytest.raises(CvosimError, match=words):
        certify(name, Mean("y"), WORLDS["gamma"], Design(100))


def test_one_may_bring_a_procedure_of_ones_own() -> None:
    from dataclasses import replace

    def never(trial: Any) -> Any:
        found = procedure_named("welch").run(trial)
        return found._replace(said=found.said * 0)

    own = replace(procedure_named("welch"), name="never", run=never)
    one = certify(own, Mean("y"), WORLDS["gamma"], Design(100), replications=500)
    assert (one.alarms.value, one.verdict) == (0.0, Verdict.SAFE)
