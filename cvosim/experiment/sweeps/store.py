"""The folder of a sweep: rows as they are done, and at the end tables for everybody.

``manifest.json``
    which sweep it is, how far it is, and the hash of the results
``design.json``
    factors, points and outcomes
``parts/part-000001.parquet``, ...
    the rows of each job
``results.parquet``
    one row a point: factors, outcomes, standard errors, the error of a point that failed
``replicates.parquet``
    where there is more than one: the outcomes of each replicate of each point
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import (
    PART,
    Keeper,
    check_own,
    in_words,
    read_json,
    write_json,
)
from cvosim.experiment.sweeps.lock import LOCK, locked
from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
from cvosim.experiment.sweeps.parts import Parts, is_part
from cvosim.experiment.sweeps.result import SweepTable
from cvosim.experiment.sweeps.shards import is_shard_folder
from cvosim.experiment.sweeps.stored import (
    DESIGN,
    MANIFEST,
    REPLICATES,
    RESULTS,
    read_manifest,
    read_tables,
    write_tables,
)

PARTS = "parts"
_OURS = (MANIFEST, DESIGN, RESULTS, REPLICATES, LOCK)


class Store:
    """An open store, to which nobody else writes.

    Parameters
    ----------
    folder : Path
        Where it is.
    outline : Outline
        Of the sweep.
    manifest : SweepManifest
        As it stands there.

    Attributes
    ----------
    notes : tuple of str
        What a person should be told of how it was opened.
    """

    def __init__(self, folder: Path, outline: Outline, manifest: SweepManifest) -> None:
        self.folder = folder
        self.notes: tuple[str, ...] = ()
        self.outline = outline
        self.manifest = manifest
        self.parts = Parts(folder / PARTS, manifest.design_hash, outline.line)

    def tables(self) -> SweepTable | None:
        """Give the results, if the sweep is finished and they can be read."""
        if not self.manifest.finished:
            return None
        try:
            return read_tables(self.folder)
        except DataError:
            return None

    def unfinish(self) -> None:
        """Note that there is something to do again."""
        self._note(replace(self.manifest, finished=False, hash="", units=()))

    def finish(self, sweep: SweepTable) -> None:
        """Write the results; last of all that they are there, if no task was lost.

        Raises
        ------
        DataError
            When the disk is full, or may not be written to.
        """
        if self.parts.keeper is not None:
            self.parts.keeper.settle()
        if self.parts.guard is not None:
            self.parts.guard()
        write_json(self.folder / DESIGN, self.outline.to_dict())
        write_tables(self.folder, sweep)
        self._note(sweep.manifest)

    def _note(self, manifest: SweepManifest) -> None:
        self.manifest = manifest
        write_json(self.folder / MANIFEST, manifest.to_dict())


@contextmanager
def opened(folder: Path, outline: Outline, manifest: SweepManifest, fresh: bool) -> Iterator[Store]:
    """Open the store of a sweep, or begin one.

    Parameters
    ----------
    folder : Path
        Need not exist.
    outline : Outline
        Of the sweep that shall be run.
    manifest : SweepManifest
        Of the sweep with nothing done.
    fresh : bool
        Throw away what is there of a sweep, be it this one or another.

    Raises
    ------
    DataError
        When the folder holds something else, another sweep, or one of another version; when
        somebody is at work there; when it may not be written to.
    """
    check_folder(folder)
    _make(folder)
    with locked(folder) as held:
        if fresh:
            _clear(folder)
        store = Store(folder, outline, _begun(folder, outline, manifest))
        store.notes, store.parts.guard = held.notes, held.check
        store.parts.keeper = keeper = Keeper()
        try:
            yield store
            keeper.settle()
        finally:
            keeper.close()


def _begun(folder: Path, outline: Outline, manifest: SweepManifest) -> SweepManifest:
    """Go on with what is there, or write down what is about to begin."""
    _sweep_up(folder)
    if (folder / MANIFEST).exists():
        there = read_manifest(folder)
        check_same(folder, there, manifest)
        if not there.merged:
            _make(folder / PARTS)
        return there
    check_parts(folder, outline)
    _make(folder / PARTS)
    write_json(folder / DESIGN, outline.to_dict())
    write_json(folder / MANIFEST, manifest.to_dict())
    return manifest


def _make(folder: Path) -> None:
    with in_words("make the folder", folder):
        folder.mkdir(parents=True, exist_ok=True)


def check_folder(folder: Path) -> None:
    """Refuse a folder with something in it that no sweep has written.

    Raises
    ------
    DataError
        Says what is there.
    """
    if not _is_sweep(folder):
        check_own(folder, "a sweep", _is_ours)


def _is_sweep(folder: Path) -> bool:
    """Whether a manifest says that the folder is a sweep's, of whichever version."""
    try:
        return "design_hash" in read_json(folder / MANIFEST)
    except DataError:
        return False


def _is_ours(path: Path) -> bool:
    name = path.name
    if path.is_dir():
        return name == PARTS or is_shard_folder(name)
    return name in _OURS or (name[0] == "." and name.endswith(PART))


def _clear(folder: Path) -> None:
    """Delete what a store consists of, and nothing else; the manifest last."""
    with in_words("delete from", folder):
        if (folder / PARTS).is_dir():
            for path in (folder / PARTS).iterdir():
                if is_part(path.name):
                    path.unlink()
        for name in (RESULTS, REPLICATES, DESIGN, MANIFEST):
            (folder / name).unlink(missing_ok=True)


def _sweep_up(folder: Path) -> None:
    """Delete what was being written when an earlier run was killed."""
    with in_words("delete from", folder):
        for place in (folder, folder / PARTS):
            if place.is_dir():
                for path in place.glob(f".*{PART}"):
                    path.unlink(missing_ok=True)


_WORDS = {
    "scenario": "the scenario",
    "seed": "the seed",
    "factors": "the factors",
    "points": "the points",
    "outcomes": "the outcomes",
    "customers": "customers",
    "replicates": "replicates",
    "common_luck": "common_luck",
}


def check_same(folder: Path, there: SweepManifest, wanted: SweepManifest) -> None:
    """Refuse to go on with another sweep, or with numbers of another version."""
    if there.shard != wanted.shard:
        raise DataError(
            f"{folder}: holds {_part(there)}, and this is {_part(wanted)}; name another folder, "
            "or start over with fresh (--fresh)"
        )
    if there.design_hash != wanted.design_hash:
        differences = "; ".join(_differences(there.design, wanted.design))
        raise DataError(
            f"{folder}: holds another sweep: {differences}; name another folder, or start over "
            "with fresh (--fresh)"
        )


def check_parts(folder: Path, outline: Outline) -> None:
    """Refuse rows of another sweep or version whose manifest somebody has deleted."""
    strange = Parts(folder / PARTS, outline.hash, outline.line).strange()
    if strange:
        raise DataError(
            f"{folder}: holds rows of another sweep, or of another version of cvosim "
            f"({PARTS}/{strange[0].name}), and no {MANIFEST} that says which; name another folder, "
            "or start over with fresh (--fresh)"
        )


def _part(manifest: SweepManifest) -> str:
    return f"shard {manifest.shard}" if manifest.shard else "a whole sweep"


def _differences(there: Any, here: Any) -> Iterator[str]:
    for key, words in _WORDS.items():
        mine, yours = here.get(key), there.get(key)
        if mine == yours:
            continue
        if key in ("scenario", "points"):
            yield f"{words} differ" if key == "points" else f"{words} differs"
        elif key in ("factors", "outcomes"):
            yield f"{words} there are {', '.join(yours)}, here {', '.join(mine)}"
        else:
            yield f"{words} there: {yours}, here: {mine}"
