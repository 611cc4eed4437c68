"""The compiled engine against the readable one, customer for customer."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_least
from benchmarks.subjects import EVERYTHING, Size, Subject, subject

SCENARIO = "carpet_cleaning"


class _Seconds(NamedTuple):
    """CPU time of one thread for one row of the customer table."""

    slow: float
    fast: float
    logged: float


def rows(size: Size) -> Iterator[Row]:
    """CPU time of one thread against one thread; more threads would only flatter the kernel."""
    yield from _ratios(subject(SCENARIO, size), size, "")[1]
    who, size = subject(EVERYTHING, size), size.reduced()
    found, ratios = _ratios(who, size, "everything at once: ")
    yield from ratios
    yield _a_row(who, size, found)


def _ratios(who: Subject, size: Size, of: str) -> tuple[_Seconds, list[Row]]:
    """Whoever is referred has a row and a life, too, so rows are what is compared."""
    n_reference, n_kernel = size.reference, size.customers
    if len(who.plan.referral):
        n_reference = len(who.reference(n_reference)[0].revenue)
        n_kernel = len(who.kernel(n_kernel, 1).customers.revenue)
    times = interleaved(
        size.slow_rounds,
        {
            "reference": lambda: who.reference(size.reference),
            "kernel": lambda: who.kernel(size.customers, 1),
            "events": lambda: who.kernel(size.customers, 1, events=True),
        },
    )
    slow = times["reference"].cpu / n_reference
    fast, logged = (times[name].cpu / n_kernel for name in ("kernel", "events"))
    note = (
        f"CPU time, one thread: {1e6 * slow:,.0f} us a customer ({n_reference:,}) "
        f"against {1e9 * fast:,.0f} ns ({n_kernel:,})"
    )
    what = f"{of}kernel against reference engine"
    ratio = Row("engines", what, slow / fast, "x", at_least(150), note, who.trajectory)
    note = f"CPU time, one thread: {1e9 * logged:,.0f} ns a customer; the reference always has it"
    what = f"{of}the same with the event table"
    with_events = Row("engines", what, slow / logged, "x", None, note, who.trajectory)
    return _Seconds(slow, fast, logged), [ratio, with_events]


def _a_row(who: Subject, size: Size, found: _Seconds) -> Row:
    """The kernel's time, and what it is spent on."""
    customers, referred, events = who.reference(size.reference)
    n_rows = len(customers.revenue)
    note = (
        f"CPU time, one thread; {len(events.time) / n_rows:.1f} events in a life, "
        f"{customers.orders.mean():.2f} of them orders; "
        f"{len(referred.customer_id) / n_rows:.1%} of the rows are referred people"
    )
    what = "everything at once: kernel, a row of the table"
    return Row("engines", what, 1e9 * found.fast, "ns", None, note, who.trajectory)
