"""The journey token: arriving, deciding, falling off, being brought back; compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.engine.account import record, reward
from cvosim.engine.customer import FIRST, NONE, Phase, code
from cvosim.engine.decision import decides, is_aimed
from cvosim.engine.engage import expose
from cvosim.engine.parts import aside_of
from cvosim.engine.processes import start_repeat, subscribe
from cvosim.engine.retention import begin_retention
from cvosim.plan.plan import LOST, OfferKind, ProgramKind
from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws import draw, quantile
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import EventKind

_DECIDING, _TOUCHING, _SHOWING, _EXPOSING, _ATTENDING, _OVER = (code(phase) for phase in Phase)
_EXIT_OFFER, _REMARKETING = code(ProgramKind.EXIT_OFFER), code(ProgramKind.REMARKETING)
_LEAD_MAGNET, _MONEY = code(OfferKind.LEAD_MAGNET), code(OfferKind.MONEY)
_SUBSCRIPTION, _ENGAGE = code(OfferKind.SUBSCRIPTION), code(OfferKind.ENGAGE)
_OPTED_IN, _COMMITTED, _BOUGHT = (
    code(EventKind.OPTED_IN),
    code(EventKind.COMMITTED),
    code(EventKind.BOUGHT),
)
_DECLINED, _LOST, _RECOVERED = (
    code(EventKind.DECLINED),
    code(EventKind.LOST),
    code(EventKind.RECOVERED),
)
_TOUCHED, _OPENED, _CLICKED = (
    code(EventKind.TOUCHED),
    code(EventKind.OPENED),
    code(EventKind.CLICKED),
)
_UNSUBSCRIBED = code(EventKind.UNSUBSCRIBED)
_ENGAGED, _ATTENDED = code(EventKind.ENGAGED), code(EventKind.ATTENDED)
_GAMMA = code(Distribution.GAMMA)
_FREE = (0.0, 0.0)


_WAITS, _FALLS, _ACCEPTS, _GOES_ON = code(0), code(1), code(2), code(3)
"""How an act of the journey token ends: it waits for its next clock, the stage is declined
or a program has failed, the stage is accepted (by ``life.program``, or by itself), or the
stage ``life.following`` comes next."""


@inlined
def _decides_service(plan: Any, life: Any, service: Any) -> bool:
    luck = uniform(life.seed, life.customer, service.accept_site, life.attempt)
    return decides(plan, life, service.decision, luck)


@compiled_within
def reach(offer: Any, life: Any, stage: int, now: float) -> None:
    """The offer of ``stage`` is put to the customer; it will decide after a delay."""
    life.stage = stage
    life.phase = _DECIDING
    life.reached |= np.uint64(1) << np.uint64(stage)
    if stage != FIRST:
        seed, who = life.seed, life.customer
        life.accept_luck = uniform(seed, who, offer.accept_site, FIRST)
        life.delay_luck = uniform(seed, who, offer.delay_site, FIRST)
    if offer.kind == _ENGAGE:
        life.phase = _EXPOSING
        life.attempt = 0
        life.engaged = 0
        life.token_time = now
        return
    kind, a, b = offer.delay_kind, offer.delay_a, offer.delay_b
    if kind == _GAMMA:
        delay = draw(kind, a, b, life.seed, life.customer, offer.delay_site, FIRST)
    else:
        delay = quantile(kind, a, b, life.delay_luck)
    life.token_time = now + delay


@inlined
def go_on(plan: Any, life: Any, following: int, now: float) -> None:
    """Reach the next stage that is for this customer, or finish the journey."""
    while following >= 0 and plan.offers[following].aim >= 0:
        if is_aimed(plan.aims, plan.aimed, life, plan.offers[following].aim, now):
            break
        following = plan.offers[following].next_accept
    if following >= 0:
        reach(plan.offers[following], life, following, now)
    else:
        life.phase = _OVER
        life.token_time = math.inf


@inlined
def pay_referrers(plan: Any, life: Any, log: Any, stage: int, now: float) -> None:
    """Book what it costs that a referred person has accepted this stage for good."""
    offer = plan.offers[stage]
    if offer.referral_reward > 0.0 and offer.kind != _ENGAGE:
        invited = len(plan.referral) > 0 and life.channel == len(plan.channels) - 1
        if invited:
            reward(life, log, now, stage, offer.referral_reward, offer.is_tripwire)


@inlined
def _accept(plan: Any, life: Any, marks: Any, log: Any, now: float) -> int:
    """Pay and be served, believe more, and go on; ``life.price`` was agreed."""
    stage, program = life.stage, life.program
    offer = plan.offers[stage]
    marks.stages[stage].time = now
    if offer.kind != _ENGAGE:  # looking at content leaves no address
        life.known = 1
    if program >= 0:
        record(life, log, now, _RECOVERED, stage, program, _FREE)
        marks.programs[program].recoveries += 1
    if offer.kind == _LEAD_MAGNET:
        record(life, log, now, _OPTED_IN, stage, program, (0.0, offer.unit_cost))
        _take_home(offer, life, now)
    elif offer.kind == _ENGAGE:
        record(life, log, now, _ENGAGED, stage, program, _FREE)
        life.trust += offer.trust
    else:
        if not offer.attended:
            life.trust += offer.trust
        if offer.kind == _SUBSCRIPTION:
            row = offer.subscription
            subscribe(plan.subscriptions[row], marks.subscribers[row], life, log, now)
        else:
            kind, revenue = (_BOUGHT, life.price) if offer.kind == _MONEY else (_COMMITTED, 0.0)
            record(life, log, now, kind, stage, program, (revenue, offer.unit_cost))
            if offer.is_tripwire and kind == _BOUGHT:
                life.tripwire += revenue - offer.unit_cost
    if offer.referral_reward > 0.0:
        on_trial = offer.subscription >= 0 and plan.subscriptions[offer.subscription].trial > 0.0
        if not on_trial:
            pay_referrers(plan, life, log, stage, now)
    if offer.starts_repeat:
        start_repeat(plan.repeat[0], life, now)
        if len(marks.retention) > 0:
            begin_retention(aside_of(plan), life, marks.retention, now)
    if offer.attended:
        _await_event(offer, life, now)
        return _WAITS
    life.following = offer.next_accept
    return _GOES_ON


@compiled_within
def _await_event(offer: Any, life: Any, now: float) -> None:
    """The customer has promised its time; the webinar is to come."""
    seed, who = life.seed, life.customer
    life.phase = _ATTENDING
    life.attempt = int(uniform(seed, who, offer.consumed_site, FIRST) < offer.consumed)
    kind, a, b = offer.consumption_kind, offer.consumption_a, offer.consumption_b
    life.token_time = now + draw(kind, a, b, seed, who, offer.consumption_site, FIRST)


@compiled_within
def _attend(offer: Any, life: Any, log: Any, now: float) -> int:
    if life.attempt:
        record(life, log, now, _ATTENDED, life.stage, NONE, _FREE)
        life.trust += offer.trust
    life.following = offer.next_accept
    return _GOES_ON


@compiled_within
def _take_home(offer: Any, life: Any, now: float) -> None:
    """Will the lead magnet be consumed, and when?"""
    seed, who = life.seed, life.customer
    if uniform(seed, who, offer.consumed_site, FIRST) < offer.consumed:
        life.trust_offered = offer.trust
        life.magnet = life.stage
        kind, a, b = offer.consumption_kind, offer.consumption_a, offer.consumption_b
        life.consumption_time = now + draw(kind, a, b, seed, who, offer.consumption_site, FIRST)


@compiled_within
def _charge(life: Any, mark: Any, log: Any, now: float, program: int, cost: float) -> None:
    record(life, log, now, _TOUCHED, life.stage, program, (0.0, cost))
    mark.cost += cost


@compiled_within
def _await_click(program: Any, service: Any, life: Any, now: float) -> None:
    """The token waits for the next click on an advertisement, or for the last one shown."""
    life.token_time = life.show_end
    if program.click_rate > 0.0:
        luck = life.click_luck
        if life.stage + life.service + life.attempt > 0:
            luck = uniform(life.seed, life.customer, service.click_site, life.attempt)
        gap = -math.log(luck)
        life.token_time = min(now + gap / program.click_rate, life.show_end)


@inlined
def _agree(life: Any, price: float, program: int) -> int:
    life.price = price
    life.program = program
    return _ACCEPTS


@inlined
def _decide(plan: Any, life: Any, log: Any, now: float) -> int:
    offer = plan.offers[life.stage]
    if decides(plan, life, life.stage, life.accept_luck):
        return _agree(life, offer.price, NONE)
    record(life, log, now, _DECLINED, life.stage, NONE, _FREE)
    life.service = -1
    life.left_during = 0
    return _FALLS


@inlined
def _touch(plan: Any, life: Any, marks: Any, log: Any, now: float) -> int:
    service = plan.services[plan.offers[life.stage].first_service + life.service]
    row = service.program
    program = plan.programs[row]
    touch = program.first_touch + life.attempt
    seed, who, k = life.seed, life.customer, life.attempt
    if life.unsubscribed:
        return _FALLS
    # Both draws at once: independent ones overlap in the processor.
    open_luck = uniform(seed, who, service.open_site, k)
    unsubscribe_luck = uniform(seed, who, service.unsubscribe_site, k)
    _charge(life, marks.programs[row], log, now, row, program.cost)
    if open_luck < plan.touches[touch].open:
        record(life, log, now, _OPENED, life.stage, row, _FREE)
        if uniform(seed, who, service.click_site, k) < program.click:
            record(life, log, now, _CLICKED, life.stage, row, _FREE)
            if _decides_service(plan, life, service):
                return _agree(life, service.price, row)
    if unsubscribe_luck < program.unsubscribe:
        record(life, log, now, _UNSUBSCRIBED, life.stage, row, _FREE)
        life.unsubscribed = 1
        life.left_during = 1
        return _FALLS
    if k + 1 == program.n_touches:
        return _FALLS
    life.attempt = k + 1
    life.token_time = now + plan.touches[touch + 1].gap
    return _WAITS


@inlined
def _show(plan: Any, life: Any, marks: Any, log: Any, now: float) -> int:
    service = plan.services[plan.offers[life.stage].first_service + life.service]
    row = service.program
    program = plan.programs[row]
    accepted = False
    if now < life.show_end:
        record(life, log, now, _CLICKED, life.stage, row, _FREE)
        accepted = _decides_service(plan, life, service)
        if not accepted:
            life.attempt += 1
            _await_click(program, service, life, now)
            return _WAITS
    cost = program.cost_rate * (now - life.show_start)
    _charge(life, marks.programs[row], log, now, row, cost)
    return _agree(life, service.price, row) if accepted else _FALLS


@inlined
def _fall(plan: Any, life: Any, marks: Any, log: Any, now: float) -> int:
    """Start the next program that serves this stage, or give the customer up."""
    offer = plan.offers[life.stage]
    while life.service + 1 < offer.n_services:
        life.service += 1
        life.attempt = 0
        service = plan.services[offer.first_service + life.service]
        row = service.program
        program = plan.programs[row]
        if program.aim >= 0 and not is_aimed(plan.aims, plan.aimed, life, program.aim, now):
            continue
        if program.kind == _EXIT_OFFER:
            _charge(life, marks.programs[row], log, now, row, program.cost)
            if _decides_service(plan, life, service):
                return _agree(life, service.price, row)
        elif program.kind == _REMARKETING:
            life.phase = _SHOWING
            life.show_start = now
            life.show_end = now + program.window
            _await_click(program, service, life, now)
            return _WAITS
        elif life.known and not life.unsubscribed and program.n_touches > 0:
            life.phase = _TOUCHING
            life.token_time = now + plan.touches[program.first_touch].gap
            return _WAITS
    if offer.after_decline == LOST:
        life.lost_at = life.stage
        record(life, log, now, _LOST, life.stage, NONE, _FREE)
    life.following = offer.after_decline
    return _GOES_ON


@inlined
def act_journey(plan: Any, life: Any, marks: Any, log: Any, now: float) -> None:
    """The journey token's clock has come: decide, be touched, or see an advertisement."""
    if life.phase == _DECIDING:
        outcome = _decide(plan, life, log, now)
    elif life.phase == _TOUCHING:
        outcome = _touch(plan, life, marks, log, now)
    elif life.phase == _SHOWING:
        outcome = _show(plan, life, marks, log, now)
    elif life.phase == _EXPOSING:
        outcome = expose(aside_of(plan), life, marks.stages, log, now)
    else:
        outcome = _attend(plan.offers[life.stage], life, log, now)
    if outcome == _FALLS:
        outcome = _fall(plan, life, marks, log, now)
    if outcome == _ACCEPTS:
        outcome = _accept(plan, life, marks, log, now)
    if outcome == _GOES_ON:
        go_on(plan, life, life.following, now)
