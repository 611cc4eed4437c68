"""BG/NBD: the published CDNOW figures, closed forms, integrals, and customers made to order."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from helpers.customers import buying, summary_of
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cvosim.clv import MbgNbd
from cvosim.clv.models.bg_nbd import BetaGeometricNBD, BgNbd
from cvosim.clv.models.fit import maximise
from cvosim.clv.models.fit_task import Task
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.orders.history import History
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

likelihood = BetaGeometricNBD.family.likelihood

PUBLISHED = BgNbd(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
"""Fader, Hardie & Lee (2005), table 2, in weeks there."""
NO_CLOSED_FORM = [BgNbd(0.5, 4, 1.0, 2.4), BgNbd(0.11, 2.24, 0.31, 0.5), BgNbd(0.5, 4, 0.02, 0.3)]


@pytest.fixture(scope="module")
def fit(cdnow: Summary) -> FittedPurchases:
    return BetaGeometricNBD().fit(cdnow)


def test_cdnow_parameters(fit: FittedPurchases) -> None:
    """Maximum of the exact likelihood; published as 0.243, 4.414, 0.793, 2.426, −9582.4."""
    r, alpha, a, b = fit.params_.values()
    found = [r, alpha / 7, a, b]
    np.testing.assert_allclose(found, [0.242595, 4.413602, 0.792922, 2.425907], rtol=1e-5)
    assert fit.log_likelihood_ == pytest.approx(-9582.42921, abs=1e-4)
    assert fit.converged_
    assert (fit.n_customers_, fit.n_patterns_) == (2357, 1016)


def test_cdnow_likelihood_is_the_sum_over_customers(fit: FittedPurchases, cdnow: Summary) -> None:
    each = fit.law.log_likelihood(cdnow)
    assert each.sum() == pytest.approx(fit.log_likelihood_, abs=1e-6)
    in_days = likelihood(tuple(fit.params_.values()), cdnow)[0]
    assert (each - in_days).sum() == pytest.approx(2457 * math.log(7))


def test_cdnow_forecast(fit: FittedPurchases, cdnow: Summary) -> None:
    """1653.4 purchases in the 39 weeks held out, where 1,882 happened; 81.3 % alive."""
    total, deviation = fit.forecast(273)
    assert total == pytest.approx(1653.41, abs=0.01)
    assert 80 < deviation < 130
    alive = fit.probability_alive()
    assert alive.mean() == pytest.approx(0.81344, abs=1e-5)


def test_standard_errors(fit: FittedPurchases, cdnow: Summary) -> None:
    """Against the curvature of the likelihood itself, in the parameters themselves."""
    at = np.array(list(fit.params_.values()))

    def value(x: np.ndarray) -> float:
        return float(BgNbd(*x).log_likelihood(cdnow).sum())

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
    assert fit.standard_errors_ is not None
    np.testing.assert_allclose(list(fit.standard_errors_.values()), errors, rtol=1e-3)


def test_published_values_of_the_model() -> None:
    """Bruce Hardie's spreadsheet (three-digit parameters there), and E[X(39 weeks)]."""
    weeks = np.array([0.1429, 1, 3, 31.8571, 32, 39, 52, 78])
    exact = [0.00783, 0.05327, 0.15087, 1.04200, 1.04524, 1.19672, 1.44605, 1.86052]
    np.testing.assert_allclose(
        PUBLISHED.expected_purchases_new_customer(weeks * 7), exact, atol=6e-6
    )
    sheet = [0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8576]
    got = PUBLISHED.expected_purchases_new_customer(weeks[[0, 1, 2, 3, 4, 7]] * 7)
    np.testing.assert_allclose(got, sheet, atol=3e-3)


def test_published_customer() -> None:
    """x = 2, t_x = 30.43, T = 38.86 weeks: 1.226 purchases in 39 more, alive with 0.7266."""
    customer = summary_of([2], [30.43 * 7], [38.86 * 7])
    assert PUBLISHED.expected_purchases(customer, 39 * 7) == pytest.approx(1.226, abs=5e-4)
    assert PUBLISHED.probability_alive(customer) == pytest.approx(0.7266, abs=5e-5)
    assert PUBLISHED.probability_alive(summary_of([0], [0], [500])) == 1


def closed_form(model: BgNbd, days: float) -> float:
    """Equation 9 of Fader, Hardie & Lee (2005)."""
    r, alpha, a, b = model.r, model.alpha_days, model.a, model.b
    last = special.hyp2f1(r, b, a + b - 1, days / (alpha + days))
    return float((a + b - 1) / (a - 1) * (1 - (alpha / (alpha + days)) ** r * last))


@pytest.mark.parametrize("days", [1.0, 30.0, 273.0, 1000.0])
@pytest.mark.parametrize("model", [PUBLISHED, BgNbd(2.5, 90, 3, 7), BgNbd(0.02, 5, 0.02, 1.3)])
def test_expectation_is_the_closed_form(model: BgNbd, days: float) -> None:
    assert model.expected_purchases_new_customer(days) == pytest.approx(
        closed_form(model, days), rel=1e-8
    )


@pytest.mark.parametrize("days", [3_650.0, 36_500.0])
@pytest.mark.parametrize("model", [BgNbd(2.0, 1.0, 0.8, 2.4), BgNbd(20.0, 3.0, 0.3, 20.0)])
def test_a_long_horizon_of_quick_buyers(model: BgNbd, days: float) -> None:
    """Purchases are over long before: probabilities near 0 decide, and need more nodes."""
    exact = closed_form(model, days)
    assert model.expected_purchases_new_customer(days) == pytest.approx(exact, rel=1e-6)


@pytest.mark.parametrize("delta", [1e-5, 2.6e-4, 0.01])
@pytest.mark.parametrize("x", [0, 1, 2, 3, 26])
def test_discounted_purchases_are_the_integral(x: int, delta: float) -> None:
    """Of the derivative of the expected purchases, against scipy's quadrature of it."""
    history = History(np.array([float(x)]), np.array([190.0 * (x > 0)]), np.array([200.0]))
    there = PUBLISHED.probability_alive(history)[0]

    shape, at = PUBLISHED.r + x, PUBLISHED.alpha_days + 200

    def rate(y: float) -> float:
        """In y = ln(1 + u / at), in which the decay is even."""
        u = at * math.expm1(y)
        wanted = special.hyp2f1(shape + 1, PUBLISHED.a, PUBLISHED.a + PUBLISHED.b + x, -u / at)
        return shape * math.exp(y - delta * u) * float(wanted)

    for days in (100.0, 2_000.0, math.inf):
        end = math.log1p(min(days, 45 / delta) / at)
        exact = there * integrate.quad(rate, 0, end, epsabs=0, epsrel=1e-9, limit=500)[0]
        got = PUBLISHED.discounted_purchases(history, delta, days)
        assert got == pytest.approx(exact, rel=1e-7)


def test_published_discounted_purchases(cdnow: Summary) -> None:
    """At ln(1.15) / 52 a week: three customers, the cohort, and a new customer."""
    model, delta = BgNbd(0.242595, 4.413602 * 7, 0.792922, 2.425907), math.log(1.15) / 364
    weeks = ([0, 2, 26], [0, 30.428571, 30.857143], [38.857143, 38.857143, 31])
    some = History(
        *(np.array(column) * unit for column, unit in zip(weeks, (1, 7, 7), strict=True))
    )
    exact = [1.0172994, 5.1698082, 71.0671461]
    np.testing.assert_allclose(model.discounted_purchases(some, delta), exact, rtol=5e-6)
    assert model.discounted_purchases(cdnow, delta).sum() == pytest.approx(6735.767, rel=2e-6)
    assert model.discounted_purchases_new_customer(delta) == pytest.approx(3.6512105, rel=5e-6)


def test_published_probabilities() -> None:
    """P(X(2) = 10), P(X(39) = 0) and P(X(30) = 11 … 20) in weeks, and CDNOW's histogram."""
    assert PUBLISHED.probability_of(10, 14) == pytest.approx(1.07869e-7, rel=1e-5)
    assert PUBLISHED.probability_of(0, 273) == pytest.approx(0.5737864, abs=1e-7)
    exact = [0.0019995214, 0.0015170236, 0.0011633150, 0.0009003148, 0.0007023638]
    exact += [0.0005517902, 0.0004361913, 0.0003467171, 0.0002769613, 0.0002222260]
    np.testing.assert_allclose(PUBLISHED.probability_of(np.arange(11, 21), 210), exact, atol=1e-9)
    assert PUBLISHED.probability_of(np.arange(3000), 210).sum() == pytest.approx(1, abs=1e-6)


def test_expected_histogram(fit: FittedPurchases) -> None:
    """Customers with 0, 1 … 6, 7 and more repeat purchases, as they should be spread."""
    exact = [1407.7, 460.3, 192.5, 101.2, 59.8, 38.1, 25.5, 71.9]
    np.testing.assert_allclose(fit.expected_counts(7), exact, atol=0.051)


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
    assert model.expected_purchases_new_customer(days) == pytest.approx(exact, rel=1e-7)


def test_corners_of_the_closed_form() -> None:
    """Values computed with mpmath; the second is lifetimes' issue 302."""
    at_one = BgNbd(0.5, 4, 1.0, 2.4).expected_purchases_new_customer(30)
    assert at_one == pytest.approx(1.8169826256, rel=1e-9)
    small = BgNbd(0.11, 2.24, 0.31, 0.5)
    assert small.expected_purchases_new_customer(30) == pytest.approx(0.7405609604, rel=1e-9)
    mean, _ = small.conditional_moments(summary_of([0], [0], [1]), 30)
    assert mean == pytest.approx(0.5645886155, rel=1e-9)


def test_likelihood_is_a_distribution() -> None:
    """x = 0 has (α/(α+T))^r, and over all histories it adds up to 1."""
    model, age = BgNbd(0.9, 5.0, 0.8, 2.0), 6.0

    def chance(x: int, last: float) -> float:
        histories = History(np.array([x]), np.array([last]), np.array([age]))
        return float(likelihood((model.r, model.alpha_days, model.a, model.b), histories)[0][0])

    none = math.exp(chance(0, 0.0))
    assert none == pytest.approx((5 / 11) ** 0.9, rel=1e-12)
    total = none
    for x in range(1, 400):
        # The other x − 1 purchases lie anywhere before the last: t_x^(x−1) / (x−1)!
        def history(last: float, x: int = x) -> float:
            ways = (x - 1) * math.log(last) - math.lgamma(x)
            return math.exp(chance(x, last) + ways)

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
    fit = BetaGeometricNBD().fit(summary_of(repeats, last, age))
    assert fit.converged_
    assert fit.standard_errors_ is not None
    for name, error in fit.standard_errors_.items():
        assert abs(fit.params_[name] - getattr(model, name)) < 4 * error, name


def test_mean_and_variance_of_what_comes() -> None:
    """Of 200,000 made customers, by the history that they had after 50 days."""
    model = BgNbd(1.2, 20.0, 0.6, 1.8)
    n = 200_000
    age = np.full(n, 50.0)
    repeats, last, rate, leaving = made(model, n, age, 5)
    made_before = summary_of(repeats, last, age)
    alive = model.probability_alive(made_before)
    mean, variance = model.conditional_moments(made_before, 70)
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
    one = BetaGeometricNBD().fit(cdnow)
    three = BetaGeometricNBD().fit(summary_of(*(np.tile(column, 3) for column in columns)))
    assert three.log_likelihood_ == pytest.approx(3 * one.log_likelihood_, rel=1e-9)
    assert three.n_patterns_ == one.n_patterns_
    assert three.params_["a"] == pytest.approx(one.params_["a"], rel=1e-6)


def test_the_unit_of_time_does_not_matter(cdnow: Summary, fit: FittedPurchases) -> None:
    """To many digits: the maximum is found, not just neared."""
    times = (cdnow.last / 7, cdnow.age / 7)
    weeks = BetaGeometricNBD().fit(summary_of(cdnow.repeats[::-1], *(time[::-1] for time in times)))
    assert weeks.params_["alpha_days"] * 7 == pytest.approx(fit.params_["alpha_days"], rel=1e-9)
    assert weeks.params_["b"] == pytest.approx(fit.params_["b"], rel=1e-9)


def test_ten_drawn_starts_lead_to_the_same_maximum(cdnow: Summary) -> None:
    task = Task.of(BetaGeometricNBD(), cdnow)
    starts = np.exp(stats.uniform.rvs(-2, 4, size=(10, 4), random_state=8))
    found = [maximise(task.problem(), [start.tolist()]) for start in starts]
    parameters = np.array([one.parameters for one in found])
    np.testing.assert_allclose(parameters, np.tile(parameters[0], (10, 1)), rtol=1e-6)
    assert not any(one.problem for one in found)


def test_parameters_of_100000_customers() -> None:
    """Within 10 %, from far more histories than the starts are tried on."""
    model = BgNbd(0.5, 50.0, 0.8, 2.5)
    age = stats.uniform.rvs(200, 200, size=100_000, random_state=11)
    repeats, last, *_ = made(model, 100_000, age, 12)
    fit = BetaGeometricNBD().fit(summary_of(repeats, last, age))
    found = list(fit.params_.values())
    np.testing.assert_allclose(found, [0.5, 50.0, 0.8, 2.5], rtol=0.1)


LAWS = st.builds(
    BgNbd,
    r=st.floats(0.05, 20),
    alpha_days=st.floats(0.5, 300),
    a=st.floats(0.05, 20),
    b=st.floats(0.05, 20),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    age = draw(st.floats(1, 2000))
    x = draw(st.integers(0, 400))
    last = age * draw(st.floats(0.01, 1)) * (x > 0)
    return History(np.array([float(x)]), np.array([last]), np.array([age]))


@given(model=LAWS, history=histories())
def test_projections_make_sense(model: BgNbd, history: History) -> None:
    """Probabilities in [0, 1]; more days, more purchases; discounting takes off and vanishes."""
    alive = model.probability_alive(history)[0]
    assert 0 <= alive <= 1
    days = [1.0, 30.0, 365.0, 3650.0]
    plain = [model.expected_purchases(history, ahead)[0] for ahead in days]
    part = [model.discounted_purchases(history, 3e-4, ahead)[0] for ahead in days]
    ever = model.discounted_purchases(history, 3e-4)[0]
    for rising in (plain, part):
        assert all(a <= b * (1 + 1e-9) + 1e-15 for a, b in pairwise(rising))
    assert all(
        0 <= less <= more * (1 + 1e-9) + 1e-12 for less, more in zip(part, plain, strict=True)
    )
    assert part[-1] <= ever * (1 + 1e-9) < math.inf
    # a discount that forgets within days: no later horizon matters
    soon = model.discounted_purchases(history, 1.0, 60.0)[0]
    assert model.discounted_purchases(history, 1.0)[0] == pytest.approx(soon, rel=1e-8, abs=1e-15)
    assert model.discounted_purchases(history, 1e-12, 365.0)[0] == pytest.approx(plain[2], rel=1e-6)


def test_without_discount_the_total_is_known_or_has_no_bound() -> None:
    gone = History(np.array([500.0, 2.0]), np.array([1.0, 90.0]), np.array([1e6, 100.0]))
    assert np.isinf(BgNbd(0.5, 4, 0.9, 2.0).discounted_purchases(gone, 0.0)).all()
    finite = BgNbd(0.5, 4, 3.0, 2.0)
    ever = finite.discounted_purchases(gone, 0.0)
    assert ever[1] == pytest.approx(finite.expected_purchases(gone, 1e9)[1], rel=1e-3)
    assert ever[0] == 0


def test_nobody_came_back() -> None:
    with pytest.raises(DataError, match="none of the 3 customers bought on a second day"):
        BetaGeometricNBD().fit(summary_of([0, 0, 0], 0, [5, 6, 7]))


def test_everybody_is_the_same() -> None:
    with pytest.raises(DataError, match="all 9 customers have the same history"):
        BetaGeometricNBD().fit(summary_of([2] * 9, 4, 10))


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
    fit = BetaGeometricNBD().fit(summary)
    assert not fit.converged_
    assert fit.standard_errors_ is None
    assert words in fit.message_
    assert all(math.isfinite(value) and value > 0 for value in fit.params_.values())
    assert all(map(math.isfinite, fit.forecast(100)))


def test_without_leavers_the_rate_is_still_found() -> None:
    age = np.full(5000, 300.0)
    rate = stats.gamma.rvs(1.5, size=5000, random_state=3) / 60
    repeats, last = buying(rate, np.zeros(5000), age, 4)
    fit = BetaGeometricNBD().fit(summary_of(repeats, last, age))
    assert "how many customers leave" in fit.message_
    assert fit.params_["r"] == pytest.approx(1.5, rel=0.1)
    assert fit.params_["a"] / (fit.params_["a"] + fit.params_["b"]) < 1e-3


@pytest.mark.parametrize("kind", [BgNbd, MbgNbd])
def test_in_no_time_nobody_buys(kind: type[BgNbd | MbgNbd]) -> None:
    law = kind(r=0.243, alpha_days=30.9, a=0.793, b=2.426)
    assert law.probability_of([0, 1, 5], 0.0).tolist() == [1.0, 0.0, 0.0]
