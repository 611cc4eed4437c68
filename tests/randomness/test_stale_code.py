"""Machine code on disk that is older than the draws it was made of is thrown away, once."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import pytest

from cvosim.randomness import compiled as flags

SOURCE = """
from cvosim.randomness.compiled import compiled
from cvosim.randomness.philox import uniform

@compiled
def luck(customer):
    return uniform(1, customer, 2, 3)
"""
AGES_AGO = 10_000


@pytest.fixture
def luck(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A caller of the draws, compiled and kept on disk."""
    monkeypatch.setattr(flags, "_fresh", set())
    path = tmp_path / "caller_of_draws.py"
    path.write_text(SOURCE, "utf-8")
    spec = importlib.util.spec_from_file_location("caller_of_draws", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.luck(5)
    return module.luck


def kept(function: Any) -> list[Path]:
    return list(Path(function.stats.cache_path).glob("caller_of_draws.*.nbi"))


def age(function: Any) -> None:
    for index in kept(function):
        os.utime(index, (AGES_AGO, AGES_AGO))


def test_code_newer_than_the_draws_stays(luck: Any) -> None:
    flags.discard_stale(luck)
    assert len(kept(luck)) == 1


def test_code_older_than_the_draws_goes(luck: Any) -> None:
    age(luck)
    flags.discard_stale(luck)
    assert kept(luck) == []


def test_it_looks_once(luck: Any) -> None:
    flags.discard_stale(luck)
    age(luck)
    flags.discard_stale(luck)
    assert len(kept(luck)) == 1


def test_neighbours_stay(luck: Any) -> None:
    other = Path(luck.stats.cache_path) / "somebody_else.luck-1.nbi"
    other.write_bytes(b"")
    os.utime(other, (AGES_AGO, AGES_AGO))
    age(luck)
    flags.discard_stale(luck)
    assert other.exists()
    other.unlink()


def test_where_nothing_is_kept_nothing_is_done(luck: Any) -> None:
    class Unkept:
        py_func = luck.py_func

        class stats:  # noqa: N801  # as Numba calls it
            cache_path = None

    age(luck)
    flags.discard_stale(Unkept)
    assert len(kept(luck)) == 1
    assert flags._fresh == set(), "a file that is kept later is still looked at"
