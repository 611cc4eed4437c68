"""Quantiles in closed form: which value lies above a given part of a law."""

from __future__ import annotations

from math import erfc, inf, sqrt
from statistics import NormalDist

_STANDARD = NormalDist()
_LEAST = 2.0**-1074


def normal_quantile(u: float) -> float:
    """Return the quantile of the standard normal law (Wichura 1988, algorithm AS 241).

    Parameters
    ----------
    u : float
        Strictly between 0 and 1.

    Examples
    --------
    >>> round(normal_quantile(0.975), 6)
    1.959964
    """
    return _STANDARD.inv_cdf(u)


def cut_normal_quantile(u: float, low: float = -inf, high: float = inf) -> float:
    """Return the quantile of a standard normal law without what lies outside two bounds.

    ``Phi^-1(Phi(low) + u (Phi(high) - Phi(low)))``; what lies above 0 is mirrored, because
    floats tell small probabilities apart and not those close to 1 (Robert 1995, section 1).

    Examples
    --------
    >>> round(cut_normal_quantile(0.5, low=0.0), 6)
    0.67449
    >>> cut_normal_quantile(0.5, -1.0, 1.0)
    0.0
    """
    if low > 0:
        return -cut_normal_quantile(1.0 - u, -high, -low)
    below, above = _probability(low), _probability(high)
    part = below + u * (above - below)
    if high <= 0 or part <= 0.5:
        found = _STANDARD.inv_cdf(min(max(part, _LEAST), 1.0 - 2.0**-53))
    else:  # count from above: 1 - part without the loss
        rest = _probability(-high) + (1.0 - u) * (above - below)
        found = -_STANDARD.inv_cdf(max(rest, _LEAST))
    return min(max(found, low), high)


def _probability(z: float) -> float:
    return 0.5 * erfc(-z / sqrt(2.0))


def triangular_quantile(u: float, low: float, mode: float, high: float) -> float:
    """Return the quantile of a triangular law (Kotz & van Dorp 2004, equation 1.6).

    Examples
    --------
    >>> triangular_quantile(0.5, 0.0, 1.0, 2.0)
    1.0
    """
    width = high - low
    turn = (mode - low) / width
    if u <= turn:
        return low + sqrt(u * turn) * width
    return high - sqrt((1.0 - u) * (1.0 - turn)) * width
