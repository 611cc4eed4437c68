"""Reading a file of data whole, but never more than a machine can hold."""

from __future__ import annotations

import gzip
import io
import os
import stat
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from cvosim.errors import DataError

MOST_BYTES = 4 * 1024**3
"""Of a file, as it is and unpacked: some hundred million orders."""
_UNPACKED_FREELY = 256 * 1024**2
_MOST_FOLD = 200
"""Logs shrink to a tenth or a thirtieth; what shrinks a thousandfold was made to hurt."""
_CHUNK = 1024**2
_PATIENCE = 5.0
"""Seconds until somebody has to write into a pipe that has a name."""


def read_whole(path: Path, source: str, rows: str) -> bytes:
    """Read a file or a pipe, unpacking gzip.

    Parameters
    ----------
    path : Path
        A file, or a pipe: it is read once, from the front.
    source : str
        What it is called in messages.
    rows : str
        What its rows are, for messages.

    Raises
    ------
    DataError
        In words: there is no such file, or it is a folder or a device, too large, or damaged.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "orders.csv.gz")
    ...     size = path.write_bytes(gzip.compress(b"customer,date,amount"))
    ...     read_whole(path, "orders.csv.gz", "orders")
    b'customer,date,amount'
    """
    try:
        with _opened(path, source, rows) as file:
            data = _bounded(file, MOST_BYTES, f"{source}: is too large")
        if data[:2] != b"\x1f\x8b":
            return data
        most = min(MOST_BYTES, most_unpacked(len(data)))
        with gzip.open(io.BytesIO(data)) as packed:
            return _bounded(packed, most, f"{source}: is too large when it is unpacked")
    except FileNotFoundError:
        raise DataError(f"{source}: no such file") from None
    except IsADirectoryError:
        raise DataError(f"{source}: is a directory; give a file of {rows}") from None
    except (OSError, EOFError, ValueError, zlib.error) as error:
        words = getattr(error, "strerror", None) or str(error)
        raise DataError(f"{source}: cannot be read: {words}") from None
    except MemoryError:
        raise DataError(f"{source}: is too large for the memory of this machine") from None


def most_unpacked(size: int) -> int:
    """Return how many bytes so many may become: what grows more was made to hurt."""
    return max(_UNPACKED_FREELY, _MOST_FOLD * size)


@contextmanager
def enough_memory(source: str) -> Iterator[None]:
    """Say in words that a file does not fit into this machine."""
    try:
        yield
    except MemoryError:
        raise DataError(f"{source}: is too large for the memory of this machine") from None


def _bounded(file: BinaryIO | gzip.GzipFile, most: int, words: str) -> bytes:
    """Read to the end, if that comes in time."""
    found = io.BytesIO()
    while chunk := file.read(_CHUNK):
        if found.tell() + len(chunk) > most:
            raise DataError(f"{words} (more than {most:,} bytes); split it, or bring less of it")
        found.write(chunk)
    return found.getvalue()


def _opened(path: Path, source: str, rows: str) -> BinaryIO:
    """Open what has an end: a file, or a pipe into which somebody writes."""
    mode = path.stat().st_mode
    if stat.S_ISFIFO(mode) and hasattr(os, "O_NONBLOCK"):
        return _pipe(path, source)
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode) or stat.S_ISSOCK(mode):
        kind = "a socket" if stat.S_ISSOCK(mode) else "a device"
        raise DataError(f"{source}: is {kind}; give a file of {rows}")
    return path.open("rb")


def _pipe(path: Path, source: str) -> BinaryIO:
    """Open a pipe; to open one as a file waits for ever where nobody writes."""
    handle = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    file = os.fdopen(handle, "rb", buffering=0)
    end = time.monotonic() + _PATIENCE
    while True:
        first = file.read(_CHUNK)
        if first is None:  # somebody is there, and has not written yet
            first = b""
            break
        if first:
            break
        if time.monotonic() > end:
            file.close()
            raise DataError(f"{source}: is a pipe, and nobody writes into it; give a file")
        time.sleep(0.02)
    os.set_blocking(handle, True)
    return io.BufferedReader(_Begun(first, file))


class _Begun(io.RawIOBase):
    """A pipe of which the first bytes have been read."""

    def __init__(self, first: bytes, rest: io.RawIOBase) -> None:
        self._first, self._rest = first, rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        if self._first:
            size = min(len(buffer), len(self._first))
            buffer[:size], self._first = self._first[:size], self._first[size:]
            return size
        return self._rest.readinto(buffer) or 0

    def close(self) -> None:
        self._rest.close()
        super().close()
