"""The bootstrap against the curvature of the likelihood; whether intervals cover."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from cvosim.clv import BetaGeometricNBD, Summary
from cvosim.clv.models.fit import _hessian
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.models.gamma_gamma import GammaGamma
from cvosim.clv.models.pareto_nbd import ParetoNBD
from cvosim.clv.value.bootstrap import Bootstrap, bootstrap, bootstrap_spend, normal_draws
from cvosim.clv.value.futures import draw_histories
from cvosim.clv.value.redraw import Redraw, downhill_of, quick_refit
from cvosim.errors import DataError

TRUTH = np.array([0.8, 30.0, 0.8, 4.0])


def customers(n: int, seed: int = 99, **more: object) -> Summary:
    """BG/NBD customers of two years."""
    age = np.linspace(500.0, 730.0, n)
    x, last = draw_histories("bg_nbd", np.tile(TRUTH[:, np.newaxis], (1, n)), age, seed, 0)
    return Summary.of(x, last, age, **more)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def fitted(cdnow: Summary) -> FittedPurchases:
    return BetaGeometricNBD().fit(cdnow)


@pytest.fixture(scope="module")
def many(fitted: FittedPurchases) -> Bootstrap:
    return bootstrap(fitted, 600)


def test_cdnow_standard_errors(fitted: FittedPurchases, many: Bootstrap) -> None:
    """Of logarithms, against the observed information.

    A standard deviation over 600 has an error of 3 %; 15 % leaves room for what separates the
    two at 2,357 customers (they agree only as the sample grows).
    """
    assert many.failed == 0
    by_curvature = np.sqrt(np.diag(np.array(fitted.log_covariance_)))
    np.testing.assert_allclose(many.coordinates.std(axis=0), by_curvature, rtol=0.15)
    correlation = np.array(fitted.log_covariance_) / np.outer(by_curvature, by_curvature)
    np.testing.assert_allclose(np.corrcoef(many.coordinates.T), correlation, atol=0.15)


def test_a_refit_is_a_fit(fitted: FittedPurchases, many: Bootstrap) -> None:
    """The quick search ends where the careful one from several starts does."""
    parameters = np.tile(many.estimate[:, np.newaxis], (1, fitted.n_customers_))
    for replicate in (0, 1):
        age = fitted.data.age
        x, last = draw_histories("bg_nbd", parameters, age, 1, replicate)
        # t_x in the scaled time of the refits and in days differ by rounding only
        again = BetaGeometricNBD().fit(Summary.of(x, last, age))
        found = list(again.params_.values())
        np.testing.assert_allclose(many.parameters[replicate], found, rtol=1e-3)


def test_their_number_changes_nothing(fitted: FittedPurchases, many: Bootstrap) -> None:
    few = bootstrap(fitted, 20)
    np.testing.assert_array_equal(few.parameters, many.parameters[:20])
    assert not np.array_equal(bootstrap(fitted, 20, seed=2).parameters, few.parameters)


def test_intervals_of_both_kinds(many: Bootstrap) -> None:
    """Against order statistics by hand."""
    percentile, basic = many.intervals(0.8), many.intervals(0.8, "basic")
    for index, name in enumerate(many.names):
        low, high = np.quantile(many.parameters[:, index], [0.1, 0.9])
        assert percentile[name] == pytest.approx((low, high))
        centre = many.estimate[index] ** 2
        assert basic[name] == pytest.approx((centre / high, centre / low), rel=2e-3)
    assert set(many.to_dict()) == {"refits", "failed", "estimate", "standard_errors", "intervals"}


def test_intervals_cover() -> None:
    """90 % Wald intervals of logarithms cover 90 ± 2 % of 2,000 logs of 2,000 customers.

    The standard error of a coverage is 0.67 %, so that right intervals pass with a probability
    of 0.997 each. Wald's intervals are exact only as the sample grows; here standard errors of
    logarithms are 4 to 12 %, where the normal law holds well. Each search starts from the
    truth, which no fit knows, but ends where a fit does (see above).
    """
    fitted = BetaGeometricNBD().fit(customers(2000)).at(TRUTH)
    base, covariance = Redraw.of(fitted), np.array(fitted.log_covariance_)
    truth = base.task.in_scale(TRUTH)
    scores = []
    for replicate in range(2000):
        problem = base.redrawn(3, replicate).problem()
        found = quick_refit(problem, truth, covariance)
        assert found is not None
        curvature = _hessian(downhill_of(problem.objective, 4, problem.n), np.log(found))
        errors = np.sqrt(np.diag(np.linalg.inv(curvature)) / problem.n)
        scores.append(np.log(found / truth) / errors)
    cover = (np.abs(scores) < 1.6448536).mean(axis=0)
    np.testing.assert_allclose(cover, 0.9, atol=0.02)


def test_large_samples_are_normal() -> None:
    """Normal draws and refits agree where there are many customers."""
    fitted = BetaGeometricNBD().fit(customers(8000))
    drawn, refitted = normal_draws(fitted, 4, 4000, 1), bootstrap(fitted, 200)
    spread = refitted.coordinates.std(axis=0) / drawn.coordinates.std(axis=0)
    # 4.5 standard errors of a standard deviation over 200
    np.testing.assert_allclose(spread, 1.0, atol=4.5 / math.sqrt(400))
    exact = np.array(fitted.log_covariance_)
    size = np.sqrt(np.outer(np.diag(exact), np.diag(exact)))
    close = np.abs(np.cov(drawn.coordinates.T) - exact) / size
    assert close.max() < 4.5 * math.sqrt(2 / 4000)


def test_covariates_are_drawn_and_fitted() -> None:
    """Histories follow the covariates, so that effects come back."""
    web = np.arange(3000) % 2.0
    data = customers(3000)
    doubled = np.tile(TRUTH[:, np.newaxis], (1, 3000))
    doubled[1] *= np.exp(-0.7 * web)
    x, last = draw_histories("bg_nbd", doubled, data.age, 5, 0)
    model = BetaGeometricNBD(purchase_covariates=("web",))
    fitted = model.fit(Summary.of(x, last, data.age, covariates={"web": web}))
    found = bootstrap(fitted, 100)
    assert found.names == ("r", "alpha_days", "a", "b", "purchase.web")
    assert found.failed == 0
    assert fitted.standard_errors_ is not None
    error, effect = fitted.standard_errors_["purchase.web"], fitted.params_["purchase.web"]
    assert effect == pytest.approx(0.7, abs=4.5 * error)
    assert found.parameters[:, 4].std() == pytest.approx(error, rel=4.5 / math.sqrt(200))
    assert found.parameters[:, 4].mean() == pytest.approx(effect, abs=0.45 * error)


def test_seasons_and_other_laws(cdnow: Summary) -> None:
    season = (1.0, 0.8, 0.8, 0.9, 1.0, 1.0, 1.1, 1.0, 0.9, 1.0, 1.2, 1.5)
    for model in (BetaGeometricNBD(season=season), ParetoNBD()):
        fitted = model.fit(cdnow)
        found = bootstrap(fitted, 30)
        assert found.failed < 5
        assert fitted.log_covariance_ is not None
        error = math.sqrt(fitted.log_covariance_[0][0])
        distance = found.coordinates[:, 0].mean() - math.log(fitted.params_["r"])
        assert abs(distance) < error


def test_spend(cdnow: Summary) -> None:
    fitted = GammaGamma().fit(cdnow)
    found = bootstrap_spend(fitted, cdnow.paid, 200)
    by_curvature = np.sqrt(np.diag(np.array(fitted.log_covariance_)))
    rate = found.coordinates.std(axis=0) / by_curvature
    np.testing.assert_allclose(rate, 1.0, atol=0.25)
    centre = found.coordinates.mean(axis=0) - np.log(found.estimate)
    assert np.abs(centre / by_curvature).max() < 0.45


def test_failed_refits_are_counted() -> None:
    """Few customers: some refits have no maximum, and the bootstrap says how many."""
    fitted = BetaGeometricNBD().fit(customers(60))
    found = bootstrap(fitted, 100)
    assert found.failed + len(found.parameters) == 100
    assert 0 < found.failed < 50


def test_nothing_to_refit_from(fitted: FittedPurchases) -> None:
    lost = replace(fitted, converged_=False, log_covariance_=None, message_="it is flat")
    with pytest.raises(DataError, match=r"no clear maximum .it is flat.*no interval"):
        bootstrap(lost)
    with pytest.raises(DataError, match=r"refits: 3 is not between 20"):
        bootstrap(fitted, 3)
    with pytest.raises(DataError, match=r"write 0.9 for 90 %"):
        bootstrap(fitted, 20).intervals(90)
