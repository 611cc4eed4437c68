"""Calendar days as whole numbers: what an order log is counted in."""

from __future__ import annotations

import re
from datetime import date, timedelta

from cvosim.errors import DataError

EPOCH = date(1970, 1, 1)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}|\d{8}")


def parse_day(value: str | date, what: str = "date") -> int:
    """Turn a date into the number of days since 1970-01-01.

    Parameters
    ----------
    value : str or datetime.date
        ``1997-09-30`` or ``19970930``.
    what : str
        What the error message calls it.

    Returns
    -------
    int
        Days; negative before 1970.

    Raises
    ------
    DataError
        If it is neither form, or no such day exists.

    Examples
    --------
    >>> parse_day("1970-01-31")
    30
    """
    if isinstance(value, date):
        return (date(value.year, value.month, value.day) - EPOCH).days
    text = value.strip()
    if not _DAY.fullmatch(text):
        raise DataError(f"{what}: {value!r} is not a date; write it as 1997-09-30 or 19970930")
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise DataError(f"{what}: there is no such day as {value!r}") from None


def format_day(day: int) -> str:
    """Write a day number as an ISO date.

    Parameters
    ----------
    day : int
        Days since 1970-01-01.

    Examples
    --------
    >>> format_day(30)
    '1970-01-31'
    """
    return (EPOCH + timedelta(days=int(day))).isoformat()
