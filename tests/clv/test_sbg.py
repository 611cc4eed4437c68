"""sBG: the published cohorts, sums written out, and subscribers made to order."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, special, stats

from cvosim.clv.models.cohort_counts import CohortCounts
from cvosim.clv.models.fit import Problem, maximise
from cvosim.clv.models.renewals import pairs_to_come, renewals_to_come
from cvosim.clv.models.sbg import FittedSbg, Sbg, ShiftedBetaGeometric, _likelihood
from cvosim.errors import DataError
from cvosim.tables.blocks import empty_customers
from cvosim.tables.columns import CustomerTable, Names

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]
HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
"""Fader & Hardie (2007), table 1: of 1,000, who is left after each of seven years."""
CASE_1 = [10000, 8000, 6480, 5307, 4391]
CASE_2 = [10000, 8000, 7600, 7383, 7235]
"""Fader & Hardie (2010): two firms that lose the same share of a cohort in its first year.

Each acquires such a cohort every year and sees the oldest for four years, the newest for none.
"""
Z = 4.5
"""Bound of a normal test; passed wrongly once in 150,000."""


def fit(*survivors: list[int]) -> FittedSbg:
    return ShiftedBetaGeometric().fit(CohortCounts.of_survivors(survivors))


@pytest.mark.parametrize(
    ("cohort", "parameters", "value", "places"),
    [
        (REGULAR, (0.70408, 1.18204), -1680.2652, 5e-6),
        (HIGH_END, (0.66809, 3.80610), -1611.1581, 5e-6),
        (REGULAR[:5], (0.76367, 1.29583), -1401.5594, 5e-6),
    ],
)
def test_published_parameters_of_a_cohort(
    cohort: list[int], parameters: tuple[float, float], value: float, places: float
) -> None:
    """Fader & Hardie (2007) print 0.704, 1.182 and 0.668, 3.806."""
    fitted = fit(cohort)
    np.testing.assert_allclose(list(fitted.params_.values()), parameters, atol=places)
    assert fitted.log_likelihood_ == pytest.approx(value, abs=1e-3)
    assert (fitted.converged_, fitted.n_customers_) == (True, cohort[0])
    assert fitted.law.log_likelihood(fitted.data) == pytest.approx(fitted.log_likelihood_)
    assert ShiftedBetaGeometric().get_params() == {}


@pytest.mark.parametrize(
    ("cohort", "rounded", "survival", "lifetime", "remaining"),
    [
        (
            REGULAR,
            Sbg(0.704, 1.182),
            [62.7, 47.4, 38.8, 33.2, 29.2, 26.2, 23.9, 22.0, 20.4, 19.1, 18.0, 17.0],
            3.6951,
            [2.9647, 4.1035, 4.8701, 5.4424, 5.8944],
        ),
        (
            HIGH_END,
            Sbg(0.668, 3.806),
            [85.1, 74.7, 67.0, 61.0, 56.2, 52.2, 48.9, 46.0, 43.6, 41.4, 39.5, 37.8],
            5.9226,
            [5.4149, 5.9018, 6.2943, 6.6203, 6.8971],
        ),
    ],
)
def test_published_projections(
    cohort: list[int],
    rounded: Sbg,
    survival: list[float],
    lifetime: float,
    remaining: list[float],
) -> None:
    """Seven years fitted, twelve projected (2007, figure 3); DEL and DERL (2010) at 10 %.

    The latter are at the parameters as printed, with three digits; n "periods as a customer"
    are n − 1 renewals made.
    """
    fitted = fit(cohort)
    np.testing.assert_allclose(100 * fitted.survival(np.arange(1, 13)), survival, atol=0.051)
    assert rounded.expected_lifetime(0.1) == pytest.approx(lifetime, abs=6e-5)
    np.testing.assert_allclose(rounded.expected_remaining(np.arange(5), 0.1), remaining, atol=6e-5)
    assert fitted.expected_lifetime(0.1) == pytest.approx(lifetime, rel=1e-3)
    np.testing.assert_allclose(fitted.expected_remaining(np.arange(5), 0.1), remaining, rtol=1e-3)


def test_published_parameters_of_several_cohorts() -> None:
    """Fader & Hardie (2010) print 3.80, 15.19 and 0.07, 0.27: the same year 1, twice the value."""
    one, two = (fit(*(case[:k] for k in (5, 4, 3, 2, 1))) for case in (CASE_1, CASE_2))
    np.testing.assert_allclose(list(one.params_.values()), [3.798, 15.192], atol=5e-4)
    np.testing.assert_allclose(list(two.params_.values()), [0.06667, 0.26668], atol=6e-6)
    assert one.log_likelihood_ == pytest.approx(-40255.837, abs=1e-3)
    assert two.log_likelihood_ == pytest.approx(-27476.660, abs=1e-3)
    assert one.n_customers_ == 50_000
    assert one.retention_rate(1) == pytest.approx(0.8, abs=1e-4)
    assert two.retention_rate(1) == pytest.approx(0.8, abs=1e-4)
    assert one.expected_lifetime(0.1) == pytest.approx(4.0090, abs=5e-5)
    assert two.expected_lifetime(0.1) == pytest.approx(7.9831, abs=5e-5)


def test_ten_starts_find_one_optimum() -> None:
    data = CohortCounts.of_survivors(REGULAR)
    best = list(ShiftedBetaGeometric().fit(data).params_.values())
    for start in np.exp(stats.uniform.rvs(-3, 6, size=(10, 2), random_state=2)):
        found = maximise(Problem(lambda at: _likelihood(at, data), 1000), [start.tolist()])
        np.testing.assert_allclose(found.parameters, best, rtol=1e-6)


def test_gradient_is_the_derivative() -> None:
    data = CohortCounts.of_survivors([HIGH_END, REGULAR[:3]])
    for at in (np.array([0.7, 3.0]), np.array([40.0, 0.02])):
        gradient = _likelihood(at, data)[1]
        for index in range(2):
            step = np.eye(2)[index] * at[index] * 1e-6
            rise = _likelihood(at + step, data)[0] - _likelihood(at - step, data)[0]
            assert gradient[index] == pytest.approx(rise / (2 * step[index]), rel=1e-5)


def test_intervals() -> None:
    """By the delta method: the closed errors of a survival, and where there is none."""
    fitted = fit(REGULAR)
    low, high = fitted.survival_interval(np.arange(1, 13))
    centre = fitted.survival(np.arange(1, 13))
    assert (low < centre).all()
    assert (centre < high).all()
    # the binomial error of a share of 1,000 people is an upper bound within the data
    half = (high - low)[6] / 2 / 1.96
    assert 0.5 < half / math.sqrt(0.24 * 0.76 / 1000) < 1.05
    less, more = fitted.lifetime_interval(0.1, level=0.5)
    least, most = fitted.lifetime_interval(0.1)
    assert least < less < fitted.expected_lifetime(0.1) < more < most
    with pytest.raises(DataError, match="infinite, for alpha is not above 1"):
        fitted.lifetime_interval(0)
    with pytest.raises(DataError, match="level: 95 is not between 0 and 1"):
        fitted.survival_interval(1, level=95)


def drawn(law: Sbg, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Renewals made by people seen for 1 to 12 of them, and who then left."""
    churn = stats.beta.rvs(law.alpha, law.beta, size=n, random_state=seed)
    leaves_at = stats.geom.rvs(np.maximum(churn, 1e-12), random_state=seed + 1)
    seen = stats.randint.rvs(1, 13, size=n, random_state=seed + 2)
    return np.minimum(leaves_at - 1, seen), leaves_at <= seen


@pytest.mark.parametrize("law", [Sbg(0.704, 1.182), Sbg(3.8, 15.2), Sbg(1.0, 9.0)])
def test_its_own_parameters_are_found(law: Sbg) -> None:
    """From 100,000 individuals, half of them still there: within 10 % and 4.5 errors."""
    renewals, churned = drawn(law, 100_000, 11)
    fitted = ShiftedBetaGeometric().fit(CohortCounts.of_individuals(renewals, churned))
    assert fitted.standard_errors_ is not None
    for name, value in fitted.params_.items():
        assert value == pytest.approx(getattr(law, name), rel=0.1), name
        assert abs(value - getattr(law, name)) < Z * fitted.standard_errors_[name]


def test_intervals_of_lifetime_values() -> None:
    """100 samples: 90 % for the expected value, and for what happens at least that.

    The probability beyond an end is exact, from the survival of the true law: no future is
    drawn. Payments are counted, so that less than 5 % is beyond where an end is a likely number.
    """
    law, inside, beyond = Sbg(1.5, 30.0), [], []
    for seed in range(100):
        renewals, churned = drawn(law, 3000, 1000 + 10 * seed)
        fitted = ShiftedBetaGeometric().fit(CohortCounts.of_individuals(renewals, churned))
        found = fitted.customer_lifetime_value(
            1.0, discount_rate=0.05, level=0.9, draws=199, seed=seed
        )
        assert found.bands is not None
        if not fitted.converged_:
            continue
        made, bands = found.groups["renewals"], found.bands
        assert bands.prediction is not None
        assert bands.parameters is not None
        mean = law.expected_remaining(made, 0.05)
        inside.append((bands.parameters.low < mean) & (mean < bands.parameters.high))
        low, high = (
            np.round(np.log1p(-np.minimum(value / 21, 1 - 1e-13)) / -math.log(1.05))
            for value in bands.prediction
        )
        beyond.append((1 - law.survival(low, made), law.survival(high + 1, made)))
    samples, ends = len(inside), np.array(beyond)
    assert samples > 85
    covered = np.mean(inside, axis=0)
    assert (np.abs(covered - 0.9) < Z * math.sqrt(0.09 / samples)).all()
    spread = ends.std(axis=0) / math.sqrt(samples)
    assert (ends.mean(axis=0) < 0.05 + Z * spread).all()
    assert (ends.mean(axis=0) > 0.02).all(), "an end is no farther than it must be"


def test_individuals_and_cohorts_are_one() -> None:
    """Cohorts of different ages, as counts and as people, give the same fit."""
    rows = [HIGH_END, HIGH_END[:4], REGULAR[:6]]
    renewals, churned = [], []
    for row in rows:
        for k, gone in enumerate(-np.diff(row)):
            renewals += [k] * gone
            churned += [True] * gone
        renewals += [len(row) - 1] * row[-1]
        churned += [False] * row[-1]
    people = CohortCounts.of_individuals(renewals, churned)
    counts = CohortCounts.of_survivors(rows)
    assert people.churned.tolist() == counts.churned.tolist()
    assert people.stayed.tolist() == counts.stayed.tolist()
    assert people.facing[0] == 3000
    assert people.retention[0] == pytest.approx((2 * 0.869 + 0.631) / 3)


def test_a_simulated_table() -> None:
    """Bills and cancellations; a trial that ends unpaid is no renewal; a contract of two bills."""
    names = Names((), (), ("club",), (), ("club",))
    columns = empty_customers(5, names)
    columns.bills[0], columns.cancelled[0] = [1, 2, 0, 4, 3], [1, 1, 1, 1, 0]
    table = CustomerTable(columns, names)
    counts = CohortCounts.of_customer_table(table, "club")
    assert [counts.churned.tolist(), counts.stayed.tolist()] == [[1, 1, 0, 1], [0, 0, 1, 0]]
    columns.bills[0] = [2, 2, 0, 4, 3]
    bound = CohortCounts.of_customer_table(table, "club", bills_per_renewal=2)
    assert [bound.churned.tolist(), bound.stayed.tolist()] == [[2, 1], [0, 1]]
    with pytest.raises(DataError, match='no subscription "gym"; choose from: club'):
        CohortCounts.of_customer_table(table, "gym")
    columns.bills[0] = 0
    with pytest.raises(DataError, match="nobody paid a bill"):
        CohortCounts.of_customer_table(table, "club")


def test_too_little_to_fit() -> None:
    with pytest.raises(DataError, match="none of the 50 subscribers left: there is no churn"):
        fit([50, 50, 50])
    with pytest.raises(DataError, match="none of the 2 subscribers left"):
        ShiftedBetaGeometric().fit(CohortCounts.of_individuals([0, 0], [0, 0]))
    with pytest.raises(DataError, match="all 50 subscribers left at the first renewal"):
        fit([50, 0, 0])
    with pytest.raises(DataError, match="one renewal only"):
        fit([50, 20])


def test_what_has_no_maximum_is_said() -> None:
    """Constant churn, churn that rises, and all of it at once: in words, with finite numbers."""
    constant = fit([10000, 8000, 6400, 5120, 4096])
    assert not constant.converged_
    assert "a constant churn of 20 % a renewal" in constant.message_
    assert constant.survival(4) == pytest.approx(0.8**4, rel=1e-3)
    assert constant.expected_lifetime(0.1) == pytest.approx(1 / (1 - 0.8 / 1.1), rel=1e-3)
    with pytest.raises(DataError, match="there is no interval: retention does not rise"):
        constant.survival_interval(3)
    rising = fit([1000, 950, 800, 500])
    assert "retention does not rise with tenure" in rising.message_
    once = fit([1000, 400, 400, 400])
    assert "at their first renewal or not at all" in once.message_
    np.testing.assert_allclose(once.survival([1, 3]), 0.4, rtol=1e-3)
    assert math.isfinite(once.expected_lifetime(0.1))
    assert once.expected_lifetime() == math.inf


@pytest.mark.parametrize(
    ("survivors", "words"),
    [
        ([], "there are no cohorts"),
        ([[100]], "shows no renewal"),
        ([100, 120], "120 after renewal 1 are more than the 100 before it"),
        ([[100, 50], [10, 5, 7]], "7 after renewal 2 are more"),
        ([0, 0], "begins with at least one subscriber"),
        ([100, -5], "never below 0"),
        ([100, math.nan], "a number is missing"),
        ([100, "many"], "not all numbers"),
    ],
)
def test_survivors_that_are_none(survivors: list[float], words: str) -> None:
    with pytest.raises(DataError, match=words):
        CohortCounts.of_survivors(survivors)


@pytest.mark.parametrize(
    ("renewals", "churned", "words"),
    [
        ([1, 2], [0], "the same length"),
        ([], [], "no subscribers"),
        ([0.5], [1], "0.5 is no count"),
        ([-1], [1], "-1 is no count"),
        ([1], [2], "2 is neither true nor false"),
    ],
)
def test_individuals_that_are_none(renewals: list[float], churned: list[int], words: str) -> None:
    with pytest.raises(DataError, match=words):
        CohortCounts.of_individuals(renewals, churned)


@pytest.mark.parametrize("alpha", [0.05, 0.704, 1.0, 1.0 + 1e-8, 1.5, 30.0])
@pytest.mark.parametrize("beta", [0.05, 1.182, 40.0])
def test_sums_against_the_integral(alpha: float, beta: float) -> None:
    """Over the churn probability θ: Σ (1−θ)^t v^(t−1), with and without an end."""

    def mean(value: object) -> float:
        assert callable(value)
        weight = {"weight": "alg", "wvar": (alpha - 1, beta - 1), "limit": 400, "epsabs": 0.0}
        return float(integrate.quad(value, 0, 1, **weight)[0] / special.beta(alpha, beta))

    for d, m in [(0.1, math.inf), (0.5, 7), (0.1, 1400), (0.0, 7), (0.0, 60)]:

        def stays(theta: float, d: float = d, m: float = m) -> float:
            q = (1 - theta) / (1 + d)
            if q == 1:
                return m
            end = 0.0 if math.isinf(m) else q**m
            return (1 - theta) * (1 - end) / (1 - q)

        got = float(renewals_to_come((alpha, beta), 0, d, m))
        assert got == pytest.approx(mean(stays), rel=1e-7), (d, m)


@pytest.mark.parametrize(("rate", "periods"), [(0.1, 7), (0, 5000), (0, math.inf), (0.1, math.inf)])
def test_sums_of_many_laws_at_once(rate: float, periods: float) -> None:
    alpha, beta, made = np.array([[0.3], [1.0], [1.05], [1.4]]), 2.5, np.array([0.0, 4.0, 0.0])
    found = renewals_to_come((alpha, beta), made, rate, periods)
    one_by_one = [renewals_to_come((a, beta), made, rate, periods) for a in alpha.ravel()]
    np.testing.assert_allclose(found, one_by_one, rtol=1e-12)


@pytest.mark.parametrize("alpha", [0.3, 1.0, 1 + 1e-9, 1 + 1e-5, 2.0])
def test_long_horizons_against_plain_sums(alpha: float) -> None:
    """Beyond a thousand periods: closed forms, and a fraction where scipy's 2F1 is wrong."""
    t = np.arange(1.0, 400_001.0)
    for n in (0, 1000):
        law, made = Sbg(alpha, 2.5), np.array([n])
        stays = law.survival(t, after=n)
        got = renewals_to_come((alpha, 2.5), made, 0.0, 5000.0)[0]
        assert got == pytest.approx(stays[:5000].sum(), rel=1e-8)
        for d in (1e-3, 1e-4):
            terms = stays * np.exp(-(t - 1) * math.log1p(d))
            whole = renewals_to_come((alpha, 2.5), made, d, math.inf)[0]
            assert whole == pytest.approx(terms.sum(), rel=1e-8)
            some = renewals_to_come((alpha, 2.5), made, d, 3000.0)[0]
            assert some == pytest.approx(terms[:3000].sum(), rel=1e-8)
    pairs = float(pairs_to_come((alpha, 2.5), 0, 500))
    assert pairs == pytest.approx((2 * (t[:500] - 1) * Sbg(alpha, 2.5).survival(t[:500])).sum())
    with pytest.raises(DataError, match="a variance needs an end"):
        pairs_to_come((alpha, 2.5), 0, math.inf)


@settings(max_examples=60)
@given(st.floats(-7, 9), st.floats(-7, 9), st.floats(1e-4, 5.0), st.integers(0, 3000))
def test_what_any_law_must_do(log_alpha: float, log_beta: float, rate: float, made: int) -> None:
    law = Sbg(math.exp(log_alpha), math.exp(log_beta))
    stays = law.survival(np.arange(30))
    assert stays[0] == 1
    assert (stays >= 0).all()
    assert (np.diff(stays) <= 1e-12).all()
    leaving = law.probability_of(np.arange(30))
    assert leaving[0] == 0
    assert leaving.sum() + stays[29] == pytest.approx(1, abs=1e-9)
    kept = law.retention_rate(np.arange(1, 30))
    np.testing.assert_allclose(np.cumprod(kept), stays[1:], rtol=1e-7)
    assert (np.diff(kept) >= -1e-12).all()
    assert ((kept >= 0) & (kept <= 1)).all()
    horizons = [0, 1, 5, 999, 1001, 1e5, math.inf]
    value = np.array([law.expected_remaining(made, rate, m) for m in horizons])
    assert np.isfinite(value).all()
    assert value[0] == 0
    assert (np.diff(value) >= -1e-7 * value[1:]).all()
    assert value[-1] <= 1 / (1 - 1 / (1 + rate)) * (1 + 1e-9)
    assert math.isinf(law.expected_lifetime()) == (law.alpha <= 1)
