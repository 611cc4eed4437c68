"""Integrals of a power-law decay, against 40-digit values and each other."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, special

from cvosim.clv.models.decay import decay, decay_of_pairs, discounted_decay, unit_nodes

# ∫ exp(−z·v)·(1+v)^−s dv to infinity, with mpmath; scipy's hyperu gives NaN or few digits at
# s = 1.0000001, s = 2 (small z) and s = 10.
ENDLESS = [
    (0.3, 1e-08, 516763.7122984123),
    (0.3, 0.1, 5.674093414168892),
    (0.3, 10.0, 0.0973214045406723),
    (1.0000001, 1e-08, 17.84344926578593),
    (1.0000001, 0.1, 2.014642300228243),
    (1.0000001, 10.0, 0.09156333316275327),
    (2.0, 1e-08, 0.9999998215653473),
    (2.0, 0.1, 0.7985357455291549),
    (2.0, 10.0, 0.08436666060211918),
    (10.0, 1e-08, 0.1111111109722222),
    (10.0, 0.1, 0.1097417392579034),
    (10.0, 10.0, 0.05121819943760506),
    (50.5, 1e-08, 0.02020202019785484),
    (50.5, 0.1, 0.02016045405584248),
    (50.5, 10.0, 0.01675885745178282),
]
FINITE = [
    (0.6, 0.05, 3.0, 1.737830536010789),
    (10.0, 0.001, 1e-9, 9.999999949995e-10),
    (1e5, 1e4, 1e-5, 6.06481581186459e-6),
]


@pytest.mark.parametrize(("s", "z", "exact"), ENDLESS)
def test_discounted_without_end(s: float, z: float, exact: float) -> None:
    assert discounted_decay(s, z, math.inf) == pytest.approx(exact, rel=2e-12)


@pytest.mark.parametrize(("s", "z", "span", "exact"), FINITE)
def test_discounted_with_an_end(s: float, z: float, span: float, exact: float) -> None:
    assert discounted_decay(s, z, span) == pytest.approx(exact, rel=2e-12)


def test_discounted_is_scipys_where_that_is_right() -> None:
    s, z = np.meshgrid([0.01, 0.4, 0.75, 1.5], np.logspace(-4, 0, 9))
    np.testing.assert_allclose(
        discounted_decay(s, z, np.inf), special.hyperu(1.0, 2.0 - s, z), rtol=1e-11
    )


def test_no_discount() -> None:
    spans = np.array([0.0, 1e-9, 0.3, 20.0, 1e6])
    for s in (0.01, 1.0, 1 + 1e-12, 3.0, 1e4):
        np.testing.assert_allclose(discounted_decay(s, 0.0, spans), decay(s, spans), rtol=1e-11)
    assert discounted_decay([0.5, 1, 1.5], 0.0, math.inf).tolist() == [math.inf, math.inf, 2]


@pytest.mark.parametrize("s", [0.01, 0.7, 1.0, 1.5, 2.0, 2 + 1e-9, 9.0, 3000.0])
@pytest.mark.parametrize("span", [0.0, 1e-9, 1e-4, 0.3, 0.99, 20.0])
def test_pairs_are_the_integral(s: float, span: float) -> None:
    """Scaled to (0, 1) and split where a steep decay has nothing left."""

    def value(v: float) -> float:
        return v * math.exp(-s * math.log1p(v))

    cut = min(span, 40 / s)
    exact = integrate.quad(value, 0, cut, epsabs=0, epsrel=1e-11)[0] if span else 0.0
    exact += integrate.quad(value, cut, span, epsabs=1e-30, epsrel=1e-11)[0]
    assert decay_of_pairs(s, span) == pytest.approx(exact, rel=1e-9)


def test_shapes_broadcast() -> None:
    assert discounted_decay(np.ones((3, 1)), 0.1, np.ones(2)).shape == (3, 2)
    assert decay_of_pairs(np.ones((3, 1)), np.ones(2)).shape == (3, 2)
    assert discounted_decay(1.0, 0.1, 1.0).shape == ()


def test_nodes_are_shared_and_safe() -> None:
    nodes, weights = unit_nodes(5)
    assert weights.sum() == pytest.approx(1, rel=1e-14)
    with pytest.raises(ValueError, match="read-only"):
        nodes[0] = 0.0
