"""Rows on disk: one Parquet file a job, written once, checked whenever it is read."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import PART, Keeper, in_words, read_table, write_table
from cvosim.experiment.sweeps.tasks import Line, Row
from cvosim.tables.manifest import TRAJECTORY_VERSION

if TYPE_CHECKING:
    import pyarrow as pa

_DESIGN, _DIGEST, _VERSION = b"cvosim.design", b"cvosim.digest", b"cvosim.version"
_NAME = re.compile(r"part-(\d{6,})\.parquet")
DAMAGED = ".damaged"
"""End of the name that a part gets when it cannot be read."""


class Found(NamedTuple):
    """What the parts of a folder hold.

    Attributes
    ----------
    where : ndarray of int64
        By task: number of the part with its row, -1 where there is none. Where a task was
        done again, the later part counts.
    failed : ndarray of bool
        By task: whether that row has an error.
    damaged : tuple of Path
        Parts that cannot be read, or are not of this sweep.
    """

    where: NDArray[np.int64]
    failed: NDArray[np.bool_]
    damaged: tuple[Path, ...]


class Parts:
    """The folder of parts of a store.

    Parameters
    ----------
    folder : Path
        Where they are.
    design_hash : str
        Of the sweep; parts of others are not read.
    line : Line
        All tasks of the sweep.

    Attributes
    ----------
    keeper : Keeper or None
        Who sees appended parts safe on the disk; None to wait for each.
    guard : callable or None
        Called before anything is written: raises when the store is no longer ours.
    """

    def __init__(self, folder: Path, design_hash: str, line: Line) -> None:
        self.folder = folder
        self._design = design_hash.encode()
        self._line = line
        self._next = 1 + max(self._numbers(), default=0)
        self.keeper: Keeper | None = None
        self.guard: Callable[[], None] | None = None

    def search(self) -> Found:
        """Read and check every part."""
        where = np.full(len(self._line), -1)
        failed = np.zeros(len(self._line), np.bool_)
        damaged = []
        for number in self._numbers():
            try:
                rows = self._read(number)
            except DataError:
                damaged.append(self._path(number))
                continue
            for row in rows:
                where[row.task.place] = number
                failed[row.task.place] = bool(row.error)
        return Found(where, failed, tuple(damaged))

    def strange(self) -> list[Path]:
        """Parts that are whole, and yet of another sweep or another version of cvosim."""
        found = []
        for path in map(self._path, self._numbers()):
            try:
                metadata = read_table(path).schema.metadata or {}
            except DataError:
                continue
            ours = metadata.get(_VERSION, _version()) == _version()
            if metadata.get(_DESIGN) != self._design or not ours:
                found.append(path)
        return found

    def rows(self, where: NDArray[np.int64]) -> Iterator[Row]:
        """Read rows again, part by part; of each task the one from the part that is named."""
        for number in np.unique(where[where >= 0]):
            rows = self._read(int(number))
            yield from (row for row in rows if where[row.task.place] == number)

    def append(self, rows: Sequence[Row]) -> None:
        """Keep the rows of a job, all of them or none.

        Raises
        ------
        DataError
            When the disk is full, or may not be written to.
        """
        if self.guard is not None:
            self.guard()
        number, self._next = self._next, self._next + 1
        write_table(self._path(number), _table(rows, self._design), keeper=self.keeper)

    def set_aside(self, damaged: Sequence[Path]) -> None:
        """Rename parts that cannot be read, so that nobody trips over them again."""
        for path in damaged:
            with in_words("rename", path):
                path.replace(path.with_name(path.name + DAMAGED))

    def _numbers(self) -> list[int]:
        if not self.folder.is_dir():
            return []
        with in_words("read", self.folder):
            names = [path.name for path in self.folder.iterdir()]
        return sorted(int(match[1]) for name in names if (match := _NAME.fullmatch(name)))

    def _path(self, number: int) -> Path:
        return self.folder / f"part-{number:06}.parquet"

    def _read(self, number: int) -> list[Row]:
        path = self._path(number)
        table = read_table(path)
        metadata = table.schema.metadata or {}
        if metadata.get(_DESIGN) != self._design:
            raise DataError(f"cannot read {path}: it is a part of another sweep")
        try:
            rows = _rows(table, self._line)
        except (KeyError, TypeError, ValueError):
            raise DataError(f"cannot read {path}: it is damaged") from None
        if metadata.get(_DIGEST) != _digest(rows):
            raise DataError(f"cannot read {path}: it is damaged")
        return rows


def is_part(name: str) -> bool:
    """Whether a file of this name is one that `Parts` writes."""
    plain = name.removesuffix(DAMAGED)
    return _NAME.fullmatch(plain) is not None or (name[0] == "." and name.endswith(PART))


def _table(rows: Sequence[Row], design: bytes) -> pa.Table:
    import pyarrow as pa

    tasks = [row.task for row in rows]
    columns: dict[str, Any] = {
        "place": pa.array([task.place for task in tasks], pa.int64()),
        "point": pa.array([task.point for task in tasks], pa.int64()),
        "replicate": pa.array([task.replicate for task in tasks], pa.int64()),
        "block": pa.array([task.block for task in tasks], pa.int64()),
        "first_customer": pa.array([task.span.first for task in tasks], pa.uint64()),
        "customers": pa.array([task.span.count for task in tasks], pa.int64()),
        "error": pa.array([row.error for row in rows], pa.large_string()),
        "aggregate": pa.array([row.aggregate for row in rows], pa.large_string()),
    }
    about = {_DESIGN: design, _DIGEST: _digest(rows), _VERSION: _version()}
    return pa.table(columns).replace_schema_metadata(about)


def _version() -> bytes:
    from cvosim import __version__

    return f"{__version__} {TRAJECTORY_VERSION}".encode()


def _rows(table: pa.Table, line: Line) -> list[Row]:
    places, errors, aggregates = (
        table.column(name).to_pylist() for name in ("place", "error", "aggregate")
    )
    if not all(0 <= place < len(line) for place in places):
        raise ValueError
    found = zip(places, errors, aggregates, strict=True)
    return [Row(line.task(place), error, text) for place, error, text in found]


def _digest(rows: Sequence[Row]) -> bytes:
    digest = hashlib.sha256()
    for row in rows:
        digest.update(row.digest())
    return digest.hexdigest().encode()
