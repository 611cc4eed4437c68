"""The hash of a trajectory."""

from __future__ import annotations

import math

import numpy as np

from cvosim.tables.fingerprint import trajectory_hash


def test_it_sees_every_bit_but_no_difference_between_nans() -> None:
    nan, strange = np.array([1.0, math.nan]), np.array([1.0, -math.nan])
    assert trajectory_hash([nan]) == trajectory_hash([strange])
    assert trajectory_hash([np.array([0.0])]) != trajectory_hash([np.array([-0.0])])
    one, next_one = np.array([1.0]), np.array([math.nextafter(1.0, 2.0)])
    assert trajectory_hash([one]) != trajectory_hash([next_one])
    together, apart = [np.array([1, 2])], [np.array([1]), np.array([2])]
    assert trajectory_hash(together) != trajectory_hash(apart)
    assert trajectory_hash([one], [next_one]) != trajectory_hash([next_one], [one])
