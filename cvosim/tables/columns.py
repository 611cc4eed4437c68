"""Event and customer tables: columns of equal length, one meaning each."""

from __future__ import annotations

from dataclasses import dataclass, field
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
    tiers: tuple[str, ...] = ()
    extras: bool = False
    """Whether the scenario has anything that fills the extra columns."""
    experience: bool = False
    """Whether orders are delivered and customers asked about them."""


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


class Referred(NamedTuple):
    """Who the rows after the market prospects' are: people brought by referral.

    In the order of their roots (the market prospects at the beginning of their chains), then
    of generations. ``root`` is the row of that prospect.
    """

    customer_id: NDArray[np.uint64]
    referrer_id: NDArray[np.uint64]
    root: NDArray[np.int64]
    generation: NDArray[np.uint16]


NOBODY = np.uint64(2**64 - 1)
"""The referrer of people who came from the market."""


def nobody_referred() -> Referred:
    """No rows."""
    empty = np.empty(0, np.uint64)
    return Referred(empty, empty, np.empty(0, np.int64), np.empty(0, np.uint16))


class CustomerColumns(NamedTuple):
    """One row a market prospect, row ``i`` being customer ``first_customer + i``; then referrals.

    Times are days from the scenario's start and NaN for what never happened; money is in
    the scenario's currency, undiscounted unless the name says otherwise. Every cost is
    in exactly one of ``cost_of_goods`` (what a paid order cost), ``acquisition_cost``
    (everything else before the first paid order) and ``touch_cost`` (everything else
    after it). ``discounted_*`` are discounted to the customer's own arrival.

    ``reached`` is a bit mask over stages (bit ``s``: the offer of stage ``s`` was put
    to the customer); ``stage_time[s]`` is when stage ``s`` was accepted.
    ``tripwire_contribution`` is what the stage ``tripwire`` earned less its goods, refunds and
    rewards.
    ``rate`` (purchases a day), ``drop_out`` (probability per purchase for BG/NBD, hazard a
    day for Pareto/NBD), ``spend_level`` (mean of the customer's own repeat orders)
    and ``alive`` (would repeat-buy again) are the truth that no data set shows; NaN/0
    before repeat buying starts.

    The extra columns, from ``refunds`` to ``partner``, take no memory (zero strides) where the
    scenario has nothing that fills them. ``revenue`` is before refunds; ``discounted_revenue``
    after them. ``satisfaction`` (0 to 10) and ``effort`` (1 to 7) are the customer's last
    answers, NaN before the first; ``tier`` counts from 1, 0 being none; ``rungs_climbed`` is
    how far ``awareness``, the rung on arrival, has risen; ``advocated_time`` is when it
    became an advocate, NaN for never.
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
    refunds: Floats
    reward_cost: Floats
    satisfaction: Floats
    effort: Floats
    deliveries: Floats
    tickets: Floats
    resolved: Floats
    returns: Floats
    tier: Floats
    exposures: Floats
    rungs_climbed: Floats
    advocated_time: Floats
    invited: Floats
    testimonials: Floats
    partner: Floats
    stage_time: Floats
    """(n_stages, n)"""
    program_cost: Floats
    """(n_programs, n)"""
    recoveries: NDArray[np.uint16]
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
    referred: Referred = field(default_factory=nobody_referred)

    def __len__(self) -> int:
        return len(self.columns.revenue)

    def __repr__(self) -> str:
        return f"CustomerTable({len(self):,} customers)"

    @property
    def n_market(self) -> int:
        """How many rows are market prospects; people brought by referral follow."""
        return len(self) - len(self.referred.customer_id)

    @property
    def customer_id(self) -> NDArray[np.uint64]:
        """Ids, computed on demand: ``first_customer + row`` of market prospects."""
        first = np.uint64(self.first_customer)
        market = first + np.arange(self.n_market, dtype=np.uint64)
        return np.concatenate((market, self.referred.customer_id))

    @property
    def referrer_id(self) -> NDArray[np.uint64]:
        """Who invited each customer; ``NOBODY`` for market prospects."""
        market = np.full(self.n_market, NOBODY)
        return np.concatenate((market, self.referred.referrer_id))

    @property
    def generation(self) -> NDArray[np.uint16]:
        """Referrals between each customer and the market; 0 for market prospects."""
        market = np.zeros(self.n_market, np.uint16)
        return np.concatenate((market, self.referred.generation))

    @property
    def root(self) -> NDArray[np.int64]:
        """Row of the market prospect at the beginning of each customer's chain."""
        return np.concatenate((np.arange(self.n_market), self.referred.root))

    @property
    def contribution(self) -> Floats:
        """Revenue less refunds and every cost, per customer, undiscounted."""
        c = self.columns
        earned = c.revenue - c.cost_of_goods - c.touch_cost - c.acquisition_cost
        return earned - c.refunds - c.reward_cost if self.names.extras else earned

    @property
    def discounted_contribution(self) -> Floats:
        """Revenue less every cost, per customer, discounted to its own arrival."""
        return self.columns.discounted_revenue - self.columns.discounted_cost

    def part(self, start: int, stop: int) -> CustomerTable:
        """Rows ``start`` to ``stop`` as a table of their own, which shares their memory.

        Its people's roots are counted from its own first row, and so lie outside where the
        market prospect at the beginning of the chain is not in the part.
        """
        rows = (column[..., start:stop] for column in self.columns)
        market = self.n_market
        low, high = (max(0, row - market) for row in (start, min(stop, len(self))))
        whose = Referred._make(column[low:high] for column in self.referred)
        left = min(start, market)
        if left and high > low:
            whose = whose._replace(root=whose.root - left)
        first = self.first_customer + left
        return CustomerTable(CustomerColumns._make(rows), self.names, first, whose)

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
    who = events.customer_id
    if (who[1:] < who[:-1]).any():  # referred people stand behind those with greater ids
        order = np.lexsort((who, events.time))
    else:
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
