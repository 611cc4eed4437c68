"""Single damaged tables that fuzzing found to end in something else than words."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.customer_tables import plausible

from cvosim.errors import DataError
from cvosim.tables.data_files import open_data_file
from cvosim.tables.store import read_customers, read_manifest, write_customers


def parquet(columns: dict[str, Any]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table(columns), sink, compression="none", use_dictionary=False)
    return bytes(sink.getvalue().to_pybytes())


def refused(path: Path, data: bytes, columns: list[str]) -> str:
    path.write_bytes(data)
    with pytest.raises(DataError) as error:
        open_data_file(path).read(columns)
    (line,) = str(error.value).splitlines()
    return line.removeprefix(f"{path}: ")


def test_a_ragged_row_that_is_no_utf_8(tmp_path: Path) -> None:
    data = b"customer,date\nann,2024-01-01\nb\xe9a,2024-01-02,9\nbob,2024-01-03\n"
    said = refused(tmp_path / "orders.csv", data, ["customer"])
    assert said == "line 3 has 3 fields where the header has 2; quote a field that holds a ','"


def test_a_cell_that_is_no_utf_8(tmp_path: Path) -> None:
    said = refused(tmp_path / "orders.csv", b"customer,date\nb\xe9a,2024-01-02\n", ["customer"])
    assert said == "is not UTF-8 text; save it as CSV UTF-8"


@pytest.mark.parametrize("old", [b"Zebra", b"Quagga"])
def test_parquet_with_names_or_cells_that_are_no_utf_8(tmp_path: Path, old: bytes) -> None:
    data = parquet({"Zebra": ["Quagga"]})
    assert data.count(old) >= 1
    path = tmp_path / "orders.parquet"
    path.write_bytes(data.replace(old, b"\xff" * len(old)))
    with pytest.raises(DataError, match=r"orders.parquet: cannot be read"):
        open_data_file(path).read(["Zebra"])


def test_parquet_with_two_columns_of_a_name(tmp_path: Path) -> None:
    table = pa.table([["a"], ["b"]], names=["customer", "customer"])
    pq.write_table(table, tmp_path / "twice.parquet")
    said = refused(tmp_path / "x", (tmp_path / "twice.parquet").read_bytes(), ["customer"])
    assert said.startswith("cannot be read")


@pytest.mark.parametrize(
    "entry", ["{", "[]", "[" * 100_000, '{"channels": 1}', '{"channels": [[1]], "stages": {}}']
)
def test_our_own_table_with_entries_of_another_kind(tmp_path: Path, entry: str) -> None:
    path = tmp_path / "customers.parquet"
    write_customers(plausible(20), path)
    arrow = pq.read_table(path)
    for key, value in dict(arrow.schema.metadata).items():
        if not value.startswith((b"{", b"[")):
            continue
        json.loads(value)
        changed = {**arrow.schema.metadata, key: entry.encode()}
        pq.write_table(arrow.replace_schema_metadata(changed), path)
        said = [one for reader in (read_customers, read_manifest) for one in words(reader, path)]
        assert all(line.startswith(f"cannot read {path}: ") for line in said)
        assert said, key


def words(reader: Callable[[Path], Any], path: Path) -> list[str]:
    try:
        reader(path)
    except DataError as error:
        return [str(error)]
    return []
