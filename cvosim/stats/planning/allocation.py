"""How to share units among arms, and what several treatments against one control cost."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np

from cvosim.errors import CvosimError
from cvosim.stats.planning.spread import above_zero

_NODES = 200


def best_ratio(
    *,
    treatments: int = 1,
    sd: tuple[float, float] = (1.0, 1.0),
    cost: tuple[float, float] = (1.0, 1.0),
) -> float:
    """Units of each treatment for one of control that give the least error for the cost.

    ``n_t / n_c = (sd_t / sd_c) sqrt(cost_c / cost_t) / sqrt(treatments)``: Neyman (1934),
    with costs as Cochran (1977, section 5.5), and the square-root rule of Dunnett (1955) for
    several treatments against one control.

    Parameters
    ----------
    treatments : int
        Compared with one control.
    sd, cost : pair of float
        Standard deviation and cost of a unit, in control and in treatment.

    Returns
    -------
    float

    Raises
    ------
    CvosimError
        Unless all are above 0.

    Examples
    --------
    >>> best_ratio(), best_ratio(treatments=4), best_ratio(sd=(1.0, 2.0), cost=(1.0, 4.0))
    (1.0, 0.5, 1.0)
    """
    above_zero("treatments", treatments)
    above_zero("sd", sd)
    above_zero("cost", cost)
    return sd[1] / sd[0] * math.sqrt(cost[0] / cost[1]) / math.sqrt(treatments)


@lru_cache(maxsize=64)
def dunnett_level(treatments: int, alpha: float, sides: int, ratio: float = 1.0) -> float:
    """Error rate of each comparison that gives ``alpha`` for all treatments against one control.

    They share the control, so their statistics correlate by ``ratio / (1 + ratio)``, and less
    is lost than by Bonferroni's ``alpha / treatments`` (Dunnett 1955, JASA 50:1096-1121; many
    degrees of freedom).

    Parameters
    ----------
    treatments : int
    alpha : float
        Chance of any false alarm.
    sides : int
        1 or 2.
    ratio : float
        Units of each treatment for one of control.

    Returns
    -------
    float
        Over all sides.

    Examples
    --------
    >>> from scipy.stats import norm
    >>> round(float(norm.isf(dunnett_level(3, 0.05, 2) / 2)), 3)
    2.349
    """
    from scipy.optimize import brentq
    from scipy.special import ndtr, ndtri

    if treatments == 1:
        return alpha
    nodes, weights = np.polynomial.hermite_e.hermegauss(_NODES)
    weights = weights / weights.sum()
    shared, own = math.sqrt(ratio / (1.0 + ratio)), math.sqrt(1.0 / (1.0 + ratio))

    def miss(c: float) -> float:
        inside = ndtr((c - shared * nodes) / own)
        if sides == 2:
            inside = inside - ndtr((-c - shared * nodes) / own)
        return float(weights @ inside**treatments) - (1.0 - alpha)

    low, high = (-float(ndtri(alpha / sides / part)) for part in (1, treatments))
    return sides * float(ndtr(-brentq(miss, low, high, xtol=1e-13)))


def share_to_ratio(share: float, treatments: int = 1) -> float:
    """Units of each treatment for one of control, from the share of units each treatment gets.

    Raises
    ------
    CvosimError
        Unless the share is above 0 and leaves something for control.

    Examples
    --------
    >>> round(share_to_ratio(0.1), 6), share_to_ratio(0.25, treatments=2)
    (0.111111, 0.5)
    """
    if not 0.0 < share < 1.0:
        raise CvosimError(f"share: must be above 0 and below 1 (got {share:g}); 10 % is 0.1")
    if share * treatments >= 1.0:
        raise CvosimError(
            f"share: {treatments} treatments with {share:g} each leave nothing for control; "
            f"must be below {1 / treatments:.3g}"
        )
    return share / (1.0 - share * treatments)
