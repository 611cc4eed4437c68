import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from helpers.customer_tables import FULL, NAMES, families, plausible
from tables.test_manifest import MANIFEST

from cvosim.errors import DataError
from cvosim.metrics import measure
from cvosim.tables import conversion, store
from cvosim.tables.blocks import EXTRAS
from cvosim.tables.columns import NOBODY, CustomerTable, EventTable, Names, empty_events
from cvosim.tables.layout import Field
from cvosim.tables.schema import AWARENESS, NO_CODE, EventKind
from cvosim.tables.store import (
    read_customers,
    read_events,
    read_manifest,
    write_customers,
    write_events,
)


def same(one: Any, other: Any) -> None:
    for field, mine, yours in zip(one._fields, one, other, strict=True):
        assert mine.dtype == yours.dtype, field
        np.testing.assert_array_equal(mine, yours, err_msg=field)


def events(count: int = 7) -> EventTable:
    columns = empty_events(count)
    columns.customer_id[:] = np.arange(count, dtype=np.uint64) + np.uint64(2**63)
    columns.time[:] = np.arange(count) / 3
    columns.stage[:] = np.arange(count) % (len(NAMES.stages) + 2) - 1
    columns.kind[:] = np.arange(count) % len(EventKind)
    columns.revenue[:], columns.cost[:] = 0.1, 0.2
    columns.program[:] = np.arange(count) % (len(NAMES.programs) + 1) - 1
    return EventTable(columns, NAMES)


@pytest.mark.parametrize("rows", [1, 100, 131_072])
def test_customers_come_back_whatever_the_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(store, "ROWS", rows)
    table = plausible(250 if rows > 1 else 5)
    table = CustomerTable(table.columns, table.names, first_customer=17)
    table.columns.unsubscribed[::3] = 1
    write_customers(table, tmp_path / "c.parquet")
    back = read_customers(tmp_path / "c.parquet")
    same(back.columns, table.columns)
    assert (back.names, back.first_customer) == (NAMES, 17)


@pytest.mark.parametrize("rows", [2, 131_072])
def test_events_come_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int) -> None:
    monkeypatch.setattr(store, "ROWS", rows)
    table = events(40)
    write_events(table, tmp_path / "e.parquet")
    back = read_events(tmp_path / "e.parquet")
    same(back.columns, table.columns)
    assert back.names == NAMES


def test_all_64_stages_come_back(tmp_path: Path) -> None:
    names = Names(("s",), ("c",), tuple(f"stage_{i}" for i in range(64)), (), ())
    table = plausible(3, names=Names(("s",), ("c",), NAMES.stages, (), ("care",)))
    columns = table.columns._replace(
        reached=np.array([0, 2**64 - 1, 1 << 63], np.uint64),
        stage_time=np.zeros((64, 3)),
        bills=np.zeros((0, 3), np.uint32),
        cancelled=np.zeros((0, 3), np.uint8),
        channel=np.zeros(3, np.uint8),
        segment=np.zeros(3, np.uint8),
    )
    write_customers(CustomerTable(columns, names), tmp_path / "c.parquet")
    same(read_customers(tmp_path / "c.parquet").columns, columns)


def test_file_says_what_its_columns_mean(tmp_path: Path) -> None:
    table = plausible(50)
    write_customers(table, tmp_path / "c.parquet", MANIFEST)
    schema = pq.read_schema(tmp_path / "c.parquet")
    assert schema.field("revenue").metadata[b"unit"] == b"money"
    assert schema.field("time_tripwire").metadata[b"unit"] == b"days"
    assert all(schema.field(name).metadata[b"description"] for name in schema.names)
    assert pa.types.is_dictionary(schema.field("channel").type)
    assert schema.field("reached_tripwire").type == pa.bool_()
    assert schema.field("customer_id").type == pa.uint64()
    assert read_manifest(tmp_path / "c.parquet") == MANIFEST


def test_others_can_read_the_file(tmp_path: Path) -> None:
    table = plausible(200)
    write_customers(table, tmp_path / "c.parquet")
    frame = pq.read_table(tmp_path / "c.parquet").to_pandas()
    columns = table.columns
    assert list(frame.channel) == [NAMES.channels[code] for code in columns.channel]
    assert frame.time_tripwire.isna().sum() == np.isnan(columns.stage_time[1]).sum()
    assert frame.exit_stage.isna().sum() == (columns.exit_stage == NO_CODE).sum()
    assert (frame.referrer_id == NOBODY).all()
    assert frame.satisfaction.isna().all()
    assert (frame.refunds == 0).all()
    costs = ["cost_of_goods", "touch_cost", "acquisition_cost", "reward_cost", "refunds"]
    np.testing.assert_allclose(frame.revenue - frame[costs].sum(axis=1), frame.contribution)
    np.testing.assert_array_equal(frame.reached_tripwire, table.has_reached("tripwire"))


def test_events_in_words(tmp_path: Path) -> None:
    write_events(events(), tmp_path / "e.parquet")
    frame = pq.read_table(tmp_path / "e.parquet").to_pandas()
    assert list(frame.stage)[1:] == list(NAMES.stages)
    assert frame.stage.isna()[0]
    assert list(frame.event)[:3] == ["arrived", "opted_in", "consumed"]
    assert frame.program[1] == NAMES.programs[0]


def test_repeat_purchases_have_a_name(tmp_path: Path) -> None:
    table = events(1)
    table.columns.stage[:] = len(NAMES.stages)
    write_events(table, tmp_path / "e.parquet")
    assert pq.read_table(tmp_path / "e.parquet")["stage"].to_pylist() == ["repeat_purchases"]


def test_nobody_did_anything(tmp_path: Path) -> None:
    write_customers(plausible(0), tmp_path / "c.parquet")
    write_events(events(0), tmp_path / "e.parquet")
    assert len(read_customers(tmp_path / "c.parquet")) == 0
    assert len(read_events(tmp_path / "e.parquet")) == 0
    assert read_manifest(tmp_path / "e.parquet") is None


def test_a_failure_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "c.parquet"
    write_customers(plausible(10), path)
    before = path.read_bytes()

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("cvosim.tables.conversion.customer_batch", fail)
    with pytest.raises(DataError, match=r"cannot write .*c.parquet: No space left"):
        write_customers(plausible(20), path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_interruption_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("cvosim.tables.conversion.event_batch", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_events(events(), tmp_path / "e.parquet")
    assert list(tmp_path.iterdir()) == []


def test_unwritable_paths_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r'cannot write .*: there is no folder ".*nowhere"'):
        write_events(events(), tmp_path / "nowhere" / "e.parquet")
    with pytest.raises(DataError, match=r"cannot write .*: it is a folder"):
        write_events(events(), tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match=r"cannot write .*: there is no folder"):
        write_events(events(), tmp_path / "file" / "e.parquet")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_unreadable_files_in_words(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"cannot read .*: there is no such file"):
        read_events(tmp_path / "e.parquet")
    (tmp_path / "text").write_text("customer,date\n")
    with pytest.raises(DataError, match=r"cannot read .*: it is not a Parquet file"):
        read_customers(tmp_path / "text")
    pq.write_table(pa.table({"a": [1]}), tmp_path / "foreign")
    with pytest.raises(DataError, match="was not written by cvosim"):
        read_customers(tmp_path / "foreign")
    with pytest.raises(DataError, match="was not written by cvosim"):
        read_manifest(tmp_path / "foreign")
    write_events(events(), tmp_path / "e.parquet")
    with pytest.raises(DataError, match="its table is events, not customers"):
        read_customers(tmp_path / "e.parquet")


def test_a_file_that_lost_a_column(tmp_path: Path) -> None:
    path = tmp_path / "e.parquet"
    write_events(events(), path)
    pq.write_table(pq.read_table(path).drop_columns(["cost"]), path)
    with pytest.raises(DataError, match='column "cost" is missing'):
        read_events(path)


# ------------------------------------------------- content, experience, loyalty, referral


def same_people(one: CustomerTable, other: CustomerTable) -> None:
    same(one.columns, other.columns)
    same(one.referred, other.referred)
    assert (one.names, one.first_customer) == (other.names, other.first_customer)


@pytest.mark.parametrize("rows", [7, 100, 131_072])
@pytest.mark.parametrize("first", [0, 12])
def test_families_come_back_whatever_the_row_groups(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int, first: int
) -> None:
    monkeypatch.setattr(store, "ROWS", rows)
    table = replace(families(120, 2), first_customer=first)
    assert len(table) > 150
    write_customers(table, tmp_path / "c.parquet")
    back = read_customers(tmp_path / "c.parquet")
    same_people(back, table)
    np.testing.assert_array_equal(back.root, table.root)
    assert measure(back) == measure(table)


def test_families_in_words(tmp_path: Path) -> None:
    table = families(300, 2)
    write_customers(table, tmp_path / "c.parquet")
    frame = pq.read_table(tmp_path / "c.parquet").to_pandas()
    market = frame.generation == 0
    assert market.sum() == 300
    assert (frame.referrer_id[market] == NOBODY).all()
    assert (frame.root_id[market] == frame.customer_id[market]).all()
    # whoever was brought has a referrer one generation nearer to the same root
    by_id = frame.set_index("customer_id")
    referrer = by_id.loc[table.referred.referrer_id]
    assert list(referrer.generation) == list(frame.generation[~market] - 1)
    assert list(referrer.root_id) == list(frame.root_id[~market])
    assert set(frame.channel[~market]) == {"referral"}


@pytest.mark.parametrize("rows", [7, 131_072])
def test_pandas_reads_every_id_to_the_last_digit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows: int
) -> None:
    monkeypatch.setattr(store, "ROWS", rows)
    table, path = families(300, 2), tmp_path / "c.parquet"
    write_customers(table, path)
    frame = pd.read_parquet(path)
    for name in ("customer_id", "referrer_id", "root_id"):
        assert frame[name].dtype == np.uint64, name
    referred = frame[frame.generation > 0]
    assert {1, 2, 3} <= set(referred.generation), "friends of friends of friends"
    assert referred.referrer_id.isin(frame.customer_id).all()
    assert referred.root_id.isin(frame.customer_id[frame.generation == 0]).all()
    np.testing.assert_array_equal(frame.referrer_id, table.referrer_id)
    assert not frame.customer_id.isin([NOBODY]).any()
    description = pq.read_schema(path).field("referrer_id").metadata[b"description"].decode()
    assert f"{2**64 - 1} (2**64 - 1)" in description


@pytest.mark.parametrize("rows", [7, 131_072])
def test_an_older_file_with_nulls_for_nobody_comes_back_exactly(tmp_path: Path, rows: int) -> None:
    table, path = families(120, 2), tmp_path / "c.parquet"
    write_customers(table, path)
    arrow = pq.read_table(path)
    referrers = pa.array(table.referrer_id, mask=table.referrer_id == NOBODY)
    place = arrow.column_names.index("referrer_id")
    older = arrow.set_column(place, arrow.schema.field("referrer_id"), referrers)
    assert older["referrer_id"].null_count == 120
    pq.write_table(older, path, row_group_size=rows)
    same_people(read_customers(path), table)


def test_a_null_among_ids_takes_no_digits_from_the_others() -> None:
    ids = [2**64 - 59, None, 2**53 + 1]
    field = Field("referrer_id", "uint64", "", "")
    found = conversion._values(pa.array(ids, pa.uint64()), field)
    assert found.dtype == np.uint64
    assert found.tolist() == [2**64 - 59, 2**64 - 1, 2**53 + 1]


def test_experience_and_loyalty_in_words(tmp_path: Path) -> None:
    table = families(300, 2)
    write_customers(table, tmp_path / "c.parquet")
    schema = pq.read_schema(tmp_path / "c.parquet")
    assert schema.field("deliveries").type == pa.uint32()
    assert schema.field("satisfaction").metadata[b"unit"] == b"points"
    frame, c = pq.read_table(tmp_path / "c.parquet").to_pandas(), table.columns
    tiers = [None, "silver", "gold"]
    assert [x if isinstance(x, str) else None for x in frame.tier] == [
        tiers[int(t)] for t in c.tier
    ]
    assert frame.satisfaction.isna().sum() == np.isnan(c.satisfaction).sum() > 0
    assert list(frame.awareness_at_end) == [
        AWARENESS[int(rung)] for rung in c.awareness + c.rungs_climbed
    ]
    np.testing.assert_array_equal(frame.partner, c.partner == 1)
    costs = ["cost_of_goods", "touch_cost", "acquisition_cost", "reward_cost", "refunds"]
    assert (frame[costs].sum() > 0).all()
    np.testing.assert_allclose(frame.revenue - frame[costs].sum(axis=1), frame.contribution)


def test_one_schema_for_all(tmp_path: Path) -> None:
    """Names of stages and programs apart, a file has the same columns whatever a scenario has."""
    names = NAMES._replace(stages=FULL.stages)
    for name, words in (("plain", names), ("full", FULL)):
        write_customers(plausible(20, names=words), tmp_path / name)
    plain, full = (pq.read_schema(tmp_path / name) for name in ("plain", "full"))
    assert plain.names == full.names
    assert plain.types == full.types
    frame = pq.read_table(tmp_path / "plain").to_pandas()
    assert frame[["satisfaction", "effort", "tier", "advocated_time"]].isna().all(axis=None)
    assert (frame[["deliveries", "returns", "invited", "exposures", "rungs_climbed"]] == 0).all(
        axis=None
    )
    back = read_customers(tmp_path / "plain")
    assert back.columns.refunds.strides == (0,)  # takes no memory


def test_a_file_of_the_spines_time_is_still_read(tmp_path: Path) -> None:
    """Written before there were tiers, rewards and roots."""
    table, path = plausible(30), tmp_path / "c.parquet"
    write_customers(table, path)
    arrow = pq.read_table(path)
    kept = [name for name in arrow.column_names if name not in (*EXTRAS, "root_id")]
    names = table.names._asdict()
    del names["tiers"], names["extras"], names["experience"]
    metadata = {**arrow.schema.metadata, b"cvosim.names": json.dumps(names).encode()}
    pq.write_table(arrow.select(kept).replace_schema_metadata(metadata), path)
    same_people(read_customers(path), table)


def test_people_must_stand_after_the_market(tmp_path: Path) -> None:
    path = tmp_path / "c.parquet"
    write_customers(families(40, 2), path)
    arrow = pq.read_table(path)
    pq.write_table(arrow.take(np.arange(len(arrow))[::-1].copy()), path)
    with pytest.raises(DataError, match="must stand after the market prospects"):
        read_customers(path)
