from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad

from cvosim.clv.backtest.chances import chance_of_purchase
from cvosim.clv.models.bg_nbd import BgNbd
from cvosim.clv.models.mbg_nbd import MbgNbd
from cvosim.clv.models.pareto_nbd import ParetoNbd
from cvosim.clv.orders.history import History

LAWS = [
    BgNbd(r=0.243, alpha_days=30.9, a=0.793, b=2.426),
    MbgNbd(r=0.525, alpha_days=43.3, a=0.891, b=1.614),
    ParetoNbd(r=0.553, alpha_days=74.0, s=0.606, beta_days=81.7),
]
HISTORY = History(
    np.array([0.0, 2, 7, 300, 0]),
    np.array([0.0, 213, 100, 270, 0]),
    np.array([273.0, 272, 270, 271, 0]),
)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_a_chance_between_none_and_being_alive(law: BgNbd) -> None:
    alive = law.probability_alive(HISTORY)
    chances = [chance_of_purchase(law, HISTORY, days) for days in (1e-9, 7, 273, 1e7)]
    assert chances[0] == pytest.approx(0, abs=1e-6)
    for less, more in pairwise(chances):
        assert (less <= more).all()
        assert (more <= alive * (1 + 1e-12)).all()


@pytest.mark.parametrize("law", LAWS[:2], ids=lambda law: law.name)
def test_is_expected_purchases_where_these_are_rare(law: BgNbd) -> None:
    """P(at least one) → E[purchases] as the time ahead goes to 0."""
    days = 1e-4
    expected = law.expected_purchases(HISTORY, days)
    assert chance_of_purchase(law, HISTORY, days) == pytest.approx(expected, rel=1e-3)


@pytest.mark.parametrize("days", [1.0, 273.0, 5000.0])
def test_pareto_nbd_by_adaptive_quadrature(days: float) -> None:
    """∫ λ exp(−(λ + μ)u) du with both rates mixed out, over clock time."""
    law = LAWS[2]
    assert isinstance(law, ParetoNbd)
    found = chance_of_purchase(law, HISTORY, days)
    alive = law.probability_alive(HISTORY)
    for row in range(len(alive)):
        k, rate = law.r + HISTORY.repeats[row], law.alpha_days + HISTORY.age[row]
        beta = law.beta_days + HISTORY.age[row]

        def density(u: float, k: float = k, rate: float = rate, beta: float = beta) -> float:
            there = law.s * math.log1p(u / beta)
            return float(k / (rate + u) * math.exp(-k * math.log1p(u / rate) - there))

        edges = [0.0, min(days, rate / k), days]
        due = sum(quad(density, a, b, epsabs=1e-12)[0] for a, b in pairwise(edges))
        assert found[row] == pytest.approx(alive[row] * due, rel=1e-9)


def test_pareto_nbd_is_its_own_new_customer() -> None:
    """A new customer is one with no history: 1 − P(X(t) = 0)."""
    law = LAWS[2]
    assert isinstance(law, ParetoNbd)
    new = History(np.zeros(1), np.zeros(1), np.zeros(1))
    expected = 1 - law.probability_of(0, 273.0)
    assert chance_of_purchase(law, new, 273.0) == pytest.approx(expected, rel=1e-9)
