"""The journey, told as a story: from arrival to the last offer, and the return path."""

from __future__ import annotations

from collections.abc import Generator
from itertools import count

from simpy.events import Event

from cvosim.engine.reference_calendar import CONSUMPTION, JOURNEY, Waits
from cvosim.engine.reference_customer import Customer, Order
from cvosim.engine.reference_experience import look_back
from cvosim.engine.reference_recurring import over, start_buying, subscribe
from cvosim.engine.reference_retention import start_programs
from cvosim.engine.reference_world import Engage, Offer, Piece, Service
from cvosim.plan.plan import LOST, OfferKind, ProgramKind, RepeatModel
from cvosim.tables.schema import AWARENESS, NO_CODE, EventKind

Tries = Generator[Event, None, bool]
"""Something that takes time and ends with a yes or a no."""
Leads = Generator[Event, None, int]
"""Something that takes time and ends with the next stage."""


def walk(me: Customer) -> Waits:
    """Arrive, then go from offer to offer until the journey is over."""
    yield me.calendar.appointment(me.arrival(), JOURNEY)
    me.write(EventKind.ARRIVED, cost=me.world.channels[me.diary.channel].cost)
    stage = aimed_stage(me, 0)
    while stage >= 0:
        stage = yield from meet(me, me.world.offers[stage])


def aimed_stage(me: Customer, stage: int) -> int:
    """The first stage from ``stage`` on whose offer is for this customer, if any."""
    offers = me.world.offers
    while stage >= 0 and not me.is_meant_by(offers[stage].aim):
        stage = offers[stage].next_accept
    return stage


def meet(me: Customer, offer: Offer) -> Leads:
    """Reach an offer, decide on it, and tell which stage comes next."""
    me.diary.reached |= 1 << offer.stage
    if offer.kind == OfferKind.ENGAGE and me.world.engage is not None:
        if (yield from watch(me, offer, me.world.engage)):
            return aimed_stage(me, offer.next_accept)
    else:
        yield me.wait(me.luck.days(offer.delay), JOURNEY)
        if me.says_yes(offer.decision):
            return (yield from accept(me, offer, offer.price))
    me.write(EventKind.DECLINED, offer.stage)
    for service in offer.services:
        program = service.program
        if me.is_meant_by(program.aim) and (yield from try_program(me, offer, service)):
            me.write(EventKind.RECOVERED, offer.stage, program=program.number)
            return (yield from accept(me, offer, service.price, program.number))
    if offer.after_decline == LOST:
        me.write(EventKind.LOST, offer.stage)
    return aimed_stage(me, offer.after_decline)


def accept(me: Customer, offer: Offer, price: float, program: int = NO_CODE) -> Leads:
    """Say yes to an offer; whatever recurs from now on runs beside the journey."""
    if offer.kind != OfferKind.ENGAGE:  # looking at content leaves no address
        me.is_known = True
    order = sign(me, offer, price, program)
    if offer.kind == OfferKind.LEAD_MAGNET:
        if me.luck.happens(offer.consumed, offer.consumed_site):
            me.start_aside(consume(me, offer))
    elif not offer.is_attended:
        me.trust += offer.trust
    if offer.kind == OfferKind.SUBSCRIPTION and offer.subscription is not None:
        me.start(subscribe(me, offer, offer.subscription, price))
    if offer.starts_repeat and me.world.repeat.model != RepeatModel.NONE:
        start_buying(me)
        start_programs(me)
    if offer.is_attended:
        yield from attend(me, offer)
    following = aimed_stage(me, offer.next_accept)
    if order is not None:
        look_back(me, order)
    return following


def sign(me: Customer, offer: Offer, price: float, program: int) -> Order | None:
    """Write down the yes, what it earned and cost, and what a friend gets for it."""
    order, terms = None, offer.subscription
    match offer.kind:
        case OfferKind.ENGAGE:
            me.write(EventKind.ENGAGED, offer.stage, program=program)
            return None
        case OfferKind.LEAD_MAGNET:
            me.write(EventKind.OPTED_IN, offer.stage, 0.0, offer.unit_cost, program)
        case OfferKind.TIME:
            me.write(EventKind.COMMITTED, offer.stage, 0.0, offer.unit_cost, program)
        case OfferKind.SUBSCRIPTION if terms is not None and terms.trial > 0.0:
            me.write(EventKind.COMMITTED, offer.stage, program=program)
            return None
        case _:
            order = me.pay(EventKind.BOUGHT, offer.stage, price, offer.unit_cost, program)
    me.pay_referrer(offer)
    return order


def consume(me: Customer, offer: Offer) -> Waits:
    """Read, watch or try the lead magnet; only now does it earn trust."""
    yield me.wait(me.luck.days(offer.consumption), CONSUMPTION)
    me.write(EventKind.CONSUMED, offer.stage)
    me.trust += offer.trust


def attend(me: Customer, offer: Offer) -> Waits:
    """Wait until what was committed to takes place; only who comes gains trust."""
    yield me.wait(me.luck.days(offer.consumption), JOURNEY)
    if me.luck.happens(offer.consumed, offer.consumed_site):
        me.write(EventKind.ATTENDED, offer.stage)
        me.trust += offer.trust


# ---------------------------------------------------------------------- engagement


def watch(me: Customer, offer: Offer, engage: Engage) -> Tries:
    """Be shown piece after piece of content; tell whether any of them engaged."""
    engaged = False
    for k in range(engage.exposures):
        days = me.luck.days(engage.every, k) if k > 0 else 0.0
        yield me.wait(days, JOURNEY)
        piece = choose_piece(me, engage, k)
        if see(me, offer, piece, k):
            engaged = True
            climb(me, engage, k)
    return engaged


def choose_piece(me: Customer, engage: Engage, k: int) -> Piece:
    """The piece shown: if targeting works, one that suits the customer's present rung."""
    pieces = engage.content
    suited = tuple(piece for piece in pieces if piece.rung == me.awareness)
    if suited and me.luck.happens(engage.targeting, engage.targeting_site, k):
        pieces = suited
    return pieces[int(me.luck.uniform(engage.piece_site, k) * len(pieces))]


def see(me: Customer, offer: Offer, piece: Piece, k: int) -> bool:
    """See a piece, if it gets through at all; tell whether it engaged."""
    if not me.luck.happens(piece.reach, piece.reach_site, k):
        return False
    me.write(EventKind.EXPOSED, offer.stage, cost=piece.unit_cost)
    if not me.says_yes(piece.decisions[me.awareness], k):
        return False
    me.write(EventKind.ENGAGED, offer.stage)
    me.trust += piece.trust
    return True


def climb(me: Customer, engage: Engage, k: int) -> None:
    """Perhaps become aware of more, now that a piece has engaged."""
    if me.awareness < len(AWARENESS) - 1 and me.luck.happens(engage.lift, engage.lift_site, k):
        me.awareness += 1
        me.diary.rungs_climbed += 1


# ------------------------------------------------------------------ the return path


def try_program(me: Customer, offer: Offer, service: Service) -> Tries:
    """Let a program try to turn the no into a yes."""
    match service.program.kind:
        case ProgramKind.EXIT_OFFER:
            return exit_offer(me, offer, service)
        case ProgramKind.FOLLOW_UP:
            return (yield from follow_up(me, offer, service))
        case _:
            return (yield from remarketing(me, offer, service))


def exit_offer(me: Customer, offer: Offer, service: Service) -> bool:
    """Make a better offer at the moment of declining."""
    program = service.program
    me.write(EventKind.TOUCHED, offer.stage, cost=program.cost, program=program.number)
    return me.says_yes(service.decision)


def follow_up(me: Customer, offer: Offer, service: Service) -> Tries:
    """Send message after message to a known address; each may annoy for good."""
    if not me.reads_letters():
        return False
    program, stage = service.program, offer.stage
    for k, touch in enumerate(program.touches):
        yield me.wait(touch.gap, JOURNEY)
        if not me.reads_letters():  # no more, because of another program meanwhile
            return False
        me.write(EventKind.TOUCHED, stage, cost=program.cost, program=program.number)
        if me.luck.happens(touch.open, service.open_site, k):
            me.write(EventKind.OPENED, stage, program=program.number)
            if me.luck.happens(program.click, service.click_site, k):
                me.write(EventKind.CLICKED, stage, program=program.number)
                if me.says_yes(service.decision, k):
                    return True
        if me.luck.happens(program.unsubscribe, service.unsubscribe_site, k):
            me.write(EventKind.UNSUBSCRIBED, stage, program=program.number)
            me.is_unsubscribed = True
            return False
    return False


def remarketing(me: Customer, offer: Offer, service: Service) -> Tries:
    """Show advertisements until one is clicked and convinces, or the window closes."""
    program, stage = service.program, offer.stage
    start = me.calendar.now
    end = start + program.window
    convinced = False
    for n in count():
        gap = over(me.luck.exponential(service.click_site, n), program.click_rate)
        click = me.calendar.now + gap
        yield me.calendar.appointment(min(click, end), JOURNEY)
        if click >= end:
            break
        me.write(EventKind.CLICKED, stage, program=program.number)
        convinced = me.says_yes(service.decision, n)
        if convinced:
            break
    spent = program.cost_rate * (me.calendar.now - start)
    me.write(EventKind.TOUCHED, stage, cost=spent, program=program.number)
    return convinced
