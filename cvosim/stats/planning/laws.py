"""Laws of a test's statistic: how far it must lie out, and how probable that is."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.stats.sequential.design import GroupSequential

Looks = int | tuple[float, ...]


def critical_value(tail: float, df: Floats | None = None) -> Floats:
    """Quantile beyond which one tail lies: of Student's t, or of the normal law without df."""
    from scipy.special import ndtri, stdtrit

    found = -ndtri(tail) if df is None else -stdtrit(df, tail)
    return np.asarray(found, np.float64)


def critical_value_of(power: Floats) -> Floats:
    """How far the mean of z must lie beyond a value to pass it with a probability."""
    from scipy.special import ndtri

    return np.asarray(ndtri(power), np.float64)


def normal_power(lead: Floats, back: Floats | None = None) -> Floats:
    """Probability that z passes what its mean leads by so much, and that on the other side."""
    from scipy.special import ndtr

    return np.asarray(ndtr(lead) if back is None else ndtr(lead) + ndtr(back), np.float64)


def t_power(drift: Floats, critical: Floats, df: Floats, *, both: bool) -> Floats:
    """Probability that the noncentral t around ``drift`` passes the critical value."""
    from scipy.special import nctdtr

    right = 1.0 - nctdtr(df, drift, critical)
    found = right + nctdtr(df, drift, -critical) if both else right
    return np.asarray(found, np.float64)


@lru_cache(maxsize=256)
def sequential(
    looks: Looks, alpha: float, sides: int, spending: str, power: float = 0.8
) -> GroupSequential:
    """Group-sequential test that finds its effect with a power: the one tie to that package."""
    from cvosim.stats.sequential.planning import group_sequential

    times = looks if isinstance(looks, int) else list(looks)
    return group_sequential(times, alpha=alpha, sides=sides, spending=spending, beta=1.0 - power)


def each(function: Callable[[float], float], values: Floats) -> Floats:
    """Apply a function of one number to every element, and to equal ones only once."""
    known, places = np.unique(values, return_inverse=True)
    found = np.array([np.nan if np.isnan(x) else function(float(x)) for x in known])
    return np.asarray(found[places].reshape(np.shape(values)), np.float64)
