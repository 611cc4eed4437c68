"""Columns of an order file turned into numbers, or the first bad cell of each pointed at."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders import date_formats, money
from cvosim.clv.orders.days import format_day, parse_day
from cvosim.clv.orders.log import NONE, Attribute
from cvosim.errors import DataError
from cvosim.tables.data_files import DataFile

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_DATE = (
    r"^(\d{8}|\d{4}-\d{2}-\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?)$"
)
_FIRST, _BEYOND = parse_day("1900-01-01"), parse_day("2200-01-01")
"""Days outside are not orders but placeholders such as 9999-12-31."""
_MOST = 1e15
"""Amounts of this size, or of a size below its inverse but for 0, are not money."""
_ZONED = r":\d{2}.*(Z|[+-]\d{2}:?\d{2})$"
"""A date with a time and the zone of it."""
_NO_CUSTOMER = "is empty; write whose order it is, or remove the row"
_NO_DATE = "is empty; write the day of the order, or remove the row"
_NO_AMOUNT = "is empty; write 0, or remove the row"


@dataclass(frozen=True)
class Place:
    """Where in a file a bad value stands."""

    file: DataFile
    column: str

    def refuse(self, bad: NDArray[np.bool_], say: Callable[[int], str]) -> None:
        """Raise the first bad row's message, if there is one, and count the others."""
        rows = np.flatnonzero(bad)
        if len(rows):
            where = f"{self.file.source}: {self.file.place(int(rows[0]))}: {self.column}"
            more = f" (and {len(rows) - 1:,} more)" if len(rows) > 1 else ""
            raise DataError(f"{where}: {say(int(rows[0]))}{more}")

    def wrong_kind(self, found: object, expected: str) -> DataError:
        """Say that a whole column holds something else."""
        return DataError(f"{self.file.source}: {self.column}: holds {found}, not {expected}")


def flat(column: Any) -> Any:
    """Make one Arrow array of a column, text trimmed; a dictionary becomes its text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_string(column.type) or pa.types.is_large_string(column.type):
        column = pc.utf8_trim_whitespace(column.cast(pa.large_string()))
    return column.combine_chunks()


def _mask(array: Any) -> NDArray[np.bool_]:
    """Turn an Arrow array of truth values, none of them missing, into numpy."""
    return np.asarray(array.to_numpy(zero_copy_only=False), np.bool_)


def _text(column: Any) -> Any:
    """Turn a column into text, missing values into empty text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.fill_null(column.cast(pa.large_string()), "")


def customers(column: Any, place: Place) -> tuple[Ints, tuple[str, ...]]:
    """Give each customer a number, by first appearance."""
    codes, names = _labels(column, place, "customers")
    empty = names.index("") if "" in names else -1
    place.refuse(codes == empty, lambda _: _NO_CUSTOMER)
    return codes, names


def attribute(column: Any, place: Place) -> Attribute:
    """Give each different value a number, by first appearance; an empty cell is a value, too."""
    codes, labels = _labels(column, place, "labels")
    if "" not in labels:
        return Attribute(codes, labels)
    if NONE not in labels:
        return Attribute(codes, tuple(label or NONE for label in labels))
    same = np.arange(len(labels))  # somebody wrote what an empty cell is called
    same[labels.index("")] = labels.index(NONE)
    return Attribute(same[codes], labels)


def _labels(column: Any, place: Place, what: str) -> tuple[Ints, tuple[str, ...]]:
    """Number the different texts of a column by first appearance."""
    import pyarrow as pa

    if pa.types.is_nested(column.type):
        raise place.wrong_kind(column.type, what)
    try:
        encoded = _text(column).dictionary_encode()
    except pa.ArrowException:  # bytes that are no text, and whatever else cannot be written out
        raise place.wrong_kind(column.type, what) from None
    return np.array(encoded.indices.to_numpy(), np.int64), tuple(encoded.dictionary.to_pylist())


class Dates(NamedTuple):
    """When orders were made.

    Attributes
    ----------
    day : ndarray of int64
        Days since 1970-01-01.
    moment : ndarray of int64
        A number that two orders share if the file gives the same date and time for both.
    """

    day: Ints
    moment: Ints


def dates(column: Any, place: Place, zone: str, pattern: str | None = None) -> Dates:
    """Turn dates of any of the accepted kinds into the days of a time zone.

    Text is ISO 8601 or YYYYMMDD, or in the pattern (strptime) if there is one.
    """
    import pyarrow as pa

    kind = pa.types
    if kind.is_timestamp(column.type) or kind.is_date(column.type):
        place.refuse(_mask(column.is_null()), lambda _: _NO_DATE)
        stamps = column.to_numpy(zero_copy_only=False)
        day = _day_numbers(stamps)
        place.refuse(_outside(day), lambda row: _bad_date(format_day(day[row])))
        if kind.is_timestamp(column.type) and column.type.tz is not None:
            day = _day_numbers(_local(stamps, zone))
        return Dates(day, stamps.astype(np.int64))
    if not (kind.is_integer(column.type) or kind.is_large_string(column.type)):
        raise place.wrong_kind(column.type, "dates")
    encoded = _text(column).dictionary_encode()
    texts = encoded.dictionary
    day, good = _parsed(texts, zone) if pattern is None else _as_written(texts, zone, pattern)
    codes = np.array(encoded.indices.to_numpy(), np.int64)
    place.refuse(
        ~good[codes], lambda row: _not_understood(texts, encoded[row].as_py(), good, pattern)
    )
    return Dates(day[codes], codes)


def _parsed(texts: Any, zone: str) -> tuple[Ints, NDArray[np.bool_]]:
    """Parse distinct dates; the second array tells which of them are dates."""
    import pandas as pd
    import pyarrow.compute as pc

    texts = pc.replace_substring_regex(texts, r" ?UTC$", "Z")
    shaped = pc.match_substring_regex(texts, _DATE)
    words = pd.Series(pc.if_else(shaped, texts, None).to_pylist(), dtype="str")
    parsed = pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce")
    stamps = parsed.dt.tz_localize(None).to_numpy()
    day = _day_numbers(stamps)
    good = parsed.notna().to_numpy() & ~_outside(day)
    zoned = good & _mask(pc.match_substring_regex(texts, _ZONED))
    day[zoned] = _day_numbers(_local(stamps[zoned], zone))
    return day, good


def _as_written(texts: Any, zone: str, pattern: str) -> tuple[Ints, NDArray[np.bool_]]:
    """Parse distinct dates of a format; the second array tells which of them are dates."""
    parsed = date_formats.parse(texts.to_pylist(), pattern)
    stamps = parsed.dt.tz_localize(None).to_numpy()
    good = parsed.notna().to_numpy()
    day = _day_numbers(stamps)
    if "%z" in pattern:
        day[good] = _day_numbers(_local(stamps[good], zone))
    return day, good & ~_outside(day)


def _not_understood(texts: Any, text: str, good: NDArray[np.bool_], pattern: str | None) -> str:
    """Say what is wrong with a date, and which format to read it with if one helps."""
    tried = date_formats.format_to_try(texts.to_pylist(), text, int(good.sum())) if text else ""
    if pattern is None or not text:
        return _bad_date(text, tried)
    wanted = f"{pattern}, such as {date_formats.example(pattern)}"
    return f"{text!r} is no date from 1900 to 2199 written as {wanted}{tried and '; ' + tried}"


def _day_numbers(stamps: NDArray[np.datetime64]) -> Ints:
    """The day of each moment, without its time."""
    return np.array(stamps.astype("datetime64[D]").astype(np.int64))


def _outside(day: Ints) -> NDArray[np.bool_]:
    return (day < _FIRST) | (day >= _BEYOND)


def _local(stamps: NDArray[np.datetime64], zone: str) -> NDArray[np.datetime64]:
    """What the clocks of a zone showed at moments given in UTC."""
    import pandas as pd

    there = pd.DatetimeIndex(stamps).tz_localize("UTC").tz_convert(zone)
    return there.tz_localize(None).to_numpy()


def _bad_date(text: str, tried: str = "") -> str:
    """Say what is wrong with a date."""
    if not text:
        return _NO_DATE
    return f"{text!r} is no date from 1900 to 2199; {tried or 'write it as 1997-09-30 or 19970930'}"


def amounts(column: Any, place: Place, decimal: str = ".") -> Floats:
    """Turn amounts into finite numbers; refunds are below 0."""
    import pyarrow as pa

    kind = pa.types
    numeric = kind.is_integer(column.type) or kind.is_floating(column.type)
    if not (numeric or kind.is_decimal(column.type) or kind.is_large_string(column.type)):
        raise place.wrong_kind(column.type, "amounts")
    if kind.is_large_string(column.type):
        amounts = _written(_text(column), place, decimal)
    else:
        amounts = _floats(column.cast(pa.float64(), safe=False))  # large ones are refused below
        place.refuse(
            ~np.isfinite(amounts), lambda row: _bad_amount(column[row].as_py(), "write a number")
        )
    size = np.abs(amounts)
    odd = (size >= _MOST) | ((size > 0) & (size < 1 / _MOST))
    place.refuse(odd, lambda row: f"{amounts[row]:g} is no amount of money")
    return amounts


def _floats(column: Any) -> Floats:
    """Turn an Arrow array of numbers into numpy, missing ones into NaN."""
    return np.array(column.to_numpy(zero_copy_only=False), np.float64)


def _written(texts: Any, place: Place, decimal: str) -> Floats:
    """Turn amounts in words into numbers, all of one currency."""
    numbers = money.read_numbers(texts, decimal)
    amounts, currency = _floats(numbers.value), numbers.currency

    def bad(row: int) -> str:
        advice = money.what_to_write(texts, decimal, numbers.understood)
        return _bad_amount(texts[row].as_py(), advice)

    place.refuse(~np.isfinite(amounts), bad)
    place.refuse(
        money.another_currency(currency),
        lambda row: (
            f"{texts[row].as_py()!r} is not in {currency[np.argmax(currency != '')]}, as the "
            "amounts before are; turn all of them into one currency"
        ),
    )
    return amounts


def _bad_amount(found: object, advice: str) -> str:
    """Say what is wrong with an amount."""
    if found is None or found == "":
        return _NO_AMOUNT
    return f"{str(found)!r} is not a number; {advice}"
