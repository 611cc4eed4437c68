"""The value of a test: closed forms against simulation, and what any right answer must obey."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from scipy.special import ndtri

from cvosim.errors import CvosimError
from cvosim.experiment.pool import Pool
from cvosim.experiment.stopping.arrivals import Arrivals
from cvosim.experiment.value_of_information.from_scenario import noise_of
from cvosim.experiment.value_of_information.prior import Prior
from cvosim.experiment.value_of_information.setting import Setting
from cvosim.experiment.value_of_information.value import ValueOfTesting, value_of_testing
from cvosim.randomness.philox import uniform
from cvosim.stats.methods.bayes import NormalPrior, normal_belief, normal_posterior
from cvosim.stats.metric import Mean

PRIORS = [
    Prior.normal(0.0, 0.5),
    Prior.normal(0.1, 0.4),
    Prior.spike_and_slab(0.6, 0.1, 0.6),
    Prior((0.3, 0.7), (-0.3, 0.2), (0.1, 0.5)),
]


def valued(prior: Prior, **change: float) -> ValueOfTesting:
    terms = {"horizon_days": 200.0, "delay_days": 10.0, "ship_cost": 800.0, **change}
    return value_of_testing(Setting(prior, 30.0, Arrivals.steady(100.0), **terms))  # type: ignore[arg-type]


def luck(count: int, site: int) -> np.ndarray:
    draws = (uniform(np.uint64(7), np.uint64(i), np.uint64(site), 0) for i in range(count))
    return np.fromiter(draws, np.float64, count)


@pytest.mark.parametrize(("prior", "share"), zip(PRIORS, (0.5, 0.2, 0.7, 0.5), strict=True))
def test_closed_form_is_what_simulated_tests_earn(prior: Prior, share: float) -> None:
    """Effects and estimates drawn, decisions by the posterior mean; error rate 6e-5 a check."""
    n, days = 20_000, 20.0
    part = np.searchsorted(np.cumsum(prior.weights)[:-1], luck(n, 1), side="right")
    effect = np.array(prior.means)[part] + np.array(prior.sds)[part] * ndtri(luck(n, 2))
    customers, left = 2000.0, 20_000.0 - 3000.0
    arms = share * customers, (1.0 - share) * customers
    error = np.full(n, 30.0**2 / arms[0] + 30.0**2 / arms[1])
    estimate = effect + np.sqrt(error) * ndtri(luck(n, 3))
    ship = left * prior.posterior_mean(estimate, error) > 800.0
    for ships, name in ((ship, "value"), (estimate > 1.959964 * np.sqrt(error), "value_by_p")):
        earned = arms[0] * effect + ships * (left * effect - 800.0)
        found = valued(prior, share=share).at(days)
        standard_error = float(earned.std()) / math.sqrt(n)
        assert abs(earned.mean() - found[name]) < 4.0 * standard_error
    assert abs(ship.mean() - found["ships"]) < 4.0 * 0.5 / math.sqrt(n)
    assert found["value"] >= found["value_by_p"], "no other decision beats the posterior mean's"


def test_a_normal_prior_gives_the_unit_normal_loss() -> None:
    prior, at = Prior.normal(0.2, 0.3), valued(Prior.normal(0.2, 0.3), ship_cost=0.0).at(20.0)
    error = 30.0 * math.sqrt(4.0 / 2000.0)
    after = normal_posterior(0.2, error, NormalPrior(0.2, 0.3))
    spread = math.sqrt(prior.sd**2 - float(after.sd) ** 2)
    loss = normal_belief(normal_posterior(0.2, spread))  # flat prior: N(0.2, spread²)
    assert at["information"] == pytest.approx(17_000.0 * float(loss.loss_treatment), rel=1e-9)


def test_whoever_is_certain_learns_nothing() -> None:
    for mean in (-0.2, 0.2):
        found = valued(Prior.normal(mean, 0.0))
        assert found.curve.information.max() == 0.0
        assert (found.curve.net <= 0.0).all()
        assert found.perfect == pytest.approx(0.0, abs=1e-9)
        assert "No test pays" in found.summary()
        assert "no estimate would change the decision" in found.summary()


@pytest.mark.parametrize("mean", [-0.1, 0.0, 0.1])
def test_doubt_makes_tests_worth_more(mean: float) -> None:
    worth = [valued(Prior.normal(mean, sd)).at(20.0)["information"] for sd in (0.1, 0.2, 0.4, 0.8)]
    assert all(one < other for one, other in itertools.pairwise(worth))


@pytest.mark.parametrize("prior", PRIORS)
def test_the_best_duration_beats_its_neighbours(prior: Prior) -> None:
    found = valued(prior, fixed_cost=50.0, day_cost=5.0)
    best, curve = found.best_days, found.curve
    net = {days: found.at(days)["net"] for days in (best - 1.0, best, best + 1.0)}
    assert net[best] > max(net[best - 1.0], net[best + 1.0])
    assert 1.0 < best < 190.0
    np.testing.assert_allclose(
        curve.net, curve.information + curve.exposure - curve.cost, atol=1e-6
    )
    np.testing.assert_allclose(curve.over_now, curve.over_never - found.now, atol=1e-9)
    assert (curve.information <= found.perfect + 1e-6 - np.minimum(curve.exposure, 0.0)).all()
    assert found.break_even is not None
    first, last = found.break_even
    assert found.at(first)["net"] > 0.0 >= found.at(last + 1.0)["net"]
    assert curve.information[-1] == pytest.approx(0.0), "nobody is left at the horizon"


@pytest.mark.parametrize("prior", PRIORS)
def test_at_the_threshold_shipping_pays_just_so(prior: Prior) -> None:
    at = valued(prior).at(20.0)
    error = np.array([30.0**2 * 4.0 / 2000.0])
    mean = prior.posterior_mean(np.array([at["threshold"]]), error)
    assert float(mean[0]) == pytest.approx(800.0 / 17_000.0, abs=1e-9)
    assert at["z"] < 1.96, "money asks for less than significance"


def test_past_tests_make_a_prior() -> None:
    prior = Prior.of_past([1.0, 1.0, 1.0], [0.5, 0.5, 0.5])
    assert (prior.mean, prior.sd) == (pytest.approx(1.0), 0.0)
    assert Prior.normal(1.0, 1.0).gain == pytest.approx(0.8413447)
    with pytest.raises(CvosimError, match="three or more"):
        Prior.of_past([1.0, 2.0], [0.5, 0.5])


def test_many_past_tests_tell_how_many_did_nothing() -> None:
    """Half of 400 effects are none; tolerances are 4 standard errors of the parameters."""
    n = 400
    effect = np.where(luck(n, 4) < 0.5, 0.0, 0.2 + ndtri(luck(n, 5)))
    found = Prior.of_past(effect + 0.1 * ndtri(luck(n, 6)), np.full(n, 0.1), spike=True)
    assert (found.means[0], found.sds[0]) == (0.0, 0.0)
    # the slab is ten times as wide as the noise: nearly all effects can be told from none
    assert found.weights[0] == pytest.approx(0.5, abs=4.0 * 0.5 / math.sqrt(n) * 1.3)
    assert found.means[1] == pytest.approx(0.2, abs=4.0 / math.sqrt(n / 2.0))
    assert found.sds[1] == pytest.approx(1.0, abs=4.0 / math.sqrt(n))


def test_noise_must_be_worth_something() -> None:
    def pool(metric: list[float]) -> Pool:
        table = np.array([metric, [1.0, 2.0, 6.0]]).T[None]
        three = np.arange(3)
        names = ("orders", "contribution")
        return Pool(("now",), names, table, three * 1.0, three, np.zeros(3, np.uint8))

    assert noise_of(pool([1.0, 0.0, 2.0]), Mean("contribution")).value == 3.0
    with pytest.raises(CvosimError, match="the same for all"):
        noise_of(pool([1.0, 1.0, 1.0]), Mean("orders"))
    with pytest.raises(CvosimError, match="cannot stand for"):
        noise_of(pool([-1.0, 0.0, -2.0]), Mean("orders"))


def test_words_and_numbers() -> None:
    prior = Prior.spike_and_slab(0.5, 0.1, 0.5)
    setting = Setting(
        prior, 40.0, Arrivals.steady(400.0), fixed_cost=2000.0, delay_days=7.0, currency="EUR"
    )
    found = value_of_testing(setting, (21.0,))
    lines = found.lines()
    assert lines[0].startswith("Testing for 21 days on 8,400 customers is worth EUR ")
    assert "more than shipping now and EUR" in lines[0]
    assert lines[1].startswith(f"The best duration is {found.best_days:g} days")
    values = found.to_dict()
    assert values["asked"][0]["net"] == found.at(21.0)["net"]
    assert values["curve"]["threshold"][-1] is None, "at the horizon nothing would be shipped"
    early = value_of_testing(
        Setting(prior, 40.0, Arrivals(np.array([0.0, 1.0, 100.0]), np.array([0.0, 50.0, 100.0])))
    )
    assert "favours short tests" in early.summary()


@pytest.mark.parametrize(
    ("change", "answer"),
    [
        ({"sd": 0.0}, "sd: must be above 0"),
        ({"share": 1.0}, "share: must be between 0 and 1"),
        ({"fixed_cost": -1.0}, "fixed_cost: must be 0 or more"),
        ({"delay_days": 400.0}, "over before the first result is known"),
        ({"arrivals": Arrivals.steady(0.001)}, "nobody comes"),
    ],
)
def test_settings_that_cannot_be(change: dict[str, object], answer: str) -> None:
    terms = {"prior": PRIORS[0], "sd": 1.0, "arrivals": Arrivals.steady(10.0), **change}
    with pytest.raises(CvosimError, match=answer):
        Setting(**terms)  # type: ignore[arg-type]


def test_other_mistakes_in_one_line() -> None:
    with pytest.raises(CvosimError, match="from 1 to 190"):
        valued(PRIORS[0]).at(191.0)
    for parts, answer in (
        (((0.5, 0.4), (0.0, 0.0), (1.0, 1.0)), "sum to 1"),
        (((1.0,), (0.0,), (-1.0,)), "0 or more"),
        (((1.0,), (math.nan,), (1.0,)), "finite"),
        (((1.0,), (0.0, 1.0), (1.0,)), "for each part"),
    ):
        with pytest.raises(CvosimError, match=answer):
            Prior(*parts)
    with pytest.raises(CvosimError, match="below 1"):
        Prior.spike_and_slab(1.0, 0.0, 1.0)
