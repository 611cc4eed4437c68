"""Events of a streamed run: a folder of Parquet files, one a block, and what they are of."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Set
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree
from typing import Any
from uuid import uuid4

from cvosim.errors import DataError
from cvosim.experiment.sweeps.lock import identity, is_alive, is_near

MANIFEST = "_manifest.json"
"""Says what the folder holds; readers of Parquet folders leave out names that begin so."""

_KIND = "cvosim.events"
_APART, _OWNER = ".part-", "owner.json"


def part_of(folder: Path, first: int) -> Path:
    """The file of the block that begins with customer ``first``; names sort as customers do.

    Examples
    --------
    >>> part_of(Path("events"), 131072).name
    'events-0000000131072.parquet'
    """
    return folder / f"events-{first:013d}.parquet"


@contextmanager
def written_apart(folder: Path, *, force: bool) -> Iterator[Path]:
    """Give a place for events that moves into a folder when all went well.

    Until then the events of an earlier run stay, and if anything is raised they stay for good.
    The place is within the folder, so that it is on the same disk, wherever that is.

    Parameters
    ----------
    folder : Path
        Where; its parent must be there.
    force : bool
        Take the place of an earlier run. What cvosim did not write is never taken away.

    Yields
    ------
    Path
        A hidden folder, which readers of Parquet folders leave out.

    Raises
    ------
    DataError
        When there is something else, or an earlier run and no ``force``, or no permission.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as home:
    ...     with written_apart(Path(home) / "events", force=False) as place:
    ...         write_manifest(place, {"complete": True})
    ...     [path.name for path in (Path(home) / "events").iterdir()]
    ['_manifest.json']
    """
    with _in_words(folder):
        made = _check(folder, force=force)
        folder.mkdir(exist_ok=True)
        first = not (folder / MANIFEST).exists()
        if first:
            write_manifest(folder, {"complete": False})
        place = folder / f"{_APART}{uuid4().hex}"
        place.mkdir()
        (place / _OWNER).write_text(json.dumps(identity()), encoding="utf-8")
    try:
        yield place
    except BaseException:
        rmtree(place, ignore_errors=True)
        if first:
            _undo(folder, made=made)
        raise
    with _in_words(folder):
        new = {path.name for path in _parts(place)}
        try:
            _take_over(folder, place, new)
        except KeyboardInterrupt:
            _take_over(folder, place, new)  # once begun, it is brought to its end
            raise


def _check(folder: Path, *, force: bool) -> bool:
    """Refuse a folder that may not be used; whether it has to be made."""
    if folder.is_symlink() and not folder.exists():
        raise DataError(f"{folder}: is a link that leads nowhere (to {folder.readlink()})")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: is a file; events of a streamed run need a folder")
    if not folder.parent.is_dir():
        raise DataError(f"{folder}: the folder {folder.parent} does not exist")
    if not folder.exists():
        return True
    present = [path for path in folder.iterdir() if path.name != MANIFEST]
    if not present and not (folder / MANIFEST).exists():
        return False
    if not _earlier(folder, present):
        raise DataError(f"{folder}: holds something else than events; name another folder")
    if not force:
        raise DataError(f"{folder}: holds the events of another run; --force replaces them")
    for path in present:
        if path.name.startswith(_APART) and _is_left_behind(path):
            rmtree(path, ignore_errors=True)
    return False


def _take_over(folder: Path, place: Path, new: Set[str]) -> None:
    """Put new events in the place of old ones; killed in between, the folder says so."""
    if (place / MANIFEST).exists():
        write_manifest(folder, {"complete": False})
        for path in folder.iterdir():
            if path.name not in new and path.name != MANIFEST and _is_part(path):
                path.unlink()
        for path in _parts(place):
            path.replace(folder / path.name)
        (place / MANIFEST).replace(folder / MANIFEST)
    rmtree(place, ignore_errors=True)


def _undo(folder: Path, *, made: bool) -> None:
    """Leave a folder in which there was nothing as it was."""
    with suppress(OSError):
        if not any(path.name != MANIFEST for path in folder.iterdir()):
            (folder / MANIFEST).unlink(missing_ok=True)
            if made:
                folder.rmdir()


def _is_left_behind(place: Path) -> bool:
    """Whether whoever wrote there is surely dead."""
    try:
        owner = json.loads((place / _OWNER).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return is_near(owner) and not is_alive(owner)


@contextmanager
def _in_words(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"{folder}: cannot write there ({error.strerror})") from None


def _earlier(folder: Path, present: list[Path]) -> bool:
    return read_manifest_of(folder).get("kind") == _KIND and all(map(_is_ours, present))


def _is_ours(path: Path) -> bool:
    return _is_part(path) or (path.is_dir() and path.name.startswith(_APART))


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
    named = folder.parent if folder.name.startswith(_APART) else folder
    try:
        draft.write_text(text + "\n", encoding="utf-8")
        draft.replace(folder / MANIFEST)
    except OSError as error:
        raise DataError(f"{named}: cannot be written ({error.strerror})") from None
    finally:
        draft.unlink(missing_ok=True)


def drop_after(folder: Path, end: int) -> None:
    """Take away the files of blocks that begin with customer ``end`` or later."""
    for path in _parts(folder):
        if path.name >= part_of(folder, end).name:
            path.unlink(missing_ok=True)


def _parts(folder: Path) -> Iterator[Path]:
    return folder.glob("events-*.parquet")
