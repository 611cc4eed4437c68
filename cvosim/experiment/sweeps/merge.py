"""From the shards of a sweep to the results of all of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import in_words, read_json, write_json
from cvosim.experiment.sweeps.folding import Folding
from cvosim.experiment.sweeps.lock import locked
from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
from cvosim.experiment.sweeps.parts import Found, Parts
from cvosim.experiment.sweeps.result import SweepTable
from cvosim.experiment.sweeps.shards import shard_folders
from cvosim.experiment.sweeps.store import PARTS, check_folder
from cvosim.experiment.sweeps.stored import DESIGN, MANIFEST, read_manifest, write_tables

_LISTED = 20


class _Shard(NamedTuple):
    """The store of a shard, read and checked."""

    folder: Path
    manifest: SweepManifest
    parts: Parts
    found: Found


def merge_shards(folders: Sequence[str | Path], store: str | Path) -> SweepTable:
    """Make the results of a sweep out of those of its shards.

    Parameters
    ----------
    folders : sequence of str or Path
        Stores of shards, or folders that hold such stores (``shard-3-of-10``).
    store : str or Path
        Where the results go; may be the folder that holds the shards. They are as if the sweep
        had been run as a whole, with the same hash.

    Returns
    -------
    SweepTable

    Raises
    ------
    DataError
        When shards are missing, unfinished, or of different sweeps: all of them are named.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> from cvosim.experiment.sweeps.design import Factor, SweepDesign
    >>> from cvosim.experiment.sweeps.run import run_sweep
    >>> from cvosim.experiment.sweeps.shards import Shard
    >>> from cvosim.scenario.template import load_template
    >>> prices = Factor("journey.tripwire.price", "lever", (19, 29, 39))
    >>> design = SweepDesign(load_template("carpet_cleaning"), (prices,),
    ...                      ((19,), (29,), (39,)), ("cac",), 1000)
    >>> with TemporaryDirectory() as out:
    ...     for number in (1, 2):
    ...         _ = run_sweep(design, executor="serial", store=out, shard=Shard(number, 2))
    ...     merged = merge_shards([out], out)
    >>> merged.manifest.hash == run_sweep(design, executor="serial").manifest.hash
    True
    """
    target = Path(store)
    places = [place for folder in folders for place in _stores(Path(folder))]
    manifests = [(place, read_manifest(place)) for place in places]
    first = _check_one_sweep(manifests)
    outline = Outline.from_dict(read_json(places[0] / DESIGN))
    shards = [_opened(place, manifest, outline) for place, manifest in manifests]
    _check_complete(shards, outline)
    _check_apart(target, places)
    check_folder(target)
    _check_target(target, first)
    with in_words("make the folder", target):
        target.mkdir(parents=True, exist_ok=True)
    with locked(target):
        table = _folded(shards, outline)
        write_json(target / DESIGN, outline.to_dict())
        write_tables(target, table)
        write_json(target / MANIFEST, table.manifest.to_dict())
    return table


def _stores(folder: Path) -> list[Path]:
    """Stores of shards in a folder, or the folder itself."""
    if not folder.is_dir():
        raise DataError(f"{folder}: there is no such folder")
    with in_words("read", folder):
        inside = shard_folders(folder)
    if inside:
        return inside
    if (folder / MANIFEST).exists():
        return [folder]
    raise DataError(f"{folder}: holds no shards of a sweep; there is no shard-1-of-N in it")


def _check_one_sweep(manifests: Sequence[tuple[Path, SweepManifest]]) -> SweepManifest:
    """Refuse shards that do not belong together."""
    place, first = manifests[0]
    seen: dict[int, Path] = {}
    for folder, manifest in manifests:
        if manifest.shard is None:
            raise DataError(f"{folder}: holds a whole sweep, no shard of one")
        if first.shard is None or manifest.shard.of != first.shard.of:
            raise DataError(
                f"{folder}: is shard {manifest.shard}, and {place} is shard {first.shard}; merge "
                "shards of one number only, and delete the folders of others"
            )
        if manifest.design_hash != first.design_hash:
            raise DataError(f"{folder}: is a shard of another sweep than {place}")
        if manifest.shard.number in seen:
            other = seen[manifest.shard.number]
            raise DataError(f"{folder}: is shard {manifest.shard}, and so is {other}; name one")
        seen[manifest.shard.number] = folder
    return first


def _opened(folder: Path, manifest: SweepManifest, outline: Outline) -> _Shard:
    parts = Parts(folder / PARTS, manifest.design_hash, outline.line)
    return _Shard(folder, manifest, parts, parts.search())


def _check_complete(shards: Sequence[_Shard], outline: Outline) -> None:
    """Refuse to merge until every task is done, and list what is missing."""
    of = shards[0].manifest.shard.of if shards[0].manifest.shard else 0
    there = {shard.manifest.shard.number for shard in shards if shard.manifest.shard}
    absent = [f"{number}/{of}" for number in range(1, of + 1) if number not in there]
    missing = [f"shard {_listed(absent)}: not there"] if absent else []
    for shard in shards:
        assert shard.manifest.shard is not None
        places = shard.manifest.shard.places(outline.line)
        tasks = np.count_nonzero(shard.found.where[places] < 0)
        if tasks:
            missing.append(f"shard {shard.manifest.shard}: {tasks:,} of {len(places):,} tasks")
    if missing:
        raise DataError(
            f"{shards[0].folder.parent}: cannot merge yet, there is missing: {'; '.join(missing)}. "
            "Run the same command with --shard again for each, and it goes on where it stopped"
        )


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - _LISTED} more" if len(names) > _LISTED else ""
    return ", ".join(names[:_LISTED]) + more


def _check_apart(target: Path, places: Sequence[Path]) -> None:
    """Refuse to put the whole where one of its shards is."""
    if target.resolve() in [place.resolve() for place in places]:
        parents = {place.resolve().parent for place in places}
        where = target.parent if len(parents) == 1 else "FOLDER"
        raise DataError(
            f"{target}: is one of the shards; say where to put the whole, such as --store {where}"
        )


def _check_target(target: Path, manifest: SweepManifest) -> None:
    """Refuse to write over another sweep, or over rows that nobody else has."""
    if not (target / MANIFEST).exists():
        return
    there = read_manifest(target)
    if there.design_hash != manifest.design_hash or there.shard is not None:
        raise DataError(f"{target}: holds another sweep; name another folder to merge into")
    if not there.finished and any((target / PARTS).glob("part-*")):
        raise DataError(
            f"{target}: holds the same sweep, begun as a whole; name another folder to merge into"
        )


def _folded(shards: Sequence[_Shard], outline: Outline) -> SweepTable:
    folding = Folding(outline)
    # in the order of their numbers: shards of few points are stretches of the line
    for shard in sorted(shards, key=lambda each: each.manifest.shard or (0, 0)):
        for row in shard.parts.rows(shard.found.where):
            folding.add(row)
    return folding.table(replace(SweepManifest.of(outline), merged=len(shards)))
