"""The permutation test from moments, against all permutations of small samples and in the trap."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import numpy as np
import pytest
from helpers.customer_tables import Luck
from scipy import stats
from scipy.special import ndtri

from cvosim.errors import DataError
from cvosim.stats.contrast import welch
from cvosim.stats.loops import Draw, replicated_moments
from cvosim.stats.methods.permutation import moment_permutation, pearson_tail, shuffled_spread
from cvosim.stats.methods.tested import Tested
from cvosim.stats.metric import Mean
from cvosim.stats.moments import Moments

VALUES = np.array([0.0, 0.0, 1.0, 2.5, 0.0, 7.0, 3.0, 20.0])


def payers(count: int, share: float = 0.02, sigma: float = 1.5) -> np.ndarray:
    """What customers spend: most nothing, some a lognormal sum."""
    luck = Luck(count, 5)
    pays, amount = luck.uniform() < share, np.exp(3.0 + sigma * ndtri(luck.uniform()))
    return np.where(pays, amount, 0.0)


def all_differences(values: np.ndarray, n_treated: int) -> np.ndarray:
    """Treated less other mean, over all ways to choose the treated."""
    chosen = np.array(list(combinations(range(len(values)), n_treated)))
    treated = values[chosen].sum(axis=1)
    return treated / n_treated - (values.sum() - treated) / (len(values) - n_treated)


def arms(values: np.ndarray, n_treated: int) -> tuple[Moments, Moments]:
    return Moments.of({"x": values[n_treated:]}), Moments.of({"x": values[:n_treated]})


@pytest.mark.parametrize("n_treated", [1, 2, 3, 4, 6, 7])
def test_moments_are_those_of_all_permutations(n_treated: int) -> None:
    every = all_differences(VALUES, n_treated)
    found = shuffled_spread(*arms(VALUES, n_treated), "x")
    assert found.difference == pytest.approx(every[0], abs=1e-12)
    assert found.deviation == pytest.approx(every.std(), rel=1e-12)
    assert found.skewness == pytest.approx(stats.skew(every), abs=1e-12)


def test_is_near_the_exact_test() -> None:
    luck = Luck(16, 4)
    values = luck.exponential()
    for n_treated in (4, 6, 8):
        every = all_differences(values, n_treated)
        found = moment_permutation(*arms(values, n_treated), "x")
        # the exact p-value is a step function; 16 units leave it coarse
        assert found.p_above == pytest.approx(np.mean(every >= every[0] - 1e-12), abs=0.025)
        assert found.p_below == pytest.approx(np.mean(every <= every[0] + 1e-12), abs=0.025)


def test_tail_is_the_law_of_scipy() -> None:
    z = np.array([-1.9, -0.5, 0.0, 1.0, 3.0])
    for skew in (-1.0, -0.01, 0.0, 1e-3, 0.5, 2.0):
        assert pearson_tail(z, np.full(5, skew)) == pytest.approx(
            stats.pearson3.sf(z, skew), abs=1e-8
        )
    # the series near 0 and the law itself meet
    assert pearson_tail(z, np.full(5, 0.99e-4)) == pytest.approx(
        pearson_tail(z, np.full(5, 1.01e-4)), abs=1e-6
    )


def test_interval_holds_what_is_not_rejected() -> None:
    luck = Luck(300, 6)
    control, treated = luck.exponential()[:200], 1.3 * luck.exponential()[:100]
    one = Moments.of({"x": control})
    found = moment_permutation(one, Moments.of({"x": treated}), "x", level=0.9)
    scaled = moment_permutation(one, Moments.of({"x": treated}), "x", level=0.9, model="scale")
    assert scaled.estimate == pytest.approx(treated.mean() / control.mean() - 1)
    for end, moved, tail in (
        (found.low, treated - found.low, "p_above"),
        (found.high, treated - found.high, "p_below"),
        (scaled.low, treated / (1 + scaled.low), "p_above"),
        (scaled.high, treated / (1 + scaled.high), "p_below"),
    ):
        at = moment_permutation(one, Moments.of({"x": moved}), "x")
        assert np.isfinite(end)
        assert getattr(at, tail) == pytest.approx(0.05, abs=1e-7)
    assert found.low < found.estimate < found.high


def test_one_sided_and_endless() -> None:
    pair = arms(VALUES, 4)
    assert moment_permutation(*pair, "x", alternative="greater").high == np.inf
    assert moment_permutation(*pair, "x", alternative="less").low == -np.inf
    # two units against two: no effect can be rejected at 1 %
    tiny = moment_permutation(*arms(VALUES[:4], 2), "x", level=0.99)
    assert (tiny.low, tiny.high) == (-np.inf, np.inf)
    nothing = Moments.of({"x": np.zeros(5)})
    assert np.isnan(moment_permutation(nothing, pair[1], "x", model="scale").low)


def simulated(share: float, units: int, pool: np.ndarray, effect: float = 1.0) -> Any:
    rows = np.stack([pool, effect * pool])[:, :, None]
    found = replicated_moments(("x",), rows, Draw((1 - share, share), (units,), 4000, seed=7))[:, 0]
    return found[:, 0], found[:, 1]


def test_welch_is_trapped_and_the_permutation_test_is_not() -> None:
    control, treatment = simulated(0.1, 10_000, payers(200_000))
    trapped = Tested.of(welch(*Mean("x").arms(control, treatment)[:2]))
    found = moment_permutation(control, treatment, "x")
    assert np.mean(trapped.p_below < 0.025) > 0.12
    assert np.mean(trapped.p_above < 0.025) < 0.003
    # 5 % of 4,000 tests, standard deviation 0.34 %; four of those are passed once in 16,000
    assert np.mean(found.p_value() < 0.05) <= 0.05 + 4 * 0.0034
    assert np.mean(found.p_above < 0.025) <= 0.025 + 4 * 0.0025
    assert np.mean(found.p_below < 0.025) <= 0.025 + 4 * 0.0025


@pytest.mark.parametrize("effect", [1.0, 1.5])
@pytest.mark.parametrize("share", [0.1, 0.5])
def test_lift_is_covered_as_often_as_said(share: float, effect: float) -> None:
    luck = Luck(100_000, 9)
    control, treatment = simulated(share, 2000, luck.exponential(), effect)
    found = moment_permutation(control, treatment, "x", model="scale")
    lift = effect - 1
    # 2.5 % a tail of 4,000, standard deviation 0.25 %; four of those: one test in 8,000 fails
    assert np.mean(found.low > lift) == pytest.approx(0.025, abs=0.01)
    assert np.mean(found.high < lift) == pytest.approx(0.025, abs=0.01)
    if effect == 1.0:
        shifted = moment_permutation(control, treatment, "x")
        assert np.array_equal(shifted.p_above, found.p_above)
        assert np.array_equal(shifted.low > 0, shifted.p_above < 0.025)
        assert np.array_equal(found.low > 0, found.p_above < 0.025)


def test_a_cap_keeps_the_level_where_even_that_is_hard() -> None:
    values = payers(200_000)
    control, treatment = simulated(0.05, 20_000, np.minimum(values, np.quantile(values, 0.999)))
    found = moment_permutation(control, treatment, "x")
    welchs = Tested.of(welch(*Mean("x").arms(control, treatment)[:2]))
    # four standard deviations of 2.5 % in 4,000: one test in 8,000 fails
    assert np.mean(found.p_above < 0.025) == pytest.approx(0.025, abs=0.01)
    assert np.mean(found.p_below < 0.025) == pytest.approx(0.025, abs=0.01)
    assert np.mean(welchs.p_below < 0.025) > 0.08


def test_a_constant_metric_has_no_test() -> None:
    same = Moments.of({"x": np.ones(10)})
    for model in ("shift", "scale"):
        found = moment_permutation(same, same, "x", model=model)
        assert np.isnan(found.p_value())
        assert found.estimate == 0


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_values_beyond_third_powers_are_refused_in_words(size: float) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        pair = arms(VALUES * size, 4)
    for model in ("shift", "scale"):
        with pytest.raises(DataError, match="x: has values so large or so near each other"):
            moment_permutation(*pair, "x", model=model)
    with pytest.raises(DataError, match="third powers of them are no numbers"):
        shuffled_spread(*pair, "x")
    # other units of money change no p-value
    for by in (1e90, 1e-90):
        found = moment_permutation(*arms(VALUES * by, 4), "x")
        assert found.p_value() == pytest.approx(moment_permutation(*arms(VALUES, 4), "x").p_value())
