"""Columns of Parquet that nobody expects are read where they make sense, or refused in words."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cvosim.errors import DataError
from cvosim.stats.data.reading import Cohort, Roles, read_cohort


def cohort(tmp_path: Path, name: str, column: pa.Array) -> Cohort:
    path = tmp_path / "data.parquet"
    columns = {"group": pa.array(["A", "B"]), "spend": pa.array([1.0, 2.0]), name: column}
    pq.write_table(pa.table(columns), path)
    return read_cohort(path, Roles("group"), ["spend"])


def test_whole_numbers_beyond_what_a_float_counts(tmp_path: Path) -> None:
    found = cohort(tmp_path, "spend", pa.array([2**53 + 1, 2**64 - 1], pa.uint64()))
    assert found.columns["spend"].tolist() == [2.0**53, 2.0**64]


def test_bytes_may_be_words(tmp_path: Path) -> None:
    assert cohort(tmp_path, "group", pa.array([b"A", b"B"])).arms == ("A", "B")
    found = cohort(tmp_path, "spend", pa.array([b"3", b"4.5"]))
    assert found.columns["spend"].tolist() == [3.0, 4.5]


@pytest.mark.parametrize("name", ["group", "spend"])
@pytest.mark.parametrize(
    "column",
    [
        pa.array([[1], [2]]),
        pa.array([{"a": 1}, {"a": 2}]),
        pa.array([b"\xff\x00", b"\xfe"]),
        pa.array([b"\xff", b"\xfe"]).dictionary_encode(),
        pa.array([[("a", 1)], []], pa.map_(pa.string(), pa.int64())),
    ],
    ids=["list", "struct", "bytes", "coded bytes", "map"],
)
def test_columns_that_are_no_words_numbers_or_days(
    tmp_path: Path, name: str, column: pa.Array
) -> None:
    with pytest.raises(DataError, match=rf"{name}: holds .*, not words, numbers or days"):
        cohort(tmp_path, name, column)
