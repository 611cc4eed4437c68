"""Between the tables and Arrow: a run of rows at a time, so that no copy of a table is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.tables.blocks import EXTRAS, empty_customers
from cvosim.tables.columns import (
    NOBODY,
    CustomerTable,
    EventColumns,
    EventTable,
    Names,
    Referred,
    empty_events,
    nobody_referred,
)
from cvosim.tables.layout import Field
from cvosim.tables.schema import NO_CODE

if TYPE_CHECKING:
    import pyarrow as pa

Array = NDArray[Any]


def arrow_schema(fields: tuple[Field, ...], metadata: dict[str, str]) -> pa.Schema:
    """Give the Arrow schema, each field with its unit and description."""
    import pyarrow as pa

    return pa.schema(
        [
            pa.field(
                field.name,
                _arrow_type(field),
                metadata={"unit": field.unit, "description": field.description},
            )
            for field in fields
        ],
        metadata=metadata,
    )


def event_batch(table: EventTable, rows: slice, schema: pa.Schema, fields: Any) -> pa.RecordBatch:
    """Convert some rows of an event table to Arrow columns."""
    return _batch([getattr(table.columns, field.source)[rows] for field in fields], schema, fields)


def customer_batch(
    table: CustomerTable, rows: slice, schema: pa.Schema, fields: Any
) -> pa.RecordBatch:
    """Convert some rows of a customer table to Arrow columns."""
    part = table.part(rows.start, rows.stop)
    return _batch([_customer_values(part, field) for field in fields], schema, fields)


def events_from(arrow: pa.Table, names: Names, fields: tuple[Field, ...]) -> EventTable:
    """Read back what `event_batch` wrote."""
    columns = empty_events(arrow.num_rows)
    for field in fields:
        _read(arrow, field, getattr(columns, field.source))
    return EventTable(EventColumns(*columns), names)


def customers_from(
    arrow: pa.Table, names: Names, fields: tuple[Field, ...], first_customer: int
) -> CustomerTable:
    """Read back what `customer_batch` wrote."""
    columns = empty_customers(arrow.num_rows, names)
    columns.reached[:] = 0
    for field in fields:
        if field.source in EXTRAS and not names.extras:
            continue  # nothing fills them: such tables have no room for them
        if field.source:
            target = getattr(columns, field.source)
            _read(arrow, field, target if field.row < 0 else target[field.row])
        elif field.row >= 0:
            reached = np.empty(arrow.num_rows, np.uint64)
            _read(arrow, field, reached)
            np.bitwise_or(columns.reached, reached << np.uint64(field.row), out=columns.reached)
    whose = _referred(arrow, {field.name: field for field in fields}, first_customer)
    return CustomerTable(columns, names, first_customer, whose)


def _referred(arrow: pa.Table, fields: dict[str, Field], first_customer: int) -> Referred:
    """Tell who the people brought by referral are; they stand last."""

    def column(name: str, dtype: type[np.generic], rows: pa.Table) -> Array:
        values = np.empty(rows.num_rows, dtype)
        _read(rows, fields[name], values)
        return values

    generation = column("generation", np.uint16, arrow)
    market = len(generation) - int(np.count_nonzero(generation))
    if generation[:market].any():
        raise DataError("people brought by referral must stand after the market prospects")
    last = arrow.slice(market)
    if last.num_rows == 0:
        return nobody_referred()
    root = column("root_id", np.uint64, last) - np.uint64(first_customer)
    return Referred(
        column("customer_id", np.uint64, last),
        column("referrer_id", np.uint64, last),
        root.astype(np.int64),
        generation[market:].copy(),
    )


def _arrow_type(field: Field) -> pa.DataType:
    import pyarrow as pa

    if field.type == "dictionary":
        return pa.dictionary(pa.int16(), pa.string())
    return getattr(pa, "bool_" if field.type == "bool" else field.type)()


_DERIVED = ("customer_id", "generation", "contribution", "discounted_contribution")
"""Columns of a file that are properties of the table."""


def _customer_values(part: CustomerTable, field: Field) -> Array:
    """Values of one column."""
    if field.source:
        values: Array = getattr(part.columns, field.source)
        return values if field.row < 0 else values[field.row]
    if field.row >= 0:
        return part.has_reached(part.names.stages[field.row])
    if field.name in _DERIVED:
        return np.asarray(getattr(part, field.name))
    if field.name == "awareness_at_end":
        return part.columns.awareness + part.columns.rungs_climbed
    if field.name == "referrer_id":
        return part.referrer_id
    assert field.name == "root_id"
    roots = part.root.astype(np.uint64)  # from a part's first row; arithmetic is modulo 2**64
    return np.uint64(part.first_customer) + roots


def _batch(values: list[Array], schema: pa.Schema, fields: Any) -> pa.RecordBatch:
    import pyarrow as pa

    arrays = [_to_arrow(column, field) for column, field in zip(values, fields, strict=True)]
    return pa.record_batch(arrays, schema=schema)


def _to_arrow(values: Array, field: Field) -> pa.Array:
    import pyarrow as pa

    if field.type == "dictionary":
        codes = values.astype(np.int16) - np.int16(field.first)
        indices = pa.array(codes, mask=codes == NO_CODE)
        return pa.DictionaryArray.from_arrays(indices, pa.array(field.words, pa.string()))
    if field.type == "bool":
        return pa.array(values != 0)
    if field.type.startswith("uint"):
        values = values.astype(field.type, copy=False)  # the table counts some things in floats
    # from_pandas: what never happened is NaN here and null in a file
    return pa.array(values, _arrow_type(field), from_pandas=True)


def _read(arrow: pa.Table, field: Field, out: Array) -> None:
    if field.name not in arrow.column_names:
        raise DataError(f'the column "{field.name}" is missing')
    start = 0
    for chunk in arrow.column(field.name).chunks:
        out[start : start + len(chunk)] = _values(chunk, field)
        start += len(chunk)


def _values(chunk: Any, field: Field) -> Array:
    if field.type == "uint64" and chunk.null_count:
        # older files have null for nobody; by way of floats, ids would lose digits
        chunk = chunk.fill_null(int(NOBODY))
    if field.type != "dictionary":
        return np.asarray(chunk.to_numpy(zero_copy_only=False))
    # a file may list the words in another order, or only those that it uses
    words = chunk.dictionary.to_pylist()
    unknown = sorted(set(words) - set(field.words))
    if unknown:
        raise DataError(f'the column "{field.name}" holds "{unknown[0]}", which is not known')
    places = [*(field.words.index(word) for word in words), NO_CODE]
    codes = np.array(places, np.int16) + np.int16(field.first)
    values: Array = codes[chunk.indices.fill_null(len(words)).to_numpy(zero_copy_only=False)]
    return values
