"""Uniform random numbers with an address instead of a state, in plain Python.

The twin of :mod:`cvosim.randomness.philox`, which says what the words mean; it shares no
code with it and gives the same numbers to the bit.
"""

from __future__ import annotations

from functools import lru_cache
from typing import SupportsIndex

_LOW = 0xFFFFFFFF
_SPACING = 2.0**-52

Whole = SupportsIndex
"""An integer of any type."""
Block = tuple[int, int, int, int]


@lru_cache(maxsize=16)
def _round_keys(k0: int, k1: int) -> tuple[tuple[int, int], ...]:
    """List the ten rounds' keys; a run has one seed, so they are worked out once."""
    return tuple(((k0 + i * 0x9E3779B9) & _LOW, (k1 + i * 0xBB67AE85) & _LOW) for i in range(10))


def block(c0: int, c1: int, c2: int, c3: int, k0: int, k1: int) -> Block:
    """Apply Philox4x32-10 to one counter under one key; every word below 2**32."""
    for key_0, key_1 in _round_keys(k0, k1):
        product_0 = 0xD2511F53 * c0
        product_1 = 0xCD9E8D57 * c2
        c0 = (product_1 >> 32) ^ c1 ^ key_0
        c1 = product_1 & 0xFFFFFFFF
        c2 = (product_0 >> 32) ^ c3 ^ key_1
        c3 = product_0 & 0xFFFFFFFF
    return c0, c1, c2, c3


def addressed_block(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> Block:
    """Compute the block that belongs to an address."""
    # int(): a NumPy integer out of a record would overflow in the products.
    key = int(seed)
    who = int(customer)
    return block(
        who & _LOW,
        (who >> 32) & _LOW,
        int(site) & _LOW,
        int(occurrence) & _LOW,
        key & _LOW,
        (key >> 32) & _LOW,
    )


def open_unit(high: int, low: int) -> float:
    """Read two 32-bit words as a number strictly between 0 and 1."""
    return (((high << 20) | (low >> 12)) + 0.5) * _SPACING


def uniform(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a number strictly between 0 and 1 that depends on its address only.

    See :func:`cvosim.randomness.philox.uniform` for the parameters.

    Examples
    --------
    >>> uniform(7, 0, 1, 0) == uniform(7, 0, 1, 0) != uniform(7, 0, 1, 1)
    True
    """
    x0, x1, _, _ = addressed_block(seed, customer, site, occurrence)
    return open_unit(x0, x1)


def uniform_pair(
    seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> tuple[float, float]:
    """Draw two independent uniforms from one block; the first is :func:`uniform`'s."""
    x0, x1, x2, x3 = addressed_block(seed, customer, site, occurrence)
    return open_unit(x0, x1), open_unit(x2, x3)


def friend_id(customer: Whole, friend: Whole) -> int:
    """Give the id of the ``friend``-th person whom a customer invites, at least 2**63."""
    x0, x1, _, _ = addressed_block(0x667269656E64, customer, 0, friend)
    return x0 << 32 | x1 | 1 << 63
