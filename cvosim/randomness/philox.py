"""Uniform random numbers with an address instead of a state, compiled.

Philox4x32-10 of Salmon, Moraes, Dror & Shaw (2011), "Parallel random numbers: as easy as
1, 2, 3", SC'11, section 3.3: a keyed bijection of 128-bit counters. Words, least
significant first:

* counter: customer (low half), customer (high half), site, occurrence;
* key: seed (low half), seed (high half).

A block's four 32-bit words ``x0 .. x3`` make two uniforms: ``x0 << 32 | x1`` and
``x2 << 32 | x3`` are 64 bits each, of which the upper 52 give
``(bits + 1/2) * 2**-52``, strictly between 0 and 1 and symmetric about 1/2.

Arguments may be of any integer type; ``seed`` and ``customer`` count modulo 2**64, ``site``
and ``occurrence`` modulo 2**32. Called from Python, Numba takes a bare int for int64, so wrap
a seed or customer of 2**63 or more in ``np.uint64``.

:mod:`cvosim.randomness.philox_plain` is the same in plain Python, equal to the bit.
"""

from __future__ import annotations

from typing import SupportsIndex

import numpy as np

from cvosim.randomness.compiled import compiled, inlined

# Everything is uint64: in Numba one signed operand would turn the arithmetic into floats.
_LOW = np.uint64(0xFFFFFFFF)
_HALF = np.uint64(32)
_MULTIPLIER_0 = np.uint64(0xD2511F53)
_MULTIPLIER_1 = np.uint64(0xCD9E8D57)
_WEYL_0 = np.uint64(0x9E3779B9)
_WEYL_1 = np.uint64(0xBB67AE85)
_UPPER_20 = np.uint64(20)
_LOWER_12 = np.uint64(12)
_SPACING = 2.0**-52

Whole = SupportsIndex
"""An integer of any type."""
Block = tuple[np.uint64, np.uint64, np.uint64, np.uint64]


@inlined
def block(
    c0: np.uint64, c1: np.uint64, c2: np.uint64, c3: np.uint64, k0: np.uint64, k1: np.uint64
) -> Block:
    """Apply Philox4x32-10 to one counter under one key; 32-bit words held in uint64."""
    for _ in range(10):
        product_0 = _MULTIPLIER_0 * c0
        product_1 = _MULTIPLIER_1 * c2
        c0 = (product_1 >> _HALF) ^ c1 ^ k0
        c1 = product_1 & _LOW
        c2 = (product_0 >> _HALF) ^ c3 ^ k1
        c3 = product_0 & _LOW
        k0 = (k0 + _WEYL_0) & _LOW
        k1 = (k1 + _WEYL_1) & _LOW
    return c0, c1, c2, c3


@inlined
def addressed_block(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> Block:
    """Compute the block that belongs to an address."""
    key = np.uint64(seed)
    who = np.uint64(customer)
    return block(
        who & _LOW,
        who >> _HALF,
        np.uint64(site) & _LOW,
        np.uint64(occurrence) & _LOW,
        key & _LOW,
        key >> _HALF,
    )


@inlined
def open_unit(high: np.uint64, low: np.uint64) -> float:
    """Read two 32-bit words as a number strictly between 0 and 1."""
    # Below 2**52, so the signed conversion is exact, and it is the one CPUs have.
    bits = np.int64((high << _UPPER_20) | (low >> _LOWER_12))
    return (np.float64(bits) + 0.5) * _SPACING


@compiled
def uniform(seed: Whole, customer: Whole, site: Whole, occurrence: Whole) -> float:
    """Draw a number strictly between 0 and 1 that depends on its address only.

    Parameters
    ----------
    seed : int
        Of the run, 64 bits.
    customer : int
        Whom it happens to, 64 bits.
    site : int
        What it decides: :func:`cvosim.randomness.sites.site_id` of a name.
    occurrence : int
        Which time it happens, 32 bits.

    Returns
    -------
    float
        ``(m + 1/2) * 2**-52`` with m uniform on 0 .. 2**52 - 1.

    Examples
    --------
    >>> uniform(7, 0, 1, 0) == uniform(7, 0, 1, 0) != uniform(7, 0, 1, 1)
    True
    """
    x0, x1, _, _ = addressed_block(seed, customer, site, occurrence)
    return open_unit(x0, x1)


@compiled
def uniform_pair(
    seed: Whole, customer: Whole, site: Whole, occurrence: Whole
) -> tuple[float, float]:
    """Draw two independent uniforms from one block; the first is :func:`uniform`'s."""
    x0, x1, x2, x3 = addressed_block(seed, customer, site, occurrence)
    return open_unit(x0, x1), open_unit(x2, x3)


_TOP_BIT = np.uint64(1 << 63)
_FRIENDS = np.uint64(0x667269656E64)  # a key that nobody is likely to take as a seed


@compiled
def friend_id(customer: Whole, friend: Whole) -> np.uint64:
    """Give the id of the ``friend``-th person whom a customer invites.

    A function of the two alone, whatever the seed and the scenario. It is at least 2**63, where
    no market prospect's id is; two of n invited people share one (and with it their luck) with
    a probability of about n**2 / 2**64.

    Examples
    --------
    >>> int(friend_id(7, 0)) >> 63, friend_id(7, 0) != friend_id(7, 1)
    (1, True)
    """
    x0, x1, _, _ = addressed_block(_FRIENDS, customer, 0, friend)
    return np.uint64(x0 << _HALF | x1) | _TOP_BIT
