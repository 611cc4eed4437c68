"""Per-customer quantities that metrics are made of, computed a block of customers at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from cvosim.metrics.quantities import QUANTITIES
from cvosim.tables.columns import CustomerColumns, CustomerTable, Floats

Mask = NDArray[np.bool_]

BLOCK = 8192
"""Customers a block: its columns stay in the processor's cache, and each is so small that the
system's allocator hands the same memory out again."""

REFERRAL = "referral"
"""The channel that people come through whom a customer has invited."""


class Column(NamedTuple):
    """One number a customer.

    ``of`` is the stage, program or subscription that it is about; ``channel`` or ``segment``
    make it 0 for everybody else's customers, ``market`` for people brought by referral.

    Examples
    --------
    >>> str(Column("revenue", channel="search"))
    'revenue within search'
    >>> str(Column("clv", market=True))
    'clv among prospects'
    """

    name: str
    of: str = ""
    channel: str = ""
    segment: str = ""
    market: bool = False

    def __str__(self) -> str:
        subject = f"{self.name} of {self.of}" if self.of else self.name
        group = self.channel or self.segment
        within = f"{subject} within {group}" if group else subject
        return f"{within} among prospects" if self.market else within


PROSPECTS = Column("prospects")
_NO_MASK = np.empty(0)


class _Part:
    """Some rows of a table's columns, each cut out when it is asked for: most never are."""

    def __init__(self, columns: CustomerColumns, rows: slice) -> None:
        self._columns = columns
        self._rows = rows

    def __getattr__(self, name: str) -> NDArray[Any]:
        cut: NDArray[Any] = getattr(self._columns, name)[..., self._rows]
        setattr(self, name, cut)
        return cut


def _part(table: CustomerTable, start: int, stop: int) -> CustomerTable:
    if has_referred(table):
        return table.part(start, stop)
    columns = cast(CustomerColumns, _Part(table.columns, slice(start, stop)))
    return CustomerTable(columns, table.names, table.first_customer + start, table.referred)


class Block(Protocol):
    """Some independent subjects with their quantities."""

    def __getitem__(self, column: Column) -> Floats:
        """One number a subject."""

    def mask(self, column: Column) -> Mask | None:
        """Yes or no for each subject; None where the column may be anything else."""


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
        self.table: CustomerTable = _part(table, start, stop)
        self._known: dict[Column, Floats] = {}
        self._raw: dict[Column, NDArray[Any]] = {}

    def __getitem__(self, column: Column) -> Floats:
        values = self._known.get(column)
        if values is None:
            values = self._known[column] = self._compute(column)
        return values

    def mask(self, column: Column) -> Mask | None:
        """Yes or no for each customer; None where the column may be anything else."""
        raw = self._raw.get(column)
        if raw is None:
            raw = self._raw[column] = self._compute_raw(column)
        return raw if raw.dtype.kind == "b" else None

    def quantity(self, name: str) -> Floats:
        """What everybody has of something."""
        return self[Column(name)]

    def _compute(self, column: Column) -> Floats:
        if column.market:
            values = self[column._replace(market=False)]
            return values * self[PROSPECTS] if has_referred(self.table) else values
        mask = self.mask(column)
        if (column.channel or column.segment) and mask is None:
            return self[Column(column.name, column.of)] * self[_within(column)]
        # a view where the table has the number as it is, else a new array
        return np.asarray(self._raw[column], np.float64)

    def _compute_raw(self, column: Column) -> NDArray[Any]:
        """The quantity as it comes; nothing of one that is made of floats."""
        if column.market or column.channel or column.segment:
            mask = self.mask(Column(column.name, column.of))
            if mask is None or (column.market and has_referred(self.table)):
                return _NO_MASK
            group = None if column.market else self.mask(_within(column))
            return mask if group is None else mask & group
        return np.asarray(QUANTITIES[column.name](self, column.of))


def _within(column: Column) -> Column:
    name = "in_channel" if column.channel else "in_segment"
    return Column(name, column.channel or column.segment)


class Families:
    """A run of market prospects, each with all the people who came through it.

    What customers do depends on who brought them, and nobody else: families are independent of
    each other, their members are not. A family's quantity is the sum over its members.

    Parameters
    ----------
    table : CustomerTable
        Shared, not copied.
    start, stop : int
        Which market prospects.

    Examples
    --------
    >>> from cvosim.tables.blocks import empty_customers
    >>> from cvosim.tables.columns import Names, Referred
    >>> names = Names(("all",), ("ads", "referral"), (), (), ())
    >>> columns = empty_customers(4, names)
    >>> columns.orders[:] = 1, 2, 0, 3  # two prospects; the second has brought two people
    >>> ids = np.array([10, 11], np.uint64)
    >>> whose = Referred(ids, ids, np.array([1, 1]), np.array([1, 2], np.uint16))
    >>> families = Families(CustomerTable(columns, names, 0, whose), 0, 2)
    >>> families[Column("orders")], families[Column("orders", market=True)]
    (array([1., 5.]), array([1., 2.]))
    """

    def __init__(self, table: CustomerTable, start: int, stop: int) -> None:
        root = table.referred.root
        first, last = np.searchsorted(root, (start, stop)).tolist()
        self._own = Rows(table, start, stop)
        self._brought = Rows(table, table.n_market + first, table.n_market + last)
        self._place = root[first:last] - start
        self._count = stop - start
        self._known: dict[Column, Floats] = {}

    def __getitem__(self, column: Column) -> Floats:
        values = self._known.get(column)
        if values is None:
            values = self._known[column] = self._compute(column)
        return values

    def mask(self, column: Column) -> Mask | None:
        """Yes or no for each family; None where the column may be anything else."""
        return self._own.mask(column) if self._by_themselves(column) else None

    def _by_themselves(self, column: Column) -> bool:
        return column.market or column.name == PROSPECTS.name or len(self._place) == 0

    def _compute(self, column: Column) -> Floats:
        own = self._own[column]
        if self._by_themselves(column):
            return own
        brought = np.bincount(self._place, self._brought[column], self._count)
        return own + brought.astype(np.float64, copy=False)


def has_referred(table: CustomerTable) -> bool:
    """Tell whether any row is of a person brought by referral."""
    return len(table.referred.root) > 0


def family_block(table: CustomerTable, start: int, stop: int) -> Block:
    """Some market prospects, with those whom they brought."""
    return Families(table, start, stop) if has_referred(table) else Rows(table, start, stop)


def blocks(table: CustomerTable, start: int = 0, stop: int | None = None) -> Iterator[Block]:
    """Every market prospect with its family once, ``BLOCK`` at a time, whatever the threads.

    With ``start`` and ``stop``, those of these rows only.

    Raises
    ------
    ValueError
        When there are people brought by referral, but no channel of that name, or they do not
        stand in the order of their roots.
    """
    if has_referred(table):
        if REFERRAL not in table.names.channels:
            raise ValueError(f'people brought by referral need a channel named "{REFERRAL}"')
        if (np.diff(table.referred.root) < 0).any():
            raise ValueError("people brought by referral must stand in the order of their roots")
    end = table.n_market if stop is None else stop
    for row in range(start, end, BLOCK):
        yield family_block(table, row, min(row + BLOCK, end))


def whole_column(table: CustomerTable, column: Column, count: int | None = None) -> Floats:
    """One quantity of each of the first ``count`` customers, or of all, float64[n]."""
    values = np.empty(len(table) if count is None else count)
    for start in range(0, len(values), BLOCK):
        stop = min(start + BLOCK, len(values))
        values[start:stop] = Rows(table, start, stop)[column]
    return values
