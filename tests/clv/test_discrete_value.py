"""Lifetime value by periods: draws against closed forms and sums over all futures; words."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import astuple

import numpy as np
import pytest
from helpers.donations import donations
from numpy.typing import NDArray

from cvosim.clv.models.bg_bb import BetaGeometricBetaBinomial, BgBb, FittedBgBb
from cvosim.clv.models.cohort_counts import CohortCounts
from cvosim.clv.models.fitted import Fitted
from cvosim.clv.models.opportunities import Opportunities
from cvosim.clv.models.sbg import FittedSbg, Sbg, ShiftedBetaGeometric
from cvosim.clv.orders.summary import Summary
from cvosim.clv.value.discrete_futures import Ahead, Beliefs, Job, Luck, draw_future, intervals
from cvosim.clv.value.discrete_value import PeriodSettings, opportunities_case, renewals_case
from cvosim.errors import DataError

Z = 4.5
"""Bound of a normal test; passed wrongly once in 150,000. Draws are spread evenly, which makes
their means better than independent ones' and the tests stricter than they say."""
DRAWS = 4_000
LAWS = [
    BgBb(1.204, 0.750, 0.657, 2.783),
    BgBb(0.02, 0.02, 0.02, 0.02),
    BgBb(0.3, 2.0, 2.5, 5.0),
    BgBb(2e4, 5e4, 1e4, 3e4),
]
HORIZONS = [(6, 0.0), (150, 0.0), (3, 0.2), (math.inf, 0.1), (math.inf, 0.002), (1500, 0.001)]
PAST = Opportunities.of([0, 3, 5, 6, 0], [0, 4, 6, 6, 0], [6, 6, 6, 6, 0])


def unfitted(law: BgBb | Sbg) -> Fitted[BgBb | Sbg]:
    """A law known without a fit."""
    names = [name for name in law.to_dict() if name != "model"]
    params = dict(zip(names, astuple(law), strict=True))
    return Fitted(law, params, None, None, 0.0, 1, 1, 0, True, "")


def beliefs_of(law: BgBb | Sbg, data: Opportunities | CohortCounts, ahead: Ahead) -> Beliefs:
    chosen = PeriodSettings(discount_rate=ahead.discount_rate, periods=ahead.periods)
    case = opportunities_case if isinstance(data, Opportunities) else renewals_case
    return case(unfitted(law), data, chosen).beliefs(np.array([astuple(law)]))  # type: ignore[operator]


def futures(law: BgBb, data: Opportunities, periods: float, rate: float) -> NDArray[np.float64]:
    ahead = Ahead(periods, rate, 1)
    told, luck = beliefs_of(law, data, ahead), Luck(7, DRAWS, ahead)
    return np.array([draw_future(told, group, luck) for group in range(told.alive.shape[1])])


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize(("periods", "rate"), HORIZONS)
def test_means_of_futures(law: BgBb, periods: float, rate: float) -> None:
    """Against the expected discounted residual transactions, before and after 100 periods."""
    data, _ = PAST.patterns
    found, mean = futures(law, data, periods, rate), law.discounted_purchases(data, rate, periods)
    error = found.std(axis=1) / math.sqrt(DRAWS)
    assert (np.abs(found.mean(axis=1) - mean) <= Z * error + 1e-9 * mean).all()
    assert np.isfinite(found).all()
    assert (found >= 0).all()
    if rate == 0:
        mean, variance = law.conditional_moments(data, periods)
        squares = np.square(found - mean[:, np.newaxis])
        error = squares.std(axis=1) / math.sqrt(DRAWS)
        assert (np.abs(squares.mean(axis=1) - variance) <= Z * error + 1e-9).all()


def future_counts(law: BgBb, known: tuple[int, int, int], periods: int) -> NDArray[np.float64]:
    """P(k more purchases | history), from the likelihoods of all strings that go on from it."""
    x, t_x, n = known
    strings = list(itertools.product([0, 1], repeat=periods))
    more = np.array([sum(s) for s in strings])
    last = [max((n + i + 1 for i, bit in enumerate(s) if bit), default=t_x) for s in strings]
    whole = Opportunities.of(x + more, last, n + periods)
    start = law.log_likelihood(Opportunities.of([x], [t_x], [n]))[0]
    return np.bincount(more, np.exp(law.log_likelihood(whole) - start), periods + 1)


@pytest.mark.parametrize("law", LAWS[:3])
def test_counts_of_futures(law: BgBb) -> None:
    """Each number of purchases as often as the strings that lead to it are likely."""
    data, _ = PAST.patterns
    found = futures(law, data, 5, 0.0)
    for group, row in enumerate(found):
        known = (int(data.repeats[group]), int(data.last[group]), int(data.periods[group]))
        exact = future_counts(law, known, 5)
        assert exact.sum() == pytest.approx(1, abs=1e-9)
        seen = np.bincount(row.astype(int), minlength=6) / DRAWS
        error = np.sqrt(exact * (1 - exact) / DRAWS)
        assert (np.abs(seen - exact) <= Z * error + 1e-4).all()


@pytest.mark.parametrize("law", LAWS[:3])
def test_intervals_of_chance(law: BgBb) -> None:
    """By the exact probabilities, 5 % lie beyond each end at most, and 5 % with it at least."""
    data, _ = PAST.patterns
    ahead = Ahead(6, 0.0, 1)
    job = Job(np.array(astuple(law)), Luck(3, 1000, ahead), 0.9)
    case = opportunities_case(unfitted(law), data, PeriodSettings(periods=6))
    found = intervals(case.beliefs, None, job)
    noise = Z * math.sqrt(0.05 * 0.95 / 1000)
    for group in range(len(data.repeats)):
        known = (int(data.repeats[group]), int(data.last[group]), int(data.periods[group]))
        exact = future_counts(law, known, 6)
        low, high = int(found.chance.low[group]), int(found.chance.high[group])
        assert exact[:low].sum() < 0.05 + noise
        assert exact[high + 1 :].sum() < 0.05 + noise
        assert min(exact[: low + 1].sum(), exact[high:].sum()) > 0.05 - noise


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_renewals_are_drawn_exactly(rate: float) -> None:
    """A subscriber's payments to come: as many as the survival says, the first in full."""
    law, data = Sbg(0.704, 1.182), CohortCounts.of_survivors([[1000, 631, 468], [80]])
    ahead = Ahead(8, rate, 0)
    told, luck = beliefs_of(law, data, ahead), Luck(7, DRAWS, ahead)
    worth = np.append(0.0, np.cumsum((1 + rate) ** -np.arange(8.0)))
    for group, made in enumerate((0, 2)):
        drawn = draw_future(told, group, luck)
        count = np.abs(drawn[:, np.newaxis] - worth).argmin(axis=1)
        np.testing.assert_allclose(drawn, worth[count], rtol=1e-12)
        at_least = np.array([(count >= t).mean() for t in range(9)])
        exact = law.survival(np.arange(9), after=made)
        assert (np.abs(at_least - exact) <= Z * np.sqrt(exact * (1 - exact) / DRAWS)).all()


@pytest.fixture(scope="module")
def fitted() -> FittedBgBb:
    return BetaGeometricBetaBinomial().fit(donations())


@pytest.fixture(scope="module")
def club() -> FittedSbg:
    cohorts = [[1000, 869, 743, 653, 593], [400, 350, 300]]
    return ShiftedBetaGeometric().fit(CohortCounts.of_survivors(cohorts))


def test_value_is_worth_times_purchases(fitted: FittedBgBb, club: FittedSbg) -> None:
    worth = np.linspace(5, 50, 22)
    found = fitted.customer_lifetime_value(worth, margin=0.4, discount_rate=0.1, level=0.9)
    expected = 0.4 * worth * fitted.discounted_purchases(0.1)
    np.testing.assert_allclose(found.value, expected)
    assert found.total == pytest.approx(expected @ fitted.data.weights)
    flat = fitted.customer_lifetime_value(1.0, discount_rate=0.1, level=0.9)
    assert found.bands is not None
    assert flat.bands is not None
    np.testing.assert_allclose(found.bands.prediction, flat.bands.prediction * (0.4 * worth))
    paid = club.customer_lifetime_value([9.0, 12.0], discount_rate=0.05)
    np.testing.assert_allclose(
        paid.value, [9, 12] * club.expected_remaining([2, 4], 0.05), rtol=1e-12
    )
    assert [paid.groups["renewals"].tolist(), paid.customers.tolist()] == [[2, 4], [300, 593]]
    assert paid.bands is None


def test_intervals_are_of_a_history_alone(fitted: FittedBgBb) -> None:
    """Neither who else is valued nor the order matters, and a wider level holds a narrower."""
    asked = {"discount_rate": 0.1, "draws": 400}
    all_of_them = fitted.customer_lifetime_value(1.0, level=0.9, **asked).columns()
    three = Opportunities.of([6, 0, 6], [6, 0, 6], [6, 6, 6])
    few = fitted.customer_lifetime_value(1.0, data=three, level=0.9, **asked).columns()
    wide = fitted.customer_lifetime_value(1.0, data=three, level=0.99, **asked).columns()
    at = [int(np.flatnonzero(all_of_them["repeats"] == x)[0]) for x in (6, 0, 6)]
    for kind in ("", "chance_", "expected_"):
        for end in ("low", "high"):
            np.testing.assert_array_equal(all_of_them[kind + end][at], few[kind + end])
        assert (wide[kind + "low"] <= few[kind + "low"]).all()
        assert (wide[kind + "high"] >= few[kind + "high"]).all()
    assert ((few["expected_low"] < few["value"]) & (few["value"] < few["expected_high"])).all()


def test_chance_and_parameters_are_told_apart() -> None:
    """Of 20 times the customers, the parameters' share of the variance is a 20th, about."""
    shares, widths = [], []
    for times in (1, 20):
        data = donations()
        weights = data.weights * times / 20
        many = Opportunities.of(data.repeats, data.last, data.periods, weights)
        found = (
            BetaGeometricBetaBinomial()
            .fit(many)
            .customer_lifetime_value(10.0, discount_rate=0.1, level=0.9)
        )
        assert found.bands is not None
        assert found.bands.parameters is not None
        shares.append(found.bands.share)
        widths.append(found.bands.parameters.high - found.bands.parameters.low)
    ratio = shares[0] / shares[1]
    assert ((ratio > 12) & (ratio < 33)).all()
    np.testing.assert_allclose(widths[0] / widths[1], math.sqrt(20), rtol=0.15)


def test_an_unsettled_fit_knows_chance_only() -> None:
    club = ShiftedBetaGeometric().fit(CohortCounts.of_survivors([1000, 800, 640, 512, 410]))
    found = club.customer_lifetime_value(10.0, periods=4, level=0.9)
    assert found.bands is not None
    assert (found.bands.prediction, found.bands.parameters, found.bands.share) == (None,) * 3
    assert "the model is not settled" in found.doubts[0]
    assert "intervals are of chance alone" in found.doubts[1]
    assert found.summary().startswith("Warning: the model is not settled: the counts do not")
    assert "in 4 periods, margin 1, discounted at 0 % a period" in found.summary()


def test_a_mean_that_may_be_infinite_is_told() -> None:
    """alpha is 1.3 ± 0.2: of a few of the parameters drawn, the expected lifetime is infinite."""
    cohort = np.round(500 * Sbg(1.3, 4.0).survival(np.arange(6))).tolist()
    club = ShiftedBetaGeometric().fit(CohortCounts.of_survivors(cohort))
    found = club.customer_lifetime_value(10.0, level=0.99)
    assert math.isfinite(found.total)
    assert "the expected value is infinite: its interval may have no upper end" in found.doubts[0]
    assert found.bands is not None
    assert found.bands.parameters is not None
    assert math.isinf(found.bands.parameters.high[0])
    assert math.isfinite(found.bands.prediction.high[0])  # type: ignore[union-attr]
    plain = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert plain["groups"]["expected_high"] == [None]
    assert plain["periods"] is None


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "the expected number of purchases is infinite; give periods, or a discount_rate"),
        ({"margin": 0}, "margin: 0 is not above 0 and up to 1; write 0.3 for 30 %"),
        ({"margin": 25}, "margin: 25 is not above 0 and up to 1"),
        ({"margin": "half"}, "margin: 'half' is no number"),
        ({"discount_rate": -0.1}, "discount_rate: -0.1 is not 0 or above"),
        ({"discount_rate": math.nan}, "discount_rate: nan is not 0 or above"),
        ({"periods": 0}, "periods: 0 leave nothing to come"),
        ({"periods": 2.5}, "periods: 2.5 is no whole number"),
        ({"periods": 2, "level": 90}, "level: 90 is not between 0 and 1"),
        ({"periods": 2, "level": 0.9, "draws": 5}, "draws: 5 is not a whole number from 20"),
        ({"periods": 2, "level": 0.99, "draws": 100}, "100 are too few for a level of 99 %; give"),
        ({"periods": 2, "seed": -1}, "seed: -1 is not a whole number"),
        ({"periods": 2, "amount": 0}, "the worth of a purchase: 0 is no amount above 0"),
        ({"periods": 2, "amount": math.nan}, "nan is no amount above 0"),
        ({"periods": 2, "amount": [1, 2]}, "2 amounts do not fit 22 groups"),
        ({"periods": 2, "amount": "ten"}, "the worth of a purchase is no number: 'ten'"),
    ],
)
def test_what_means_nothing(fitted: FittedBgBb, asked: dict[str, object], words: str) -> None:
    with pytest.raises(DataError, match=words):
        fitted.customer_lifetime_value(asked.pop("amount", 10.0), **asked)


def test_data_of_another_kind(fitted: FittedBgBb) -> None:
    orders = Summary.of([1, 0], [5, 0], [9, 9])
    with pytest.raises(DataError, match=r"needs Opportunities, not Summary.*Opportunities.of_log"):
        BetaGeometricBetaBinomial().fit(orders)  # type: ignore[arg-type]
    with pytest.raises(DataError, match="needs Opportunities, not Summary"):
        fitted.customer_lifetime_value(1.0, periods=3, data=orders)  # type: ignore[arg-type]
    with pytest.raises(DataError, match=r"needs CohortCounts, not list.*of_survivors"):
        ShiftedBetaGeometric().fit([1000, 631])  # type: ignore[arg-type]
    with pytest.raises(DataError, match="Summary is no order log"):
        Opportunities.of_log(orders)  # type: ignore[arg-type]
    gone = ShiftedBetaGeometric().fit(CohortCounts.of_survivors([100, 60, 30, 0]))
    with pytest.raises(DataError, match="all subscribers have left"):
        gone.customer_lifetime_value(10.0, periods=3)
