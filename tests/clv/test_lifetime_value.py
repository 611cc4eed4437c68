"""Lifetime value against grids, brute force and what truly happened to simulated customers."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from cvosim.clv import BetaGeometricNBD, Summary
from cvosim.clv.models.fitted import Fitted
from cvosim.clv.models.fitted_purchases import FittedPurchases
from cvosim.clv.models.gamma_gamma import GammaGamma, Gg
from cvosim.clv.models.mbg_nbd import ModifiedBetaGeometricNBD
from cvosim.clv.models.pareto_nbd import ParetoNBD
from cvosim.clv.value import futures, lifetime_intervals
from cvosim.clv.value.lifetime_value import LifetimeValue, Settings, Spend, lifetime_value
from cvosim.errors import DataError

TRUTH = (2.0, 30.0, 0.8, 20.0)
GG = Gg(6.25, 5.74, 15.44)
SEEN, DAYS = 300.0, 300.0


class People:
    """Customers with known rates, drawn by scipy; cvosim sees 300 days, 300 more follow."""

    def __init__(self, n: int, seed: int) -> None:
        r, alpha, a, b = TRUTH
        rate = stats.gamma.rvs(r, scale=1 / alpha, size=n, random_state=seed)
        leaving = stats.beta.rvs(a, b, size=n, random_state=seed + 1)
        level = stats.gamma.rvs(GG.q, scale=1 / GG.v, size=n, random_state=seed + 2)
        self.counts, self.last, self.paid = np.zeros((2, n)), np.zeros(n), np.zeros((2, n))
        now, active, seed = np.zeros(n), np.arange(n), seed + 3
        while len(active):  # 16 purchases each, since every stream of scipy's takes its time
            size = (16, len(active))
            gaps = stats.expon.rvs(size=size, random_state=seed) / rate[active]
            amounts = stats.gamma.rvs(GG.p, size=size, random_state=seed + 1) / level[active]
            stays = stats.uniform.rvs(size=size, random_state=seed + 2) >= leaving[active]
            times = now[active] + np.cumsum(gaps, axis=0)
            bought = times <= SEEN + DAYS
            bought[1:] &= np.logical_and.accumulate(stays)[:-1]
            for era, part in enumerate((bought & (times <= SEEN), bought & (times > SEEN))):
                self.counts[era, active] += part.sum(axis=0)
                self.paid[era, active] += (amounts * part).sum(axis=0)
            early = np.where(times <= SEEN, times * bought, 0.0).max(axis=0)
            self.last[active] = np.maximum(self.last[active], early)
            now[active] = times[-1]
            active, seed = active[bought[-1] & stays[-1]], seed + 3
        spend = self.paid[0] / np.maximum(self.counts[0], 1)
        self.summary = Summary.of(self.counts[0], self.last, np.full(n, SEEN), spend=spend)
        self.later = self.paid[1]


@pytest.fixture(scope="module")
def fitted(cdnow: Summary) -> FittedPurchases:
    return BetaGeometricNBD().fit(cdnow)


@pytest.fixture(scope="module")
def spend(cdnow: Summary) -> Fitted[Gg]:
    return GammaGamma().fit(cdnow)


@pytest.fixture(scope="module")
def worth(fitted: FittedPurchases, spend: Fitted[Gg]) -> LifetimeValue:
    settings = Settings(margin=0.3, days=365, level=0.9, refits=100)
    return lifetime_value(fitted, spend, settings)


def test_increments_are_discounted(fitted: FittedPurchases, cdnow: Summary) -> None:
    """Day by day, each day's new purchases at that day's factor.

    lifetimes once discounted the cumulative number (its issue #27), which counts the first
    purchases again and again.
    """
    worth = lifetime_value(fitted, Gg(6.25, 3.74, 15.44), Settings(margin=0.3, days=365))
    days = np.arange(366.0)
    some = np.array([0, 5, 17, 400])
    parts = Summary.of(cdnow.repeats[some], cdnow.last[some], cdnow.age[some])
    total = np.array([fitted.law.expected_purchases(parts, float(day)) for day in days])
    factors = 1.1 ** (-(days[1:] - 0.5) / 365)
    purchases = factors @ np.diff(total, axis=0)
    np.testing.assert_allclose(worth.purchases[some], purchases, rtol=1e-5)
    spend = Gg(6.25, 3.74, 15.44).expected_spend(cdnow.paid, cdnow.spend)[some]
    np.testing.assert_allclose(worth.value[some], 0.3 * spend * purchases, rtol=1e-5)
    assert (factors @ total[1:] > 50 * purchases).all(), "cumulative discounting is far off"


def test_nothing_is_simulated_without_a_level(
    fitted: FittedPurchases, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("draw_futures", "draw_histories", "draw_spends"):
        monkeypatch.setattr(futures, name, None)
    worth = lifetime_value(fitted, 20.0)
    assert worth.bands is None
    assert worth.total == pytest.approx(20 * worth.purchases.sum())
    assert list(worth.columns()) == ["customer", "discounted_purchases", "spend", "value"]


def test_brute_force() -> None:
    """At the true parameters: sums within 4 standard errors, and 5 % outside at each end.

    The tails are tested where nothing at all is hardly possible, so that each holds 5 %; 4
    standard errors of a share of that many.
    """
    people = People(4000, 11)
    model = BetaGeometricNBD().fit(people.summary).at(TRUTH)
    settings = Settings(days=DAYS, discount_rate=0.0, level=0.9, refits=99)
    worth = lifetime_value(model, GG, settings)
    error = people.later - worth.value
    assert abs(error.sum()) < 4 * math.sqrt(np.square(error).sum())
    assert worth.bands is not None
    busy = (worth.purchases > 5) & (model.probability_alive() > 0.965)
    assert busy.sum() > 500
    bound = 4 * math.sqrt(0.05 * 0.95 / busy.sum())
    chance = worth.bands.chance
    assert (people.later < chance.low)[busy].mean() == pytest.approx(0.05, abs=bound)
    assert (people.later > chance.high)[busy].mean() == pytest.approx(0.05, abs=bound)
    assert (people.later > chance.high).mean() < 0.05 + bound


def test_predictions_cover() -> None:
    """90 % intervals of what will happen cover 90 ± 2 % of customers, fitted 8 times.

    Chance makes up almost all of a customer's variance, so that customers are as good as
    independent. Ends of intervals are the 5th and 95th of 99 futures, beyond each of which the
    next one falls with 5 % exactly.
    """
    covered = []
    for seed in range(8):
        people = People(1000, 1000 * seed)
        fitted, spend = (
            BetaGeometricNBD().fit(people.summary),
            GammaGamma().fit(people.summary),
        )
        settings = Settings(days=DAYS, discount_rate=0.0, level=0.9, refits=99, seed=seed)
        worth = lifetime_value(fitted, spend, settings)
        bands = worth.bands
        assert bands is not None
        assert bands.prediction is not None
        busy = (worth.purchases > 5) & (fitted.probability_alive() > 0.965)
        low, high = bands.prediction
        covered.append(((low <= people.later) & (people.later <= high))[busy])
    assert np.concatenate(covered).size > 1000
    assert np.concatenate(covered).mean() == pytest.approx(0.9, abs=0.02)


def test_intervals_of_totals_cover() -> None:
    """Of 60 logs of 300 customers as many as 90 % should hold, but for 1 in 1,000 such tests.

    Intervals of chance alone hold less often: the parameters of so few customers are uncertain.
    Of some logs the data say too little for more than that.
    """
    held = {"prediction": 0, "parameters": 0, "chance": 0}
    logs = 0
    for seed in range(60):
        people = People(300, 77 + 1000 * seed)
        fitted = BetaGeometricNBD().fit(people.summary)
        settings = Settings(days=DAYS, discount_rate=0.0, level=0.9, refits=39, seed=seed)
        total = lifetime_value(fitted, GG, settings).total_bands
        assert total is not None
        if total.prediction is None or total.parameters is None:
            continue
        logs += 1
        truth = lifetime_value(fitted.at(TRUTH), GG, replace(settings, level=None)).total
        came = float(people.later.sum())
        held["prediction"] += total.prediction.low <= came <= total.prediction.high
        held["chance"] += total.chance.low <= came <= total.chance.high
        held["parameters"] += total.parameters.low <= truth <= total.parameters.high
    assert logs > 50
    least = stats.binom.ppf(0.001, logs, 0.9)
    assert held["prediction"] >= least
    assert held["parameters"] >= least
    assert held["chance"] < held["prediction"]


def test_the_law_of_total_variance(fitted: FittedPurchases, cdnow: Summary) -> None:
    """Var V = E Var(V | θ) + Var E(V | θ), summed over customers and of their total.

    Var(V | θ) is taken at the estimate, not averaged over θ, hence 5 % besides the noise: the
    standard error of a variance over 400 totals is 7 %, that of the sum of customers' variances
    much less, for they share their luck.
    """
    few = slice(0, 500)
    data = Summary.of(cdnow.repeats[few], cdnow.last[few], cdnow.age[few])
    settings = Settings(days=730, level=0.9, refits=400)
    guesses, _ = lifetime_intervals._guesses(fitted, Spend.of(30.0), settings)
    job = lifetime_intervals._Job.of(fitted, settings, data, guesses)
    both, chance = job._futures(job.rows, sure=False), job._futures(job.rows, sure=True)
    mean = 30 * job._purchases(job.rows)
    each = (chance.var(axis=1) + mean.var(axis=1)).sum() / both.var(axis=1).sum()
    assert each == pytest.approx(1.0, abs=0.05)
    sums = [values.sum(axis=0).var() for values in (both, chance, mean)]
    assert (sums[1] + sums[2]) / sums[0] == pytest.approx(1.0, abs=0.05 + 4 * 0.07)
    # futures under the estimate have the expected value as their mean
    total = lifetime_value(fitted, 30.0, Settings(days=730), data).total
    error = math.sqrt(chance.var(axis=1).sum() / 400)
    assert chance.mean(axis=1).sum() == pytest.approx(total, abs=4.5 * error)
    # and the surface stands for the integrals
    for row in (3, 300):
        exact = lifetime_value(fitted.at(guesses.purchases[row]), 30.0, Settings(days=730), data)
        np.testing.assert_allclose(mean[:, row], exact.value[job.rows], rtol=0.02)


def test_intervals_nest(worth: LifetimeValue) -> None:
    total, each = worth.total_bands, worth.bands
    assert total is not None
    assert each is not None
    assert total.prediction.low < total.chance.low < worth.total  # type: ignore[union-attr]
    assert total.prediction.high > total.chance.high > worth.total  # type: ignore[union-attr]
    assert total.parameters is not None
    assert total.parameters.low < worth.total < total.parameters.high
    assert each.parameters is not None
    assert (each.parameters.low <= each.parameters.high).all()
    assert 0.1 < total.share < 0.9
    assert 0 < each.share.mean() < 0.1
    assert worth.columns().keys() >= {"low", "high", "chance_low", "expected_high"}


@pytest.mark.parametrize("model", [BetaGeometricNBD, ModifiedBetaGeometricNBD, ParetoNBD])
def test_every_law_with_covariates(model: type[BetaGeometricNBD]) -> None:
    """Futures under the estimate have the mean that the fit projects, for each covariate."""
    people = People(300, 77).summary
    web = np.arange(300) % 2.0
    data = replace(people, covariates={"web": web})
    fitted = model(purchase_covariates=("web",), dropout_covariates=("web",)).fit(data)
    settings = Settings(days=365, level=0.9, refits=30)
    worth = lifetime_value(fitted, 10.0, settings)
    guesses = lifetime_intervals._guesses(
        replace(fitted, converged_=False), Spend.of(10.0), settings
    )[0]
    job = lifetime_intervals._Job.of(fitted, settings, data, guesses)
    chance = np.empty((300, 30))
    chance[job.rows] = job._futures(job.rows, sure=True)
    error = chance - worth.value[:, np.newaxis]
    for group in (web == 0, web == 1):
        means = error[group].mean(axis=0)
        assert abs(means.mean()) < 4.5 * means.std() / math.sqrt(30)
    everybody = np.arange(data.n_customers)
    np.testing.assert_allclose(job._purchases(everybody)[:, 0] * 10, worth.value, rtol=1e-9)


def test_parts_and_other_customers_change_nothing(
    fitted: FittedPurchases, cdnow: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alone, in small parts or all at once, a customer's numbers are the same to the bit."""
    settings = Settings(days=365, level=0.9, refits=40)
    law = Gg(6.25, 3.74, 15.44)
    whole = lifetime_value(fitted, law, settings, first(cdnow, 300))
    monkeypatch.setattr(lifetime_intervals, "_CHUNK", 40 * 17)
    parts = lifetime_value(fitted, law, settings, first(cdnow, 300))
    alone = lifetime_value(fitted, law, settings, first(cdnow, 1))
    assert whole.bands is not None
    assert parts.bands is not None
    assert alone.bands is not None
    for name in ("chance", "prediction"):
        for one, two, three in zip(
            *(getattr(found.bands, name) for found in (whole, parts, alone)), strict=True
        ):
            np.testing.assert_array_equal(one, two)
            assert three[0] == one[0]
    np.testing.assert_allclose(
        whole.bands.parameters,
        parts.bands.parameters,
        rtol=1e-9,  # type: ignore[arg-type]
    )


def first(data: Summary, n: int) -> Summary:
    """The first customers."""
    few = slice(0, n)
    return Summary.of(
        data.repeats[few], data.last[few], data.age[few], spend=data.spend[few], paid=data.paid[few]
    )


def test_words(worth: LifetimeValue, fitted: FittedPurchases) -> None:
    text = worth.summary()
    assert text.startswith("Expected margin (30 % of revenue) of 2,357 customers:")
    assert "with 90 % probability, if the model is right" in text
    assert "By the customers' own chance alone" in text
    json.dumps(worth.to_dict(), allow_nan=False)
    json.dumps(lifetime_value(fitted, 20.0).to_dict(), allow_nan=False)
    assert "all purchases to come" in lifetime_value(fitted, 20.0).summary()


def test_an_unsettled_fit_gives_no_parameter_interval(fitted: FittedPurchases) -> None:
    lost = replace(
        fitted, converged_=False, log_covariance_=None, standard_errors_=None, message_="it is flat"
    )
    worth = lifetime_value(lost, 20.0, Settings(days=90, level=0.9, refits=50))
    assert worth.summary().startswith("Warning: the purchase model is not settled: it is flat.")
    assert "intervals are of chance alone" in worth.summary()
    assert worth.total_bands is not None
    assert worth.total_bands.prediction is worth.total_bands.parameters is None
    assert worth.total_bands.chance.low < worth.total < worth.total_bands.chance.high
    assert "low" not in worth.columns()
    json.dumps(worth.to_dict(), allow_nan=False)


def test_refits_without_a_mean_are_said(fitted: FittedPurchases, spend: Fitted[Gg]) -> None:
    """A spend so unequal that some refits have q ≤ 1, and with it no mean."""
    law = replace(spend.law, q=1.04)
    params = {"p": law.p, "q": law.q, "v": law.v}
    worth = lifetime_value(
        fitted, replace(spend, law=law, params_=params), Settings(days=90, level=0.9, refits=40)
    )
    assert "refits of the model of spend have no clear maximum or no mean" in worth.summary()
    json.dumps(worth.to_dict(), allow_nan=False)


def test_large_logs_take_the_normal_law(
    fitted: FittedPurchases, worth: LifetimeValue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lifetime_intervals, "MOST_REFITTED", 100)
    monkeypatch.setattr(lifetime_intervals, "bootstrap", None)
    normal = lifetime_value(fitted, Gg(6.25, 3.74, 15.44), worth.settings).total_bands
    assert normal is not None
    assert worth.total_bands is not None
    # the width of a 90 % band of 100 draws has a standard error of about 9 %
    for name in ("prediction", "parameters"):
        width = np.diff(getattr(normal, name)) / np.diff(getattr(worth.total_bands, name))
        assert width[0] == pytest.approx(1.0, abs=0.45)


def test_mistakes(fitted: FittedPurchases) -> None:
    for wrong, words in (
        ({"margin": 0.0}, "margin: 0 is not above 0 and up to 1; write 0.3 for 30 %"),
        ({"margin": math.nan}, "margin: nan"),
        ({"margin": 25.0}, "margin: 25 is not above 0 and up to 1"),
        ({"discount_rate": -0.1}, "write 0.10 for 10 % a year"),
        ({"days": 0}, "write 365 for a year"),
        ({"level": 90.0}, "write 0.9 for 90 %"),
        ({"level": 0.9, "refits": 1}, "refits: 1 is not between 20"),
        ({"seed": -1}, "seed: -1"),
    ):
        with pytest.raises(DataError, match=words):
            Settings(**wrong)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="infinite; give days, or a discount_rate above 0"):
        lifetime_value(fitted, 20.0, Settings(discount_rate=0.0))
    with pytest.raises(DataError, match=r"q = 0.9, not above 1.*give one amount"):
        lifetime_value(fitted, Gg(6.0, 0.9, 15.0), Settings(days=365))
    with pytest.raises(DataError, match="spend: -3 is no amount above 0"):
        lifetime_value(fitted, -3.0)
