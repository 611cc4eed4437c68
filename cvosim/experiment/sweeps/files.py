"""Files that are there whole or not at all, and what the disk complains of, in words."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cvosim.errors import DataError
from cvosim.tables.parquet import open_parquet, read_bounded
from cvosim.tables.whole_files import most_unpacked

if TYPE_CHECKING:
    import pyarrow as pa

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EROFS, errno.EACCES, errno.EPERM)
PART = ".part"
"""End of the name of a file that is being written."""


@contextmanager
def in_words(action: str, path: Path) -> Iterator[None]:
    """Turn what the disk complains of into one line that says what to do.

    Examples
    --------
    >>> try:
    ...     with in_words("read", Path("nowhere")):
    ...         Path("nowhere").read_bytes()
    ... except DataError as problem:
    ...     print(problem)
    cannot read nowhere: No such file or directory
    """
    try:
        yield
    except OSError as problem:
        reason = problem.strerror or str(problem).splitlines()[0]
        raise DataError(f"cannot {action} {path}: {reason}{_advice(problem)}") from None


def _advice(problem: OSError) -> str:
    if problem.errno in _FULL:
        return (
            "; what is finished is kept: make room there and give the same command again, "
            "it goes on where it stopped"
        )
    if problem.errno in _CLOSED:
        return "; name a folder in which files may be written"
    return ""


def write_whole(path: Path, content: bytes, *, keeper: Keeper | None = None) -> None:
    """Write a file beside its place, see it safe on the disk, and only then move it there.

    Parameters
    ----------
    path : Path
        Its place.
    content : bytes
        What it shall hold.
    keeper : Keeper, optional
        Who sees it safe on the disk after it was moved, while something else goes on.

    Raises
    ------
    DataError
        When the disk is full, or may not be written to; what was there before still is.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}{PART}")
    with in_words("write", path):
        try:
            with beside.open("wb") as file:
                file.write(content)
                file.flush()
                if keeper is None:
                    os.fsync(file.fileno())
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
        if keeper is None:
            _sync(path.parent)
    if keeper is not None:
        keeper.keep(path)


class Keeper:
    """See files safe on the disk in the background: to wait for it takes longer than to write.

    A process that is killed leaves every file that was moved to its place as it is; only if
    the machine dies may the last one be torn, so it must be one that is checked when it is read.
    """

    def __init__(self) -> None:
        self._thread = ThreadPoolExecutor(1, "cvosim-keeper")
        self._last: Future[None] | None = None

    def keep(self, path: Path) -> None:
        """Begin with a file, when the one before is safe.

        Raises
        ------
        DataError
            When that one could not be made safe.
        """
        self.settle()
        self._last = self._thread.submit(_keep, path)

    def settle(self) -> None:
        """Wait until all is safe.

        Raises
        ------
        DataError
            When it could not be made so.
        """
        last, self._last = self._last, None
        if last is not None:
            last.result()

    def close(self) -> None:
        """End the thread when it has done its work."""
        self._thread.shutdown(wait=True)


def _keep(path: Path) -> None:
    with in_words("write", path):
        _sync(path)
        _sync(path.parent)


def _sync(path: Path) -> None:
    """See a file, or the list of names of a folder, safe on the disk."""
    if os.name == "nt" and path.is_dir():  # there, folders look after themselves
        return
    handle = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_json(path: Path, entries: dict[str, Any]) -> None:
    """Write a dictionary as a JSON file, whole or not at all."""
    write_whole(path, (json.dumps(entries, indent=1, allow_nan=False) + "\n").encode())


def read_json(path: Path) -> dict[str, Any]:
    """Read a dictionary from a JSON file.

    Raises
    ------
    DataError
        When it cannot be read, or is something else.
    """
    with in_words("read", path):
        content = path.read_bytes()
    try:
        entries = json.loads(content)
    except (ValueError, RecursionError):
        raise DataError(f"cannot read {path}: it is damaged") from None
    if not isinstance(entries, dict):
        raise DataError(f"cannot read {path}: it holds no entries")
    return entries


def write_table(path: Path, table: pa.Table, *, keeper: Keeper | None = None) -> None:
    """Write a table as a Parquet file, whole or not at all; see `write_whole`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    sink = pa.BufferOutputStream()
    # statistics and dictionaries would repeat long texts
    plain = {"write_statistics": False, "use_dictionary": False}
    pq.write_table(table, sink, compression="zstd", write_page_checksum=True, **plain)
    write_whole(path, sink.getvalue().to_pybytes(), keeper=keeper)


def read_table(path: Path) -> pa.Table:
    """Read a Parquet file, comparing its checksums.

    Raises
    ------
    DataError
        When it is missing, torn or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with in_words("read", path):
        content = path.read_bytes()
    try:
        schema = pq.read_schema(pa.BufferReader(content))
        file = open_parquet(pa.BufferReader(content), page_checksum_verification=True)
        table = read_bounded(file, schema, most_unpacked(len(content)))
        table.validate(full=True)
        return table
    except DataError as problem:
        raise DataError(f"cannot read {path}: {problem}") from None
    except (pa.ArrowException, OSError, UnicodeDecodeError):
        raise DataError(f"cannot read {path}: it is torn or damaged") from None


def check_own(folder: Path, of: str, is_ours: Callable[[Path], bool]) -> None:
    """Refuse a folder with something in it that is not ours.

    Parameters
    ----------
    folder : Path
        Need not exist.
    of : str
        Whose store it should be, such as ``a sweep``.
    is_ours : callable
        Says of a path in the folder whether it belongs there.

    Raises
    ------
    DataError
        Says what is there.
    """
    if folder.is_symlink() and not folder.exists():
        raise DataError(f"{folder}: is a link that leads nowhere (to {folder.readlink()})")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: is a file; name a folder for the store")
    if not folder.is_dir():
        return
    with in_words("read", folder):
        foreign = sorted(path.name for path in folder.iterdir() if not is_ours(path))
    if foreign:
        others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise DataError(
            f"{folder}: is no store of {of}, and not empty (it holds {foreign[0]}{others}); "
            "name another folder, or one that does not exist yet"
        )
