"""The reference engine: what a customer does, told as a story.

Every customer is a handful of SimPy processes that share a calendar: the *journey* walks
from offer to offer, *consumption* of a lead magnet, *repeat buying* and each
*subscription* run beside it. A process writes down what happens and then waits for its
next appointment. Nothing here is fast; everything here is meant to be read, and to be
what the compiled engine is compared with, bit for bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator
from heapq import heappush
from itertools import count

import numpy as np
import simpy
from simpy.events import Event, EventPriority, Process

from cvosim.engine.names import names_of
from cvosim.engine.reference_accounts import Diary, Entry, enter, event_columns
from cvosim.engine.reference_luck import Luck
from cvosim.engine.reference_plan import (
    Decision,
    Offer,
    Service,
    Subscription,
    World,
    read_plan,
)
from cvosim.plan.plan import LOST, ChurnKind, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.formulas import exp_or_inf
from cvosim.tables.blocks import empty_customers
from cvosim.tables.columns import CustomerColumns, EventColumns, in_canonical_order
from cvosim.tables.schema import NO_CODE, EventKind

BLOCK = 2_000
"""Customers that share a calendar; bounds memory and changes no result."""

# Who acts first when two appointments of a customer fall on the same moment.
CONSUMPTION, JOURNEY, REPEAT, FIRST_SUBSCRIPTION = 1, 2, 3, 4

Waits = Generator[Event, None, None]
Tries = Generator[Event, None, bool]


def run_reference(
    plan: Plan,
    seed: int,
    first_customer: int,
    n_customers: int,
    *,
    progress: Callable[[int], None] | None = None,
) -> tuple[CustomerColumns, EventColumns]:
    """Simulate customers one appointment at a time.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.
    seed : int
        The luck of the whole population.
    first_customer : int
        Id of the first customer; the others follow it.
    n_customers : int
        How many customers to simulate.
    progress : callable, optional
        Called after every block with how many customers it had.

    Returns
    -------
    tuple of CustomerColumns and EventColumns
        One row a customer, and all events by time, customer and order of happening.

    Examples
    --------
    >>> from cvosim.plan import compile_plan
    >>> from cvosim.scenario import load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> customers, events = run_reference(plan, seed=7, first_customer=0, n_customers=100)
    >>> len(customers.revenue), bool((events.time < plan.world["horizon"][0]).all())
    (100, True)
    """
    world = read_plan(plan)
    customers = empty_customers(n_customers, names_of(plan))
    blocks = [event_columns([])]
    for done in range(0, n_customers, BLOCK):
        size = min(BLOCK, n_customers - done)
        diaries = _live(world, seed, first_customer + done, size)
        for row, diary in enumerate(diaries, done):
            enter(customers, row, diary, world)
        blocks.append(event_columns(diaries))
        if progress is not None:
            progress(size)
    together = EventColumns(*(np.concatenate(parts) for parts in zip(*blocks, strict=True)))
    return customers, in_canonical_order(together)


def _live(world: World, seed: int, first: int, size: int) -> list[Diary]:
    """Let customers live side by side on one calendar until the horizon."""
    calendar = Calendar(0.0)
    customers = [
        Customer(calendar, world, Luck(seed, customer)) for customer in range(first, first + size)
    ]
    calendar.run(until=world.horizon)
    return [customer.close_diary() for customer in customers]


class Calendar(simpy.Environment):
    """A SimPy environment whose appointments are made for a time, not after a delay.

    SimPy adds delays to the present, and ``now + (time - now)`` is not always ``time``.
    """

    def appointment(self, time: float, rank: int) -> Event:
        """Make an event at ``time``; of several at one time the lowest rank goes first."""
        event = simpy.Event(self)
        event._ok, event._value = True, None
        if time < math.inf:
            heappush(self._queue, (time, EventPriority(rank), next(self._eid), event))
        return event


class Customer:
    """One customer: who it is, what it knows, and everything it may come to do."""

    def __init__(self, calendar: Calendar, world: World, luck: Luck) -> None:
        self.calendar = calendar
        self.world = world
        self.luck = luck
        segment = luck.choice(world.segment_cumulative, world.segment_site)
        self.diary = Diary(
            customer_id=luck.customer,
            segment=segment,
            channel=luck.choice(world.channel_cumulative, world.channel_site),
            awareness=luck.choice(world.awareness_cumulative[segment], world.awareness_site),
        )
        self.trust = 0.0
        self.is_known = False  # has left an address
        self.is_unsubscribed = False
        self.running: list[Process] = []
        self.start(self.journey())

    # ------------------------------------------------------------------ the journey

    def journey(self) -> Waits:
        """Arrive, then go from offer to offer until the journey is over."""
        channel = self.world.channels[self.diary.channel]
        yield self.calendar.appointment(self.luck.days(channel.arrival), JOURNEY)
        self.write(EventKind.ARRIVED, cost=channel.cost)
        stage = 0
        while stage >= 0:
            stage = yield from self.meet(self.world.offers[stage])

    def meet(self, offer: Offer) -> Generator[Event, None, int]:
        """Reach an offer, decide on it, and tell which stage comes next."""
        self.diary.reached |= 1 << offer.stage
        yield self.wait(self.luck.days(offer.delay), JOURNEY)
        if self.says_yes(offer.decision):
            return self.accept(offer, offer.price)
        self.write(EventKind.DECLINED, offer.stage)
        for service in offer.services:
            program = service.program.number
            if (yield from self.try_program(offer, service)):
                self.write(EventKind.RECOVERED, offer.stage, program=program)
                return self.accept(offer, service.price, program)
        if offer.after_decline == LOST:
            self.write(EventKind.LOST, offer.stage)
        return offer.after_decline

    def says_yes(self, decision: Decision, occurrence: int = 0) -> bool:
        """Decide, with the trust that the customer has at this moment."""
        return self.luck.happens(self.probability(decision), decision.site, occurrence)

    def probability(self, decision: Decision) -> float:
        """Chance of a yes: the observed conversion, shifted on the log-odds scale."""
        if not 0.0 < decision.conversion < 1.0:
            return decision.conversion
        who = self.diary
        shift = decision.shifts[who.segment][who.channel][who.awareness]
        if self.world.propensity_sd != 0.0:
            shift += self.world.propensity_sd * self.luck.normal(self.world.propensity_site)
        shift += decision.trust_weight * (self.trust - decision.reference_trust)
        if shift == 0.0:
            return decision.conversion  # exactly what was observed
        log_odds = decision.logit + shift
        if log_odds >= 0.0:
            return 1.0 / (1.0 + math.exp(-log_odds))
        return math.exp(log_odds) / (1.0 + math.exp(log_odds))

    def accept(self, offer: Offer, price: float, program: int = NO_CODE) -> int:
        """Say yes to an offer; whatever recurs from now on runs beside the journey."""
        self.is_known = True
        terms = offer.subscription
        match offer.kind:
            case OfferKind.LEAD_MAGNET:
                self.write(EventKind.OPTED_IN, offer.stage, 0.0, offer.unit_cost, program)
                if self.luck.happens(offer.consumed, offer.consumed_site):
                    self.calendar.process(self.consume(offer))
            case OfferKind.TIME:
                self.write(EventKind.COMMITTED, offer.stage, 0.0, offer.unit_cost, program)
            case OfferKind.SUBSCRIPTION if terms is not None and terms.trial > 0.0:
                self.write(EventKind.COMMITTED, offer.stage, program=program)
            case _:
                self.write(EventKind.BOUGHT, offer.stage, price, offer.unit_cost, program)
        if offer.kind != OfferKind.LEAD_MAGNET:
            self.trust += offer.trust
        if offer.kind == OfferKind.SUBSCRIPTION and terms is not None:
            self.start(self.subscribe(offer, terms, price))
        if offer.starts_repeat and self.world.repeat.model != RepeatModel.NONE:
            self.start(self.buy_again())
        return offer.next_accept

    # -------------------------------------------------------------- the return path

    def try_program(self, offer: Offer, service: Service) -> Tries:
        """Let a program try to turn the no into a yes."""
        match service.program.kind:
            case ProgramKind.EXIT_OFFER:
                return self.exit_offer(offer, service)
            case ProgramKind.FOLLOW_UP:
                return (yield from self.follow_up(offer, service))
            case _:
                return (yield from self.remarketing(offer, service))

    def exit_offer(self, offer: Offer, service: Service) -> bool:
        """Make a better offer at the moment of declining."""
        program = service.program
        self.write(EventKind.TOUCHED, offer.stage, cost=program.cost, program=program.number)
        return self.says_yes(service.decision)

    def follow_up(self, offer: Offer, service: Service) -> Tries:
        """Send message after message to a known address; each may annoy for good."""
        if not self.is_known or self.is_unsubscribed:
            return False
        program, stage = service.program, offer.stage
        for k, touch in enumerate(program.touches):
            yield self.wait(touch.gap, JOURNEY)
            self.write(EventKind.TOUCHED, stage, cost=program.cost, program=program.number)
            if self.luck.happens(touch.open, service.open_site, k):
                self.write(EventKind.OPENED, stage, program=program.number)
                if self.luck.happens(program.click, service.click_site, k):
                    self.write(EventKind.CLICKED, stage, program=program.number)
                    if self.says_yes(service.decision, k):
                        return True
            if self.luck.happens(program.unsubscribe, service.unsubscribe_site, k):
                self.write(EventKind.UNSUBSCRIBED, stage, program=program.number)
                self.is_unsubscribed = True
                return False
        return False

    def remarketing(self, offer: Offer, service: Service) -> Tries:
        """Show advertisements until one is clicked and convinces, or the window closes."""
        program, stage = service.program, offer.stage
        start = self.calendar.now
        end = start + program.window
        convinced = False
        for n in count():
            gap = _over(self.luck.exponential(service.click_site, n), program.click_rate)
            click = self.calendar.now + gap
            yield self.calendar.appointment(min(click, end), JOURNEY)
            if click >= end:
                break
            self.write(EventKind.CLICKED, stage, program=program.number)
            convinced = self.says_yes(service.decision, n)
            if convinced:
                break
        spent = program.cost_rate * (self.calendar.now - start)
        self.write(EventKind.TOUCHED, stage, cost=spent, program=program.number)
        return convinced

    # ------------------------------------------------------- beside the journey

    def consume(self, offer: Offer) -> Waits:
        """Read, watch or try the lead magnet; only now does it earn trust."""
        yield self.wait(self.luck.days(offer.consumption), CONSUMPTION)
        self.write(EventKind.CONSUMED, offer.stage)
        self.trust += offer.trust

    def subscribe(self, offer: Offer, terms: Subscription, price: float) -> Waits:
        """Pay period after period until cancelling, or until the last cycle is paid."""
        rank = FIRST_SUBSCRIPTION + terms.number
        if terms.trial > 0.0:
            yield self.wait(terms.trial, rank)
            self.write(EventKind.BOUGHT, offer.stage, price, offer.unit_cost)
        churn = terms.churn_a
        if terms.churn_kind == ChurnKind.SBG:
            churn = self.luck.beta(terms.churn_a, terms.churn_b, terms.propensity_site)
        cycles = 1
        while cycles < terms.max_cycles:
            yield self.wait(terms.period, rank)
            if self.luck.happens(churn, terms.churn_site, cycles):
                self.write(EventKind.CANCELLED, offer.stage)
                return
            self.write(EventKind.RENEWED, offer.stage, terms.price, terms.unit_cost)
            cycles += 1

    def buy_again(self) -> Waits:
        """Buy at the customer's own rate until dropping out, known to nobody."""
        repeat, stage = self.world.repeat, len(self.world.offers)
        death = self.calendar.now + self.learn_own_nature()
        amount_of = self.spending()
        for n in count():
            gap = _over(self.luck.exponential(repeat.gap_site, n), self.diary.rate)
            purchase = self.calendar.now + gap
            yield self.calendar.appointment(min(purchase, death), REPEAT)
            if death <= purchase:
                break
            amount = amount_of(n)
            self.write(EventKind.REORDERED, stage, amount, repeat.cost_share * amount)
            if repeat.model == RepeatModel.BG_NBD and self.luck.happens(
                self.diary.drop_out, repeat.stay_site, n
            ):
                break
        self.write(EventKind.DROPPED_OUT, stage)

    def learn_own_nature(self) -> float:
        """Draw the customer's own rate and drop-out; return how many days it will live."""
        repeat, me = self.world.repeat, self.diary
        me.buys_again = True
        if repeat.model == RepeatModel.POISSON:
            me.rate = repeat.r
            return math.inf
        me.rate = _over(self.luck.gamma(repeat.r, repeat.rate_site), repeat.alpha)
        if repeat.model == RepeatModel.BG_NBD:
            me.drop_out = self.luck.beta(repeat.a, repeat.b, repeat.drop_out_site)
            return math.inf
        me.drop_out = self.luck.gamma(repeat.a, repeat.drop_out_site) / repeat.b
        return _over(self.luck.exponential(repeat.life_site), me.drop_out)

    def spending(self) -> Callable[[int], float]:
        """How much the customer spends on its n-th repeat purchase."""
        repeat, luck, me = self.world.repeat, self.luck, self.diary
        p, q, v = repeat.spend_p, repeat.spend_q, repeat.spend_v
        if repeat.spend_kind == Distribution.FIXED:
            me.spend_level = p
            return lambda n: p
        if repeat.spend_kind == Distribution.LOGNORMAL:
            me.spend_level = p * exp_or_inf(q * q / 2)
            return lambda n: p * exp_or_inf(q * luck.normal(repeat.spend_site, n))
        thrift = luck.gamma(q, repeat.level_site) / v  # gamma-gamma
        me.spend_level = _over(p, thrift)
        return lambda n: _over(luck.gamma(p, repeat.spend_site, n), thrift)

    # ------------------------------------------------------------------- plumbing

    def wait(self, days: float, rank: int) -> Event:
        """Make an appointment some days from now."""
        return self.calendar.appointment(self.calendar.now + days, rank)

    def start(self, waits: Waits) -> None:
        """Begin something that keeps the customer alive as long as it goes on."""
        self.running.append(self.calendar.process(waits))

    def write(
        self,
        kind: EventKind,
        stage: int = NO_CODE,
        revenue: float = 0.0,
        cost: float = 0.0,
        program: int = NO_CODE,
    ) -> None:
        """Enter what happens now into the diary."""
        entry = Entry(self.calendar.now, kind, stage, revenue, cost, program)
        self.diary.entries.append(entry)

    def close_diary(self) -> Diary:
        """Note whether anything still goes on, and hand the diary over."""
        self.diary.going_on = any(process.is_alive for process in self.running)
        return self.diary


def _over(amount: float, rate: float) -> float:
    """``amount / rate``; infinite for a rate of nothing, so that it never comes."""
    return amount / rate if rate > 0.0 else math.inf
