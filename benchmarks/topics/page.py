"""The what-if page's server: from a change to its numbers, and to the last of its figures."""

from __future__ import annotations

import http.client
import json
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import NamedTuple

from benchmarks.rows import Row, at_most
from benchmarks.subjects import Size, subject

SCENARIO = "carpet_cleaning"
PATH = "journey.tripwire.price"
CHANGES = 20
WARM_UP = 3


class Answered(NamedTuple):
    """Seconds from sending a change to what came back."""

    numbers: float
    figures: float
    bytes_: int
    count: int


def rows(size: Size) -> Iterator[Row]:
    """A person waits for the median change; the browser's own part is not in it."""
    trajectory = subject(SCENARIO, size).trajectory
    what = f"{size.compared:,} customers"
    asked = (("numbers", at_most(0.1)), ("all figures", at_most(0.35)))
    if find_spec("uvicorn") is None or find_spec("starlette") is None:
        for name, bound in asked:
            yield Row("page", f"{name}, {what}", None, "s", bound, "skipped: no cvosim[app]")
        return
    changes = max(1, size.rounds * CHANGES // 7)
    with served() as port:
        found = [answered(port, n, size.compared) for n in range(WARM_UP + changes)][WARM_UP:]
    first, last = ([one[place] for one in found] for place in (0, 1))
    for (name, bound), times in zip(asked, (first, last), strict=True):
        slow = sorted(times)[int(0.95 * (len(times) - 1))]
        note = f"wall; median of {len(times)} changes, 95 % within {slow * 1e3:.0f} ms"
        if name != "numbers":
            note += f"; {found[-1].count} figures, {found[-1].bytes_ / 1e3:.0f} kB in all"
        measured = statistics.median(times)
        yield Row("page", f"{name} after a change, {what}", measured, "s", bound, note, trajectory)


@contextmanager
def served() -> Iterator[int]:
    """Start the page's server; give its port."""
    words = [sys.executable, "-m", "cvosim", "app", SCENARIO, "--port", "0"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        try:
            assert process.stderr is not None
            for line in process.stderr:
                if found := re.search(r":(\d+)/ ", line):
                    yield int(found.group(1))
                    return
            raise RuntimeError("the page's server did not start")
        finally:
            process.terminate()
            process.communicate()


def answered(port: int, number: int, customers: int) -> Answered:
    """Ask for one more price, and read every line of the answer."""
    asked = {
        "a": {"library": SCENARIO},
        "b": None,
        "changes": {PATH: 15 + number / 4},
        "customers": customers,
        "seed": None,
        "tab": "benchmark",
        "turn": number,
    }
    connection = http.client.HTTPConnection("127.0.0.1", port)
    began = time.perf_counter()
    connection.request(
        "POST", "/api/compare", json.dumps(asked), {"Content-Type": "application/json"}
    )
    answer = connection.getresponse()
    times: dict[str, float] = {}
    size = count = 0
    while line := answer.readline():
        kind = json.loads(line)["kind"]
        times[kind] = time.perf_counter() - began
        size, count = size + len(line), count + (kind == "figure")
    connection.close()
    assert kind == "done"
    return Answered(times["numbers"], times["figure"], size, count)
