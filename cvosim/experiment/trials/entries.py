"""When each customer reaches the place of assignment."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.plan import Plan
from cvosim.plan.plan import LOST, OfferKind
from cvosim.scenario.outcome_names import ARRIVAL, ORDER
from cvosim.tables.columns import CustomerTable, EventTable, Floats
from cvosim.tables.schema import EventKind

PAID = (int(EventKind.BOUGHT), int(EventKind.RENEWED), int(EventKind.REORDERED))
"""Events that are paid orders."""

_ON_THE_WAY = tuple(
    int(kind)
    for kind in (
        *(EventKind.DECLINED, EventKind.TOUCHED, EventKind.OPENED, EventKind.CLICKED),
        *(EventKind.UNSUBSCRIBED, EventKind.EXPOSED, EventKind.ENGAGED, EventKind.ATTENDED),
    )
)
"""Events at a stage while the customer is still there."""


class Place(NamedTuple):
    """Where customers are assigned.

    Attributes
    ----------
    name : str
        ``arrival``, ``order`` or the key of a stage.
    start_day : float
        First day of an experiment on existing customers.
    """

    name: str = ARRIVAL
    start_day: float = 0.0

    def stage(self, table: CustomerTable) -> int:
        """Code of the stage; -1 where it is none."""
        stages = table.names.stages
        return -1 if self.name in (ARRIVAL, ORDER) else stages.index(self.name)


class Entries(NamedTuple):
    """When market prospects enter, float64[n], NaN for never; and by which event, int64[n]."""

    day: Floats
    event: NDArray[np.int64] | None = None


def needs_events(place: Place, plan: Plan) -> bool:
    """Whether the customer table alone cannot tell when the place is reached.

    A stage is put to the customer at the moment in which the one before is over: when it is
    accepted, which the table shows; or when it has been declined for good but the journey goes
    on, or its content or appointment is over, which only events show.
    """
    if place.name == ARRIVAL:
        return False
    if place.name == ORDER:
        return True
    before = plan.offers[: plan.stage_names.tolist().index(place.name)]
    goes_on = before["after_decline"] != LOST
    lasts = (before["kind"] == int(OfferKind.ENGAGE)) | (before["attended"] != 0)
    return bool((goes_on | lasts).any())


def entries(place: Place, table: CustomerTable, events: EventTable | None) -> Entries:
    """Find when each market prospect reaches the place of assignment.

    No table says when an offer is put to a customer, only whether. It is the last moment at the
    stages before: of acceptance, or of a decline that leads on. Two ends leave no event, and then
    the last event before is taken: an appointment that was not kept, and content that did not get
    through.
    """
    count = table.n_market
    if place.name == ORDER:
        assert events is not None
        return _first_orders(place, table, events)
    day = table.columns.arrival_time[:count].copy()
    stage = place.stage(table)
    if stage < 0:
        return Entries(day)
    for earlier in range(stage):
        day = np.fmax(day, table.columns.stage_time[earlier, :count])
    if events is not None and stage > 0:
        c = events.columns
        kept = (c.stage >= 0) & (c.stage < stage) & np.isin(c.kind, _ON_THE_WAY)
        kept &= c.customer_id < np.uint64(table.first_customer + count)
        rows = (c.customer_id[kept] - np.uint64(table.first_customer)).astype(np.int64)
        last = np.full(count, -math.inf)
        last[rows] = c.time[kept]  # events come by time, so the last one stays
        day = np.fmax(day, last)
    day[~table.has_reached(place.name)[:count]] = math.nan
    return Entries(day)


def _first_orders(place: Place, table: CustomerTable, events: EventTable) -> Entries:
    c, count = events.columns, table.n_market
    paid = np.isin(c.kind, PAID) & (c.time >= place.start_day)
    paid &= c.customer_id < np.uint64(table.first_customer + count)
    which = np.flatnonzero(paid)[::-1]  # backwards, so that the first one stays
    rows = (c.customer_id[which] - np.uint64(table.first_customer)).astype(np.int64)
    day, event = np.full(count, math.nan), np.full(count, np.iinfo(np.int64).max)
    day[rows], event[rows] = c.time[which], which
    return Entries(day, event)
