"""Pareto/NBD: the published CDNOW figures, integrals, limits, and customers made to order."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from helpers.customers import summary_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cvosim.clv.models.fit import maximise
from cvosim.clv.models.fit_task import Task
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.models.pareto_likelihood import pareto_likelihood
from cvosim.clv.models.pareto_nbd import ParetoNBD, ParetoNbd
from cvosim.clv.orders.history import History
from cvosim.clv.orders.summary import Summary

CDNOW = ParetoNbd(0.553277, 10.577684 * 7, 0.606240, 11.668735 * 7)
"""Published as 0.553, 10.578, 0.606, 11.669 weeks (Fader, Hardie & Lee, 2005)."""
BTYD = ParetoNbd(0.5629966, 12.5590370 * 7, 0.4081095, 10.5148048 * 7)
"""Of the examples of the R package BTYD."""
LAWS = [CDNOW, ParetoNbd(1.3, 40, 1.0, 90), ParetoNbd(0.4, 60, 2.0, 60), ParetoNbd(2, 5, 3.3, 400)]


def histories(*rows: tuple[float, float, float]) -> History:
    x, last, age = np.array(rows, np.float64).T
    return History(x, last, age)


@pytest.fixture(scope="module")
def fit(cdnow: Summary) -> FittedPurchases:
    return ParetoNBD().fit(cdnow)


# ------------------------------------------------------------------ published figures


def test_cdnow_parameters(fit: FittedPurchases) -> None:
    r, alpha, s, beta = fit.params_.values()
    found = [r, alpha / 7, s, beta / 7]
    np.testing.assert_allclose(found, [0.553277, 10.577684, 0.606240, 11.668735], rtol=1e-5)
    assert fit.log_likelihood_ == pytest.approx(-9594.97618, abs=1e-4)
    assert fit.converged_


def test_cdnow_standard_errors(fit: FittedPurchases) -> None:
    """CLVTools publishes them in weeks, with a numeric second derivative."""
    assert fit.standard_errors_ is not None
    r, alpha, s, beta = fit.standard_errors_.values()
    published = [0.0476264, 0.8427222, 0.1872594, 6.2105448]
    np.testing.assert_allclose([r, alpha / 7, s, beta / 7], published, rtol=1e-3)


def test_cdnow_projections(fit: FittedPurchases) -> None:
    """1665.5 purchases in the 39 weeks held out; 44.6 % alive where BG/NBD says 81.3 %."""
    total, deviation = fit.forecast(273)
    assert total == pytest.approx(1665.51, abs=0.01)
    assert 80 < deviation < 200
    assert fit.probability_alive().mean() == pytest.approx(0.44628, abs=1e-5)
    value = fit.discounted_purchases(math.expm1(math.log(1.15) / 364 * 365))
    assert value.sum() == pytest.approx(7205.5486, abs=0.01)


def test_published_customer() -> None:
    """BTYD's walkthrough; its own estimates, not printed in full, differ in the fifth digit."""
    customer = histories((26, 30.857142857 * 7, 31 * 7))
    assert CDNOW.probability_alive(customer) == pytest.approx(0.997874, abs=1e-6)
    assert CDNOW.expected_purchases(customer, 52 * 7) == pytest.approx(25.45647, abs=2e-3)


def test_published_expectations() -> None:
    """BTYD's manual prints the list, at these parameters, and its walkthrough E[X(52)]."""
    law = ParetoNbd(0.55, 10.56 * 7, 0.61, 11.64 * 7)
    printed = [0, 0.05077821, 0.09916088, 0.14542507, 0.18979930]
    printed += [0.23247466, 0.27361274, 0.31335159, 0.35181024, 0.38909211]
    got = law.expected_purchases_new_customer(np.arange(10) * 7)
    np.testing.assert_allclose(got, printed, atol=6e-9)
    assert CDNOW.expected_purchases_new_customer(52 * 7) == pytest.approx(1.473434, abs=1e-6)


def test_published_discounted_purchases() -> None:
    """Not rising with x: after long silence many purchases tell of a death."""
    customer = histories((7, 35 * 7, 77.86 * 7))
    found = BTYD.discounted_purchases(customer, 0.0027 / 7)
    assert found == pytest.approx(1.8641833280713, rel=1e-10)
    x = np.arange(1, 11.0)
    many = History(x, np.full(10, 210.0), np.full(10, 77.86 * 7))
    printed = [2.1992, 2.8435, 2.8671, 2.4454, 1.8405, 1.2624, 0.8096, 0.4948, 0.2920, 0.1679]
    np.testing.assert_allclose(BTYD.discounted_purchases(many, 0.0027 / 7), printed, atol=6e-5)
    new = ParetoNbd(0.5534, 10.5802 * 7, 0.6061, 11.6562 * 7)
    found = new.discounted_purchases_new_customer(0.0027 / 7)
    assert found == pytest.approx(3.953816, abs=1e-6)


def test_busy_customers_of_lifetimes_issues() -> None:
    law = ParetoNbd(0.55, 10.58 * 7, 0.61, 11.67 * 7)
    busy = histories((132, 1400, 1400), (133, 1400, 1400))
    found = law.expected_purchases(busy, 70)
    np.testing.assert_allclose(found, [6.2060517889632, 6.2528722475748], rtol=1e-9)


ROWS = histories((0, 0, 39), (1, 30, 39), (3, 20, 39), (29, 3, 39), (400, 5, 6), (2, 9, 9))


def test_parameters_of_each_customer() -> None:
    """Arrays of α and β do what a law for each customer does."""
    alpha, beta = np.array([10.0, 20, 30, 5, 0.01, 7]), np.array([12.0, 2, 30, 50, 3, 1])
    law = ParetoNbd(0.6, alpha, 0.9, beta)
    for index in range(6):
        one = ParetoNbd(0.6, float(alpha[index]), 0.9, float(beta[index]))
        row = History(*(column[index : index + 1] for column in ROWS))
        for value in ("log_likelihood", "probability_alive"):
            each = getattr(law, value)(ROWS)[index]
            assert each == pytest.approx(getattr(one, value)(row)[0], rel=1e-12)
        each = law.discounted_purchases(ROWS, 0.01, 50)[index]
        assert each == pytest.approx(one.discounted_purchases(row, 0.01, 50)[0], rel=1e-12)
        variance = law.conditional_moments(ROWS, 30)[1][index]
        assert variance == pytest.approx(one.conditional_moments(row, 30)[1][0], rel=1e-12)
        chance = law.probability_of(2, 30)[index]
        assert chance == pytest.approx(one.probability_of(2, 30), rel=1e-12)


# ------------------------------------------------------------------ what is to come


@pytest.mark.parametrize("law", LAWS)
def test_moments_are_integrals(law: ParetoNbd) -> None:
    """Means of λ, λ² and of exp(−μu) over the gammas of a customer who is alive."""
    r, alpha, s, beta = astuple(law)
    row, days = histories((3, 100, 150)), 200.0
    alive = law.probability_alive(row)[0]
    shape, rate, hazard = r + 3, alpha + 150, stats.gamma(s, scale=1 / (beta + 150))

    def over(value: object) -> float:
        return float(hazard.expect(value, epsabs=0, epsrel=1e-9, limit=200))

    once = over(lambda m: -math.expm1(-m * days) / m)
    twice = over(lambda m: 2 * float(special.gammainc(2, m * days)) / m**2)
    mean, variance = law.conditional_moments(row, days)
    first = alive * shape / rate * once
    second = alive * shape * (shape + 1) / rate**2 * twice
    assert mean[0] == pytest.approx(first, rel=1e-7)
    assert variance[0] == pytest.approx(second + first - first**2, rel=1e-7)
    assert law.expected_purchases(row, days)[0] == mean[0]


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("days", [40.0, 3000.0, math.inf])
def test_discounted_purchases_are_the_integral(law: ParetoNbd, days: float) -> None:
    """∫ exp(−δu) dE[X(u)], as E[X(u)] weighted by δ·exp(−δu) (parts)."""
    row, delta = histories((3, 100, 150)), 4e-4

    def weighted(u: float) -> float:
        return delta * math.exp(-delta * u) * float(law.expected_purchases(row, u)[0])

    end = min(days, 90_000.0)
    exact = integrate.quad(weighted, 0, end, epsrel=1e-9, limit=500, points=[300, 3000])[0]
    exact += math.exp(-delta * end) * float(law.expected_purchases(row, end)[0])
    assert law.discounted_purchases(row, delta, days)[0] == pytest.approx(exact, rel=1e-7)


def test_discounted_purchases_are_tricomis_function() -> None:
    """The published closed form, where scipy's U is right."""
    r, alpha, s, beta = astuple(BTYD)
    delta = 0.0027 / 7
    u = special.hyperu(s, s, delta * beta)
    exact = r / alpha * delta ** (s - 1) * beta**s * u
    assert BTYD.discounted_purchases_new_customer(delta) == pytest.approx(exact, rel=1e-11)


def test_without_discount() -> None:
    """Finite for s > 1 only; a limit of small discounts."""
    row = histories((3, 100, 150))
    brief = ParetoNbd(0.4, 60, 2.0, 60)
    whole = brief.discounted_purchases(row, 0)[0]
    exact = brief.probability_alive(row)[0] * 3.4 / 210 * 210 / 1.0
    assert whole == pytest.approx(exact, rel=1e-12)
    assert brief.discounted_purchases(row, 1e-13)[0] == pytest.approx(whole, rel=1e-9)
    assert brief.discounted_purchases(row, 0, 90)[0] == pytest.approx(
        brief.expected_purchases(row, 90)[0], rel=1e-12
    )
    assert CDNOW.discounted_purchases(row, 0)[0] == math.inf
    gone = histories((500, 1, 3700))
    assert CDNOW.probability_alive(gone)[0] == 0
    assert CDNOW.discounted_purchases(gone, 0)[0] == math.inf
    assert CDNOW.discounted_purchases(gone, 1e-3)[0] == pytest.approx(0, abs=1e-200)


@pytest.mark.parametrize("law", [*LAWS, ParetoNbd(30, 20, 1.0, 5), ParetoNbd(0.02, 1, 0.05, 300)])
def test_counts_are_a_distribution(law: ParetoNbd) -> None:
    """They add up to 1 and have the mean E[X(t)]; none is 1 − P(first purchase before death)."""
    n = np.arange(4000)
    chance = law.probability_of(n, 120.0)
    assert ((chance >= 0) & (chance <= 1)).all()
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    assert chance @ n == pytest.approx(float(law.expected_purchases_new_customer(120.0)), rel=1e-6)
    r, alpha, s, beta = astuple(law)

    def first(u: float) -> float:
        return r / alpha * (1 + u / alpha) ** (-r - 1) * (1 + u / beta) ** -s

    assert chance[0] == pytest.approx(1 - integrate.quad(first, 0, 120)[0], abs=1e-9)
    assert law.probability_of([0, 1], 0.0).tolist() == [1, 0]


def test_rare_counts_keep_their_digits() -> None:
    """Against mpmath, 20 digits."""
    law = ParetoNbd(0.55, 10.58, 0.61, 11.67)
    found = law.probability_of([0, 1, 5, 40], 39)
    exact = [5.96019792e-01, 1.65105751e-01, 2.12816515e-02, 1.46071933e-06]
    np.testing.assert_allclose(found, exact, rtol=5e-9)
    assert law.probability_of(5, 0.01) == pytest.approx(2.19481811e-16, rel=5e-9)
    assert law.probability_of(40, 0.01) == pytest.approx(1.18295931e-122, rel=5e-9)


# ------------------------------------------------------------------ limits


def test_no_heterogeneity() -> None:
    """s → ∞: everybody has the same hazard; r → ∞: the same rate."""
    row, days, hazard, rate = histories((3, 100, 150)), 200.0, 1 / 300, 1 / 40
    alike = ParetoNbd(2e5, 2e5 / rate, 2e5, 2e5 / hazard)
    death = hazard / (rate + hazard) * math.expm1((rate + hazard) * 50)
    assert alike.probability_alive(row)[0] == pytest.approx(1 / (1 + death), rel=1e-4)
    mean = rate / hazard * -math.expm1(-hazard * days) / (1 + death)
    assert alike.expected_purchases(row, days)[0] == pytest.approx(mean, rel=1e-3)
    value = rate / (hazard + 0.001) / (1 + death)
    assert alike.discounted_purchases(row, 0.001)[0] == pytest.approx(value, rel=1e-3)
    assert np.isfinite(alike.conditional_moments(row, days)).all()
    assert alike.probability_of(np.arange(60), 30.0).sum() == pytest.approx(1, abs=1e-6)
    value, gradient = pareto_likelihood(astuple(alike), row)
    exact = 3 * math.log(rate) - (rate + hazard) * 150 + math.log1p(death)
    assert value[0] == pytest.approx(exact, rel=1e-5)
    assert np.isfinite(gradient).all()


def test_s_of_one_is_a_limit() -> None:
    row, beside = histories((3, 100, 150)), (1 - 1e-9, 1.0, 1 + 1e-9)
    laws = [ParetoNbd(0.6, 80, s, 90) for s in beside]
    for value in (
        [float(law.expected_purchases(row, 70)[0]) for law in laws],
        [float(law.conditional_moments(row, 70)[1][0]) for law in laws],
        [float(law.discounted_purchases(row, 1e-3)[0]) for law in laws],
        [float(law.expected_purchases_new_customer(70)) for law in laws],
    ):
        np.testing.assert_allclose(value, value[1], rtol=1e-7)


def test_moments_of_a_moment_ahead() -> None:
    """In a very short time X is 0 or 1: nothing cancels."""
    mean, variance = CDNOW.conditional_moments(histories((3, 100, 150)), 1e-7)
    assert variance[0] == pytest.approx(mean[0], rel=1e-6)
    assert mean[0] > 0


parameter = st.floats(-4, 4).map(math.exp)
life = st.tuples(st.integers(0, 300), st.floats(0, 1), st.floats(0.01, 3))


@given(st.tuples(parameter, parameter, parameter, parameter), life, st.floats(1e-4, 3))
def test_properties(
    parameters: tuple[float, ...], case: tuple[int, float, float], delta: float
) -> None:
    """Probabilities in [0, 1]; projections rise with the horizon; discounts only lower them."""
    law, (x, share, age) = ParetoNbd(*parameters), case
    row = histories((x, share * age if x else 0.0, age))
    assert np.isfinite(law.log_likelihood(row)).all()
    alive = law.probability_alive(row)[0]
    assert 0 <= alive <= 1
    horizons = [0.0, 1e-3, 0.5, 2.0, 50.0, 1e4]
    plain = np.array([law.expected_purchases(row, h)[0] for h in horizons])
    worth = np.array([law.discounted_purchases(row, delta, h)[0] for h in horizons])
    assert plain[0] == worth[0] == 0
    assert (np.diff(plain) >= 0).all()
    assert (np.diff(worth) >= -1e-11 * worth[1:]).all()
    assert (worth <= plain * (1 + 1e-11)).all()
    endless = law.discounted_purchases(row, delta)[0]
    assert worth[-1] <= endless * (1 + 1e-11)
    # the finite sums of what each step brings, discounted from its end and from its start
    ends = np.linspace(0, 40 / delta, 51)
    brought = np.diff(law.expected_purchases(row, ends))
    late, early = np.exp(-delta * ends[1:]), np.exp(-delta * ends[:-1])
    assert brought @ late * (1 - 1e-9) <= endless <= brought @ early * (1 + 1e-9)
    # as the discount grows only the present rate counts: λ/δ
    now = alive * (law.r + x) / (law.alpha_days + age)
    high = 1e7 * (1 + law.s / (law.beta_days + age))
    assert law.discounted_purchases(row, high)[0] * high == pytest.approx(now, rel=1e-5)
    chance = law.probability_of(np.arange(5), age)
    assert ((chance >= 0) & (chance <= 1)).all()


# ------------------------------------------------------------------ made customers


def made(law: ParetoNbd, age: np.ndarray, ahead: float, seed: int) -> tuple[np.ndarray, ...]:
    """Let customers live and buy: x, t_x, alive at T, purchases in the time ahead."""
    n = len(age)
    rate, hazard, death, place = (
        stats.gamma.rvs(law.r, size=n, random_state=seed) / law.alpha_days,
        stats.gamma.rvs(law.s, size=n, random_state=seed + 1) / law.beta_days,
        stats.expon.rvs(size=n, random_state=seed + 2),
        stats.uniform.rvs(size=n, random_state=seed + 3),
    )
    life = death / np.maximum(hazard, 1e-300)
    seen = np.minimum(life, age)
    x = stats.poisson.rvs(rate * seen, random_state=seed + 4)
    last = np.where(x > 0, seen * place ** (1 / np.maximum(x, 1)), 0.0)
    later = rate * (np.clip(life, age, age + ahead) - age)
    return x, last, life > age, stats.poisson.rvs(later, random_state=seed + 5)


def test_what_comes_of_made_customers() -> None:
    """400,000 customers, by what their first 50 days showed; every |z| below 4."""
    law, age = ParetoNbd(1.2, 20.0, 0.9, 60.0), np.full(400_000, 50.0)
    x, last, lives, later = made(law, age, 70.0, 31)
    seen = summary_of(x, last, age)
    alive = law.probability_alive(seen)
    mean, variance = law.conditional_moments(seen, 70.0)
    for group in [x == 0, x == 1, (x == 2) & (last > 30), (x > 2) & (last < 25), x > 5]:
        error = math.sqrt((alive * (1 - alive))[group].sum())
        assert abs(lives[group].sum() - alive[group].sum()) < 4 * error
        assert abs(later[group].sum() - mean[group].sum()) < 4 * math.sqrt(variance[group].sum())
        square = (later - mean)[group] ** 2
        assert abs(square.mean() - variance[group].mean()) < 4 * stats.sem(square)
    count = np.bincount(x)[:30] / len(x)
    chance = law.probability_of(np.arange(30), 50.0)
    assert (abs(count - chance) < 4 * np.sqrt(chance * (1 - chance) / len(x))).all()


def test_parameters_of_100000_customers() -> None:
    """Within 10 %."""
    law = ParetoNbd(0.8, 30.0, 0.9, 60.0)
    age = stats.uniform.rvs(300, 200, size=100_000, random_state=11)
    x, last, *_ = made(law, age, 0.0, 12)
    fit = ParetoNBD().fit(summary_of(x, last, age))
    assert fit.converged_
    np.testing.assert_allclose(list(fit.params_.values()), astuple(law), rtol=0.1)


def test_ten_drawn_starts_lead_to_the_same_maximum(cdnow: Summary) -> None:
    task = Task.of(ParetoNBD(), cdnow)
    starts = np.exp(stats.uniform.rvs(-2, 4, size=(10, 4), random_state=8))
    found = [maximise(task.problem(), [start.tolist()]) for start in starts]
    parameters = np.array([one.parameters for one in found])
    np.testing.assert_allclose(parameters, np.tile(parameters[0], (10, 1)), rtol=1e-6)
    assert not any(one.problem for one in found)


def test_customers_alike_leave_the_search_finite() -> None:
    """One hazard for all: s and β run away together, which is said in words."""
    age = np.full(4000, 300.0)
    x, last, *_ = made(ParetoNbd(1.5, 60.0, 1e5, 1e5 * 200), age, 0.0, 5)
    fit = ParetoNBD().fit(summary_of(x, last, age))
    assert all(math.isfinite(value) and value > 0 for value in fit.params_.values())
    assert np.isfinite(fit.discounted_purchases(0.1)).all()
    assert np.isfinite(fit.forecast(100)).all()
    if not fit.converged_:
        assert "how many customers leave" in fit.message_


def test_covariates_are_found() -> None:
    """α·exp(−γ₁z) and β·exp(−γ₂z), as Fader & Hardie (2007); every |z| below 4.

    Alpha and beta are those of the mean of the covariate, a half.
    """
    z = np.tile([0.0, 1.0], 15_000)
    law = ParetoNbd(1.5, 30 * np.exp(-0.5 * z), 1.2, 80 * np.exp(0.4 * z))  # type: ignore[arg-type]
    age = stats.uniform.rvs(300, 200, size=len(z), random_state=21)
    x, last, *_ = made(law, age, 0.0, 22)
    data = Summary.of(x, last, age, covariates={"web": z})
    fit = ParetoNBD(purchase_covariates=("web",), dropout_covariates=("web",)).fit(data)
    assert fit.converged_
    assert fit.standard_errors_ is not None
    middle = (1.5, 30 * math.exp(-0.5 / 2), 1.2, 80 * math.exp(0.4 / 2), 0.5, -0.4)
    truth = dict(zip(fit.params_, middle, strict=True))
    for name, error in fit.standard_errors_.items():
        assert abs(fit.params_[name] - truth[name]) < 4 * error, name
