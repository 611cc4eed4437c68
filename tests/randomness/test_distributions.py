"""The draws have the distributions that they are named after.

Each test would fail a correct generator with probability ALPHA; addresses are fixed, so a
test that passes once passes always.
"""

from __future__ import annotations

import statistics
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from cvosim.randomness import draws_plain
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.formulas import normal_quantile

ALPHA = 1e-6
N = 200_000

# Far in the tails, beside 1/2, where the three pieces meet, and over the whole interval.
GRID = np.concatenate(
    [
        2.0**-53 * np.arange(1, 500),
        1.0 - 2.0**-53 * np.arange(1, 500),
        10.0 ** -np.linspace(0.31, 15.9, 5_000),
        1.0 - 10.0 ** -np.linspace(0.31, 15.9, 5_000),
        0.5 + 10.0 ** -np.linspace(0.4, 15.0, 2_000),
        [0.075, 0.925, np.exp(-25.0), np.nextafter(0.075, 0), np.nextafter(0.925, 1)],
        np.linspace(0.0, 1.0, 40_000)[1:-1],
    ]
)

CASES: list[tuple[str, tuple[float, ...], Any]] = [
    ("uniform", (), stats.uniform()),
    ("normal", (), stats.norm()),
    ("exponential", (), stats.expon()),
    *[("gamma", (k,), stats.gamma(k)) for k in (0.243, 0.99, 1.0, 3.7442, 80.0, 1e4)],
    *[("log_gamma_variate", (k,), stats.loggamma(k)) for k in (1e-3, 0.05, 0.6, 2.5)],
    *[
        ("beta", (a, b), stats.beta(a, b))
        for a, b in ((0.793, 2.426), (0.668, 3.806), (1.0, 1.0), (5.0, 0.2), (40.0, 70.0))
    ],
    ("draw", (int(Distribution.EXPONENTIAL), 4.0, 0.0), stats.expon(scale=4.0)),
    ("draw", (int(Distribution.LOGNORMAL), 3.0, 0.8), stats.lognorm(0.8, scale=3.0)),
    ("draw", (int(Distribution.GAMMA), 0.5, 4.0), stats.gamma(4.0, scale=0.5)),
    ("draw", (int(Distribution.WEIBULL), 3.0, 0.7), stats.weibull_min(0.7, scale=3.0)),
    ("draw", (int(Distribution.UNIFORM), -2.0, 5.0), stats.uniform(-2.0, 7.0)),
]


@pytest.mark.parametrize(
    ("name", "parameters", "law"), CASES, ids=[f"{name}{args}" for name, args, _ in CASES]
)
def test_kolmogorov_smirnov(bulk: Any, name: str, parameters: Any, law: Any) -> None:
    assert stats.kstest(bulk(name, *parameters, n=N), law.cdf).pvalue > ALPHA


def test_kolmogorov_smirnov_can_fail(bulk: Any) -> None:
    assert stats.kstest(bulk("gamma", 3.7442, n=N), stats.gamma(3.80).cdf).pvalue < ALPHA


@pytest.mark.parametrize("weights", [[1.0], [0.6, 0.25, 0.15], [0.0, 0.5, 0.0, 0.5], [0.01] * 100])
def test_categorical_by_chi_square(bulk: Any, weights: list[float]) -> None:
    found = bulk("categorical", np.cumsum(weights), n=N).astype(int)
    counts = np.bincount(found, minlength=len(weights))
    expected = N * np.array(weights)
    assert not counts[expected == 0].any()
    possible = expected > 0
    if possible.sum() > 1:
        assert stats.chisquare(counts[possible], expected[possible]).pvalue > ALPHA


def test_the_last_category_takes_what_rounding_left(bulk: Any) -> None:
    assert set(bulk("categorical", np.array([0.0, 0.0]), n=100)) == {1.0}


def test_a_fixed_value_is_itself() -> None:
    assert draws_plain.draw(Distribution.FIXED, 2.5, 9.0, 7, 0, 11, 0) == 2.5


def test_normal_quantile_against_scipy() -> None:
    """Cephes and AS 241 are each good to some 5e-16."""
    found = np.array([normal_quantile(u) for u in GRID.tolist()])
    np.testing.assert_allclose(found, special.ndtri(GRID), rtol=1.5e-15, atol=0)


def test_normal_quantile_against_the_standard_library() -> None:
    inverse = statistics.NormalDist().inv_cdf
    for u in GRID[::7].tolist():
        assert normal_quantile(u) == pytest.approx(inverse(u), rel=1e-15, abs=0)


def test_normal_quantile_is_odd() -> None:
    for u in GRID[GRID < 0.5].tolist():
        if 1.0 - (1.0 - u) == u:
            assert normal_quantile(1.0 - u) == -normal_quantile(u)


@pytest.mark.parametrize(("a", "b"), [(1e-3, 2e-3), (1e-5, 1e-5), (1e-12, 3e-12)])
def test_beta_of_tiny_parameters_is_a_coin(bulk: Any, a: float, b: float) -> None:
    """Beta(a, b) tends to a coin with P(1) = a / (a + b); never 0 / 0."""
    found = bulk("beta", a, b, n=N)
    assert ((found >= 0.0) & (found <= 1.0)).all()
    heads = int((found > 0.5).sum())
    assert stats.binomtest(heads, N, 1.0 - stats.beta(a, b).cdf(0.5)).pvalue > ALPHA


def test_a_gamma_too_small_for_a_double_is_0_but_has_a_logarithm() -> None:
    address = (7, 1, 11, 0)
    assert draws_plain.gamma(1e-6, *address) == 0.0
    assert -1e9 < draws_plain.log_gamma_variate(1e-6, *address) < -800.0


@pytest.mark.parametrize("shape", [0.0, -1.0, float("nan")])
def test_no_such_shape(shape: float) -> None:
    address = (7, 1, 11, 0)
    assert np.isnan(draws_plain.gamma(shape, *address))
    assert np.isnan(draws_plain.beta(shape, 1.0, *address))
    assert np.isnan(draws_plain.beta(1.0, shape, *address))
    assert np.isnan(draws_plain.draw(Distribution.WEIBULL, 1.0, shape, *address))
