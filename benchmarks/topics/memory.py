"""Memory at its peak, a customer, beyond what the libraries take."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clock import child
from benchmarks.rows import Bound, Row, at_most
from benchmarks.subjects import EVERYTHING, Size, subject

SCENARIO = "carpet_cleaning"
_CHILD = Path(__file__).parents[1] / "memory_child.py"


def rows(size: Size) -> Iterator[Row]:
    """Another process lives through the customers and measures itself."""
    yield _peak(SCENARIO, size, "peak, a customer", at_most(400))
    what = "everything at once: peak, a row of the table"
    yield _peak(EVERYTHING, size.reduced(), what, None)


def _peak(name: str, size: Size, what: str, asked: Bound | None) -> Row:
    trajectory = subject(name, size).trajectory  # and the kernel is compiled by now
    command = [sys.executable, str(_CHILD), name, str(size.customers)]
    found = json.loads(child(command)[1])
    note = (
        f"customer table and metrics, {found['rows']:,} customers; the table itself "
        f"{found['table']:.0f} bytes, the simulation's peak {found['simulated']:.0f}; "
        f"libraries and warm kernel {found['before'] / 2**20:.0f} MiB"
    )
    return Row("memory", what, found["measured"], "bytes", asked, note, trajectory)
