"""The kernel: the plan lived through by every customer, compiled and in parallel.

The same story as `cvosim.engine.reference`, told as a calendar: the journey token and the
processes it has started each have one next time; the earliest acts next, ties go by rank
(consumption, journey, repeat buying, subscriptions in order).
"""

from __future__ import annotations

import math
from typing import Any

import numba
import numpy as np

from cvosim.engine.account import open_account, record
from cvosim.engine.customer import BLOCK, FIRST, NONE, Marks, Phase, code
from cvosim.engine.journey import act_journey, reach
from cvosim.engine.luck import (
    ARRIVAL,
    AWARENESS,
    CHANNEL,
    N_AHEAD,
    SEGMENT,
    draw_ahead,
    hand_over,
)
from cvosim.engine.processes import act_repeat, act_subscription
from cvosim.randomness.compiled import compiled, compiled_parallel, inlined
from cvosim.randomness.draws import pick, quantile
from cvosim.tables.schema import EventKind, ExitReason

_OVER = code(Phase.OVER)
_JOURNEY, _CONSUMPTION, _REPEAT, _FIRST_SUBSCRIPTION = 0, 1, 2, 3
_ARRIVED, _CONSUMED = code(EventKind.ARRIVED), code(EventKind.CONSUMED)
_NOT_ARRIVED, _ALIVE, _COMPLETED, _LOST, _UNSUBSCRIBED, _DROPPED_OUT = (
    code(reason) for reason in ExitReason
)


@inlined
def _arrive(plan: Any, life: Any, log: Any, luck: Any, i: int) -> None:
    world = plan.world[0]
    life.segment = pick(plan.segment_cumulative, luck[SEGMENT, i])
    life.awareness = pick(plan.awareness_cumulative[life.segment], luck[AWARENESS, i])
    life.channel = pick(plan.channels.cumulative_share, luck[CHANNEL, i])
    channel = plan.channels[life.channel]
    kind, a, b = channel.arrival_kind, channel.arrival_a, channel.arrival_b
    life.arrival = quantile(kind, a, b, luck[ARRIVAL, i])
    if life.arrival < world.horizon:
        hand_over(life, luck, i)
        record(life, log, life.arrival, _ARRIVED, NONE, NONE, (0.0, channel.cost))
        reach(plan.offers[FIRST], life, FIRST, life.arrival)


@inlined
def _live(plan: Any, life: Any, marks: Any, log: Any) -> None:
    """From arrival to the horizon, one event after the other."""
    horizon = plan.world[0].horizon
    while True:
        now, who = life.token_time, _JOURNEY
        if life.consumption_time <= now:
            now, who = life.consumption_time, _CONSUMPTION
        if life.repeat_time < now:
            now, who = life.repeat_time, _REPEAT
        if life.subscriptions_live > 0:
            for i in range(len(marks.subscribers)):
                if marks.subscribers[i].next < now:
                    now, who = marks.subscribers[i].next, _FIRST_SUBSCRIPTION + i
        if not now < horizon:
            return
        if who == _JOURNEY:
            act_journey(plan, life, marks, log, now)
        elif who == _CONSUMPTION:
            record(life, log, now, _CONSUMED, life.magnet, NONE, (0.0, 0.0))
            life.trust += life.trust_offered
            life.consumption_time = math.inf
        elif who == _REPEAT:
            act_repeat(plan.repeat[0], len(plan.offers), life, log, now)
        else:
            row = who - _FIRST_SUBSCRIPTION
            act_subscription(plan.subscriptions[row], marks.subscribers[row], life, log, now)


@inlined
def _exit_reason(plan: Any, life: Any, marks: Any) -> int:
    if not life.arrival < plan.world[0].horizon:
        return _NOT_ARRIVED
    if life.phase != _OVER or life.repeat_alive or life.subscriptions_live > 0:
        return _ALIVE
    if life.repeat_started:
        return _DROPPED_OUT
    for i in range(len(marks.subscribers)):
        if marks.subscribers[i].cancelled:
            return _DROPPED_OUT
    if life.lost_at >= 0:
        return _UNSUBSCRIBED if life.left_during else _LOST
    return _COMPLETED


@inlined
def _fill_row(customers: Any, row: Any, plan: Any, life: Any, marks: Any) -> None:
    """Write the customer down; the rows of the blocks are in the order of `tables.blocks`.

    ``row`` is unsigned, so that Numba need not ask whether it counts from the end.
    """
    reason = _exit_reason(plan, life, marks)
    fell = reason in (_LOST, _UNSUBSCRIBED)
    customers.exit_stage[row] = life.lost_at if fell else -1
    customers.orders[row] = life.orders
    customers.reached[row] = life.reached
    codes = customers.bytes
    codes[0, row] = life.segment
    codes[1, row] = life.channel
    codes[2, row] = life.awareness
    codes[3, row] = reason
    codes[4, row] = life.unsubscribed
    codes[5, row] = life.repeat_alive
    floats = customers.floats
    floats[0, row] = math.nan if reason == _NOT_ARRIVED else life.arrival
    floats[1, row] = life.first_order
    floats[2, row] = life.last_order
    floats[3, row] = life.revenue
    floats[4, row] = life.goods
    floats[5, row] = life.touches
    floats[6, row] = life.acquisition
    floats[7, row] = life.tripwire
    floats[8, row] = life.discounted_revenue
    floats[9, row] = life.discounted_cost
    floats[10, row] = life.discounted_acquisition
    floats[11, row] = life.rate
    floats[12, row] = life.drop_out
    floats[13, row] = life.spend_level
    n_stages, n_programs = len(marks.stages), len(marks.programs)
    for s in range(n_stages):
        floats[14 + s, row] = marks.stages[s].time
    for p in range(n_programs):
        floats[14 + n_stages + p, row] = marks.programs[p].cost
        codes[6 + p, row] = marks.programs[p].recoveries
    for i in range(len(marks.subscribers)):
        customers.bills[i, row] = marks.subscribers[i].bills
        codes[6 + n_programs + i, row] = marks.subscribers[i].cancelled


@compiled
def _live_block(
    plan: Any, ids: Any, life: Any, marks: Any, customers: Any, log: Any, offsets: Any, luck: Any
) -> None:
    """Live through table rows ``ids[2]`` to ``ids[3]``; row 0 is customer ``ids[0]``."""
    first_customer, first_row, start, stop = ids
    draw_ahead(luck, plan, life.seed, first_customer + np.uint64(start))
    for row in range(start, stop):
        open_account(life, marks.stages, marks.programs, marks.subscribers)
        life.customer = first_customer + np.uint64(row)
        life.slot = offsets[row - first_row] if life.recording else 0
        _arrive(plan, life, log, luck, row - start)
        _live(plan, life, marks, log)
        _fill_row(customers, np.uint64(row), plan, life, marks)
        if not life.recording:
            offsets[row - first_row] = life.slot


@compiled_parallel
def live_all(
    plan: Any, ids: Any, lives: Any, marks: Any, customers: Any, log: Any, offsets: Any
) -> None:
    """Fill ``len(offsets)`` rows of the customer table and, if recording, the log.

    ``ids`` is the customer of row 0 and the first row to fill; ``lives`` and ``marks``
    hold one record, or row, for each block of customers. Unless ``lives`` say that they
    record, ``offsets`` receives each customer's number of events; if they do, it says
    where in ``log`` the customer's first event goes.
    """
    first_customer, first_row = ids
    end = first_row + len(offsets)
    for block in numba.prange(len(lives)):
        start = first_row + block * BLOCK
        rows = (first_customer, first_row, start, min(start + BLOCK, end))
        own = Marks(marks.stages[block], marks.programs[block], marks.subscribers[block])
        luck = np.empty((N_AHEAD, BLOCK))
        _live_block(plan, rows, lives[block], own, customers, log, offsets, luck)
