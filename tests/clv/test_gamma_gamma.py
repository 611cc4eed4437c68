"""Gamma-Gamma: the published CDNOW figures, an integral, and customers made to order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.customers import summary_of
from scipy import integrate, stats

from cvosim.clv.models.fit import Problem, maximise
from cvosim.clv.models.fitted import Fitted
from cvosim.clv.models.gamma_gamma import (
    GammaGamma,
    Gg,
    likelihood,
    same_amount,
    spend_depends_on_frequency,
)
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

PUBLISHED = Gg(p=6.25, q=3.74, v=15.44)
"""Fader & Hardie (2013), note 025."""


@pytest.fixture(scope="module")
def fitted(cdnow: Summary) -> Fitted[Gg]:
    return GammaGamma().fit(cdnow)


def test_cdnow_parameters(fitted: Fitted[Gg], cdnow: Summary) -> None:
    """Published as 6.25, 3.74, 15.44 of 946 customers; −4055.9177 in CLVTools' tests."""
    model = fitted.law
    np.testing.assert_allclose([model.p, model.q, model.v], [6.249572, 3.744225, 15.443524], 1e-5)
    assert fitted.log_likelihood_ == pytest.approx(-4055.91769, abs=1e-4)
    assert (fitted.converged_, fitted.n_customers_) == (True, 946)
    paid = cdnow.spend > 0
    each = model.log_likelihood(cdnow.paid[paid], cdnow.spend[paid])
    assert each.sum() == pytest.approx(fitted.log_likelihood_, abs=1e-6)
    assert fitted.standard_errors_ is not None
    assert fitted.standard_errors_["q"] == pytest.approx(0.290, abs=1e-3)


def test_cdnow_expected_spend(fitted: Fitted[Gg], cdnow: Summary) -> None:
    """The first ten customers, as in the tests of BTYD and lifetimes."""
    expected = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    got = fitted.law.expected_spend(cdnow.paid[:10], cdnow.spend[:10])
    np.testing.assert_allclose(got, expected, atol=0.01)
    assert PUBLISHED.mean == pytest.approx(35.219, abs=1e-3)


@pytest.mark.parametrize("x", [1, 4])
def test_likelihood_is_a_density(x: int) -> None:
    total = integrate.quad(lambda z: math.exp(PUBLISHED.log_likelihood(x, z)), 0, 20_000, limit=500)
    assert total[0] == pytest.approx(1, abs=1e-6)


def test_expected_spend_is_the_posterior_mean() -> None:
    """Of a customer's level p/ν, by integration over ν, and infinite where it has no mean."""
    model, x, z = Gg(2.0, 1.5, 8.0), 3, 21.0

    def posterior(rate: float) -> float:
        prior = stats.gamma.pdf(rate, model.q, scale=1 / model.v)
        return float(prior * stats.gamma.pdf(z, model.p * x, scale=1 / (rate * x)))

    mass = integrate.quad(posterior, 0, np.inf)[0]
    mean = integrate.quad(lambda rate: model.p / rate * posterior(rate), 0, np.inf)[0] / mass
    assert model.expected_spend(x, z) == pytest.approx(mean, rel=1e-6)
    heavy = Gg(2.0, 0.8, 8.0)
    assert heavy.mean == math.inf
    assert heavy.variance == math.inf
    assert heavy.expected_spend([0, 1], [0.0, 5.0]).tolist() == [math.inf, pytest.approx(26 / 1.8)]


def made(model: Gg, n: int, seed: int) -> Summary:
    repeats = 1 + stats.poisson.rvs(2, size=n, random_state=seed)
    rate = stats.gamma.rvs(model.q, size=n, random_state=seed + 1) / model.v
    total = stats.gamma.rvs(model.p * repeats, size=n, random_state=seed + 2) / rate
    return summary_of(repeats, 1, 2, total / repeats)


@pytest.mark.parametrize("model", [PUBLISHED, Gg(1.1, 2.2, 900), Gg(30, 12, 0.02)])
def test_its_own_parameters_are_found(model: Gg) -> None:
    fitted = GammaGamma().fit(made(model, 20_000, 3))
    assert fitted.converged_
    assert fitted.standard_errors_ is not None
    for name, error in fitted.standard_errors_.items():
        assert abs(getattr(fitted.law, name) - getattr(model, name)) < 4 * error, name


def test_who_paid_nothing_is_left_out(cdnow: Summary, fitted: Fitted[Gg]) -> None:
    repeats, spend = np.append(cdnow.repeats, [4, 0]), np.append(cdnow.spend, [0.0, 0.0])
    more = GammaGamma().fit(summary_of(repeats, 1, 2, spend))
    assert more.n_customers_ == 946
    assert more.law == fitted.law


@pytest.mark.parametrize("spend", [[19.99] * 3, [19.99, 19.99 * (1 + 1e-15), 19.99]])
def test_one_price(spend: list[float]) -> None:
    summary = summary_of([1, 2, 3], 1, 4, spend)
    assert same_amount(summary) == pytest.approx(19.99)
    with pytest.raises(DataError, match=r"same amount, 19.99.*\{model: fixed, amount: 19.99\}"):
        GammaGamma().fit(summary)


def test_too_few() -> None:
    with pytest.raises(DataError, match="no customers paid for a repeat purchase"):
        GammaGamma().fit(summary_of([0, 3], 1, 4, [5.0, 0.0]))
    with pytest.raises(DataError, match="1 customer paid for a repeat purchase"):
        GammaGamma().fit(summary_of([0, 3], 1, 4, [5.0, 2.0]))
    assert same_amount(summary_of([0, 0], 1, 4)) is None


def test_what_cannot_be_told_is_said() -> None:
    """Customers who always pay their own price, and customers who are all alike."""
    repeats = np.arange(2000) % 5 + 1
    own = GammaGamma().fit(summary_of(repeats, 1, 9, np.where(np.arange(2000) % 3, 10.0, 20.0)))
    assert not own.converged_
    assert "how one customer's purchases differ in amount" in own.message_
    even = stats.gamma.ppf((np.arange(2000) // 5 + 0.5) / 400, 3.0 * repeats) / repeats
    alike = GammaGamma().fit(summary_of(repeats, 1, 9, even))
    assert not alike.converged_
    assert "how customers differ in what they spend" in alike.message_
    assert alike.law.p == pytest.approx(3, rel=0.1)


def test_ten_starts_find_one_optimum(cdnow: Summary, fitted: Fitted[Gg]) -> None:
    some = cdnow.spend > 0
    x, z = cdnow.paid[some].astype(np.float64), cdnow.spend[some] / fitted.law.v

    def objective(at: np.ndarray) -> tuple[float, np.ndarray]:
        value, gradient = likelihood(at.tolist(), x, z)
        return float(value.sum()), gradient.sum(axis=1)

    found = [fitted.law.p, fitted.law.q, 1.0]
    for start in np.exp(stats.uniform.rvs(-2, 4, size=(10, 3), random_state=5)):
        optimum = maximise(Problem(objective, len(x)), [start.tolist()])
        np.testing.assert_allclose(optimum.parameters, found, rtol=1e-5)


def test_what_was_free_does_not_count() -> None:
    """x is the purchases that were paid for: free ones neither add to it nor leave anyone out."""
    x, spend = np.array([3, 5, 2, 4]), np.array([20.0, 31.0, 8.0, 15.0])
    age = np.full(4, 50.0)
    free = Summary.of(x + np.array([0, 2, 1, 0]), age / 2, age, spend=spend, paid=x)
    fitted = GammaGamma().fit(free)
    assert fitted.law == GammaGamma().fit(summary_of(x, 25, 50, spend)).law
    assert fitted.law != GammaGamma().fit(summary_of(free.repeats, 25, 50, spend)).law


def test_recovered_within_a_tenth() -> None:
    found = GammaGamma().fit(made(PUBLISHED, 100_000, 8)).law
    for name in ("p", "q", "v"):
        assert getattr(found, name) == pytest.approx(getattr(PUBLISHED, name), rel=0.1)


def test_variances() -> None:
    """Over customers, and of the next purchase given what was seen, by integration over ν."""
    law, x, z = Gg(2.0, 3.5, 8.0), 3, 21.0
    level = stats.invgamma(law.q, scale=law.p * law.v)
    assert law.mean == pytest.approx(level.mean())
    assert law.variance == pytest.approx(level.var())

    def moment(power: int) -> float:
        known = stats.gamma(law.p * x + law.q, scale=1 / (law.v + x * z))
        rising = law.p if power == 1 else law.p * (law.p + 1)
        return float(integrate.quad(lambda rate: rising / rate**power * known.pdf(rate), 0, 9)[0])

    exact = moment(2) - moment(1) ** 2
    assert law.purchase_variance(x, z) == pytest.approx(exact, rel=1e-6)
    assert Gg(2.0, 1.5, 8.0).purchase_variance([0, 3], [0.0, 9.0])[0] == math.inf


def test_an_infinite_mean_is_said() -> None:
    """A few customers spend without bound: q is below 1, in words and not NaN."""
    fitted = GammaGamma().fit(made(Gg(3.0, 0.7, 10.0), 4000, 21))
    assert fitted.law.q < 1
    assert fitted.converged_
    assert "mean spend over customers is infinite, for q = 0.699 is not above 1" in fitted.message_
    assert fitted.law.mean == math.inf
    spend = fitted.law.expected_spend([0, 1, 9], [0.0, 5.0, 12.0])
    assert spend[0] == math.inf
    assert np.isfinite(spend[1:]).all()


def test_spend_that_depends_on_frequency(cdnow: Summary) -> None:
    """CDNOW's correlation of 0.114 is no matter; 0.3 either way is."""
    assert spend_depends_on_frequency(cdnow) is None
    paid = cdnow.spend > 0
    assert np.corrcoef(cdnow.paid[paid], cdnow.spend[paid])[0, 1] == pytest.approx(0.114, abs=5e-4)
    x = [1, 2, 3, 4]
    less = spend_depends_on_frequency(summary_of(x, 5, 9, [40.0, 35.0, 20.0, 22.0]))
    assert less is not None
    assert less.startswith("Frequent customers spend less per purchase (correlation -0.9")
    for spend in ([7.0] * 4, [0.0, 0.0, 3.0, 9.0]):
        assert spend_depends_on_frequency(summary_of(x, 5, 9, spend)) is None


def test_manners_of_an_estimator() -> None:
    assert GammaGamma().get_params() == {}
    assert GammaGamma() == GammaGamma(**GammaGamma().get_params())
