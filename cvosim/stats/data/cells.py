"""Columns of a data frame as numbers, labels and days; the first bad cell pointed at."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.data.days import NO_DAY_NUMBER
from cvosim.stats.data.source import Source
from cvosim.tables.columns import Floats

_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "-"})
_TRUTH = {"true": 1.0, "yes": 1.0, "false": 0.0, "no": 0.0}


def numbers(source: Source, name: str, series: Any) -> Floats:
    """Turn a column into floats, NaN for a missing value.

    Parameters
    ----------
    source : Source
        For messages.
    name : str
        The column's.
    series : narwhals Series
        Numbers, truth values, or text that says numbers.

    Raises
    ------
    DataError
        At the first cell that is neither a number nor missing, or is infinite.
    """
    import narwhals as nw

    if series.dtype == nw.Boolean() or series.dtype.is_numeric():
        found = _floats(series)
    elif series.dtype in (nw.String(), nw.Categorical(), nw.Object()):
        found = _parsed(source, name, series)
    else:
        raise DataError(f"{source.name}: {name}: holds {series.dtype}, not numbers")
    endless = np.flatnonzero(np.isinf(found))
    if len(endless):
        raise DataError(f"{source.name}: {source.place(int(endless[0]))}: {name}: is infinite")
    return found


def _floats(series: Any) -> Floats:
    """Turn numbers of any width into floats; Arrow would refuse a whole one beyond 2**53."""
    import narwhals as nw
    import pyarrow as pa

    try:
        return np.asarray(series.cast(nw.Float64()).to_numpy(), np.float64)
    except pa.ArrowInvalid:
        return np.asarray(series.to_numpy(), np.float64)


def _parsed(source: Source, name: str, series: Any) -> Floats:
    """Read numbers from text, each different text once."""
    codes, texts = _coded(series)
    values = np.array([_number(str(text)) for text in texts])
    bad = np.flatnonzero(np.isposinf(values))
    if len(bad):
        row = int(np.flatnonzero(np.isin(codes, bad))[0])
        more = int(np.isin(codes, bad).sum()) - 1
        raise DataError(
            f"{source.name}: {source.place(row)}: {name}: {str(texts[codes[row]])!r} is no number"
            + (f" (and {more:,} more)" if more else "")
        )
    return values[codes]


def _number(text: str) -> float:
    """Read one number; NaN for a missing one, inf for what is none."""
    word = text.strip().casefold()
    if word in _MISSING:
        return math.nan
    if word in _TRUTH:
        return _TRUTH[word]
    try:
        value = float(word)
    except ValueError:
        return math.inf
    return value if math.isfinite(value) else math.inf


def labels(series: Any) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Number the different labels of a column in sorted order; a missing one is ``""``."""
    codes, texts = _coded(series, sort=True)
    return codes, tuple(str(text) for text in texts)


def _coded(series: Any, *, sort: bool = False) -> tuple[NDArray[np.int64], NDArray[Any]]:
    """Number the different trimmed texts of a column of any kind; a missing value is ``""``."""
    import narwhals as nw
    import pandas as pd

    words = series.cast(nw.String()).fill_null("").str.strip_chars()
    # pandas before 3 writes a missing number as "nan"
    words = np.where(series.is_null().to_numpy(), "", np.asarray(words.to_numpy(), object))
    codes, texts = pd.factorize(words, sort=sort)
    return codes.astype(np.int64), np.asarray(texts, object)


def days(source: Source, name: str, series: Any) -> Floats:
    """Turn a column of dates, times or day numbers into days, NaN for a missing value.

    Dates count from 1970-01-01; times without a zone are taken as they stand.

    Raises
    ------
    DataError
        At the first cell that is no date.
    """
    import narwhals as nw
    import pandas as pd

    if series.dtype.is_numeric():
        return numbers(source, name, series)
    codes, texts = _coded(series)
    counted = np.array([_number(str(text)) for text in texts])
    if (counted < NO_DAY_NUMBER).any() and not (counted >= NO_DAY_NUMBER).any():
        return counted[codes]
    words = pd.Series(texts, dtype="str")
    parsed = pd.to_datetime(words.mask(words == ""), format="ISO8601", utc=True, errors="coerce")
    bad = (parsed.isna() & (words != "")).to_numpy()
    if bad.any() and series.dtype in (nw.String(), nw.Object(), nw.Categorical()):
        row = int(np.flatnonzero(bad[codes])[0])
        raise DataError(
            f"{source.name}: {source.place(row)}: {name}: {str(texts[codes[row]])!r} is no date; "
            "write it as 2026-09-30 or 2026-09-30 14:05"
        )
    stamps = parsed.dt.tz_localize(None).to_numpy().astype("datetime64[us]")
    whole = stamps.astype(np.int64) / 86_400e6
    found: Floats = np.where(np.isnat(stamps), np.nan, whole)[codes]
    return found
