from __future__ import annotations

from itertools import product
from math import factorial, prod

import numpy as np
import pytest
from helpers.customer_tables import Luck
from helpers.hillstrom import hillstrom
from scipy.special import gammaln

from cvosim.errors import DataError
from cvosim.stats.methods.sample_ratio import sample_ratio, sequential_sample_ratio


def test_known_numbers() -> None:
    kohavi = sample_ratio([821_588, 815_482])
    assert kohavi.statistic == pytest.approx(22.77436884, abs=1e-8)
    assert kohavi.p_chi_square == pytest.approx(1.8217928726e-06, rel=1e-8)
    assert kohavi.mismatch
    assert "Do not trust" in kohavi.words
    close = sample_ratio([5100, 4900])
    assert close.statistic == pytest.approx(4.0)
    assert close.p_chi_square == pytest.approx(0.0455002639, abs=1e-10)
    assert close.p_value == close.p_exact == pytest.approx(0.0465855277, abs=1e-10)
    assert not close.mismatch
    cats = sample_ratio([44_700, 45_489])
    assert cats.p_chi_square == pytest.approx(0.0086079878, abs=1e-10)
    assert sample_ratio([2023, 1977]).p_exact == pytest.approx(0.4767712611, abs=1e-8)


def test_hillstrom() -> None:
    found = sample_ratio(hillstrom().units_by_arm(), arms=hillstrom().arms)
    assert found.statistic == pytest.approx(0.20253125, abs=1e-8)
    assert found.p_value == pytest.approx(0.9036929576, abs=1e-9)
    assert found.df == 2


def test_the_design_is_what_counts() -> None:
    assert sample_ratio([9500, 500], [0.95, 0.05]).p_value == pytest.approx(1.0)
    assert sample_ratio([9500, 500], [19, 1]).expected == pytest.approx((9500, 500))
    assert sample_ratio([9500, 500]).mismatch
    assert (
        "new has 560 units, 500 were expected (+12.00 %"
        in sample_ratio([9440, 560], [19, 1], ["old", "new"]).words
    )


@pytest.mark.parametrize("shares", [(0.5, 0.5), (0.7, 0.2, 0.1)])
def test_bayes_factor_has_mean_1(shares: tuple[float, ...]) -> None:
    """A martingale from 1: its mean over all outcomes of n units is 1."""
    n, total = 9, 0.0
    for counts in product(range(n + 1), repeat=len(shares)):
        if sum(counts) != n:
            continue
        ways = factorial(n) / prod(factorial(c) for c in counts)
        chance = ways * prod(p**c for p, c in zip(shares, counts, strict=True))
        prior = 30 * np.array(shares)
        x = np.array(counts)
        factor = np.exp(
            (gammaln(prior + x) - gammaln(prior) - x * np.log(shares)).sum()
            - gammaln(30 + n) + gammaln(30)
        )  # fmt: skip
        found = sequential_sample_ratio(x[None, :], shares, 30.0)[0]
        assert found == pytest.approx(min(1.0, 1 / factor), rel=1e-10)
        total += chance * factor
    assert total == pytest.approx(1.0, rel=1e-12)


def test_may_be_looked_at_all_the_time() -> None:
    luck = Luck(2000, 4)
    steps = np.stack([luck.uniform() < 0.1 for _ in range(400)], axis=1)
    treated = np.cumsum(steps, axis=1)
    looks = np.stack([np.arange(1, 401) - treated, treated], axis=2)
    found = sequential_sample_ratio(looks, [0.9, 0.1], concentration=50)
    assert np.all(np.diff(found, axis=1) <= 0)
    # at most 5 %, ever; three standard deviations more: one in 700 fails
    assert 0 < np.mean(found[:, -1] < 0.05) <= 0.05 + 3 * 0.0049
    # a mismatch is found
    assert np.mean(sequential_sample_ratio(looks, [0.8, 0.2], 50)[:, -1] < 0.001) > 0.9


def test_refusals() -> None:
    with pytest.raises(DataError, match="at least 2 arms"):
        sample_ratio([5])
    with pytest.raises(DataError, match="3 shares for 2 arms"):
        sample_ratio([5, 5], [1, 1, 1])
    with pytest.raises(DataError, match="each must be above 0"):
        sample_ratio([5, 5], [1, 0])
    with pytest.raises(DataError, match="no sample ratio"):
        sample_ratio([0, 0])
    with pytest.raises(DataError, match="fall from one look"):
        sequential_sample_ratio(np.array([[5, 5], [4, 6]]))
    with pytest.raises(DataError, match="above 0"):
        sequential_sample_ratio(np.array([[5, 5]]), None, 0)
