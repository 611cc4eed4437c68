"""Ids of invited people: both twins, whoever invites and however many."""

from __future__ import annotations

import numpy as np
from hypothesis import example, given
from hypothesis import strategies as st

from cvosim.randomness import philox, philox_plain

CUSTOMERS = st.integers(0, 2**64 - 1)
COUNTS = st.integers(0, 2**32 - 1)


@given(CUSTOMERS, COUNTS)
@example(2**64 - 1, 2**32 - 1)
def test_twins_give_the_same_id(customer: int, friend: int) -> None:
    ours = int(philox.friend_id(np.uint64(customer), friend))
    assert ours == philox_plain.friend_id(customer, friend)
    assert 2**63 <= ours < 2**64


def test_all_64_bits_are_used() -> None:
    """The lower 63 are each set about half of the time: 4,000 ids, a false alarm in 10,000.

    z of 4.8 for 63 bits, two sides.
    """
    ids = [philox_plain.friend_id(who, k) for who in range(400) for k in range(10)]
    assert len(set(ids)) == 4_000
    for bit in range(63):
        count = sum(one >> bit & 1 for one in ids)
        assert abs(count - 2_000) < 4.8 * (4_000 / 4) ** 0.5, bit
