"""Intervals from replicates that met the same customers: Student's t on their differences.

A large run is cut into R sections of as many customers each. The estimate is that of all
customers together; its standard error is the spread of the sections' own values (sectioning:
Asmussen & Glynn 2007, *Stochastic Simulation*, section III.5), with Student's t of R - 1 degrees
of freedom. It holds for every metric, ratio or percentile, and for differences between points
that met the same customers, without a formula for each.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from cvosim.tables.columns import Floats

LEVEL = 0.95
REPLICATES = 20
"""Sections of a run unless asked for others: t is then only a twentieth above the normal."""


class Interval(NamedTuple):
    """An estimate with its 95 % interval; NaN where it is not known.

    Examples
    --------
    >>> Interval(1.0, 0.5, 1.5).to_dict()
    {'value': 1.0, 'low': 0.5, 'high': 1.5}
    >>> Interval(1.0, 0.5, 1.5).certain
    True
    """

    value: float
    low: float
    high: float

    @property
    def certain(self) -> bool:
        """Whether the interval excludes 0."""
        return self.low > 0.0 or self.high < 0.0

    def to_dict(self) -> dict[str, float | None]:
        """Give a plain dictionary, ready for JSON: what is not known is null."""
        return {
            name: value if math.isfinite(value) else None for name, value in self._asdict().items()
        }


UNKNOWN = Interval(math.nan, math.nan, math.nan)


def sectioned(
    value: float, sections: Floats, *, total: bool = False, chosen_of: int = 1
) -> Interval:
    """Put an interval around an estimate from the values that its sections gave.

    Parameters
    ----------
    value : float
        Estimate from all customers.
    sections : ndarray of float64, shape (R,)
        The same quantity from each section alone.
    total : bool
        Whether it is a sum over customers, so that the sections add up to it.
    chosen_of : int
        Among how many estimates it was chosen for its value; the interval allows for that
        (Bonferroni).

    Examples
    --------
    >>> found = sectioned(2.0, np.array([1.0, 2.0, 3.0]))
    >>> round(found.low, 2), round(found.high, 2)
    (-0.48, 4.48)
    """
    count = len(sections)
    if count < 2 or not math.isfinite(value) or not np.isfinite(sections).all():
        return Interval(value, math.nan, math.nan)
    error = float(np.std(sections, ddof=1)) * (count if total else 1.0) / math.sqrt(count)
    half = student(count - 1, 1.0 - (1.0 - LEVEL) / chosen_of) * error
    return Interval(value, value - half, value + half)


def adds_up(pooled: Floats, sections: Floats) -> bool:
    """Tell whether sections add up to the pooled values, as totals do, or have them as mean.

    Parameters
    ----------
    pooled : ndarray of float64, shape (points,)
    sections : ndarray of float64, shape (points, R)

    Examples
    --------
    >>> adds_up(np.array([6.0]), np.array([[2.0, 4.0]])), adds_up(np.array([3.0]), np.array([[2.0, 4.0]]))
    (True, False)
    """  # noqa: E501
    known = np.isfinite(pooled) & np.isfinite(sections).all(axis=1)
    sums = sections[known].sum(axis=1)
    off = np.abs(pooled[known] - sums).sum()
    return bool(off < np.abs(pooled[known] - sums / sections.shape[1]).sum())


@lru_cache(maxsize=64)
def student(freedom: int, level: float = LEVEL) -> float:
    """Half-width of Student's interval in standard errors.

    Examples
    --------
    >>> round(student(19), 3)
    2.093
    """
    from scipy.special import stdtrit

    return float(stdtrit(freedom, 0.5 + level / 2.0))
