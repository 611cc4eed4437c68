"""The folder of a sweep: what is in it, what is refused, and that nothing is ever lost."""

from __future__ import annotations

import errno
import json
import os
import platform
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from helpers.sweeps import PRICE, prices

from cvosim import DataError
from cvosim.experiment.sweeps import files, jobs
from cvosim.experiment.sweeps.estimate import estimate
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.experiment.sweeps.stored import read_sweep
from cvosim.plan import Plan


@pytest.fixture(autouse=True)
def small_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    """One point a job, so that a store of a small sweep has several parts."""
    monkeypatch.setattr(jobs, "JOB_CUSTOMERS", 1500)


def parts_of(store: Path) -> list[Path]:
    return sorted((store / "parts").glob("part-*.parquet"))


def test_results_open_in_pandas_with_one_line(tmp_path: Path) -> None:
    found = run_sweep(prices(19, -5, 29, replicates=2), executor="serial", store=tmp_path)
    table = pd.read_parquet(tmp_path / "results.parquet")
    pd.testing.assert_frame_equal(table, found.table())
    replicates = pd.read_parquet(tmp_path / "replicates.parquet")
    pd.testing.assert_frame_equal(replicates, found.replicates())
    assert table[PRICE].tolist() == [19, -5, 29]


def test_a_store_has_the_hash_of_the_same_sweep_in_memory(tmp_path: Path) -> None:
    in_memory = run_sweep(prices(19, -5, 29, replicates=2), executor="serial")
    on_disk = run_sweep(prices(19, -5, 29, replicates=2), executor="threads:2", store=tmp_path)
    assert on_disk.manifest.hash == in_memory.manifest.hash
    assert json.loads((tmp_path / "manifest.json").read_text())["hash"] == on_disk.manifest.hash
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "design.json",
        "manifest.json",
        "parts",
        "replicates.parquet",
        "results.parquet",
    ]


def test_a_finished_store_is_read_and_not_run_again(tmp_path: Path) -> None:
    first = run_sweep(prices(19, -5), executor="serial", store=tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    told: list[int] = []
    again = run_sweep(
        prices(19, -5),
        executor="serial",
        store=tmp_path,
        progress=lambda done, left, failed: told.append(done),
    )
    assert told == []
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")} == before
    opened = read_sweep(tmp_path)
    for other in (again, opened):
        assert other.manifest == first.manifest
        assert np.array_equal(other.values, first.values, equal_nan=True)
        assert np.array_equal(other.standard_errors, first.standard_errors, equal_nan=True)
        assert (other.errors, other.units) == (first.errors, first.units)
        assert other.to_dict() == first.to_dict()


def test_reading_what_is_not_finished_or_no_store_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"is no store of a sweep: there is no manifest.json"):
        read_sweep(tmp_path)
    run_sweep(prices(19), executor="serial", store=tmp_path)
    entries = json.loads((tmp_path / "manifest.json").read_text())
    (tmp_path / "manifest.json").write_text(json.dumps(entries | {"finished": False}))
    with pytest.raises(DataError, match="is not finished"):
        read_sweep(tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(DataError, match=r"is no manifest of a sweep: .* lacks"):
        read_sweep(tmp_path)


def test_another_sweep_is_refused_with_what_differs_and_nothing_is_lost(tmp_path: Path) -> None:
    first = run_sweep(prices(19, 29), executor="serial", store=tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*.*")}
    for other, words in [
        (prices(19, 39), "the points differ"),
        (prices(19, 29, customers=1600), "customers there: 1500, here: 1600"),
        (prices(19, 29, outcomes=("cac",)), "the outcomes there are clv_per_prospect, cac"),
        (prices(19, 29, replicates=2), "replicates there: 1, here: 2"),
        (prices(19, 29, common_luck=False), "common_luck there: True, here: False"),
    ]:
        with pytest.raises(DataError, match=f"holds another sweep: {words}.*--fresh") as refused:
            run_sweep(other, executor="serial", store=tmp_path)
        assert "scenario differs" not in str(refused.value)
    assert {path: path.read_bytes() for path in tmp_path.rglob("*.*")} == before
    fresh = run_sweep(prices(19, 39), executor="serial", store=tmp_path, fresh=True)
    assert fresh.manifest.hash != first.manifest.hash
    assert len(parts_of(tmp_path)) == 2


@pytest.mark.parametrize("entry", ["version", "trajectory_version", "format"])
def test_another_version_is_refused_until_fresh(tmp_path: Path, entry: str) -> None:
    run_sweep(prices(19), executor="serial", store=tmp_path)
    path = tmp_path / "manifest.json"
    entries = json.loads(path.read_text())
    other = "0.0.1" if entry == "version" else 99
    path.write_text(json.dumps(entries | {entry: other}))
    before = path.read_bytes()
    for attempt in (lambda: read_sweep(tmp_path), lambda: run_sweep(prices(19), store=tmp_path)):
        with pytest.raises(DataError, match="rows of two versions are not mixed"):
            attempt()
    assert path.read_bytes() == before
    run_sweep(prices(19), executor="serial", store=tmp_path, fresh=True)
    assert read_sweep(tmp_path).manifest.finished


@pytest.mark.parametrize("fresh", [False, True])
def test_a_folder_of_something_else_is_refused_and_left_alone(tmp_path: Path, fresh: bool) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    (tmp_path / "manifest.json").write_text('{"name": "a web page"}')
    (tmp_path / "lock").write_text("somebody's")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(DataError, match=r"is no store of a sweep, and not empty"):
        run_sweep(prices(19), executor="serial", store=tmp_path, fresh=fresh)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before
    with pytest.raises(DataError, match="is a file; name a folder"):
        run_sweep(prices(19), executor="serial", store=tmp_path / "thesis.txt")


def test_fresh_leaves_what_a_person_put_into_a_store(tmp_path: Path) -> None:
    run_sweep(prices(19), executor="serial", store=tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "parts" / "notes.txt").write_text("mine")
    run_sweep(prices(29), executor="serial", store=tmp_path, fresh=True)
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "parts" / "notes.txt").read_text() == "mine"
    assert len(parts_of(tmp_path)) == 1


def test_failed_points_stay_failed_until_they_are_tried_again(tmp_path: Path) -> None:
    design = prices(19, 29, 39)
    whole = run_sweep(design, executor="serial").manifest.hash
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs, "compile_plan", _fails_at(29.0, jobs.compile_plan))
        first = run_sweep(design, executor="serial", store=tmp_path)
    assert first.errors == {1: "out of order"}
    kept = run_sweep(design, executor="serial", store=tmp_path)
    assert (kept.errors, kept.manifest.hash) == (first.errors, first.manifest.hash)
    told: list[int] = []
    again = run_sweep(
        design,
        executor="serial",
        store=tmp_path,
        retry_failed=True,
        progress=lambda done, left, failed: told.append(done),
    )
    assert told == [0, 1500]
    assert (again.errors, again.manifest.hash) == ({}, whole)
    assert read_sweep(tmp_path).manifest.hash == whole


def _fails_at(price: float, compile_plan: Callable[[Any], Plan]) -> Callable[[Any], Plan]:
    def compiled(scenario: Any) -> Plan:
        if scenario.journey.tripwire.price == price:
            raise DataError("out of order")
        return compile_plan(scenario)

    return compiled


def test_a_store_at_work_is_refused_and_a_dead_owners_lock_is_taken_over(tmp_path: Path) -> None:
    refusals = []

    def second(done: int, left: int, failed: int) -> None:
        with pytest.raises(DataError, match=f"process {os.getpid()} has been running") as refused:
            run_sweep(prices(19), executor="serial", store=tmp_path)
        refusals.append(str(refused.value))

    run_sweep(prices(19), executor="serial", store=tmp_path, progress=second)
    assert len(refusals) == 2
    assert not (tmp_path / "lock").exists()

    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    owner = {"process": dead.pid, "computer": platform.node(), "born": "1", "since": "2026"}
    for text in (json.dumps(owner), "", "{"):
        (tmp_path / "lock").write_text(text)
        run_sweep(prices(19), executor="serial", store=tmp_path)
        assert not (tmp_path / "lock").exists()
    (tmp_path / "lock").write_text(json.dumps(owner | {"computer": "elsewhere"}))
    with pytest.raises(DataError, match=r"on elsewhere has been running .* delete .*lock"):
        run_sweep(prices(19), executor="serial", store=tmp_path)
    assert (tmp_path / "lock").exists()


def test_a_place_that_cannot_be_written_to_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for folder in (tmp_path / "file" / "out", Path("/proc/out")):
        with pytest.raises(DataError, match=f"cannot make the folder {folder}"):
            run_sweep(prices(19), executor="serial", store=folder)


def test_a_store_that_has_become_read_only_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = run_sweep(prices(19), executor="serial", store=tmp_path)

    def refuse(path: Path, *options: object, **named: object) -> None:
        raise OSError(errno.EROFS, "Read-only file system")

    # permissions do not bind who runs the tests in a container
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(DataError, match="Read-only file system; name a folder in which files"):
        run_sweep(prices(19), executor="serial", store=tmp_path)
    monkeypatch.undo()
    assert read_sweep(tmp_path).manifest == found.manifest


_SMALL_DISK = """
import json, pathlib, resource, subprocess, sys
sys.path.insert(0, {helpers!r})
from helpers.sweeps import prices
from cvosim import CvosimError
from cvosim.experiment.sweeps import jobs
from cvosim.experiment.sweeps.run import run_sweep

jobs.JOB_CUSTOMERS = 1500
store = pathlib.Path({store!r}) / "disk" / "out"
store.parent.mkdir()
design = prices(*range(1, 21))

def mounted(options, *more):
    command = ["mount", "-o", options, *more, "tmpfs", str(store.parent)]
    return subprocess.run(command, capture_output=True).returncode == 0

def attempt():
    told = lambda done, left, failed: lefts.append(left)
    lefts = []
    try:
        hash = run_sweep(design, executor="serial", store=store, progress=told).manifest.hash
        words = ""
    except CvosimError as problem:
        hash, words = "", str(problem)
    files = sorted(path.name for path in store.iterdir())
    print(json.dumps([words, hash, lefts[:1], len(list(store.glob("parts/*"))), files]))

if mounted("size=48k", "-t", "tmpfs"):
    print("true")
    attempt()
    mounted("remount,ro,size=10m")
    attempt()
    mounted("remount,rw,size=10m")
    attempt()
else:
    print("false")
    run_sweep(design, executor="serial")  # the limit is on the machine code's files too
    resource.setrlimit(resource.RLIMIT_FSIZE, (1200, resource.RLIM_INFINITY))
    attempt()
    attempt()
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
    attempt()
"""


def test_a_full_or_read_only_disk_stops_in_words_and_the_same_command_goes_on(
    tmp_path: Path,
) -> None:
    """On a disk of its own where that is permitted, else with a limit on the size of files."""
    code = _SMALL_DISK.format(helpers=str(Path(__file__).parents[2]), store=str(tmp_path))
    own = ["unshare", "-m"] if _may("unshare", "-m", "true") else []
    done = subprocess.run(
        [*own, sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    disk, full, closed, roomy = (json.loads(line) for line in done.stdout.splitlines())
    assert "cannot write" in full[0]
    assert "what is finished is kept: make room there and give the same command" in full[0]
    assert "lock" not in full[4]
    assert "results.parquet" not in full[4]
    assert "cannot write" in closed[0]
    if disk:
        assert "Read-only file system; name a folder in which files may be written" in closed[0]
        assert 0 < full[3] == closed[3] < 20
        assert roomy[2] == [1500 * (20 - full[3])]
    assert roomy[1] == run_sweep(prices(*range(1, 21)), executor="serial").manifest.hash


def _may(*command: str) -> bool:
    try:
        return subprocess.run(command, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def test_ctrl_c_keeps_what_is_done_and_the_same_call_goes_on(tmp_path: Path) -> None:
    def press(done: int, left: int, failed: int) -> None:
        if done == 3000:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_sweep(prices(), executor="serial", store=tmp_path, progress=press)
    assert not (tmp_path / "lock").exists()
    left: list[int] = []
    again = run_sweep(
        prices(),
        executor="serial",
        store=tmp_path,
        progress=lambda done, missing, failed: left.append(missing),
    )
    assert left[0] == 4500
    assert again.manifest.hash == run_sweep(prices(), executor="serial").manifest.hash


def test_a_dry_run_says_what_is_to_do_and_leaves_no_trace(tmp_path: Path) -> None:
    store = tmp_path / "out"
    plan = estimate(prices(replicates=2), "threads:2", store=store)
    assert (plan.points, plan.tasks, plan.customers, plan.done) == (5, 10, 15_000, 0)
    assert not store.exists()
    assert 0.0 < plan.seconds < 60.0
    assert 1e8 < plan.memory_bytes < 2e9
    run_sweep(prices(replicates=2), executor="serial", store=store)
    size = sum(path.stat().st_size for path in store.rglob("*.*"))
    assert size / 20 < plan.store_bytes < size * 20
    after = estimate(prices(replicates=2), "serial", store=store)
    assert (after.done, after.customers_left, after.seconds) == (10, 0, 0.0)
    nothing = estimate(prices(-5), "serial").to_dict()
    assert nothing["seconds"] is None
    assert "journey.tripwire.price" in nothing["problem"]


def test_a_file_is_whole_or_as_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(DataError, match="No space left on device; what is finished is kept"):
        files.write_json(path, {"a": 2})
    assert files.read_json(path) == {"a": 1}
    assert list(tmp_path.iterdir()) == [path]
