"""How unevenly revenue is spread over customers: Pareto shares and the Gini index."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cvosim.clv.orders.purchase_days import Floats
from cvosim.errors import DataError


class Share(NamedTuple):
    """An estimate with its interval; without an end where the data cannot settle one."""

    value: float
    low: float | None
    high: float | None


class Concentration(NamedTuple):
    """What part of the customers brings what part of the revenue.

    Attributes
    ----------
    customers : int
        How many, those who paid nothing included.
    top : float
        The best customers' part of all customers, such as 0.2.
    top_share : Share
        Their part of the revenue.
    part : float
        A part of the revenue, such as 0.8.
    bringers : Share
        The smallest part of the customers that brings it.
    gini : Share
        0 where all pay the same, near 1 where one pays it all.
    level : float
        Of the intervals.

    Examples
    --------
    >>> found = concentration([1.0] * 8 + [16.0] * 2)
    >>> round(found.top_share.value, 3), round(found.bringers.value, 3), round(found.gini.value, 3)
    (0.8, 0.2, 0.6)
    """

    customers: int
    top: float
    top_share: Share
    part: float
    bringers: Share
    gini: Share
    level: float

    def to_dict(self) -> dict[str, Any]:
        """Give plain values, ready for JSON."""
        plain = self._asdict()
        return {k: v._asdict() if isinstance(v, Share) else v for k, v in plain.items()}


def concentration(
    values: ArrayLike, *, top: float = 0.2, part: float = 0.8, level: float = 0.95
) -> Concentration:
    """Measure the concentration of values, with intervals for customers drawn at random.

    The standard error of a share of revenue is that of a Lorenz ordinate (Beach & Davidson
    1983, *Rev. Economic Studies* 50, 723-735), that of the Gini index Davidson's (2009,
    *J. Econometrics* 150, 30-40, eq. 10-11). Intervals are built on the scale of the logit, so
    that they stay within 0 and 1. That of `bringers` holds all parts of the customers whose
    share of the revenue cannot be told from `part` (a test turned around, as Woodruff 1952
    does for quantiles). A heavy tail makes them too narrow: of 95 % intervals of 600 customers
    94 % held for lognormal spend with sigma 1, but 88 to 91 % with sigma 1.5.

    Parameters
    ----------
    values : array-like
        What each customer paid, at least 0; one element a customer.
    top, part, level : float
        Between 0 and 1.

    Returns
    -------
    Concentration

    Raises
    ------
    DataError
        If nobody paid anything, or a value is negative or not finite.
    """
    ordered = np.sort(np.asarray(values, np.float64))
    if not (len(ordered) and np.isfinite(ordered).all() and ordered[0] >= 0):
        raise DataError("concentration: values must be finite, at least 0, and not none at all")
    if ordered[-1] == 0:
        raise DataError("concentration: nobody paid anything, so there is nothing to share out")
    ordered /= ordered.mean()  # what follows has no unit, and no overflow
    z = _z(level)
    share, error = _top_shares(ordered)
    rank = max(math.ceil(top * len(ordered) * (1.0 - 1e-12)), 1)
    return Concentration(
        customers=len(ordered),
        top=top,
        top_share=_logit_interval(float(share[rank - 1]), float(error[rank - 1]), z),
        part=part,
        bringers=_bringers(share, error, part, z),
        gini=_gini(ordered, z),
        level=level,
    )


def _z(level: float) -> float:
    from statistics import NormalDist

    return NormalDist().inv_cdf(0.5 + level / 2.0)


def _top_shares(ordered: Floats) -> tuple[Floats, Floats]:
    """Share of revenue of the best 1, 2, ..., n, and its standard error; the mean is 1.

    The share of the best k customers is ``(sum of max(x - b, 0) + k b) / n`` with b the k-th
    largest; a customer's influence on it is ``max(x - b, 0) - share * x`` but for a constant.
    """
    best = ordered[::-1]
    n = len(best)
    count = np.arange(1, n + 1)
    sums, squares = np.cumsum(best), np.cumsum(best * best)
    share = sums / sums[-1]
    # moments of e = max(x - b, 0) over all customers, and its product with x
    mean = (sums - count * best) / n
    square = (squares - 2.0 * best * sums + count * best * best) / n
    product = (squares - best * sums) / n
    spread = squares[-1] / n - 1.0
    variance = square - mean * mean - 2.0 * share * (product - mean) + share * share * spread
    return share, np.sqrt(np.maximum(variance, 0.0) / max(n - 1, 1))


def _logit_interval(value: float, error: float, z: float) -> Share:
    if not 0.0 < value < 1.0:
        return Share(value, None, None)
    centre, half = math.log(value / (1.0 - value)), z * error / (value * (1.0 - value))
    low, high = (1.0 / (1.0 + math.exp(-min(max(centre + s, -700), 700))) for s in (-half, half))
    return Share(value, low, high)


def _bringers(share: Floats, error: Floats, part: float, z: float) -> Share:
    n = len(share)
    needed = int(np.searchsorted(share, part * (1.0 - 1e-12))) + 1
    alike = np.flatnonzero(np.abs(share - part) <= z * error) + 1
    low, high = (min(alike[0], needed), max(alike[-1], needed)) if len(alike) else (needed, needed)
    return Share(needed / n, float(low) / n, float(high) / n)


def _gini(ordered: Floats, z: float) -> Share:
    n = len(ordered)
    weighted = (2.0 * np.arange(1, n + 1) - 1.0) / n * ordered
    index = max(float(weighted.mean()) - 1.0, 0.0)
    influence = weighted - (index + 1.0) * ordered - np.cumsum(ordered) * (2.0 / n)
    error = float(influence.std()) / math.sqrt(max(n - 1, 1))
    return _logit_interval(index, error, z)
