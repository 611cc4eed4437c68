"""Tables that are made to hurt are refused in words, soon, and before memory is taken.

Each is read by a process of its own, whose address space is limited where the system can do so.
"""

from __future__ import annotations

import gzip
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cvosim.errors import DataError
from cvosim.tables import data_files, whole_files
from cvosim.tables.data_files import open_data_file

MOST_CPU = 20.0  # seconds for each, the start of Python included
ROOM = 3 * 1024**3  # bytes of address space; numpy and Arrow reserve one of them
HEAD = b"customer,date,amount\n"
ROW = b"ann,2024-01-01,10\n"
LONG = "line 1 is longer than 1,048,576 bytes, and no header"


def gzip_bomb() -> bytes:
    """Eight gigabytes in eight megabytes: many members, each a thousandfold."""
    return gzip.compress(HEAD) + gzip.compress(ROW * 3_500_000, 9) * 128


def parquet_bomb() -> bytes:
    """A number that comes two billion times."""
    sink = pa.BufferOutputStream()
    once = pa.table({name: pa.nulls(4_000_000, pa.float64()) for name in ("customer", "amount")})
    with pq.ParquetWriter(sink, once.schema, compression="zstd") as writer:
        for _ in range(500):
            writer.write_table(once)
    return bytes(sink.getvalue().to_pybytes())


def wide_parquet() -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.table({f"c{i}": [1] for i in range(12_000)}), sink, compression="none")
    return bytes(sink.getvalue().to_pybytes())


def parquet() -> bytes:
    sink = pa.BufferOutputStream()
    columns = {"customer": ["ann"] * 3, "date": ["2024-01-01"] * 3, "amount": [1.0, 2.0, 3.0]}
    pq.write_table(pa.table(columns), sink, compression="none", use_dictionary=False)
    return bytes(sink.getvalue().to_pybytes())


def footless() -> bytes:
    """Parquet that says its footer is as long as can be."""
    return parquet()[:-8] + b"\xff\xff\xff\x7f" + b"PAR1"


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "a million columns": (
        lambda: b",".join(b"c%d" % i for i in range(1_000_000)) + b"\n" + b",".join([b"1"] * 10**6),
        LONG,
    ),
    "many short columns": (
        lambda: b",".join(b"c%d" % i for i in range(100_000)) + b"\n" + b",".join([b"1"] * 10**5),
        "has 100,000 columns; at most 10,000 are read",
    ),
    "a line without an end": (lambda: b"x" * 100_000_000, LONG),
    "a header of commas": (lambda: b"," * 100_000_000, LONG),
    "a row without an end": (
        lambda: HEAD + b"x" * 100_000_000,
        'a line is longer than 1,048,576 bytes; is a quote (") not closed?',
    ),
    "a quote that never closes": (
        lambda: HEAD + b'"ann,2024-01-01,10\n' + ROW * 3_000_000,
        'a line is longer than 1,048,576 bytes; is a quote (") not closed?',
    ),
    "line ends": (lambda: b"\n" * 100_000_000, "is empty"),
    "a gzip bomb": (gzip_bomb, "is too large when it is unpacked (more than"),
    "a torn gzip": (lambda: gzip.compress(HEAD + ROW * 9999)[:-90], "cannot be read"),
    "a damaged gzip": (
        lambda: (one := bytearray(gzip.compress(os.urandom(9999)))) and bytes(one[:40] + one[60:]),
        "cannot be read",
    ),
    "a Parquet bomb": (parquet_bomb, "is too large when it is unpacked (more than"),
    "a wide Parquet": (wide_parquet, "has 12,000 columns; at most 10,000 are read"),
    "a footer beyond the file": (footless, "cannot be read as Parquet"),
    "no footer": (lambda: b"PAR1" + b"\0" * 50_000_000 + b"PAR1", "cannot be read as Parquet"),
}
READ_ALL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(float(sys.argv[3])) * 20,) * 2)
from cvosim.clv.orders.reading import read_orders
from cvosim.errors import DataError
from cvosim.stats.data.source import open_source
from cvosim.tables import whole_files
for file in sorted(Path(sys.argv[1]).iterdir()):
    before = resource.getrusage(resource.RUSAGE_SELF)
    whole_files.MOST_BYTES = 512 * 1024**2  # of this little room
    for reader in (read_orders, lambda one: open_source(one).columns(["customer", "amount"])):
        try:
            reader(file)
        except DataError as error:
            assert len(str(error).splitlines()) < 4, file.name
            if reader is read_orders:
                print(file.name, "|", str(error)[:500].replace(chr(10), " | "))
        else:
            raise AssertionError(file.name)
    spent = resource.getrusage(resource.RUSAGE_SELF)
    spent = spent.ru_utime + spent.ru_stime - before.ru_utime - before.ru_stime
    assert spent < float(sys.argv[3]), (file.name, spent)
    print(file.name, spent, file=sys.stderr)
"""
