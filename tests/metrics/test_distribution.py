import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cvosim.metrics.distribution import gini, quantile, tail_mean, top_share

positive = arrays(np.float64, st.integers(1, 40), elements=st.floats(0.01, 1e6)).map(np.sort)
anything = arrays(np.float64, st.integers(1, 40), elements=st.floats(-1e6, 1e6)).map(np.sort)


@given(anything, st.sampled_from([0.01, 0.05, 0.1, 0.5, 0.9, 0.99]))
def test_quantile_is_that_of_numpy(values: np.ndarray, p: float) -> None:
    assert quantile(p)(values)[0] == np.quantile(values, p, method="inverted_cdf")


@given(anything, st.sampled_from([0.05, 0.2, 0.5]))
def test_tail_mean_splits_the_value_on_the_border(values: np.ndarray, p: float) -> None:
    room, total = p * len(values), 0.0
    for value in values:
        total += value * min(room, 1.0)
        room = max(room - 1.0, 0.0)
    assert tail_mean(p)(values)[0] == pytest.approx(total / (p * len(values)), rel=1e-9, abs=1e-6)


@given(positive)
def test_gini_is_half_the_relative_mean_difference(values: np.ndarray) -> None:
    wanted = np.abs(np.subtract.outer(values, values)).mean() / (2 * values.mean())
    assert gini(values)[0] == pytest.approx(wanted, abs=1e-9)


@given(positive)
def test_concentration_does_not_depend_on_the_currency(values: np.ndarray) -> None:
    for statistic in (gini, top_share(0.2)):
        value, influence = statistic(values)
        other, its_influence = statistic(values * 8.0)
        assert other == pytest.approx(value, abs=1e-9)
        np.testing.assert_allclose(its_influence, influence, atol=1e-7)


@given(positive)
def test_the_best_fifth_holds_at_least_a_fifth(values: np.ndarray) -> None:
    assert 0.2 - 1e-9 <= top_share(0.2)(values)[0] <= 1 + 1e-9


def test_equal_buyers() -> None:
    values = np.full(10, 7.0)
    assert gini(values)[0] == pytest.approx(0.0, abs=1e-12)
    assert top_share(0.2)(values)[0] == pytest.approx(0.2)
    np.testing.assert_allclose(gini(values)[1], 0.0, atol=1e-12)


def test_equal_values_have_equal_influence() -> None:
    values = np.sort(np.floor(Luck(500).exponential() * 3))
    for statistic in (gini, top_share(0.2), tail_mean(0.05), quantile(0.5)):
        influence = statistic(values)[1]
        for value in np.unique(values):
            assert np.ptp(influence[values == value]) == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("statistic", [gini, top_share(0.2), tail_mean(0.2)])
def test_influence_is_what_leaving_out_changes(statistic) -> None:  # noqa: ANN001
    values = np.sort(Luck(400).exponential())
    whole, influence = statistic(values)
    rest = [statistic(np.delete(values, i))[0] for i in range(400)]
    np.testing.assert_allclose((whole - np.array(rest)) * 399, influence, rtol=0.05, atol=0.03)
    assert influence.mean() == pytest.approx(0.0, abs=1e-9)


def test_exponential_values() -> None:
    # Gini 1/2; best fifth holds 0.2 (1 + ln 5); error of the Gini sqrt(1 / 12 n)
    values = np.sort(Luck(100_000).exponential())
    for statistic, wanted in ((gini, 0.5), (top_share(0.2), 0.2 * (1 + math.log(5)))):
        value, influence = statistic(values)
        error = influence.std() / math.sqrt(len(values))
        assert abs(value - wanted) < 4.5 * error
    assert gini(values)[1].std() == pytest.approx(math.sqrt(1 / 12), rel=0.02)


def test_error_of_a_median() -> None:
    # of a standard uniform: sqrt(p (1 - p) / n)
    values = np.sort(Luck(100_000).uniform())
    influence = quantile(0.5)(values)[1]
    assert influence.std() == pytest.approx(0.5, rel=0.1)


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9, 0.99])
def test_error_of_an_exponential_quantile(p: float) -> None:
    # sqrt(p (1 - p) / n) over the density 1 - p
    influence = quantile(p)(np.sort(Luck(200_000).exponential()))[1]
    assert influence.std() == pytest.approx(math.sqrt(p / (1 - p)), rel=0.15)


def test_a_value_that_most_share_has_no_error() -> None:
    values = np.sort(np.where(Luck(1000).uniform() < 0.8, -0.45, 3.0))
    value, influence = quantile(0.5)(values)
    assert value == -0.45
    assert not influence.any()


@pytest.mark.parametrize("statistic", [gini, top_share(0.2), tail_mean(0.2), quantile(0.5)])
def test_of_nothing(statistic) -> None:  # noqa: ANN001
    value, influence = statistic(np.zeros(0))
    assert math.isnan(value)
    assert len(influence) == 0
