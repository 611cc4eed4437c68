"""What an event does to a customer's account; compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.engine.customer import NONE, code
from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.tables.schema import EventKind

_REWARDED, _REFUNDED = code(EventKind.REWARDED), code(EventKind.REFUNDED)
_PAID = (code(EventKind.BOUGHT), code(EventKind.RENEWED), code(EventKind.REORDERED))


@compiled_within
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
        life.last_amount = revenue
        life.last_stage = stage
    _write_down(life, log, time, kind, stage, program, money)


@inlined
def _write_down(
    life: Any, log: Any, time: float, kind: int, stage: int, program: int, money: Any
) -> None:
    if life.recording:
        event = log[life.slot]
        event.customer_id = life.customer
        event.time = time
        event.revenue = money[0]
        event.cost = money[1]
        event.stage = stage
        event.program = program
        event.kind = kind
    life.slot += 1


@compiled_within
def reward(life: Any, log: Any, time: float, stage: int, cost: float, of_tripwire: int) -> None:
    """Book what loyalty or a referral costs; its account is its own."""
    life.rewards += cost
    if of_tripwire:
        life.tripwire -= cost
    life.discounted_cost += cost * _factor(life, time)
    _write_down(life, log, time, _REWARDED, stage, NONE, (0.0, cost))


@compiled_within
def refund(life: Any, log: Any, time: float, stage: int, amount: float, of_tripwire: int) -> None:
    """Give money back; revenue stays what it was."""
    life.refunds += amount
    if of_tripwire:
        life.tripwire -= amount
    life.discounted_revenue += -amount * _factor(life, time)
    _write_down(life, log, time, _REFUNDED, stage, NONE, (-amount, 0.0))


@inlined
def _factor(life: Any, time: float) -> float:
    factor = 1.0
    if life.discount != 0.0:
        factor = math.exp(-life.discount * (time - life.arrival))
    return factor


@inlined
def _book(life: Any, time: float, revenue: float, cost: float, paid: bool) -> None:
    """Put every cost into exactly one account.

    Goods if the event is a paid order, acquisition before the first paid order, touches
    after it.
    """
    factor = _factor(life, time)
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


@compiled_within
def open_account(life: Any, stages: Any, programs: Any, subscribers: Any, retention: Any) -> None:
    """A blank page for the next customer: nothing has happened, nothing is pending."""
    life.propensity_drawn = 0
    life.known = 0
    life.unsubscribed = 0
    life.trust = 0.0
    life.consumption_time = math.inf
    life.token_time = math.inf
    life.repeat_time = math.inf
    life.subscriptions_live = 0
    life.company = life.rich
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
    if life.rich:
        _open_extras(life, retention)


@compiled_within
def _open_extras(life: Any, retention: Any) -> None:
    life.side_time = math.inf
    life.drop_log = 0.0
    life.orders_seen = 0
    life.errands = 0
    life.won = 0
    life.reactivations = 0
    life.surveyed = 0
    life.satisfaction = math.nan
    life.effort = math.nan
    life.tier = 0
    life.exposures = 0
    life.rungs_climbed = 0
    life.deliveries = 0
    life.tickets = 0
    life.resolved = 0
    life.returns = 0
    life.advocated_time = math.nan
    life.invited = 0
    life.testimonials = 0
    life.partner = 0
    life.refunds = 0.0
    life.rewards = 0.0
    for r in range(len(retention)):
        retention[r].next = math.inf
        retention[r].attempt = 0
        retention[r].touches = 0
