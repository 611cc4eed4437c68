"""Where a cohort's rows come from: a CSV or Parquet file, or anybody's data frame."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cvosim.errors import DataError
from cvosim.tables.data_files import DataFile, open_data_file


@dataclass(frozen=True)
class Source:
    """Named columns, and how a person finds a row.

    Attributes
    ----------
    name : str
        The file, or ``the data``.
    names : tuple of str
        Columns.
    """

    name: str
    names: tuple[str, ...]
    _file: DataFile | None = field(default=None, repr=False)
    _frame: Any = field(default=None, repr=False)

    def read(self, columns: Sequence[str]) -> dict[str, Any]:
        """Read some columns, as narwhals series.

        Raises
        ------
        DataError
            If there is no such column; one line for each, with the nearest name.
        """
        import narwhals as nw

        wanted = list(dict.fromkeys(columns))
        problems = [self._missing(name) for name in wanted if self.names.count(name) != 1]
        if problems:
            raise DataError("\n".join(problems))
        frame = self._frame
        if self._file is not None:
            frame = nw.from_native(_plain(self._file.read(wanted), self.name), eager_only=True)
        return {name: frame[name] for name in wanted}

    def place(self, row: int) -> str:
        """Name a row, counted from 0, the way a person finds it."""
        return self._file.place(row) if self._file is not None else f"row {row}"

    def _missing(self, name: str) -> str:
        if name in self.names:
            return f'{self.name}: {self.names.count(name)} columns are named "{name}"'
        near = difflib.get_close_matches(name, self.names, n=1)
        hint = f'; did you mean "{near[0]}"?' if near else ""
        shown = ", ".join(one[:40] for one in self.names[:12]) + (
            ", ..." if len(self.names) > 12 else ""
        )
        return f'{self.name}: no column "{name}"{hint or f"; there are {shown}"}'


def _plain(table: Any, name: str) -> Any:
    """Refuse columns that are neither words, numbers nor days; bytes may be words."""
    import pyarrow as pa

    kind = pa.types
    for place, column in enumerate(table.schema):
        form = column.type.value_type if kind.is_dictionary(column.type) else column.type
        raw = kind.is_binary(form) or kind.is_large_binary(form) or kind.is_fixed_size_binary(form)
        try:
            if kind.is_nested(form):
                raise pa.ArrowTypeError
            if raw or kind.is_time(form) or kind.is_duration(form):
                words = table.column(place).cast(pa.large_string())
                table = table.set_column(place, column.name, words)
        except pa.ArrowException:
            words = f"holds {column.type}, not words, numbers or days"
            raise DataError(f"{name}: {column.name}: {words}") from None
    return table


def open_source(data: Any) -> Source:
    """Open a file or a data frame.

    Parameters
    ----------
    data : str, Path or data frame
        CSV (also gzipped) or Parquet; or a frame of pandas, Polars, PyArrow or anything else
        that narwhals knows, lazy or not; or a mapping of names to arrays.

    Raises
    ------
    DataError
        If it cannot be read, or is no such thing.

    Examples
    --------
    >>> import pandas as pd
    >>> open_source(pd.DataFrame({"variant": ["A", "B"], "spend": [0.0, 9.5]})).names
    ('variant', 'spend')
    """
    import narwhals as nw

    if isinstance(data, (str, Path)):
        file = open_data_file(data, "customers", "customer,variant,revenue")
        if len(file.names) < 2:
            first = file.names[0][:40] if file.names else ""
            raise DataError(
                f"{file.source}: is no table of customers: found one column only, {first!r}; a CSV "
                "begins with a line such as customer,variant,revenue"
            )
        return Source(file.source, file.names, _file=file)
    if isinstance(data, dict):
        import pyarrow as pa

        data = pa.table(data)
    try:
        frame = nw.from_native(data)
    except TypeError:
        kind = type(data).__name__
        raise DataError(f"data: is a {kind}; give a file or a data frame") from None
    except nw.exceptions.DuplicateError:
        twice = sorted({str(n) for n in data.columns if list(data.columns).count(n) > 1})
        raise DataError(f"the data: several columns are named {', '.join(twice)}") from None
    eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return Source("the data", tuple(eager.columns), _frame=eager)
