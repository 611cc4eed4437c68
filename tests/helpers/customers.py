"""Customers drawn from a purchase model without any code of cvosim, to be fitted by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from cvosim.clv.orders.summary import Summary

Floats = NDArray[np.float64]


def summary_of(
    repeats: Sequence[int] | NDArray[np.int64],
    last: ArrayLike,
    age: ArrayLike,
    spend: ArrayLike | None = None,
) -> Summary:
    """Make a summary of given histories."""
    t_x = np.where(np.asarray(repeats) > 0, last, 0.0)
    return Summary.of(repeats, t_x, age, spend=0.0 if spend is None else spend)


def buying(
    rate: Floats, leaving: Floats, age: Floats, seed: int
) -> tuple[NDArray[np.int64], Floats]:
    """Let everybody buy at its own rate and toss its coin after each purchase."""
    n = len(rate)
    repeats, last = np.zeros(n, np.int64), np.zeros(n)
    now, active = np.zeros(n), np.arange(n)
    while len(active):
        gap = stats.expon.rvs(size=len(active), random_state=seed)
        coin = stats.uniform.rvs(size=len(active), random_state=seed + 1)
        seed += 2
        now[active] += gap / rate[active]
        active_coin = coin[now[active] <= age[active]]
        active = active[now[active] <= age[active]]
        repeats[active] += 1
        last[active] = now[active]
        active = active[active_coin >= leaving[active]]
    return repeats, last
