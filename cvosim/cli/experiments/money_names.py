"""Columns that are money, by their names."""

from __future__ import annotations

import re

MONEY = re.compile(
    r"revenue|spend|spent|contribution|amount|value|profit|margin|clv|ltv|sales|paid|cost|price",
    re.IGNORECASE,
)
"""Names of columns that are money unless somebody says otherwise."""


def is_money(column: str) -> bool:
    """Tell whether a column's name says that it holds money.

    Examples
    --------
    >>> is_money("Net_Spend"), is_money("visits")
    (True, False)
    """
    return MONEY.search(column) is not None
