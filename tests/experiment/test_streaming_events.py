from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest

from cvosim import Scenario, load_scenario, simulate
from cvosim.errors import DataError
from cvosim.experiment.stream_events import MANIFEST, part_of
from cvosim.experiment.streaming import EventFolder, stream
from cvosim.experiment.sweeps.lock import identity
from cvosim.tables.store import read_events, write_events

FIRST = "events-0000000000000.parquet"
BLOCK = 2000


@pytest.fixture(autouse=True)
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cvosim.tables.spans.STREAM_BLOCK", BLOCK)


@pytest.fixture(scope="module")
def shop() -> Scenario:
    return load_scenario("carpet_cleaning")


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_line_of_pandas_reads_all_events(shop: Scenario, tmp_path: Path) -> None:
    folder, count = tmp_path / "events", BLOCK + 1000
    stream(shop, customers=count, events=folder)
    assert names(folder) == [MANIFEST, FIRST, part_of(folder, BLOCK).name]
    run = simulate(shop, customers=count, events=True)
    assert run.events is not None
    write_events(run.events, tmp_path / "all.parquet")
    expected = pd.read_parquet(tmp_path / "all.parquet")
    found = pd.read_parquet(folder)
    again = found.sort_values(["time", "customer_id"], kind="stable").reset_index(drop=True)
    pd.testing.assert_frame_equal(again, expected)
    second = read_events(part_of(folder, BLOCK)).columns
    assert (second.time[1:] >= second.time[:-1]).all(), "canonical order within a block"
    said = json.loads((folder / MANIFEST).read_text())
    assert (said["complete"], said["customers"]) == (True, count)
    assert said["manifest"]["seed"] == shop.seed


def test_whoever_writes_the_files_are_the_same(shop: Scenario, tmp_path: Path) -> None:
    stream(shop, customers=3000, events=tmp_path / "one")
    stream(shop, customers=3000, events=tmp_path / "other", executor="processes:2")
    pd.testing.assert_frame_equal(
        pd.read_parquet(tmp_path / "one"), pd.read_parquet(tmp_path / "other")
    )


def test_an_earlier_run_is_replaced_only_when_told(shop: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    stream(shop, customers=BLOCK + 500, events=folder)
    before = names(folder)
    with pytest.raises(DataError, match="holds the events of another run; --force"):
        stream(shop, customers=500, events=folder)
    assert names(folder) == before
    stream(shop, customers=500, events=EventFolder(folder, force=True))
    assert names(folder) == [MANIFEST, FIRST]


@pytest.mark.parametrize("force", [False, True])
def test_other_files_are_never_taken_away(shop: Scenario, tmp_path: Path, force: bool) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="holds something else"):
        stream(shop, customers=500, events=EventFolder(folder, force))
    assert names(folder) == ["thesis.txt"]
    # nor beside events
    events = tmp_path / "events"
    stream(shop, customers=500, events=events)
    (events / "notes.txt").write_text("mine")
    with pytest.raises(DataError, match="holds something else"):
        stream(shop, customers=500, events=EventFolder(events, force))


def test_what_a_killed_run_left_is_an_earlier_run(shop: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    stream(shop, customers=500, events=folder)
    (folder / f".{FIRST}.123.part").write_text("half")
    (folder / f".{MANIFEST}.123.part").write_text("half")
    stream(shop, customers=500, events=EventFolder(folder, force=True))
    assert names(folder) == [MANIFEST, FIRST]


def test_a_place_that_cannot_be_is_refused(shop: Scenario, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DataError, match="is a file"):
        stream(shop, customers=500, events=tmp_path / "file")
    with pytest.raises(DataError, match="does not exist"):
        stream(shop, customers=500, events=tmp_path / "no" / "where")


def test_a_prefix_has_the_events_of_the_prefix(shop: Scenario, tmp_path: Path) -> None:
    def stop(_: int) -> None:
        raise KeyboardInterrupt

    folder = tmp_path / "events"
    done = stream(shop, customers=4 * BLOCK, events=folder, executor="threads:2", progress=stop)
    assert done.customers == BLOCK
    assert names(folder) == [MANIFEST, FIRST], "files of later blocks are gone"
    assert json.loads((folder / MANIFEST).read_text())["complete"] is False


@pytest.mark.parametrize("end", [DataError("no workers"), KeyboardInterrupt(), MemoryError()])
def test_an_earlier_run_stays_until_a_new_one_has_ended(
    shop: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: BaseException
) -> None:
    folder = tmp_path / "events"
    stream(shop, customers=BLOCK + 500, events=folder)
    before = {path: path.read_bytes() for path in folder.iterdir()}
    seen = []

    def fails(*_: object) -> None:
        seen.extend(path for path in folder.iterdir() if path.is_file())
        raise end

    with monkeypatch.context() as patch:
        patch.setattr("cvosim.experiment.streaming.require_files", fails)
        with pytest.raises(type(end)):
            stream(shop, customers=500, events=EventFolder(folder, force=True))
        with pytest.raises(type(end)):
            stream(shop, customers=500, events=tmp_path / "new")
    assert set(before) <= set(seen)
    assert {path: path.read_bytes() for path in folder.iterdir()} == before
    assert names(tmp_path) == ["events"], "a failed run leaves no folder"


def test_ctrl_c_while_files_are_exchanged_brings_that_to_its_end(
    shop: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "events"
    stream(shop, customers=2 * BLOCK, seed=1, events=folder)
    replace, calls = Path.replace, iter(range(99))

    def pressed(path: Path, target: Path) -> Path:
        if path.parent.name.startswith(".part-") and target.parent == folder and next(calls) == 1:
            raise KeyboardInterrupt
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", pressed)
    with pytest.raises(KeyboardInterrupt):
        stream(shop, customers=3 * BLOCK, seed=2, events=EventFolder(folder, force=True))
    assert len(names(folder)) == 4
    assert json.loads((folder / MANIFEST).read_text())["manifest"]["seed"] == 2


def test_what_a_killed_run_wrote_apart_is_swept_up(shop: Scenario, tmp_path: Path) -> None:
    folder = tmp_path / "events"
    stream(shop, customers=500, events=folder)
    for name, owner in (("dead", {"process": 2**22 + 1, "born": "1"}), ("alive", {})):
        apart = folder / f".part-{name}"
        apart.mkdir()
        (apart / FIRST).write_text("half")
        (apart / "owner.json").write_text(json.dumps(identity() | owner))
    assert len(pd.read_parquet(folder)) > 0
    stream(shop, customers=500, events=EventFolder(folder, force=True))
    assert names(folder) == [".part-alive", MANIFEST, FIRST]


def test_a_full_disk_is_explained(
    shop: Scenario, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise DataError("cannot write x: [Errno 28] Error writing bytes to file. Detail: [errno "
                        "28] No space left on device")  # fmt: skip

    monkeypatch.setattr("cvosim.tables.store.write_events", full)
    folder = tmp_path / "events"
    with pytest.raises(DataError, match=f"^{folder}: the disk is full; make room there") as said:
        stream(shop, customers=500, events=folder)
    assert "Errno" not in str(said.value)
