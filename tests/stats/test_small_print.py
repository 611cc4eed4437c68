"""Sizes, limits and defaults that stand beside a result."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.errors import CvosimError
from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.from_sums import analyze_sums
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.effect import Effect
from cvosim.stats.loops import group_moments
from cvosim.stats.metric import Mean
from cvosim.stats.planning.laws import critical_value
from cvosim.stats.planning.spread import Means, with_covariate

ARM = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 1], np.int32)
VALUE = np.array([1.0, 4.0, 2.0, 3.0, 5.0, 2.0, 6.0, 4.0, 3.0, 7.0, 1.0])


def test_each_arm_has_its_own_size() -> None:
    one = analyze(Cohort(("A", "B"), ARM, {"v": VALUE}), {"v": Mean("v")}).effect("v")
    (other,) = analyze_sums(("A", "B"), group_moments({"v": VALUE}, ARM, 2), {"v": Mean("v")})
    for effect in (one, other):
        assert (effect.n_control, effect.n_treatment, effect.excluded) == (4, 7, 0)
        assert effect.difference == pytest.approx(4.0 - 2.5)


@pytest.mark.parametrize("correlation", [-1.5, -1.0, 1.0, 1.5])
def test_no_correlation_is_as_strong_as_one(correlation: float) -> None:
    with pytest.raises(CvosimError, match="above -1 and below 1"):
        with_covariate(Means(1.0), correlation)


@pytest.mark.parametrize("correlation", [-0.999, 0.0, 0.999])
def test_correlations_shrink_alike_on_both_sides(correlation: float) -> None:
    assert with_covariate(Means(1.0), correlation).factor == pytest.approx(1 - correlation**2)


@pytest.mark.parametrize(
    ("cap", "fine"), [(50.0, False), (50.1, True), (99.9, True), (100.0, False)]
)
def test_a_cap_is_a_percentile_above_the_middle(cap: float, fine: bool) -> None:
    if fine:
        assert Settings(cap=cap).cap == cap
    else:
        with pytest.raises(CvosimError, match="cap"):
            Settings(cap=cap)


def test_students_law_is_wider_than_the_normal() -> None:
    assert float(critical_value(0.025)) == pytest.approx(1.959964, abs=1e-6)
    assert float(critical_value(0.025, np.float64(10))) == pytest.approx(2.228139, abs=1e-6)


@pytest.mark.parametrize(("p_value", "significant"), [(0.049, True), (0.051, False)])
def test_an_effect_is_judged_at_5_percent_unless_told(p_value: float, significant: bool) -> None:
    values = {"control_value": 4.0, "treatment_value": 5.0, "difference": 1.0}
    spread = {"standard_error": 0.5, "low": 0.0, "high": 2.0, "p_value": p_value}
    names = {"metric": "v", "control": "A", "treatment": "B", "method": "Welch's t"}
    effect = Effect(**names, **values, **spread, n_control=10, n_treatment=10)
    assert effect.significant is significant
    assert effect.level == Settings().level == 0.95
