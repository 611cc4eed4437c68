"""Pareto/NBD's likelihood: the textbook's two 2F1, 60-digit values, its own total, its slopes."""

from __future__ import annotations

import math
from dataclasses import astuple

import numpy as np
import pytest
from scipy import special

from cvosim.clv.models.pareto_likelihood import likelihood_parts, pareto_likelihood
from cvosim.clv.models.pareto_nbd import ParetoNbd
from cvosim.clv.orders.history import History

CDNOW = ParetoNbd(0.553277, 10.577684 * 7, 0.606240, 11.668735 * 7)
BTYD = ParetoNbd(0.5629966, 12.5590370 * 7, 0.4081095, 10.5148048 * 7)
LAWS = [CDNOW, ParetoNbd(1.3, 40, 1.0, 90), ParetoNbd(0.4, 60, 2.0, 60), ParetoNbd(2, 5, 3.3, 400)]


def histories(*rows: tuple[float, float, float]) -> History:
    x, last, age = np.array(rows, np.float64).T
    return History(x, last, age)


def two_terms(law: ParetoNbd, x: float, last: float, age: float) -> tuple[float, float]:
    """The textbook's likelihood by its two 2F1, and P(alive)."""
    r, alpha, s, beta = astuple(law)
    k, most = r + x, max(alpha, beta)
    second = s + 1 if alpha >= beta else k

    def term(time: float) -> float:
        z = abs(alpha - beta) / (most + time)
        return float(special.hyp2f1(k + s, second, k + s + 1, z)) / (most + time) ** (k + s)

    living = (alpha + age) ** -k * (beta + age) ** -s
    whole = living + s / (k + s) * (term(last) - term(age))
    front = special.gammaln(k) - special.gammaln(r) + r * math.log(alpha) + s * math.log(beta)
    return float(front + math.log(whole)), living / whole


@pytest.mark.parametrize("law", [*LAWS, BTYD, ParetoNbd(0.5, 3, 1 + 1e-7, 20)])
@pytest.mark.parametrize("row", [(0, 0, 39), (1, 30, 39), (3, 20, 400), (12, 100, 150), (2, 9, 9)])
def test_likelihood_is_the_two_terms(law: ParetoNbd, row: tuple[float, float, float]) -> None:
    exact, alive = two_terms(law, *row)
    found = law.log_likelihood(histories(row))[0] - row[0] * math.log(7)
    assert math.exp(found - exact) == pytest.approx(1, rel=1e-10)
    assert law.probability_alive(histories(row))[0] == pytest.approx(alive, rel=1e-9)


@pytest.mark.parametrize(
    ("parameters", "row", "exact", "alive"),
    [
        ((0.55, 10.58, 0.61, 11.67), (26, 30.857, 31), -39.14879508655484, 0.9978580706931),
        ((0.55, 10.0, 1.0, 11.0), (3, 20, 39), -12.270489899695, 0.36179888033422),
        ((0.55, 11.0, 2.0, 10.0), (29, 3, 39), -10.62393842058227, 4.7847682361102e-17),
        ((10.465, 0.00798565181, 3.0516, 2.82), (400, 5, 6), 1323.188930967818, 5.137458113e-31),
        ((10.465, 0.00798565181, 3.0516, 2.82), (500, 1, 37), 2594.404454622757, 0.0),
        ((10.465, 0.00798565181, 3.0516, 2.82), (500, 4, 37), 1888.821249738941, 0.0),
        (
            (0.5143, 2.8845, 0.2856, 14.1087),
            (221, 103.42857, 103.57143),
            -61.58464856172921,
            0.99959605231794,
        ),
        (
            (0.5143, 2.8845, 0.2856, 14.1087),
            (161, 94.71429, 98),
            -87.42925486330853,
            0.74948775225811,
        ),
        ((0.05, 0.001, 0.05, 10.0), (0, 0, 400), -0.623389431203267, 0.8128161860341),
        ((0.05, 10.0, 0.05, 0.001), (0, 0, 400), -0.1057536731870433, 0.48437976260282),
    ],
)
def test_likelihood_where_the_two_terms_overflow(
    parameters: tuple[float, ...], row: tuple[float, float, float], exact: float, alive: float
) -> None:
    """The two 2F1 with 60 digits (mpmath); data of lifetimes' and CLVTools' issues."""
    value, gradient = pareto_likelihood(parameters, histories(row))
    assert value[0] - exact == pytest.approx(0, abs=1e-10 + 2e-15 * abs(exact))
    assert np.isfinite(gradient).all()
    found = ParetoNbd(*parameters).probability_alive(histories(row))
    assert found[0] == pytest.approx(alive, rel=1e-9, abs=1e-300)


def test_likelihood_is_a_distribution() -> None:
    """Over all histories it adds up to 1."""
    law, age = ParetoNbd(0.9, 5.0, 0.8, 4.0), 6.0
    nodes, weights = np.polynomial.legendre.leggauss(60)
    last, weights = (nodes + 1) * age / 2, weights * age / 2
    total = math.exp(pareto_likelihood(astuple(law), histories((0, 0, age)))[0][0])
    for x in range(1, 300):
        # The other x − 1 purchases lie anywhere before the last: t_x^(x−1) / (x−1)!
        ways = (x - 1) * np.log(last) - math.lgamma(x)
        history = History(np.full(60, float(x)), last, np.full(60, age))
        total += float(np.exp(pareto_likelihood(astuple(law), history)[0] + ways) @ weights)
    assert total == pytest.approx(1, abs=1e-6)


ROWS = histories((0, 0, 39), (1, 30, 39), (3, 20, 39), (29, 3, 39), (400, 5, 6), (2, 9, 9))


@pytest.mark.parametrize("parameters", [(0.55, 10.6, 0.61, 11.7), (2, 30, 1, 5), (10, 0.01, 3, 3)])
def test_gradient(parameters: tuple[float, ...]) -> None:
    """Against differences of the value."""
    at = np.array(parameters, np.float64)
    gradient = pareto_likelihood(tuple(at), ROWS)[1]
    for index in range(4):
        step = np.zeros(4)
        step[index] = at[index] * 1e-5
        sides = [pareto_likelihood(tuple(at + sign * step), ROWS)[0] for sign in (1, -1)]
        slope = (sides[0] - sides[1]) / (2 * step[index])
        # what rounding does to a value of up to 2000 is 1e-12 / 1e-5 in the slope
        noise = 1e-6 + 2e-16 * np.abs(sides[0]) / step[index] * 10
        np.testing.assert_array_less(abs(gradient[index] - slope), 1e-7 * abs(slope) + noise)


def test_many_histories_in_parts() -> None:
    """More than are computed at a time."""
    parts = likelihood_parts(astuple(CDNOW), History(*(np.tile(c, 2000) for c in ROWS)))
    few = likelihood_parts(astuple(CDNOW), ROWS)
    np.testing.assert_array_equal(parts.dead, np.tile(few.dead, 2000))
