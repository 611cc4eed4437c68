"""The two sides of a comparison: copies of revisions or of folders, made for the occasion.

Nothing is written into a checkout, and nobody who edits one meanwhile changes a side.
"""

from __future__ import annotations

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cases import FILES

ROOT = Path(__file__).resolve().parents[1]

_PARTS = ("cvosim", "scenarios", "benchmarks/everything.yaml")


@dataclass(frozen=True)
class Side:
    """A cvosim to be timed.

    ``folder`` holds the package and its scenarios; ``name`` says what it is a copy of. Compiled
    code is kept in ``cache``, or beside the sources where there is none.
    """

    label: str
    name: str
    folder: Path
    cache: Path | None


class NoSuchSideError(ValueError):
    """Neither a folder with cvosim in it nor a revision."""


def side(label: str, word: str, history: Path, work: Path) -> Side:
    """Copy a folder, or what git has of a revision, into ``work``.

    Raises
    ------
    NoSuchSideError
        The word means nothing here.
    """
    folder = work / label.lower()
    if (Path(word) / "cvosim" / "__init__.py").is_file():
        _copy(Path(word), folder)
        name = str(Path(word).resolve())
    else:
        commit = revision(word, history)
        if commit is None:
            raise NoSuchSideError(
                f"{word!r} is neither a folder with cvosim in it nor a revision of {history}"
            )
        _extract(commit, history, folder)
        name = _git(history, "log", "-1", "--format=%h %s", commit) or commit
    return Side(label, name, folder, work / f"{label.lower()}-compiled")


def _copy(source: Path, folder: Path) -> None:
    for part in _PARTS:
        if (source / part).is_dir():
            shutil.copytree(
                source / part, folder / part, ignore=shutil.ignore_patterns("__pycache__")
            )
        elif (source / part).is_file():
            (folder / part).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source / part, folder / part)


def _extract(commit: str, history: Path, folder: Path) -> None:
    folder.mkdir()
    archive = folder.with_suffix(".tar")
    _git(history, "archive", "--format=tar", f"--output={archive}", commit)
    with tarfile.open(archive) as tar:
        members = [m for m in tar if any(f"{m.name}/".startswith(f"{p}/") for p in _PARTS)]
        tar.extractall(folder, members, filter="data")
    archive.unlink()


def revision(word: str, history: Path) -> str | None:
    """Return the commit that a word means, or None."""
    return _git(history, "rev-parse", "--verify", "--quiet", f"{word}^{{commit}}")


COMPILED = (
    "cvosim/engine/*.py",
    "cvosim/randomness/*.py",
    "cvosim/plan/plan.py",
    *(f"cvosim/tables/{file}.py" for file in ("blocks", "columns", "schema")),
)
"""What a call of the kernel is made of: a commit that touches none of it makes nothing slower."""

BESIDE = ("cvosim/randomness/rounding.py",)
"""Lies there and is no part of it."""


@dataclass(frozen=True)
class Base:
    """What is compared with where nobody names it; ``commit`` is None where there is nothing."""

    commit: str | None
    why: str


def default_base(history: Path) -> Base:
    """Return the newest tag before HEAD, or the parent of the newest commit on the kernel.

    Not simply the commit before: a slow commit would pass as soon as any other one follows it.
    Without a tag it still does when another one on the kernel follows.
    """
    shallow = _git(history, "rev-parse", "--is-shallow-repository")
    if shallow is None or revision("HEAD", history) is None:
        return Base(None, "there is no git history here")
    if shallow == "true":
        return Base(None, "this is a shallow clone, which has not the commits to compare with")
    tags = _git(history, "tag", "--merged=HEAD", "--no-contains=HEAD", "--sort=-creatordate")
    if tags:
        tag = tags.splitlines()[0]
        return Base(revision(f"refs/tags/{tag}", history), f"{tag}, the newest tag before HEAD")
    sources = ", ".join(COMPILED)
    where = (*(f":(glob){part}" for part in COMPILED), *(f":(exclude){part}" for part in BESIDE))
    newest = _git(history, "log", "-1", "--format=%H", "--", *where)
    if not newest:
        return Base(None, f"no commit has {sources}")
    parent = revision(f"{newest}^", history)
    if parent is None:
        return Base(None, f"nothing lies before the only commit that touched {sources}")
    return Base(parent, f"the parent of {newest[:7]}, the newest commit that touched {sources}")


def _git(history: Path, *words: str) -> str | None:
    """Return what git prints, or None if it fails or is not there."""
    try:
        done = subprocess.run(
            ["git", "--no-optional-locks", "-C", str(history), *words],
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def scenario_files(base: Side, head: Side) -> dict[str, list[str]]:
    """Where a case's scenario is read: that of BASE, so that the work is the same for both."""
    return {file: [str(one.folder / file) for one in (base, head)] for file in FILES}
