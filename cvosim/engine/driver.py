"""Run the kernel: room for the tables, threads, chunks, progress, compilation."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from types import FrameType
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.engine.customer import BLOCK, Hands, People, empty_hands
from cvosim.engine.families import Families, market_people
from cvosim.engine.names import names_of
from cvosim.plan.plan import Plan, Records
from cvosim.tables.blocks import CustomerBlocks, columns_of, empty_blocks
from cvosim.tables.columns import CustomerColumns, EventColumns, Referred, in_canonical_order

CHUNK = 1_048_576
"""Most customers between two signs of life: progress moves and Ctrl-C is heard."""
EVENTS = 5_000_000
"""Most events, about, between two signs of life."""


_ERRANDS = 16
"""Orders of one customer that may be under way at once, at first."""


Events = bool | Literal["by customer"]
"""Whether to keep events, and in which order."""


class KernelRun(NamedTuple):
    """What the kernel produced, and how long it took to be ready."""

    customers: CustomerColumns
    referred: Referred
    events: EventColumns | None
    compile_seconds: float


def run_kernel(
    plan: Plan,
    seed: int,
    first_customer: int,
    n_customers: int,
    *,
    events: Events = False,
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
    events : bool or "by customer"
        Keep every event (a second pass fills them in). In canonical order; or, which saves the
        sorting, those of each customer together, by time, market prospects first: then the
        columns share the memory of whole records.
    threads : int, optional
        How many; default all that Numba was given.
    chunk : int, optional
        Customers per call of the kernel; never changes a number. By default as many as
        take a fraction of a second.
    progress : callable, optional
        Called with the number of customers done since the last call.

    Returns
    -------
    KernelRun
        Customer columns of ``n_customers`` market prospects and, after them, of the people
        that referrals brought; events in the order asked for or None.

    Raises
    ------
    CvosimError
        If referrals bring more people than the scenario's cap allows.
    """
    run = _Run(_without_names(plan), seed, bool(events), _ready(plan, threads))
    names = names_of(plan)
    blocks = empty_blocks(n_customers, names)
    market = columns_of(blocks, n_customers, names)
    families = Families(plan, seed, n_customers)
    chunk = chunk or _customers_per_chunk(plan)
    logs = []
    for row in range(0, n_customers, chunk):
        count = min(chunk, n_customers - row)
        logs.append(_live_chunk(run, blocks, market_people(first_customer, row, row + count)))
        if len(plan.referral):
            families.begin(first_customer, row, row + count, market)
            while len((guests := families.next_generation()).customer_id):
                own = empty_blocks(guests.end_row, names)
                logs.append(_live_chunk(run, own, guests))
                families.add(columns_of(own, guests.end_row, names))
                if progress is not None:
                    progress(0)
        if progress is not None:
            progress(count)
    customers, referred = families.joined(market)
    table = _as_columns(logs, events) if events else None
    return KernelRun(customers, referred, table, run.ready.compile_seconds)


def _customers_per_chunk(plan: Plan) -> int:
    """As many customers as have about `EVENTS` events; some buy thousands of times."""
    return int(min(CHUNK, max(1.0, EVENTS / events_per_customer(plan))))


def events_per_customer(plan: Plan) -> float:
    """Say about how many events a customer has at most, on average: what its time and room take.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> 10.0 < events_per_customer(compile_plan(load_scenario("carpet_cleaning"))) < 100.0
    True
    """
    horizon, repeat = plan.world["horizon"][0], plan.repeat[0]
    rate = repeat["r"] / repeat["alpha"] if repeat["alpha"] > 0.0 else repeat["r"]
    orders = horizon * rate + np.sum(horizon / plan.subscriptions["period"])
    exposures = 2.0 * np.sum(plan.engage["exposures"])
    touches = len(plan.touches) + np.sum(horizon / plan.retention["after"])
    with_consequences = 4.0 if plan.world["looks_back"][0] else 1.0
    return float(10.0 + touches + exposures + orders * with_consequences)


class _Ready(NamedTuple):
    """The kernel is loaded."""

    threads: int
    compile_seconds: float


class _Run(NamedTuple):
    plan: Plan
    seed: int
    events: bool
    ready: _Ready


_NO_NAMES: Any = np.zeros(0)


def _without_names(plan: Plan) -> Plan:
    """Leave out the texts, which the kernel never reads and Numba looks at anew in every call."""
    texts = [field for field in plan._fields if field.endswith("_names")]
    return plan._replace(**dict.fromkeys(texts, _NO_NAMES))


def _live_chunk(run: _Run, blocks: CustomerBlocks, people: People) -> Records:
    """Live through some rows; again with more room if a customer had too many orders under way."""
    n_errands = _ERRANDS if len(run.plan.experience) else 0
    while (log := _try_chunk(run, blocks, people, n_errands)) is None:
        n_errands *= 4
    return log


def _try_chunk(run: _Run, blocks: CustomerBlocks, people: People, n_errands: int) -> Records | None:
    from cvosim.engine.customer import EVENT

    log = np.zeros(0, EVENT)
    offsets = np.zeros(people.end_row - people.first_row, np.int64)
    if not _share_out(run, blocks, people, n_errands, (log, offsets, False)):
        return None
    if run.events:
        log = np.empty(int(offsets.sum()), EVENT)
        offsets = np.concatenate(([0], np.cumsum(offsets)[:-1]))
        _share_out(run, blocks, people, n_errands, (log, offsets, True))
    return log


def _share_out(
    run: _Run,
    blocks: CustomerBlocks,
    people: People,
    n_errands: int,
    book: tuple[Records, NDArray[np.int64], bool],
) -> bool:
    """Let every thread live through some of the people; False if one ran out of room."""
    from cvosim.engine.kernel import live_all

    log, offsets, recording = book

    def live(part: People) -> bool:
        hands = _hands(run, n_errands, recording)
        own = offsets[part.first_row - people.first_row : part.end_row - people.first_row]
        live_all(run.plan, part, hands, blocks, log, own)
        return not hands.life["overflow"][0]

    parts = _parts(people, run.ready.threads)
    if len(parts) == 1:
        return live(parts[0])
    with ThreadPoolExecutor(run.ready.threads) as pool:
        return all(list(pool.map(live, parts)))


def _parts(people: People, threads: int) -> list[People]:
    """One for each thread, of whole blocks: handing a plan over takes a millisecond."""
    n_blocks = -(-(people.end_row - people.first_row) // BLOCK)
    size = BLOCK * max(1, -(-n_blocks // threads))
    starts = range(people.first_row, people.end_row, size)
    return [
        people._replace(first_row=start, end_row=min(start + size, people.end_row))
        for start in starts
    ] or [people]


def _hands(run: _Run, n_errands: int, recording: bool) -> Hands:
    world = run.plan.world[0]
    hands = empty_hands(run.plan, n_errands)
    life = hands.life
    life["seed"] = run.seed
    life["recording"] = recording
    life["side_time"] = np.inf
    for field in ("discount", "looks_back", "keeps_extras"):
        life[field] = world[field]
    life["rich"] = world["looks_back"] or world["keeps_extras"] or len(run.plan.retention) > 0
    return hands


def _as_columns(logs: list[Records], order: Events) -> EventColumns:
    from cvosim.engine.customer import EVENT

    log = logs[0] if len(logs) == 1 else np.concatenate([np.zeros(0, EVENT), *logs])
    columns = EventColumns(*(log[field] for field in EventColumns._fields))
    if order == "by customer":
        return columns
    return in_canonical_order(EventColumns(*map(np.ascontiguousarray, columns)))


def _ready(plan: Plan, threads: int | None) -> _Ready:
    """Load or compile the kernel, telling the user if that will take long."""
    from cvosim.engine.cache import discard_stale, is_compiled
    from cvosim.engine.kernel import live_all
    from cvosim.randomness.compiled import spare_linear_algebra

    threads = usable_threads(threads)
    if live_all.overloads:  # type: ignore[attr-defined]
        return _Ready(threads, 0.0)
    discard_stale()
    if not is_compiled():
        sys.stderr.write("Compiling the kernel (once after installing, about 20 s) ...\n")
        sys.stderr.flush()
    started = time.perf_counter()
    run = _Run(_without_names(plan), 0, False, _Ready(1, 0.0))
    with _interrupts_kept():
        spare_linear_algebra()
        _live_chunk(run, empty_blocks(0, names_of(plan)), market_people(0, 0, 0))
    return _Ready(threads, time.perf_counter() - started)


def usable_threads(asked: int | None) -> int:
    """As many as asked for, but no more than Numba would use: NUMBA_NUM_THREADS counts.

    Examples
    --------
    >>> usable_threads(1), usable_threads(None) == usable_threads(10_000)
    (1, True)
    """
    import numba

    most = int(numba.config.NUMBA_NUM_THREADS)  # type: ignore[attr-defined]
    return min(asked or most, most)


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
