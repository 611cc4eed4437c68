"""Who may write to a store: signs of life, computers, containers."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from helpers.sweeps import prices

from cvosim import DataError
from cvosim.experiment.sweeps import lock
from cvosim.experiment.sweeps.lock import STILL, identity, locked
from cvosim.experiment.sweeps.run import run_sweep


def held_by(folder: Path, age: float, **owner: Any) -> Path:
    """Write the lock of somebody who gave his last sign of life so many seconds ago."""
    path = folder / "lock"
    path.write_text(json.dumps(identity() | owner))
    now = time.time()
    os.utime(path, (now - age, now - age))
    return path


ELSEWHERE = {"computer": "elsewhere"}
CONTAINER = {"namespace": "pid:[1]", "process": 1}
REBOOTED = {"boot": "another"}


@pytest.mark.skipif(not Path("/proc/self/ns/pid").exists(), reason="Linux says where numbers count")
@pytest.mark.parametrize("owner", [ELSEWHERE, CONTAINER, REBOOTED])
def test_who_cannot_be_looked_at_is_believed_for_five_minutes(
    tmp_path: Path, owner: dict[str, Any]
) -> None:
    path = held_by(tmp_path, STILL - 100.0, **owner)
    with pytest.raises(DataError, match=r"same command takes over \(in \d+ s\).* delete .*lock"):
        run_sweep(prices(19), executor="serial", store=tmp_path)
    path = held_by(tmp_path, STILL + 1.0, **owner)
    found = run_sweep(prices(19), executor="serial", store=tmp_path)
    assert "gave no sign of life for" in found.notes[0]
    assert not path.exists()


def test_a_wrong_clock_here_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    held_by(tmp_path, 0.0, **ELSEWHERE)
    monkeypatch.setattr(time, "time", lambda: 1e12)
    with pytest.raises(DataError, match="on elsewhere has been running"), locked(tmp_path):
        pass


def test_who_works_gives_signs_of_life(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "BEAT", 0.02)
    with locked(tmp_path) as held:
        os.utime(held.path, (0.0, 0.0))
        ends = time.monotonic() + 20.0
        while held.path.stat().st_mtime == 0.0 and time.monotonic() < ends:
            time.sleep(0.01)
        assert held.path.stat().st_mtime > 0.0
    assert list(tmp_path.iterdir()) == []


def test_who_was_taken_over_writes_nothing_more(tmp_path: Path) -> None:
    def taken(done: int, left: int, failed: int) -> None:
        (tmp_path / "lock").write_text("somebody else")

    with pytest.raises(DataError, match="another process has taken this sweep over"):
        run_sweep(prices(19), executor="serial", store=tmp_path, progress=taken)
    assert (tmp_path / "lock").read_text() == "somebody else"
    assert not list((tmp_path / "parts").iterdir())


def test_a_lock_that_changed_while_it_was_looked_at_is_given_back(tmp_path: Path) -> None:
    path = held_by(tmp_path, 0.0)
    text = path.read_text()
    assert not lock._take_away(path, "what the dead one wrote", None)
    assert not lock._take_away(path, text, 5.0)
    assert path.read_text() == text
    assert lock._take_away(path, text, None)
    assert list(tmp_path.iterdir()) == []


def test_of_many_who_find_a_dead_owners_lock_one_gets_it(tmp_path: Path) -> None:
    held_by(tmp_path, 0.0, process=2**22 + 1, born="1")
    inside: list[int] = []
    refused: list[str] = []

    def attempt(number: int) -> None:
        try:
            with locked(tmp_path) as held:
                inside.append(number)
                time.sleep(0.5)
                held.check()
        except DataError as problem:
            refused.append(str(problem))

    threads = [Thread(target=attempt, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(inside), len(refused)) == (1, 7), refused


def test_a_link_that_leads_nowhere_is_named(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    with pytest.raises(DataError, match="is a link that leads nowhere"):
        run_sweep(prices(19), executor="serial", store=tmp_path / "link")
