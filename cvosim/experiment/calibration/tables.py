"""Reading the tables of a funnel: columns by their usual names, cells as text or numbers."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.tables.data_files import DataFile, open_data_file

Floats = NDArray[np.float64]


class FunnelFile:
    """A CSV or Parquet file whose columns have roles.

    Parameters
    ----------
    path : str or Path
        The file.
    known : mapping
        Usual names of each role's column, without case and signs.
    needed : sequence of str
        Roles without which the file is no good.
    asked : mapping
        The column's name of some roles, as the user gave it.

    Raises
    ------
    DataError
        If the file cannot be read, is empty, or lacks a column.
    """

    def __init__(
        self,
        path: str | Path,
        known: Mapping[str, Sequence[str]],
        needed: Sequence[str],
        asked: Mapping[str, str],
    ) -> None:
        self.file: DataFile = open_data_file(path)
        self.source = self.file.source
        self.roles = self._choose(known, needed, asked)
        chosen = list(self.roles.values())
        table = self.file.read(chosen)
        if table.num_rows == 0:
            raise DataError(f"{self.source}: has a header but no rows")
        self.n_rows = int(table.num_rows)
        self._columns = dict(zip(self.roles, table.columns, strict=True))

    def _choose(
        self, known: Mapping[str, Sequence[str]], needed: Sequence[str], asked: Mapping[str, str]
    ) -> dict[str, str]:
        names, plain = self.file.names, {_plain(name): name for name in reversed(self.file.names)}
        found: dict[str, str] = {}
        for role, words in known.items():
            wanted = asked.get(role)
            if wanted is not None:
                if wanted not in names:
                    near = difflib.get_close_matches(wanted, names, n=1)
                    hint = f'; did you mean "{near[0]}"?' if near else ""
                    raise DataError(f'{self.source}: has no column "{wanted}"{hint}')
                found[role] = wanted
                continue
            own = next((plain[word] for word in words if word in plain), None)
            if own is not None and own not in found.values():
                found[role] = own
        missing = [role for role in needed if role not in found]
        if missing:
            there = ", ".join(repr(name) for name in names)
            columns = " and ".join(missing)
            raise DataError(
                f"{self.source}: has no column for {columns}: found {there}; name it so, or say "
                f"which it is: --column {missing[0]}=NAME"
            )
        return found

    def __contains__(self, role: str) -> bool:
        return role in self.roles

    def place(self, row: int) -> str:
        """Name a row for messages."""
        return f"{self.source}: {self.file.place(row)}"

    def refuse(self, bad: NDArray[np.bool_], say: Callable[[int], str]) -> None:
        """Raise the first bad row's message, and count the others."""
        rows = np.flatnonzero(bad)
        if len(rows):
            more = f" (and {len(rows) - 1} more)" if len(rows) > 1 else ""
            raise DataError(f"{self.place(int(rows[0]))}: {say(int(rows[0]))}{more}")

    def _wrong_kind(self, role: str, expected: str) -> DataError:
        kind = self._columns[role].type
        return DataError(f"{self.source}: {role}: holds {kind}, not {expected}")

    def words(self, role: str) -> tuple[NDArray[np.int64], list[str]]:
        """Give a column as codes and the distinct texts they stand for; missing is ''."""
        import pyarrow as pa
        import pyarrow.compute as pc

        column = self._columns[role]
        try:
            if pa.types.is_dictionary(column.type):
                column = column.cast(column.type.value_type)
            text = pc.fill_null(column.cast(pa.large_string()), "")
        except pa.ArrowException:
            raise self._wrong_kind(role, "words") from None
        encoded = pc.utf8_trim_whitespace(text).combine_chunks().dictionary_encode()
        return np.array(encoded.indices.to_numpy(), np.int64), encoded.dictionary.to_pylist()

    def numbers(self, role: str) -> Floats:
        """Give a column as numbers; NaN for an empty cell.

        Raises
        ------
        DataError
            If a cell is something else.
        """
        import pyarrow as pa

        arrow = self._columns[role]
        if not _is_text(arrow):
            try:
                return np.asarray(arrow.cast(pa.float64(), safe=False).to_numpy(), np.float64)
            except pa.ArrowException:
                raise self._wrong_kind(role, "numbers") from None
        codes, texts = self.words(role)
        values = np.array([_number(text) for text in texts])
        self.refuse(
            np.isinf(values)[codes], lambda row: f'{role}: "{texts[codes[row]]}" is no number'
        )
        return values[codes]

    def times(self, role: str) -> tuple[Floats, bool]:
        """Give a column as days, and whether they are calendar days since 1970-01-01.

        Numbers that are no dates are days since some start of the log's own.

        Raises
        ------
        DataError
            If a cell is neither.
        """
        import pyarrow as pa

        arrow, kind = self._columns[role], pa.types
        if kind.is_timestamp(arrow.type) or kind.is_date(arrow.type):
            stamps = arrow.to_numpy().astype("datetime64[us]")
            self.refuse(np.isnat(stamps), lambda _: f"{role}: is empty")
            return _days(stamps), True
        if kind.is_floating(arrow.type):
            return self.numbers(role), False
        codes, texts = self.words(role)
        if all(_is_day_count(text) for text in texts):
            return self.numbers(role), False
        import pandas as pd

        words = pd.Series([re.sub(r" ?UTC$", "Z", text) for text in texts], dtype="str")
        words = words.where(words.str.match(r"^(\d{8}|\d{4}-\d{2}-\d{2}([T ].*)?)$"))
        stamps = pd.to_datetime(words, format="ISO8601", utc=True, errors="coerce")
        good = stamps.notna().to_numpy()
        self.refuse(
            ~good[codes],
            lambda row: f'{role}: "{texts[codes[row]]}" is no date; write it as 2025-09-30',
        )
        days = _days(stamps.dt.tz_localize(None).to_numpy().astype("datetime64[us]"))
        return days[codes], True


def _days(stamps: NDArray[np.datetime64]) -> Floats:
    return stamps.astype(np.int64) / 86_400e6


def _is_text(column: Any) -> bool:
    import pyarrow as pa

    kind = pa.types
    return bool(
        kind.is_string(column.type)
        or kind.is_large_string(column.type)
        or kind.is_dictionary(column.type)
    )


def _plain(name: str) -> str:
    return re.sub(r"[\W_]", "", name.casefold())


def _is_day_count(text: str) -> bool:
    """Whether a cell is a number of days and no date such as 20250930."""
    return not re.fullmatch(r"(19|20)\d{6}", text) and _is_finite(text)


def _is_finite(text: str) -> bool:
    """Whether a text is a finite number."""
    return bool(np.isfinite(_number(text)))


def _number(text: str) -> float:
    """Read a number; NaN for nothing, infinite for what is none."""
    if not text:
        return float("nan")
    if not re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", text.replace(",", "")):
        return float("inf")
    return float(text.replace(",", ""))
