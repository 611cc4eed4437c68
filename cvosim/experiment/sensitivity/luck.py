"""Luck for dividing and redrawing the points of a sample: by address, as everywhere."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Places = NDArray[np.int64]
_SITE = "sensitivity/points"


def shuffled(size: int, seed: int) -> Places:
    """Give the numbers below ``size`` in a random order.

    Examples
    --------
    >>> sorted(shuffled(4, 1).tolist())
    [0, 1, 2, 3]
    """
    return np.argsort(_uniforms(size, seed, 0), kind="stable")


def redrawn(size: int, seed: int, times: int) -> Places:
    """Draw ``size`` numbers below ``size`` with replacement, some times: int64[times, size].

    Examples
    --------
    >>> redrawn(5, 1, 3).shape
    (3, 5)
    """
    drawn = [_uniforms(size, seed, 1 + time) for time in range(times)]
    return np.floor(np.array(drawn) * size).astype(np.int64)


def _uniforms(size: int, seed: int, occurrence: int) -> NDArray[np.float64]:
    from cvosim.randomness.philox import uniform
    from cvosim.randomness.sites import site_id

    site = site_id(_SITE)
    return np.fromiter((uniform(seed, i, site, occurrence) for i in range(size)), float, size)
