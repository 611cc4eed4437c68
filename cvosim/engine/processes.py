"""The processes that run beside the journey: repeat buying and subscriptions; compiled."""

from __future__ import annotations

import math
from typing import Any

from cvosim.engine.account import record
from cvosim.engine.customer import FIRST, NONE, code
from cvosim.plan.plan import ChurnKind, RepeatModel
from cvosim.randomness.compiled import compiled
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws import beta, exponential, gamma, normal
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import EventKind

_POISSON, _BG, _PARETO = (
    code(RepeatModel.POISSON),
    code(RepeatModel.BG_NBD),
    code(RepeatModel.PARETO_NBD),
)
_FIXED, _LOGNORMAL = code(Distribution.FIXED), code(Distribution.LOGNORMAL)
_SBG = code(ChurnKind.SBG)
_BOUGHT, _RENEWED = code(EventKind.BOUGHT), code(EventKind.RENEWED)
_CANCELLED, _COMMITTED = code(EventKind.CANCELLED), code(EventKind.COMMITTED)
_REORDERED, _DROPPED_OUT = code(EventKind.REORDERED), code(EventKind.DROPPED_OUT)


@compiled
def start_repeat(repeat: Any, life: Any, now: float) -> None:
    """Draw the truth about a customer's repeat buying and its first clocks."""
    seed, who = life.seed, life.customer
    life.repeat_started = 1
    life.repeat_alive = 1
    life.repeats = 0
    life.death = math.inf
    life.rate = repeat.r
    if repeat.model != _POISSON:
        life.rate = gamma(repeat.r, seed, who, repeat.rate_site, FIRST) / repeat.alpha
    if repeat.model == _BG:
        life.drop_out = beta(repeat.a, repeat.b, seed, who, repeat.drop_out_site, FIRST)
    elif repeat.model == _PARETO:
        life.drop_out = gamma(repeat.a, seed, who, repeat.drop_out_site, FIRST) / repeat.b
        if life.drop_out > 0.0:
            life.death = now + exponential(seed, who, repeat.life_site, FIRST) / life.drop_out
    if repeat.spend_kind == _FIXED:
        life.spend_level = repeat.spend_p
    elif repeat.spend_kind == _LOGNORMAL:
        life.spend_level = repeat.spend_p * math.exp(repeat.spend_q * repeat.spend_q / 2.0)
    else:
        life.spend_rate = (
            gamma(repeat.spend_q, seed, who, repeat.level_site, FIRST) / repeat.spend_v
        )
        life.spend_level = repeat.spend_p / life.spend_rate
    _next_order(repeat, life, now)


@compiled
def _next_order(repeat: Any, life: Any, now: float) -> None:
    life.next_order = math.inf
    if life.rate > 0.0:
        gap = exponential(life.seed, life.customer, repeat.gap_site, life.repeats)
        life.next_order = now + gap / life.rate
    life.repeat_time = min(life.next_order, life.death)


@compiled
def _amount(repeat: Any, life: Any) -> float:
    seed, who, site = life.seed, life.customer, repeat.spend_site
    amount: float = repeat.spend_p
    if repeat.spend_kind == _LOGNORMAL:
        amount *= math.exp(repeat.spend_q * normal(seed, who, site, life.repeats))
    elif repeat.spend_kind != _FIXED:
        amount = gamma(amount, seed, who, site, life.repeats) / life.spend_rate
    return amount


@compiled
def act_repeat(repeat: Any, n_stages: int, life: Any, log: Any, now: float) -> None:
    """A repeat buyer's next clock has come: it orders, or it has left for good."""
    leaves = life.death <= life.next_order
    if not leaves:
        amount = _amount(repeat, life)
        record(life, log, now, _REORDERED, n_stages, NONE, (amount, repeat.cost_share * amount))
        if repeat.model == _BG:
            luck = uniform(life.seed, life.customer, repeat.stay_site, life.repeats)
            leaves = luck < life.drop_out
    if leaves:
        record(life, log, now, _DROPPED_OUT, n_stages, NONE, (0.0, 0.0))
        life.repeat_alive = 0
        life.repeat_time = math.inf
    else:
        life.repeats += 1
        _next_order(repeat, life, now)


@compiled
def subscribe(subscription: Any, subscriber: Any, life: Any, log: Any, now: float) -> None:
    """Accept a subscription: the trial begins, or the first bill is paid."""
    stage, program, price = subscription.stage, life.program, life.price
    subscriber.churn = subscription.churn_a
    if subscription.churn_kind == _SBG:
        subscriber.churn = beta(
            subscription.churn_a,
            subscription.churn_b,
            life.seed,
            life.customer,
            subscription.propensity_site,
            0,
        )
    life.subscriptions_live += 1
    if subscription.trial > 0.0:
        record(life, log, now, _COMMITTED, stage, program, (0.0, 0.0))
        subscriber.first_price = price
        subscriber.next = now + subscription.trial
        return
    record(life, log, now, _BOUGHT, stage, program, (price, subscription.unit_cost))
    _billed(subscription, subscriber, life, now)


@compiled
def _billed(subscription: Any, subscriber: Any, life: Any, now: float) -> None:
    subscriber.bills += 1
    if subscriber.bills >= subscription.max_cycles:
        _end(subscriber, life)
    else:
        subscriber.next = now + subscription.period


@compiled
def _end(subscriber: Any, life: Any) -> None:
    subscriber.next = math.inf
    life.subscriptions_live -= 1


@compiled
def act_subscription(subscription: Any, subscriber: Any, life: Any, log: Any, now: float) -> None:
    """A trial ends or a period is over: first the churn decision, then the bill."""
    stage, cost = subscription.stage, subscription.unit_cost
    if subscriber.bills == 0:
        record(life, log, now, _BOUGHT, stage, NONE, (subscriber.first_price, cost))
        _billed(subscription, subscriber, life, now)
        return
    luck = uniform(life.seed, life.customer, subscription.churn_site, subscriber.bills)
    if luck < subscriber.churn:
        record(life, log, now, _CANCELLED, stage, NONE, (0.0, 0.0))
        subscriber.cancelled = 1
        _end(subscriber, life)
        return
    record(life, log, now, _RENEWED, stage, NONE, (subscription.price, cost))
    _billed(subscription, subscriber, life, now)
