"""The benchmarks by name."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from benchmarks.rows import Row
from benchmarks.subjects import Size
from benchmarks.topics import (
    comparing,
    engines,
    experiments,
    floor,
    lifetime_value,
    memory,
    order_log,
    page,
    page_browser,
    peers,
    repeat_buying,
    sizes,
    start,
    threads,
)

Topic = Callable[[Size], Iterable[Row]]

TOPICS: Mapping[str, Topic] = {
    "engines": engines.rows,
    "threads": threads.rows,
    "floor": floor.rows,
    "start": start.rows,
    "memory": memory.rows,
    "peers": peers.rows,
    "repeat_buying": repeat_buying.rows,
    "order_log": order_log.rows,
    "lifetime_value": lifetime_value.rows,
    "experiments": experiments.rows,
    "sizes": sizes.rows,
    "compare": comparing.rows,
    "page": page.rows,
    "page_browser": page_browser.rows,
}
