"""BG/BB: the published donors, sums over all histories, and customers made to order."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from helpers.donations import donations
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy import special, stats

from cvosim.clv.models.bg_bb import BetaGeometricBetaBinomial, BgBb, FittedBgBb
from cvosim.clv.models.bg_bb_likelihood import Ends, likelihood
from cvosim.clv.models.fit import Problem, maximise
from cvosim.clv.models.opportunities import Opportunities
from cvosim.clv.orders.days import parse_day
from cvosim.clv.orders.reading import OrderLog
from cvosim.errors import DataError

PUBLISHED = BgBb(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
"""Fader, Hardie & Shang (2010), table 3; −33225.6."""
LAWS = [
    PUBLISHED,
    BgBb(0.02, 0.02, 0.02, 0.02),
    BgBb(0.3, 2.0, 1.0, 5.0),
    BgBb(40.0, 9.0, 2.5, 30.0),
    BgBb(2e4, 5e4, 1e4, 3e4),
]
Z = 4.5
"""Bound of a normal test; passed wrongly once in 150,000."""


@pytest.fixture(scope="module")
def donors() -> Opportunities:
    return donations()


@pytest.fixture(scope="module")
def fitted(donors: Opportunities) -> FittedBgBb:
    return BetaGeometricBetaBinomial().fit(donors)


def history(x: object, t_x: object, n: object = 6) -> Opportunities:
    return Opportunities.of(np.atleast_1d(x), np.atleast_1d(t_x), np.atleast_1d(n))


def test_parameters_of_the_donors(fitted: FittedBgBb) -> None:
    """Maximum of the exact likelihood; published as 1.204, 0.750, 0.657, 2.783."""
    found = list(fitted.params_.values())
    np.testing.assert_allclose(found, [1.20352, 0.74972, 0.65672, 2.78344], rtol=2e-5)
    np.testing.assert_allclose(found, [1.204, 0.750, 0.657, 2.783], rtol=1e-3)
    assert fitted.log_likelihood_ == pytest.approx(-33225.5813, abs=1e-4)
    assert (fitted.converged_, fitted.n_customers_, fitted.n_patterns_) == (True, 11104, 22)
    assert BetaGeometricBetaBinomial().get_params() == {}


def test_figures_of_the_donors(fitted: FittedBgBb, donors: Opportunities) -> None:
    """Printed in BTYD's walkthrough and in lifetimes' tests, after the paper's section 4."""
    assert fitted.expected_purchases_new_customer(10) == pytest.approx(3.179805, abs=1e-4)
    some = history([0, 4], [0, 5])
    np.testing.assert_allclose(fitted.expected_purchases(10, some), [0.1302169, 3.627858], 1e-4)
    alive = fitted.probability_alive(history([0, 2, 6], [0, 4, 6]))
    np.testing.assert_allclose(alive, [0.11, 0.59, 0.93], atol=0.005)
    total, deviation = fitted.forecast(5)
    assert total == pytest.approx(12884.2, abs=0.1)
    assert abs(13260 - total) < 4 * deviation, "what the donors did then"
    counts = 11104 * fitted.probability_of([0, 6], 6)
    np.testing.assert_allclose(counts, [3454.9, 1253.1], atol=0.1)
    assert fitted.expected_purchases(5) @ donors.weights == pytest.approx(total)


def test_published_discounted_purchases() -> None:
    """At three-digit parameters and 10 %: the example of BTYD's documentation and x = 1 to 6."""
    law = BgBb(1.20, 0.75, 0.66, 2.78)
    assert law.discounted_purchases(history(3, 4), 0.1) == pytest.approx(1.6213792, rel=1e-7)
    got = law.discounted_purchases(history(np.arange(1, 7), np.full(6, 6), np.full(6, 6)), 0.1)
    np.testing.assert_allclose(got, [1.8020, 2.6212, 3.4403, 4.2594, 5.0785, 5.8976], atol=6e-5)


def test_likelihood_of_the_donors_is_the_sum(fitted: FittedBgBb, donors: Opportunities) -> None:
    each = fitted.law.log_likelihood(donors)
    assert each @ donors.weights == pytest.approx(fitted.log_likelihood_, abs=1e-6)


def brute(law: BgBb, bought: tuple[int, ...]) -> float:
    """Probability of a string of yes and no, by all the times when the customer may have left."""
    n, total = len(bought), 0.0
    for met in range(n + 1):
        if any(bought[met:]):
            continue
        x = sum(bought[:met])
        buys = special.betaln(law.alpha + x, law.beta + met - x) - special.betaln(
            law.alpha, law.beta
        )
        ends = special.betaln(law.gamma + (met < n), law.delta + met)
        total += math.exp(buys + ends - special.betaln(law.gamma, law.delta))
    return total


@pytest.mark.parametrize("law", LAWS)
def test_likelihood_over_all_strings(law: BgBb) -> None:
    """Every string of four: its probability by hand; all add up to 1 and give every moment."""
    strings = list(itertools.product([0, 1], repeat=4))
    x = np.array([sum(s) for s in strings])
    t_x = np.array([max((i + 1 for i, bit in enumerate(s) if bit), default=0) for s in strings])
    chance = np.exp(law.log_likelihood(history(x, t_x, np.full(16, 4))))
    np.testing.assert_allclose(chance, [brute(law, s) for s in strings], rtol=1e-9)
    assert chance.sum() == pytest.approx(1, abs=1e-9)
    counted = np.bincount(x, chance, 5)
    np.testing.assert_allclose(law.probability_of(np.arange(5), 4), counted, rtol=1e-9)
    assert law.expected_purchases_new_customer(4) == pytest.approx(chance @ x, rel=1e-9)
    # what the first two say of the last two, against the strings that begin so
    for begin in itertools.product([0, 1], repeat=2):
        rows = [i for i, s in enumerate(strings) if s[:2] == begin]
        weight = chance[rows] / chance[rows].sum()
        later = np.array([sum(strings[i][2:]) for i in rows])
        known = history(sum(begin), 2 if begin[1] else begin[0], 2)
        mean, variance = law.conditional_moments(known, 2)
        assert mean[0] == pytest.approx(weight @ later, rel=1e-8)
        exact = weight @ later**2 - (weight @ later) ** 2
        assert variance[0] == pytest.approx(exact, rel=1e-6, abs=1e-9)


def test_gradient_is_the_derivative(donors: Opportunities) -> None:
    ends = Ends.of(history([0, 1, 1, 5, 9], [0, 1, 12, 8, 12], [12, 3, 12, 12, 12]))
    for at in ([1.2, 0.7, 0.6, 2.8], [0.03, 9.0, 30.0, 0.2]):
        _, gradient = likelihood(np.array(at), ends)
        for index, value in enumerate(at):
            step = np.eye(4)[index] * value * 1e-6
            slope = (likelihood(at + step, ends)[0] - likelihood(at - step, ends)[0]) / (
                2e-6 * value
            )
            np.testing.assert_allclose(gradient[index], slope, rtol=1e-5, atol=1e-7)


def test_ten_starts_find_one_optimum(fitted: FittedBgBb, donors: Opportunities) -> None:
    ends = Ends.of(donors)

    def objective(at: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        value, gradient = likelihood(at, ends)
        return float(value @ donors.weights), gradient @ donors.weights

    starts = np.exp(stats.uniform.rvs(-2, 4, size=(10, 4), random_state=4))
    for start in starts:
        found = maximise(Problem(objective, 11104), [start.tolist()])
        np.testing.assert_allclose(found.parameters, list(fitted.params_.values()), rtol=1e-5)


def drawn(law: BgBb, n: int, periods: int, seed: int) -> NDArray[np.bool_]:
    """Who takes which opportunity, one row a customer, without any code of cvosim."""
    buying = stats.beta.rvs(law.alpha, law.beta, size=n, random_state=seed)
    leaving = stats.beta.rvs(law.gamma, law.delta, size=n, random_state=seed + 1)
    taken, there = np.zeros((n, periods), np.bool_), np.ones(n, np.bool_)
    for t in range(periods):
        there &= stats.uniform.rvs(size=n, random_state=seed + 2 + 2 * t) >= leaving
        taken[:, t] = there & (stats.uniform.rvs(size=n, random_state=seed + 3 + 2 * t) < buying)
    return taken


def summed(taken: NDArray[np.bool_]) -> Opportunities:
    n = taken.shape[1]
    last = np.where(taken.any(axis=1), n - taken[:, ::-1].argmax(axis=1), 0)
    return Opportunities.of(taken.sum(axis=1), last, np.full(len(taken), n))


def test_six_opportunities_are_six() -> None:
    """E[X(6)] = 2.220188 is of exactly six; a loop that runs once more comes to E[X(7)].

    pymc-marketing 0.19.2 draws 2.481 on average for T = 6, and x = 7 among them: the mean of
    seven opportunities, as the law of six tells.
    """
    law = BgBb(1.2035, 0.7497, 0.6567, 2.7834)
    assert law.expected_purchases_new_customer(6) == pytest.approx(2.220188, abs=1e-6)
    assert law.expected_purchases_new_customer(7) == pytest.approx(2.483, abs=5e-4)
    x = drawn(law, 400_000, 7, 61)
    for periods in (6, 7):
        count = x[:, :periods].sum(axis=1)
        error = count.std() / math.sqrt(len(count))
        assert abs(count.mean() - law.expected_purchases_new_customer(periods)) < Z * error
    assert abs(x.sum(axis=1).mean() - 2.220188) > 50 * error, "the test can tell the two apart"


@pytest.mark.parametrize("law", [PUBLISHED, BgBb(2.0, 6.0, 1.5, 12.0)])
def test_its_own_parameters_and_future_are_found(law: BgBb) -> None:
    """From 100,000 customers: parameters within 10 %, the future of each history within chance."""
    taken = drawn(law, 100_000, 22, 7)
    past = summed(taken[:, :12])
    fitted = BetaGeometricBetaBinomial().fit(past)
    assert fitted.converged_
    for name, value in fitted.params_.items():
        assert value == pytest.approx(getattr(law, name), rel=0.1), name
    later = taken[:, 12:].sum(axis=1)
    mean, variance = law.conditional_moments(past, 10)
    assert abs((later - mean).sum()) < Z * math.sqrt(variance.sum())
    squares = np.square(later - mean) - variance
    assert abs(squares.mean()) < Z * squares.std() / math.sqrt(len(squares))
    for rows in (past.last == 0, past.last == 12, (past.last > 0) & (past.last < 9)):
        z = (later - mean)[rows].sum() / math.sqrt(variance[rows].sum())
        assert abs(z) < Z
    total, deviation = fitted.forecast(10)
    assert abs(later.sum() - total) < Z * deviation


def test_lifetime_values_of_customers_made_to_order() -> None:
    """90 % intervals of six years' gifts: what customers did lies beyond either end 5 % at most.

    From 300 customers, whose parameters are quite uncertain; the future is another 5,000's.
    Counts are discrete, so that less than 5 % is beyond where an end is a likely number.
    """
    above = []
    for seed in range(1000, 2500, 100):
        fitted = BetaGeometricBetaBinomial().fit(summed(drawn(PUBLISHED, 300, 6, seed)))
        taken = drawn(PUBLISHED, 5_000, 18, seed + 50)
        discounted = taken[:, 6:] @ 1.1 ** -np.arange(1.0, 13.0)
        found = fitted.customer_lifetime_value(
            1.0, data=summed(taken[:, :6]), discount_rate=0.1, periods=12, level=0.9
        )
        assert found.bands is not None
        ends = found.bands.prediction or found.bands.chance
        assert (discounted < ends.low - 1e-9).mean() < 0.05
        above.append((discounted > ends.high + 1e-9).mean())
    assert np.mean(above) < 0.05 + Z * np.std(above) / math.sqrt(len(above))
    assert np.mean(above) > 0.02, "an end is no farther than it must be"


@settings(max_examples=60)
@given(
    st.tuples(*[st.floats(-6, 6).map(math.exp)] * 4),
    st.integers(0, 40),
    st.integers(0, 40),
    st.floats(1e-4, 3.0),
)
def test_what_any_law_must_do(
    parameters: tuple[float, float, float, float], n: int, x: int, rate: float
) -> None:
    """Probabilities in [0, 1] that fall, projections that grow to the infinite one, pmf of 1."""
    law, x = BgBb(*parameters), min(x, n)
    known = history(x, n if x else 0, n)
    alive = np.array([law.probability_alive(known, ahead)[0] for ahead in range(5)])
    assert (alive >= 0).all()
    assert (alive <= 1).all()
    assert (np.diff(alive) <= 1e-12).all()
    horizons = [0, 1, 2, 10, 999, 1001, 5000, math.inf]
    for d in (0.0, rate):
        value = np.array([law.discounted_purchases(known, d, m)[0] for m in horizons])
        assert not np.isnan(value).any()
        assert value[0] == 0
        assert (np.diff(value[:-1]) >= -1e-8 * value[:-2]).all()
        assert value[-1] >= value[-2] * (1 - 1e-8)
        assert (d == 0 and law.gamma <= 1) == math.isinf(value[-1])
    assert law.probability_of(np.arange(n + 1), n).sum() == pytest.approx(1, abs=1e-8)


def test_infinite_and_finite_meet_as_the_discount_grows() -> None:
    known = history([1, 5], [4, 6], [6, 6])
    gaps = []
    for rate in (0.01, 0.1, 1.0, 10.0):
        whole = PUBLISHED.discounted_purchases(known, rate)
        gaps.append(float((1 - PUBLISHED.discounted_purchases(known, rate, 20) / whole).max()))
    assert gaps == sorted(gaps, reverse=True)
    assert gaps[-1] == pytest.approx(0, abs=1e-12)
    first = PUBLISHED.expected_purchases(known, 1)
    np.testing.assert_allclose(PUBLISHED.discounted_purchases(known, 1e6) * 1e6, first, rtol=1e-5)
    with pytest.raises(DataError, match=r"discount_rate: -0.1 is not 0 or above"):
        PUBLISHED.discounted_purchases(known, -0.1)
    with pytest.raises(DataError, match=r"periods: 2.5 is no whole number"):
        PUBLISHED.expected_purchases(known, 2.5)


def test_data_that_settle_nothing_are_refused_or_told() -> None:
    with pytest.raises(DataError, match="none of the 7 customers took an opportunity"):
        BetaGeometricBetaBinomial().fit(Opportunities.of([0, 0], [0, 0], [3, 4], [3, 4]))
    with pytest.raises(DataError, match="all 5 customers have the same history"):
        BetaGeometricBetaBinomial().fit(Opportunities.of([2], [3], [3], [5]))
    # a coin for everybody and nobody leaves: neither heterogeneity nor drop-out can be told
    x = np.arange(7)
    strings = np.array(list(itertools.product([0, 1], repeat=6)), np.bool_)
    data = summed(np.repeat(strings, 50, axis=0))
    fitted = BetaGeometricBetaBinomial().fit(data)
    assert not fitted.converged_
    assert fitted.standard_errors_ is None
    assert "how customers differ in buying" in fitted.message_
    assert np.isfinite(fitted.expected_purchases(10)).all()
    np.testing.assert_allclose(fitted.probability_of(x, 6), stats.binom.pmf(x, 6, 0.5), atol=2e-3)
    assert math.isfinite(fitted.forecast(10)[1])


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        (([-1], [0], [3]), "repeats is -1, which is no count"),
        (([1], [1.5], [3]), "last is 1.5, which is no count"),
        (([1], [1], [math.nan]), "periods is nan"),
        (([1], [4], [3]), "opportunity 4 cannot have been taken if there were 3"),
        (([0, 0], [0, 2], [3, 3]), "history 1: the last opportunity taken is 2, but none"),
        (([1], [1], [3], [0]), "weights is 0"),
        (([1, 2], [1, 2, 3], [3]), "one a history"),
        (([], [], []), "there are no histories"),
    ],
)
def test_histories_that_are_none(columns: tuple[list[float], ...], words: str) -> None:
    with pytest.raises(DataError, match=words):
        Opportunities.of(*columns)


def log_of(*rows: tuple[str, str]) -> OrderLog:
    return OrderLog.of([(name, parse_day(day), 1.0) for name, day in rows])


def test_opportunities_of_a_log() -> None:
    """By hand: ann gives in three of four years, bob in none of two, cy comes too late."""
    log = log_of(
        ("ann", "2001-03-01"),
        ("ann", "2001-12-31"),
        ("ann", "2002-01-01"),
        ("ann", "2003-05-05"),
        ("ann", "2003-06-05"),
        ("bob", "2003-02-01"),
        ("ann", "2005-12-31"),
        ("cy", "2006-01-01"),
    )
    years = Opportunities.of_log(log, "year", until=parse_day("2006-06-30"))
    assert list(years.names) == ["ann", "bob"]
    columns = (years.repeats, years.last, years.periods)
    assert [column.tolist() for column in columns] == [[3, 0], [4, 0], [4, 2]]
    early = Opportunities.of_log(log, "year", until=parse_day("2003-12-31"))
    assert [early.repeats.tolist(), early.periods.tolist()] == [[2, 0], [2, 0]]
    # Monday 2001-03-05 begins the week after ann's first
    weeks = Opportunities.of_log(
        log_of(("ann", "2001-03-04"), ("ann", "2001-03-05"), ("b", "2001-03-11"))
    )
    assert [weeks.repeats.tolist(), weeks.periods.tolist()] == [[1, 0], [1, 0]]
    months = Opportunities.of_log(log, "month")
    assert months.periods.tolist() == [57, 34]
    with pytest.raises(DataError, match="choose week, month, year"):
        Opportunities.of_log(log, "fortnight")
    with pytest.raises(DataError, match="by 2001-12-30 no whole year has passed"):
        Opportunities.of_log(log, "year", until=parse_day("2001-12-30"))
