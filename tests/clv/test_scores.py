from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from cvosim.clv.backtest.scores import (
    UNKNOWN,
    brier_score,
    calibration_error,
    calibration_groups,
    coarser,
    errors,
    mean_difference,
    rank_correlation,
    share_of_the_top,
)
from cvosim.errors import DataError

# Luck without a generator: a low-discrepancy sequence, each dimension uniform on (0, 1).
POINTS = stats.qmc.Sobol(3, scramble=True, rng=11).random_base2(12)


def test_true_chances_have_the_least_brier_score() -> None:
    chance, luck = POINTS[:, 0], POINTS[:, 1]
    happened = luck < chance
    best = brier_score(chance, happened)
    assert best == pytest.approx(float(np.mean(chance * (1 - chance))), abs=0.01)
    for wrong in (chance**2, np.sqrt(chance), np.full_like(chance, happened.mean())):
        assert brier_score(wrong, happened) > best + 0.01


def test_coarser_groups_are_those_of_the_customers() -> None:
    chance = (np.arange(1000) + 0.5) / 1000
    happened = np.arange(1000) % 7 < 3
    five = coarser(calibration_groups(chance, happened))
    for ours, theirs in zip(five, calibration_groups(chance, happened, groups=5), strict=True):
        assert ours == pytest.approx(theirs)


def test_calibration_of_true_and_of_wrong_chances() -> None:
    chance, happened = POINTS[:, 0], POINTS[:, 1] < POINTS[:, 0]
    right = calibration_groups(chance, happened)
    assert [group.customers for group in right] == pytest.approx([409.6] * 10, abs=1)
    assert all(group.holds for group in right)
    assert calibration_error(right) < 0.02
    wrong = calibration_groups(chance**2, happened)
    assert sum(group.holds for group in wrong) <= 3
    assert calibration_error(wrong) == pytest.approx(1 / 6, abs=0.02)  # mean of p − p²


def test_wilson_interval_by_hand() -> None:
    """Wilson (1927): the roots of (p̂ − p)² = z² p(1 − p) / n."""
    (group,) = calibration_groups([0.4] * 20, [True] * 5 + [False] * 15)
    z, n, hat = stats.norm.isf(0.025), 20, 0.25
    roots = np.roots([1 + z**2 / n, -2 * hat - z**2 / n, hat**2])
    assert (group.low, group.high) == pytest.approx(sorted(roots))


def test_customers_of_equal_chance_stay_together() -> None:
    chance = np.concatenate([np.ones(60), np.linspace(0, 0.5, 40)])
    groups = calibration_groups(chance, np.ones(100, bool))
    assert groups[-1].customers == 60
    assert groups[-1].predicted == 1.0
    assert sum(group.customers for group in groups) == 100
    (alone,) = calibration_groups([1.0, 1.0], [True, True])
    assert alone.low < alone.happened == alone.high == 1.0


def test_errors() -> None:
    found = errors([0.5, 1.5, 1.0], [0.0, 3.0, 1.0])
    assert found.mean_absolute == pytest.approx(2 / 3)
    assert found.root_mean_square == pytest.approx(math.sqrt(2.5 / 3))
    assert found.total_error == pytest.approx(-0.25)
    assert math.isnan(errors([1.0], [0.0]).total_error)


def test_rank_correlation_is_spearmans_with_an_interval_that_covers() -> None:
    """90 % intervals over 200 samples of normal pairs; bounds: 90 ± 3.3 standard errors."""
    rho = 0.6
    truth = 6 / math.pi * math.asin(rho / 2)  # of a normal pair: Pearson (1907)
    sobol = stats.qmc.Sobol(80, scramble=True, rng=3).random(256)[:200]
    normal = stats.norm.ppf(sobol)
    x, e = normal[:, :40], normal[:, 40:]
    y = rho * x + math.sqrt(1 - rho**2) * e
    held = 0
    for one, other in zip(x, y, strict=True):
        found = rank_correlation(one, other, level=0.9)
        assert found.value == pytest.approx(stats.spearmanr(one, other).statistic)
        held += found.low <= truth <= found.high
    assert 0.83 <= held / 200 <= 0.97


@pytest.mark.parametrize(
    ("predicted", "actual"), [([1, 1, 1, 1, 1], [1, 2, 3, 4, 5]), ([1, 2, 3], [1, 2, 3])]
)
def test_no_order_no_correlation(predicted: list[float], actual: list[float]) -> None:
    assert rank_correlation(predicted, actual) is UNKNOWN
    assert UNKNOWN.to_dict() == {"value": None, "low": None, "high": None}


def test_the_top_tenth() -> None:
    actual = np.array([10.0, 5.0] + [1.0] * 18)
    first = share_of_the_top(np.arange(20.0)[::-1], actual)
    assert first.value == pytest.approx(15 / 33)
    assert first.low < first.value < first.high
    by_lot = share_of_the_top(np.ones(20), actual)
    assert by_lot.value == pytest.approx(0.1)
    half_a_seat = share_of_the_top(np.append(9.0, np.ones(4)), np.array([4.0, 1, 1, 1, 1]))
    assert half_a_seat.value == pytest.approx(0.25)  # half of the best customer's 4 of 8
    assert share_of_the_top([1.0, 2.0], [0.0, 0.0]) is UNKNOWN


def test_mean_difference_is_the_paired_t_test() -> None:
    first, second = POINTS[:50, 0], POINTS[:50, 1] + 0.1
    found = mean_difference(first, second)
    expected = stats.ttest_rel(first, second).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((expected.low, expected.high))
    assert math.isnan(mean_difference([1.0], [2.0]).low)


@pytest.mark.parametrize(("predicted", "actual"), [([], []), ([1.0], [1.0, 2.0])])
def test_bad_input_in_words(predicted: list[float], actual: list[float]) -> None:
    with pytest.raises(DataError, match=r"no customers|one number a customer"):
        errors(predicted, actual)
