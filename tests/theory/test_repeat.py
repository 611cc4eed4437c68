"""Repeat buying against published figures, textbook formulas and integration by brute force.

Published figures stand beside the papers that they are from; their parameters have three digits,
which explains tolerances of 3e-3.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special, stats

from cvosim.plan.plan import REPEAT, RepeatModel, rows
from cvosim.randomness import draws_plain as draw
from cvosim.randomness.philox_plain import uniform
from cvosim.theory import BgNbd, MbgNbd, ParetoNbd, Poisson
from cvosim.theory.bg_nbd import beta_nodes
from cvosim.theory.repeat import RepeatBuying, present_value, repeat_buying

CDNOW = BgNbd(0.242595, 4.413602, 0.792922, 2.425907)  # maximum likelihood, weeks
PUBLISHED = BgNbd(0.243, 4.414, 0.793, 2.426)  # Fader, Hardie & Lee 2005
PARETO = ParetoNbd(0.553277, 10.577684, 0.606240, 11.668735)  # maximum likelihood, weeks

PROCESSES: list[RepeatBuying] = [
    CDNOW,
    PARETO,
    Poisson(0.3),
    BgNbd(0.5, 4.0, 1.0, 2.4),  # a = 1: the textbook's 0 / 0
    BgNbd(0.11, 2.24, 0.31, 0.5),  # a + b < 1: the textbook's log of a negative number
    BgNbd(2.0, 9.0, 300.0, 900.0),
    MbgNbd(0.525, 6.183, 0.891, 1.614),
    MbgNbd(0.5, 4.0, 1.0, 0.3),
    ParetoNbd(0.553, 10.578, 1.0, 11.669),  # the limits of the formulas
    ParetoNbd(0.553, 10.578, 2.0, 11.669),
    ParetoNbd(5.0, 1.6, 0.3, 20000.0),
    ParetoNbd(0.5, 2000.0, 3.0, 2.0),
]


def test_bg_nbd_published_expectations() -> None:
    assert float(PUBLISHED.mean(39.0)) == pytest.approx(1.196723, abs=1e-6)
    # Hardie's spreadsheet
    sheet = {0.1429: 0.0078, 1: 0.0532, 3: 0.1506, 31.8571: 1.0405, 32: 1.0437, 78: 1.8576}
    for t, value in sheet.items():
        assert float(PUBLISHED.mean(t)) == pytest.approx(value, abs=3e-3)
    exact = {1: 0.05327, 3: 0.15087, 32: 1.04524, 39: 1.19672, 52: 1.44605, 78: 1.86052}
    for t, value in exact.items():
        assert float(PUBLISHED.mean(t)) == pytest.approx(value, abs=6e-6)


def test_bg_nbd_published_pmf() -> None:
    assert float(PUBLISHED.pmf(10, 2.0)) == pytest.approx(1.07869e-7, rel=1e-5)
    assert float(PUBLISHED.pmf(0, 39.0)) == pytest.approx(0.5737864, abs=6e-8)
    eleven_on = [0.0019995214, 0.0015170236, 0.001163315, 0.0009003148, 0.0007023638]
    np.testing.assert_allclose(PUBLISHED.pmf(np.arange(11, 16), 30.0), eleven_on, rtol=1e-6)


def test_bg_nbd_corners() -> None:
    """Where the hypergeometric formula has no value (computed with mpmath)."""
    assert float(BgNbd(0.5, 4.0, 1.0, 2.4).mean(30.0)) == pytest.approx(1.8169826256, rel=1e-9)
    assert float(BgNbd(0.11, 2.24, 0.31, 0.5).mean(30.0)) == pytest.approx(0.7405609604, rel=1e-9)


@pytest.mark.parametrize("t", [0.1, 5.0, 39.0, 400.0])
def test_bg_nbd_textbook_formula(t: float) -> None:
    """Equation 9 of Fader, Hardie & Lee (2005)."""
    r, alpha, a, b = 0.7, 4.0, 1.8, 2.5
    f = special.hyp2f1(r, b, a + b - 1, t / (alpha + t))
    textbook = (a + b - 1) / (a - 1) * (1 - (alpha / (alpha + t)) ** r * f)
    assert float(BgNbd(r, alpha, a, b).mean(t)) == pytest.approx(textbook, rel=1e-10)


def test_pareto_nbd_published_expectations() -> None:
    assert float(PARETO.mean(52.0)) == pytest.approx(1.473434, abs=5e-6)
    # BTYD's manual prints the series for its example's rounded parameters
    manual = [0.05077821, 0.09916088, 0.14542507, 0.18979930, 0.23247466, 0.27361274]
    rounded = ParetoNbd(0.55, 10.56, 0.61, 11.64)
    np.testing.assert_allclose(rounded.mean(np.arange(1, 7)), manual, atol=1e-6)


def test_pareto_nbd_limit_is_continuous() -> None:
    for s in (1.0, 2.0):
        near = ParetoNbd(0.5, 10.0, s + 1e-9, 12.0)
        at = ParetoNbd(0.5, 10.0, s, 12.0)
        for of in ("mean", "pairs", "none"):
            assert float(getattr(at, of)(30.0)) == pytest.approx(
                float(getattr(near, of)(30.0)), rel=1e-8
            )
    assert float(ParetoNbd(0.5, 10.0, 1.0, 12.0).mean(30.0)) == pytest.approx(
        0.5 * 12 / 10 * math.log(42 / 12), rel=1e-12
    )


@pytest.mark.parametrize("process", PROCESSES)
@pytest.mark.parametrize("t", [0.01, 3.0, 40.0])
def test_moments_are_those_of_the_pmf(process: RepeatBuying, t: float) -> None:
    n = np.arange(6000)
    pmf = process.pmf(n, t)
    assert np.all(pmf >= 0.0)
    assert pmf.sum() == pytest.approx(1.0, abs=1e-11)
    assert pmf @ n == pytest.approx(float(process.mean(t)), rel=1e-9)
    assert pmf @ (n * (n - 1.0)) == pytest.approx(float(process.pairs(t)), rel=1e-8)
    assert float(process.none(t)) == pytest.approx(float(pmf[0]), rel=1e-10)


@pytest.mark.parametrize("process", PROCESSES)
def test_small_times_lose_no_digits(process: RepeatBuying) -> None:
    """To first order purchases are Poisson: E[X] = E[rate] t, E[X (X-1)] = E[rate**2] t**2 .."""
    for of, power in (("mean", 1), ("pairs", 2)):
        values = np.asarray(getattr(process, of)(np.array([1e-9, 2e-9])))
        assert values[1] / values[0] == pytest.approx(2.0**power, rel=1e-5)


@pytest.mark.parametrize("process", PROCESSES)
def test_intensity_is_the_slope_of_the_mean(process: RepeatBuying) -> None:
    for t in (0.5, 20.0):
        slope = (process.mean(t * (1 + 1e-5)) - process.mean(t * (1 - 1e-5))) / (2e-5 * t)
        assert float(process.intensity(t)) == pytest.approx(float(slope), rel=1e-6)


@pytest.mark.parametrize("process", [CDNOW, PARETO, BgNbd(0.11, 2.24, 0.31, 0.5)])
def test_present_value(process: RepeatBuying) -> None:
    for rate in (1e-4, 0.02):
        for t in (0.3, 50.0):
            value = integrate.quad(
                lambda u, rate=rate: math.exp(-rate * u) * float(process.intensity(u)),
                *(0.0, t),
                epsabs=1e-13,
            )[0]
            assert float(present_value(process, [t, 1.0], rate)[0]) == pytest.approx(
                value, rel=1e-8
            )
    assert float(present_value(process, [7.0], 0.0)[0]) == float(process.mean(7.0))


def test_bg_nbd_from_its_definition() -> None:
    """Mix P(N = n, still there) over the two laws by brute force; no formula of the model."""
    r, alpha, a, b, t = 1.5, 4.0, 1.6, 2.3, 6.0
    p, p_weights = (stats.beta(a, b).ppf((np.arange(400) + 0.5) / 400), 1 / 400)
    rate = stats.gamma(r, scale=1 / alpha).ppf((np.arange(400) + 0.5) / 400)
    n = np.arange(60)
    arrivals = stats.poisson.pmf(n[:, None], rate * t)
    stay = (1 - p[None, :]) ** n[:, None]
    counted = (arrivals[:, :, None] * stay[:, None, :]).mean(axis=(1, 2))
    # or: the customer left with its n-th purchase, of however many it would have made
    more = stats.poisson.sf(n[:, None] - 1, rate * t)
    left = (more[1:, :, None] * (p * (1 - p) ** (n[1:, None] - 1))[:, None, :]).mean(axis=(1, 2))
    pmf = counted + np.concatenate([[0.0], left])
    model = BgNbd(r, alpha, a, b)
    np.testing.assert_allclose(model.pmf(n, t), pmf, atol=1e-3)
    assert float(model.alive(t)) == pytest.approx(counted.sum(), abs=1e-3)
    assert p_weights * 400 == 1


@pytest.mark.parametrize(("a", "b"), [(1.8, 2.5), (0.891, 1.614), (0.6, 0.7)])
@pytest.mark.parametrize("t", [0.1, 5.0, 39.0, 400.0])
def test_mbg_nbd_textbook_formula(a: float, b: float, t: float) -> None:
    """Batislam, Denizel & Filiztekin's expectation: its first factor is b / (a - 1)."""
    r, alpha = 0.7, 4.0
    f = special.hyp2f1(r, b + 1, a + b, t / (alpha + t))
    textbook = b / (a - 1) * (1 - (alpha / (alpha + t)) ** r * f)
    assert float(MbgNbd(r, alpha, a, b).mean(t)) == pytest.approx(textbook, rel=1e-9)


def test_mbg_nbd_by_quadrature() -> None:
    """E[(1 - p) lambda exp(-lambda p u)] over both laws and the time; no formula of the model."""
    r, alpha, a, b, t = 1.5, 4.0, 1.6, 2.3, 6.0
    scale = alpha**r / math.gamma(r) / math.exp(special.betaln(a, b))

    def bought(p: float, own: float) -> float:
        # (1 - exp(-own p t)) / p purchases on average, of those who stay at the start
        law = own ** (r - 1) * math.exp(-alpha * own) * p ** (a - 1) * (1 - p) ** (b - 1)
        return (1 - p) * -math.expm1(-own * p * t) / p * law * scale

    mean = integrate.dblquad(bought, 0, 12, 0, 1, epsabs=1e-8)[0]
    assert float(MbgNbd(r, alpha, a, b).mean(t)) == pytest.approx(mean, rel=1e-6)
    assert float(MbgNbd(r, alpha, a, b).alive(0.0)) == pytest.approx(b / (a + b), rel=1e-12)


def test_mbg_nbd_drawn_one_by_one() -> None:
    """20,000 buyers of 7 weeks by the story; |z| < 4.5 thrice fails with probability 2e-5."""
    r, alpha, a, b, t, n = 0.9, 2.0, 0.8, 1.7, 7.0, 20_000
    counts, alive = np.zeros(n), np.zeros(n)
    for person in range(n):
        rate = draw.gamma(r, 8, person, 1, 0) / alpha
        p = draw.beta(a, b, 8, person, 2, 0)
        there, now, k = uniform(8, person, 3, 0) >= p, 0.0, 0
        while there:
            now += draw.exponential(8, person, 4, k) / rate
            if now >= t:
                break
            counts[person] += 1
            there = uniform(8, person, 5, k) >= p
            k += 1
        alive[person] = there
    model = MbgNbd(r, alpha, a, b)
    for values, mean in (
        (counts, model.mean(t)),
        (alive, model.alive(t)),
        (counts * (counts - 1), model.pairs(t)),
    ):
        assert abs(values.mean() - float(mean)) < 4.5 * values.std() / math.sqrt(n)


def test_pareto_nbd_alive() -> None:
    alive = integrate.quad(
        lambda m: stats.gamma.pdf(m, 0.6, scale=1 / 11) * math.exp(-20 * m), 0, 9
    )
    assert float(ParetoNbd(0.5, 10, 0.6, 11).alive(20.0)) == pytest.approx(alive[0], rel=1e-6)


@pytest.mark.parametrize(("a", "b"), [(0.02, 0.3), (1.0, 1.0), (0.5, 0.5), (3.0, 2e4), (5e5, 5e5)])
def test_beta_nodes_integrate_powers(a: float, b: float) -> None:
    p, weights = beta_nodes(a, b, 60)
    assert np.all((p > 0) & (p < 1))
    for k in range(6):
        moment = math.exp(special.betaln(a + k, b) - special.betaln(a, b))
        assert float(weights @ p**k) == pytest.approx(moment, rel=1e-9)


def test_reading_the_plan() -> None:
    def read(**row: float) -> RepeatBuying | None:
        return repeat_buying(rows(REPEAT, [row])[0])

    assert read(model=RepeatModel.NONE) is None
    assert read(model=RepeatModel.POISSON, r=0.5) == Poisson(0.5)
    shared = {"r": 1.0, "alpha": 2.0, "a": 3.0, "b": 4.0}
    assert read(model=RepeatModel.BG_NBD, **shared) == BgNbd(1.0, 2.0, 3.0, 4.0)
    assert read(model=RepeatModel.MBG_NBD, **shared) == MbgNbd(1.0, 2.0, 3.0, 4.0)
    assert read(model=RepeatModel.PARETO_NBD, **shared) == ParetoNbd(1.0, 2.0, 3.0, 4.0)
