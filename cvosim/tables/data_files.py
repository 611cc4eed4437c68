"""Files that people bring: CSV and Parquet, as named columns and places to point at."""

from __future__ import annotations

import csv
import gzip
import io
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

from cvosim.errors import DataError


class DataFile(Protocol):
    """A file of rows: what it is called, which columns it has, and how to name a row."""

    source: str
    names: tuple[str, ...]

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
    """Read a file whole, unpacking gzip; say in words why it cannot be."""
    try:
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
    except FileNotFoundError:
        raise DataError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{source}: is a directory; give a file of {rows}") from None
    except (OSError, EOFError, ValueError) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{source}: cannot be read: {words}") from None
    if not data.strip():
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

    def _header(self) -> str:
        try:
            header = self._data.split(b"\n", 1)[0].decode("utf-8-sig").rstrip("\r")
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
        ragged: list[Any] = []

        def note(row: Any) -> str:
            ragged.append(row)
            return "skip"

        try:
            table = pacsv.read_csv(
                pa.BufferReader(self._data),
                parse_options=pacsv.ParseOptions(
                    delimiter=self._delimiter, newlines_in_values=True, invalid_row_handler=note
                ),
                convert_options=pacsv.ConvertOptions(
                    column_types=dict.fromkeys(columns, pa.string()),
                    include_columns=list(columns),
                    strings_can_be_null=False,
                ),
            )
        except pa.ArrowException as error:
            raise DataError(f"{self.source}: {_words(error)}") from None
        if ragged:
            raise DataError(self._ragged(len(ragged)))
        return table

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

    def _ragged(self, count: int) -> str:
        width = len(self.names)
        bad = ((f"line {at}", str(len(row))) for at, row in self._records() if len(row) != width)
        try:
            where, found = next(bad)
        except (csv.Error, StopIteration):
            where, found = "a line", f"other than {width}"
        more = f" (and {count - 1:,} more)" if count > 1 else ""
        expected = f"the header has {width}; quote a field that holds a {self._delimiter!r}"
        return f"{self.source}: {where} has {found} fields where {expected}{more}"


class _Parquet:
    """A Parquet file of any column types."""

    def __init__(self, source: str, data: bytes) -> None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.source = source
        try:
            self._file = pq.ParquetFile(pa.BufferReader(data))
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{source}: cannot be read as Parquet: {_words(error)}") from None
        self.names = tuple(self._file.schema_arrow.names)

    def read(self, columns: Sequence[str]) -> Any:
        import pyarrow as pa

        try:
            return self._file.read(columns=list(columns)).select(list(columns))
        except (pa.ArrowException, OSError) as error:
            raise DataError(f"{self.source}: cannot be read: {_words(error)}") from None

    def place(self, row: int) -> str:
        return f"row {row + 1}"


def _words(error: BaseException) -> str:
    """Keep the first line of another library's message."""
    text = str(error).splitlines()[0] if str(error) else type(error).__name__
    return "is not UTF-8 text; save it as CSV UTF-8" if "UTF8" in text else text
