import math
import time

import numpy as np
import pytest
from helpers.customer_tables import Luck
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from cvosim.errors import DataError
from cvosim.stats.methods.proportions import (
    compare_proportions,
    counts,
    exact_p_value,
    newcombe,
    pooled_z,
    wilson,
    z_tails,
)

some = st.integers(1, 400).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
inner = st.integers(3, 400).flatmap(lambda n: st.tuples(st.integers(1, n - 1), st.just(n)))


def test_published_numbers() -> None:
    # statsmodels 0.15 and scipy; Newcombe as in its confint_proportions_2indep(method="newcomb")
    found = compare_proportions((100, 1000), (120, 1000))
    assert found.difference == pytest.approx(0.02, abs=1e-12)
    assert found.p_value == pytest.approx(0.1529177818639462, abs=1e-12)
    assert found.low == pytest.approx(-0.007492167515211062, abs=1e-12)
    assert found.high == pytest.approx(0.047550667456339055, abs=1e-12)
    z = float(pooled_z(counts(100, 1000), counts(120, 1000)))
    assert z == pytest.approx(1.4293008498232314, abs=1e-12)
    for test, p in (
        ("fisher", 0.05944608778347597),
        ("barnard", 0.03129697700586441),
        ("boschloo", 0.036800831252212854),
    ):
        found = compare_proportions((7, 50), (1, 50), exact=test)
        # the last two search the common proportion
        assert found.p_value == pytest.approx(p, abs=1e-6)


def test_newcombe_1998_table_ii() -> None:
    # Newcombe (1998b), table II, method 10
    for treatment, control, low, high in (
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ):
        found = newcombe(counts(*control), counts(*treatment))
        assert [round(float(x), 4) for x in found[1:]] == [low, high]


@given(some, some)
def test_intervals_are_those_of_statsmodels(c: tuple[int, int], t: tuple[int, int]) -> None:
    low, high = proportion_confint(*c, method="wilson")
    assert [float(x) for x in wilson(counts(*c))[1:]] == pytest.approx([low, high], abs=1e-12)
    ends = confint_proportions_2indep(*t, *c, method="newcomb", compare="diff")
    assert [float(x) for x in newcombe(counts(*c), counts(*t))[1:]] == pytest.approx(ends, abs=1e-9)


@given(inner, inner)
def test_z_squared_is_chi_squared(c: tuple[int, int], t: tuple[int, int]) -> None:
    table = [[c[0], c[1] - c[0]], [t[0], t[1] - t[0]]]
    chi2 = stats.chi2_contingency(table, correction=False).statistic
    assert float(pooled_z(counts(*c), counts(*t))) ** 2 == pytest.approx(chi2, abs=1e-9)


def test_arrays_give_what_single_experiments_give() -> None:
    successes, others = np.array([[0, 3, 5], [10, 20, 50]]), np.array([[2], [5]])
    c, t = counts(successes, 50), counts(others, 60)
    for function in (newcombe,):
        whole = function(c, t)
        for i in range(2):
            for j in range(3):
                one = function(counts(successes[i, j], 50), counts(others[i, 0], 60))
                for part, single in zip(whole, one, strict=True):
                    np.testing.assert_array_equal(part[i, j], single)
    found = exact_p_value(c, t, "fisher")
    table = [[5, 20], [55, 30]]
    assert found.shape == (2, 3)
    assert float(found[1, 1]) == pytest.approx(stats.fisher_exact(table).pvalue)


def test_one_sided_questions() -> None:
    up = compare_proportions((100, 1000), (120, 1000), alternative="greater")
    down = compare_proportions((100, 1000), (120, 1000), alternative="less")
    both = compare_proportions((100, 1000), (120, 1000), level=0.9)
    assert up.p_value + down.p_value == pytest.approx(1)
    assert up.p_value == pytest.approx(0.1529177818639462 / 2)
    assert (up.low, up.high) == (both.low, math.inf)
    assert (down.low, down.high) == (-math.inf, both.high)
    for test in ("fisher", "barnard", "boschloo"):
        found = compare_proportions((1, 50), (7, 50), alternative="greater", exact=test)
        assert found.p_value < 0.05
        found = compare_proportions((1, 50), (7, 50), alternative="less", exact=test)
        assert found.p_value > 0.9


def test_exact_tests_only_where_counts_are_small() -> None:
    method = compare_proportions((10, 100), (12, 100)).method
    assert method == "pooled z test, Newcombe interval"
    assert compare_proportions((2, 100), (3, 100)).method.startswith("Boschloo's")
    assert compare_proportions((98, 100), (97, 100)).method.startswith("Boschloo's")
    assert compare_proportions((2, 100), (3, 100), exact="never").method.startswith("pooled z")
    start = time.process_time()
    for c, t in (((3, 10**6), (2, 9 * 10**5)), ((40, 10**6), (3, 10**4)), ((0, 300), (4, 300))):
        assert compare_proportions(c, t).method.startswith("Fisher's")
    assert time.process_time() - start < 1


@pytest.mark.parametrize("share", [0.02, 0.1, 0.3, 0.5])
def test_newcombe_covers_the_truth_exactly_as_often_as_it_says(share: float) -> None:
    # every possible outcome with its probability: no chance here
    n, m = 60, 90
    x, y = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    weight = stats.binom.pmf(x, n, share) * stats.binom.pmf(y, m, share + 0.05)
    _, low, high = newcombe(counts(x, n), counts(y, m))
    covered = float((weight * ((low <= 0.05) & (high >= 0.05))).sum())
    assert 0.94 < covered < 0.985


def test_false_alarms_of_the_z_test_in_either_tail() -> None:
    replications = 20_000
    luck = Luck(replications, 5)
    c = counts(stats.binom.ppf(luck.uniform(), 2000, 0.1), 2000)
    t = counts(stats.binom.ppf(luck.uniform(), 2000, 0.1), 2000)
    # standard deviation of a tail's rate .0011; four of them: false alarm 1 in 15,000 a tail
    for tail in z_tails(c, t):
        assert abs(np.mean(tail < 0.025) - 0.025) < 0.0044
    # and of Newcombe's interval, which leaves out 0 as often
    _, low, high = newcombe(c, t)
    assert abs(np.mean((low > 0) | (high < 0)) - 0.05) < 0.0062


def test_exact_tests_hold_their_level_and_boschloo_is_the_stronger() -> None:
    n, m = 9, 12
    x, y = np.meshgrid(np.arange(n + 1), np.arange(m + 1), indexing="ij")
    rejects = {
        test: exact_p_value(counts(x, n), counts(y, m), test) <= 0.05
        for test in ("fisher", "boschloo")
    }
    shares = np.linspace(0.02, 0.98, 49)[:, None, None]
    null = stats.binom.pmf(x, n, shares) * stats.binom.pmf(y, m, shares)
    for test, reject in rejects.items():
        assert float((null * reject).sum(axis=(1, 2)).max()) < 0.0501, test
    other = stats.binom.pmf(x, n, 0.2) * stats.binom.pmf(y, m, 0.75)
    power = {test: float((other * reject).sum()) for test, reject in rejects.items()}
    assert power["boschloo"] > power["fisher"] + 0.02


def test_nobody_or_everybody() -> None:
    none = compare_proportions((0, 500), (0, 400), exact="never")
    assert (none.difference, none.p_value) == (0, 1)
    assert none.low < 0 < none.high
    assert compare_proportions((500, 500), (400, 400)).p_value == 1


@settings(max_examples=30)
@given(some, some)
def test_both_ways_round(c: tuple[int, int], t: tuple[int, int]) -> None:
    there, back = newcombe(counts(*c), counts(*t)), newcombe(counts(*t), counts(*c))
    assert float(there.low) == pytest.approx(-float(back.high), abs=1e-12)
    assert -1 <= float(there.low) <= float(there.estimate) <= float(there.high) <= 1


def test_impossible_counts() -> None:
    with pytest.raises(DataError, match=r"from 0 to the number of units \(got 12\)"):
        compare_proportions((12, 10), (3, 10))
    with pytest.raises(DataError, match="at least one unit"):
        compare_proportions((0, 0), (3, 10))
    with pytest.raises(DataError, match="unknown exact test 'bernard'; known: auto, never"):
        compare_proportions((1, 10), (3, 10), exact="bernard")
    with pytest.raises(DataError, match="unknown alternative 'more'"):
        compare_proportions((1, 10), (3, 10), alternative="more")
