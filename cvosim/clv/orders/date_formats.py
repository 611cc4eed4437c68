"""Dates as people write them: days before months, two-digit years, months by name."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from cvosim.errors import DataError

_SAMPLE = datetime(2023, 11, 28, 15, 40, 50, tzinfo=UTC)
_DAYS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d", "%Y.%m.%d"),
    *("%Y-%m-%d", "%d.%m.%y", "%d/%m/%y", "%m/%d/%y", "%d-%m-%y", "%m-%d-%y", "%d %b %Y"),
    *("%d %B %Y", "%d-%b-%Y", "%d-%b-%y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%d. %B %Y"),
)
_TIMES = (
    *("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p", ", %H:%M", ", %H:%M:%S"),
    *("T%H:%M:%S", " %H:%M:%S.%f", " %H:%M %z", " %H:%M:%S %z"),
)
_ENOUGH = 5000
"""Different dates by which to tell one format from another."""


def check_format(pattern: str) -> None:
    """Refuse a format that does not say which day it is.

    Raises
    ------
    DataError
        If it is no strptime format, or lacks the day, the month or the year.

    Examples
    --------
    >>> check_format("%d.%m.%Y")
    """
    try:
        back = datetime.strptime(_SAMPLE.strftime(pattern), pattern)
        good = back.date() == _SAMPLE.date() and _parsed([_SAMPLE.strftime(pattern)], pattern) == 1
    except ValueError:
        good = False
    if not good:
        raise DataError(
            f"date format: {pattern!r} does not give day, month and year; "
            "write one such as %d.%m.%Y for 28.11.2023"
        )


def example(pattern: str) -> str:
    """Write a day in a format.

    Examples
    --------
    >>> example("%d.%m.%Y")
    '28.11.2023'
    """
    return _SAMPLE.strftime(pattern)


def format_to_try(texts: Sequence[str], bad: str, good: int) -> str:
    """Say which format understands more of the dates than were understood.

    Parameters
    ----------
    texts : sequence of str
        The different dates of a file.
    bad : str
        One that was not understood.
    good : int
        How many of the dates were.

    Returns
    -------
    str
        What to write; empty if no usual format does better.

    Examples
    --------
    >>> format_to_try(["06.02.2023", "28.11.2023"], "06.02.2023", 0)
    'read it with --date-format %d.%m.%Y (in Python date_format=)'
    """
    some = texts if len(texts) <= _ENOUGH else [bad, *texts[: _ENOUGH - 1]]
    fitting = list(_fitting(bad))
    counts = [_parsed(some, pattern) for pattern in fitting]
    most = max(counts, default=0)
    if most <= min(good, len(some) - 1):
        return ""
    best, *more = (pattern for pattern, count in zip(fitting, counts, strict=True) if count == most)
    said = f"read it with --date-format {_quoted(best)} (in Python date_format=)"
    for other, text in itertools.product(more, some):
        one, two = _day(text, best), _day(text, other)
        if one != two:
            return f"{said} if {text!r} is {one}, or {_quoted(other)} if it is {two}"
    return said


def _fitting(text: str) -> Iterable[str]:
    """The usual formats in which a text is a date."""
    for day, time in itertools.product(_DAYS, _TIMES):
        try:
            datetime.strptime(text, day + time)
        except ValueError:
            continue
        yield day + time


def _day(text: str, pattern: str) -> str:
    """Write the day that a text means in words; empty if it is no such date."""
    try:
        found = datetime.strptime(text, pattern)
    except ValueError:
        return ""
    return f"{found.day} {found:%B %Y}"


def _quoted(pattern: str) -> str:
    return f'"{pattern}"' if " " in pattern else pattern


def parse(texts: Any, pattern: str) -> Any:
    """Turn texts into moments of UTC, as a pandas series; what is no date becomes NaT.

    Examples
    --------
    >>> parse(["28.11.2023", "soon"], "%d.%m.%Y").notna().tolist()
    [True, False]
    """
    import pandas as pd

    words = pd.Series(texts, dtype="str")
    return pd.to_datetime(words, format=pattern, utc=True, errors="coerce")


def _parsed(texts: Sequence[str], pattern: str) -> int:
    return int(parse(texts, pattern).notna().sum())
