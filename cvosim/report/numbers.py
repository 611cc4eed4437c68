"""Numbers as people read them: digits by unit, and an interval beside an estimate."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

Z95 = 1.959963984540054
"""Half-width of a 95 % normal interval in standard errors."""

COUNTS = frozenset({"customers", "orders", "recoveries", "bills"})
MONEY = "money"
UNKNOWN = "n/a"
CENT = 0.01


def kind_of(unit: str) -> str:
    """Tell what kind of thing a unit measures: money, if it is no unit of the catalogue.

    A currency may be any word or sign, so its look tells nothing.

    Examples
    --------
    >>> kind_of("days"), kind_of("USD"), kind_of("euros")
    ('days', 'money', 'money')
    """
    from cvosim.metrics.registry import UNITS  # needs numpy, which most of this module does not

    return unit if unit in UNITS else MONEY


def number(value: float, kind: str, like: float | Iterable[float] | None = None) -> str:
    """Write a value with the digits that its kind deserves.

    Parameters
    ----------
    value : float
        NaN and infinity become ``n/a``.
    kind : str
        As `kind_of` gives it: ``share`` becomes a percentage; things that are counted have no
        decimals when they are whole; ``money`` has two unless it is less than a cent; anything
        else is days or a ratio.
    like : float or iterable of floats, optional
        Values that stand beside this one: the number of decimals is that of the largest.

    Returns
    -------
    str

    Examples
    --------
    >>> number(0.0612, "share"), number(22431.0, "customers"), number(1234.5, "money")
    ('6.12 %', '22,431', '1,234.50')
    >>> number(1.25, "orders"), number(-0.004, "money"), number(float("nan"), "money")
    ('1.25', '-0.0040', 'n/a')
    >>> number(70.18, "recoveries", like=1299.0), number(0.0023, "money", like=[2.39, 2.40])
    ('70', '0.00')
    """
    beside = value if like is None else like
    several = (beside,) if isinstance(beside, (int, float)) else beside
    known = [x for x in several if math.isfinite(x)]
    if not math.isfinite(value) or not known:
        return UNKNOWN
    largest = max(map(abs, known))
    if kind == "share":
        return f"{_unsigned_zero(100 * value, _decimals(100 * largest))} %"
    if kind in COUNTS and all(x == round(x) for x in known):
        return _unsigned_zero(value, 0)
    return _unsigned_zero(value, _money_decimals(largest) if kind == MONEY else _decimals(largest))


def adding_up(parts: Sequence[float], total: float) -> list[float]:
    """Round amounts of money so that they add up to their rounded total.

    Each is rounded to the decimals of money beside the largest; what is then missing or too
    much goes, a unit of the last decimal each, to those whose rounding erred most in that
    direction (the method of largest remainders). Turning all signs turns the results' signs.

    Parameters
    ----------
    parts : sequence of float
        That add up to ``total`` but for floating-point error.
    total : float
        Rounded as it would be by itself.

    Returns
    -------
    list of float
        The parts, then the total; as they came where one of them is not known.

    Examples
    --------
    >>> adding_up([-10.2068, -4.6115, 4.2845, 5.4714], -5.0624)
    [-10.21, -4.61, 4.29, 5.47, -5.06]
    """
    values = [*parts, total]
    if not all(map(math.isfinite, values)):
        return values
    scale = 10 ** _money_decimals(max(map(abs, values)))
    whole = [round(value * scale) for value in values]
    missing = whole[-1] - sum(whole[:-1])
    if abs(missing) > len(parts):  # no parts of this total: nothing to settle
        return [units / scale for units in whole]
    step = 1 if missing > 0 else -1
    rest = [step * (value * scale - units) for value, units in zip(parts, whole, strict=False)]
    for place in sorted(range(len(parts)), key=rest.__getitem__, reverse=True)[: abs(missing)]:
        whole[place] += step
    return [units / scale for units in whole]


def _money_decimals(largest: float) -> int:
    return 2 if largest >= CENT else _decimals(largest)


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


def signed(value: float, kind: str, like: float | Iterable[float] | None = None) -> str:
    """Write a difference: the same digits, always with a sign; shares in percentage points.

    Examples
    --------
    >>> signed(0.002, "share"), signed(-3.0, "orders"), signed(-3.4, "orders", like=5.0)
    ('+0.20 pp', '-3', '-3')
    """
    text = number(value, kind, like).replace(" %", " pp")
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

    Returns
    -------
    str
        ``n/a`` for what is not finite.

    Examples
    --------
    >>> money(26.6, "USD"), money(266004.4, "EUR"), money(-3.5, "USD"), money(0.0123, "USD")
    ('USD 26.60', 'EUR 266,004', '−USD 3.50', 'USD 0.012')
    >>> money(-246.57, "USD", like=6125.4)
    '−USD 247'
    """
    if not math.isfinite(value):
        return UNKNOWN
    size = abs(like if like is not None and math.isfinite(like) else value)
    digits = 0 if size >= 1000 else _decimals(size)
    sign = "\N{MINUS SIGN}" if value < 0 else ""
    return f"{sign}{currency} {abs(value):,.{digits}f}"


def signed_money(value: float, currency: str, like: float | None = None) -> str:
    """Write a difference of money: as `money` does, always with a sign.

    Examples
    --------
    >>> signed_money(26.6, "USD"), signed_money(-3.5, "USD"), signed_money(0.0, "USD")
    ('+USD 26.60', '−USD 3.50', '+USD 0.00')
    """
    text = money(value, currency, like)
    return f"+{text}" if value >= 0 and text != UNKNOWN else text


def amount(value: float, kind: str, currency: str, like: float | None = None) -> str:
    """Write a value by its kind: money with its currency.

    Examples
    --------
    >>> amount(26.6, "money", "USD"), amount(0.0612, "share", "USD")
    ('USD 26.60', '6.12 %')
    """
    return money(value, currency, like) if kind == MONEY else number(value, kind, like)


def change(value: float, kind: str, currency: str, like: float | None = None) -> str:
    """Write a difference by its kind: money with its currency, always with a sign.

    Examples
    --------
    >>> change(26.6, "money", "USD"), change(-0.0612, "share", "USD")
    ('+USD 26.60', '-6.12 pp')
    """
    return signed_money(value, currency, like) if kind == MONEY else signed(value, kind, like)


def interval(
    low: float,
    high: float,
    kind: str,
    like: float | Iterable[float] | None = None,
    *,
    endless: str = "",
) -> str:
    """Write an interval of a difference, its unit once.

    Parameters
    ----------
    low, high : float
        Its ends.
    kind : str
        As `kind_of` gives it.
    like : float or iterable of floats, optional
        Values that stand beside it; see `number`.
    endless : str, optional
        Word for an end that is infinite; without one such an interval is ``n/a``.

    Examples
    --------
    >>> interval(-0.01, 0.02, "share"), interval(1.0, math.inf, "money")
    ('-1.00 to +2.00 pp', 'n/a')
    >>> interval(1.0, math.inf, "money", endless="any")
    '+1.00 to any'
    """
    ends = [
        endless if endless and not math.isfinite(end) else signed(end, kind, like)
        for end in (low, high)
    ]
    return UNKNOWN if UNKNOWN in ends else f"{ends[0].removesuffix(' pp')} to {ends[1]}"


def p_text(p: float) -> str:
    """Write a p-value.

    Examples
    --------
    >>> p_text(0.0412), p_text(1.2e-7), p_text(float("nan"))
    ('0.041', '1.2e-07', '-')
    """
    if math.isnan(p):
        return "-"
    return f"{p:.2g}" if p < 0.1 else f"{p:.2f}"


def digits(value: float | None, count: int) -> str:
    """Write so many digits that matter of a number that may not be known.

    Examples
    --------
    >>> digits(0.123456, 3), digits(None, 3)
    ('0.123', 'n/a')
    """
    return UNKNOWN if value is None or math.isnan(value) else f"{value:.{count}g}"


def _decimals(value: float) -> int:
    """Two decimals; up to five for small values, so that two digits that matter remain."""
    if value == 0 or abs(value) >= 0.1:
        return 2
    return min(5, 1 - math.floor(math.log10(abs(value))))
