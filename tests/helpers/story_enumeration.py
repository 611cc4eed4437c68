"""Every story that may happen in a plan whose times are all fixed, with its probability.

A second opinion on `cvosim.theory.journey`: a story is a list of events, and nothing is known of
measures, moments or lattices. Accounts are worked out afterwards from the events in the order
of time.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from cvosim.plan.plan import END, LOST, NONE, ChurnKind, OfferKind, Plan, ProgramKind


class Event(NamedTuple):
    time: float
    what: str
    revenue: float = 0.0
    cost: float = 0.0
    is_order: bool = False
    program: int = NONE
    of_tripwire: bool = False


class Past(NamedTuple):
    """The customer's story so far."""

    chance: float
    events: tuple[Event, ...]
    cell: tuple[int, int, int]  # segment, channel, rung
    trust: float = 0.0
    known: bool = False
    unsubscribed: bool = False
    engaged: bool = False

    def then(self, *events: Event, chance: float = 1.0, **change: Any) -> Past:
        past = self._replace(chance=self.chance * chance, events=self.events + events)
        return past._replace(**change)


Story = tuple[float, tuple[Event, ...]]


def stories(plan: Plan, referred: bool = False) -> list[Story]:
    """All complete stories of a customer; one who is referred arrives at day 0."""
    told: list[Story] = []
    before = 0.0
    for c, channel in enumerate(plan.channels):
        share = float(channel["cumulative_share"]) - before
        before = float(channel["cumulative_share"])
        if referred:
            share = float(c == len(plan.channels) - 1)
        coming = share if referred else share * float(channel["reached"])
        told.append((share - coming, ()))
        at = 0.0 if referred else float(channel["start"]) + float(channel["arrival_a"])
        arrived = Event(at, "arrived", cost=float(channel["cost"]))
        for s, segment in enumerate(shares(plan.segment_cumulative)):
            for r, rung in enumerate(shares(plan.awareness_cumulative[s, c])):
                past = Past(coming * segment * rung, (arrived,), (s, c, r))
                told += _reach(plan, 0, at, past, referred)
    return told


def shares(cumulative: Any) -> list[float]:
    return [float(b - a) for a, b in zip([0.0, *cumulative], cumulative, strict=False)]


def moments(plan: Plan, referred: bool = False) -> dict[str, tuple[float, float]]:
    """Mean and variance of every account over all stories."""
    first: dict[str, float] = defaultdict(float)
    second: dict[str, float] = defaultdict(float)
    horizon = float(plan.world[0]["horizon"])
    total = 0.0
    for chance, events in stories(plan, referred):
        total += chance
        account = _account([e for e in events if e.time < horizon], plan)
        for name, value in account.items():
            first[name] += chance * value
            second[name] += chance * value**2
    assert abs(total - 1.0) < 1e-12
    return {name: (first[name], second[name] - first[name] ** 2) for name in first}


_COUNTED = {
    "exposed": "exposures",
    "climbed": "rungs_climbed",
    "delivered": "deliveries",
    "ticket": "tickets",
    "resolved": "resolved",
    "refunded": "returns",
}


def _account(events: list[Event], plan: Plan) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    discount = float(plan.world[0]["discount"])
    start = events[0].time if events else 0.0
    for e in sorted(events, key=lambda e: e.time):
        factor = 2.718281828459045 ** (-discount * (e.time - start))
        back = -e.revenue if e.what == "refunded" else 0.0
        found["revenue_per_prospect"] += e.revenue + back
        found["cost_per_prospect"] += e.cost
        found["contribution_per_prospect"] += e.revenue - e.cost
        found["clv_per_prospect"] += (e.revenue - e.cost) * factor
        found["discounted_revenue_per_prospect"] += e.revenue * factor
        found["discounted_cost_per_prospect"] += e.cost * factor
        if e.of_tripwire:
            found["tripwire_contribution_per_prospect"] += e.revenue - e.cost
        if e.what in _COUNTED:
            found[f"{_COUNTED[e.what]}_per_prospect"] += 1
        if e.what == "refunded":
            found["refunds_per_prospect"] += back
        elif e.what == "rewarded":
            found["reward_cost_per_prospect"] += e.cost
        elif e.is_order:
            found["cost_of_goods_per_prospect"] += e.cost
            found["orders_per_prospect"] += 1
            found["buyers_share"] = 1.0
        elif found["orders_per_prospect"] == 0:
            found["acquisition_cost_per_prospect"] += e.cost
            found["discounted_acquisition_cost_per_prospect"] += e.cost * factor
        else:
            found["touch_cost_per_prospect"] += e.cost
        if e.what == "arrived":
            found["arrived_share"] = 1.0
        elif e.what == "touched":
            found["touches_per_prospect"] += 1
            found[f"program_cost.{plan.program_names[e.program]}"] += e.cost
        elif e.what == "recovered":
            found[f"recoveries.{plan.program_names[e.program]}"] += 1
        elif e.what == "unsubscribed":
            found["unsubscribed_share"] += 1
        elif e.what == "lead":
            found["leads_share"] = 1.0
        elif "." in e.what:
            found[e.what] += 1
            kind, _, stage = e.what.partition(".")
            if kind == "accepted":
                found[f"age.{stage}"] += e.time - start
    reached = [e.what.partition(".")[2] for e in events if e.what.startswith("reach.")]
    if reached and f"accepted.{reached[-1]}" not in found:
        found[f"stopped.{reached[-1]}"] = 1.0
    return found


def _yes(plan: Plan, decision: int, past: Past) -> float:
    """The formula of MODEL, section 3, without propensity."""
    terms = plan.decisions[decision]
    conversion = float(terms["conversion"])
    if not 0.0 < conversion < 1.0:
        return conversion
    odds = math.log(conversion / (1 - conversion)) + float(plan.shifts[(decision, *past.cell)])
    odds += float(terms["trust_weight"]) * (past.trust - float(terms["reference_trust"]))
    return 1 / (1 + math.exp(-odds))


def _aimed(plan: Plan, aim: int, past: Past) -> bool:
    """Of aims at segments and channels only."""
    if aim == NONE:
        return True
    assert plan.aims[aim]["min_orders"] == plan.aims[aim]["min_spend"] == 0.0
    return bool(plan.aimed[(aim, *past.cell[:2])][0])


def _reach(plan: Plan, stage: int, t: float, past: Past, referred: bool) -> Iterator[Story]:
    if past.chance == 0.0:
        return
    while stage >= 0 and not _aimed(plan, int(plan.offers[stage]["aim"]), past):
        stage = int(plan.offers[stage]["next_accept"])
    if stage < 0:
        yield past.chance, past.events
        return
    offer = plan.offers[stage]
    past = past.then(Event(t, f"reach.{plan.stage_names[stage]}"))
    walk = _Stage(plan, stage, referred)
    if offer["kind"] == OfferKind.ENGAGE:
        yield from walk.expose(t, past._replace(engaged=False), 0)
        return
    t = t + float(offer["delay_a"])
    yes = _yes(plan, stage, past)
    yield from walk.accept(t, float(offer["price"]), past.then(chance=yes))
    yield from walk.serve(t, walk.services, past.then(chance=1 - yes))


class _Stage:
    """What may happen at one stage."""

    def __init__(self, plan: Plan, stage: int, referred: bool) -> None:
        self.plan, self.stage, self.referred = plan, stage, referred
        self.offer, self.name = plan.offers[stage], str(plan.stage_names[stage])
        first = int(self.offer["first_service"])
        self.services = list(range(first, first + int(self.offer["n_services"])))

    def go(self, stage: int, t: float, past: Past) -> Iterator[Story]:
        return _reach(self.plan, stage, t, past, self.referred)

    def expose(self, t: float, past: Past, k: int) -> Iterator[Story]:
        """Piece after piece, each picked, shown, engaging and lifting or not."""
        row, content = self.plan.engage[0], self.plan.content
        if past.chance == 0.0:
            return
        if k == row["exposures"]:
            if past.engaged:
                yield from self.go(int(self.offer["next_accept"]), t, past)
            else:
                yield from self.serve(t, self.services, past)
            return
        if k > 0:
            t = t + float(row["every_a"])
        rung = past.cell[2]
        suited = [i for i in range(len(content)) if content["rung"][i] == rung]
        for i, piece in enumerate(content):
            targeted = float(row["targeting"]) if suited else 0.0
            share = (1 - targeted) / len(content) + (targeted / len(suited) if i in suited else 0.0)
            picked, shown = past.then(chance=share), float(piece["reach"])
            yield from self.expose(t, picked.then(chance=1 - shown), k + 1)
            seen = Event(t, "exposed", cost=float(piece["unit_cost"]))
            yes = _yes(self.plan, int(piece["first_decision"]) + rung, past)
            yield from self.expose(t, picked.then(seen, chance=shown * (1 - yes)), k + 1)
            news = () if past.engaged else (Event(t, f"accepted.{self.name}"),)
            warm = picked.then(seen, *news, chance=shown * yes, engaged=True)
            warm = warm._replace(trust=past.trust + float(piece["trust"]))
            lift = float(row["lift"]) if rung < 3 else 0.0
            yield from self.expose(t, warm.then(chance=1 - lift), k + 1)
            if lift > 0.0:
                up = warm.then(Event(t, "climbed"), chance=lift, cell=(*past.cell[:2], rung + 1))
                yield from self.expose(t, up, k + 1)

    def serve(self, t: float, services: list[int], past: Past) -> Iterator[Story]:
        if past.chance == 0.0:
            return
        if not services:
            target = int(self.offer["after_decline"])
            lost = (Event(t, f"lost.{self.name}"),) if target == LOST else ()
            yield from self.go(target if target >= 0 else END, t, past.then(*lost))
            return
        service, rest = self.plan.services[services[0]], services[1:]
        p = int(service["program"])
        program, price = self.plan.programs[p], float(service["price"])
        conversion = _yes(self.plan, int(service["decision"]), past)
        touched = Event(t, "touched", cost=float(program["cost"]), program=p)
        if not _aimed(self.plan, int(program["aim"]), past):
            yield from self.serve(t, rest, past)
        elif program["kind"] == ProgramKind.EXIT_OFFER:
            past = past.then(touched)
            back = past.then(Event(t, "recovered", program=p), chance=conversion)
            yield from self.accept(t, price, back)
            yield from self.serve(t, rest, past.then(chance=1 - conversion))
        elif program["kind"] == ProgramKind.REMARKETING:
            assert program["click_rate"] == 0.0
            end = t + float(program["window"])
            shown = Event(end, "touched", cost=program["cost_rate"] * program["window"], program=p)
            yield from self.serve(end, rest, past.then(shown))
        elif not past.known or past.unsubscribed:
            yield from self.serve(t, rest, past)
        else:
            yield from self._write(service, t, rest, past)

    def _write(self, service: Any, t: float, rest: list[int], past: Past) -> Iterator[Story]:
        p = int(service["program"])
        program, price = self.plan.programs[p], float(service["price"])
        conversion = _yes(self.plan, int(service["decision"]), past)
        for k in range(int(program["n_touches"])):
            touch = self.plan.touches[program["first_touch"] + k]
            t = t + float(touch["gap"])
            past = past.then(Event(t, "touched", cost=float(program["cost"]), program=p))
            yes = float(touch["open"]) * float(program["click"]) * conversion
            leaves = (1 - yes) * float(program["unsubscribe"])
            back = past.then(Event(t, "recovered", program=p), chance=yes)
            yield from self.accept(t, price, back)
            gone = past.then(Event(t, "unsubscribed"), chance=leaves, unsubscribed=True)
            yield from self.serve(t, rest, gone)
            past = past.then(chance=1 - yes - leaves)
        yield from self.serve(t, rest, past)

    def accept(self, t: float, price: float, past: Past) -> Iterator[Story]:
        if past.chance == 0.0:
            return
        offer, name = self.offer, self.name
        content = bool(offer["kind"] == OfferKind.ENGAGE)
        lead = () if past.known or content else (Event(t, "lead"),)
        past = past.then(Event(t, f"accepted.{name}"), *lead, known=past.known or not content)
        cost, trust = float(offer["unit_cost"]), float(offer["trust"])
        pasts = [past]
        if offer["kind"] == OfferKind.MONEY:
            paid = (Event(t, "bought", price, cost, True, NONE, bool(offer["is_tripwire"])),)
            pasts = [past.then(*all_of, chance=c) for c, all_of in _experience(self.plan, paid)]
        elif offer["kind"] == OfferKind.SUBSCRIPTION:
            row = self.plan.subscriptions[offer["subscription"]]
            believing = past._replace(trust=past.trust + trust)
            ways = _bills(row, t, price, self.plan, believing)
            pasts = [past.then(*events, chance=chance) for chance, events in ways]
        elif not content:
            pasts = [past.then(Event(t, "committed", 0.0, cost))]
        for each in pasts:
            yield from self._go_on(t, self._thanked(t, each))

    def _thanked(self, t: float, past: Past) -> Past:
        """The same with the reward for a referral: a trial has none before it is paid for."""
        offer, reward = self.offer, float(self.offer["referral_reward"])
        if not self.referred or reward == 0.0 or offer["kind"] == OfferKind.ENGAGE:
            return past
        if offer["kind"] == OfferKind.SUBSCRIPTION:
            bills = [e.time for e in past.events if e.what == f"bills.{self.name}"]
            if not bills:
                return past
            t = bills[0]
        of_tripwire = bool(offer["is_tripwire"])
        return past.then(Event(t, "rewarded", cost=reward, of_tripwire=of_tripwire))

    def _go_on(self, t: float, past: Past) -> Iterator[Story]:
        offer, trusting = self.offer, past._replace(trust=past.trust + float(self.offer["trust"]))
        target, comes = int(offer["next_accept"]), float(offer["consumed"])
        if offer["attended"]:
            t = t + float(offer["consumption_a"])
        elif offer["kind"] != OfferKind.LEAD_MAGNET:
            comes = 1.0
        else:
            assert offer["trust"] == 0.0 or offer["consumption_a"] == 0.0
        yield from self.go(target, t, trusting.then(chance=comes))
        yield from self.go(target, t, past.then(chance=1 - comes))


def _bills(row: Any, t: float, price: float, plan: Plan, past: Past) -> Iterator[Story]:
    """All ways in which a subscription with geometric churn can go."""
    assert row["churn_kind"] == ChurnKind.GEOMETRIC
    name, churn = plan.stage_names[row["stage"]], float(row["churn_a"])
    cost, horizon = float(row["unit_cost"]), float(plan.world[0]["horizon"])
    t = t + float(row["trial"])
    chance = 1.0
    if row["trial"] > 0.0 and row["trial_decision"] != NONE:
        chance = _yes(plan, int(row["trial_decision"]), past)
        yield 1.0 - chance, (Event(t, f"cancelled.{name}"),)
    paid = (Event(t, f"bills.{name}", price, cost, True),)
    for number in range(1, int(row["max_cycles"])):
        t = t + float(row["period"])
        if t - float(row["notice"]) >= horizon:
            break
        if number % int(row["contract"]) == 0:
            gone = Event(t - float(row["notice"]), f"cancelled.{name}")
            for share, events in _experience(plan, paid):
                yield chance * churn * share, (*events, gone)
            chance *= 1 - churn
        paid = (*paid, Event(t, f"bills.{name}", float(row["price"]), cost, True))
    for share, events in _experience(plan, paid):
        yield chance * share, events


def _experience(plan: Plan, orders: tuple[Event, ...]) -> Iterator[Story]:
    """Everything that may follow some orders: delivery, ticket, answer, return."""
    if not orders or not len(plan.experience):
        yield 1.0, orders
        return
    row, order = plan.experience[0], orders[0]
    delivered = order.time + float(row["delivery_a"])
    answered = delivered + float(row["answer_a"])
    refund = -float(row["refund"]) * order.revenue
    ways: list[Story] = [(1.0 - float(row["ticket"]), ())]
    for word, share in (("resolved", row["resolved"]), ("unresolved", 1.0 - row["resolved"])):
        events = (Event(delivered, "ticket"), Event(answered, word))
        ways.append((float(row["ticket"]) * float(share), events))
    for chance, events in ways:
        asked = answered if events else delivered
        for back, share in ((True, row["returned"]), (False, 1.0 - row["returned"])):
            news = (
                (Event(asked, "refunded", refund, of_tripwire=order.of_tripwire),) if back else ()
            )
            if chance * share > 0.0:
                for c, rest in _experience(plan, orders[1:]):
                    story = (order, Event(delivered, "delivered"), *events, *news, *rest)
                    yield chance * float(share) * c, story
