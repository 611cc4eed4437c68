"""Timing: contenders take turns, each keeps the best of its rounds.

A busy machine only ever adds time, so the smallest time is the least wrong. ``cpu`` is what
the process used on all its threads, kernel mode included; it suffers far less from neighbours
than ``wall`` does.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple


class Timing(NamedTuple):
    """Seconds; the minima of both need not come from the same round."""

    wall: float
    cpu: float


def interleaved(
    rounds: int,
    contenders: Mapping[str, Callable[[], object]],
    progress: Callable[[int], None] | None = None,
) -> dict[str, Timing]:
    """Run every contender once to warm up, then all of them in turn, ``rounds`` times.

    Parameters
    ----------
    rounds : int
        How often each is timed.
    contenders : mapping of str to callable
        What is timed, by name.
    progress : callable, optional
        Called with 1 after every run: ``(rounds + 1) * len(contenders)`` times.

    Returns
    -------
    dict of str to Timing
        The best of each.

    Examples
    --------
    >>> times = interleaved(2, {"sum": lambda: sum(range(100_000)), "nothing": lambda: None})
    >>> times["sum"].cpu > times["nothing"].cpu
    True
    """
    times: dict[str, list[Timing]] = {name: [] for name in contenders}
    for turn in range(rounds + 1):
        for name, contender in contenders.items():
            timing = once(contender)
            if turn:
                times[name].append(timing)
            if progress is not None:
                progress(1)
    return {name: best(found) for name, found in times.items()}


def once(action: Callable[[], object]) -> Timing:
    """Time one call."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    timing = Timing(time.perf_counter() - wall, time.process_time() - cpu)
    del result  # giving the memory back is not part of it
    return timing


def best(timings: Sequence[Timing]) -> Timing:
    """Take the smallest of each kind.

    Examples
    --------
    >>> best([Timing(2.0, 1.5), Timing(1.0, 1.75)])
    Timing(wall=1.0, cpu=1.5)
    """
    return Timing(min(t.wall for t in timings), min(t.cpu for t in timings))
