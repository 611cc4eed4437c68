"""Confidence sequences and mixture tests: published values, identities, and error rates."""

import math

import numpy as np
import pytest
from helpers.customer_tables import Luck
from hypothesis import given
from hypothesis import strategies as st
from scipy import integrate, stats

from cvosim.errors import CvosimError
from cvosim.stats.sequential.boundaries import Bounds, crossing_probabilities
from cvosim.stats.sequential.confidence_sequence import (
    ConfidenceSequence,
    running_p,
    tuned_rho,
)
from cvosim.stats.sequential.mixture_test import MixtureTest

SIZES = (100, 500, 1000, 5000, 10_000, 100_000)


def test_rho() -> None:
    assert tuned_rho(1000) == pytest.approx(0.089085097529, abs=1e-12)
    assert tuned_rho(5000) == pytest.approx(0.039840066771, abs=1e-12)


@pytest.mark.parametrize(
    ("tuned", "widths"),
    [
        (1000, (0.385505, 0.137901, 0.095982, 0.044591, 0.032417, 0.011263)),
        (5000, (0.669439, 0.172403, 0.106375, 0.042924, 0.030615, 0.010552)),
    ],
)
def test_half_widths(tuned: int, widths: tuple[float, ...]) -> None:
    sequence = ConfidenceSequence.tuned(tuned)
    low, high = sequence.interval(0.0, 1 / np.sqrt(SIZES), SIZES)
    assert high == pytest.approx(widths, abs=5.1e-7)
    assert low == pytest.approx(-high)
    assert sequence.multiplier(SIZES) == pytest.approx(high * np.sqrt(SIZES), rel=1e-12)


def test_one_sided_half_width() -> None:
    low, high = ConfidenceSequence.tuned(1000, sides=1).interval(0.0, 1000**-0.5, 1000)
    assert -low == pytest.approx(0.08788267615834675, rel=1e-12)
    assert high == math.inf


def test_multipliers_and_e_values() -> None:
    sequence = ConfidenceSequence.tuned(5000)
    wanted = (6.694, 3.855, 3.364, 3.035, 3.061, 3.337)
    assert sequence.multiplier(SIZES) == pytest.approx(wanted, abs=5.1e-4)
    e = sequence.e_value([2.0, 3.0, 4.0], 5000)
    assert e == pytest.approx([1.976124, 18.199152, 407.364214], abs=5.1e-7)


rates = st.floats(1e-4, 0.4)
sizes = st.floats(1.0, 1e8)


@given(rates, st.sampled_from([1, 2]), st.floats(10.0, 1e6), sizes)
def test_the_boundary_is_where_e_is_one_over_alpha(
    alpha: float, sides: int, tuned: float, n: float
) -> None:
    sequence = ConfidenceSequence.tuned(tuned, alpha=alpha, sides=sides)
    z = sequence.multiplier(n)
    assert sequence.log_e_value(z, n) == pytest.approx(-math.log(alpha), rel=1e-12, abs=1e-12)
    assert sequence.p_value(z, n) == pytest.approx(alpha, rel=1e-11)


def test_the_identity_at_the_usual_place() -> None:
    sequence = ConfidenceSequence.tuned(5000)
    assert sequence.e_value(sequence.multiplier(5000), 5000) == pytest.approx(20.0, abs=1e-12)


def test_e_values_are_mixtures() -> None:
    """Proof by other means: likelihood ratios mixed over effects by quadrature."""
    n, sequence = 700.0, ConfidenceSequence(0.03)
    for z in (-1.0, 0.4, 2.7):

        def ratio(effect: float, z: float = z) -> float:
            shift = effect * math.sqrt(n)
            return math.exp(z * shift - shift**2 / 2) * stats.norm.pdf(effect, scale=0.03)

        mixed = integrate.quad(ratio, -0.4, 0.4, points=[0.0], epsabs=1e-12)[0]
        assert sequence.e_value(z, n) == pytest.approx(mixed, rel=1e-9)
        # on one side the mixture over positive effects is never less than the closed form
        half = 2 * integrate.quad(ratio, 0.0, 0.4, epsabs=1e-12)[0]
        assert ConfidenceSequence(0.03, sides=1).e_value(z, n) <= half


def test_narrowest_near_where_it_is_tuned() -> None:
    n = np.geomspace(100, 1e6, 4001)
    narrowest = n[ConfidenceSequence.tuned(5000).multiplier(n).argmin()]
    assert narrowest == pytest.approx(5000, rel=0.6)  # the tuning is an approximation
    assert (
        ConfidenceSequence.tuned(5000).multiplier(5000.0)
        < 1.01 * ConfidenceSequence.tuned(5000).multiplier(n).min()
    )


def test_p_values_never_rise_and_replications_stay_apart() -> None:
    sequence, n = ConfidenceSequence.tuned(1000), np.array([500, 1000, 1500])
    z = np.array([[1.0, 4.0, 0.0], [0.0, 0.0, 5.0]])
    p = sequence.p_value(z, n)
    assert p.shape == (2, 3)
    assert (np.diff(p, axis=-1) <= 0).all()
    assert p[0, 1] == p[0, 2] < 0.05
    assert p[1, 0] == p[1, 1] == 1.0
    assert p[1, 2] == pytest.approx(1 / sequence.e_value(5.0, 1500))
    assert sequence.p_value(1.0, 500).shape == ()


def test_nothing_overflows() -> None:
    for sides in (1, 2):
        sequence = ConfidenceSequence.tuned(1000, sides=sides)
        assert sequence.e_value([0.0, -60.0, 60.0], 1000)[2] == math.inf
        assert sequence.p_value([0.0, 60.0], [10, 1000]).tolist() == [1.0, 0.0]
    one_sided = ConfidenceSequence.tuned(1000, sides=1)
    assert one_sided.e_value([0.0, -1.0], 1000).tolist() == [0.0, 0.0]
    assert np.isnan(sequence.e_value(np.nan, 10))
    assert MixtureTest(1.0).likelihood_ratio(100.0, 1.0) == math.inf


@pytest.mark.parametrize("sides", [1, 2])
def test_looking_all_the_time_keeps_the_error_rate(sides: int) -> None:
    """Looks every 20 observations up to 2,000. False alarm of this test: 1e-6 in all."""
    tests, looks = 4000, 100
    luck = Luck(tests, seed=8)
    score = np.cumsum([stats.norm.ppf(luck.uniform()) for _ in range(looks)], axis=0).T
    z = score / np.sqrt(np.arange(1, looks + 1))
    n = 20.0 * np.arange(1, looks + 1)
    sequence = ConfidenceSequence.tuned(500, sides=sides)
    found = sequence.p_value(z, n)[:, -1] <= 0.05
    assert found.sum() <= stats.binom.ppf(1 - 5e-7, tests, 0.05)
    low, high = sequence.interval(z / np.sqrt(n), 1 / np.sqrt(n), n)
    assert (((low > 0) | (high < 0)).any(axis=-1) == found).all()


@pytest.mark.parametrize(
    ("drift", "rejected", "stop"), [(0.0, 0.0203, None), (2.8, 0.529, 7647), (4.0, 0.888, 5234)]
)
def test_what_looking_every_hundred_costs(drift: float, rejected: float, stop: int | None) -> None:
    """Exact, by recursive integration, against what others have drawn some thousand times."""
    n = 100.0 * np.arange(1, 101)
    bounds = Bounds(tuple(ConfidenceSequence.tuned(5000).multiplier(n).tolist()), sides=2)
    found = crossing_probabilities((n / 10_000).tolist(), bounds, drift=drift).stopped
    assert found.sum() == pytest.approx(rejected, abs=0.02)
    if stop is not None:
        mean = float(found @ n + (1 - found.sum()) * 10_000)
        assert mean == pytest.approx(stop, abs=150)


# ------------------------------------------------------------------ GrowthBook's own test cases
def two_samples(
    sums: tuple[float, float], squares: tuple[float, float], counts: tuple[int, int]
) -> tuple[float, float, float, float]:
    """Means and their variances, control first."""
    means = [total / n for total, n in zip(sums, counts, strict=True)]
    variances = [
        (square - total**2 / n) / (n - 1) / n
        for total, square, n in zip(sums, squares, counts, strict=True)
    ]
    return means[0], means[1], variances[0], variances[1]


SUMS, SQUARES, COUNTS = (1396.87, 2422.7), (52377.9767, 134698.29), (3000, 3461)


def test_growthbook_one_sided() -> None:
    a, b, var_a, var_b = two_samples(SUMS, SQUARES, COUNTS)
    sequence = ConfidenceSequence.tuned(5000, sides=1)
    error = math.sqrt(var_a + var_b)
    low, high = sequence.interval(b - a, error, sum(COUNTS))
    assert b - a == pytest.approx(0.23437667, abs=5.1e-9)
    assert (low, high) == (pytest.approx(-0.12656844, abs=5.1e-9), math.inf)
    found = float(sequence.p_value((b - a) / error, sum(COUNTS)))
    at_p = ConfidenceSequence(sequence.rho, alpha=found, sides=1)
    assert at_p.interval(b - a, error, sum(COUNTS))[0] == pytest.approx(0.0, abs=1e-12)
    assert bisected(sequence.rho, b - a, error) == pytest.approx(0.46316, abs=5.1e-6)
    assert found == pytest.approx(0.463047, abs=5.1e-7)


def bisected(rho: float, difference: float, error: float) -> float:
    """GrowthBook's search for the p-value, which gives the midpoint after the one it accepts."""
    low, high, end = 1e-5, 0.4999, math.inf
    middle = (low + high) / 2
    while abs(end) >= 1e-6:
        sequence = ConfidenceSequence(rho, alpha=middle, sides=1)
        end = float(sequence.interval(difference, error, sum(COUNTS))[0])
        low, high = (middle, high) if end < 0 else (low, middle)
        middle = (low + high) / 2
    return middle


def relative(a: float, b: float, var_a: float, var_b: float) -> tuple[float, float]:
    """Lift and its standard error by the delta method."""
    return b / a - 1.0, math.sqrt(var_b / a**2 + var_a * b**2 / a**4)


def test_growthbook_relative_means() -> None:
    lift, error = relative(*two_samples(SUMS, SQUARES, COUNTS))
    sequence = ConfidenceSequence.tuned(1000)
    low, high = sequence.interval(lift, error, sum(COUNTS))
    found = (lift, float(low), float(high))
    assert found == pytest.approx((0.50336, -0.55844, 1.56516), abs=5.1e-6)
    assert sequence.p_value(lift / error, sum(COUNTS)) == 1.0


def test_growthbook_relative_proportions() -> None:
    a, b = 1396 / 3000, 2422 / 3461
    lift, error = relative(a, b, a * (1 - a) / 3000, b * (1 - b) / 3461)
    low, high = ConfidenceSequence.tuned(5000).interval(lift, error, sum(COUNTS))
    found = (lift, float(low), float(high))
    assert found == pytest.approx((0.50386, 0.40098, 0.60675), abs=5.1e-6)


# --------------------------------------------------------------------------- mixture tests
def test_mixture_test_is_johari_and_others_formula() -> None:
    n, sigma, tau, d = 800.0, 1.3, 0.2, 0.11
    v = 2 * sigma**2
    wanted = math.sqrt(v / (v + n * tau**2)) * math.exp(
        n**2 * tau**2 * d**2 / (2 * v * (v + n * tau**2))
    )
    found = MixtureTest(tau).likelihood_ratio(d, sigma * math.sqrt(2 / n))
    assert found == pytest.approx(wanted, rel=1e-12)
    x, y = 0.10, 0.13
    v = x * (1 - x) + y * (1 - y)
    wanted = math.sqrt(v / (v + n * tau**2)) * math.exp(
        n**2 * tau**2 * (y - x) ** 2 / (2 * v * (v + n * tau**2))
    )
    found = MixtureTest(tau).likelihood_ratio(y - x, math.sqrt(v / n))
    assert found == pytest.approx(wanted, rel=1e-12)


@given(st.floats(-6, 6), st.floats(0.01, 10), st.floats(0.01, 3), st.floats(2, 1e6))
def test_the_two_are_one_where_they_meet(z: float, sigma: float, tau: float, n: float) -> None:
    """With known variance, an asymptotic confidence sequence with ρ = τ/σ is this test."""
    error = sigma / math.sqrt(n)
    found = MixtureTest(tau).log_likelihood_ratio(z * error, error)
    wanted = ConfidenceSequence(tau / sigma).log_e_value(z, n)
    assert found == pytest.approx(float(wanted), rel=1e-11, abs=1e-11)
    ends = MixtureTest(tau).interval(z * error, error, alpha=0.05)
    same = ConfidenceSequence(tau / sigma).interval(z * error, error, n)
    assert np.array(ends) == pytest.approx(np.array(same), rel=1e-9, abs=1e-9)


@given(st.floats(0.001, 0.5), st.floats(0.01, 10), st.floats(0.01, 3))
def test_mixture_intervals_end_where_the_ratio_is_one_over_alpha(
    alpha: float, error: float, tau: float
) -> None:
    test = MixtureTest(tau)
    _, reach = test.interval(0.0, error, alpha=alpha)
    found = test.log_likelihood_ratio(reach, error)
    assert found == pytest.approx(-math.log(alpha), rel=1e-12, abs=1e-12)


def test_no_evidence_without_variance() -> None:
    """Nobody has bought yet: shares of 0 in both arms."""
    error = np.array([0.0, 0.05])
    test = MixtureTest(0.1)
    assert test.likelihood_ratio([0.0, 0.1], error)[0] == 1.0
    assert test.p_value([0.0, 0.1], error)[0] == 1.0
    low, high = test.interval([0.0, 0.1], error)
    assert (low[0], high[0]) == (-math.inf, math.inf)


def test_running_p_of_one_value() -> None:
    assert running_p(np.array(math.log(40))) == pytest.approx(0.025)


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda: tuned_rho(0), "observations: must be above 0"),
        (lambda: tuned_rho(100, alpha=5), "5 % is 0.05"),
        (lambda: ConfidenceSequence(0.0), "rho: must be above 0"),
        (lambda: ConfidenceSequence(0.1, sides=0), "sides: must be 1 or 2"),
        (lambda: ConfidenceSequence.tuned(100, alpha=0.5, sides=1), "between 0 and 0.5"),
        (lambda: MixtureTest(-1.0), "tau: must be above 0"),
    ],
)
def test_mistakes_are_explained(make: object, says: str) -> None:
    with pytest.raises(CvosimError, match=says):
        make()  # type: ignore[operator]
