"""What cannot be analysed is refused in words; what was left out is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cvosim.errors import CvosimError, DataError
from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.further_metrics import CLV, Proportion, Quantile, Survival
from cvosim.stats.methods.noninferiority import Margin
from cvosim.stats.metric import Mean, Ratio

ARM = np.array([0, 0, 0, 1, 1, 1], np.int32)
X = np.array([1.0, 2.0, 4.0, 2.0, 5.0, 6.0])
GAPS = np.array([1.0, np.nan, 4.0, 2.0, np.nan, np.nan])


def cohort(**columns: Any) -> Cohort:
    return Cohort(("A", "B"), ARM, {name: np.asarray(values) for name, values in columns.items()})


@pytest.mark.parametrize(
    ("data", "metric", "settings", "message"),
    [
        (
            Cohort(("A", "B", "C"), ARM, {"x": X}),
            Mean("x"),
            None,
            'arm "C" is empty',
        ),
        (cohort(x=np.ones(6)), Mean("x"), None, "x: is 1 for everybody; a constant"),
        (cohort(x=X, y=np.zeros(6)), Ratio("x", "y"), None, "the denominator adds up to 0"),
        (
            cohort(x=GAPS),
            Mean("x"),
            None,
            "x: 3 of 6 values are missing (A 1, B 2); say what that means: zero",
        ),
        (
            cohort(x=np.array([1.0, 2.0, 3.0, np.nan, np.nan, 4.0])),
            Mean("x"),
            Settings(missing="exclude"),
            'arm "B" has 1 units; at least 2 are needed',
        ),
        (cohort(x=X), Proportion("x"), None, "x: must be 0 or 1 for everybody (found 2)"),
        (cohort(x=X), CLV(30, "x"), None, "needs to know how long each unit was observed"),
        (cohort(x=X), Mean("y"), None, 'no column "y"; there are x'),
        (cohort(x=np.array([0.0] * 5 + [9.0])), Quantile("x", 0.3), None, "it has no spread"),
        (cohort(x=X), Mean("x"), Settings(shares=(0.5, 0.3, 0.2)), "shares: 3 for 2 arms (A, B)"),
        (
            cohort(x=X),
            Mean("x"),
            Settings(guardrails={"y": Margin(0.1)}),
            'guardrail: "y" is not among the metrics: x',
        ),
        (cohort(x=X, e=X), Survival("x", "e"), None, "e: must be 0 or 1 for everybody (found 2)"),
    ],
)
def test_refused(data: Cohort, metric: Any, settings: Settings | None, message: str) -> None:
    with pytest.raises(CvosimError) as error:
        analyze(data, {"x": metric}, settings)
    assert message in str(error.value)


def test_missing_values_by_policy_are_counted() -> None:
    zero = analyze(cohort(x=GAPS), {"x": Mean("x")}, Settings(missing="zero")).effect("x")
    assert zero.control_value == pytest.approx(5 / 3)
    assert zero.adjustments == ("3 missing values of x taken as 0",)
    more = cohort(x=np.array([1.0, np.nan, 4.0, 2.0, np.nan, 7.0]))
    left = analyze(more, {"x": Mean("x")}, Settings(missing="exclude")).effect("x")
    assert (left.n_control, left.n_treatment, left.excluded) == (2, 2, 2)
    assert left.treatment_value == pytest.approx(4.5)


def test_a_missing_covariate_is_its_mean_and_said() -> None:
    known = analyze(cohort(x=X, c=[1.0, 2.0, 3.0, 1.0, 3.0, 2.0]), {"x": Mean("x", "c")})
    gappy = analyze(cohort(x=X, c=[1.0, 2.0, 3.0, 1.0, 3.0, np.nan]), {"x": Mean("x", "c")})
    assert gappy.effect("x").difference == pytest.approx(known.effect("x").difference)
    assert "1 missing values of c set to its mean" in gappy.effect("x").adjustments


def test_immature_units_are_left_out_unless_asked() -> None:
    data = Cohort(("A", "B"), ARM, {"x": X}, observed_days=np.array([9.0, 9, 1, 9, 9, 1]))
    one = analyze(data, {"x": CLV(5, "x")}).effect("x")
    assert (one.excluded, one.control_value, one.treatment_value) == (2, 1.5, 3.5)
    kept = analyze(data, {"x": CLV(5, "x")}, Settings(keep_immature=True)).effect("x")
    assert (kept.excluded, kept.adjustments) == (
        0,
        ("2 units observed for less than 5 days are in",),
    )
    with pytest.raises(DataError, match="all 6 units were observed for less than 99 days"):
        analyze(data, {"x": CLV(99, "x")})


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"level": 1.0}, "level: must be at least 0.5 and below 1"),
        ({"cap": 0.999}, "cap: must be between 50 and 100, such as 99.5"),
        ({"alternative": "bigger"}, "alternative: must be one of two-sided, greater, less"),
        ({"correction": "sidak"}, "correction: must be one of"),
        ({"missing": "drop"}, "missing: must be one of refuse, zero, exclude"),
    ],
)
def test_settings_are_checked(settings: dict[str, Any], message: str) -> None:
    with pytest.raises(CvosimError, match=message):
        Settings(**settings)


def test_skewness_under_unequal_arms_is_said() -> None:
    """The trap: a small arm and a long tail; none at equal sizes."""
    x = np.where(np.arange(2000) % 50 == 0, np.exp(np.arange(2000) % 97 / 15.0), 0.0)
    small = (np.arange(2000) * 0.618033989 % 1.0 < 0.1).astype(np.int32)
    even = (np.arange(2000) * 0.618033989 % 1.0 < 0.5).astype(np.int32)
    found = analyze(Cohort(("A", "B"), small, {"x": x}), {"x": Mean("x")})
    assert any("cvosim certify" in warning for warning in found.warnings)
    assert not analyze(Cohort(("A", "B"), even, {"x": x}), {"x": Mean("x")}).warnings


def test_several_comparisons_are_corrected_but_guardrails_are_not() -> None:
    arm = np.repeat(np.arange(3, dtype=np.int32), 40)
    base = np.tile(np.arange(40.0), 3)
    data = Cohort(("A", "B", "C"), arm, {"x": base + 3 * arm, "r": base, "z": base[::-1] + arm})
    settings = Settings(guardrails={"r": Margin(0.5, relative=True)})
    found = analyze(data, {"x": Mean("x"), "z": Mean("z"), "r": Mean("r")}, settings)
    corrected = [one for one in found.effects if not np.isnan(one.p_adjusted)]
    assert {one.metric for one in corrected} == {"x", "z"}
    assert all(one.p_adjusted >= one.p_value for one in corrected)
    assert [one.verdict for one in found.guardrails] == ["not worse", "not worse"]
