"""What recurs beside the journey: repeat buying and subscriptions."""

from __future__ import annotations

import math
from collections.abc import Callable

from cvosim.engine.reference_calendar import FIRST_SUBSCRIPTION, REPEAT, Clock, Waits
from cvosim.engine.reference_customer import Buying, Customer
from cvosim.engine.reference_experience import look_back
from cvosim.engine.reference_world import Offer, Subscription
from cvosim.plan.plan import ChurnKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.formulas import exp_or_inf, multiplied_odds
from cvosim.tables.schema import EventKind


def over(amount: float, rate: float) -> float:
    """``amount / rate``; infinite for a rate of nothing, so that it never comes."""
    return amount / rate if rate > 0.0 else math.inf


# ------------------------------------------------------------------- repeat buying


def start_buying(me: Customer) -> None:
    """Learn one's own nature, and begin to buy again and again."""
    repeat, diary, now = me.world.repeat, me.diary, me.calendar.now
    buying = Buying(Clock(me.calendar, REPEAT), _spending(me))
    me.buying = buying
    diary.buys_again = True
    diary.rate = repeat.r
    if repeat.model != RepeatModel.POISSON:
        diary.rate = over(me.luck.gamma(repeat.r, repeat.rate_site), repeat.alpha)
    match repeat.model:
        case RepeatModel.BG_NBD:
            diary.drop_out = me.luck.beta(repeat.a, repeat.b, repeat.drop_out_site)
        case RepeatModel.MBG_NBD:  # may leave before the first repeat purchase
            diary.drop_out = me.luck.beta(repeat.a, repeat.b, repeat.drop_out_site)
            if me.luck.happens(_drop_out(me), repeat.life_site):
                buying.death = now
        case RepeatModel.PARETO_NBD:
            diary.drop_out = me.luck.gamma(repeat.a, repeat.drop_out_site) / repeat.b
            buying.death = now + _days_to_live(me, 0)
    me.start(_buy_again(me, buying))


def reactivate(me: Customer, buying: Buying) -> None:
    """Take up buying again after having dropped out."""
    buying.is_alive = True
    buying.reactivations += 1
    buying.death = math.inf
    if me.world.repeat.model == RepeatModel.PARETO_NBD:
        buying.death = me.calendar.now + _days_to_live(me, buying.reactivations)
    me.start(_buy_again(me, buying))


def _buy_again(me: Customer, buying: Buying) -> Waits:
    """Buy at the customer's own rate until dropping out, known to nobody."""
    repeat, stage = me.world.repeat, len(me.world.offers)
    while buying.is_alive:
        n = buying.candidates
        buying.purchase = me.calendar.now + _gap(me, n)
        buying.clock.set(min(buying.purchase, buying.death))
        yield from buying.clock.ring()
        if buying.death <= buying.purchase:
            _drop_out_now(me, buying)
        elif _in_season(me, n):
            amount = buying.amount_of(repeat.spend_site, n)
            order = me.pay(EventKind.REORDERED, stage, amount, repeat.cost_share * amount)
            if _was_the_last(me, n):
                _drop_out_now(me, buying)
            look_back(me, order)
        buying.candidates += 1


def _gap(me: Customer, n: int) -> float:
    """Days to the next purchase thought of; in season, there is one for each at the peak."""
    repeat, rate = me.world.repeat, me.diary.rate
    if repeat.season_peak > 0.0:
        rate *= repeat.season_peak
    return over(me.luck.exponential(repeat.gap_site, n), rate)


def _in_season(me: Customer, n: int) -> bool:
    """Whether a purchase thought of is made, which months other than the peak thin out.

    Lewis & Shedler (1979), "Simulation of nonhomogeneous Poisson processes by thinning",
    Naval Research Logistics Quarterly 26(3), 403-413.
    """
    repeat = me.world.repeat
    if repeat.season_peak == 0.0:
        return True
    return me.luck.happens(repeat.season[int(me.calendar.now)], repeat.season_site, n)


def _was_the_last(me: Customer, n: int) -> bool:
    repeat = me.world.repeat
    if repeat.model not in (RepeatModel.BG_NBD, RepeatModel.MBG_NBD):
        return False
    return me.luck.happens(_drop_out(me), repeat.stay_site, n)


def _drop_out_now(me: Customer, buying: Buying) -> None:
    buying.is_alive = False
    me.write(EventKind.DROPPED_OUT, len(me.world.offers))


def _drop_out(me: Customer) -> float:
    """Drop-out probability of this customer as it feels now."""
    return multiplied_odds(me.diary.drop_out, me.log_drop_out)


def _days_to_live(me: Customer, life: int) -> float:
    """How long a Pareto customer will buy, in its first life or a later one."""
    hazard = me.diary.drop_out
    if me.log_drop_out != 0.0:
        hazard *= exp_or_inf(me.log_drop_out)
    return over(me.luck.exponential(me.world.repeat.life_site, life), hazard)


def _spending(me: Customer) -> Callable[[int, int], float]:
    """How much the customer spends, by site and occurrence."""
    repeat, luck, diary = me.world.repeat, me.luck, me.diary
    p, q, v = repeat.spend_p, repeat.spend_q, repeat.spend_v
    if repeat.spend_kind == Distribution.FIXED:
        diary.spend_level = p
        return lambda site, n: p
    if repeat.spend_kind == Distribution.LOGNORMAL:
        diary.spend_level = p * exp_or_inf(q * q / 2)
        return lambda site, n: p * exp_or_inf(q * luck.normal(site, n))
    thrift = luck.gamma(q, repeat.level_site) / v  # gamma-gamma
    diary.spend_level = over(p, thrift)
    return lambda site, n: over(luck.gamma(p, site, n), thrift)


# ------------------------------------------------------------------- subscriptions


def subscribe(me: Customer, offer: Offer, terms: Subscription, price: float) -> Waits:
    """Pay period after period until cancelling, or until the last cycle is paid."""
    stage, rank = offer.stage, FIRST_SUBSCRIPTION + terms.number
    if terms.trial > 0.0:
        yield me.wait(terms.trial, rank)
        if terms.trial_decision is not None and not me.says_yes(terms.trial_decision):
            me.write(EventKind.CANCELLED, stage)
            return
        order = me.pay(EventKind.BOUGHT, stage, price, offer.unit_cost)
        me.pay_referrer(offer)
        look_back(me, order)
    churn = terms.churn_a
    if terms.churn_kind == ChurnKind.SBG:
        churn = me.luck.beta(terms.churn_a, terms.churn_b, terms.propensity_site)
    for bills in range(1, terms.max_cycles):
        due = me.calendar.now + terms.period
        if bills % terms.contract == 0:
            decision = max(due - terms.notice, me.calendar.now)  # rounding may not turn time back
            yield me.calendar.appointment(decision, rank)
            leaving = multiplied_odds(churn, me.log_drop_out)
            if me.luck.happens(leaving, terms.churn_site, bills):
                me.write(EventKind.CANCELLED, stage)
                return
        if bills % terms.contract != 0 or terms.notice > 0.0:
            yield me.calendar.appointment(due, rank)
        look_back(me, me.pay(EventKind.RENEWED, stage, terms.price, terms.unit_cost))
