"""Numbers as people read them: digits by unit, and an interval beside an estimate."""

from __future__ import annotations

import math
from collections.abc import Iterable

Z95 = 1.959963984540054
"""Half-width of a 95 % normal interval in standard errors."""

COUNTS = frozenset({"customers", "orders", "recoveries", "bills"})
UNKNOWN = "n/a"
CENT = 0.01


def number(value: float, unit: str, like: float | Iterable[float] | None = None) -> str:
    """Write a value with the digits that its unit deserves.

    Parameters
    ----------
    value : float
        NaN and infinity become ``n/a``.
    unit : str
        ``share`` becomes a percentage; things that are counted have no decimals when they
        are whole; money has two unless it is less than a cent; anything else is days or a ratio.
    like : float or iterable of floats, optional
        Values that stand beside this one: the number of decimals is that of the largest.

    Returns
    -------
    str

    Examples
    --------
    >>> number(0.0612, "share"), number(22431.0, "customers"), number(1234.5, "USD")
    ('6.12 %', '22,431', '1,234.50')
    >>> number(1.25, "orders"), number(-0.004, "USD"), number(float("nan"), "USD")
    ('1.25', '-0.0040', 'n/a')
    >>> number(70.18, "recoveries", like=1299.0), number(0.0023, "USD", like=[2.39, 2.40])
    ('70', '0.00')
    """
    beside = value if like is None else like
    several = (beside,) if isinstance(beside, (int, float)) else beside
    known = [x for x in several if math.isfinite(x)]
    if not math.isfinite(value) or not known:
        return UNKNOWN
    largest = max(map(abs, known))
    if unit == "share":
        return f"{_unsigned_zero(100 * value, _decimals(100 * largest))} %"
    if unit in COUNTS and all(x == round(x) for x in known):
        return _unsigned_zero(value, 0)
    is_money = len(unit) == 3 and unit.isupper()
    return _unsigned_zero(value, 2 if is_money and largest >= CENT else _decimals(largest))


def _unsigned_zero(value: float, decimals: int) -> str:
    """Write a number; what rounds to nothing has no sign."""
    text = f"{value:,.{decimals}f}"
    return text.removeprefix("-") if not text.strip("-0.,") else text


def percent(share: float) -> str:
    """Write a share with three digits that matter, at most two of them after the point.

    Examples
    --------
    >>> percent(0.25), percent(0.0123), percent(0.00456)
    ('25.0 %', '1.2 %', '0.46 %')
    """
    return f"{100 * share:.1f} %" if share >= 0.01 or share == 0 else f"{100 * share:.2f} %"


def signed(value: float, unit: str, like: float | Iterable[float] | None = None) -> str:
    """Write a difference: the same digits, always with a sign; shares in percentage points.

    Examples
    --------
    >>> signed(0.002, "share"), signed(-3.0, "orders"), signed(-3.4, "orders", like=5.0)
    ('+0.20 pp', '-3', '-3')
    """
    text = number(value, unit, like).replace(" %", " pp")
    return text if text == UNKNOWN or text.startswith("-") else f"+{text}"


def money(value: float, currency: str, like: float | None = None) -> str:
    """Write an amount with its currency in front, whole once it is large.

    Parameters
    ----------
    value : float
        How much.
    currency : str
        Of what.
    like : float, optional
        Take the number of decimals from this amount, which stands beside it.

    Examples
    --------
    >>> money(26.6, "USD"), money(266004.4, "EUR"), money(-3.5, "USD"), money(0.0123, "USD")
    ('USD 26.60', 'EUR 266,004', '−USD 3.50', 'USD 0.012')
    >>> money(-246.57, "USD", like=6125.4)
    '−USD 247'
    """
    size = abs(value if like is None else like)
    digits = 0 if size >= 1000 else _decimals(size)
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{currency} {abs(value):,.{digits}f}"


def _decimals(value: float) -> int:
    """Two decimals; up to five for small values, so that two digits that matter remain."""
    if value == 0 or abs(value) >= 0.1:
        return 2
    return min(5, 1 - math.floor(math.log10(abs(value))))
