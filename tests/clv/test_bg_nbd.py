"""BG/NBD: the published CDNOW figures, closed forms, integrals, and customers made to order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.customers import buying, summary_of
from scipy import integrate, special, stats

from cvosim.clv.bg_nbd import BgNbd, fit_bg_nbd, forecast_total
from cvosim.clv.fit import Fit
from cvosim.clv.summary import Summary
from cvosim.errors import DataError

PUBLISHED = BgNbd(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
"""Fader, Hardie & Lee (2005), table 2, in weeks there."""
NO_CLOSED_FORM = [BgNbd(0.5, 4, 1.0, 2.4), BgNbd(0.11, 2.24, 0.31, 0.5), BgNbd(0.5, 4, 0.02, 0.3)]


@pytest.fixture(scope="module")
def fit(cdnow: Summary) -> Fit[BgNbd]:
    return fit_bg_nbd(cdnow)


def test_cdnow_parameters(fit: Fit[BgNbd]) -> None:
    """Maximum of the exact likelihood; published as 0.243, 4.414, 0.793, 2.426, −9582.4."""
    model = fit.model
    found = [model.r, model.alpha_days / 7, model.a, model.b]
    np.testing.assert_allclose(found, [0.242595, 4.413602, 0.792922, 2.425907], rtol=1e-5)
    assert fit.log_likelihood == pytest.approx(-9582.42921, abs=1e-4)
    assert fit.converged
    assert (fit.n_customers, fit.n_patterns) == (2357, 1016)


def test_cdnow_likelihood_is_the_sum_over_customers(fit: Fit[BgNbd], cdnow: Summary) -> None:
    each = fit.model.log_likelihood(cdnow.repeats, cdnow.last, cdnow.age)
    assert each.sum() == pytest.approx(fit.log_likelihood, abs=1e-6)
    in_days = fit.model.log_likelihood(cdnow.repeats, cdnow.last, cdnow.age, unit=1)
    assert (each - in_days).sum() == pytest.approx(2457 * math.log(7))


def test_cdnow_forecast(fit: Fit[BgNbd], cdnow: Summary) -> None:
    """1653.4 purchases in the 39 weeks held out, where 1,882 happened; 81.3 % alive."""
    total, deviation = forecast_total(fit, cdnow, 273)
    assert total == pytest.approx(1653.41, abs=0.01)
    assert 80 < deviation < 130
    alive = fit.model.probability_alive(cdnow.repeats, cdnow.last, cdnow.age)
    assert alive.mean() == pytest.approx(0.81344, abs=1e-5)


def test_standard_errors(fit: Fit[BgNbd], cdnow: Summary) -> None:
    """Against the curvature of the likelihood itself, in the parameters themselves."""
    model = fit.model
    at = np.array([model.r, model.alpha_days, model.a, model.b])

    def value(x: np.ndarray) -> float:
        return float(BgNbd(*x).log_likelihood(cdnow.repeats, cdnow.last, cdnow.age).sum())

    step = np.diag(at) * 1e-3
    hessian = [
        [
            (value(at + i + j) - value(at + i - j) - value(at - i + j) + value(at - i - j))
            / (4 * i.sum() * j.sum())
            for j in step
        ]
        for i in step
    ]
    errors = np.sqrt(np.diag(np.linalg.inv(-np.array(hessian))))
    assert fit.standard_errors is not None
    np.testing.assert_allclose(list(fit.standard_errors.values()), errors, rtol=1e-3)


def test_published_values_of_the_model() -> None:
    """Bruce Hardie's spreadsheet (three-digit parameters there), and E[X(39 weeks)]."""
    weeks = np.array([0.1429, 1, 3, 31.8571, 32, 39, 52, 78])
    exact = [0.00783, 0.05327, 0.15087, 1.04200, 1.04524, 1.19672, 1.44605, 1.86052]
    np.testing.assert_allclose(PUBLISHED.expected_purchases(weeks * 7), exact, atol=6e-6)
    sheet = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    got = PUBLISHED.expected_purchases(weeks[[0, 1, 2, 3, 4, 7]] * 7)
    np.testing.assert_allclose(got, sheet, atol=3e-3)


def test_published_customer() -> None:
    """x = 2, t_x = 30.43, T = 38.86 weeks: 1.226 purchases in 39 more, alive with 0.7266."""
    customer = summary_of([2], [30.43 * 7], [38.86 * 7])
    assert PUBLISHED.conditional_moments(customer, 39 * 7)[0] == pytest.approx(1.226, abs=5e-4)
    alive = PUBLISHED.probability_alive(2, 30.43 * 7, 38.86 * 7)
    assert alive == pytest.approx(0.7266, abs=5e-5)
    assert PUBLISHED.probability_alive(0, 0, 500) == 1


def closed_form(model: BgNbd, days: float) -> float:
    """Equation 9 of Fader, Hardie & Lee (2005)."""
    r, alpha, a, b = model.r, model.alpha_days, model.a, model.b
    last = special.hyp2f1(r, b, a + b - 1, days / (alpha + days))
    return float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + days)) ** r * last))


@pytest.mark.parametrize("days", [1.0, 30.0, 273.0, 1000.0])
@pytest.mark.parametrize("model", [PUBLISHED, BgNbd(2.5, 90, 3, 7), BgNbd(0.02, 5, 0.02, 1.3)])
def test_expectation_is_the_closed_form(model: BgNbd, days: float) -> None:
    assert model.expected_purchases(days) == pytest.approx(closed_form(model, days), rel=1e-8)


@pytest.mark.parametrize("days", [1.0, 30.0, 400.0])
@pytest.mark.parametrize("model", [PUBLISHED, *NO_CLOSED_FORM])
def test_expectation_is_the_integral(model: BgNbd, days: float) -> None:
    """Where a = 1 or a + b < 1 the closed form divides by 0 or takes a negative logarithm."""

    def density(p: float) -> float:
        if p == 0:
            return model.r * days / model.alpha_days
        return -math.expm1(-model.r * math.log1p(p * days / model.alpha_days)) / p

    kernel = {"weight": "alg", "wvar": (model.a - 1, model.b - 1), "limit": 200}
    integral = integrate.quad(density, 0, 1, epsabs=1e-12, **kernel)[0]
    exact = integral / special.beta(model.a, model.b)
    assert model.expected_purchases(days) == pytest.approx(exact, rel=1e-7)


def test_corners_of_the_closed_form() -> None:
    """Values computed with mpmath; the second is lifetimes' issue 302."""
    at_one = BgNbd(0.5, 4, 1.0, 2.4).expected_purchases(30)
    assert at_one == pytest.approx(1.8169826256, rel=1e-9)
    small = BgNbd(0.11, 2.24, 0.31, 0.5)
    assert small.expected_purchases(30) == pytest.approx(0.7405609604, rel=1e-9)
    mean, _ = small.conditional_moments(summary_of([0], [0], [1]), 30)
    assert mean == pytest.approx(0.5645886155, rel=1e-9)


def test_likelihood_is_a_distribution() -> None:
    """x = 0 has (α/(α+T))^r, and over all histories it adds up to 1."""
    model, age = BgNbd(0.9, 5.0, 0.8, 2.0), 6.0
    none = math.exp(model.log_likelihood(0, 0, age, unit=1))
    assert none == pytest.approx((5 / 11) ** 0.9, rel=1e-12)
    total = none
    for x in range(1, 400):
        # The other x − 1 purchases lie anywhere before the last: t_x^(x−1) / (x−1)!
        def history(last: float, x: int = x) -> float:
            ways = (x - 1) * math.log(last) - math.lgamma(x)
            return math.exp(float(model.log_likelihood(x, last, age, unit=1)) + ways)

        total += integrate.quad(history, 0, age)[0]
    assert total == pytest.approx(1, abs=2e-4)


def made(model: BgNbd, n: int, age: np.ndarray, seed: int) -> tuple[np.ndarray, ...]:
    rate = stats.gamma.rvs(model.r, size=n, random_state=seed) / model.alpha_days
    leaving = stats.beta.rvs(model.a, model.b, size=n, random_state=seed + 1)
    return (*buying(rate, leaving, age, seed + 2), rate, leaving)


@pytest.mark.parametrize(
    "model", [BgNbd(0.8, 40, 0.9, 2.5), BgNbd(0.25, 30, 1.0, 3.0), BgNbd(2.0, 60, 0.3, 0.6)]
)
def test_its_own_parameters_are_found(model: BgNbd) -> None:
    """20,000 customers made by an independent event loop; every |z| below 4."""
    age = stats.uniform.rvs(100, 300, size=20_000, random_state=1)
    repeats, last, *_ = made(model, 20_000, age, 2)
    fit = fit_bg_nbd(summary_of(repeats, last, age))
    assert fit.converged
    assert fit.standard_errors is not None
    for name, error in fit.standard_errors.items():
        assert abs(getattr(fit.model, name) - getattr(model, name)) < 4 * error, name


def test_mean_and_variance_of_what_comes() -> None:
    """Of 200,000 made customers, by the history that they had after 50 days."""
    model = BgNbd(1.2, 20.0, 0.6, 1.8)
    n = 200_000
    age = np.full(n, 50.0)
    repeats, last, rate, leaving = made(model, n, age, 5)
    alive = model.probability_alive(repeats, last, age)
    mean, variance = model.conditional_moments(summary_of(repeats, last, age), 70)
    later = _later(repeats, last, age, rate, leaving)
    for x in range(4):
        rows = repeats == x
        error = math.sqrt(variance[rows].sum())
        assert abs(later[rows].sum() - mean[rows].sum()) < 4 * error
        spread = (later[rows] - mean[rows]) ** 2
        assert spread.mean() == pytest.approx(variance[rows].mean(), rel=0.06)
    assert ((alive > 0) & (alive <= 1)).all()


def _later(
    repeats: np.ndarray, last: np.ndarray, age: np.ndarray, rate: np.ndarray, leaving: np.ndarray
) -> np.ndarray:
    """Let them go on: a coin for who has left, from each one's own λ and p."""
    # P(alive | λ, p, history): the last purchase's coin was kind, and no purchase came since.
    silent = (1 - leaving) * np.exp(-rate * (age - last))
    still = np.where(repeats > 0, silent / (silent + leaving), 1.0)
    coin = stats.uniform.rvs(size=len(age), random_state=77)
    more, _ = buying(rate, leaving, np.full(len(age), 70.0), 78)
    return np.where(coin < still, more, 0)


def test_few_leavers_lose_no_digits() -> None:
    """With hardly anybody leaving, X is negative binomial; the pair count must not cancel."""
    model = BgNbd(2.0, 50.0, 1e-9, 1.0)
    mean, variance = model.conditional_moments(summary_of([0], [0], [10]), 30)
    shape, odds = 2.0, 30 / 60
    assert mean == pytest.approx(shape * odds, rel=1e-6)
    assert variance == pytest.approx(shape * odds * (1 + odds), rel=1e-6)


def test_weights_are_copies(cdnow: Summary) -> None:
    """Everybody three times over: the same parameters, thrice the likelihood."""
    columns = (cdnow.repeats, cdnow.last, cdnow.age)
    one = fit_bg_nbd(cdnow)
    three = fit_bg_nbd(summary_of(*(np.tile(column, 3) for column in columns)))
    assert three.log_likelihood == pytest.approx(3 * one.log_likelihood, rel=1e-9)
    assert three.n_patterns == one.n_patterns
    assert three.model.a == pytest.approx(one.model.a, rel=1e-6)


def test_the_unit_of_time_does_not_matter(cdnow: Summary, fit: Fit[BgNbd]) -> None:
    """To many digits: the maximum is found, not just neared."""
    times = (cdnow.last / 7, cdnow.age / 7)
    weeks = fit_bg_nbd(summary_of(cdnow.repeats[::-1], *(time[::-1] for time in times)))
    assert weeks.model.alpha_days * 7 == pytest.approx(fit.model.alpha_days, rel=1e-9)
    assert weeks.model.b == pytest.approx(fit.model.b, rel=1e-9)


def test_nobody_came_back() -> None:
    with pytest.raises(DataError, match="none of the 3 customers bought on a second day"):
        fit_bg_nbd(summary_of([0, 0, 0], 0, [5, 6, 7]))


def test_everybody_is_the_same() -> None:
    with pytest.raises(DataError, match="all 9 customers have the same history"):
        fit_bg_nbd(summary_of([2] * 9, 4, 10))


@pytest.mark.parametrize(
    ("repeats", "last", "age", "words"),
    [
        ([0, 1], [0, 5], 10, "buying rate or how many customers leave"),
        ([0] * 500 + [1], [0] * 500 + [3], 100, "how many customers leave, and when"),
        ([5] * 50 + [6] * 50, 100, 100, "how customers differ in buying rate"),
    ],
)
def test_what_cannot_be_told_is_said(
    repeats: list[int], last: list[float], age: float, words: str
) -> None:
    summary = summary_of(repeats, last, age)
    fit = fit_bg_nbd(summary)
    assert not fit.converged
    assert fit.standard_errors is None
    assert words in fit.message
    assert all(math.isfinite(v) and v > 0 for v in (fit.model.r, fit.model.a, fit.model.b))
    assert all(map(math.isfinite, forecast_total(fit, summary, 100)))


def test_without_leavers_the_rate_is_still_found() -> None:
    age = np.full(5000, 300.0)
    rate = stats.gamma.rvs(1.5, size=5000, random_state=3) / 60
    repeats, last = buying(rate, np.zeros(5000), age, 4)
    fit = fit_bg_nbd(summary_of(repeats, last, age))
    assert "how many customers leave" in fit.message
    assert fit.model.r == pytest.approx(1.5, rel=0.1)
    assert fit.model.a / (fit.model.a + fit.model.b) < 1e-3
