"""The strategist's question: is the tripwire worth having?"""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_most
from benchmarks.subjects import Size, subject
from cvosim import compare

SCENARIOS = ("carpet_cleaning", "carpet_cleaning_no_tripwire")


def rows(size: Size) -> Iterator[Row]:
    """An answer within a second or two."""
    subjects = [subject(name, size) for name in SCENARIOS]
    scenarios = [one.scenario for one in subjects]
    trajectory = subjects[0].trajectory
    times = interleaved(
        size.slow_rounds,
        {
            "compare": lambda: compare(scenarios, customers=size.compared),
            "kernel": lambda: [one.kernel(size.compared, 2) for one in subjects],
        },
    )
    timing, kernel = times["compare"], times["kernel"]
    what = f"compare() with and without a tripwire, {size.compared:,} customers"
    note = f"wall; of CPU {timing.cpu:.2f} s, the two simulations {kernel.wall:.2f} s wall of it"
    yield Row("compare", what, timing.wall, "s", at_most(2), note, trajectory)
