"""The reference engine's programs for customers: win-back, anniversary and birthday."""

from __future__ import annotations

import math

from cvosim.engine.reference_calendar import FIRST_RETENTION, Clock, Waits
from cvosim.engine.reference_customer import Campaign, Customer
from cvosim.engine.reference_experience import look_back
from cvosim.engine.reference_recurring import reactivate
from cvosim.engine.reference_world import Retention
from cvosim.plan.plan import ProgramKind
from cvosim.tables.schema import EventKind


def start_programs(me: Customer) -> None:
    """Begin every program for those who buy repeatedly, at the moment they begin to."""
    for terms in me.world.retention:
        campaign = Campaign(terms, Clock(me.calendar, FIRST_RETENTION + terms.number))
        campaign.clock.set(_first_touch(me, terms))
        me.campaigns.append(campaign)
        me.start_aside(_keep_in_touch(me, campaign))


def _first_touch(me: Customer, terms: Retention) -> float:
    now = me.calendar.now
    match terms.kind:
        case ProgramKind.WIN_BACK:
            return now + terms.after + terms.program.touches[0].gap
        case ProgramKind.BIRTHDAY:
            return now + terms.after * me.luck.uniform(terms.phase_site)
        case _:
            return now + terms.after


def _keep_in_touch(me: Customer, campaign: Campaign) -> Waits:
    """Send message after message, until the customer wants to hear no more."""
    while True:
        yield from campaign.clock.ring()
        if me.is_unsubscribed:
            return
        if campaign.terms.kind == ProgramKind.WIN_BACK:
            _win_back(me, campaign)
        else:
            if me.is_meant_by(campaign.terms.program.aim):
                _touch(me, campaign)
            campaign.touches += 1  # also those that were left out
            campaign.clock.set(me.calendar.now + campaign.terms.after)


def _win_back(me: Customer, campaign: Campaign) -> None:
    """Send the next message of the series; an order sets the series back to its start."""
    program = campaign.terms.program
    if campaign.attempt == 0 and not me.is_meant_by(program.aim):
        campaign.clock.set(math.inf)
        return
    if not _touch(me, campaign):
        campaign.attempt += 1
        is_over = campaign.attempt == len(program.touches)
        gap = math.inf if is_over else program.touches[campaign.attempt].gap
        campaign.clock.set(me.calendar.now + gap)
    campaign.touches += 1


def _touch(me: Customer, campaign: Campaign) -> bool:
    """Send one message; tell whether it brought an order."""
    terms, stage, m = campaign.terms, len(me.world.offers), campaign.touches
    program = terms.program
    me.write(EventKind.TOUCHED, stage, cost=program.cost, program=program.number)
    if me.luck.happens(program.touches[campaign.attempt].open, terms.open_site, m):
        me.write(EventKind.OPENED, stage, program=program.number)
        if me.luck.happens(program.click, terms.click_site, m):
            me.write(EventKind.CLICKED, stage, program=program.number)
            if me.says_yes(terms.decision, m):
                _order_again(me, program.number)
                return True
    if me.luck.happens(program.unsubscribe, terms.unsubscribe_site, m):
        me.write(EventKind.UNSUBSCRIBED, stage, program=program.number)
        me.is_unsubscribed = True
    return False


def _order_again(me: Customer, program: int) -> None:
    """Order because a program asked; who had dropped out begins to buy anew."""
    buying, repeat, stage = me.buying, me.world.repeat, len(me.world.offers)
    assert buying is not None  # programs begin with repeat buying
    amount = buying.amount_of(repeat.won_site, buying.won)
    buying.won += 1
    me.write(EventKind.RECOVERED, stage, program=program)
    order = me.pay(EventKind.REORDERED, stage, amount, repeat.cost_share * amount, program)
    if not buying.is_alive:
        me.write(EventKind.REACTIVATED, stage, program=program)
        reactivate(me, buying)
    look_back(me, order)
