"""The memory behind a customer table: a few blocks, a column of the table to each row.

Few large blocks keep the kernel's argument list short and let the system use large pages.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import CustomerColumns, Names

FLOATS = (
    "arrival_time",
    "first_order_time",
    "last_order_time",
    "revenue",
    "cost_of_goods",
    "touch_cost",
    "acquisition_cost",
    "tripwire_contribution",
    "discounted_revenue",
    "discounted_cost",
    "discounted_acquisition_cost",
    "rate",
    "drop_out",
    "spend_level",
)
"""Rows of ``floats``; the times of the stages and the costs of the programs follow."""

EXTRAS = (
    "refunds",
    "reward_cost",
    "satisfaction",
    "effort",
    "deliveries",
    "tickets",
    "resolved",
    "returns",
    "tier",
    "exposures",
    "rungs_climbed",
    "advocated_time",
    "invited",
    "testimonials",
    "partner",
)
"""Rows of ``extras``, which is empty where the scenario has nothing that fills them."""

_UNKNOWN = frozenset({"satisfaction", "effort", "advocated_time"})
"""Extra columns that are NaN, not 0, where nothing has happened."""

BYTES = ("segment", "channel", "awareness", "exit_reason", "unsubscribed", "alive")
"""Rows of ``bytes``; cancellations by subscription follow."""


class CustomerBlocks(NamedTuple):
    """Every column of a customer table, in blocks of one type."""

    floats: NDArray[np.float64]
    bytes: NDArray[np.uint8]
    exit_stage: NDArray[np.int16]
    orders: NDArray[np.int32]
    reached: NDArray[np.uint64]
    bills: NDArray[np.uint32]
    recoveries: NDArray[np.uint16]
    extras: NDArray[np.float64]


def empty_blocks(count: int, names: Names) -> CustomerBlocks:
    """Room for ``count`` customers, unset."""
    n_floats = len(FLOATS) + len(names.stages) + len(names.programs)
    n_bytes = len(BYTES) + len(names.subscriptions)
    return CustomerBlocks(
        _block(n_floats, count, np.float64),
        _block(n_bytes, count, np.uint8),
        np.empty(count, np.int16),
        np.empty(count, np.int32),
        np.empty(count, np.uint64),
        _block(len(names.subscriptions), count, np.uint32),
        _block(len(names.programs), count, np.uint16),
        _block(len(EXTRAS) if names.extras else 0, count, np.float64),
    )


def _block(rows: int, count: int, dtype: type[np.generic]) -> NDArray[Any]:
    # An odd number of cache lines from row to row: with a power of two, all rows of one
    # customer would compete for the same few places of the cache.
    per_line = 64 // np.dtype(dtype).itemsize
    lines = -(-count // per_line) | 1
    return np.empty((rows, lines * per_line), dtype)


def columns_of(blocks: CustomerBlocks, count: int, names: Names) -> CustomerColumns:
    """The columns of the table as views of its blocks."""
    floats, codes = blocks.floats[:, :count], blocks.bytes[:, :count]
    programs_at = len(FLOATS) + len(names.stages)
    return CustomerColumns(
        **dict(zip(FLOATS, floats, strict=False)),
        **dict(zip(BYTES, codes, strict=False)),
        **dict(zip(EXTRAS, _extras(blocks, count), strict=True)),
        exit_stage=blocks.exit_stage,
        orders=blocks.orders,
        reached=blocks.reached,
        stage_time=floats[len(FLOATS) : programs_at],
        program_cost=floats[programs_at:],
        recoveries=blocks.recoveries[:, :count],
        bills=blocks.bills[:, :count],
        cancelled=codes[len(BYTES) :],
    )


def _extras(blocks: CustomerBlocks, count: int) -> Iterable[Any]:
    if len(blocks.extras):
        return blocks.extras[:, :count]
    nothing = (math.nan if name in _UNKNOWN else 0.0 for name in EXTRAS)
    return [np.broadcast_to(np.float64(value), count) for value in nothing]


def empty_customers(count: int, names: Names) -> CustomerColumns:
    """Columns of room for ``count`` customers, unset."""
    return columns_of(empty_blocks(count, names), count, names)
