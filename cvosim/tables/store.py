"""Tables as Parquet files: whole or not at all, with their manifest inside."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvosim.errors import DataError
from cvosim.tables.columns import CustomerTable, EventTable, Names
from cvosim.tables.data_files import DataFile
from cvosim.tables.layout import Field, customer_fields, event_fields
from cvosim.tables.manifest import Manifest
from cvosim.tables.parquet import open_parquet, read_bounded
from cvosim.tables.whole_files import most_unpacked

if TYPE_CHECKING:
    import pyarrow as pa

ROWS = 131_072
"""Rows a row group, and so the rows that are copied at a time."""

_KIND, _NAMES, _FIRST, _MANIFEST = (
    "cvosim.table",
    "cvosim.names",
    "cvosim.first_customer",
    "cvosim.manifest",
)


def write_events(table: EventTable, path: str | Path, manifest: Manifest | None = None) -> None:
    """Write an event table to a Parquet file, whole or not at all.

    Parameters
    ----------
    table : EventTable
        Any number of events.
    path : str or Path
        Where; a file that is there is replaced.
    manifest : Manifest, optional
        How the table came to be; goes into the file's metadata.

    Raises
    ------
    DataError
        When the path cannot be written; nothing is left behind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim.tables.columns import EventTable, Names, empty_events
    >>> none = EventTable(empty_events(0), Names((), (), (), (), ()))
    >>> with TemporaryDirectory() as folder:
    ...     write_events(none, f"{folder}/events.parquet")
    ...     len(read_events(f"{folder}/events.parquet"))
    0
    """
    from cvosim.tables.conversion import event_batch

    fields = event_fields(table.names)
    metadata = _metadata("events", table.names, manifest)
    _write(Path(path), fields, metadata, len(table), _batches(event_batch, table, fields))


def write_customers(
    table: CustomerTable, path: str | Path, manifest: Manifest | None = None
) -> None:
    """Write a customer table to a Parquet file, whole or not at all.

    Times of what never happened are null in the file, NaN in the table. Units and meanings
    stand in each column's metadata. Every file has every column, 0 or null where the scenario
    has nothing that fills it; people brought by referral stand after all market prospects.

    Parameters
    ----------
    table : CustomerTable
        Any number of customers.
    path : str or Path
        Where; a file that is there is replaced.
    manifest : Manifest, optional
        How the table came to be; goes into the file's metadata.

    Raises
    ------
    DataError
        When the path cannot be written; nothing is left behind.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import CustomerTable, Names
    >>> names = Names((), (), (), (), ())
    >>> none = CustomerTable(empty_customers(0, names), names)
    >>> with TemporaryDirectory() as folder:
    ...     write_customers(none, f"{folder}/customers.parquet")
    ...     len(read_customers(f"{folder}/customers.parquet"))
    0
    """
    from cvosim.tables.conversion import customer_batch

    fields = customer_fields(table.names)
    metadata = _metadata("customers", table.names, manifest)
    metadata[_FIRST] = str(table.first_customer)
    _write(Path(path), fields, metadata, len(table), _batches(customer_batch, table, fields))


def read_events(path: str | Path) -> EventTable:
    """Read an event table that `write_events` wrote.

    Raises
    ------
    DataError
        When the file is missing, is not Parquet or is not an event table.
    """
    from cvosim.tables.conversion import events_from

    with _in_words("read", Path(path)), _damaged():
        arrow, metadata = _read(Path(path), "events")
        names = _names(metadata)
        return events_from(arrow, names, event_fields(names))


def events_in(file: DataFile) -> EventTable:
    """Read an event table out of a file that somebody brought, and that is open.

    Raises
    ------
    DataError
        When it is not Parquet, is not an event table, or is too large.
    """
    from cvosim.tables.conversion import events_from

    with _in_words("read", Path(file.source)), _damaged():
        if file.metadata is None:
            raise DataError("it is not a Parquet file")
        metadata = _checked(file.metadata, "events")
        names = _names(metadata)
        fields = event_fields(names)
    arrow = file.read([field.name for field in fields if field.name in file.names])
    with _in_words("read", Path(file.source)), _damaged():
        return events_from(arrow, names, fields)


def read_customers(path: str | Path) -> CustomerTable:
    """Read a customer table that `write_customers` wrote.

    Raises
    ------
    DataError
        When the file is missing, is not Parquet or is not a customer table.
    """
    from cvosim.tables.conversion import customers_from

    with _in_words("read", Path(path)), _damaged():
        arrow, metadata = _read(Path(path), "customers")
        names = _names(metadata)
        return customers_from(arrow, names, customer_fields(names), int(metadata[_FIRST]))


def read_manifest(path: str | Path) -> Manifest | None:
    """Read how the table in a file came to be; None when its writer did not say.

    Raises
    ------
    DataError
        When the file is missing or is not a table of cvosim.
    """
    import pyarrow.parquet as pq

    with _in_words("read", Path(path)), _damaged():
        metadata = _strings(pq.read_schema(path).metadata)
        if _KIND not in metadata:
            raise DataError("it was not written by cvosim")
        text = metadata.get(_MANIFEST)
        return None if text is None else Manifest.from_dict(json.loads(text))


Batches = Callable[["pa.Schema", slice], "pa.RecordBatch"]


def _batches(convert: Any, table: Any, fields: tuple[Field, ...]) -> Batches:
    return lambda schema, rows: convert(table, rows, schema, fields)


def _metadata(kind: str, names: Names, manifest: Manifest | None) -> dict[str, str]:
    metadata = {_KIND: kind, _NAMES: json.dumps(names._asdict())}
    if manifest is not None:
        metadata[_MANIFEST] = json.dumps(manifest.to_dict())
    return metadata


def _write(
    path: Path, fields: tuple[Field, ...], metadata: dict[str, str], count: int, batches: Batches
) -> None:
    import pyarrow.parquet as pq

    from cvosim.tables.conversion import arrow_schema

    schema = arrow_schema(fields, metadata)
    with (
        _in_words("write", path),
        _replacing(path) as part,
        pq.ParquetWriter(part, schema, compression="zstd") as writer,
    ):
        for start in range(0, count, ROWS):
            writer.write_batch(batches(schema, slice(start, min(start + ROWS, count))))


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Give a path beside ``path`` that takes its place when all went well."""
    if path.is_dir():
        raise IsADirectoryError
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        yield part
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _in_words(action: str, path: Path) -> Iterator[None]:
    """Turn what files and Arrow complain of into one line for the user."""
    import pyarrow as pa

    try:
        yield
    except DataError as problem:
        raise DataError(f"cannot {action} {path}: {problem}") from None
    except (OSError, pa.ArrowException) as problem:
        raise DataError(f"cannot {action} {path}: {_reason(problem, path)}") from None


@contextmanager
def _damaged() -> Iterator[None]:
    """Say that a file is damaged where its parts do not fit together."""
    import pyarrow as pa

    try:
        yield
    except pa.ArrowException:
        raise  # it has words of its own
    except (AttributeError, LookupError, OverflowError, RecursionError, TypeError, ValueError):
        raise DataError("it is damaged") from None


def _reason(problem: Exception, path: Path) -> str:
    folder = path.parent
    if path.is_dir():
        return "it is a folder"
    if not folder.is_dir():
        return f'there is no folder "{folder}"'
    if isinstance(problem, FileNotFoundError):
        return "there is no such file"
    if isinstance(problem, PermissionError):
        return "permission denied"
    if isinstance(problem, OSError) and problem.strerror:
        return problem.strerror
    if not isinstance(problem, OSError):
        return "it is not a Parquet file"
    return str(problem).splitlines()[0]


def _read(path: Path, kind: str) -> tuple[pa.Table, dict[str, str]]:
    import pyarrow.parquet as pq

    schema = pq.read_schema(path)
    metadata = _checked(schema.metadata, kind)
    most = most_unpacked(path.stat().st_size)
    with open_parquet(path) as file:
        arrow = read_bounded(file, schema, most)
    arrow.validate(full=True)
    return arrow, metadata


def _checked(metadata: Mapping[bytes, bytes] | None, kind: str) -> dict[str, str]:
    """Return what a file says of itself, if it is a table of ours; nothing else is read before."""
    said = _strings(metadata)
    found = said.get(_KIND)
    if found != kind:
        what = f"its table is {found}" if found else "it was not written by cvosim"
        raise DataError(f"{what}, not {kind}" if found else what)
    return said


def _strings(metadata: Mapping[bytes, bytes] | None) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (metadata or {}).items()}


def _names(metadata: dict[str, str]) -> Names:
    entries: dict[str, Any] = json.loads(metadata[_NAMES])
    lists = {key: tuple(value) for key, value in entries.items() if isinstance(value, list)}
    return Names(**{**entries, **lists})
