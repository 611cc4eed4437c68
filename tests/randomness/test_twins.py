"""Compiled and plain draws are the same numbers, to the bit."""

from __future__ import annotations

import math
import struct
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cvosim.randomness import draws, draws_plain, formulas, philox, philox_plain
from cvosim.randomness.distributions import Distribution

ADDRESS = st.tuples(
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**64 - 1),
    st.integers(0, 2**32 - 1),
    st.integers(0, 2**22 - 1),
)
SHAPE = st.floats(-3, 4).map(lambda power: 10.0**power)
ANY = st.floats(allow_nan=True, allow_infinity=True)
EDGES = [0.0, -0.0, -1.0, 5e-324, 1e-300, 1e-3, 1.0, 700.0, 1e4, 1e300, math.inf, math.nan]
SCALARS = ["normal", "exponential"]

Address = tuple[int, int, int, int]


def typed(address: Address) -> tuple[Any, ...]:
    """One type per part, so that each compiled function is compiled once."""
    seed, customer, site, occurrence = address
    return np.uint64(seed), np.uint64(customer), np.uint32(site), np.int64(occurrence)


def bits(number: float) -> bytes:
    return b"nan" if math.isnan(number) else struct.pack("<d", number)


@given(ADDRESS)
def test_uniforms(address: Address) -> None:
    assert philox.uniform(*typed(address)) == philox_plain.uniform(*address)
    assert philox.uniform_pair(*typed(address)) == philox_plain.uniform_pair(*address)


@pytest.mark.parametrize("name", SCALARS)
@given(address=ADDRESS)
def test_parameterless(name: str, address: Address) -> None:
    assert bits(getattr(draws, name)(*typed(address))) == bits(getattr(draws_plain, name)(*address))


@pytest.mark.parametrize("name", ["gamma", "log_gamma_variate"])
@given(address=ADDRESS, shape=SHAPE | ANY)
def test_gammas(name: str, address: Address, shape: float) -> None:
    compiled, plain = getattr(draws, name), getattr(draws_plain, name)
    assert bits(compiled(shape, *typed(address))) == bits(plain(shape, *address))


@given(ADDRESS, SHAPE | ANY, SHAPE | ANY)
def test_beta(address: Address, a: float, b: float) -> None:
    assert bits(draws.beta(a, b, *typed(address))) == bits(draws_plain.beta(a, b, *address))


@settings(max_examples=300)
@given(st.sampled_from(Distribution), ADDRESS, SHAPE | ANY, SHAPE | ANY)
def test_draw(kind: Distribution, address: Address, a: float, b: float) -> None:
    compiled = draws.draw(int(kind), a, b, *typed(address))
    assert bits(compiled) == bits(draws_plain.draw(kind, a, b, *address))


@pytest.mark.parametrize("kind", Distribution)
@pytest.mark.parametrize("a", EDGES)
@pytest.mark.parametrize("b", EDGES)
def test_draw_at_the_edges(kind: Distribution, a: float, b: float) -> None:
    for customer in range(3):
        address = (7, customer, 11, 0)
        compiled = draws.draw(int(kind), a, b, *typed(address))
        assert bits(compiled) == bits(draws_plain.draw(kind, a, b, *address))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=8), ADDRESS)
def test_categorical(weights: list[int], address: Address) -> None:
    cumulative = np.cumsum(weights) / max(1, sum(weights))
    found = draws.categorical(cumulative, *typed(address))
    assert found == draws_plain.categorical(cumulative, *address)
    assert found == draws_plain.categorical(cumulative.tolist(), *address)
    below = [i for i, c in enumerate(cumulative) if philox_plain.uniform(*address) < c]
    assert found == (below[0] if below else len(weights) - 1)


@pytest.mark.parametrize("kind", Distribution)
def test_long_runs_of_customers_agree(bulk: Any, kind: Distribution) -> None:
    """Loops are where a compiler could reorder or vectorise."""
    n = 20_000
    compiled = bulk("draw", int(kind), 1.7, 0.6, n=n, cycle=5)
    plain = [draws_plain.draw(kind, 1.7, 0.6, 7, i, 11, i % 5) for i in range(n)]
    assert compiled.tobytes() == np.array(plain).tobytes()


@given(st.floats(2.0**-53, 1.0 - 2.0**-53))
def test_quantile(u: float) -> None:
    assert bits(draws.normal_quantile(u)) == bits(formulas.normal_quantile(u))
