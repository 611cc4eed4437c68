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
            "x: 3 of 6 values are missing (A 1, B 2); say with --missing what that means: zero",
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
    assert "1 missing value of c set to its mean" in gappy.effect("x").adjustments


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


def test_nobody_is_no_certainty() -> None:
    """25 of 500 against 0 of 20: the beta-binomial model knows how little 20 tell."""
    arm = np.repeat(np.array([0, 1], np.int32), [500, 20])
    bought = np.zeros(520)
    bought[:25] = 1.0
    found = analyze(Cohort(("A", "B"), arm, {"b": bought}), {"b": Proportion("b")})
    assert float(found.beliefs["b", "B"].chance) == pytest.approx(0.335, abs=5e-4)
    fewer = Settings(lower_is_better=frozenset({"b"}))
    turned = analyze(Cohort(("A", "B"), arm, {"b": bought}), {"b": Proportion("b")}, fewer)
    assert float(turned.beliefs["b", "B"].chance) == pytest.approx(1 - 0.335, abs=5e-4)


def test_all_against_none_is_a_result() -> None:
    arm = np.repeat(np.array([0, 1], np.int32), 50)
    found = analyze(Cohort(("A", "B"), arm, {"b": arm.astype(float)}), {"b": Proportion("b")})
    assert found.effect("b").p_value < 1e-20
    assert 0.85 < found.effect("b").low < 1.0


@pytest.mark.parametrize(
    ("data", "metric", "message"),
    [
        (
            Cohort(("A", "B"), ARM, {"x": np.where(ARM == 0, 0.1, 0.3)}),
            Mean("x"),
            'is 0.1 for everybody in "A" and 0.3 for everybody in "B"',
        ),
        (cohort(x=np.array([1.0, np.inf, 3, 4, 5, 6])), Mean("x"), "x: 1 are infinite"),
        (cohort(x=X, c=np.full(6, np.nan)), Mean("x", "c"), "c: has no values at all"),
        (cohort(x=X * 1e200), Mean("x"), "too large to be squared"),
        (
            Cohort(("A", "B"), ARM, {"x": X}, stratum=ARM * 0, strata=("s",)),
            Quantile("x"),
            "strata are not for quantiles",
        ),
        (
            Cohort(("A", "B"), ARM, {"x": X}, unit=np.array([1, 2, 3, 3, 4, 5])),
            Mean("x"),
            "rows in several arms",
        ),
        (
            Cohort(("A", "B"), ARM, {"x": X, "rows": X}, unit=np.arange(6)),
            Ratio("x", "rows"),
            'give the column "rows" another name',
        ),
        (cohort(x=X, e=np.zeros(6)), Survival("x", "e"), "nobody, or everybody at once, leaves"),
    ],
)
def test_more_is_refused(data: Cohort, metric: Any, message: str) -> None:
    with pytest.raises(DataError, match=message.replace("(", r"\(")):
        analyze(data, {"x": metric})


def test_objects_and_large_unit_numbers_are_fine() -> None:
    objects = np.array([1, None, 3.0, 4, 5, 6], object)
    found = analyze(cohort(x=objects), {"x": Mean("x")}, Settings(missing="zero"))
    assert found.effect("x").control_value == pytest.approx(4 / 3)
    big = Cohort(("A", "B"), ARM, {"x": X}, unit=np.arange(6) + 10**12)
    assert analyze(big, {"x": Mean("x")}).effect("x").difference == pytest.approx(2.0)


def test_names_of_metrics_and_columns_may_cross() -> None:
    columns = {"a": X, "o/a": X + 1, "o": X * 2 + np.arange(6)}
    metrics = {"a": Mean("o/a"), "a/o": Ratio("a", "o"), "o": Mean("a")}
    found = analyze(cohort(**columns), metrics)
    assert found.effect("a").control_value == pytest.approx(1 + 7 / 3)
    assert found.effect("a/o").control_value == pytest.approx(7 / 17)
    assert found.effect("o").control_value == pytest.approx(7 / 3)


def test_the_arm_that_skews_is_named() -> None:
    """A long tail below 0 in a small treatment skews to the left: still the treatment's doing."""
    n = np.arange(2000)
    x = np.where(n % 25 == 0, -np.exp(n * 0.618033989 % 1.0 * 5.0), 0.0)
    small = (n % 10 == 0).astype(np.int32)  # half of those with a tail are among these
    for metric in (Mean("x"), Ratio("x", "n"), Mean("x", "n")):
        data = {"x": x, "n": 1.0 + np.arange(2000) % 3}
        found = analyze(Cohort(("A", "B"), small, data), {"x": metric})
        assert '"B" so small' in found.warnings[0]
