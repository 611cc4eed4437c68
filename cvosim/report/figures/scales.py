"""Round numbers to write beside axes: few, since each costs time to draw."""

from __future__ import annotations

import math
from itertools import pairwise


def round_steps(low: float, high: float, most: int = 6) -> list[float]:
    """Multiples of 1, 2, 2.5 or 5 times a power of ten from ``low`` to ``high``, a few of them.

    Examples
    --------
    >>> round_steps(-3.2, 11.0), round_steps(0.0, 1.0)
    ([0.0, 5.0, 10.0], [0.0, 0.2, 0.4, 0.6, 0.8, 1.0])
    """
    span = high - low
    if not (math.isfinite(span) and span > 0):
        return [low] if math.isfinite(low) else []
    power = 10.0 ** math.floor(math.log10(span / most))
    step = next(power * k for k in (1, 2, 2.5, 5, 10, 20) if span / (power * k) <= most - 1)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    digits = max(0, 2 - math.floor(math.log10(step)))
    return [round(step * k, digits) + 0.0 for k in range(first, last + 1)]


def money_marks(low: float, high: float) -> tuple[list[float], list[str]]:
    """Round amounts, and how they are written: with as many decimals as their step needs.

    Examples
    --------
    >>> money_marks(-0.2, 0.3)
    ([-0.2, -0.1, 0.0, 0.1, 0.2, 0.3], ['−0.2', '−0.1', '0.0', '0.1', '0.2', '0.3'])
    """
    places = round_steps(low, high)
    step = min((b - a for a, b in pairwise(places)), default=1.0)
    decimals = next((k for k in range(9) if abs(step * 10**k - round(step * 10**k)) < 1e-6), 9)
    return places, [f"{place:,.{decimals}f}".replace("-", "\N{MINUS SIGN}") for place in places]


def whole_marks(high: float) -> list[float]:
    """Marks from 0 to ``high`` days: months and quarters where there are some.

    Examples
    --------
    >>> whole_marks(365.0), whole_marks(40.0)
    ([0.0, 90.0, 180.0, 270.0, 365.0], [0.0, 10.0, 20.0, 30.0, 40.0])
    """
    steps = (1.0, 2.0, 5.0, 10.0, 15.0, 30.0, 60.0, 90.0, 180.0, 365.0, 730.0, 1825.0, 3650.0)
    step = next((one for one in steps if high / one < 6), high / 5)
    places = [step * k for k in range(int(high / step + 1e-9) + 1)]
    if high - places[-1] > 0.5 * step:
        return [*places, high]
    return [*places[:-1], high] if len(places) > 1 else [0.0, high]
