"""What a paid order sets going: rewards, delivery, satisfaction, returns, advocacy."""

from __future__ import annotations

import math

from cvosim.engine.reference_calendar import FIRST_ORDER, Waits
from cvosim.engine.reference_customer import Customer, Order
from cvosim.engine.reference_world import Experience, Referral
from cvosim.plan.plan import ProgramKind
from cvosim.randomness.formulas import poisson_quantile
from cvosim.tables.schema import DETRACTOR, NEUTRAL_SATISFACTION, PROMOTER, EventKind


def look_back(me: Customer, order: Order) -> None:
    """See to what follows from an order, once all else of that moment has happened."""
    _reward_loyalty(me, order)
    _climb_tiers(me, order)
    if me.world.experience is not None:
        me.start_aside(_experience(me, order, me.world.experience))
    if not me.is_unsubscribed:
        _wait_with_win_back(me)


def _wait_with_win_back(me: Customer) -> None:
    """Who has just ordered is inactive only after so many days from now."""
    for campaign in me.campaigns:
        terms = campaign.terms
        if terms.kind == ProgramKind.WIN_BACK:
            campaign.attempt = 0
            campaign.clock.set(me.calendar.now + terms.after + terms.program.touches[0].gap)


# ------------------------------------------------------------------------- loyalty


def _reward_loyalty(me: Customer, order: Order) -> None:
    tier = me.tier()
    if tier is not None and tier.reward_share > 0.0:
        me.write(EventKind.REWARDED, order.stage, cost=tier.reward_share * order.amount)


def _climb_tiers(me: Customer, order: Order) -> None:
    measure = me.orders if me.world.tiers_by_orders else me.spent
    reached = sum(tier.threshold <= measure for tier in me.world.tiers)
    if reached > me.diary.tier:
        me.diary.tier = reached
        me.write(EventKind.TIER_REACHED, order.stage)
        me.reconsider_leaving()


# ---------------------------------------------------------------------- experience


def _experience(me: Customer, order: Order, terms: Experience) -> Waits:
    """Receive the order, perhaps ask for help, and judge; perhaps send it back."""
    n, stage, rank = order.number, order.stage, FIRST_ORDER + order.number
    yield me.wait(me.luck.days(terms.delivery, n), rank)
    me.write(EventKind.DELIVERED, stage)
    help_effect = 0.0
    if me.luck.happens(terms.ticket, terms.ticket_site, n):
        me.write(EventKind.TICKET, stage)
        yield me.wait(me.luck.days(terms.answer, n), rank)
        if me.luck.happens(terms.resolved, terms.resolved_site, n):
            me.write(EventKind.RESOLVED, stage)
            help_effect = terms.resolved_effect
        else:
            me.write(EventKind.UNRESOLVED, stage)
            help_effect = terms.unresolved_effect
    is_first = math.isnan(me.diary.satisfaction)
    _answer_survey(me, terms, n, help_effect)
    if me.luck.happens(terms.returned, terms.returned_site, n):
        me.write(EventKind.REFUNDED, stage, -(terms.refund * order.amount))
    if is_first and me.world.referral is not None:
        _recommend(me, me.world.referral)


def _answer_survey(me: Customer, terms: Experience, n: int, help_effect: float) -> None:
    """Say how satisfied one is and what effort it took; that moves trust and drop-out."""
    luck, before = me.luck, me.diary.satisfaction
    if math.isnan(before):
        before = NEUTRAL_SATISFACTION
    score = terms.satisfaction + terms.satisfaction_sd * luck.normal(terms.satisfaction_site, n)
    score = min(max(score + help_effect, 0.0), 10.0)
    effort = terms.effort + terms.effort_sd * luck.normal(terms.effort_site, n)
    me.diary.satisfaction = score
    me.diary.effort = min(max(effort, 1.0), 7.0)
    if terms.trust_effect != 0.0:
        me.trust += terms.trust_effect * (score - before)
    me.reconsider_leaving()


def _recommend(me: Customer, terms: Referral) -> None:
    """Perhaps become an advocate, by the net promoter class of the first judgement."""
    score = me.diary.satisfaction
    share = terms.passive
    if score >= PROMOTER:
        share = terms.promoter
    elif score <= DETRACTOR:
        share = terms.detractor
    if not me.luck.happens(share, terms.advocate_site):
        return
    me.write(EventKind.ADVOCATED)
    if me.luck.happens(terms.testimonial, terms.testimonial_site):
        me.write(EventKind.TESTIMONIAL)
    mean = terms.invitations
    if me.luck.happens(terms.partner, terms.partner_site):
        me.write(EventKind.CERTIFIED)
        mean = terms.partner_invitations
    for _ in range(poisson_quantile(mean, me.luck.uniform(terms.invitations_site))):
        me.write(EventKind.REFERRED)
