"""The kernel: the plan lived through by every customer, compiled and in parallel.

The same story as `cvosim.engine.reference`, told as a calendar: the journey token and the
processes it has started each have one next time; the earliest acts next, ties go by rank
(consumption, journey, repeat buying, subscriptions in order).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.engine.account import open_account, record
from cvosim.engine.aside import act_aside
from cvosim.engine.customer import BLOCK, FIRST, NONE, Phase, code
from cvosim.engine.decision import decides
from cvosim.engine.journey import act_journey, go_on, pay_referrers
from cvosim.engine.luck import (
    ARRIVAL,
    AWARENESS,
    CHANNEL,
    SEGMENT,
    draw_ahead,
    hand_over,
)
from cvosim.engine.orders import look_back
from cvosim.engine.parts import aside_of
from cvosim.engine.processes import act_repeat, act_subscription, end_trial, in_season
from cvosim.randomness.compiled import compiled, compiled_within, inlined
from cvosim.randomness.draws import on_curve, pick, quantile
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import EventKind, ExitReason

_OVER = code(Phase.OVER)
_JOURNEY, _CONSUMPTION, _REPEAT, _ASIDE, _FIRST_SUBSCRIPTION = 0, 1, 2, 3, 4
_ARRIVED, _CONSUMED = code(EventKind.ARRIVED), code(EventKind.CONSUMED)
_NOT_ARRIVED, _ALIVE, _COMPLETED, _LOST, _UNSUBSCRIBED, _DROPPED_OUT = (
    code(reason) for reason in ExitReason
)


@inlined
def _arrive(plan: Any, life: Any, log: Any, luck: Any, i: int, invited: Any, row: int) -> None:
    world = plan.world[0]
    life.segment = pick(plan.segment_cumulative, luck[SEGMENT, i])
    if len(invited) > 0:
        life.channel = len(plan.channels) - 1
        life.arrival = invited[row]
    else:
        life.channel = pick(plan.channels.cumulative_share, luck[CHANNEL, i])
        life.arrival = _when(plan, life, luck[ARRIVAL, i])
    rungs = plan.awareness_cumulative[life.segment, life.channel]
    life.first_awareness = pick(rungs, luck[AWARENESS, i])
    life.awareness = life.first_awareness
    if life.arrival < world.horizon:
        hand_over(life, luck, i)
        cost = plan.channels[life.channel].cost
        record(life, log, life.arrival, _ARRIVED, NONE, NONE, (0.0, cost))
        go_on(plan, life, FIRST, life.arrival)


@inlined
def _when(plan: Any, life: Any, luck: float) -> float:
    """When the customer arrives: never, if its channel's budget does not reach it."""
    channel = plan.channels[life.channel]
    if channel.reached < 1.0:
        reach_luck = uniform(life.seed, life.customer, plan.world[0].reach_site, FIRST)
        if not reach_luck < channel.reached:
            return math.inf
    if channel.n_days > 0:
        curve = on_curve(plan.arrival_days, channel.first_day, channel.n_days, luck)
        days: float = channel.day_length * curve
    else:
        kind, a, b = channel.arrival_kind, channel.arrival_a, channel.arrival_b
        days = quantile(kind, a, b, luck)
    arrival: float = channel.start + days
    return arrival


@inlined
def _live(plan: Any, life: Any, marks: Any, log: Any) -> None:
    """From arrival to the horizon, one event after the other.

    Of several at one time the lowest rank acts first, so it is asked last.
    """
    horizon = plan.world[0].horizon
    while True:
        now, who = math.inf, _ASIDE
        if life.company > 0:
            if life.looks_back and life.orders > life.orders_seen:
                look_back(aside_of(plan), life, marks, log, life.last_order)
            now = life.side_time
            for i in range(len(marks.subscribers) - 1, -1, -1):
                if marks.subscribers[i].next <= now:
                    now, who = marks.subscribers[i].next, _FIRST_SUBSCRIPTION + i
        if life.repeat_time <= now:
            now, who = life.repeat_time, _REPEAT
        if life.token_time <= now:
            now, who = life.token_time, _JOURNEY
        if life.consumption_time <= now:
            now, who = life.consumption_time, _CONSUMPTION
        if not now < horizon:
            return
        if who == _JOURNEY:
            act_journey(plan, life, marks, log, now)
        elif who == _CONSUMPTION:
            record(life, log, now, _CONSUMED, life.magnet, NONE, (0.0, 0.0))
            life.trust += life.trust_offered
            life.consumption_time = math.inf
        elif who == _REPEAT:
            kept = True
            if plan.repeat[0].season_peak > 0.0:
                kept = in_season(plan.repeat[0], plan.season, life, now)
            act_repeat(plan.repeat[0], len(plan.offers), life, log, now, kept)
        elif who == _ASIDE:
            act_aside(aside_of(plan), life, marks, log, now)
        else:
            row = who - _FIRST_SUBSCRIPTION
            terms, subscriber = plan.subscriptions[row], marks.subscribers[row]
            if subscriber.bills > 0:
                act_subscription(terms, subscriber, life, log, now)
            else:
                converts = True
                if terms.trial_decision >= 0:
                    luck = uniform(life.seed, life.customer, terms.trial_site, FIRST)
                    converts = decides(plan, life, terms.trial_decision, luck)
                end_trial(terms, subscriber, life, log, now, converts)
                if converts:
                    pay_referrers(plan, life, log, terms.stage, now)


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
    codes[2, row] = life.first_awareness
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
        customers.recoveries[p, row] = marks.programs[p].recoveries
    for i in range(len(marks.subscribers)):
        customers.bills[i, row] = marks.subscribers[i].bills
        codes[6 + i, row] = marks.subscribers[i].cancelled
    if life.keeps_extras:
        _fill_extras(customers.extras, row, life)


@compiled_within
def _fill_extras(extras: Any, row: Any, life: Any) -> None:
    extras[0, row] = life.refunds
    extras[1, row] = life.rewards
    extras[2, row] = life.satisfaction
    extras[3, row] = life.effort
    extras[4, row] = life.deliveries
    extras[5, row] = life.tickets
    extras[6, row] = life.resolved
    extras[7, row] = life.returns
    extras[8, row] = life.tier
    extras[9, row] = life.exposures
    extras[10, row] = life.rungs_climbed
    extras[11, row] = life.advocated_time
    extras[12, row] = life.invited
    extras[13, row] = life.testimonials
    extras[14, row] = life.partner


@compiled
def live_all(plan: Any, people: Any, hands: Any, customers: Any, log: Any, offsets: Any) -> None:
    """Fill some rows of the customer table and, if recording, of the log.

    ``people`` says which rows and who they are. Unless ``hands.life`` says that it records,
    ``offsets`` receives the number of events of each of them; if it does, it says where in
    ``log`` the first event of each goes.
    """
    life = hands.life[0]
    for start in range(people.first_row, people.end_row, BLOCK):
        stop = min(start + BLOCK, people.end_row)
        _who_comes(people, hands.block, start, stop)
        draw_ahead(hands.luck, plan, life.seed, hands.block)
        for row in range(start, stop):
            i = row - start
            open_account(life, hands.stages, hands.programs, hands.subscribers, hands.retention)
            life.customer = hands.block[i]
            life.slot = offsets[row - people.first_row] if life.recording else 0
            _arrive(plan, life, log, hands.luck, i, people.arrival, row)
            _live(plan, life, hands, log)
            _fill_row(customers, np.uint64(row), plan, life, hands)
            if not life.recording:
                offsets[row - people.first_row] = life.slot


@compiled_within
def _who_comes(people: Any, block: Any, start: int, stop: int) -> None:
    for i in range(len(block)):
        block[i] = people.first_customer + np.uint64(start + i)
    for row in range(start, min(stop, len(people.customer_id))):
        block[row - start] = people.customer_id[row]
