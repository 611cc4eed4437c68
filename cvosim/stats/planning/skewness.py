"""When the normal law does not hold yet: skewed metrics and arms of unequal size."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from cvosim.tables.columns import Floats

KOHAVI = 355.0
"""Units an arm, in squares of the skewness, from which a mean is near enough to normal.

Kohavi, Deng, Longbotham & Xu (2014, rule 7), after Boos & Hughes-Oliver (2000): a 2.5 % tail of
one arm's mean is then within half a point. For two arms of equal size it is on the safe side.
"""

SKEWED = KOHAVI**-0.5
"""Skewness of the estimate from which a tail of 2.5 % is off by half a point."""


def difference_skewness(skewness: ArrayLike, control: ArrayLike, treatment: ArrayLike) -> Floats:
    """Skewness of the difference of two means of a metric with the same law in both arms.

    ``skew (1 / n_t**2 - 1 / n_c**2) / (1 / n_t + 1 / n_c)**1.5``: 0 at equal sizes, whatever
    the metric, and larger the smaller the one arm is beside the other.

    Parameters
    ----------
    skewness : array_like
        Of one unit's value.
    control, treatment : array_like
        Units in the two arms.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> float(difference_skewness(20.0, 1000, 1000))
    0.0
    >>> round(float(difference_skewness(20.0, 9000, 1000)), 3)
    0.533
    """
    one, other = (1.0 / np.asarray(n, np.float64) for n in (control, treatment))
    return np.asarray(np.asarray(skewness, np.float64) * (other**2 - one**2) / (other + one) ** 1.5)


def tails(skewness: ArrayLike, tail: float = 0.025) -> tuple[Floats, Floats]:
    """What the lower and the upper tail of Welch's test really hold, to first order.

    ``tail ± skewness (2 z**2 + 1) / 6 phi(z)``, the Edgeworth expansion of Student's t (Hall
    1992, section 2.6). A right-skewed metric with a small treatment arm raises false alarms that
    the treatment is *worse*.

    Parameters
    ----------
    skewness : array_like
        Of the difference of the means: `difference_skewness`.
    tail : float
        What each should hold.

    Returns
    -------
    lower, upper : ndarray of float64
        Between 0 and 1; rough once they are far from ``tail``.

    Examples
    --------
    >>> [round(float(one), 4) for one in tails(SKEWED)]
    [0.0295, 0.0205]
    """
    from scipy.stats import norm

    z = float(norm.isf(tail))
    shift = np.asarray(skewness, np.float64) * (2.0 * z**2 + 1.0) / 6.0 * float(norm.pdf(z))
    return np.clip(tail + shift, 0.0, 1.0), np.clip(tail - shift, 0.0, 1.0)
