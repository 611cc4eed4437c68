"""Trust and fatigue by simulated moments: planted values come back, others are refused."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from cvosim.errors import DataError
from cvosim.experiment.calibration.refine import Refined, World, knobs_of, refine
from cvosim.experiment.calibration.simulated import Luck, Run
from cvosim.experiment.calibration.stage_words import Kind
from cvosim.plan import compile_plan
from cvosim.plan.steps import journey_steps
from cvosim.scenario import load_scenario

TRUST, FATIGUE = "journey.lead_magnet.trust", "journey.return_path.nurture.fatigue"
PLANTED = {TRUST: 0.9, FATIGUE: 0.8}
PLAN = (
    "journey.lead_magnet.conversion=0.5",
    "journey.tripwire.conversion=0.3",
    "journey.return_path.nurture.open=0.6",
    "journey.return_path.nurture.click=0.4",
)


def refined(paths: tuple[str, ...], replication: int, *, opens: bool = True) -> list[Refined]:
    """Plant values, simulate a log with new luck, start from the wrong ones."""
    true = load_scenario("carpet_cleaning", [*PLAN, *(f"{k}={v}" for k, v in PLANTED.items())])
    wrong = load_scenario("carpet_cleaning", PLAN)
    log = Run(compile_plan(true), Luck(1000 + replication, 8000)).log
    if not opens:
        log.kind[log.kind == Kind.OPENED] = int(Kind.IGNORED)
    steps, programs = journey_steps(wrong), wrong.journey.return_path
    world = World(compile_plan(wrong), steps, programs, log, Luck(5, 16_000))
    return refine(world, knobs_of(paths, steps, programs))


@pytest.mark.parametrize("path", [TRUST, FATIGUE])
def test_planted_values_come_back(path: str) -> None:
    """Over 6 logs the squared errors in standard errors are chi-squared (0.1 % each side)."""
    scores = []
    for replication in range(6):
        (found,) = refined((path,), replication)
        assert found.value is not None
        assert found.standard_error is not None
        assert found.before != PLANTED[path]
        scores.append((found.value - PLANTED[path]) / found.standard_error)
    low, high = stats.chi2(6).ppf([0.001, 0.999])
    assert low < np.sum(np.square(scores)) < high
    assert abs(np.mean(scores)) < 3.3 / np.sqrt(6)


def test_both_at_once() -> None:
    found = {one.path: one for one in refined((TRUST, FATIGUE), 50)}
    for path, planted in PLANTED.items():
        one = found[path]
        assert one.value is not None
        assert one.standard_error is not None
        assert abs(one.value - planted) < 3.9 * one.standard_error
        assert one.misfit is not None
        assert one.misfit > 0.001


def test_fatigue_from_recoveries_alone() -> None:
    """Without opens fatigue still shows in who is won by which message, less sharply."""
    (found,) = refined((FATIGUE,), 60, opens=False)
    (sharp,) = refined((FATIGUE,), 60)
    assert found.value is not None
    assert found.standard_error is not None
    assert sharp.standard_error is not None
    assert found.standard_error > 1.5 * sharp.standard_error
    assert abs(found.value - PLANTED[FATIGUE]) < 3.9 * found.standard_error


def test_trust_of_a_stage_that_everybody_has_accepted() -> None:
    """Who comes to the core offer has bought the tripwire: its trust is nobody's difference."""
    (found,) = refined(("journey.tripwire.trust",), 0)
    assert found.value is None
    assert found.before == 3.0
    assert "both with and without having accepted tripwire" in found.why


def test_what_cannot_be_refined() -> None:
    scenario = load_scenario("carpet_cleaning")
    steps, programs = journey_steps(scenario), scenario.journey.return_path
    with pytest.raises(DataError, match=r"did you mean \"journey.tripwire.trust\""):
        knobs_of(["journey.tripwire.trusst"], steps, programs)
    with pytest.raises(DataError, match="is no trust of a stage or fatigue of a follow-up"):
        knobs_of(["economics.discount_rate"], steps, programs)
    with pytest.raises(DataError, match="4 parameters at once; 3 are the most"):
        knobs_of([TRUST] * 4, steps, programs)
