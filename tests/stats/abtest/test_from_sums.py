"""Sums of days are as good as all rows together."""

from __future__ import annotations

import numpy as np
import pytest

from cvosim.errors import DataError
from cvosim.stats import Cohort, Mean, Proportion, Ratio, analyze, analyze_sums
from cvosim.stats.loops import group_moments

N = np.arange(3000)
ARM = (N % 3).astype(np.int32)
COLUMNS = {
    "y": 10.0 * (N * 0.618033989 % 1.0) ** 3 + 0.2 * ARM,
    "x": N * 0.754877666 % 1.0,
    "n": 1.0 + N % 4,
    "b": ((N * 0.569840291 % 1.0) < 0.1 + 0.05 * ARM).astype(float),
}
METRICS = {
    "mean": Mean("y"),
    "adjusted": Mean("y", "x"),
    "ratio": Ratio("y", "n"),
    "share": Proportion("b"),
}


def test_days_add_up_to_the_whole() -> None:
    arms = ("A", "B", "C")
    whole = analyze(Cohort(arms, ARM, COLUMNS), METRICS)
    days = [slice(0, 700), slice(700, 1900), slice(1900, 3000)]
    sums = [
        group_moments({name: values[day] for name, values in COLUMNS.items()}, ARM[day], 3)
        for day in days
    ]
    found = analyze_sums(arms, sums[0] + sums[1] + sums[2], METRICS)
    assert len(found) == len(whole.effects) == 8
    for one, other in zip(found, whole.effects, strict=True):
        assert (one.metric, one.treatment) == (other.metric, other.treatment)
        for field in ("difference", "low", "high", "lift_low", "p_value", "p_adjusted"):
            assert getattr(one, field) == pytest.approx(getattr(other, field), rel=1e-9, abs=1e-12)


def test_what_was_not_summed_is_named() -> None:
    sums = group_moments({"y": COLUMNS["y"]}, ARM, 3)
    with pytest.raises(DataError, match="ratio: no sums of n"):
        analyze_sums(("A", "B", "C"), sums, {"ratio": Ratio("y", "n")})
