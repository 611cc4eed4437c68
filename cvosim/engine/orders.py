"""What a paid order brings about: rewards, tiers, delivery, an opinion, a refund; compiled."""

from __future__ import annotations

import math
from typing import Any

from cvosim.engine.account import record, refund, reward
from cvosim.engine.customer import FIRST, NONE, code
from cvosim.engine.parts import Aside
from cvosim.engine.retention import restart_win_back
from cvosim.plan.plan import RepeatModel
from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.randomness.draws import draw, normal, poisson_quantile
from cvosim.randomness.philox import uniform
from cvosim.tables.schema import DETRACTOR, NEUTRAL_SATISFACTION, PROMOTER, EventKind

_PARETO = code(RepeatModel.PARETO_NBD)
_TIER_REACHED, _DELIVERED = code(EventKind.TIER_REACHED), code(EventKind.DELIVERED)
_TICKET, _RESOLVED = code(EventKind.TICKET), code(EventKind.RESOLVED)
_UNRESOLVED, _ADVOCATED = code(EventKind.UNRESOLVED), code(EventKind.ADVOCATED)
_TESTIMONIAL, _CERTIFIED = code(EventKind.TESTIMONIAL), code(EventKind.CERTIFIED)
_REFERRED = code(EventKind.REFERRED)
_FREE = (0.0, 0.0)


@compiled_within
def look_back(plan: Aside, life: Any, marks: Any, log: Any, now: float) -> None:
    """A paid order has just been made."""
    life.orders_seen = life.orders
    if len(plan.tiers) > 0:
        _loyalty(plan, life, log, now)
        _feel(plan.tiers, plan.experience, plan.repeat[0], life, now)
    if len(plan.experience) > 0:
        _send(plan.experience[0], life, marks.errands, now)
    if len(marks.retention) > 0 and life.repeat_started and not life.unsubscribed:
        restart_win_back(plan, marks.retention, now)
    set_alarm(life, marks.retention, marks.errands)


@compiled_within
def set_alarm(life: Any, retention: Any, errands: Any) -> None:
    """Find out when the next of the side clocks strikes."""
    alarm = math.inf
    for r in range(len(retention)):
        alarm = min(alarm, retention[r].next)
    for e in range(life.errands):
        alarm = min(alarm, errands[e].time)
    life.side_time = alarm


@inlined
def _of_tripwire(plan: Aside, stage: int) -> int:
    """Whether an order's stage is the tripwire; repeat orders have a stage of their own."""
    return plan.is_tripwire[stage] if stage < plan.n_stages else 0


@inlined
def _loyalty(plan: Aside, life: Any, log: Any, now: float) -> None:
    """Reward the order by the tier held, then see whether it reaches a higher one."""
    tiers, stage = plan.tiers, life.last_stage
    if life.tier > 0 and tiers[life.tier - 1].reward_share > 0.0:
        cost = tiers[life.tier - 1].reward_share * life.last_amount
        reward(life, log, now, stage, cost, _of_tripwire(plan, stage))
    measure = float(life.orders) if plan.world[0].tiers_by_orders else life.revenue
    held = life.tier
    while life.tier < len(tiers) and tiers[life.tier].threshold <= measure:
        life.tier += 1
    if life.tier > held:
        record(life, log, now, _TIER_REACHED, stage, NONE, _FREE)


@compiled_within
def _feel(tiers: Any, experience: Any, repeat: Any, life: Any, now: float) -> None:
    """Work out how much likelier the customer drops out than by nature."""
    total = 0.0
    if life.tier > 0:
        total = tiers[life.tier - 1].log_drop_out
    if life.surveyed:
        effect = experience[0].drop_out_effect
        total = total + effect * (life.satisfaction - NEUTRAL_SATISFACTION)
    before = life.drop_log
    life.drop_log = total
    if total != before and life.repeat_alive and repeat.model == _PARETO:
        if life.death < math.inf:
            life.death = now + (life.death - now) * math.exp(before - total)
        life.repeat_time = min(life.next_order, life.death)


@compiled_within
def _send(experience: Any, life: Any, errands: Any, now: float) -> None:
    if life.errands == len(errands):
        life.overflow = 1
        return
    order = life.orders - 1
    kind, a, b = experience.delivery_kind, experience.delivery_a, experience.delivery_b
    days = draw(kind, a, b, life.seed, life.customer, experience.delivery_site, order)
    errand = errands[life.errands]
    errand.time = now + days
    errand.order = order
    errand.amount = life.last_amount
    errand.stage = life.last_stage
    errand.ticket = 0
    life.errands += 1


@inlined
def act_errand(plan: Aside, life: Any, marks: Any, log: Any, now: float) -> None:
    """The earliest order arrives, or its ticket is answered; the oldest of equals first."""
    errands = marks.errands
    e = 0
    for i in range(1, life.errands):
        if errands[i].time < errands[e].time:
            e = i
    if errands[e].ticket == 0 and _deliver(plan.experience[0], errands[e], life, log, now):
        set_alarm(life, marks.retention, marks.errands)
        return
    order, amount, stage = errands[e].order, errands[e].amount, errands[e].stage
    answered = errands[e].ticket
    _strike_out(errands, life, e)
    first = _survey(plan, life, log, now, order, stage, answered)
    experience = plan.experience[0]
    luck = uniform(life.seed, life.customer, experience.returned_site, order)
    if luck < experience.returned:
        back = experience.refund * amount
        refund(life, log, now, stage, back, _of_tripwire(plan, stage))
        life.returns += 1
    if first and len(plan.referral) > 0:
        _advocate(plan.referral[0], life, log, now)
    set_alarm(life, marks.retention, marks.errands)


@compiled_within
def _deliver(experience: Any, errand: Any, life: Any, log: Any, now: float) -> bool:
    """Hand the order over; True if that raises a ticket."""
    seed, who, order = life.seed, life.customer, errand.order
    record(life, log, now, _DELIVERED, errand.stage, NONE, _FREE)
    life.deliveries += 1
    if not uniform(seed, who, experience.ticket_site, order) < experience.ticket:
        return False
    record(life, log, now, _TICKET, errand.stage, NONE, _FREE)
    life.tickets += 1
    kind, a, b = experience.answer_kind, experience.answer_a, experience.answer_b
    errand.time = now + draw(kind, a, b, seed, who, experience.answer_site, order)
    errand.ticket = 1
    return True


@compiled_within
def _strike_out(errands: Any, life: Any, e: int) -> None:
    life.errands -= 1
    for i in range(e, life.errands):
        errands[i].time = errands[i + 1].time
        errands[i].order = errands[i + 1].order
        errands[i].amount = errands[i + 1].amount
        errands[i].stage = errands[i + 1].stage
        errands[i].ticket = errands[i + 1].ticket


@inlined
def _survey(
    plan: Aside, life: Any, log: Any, now: float, order: int, stage: int, answered: int
) -> bool:
    """Ask for satisfaction (0 to 10) and effort (1 to 7); True the first time."""
    experience = plan.experience[0]
    seed, who = life.seed, life.customer
    score: float = experience.satisfaction
    score += experience.satisfaction_sd * normal(seed, who, experience.satisfaction_site, order)
    if answered:
        if uniform(seed, who, experience.resolved_site, order) < experience.resolved:
            record(life, log, now, _RESOLVED, stage, NONE, _FREE)
            life.resolved += 1
            score += experience.resolved_effect
        else:
            record(life, log, now, _UNRESOLVED, stage, NONE, _FREE)
            score += experience.unresolved_effect
    score = min(max(score, 0.0), 10.0)
    effort: float = experience.effort
    effort += experience.effort_sd * normal(seed, who, experience.effort_site, order)
    life.effort = min(max(effort, 1.0), 7.0)
    first: bool = life.surveyed == 0
    before = NEUTRAL_SATISFACTION if first else life.satisfaction
    if experience.trust_effect != 0.0:
        life.trust += experience.trust_effect * (score - before)
    life.satisfaction = score
    life.surveyed = 1
    _feel(plan.tiers, plan.experience, plan.repeat[0], life, now)
    return first


@compiled_within
def _advocate(referral: Any, life: Any, log: Any, now: float) -> None:
    """After its first survey a customer may begin to recommend, and to invite."""
    seed, who = life.seed, life.customer
    share: float = referral.passive
    if life.satisfaction >= PROMOTER:
        share = referral.promoter
    elif life.satisfaction <= DETRACTOR:
        share = referral.detractor
    if not uniform(seed, who, referral.advocate_site, FIRST) < share:
        return
    record(life, log, now, _ADVOCATED, NONE, NONE, _FREE)
    life.advocated_time = now
    if uniform(seed, who, referral.testimonial_site, FIRST) < referral.testimonial:
        record(life, log, now, _TESTIMONIAL, NONE, NONE, _FREE)
        life.testimonials = 1
    mean: float = referral.invitations
    if uniform(seed, who, referral.partner_site, FIRST) < referral.partner:
        record(life, log, now, _CERTIFIED, NONE, NONE, _FREE)
        life.partner = 1
        mean = referral.partner_invitations
    luck = uniform(seed, who, referral.invitations_site, FIRST)
    life.invited = poisson_quantile(mean, luck)
    for _ in range(life.invited):
        record(life, log, now, _REFERRED, NONE, NONE, _FREE)
