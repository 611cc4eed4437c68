"""Killed at any moment, with any file torn: the same command goes on to the same hash."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest
from helpers.sweeps import killed_sweeps, prices

from cvosim import DataError
from cvosim.experiment.executors import Lost
from cvosim.experiment.sweeps import jobs, run, tasks
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.experiment.sweeps.stored import read_sweep
from cvosim.report.sweep import sweep_headline

POINTS, CUSTOMERS, JOB = 60, 30_000, 60_000


def parts_of(store: Path) -> list[Path]:
    return sorted((store / "parts").glob("part-*.parquet"))


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
def test_killed_at_ten_moments_a_sweep_ends_with_the_same_hash(tmp_path: Path) -> None:
    """Each life gets a little further, and all that it had said to be done is there."""
    done = killed_sweeps(tmp_path, points=POINTS, customers=CUSTOMERS, job=JOB)
    assert len(done) == 10
    assert sum(done) >= 9 * JOB
    told: list[int] = []
    design = prices(*range(1, POINTS + 1), customers=CUSTOMERS)
    again = run_sweep(
        design,
        executor="threads:2",
        store=tmp_path,
        progress=lambda done, left, failed: told.append(left),
    )
    assert 0 < told[0] <= POINTS * CUSTOMERS - sum(done)
    assert again.manifest.hash == run_sweep(design, executor="serial").manifest.hash
    assert not list(tmp_path.rglob(".*"))


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(jobs, "JOB_CUSTOMERS", 1500)
    run_sweep(prices(), executor="serial", store=tmp_path)
    return tmp_path


def cut(content: bytes) -> bytes:
    return content[: len(content) // 2]


def flip(content: bytes) -> bytes:
    """One bit in the middle of the aggregates."""
    column = pq.read_metadata(io.BytesIO(content)).row_group(0).column(7)
    assert column.path_in_schema == "aggregate"
    middle = column.data_page_offset + column.total_compressed_size // 2
    return content[:middle] + bytes([content[middle] ^ 4]) + content[middle + 1 :]


def empty(content: bytes) -> bytes:
    return b""


def zeros(content: bytes) -> bytes:
    return bytes(len(content))


@pytest.mark.parametrize("harm", [cut, flip, empty, zeros])
@pytest.mark.parametrize("finished", [True, False])
def test_a_damaged_part_is_set_aside_and_done_again(
    store: Path, harm: Callable[[bytes], bytes], finished: bool
) -> None:
    whole = run_sweep(prices(), executor="serial").manifest.hash
    if not finished:
        (store / "results.parquet").unlink()
    path = parts_of(store)[2]
    path.write_bytes(harm(path.read_bytes()))
    told: list[int] = []
    again = run_sweep(
        prices(),
        executor="serial",
        store=store,
        progress=lambda done, left, failed: told.append(left),
    )
    assert again.manifest.hash == whole
    assert told[0] == 1500
    assert again.notes == (
        "parts/part-000003.parquet was damaged and is set aside; its tasks were done again",
    )
    assert path.with_name("part-000003.parquet.damaged").exists()
    assert run_sweep(prices(), executor="serial", store=store).notes == ()


def test_a_part_of_another_sweep_is_not_taken(
    store: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    other = tmp_path_factory.mktemp("other")
    run_sweep(prices(1, 2, 3, 4, 5), executor="serial", store=other)
    foreign = parts_of(other)[0]
    parts_of(store)[0].write_bytes(foreign.read_bytes())
    again = run_sweep(prices(), executor="serial", store=store)
    assert len(again.notes) == 1
    assert again.manifest.hash == run_sweep(prices(), executor="serial").manifest.hash


@pytest.mark.parametrize("name", ["results.parquet", "design.json"])
def test_lost_tables_are_written_again_from_the_rows(store: Path, name: str) -> None:
    before = (store / name).read_bytes()
    whole = run_sweep(prices(), executor="serial")
    (store / name).write_bytes(b"torn")
    again = run_sweep(prices(), executor="serial", store=store)
    assert again.manifest == whole.manifest
    assert np.array_equal(again.pooled, whole.pooled)
    assert (store / name).read_bytes() == before


def test_what_was_being_written_when_it_was_killed_is_swept_up(store: Path) -> None:
    for folder in (store, store / "parts"):
        (folder / ".something.1.part").write_text("half")
    run_sweep(prices(), executor="serial", store=store)
    assert not list(store.rglob(".*"))


class _Deadly:
    """Workers who do not survive the tasks at some places."""

    size = 1

    def __init__(self, *places: int) -> None:
        self.places = places

    def run(self, function: Callable[[Any], Any], jobs: Iterable[Any]) -> Iterator[tuple[Any, Any]]:
        for job in jobs:
            own = [task.place for work in job.work for task in work.tasks]
            yield job, Lost("killed") if set(own) & set(self.places) else function(job)


def test_one_deadly_task_condemns_only_itself_and_only_for_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All tasks are in one job, with one that cannot be built: that one is final."""
    design = prices(9, -5, 19, 29, 39, 49, customers=100)
    whole = run_sweep(design, executor="serial").manifest.hash
    monkeypatch.setattr(run, "job_customers", lambda *_: 10**6)

    @contextmanager
    def workers(_: str) -> Iterator[_Deadly]:
        yield _Deadly(2)

    with monkeypatch.context() as patch:
        patch.setattr(run, "workers", workers)
        first = run_sweep(design, executor="serial", store=tmp_path)
    assert set(first.errors) == {1, 2}
    assert first.errors[2] == "killed"
    manifest = first.manifest
    assert (manifest.finished, manifest.hash, manifest.done) == (False, "", 5)
    words = sweep_headline(first)
    assert "1 task was lost with killed workers" in words
    assert "the same command tries again" in words
    with pytest.raises(DataError, match="is not finished"):
        read_sweep(tmp_path)
    told: list[int] = []
    again = run_sweep(
        design,
        executor="serial",
        store=tmp_path,
        progress=lambda done, left, failed: told.append(left),
    )
    assert told[0] == 100
    assert set(again.errors) == {1}
    assert again.manifest.hash == whole
    assert "--retry-failed tries failed points again" in sweep_headline(again)


def test_want_of_memory_is_not_final(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise MemoryError

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "simulate_block", full)
        first = run_sweep(prices(19, 29), executor="serial", store=tmp_path)
    assert first.errors == {0: "not enough memory", 1: "not enough memory"}
    assert not parts_of(tmp_path)
    again = run_sweep(prices(19, 29), executor="serial", store=tmp_path)
    assert again.manifest.hash == run_sweep(prices(19, 29), executor="serial").manifest.hash


@pytest.mark.parametrize("text", ["{", "{}"])
def test_a_damaged_manifest_costs_no_rows(store: Path, text: str) -> None:
    (store / "manifest.json").write_text(text)
    with pytest.raises(DataError, match="delete it and give the same command again"):
        run_sweep(prices(), executor="serial", store=store)
    (store / "manifest.json").unlink()
    told: list[int] = []
    again = run_sweep(
        prices(),
        executor="serial",
        store=store,
        progress=lambda done, left, failed: told.append(left),
    )
    assert told == [0]
    assert again.notes == ()


def test_rows_of_another_sweep_without_a_manifest_are_refused_and_kept(store: Path) -> None:
    (store / "manifest.json").unlink()
    before = parts_of(store)
    with pytest.raises(DataError, match=r"holds rows of another sweep.*--fresh"):
        run_sweep(prices(1, 2), executor="serial", store=store)
    assert parts_of(store) == before
    run_sweep(prices(1, 2), executor="serial", store=store, fresh=True)
