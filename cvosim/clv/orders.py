"""An order log: who bought, on which day, for how much. Read from a file and checked."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.days import format_day, parse_day
from cvosim.clv.order_columns import choose_columns
from cvosim.clv.order_files import OrderFile, open_orders
from cvosim.errors import DataError

_DATE = (
    r"^(\d{8}|\d{4}-\d{2}-\d{2}"
    r"([T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?( ?(Z|[+-]\d{2}:?\d{2}))?)?)$"
)
_FIRST, _BEYOND = parse_day("1900-01-01"), parse_day("2200-01-01")
"""Days outside are not orders but placeholders such as 9999-12-31."""
_MOST = 1e15
"""Amounts from here up, or above 0 and below its inverse, are not money."""
_NUMBER = r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?$"


@dataclass(frozen=True, eq=False)
class OrderLog:
    """Orders in the order of the file, one element of each array per order.

    Attributes
    ----------
    source : str
        Where they came from, for messages.
    customer : ndarray of int64
        Which customer, as an index into `customers`.
    day : ndarray of int64
        Days since 1970-01-01.
    amount : ndarray of float64
        What was paid, at least 0, in the file's currency.
    customers : tuple of str
        The customers' own names or numbers, by first appearance.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.5), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> log.n_orders, log.n_customers, log.last_day
    (3, 2, 8)
    """

    source: str
    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    amount: NDArray[np.float64]
    customers: tuple[str, ...]

    def __post_init__(self) -> None:
        for array in (self.customer, self.day, self.amount):
            array.setflags(write=False)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, float]], source: str = "orders") -> OrderLog:
        """Make a log of (customer, day number, amount) rows, for tests and notebooks."""
        names, days, amounts = zip(*rows, strict=True)
        codes: dict[str, int] = {}
        customer = np.array([codes.setdefault(name, len(codes)) for name in names], np.int64)
        day, amount = np.array(days, np.int64), np.array(amounts, np.float64)
        return cls(source, customer, day, amount, tuple(codes))

    @property
    def n_orders(self) -> int:
        """Rows of the log."""
        return len(self.day)

    @property
    def n_customers(self) -> int:
        """Customers with at least one order."""
        return len(self.customers)

    @property
    def first_day(self) -> int:
        """Day of the first order, in days since 1970-01-01."""
        return int(self.day.min())

    @property
    def last_day(self) -> int:
        """Day of the last order, in days since 1970-01-01."""
        return int(self.day.max())

    def __repr__(self) -> str:
        period = f"{format_day(self.first_day)} to {format_day(self.last_day)}"
        return f"OrderLog({self.n_orders} orders of {self.n_customers} customers, {period})"


def read_orders(
    path: str | Path,
    *,
    customer: str | None = None,
    date: str | None = None,
    amount: str | None = None,
) -> OrderLog:
    """Read an order log from a CSV or Parquet file and check every row.

    Parameters
    ----------
    path : str or Path
        CSV with a header line (comma, semicolon or tab; also ``.gz``), or Parquet.
    customer, date, amount : str, optional
        The columns' names; without them the usual names are looked for in any case
        (``customer_id``, ``Order Date``, ``revenue`` …).

    Returns
    -------
    OrderLog
        Dates are ISO 8601 or YYYYMMDD. A time of day is dropped; a time with a zone is turned
        into its UTC date first, one without is taken as it stands.

    Raises
    ------
    DataError
        One line for each thing that is wrong: the file, a column, the first bad row of a
        kind (with its line) and how many more there are.

    Examples
    --------
    >>> read_orders("orders.csv", date="ordered")  # doctest: +SKIP
    OrderLog(6919 orders of 2357 customers, 1997-01-01 to 1998-06-30)
    """
    file = open_orders(path)
    asked = {"customer": customer, "date": date, "amount": amount}
    chosen = choose_columns(file.names, asked, file.source)
    table = file.read([chosen["customer"], chosen["date"], chosen["amount"]])
    if table.num_rows == 0:
        raise DataError(f"{file.source}: has a header but no orders")
    columns = [_flat(column) for column in table.columns]
    checks = [_customers, _days, _amounts]
    parts: list[Any] = []
    problems: list[str] = []
    for role, check, column in zip(chosen.values(), checks, columns, strict=True):
        try:
            parts.append(check(column, _Place(file, role)))
        except DataError as error:
            problems.append(str(error))
    if problems:
        raise DataError("\n".join(problems))
    (codes, names), days, amounts = parts
    if len(names) == 1:
        count = f"{len(codes)} orders are" if len(codes) > 1 else "one order is"
        raise DataError(f"{file.source}: its {count} of a single customer; a fit needs many")
    return OrderLog(file.source, codes, days, amounts, names)


@dataclass(frozen=True)
class _Place:
    """Where in a file a bad value stands."""

    file: OrderFile
    column: str

    def refuse(self, bad: NDArray[np.bool_], say: Callable[[int], str]) -> None:
        """Raise the first bad row's message, if there is one, and count the others."""
        rows = np.flatnonzero(bad)
        if len(rows):
            where = f"{self.file.source}: {self.file.place(int(rows[0]))}: {self.column}"
            more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
            raise DataError(f"{where}: {say(int(rows[0]))}{more}")

    def wrong_kind(self, found: object, expected: str) -> DataError:
        """Say that a whole column holds something else."""
        return DataError(f"{self.file.source}: {self.column}: holds {found}, not {expected}")


def _flat(column: Any) -> Any:
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


def _customers(column: Any, place: _Place) -> tuple[NDArray[np.int64], tuple[str, ...]]:
    """Give each customer a number, by first appearance."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_nested(column.type):
        raise place.wrong_kind(column.type, "customers")
    encoded = _text(column).dictionary_encode()
    codes = np.array(encoded.indices.to_numpy(), np.int64)
    empty = pc.index(encoded.dictionary, "").as_py()
    place.refuse(codes == empty, lambda _: "is empty; every order needs its customer")
    return codes, tuple(encoded.dictionary.to_pylist())


def _days(column: Any, place: _Place) -> NDArray[np.int64]:
    """Turn dates of any of the accepted kinds into day numbers."""
    import pyarrow as pa

    kind = pa.types
    if kind.is_timestamp(column.type) or kind.is_date(column.type):
        place.refuse(_mask(column.is_null()), lambda _: "is empty; every order needs its date")
        stamps = column.to_numpy(zero_copy_only=False)
        days = np.array(stamps.astype("datetime64[D]").astype(np.int64))
        place.refuse(
            (days < _FIRST) | (days >= _BEYOND), lambda row: _bad_date(format_day(days[row]))
        )
        return days
    if not (kind.is_integer(column.type) or kind.is_large_string(column.type)):
        raise place.wrong_kind(column.type, "dates")
    encoded = _text(column).dictionary_encode()
    days, good = _parsed(encoded.dictionary)
    codes = encoded.indices.to_numpy()
    place.refuse(~good[codes], lambda row: _bad_date(encoded[row].as_py()))
    return np.array(days[codes])


def _parsed(texts: Any) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Parse distinct dates; the second array tells which of them are dates."""
    import pandas as pd
    import pyarrow.compute as pc

    texts = pc.replace_substring_regex(texts, r" ?UTC$", "Z")
    shaped = pc.match_substring_regex(texts, _DATE)
    words = pd.Series(pc.if_else(shaped, texts, None).to_pylist(), dtype="str")
    stamps = pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce")
    days = stamps.dt.tz_localize(None).to_numpy().astype("datetime64[D]").astype(np.int64)
    return days, stamps.notna().to_numpy() & (days >= _FIRST) & (days < _BEYOND)


def _bad_date(text: str) -> str:
    """Say what is wrong with a date."""
    if not text:
        return "is empty; every order needs its date"
    return f"{text!r} is no date from 1900 to 2199; write it as 1997-09-30 or 19970930"


def _amounts(column: Any, place: _Place) -> NDArray[np.float64]:
    """Turn amounts into numbers that are finite and not negative."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = pa.types
    numeric = kind.is_integer(column.type) or kind.is_floating(column.type)
    if not (numeric or kind.is_decimal(column.type) or kind.is_large_string(column.type)):
        raise place.wrong_kind(column.type, "amounts")
    texts = column
    if kind.is_large_string(column.type):
        number = pc.match_substring_regex(_text(column), _NUMBER)
        column = pc.if_else(number, column, None)
    amounts = np.array(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
    place.refuse(~np.isfinite(amounts), lambda row: _bad_amount(texts[row].as_py()))
    odd = (amounts >= _MOST) | ((amounts > 0) & (amounts < 1 / _MOST))
    place.refuse(odd, lambda row: f"{amounts[row]:g} is no amount of money")
    place.refuse(
        amounts < 0,
        lambda row: f"is {amounts[row]:g}; refunds don't belong in an order log, leave them out",
    )
    return amounts


def _bad_amount(found: object) -> str:
    """Say what is wrong with an amount."""
    if found is None or found == "":
        return "is empty; every order needs its amount"
    return f"{str(found)!r} is not a number; write it as 1234.50"
