"""Philox itself: published vectors, the words' order, the open interval."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from cvosim.randomness import philox, philox_plain
from cvosim.randomness.compiled import compiled

FULL = 0xFFFFFFFF
VECTORS = [  # counter, key, block: Random123's kat_vectors, philox4x32 with 10 rounds
    ((0, 0, 0, 0), (0, 0), (0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8)),
    ((FULL,) * 4, (FULL,) * 2, (0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD)),
    (
        (0x243F6A88, 0x85A308D3, 0x13198A2E, 0x03707344),
        (0xA4093822, 0x299F31D0),
        (0xD16CFE09, 0x94FDCCEB, 0x5001E420, 0x24126EA1),
    ),
]
# Called from Python, Numba takes a bare int for int64.
WIDE: dict[Any, Callable[[int], Any]] = {philox: np.uint64, philox_plain: int}


# What is copied into its callers has no way in from Python; these have.
@compiled
def _block(a: Any, b: Any, c: Any, d: Any, k0: Any, k1: Any) -> Any:
    return philox.block(a, b, c, d, k0, k1)


@compiled
def _open_unit(high: Any, low: Any) -> Any:
    return philox.open_unit(high, low)


BLOCK = {philox: _block, philox_plain: philox_plain.block}
OPEN_UNIT = {philox: _open_unit, philox_plain: philox_plain.open_unit}
TWINS = pytest.mark.parametrize("twin", [philox, philox_plain], ids=["compiled", "plain"])


@TWINS
@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_known_answers(
    twin: Any, counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    words = BLOCK[twin](*(WIDE[twin](word) for word in (*counter, *key)))
    assert tuple(int(word) for word in words) == expected


@TWINS
@pytest.mark.parametrize(("counter", "key", "expected"), VECTORS)
def test_an_address_fills_the_counter_and_the_key(
    twin: Any, counter: tuple[int, ...], key: tuple[int, ...], expected: tuple[int, ...]
) -> None:
    seed, customer = (WIDE[twin](high << 32 | low) for low, high in (key, counter[:2]))
    high = (expected[0] << 32 | expected[1]) >> 12
    low = (expected[2] << 32 | expected[3]) >> 12
    pair = twin.uniform_pair(seed, customer, counter[2], counter[3])
    assert pair == ((high + 0.5) / 2**52, (low + 0.5) / 2**52)
    assert twin.uniform(seed, customer, counter[2], counter[3]) == pair[0]


@TWINS
def test_strictly_between_0_and_1(twin: Any) -> None:
    none, full = WIDE[twin](0), WIDE[twin](FULL)
    assert OPEN_UNIT[twin](none, none) == 2.0**-53
    assert OPEN_UNIT[twin](full, full) == 1.0 - 2.0**-53 < 1.0


@TWINS
@pytest.mark.parametrize("part", range(4))
def test_every_part_of_an_address_counts_in_full(twin: Any, part: int) -> None:
    bits = 64 if part < 2 else 32
    addresses = [[3, 5, 7, 9] for _ in range(bits)]
    for bit, address in enumerate(addresses):
        address[part] ^= 1 << bit
    found = {twin.uniform(*map(WIDE[twin], a)) for a in [[3, 5, 7, 9], *addresses]}
    assert len(found) == bits + 1


@TWINS
def test_any_integer_type_will_do(twin: Any) -> None:
    row = np.zeros(1, np.dtype([("site", np.uint32)]))[0]
    row["site"] = 0xDEADBEEF
    expected = philox_plain.uniform(2**63 + 5, 2**64 - 1, 0xDEADBEEF, 200)
    for occurrence in (200, np.int64(200), np.uint32(200), np.uint8(200), np.int16(200)):
        for site in (0xDEADBEEF, np.int64(0xDEADBEEF), row["site"]):
            seed, customer = np.uint64(2**63 + 5), np.uint64(2**64 - 1)
            assert twin.uniform(seed, customer, site, occurrence) == expected
    expected = philox_plain.uniform(5, 6, 7, 8)
    assert twin.uniform(np.int64(5), np.int32(6), np.uint64(7), np.uint64(8)) == expected
