import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy import stats

from cvosim.stats import PairedSums, paired_difference

pairs = st.integers(2, 30).flatmap(
    lambda n: st.tuples(*[arrays(np.float64, n, elements=st.integers(-1000, 1000))] * 2)
)


@given(pairs)
def test_is_the_classical_paired_interval(pair: tuple[np.ndarray, np.ndarray]) -> None:
    a, b = pair
    found = paired_difference(a, b)
    error = np.std(b - a, ddof=1) / math.sqrt(len(a))
    assert found.difference == pytest.approx(b.mean() - a.mean(), abs=1e-9)
    assert found.standard_error == pytest.approx(error, abs=1e-6)
    reach = stats.norm.ppf(0.975) * found.standard_error
    assert found.low == pytest.approx(found.difference - reach, abs=1e-9)
    assert found.high == pytest.approx(found.difference + reach, abs=1e-9)


def test_variance_reduction() -> None:
    luck = Luck(50_000)
    shared, own, other = luck.uniform(), luck.uniform(), luck.uniform()
    # correlation 0.9: (1 + 1) / (2 - 1.8)
    weight = math.sqrt(9)
    found = paired_difference(weight * shared + own, weight * shared + other)
    assert found.variance_reduction == pytest.approx(10, rel=0.03)
    assert paired_difference(own, other).variance_reduction == pytest.approx(1, rel=0.03)


def test_identical_samples() -> None:
    values = Luck(100).uniform()
    found = paired_difference(values, values)
    assert found[:4] == (0, 0, 0, 0)
    assert found.variance_reduction == math.inf
    assert math.isnan(paired_difference(np.ones(5), np.ones(5)).variance_reduction)


def test_one_subject_says_nothing_about_error() -> None:
    assert math.isnan(paired_difference(np.ones(1), np.zeros(1)).standard_error)


def test_covers_the_truth_as_often_as_it_says() -> None:
    hits = 0
    for seed in range(600):
        luck = Luck(50, seed)
        shared = luck.exponential()
        found = paired_difference(shared, shared + luck.uniform())
        hits += found.low <= 0.5 <= found.high
    # 95 % of 600 is 570, standard deviation 5.3
    assert 545 <= hits <= 592


def test_sums_add_up() -> None:
    a, b = Luck(20).uniform(), Luck(20, 1).uniform()
    whole, parts = PairedSums.of(a, b), PairedSums.of(a[:7], b[:7]) + PairedSums.of(a[7:], b[7:])
    assert parts.count == whole.count
    assert parts.difference == pytest.approx(whole.difference)
