"""What is known of customers beside their orders, and the year's seasons, in the models."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from helpers.customers import buying
from scipy import stats

from cvosim.clv.models.bg_nbd import BetaGeometricNBD, BgNbd
from cvosim.clv.models.fit_task import Task
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.models.pareto_nbd import ParetoNBD
from cvosim.clv.models.purchase_model import PurchaseModel
from cvosim.clv.orders.season import SeasonClock
from cvosim.clv.orders.summary import Summary
from cvosim.errors import DataError

N = 20_000
MODEL = BgNbd(1.2, 40.0, 0.8, 2.4)
BUYING, LEAVING = 0.5, 0.7
Columns = dict[str, np.ndarray]


def uniform(seed: int, low: float, high: float) -> np.ndarray:
    drawn: np.ndarray = stats.uniform.rvs(low, high - low, size=N, random_state=seed)
    return drawn


@pytest.fixture(scope="module")
def columns() -> Columns:
    """A group that a third is in, and a number far from 0."""
    return {"web": (uniform(1, 0, 1) < 0.35).astype(float), "year": 2000 + uniform(2, 0, 10)}


@pytest.fixture(scope="module")
def made(columns: Columns) -> Summary:
    """People of the web buy e^0.5 times faster, and their odds of leaving are e^0.7 higher."""
    rate = stats.gamma.rvs(MODEL.r, size=N, random_state=3) / MODEL.alpha_days
    rate = rate * np.exp(BUYING * columns["web"])
    first = MODEL.a * np.exp(LEAVING * columns["web"])
    leaving = stats.beta.rvs(first, MODEL.b, size=N, random_state=4)
    age = uniform(5, 200, 400)
    return Summary.of(*buying(rate, leaving, age, 6), age, covariates=columns)


@pytest.fixture(scope="module")
def fitted(made: Summary) -> FittedPurchases:
    names = ("web", "year")
    return BetaGeometricNBD(purchase_covariates=names, dropout_covariates=names).fit(made)


def test_effects_are_found(fitted: FittedPurchases) -> None:
    """Every |z| below 4; the year, which does nothing, among them."""
    truth = {"purchase.web": BUYING, "purchase.year": 0, "dropout.web": LEAVING, "dropout.year": 0}
    assert fitted.converged_
    assert fitted.standard_errors_ is not None
    for name, value in {**truth, "r": MODEL.r, "b": MODEL.b}.items():
        assert abs(fitted.params_[name] - value) < 4 * fitted.standard_errors_[name], name
    assert fitted.standard_errors_["purchase.web"] < 0.05


def test_a_covariate_far_from_0_is_the_same_covariate(made: Summary) -> None:
    """Neither a year nor a number of nine digits moves anything but its own coefficient."""
    far = made.covariates["web"] * 1e6 + 3e9
    moved = Summary.of(made.repeats, made.last, made.age, covariates={"far": far})
    one, other = (
        BetaGeometricNBD((name,), (name,)).fit(data)
        for name, data in (("web", made), ("far", moved))
    )
    assert other.log_likelihood_ == pytest.approx(one.log_likelihood_, rel=1e-10)
    assert other.params_["alpha_days"] == pytest.approx(one.params_["alpha_days"], rel=1e-6)
    assert other.params_["purchase.far"] * 1e6 == pytest.approx(
        one.params_["purchase.web"], rel=1e-5
    )
    np.testing.assert_allclose(other.probability_alive(), one.probability_alive(), rtol=1e-5)


def test_covariates_tell_customers_apart(fitted: FittedPurchases, made: Summary) -> None:
    """Without them the same customers are explained worse, by more than chance: AIC."""
    plain = BetaGeometricNBD().fit(made)
    assert fitted.aic_ < plain.aic_ - 100
    assert 2 * (fitted.log_likelihood_ - plain.log_likelihood_) > stats.chi2.ppf(0.9999, 4)


def test_a_group_of_its_own_is_a_fit_of_its_own(made: Summary) -> None:
    """Two groups whose every parameter but r and b may differ: the law of a group is a BG/NBD."""
    fit = BetaGeometricNBD(purchase_covariates=("web",), dropout_covariates=("web",)).fit(made)
    values, mean = fit.params_, made.covariates["web"].mean()
    web, rest = (
        BgNbd(
            values["r"],
            values["alpha_days"] * np.exp(-values["purchase.web"] * (group - mean)),
            values["a"] * np.exp(values["dropout.web"] * (group - mean)),
            values["b"],
        )
        for group in (1.0, 0.0)
    )
    rows = made.covariates["web"] == 1
    group = Summary.of(made.repeats[rows], made.last[rows], made.age[rows])
    np.testing.assert_allclose(
        fit.expected_purchases(100)[rows], web.expected_purchases(group, 100), rtol=1e-9
    )
    np.testing.assert_allclose(
        fit.discounted_purchases(0.1)[~rows],
        rest.discounted_purchases(
            Summary.of(made.repeats[~rows], made.last[~rows], made.age[~rows]),
            np.log(1.1) / 365,
        ),
        rtol=1e-9,
    )


def test_many_values_are_interpolated_exactly(fitted: FittedPurchases, made: Summary) -> None:
    """Every customer has a law of its own; some of them one by one, against the interpolation."""
    together = fitted.expected_purchases(200)
    for row in range(0, N, 2501):
        law = fitted.law_of(made, [row])
        alone = Summary.of(made.repeats[[row]], made.last[[row]], made.age[[row]])
        assert law.expected_purchases(alone, 200) == pytest.approx(together[row], rel=1e-8)


@pytest.mark.parametrize("model", [BetaGeometricNBD, ParetoNBD])
def test_gradients_with_covariates(made: Summary, model: type[PurchaseModel]) -> None:
    task = Task.of(model(("web", "year"), ("year",)), made)
    objective = task.scaled()[0].objective()
    at = np.array([0.9, 0.2, 0.7, 1.9, 0.3, -0.2, 0.1])
    gradient = objective(at)[1]
    for index, value in enumerate(at):
        step = np.eye(len(at))[index] * max(abs(value), 0.1) * 1e-6
        slope = (objective(at + step)[0] - objective(at - step)[0]) / (2 * step.sum())
        assert gradient[index] == pytest.approx(slope, rel=1e-5, abs=1e-2)


def test_a_forecast_for_others_uses_their_covariates(fitted: FittedPurchases) -> None:
    two = Summary.of([0, 0], [0, 0], [1, 1], covariates={"web": [0, 1], "year": [2005, 2005]})
    slow, quick = fitted.expected_purchases(30, two)
    assert quick > slow


def test_a_covariate_that_is_not_there(made: Summary) -> None:
    with pytest.raises(DataError, match="no covariate 'wbe' in the data: there is 'web', 'year'"):
        BetaGeometricNBD(purchase_covariates=("wbe",)).fit(made)


def test_a_covariate_that_is_the_same_for_all() -> None:
    same = Summary.of([0, 1, 2], [0, 3, 9], [20, 20, 20], covariates={"shop": [1, 1, 1]})
    with pytest.raises(DataError, match="'shop' is the same for all customers: leave it out"):
        BetaGeometricNBD(dropout_covariates=("shop",)).fit(same)


def test_settings_in_the_manner_of_scikit_learn() -> None:
    model = BetaGeometricNBD(purchase_covariates=("web",))
    assert model.get_params() == {
        "purchase_covariates": ("web",),
        "dropout_covariates": (),
        "season": (),
    }
    assert BetaGeometricNBD(**model.get_params()) == model


SEASON = (0.5, 0.5, 0.8, 0.8, 1.0, 1.0, 0.6, 0.6, 1.0, 1.2, 1.6, 2.4)


def test_a_known_season() -> None:
    """Customers who buy by the season's clock: only the model that knows it finds their rate.

    They begin in November; the clock, not the calendar, runs evenly for them.
    """
    clock, start = SeasonClock(SEASON), 11_262  # 2000-11-01
    age = np.full(N, 100.0)
    rate = stats.gamma.rvs(MODEL.r, size=N, random_state=13) / MODEL.alpha_days
    leaving = stats.beta.rvs(MODEL.a, MODEL.b, size=N, random_state=14)
    length = float(clock.elapsed(start, start + 100))
    repeats, seasonal = buying(rate, leaving, np.full(N, length), 16)
    days = np.arange(101)
    last = np.interp(seasonal, clock.elapsed(start, start + days), days)
    data = Summary.of(repeats, last, age, end=start + 100)
    fit = BetaGeometricNBD(season=SEASON).fit(data)
    assert fit.standard_errors_ is not None
    for name in ("r", "alpha_days", "a", "b"):
        gap = fit.params_[name] - getattr(MODEL, name)
        assert abs(gap) < 4 * fit.standard_errors_[name], name
    blind = BetaGeometricNBD().fit(data)
    assert blind.standard_errors_ is not None
    off = blind.params_["r"] / blind.params_["alpha_days"] / (MODEL.r / MODEL.alpha_days)
    assert off > 1.2
    # February to May is quiet: fewer purchases than the same days at the mean rate
    assert (
        fit.forecast(90)[0]
        < 0.9 * fit.at(list(fit.params_.values())).law.expected_purchases(data, 90).sum()
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"purchase_covariates": "web"}, r"write a tuple of names, such as \('web',\)"),
        ({"dropout_covariates": ("web", "web")}, "'web' is named twice"),
    ],
)
def test_settings_that_mean_nothing(settings: dict[str, Any], words: str) -> None:
    with pytest.raises(DataError, match=words):
        BetaGeometricNBD(**settings)
