"""Event and customer tables: columns of equal length, one meaning each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


class Names(NamedTuple):
    """What the codes in the tables stand for.

    ``stages`` are the keys of the offers in journey order (``lead_magnet``, ``tripwire``,
    ``core_offer`` and each profit maximizer's name); ``subscriptions`` are those stages
    that bill again and again.
    """

    segments: tuple[str, ...]
    channels: tuple[str, ...]
    stages: tuple[str, ...]
    programs: tuple[str, ...]
    subscriptions: tuple[str, ...]


class EventColumns(NamedTuple):
    """Events as arrays of length ``n_events``.

    In a finished table they are ordered by ``(time, customer_id, sequence)``.
    """

    customer_id: NDArray[np.uint64]
    time: Floats
    stage: NDArray[np.int16]
    kind: NDArray[np.uint8]
    revenue: Floats
    cost: Floats
    program: NDArray[np.int16]


class CustomerColumns(NamedTuple):
    """One row a market prospect, row ``i`` being customer ``first_customer + i``.

    Times are days from the scenario's start and NaN for what never happened; money is in
    the scenario's currency, undiscounted unless the name says otherwise. Every cost is
    in exactly one of ``cost_of_goods`` (what a paid order cost), ``acquisition_cost``
    (everything else before the first paid order) and ``touch_cost`` (everything else
    after it). ``discounted_*`` are discounted to the customer's own arrival.

    ``reached`` is a bit mask over stages (bit ``s``: the offer of stage ``s`` was put
    to the customer); ``stage_time[s]`` is when stage ``s`` was accepted.
    ``tripwire_contribution`` is what the stage ``tripwire`` earned less its goods.
    ``rate`` (purchases a day), ``drop_out`` (probability per purchase for BG/NBD, hazard a
    day for Pareto/NBD), ``spend_level`` (mean of the customer's own repeat orders)
    and ``alive`` (would repeat-buy again) are the truth that no data set shows; NaN/0
    before repeat buying starts.
    """

    segment: NDArray[np.uint8]
    channel: NDArray[np.uint8]
    awareness: NDArray[np.uint8]
    exit_reason: NDArray[np.uint8]
    exit_stage: NDArray[np.int16]
    unsubscribed: NDArray[np.uint8]
    alive: NDArray[np.uint8]
    orders: NDArray[np.int32]
    reached: NDArray[np.uint64]
    arrival_time: Floats
    first_order_time: Floats
    last_order_time: Floats
    revenue: Floats
    cost_of_goods: Floats
    touch_cost: Floats
    acquisition_cost: Floats
    tripwire_contribution: Floats
    discounted_revenue: Floats
    discounted_cost: Floats
    discounted_acquisition_cost: Floats
    rate: Floats
    drop_out: Floats
    spend_level: Floats
    stage_time: Floats
    """(n_stages, n)"""
    program_cost: Floats
    """(n_programs, n)"""
    recoveries: NDArray[np.uint8]
    """(n_programs, n)"""
    bills: NDArray[np.uint32]
    """(n_subscriptions, n): paid bills, trial excluded"""
    cancelled: NDArray[np.uint8]
    """(n_subscriptions, n): 1 when the subscriber churned"""


@dataclass(frozen=True)
class EventTable:
    """All events of a run, with the names behind their codes."""

    columns: EventColumns
    names: Names

    def __len__(self) -> int:
        return len(self.columns.time)

    def __repr__(self) -> str:
        return f"EventTable({len(self):,} events)"


@dataclass(frozen=True)
class CustomerTable:
    """All customers of a run, with the names behind their codes."""

    columns: CustomerColumns
    names: Names
    first_customer: int = 0

    def __len__(self) -> int:
        return len(self.columns.revenue)

    def __repr__(self) -> str:
        return f"CustomerTable({len(self):,} customers)"

    @property
    def customer_id(self) -> NDArray[np.uint64]:
        """Ids, computed on demand: ``first_customer + row``."""
        return np.arange(self.first_customer, self.first_customer + len(self), dtype=np.uint64)

    @property
    def contribution(self) -> Floats:
        """Revenue less every cost, per customer, undiscounted."""
        c = self.columns
        return c.revenue - c.cost_of_goods - c.touch_cost - c.acquisition_cost

    @property
    def discounted_contribution(self) -> Floats:
        """Revenue less every cost, per customer, discounted to its own arrival."""
        return self.columns.discounted_revenue - self.columns.discounted_cost

    def part(self, start: int, stop: int) -> CustomerTable:
        """Rows ``start`` to ``stop`` as a table of their own, which shares their memory."""
        rows = (column[..., start:stop] for column in self.columns)
        return CustomerTable(CustomerColumns._make(rows), self.names, self.first_customer + start)

    def has_reached(self, stage: str) -> NDArray[np.bool_]:
        """Which customers were put the offer of ``stage``."""
        bit = np.uint64(1 << self.names.stages.index(stage))
        reached: NDArray[np.bool_] = (self.columns.reached & bit) != 0
        return reached


def empty_events(count: int) -> EventColumns:
    """Room for ``count`` events, unset."""
    return EventColumns(
        np.empty(count, np.uint64),
        np.empty(count, np.float64),
        np.empty(count, np.int16),
        np.empty(count, np.uint8),
        np.empty(count, np.float64),
        np.empty(count, np.float64),
        np.empty(count, np.int16),
    )


def in_canonical_order(events: EventColumns) -> EventColumns:
    """Sort events that stand customer by customer into ``(time, customer_id, sequence)``."""
    order = np.argsort(events.time, kind="stable")
    return EventColumns._make(column[order] for column in events)


__all__ = [
    "CustomerColumns",
    "CustomerTable",
    "EventColumns",
    "EventTable",
    "Names",
    "empty_events",
    "in_canonical_order",
]
