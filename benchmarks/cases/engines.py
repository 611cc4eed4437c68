"""The compiled engine against the readable one, customer for customer."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_least
from benchmarks.subjects import Size, subject

SCENARIO = "carpet_cleaning"


def rows(size: Size) -> Iterator[Row]:
    """CPU time of one thread against one thread; more threads would only flatter the kernel."""
    who = subject(SCENARIO, size)
    times = interleaved(
        size.slow_rounds,
        {
            "reference": lambda: who.reference(size.reference),
            "kernel": lambda: who.kernel(size.customers, 1),
            "events": lambda: who.kernel(size.customers, 1, events=True),
        },
    )
    slow = times["reference"].cpu / size.reference
    fast = times["kernel"].cpu / size.customers
    logged = times["events"].cpu / size.customers
    note = (
        f"CPU time, one thread: {1e6 * slow:,.0f} us a customer ({size.reference:,}) "
        f"against {1e9 * fast:,.0f} ns ({size.customers:,})"
    )
    what = "kernel against reference engine"
    yield Row("engines", what, slow / fast, "x", at_least(150), note, who.trajectory)
    note = f"CPU time, one thread: {1e9 * logged:,.0f} ns a customer; the reference always has it"
    what = "the same with the event table"
    yield Row("engines", what, slow / logged, "x", None, note, who.trajectory)
