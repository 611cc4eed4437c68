"""An order log in memory: who bought, on which day, for how much, and what else is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.orders.columns import did_you_mean, listed
from cvosim.clv.orders.days import format_day, parse_day
from cvosim.errors import DataError
from cvosim.tables.columns import EventTable
from cvosim.tables.layout import REPEAT_PURCHASES
from cvosim.tables.schema import EventKind

NONE = "(none)"
"""The label of an empty cell."""
PAID = (EventKind.BOUGHT, EventKind.RENEWED, EventKind.REORDERED)
"""Events that are paid orders."""


class Attribute(NamedTuple):
    """A further column of an order log.

    Attributes
    ----------
    codes : ndarray of int64
        For each order, which of the labels it has.
    labels : tuple of str
        The different values; ``(none)`` stands for an empty cell.

    Examples
    --------
    >>> Attribute(np.array([0, 1, 0]), ("web", "shop")).of_orders()
    ['web', 'shop', 'web']
    """

    codes: NDArray[np.int64]
    labels: tuple[str, ...]

    def of_orders(self) -> list[str]:
        """Each order's label."""
        return [self.labels[code] for code in self.codes.tolist()]


@dataclass(frozen=True, eq=False)
class OrderLog:
    """Orders in the order of the file, one element of each array per order.

    Attributes
    ----------
    source : str
        Where they came from, for messages.
    customer : ndarray of int64
        Which customer, as an index into `customers`.
    day : ndarray of int64
        Days since 1970-01-01.
    amount : ndarray of float64
        What was paid, in the file's currency. One of 0 or below is a purchase without spend.
    customers : tuple of str
        The customers' own names or numbers, by first appearance.
    attributes : mapping of str to Attribute
        Further columns, by name: the channel, the campaign, the city of each order.
    warnings : tuple of str
        What is odd about the orders, each in a plain sentence; empty if nothing is.
    columns : mapping of str to str
        Column of the file that ``customer``, ``date`` and ``amount`` were read from; empty for
        a log that is of no such file.

    Examples
    --------
    >>> log = OrderLog.of([("ann", 0, 9.5), ("bob", 3, 12.0), ("ann", 8, 7.0)])
    >>> log.n_orders, log.n_customers, log.last_day
    (3, 2, 8)
    """

    source: str
    customer: NDArray[np.int64]
    day: NDArray[np.int64]
    amount: NDArray[np.float64]
    customers: tuple[str, ...]
    attributes: Mapping[str, Attribute] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    columns: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        codes = (attribute.codes for attribute in self.attributes.values())
        for array in (self.customer, self.day, self.amount, *codes):
            array.setflags(write=False)

    @classmethod
    def of(cls, rows: Iterable[tuple[str, int, float]], source: str = "orders") -> OrderLog:
        """Make a log of (customer, day number, amount) rows, for tests and notebooks."""
        names, days, amounts = zip(*rows, strict=True)
        codes: dict[str, int] = {}
        customer = np.array([codes.setdefault(name, len(codes)) for name in names], np.int64)
        day, amount = np.array(days, np.int64), np.array(amounts, np.float64)
        return cls(source, customer, day, amount, tuple(codes))

    @classmethod
    def of_events(
        cls,
        events: EventTable,
        *,
        stages: Sequence[str] | None = None,
        include: Sequence[EventKind] = PAID,
        start: str | date | int = 0,
    ) -> OrderLog:
        """Make a log of the paid orders of a simulation.

        Parameters
        ----------
        events : EventTable
            All events of a run.
        stages : sequence of str, optional
            Names of the stages whose orders count, ``repeat_purchases`` for orders that
            customers make on their own; all of them by default.
        include : sequence of EventKind
            Kinds of events that count: by default whatever was bought, renewed or reordered.
        start : str, datetime.date or int
            Day 0 of the simulation: a date, or days since 1970-01-01.

        Returns
        -------
        OrderLog
            In whole days; customers are called by their ids, and the attribute ``stage`` says
            what was ordered.

        Raises
        ------
        DataError
            If a stage is not known, or there are no such orders.

        Examples
        --------
        >>> from cvosim.tables.columns import EventColumns, Names
        >>> columns = EventColumns(*(np.array(values) for values in (
        ...     [7, 8, 7], [1.2, 2.0, 15.9], [0, 0, 1], [EventKind.BOUGHT] * 3,
        ...     [9.0] * 3, [0.0] * 3, [-1] * 3)))
        >>> table = EventTable(columns, Names((), (), ("tripwire", "core_offer"), (), ()))
        >>> log = OrderLog.of_events(table, start="2025-01-01")
        >>> log
        OrderLog(3 orders of 2 customers, 2025-01-02 to 2025-01-16)
        >>> log.customers, log.attributes["stage"].labels
        (('7', '8'), ('tripwire', 'core_offer', 'repeat_purchases'))
        """
        import pandas as pd

        columns, names = events.columns, (*events.names.stages, REPEAT_PURCHASES)
        wanted = np.isin(columns.kind, [int(kind) for kind in include])
        if stages is not None:
            wanted &= np.isin(columns.stage, [stage_code(events, name) for name in stages])
        if not wanted.any():
            raise DataError("the simulation has no such orders")
        codes, ids = pd.factorize(columns.customer_id[wanted])
        day = np.floor(columns.time[wanted]).astype(np.int64)
        return cls(
            source="the simulation",
            customer=codes.astype(np.int64),
            day=day + (start if isinstance(start, int) else parse_day(start, "start")),
            amount=columns.revenue[wanted].astype(np.float64),
            customers=tuple(map(str, ids.tolist())),
            attributes={"stage": Attribute(columns.stage[wanted].astype(np.int64), names)},
        )

    @property
    def n_orders(self) -> int:
        """Rows of the log."""
        return len(self.day)

    @property
    def n_customers(self) -> int:
        """Customers with at least one order."""
        return len(self.customers)

    @property
    def first_day(self) -> int:
        """Day of the first order, in days since 1970-01-01."""
        return int(self.day.min())

    @property
    def last_day(self) -> int:
        """Day of the last order, in days since 1970-01-01."""
        return int(self.day.max())

    def __repr__(self) -> str:
        period = f"{format_day(self.first_day)} to {format_day(self.last_day)}"
        orders = f"{self.n_orders:,} order{'' if self.n_orders == 1 else 's'}"
        buyers = f"{self.n_customers:,} customer{'' if self.n_customers == 1 else 's'}"
        return f"OrderLog({orders} of {buyers}, {period})"


def stage_code(events: EventTable, name: str) -> int:
    """Find a stage of an event table by its name.

    Raises
    ------
    DataError
        If there is none of this name, with those that there are.

    Examples
    --------
    >>> from cvosim.tables.columns import Names, empty_events
    >>> table = EventTable(empty_events(0), Names((), (), ("tripwire", "core_offer"), (), ()))
    >>> stage_code(table, "core_offer"), stage_code(table, "repeat_purchases")
    (1, 2)
    """
    names = (*events.names.stages, REPEAT_PURCHASES)
    if name not in names:
        found = listed(names)
        raise DataError(f"no stage {name!r}: there are {found}{did_you_mean(name, names)}")
    return names.index(name)
