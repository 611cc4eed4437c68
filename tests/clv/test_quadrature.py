"""Means over a beta distribution."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special

from cvosim.clv.models.quadrature import beta_means

SHAPES = [(0.793, 2.426), (1.0, 1.0), (0.3, 0.7), (0.02, 0.3), (0.5, 0.5), (5.0, 2000.0), (60, 3)]
EXTREMES = [(1e4, 1e4), (1e-4, 1e6), (1e6, 1e-4), (0.8, 5000.0), (300.0, 1e5)]


def mean_of_power(power: float, a: float, b: float) -> float:
    found = beta_means(
        lambda p, rows: np.tile(p**power, (len(rows), 1)), np.array([a]), np.array([float(b)])
    )
    return float(found[0])


@pytest.mark.parametrize(("a", "b"), SHAPES + EXTREMES)
def test_powers_are_exact(a: float, b: float) -> None:
    for power in (0, 1, 2, 7, 31):
        exact = math.prod((a + i) / (a + b + i) for i in range(power))
        assert mean_of_power(power, a, b) == pytest.approx(exact, rel=1e-9)


def test_rows_do_not_disturb_each_other() -> None:
    a, b = (np.array(column, np.float64) for column in zip(*SHAPES, strict=True))
    together = beta_means(lambda p, rows: np.exp(-np.outer(rows + 1.0, p)), a, b)
    for row, (first, second) in enumerate(SHAPES):
        alone = special.hyp1f1(first, first + second, -(row + 1.0))
        assert together[row] == pytest.approx(alone, rel=1e-9)


@pytest.mark.parametrize("near", [1.0, 1e-3, 1e-6, 1e-12])
@pytest.mark.parametrize(("a", "b"), [(0.8, 2.4), (0.05, 0.4), (3.0, 900.0)])
def test_a_function_that_changes_close_to_0(near: float, a: float, b: float) -> None:
    """E[near / (near + p)], by scipy's adaptive quadrature in the log-odds."""

    def weighed(u: float) -> float:
        log_p, log_q = -np.logaddexp(0, -u), -np.logaddexp(0, u)
        density = math.exp(a * log_p + b * log_q - special.betaln(a, b))
        return density * near / (near + math.exp(log_p))

    steps = np.linspace(-800, 800, 401)
    exact = sum(
        integrate.quad(weighed, low, high, epsabs=1e-14)[0] for low, high in pairwise(steps)
    )
    got = beta_means(
        lambda p, rows: np.tile(near / (near + p), (len(rows), 1)),
        np.array([a]),
        np.array([b]),
        near,
    )
    assert got[0] == pytest.approx(exact, rel=1e-9)
