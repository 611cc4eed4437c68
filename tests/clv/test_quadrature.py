"""Gauss–Jacobi means over a beta distribution."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import integrate, special, stats

from cvosim.clv.quadrature import beta_nodes

SHAPES = [(0.793, 2.426), (1.0, 1.0), (0.3, 0.7), (0.02, 0.3), (0.5, 0.5), (5.0, 2000.0), (60, 3)]


@pytest.mark.parametrize(("a", "b"), SHAPES)
def test_polynomials_are_exact(a: float, b: float) -> None:
    nodes, weights = beta_nodes(a, b, 16)
    assert ((nodes > 0) & (nodes <= 1)).all()
    for power in (0, 1, 2, 7, 31):
        exact = np.exp(special.betaln(a + power, b) - special.betaln(a, b))
        assert weights @ nodes**power == pytest.approx(exact, rel=1e-10)


def test_nodes_are_scipys() -> None:
    nodes, weights = beta_nodes(0.793, 2.426, 20)
    there, masses = special.roots_jacobi(20, 2.426 - 1, 0.793 - 1)
    np.testing.assert_allclose(nodes, (1 + there) / 2, rtol=1e-11)
    np.testing.assert_allclose(weights, masses / masses.sum(), rtol=1e-11)


@pytest.mark.parametrize(("a", "b"), [(1e6, 1e6), (1e-6, 1e6), (1e6, 1e-6), (0.8, 5000.0)])
def test_nothing_overflows(a: float, b: float) -> None:
    nodes, weights = beta_nodes(a, b)
    assert weights.sum() == pytest.approx(1, rel=1e-12)
    assert weights @ nodes == pytest.approx(a / (a + b), rel=1e-6)


def test_a_smooth_function() -> None:
    nodes, weights = beta_nodes(1.7, 3.1)
    exact = integrate.quad(lambda p: np.exp(-4 * p) * stats.beta.pdf(p, 1.7, 3.1), 0, 1)[0]
    assert weights @ np.exp(-4 * nodes) == pytest.approx(exact, rel=1e-10)
