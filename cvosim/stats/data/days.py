"""The day on which data end: a number of days, or a date."""

from __future__ import annotations

from cvosim.errors import DataError

NO_DAY_NUMBER = 1e6
"""From here on a number is a date without signs, such as 20260930, not a count of days."""


def parse_day(text: str | float, name: str = "until") -> float:
    """Read the end of a day.

    Parameters
    ----------
    text : str or float
        A number of days, in the data's own count; or a date, whose day counts whole.
    name : str
        What is read, for messages.

    Returns
    -------
    float
        Days; of a date since 1970-01-01, up to its end.

    Raises
    ------
    DataError
        If it is neither.

    Examples
    --------
    >>> parse_day("300"), parse_day("1970-01-31")
    (300.0, 31.0)
    """
    import pandas as pd

    try:
        number = float(text)
    except ValueError:
        number = NO_DAY_NUMBER
    if number < NO_DAY_NUMBER:
        return number
    stamp = pd.to_datetime(str(text), format="ISO8601", utc=True, errors="coerce")
    if pd.isna(stamp):
        raise DataError(f"{name}: {text!r} is no date; write it as 2026-09-30")
    return float(stamp.value) / 86_400e9 + 1.0
