"""Parquet read piece by piece: a few bytes may say that a value comes a billion times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cvosim.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


_SHOWN = 60
"""Characters of the name of a type: one of sections in sections has a long one."""


def open_parquet(source: Any, **options: Any) -> pq.ParquetFile:
    """Open a Parquet file such that texts which repeat are kept once until they are counted.

    Parameters
    ----------
    source
        What PyArrow opens, to be read from the front twice: a path or a buffer.
    **options
        As `pyarrow.parquet.ParquetFile` takes them.
    """
    import pyarrow.parquet as pq

    schema = pq.read_schema(source)
    texts = [field.name for field in schema if _is_text(field.type)]
    return pq.ParquetFile(source, read_dictionary=texts, **options)


def read_bounded(
    file: pq.ParquetFile, schema: pa.Schema, most: int, columns: Sequence[str] | None = None
) -> pa.Table:
    """Read a file that `open_parquet` opened, as far as it is not too large.

    Parameters
    ----------
    file : ParquetFile
    schema : Schema
        What the columns are: those of text that repeats come as the file says.
    most : int
        Bytes that the columns may take, every text as often as it comes.
    columns : sequence of str, optional
        All, if left out.

    Raises
    ------
    DataError
        When they take more, or a cell may hold as many values as it likes.
    """
    import pyarrow as pa

    for field in schema:
        if pa.types.is_nested(field.type) and (columns is None or field.name in columns):
            kind = str(field.type)[:_SHOWN]
            raise DataError(f"{field.name}: holds {kind}, not words, numbers or days")
    batches, size = list[Any](), 0.0
    for batch in file.iter_batches(columns=None if columns is None else list(columns)):
        size += sum(_size(column) for column in batch.columns)
        if size > most:
            words = f"is too large when it is unpacked (more than {most:,} bytes)"
            raise DataError(f"{words}; split it, or bring less of it")
        batches.append(_as_in(batch, schema))
    if not batches:
        return _as_in(file.read(columns=columns), schema)
    return pa.Table.from_batches(batches)


def _is_text(kind: pa.DataType) -> bool:
    import pyarrow as pa

    types = pa.types
    return bool(
        types.is_string(kind)
        or types.is_large_string(kind)
        or types.is_binary(kind)
        or types.is_large_binary(kind)
    )


def _size(column: Any) -> float:
    """Return the bytes of a column, every text as often as it comes."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return float(column.nbytes)
    words = column.dictionary
    if not _is_text(words.type):
        return float(max(column.nbytes, len(column) * words.nbytes / max(len(words), 1)))
    lengths = pc.binary_length(words).take(column.indices.drop_null())
    return float((pc.sum(lengths).as_py() or 0) + column.indices.nbytes)


def _as_in(table: Any, schema: pa.Schema) -> Any:
    """Write out the texts that were kept once only while they were counted."""
    kinds = [schema.field(name).type for name in table.schema.names]
    wanted = table.schema
    for place, kind in enumerate(kinds):
        if _is_text(kind):
            wanted = wanted.set(place, wanted.field(place).with_type(kind))
    return table.cast(wanted)
