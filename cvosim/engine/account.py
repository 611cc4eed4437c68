"""What an event does to a customer's account; compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.engine.customer import code
from cvosim.randomness.compiled import compiled, inlined
from cvosim.tables.schema import EventKind

_PAID = (code(EventKind.BOUGHT), code(EventKind.RENEWED), code(EventKind.REORDERED))


@compiled
def record(
    life: Any, log: Any, time: float, kind: int, stage: int, program: int, money: Any
) -> None:
    """Book ``money = (revenue, cost)`` and, if events are kept, write the event down."""
    revenue, cost = money
    paid = kind in _PAID
    if revenue != 0.0 or cost != 0.0:
        _book(life, time, revenue, cost, paid)
    if paid:
        if life.orders == 0:
            life.first_order = time
        life.orders += 1
        life.last_order = time
    if life.recording:
        event = log[life.slot]
        event.customer_id = life.customer
        event.time = time
        event.revenue = revenue
        event.cost = cost
        event.stage = stage
        event.program = program
        event.kind = kind
    life.slot += 1


@inlined
def _book(life: Any, time: float, revenue: float, cost: float, paid: bool) -> None:
    """Put every cost into exactly one account.

    Goods if the event is a paid order, acquisition before the first paid order, touches
    after it.
    """
    factor = 1.0
    if life.discount != 0.0:
        factor = math.exp(-life.discount * (time - life.arrival))
    life.revenue += revenue
    life.discounted_revenue += revenue * factor
    life.discounted_cost += cost * factor
    if paid:
        life.goods += cost
    elif life.orders == 0:
        life.acquisition += cost
        life.discounted_acquisition += cost * factor
    else:
        life.touches += cost


@compiled
def open_account(life: Any, stages: Any, programs: Any, subscribers: Any) -> None:
    """A blank page for the next customer: nothing has happened, nothing is pending."""
    life.propensity_drawn = 0
    life.known = 0
    life.unsubscribed = 0
    life.trust = 0.0
    life.consumption_time = math.inf
    life.token_time = math.inf
    life.repeat_time = math.inf
    life.subscriptions_live = 0
    life.lost_at = -1
    life.left_during = 0
    life.repeat_alive = 0
    life.repeat_started = 0
    life.rate = math.nan
    life.drop_out = math.nan
    life.spend_level = math.nan
    life.reached = np.uint64(0)
    life.orders = 0
    life.first_order = math.nan
    life.last_order = math.nan
    life.revenue = 0.0
    life.goods = 0.0
    life.touches = 0.0
    life.acquisition = 0.0
    life.tripwire = 0.0
    life.discounted_revenue = 0.0
    life.discounted_cost = 0.0
    life.discounted_acquisition = 0.0
    for s in range(len(stages)):
        stages[s].time = math.nan
    for p in range(len(programs)):
        programs[p].cost = 0.0
        programs[p].recoveries = 0
    for s in range(len(subscribers)):
        subscribers[s].next = math.inf
        subscribers[s].bills = 0
        subscribers[s].cancelled = 0
