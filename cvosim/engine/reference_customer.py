"""A customer of the reference engine: who it is, what it carries, what it writes down."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from simpy.events import Event, Process

from cvosim.engine.reference_accounts import Diary, Entry
from cvosim.engine.reference_calendar import Calendar, Clock, Waits
from cvosim.engine.reference_luck import Luck
from cvosim.engine.reference_world import Aim, Decision, Offer, Retention, Tier, World
from cvosim.randomness.formulas import exp_or_inf, on_curve
from cvosim.tables.schema import NEUTRAL_SATISFACTION, NO_CODE, EventKind


class Person(NamedTuple):
    """Somebody who may become a customer: from the market, or invited by a customer.

    ``root`` is the table row of the market prospect at the beginning of the chain,
    ``arrival`` the day on which an invited person comes.
    """

    customer_id: int
    root: int
    generation: int = 0
    referrer_id: int = 0
    arrival: float = math.nan


class Order(NamedTuple):
    """A paid order; ``number`` counts the customer's orders from 0."""

    number: int
    stage: int
    amount: float


@dataclass
class Buying:
    """Where a customer's repeat buying stands.

    ``candidates`` counts purchases thought of, also those that the season prevented;
    ``won`` counts orders that a retention program brought; ``amount_of(site, n)`` is what
    the customer spends.
    """

    clock: Clock
    amount_of: Callable[[int, int], float]
    is_alive: bool = True
    candidates: int = 0
    purchase: float = math.inf
    death: float = math.inf
    reactivations: int = 0
    won: int = 0


@dataclass
class Campaign:
    """Where a retention program stands with a customer.

    ``attempt`` is the number of the next message in its series, ``touches`` counts all.
    """

    terms: Retention
    clock: Clock
    attempt: int = 0
    touches: int = 0


class Customer:
    """One customer: what it carries through its life, and how it decides."""

    def __init__(self, calendar: Calendar, world: World, luck: Luck, person: Person) -> None:
        self.calendar = calendar
        self.world = world
        self.luck = luck
        self.person = person
        self.is_referred = person.generation > 0
        self.diary = self._open_diary()
        self.awareness = self.diary.awareness  # the present rung
        self.trust = 0.0
        self.is_known = False  # has left an address
        self.is_unsubscribed = False
        self.orders = 0
        self.spent = 0.0
        self.last_order = math.nan
        self.log_drop_out = 0.0  # log multiplier of drop-out, by tier and satisfaction
        self.buying: Buying | None = None
        self.campaigns: list[Campaign] = []
        self._running: list[Process] = []

    def _open_diary(self) -> Diary:
        world, luck = self.world, self.luck
        segment = luck.choice(world.segment_cumulative, world.segment_site)
        if self.is_referred:
            channel = len(world.channels) - 1
        else:
            channel = luck.choice(world.channel_cumulative, world.channel_site)
        rungs = world.awareness_cumulative[segment][channel]
        awareness = luck.choice(rungs, world.awareness_site)
        return Diary(luck.customer, segment, channel, awareness)

    def arrival(self) -> float:
        """When the customer arrives; infinite if no budget reaches it."""
        if self.is_referred:
            return self.person.arrival
        channel = self.world.channels[self.diary.channel]
        if channel.reached < 1.0 and not self.luck.happens(channel.reached, self.world.reach_site):
            return math.inf
        if channel.n_days > 0:
            u = self.luck.uniform(channel.arrival.site)
            days = on_curve(self.world.arrival_days, channel.first_day, channel.n_days, u)
            return channel.start + channel.day_length * days
        return channel.start + self.luck.days(channel.arrival)

    # ------------------------------------------------------------------ deciding

    def says_yes(self, decision: Decision, occurrence: int = 0) -> bool:
        """Decide, with the trust and the awareness that the customer has at this moment."""
        return self.luck.happens(self.probability(decision), decision.site, occurrence)

    def probability(self, decision: Decision) -> float:
        """Chance of a yes: the observed conversion, shifted on the log-odds scale."""
        if not 0.0 < decision.conversion < 1.0:
            return decision.conversion
        who = self.diary
        shift = decision.shifts[who.segment][who.channel][self.awareness]
        if self.world.propensity_sd != 0.0:
            shift += self.world.propensity_sd * self.luck.normal(self.world.propensity_site)
        shift += decision.trust_weight * (self.trust - decision.reference_trust)
        if shift == 0.0:
            return decision.conversion  # exactly what was observed
        log_odds = decision.logit + shift
        if log_odds >= 0.0:
            return 1.0 / (1.0 + math.exp(-log_odds))
        return math.exp(log_odds) / (1.0 + math.exp(log_odds))

    def is_meant_by(self, aim: Aim | None) -> bool:
        """Tell whether an offer or a program with this aim is for this customer, now."""
        if aim is None:
            return True
        who = self.diary
        return (
            aim.allowed[who.segment][who.channel][who.tier] == 1
            and self.orders >= aim.min_orders
            and self.spent >= aim.min_spend
            and self._ordered_within(aim.max_days_since_order)
        )

    def _ordered_within(self, days: float) -> bool:
        return days == math.inf or (self.orders > 0 and self.calendar.now - self.last_order <= days)

    def reads_letters(self) -> bool:
        """Tell whether its address is known and it has not unsubscribed."""
        return self.is_known and not self.is_unsubscribed

    def tier(self) -> Tier | None:
        """The customer's loyalty tier, if it has reached one."""
        return self.world.tiers[self.diary.tier - 1] if self.diary.tier > 0 else None

    def reconsider_leaving(self) -> None:
        """Multiply drop-out anew, by tier and satisfaction; a set day of leaving moves."""
        terms, tier, before = self.world.experience, self.tier(), self.log_drop_out
        by_tier = tier.log_drop_out if tier is not None else 0.0
        by_mood = 0.0
        if terms is not None and not math.isnan(self.diary.satisfaction):
            by_mood = terms.drop_out_effect * (self.diary.satisfaction - NEUTRAL_SATISFACTION)
        self.log_drop_out = by_tier + by_mood
        buying, now = self.buying, self.calendar.now
        if buying is None or not buying.is_alive or self.log_drop_out == before:
            return
        if buying.death < math.inf:
            left = (buying.death - now) * exp_or_inf(before - self.log_drop_out)
            buying.death = now + left
            buying.clock.set(min(buying.purchase, buying.death))

    # ------------------------------------------------------------------ plumbing

    def wait(self, days: float, rank: int) -> Event:
        """Make an appointment some days from now."""
        return self.calendar.appointment(self.calendar.now + days, rank)

    def start(self, waits: Waits) -> None:
        """Begin something that keeps the customer alive as long as it goes on."""
        self._running.append(self.calendar.process(waits))

    def start_aside(self, waits: Waits) -> None:
        """Begin something of which nothing need be left at the horizon."""
        self.calendar.process(waits)

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

    def pay(
        self, kind: EventKind, stage: int, amount: float, cost: float, program: int = NO_CODE
    ) -> Order:
        """Place an order and pay for it."""
        self.write(kind, stage, amount, cost, program)
        order = Order(self.orders, stage, amount)
        self.orders += 1
        self.spent += amount
        self.last_order = self.calendar.now
        return order

    def pay_referrer(self, offer: Offer) -> None:
        """A referred person has accepted for good: reward it and whoever invited it."""
        if self.is_referred and offer.referral_reward > 0.0:
            self.write(EventKind.REWARDED, offer.stage, cost=offer.referral_reward)

    def close_diary(self) -> Diary:
        """Note whether anything still goes on, and hand the diary over."""
        self.diary.going_on = any(process.is_alive for process in self._running)
        return self.diary
