"""The finished part of a store: read and written without the scenario that it came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import read_json, read_table, write_table
from cvosim.experiment.sweeps.manifest import FORMAT, Outline, SweepManifest
from cvosim.experiment.sweeps.result import SweepTable, point_columns, replicate_columns
from cvosim.tables.manifest import TRAJECTORY_VERSION

if TYPE_CHECKING:
    import pyarrow as pa

MANIFEST, DESIGN = "manifest.json", "design.json"
RESULTS, REPLICATES = "results.parquet", "replicates.parquet"
_HASH = b"cvosim.hash"
_HELP = "; delete it and give the same command again: finished parts are kept"


def read_sweep(store: str | Path) -> SweepTable:
    """Open the results of a finished sweep.

    Parameters
    ----------
    store : str or Path
        Its folder. (``pandas.read_parquet(f"{store}/results.parquet")`` reads the table of
        points just as well.)

    Returns
    -------
    SweepTable

    Raises
    ------
    DataError
        When there is no finished sweep, or it cannot be read.
    """
    folder = Path(store)
    manifest = read_manifest(folder)
    if not manifest.finished:
        raise DataError(
            f"{folder}: the sweep is not finished ({manifest.tasks:,} tasks in all); run it again "
            "with the same command, and it goes on where it stopped"
        )
    return read_tables(folder)


def read_manifest(folder: Path) -> SweepManifest:
    """Read what a store holds.

    Raises
    ------
    DataError
        When it is none, or of another version.
    """
    path = folder / MANIFEST
    if not path.exists():
        raise DataError(f"{folder}: is no store of a sweep: there is no {MANIFEST} in it")
    try:
        entries = read_json(path)
    except DataError as problem:
        torn = str(problem).endswith("damaged")  # else the disk would not let it be read
        raise DataError(f"{problem}{_HELP if torn else ''}") from None
    try:
        check_version(folder, entries)
        return SweepManifest.from_dict(entries)
    except (DataError, TypeError) as problem:
        if isinstance(problem, DataError) and str(folder) in str(problem):
            raise
        raise DataError(f"{path}: is no manifest of a sweep: {problem}{_HELP}") from None


def check_version(folder: Path, entries: dict[str, Any]) -> None:
    """Refuse a store that another version of cvosim wrote: its numbers would not fit ours."""
    from cvosim import __version__

    ours = {"format": FORMAT, "trajectory_version": TRAJECTORY_VERSION, "version": __version__}
    if "design_hash" not in entries or any(key not in entries for key in ours):
        return
    if any(entries[key] != value for key, value in ours.items()):
        raise DataError(
            f"{folder}: was written by cvosim {entries['version']}, and this is {__version__}: "
            "rows of two versions are not mixed; go on with that version, name another folder, or "
            "start over with fresh (--fresh)"
        )


def write_tables(folder: Path, sweep: SweepTable) -> None:
    """Write the tables of a finished sweep.

    Raises
    ------
    DataError
        When the disk is full, or may not be written to.
    """
    mark = sweep.manifest.hash
    if sweep.outline.replicates > 1:
        write_table(folder / REPLICATES, _arrow(replicate_columns(sweep), mark))
    write_table(folder / RESULTS, _arrow(point_columns(sweep), mark))


def read_tables(folder: Path) -> SweepTable:
    """Read the tables of a finished sweep.

    Raises
    ------
    DataError
        When one is missing or damaged.
    """
    manifest = read_manifest(folder)
    entries = read_json(folder / DESIGN)
    try:
        return _tables(folder, manifest, Outline.from_dict(entries))
    except (AttributeError, LookupError, TypeError, ValueError):
        words = f"its files do not belong together: {DESIGN} or a table is damaged"
        raise DataError(f"cannot read {folder}: {words}") from None


def _tables(folder: Path, manifest: SweepManifest, outline: Outline) -> SweepTable:
    points = _table(folder / RESULTS, manifest)
    if len(points) != len(outline.points):
        raise ValueError
    pooled = _columns(points, outline.outcomes)
    errors = [f"{name}.standard_error" for name in outline.outcomes]
    if outline.replicates > 1:
        flat = _columns(_table(folder / REPLICATES, manifest), outline.outcomes)
        values = flat.reshape(len(outline.points), outline.replicates, -1)
    else:
        values = pooled[:, None, :]
    said = points.column("error").to_pylist()
    return SweepTable(
        outline=outline,
        values=values,
        pooled=pooled,
        standard_errors=_columns(points, errors),
        units=manifest.units,
        errors={number: error for number, error in enumerate(said) if error},
        manifest=manifest,
    )


def _table(path: Path, manifest: SweepManifest) -> pa.Table:
    table = read_table(path)
    if (table.schema.metadata or {}).get(_HASH) != manifest.hash.encode():
        raise DataError(f"cannot read {path}: it is of another run than {MANIFEST} beside it")
    return table


def _columns(table: pa.Table, names: Any) -> Any:
    return np.column_stack([table.column(name).to_numpy() for name in names])


def _arrow(columns: dict[str, Any], mark: str) -> pa.Table:
    import pyarrow as pa

    table = pa.table({name: pa.array(values) for name, values in columns.items()})
    return table.replace_schema_metadata({_HASH: mark.encode()})
