"""Per-customer quantities that metrics are made of, computed a block of customers at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import CustomerTable, Floats

BLOCK = 8192
"""Customers a block: its columns stay in the processor's cache."""

DAYS_A_YEAR = 365.0


class Column(NamedTuple):
    """One number a customer.

    ``of`` is the stage, program or subscription that it is about; ``channel`` or ``segment``
    make it 0 for everybody else's customers.

    Examples
    --------
    >>> str(Column("revenue", channel="search"))
    'revenue within search'
    """

    name: str
    of: str = ""
    channel: str = ""
    segment: str = ""

    def __str__(self) -> str:
        subject = f"{self.name} of {self.of}" if self.of else self.name
        group = self.channel or self.segment
        return f"{subject} within {group}" if group else subject


class Rows:
    """A run of customers whose quantities are computed when asked for, once each.

    Parameters
    ----------
    table : CustomerTable
        Shared, not copied.
    start, stop : int
        Which rows.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names
    >>> names = Names(("all",), ("ads",), ("tripwire",), (), ())
    >>> columns = empty_customers(2, names)
    >>> columns.orders[:] = 0, 3
    >>> Rows(CustomerTable(columns, names), 0, 2)[Column("buyers")]
    array([0., 1.])
    """

    def __init__(self, table: CustomerTable, start: int, stop: int) -> None:
        self.table = table.part(start, stop)
        self._known: dict[Column, Floats] = {}

    def __getitem__(self, column: Column) -> Floats:
        values = self._known.get(column)
        if values is None:
            values = self._known[column] = self._compute(column)
        return values

    def _compute(self, column: Column) -> Floats:
        if column.channel or column.segment:
            return self[Column(column.name, column.of)] * self._within(column)
        # a view where the table has the number as it is, else a new array
        return np.asarray(QUANTITIES[column.name](self, column.of), np.float64)

    def _within(self, column: Column) -> Floats:
        name = "in_channel" if column.channel else "in_segment"
        return self[Column(name, column.channel or column.segment)]


def blocks(table: CustomerTable) -> Iterator[Rows]:
    """Every customer once, ``BLOCK`` at a time; the blocks never depend on threads."""
    for start in range(0, len(table), BLOCK):
        yield Rows(table, start, min(start + BLOCK, len(table)))


def whole_column(table: CustomerTable, column: Column) -> Floats:
    """One quantity of all customers, float64[n]."""
    values = np.empty(len(table))
    start = 0
    for rows in blocks(table):
        part = rows[column]
        values[start : start + len(part)] = part
        start += len(part)
    return values


Values = NDArray[Any]


def _row(values: Values, names: tuple[str, ...], name: str) -> Values:
    row: Values = values[names.index(name)]
    return row


def _stage_time(rows: Rows, stage: str) -> Values:
    return _row(rows.table.columns.stage_time, rows.table.names.stages, stage)


def _waiting(rows: Rows, stage: str) -> Values:
    # fmax takes 0 where the difference is NaN: never accepted
    return np.fmax(_stage_time(rows, stage) - rows.table.columns.arrival_time, 0.0)


def _stopped(rows: Rows, stage: str) -> Values:
    """Reached this stage and no later one (the highest bit set), and did not accept it."""
    bit = np.uint64(rows.table.names.stages.index(stage))
    last: Values = (rows.table.columns.reached >> bit) == 1
    return np.logical_and(last, np.isnan(_stage_time(rows, stage)))


def _leads(rows: Rows, _: str) -> Values:
    nothing = np.isnan(rows.table.columns.stage_time).all(axis=0)
    return np.logical_not(nothing)


def _between(rows: Rows, extra: float) -> Values:
    c = rows.table.columns
    return np.where(c.orders > 0, c.last_order_time - c.first_order_time + extra, 0.0)


def _margin(rows: Rows) -> Values:
    c = rows.table.columns
    return c.revenue - c.cost_of_goods - c.touch_cost


def _recovered(rows: Rows, program: str) -> Values:
    return _row(rows.table.columns.recoveries, rows.table.names.programs, program)


def _recovered_margin(rows: Rows, program: str) -> Values:
    c = rows.table.columns
    return np.multiply(c.revenue - c.cost_of_goods, _recovered(rows, program) > 0)


def _program_cost(rows: Rows, program: str) -> Values:
    return _row(rows.table.columns.program_cost, rows.table.names.programs, program)


def _bills(rows: Rows, stage: str) -> Values:
    return _row(rows.table.columns.bills, rows.table.names.subscriptions, stage)


def _cancelled(rows: Rows, stage: str) -> Values:
    return _row(rows.table.columns.cancelled, rows.table.names.subscriptions, stage)


def _in_channel(rows: Rows, channel: str) -> Values:
    return np.equal(rows.table.columns.channel, rows.table.names.channels.index(channel))


def _in_segment(rows: Rows, segment: str) -> Values:
    return np.equal(rows.table.columns.segment, rows.table.names.segments.index(segment))


def _net_acquisition(rows: Rows, _: str) -> Values:
    c = rows.table.columns
    return c.acquisition_cost - c.tripwire_contribution


QUANTITIES: Mapping[str, Callable[[Rows, str], Values]] = {
    "prospects": lambda rows, _: np.ones(len(rows.table)),
    "in_channel": _in_channel,
    "in_segment": _in_segment,
    "reached": lambda rows, stage: rows.table.has_reached(stage),
    "accepted": lambda rows, stage: ~np.isnan(_stage_time(rows, stage)),
    "stopped": _stopped,
    "days_to_accept": _waiting,
    "leads": _leads,
    "buyers": lambda rows, _: rows.table.columns.orders > 0,
    "repeat_buyers": lambda rows, _: rows.table.columns.orders > 1,
    "orders": lambda rows, _: rows.table.columns.orders,
    "reorders": lambda rows, _: np.maximum(rows.table.columns.orders - 1, 0),
    "customer_days": lambda rows, _: _between(rows, 1.0),
    "customer_years": lambda rows, _: rows[Column("customer_days")] / DAYS_A_YEAR,
    "days_first_to_last_order": lambda rows, _: _between(rows, 0.0),
    "revenue": lambda rows, _: rows.table.columns.revenue,
    "acquisition_cost": lambda rows, _: rows.table.columns.acquisition_cost,
    "net_acquisition_cost": _net_acquisition,
    "contribution": lambda rows, _: rows.table.contribution,
    "margin": lambda rows, _: _margin(rows),
    "positive_margin": lambda rows, _: np.maximum(rows[Column("margin")], 0.0),
    "discounted_revenue": lambda rows, _: rows.table.columns.discounted_revenue,
    "discounted_cost": lambda rows, _: rows.table.columns.discounted_cost,
    "clv": lambda rows, _: rows.table.discounted_contribution,
    "clv_before_acquisition": lambda rows, _: (
        rows[Column("clv")] + rows.table.columns.discounted_acquisition_cost
    ),
    "recoveries": _recovered,
    "recovered_margin": _recovered_margin,
    "program_cost": _program_cost,
    "bills": _bills,
    "cancelled": _cancelled,
}
"""What each name means; ``margin`` is the contribution before acquisition cost."""
