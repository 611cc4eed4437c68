"""Events of a streamed run: a folder of Parquet files, one a block, and what they are of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from cvosim.errors import DataError

MANIFEST = "_manifest.json"
"""Says what the folder holds; readers of Parquet folders leave out names that begin so."""

_KIND = "cvosim.events"


def part_of(folder: Path, first: int) -> Path:
    """The file of the block that begins with customer ``first``; names sort as customers do.

    Examples
    --------
    >>> part_of(Path("events"), 131072).name
    'events-0000000131072.parquet'
    """
    return folder / f"events-{first:013d}.parquet"


def prepare_folder(folder: Path, *, force: bool) -> None:
    """Make an empty folder for events, or empty the one of an earlier run.

    Parameters
    ----------
    folder : Path
        Where; its parent must be there.
    force : bool
        Take away the files of an earlier run. What cvosim did not write is never taken away.

    Raises
    ------
    DataError
        When there is something else, or an earlier run and no ``force``, or no permission.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     prepare_folder(Path(place) / "events", force=False)
    ...     [path.name for path in Path(place).iterdir()]
    ['events']
    """
    try:
        if folder.exists() and not folder.is_dir():
            raise DataError(f"{folder}: is a file; events of a streamed run need a folder")
        if not folder.parent.is_dir():
            raise DataError(f"{folder}: the folder {folder.parent} does not exist")
        folder.mkdir(exist_ok=True)
        present = [path for path in folder.iterdir() if path.name != MANIFEST]
        if not present and not (folder / MANIFEST).exists():
            return
        if not _earlier(folder, present):
            raise DataError(f"{folder}: holds something else than events; name another folder")
        if not force:
            raise DataError(f"{folder}: holds the events of another run; --force replaces them")
        # the manifest last: a folder cut short here can still be told from somebody's files
        for path in (*present, folder / MANIFEST):
            path.unlink()
    except OSError as error:
        raise DataError(f"{folder}: cannot write there ({error.strerror})") from None


def _earlier(folder: Path, present: list[Path]) -> bool:
    return read_manifest_of(folder).get("kind") == _KIND and all(map(_is_part, present))


def _is_part(path: Path) -> bool:
    """Whether it is a file of ours, whole or left behind by somebody who was killed."""
    name = path.name.removeprefix(".")
    return name.startswith(("events-", MANIFEST)) and name.endswith((".parquet", ".part"))


def read_manifest_of(folder: Path) -> dict[str, Any]:
    """Read what a folder says of itself; nothing where it says nothing."""
    try:
        found = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def write_manifest(folder: Path, entries: Mapping[str, object]) -> None:
    """Say what the folder holds, whole or not at all.

    Raises
    ------
    DataError
        When the disk refuses.
    """
    text = json.dumps({"kind": _KIND, **entries}, indent=2, ensure_ascii=False)
    draft = folder / f".{MANIFEST}.{os.getpid()}.part"
    try:
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / MANIFEST)
    except OSError as error:
        raise DataError(f"{folder}: cannot be written ({error.strerror})") from None
    finally:
        draft.unlink(missing_ok=True)


def drop_after(folder: Path, end: int) -> None:
    """Take away the files of blocks that begin with customer ``end`` or later."""
    for path in _parts(folder):
        if path.name >= part_of(folder, end).name:
            path.unlink(missing_ok=True)


def _parts(folder: Path) -> Iterator[Path]:
    return folder.glob("events-*.parquet")
