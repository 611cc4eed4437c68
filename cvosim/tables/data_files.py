"""Files that people bring: CSV and Parquet, as named columns and places to point at."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from cvosim.errors import DataError
from cvosim.tables.parquet import open_parquet, read_bounded
from cvosim.tables.whole_files import MOST_BYTES, enough_memory, read_whole

MOST_COLUMNS = 10_000
_CHUNK = 1024**2
"""Bytes of a line, at most; Arrow reads as much at once."""
_RAGGED = re.compile(r"Expected \d+ columns, got \d+")
"""How Arrow says that a row has other cells than the header."""
_LONG = ("straddling", "got out of sync with chunker")
"""How Arrow says that a row is longer than what it reads at once."""


class DataFile(Protocol):
    """A file of rows: what it is called, which columns it has, and how to name a row.

    A Parquet file's ``metadata`` is what it says of itself; other files have none.
    """

    source: str
    names: tuple[str, ...]
    metadata: Mapping[bytes, bytes] | None

    def read(self, columns: Sequence[str]) -> Any:
        """Read these columns into an Arrow table, in this order."""

    def place(self, row: int) -> str:
        """Name a row, counted from 0, the way a person finds it."""


def open_data_file(
    path: str | Path, rows: str = "orders", header: str = "customer,date,amount"
) -> DataFile:
    """Open a CSV (also gzipped) or Parquet file; its first bytes say which.

    Parameters
    ----------
    path : str or Path
        A file, or a pipe: it is read once, from the front.
    rows : str
        What its rows are, for messages.
    header : str
        What the first line of such a CSV may look like, for messages.

    Raises
    ------
    DataError
        If it cannot be read or is empty, in one line.

    Examples
    --------
    >>> open_data_file("orders.csv").names  # doctest: +SKIP
    ('customer', 'date', 'amount')
    """
    source = str(path)
    data = _read(Path(path), source, rows, header)
    if data[:4] == b"PAR1":
        return _Parquet(source, data)
    other = _other_format(data, Path(path).suffix.casefold())
    if other:
        raise DataError(f"{source}: is {other}; save it as CSV")
    return _Csv(source, data, rows)


def _read(path: Path, source: str, rows: str, header: str) -> bytes:
    """Read a file whole; say in words why it cannot be."""
    data = read_whole(path, source, rows)
    if not data[:_CHUNK].strip() and not data.strip():
        raise DataError(f"{source}: is empty; a CSV begins with {header}")
    return data


def _other_format(data: bytes, suffix: str) -> str:
    """Name the format of a file that is no table; empty if it may be one."""
    head = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()
    first = head.split(b"\n", 1)[0].rstrip()
    if head[:4] == b"PK\x03\x04":
        return "a spreadsheet or an archive"
    if head[:4] == b"\xd0\xcf\x11\xe0":
        return "a spreadsheet"
    if re.match(rb"\{|\[\s*[\[{\"\d\]]", head):
        return "JSON"
    if head[:1] == b"<":
        return (
            "HTML" if re.search(rb"<(!doctype )?(html|table|body|head)\b", head.lower()) else "XML"
        )
    listed = re.fullmatch(rb"---.*|(- )?\w+:( [^,;\t]*)?", first)
    return "YAML" if suffix in {".yaml", ".yml"} or listed else ""


class _Csv:
    """Comma-, semicolon- or tab-separated text with a header line."""

    def __init__(self, source: str, data: bytes, rows: str) -> None:
        self.source = source
        self.metadata: Mapping[bytes, bytes] | None = None
        self._rows = rows
        if b"\n" not in data:
            data = data.replace(b"\r", b"\n")
        self._data = data.lstrip(b"\r\n") if data[:1] in b"\r\n" else data
        self._skipped = data[: len(data) - len(self._data)].count(b"\n")
        header = self._header()
        self._delimiter = max(",;\t", key=header.count)
        try:
            self.names = tuple(next(csv.reader([header], delimiter=self._delimiter)))
        except csv.Error:
            words = f"line {self._skipped + 1}: the header has a stray line break"
            raise DataError(f"{source}: {words}") from None
        _check_width(source, len(self.names))

    def _header(self) -> str:
        end = self._data.find(b"\n", 0, _CHUNK)
        if end < 0 and len(self._data) > _CHUNK:
            words = f"is longer than {_CHUNK:,} bytes, and no header"
            raise DataError(f"{self.source}: line {self._skipped + 1} {words}")
        try:
            header = self._data[: end if end >= 0 else None].decode("utf-8-sig").rstrip("\r")
        except UnicodeDecodeError:
            raise DataError(f"{self.source}: is not UTF-8 text; save it as CSV UTF-8") from None
        if "\0" in header:
            raise DataError(f"{self.source}: is not text; save it as CSV UTF-8")
        return header

    def read(self, columns: Sequence[str]) -> Any:
        import pyarrow as pa
        import pyarrow.csv as pacsv

        if b"\n" not in self._data.strip():
            raise DataError(f"{self.source}: has a header but no {self._rows}")
        try:
            return pacsv.read_csv(
                pa.BufferReader(self._data),
                parse_options=pacsv.ParseOptions(
                    delimiter=self._delimiter, newlines_in_values=True
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()),
                    include_columns=list(columns),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowException as error:
            raise DataError(self._complaint(error)) from None

    def _complaint(self, error: BaseException) -> str:
        """Say what is the matter where Arrow refuses."""
        if _RAGGED.search(str(error)):
            return self._ragged()
        if any(words in str(error) for words in _LONG):
            line = f'a line is longer than {_CHUNK:,} bytes; is a quote (") not closed?'
            return f"{self.source}: {line}"
        return f"{self.source}: {_words(error)}"

    def place(self, row: int) -> str:
        records = enumerate(self._records())
        try:
            return next(f"line {line}" for index, (line, _) in records if index == row + 1)
        except (csv.Error, StopIteration):
            return f"row {row + 1}"

    def _records(self) -> Any:
        """Go through (line, fields) of every record, the header first; blank lines are none."""
        text = io.StringIO(self._data.decode("utf-8-sig", "replace"), newline="")
        reader = csv.reader(text, delimiter=self._delimiter)
        begin = 1 + self._skipped
        for fields in reader:
            if fields:
                yield begin, fields
            begin = 1 + self._skipped + reader.line_num

    def _ragged(self) -> str:
        """Say which line has too many fields or too few, and how many others have."""
        width, bad = len(self.names), list[tuple[int, int]]()
        with suppress(csv.Error):  # what stands before it is known
            bad += ((at, len(row)) for at, row in self._records() if len(row) != width)
        line, found = bad[0] if bad else (0, 0)
        where = (
            f"line {line} has {found} fields" if bad else f"a line has other than {width} fields"
        )
        more = f" (and {len(bad) - 1:,} more)" if len(bad) > 1 else ""
        expected = f"the header has {width}; quote a field that holds a {self._delimiter!r}"
        return f"{self.source}: {where} where {expected}{more}"


class _Parquet:
    """A Parquet file of any column types."""

    def __init__(self, source: str, data: bytes) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.source = source
        try:
            self._schema = pq.read_schema(pa.BufferReader(data))
            self._file = open_parquet(pa.BufferReader(data))
            self.names = tuple(self._schema.names)
            self.metadata: Mapping[bytes, bytes] | None = self._schema.metadata or {}
        except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
            raise DataError(f"{source}: cannot be read as Parquet: {_words(error)}") from None
        _check_width(source, len(self.names))

    def read(self, columns: Sequence[str]) -> Any:
        import pyarrow as pa

        with enough_memory(self.source):
            try:
                table = read_bounded(self._file, self._schema, MOST_BYTES, columns)
                table = table.select(list(columns))
                table.validate(full=True)  # a damaged file may say of bytes that they are text
                return table
            except DataError as error:
                raise DataError(f"{self.source}: {error}") from None
            except MemoryError:  # Arrow's is an error of Arrow, too
                raise
            except (pa.ArrowException, OSError, KeyError, UnicodeDecodeError) as error:
                raise DataError(f"{self.source}: cannot be read: {_words(error)}") from None

    def place(self, row: int) -> str:
        return f"row {row + 1}"


def _check_width(source: str, columns: int) -> None:
    if columns > MOST_COLUMNS:
        words = f"has {columns:,} columns; at most {MOST_COLUMNS:,} are read"
        raise DataError(f"{source}: {words}")


def _words(error: BaseException) -> str:
    """Keep the first line of another library's message."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "is not UTF-8 text; save it as CSV UTF-8" if "UTF8" in text else text
