"""Calendar days as whole numbers: what an order log is counted in."""

from __future__ import annotations

import re
from datetime import date, timedelta
from numbers import Integral

from cvosim.errors import DataError

EPOCH = date(1970, 1, 1)
_FIRST, _BEYOND = (date(1900, 1, 1) - EPOCH).days, (date(2200, 1, 1) - EPOCH).days
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
    if isinstance(value, date) and str(value) != "NaT":  # pandas' NaT is a date, too
        return (date(value.year, value.month, value.day) - EPOCH).days
    text = value.strip() if isinstance(value, str) else ""
    if not _DAY.fullmatch(text):
        raise DataError(f"{what}: {value!r} is not a date; write it as 1997-09-30 or 19970930")
    try:
        return (date.fromisoformat(text) - EPOCH).days
    except ValueError:
        raise DataError(f"{what}: there is no such day as {value!r}") from None


def day_number(value: str | date | int, what: str = "date") -> int:
    """Turn a date into its number, or take a number as it is.

    Parameters
    ----------
    value : str, datetime.date or int
        ``1997-09-30`` or ``19970930``, or days since 1970-01-01.
    what : str
        What the error message calls it.

    Raises
    ------
    DataError
        If it is none of these, or no day from 1900 to 2199.

    Examples
    --------
    >>> day_number("1970-01-31"), day_number(30)
    (30, 30)
    """
    given: object = value  # numpy's whole numbers are no int
    whole = isinstance(given, Integral) and not isinstance(given, bool)
    day = int(value) if whole else parse_day(value, what)  # type: ignore[arg-type]
    if not _FIRST <= day < _BEYOND:
        words = "is no day from 1900 to 2199; write it as '1997-09-30'"
        raise DataError(f"{what}: {value!r} {words}, or in days since 1970-01-01")
    return day


def format_day(day: int) -> str:
    """Write a day number as an ISO date; one that no calendar reaches stays a number.

    Parameters
    ----------
    day : int
        Days since 1970-01-01.

    Examples
    --------
    >>> format_day(30)
    '1970-01-31'
    """
    try:
        return (EPOCH + timedelta(days=int(day))).isoformat()
    except OverflowError:
        return f"day {int(day):,}"
