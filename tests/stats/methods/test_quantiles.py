import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import ndtri

from cvosim.errors import DataError
from cvosim.stats.methods.quantiles import (
    QuantileStat,
    Tally,
    clustered_share_error,
    quantile_contrast,
    quantile_lift,
    quantile_stat,
)

numbers = st.lists(st.integers(-9, 9).map(float), min_size=1, max_size=30)
Z = 1.959963984540054


@given(numbers, numbers)
def test_tallies_add_up(one: list[float], other: list[float]) -> None:
    both, whole = Tally.of(one) + Tally.of(other), Tally.of(one + other)
    np.testing.assert_array_equal(both.values, whole.values)
    np.testing.assert_array_equal(both.counts, whole.counts)
    assert int(both.n) == len(one) + len(other)


@given(st.lists(numbers, min_size=1, max_size=5), st.floats(0, 1))
def test_quantiles_of_all_groups_at_once_are_those_of_numpy(
    groups: list[list[float]], nu: float
) -> None:
    values = np.arange(-9.0, 10.0)
    tally = Tally(values, np.array([Tally.of(group).on(values) for group in groups]))
    for found, group in zip(tally.quantile(nu), groups, strict=True):
        assert float(found) == pytest.approx(np.quantile(group, nu), abs=1e-9)
    for k in range(min(map(len, groups))):
        assert tally.order_statistic(k).tolist() == [sorted(group)[k] for group in groups]


def test_growthbooks_case() -> None:
    # gbstats' test of a difference of 90th percentiles, from its published bounds (six digits)
    arms = [
        QuantileStat(*map(np.float64, (q, low, high, (high - low) / (2 * Z), n)))
        for q, low, high, n in (
            (7.157987, 7.098780, 7.217195, 11054),
            (7.694500, 7.641806, 7.747194, 10861),
        )
    ]
    found = quantile_contrast(*arms)
    assert float(found.difference) == pytest.approx(0.536512438, abs=2e-6)
    low, high = found.interval()
    # theirs is by Student's t of 21,000 degrees of freedom: 6e-6 wider
    assert float(low) == pytest.approx(0.457255959, abs=1e-5)
    assert float(high) == pytest.approx(0.615768916, abs=1e-5)
    lift = quantile_lift(*arms)
    assert float(np.expm1(lift.difference)) == pytest.approx(0.074952972, abs=1e-6)
    # theirs is symmetric, ours on the log scale
    low, high = lift.interval()
    assert float(np.expm1(low)) == pytest.approx(0.063410058, abs=2e-4)
    assert float(np.expm1(high)) == pytest.approx(0.086495886, abs=2e-4)


@pytest.mark.parametrize("nu", [0.25, 0.5, 0.9])
def test_standard_error_is_that_of_theory(nu: float) -> None:
    values = Luck(200_000, 3).exponential()
    found = quantile_stat(Tally.of(values), nu)
    # density of the exponential law at its quantile is 1 - nu
    theory = math.sqrt(nu * (1 - nu) / len(values)) / (1 - nu)
    # the spacing of some 2 z sqrt(n nu (1 - nu)) order statistics: relative error below 5 %
    assert float(found.standard_error) == pytest.approx(theory, rel=0.15)
    assert float(found.low) < -math.log(1 - nu) < float(found.high)


@pytest.mark.parametrize("nu", [0.5, 0.9])
def test_false_alarms_and_coverage(nu: float) -> None:
    replications, n = 4000, 600
    # exponential times, in steps of one thousandth of probability
    values = -np.log1p(-(np.arange(1000) + 0.5) / 1000)
    tallies = []
    for seed in (1, 2):
        u = Luck(replications * n, seed).uniform().reshape(replications, n)
        cell = (u * 1000).astype(np.int64) + 1000 * np.arange(replications)[:, None]
        often = np.bincount(cell.ravel(), minlength=1000 * replications)
        tallies.append(Tally(values, often.reshape(replications, 1000)))
    control, treatment = (quantile_stat(tally, nu) for tally in tallies)
    contrast = quantile_contrast(control, treatment)
    # standard deviation of a rate of 5 % is .0034; four of them, false alarm 1 in 15,000; and
    # .006 as the standard error is itself estimated from some 50 to 100 order statistics
    for p_values in (contrast.p_value(), quantile_lift(control, treatment).p_value()):
        assert abs(np.mean(p_values < 0.05) - 0.05) < 0.0138 + 0.006
    covered = (control.low <= -math.log(1 - nu)) & (control.high >= -math.log(1 - nu))
    assert abs(np.mean(covered) - 0.95) < 0.0138 + 0.006


def test_single_tests_are_rows_of_many() -> None:
    values = np.arange(10.0)
    often = np.array([[3, 1, 4, 1, 5, 9, 2, 6, 5, 3], [2, 7, 1, 8, 2, 8, 1, 8, 2, 8]])
    whole = quantile_stat(Tally(values, often), 0.7)
    for i in range(2):
        one = quantile_stat(Tally.of(values.repeat(often[i])), 0.7)
        for part, single in zip(whole, one, strict=True):
            np.testing.assert_array_equal(part[i], single)


def test_several_values_a_unit() -> None:
    replications, users, rows = 1000, 150, 6
    alarms = np.zeros(2)
    whose = np.arange(users).repeat(rows)
    for seed in range(replications):
        luck = Luck(2 * users * rows, seed)
        own = luck.exponential().reshape(2, -1)
        # the first of a user's uniforms decides about all of its values
        shared = luck.exponential().reshape(2, users, rows)[:, :, 0]
        data = own * 0.3 + shared.repeat(rows, axis=1)
        for way, clustered in enumerate((True, False)):
            arms = []
            for values in data:
                error = clustered_share_error(values, whose, 0.5) if clustered else None
                arms.append(quantile_stat(Tally.of(values), 0.5, share_error=error))
            alarms[way] += float(quantile_contrast(*arms).p_value()) < 0.05
    # four standard deviations of .0069, false alarm 1 in 15,000, and .006 as above
    assert abs(alarms[0] / replications - 0.05) < 0.0276 + 0.006
    # values that are taken for independent raise many false alarms
    assert alarms[1] / replications > 0.2


def test_one_value_a_unit_is_no_cluster() -> None:
    values = Luck(2000, 1).exponential()
    found = clustered_share_error(values, np.arange(2000), 0.8)
    assert found == pytest.approx(math.sqrt(0.8 * 0.2 / 2000), rel=1e-3)


def test_a_quantile_in_a_block_of_equal_values_has_no_error() -> None:
    mostly_zero = quantile_stat(Tally.of(np.r_[np.zeros(98), 5.0, 9.0]), 0.5)
    assert float(mostly_zero.value) == 0
    assert math.isnan(float(mostly_zero.standard_error))
    assert math.isnan(float(quantile_contrast(mostly_zero, mostly_zero).p_value()))


def test_too_few_values_for_an_end() -> None:
    values = np.arange(101.0)
    found, middle = quantile_stat(Tally.of(values), 0.99), quantile_stat(Tally.of(values), 0.5)
    assert float(found.high) == math.inf
    assert float(found.low) > 90
    assert float(found.standard_error) == math.inf
    assert math.isfinite(float(middle.high))
    # an arm without an error leaves the comparison without one, and without a finding
    both = quantile_contrast(middle, found)
    assert float(both.standard_error) == math.inf
    assert [float(end) for end in both.interval()] == [-math.inf, math.inf]
    assert float(quantile_lift(found, middle).p_value()) == 1


@pytest.mark.parametrize(("nu", "least"), [(0.5, 8), (0.1, 53), (0.9, 53), (0.99, 563)])
def test_from_how_many_values_on_there_is_an_error(nu: float, least: int) -> None:
    for n in (least - 1, least):
        found = quantile_stat(Tally.of(np.arange(float(n))), nu)
        assert math.isfinite(float(found.standard_error)) == (n == least)


LAWS = {
    "uniform": lambda u: u,
    "normal": ndtri,
    "lognormal": lambda u: np.exp(1.5 * ndtri(u)),
}


def counted(n: int, replications: int, seed: int) -> np.ndarray:
    """How many of n uniforms fall into each of 1,000 cells, for each replication."""
    cell = (Luck(replications * n, seed).uniform().reshape(replications, n) * 1000).astype(int)
    cell += 1000 * np.arange(replications)[:, None]
    return np.bincount(cell.ravel(), minlength=1000 * replications).reshape(replications, 1000)


@pytest.mark.parametrize(("nu", "sizes"), [(0.5, (10, 20)), (0.9, (60,))])
def test_few_units_are_covered(nu: float, sizes: tuple[int, ...]) -> None:
    """Against an arm as large, and against one of 500."""
    R = 2000
    large = counted(500, R, 1)
    drawn = {n: (counted(n, R, 2 * n), counted(n, R, 2 * n + 1)) for n in sizes}
    for law in LAWS.values():
        values = law((np.arange(1000) + 0.5) / 1000)
        big = quantile_stat(Tally(values, large), nu)
        for pair in drawn.values():
            small, same = (quantile_stat(Tally(values, often), nu) for often in pair)
            for other in (same, big):
                missed = np.mean(quantile_contrast(other, small).p_value() < 0.05)
                # four standard deviations of 5 % of 2,000: a right one fails once in 30,000
                assert missed < 0.05 + 4 * 0.0049


def test_empty_groups() -> None:
    assert math.isnan(float(Tally.of([]).quantile(0.5)))
    tally = Tally(np.arange(3.0), np.array([[0, 0, 0], [1, 2, 3]]))
    assert np.isnan(tally.quantile(0.5)).tolist() == [True, False]


def test_refusals() -> None:
    with pytest.raises(DataError, match="2 of 3 values are missing"):
        Tally.of([1, np.nan, np.nan])
    with pytest.raises(DataError, match=r"between 0 and 1, both excluded \(got 1\)"):
        quantile_stat(Tally.of([1.0, 2.0]), 1)
    with pytest.raises(DataError, match="at least two units"):
        clustered_share_error([1.0, 2.0], ["a", "a"], 0.5)


@pytest.mark.parametrize("size", [1e150, 1e-150])
def test_any_unit_of_money(size: float) -> None:
    one, other = Luck(300, 1).exponential(), 1.2 * Luck(300, 2).exponential()
    plain, scaled = (
        [quantile_stat(Tally.of(by * values), 0.8) for values in (one, other)] for by in (1.0, size)
    )
    for compare in (quantile_contrast, quantile_lift):
        assert compare(*scaled).p_value() == pytest.approx(compare(*plain).p_value())
