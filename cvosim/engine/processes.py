"""The processes that run beside the journey: repeat buying and subscriptions; compiled."""

from __future__ import annotations

import math
from typing import Any

from cvosim.engine.account import record
from cvosim.engine.customer import FIRST, NONE, code
from cvosim.plan.plan import ChurnKind, RepeatModel
from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.draws import beta, exponential, gamma, multiplied_odds, normal
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import EventKind

_POISSON, _PARETO = code(RepeatModel.POISSON), code(RepeatModel.PARETO_NBD)
_BG, _MBG = code(RepeatModel.BG_NBD), code(RepeatModel.MBG_NBD)
_FIXED, _LOGNORMAL = code(Distribution.FIXED), code(Distribution.LOGNORMAL)
_SBG = code(ChurnKind.SBG)
_BOUGHT, _RENEWED = code(EventKind.BOUGHT), code(EventKind.RENEWED)
_CANCELLED, _COMMITTED = code(EventKind.CANCELLED), code(EventKind.COMMITTED)
_REORDERED, _DROPPED_OUT = code(EventKind.REORDERED), code(EventKind.DROPPED_OUT)


@compiled_within
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
    life.pace = life.rate
    if repeat.season_peak > 0.0:
        life.pace = life.rate * repeat.season_peak
    if repeat.model in (_BG, _MBG):
        life.drop_out = beta(repeat.a, repeat.b, seed, who, repeat.drop_out_site, FIRST)
        if repeat.model == _MBG and _drops_out(life, repeat.life_site, FIRST):
            life.death = now
    elif repeat.model == _PARETO:
        life.drop_out = gamma(repeat.a, seed, who, repeat.drop_out_site, FIRST) / repeat.b
        life.death = now + life_left(repeat, life, FIRST)
    if repeat.spend_kind == _FIXED:
        life.spend_level = repeat.spend_p
    elif repeat.spend_kind == _LOGNORMAL:
        life.spend_level = repeat.spend_p * math.exp(repeat.spend_q * repeat.spend_q / 2.0)
    else:
        life.spend_rate = (
            gamma(repeat.spend_q, seed, who, repeat.level_site, FIRST) / repeat.spend_v
        )
        life.spend_level = repeat.spend_p / life.spend_rate
    next_order(repeat, life, now)


@compiled_within
def life_left(repeat: Any, life: Any, occurrence: int) -> float:
    """Days that a Pareto/NBD customer stays one, if its hazard stays what it is now."""
    days = math.inf
    if life.drop_out > 0.0:
        hazard: float = life.drop_out
        if life.drop_log != 0.0:
            hazard = hazard * math.exp(life.drop_log)
        days = exponential(life.seed, life.customer, repeat.life_site, occurrence) / hazard
    return days


@inlined
def _drops_out(life: Any, site: int, occurrence: int) -> bool:
    probability: float = life.drop_out
    if life.drop_log != 0.0:
        probability = multiplied_odds(probability, life.drop_log)
    return uniform(life.seed, life.customer, site, occurrence) < probability


@compiled_within
def next_order(repeat: Any, life: Any, now: float) -> None:
    """Set the clock of the next repeat purchase; in the best season it comes soonest."""
    life.next_order = math.inf
    if life.pace > 0.0:
        gap = exponential(life.seed, life.customer, repeat.gap_site, life.repeats)
        life.next_order = now + gap / life.pace
    life.repeat_time = min(life.next_order, life.death)


@compiled_within
def order_value(repeat: Any, life: Any, site: int, occurrence: int) -> float:
    """What a customer spends on one order."""
    seed, who = life.seed, life.customer
    amount: float = repeat.spend_p
    if repeat.spend_kind == _LOGNORMAL:
        amount *= math.exp(repeat.spend_q * normal(seed, who, site, occurrence))
    elif repeat.spend_kind != _FIXED:
        amount = gamma(amount, seed, who, site, occurrence) / life.spend_rate
    return amount


@compiled_within
def in_season(repeat: Any, season: Any, life: Any, now: float) -> bool:
    """Whether the purchase that is due now is one that the season lets happen."""
    luck = uniform(life.seed, life.customer, repeat.season_site, life.repeats)
    kept: bool = luck < season[int(now)]
    return kept


@compiled_within
def act_repeat(repeat: Any, n_stages: int, life: Any, log: Any, now: float, kept: bool) -> None:
    """A repeat buyer's next clock has come: it orders, or it has left for good."""
    leaves = life.death <= life.next_order
    if not leaves and not kept:
        life.repeats += 1
        next_order(repeat, life, now)
        return
    if not leaves:
        amount = order_value(repeat, life, repeat.spend_site, life.repeats)
        record(life, log, now, _REORDERED, n_stages, NONE, (amount, repeat.cost_share * amount))
        if repeat.model in (_BG, _MBG):
            leaves = _drops_out(life, repeat.stay_site, life.repeats)
    if leaves:
        record(life, log, now, _DROPPED_OUT, n_stages, NONE, (0.0, 0.0))
        life.repeat_alive = 0
        life.repeat_time = math.inf
    else:
        life.repeats += 1
        next_order(repeat, life, now)


@compiled_within
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
    life.company += 1
    if subscription.trial > 0.0:
        record(life, log, now, _COMMITTED, stage, program, (0.0, 0.0))
        subscriber.first_price = price
        subscriber.next = now + subscription.trial
        return
    record(life, log, now, _BOUGHT, stage, program, (price, subscription.unit_cost))
    _billed(subscription, subscriber, life, now)


@compiled_within
def _billed(subscription: Any, subscriber: Any, life: Any, now: float) -> None:
    subscriber.bills += 1
    if subscriber.bills >= subscription.max_cycles:
        _end(subscriber, life)
        return
    subscriber.due = now + subscription.period
    subscriber.next = subscriber.due
    subscriber.deciding = 1
    if subscription.contract > 1 and subscriber.bills % subscription.contract != 0:
        subscriber.deciding = 0
    elif subscription.notice > 0.0:
        subscriber.next = max(subscriber.due - subscription.notice, now)


@compiled_within
def _end(subscriber: Any, life: Any) -> None:
    subscriber.next = math.inf
    life.subscriptions_live -= 1
    life.company -= 1


@compiled_within
def _cancel(subscription: Any, subscriber: Any, life: Any, log: Any, now: float) -> None:
    record(life, log, now, _CANCELLED, subscription.stage, NONE, (0.0, 0.0))
    subscriber.cancelled = 1
    _end(subscriber, life)


@compiled_within
def end_trial(
    subscription: Any, subscriber: Any, life: Any, log: Any, now: float, converts: bool
) -> None:
    """The free days are over: the first bill is paid, or none ever."""
    if not converts:
        _cancel(subscription, subscriber, life, log, now)
        return
    money = (subscriber.first_price, subscription.unit_cost)
    record(life, log, now, _BOUGHT, subscription.stage, NONE, money)
    _billed(subscription, subscriber, life, now)


@compiled_within
def act_subscription(subscription: Any, subscriber: Any, life: Any, log: Any, now: float) -> None:
    """A period is over, or notice may be given: first the churn decision, then the bill."""
    if subscriber.deciding:
        luck = uniform(life.seed, life.customer, subscription.churn_site, subscriber.bills)
        churn: float = subscriber.churn
        if life.drop_log != 0.0:
            churn = multiplied_odds(churn, life.drop_log)
        if luck < churn:
            _cancel(subscription, subscriber, life, log, now)
            return
        if subscription.notice > 0.0:
            subscriber.deciding = 0
            subscriber.next = subscriber.due
            return
    money = (subscription.price, subscription.unit_cost)
    record(life, log, now, _RENEWED, subscription.stage, NONE, money)
    _billed(subscription, subscriber, life, now)
