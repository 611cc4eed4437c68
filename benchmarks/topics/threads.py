"""Customers a second, and what a second thread brings."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_least
from benchmarks.subjects import Size, subject
from cvosim.engine.speed.spinning import spun
from cvosim.tables.fingerprint import trajectory_hash

SCENARIO = "carpet_cleaning"


def rows(size: Size) -> Iterator[Row]:
    """Wall time, for this is what a second core is for; arithmetic alone shows what it can give."""
    who = subject(SCENARIO, size)
    tables = [trajectory_hash(who.kernel(size.customers, n).customers)[:12] for n in (1, 2)]
    assert tables[0] == tables[1], "two threads changed a number"
    times = interleaved(
        size.rounds,
        {
            "one": lambda: who.kernel(size.customers, 1),
            "two": lambda: who.kernel(size.customers, 2),
            # as long as the kernel takes, about
            "spin one": lambda: spun(max(2, size.customers // 100), 1),
            "spin two": lambda: spun(max(2, size.customers // 100), 2),
        },
    )
    one, two = times["one"], times["two"]
    ceiling = times["spin one"].wall / times["spin two"].wall
    busy = times["spin one"].wall / times["spin one"].cpu
    yield Row(
        "threads", "one thread", size.customers / one.wall / 1e6, "M customers/s",
        None, f"by CPU time {size.customers / one.cpu / 1e6:.2f}", tables[0],
    )  # fmt: skip
    yield Row(
        "threads", "two threads", size.customers / two.wall / 1e6, "M customers/s", at_least(3),
        f"wall; two cores at the CPU time used: {2 * size.customers / two.cpu / 1e6:.2f}",
        tables[1],
    )  # fmt: skip
    yield Row(
        "threads", "two threads against one", one.wall / two.wall, "x", at_least(1.8),
        f"wall; of CPU time the two use {two.cpu / one.cpu:.2f} x that of the one", tables[1],
    )  # fmt: skip
    yield Row(
        "threads", "what two threads can give here now", ceiling, "x",
        None, f"arithmetic alone; one thread waits {busy:.2f} s for a second of CPU",
    )  # fmt: skip
