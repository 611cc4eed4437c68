"""Memory at its peak, a customer, beyond what the libraries take."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path

from benchmarks.clock import child
from benchmarks.rows import Row, at_most
from benchmarks.subjects import Size, subject

SCENARIO = "carpet_cleaning"
_CHILD = Path(__file__).parents[1] / "memory_child.py"


def rows(size: Size) -> Iterator[Row]:
    """Another process lives through the customers and measures itself."""
    trajectory = subject(SCENARIO, size).trajectory  # and the kernel is compiled by now
    command = [sys.executable, str(_CHILD), SCENARIO, str(size.customers)]
    found = json.loads(child(command)[1])
    note = (
        f"customer table and metrics, {size.customers:,} customers; the table itself "
        f"{found['table']:.0f} bytes, the simulation's peak {found['simulated']:.0f}; "
        f"libraries and warm kernel {found['before'] / 2**20:.0f} MiB"
    )
    yield Row(
        "memory", "peak, a customer", found["measured"], "bytes", at_most(400), note, trajectory
    )
