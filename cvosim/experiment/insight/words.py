"""Amounts and lists as people write them."""

from __future__ import annotations

import math
from collections.abc import Sequence

UNITS = ("share", "customers", "orders", "ratio", "days", "recoveries", "bills", "orders/year")
Z = 1.959963984540054
MINUS = "\N{MINUS SIGN}"


def amount(value: float, unit: str, *, sign: bool = False) -> str:
    """Write a number with its unit: money with the currency in front, shares as percentages.

    Examples
    --------
    >>> amount(5.571, "USD"), amount(-5.571, "USD", sign=True), amount(111440.2, "USD")
    ('USD 5.57', '−USD 5.57', 'USD 111,440')
    >>> amount(0.0123, "share", sign=True), amount(2.5, "orders")
    ('+1.23 pp', '2.50 orders')
    """
    if not math.isfinite(value):
        return "unknown"
    before = MINUS if value < 0 else "+" if sign else ""
    size = abs(value)
    if unit == "share":
        return f"{before}{_digits(100 * size)} {'pp' if sign else '%'}"
    if unit in UNITS or unit == "points":
        return f"{before}{_digits(size)} {unit}" if unit != "ratio" else f"{before}{_digits(size)}"
    return f"{before}{unit} {_digits(size)}"


def minus(text: str) -> str:
    """Write a number's sign as amounts have it.

    Examples
    --------
    >>> minus(f"{-7.2:+.1f} %")
    '−7.2 %'
    """
    return text.replace("-", MINUS)


def _digits(size: float) -> str:
    if size >= 1000.0:
        return f"{size:,.0f}"
    if size >= 0.095 or size == 0.0:
        return f"{size:.2f}"
    return f"{size:.{min(6, 1 - math.floor(math.log10(size)))}f}"


def listed(words: Sequence[str]) -> str:
    """Join words as in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"]), listed(["a"])
    ('a, b and c', 'a')
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


def counted(count: float, noun: str) -> str:
    """Write how many of a thing, rounded up to two digits where it is no whole number.

    Examples
    --------
    >>> counted(1, "prospect"), counted(20000, "prospect"), counted(12345.6, "customer")
    ('1 prospect', '20,000 prospects', '13,000 customers')
    """
    if count != round(count):
        step = 10 ** max(0, math.floor(math.log10(count)) - 1)
        count = math.ceil(count / step) * step
    return f"1 {noun}" if count == 1 else f"{count:,.0f} {noun}s"


def significant(value: float, error: float) -> bool:
    """Whether a normal 95 % interval excludes 0; a value without error is certain."""
    return math.isfinite(error) and abs(value) > Z * error
