"""The laws of delays and what the lattice makes of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from cvosim.plan.plan import CHANNEL, rows
from cvosim.randomness.distributions import Distribution
from cvosim.theory.delays import (
    arrival_law,
    curve_kernel,
    delay_kernel,
    fixed_value,
    partial_moment,
    success_kernels,
)
from cvosim.theory.lattice import (
    Lattice,
    by_cell,
    convolved,
    lattice_for,
    moved,
    on_points,
    placed,
)

LAWS = [
    (Distribution.EXPONENTIAL, 3.0, 0.0, stats.expon(scale=3.0)),
    (Distribution.LOGNORMAL, 3.0, 0.8, stats.lognorm(0.8, scale=3.0)),
    (Distribution.GAMMA, 1.5, 0.7, stats.gamma(0.7, scale=1.5)),
    (Distribution.GAMMA, 0.5, 4.0, stats.gamma(4.0, scale=0.5)),
    (Distribution.WEIBULL, 3.0, 0.8, stats.weibull_min(0.8, scale=3.0)),
    (Distribution.WEIBULL, 3.0, 2.5, stats.weibull_min(2.5, scale=3.0)),
    (Distribution.UNIFORM, 1.0, 4.0, stats.uniform(1.0, 3.0)),
]


@pytest.mark.parametrize(("kind", "a", "b", "law"), LAWS)
@pytest.mark.parametrize("order", [0, 1, 2, 3])
def test_partial_moments(kind: int, a: float, b: float, law: Any, order: int) -> None:
    for x in (0.4, 2.0, 30.0):
        value = quad(lambda d: d**order * law.pdf(d), 0, x, points=[1e-6, 1, 4], limit=400)[0]
        found = float(partial_moment(kind, a, b, np.array([x]), order)[0])
        assert found == pytest.approx(value, rel=1e-6, abs=1e-9)
    assert float(partial_moment(kind, a, b, np.array([-1.0]), order)[0]) == pytest.approx(0.0)


def test_one_valued_delays() -> None:
    assert fixed_value(Distribution.FIXED, 2.5, 0.0) == 2.5
    assert fixed_value(Distribution.EXPONENTIAL, 0.0, 0.0) == 0.0
    assert fixed_value(Distribution.LOGNORMAL, 3.0, 0.0) == 3.0
    assert fixed_value(Distribution.UNIFORM, 3.0, 3.0) == 3.0
    assert fixed_value(Distribution.UNIFORM, 3.0, 4.0) is None
    assert fixed_value(Distribution.GAMMA, 3.0, 4.0) is None


@pytest.mark.parametrize(("kind", "a", "b", "law"), LAWS)
def test_kernels_keep_mass_and_mean_of_every_cell(kind: int, a: float, b: float, law: Any) -> None:
    lattice = Lattice(10.0, 20)
    mass, tilt = by_cell(delay_kernel(kind, a, b, lattice))
    np.testing.assert_allclose(mass, np.diff(law.cdf(lattice.borders)), atol=1e-12)
    cell = 5
    mean = quad(lambda d: d * law.pdf(d), 2.5, 3.0)[0]
    assert (tilt[cell] + mass[cell] * (cell + 0.5)) * 0.5 == pytest.approx(mean, rel=1e-9)


@pytest.mark.parametrize(
    "lattice", [Lattice(6.0, 24), Lattice(6.0, 17), Lattice(2.5, 7), lattice_for(9.0)]
)
def test_arrival_curves_by_quadrature(lattice: Lattice) -> None:
    """Mass and mean of every cell; days of no arrivals, cells that are no part of a day."""
    shares = np.array([0.2, 0.0, 0.5, 0.1, 0.0, 0.2])
    mass, tilt = by_cell(curve_kernel(np.cumsum(shares), lattice))
    fine = (np.arange(60_000) + 0.5) / 10_000.0
    cell = np.minimum((fine / lattice.step).astype(int), lattice.cells)
    weights = shares[fine.astype(int)] / 10_000.0
    found = np.bincount(cell, weights, minlength=lattice.cells + 1)[: lattice.cells]
    np.testing.assert_allclose(mass, found, atol=6e-5)
    first = np.bincount(cell, weights * fine, minlength=lattice.cells + 1)[: lattice.cells]
    middle = (np.arange(lattice.cells) + 0.5) * lattice.step
    np.testing.assert_allclose(tilt * lattice.step + mass * middle, first, atol=4e-4)
    kept = float(np.interp(lattice.horizon, range(7), [0.0, *np.cumsum(shares)]))
    assert mass.sum() == pytest.approx(kept, rel=1e-12)


@pytest.mark.parametrize("start", [0.0, 2.0, 3.3, 20.0])
def test_arrivals_start_late_and_days_may_be_short(start: float) -> None:
    """Mass by day, and mean, of a curve, a launch with a tail, and a day that is certain."""
    lattice, days = lattice_for(12.0), np.array([9.0, 0.25, 1.0])
    row = {"start": start, "day_length": 0.75, "first_day": 1, "n_days": 2}
    curve = arrival_law(rows(CHANNEL, [row])[0], days, lattice)
    assert isinstance(curve, np.ndarray)
    masses = [0.25, 0.75] if start < 12.0 else [0.0, 0.0]
    middle = start + 0.375
    mean = masses[0] * middle + masses[1] * (middle + 0.75)
    assert curve.sum() == pytest.approx(sum(masses), abs=1e-12)
    assert curve @ lattice.points == pytest.approx(mean, abs=1e-12)
    kind = {"start": start, "arrival_kind": Distribution.EXPONENTIAL, "arrival_a": 2.0}
    tail = arrival_law(rows(CHANNEL, [kind])[0], days, lattice)
    assert isinstance(tail, np.ndarray)
    found = by_cell(tail)[0].cumsum()
    law = stats.expon(loc=start, scale=2.0)
    np.testing.assert_allclose(found, law.cdf(lattice.borders[1:]), atol=1e-12)
    mean = quad(lambda t: t * law.pdf(t), min(start, 12.0), 12.0)[0]
    assert tail @ lattice.points == pytest.approx(mean, abs=1e-9)
    fixed = arrival_law(rows(CHANNEL, [{"start": start, "arrival_a": 1.5}])[0], days, lattice)
    assert fixed == start + 1.5


def test_success_kernels() -> None:
    """First success at rate 0.4 inside 7.3 days: mass, and moments of its time."""
    for power, kernel in enumerate(success_kernels(0.4, 7.3, lattice_for(10.0))):
        value = quad(lambda t, power=power: 0.4 * math.exp(-0.4 * t) * t**power, 0, 7.3)[0]
        assert float(kernel.sum()) == pytest.approx(value, rel=1e-12)


def test_cell_borders_are_whole_parts_of_days() -> None:
    for horizon in (1.0, 7.0, 30.0, 45.5, 365.0, 730.0, 3650.0):
        lattice = lattice_for(horizon)
        assert (1.0 / lattice.step).is_integer()
        assert 1000 <= lattice.cells <= 10000
    assert lattice_for(math.pi) == Lattice(math.pi, 2048)


def test_points_carry_mass_and_tilt() -> None:
    mass, tilt = np.array([1.0, 2.0]), np.array([0.1, -0.3])
    back = by_cell(on_points(mass, tilt))
    np.testing.assert_allclose(back[0], mass)
    np.testing.assert_allclose(back[1], tilt)
    lattice = Lattice(4.0, 2)
    points = on_points(mass, tilt)
    mean = float(points @ lattice.points)
    assert mean == pytest.approx(2.0 * ((0.5 + 0.1) + (2.0 * 1.5 - 0.3)))


def test_placing_and_moving_keep_mass_and_mean() -> None:
    lattice = Lattice(10.0, 40)
    values = placed(lattice, np.array([0.3, 2.0, 2.6]), np.array([[0.5, 0.3, 0.2]]))
    mean = 0.5 * 0.3 + 0.3 * 2.0 + 0.2 * 2.6
    for days in (0.0, 0.25, 1.0, 3.17):
        later = moved(lattice, values, days)
        assert float(later.sum()) == pytest.approx(1.0, rel=1e-12)
        assert float((later @ lattice.points)[0]) == pytest.approx(mean + days, rel=1e-12)
    assert np.all(moved(lattice, values, 11.0) == 0.0)


def test_moving_past_the_horizon_loses_exactly_those() -> None:
    """A uniform density moved by part of a cell, or to the border: no leak either way."""
    lattice = Lattice(10.0, 40)
    kernel = delay_kernel(Distribution.UNIFORM, 0.0, 5.0, lattice)[None, :]
    assert float(moved(lattice, kernel, 5.0).sum()) == pytest.approx(1.0, rel=1e-12)
    assert float(moved(lattice, kernel, 7.6).sum()) == pytest.approx(0.48, rel=1e-12)
    assert float(moved(lattice, kernel, 10.0).sum()) == 0.0


def test_sums_of_independent_times() -> None:
    """Exponential plus exponential is gamma, also where a cell is wider than the delay."""
    lattice = lattice_for(20.0)
    for mean, cells in ((0.004, 12), (0.5, 0), (4.0, 0)):
        one = delay_kernel(Distribution.EXPONENTIAL, mean, 0.0, lattice)
        two = convolved(one[None, :], one)[0]
        exact = by_cell(delay_kernel(Distribution.GAMMA, mean, 2.0, lattice))
        found = by_cell(two)
        np.testing.assert_allclose(
            found[0].cumsum()[cells:], exact[0].cumsum()[cells:], rtol=0, atol=1e-6
        )
        assert float(two @ lattice.points) == pytest.approx(
            float(on_points(*exact) @ lattice.points), rel=1e-6
        )
