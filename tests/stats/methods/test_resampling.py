"""Permutation of the units, BCa and bootstrap-t: Davison & Hinkley's numbers, and small samples."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from helpers.customer_tables import Luck
from scipy import stats

from cvosim.errors import DataError
from cvosim.stats.loops import resampled_moments
from cvosim.stats.methods.influence import Influence, influences
from cvosim.stats.methods.resampling import (
    Resampling,
    bca_ends,
    bias_correction,
    bootstrap,
    permutation_test,
)
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments

U = np.array([138, 93, 61, 179, 48, 37, 29, 23, 30, 2.0])
X = np.array([143, 104, 69, 260, 75, 63, 50, 48, 111, 50.0])
CITY = {"x": X, "u": U}
"""Populations of ten cities in 1920 and 1930 (Davison & Hinkley 1997, table 2.1)."""
GROWTH = Ratio("x", "u")


def second(control: np.ndarray, treatment: np.ndarray) -> np.ndarray:
    return treatment


def test_city_ingredients() -> None:
    found = influences(GROWTH, CITY, CITY, second)
    slope = (X - X.sum() / U.sum() * U) / U.mean()
    assert found.treatment == pytest.approx(slope, abs=1e-7)
    assert found.variance == pytest.approx(0.0324877337, abs=1e-9)
    assert found.acceleration == pytest.approx(0.0022087677, abs=1e-9)
    left_out = influences(GROWTH, CITY, CITY, second, kind="jackknife")
    assert left_out.acceleration == pytest.approx(-0.0112031940, abs=1e-9)
    assert left_out.control == pytest.approx(0, abs=1e-12)


def test_city_interval() -> None:
    R = 40_000
    drawn = GROWTH.arms(Moments.of(CITY), resampled_moments(CITY, R)).treatment.value
    estimate = X.sum() / U.sum()
    assert estimate == pytest.approx(1.5203125)
    bias = bias_correction(drawn, estimate)
    tails = np.array([0.025, 0.975])
    # scipy, with the jackknife: (1.2466, 2.0906); R, with influences: (1.253, 2.148)
    assert bca_ends(drawn, bias, -0.0112031940, tails) == pytest.approx((1.2466, 2.0906), abs=0.02)
    # R drew 9,999 samples of ten cities, whose 97th percentiles differ by some hundredths
    assert bca_ends(drawn, bias, 0.0022087677, tails) == pytest.approx((1.253, 2.148), abs=0.06)
    assert bca_ends(drawn, 0.0, 0.0, tails) == pytest.approx((1.2511, 2.1104), abs=0.02)


def test_jackknife_leaves_out() -> None:
    luck = Luck(12, 3)
    one, other = ({"y": luck.exponential(), "x": luck.uniform()} for _ in range(2))
    metric = Mean("y", covariate="x")
    found = influences(metric, one, other, kind="jackknife")

    def without(row: int) -> float:
        rest = Moments.of({name: np.delete(values, row) for name, values in other.items()})
        arms = metric.arms(Moments.of(one), rest)
        return float(arms.treatment.value - arms.control.value)

    each = np.array([without(row) for row in range(12)])
    assert found.treatment == pytest.approx(11 * (each.mean() - each), abs=1e-10)


def test_bca_is_scipys() -> None:
    luck = Luck(200, 8)
    one, other = luck.exponential(), 1.3 * luck.exponential()[:80]
    how = Resampling(20_000)
    found = bootstrap(Mean("x"), {"x": one}, {"x": other}, how)

    def difference(a: np.ndarray, b: np.ndarray, axis: int = -1) -> np.ndarray:
        return a.mean(axis=axis) - b.mean(axis=axis)

    known = stats.bootstrap((other, one), difference, n_resamples=20_000, method="BCa", rng=1)
    # ends are known to about 0.015 standard errors each way
    near = 0.06 * known.standard_error
    assert found.low == pytest.approx(known.confidence_interval.low, abs=near)
    assert found.high == pytest.approx(known.confidence_interval.high, abs=near)
    assert found.standard_error == pytest.approx(known.standard_error, rel=0.03)


@pytest.mark.parametrize("kind", ["bca", "studentised"])
@pytest.mark.parametrize("relative", [False, True])
def test_bootstrap_covers(kind: str, relative: bool) -> None:
    missed = 0
    for seed in range(120):
        luck = Luck(60, seed)
        one, other = luck.exponential(), 1.5 * luck.exponential()
        found = bootstrap(
            Mean("x"), {"x": one}, {"x": other}, Resampling(499, seed=seed),
            kind=kind, relative=relative,
        )  # fmt: skip
        missed += not found.low <= 0.5 <= found.high
    # 5 % of 120 is 6, standard deviation 2.4; small samples cost BCa a point or two
    assert 1 <= missed <= 17


@pytest.mark.parametrize("kind", ["bca", "studentised"])
def test_bootstrap_p_value_is_where_the_interval_meets_0(kind: str) -> None:
    luck = Luck(80, 2)
    one, other = {"x": luck.exponential()}, {"x": luck.exponential() + 0.25}
    found = bootstrap(Mean("x"), one, other, Resampling(3999), kind=kind)
    p = float(found.p_value())
    ends = [
        bootstrap(Mean("x"), one, other, Resampling(3999, level=1 - size), kind=kind).low
        for size in (p - 0.005, p + 0.005)
    ]
    assert ends[0] < 0 < ends[1]
    sided = bootstrap(Mean("x"), one, other, Resampling(alternative="less"), kind=kind)
    assert sided.low == -np.inf
    assert np.isfinite(sided.high)


def test_arms_are_resampled_apart() -> None:
    luck = Luck(50, 1)
    same = {"x": luck.exponential()}
    found = bootstrap(Mean("x"), same, same)
    # with the same draws in both arms the difference would be 0 always
    expected = np.sqrt(2 * np.var(same["x"]) / 50)
    assert found.standard_error == pytest.approx(expected, rel=0.1)


def welch_t(one: np.ndarray, other: np.ndarray) -> float:
    error = np.sqrt(one.var(ddof=1) / len(one) + other.var(ddof=1) / len(other))
    return float((other.mean() - one.mean()) / error)


@pytest.mark.parametrize("n_treated", [3, 4, 5])
def test_permutation_finds_the_share_of_all_permutations(n_treated: int) -> None:
    values = np.array([5.0, 9.0, 4.0, 1.0, 2.0, 7.0, 3.0, 0.5])
    every = []
    for chosen in combinations(range(8), n_treated):
        mask = np.isin(np.arange(8), chosen)
        every.append(welch_t(values[~mask], values[mask]))
    one, other = values[n_treated:], values[:n_treated]
    R = 9999
    found = permutation_test(Mean("x"), {"x": one}, {"x": other}, Resampling(R))
    for sign, p in ((1, found.p_above), (-1, found.p_below)):
        exact = np.mean(sign * np.array(every) >= sign * every[0] - 1e-9)
        # four standard deviations of 9,999 draws: one in 16,000 fails
        assert p == pytest.approx(exact, abs=4 * np.sqrt(exact * (1 - exact) / R) + 2 / R)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_permutation_interval_excludes_0_where_the_test_rejects(alternative: str) -> None:
    luck = Luck(40, 12)
    one, other = luck.exponential(), luck.exponential()[:25]
    metric = Mean("x")
    verdicts = []
    for shift in np.linspace(-1, 1, 9):
        found = permutation_test(
            metric, {"x": one}, {"x": other + shift}, Resampling(199, alternative=alternative)
        )
        rejects = found.p_value(alternative) <= 0.05
        assert rejects == (not found.low <= 0 <= found.high)
        verdicts.append(bool(rejects))
    assert {True, False} == set(verdicts)


def test_studentised_permutation_holds_with_unequal_spread() -> None:
    above = below = 0
    for seed in range(300):
        luck = Luck(200, seed)
        one, other = luck.uniform(), 0.5 + 4 * (luck.uniform()[:40] - 0.5)
        found = permutation_test(Mean("x"), {"x": one}, {"x": other}, Resampling(199, seed=seed))
        above, below = above + (found.p_above <= 0.05), below + (found.p_below <= 0.05)
    # 5 % of 300 is 15, standard deviation 3.8: each fails once in 5,000; unstudentised has 40
    assert 2 <= above <= 29
    assert 2 <= below <= 29


def test_permutation_of_ratios_and_adjusted_means() -> None:
    luck = Luck(300, 5)
    orders = np.floor(4 * luck.uniform())
    value = orders * (1 + luck.exponential())
    before = value + luck.exponential()
    columns = {"value": value, "orders": orders, "before": before}
    one = {name: column[:200] for name, column in columns.items()}
    other = {name: column[200:] for name, column in columns.items()}
    other["value"] = other["value"] * 1.2
    for metric in (Ratio("value", "orders"), Mean("value", covariate="before")):
        found = permutation_test(metric, one, other)
        assert found.p_above <= 0.01
        assert 0 < found.low < found.estimate < found.high
    wild = {"value": np.array([1.0, 2, 3, 4]), "orders": np.array([1.0, 0, 0, 0])}
    # most shuffles have no ratio: they count as further out
    assert permutation_test(Ratio("value", "orders"), wild, one).p_value() > 0.2


def test_refusals() -> None:
    good = {"x": np.arange(12.0), "z": np.r_[np.zeros(11), 1.0]}
    with pytest.raises(DataError, match='no column "y"; there are x, z'):
        permutation_test(Mean("y"), good, good)
    with pytest.raises(DataError, match='"x" has no number in 1 rows'):
        bootstrap(Mean("x"), good, {"x": [1.0, np.nan, *range(9)]})
    with pytest.raises(DataError, match="1 units"):
        permutation_test(Mean("x"), good, {"x": [1.0]})
    for kind in ("bca", "studentised"):
        with pytest.raises(DataError, match="an arm has 9 units; a bootstrap needs at least 10"):
            bootstrap(Mean("x"), {"x": np.arange(9.0)}, good, kind=kind)
    with pytest.raises(DataError, match="bootstrap samples have no value"):
        bootstrap(Ratio("x", "z"), good, good)
    assert np.isnan(bootstrap(Mean("x"), {"x": np.zeros(10)}, good, relative=True).estimate)


RUNS = 900


def test_permutation_test_keeps_its_level() -> None:
    alarms = 0
    for seed in range(RUNS):
        luck = Luck(60, seed)
        value, share = luck.exponential() ** 2, 0.2 + luck.uniform()
        parts = [{"y": value[rows], "x": share[rows]} for rows in (slice(45), slice(45, 60))]
        found = permutation_test(
            Ratio("y", "x"), parts[0], parts[1], Resampling(199, seed=seed, threads=1)
        )
        alarms += float(found.p_value()) <= 0.05
    # 5 % of 900 is 45, standard deviation 6.5: four of them fail once in 16,000 either way; at
    # 10 % there would be 90, which passes once in 40
    assert 45 - 26 <= alarms <= 45 + 26


def test_bca_keeps_its_level() -> None:
    alarms = 0
    for seed in range(RUNS):
        values = Luck(240, seed).exponential()
        found = bootstrap(
            Mean("x"), {"x": values[:120]}, {"x": values[120:]},
            Resampling(399, seed=seed, threads=1),
        )  # fmt: skip
        alarms += float(found.p_value()) <= 0.05
    # as above
    assert 45 - 26 <= alarms <= 45 + 26


def test_no_lift_is_below_minus_100_percent() -> None:
    luck = Luck(80, 2)
    one, other = {"x": luck.exponential()}, {"x": luck.exponential() + 0.25}
    how = Resampling(399, alternative="less")
    for kind in ("bca", "studentised"):
        lift = bootstrap(Mean("x"), one, other, how, kind=kind, relative=True)
        assert lift.low == -1
        assert np.isfinite(lift.high)
        assert bootstrap(Mean("x"), one, other, how, kind=kind).low == -np.inf


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_values_beyond_third_powers_are_refused_in_words(size: float) -> None:
    luck = Luck(20, 2)
    one, other = {"x": size * luck.exponential()}, {"x": size * luck.uniform()}
    for test in (bootstrap, permutation_test):
        with pytest.raises(DataError, match='"x" has values of up to'):
            test(Mean("x"), one, other)
    # the acceleration has no unit
    parts = [np.array([1.0, -2.0, 4.0]), np.array([1.0, -1.0])]
    plain, scaled = (Influence(*(by * part for part in parts)) for by in (1.0, size))
    assert scaled.acceleration == pytest.approx(plain.acceleration)
