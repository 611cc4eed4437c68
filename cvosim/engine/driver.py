"""Run the kernel: room for the tables, threads, chunks, progress, compilation."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

import numpy as np

from cvosim.engine.names import names_of
from cvosim.plan.plan import Plan, Records
from cvosim.tables.blocks import CustomerBlocks, columns_of, empty_blocks
from cvosim.tables.columns import CustomerColumns, EventColumns, in_canonical_order

CHUNK = 262_144
"""Most customers between two signs of life: progress moves and Ctrl-C is heard."""
EVENTS = 20_000_000
"""Most events, about, between two signs of life."""


class KernelRun(NamedTuple):
    """What the kernel produced, and how long it took to be ready."""

    customers: CustomerColumns
    events: EventColumns | None
    compile_seconds: float


def run_kernel(
    plan: Plan,
    seed: int,
    first_customer: int,
    n_customers: int,
    *,
    events: bool = False,
    threads: int | None = None,
    chunk: int | None = None,
    progress: Callable[[int], None] | None = None,
) -> KernelRun:
    """Live through ``n_customers`` from ``first_customer`` on.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    seed : int
        Key of all randomness, 0 to 2**64 - 1.
    first_customer, n_customers : int
        The range of customer ids.
    events : bool
        Keep every event (a second pass fills them in).
    threads : int, optional
        How many; default all that Numba was given.
    chunk : int, optional
        Customers per call of the kernel; never changes a number. By default as many as
        take about a second.
    progress : callable, optional
        Called with the number of customers done since the last call.

    Returns
    -------
    KernelRun
        Customer columns of length ``n_customers``; events in canonical order or None.
    """
    compile_seconds = _ready(plan, threads)
    names = names_of(plan)
    blocks = empty_blocks(n_customers, names)
    logs = []
    chunk = chunk or _customers_per_chunk(plan)
    for row in range(0, n_customers, chunk):
        count = min(chunk, n_customers - row)
        rows = _Rows(blocks, first_customer, row, count)
        logs.append(_live_chunk(plan, seed, rows, events))
        if progress is not None:
            progress(count)
    table = in_canonical_order(_as_columns(logs)) if events else None
    return KernelRun(columns_of(blocks, n_customers, names), table, compile_seconds)


def _customers_per_chunk(plan: Plan) -> int:
    """As many customers as have about `EVENTS` events; some buy thousands of times."""
    horizon, repeat = plan.world["horizon"][0], plan.repeat[0]
    rate = repeat["r"] / repeat["alpha"] if repeat["alpha"] > 0.0 else repeat["r"]
    bills = np.sum(horizon / plan.subscriptions["period"])
    per_customer = 10.0 + len(plan.touches) + horizon * rate + bills
    return int(min(CHUNK, max(1.0, EVENTS / per_customer)))


class _Rows(NamedTuple):
    blocks: CustomerBlocks
    first_customer: int
    first_row: int
    n_rows: int


def _live_chunk(plan: Plan, seed: int, rows: _Rows, events: bool) -> Records:
    from cvosim.engine.customer import BLOCK, EVENT, LIFE, fresh_marks
    from cvosim.engine.kernel import live_all

    offsets = np.zeros(rows.n_rows, np.int64)
    lives = np.zeros((rows.n_rows + BLOCK - 1) // BLOCK, LIFE)
    lives["seed"] = seed
    lives["discount"] = plan.world["discount"]
    marks = fresh_marks(len(lives), plan)
    log = np.zeros(0, EVENT)
    ids = np.uint64(rows.first_customer), rows.first_row
    live_all(plan, ids, lives, marks, rows.blocks, log, offsets)
    if events:
        log = np.empty(int(offsets.sum()), EVENT)
        offsets = np.concatenate(([0], np.cumsum(offsets)[:-1]))
        lives["recording"] = 1
        live_all(plan, ids, lives, marks, rows.blocks, log, offsets)
    return log


def _as_columns(logs: list[Records]) -> EventColumns:
    from cvosim.engine.customer import EVENT

    log = np.concatenate([np.zeros(0, EVENT), *logs])
    return EventColumns(*(np.ascontiguousarray(log[field]) for field in EventColumns._fields))


def _ready(plan: Plan, threads: int | None) -> float:
    """Load or compile the kernel, telling the user if that will take long."""
    import numba

    from cvosim.engine.cache import discard_stale, is_compiled
    from cvosim.engine.kernel import live_all

    available = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    numba.set_num_threads(min(threads or available, available))
    if live_all.overloads:  # type: ignore[attr-defined]
        return 0.0
    discard_stale()
    if not is_compiled():
        sys.stderr.write("Compiling the kernel (once after installing, about 20 s) ...\n")
        sys.stderr.flush()
    started = time.perf_counter()
    nobody = _Rows(empty_blocks(0, names_of(plan)), 0, 0, 0)
    with _interrupts_kept():
        _live_chunk(plan, 0, nobody, False)
    return time.perf_counter() - started


@contextmanager
def _interrupts_kept() -> Iterator[None]:
    """Make Ctrl-C end a compilation as KeyboardInterrupt, whatever the compiler makes of it."""
    mine = threading.current_thread() is threading.main_thread()
    if not mine or signal.getsignal(signal.SIGINT) is not signal.default_int_handler:
        yield
        return
    pressed = []

    def note(signum: int, frame: FrameType | None) -> None:
        pressed.append(signum)
        signal.default_int_handler(signum, frame)

    before = signal.signal(signal.SIGINT, note)
    try:
        yield
    except Exception:
        if pressed:
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
    if pressed:
        raise KeyboardInterrupt
