"""Twins: the difference of two estimates made on the same subjects."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from statistics import NormalDist
from typing import NamedTuple

import numpy as np

from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class PairedSums:
    """What a paired comparison needs of the influences of two estimates; sums add up.

    Attributes
    ----------
    count : int
        Subjects.
    baseline, variant : float
        Sum of squared influences on either estimate.
    difference : float
        Sum of squared differences of a subject's two influences.

    Examples
    --------
    >>> PairedSums.of(np.array([-1.0, 1.0]), np.array([-2.0, 2.0]))
    PairedSums(count=2, baseline=2.0, variant=8.0, difference=2.0)
    """

    count: int = 0
    baseline: float = 0.0
    variant: float = 0.0
    difference: float = 0.0

    @classmethod
    def of(cls, baseline: Floats, variant: Floats) -> PairedSums:
        """Add up over some subjects, float64[n] each; influences have mean 0 over them all."""
        change = variant - baseline
        squares = (float(np.dot(part, part)) for part in (baseline, variant, change))
        return cls(len(change), *squares)

    def __add__(self, other: PairedSums) -> PairedSums:
        return PairedSums(
            self.count + other.count,
            self.baseline + other.baseline,
            self.variant + other.variant,
            self.difference + other.difference,
        )


class PairedInterval(NamedTuple):
    """A difference with its uncertainty.

    Attributes
    ----------
    difference, standard_error : float
        Variant less baseline.
    low, high : float
        Normal confidence interval.
    variance_reduction : float
        ``(var A + var B) / var(B - A)``: how many times as many subjects two independent
        samples would need for an interval as narrow. Infinite when the difference is certain,
        NaN when everything is.
    """

    difference: float
    standard_error: float
    low: float
    high: float
    variance_reduction: float

    def wider(self, error: float, *, level: float = 0.95) -> PairedInterval:
        """Add an independent error; NaN withholds the interval.

        Examples
        --------
        >>> PairedInterval(1.0, 3.0, -4.88, 6.88, 2.0).wider(4.0).standard_error
        5.0
        """
        total = math.hypot(self.standard_error, error)
        reach, reduction = z_of(level) * total, self.variance_reduction
        if math.isnan(error):
            reduction = math.nan
        return PairedInterval(
            self.difference, total, self.difference - reach, self.difference + reach, reduction
        )


def paired_interval(
    baseline: float, variant: float, sums: PairedSums, *, level: float = 0.95
) -> PairedInterval:
    """Confidence interval of a difference of two estimates on the same subjects.

    With influences ``a`` and ``b`` of mean 0, ``var(B - A) = sum((b - a)**2) / (n (n - 1))``:
    the paired-sample interval (Student 1908) for linearised values, normal because subjects
    are many.

    Parameters
    ----------
    baseline, variant : float
        The two estimates.
    sums : PairedSums
        Of their influences.
    level : float
        Of confidence.

    Examples
    --------
    >>> a, b = np.array([1.0, 2.0, 3.0]), np.array([2.0, 3.0, 4.0])
    >>> paired_interval(2.0, 3.0, PairedSums.of(a - 2.0, b - 3.0))
    PairedInterval(difference=1.0, standard_error=0.0, low=1.0, high=1.0, variance_reduction=inf)
    """
    n, change = sums.count, variant - baseline
    error = math.sqrt(sums.difference / (n * (n - 1.0))) if n > 1 else math.nan
    reach = z_of(level) * error
    apart = sums.baseline + sums.variant
    if sums.difference != 0.0:
        reduction = apart / sums.difference
    else:
        reduction = math.inf if apart > 0.0 else math.nan
    return PairedInterval(change, error, change - reach, change + reach, reduction)


def paired_difference(baseline: Floats, variant: Floats, *, level: float = 0.95) -> PairedInterval:
    """Paired difference of means, of any data.

    Parameters
    ----------
    baseline, variant : float64[n]
        One value a subject, subjects in the same order.
    level : float
        Of confidence.

    Returns
    -------
    PairedInterval
        Of ``mean(variant) - mean(baseline)``.

    Examples
    --------
    >>> paired_difference(np.array([1.0, 5.0, 9.0]), np.array([3.0, 7.0, 14.0])).difference
    3.0
    """
    centres = float(np.mean(baseline)), float(np.mean(variant))
    sums = PairedSums.of(baseline - centres[0], variant - centres[1])
    return paired_interval(*centres, sums, level=level)


@lru_cache(maxsize=16)
def z_of(level: float) -> float:
    """Half-width of a two-sided normal interval in standard errors.

    Examples
    --------
    >>> round(z_of(0.95), 6)
    1.959964
    """
    return NormalDist().inv_cdf(0.5 + level / 2.0)
