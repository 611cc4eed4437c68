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

from cvosim import load_scenario, simulate
from cvosim.clv.orders.reading import read_orders
from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import read_table
from cvosim.stats.data.reading import Roles, read_cohort
from cvosim.tables import data_files, whole_files
from cvosim.tables.data_files import open_data_file
from cvosim.tables.store import read_events, write_events

MOST_CPU = 20.0  # seconds for each, the start of Python included
ROOM = 3 * 1024**3  # bytes of address space; numpy and Arrow reserve one of them
HEAD = b"customer,date,amount\n"
ROW = b"ann,2024-01-01,10\n"
LONG = "line 1 is longer than 1,048,576 bytes, and no header"


def gzip_bomb() -> bytes:
    """Eight gigabytes in eight megabytes: many members, each a thousandfold."""
    return gzip.compress(HEAD) + gzip.compress(ROW * 3_500_000, 9) * 128


def parquet_bomb() -> bytes:
    """Nothing, 160 million times in each column: four gigabytes in a megabyte."""
    sink = pa.BufferOutputStream()
    empty = pa.nulls(4_000_000, pa.float64())
    once = pa.table(dict.fromkeys(("customer", "date", "amount"), empty))
    with pq.ParquetWriter(sink, once.schema, compression="zstd") as writer:
        for _ in range(40):
            writer.write_table(once)
    return bytes(sink.getvalue().to_pybytes())


def repeating(*, kept: bool) -> Callable[[], bytes]:
    """One text of 20 kB, a hundred thousand times; `kept` says whether the file says so, too."""

    def made() -> bytes:
        columns = {"customer": "x" * 20_000, "date": "2024-01-01", "amount": "1"}
        once = pa.array([0] * 100_000, pa.int32())
        table = pa.table(
            {k: pa.DictionaryArray.from_arrays(once, pa.array([v])) for k, v in columns.items()}
        )
        sink = pa.BufferOutputStream()
        with pq.ParquetWriter(sink, table.schema, compression="zstd", store_schema=kept) as writer:
            writer.write_table(table)
        return bytes(sink.getvalue().to_pybytes())

    return made


def long_lists() -> bytes:
    """One row whose cells are lists of twenty million."""
    items = pa.nulls(20_000_000, pa.int8())
    once = pa.ListArray.from_arrays(pa.array([0, len(items)], pa.int32()), items)
    sink = pa.BufferOutputStream()
    table = pa.table(dict.fromkeys(("customer", "date", "amount"), once))
    pq.write_table(table, sink, compression="zstd")
    return bytes(sink.getvalue().to_pybytes())


def events_of_nobody() -> bytes:
    """Columns like those of our event table, which is read in another way."""
    names = ("customer_id", "time", "stage", "event", "revenue", "cost")
    once = pa.table(dict.fromkeys(names, pa.nulls(4_000_000, pa.float64())))
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(sink, once.schema, compression="zstd") as writer:
        for _ in range(10):
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
    "a text that repeats": (repeating(kept=True), "is too large when it is unpacked (more than"),
    "a text again and again": (repeating(kept=False), "is too large when it is unpacked (more"),
    "long lists": (long_lists, "customer: holds list<element: int8>, not words"),
    "events of nobody": (events_of_nobody, "it was not written by cvosim"),
    "a wide Parquet": (wide_parquet, "has 12,000 columns; at most 10,000 are read"),
    "a footer beyond the file": (footless, "cannot be read as Parquet"),
    "no footer": (lambda: b"PAR1" + b"\0" * 50_000_000 + b"PAR1", "cannot be read as Parquet"),
}
READ_ALL = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[2]),) * 2)
resource.setrlimit(resource.RLIMIT_CPU, (int(float(sys.argv[3])) * 20,) * 2)
from cvosim import load_scenario, simulate
from cvosim.clv.orders.reading import read_orders
from cvosim.errors import DataError
from cvosim.stats.data.source import open_source
from cvosim.tables import data_files, whole_files
whole_files.MOST_BYTES = data_files.MOST_BYTES = 512 * 1024**2  # of this little room
for file in sorted(Path(sys.argv[1]).iterdir()):
    before = resource.getrusage(resource.RUSAGE_SELF)
    for reader in (read_orders, lambda one: open_source(one).read(["customer", "amount"])):
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


@pytest.mark.skipif(sys.platform != "linux", reason="an address space is limited on Linux only")
def test_bombs_do_not_go_off(tmp_path: Path) -> None:
    for name, (made, _) in HOSTILE.items():
        (tmp_path / name).write_bytes(made())
    given = [sys.executable, "-c", READ_ALL, str(tmp_path), str(ROOM), str(MOST_CPU)]
    done = subprocess.run(given, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr[-3000:]
    said = done.stdout.splitlines()
    for name, (_, words) in HOSTILE.items():
        (line,) = (one for one in said if one.startswith(f"{name} |"))
        assert words in line


def complaint(path: Path | str) -> str:
    with pytest.raises(DataError) as error:
        open_data_file(path)
    return str(error.value)


def test_a_file_has_a_largest_size(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_files, "MOST_BYTES", 1000)
    path = tmp_path / "orders.csv"
    path.write_bytes(HEAD + ROW * 40)
    assert open_data_file(path).read(["customer"]).num_rows == 40
    path.write_bytes(HEAD + ROW * 80)
    assert complaint(path).startswith(f"{path}: is too large (more than 1,000 bytes)")
    path.write_bytes(gzip.compress(HEAD + ROW * 80))
    assert "is too large when it is unpacked (more than 1,000 bytes)" in complaint(path)


def test_a_log_may_shrink_a_good_deal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A few fold is read; a thousandfold is read if it is small."""
    monkeypatch.setattr(whole_files, "_UNPACKED_FREELY", 100_000)
    path = tmp_path / "orders.csv"
    path.write_bytes(gzip.compress(HEAD + ROW * 5000))
    assert open_data_file(path).read(["customer"]).num_rows == 5000
    rows = b"".join(b"c%d,2024-01-01,10\n" % (i * 7919 % 10_007) for i in range(100_000))
    assert len(rows) > 3 * len(gzip.compress(rows))
    path.write_bytes(gzip.compress(HEAD + rows))
    assert open_data_file(path).read(["customer"]).num_rows == 100_000
    path.write_bytes(gzip.compress(HEAD + ROW * 100_000))
    assert "too large when it is unpacked" in complaint(path)


def test_a_parquet_may_be_too_large_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orders.parquet"
    path.write_bytes(parquet())
    assert open_data_file(path).read(["amount", "customer"]).column_names == ["amount", "customer"]
    monkeypatch.setattr(data_files, "MOST_BYTES", 10)
    with pytest.raises(DataError, match=r"is too large when it is unpacked \(more than 10 bytes"):
        open_data_file(path).read(["amount"])


def test_tables_of_ours_may_be_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "events.parquet"
    write_events(simulate(load_scenario("saas"), customers=200, events=True).events, path)
    assert read_orders(path).n_orders > 0
    with monkeypatch.context() as patch:
        patch.setattr(data_files, "MOST_BYTES", 1000)
        with pytest.raises(DataError, match=r"is too large when it is unpacked \(more than 1,000"):
            read_orders(path)
    monkeypatch.setattr(whole_files, "_UNPACKED_FREELY", 10)
    monkeypatch.setattr(whole_files, "_MOST_FOLD", 1)
    with pytest.raises(DataError, match=r"cannot read .*: is too large when it is unpacked"):
        read_events(path)
    with pytest.raises(DataError, match=r"cannot read .*: is too large when it is unpacked"):
        read_table(path)


def test_too_little_memory_is_said_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "orders.parquet"
    path.write_bytes(parquet())

    def full(*_: object) -> None:
        raise pa.ArrowMemoryError("malloc of size 9 failed")

    words = f"{path}: is too large for the memory of this machine"
    for where in ("cvosim.tables.data_files.read_bounded", "cvosim.clv.orders.reading.flat"):
        with monkeypatch.context() as patch:
            patch.setattr(where, full)
            with pytest.raises(DataError) as error:
                read_orders(path)
        assert str(error.value) == words
    monkeypatch.setattr("cvosim.stats.data.reading.labels", full)
    with pytest.raises(DataError) as error:
        read_cohort(path, Roles("customer"), ["amount"])
    assert str(error.value) == words


def test_parquet_that_lies(tmp_path: Path) -> None:
    """Each byte of a sound file is changed in turn: what is read is a table, or refused."""
    sound = parquet()
    path, said = tmp_path / "orders.parquet", list[str]()
    for place in range(len(sound)):
        path.write_bytes(sound[:place] + bytes([sound[place] ^ 0x7F]) + sound[place + 1 :])
        try:
            file = open_data_file(path)
            file.read(file.names[:3]).validate(full=True)
        except DataError as error:
            said.append(str(error))
    assert said
    assert all(words.startswith(f"{path}: ") for words in said)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes with names here")
def test_a_pipe_with_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Is read where somebody writes, however late, and is not waited for for ever."""
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    monkeypatch.setattr(whole_files, "_PATIENCE", 0.1)
    assert complaint(pipe) == f"{pipe}: is a pipe, and nobody writes into it; give a file"
    monkeypatch.setattr(whole_files, "_PATIENCE", 60.0)
    content = HEAD + ROW * 200_000
    writer = threading.Thread(target=pipe.write_bytes, args=(content,))
    writer.start()
    assert open_data_file(pipe).read(["customer"]).num_rows == 200_000
    writer.join()


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="needs devices with names")
@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null", "/dev/random"])
def test_a_device_is_no_file(device: str) -> None:
    assert complaint(device) == f"{device}: is a device; give a file of orders"


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="no sockets with names here")
def test_a_socket_is_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # a socket's name may not be long
    with socket.socket(socket.AF_UNIX) as ear:
        ear.bind("orders.csv")
        assert complaint("orders.csv") == "orders.csv: is a socket; give a file of orders"
