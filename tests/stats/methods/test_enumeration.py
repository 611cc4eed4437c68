"""The exact permutation test of few units, against scipy and against itself at its ends."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.customer_tables import Luck
from scipy import stats

from cvosim.errors import DataError
from cvosim.stats.methods.enumeration import exact_permutation, labellings
from cvosim.stats.methods.permutation import moment_permutation, shuffled_spread
from cvosim.stats.moments import Moments


def samples(n_control: int, n_treated: int, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    luck = Luck(n_control + n_treated, seed)
    both = luck.exponential()
    return both[:n_control], 1.8 * both[n_control:]


@pytest.mark.parametrize("sizes", [(2, 2), (2, 4), (4, 2), (5, 3), (3, 6), (8, 8), (150, 2)])
def test_is_scipys(sizes: tuple[int, int]) -> None:
    one, other = samples(*sizes)
    found = exact_permutation(one, other)
    for alternative, p in (("greater", found.p_above), ("less", found.p_below)):
        known = stats.permutation_test(
            (other, one), lambda a, b, axis: a.mean(axis=axis) - b.mean(axis=axis),
            vectorized=True, n_resamples=np.inf, alternative=alternative,
        )  # fmt: skip
        assert p == pytest.approx(known.pvalue, abs=1e-12)
    spread = shuffled_spread(Moments.of({"x": one}), Moments.of({"x": other}), "x")
    assert found.estimate == pytest.approx(spread.difference)
    assert found.standard_error == pytest.approx(spread.deviation)


@pytest.mark.parametrize("sizes", [(5, 4), (3, 6)])
@pytest.mark.parametrize("model", ["shift", "scale"])
def test_interval_holds_what_is_not_rejected(sizes: tuple[int, int], model: str) -> None:
    for seed in range(5):
        one, other = samples(*sizes, seed)
        found = exact_permutation(one, other, level=0.9, model=model)

        def moved(
            effect: float, one: np.ndarray = one, other: np.ndarray = other
        ) -> tuple[float, float]:
            values = other - effect if model == "shift" else other / (1 + effect)
            at = exact_permutation(one, values)
            return float(at.p_above), float(at.p_below)

        step = 1e-6 * (1 + abs(found.high))
        assert moved(found.low - step)[0] <= 0.05 < moved(found.low + step)[0]
        assert moved(found.high + step)[1] <= 0.05 < moved(found.high - step)[1]
        assert found.low < found.estimate < found.high


def test_two_units_against_two() -> None:
    one, other = np.array([1.0, 2.0]), np.array([8.0, 9.0])
    found = exact_permutation(one, other)
    assert found.p_value() == pytest.approx(1 / 3)
    assert (found.low, found.high) == (-np.inf, np.inf)
    lift = exact_permutation(one, other, model="scale")
    assert (lift.low, lift.high) == (-1, np.inf)
    # the law by moments does not go below what labels can tell either
    for model in ("shift", "scale"):
        near = moment_permutation(
            Moments.of({"x": one}), Moments.of({"x": other}), "x", model=model
        )
        assert near.p_value() >= 1 / 3 - 1e-6
        assert near.high == np.inf
    assert exact_permutation(one, other, alternative="greater").high == np.inf
    assert exact_permutation(one, other, alternative="less", level=0.5).low == -np.inf


def test_zeros_and_ties() -> None:
    nothing = exact_permutation(np.zeros(4), np.zeros(4))
    assert (nothing.p_above, nothing.p_below, nothing.estimate) == (1, 1, 0)
    assert np.isnan(exact_permutation(np.zeros(4), np.ones(4), model="scale").low)
    assert np.isnan(exact_permutation([-1.0, 4.0, 5.0], np.ones(4), model="scale").low)
    # zeros stay zeros whatever the factor
    one, other = np.array([0.0, 0, 0, 1, 0]), np.array([0.0, 3, 4, 0, 5])
    lift = exact_permutation(one, other, model="scale", level=0.8)
    assert -1 <= lift.low < lift.estimate < lift.high


def test_false_alarms_of_small_experiments() -> None:
    R, alarms = 2000, 0
    for seed in range(R):
        values = Luck(9, seed).exponential() ** 2
        alarms += float(exact_permutation(values[:5], values[5:]).p_above) <= 0.05
    # 6 of 126 labellings: 4.8 %, standard deviation .48 %; four of those fail once in 16,000
    assert alarms / R == pytest.approx(6 / 126, abs=0.019)


@pytest.mark.parametrize("size", [1e150, 1e-150])
@pytest.mark.parametrize("model", ["shift", "scale"])
def test_any_unit_of_money(size: float, model: str) -> None:
    one, other = samples(6, 5)
    plain = exact_permutation(one, other, level=0.9, model=model)
    found = exact_permutation(one * size, other * size, level=0.9, model=model)
    assert found.p_value() == plain.p_value()
    by = size if model == "shift" else 1.0
    assert found.low / by == pytest.approx(plain.low)
    assert found.high / by == pytest.approx(plain.high)


def test_refusals() -> None:
    assert labellings(9, 8) == 24_310
    with pytest.raises(DataError, match="more than 20,000 ways"):
        exact_permutation(np.ones(9), np.ones(8))
    with pytest.raises(DataError, match="an arm has 0 units"):
        exact_permutation([], [1.0])
    with pytest.raises(DataError, match="1 values are no numbers"):
        exact_permutation([np.nan, 1.0], [1.0])
