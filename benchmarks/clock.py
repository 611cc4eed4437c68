"""Timing: contenders take turns, each keeps the best of its rounds.

A busy machine only ever adds time, so the smallest time is the least wrong. ``cpu`` is what
the process used on all its threads, kernel mode included; it suffers far less from neighbours
than ``wall`` does.
"""

from __future__ import annotations

import os
import resource
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Timing(NamedTuple):
    """Seconds; the minima of both need not come from the same round."""

    wall: float
    cpu: float


def interleaved(rounds: int, contenders: Mapping[str, Callable[[], object]]) -> dict[str, Timing]:
    """Run every contender once to warm up, then all of them in turn, ``rounds`` times."""
    for contender in contenders.values():
        contender()
    times: dict[str, list[Timing]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, contender in contenders.items():
            times[name].append(once(contender))
    return {name: best(found) for name, found in times.items()}


def once(action: Callable[[], object]) -> Timing:
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    timing = Timing(time.perf_counter() - wall, time.process_time() - cpu)
    del result  # giving the memory back is not part of it
    return timing


def best(timings: Sequence[Timing]) -> Timing:
    return Timing(min(t.wall for t in timings), min(t.cpu for t in timings))


def child(command: Sequence[str], env: Mapping[str, str] | None = None) -> tuple[Timing, str]:
    """Run another process to its end; what it printed, and what it and its threads took."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.perf_counter()
    done = subprocess.run(
        command, env={**os.environ, **(env or {})}, capture_output=True, text=True, check=False
    )
    wall = time.perf_counter() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command)} failed:\n{done.stderr}")
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Timing(wall, cpu), done.stdout
