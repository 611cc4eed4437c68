"""An order log of millions of rows, summed up per customer."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from benchmarks.clock import interleaved
from benchmarks.rows import Row, at_most
from benchmarks.subjects import Size
from cvosim.clv.orders.reading import OrderLog
from cvosim.clv.orders.summary import Summary, summarise

ORDERS_EACH = 5
"""Orders a customer; a million customers make the five million that the bound is for."""
YEARS = 2
_GOLDEN = (0.6180339887498949, 0.7548776662466927, 0.5698402909980532, 0.8191725133961645)
"""Steps of sequences that fill the unit interval evenly (Roberts 2018): luck without chance."""


def rows(size: Size) -> Iterator[Row]:
    """The summary, and the different histories in it, on one core."""
    log = order_log(size.customers)
    until = int(log.first_day + 0.6 * (log.last_day - log.first_day))
    times = interleaved(
        size.slow_rounds,
        {
            "summary": lambda: summarise(log, until).patterns,
            "whole": lambda: summarise(log),
        },
    )
    summary = summarise(log, until)
    again = Summary.of(summary.repeats, summary.last, summary.age, end=summary.end)
    patterns = interleaved(size.slow_rounds, {"patterns": lambda: Summary.patterns.func(again)})[
        "patterns"
    ]
    orders = f"{log.n_orders:,} orders of {log.n_customers:,} customers"
    count = len(summary.patterns.weights)
    note = f"wall, one core; {orders}, 40 % of {YEARS} years held out, {count:,} patterns included"
    yield Row("order_log", "order log to summary", times["summary"].wall, "s", at_most(3), note)
    note = "nothing held out, without patterns"
    yield Row("order_log", "the same in one piece", times["whole"].wall, "s", None, note)
    what = f"patterns among {summary.n_customers:,} customers"
    yield Row("order_log", what, patterns.wall, "s", None, f"{count:,} different histories")


def order_log(n_customers: int) -> OrderLog:
    """Few customers buy much and many little, first on any day, later ever less often."""
    n = n_customers * ORDERS_EACH
    who, first, later, amount = (np.arange(1, n + 1) * step % 1.0 for step in _GOLDEN)
    customer = (who**2 * n_customers).astype(np.int64)
    customer[:n_customers] = np.arange(n_customers)  # everybody orders
    begins = first[customer]
    days = (begins + (1.0 - begins) * later**2) * (YEARS * 365)
    days[:n_customers] = begins[:n_customers] * (YEARS * 365)
    names = tuple(map(str, range(n_customers)))
    return OrderLog("benchmark", customer, days.astype(np.int64), np.round(amount * 100, 2), names)
