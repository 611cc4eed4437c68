from fractions import Fraction
from math import comb

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from scipy.integrate import quad

from cvosim.errors import DataError
from cvosim.stats.methods.bayes import (
    BetaPrior,
    NormalPrior,
    beta_belief,
    normal_belief,
    normal_posterior,
)

some = st.integers(0, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


def chance_by_fractions(c: tuple[int, int], t: tuple[int, int]) -> float:
    """P(T > C) under uniform priors, exactly: order statistics of uniform numbers.

    C is the (c+1)-th smallest of nc+1 uniforms and T the (t+1)-th of nt+1. T > C if, of the first
    t+1+k of all numbers in order, at least c+1 are C's when the (t+1)-th of T's comes.
    """
    nc, nt = c[1] + 1, t[1] + 1
    ways = sum(
        comb(j + t[0], j) * comb(nc - j + nt - t[0] - 1, nc - j) for j in range(c[0] + 1, nc + 1)
    )
    return float(Fraction(ways, comb(nc + nt, nc)))


def test_published_numbers() -> None:
    # exact integration, ab_oracles.json; GrowthBook's beta test has the same risks
    for c, t, numbers in (
        ((49, 100), (51, 100), (0.6107705226878396, 0.03872430433934415, 0.019116461202089235)),
        ((100, 1000), (120, 1000), (0.92318343897356, 0.02044469376667586, 0.0004846139263564985)),
    ):
        assert [float(x) for x in beta_belief(c, t)[1:]] == pytest.approx(numbers, abs=1e-11)
    # GrowthBook's risk of N(.1, .05)
    found = normal_belief(normal_posterior(0.1, 0.05))
    assert float(found.loss_control) == pytest.approx(0.1004245351308, abs=1e-12)
    assert float(found.loss_treatment) == pytest.approx(0.0004245351308, abs=1e-12)


@given(some, some)
def test_chance_is_exact(c: tuple[int, int], t: tuple[int, int]) -> None:
    found = beta_belief(c, t)
    assert float(found.chance) == pytest.approx(chance_by_fractions(c, t), abs=1e-11)
    difference = float(found.loss_control - found.loss_treatment)
    mean = (t[0] + 1) / (t[1] + 2) - (c[0] + 1) / (c[1] + 2)
    assert difference == pytest.approx(mean, abs=1e-12)
    assert float(found.difference) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("n", [10**3, 10**5, 10**7])
def test_large_samples(n: int) -> None:
    c, t = (n // 10, n), (n // 10 + int(0.3 * n**0.5), n)
    there, back = beta_belief(c, t), beta_belief(t, c)
    assert float(there.chance + back.chance) == pytest.approx(1, abs=1e-10)
    assert float(there.loss_control) == pytest.approx(float(back.loss_treatment), abs=1e-10)
    # near the normal law, the better the more there are
    share = np.array([c[0] / n, t[0] / n])
    z = (share[1] - share[0]) / np.sqrt((share * (1 - share)).sum() / n)
    assert float(there.chance) == pytest.approx(stats.norm.cdf(z), abs=0.3 / n**0.5)


@settings(max_examples=8, deadline=None)
@given(some, some, st.sampled_from([BetaPrior(0.5, 0.5), BetaPrior(2.0, 8.0), BetaPrior(1.0, 30)]))
def test_losses_are_their_definition(
    c: tuple[int, int], t: tuple[int, int], prior: BetaPrior
) -> None:
    found = beta_belief(c, t, prior)
    one, other = (
        stats.beta(prior.successes + y, prior.failures + n - y) for y, n in (c, t)
    )  # fmt: skip
    # E[max(T - C, 0)] = integral over x of P(C < x < T)
    loss, _ = quad(lambda x: one.cdf(x) * other.sf(x), 0, 1, epsabs=1e-11, limit=400)
    assert float(found.loss_control) == pytest.approx(loss, abs=1e-9)
    loss, _ = quad(lambda x: other.cdf(x) * one.sf(x), 0, 1, epsabs=1e-11, limit=400)
    assert float(found.loss_treatment) == pytest.approx(loss, abs=1e-9)


def test_arrays_give_what_single_experiments_give() -> None:
    y, x = np.array([[0, 5], [40, 50]]), np.array([3, 1000])
    whole = beta_belief((y, 50), (x, [20, 10**6]))
    assert whole.chance.shape == (2, 2)
    for i in range(2):
        for j in range(2):
            one = beta_belief((y[i, j], 50), (x[j], (20, 10**6)[j]))
            for part, single in zip(whole, one, strict=True):
                assert part[i, j] == pytest.approx(float(single), abs=1e-11)


def test_arms_of_very_different_size() -> None:
    # treatment is known, at 1/2: the chance is that of control's posterior below it
    found = beta_belief((3, 20), (10**9, 2 * 10**9))
    assert float(found.chance) == pytest.approx(stats.beta(4, 18).cdf(0.5), abs=1e-8)
    found = beta_belief((10**9, 2 * 10**9), (3, 20))
    assert float(found.chance) == pytest.approx(stats.beta(4, 18).sf(0.5), abs=1e-8)


def test_normal_posterior_by_bayes_theorem() -> None:
    prior, estimate, error = NormalPrior(0.02, 0.05), 0.1, 0.04
    grid = np.linspace(-1, 1, 200_001)
    weight = stats.norm.pdf(grid, 0.02, 0.05) * stats.norm.pdf(estimate, grid, error)
    weight /= weight.sum()
    mean = (weight * grid).sum()
    found = normal_posterior(estimate, error, prior)
    assert float(found.mean) == pytest.approx(mean, abs=1e-9)
    assert float(found.sd) == pytest.approx(np.sqrt((weight * (grid - mean) ** 2).sum()), abs=1e-9)
    belief = normal_belief(found)
    assert float(belief.loss_control) == pytest.approx(
        (weight * np.maximum(grid, 0)).sum(), rel=1e-6
    )
    assert float(belief.loss_treatment) == pytest.approx(
        (weight * np.maximum(-grid, 0)).sum(), rel=1e-6
    )


@given(st.floats(-50, 50), st.floats(0, 10))
def test_normal_losses(mean: float, sd: float) -> None:
    found = normal_belief(normal_posterior(mean, sd))
    assert float(found.loss_control - found.loss_treatment) == pytest.approx(mean, abs=1e-12)
    assert min(found.loss_control, found.loss_treatment) >= 0


def test_refusals() -> None:
    with pytest.raises(DataError, match=r"at least 0.05 \(got 0\)"):
        beta_belief((1, 2), (1, 2), BetaPrior(0, 1))
    with pytest.raises(DataError, match="number of units"):
        beta_belief((3, 2), (1, 2))
    with pytest.raises(DataError, match="sd must be above 0"):
        normal_posterior(1, 1, NormalPrior(0, 0))
