"""What a side is a copy of, and which commit is BASE where nobody names one."""

from __future__ import annotations

import importlib
import re
import subprocess
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]


def module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


def git(folder: Path, *words: str) -> str:
    name = ["-c", "user.name=n", "-c", "user.email=e"]
    command = ["git", "-C", str(folder), *name, *words]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


def commit(folder: Path, file: str, text: str) -> str:
    """Write one file of a package, commit it and return the commit."""
    (folder / file).parent.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text(text, "utf-8")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", f"{file}: {text}")
    return git(folder, "rev-parse", "HEAD")


@pytest.fixture
def alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder that no repository lies around, and no BASE named."""
    monkeypatch.delenv("CVOSIM_BASE", raising=False)
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    return tmp_path


def test_without_history_no_gate_is_held_and_it_says_so(
    alone: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No git, no commit, none on the kernel, a first one, and a shallow clone of more."""

    def unchecked(history: Path, why: str) -> None:
        assert module("compare").main(["--history", str(history)]) == 0
        said = capsys.readouterr().out
        assert said.startswith("NOT CHECKED: speed, no gate was held: ")
        assert why in said

    history = alone / "history"
    history.mkdir()
    unchecked(history, "there is no git history here")
    git(history, "init", "-q")
    unchecked(history, "there is no git history here")
    commit(history, "README.md", "words")
    unchecked(history, "no commit has cvosim/engine/")
    git(history, "update-ref", "-d", "HEAD")
    commit(history, "cvosim/engine/kernel.py", "one")
    unchecked(history, "nothing lies before the only commit")
    commit(history, "cvosim/engine/kernel.py", "two")
    git(alone, "clone", "-q", "--no-local", "--depth", "1", str(history), str(alone / "shallow"))
    unchecked(alone / "shallow", "this is a shallow clone")


def test_words_after_a_slow_commit_hide_nothing(
    alone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    sides, compare = module("sides"), module("compare")
    git(alone, "init", "-q")
    fast = commit(alone, "cvosim/engine/kernel.py", "fast")
    slow = commit(alone, "cvosim/engine/kernel.py", "slow")
    for file in (
        "README.md", "cvosim/report/page.py", "cvosim/tables/csv_reader.py",
        "cvosim/engine/speed/clock.py", "cvosim/randomness/rounding.py",
    ):  # fmt: skip
        assert sides.default_base(alone).commit == fast
        commit(alone, file, "words")
    base = sides.default_base(alone)
    assert base.commit == fast
    assert base.why.startswith(f"the parent of {slow[:7]}, the newest commit that touched cvosim/e")
    later = commit(alone, "cvosim/tables/blocks.py", "a commit on the kernel that is not slow")
    assert sides.default_base(alone).commit == git(alone, "rev-parse", f"{later}^")
    git(alone, "tag", "v2", fast)
    commit(alone, "cvosim/plan/columns.py", "more")
    assert sides.default_base(alone) == sides.Base(fast, "v2, the newest tag before HEAD")
    git(alone, "tag", "v3")  # a release is compared with the one before it
    assert sides.default_base(alone).commit == fast
    git(alone, "checkout", "-q", "-b", "aside", slow)
    git(alone, "tag", "-d", "v2")
    assert sides.default_base(alone).commit == fast, "v3 is no ancestor of this"
    monkeypatch.setenv("CVOSIM_BASE", "v3")
    options = compare._parser().parse_args(["--history", str(alone)])
    assert compare._base(options) == sides.Base("v3", "v3, by CVOSIM_BASE")
    options = compare._parser().parse_args(["v4", "--history", str(alone)])
    assert compare._base(options) == sides.Base("v4", "v4, as asked for")


def test_the_commits_that_count_are_those_on_the_compiled_sources() -> None:
    """What the kernel is compiled from, and what else `engine` takes from plan and tables."""
    sides, cache = module("sides"), importlib.import_module("cvosim.engine.cache")
    named = {file for part in sides.COMPILED for file in ROOT.glob(part)}
    assert {ROOT / part for part in sides.BESIDE} < named
    installed = Path(cache.__file__).parents[2]
    assert {ROOT / file.relative_to(installed) for file in cache._sources()} <= named
    engine = "".join(file.read_text("utf-8") for file in ROOT.glob("cvosim/engine/*.py"))
    taken = re.findall(r"^ *from cvosim\.(plan|tables)\.(\w+) import", engine, re.MULTILINE)
    files = {ROOT / "cvosim" / folder / f"{name}.py" for folder, name in taken}
    assert files - named == {ROOT / "cvosim" / "plan" / "growth.py"}  # asked once, before the run


def test_sides_are_copies_of_a_revision_and_of_a_folder(alone: Path) -> None:
    sides, file = module("sides"), "cvosim/__init__.py"
    git(alone, "init", "-q")
    first = commit(alone, file, "one = 1")
    (alone / file).write_text("two = 2", "utf-8")
    work = alone / "work"
    work.mkdir()
    side = sides.side("BASE", first, alone, work)
    assert side.name == f"{first[:7]} {file}: one = 1"
    assert (side.folder / file).read_text("utf-8") == "one = 1"
    side = sides.side("HEAD", str(alone), alone, work)
    assert (side.folder / file).read_text("utf-8") == "two = 2"
