"""Seasons against integrals by quadrature, and against purchases thinned one by one.

Error rate: |z| < 4.5 is exceeded with probability 6.8e-6; 8 comparisons, 6e-5 together.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.small_plans import fixed, make_plan
from scipy import stats
from scipy.integrate import dblquad, quad

from cvosim.plan.plan import RepeatModel
from cvosim.randomness import draws_plain as draw
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.philox_plain import uniform
from cvosim.theory import (
    BgNbd,
    MbgNbd,
    ParetoNbd,
    Poisson,
    expected,
    seasonal_nbd,
    seasonal_poisson,
    seasonal_time,
)
from cvosim.theory.repeat import RepeatBuying
from cvosim.theory.season import Season, seasonal_facts

FACTORS = np.array([0.5, 2.0, 0.0, 1.5, 1.0, 0.25, 3.0])
HORIZON = 6.5
PROCESSES: list[RepeatBuying] = [
    Poisson(0.4),
    BgNbd(0.8, 2.0, 0.9, 2.0),
    MbgNbd(0.8, 2.0, 0.9, 2.0),
    ParetoNbd(0.8, 2.0, 0.7, 3.0),
    ParetoNbd(1.5, 0.4, 1.0, 0.2),
    ParetoNbd(1.5, 0.4, 2.0, 9.0),
]


def pieces(start: float, end: float) -> list[float]:
    """Where the season jumps between two times."""
    return [float(day) for day in range(math.floor(start) + 1, math.ceil(end))]


def test_seasonal_time() -> None:
    for start, end in ((0.0, 6.5), (0.3, 0.9), (1.7, 5.2), (3.0, 3.0), (5.0, 4.0), (6.2, 9.0)):
        by_hand = quad(
            lambda t: FACTORS[min(int(t), 6)], start, max(end, start), points=pieces(start, end)
        )[0]
        assert float(seasonal_time(FACTORS, start, end)) == pytest.approx(by_hand, abs=1e-9)


@pytest.mark.parametrize("process", PROCESSES)
def test_even_seasons_are_none(process: RepeatBuying) -> None:
    starts = np.array([0.0, 0.7, 3.0, 6.4])
    found = seasonal_facts(process, Season(np.ones(7)), starts, HORIZON, 0.05)
    window = HORIZON - starts
    np.testing.assert_allclose(found[0], process.mean(window), rtol=1e-9)
    np.testing.assert_allclose(found[1], process.pairs(window), rtol=1e-9)
    np.testing.assert_allclose(found[2], process.alive(window), rtol=1e-12)
    value = quad(lambda u: math.exp(-0.05 * u) * float(process.intensity(u)), 0, window[1])[0]
    # 3 nodes a day; the harshest of these processes dies within hours
    assert found[4][1] == pytest.approx(value, rel=1e-5)


@pytest.mark.parametrize("process", PROCESSES[3:])
def test_pareto_nbd_dies_by_the_calendar(process: ParetoNbd) -> None:
    """Mean, pairs and present value, integrated over times of purchases."""

    def factor(t: float) -> float:
        return float(FACTORS[int(t)])

    start, discount = 0.7, 0.03
    rate, square = process.r / process.alpha, process.r * (process.r + 1) / process.alpha**2
    found = seasonal_facts(process, Season(FACTORS), np.array([start]), HORIZON, discount)[:, 0]
    points = pieces(start, HORIZON)

    def alive(t: float) -> float:
        return float(process.alive(t - start))

    mean = quad(lambda t: rate * factor(t) * alive(t), start, HORIZON, points=points)[0]
    assert found[0] == pytest.approx(mean, rel=1e-7)
    pairs = sum(
        dblquad(
            lambda a, b: 2 * square * factor(a) * factor(b) * alive(b) * (a < b),
            *(low, high, below, above),
        )[0]
        for low, high in zip([start, *points], [*points, HORIZON], strict=True)
        for below, above in zip([start, *points], [*points, HORIZON], strict=True)
        if below < low
    )
    for low, high in zip([start, *points], [*points, HORIZON], strict=True):
        both = 2 * square * factor(low) ** 2
        pairs += quad(lambda b, low=low, both=both: both * (b - low) * alive(b), low, high)[0]
    assert found[1] == pytest.approx(pairs, rel=1e-6)
    value = quad(
        lambda t: rate * factor(t) * alive(t) * math.exp(-discount * (t - start)),
        *(start, HORIZON),
        points=points,
    )[0]
    assert found[4] == pytest.approx(value, rel=1e-5)
    assert found[2] == pytest.approx(alive(HORIZON))
    assert np.isnan(found[3])


@pytest.mark.parametrize("process", PROCESSES[:3])
def test_purchases_drop_out_in_seasonal_time(process: RepeatBuying) -> None:
    start, discount = 1.25, 0.03
    found = seasonal_facts(process, Season(FACTORS), np.array([start]), HORIZON, discount)[:, 0]
    passed = float(seasonal_time(FACTORS, start, HORIZON))
    assert passed == pytest.approx(0.75 * 2 + 0 + 1.5 + 1 + 0.25 + 1.5)
    for row, of in enumerate((process.mean, process.pairs, process.alive)):
        assert found[row] == pytest.approx(float(of(passed)), rel=1e-12)

    def worth(t: float) -> float:
        so_far = float(seasonal_time(FACTORS, start, t))
        speed = float(FACTORS[int(t)]) * float(process.intensity(so_far))
        return math.exp(-discount * (t - start)) * speed

    value = quad(worth, start, HORIZON, points=pieces(start, HORIZON))[0]
    assert found[4] == pytest.approx(value, rel=1e-7)


def test_seasonal_numbers_drawn_one_by_one() -> None:
    """Candidates at the peak rate, kept with the share of their day: 8,000 buyers."""
    r, alpha, start, n = 1.2, 2.5, 0.4, 8_000
    peak = float(FACTORS.max())
    counts, fixed_counts = np.zeros(n), np.zeros(n)
    for person in range(n):
        own = draw.gamma(r, 9, person, 1, 0) / alpha
        for rate, into, site in ((own, counts, 2), (0.5, fixed_counts, 4)):
            t, k = start, 0
            while True:
                t += draw.exponential(9, person, site, k) / (rate * peak)
                if t >= HORIZON:
                    break
                into[person] += uniform(9, person, site + 1, k) < FACTORS[int(t)] / peak
                k += 1
    for values, (mean, variance) in (
        (counts, seasonal_nbd(r, alpha, FACTORS, start, HORIZON)),
        (fixed_counts, seasonal_poisson(0.5, FACTORS, start, HORIZON)),
    ):
        assert abs(values.mean() - mean) < 4.5 * math.sqrt(variance / n)
        fourth = ((values - values.mean()) ** 4).mean()
        assert abs(values.var() - variance) < 4.5 * math.sqrt((fourth - values.var() ** 2) / n)


def test_seasonal_nbd_is_a_negative_binomial() -> None:
    mean, variance = seasonal_nbd(1.2, 2.5, FACTORS, 0.0, 7.0)
    passed = FACTORS.sum()
    law = stats.nbinom(1.2, 2.5 / (2.5 + passed))
    assert (float(mean), float(variance)) == pytest.approx(law.stats("mv"), rel=1e-12)


@pytest.mark.parametrize("model", list(RepeatModel)[1:])
def test_the_journey_knows_the_season(model: RepeatModel) -> None:
    """Half buy on day 2 of 6.5; purchases are worth 3 each, half of it cost."""
    offer = {"conversion": 0.5, "starts_repeat": 1, **fixed(2.0)}
    row = {"model": model, "r": 0.8, "alpha": 2.0, "a": 0.7, "b": 3.0, "cost_share": 0.5}
    spend = {"spend_kind": Distribution.FIXED, "spend_p": 3.0, "season_peak": 3.0}
    care = {"season": FACTORS / 3.0}
    theory = expected(make_plan(offer, repeat=row | spend, care=care, horizon=HORIZON))
    process: RepeatBuying = {
        RepeatModel.POISSON: Poisson(0.8),
        RepeatModel.BG_NBD: BgNbd(0.8, 2.0, 0.7, 3.0),
        RepeatModel.MBG_NBD: MbgNbd(0.8, 2.0, 0.7, 3.0),
        RepeatModel.PARETO_NBD: ParetoNbd(0.8, 2.0, 0.7, 3.0),
    }[model]
    facts = seasonal_facts(process, Season(FACTORS), np.array([2.0]), HORIZON, 0.0)[:, 0]
    assert theory["orders_per_prospect"].mean == pytest.approx(0.5 * (1 + facts[0]), rel=1e-12)
    assert theory["revenue_per_prospect"].mean == pytest.approx(1.5 * facts[0], rel=1e-12)
    second = 0.5 * (1 + 3 * facts[0] + facts[1])
    mean = theory["orders_per_prospect"].mean
    assert theory["orders_per_prospect"].variance == pytest.approx(second - mean**2, rel=1e-12)
    assert theory["alive_share"].mean == pytest.approx(0.5 * facts[2], rel=1e-12)
