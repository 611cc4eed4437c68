"""Shuffled labels and bootstrap samples as roads to an effect."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from cvosim.errors import DataError
from cvosim.stats.abtest.analyze import analyze
from cvosim.stats.abtest.settings import Settings
from cvosim.stats.cohort import Cohort
from cvosim.stats.further_metrics import Proportion
from cvosim.stats.metric import Mean, Ratio

N = np.arange(2000)
ARM = (N * 0.569840291 % 1.0 < 0.3).astype(np.int32)
X = 5.0 * (N * 0.754877666 % 1.0)
Y = X + 2.0 * (N * 0.618033989 % 1.0) + 0.4 * ARM
COHORT = Cohort(
    ("A", "B"), ARM, {"y": Y, "x": X, "n": 1.0 + N % 3, "bought": (Y > 4.0).astype(float)}
)


@pytest.mark.parametrize("method", ["permutation", "bootstrap"])
@pytest.mark.parametrize(
    "metric", [Mean("y"), Mean("y", "x"), Ratio("y", "n"), Proportion("bought")], ids=repr
)
def test_large_samples_agree_with_welch(metric: Any, method: Any) -> None:
    """Without skewness all are the normal law; 1,999 samples move an end by 3 % of the width."""
    wanted = analyze(COHORT, {"m": metric}).effect("m")
    found = analyze(COHORT, {"m": metric}, Settings(method=method)).effect("m")
    width = wanted.high - wanted.low
    assert found.difference == wanted.difference
    assert abs(found.low - wanted.low) < 0.12 * width
    assert abs(found.high - wanted.high) < 0.12 * width
    assert found.method != wanted.method
    assert (found.p_value < 0.05) == (wanted.p_value < 0.05)


def test_a_small_arm_and_a_long_tail_change_the_verdict() -> None:
    """Where Welch calls a treatment worse that happened to get no big spender."""
    spend = np.where(N % 50 == 0, np.exp(4.0 * (N * 0.618033989 % 1.0)), 0.0)
    few = (N % 10 == 3).astype(np.int32)  # none of them pays
    cohort = Cohort(("A", "B"), few, {"s": spend})
    welch = analyze(cohort, {"s": Mean("s")})
    shuffled = analyze(cohort, {"s": Mean("s")}, Settings(method="permutation"))
    assert welch.effect("s").p_value < 0.001
    assert any("permutation" in warning for warning in welch.warnings)
    assert shuffled.effect("s").p_value > 0.05
    assert shuffled.warnings == ()


def test_progress_counts_every_sample() -> None:
    done: list[int] = []
    settings = Settings(method="bootstrap")
    analyze(COHORT, {"y": Mean("y")}, settings, progress=done.append)
    assert sum(done) == 4 * 1999


@pytest.mark.parametrize("more", [{"unit": N // 2}, {"stratum": ARM * 0, "strata": ("all",)}])
def test_what_shuffling_does_not_know_is_refused(more: Any) -> None:
    cohort = Cohort(("A", "B"), np.repeat(ARM[:1000], 2), {"y": Y}, **more)
    with pytest.raises(DataError, match="method permutation does not know"):
        analyze(cohort, {"y": Mean("y")}, Settings(method="permutation"))


def test_few_units_are_shuffled_in_every_way() -> None:
    """Two against two have 6 labellings: no two-sided p-value is below a third."""
    cohort = Cohort(("A", "B"), np.array([0, 0, 1, 1], np.int32), {"y": np.array([1.0, 2, 8, 9])})
    found = analyze(cohort, {"y": Mean("y")}, Settings(method="permutation")).effect("y")
    assert found.p_value == pytest.approx(1 / 3)
    assert np.isinf(found.low)
    assert np.isinf(found.high)
    assert found.method == "permutation test (all labellings)"
