"""Rates with Monte-Carlo error and the verdicts they allow."""

from __future__ import annotations

import math

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from cvosim.experiment.certificate.scores import (
    Check,
    Figure,
    Rate,
    Verdict,
    coverage_check,
    plain,
    tail_check,
    together,
)


def rate(count: int, n: int) -> Rate:
    return Rate.of(np.arange(n) < count)


@pytest.mark.parametrize(("count", "n"), [(0, 100), (25, 1000), (100, 100), (1485, 10_000)])
def test_intervals_are_wilsons(count: int, n: int) -> None:
    found = rate(count, n)
    low, high = proportion_confint(count, n, alpha=0.01, method="wilson")
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-12)
    assert (found.value, found.n) == (count / n, n)


def test_nothing_known_is_said_so() -> None:
    empty = Rate.of(np.zeros(0, bool))
    assert math.isnan(empty.value)
    assert math.isnan(Figure.of(np.array([1.0])).value)
    assert plain(empty)["value"] is None


@pytest.mark.parametrize(
    ("count", "n", "verdict"),
    [
        (250, 10_000, Verdict.PASSES),
        (345, 10_000, Verdict.UNKNOWN),
        (500, 10_000, Verdict.FAILS),
        (50, 10_000, Verdict.SAFE),
        (0, 10_000, Verdict.SAFE),
        (3, 100, Verdict.UNKNOWN),
    ],
)
def test_a_tail_is_judged_with_its_error(count: int, n: int, verdict: Verdict) -> None:
    assert tail_check("above", rate(count, n), 0.025, 0.01).verdict is verdict
    assert verdict.passed == (verdict in (Verdict.PASSES, Verdict.SAFE))


@pytest.mark.parametrize(
    ("count", "verdict"),
    [(950, Verdict.UNKNOWN), (960, Verdict.PASSES), (1000, Verdict.PASSES), (880, Verdict.FAILS)],
)
def test_too_many_truths_in_intervals_are_no_harm(count: int, verdict: Verdict) -> None:
    assert coverage_check(rate(count, 1000), 0.95, 0.01).verdict is verdict


def test_the_worst_check_decides() -> None:
    one = [Check("", rate(1, 100), 0.0, 1.0, verdict) for verdict in Verdict]
    assert together(tuple(one)) is Verdict.FAILS
    rest = tuple(c for c in one if c.verdict is not Verdict.FAILS)
    assert together(rest) is Verdict.SILENT
    assert together(tuple(c for c in rest if c.verdict is not Verdict.SILENT)) is Verdict.UNKNOWN
    assert together(tuple(c for c in one if c.verdict.passed)) is Verdict.SAFE
