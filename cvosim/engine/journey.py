"""The journey token: arriving, deciding, falling off, being brought back; compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.engine.account import record
from cvosim.engine.customer import FIRST, NONE, Phase, code
from cvosim.engine.processes import start_repeat, subscribe
from cvosim.plan.plan import LOST, OfferKind, ProgramKind
from cvosim.randomness.compiled import compiled, inlined
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws import draw, normal_quantile, quantile
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import EventKind

_DECIDING, _TOUCHING, _SHOWING, _OVER = (code(phase) for phase in Phase)
_EXIT_OFFER, _REMARKETING = code(ProgramKind.EXIT_OFFER), code(ProgramKind.REMARKETING)
_LEAD_MAGNET, _MONEY = code(OfferKind.LEAD_MAGNET), code(OfferKind.MONEY)
_SUBSCRIPTION = code(OfferKind.SUBSCRIPTION)
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
_GAMMA = code(Distribution.GAMMA)
_FREE = (0.0, 0.0)


_WAITS, _FALLS, _ACCEPTS = code(0), code(1), code(2)
"""How an act of the journey token ends: it waits for its next clock, the stage is declined
or a program has failed, or the stage is accepted (by ``life.program``, or by itself)."""


@compiled
def _persuaded(world: Any, terms: Any, life: Any, shift: float, luck: float) -> bool:
    """The offer formula: does this customer accept, with the trust it has right now?"""
    probability: float = terms.conversion
    if 0.0 < probability < 1.0:
        if world.propensity_sd != 0.0:
            if not life.propensity_drawn:
                life.propensity = normal_quantile(life.propensity_luck)
                life.propensity_drawn = 1
            shift = shift + world.propensity_sd * life.propensity
        shift = shift + terms.trust_weight * (life.trust - terms.reference_trust)
        if shift != 0.0:
            log_odds = terms.logit + shift
            e = math.exp(-abs(log_odds))
            probability = 1.0 / (1.0 + e) if log_odds >= 0.0 else e / (1.0 + e)
    return luck < probability


@inlined
def _decides(plan: Any, life: Any, decision: int, luck: float) -> bool:
    # Unsigned indices: Numba need not ask whether they count from the end.
    row, channel = np.uint64(decision), np.uint64(life.channel)
    shift = plan.shifts[row, np.uint64(life.segment), channel, np.uint64(life.awareness)]
    return _persuaded(plan.world[0], plan.decisions[row], life, shift, luck)


@inlined
def _decides_service(plan: Any, life: Any, service: Any) -> bool:
    luck = uniform(life.seed, life.customer, service.accept_site, life.attempt)
    return _decides(plan, life, service.decision, luck)


@compiled
def reach(offer: Any, life: Any, stage: int, now: float) -> None:
    """The offer of ``stage`` is put to the customer; it will decide after a delay."""
    life.stage = stage
    life.phase = _DECIDING
    life.reached |= np.uint64(1) << np.uint64(stage)
    if stage != FIRST:
        seed, who = life.seed, life.customer
        life.accept_luck = uniform(seed, who, offer.accept_site, FIRST)
        life.delay_luck = uniform(seed, who, offer.delay_site, FIRST)
    kind, a, b = offer.delay_kind, offer.delay_a, offer.delay_b
    if kind == _GAMMA:
        delay = draw(kind, a, b, life.seed, life.customer, offer.delay_site, FIRST)
    else:
        delay = quantile(kind, a, b, life.delay_luck)
    life.token_time = now + delay


@inlined
def _go_on(plan: Any, life: Any, following: int, now: float) -> None:
    if following >= 0:
        reach(plan.offers[following], life, following, now)
    else:
        life.phase = _OVER
        life.token_time = math.inf


@inlined
def _accept(plan: Any, life: Any, marks: Any, log: Any, now: float) -> None:
    """Pay and be served, believe more, and go on; ``life.price`` was agreed."""
    stage, program = life.stage, life.program
    offer = plan.offers[stage]
    marks.stages[stage].time = now
    life.known = 1
    if program >= 0:
        record(life, log, now, _RECOVERED, stage, program, _FREE)
        marks.programs[program].recoveries += 1
    if offer.kind == _LEAD_MAGNET:
        record(life, log, now, _OPTED_IN, stage, program, (0.0, offer.unit_cost))
        _take_home(offer, life, now)
    else:
        life.trust += offer.trust
        if offer.kind == _SUBSCRIPTION:
            row = offer.subscription
            subscribe(plan.subscriptions[row], marks.subscribers[row], life, log, now)
        else:
            kind, revenue = (_BOUGHT, life.price) if offer.kind == _MONEY else (_COMMITTED, 0.0)
            record(life, log, now, kind, stage, program, (revenue, offer.unit_cost))
            if offer.is_tripwire and kind == _BOUGHT:
                life.tripwire += revenue - offer.unit_cost
    if offer.starts_repeat:
        start_repeat(plan.repeat[0], life, now)
    _go_on(plan, life, offer.next_accept, now)


@compiled
def _take_home(offer: Any, life: Any, now: float) -> None:
    """Will the lead magnet be consumed, and when?"""
    seed, who = life.seed, life.customer
    if uniform(seed, who, offer.consumed_site, FIRST) < offer.consumed:
        life.trust_offered = offer.trust
        life.magnet = life.stage
        kind, a, b = offer.consumption_kind, offer.consumption_a, offer.consumption_b
        life.consumption_time = now + draw(kind, a, b, seed, who, offer.consumption_site, FIRST)


@compiled
def _charge(life: Any, mark: Any, log: Any, now: float, program: int, cost: float) -> None:
    record(life, log, now, _TOUCHED, life.stage, program, (0.0, cost))
    mark.cost += cost


@compiled
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
    if _decides(plan, life, life.stage, life.accept_luck):
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
    _go_on(plan, life, offer.after_decline, now)
    return _WAITS


@inlined
def act_journey(plan: Any, life: Any, marks: Any, log: Any, now: float) -> None:
    """The journey token's clock has come: decide, be touched, or see an advertisement."""
    if life.phase == _DECIDING:
        outcome = _decide(plan, life, log, now)
    elif life.phase == _TOUCHING:
        outcome = _touch(plan, life, marks, log, now)
    else:
        outcome = _show(plan, life, marks, log, now)
    if outcome == _FALLS:
        outcome = _fall(plan, life, marks, log, now)
    if outcome == _ACCEPTS:
        _accept(plan, life, marks, log, now)
