"""A kernel on disk that is older than any source it was made of is thrown away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from cvosim.engine import cache

AGES_AGO = 10_000


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    found = [tmp_path / "engine", tmp_path / "randomness"]
    for folder in found:
        folder.mkdir()
        for name in ("kernel.live_all-1.nbi", "philox.uniform-2.nbi", "kernel.live_all-1.1.nbc"):
            (folder / name).write_bytes(b"")
    monkeypatch.setattr(cache, "_folders", lambda: found)
    return found


def indexes(folders: list[Path]) -> int:
    return sum(len(list(folder.glob("*.nbi"))) for folder in folders)


def test_what_is_newer_than_the_sources_stays(folders: list[Path]) -> None:
    cache.discard_stale()
    assert indexes(folders) == 4
    assert cache.is_compiled()


@pytest.mark.parametrize("old", [0, 1])
def test_one_old_index_takes_all_with_it(folders: list[Path], old: int) -> None:
    """Whoever calls it was compiled with it inside."""
    os.utime(folders[old] / "philox.uniform-2.nbi", (AGES_AGO, AGES_AGO))
    cache.discard_stale()
    assert indexes(folders) == 0
    assert not cache.is_compiled()


def test_the_sources_are_those_of_the_machine_code() -> None:
    names = {f"{path.parent.name}/{path.name}" for path in cache._sources()}
    assert names >= {
        *("engine/kernel.py", "engine/journey.py", "randomness/philox.py"),
        *("randomness/formulas.py", "plan/plan.py", "tables/schema.py"),
    }
    assert all(path.is_file() for path in cache._sources())
