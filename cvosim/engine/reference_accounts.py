"""The reference engine's bookkeeping: a customer's diary, and the tables read off from it.

While a customer lives, only its diary is written. The row of the customer table is worked
out afterwards by reading the diary from front to back, which checks the running sums that
the other engine keeps.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from cvosim.engine.reference_world import World
from cvosim.tables.columns import CustomerColumns, EventColumns
from cvosim.tables.schema import NO_CODE, EventKind, ExitReason

ACCEPTED = frozenset((EventKind.ENGAGED, EventKind.OPTED_IN, EventKind.COMMITTED, EventKind.BOUGHT))
PAID = frozenset((EventKind.BOUGHT, EventKind.RENEWED, EventKind.REORDERED))
COUNTED = {
    "deliveries": EventKind.DELIVERED,
    "tickets": EventKind.TICKET,
    "resolved": EventKind.RESOLVED,
    "returns": EventKind.REFUNDED,
    "exposures": EventKind.EXPOSED,
    "invited": EventKind.REFERRED,
    "testimonials": EventKind.TESTIMONIAL,
    "partner": EventKind.CERTIFIED,
}
"""Extra columns that count events, and which."""
EARNS = frozenset((EventKind.BOUGHT, EventKind.REFUNDED, EventKind.REWARDED))
"""What moves the contribution of a stage itself."""
NEITHER = frozenset((EventKind.REFUNDED, EventKind.REWARDED))
"""Neither earn revenue nor cost goods, touches or acquisition; see the extra columns."""


class Entry(NamedTuple):
    """One event of one customer; ``stage`` and ``program`` are codes or ``NO_CODE``."""

    time: float
    kind: EventKind
    stage: int = NO_CODE
    revenue: float = 0.0
    cost: float = 0.0
    program: int = NO_CODE


@dataclass
class Diary:
    """All there is to know about one customer once the horizon is reached.

    ``awareness`` is the rung on arrival, ``rungs_climbed`` how many more it rose since.
    ``reached`` is a bit mask of the stages put to the customer. ``rate``, ``drop_out``
    and ``spend_level`` are the truth about its repeat buying, NaN until that starts.
    ``tier`` counts loyalty tiers from 1, 0 being none; ``satisfaction`` and ``effort`` are
    its last answers, NaN before the first. ``going_on`` tells whether the journey, repeat
    buying or a subscription still runs.
    """

    customer_id: int
    segment: int
    channel: int
    awareness: int
    entries: list[Entry] = field(default_factory=list)
    reached: int = 0
    buys_again: bool = False
    rate: float = math.nan
    drop_out: float = math.nan
    spend_level: float = math.nan
    rungs_climbed: int = 0
    tier: int = 0
    satisfaction: float = math.nan
    effort: float = math.nan
    going_on: bool = False


def enter(columns: CustomerColumns, row: int, diary: Diary, world: World) -> None:
    """Fill one row of the customer table from a diary.

    Parameters
    ----------
    columns : CustomerColumns
        The table, changed in place.
    row : int
        Which row belongs to this customer.
    diary : Diary
        A customer at the horizon.
    world : World
        For the discount rate, and for which stages are tripwires or subscriptions.

    Notes
    -----
    The extra columns are left alone where the world has nothing that fills them.
    """
    _enter_state(columns, row, diary)
    _enter_times(columns, row, diary.entries)
    _enter_money(columns, row, diary.entries, world.discount)
    _enter_programs(columns, row, diary.entries)
    _enter_stages(columns, row, diary.entries, world)
    if world.keeps_extras:
        _enter_extras(columns, row, diary)


def _enter_state(columns: CustomerColumns, row: int, diary: Diary) -> None:
    reason, stage = exit_of(diary)
    kinds = {entry.kind for entry in diary.entries}
    columns.segment[row] = diary.segment
    columns.channel[row] = diary.channel
    columns.awareness[row] = diary.awareness
    columns.exit_reason[row] = reason
    columns.exit_stage[row] = stage
    columns.unsubscribed[row] = EventKind.UNSUBSCRIBED in kinds
    columns.alive[row] = is_buying(diary)
    columns.reached[row] = diary.reached
    columns.rate[row] = diary.rate
    columns.drop_out[row] = diary.drop_out
    columns.spend_level[row] = diary.spend_level


def is_buying(diary: Diary) -> bool:
    """Tell whether the customer would buy again: has begun to, and not dropped out since.

    Parameters
    ----------
    diary : Diary
        A customer at the horizon.

    Examples
    --------
    >>> stops, resumes = Entry(5.0, EventKind.DROPPED_OUT), Entry(9.0, EventKind.REACTIVATED)
    >>> is_buying(Diary(0, 0, 0, 0, [stops], buys_again=True))
    False
    >>> is_buying(Diary(0, 0, 0, 0, [stops, resumes], buys_again=True))
    True
    """
    turns = (EventKind.DROPPED_OUT, EventKind.REACTIVATED)
    last = [entry.kind for entry in diary.entries if entry.kind in turns][-1:]
    return diary.buys_again and last != [EventKind.DROPPED_OUT]


def exit_of(diary: Diary) -> tuple[ExitReason, int]:
    """How the story ends, and at which stage if the customer was lost there.

    Parameters
    ----------
    diary : Diary
        A customer at the horizon.

    Returns
    -------
    tuple of ExitReason and int
        The stage is ``NO_CODE`` unless the reason is LOST or UNSUBSCRIBED.

    Examples
    --------
    >>> exit_of(Diary(0, 0, 0, 0))
    (<ExitReason.NOT_ARRIVED: 0>, -1)
    """
    if not diary.entries:
        return ExitReason.NOT_ARRIVED, NO_CODE
    if diary.going_on:
        return ExitReason.ALIVE, NO_CODE
    kinds = {entry.kind for entry in diary.entries}
    if diary.buys_again or EventKind.CANCELLED in kinds:
        return ExitReason.DROPPED_OUT, NO_CODE
    if EventKind.LOST not in kinds:
        return ExitReason.COMPLETED, NO_CODE
    stage = next(entry.stage for entry in diary.entries if entry.kind == EventKind.LOST)
    unsubscribed = any(
        entry.kind == EventKind.UNSUBSCRIBED and entry.stage == stage for entry in diary.entries
    )
    return (ExitReason.UNSUBSCRIBED if unsubscribed else ExitReason.LOST), stage


def _enter_times(columns: CustomerColumns, row: int, entries: Sequence[Entry]) -> None:
    orders = [entry.time for entry in entries if entry.kind in PAID]
    columns.arrival_time[row] = entries[0].time if entries else math.nan
    columns.orders[row] = len(orders)
    columns.first_order_time[row] = orders[0] if orders else math.nan
    columns.last_order_time[row] = orders[-1] if orders else math.nan


def _enter_money(
    columns: CustomerColumns, row: int, entries: Sequence[Entry], discount: float
) -> None:
    """Add up in the order of events, so that the sums are the same to the last bit."""
    revenue = goods = touches = acquisition = 0.0
    present_revenue = present_cost = present_acquisition = 0.0
    is_buyer = False
    for entry in entries:
        age = entry.time - entries[0].time
        factor = 1.0 if discount == 0.0 else math.exp(-discount * age)
        present_revenue += entry.revenue * factor
        present_cost += entry.cost * factor
        if entry.kind in NEITHER:
            continue
        revenue += entry.revenue
        if entry.kind in PAID:
            is_buyer = True
            goods += entry.cost
        elif is_buyer:
            touches += entry.cost
        else:
            acquisition += entry.cost
            present_acquisition += entry.cost * factor
    columns.revenue[row] = revenue
    columns.cost_of_goods[row] = goods
    columns.touch_cost[row] = touches
    columns.acquisition_cost[row] = acquisition
    columns.discounted_revenue[row] = present_revenue
    columns.discounted_cost[row] = present_cost
    columns.discounted_acquisition_cost[row] = present_acquisition


def _enter_programs(columns: CustomerColumns, row: int, entries: Sequence[Entry]) -> None:
    columns.program_cost[:, row] = 0.0
    for entry in entries:
        if entry.kind == EventKind.TOUCHED:
            columns.program_cost[entry.program, row] += entry.cost
    recoveries = Counter(entry.program for entry in entries if entry.kind == EventKind.RECOVERED)
    for program in range(len(columns.recoveries)):
        columns.recoveries[program, row] = recoveries[program]


def _enter_stages(
    columns: CustomerColumns, row: int, entries: Sequence[Entry], world: World
) -> None:
    columns.stage_time[:, row] = math.nan
    columns.bills[:, row] = 0
    columns.cancelled[:, row] = 0
    columns.tripwire_contribution[row] = 0.0
    for entry in entries:
        if not 0 <= entry.stage < len(world.offers):
            continue  # an arrival or a repeat purchase
        offer = world.offers[entry.stage]
        if entry.kind in ACCEPTED and math.isnan(columns.stage_time[entry.stage, row]):
            columns.stage_time[entry.stage, row] = entry.time
        if offer.is_tripwire and entry.kind in EARNS:
            columns.tripwire_contribution[row] += entry.revenue - entry.cost
        if offer.subscription is not None:
            columns.bills[offer.subscription.number, row] += entry.kind in PAID
            columns.cancelled[offer.subscription.number, row] += entry.kind == EventKind.CANCELLED


def _enter_extras(columns: CustomerColumns, row: int, diary: Diary) -> None:
    kinds = Counter(entry.kind for entry in diary.entries)
    for name, kind in COUNTED.items():
        getattr(columns, name)[row] = kinds[kind]
    columns.tier[row] = diary.tier
    columns.rungs_climbed[row] = diary.rungs_climbed
    columns.satisfaction[row] = diary.satisfaction
    columns.effort[row] = diary.effort
    refunds = reward_cost = 0.0
    advocated_time = math.nan
    for entry in diary.entries:
        match entry.kind:
            case EventKind.REFUNDED:
                refunds -= entry.revenue
            case EventKind.REWARDED:
                reward_cost += entry.cost
            case EventKind.ADVOCATED:
                advocated_time = entry.time
    columns.refunds[row] = refunds
    columns.reward_cost[row] = reward_cost
    columns.advocated_time[row] = advocated_time


def event_columns(diaries: Sequence[Diary]) -> EventColumns:
    """List the events of several customers, customer by customer.

    Parameters
    ----------
    diaries : sequence of Diary
        In the order of customer ids.

    Returns
    -------
    EventColumns
        Not yet sorted by time.
    """
    entries = [entry for diary in diaries for entry in diary.entries]
    owners = np.array([diary.customer_id for diary in diaries], np.uint64)
    times, kinds, stages, revenues, costs, programs = (
        zip(*entries, strict=True) if entries else ((),) * len(Entry._fields)
    )
    return EventColumns(
        customer_id=np.repeat(owners, [len(diary.entries) for diary in diaries]),
        time=np.array(times, np.float64),
        stage=np.array(stages, np.int16),
        kind=np.array(kinds, np.uint8),
        revenue=np.array(revenues, np.float64),
        cost=np.array(costs, np.float64),
        program=np.array(programs, np.int16),
    )
