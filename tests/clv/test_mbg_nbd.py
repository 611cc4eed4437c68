"""MBG/NBD: the published CDNOW figures, closed forms, integrals, and customers made to order."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from helpers.customers import buying, summary_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cvosim.clv.models.bg_nbd import BgNbd
from cvosim.clv.models.fit import maximise
from cvosim.clv.models.fit_task import Task
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.models.mbg_nbd import MbgNbd, ModifiedBetaGeometricNBD
from cvosim.clv.orders.history import History
from cvosim.clv.orders.summary import Summary

likelihood = ModifiedBetaGeometricNBD.family.likelihood

CDNOW = MbgNbd(0.524843, 6.183086 * 7, 0.891359, 1.614002)
"""Published as 0.525, 6.183, 0.891, 1.614 weeks (R package BTYDplus)."""
CORNERS = [MbgNbd(0.5, 4, 1.0, 2.4), MbgNbd(0.11, 2.24, 0.31, 0.5), MbgNbd(2, 30, 1.7, 0.4)]


def histories(*rows: tuple[float, float, float]) -> History:
    x, last, age = np.array(rows, np.float64).T
    return History(x, last, age)


ROWS = histories((0, 0, 39), (1, 30, 39), (3, 20, 39), (29, 3, 39), (400, 5, 6), (2, 9, 9))


@pytest.fixture(scope="module")
def fit(cdnow: Summary) -> FittedPurchases:
    return ModifiedBetaGeometricNBD().fit(cdnow)


# ------------------------------------------------------------------ published figures


def test_cdnow_parameters(fit: FittedPurchases) -> None:
    r, alpha, a, b = fit.params_.values()
    found = [r, alpha / 7, a, b]
    np.testing.assert_allclose(found, [0.524843, 6.183086, 0.891359, 1.614002], rtol=1e-5)
    np.testing.assert_allclose(found, [0.525, 6.183, 0.891, 1.614], atol=6e-4)
    assert fit.log_likelihood_ == pytest.approx(-9582.13572, abs=1e-4)
    assert fit.converged_


def test_cdnow_expectation(fit: FittedPurchases) -> None:
    published = MbgNbd(0.525, 6.183 * 7, 0.891, 1.614)
    assert published.expected_purchases_new_customer(273) == pytest.approx(1.18295, abs=5e-6)
    total, deviation = fit.forecast(273)
    assert total == pytest.approx(fit.expected_purchases(273).sum(), rel=1e-12)
    assert 80 < deviation < 150


# ------------------------------------------------------------------ likelihood


@pytest.mark.parametrize("law", [CDNOW, *CORNERS])
@pytest.mark.parametrize("row", [(0, 0, 39), (1, 30, 39), (3, 20, 39), (9, 39, 39)])
def test_likelihood_is_the_integral(law: MbgNbd, row: tuple[float, float, float]) -> None:
    """Every coin before the last kind, the last one either way, over p; λ in closed form."""
    r, alpha, a, b = astuple(law)
    x, last, age = row

    def after_coins(time: float) -> float:
        return float(
            np.exp(
                special.gammaln(r + x)
                - special.gammaln(r)
                + r * math.log(alpha)
                - (r + x) * math.log(alpha + time)
            )
        )

    def over(kind: float, unkind: float) -> float:
        weight = {"weight": "alg", "wvar": (a - 1 + unkind, b - 1 + kind)}
        whole = integrate.quad(lambda p: 1.0, 0, 1, **weight)[0]
        return float(whole / special.beta(a, b))

    stays, leaves = over(x + 1, 0) * after_coins(age), over(x, 1) * after_coins(last)
    found = law.log_likelihood(histories(row))[0] - x * math.log(7)
    assert math.exp(found) == pytest.approx(stays + leaves, rel=1e-9)
    alive = law.probability_alive(histories(row))[0]
    assert alive == pytest.approx(stays / (stays + leaves), rel=1e-9)


def test_likelihood_is_a_distribution() -> None:
    """Over all histories it adds up to 1."""
    law, age = MbgNbd(0.9, 5.0, 0.8, 2.0), 6.0
    nodes, weights = np.polynomial.legendre.leggauss(60)
    last, weights = (nodes + 1) * age / 2, weights * age / 2
    total = math.exp(likelihood(astuple(law), histories((0, 0, age)))[0][0])
    for x in range(1, 300):
        # The other x − 1 purchases lie anywhere before the last: t_x^(x−1) / (x−1)!
        ways = (x - 1) * np.log(last) - math.lgamma(x)
        history = History(np.full(60, float(x)), last, np.full(60, age))
        total += float(np.exp(likelihood(astuple(law), history)[0] + ways) @ weights)
    assert total == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("parameters", [(0.5, 6.0, 0.9, 1.6), (2, 30, 1, 5), (10, 0.01, 3, 0.2)])
def test_gradient(parameters: tuple[float, ...]) -> None:
    """Against differences of the value."""
    at = np.array(parameters, np.float64)
    gradient = likelihood(tuple(at), ROWS)[1]
    for index in range(4):
        step = np.zeros(4)
        step[index] = at[index] * 1e-5
        sides = [likelihood(tuple(at + sign * step), ROWS)[0] for sign in (1, -1)]
        slope = (sides[0] - sides[1]) / (2 * step[index])
        # what rounding does to a value of up to 2000 is 1e-12 / 1e-5 in the slope
        noise = 1e-6 + 2e-16 * np.abs(sides[0]) / step[index] * 10
        np.testing.assert_array_less(abs(gradient[index] - slope), 1e-7 * abs(slope) + noise)


def test_parameters_of_each_customer() -> None:
    """Arrays of α and a do what a law for each customer does."""
    alpha, a = np.array([10.0, 20, 30, 5, 0.01, 7]), np.array([1.2, 0.2, 3, 0.5, 1, 0.1])
    law = MbgNbd(0.6, alpha, a, 1.9)
    for index in range(6):
        one = MbgNbd(0.6, float(alpha[index]), float(a[index]), 1.9)
        row = History(*(column[index : index + 1] for column in ROWS))
        for value in ("log_likelihood", "probability_alive"):
            each = getattr(law, value)(ROWS)[index]
            assert each == pytest.approx(getattr(one, value)(row)[0], rel=1e-12)
        each = law.discounted_purchases(ROWS, 0.01, 50)[index]
        assert each == pytest.approx(one.discounted_purchases(row, 0.01, 50)[0], rel=1e-9)
        variance = law.conditional_moments(ROWS, 30)[1][index]
        assert variance == pytest.approx(one.conditional_moments(row, 30)[1][0], rel=1e-9)
        chance = law.probability_of(2, 30)[index]
        assert chance == pytest.approx(one.probability_of(2, 30), rel=1e-12)
        whole = law.expected_purchases_new_customer(30)[index]
        assert whole == pytest.approx(one.expected_purchases_new_customer(30), rel=1e-9)


# ------------------------------------------------------------------ what is to come


@pytest.mark.parametrize("days", [1.0, 30.0, 273.0, 1000.0])
@pytest.mark.parametrize("law", [CDNOW, MbgNbd(2.5, 90, 3, 7), MbgNbd(0.02, 5, 0.6, 1.3)])
def test_expectation_is_the_closed_form(law: MbgNbd, days: float) -> None:
    """Batislam, Denizel & Filiztekin (2007)."""
    r, alpha, a, b = astuple(law)
    last = special.hyp2f1(r, b + 1, a + b, days / (alpha + days))
    exact = b / (a - 1) * (1 - (alpha / (alpha + days)) ** r * last)
    assert law.expected_purchases_new_customer(days) == pytest.approx(exact, rel=1e-8)


@pytest.mark.parametrize("law", [CDNOW, *CORNERS])
def test_moments_are_integrals(law: MbgNbd) -> None:
    """Over λ and p of a customer who is there: Gamma(r + x, α + T) and Beta(a, b + x + 1)."""
    r, alpha, a, b = astuple(law)
    days, delta = 70.0, 2e-3
    rate = stats.gamma(r + 2, scale=1 / (alpha + 60))
    lows, highs = special.roots_legendre(80), special.roots_jacobi(80, b + 2, a - 1)
    quantile = rate.ppf((lows[0] + 1) / 2 * 0.999999999)
    p, mass = (1 + highs[0]) / 2, highs[1] / highs[1].sum()
    lam = quantile[:, np.newaxis]
    gone = lam * p * days
    # λ by its quantiles, Gauss–Legendre; the law's own way is a closed form in λ
    once = (lows[1] / 2) @ (-np.expm1(-gone) / p) @ mass
    twice = (lows[1] / 2) @ (2 * (1 - p) / p**2 * special.gammainc(2, gone)) @ mass
    forever = (lows[1] / 2) @ (lam / (lam * p + delta)) @ mass
    part = (lows[1] / 2) @ (lam / (lam * p + delta) * -np.expm1(-(lam * p + delta) * days)) @ mass
    row = histories((2, 41, 60))
    alive = law.probability_alive(row)[0]
    mean, variance = law.conditional_moments(row, days)
    assert mean[0] == pytest.approx(alive * once, rel=2e-4)
    assert law.expected_purchases(row, days)[0] == mean[0]
    pairs = alive * twice
    assert variance[0] == pytest.approx(pairs + mean[0] - mean[0] ** 2, rel=1e-3)
    assert law.discounted_purchases(row, delta)[0] == pytest.approx(alive * forever, rel=1e-3)
    assert law.discounted_purchases(row, delta, days)[0] == pytest.approx(alive * part, rel=2e-4)


@pytest.mark.parametrize("law", [CDNOW, *CORNERS])
@pytest.mark.parametrize("days", [40.0, 3000.0, math.inf])
def test_discounted_purchases_are_the_integral(law: MbgNbd, days: float) -> None:
    """∫ exp(−δu) dE[X(u)], as E[X(u)] weighted by δ·exp(−δu) (parts)."""
    row, delta = histories((3, 100, 150)), 4e-4

    def weighted(u: float) -> float:
        return delta * math.exp(-delta * u) * float(law.expected_purchases(row, u)[0])

    end = min(days, 60_000.0)
    exact = integrate.quad(weighted, 0, end, epsrel=1e-8, limit=200, points=[300, 3000])[0]
    exact += math.exp(-delta * end) * float(law.expected_purchases(row, end)[0])
    assert law.discounted_purchases(row, delta, days)[0] == pytest.approx(exact, rel=1e-6)


def test_new_customers_are_their_two_kinds() -> None:
    """Those who leave at once, and those of BG/NBD whose first coin was kind."""
    law, after = MbgNbd(0.6, 20, 1.5, 2.5), BgNbd(0.6, 20, 1.5, 3.5)
    found = law.discounted_purchases_new_customer(1e-3, 200)
    exact = 2.5 / 4 * after.discounted_purchases_new_customer(1e-3, 200)
    assert found == pytest.approx(float(exact), rel=1e-12)
    # without end or discount everybody who stayed buys 1/p times in all
    whole = law.discounted_purchases_new_customer(0)
    assert whole == pytest.approx(2.5 / 4 * (1.5 + 3.5 - 1) / 0.5, rel=1e-12)
    assert 0.8 * whole < law.expected_purchases_new_customer(1e5) < whole


def test_without_discount() -> None:
    """Finite for a > 1 only."""
    row = histories((2, 41, 60), (500, 1, 1e6))
    alive = MbgNbd(0.6, 20, 1.5, 2.5).probability_alive(row)
    found = MbgNbd(0.6, 20, 1.5, 2.5).discounted_purchases(row, 0)
    np.testing.assert_allclose(found, alive * (1.5 + 2.5 + row.repeats) / 0.5, rtol=1e-12)
    assert alive[1] == 0
    assert CDNOW.discounted_purchases(row, 0).tolist() == [math.inf, math.inf]
    assert CDNOW.discounted_purchases_new_customer(0) == math.inf


@pytest.mark.parametrize("law", [CDNOW, *CORNERS])
def test_counts_are_a_distribution(law: MbgNbd) -> None:
    n = np.arange(3000)
    chance = law.probability_of(n, 120.0)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert chance.sum() == pytest.approx(1, abs=1e-6)
    assert chance @ n == pytest.approx(float(law.expected_purchases_new_customer(120.0)), rel=1e-3)
    at_once = law.a / (law.a + law.b)
    none = at_once + (1 - at_once) * (law.alpha_days / (law.alpha_days + 120)) ** law.r
    assert chance[0] == pytest.approx(none, rel=1e-12)


def test_corners_are_finite() -> None:
    for law in (*CORNERS, MbgNbd(1e5, 5e6, 0.4, 1e5), MbgNbd(1e-5, 1e-5, 1e5, 1e-5)):
        assert np.isfinite(law.log_likelihood(ROWS)).all()
        assert np.isfinite(likelihood(astuple(law), ROWS)[1]).all()
        assert np.isfinite(law.conditional_moments(ROWS, 50.0)).all()
        assert np.isfinite(law.discounted_purchases(ROWS, 1e-3)).all()
        assert np.isfinite(law.discounted_purchases(ROWS, 1e-3, 50.0)).all()


parameter = st.floats(-3, 3).map(math.exp)
life = st.tuples(st.integers(0, 60), st.floats(0, 1), st.floats(0.01, 3))


@given(st.tuples(parameter, parameter, parameter, parameter), life, st.floats(1e-3, 3))
def test_properties(
    parameters: tuple[float, ...], case: tuple[int, float, float], delta: float
) -> None:
    """Probabilities in [0, 1]; projections rise with the horizon; discounts only lower them."""
    law, (x, share, age) = MbgNbd(*parameters), case
    row = histories((x, share * age if x else 0.0, age))
    assert np.isfinite(law.log_likelihood(row)).all()
    alive = law.probability_alive(row)[0]
    assert 0 <= alive <= 1
    horizons = [0.0, 1e-3, 0.5, 2.0, 50.0, 1e4]
    plain = np.array([law.expected_purchases(row, h)[0] for h in horizons])
    worth = np.array([law.discounted_purchases(row, delta, h)[0] for h in horizons])
    tiny = 1e-9 * worth[-1]
    assert abs(plain[0]) <= tiny
    assert abs(worth[0]) <= tiny
    assert (np.diff(plain) >= -tiny).all()
    assert (np.diff(worth) >= -tiny).all()
    assert (worth <= plain + tiny).all()
    endless = law.discounted_purchases(row, delta)[0]
    # the finite sums of what each step brings, discounted from its end and from its start
    ends = np.linspace(0, 40 / delta, 51)
    brought = np.diff(law.expected_purchases(row, ends))
    late, early = np.exp(-delta * ends[1:]), np.exp(-delta * ends[:-1])
    assert brought @ late * (1 - 1e-6) <= endless <= brought @ early * (1 + 1e-6)
    # as the discount grows only the present rate counts: λ/δ
    now = alive * (law.r + x) / (law.alpha_days + age)
    high = 1e6 * (1 + (law.r + x) / (law.alpha_days + age))
    assert law.discounted_purchases(row, high)[0] * high == pytest.approx(now, rel=1e-5)
    chance = law.probability_of(np.arange(5), age)
    assert ((chance >= 0) & (chance <= 1 + 1e-12)).all()


# ------------------------------------------------------------------ made customers


def made(law: MbgNbd, age: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    """Let customers toss a first coin and buy: x, t_x, λ and p."""
    n = len(age)
    rate = stats.gamma.rvs(law.r, size=n, random_state=seed) / law.alpha_days
    leaving = stats.beta.rvs(law.a, law.b, size=n, random_state=seed + 1)
    coin = stats.uniform.rvs(size=n, random_state=seed + 2)
    x, last = buying(rate, leaving, age, seed + 3)
    at_once = coin < leaving
    return np.where(at_once, 0, x), np.where(at_once, 0.0, last), rate, leaving


def test_what_comes_of_made_customers() -> None:
    """200,000 customers, by what their first 50 days showed; every |z| below 4."""
    law, age = MbgNbd(1.2, 20.0, 0.6, 1.8), np.full(200_000, 50.0)
    x, last, rate, leaving = made(law, age, 5)
    seen = summary_of(x, last, age)
    # P(there | λ, p, history): the last purchase's coin was kind, and no purchase came since
    silent = (1 - leaving) * np.exp(-rate * (age - last))
    there = stats.uniform.rvs(size=len(age), random_state=77) < silent / (silent + leaving)
    later = np.where(there, buying(rate, leaving, np.full(len(age), 70.0), 78)[0], 0)
    alive = law.probability_alive(seen)
    mean, variance = law.conditional_moments(seen, 70)
    for group in [x == 0, x == 1, (x == 2) & (last > 30), (x > 2) & (last < 25), x > 5]:
        error = math.sqrt((alive * (1 - alive))[group].sum())
        assert abs(there[group].sum() - alive[group].sum()) < 4 * error
        assert abs(later[group].sum() - mean[group].sum()) < 4 * math.sqrt(variance[group].sum())
        square = (later - mean)[group] ** 2
        assert abs(square.mean() - variance[group].mean()) < 4 * stats.sem(square)
    count = np.bincount(x)[:20] / len(x)
    chance = law.probability_of(np.arange(20), 50.0)
    assert (abs(count - chance) < 4 * np.sqrt(chance * (1 - chance) / len(x))).all()


def test_parameters_of_100000_customers() -> None:
    """Within 10 %."""
    law = MbgNbd(0.8, 30.0, 0.9, 2.5)
    age = stats.uniform.rvs(300, 200, size=100_000, random_state=11)
    x, last, *_ = made(law, age, 12)
    fit = ModifiedBetaGeometricNBD().fit(summary_of(x, last, age))
    assert fit.converged_
    np.testing.assert_allclose(list(fit.params_.values()), astuple(law), rtol=0.1)


def test_ten_drawn_starts_lead_to_the_same_maximum(cdnow: Summary) -> None:
    task = Task.of(ModifiedBetaGeometricNBD(), cdnow)
    starts = np.exp(stats.uniform.rvs(-2, 4, size=(10, 4), random_state=8))
    found = [maximise(task.problem(), [start.tolist()]) for start in starts]
    parameters = np.array([one.parameters for one in found])
    np.testing.assert_allclose(parameters, np.tile(parameters[0], (10, 1)), rtol=1e-6)
    assert not any(one.problem for one in found)
