"""Gamma-Gamma: the published CDNOW figures, an integral, and customers made to order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.customers import summary_of
from scipy import integrate, stats

from cvosim.clv.fit import Fit
from cvosim.clv.gamma_gamma import GammaGamma, fit_gamma_gamma, same_amount
from cvosim.clv.summary import Summary
from cvosim.errors import DataError

PUBLISHED = GammaGamma(p=6.25, q=3.74, v=15.44)
"""Fader & Hardie (2013), note 025."""


@pytest.fixture(scope="module")
def fit(cdnow: Summary) -> Fit[GammaGamma]:
    return fit_gamma_gamma(cdnow)


def test_cdnow_parameters(fit: Fit[GammaGamma], cdnow: Summary) -> None:
    """Published as 6.25, 3.74, 15.44 of 946 customers; −4055.9177 in CLVTools' tests."""
    model = fit.model
    np.testing.assert_allclose([model.p, model.q, model.v], [6.249572, 3.744225, 15.443524], 1e-5)
    assert fit.log_likelihood == pytest.approx(-4055.91769, abs=1e-4)
    assert (fit.converged, fit.n_customers) == (True, 946)
    paid = cdnow.spend > 0
    each = model.log_likelihood(cdnow.repeats[paid], cdnow.spend[paid])
    assert each.sum() == pytest.approx(fit.log_likelihood, abs=1e-6)
    assert fit.standard_errors is not None
    assert fit.standard_errors["q"] == pytest.approx(0.290, abs=1e-3)


def test_cdnow_expected_spend(fit: Fit[GammaGamma], cdnow: Summary) -> None:
    """The first ten customers, as in the tests of BTYD and lifetimes."""
    expected = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    got = fit.model.expected_spend(cdnow.repeats[:10], cdnow.spend[:10])
    np.testing.assert_allclose(got, expected, atol=0.01)
    assert PUBLISHED.mean == pytest.approx(35.219, abs=1e-3)


@pytest.mark.parametrize("x", [1, 4])
def test_likelihood_is_a_density(x: int) -> None:
    total = integrate.quad(lambda z: math.exp(PUBLISHED.log_likelihood(x, z)), 0, 20_000, limit=500)
    assert total[0] == pytest.approx(1, abs=1e-6)


def test_expected_spend_is_the_posterior_mean() -> None:
    """Of a customer's level p/ν, by integration over ν, and infinite where it has no mean."""
    model, x, z = GammaGamma(2.0, 1.5, 8.0), 3, 21.0

    def posterior(rate: float) -> float:
        prior = stats.gamma.pdf(rate, model.q, scale=1 / model.v)
        return float(prior * stats.gamma.pdf(z, model.p * x, scale=1 / (rate * x)))

    mass = integrate.quad(posterior, 0, np.inf)[0]
    mean = integrate.quad(lambda rate: model.p / rate * posterior(rate), 0, np.inf)[0] / mass
    assert model.expected_spend(x, z) == pytest.approx(mean, rel=1e-6)
    heavy = GammaGamma(2.0, 0.8, 8.0)
    assert heavy.mean == math.inf
    assert heavy.expected_spend([0, 1], [0.0, 5.0]).tolist() == [math.inf, pytest.approx(26 / 1.8)]


def made(model: GammaGamma, n: int, seed: int) -> Summary:
    repeats = 1 + stats.poisson.rvs(2, size=n, random_state=seed)
    rate = stats.gamma.rvs(model.q, size=n, random_state=seed + 1) / model.v
    total = stats.gamma.rvs(model.p * repeats, size=n, random_state=seed + 2) / rate
    return summary_of(repeats, 1, 2, total / repeats)


@pytest.mark.parametrize("model", [PUBLISHED, GammaGamma(1.1, 2.2, 900), GammaGamma(30, 12, 0.02)])
def test_its_own_parameters_are_found(model: GammaGamma) -> None:
    fit = fit_gamma_gamma(made(model, 20_000, 3))
    assert fit.converged
    assert fit.standard_errors is not None
    for name, error in fit.standard_errors.items():
        assert abs(getattr(fit.model, name) - getattr(model, name)) < 4 * error, name


def test_who_paid_nothing_is_left_out(cdnow: Summary, fit: Fit[GammaGamma]) -> None:
    repeats, spend = np.append(cdnow.repeats, [4, 0]), np.append(cdnow.spend, [0.0, 0.0])
    more = fit_gamma_gamma(summary_of(repeats, 1, 2, spend))
    assert more.n_customers == 946
    assert more.model == fit.model


@pytest.mark.parametrize("spend", [[19.99] * 3, [19.99, 19.99 * (1 + 1e-15), 19.99]])
def test_one_price(spend: list[float]) -> None:
    summary = summary_of([1, 2, 3], 1, 4, spend)
    assert same_amount(summary) == pytest.approx(19.99)
    with pytest.raises(DataError, match=r"same amount, 19.99.*\{model: fixed, amount: 19.99\}"):
        fit_gamma_gamma(summary)


def test_too_few() -> None:
    with pytest.raises(DataError, match="no customers paid for a repeat purchase"):
        fit_gamma_gamma(summary_of([0, 3], 1, 4, [5.0, 0.0]))
    with pytest.raises(DataError, match="1 customer paid for a repeat purchase"):
        fit_gamma_gamma(summary_of([0, 3], 1, 4, [5.0, 2.0]))
    assert same_amount(summary_of([0, 0], 1, 4)) is None


def test_what_cannot_be_told_is_said() -> None:
    """Customers who always pay their own price, and customers who are all alike."""
    repeats = np.arange(2000) % 5 + 1
    own = fit_gamma_gamma(summary_of(repeats, 1, 9, np.where(np.arange(2000) % 3, 10.0, 20.0)))
    assert not own.converged
    assert "how one customer's purchases differ in amount" in own.message
    even = stats.gamma.ppf((np.arange(2000) // 5 + 0.5) / 400, 3.0 * repeats) / repeats
    alike = fit_gamma_gamma(summary_of(repeats, 1, 9, even))
    assert not alike.converged
    assert "how customers differ in what they spend" in alike.message
    assert alike.model.p == pytest.approx(3, rel=0.1)
