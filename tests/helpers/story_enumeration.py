"""Every story that a small plan can tell, with its probability: fixed times only.

Written for the tests and independent of theory and engines: stories are lists of events, and
accounts are drawn up afterwards from the events in the order of time.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple

from cvosim.plan.plan import LOST, NONE, ChurnKind, OfferKind, Plan, ProgramKind


class Event(NamedTuple):
    time: float
    what: str
    revenue: float = 0.0
    cost: float = 0.0
    is_order: bool = False
    program: int = NONE


class Past(NamedTuple):
    """The customer's story so far."""

    chance: float
    events: tuple[Event, ...]
    known: bool = False
    unsubscribed: bool = False

    def then(self, *events: Event, chance: float = 1.0, **change: bool) -> Past:
        past = self._replace(chance=self.chance * chance, events=self.events + events)
        return past._replace(**change)


Story = tuple[float, tuple[Event, ...]]


def stories(plan: Plan) -> list[Story]:
    """All complete stories of a customer who arrives at day 0."""
    arrived = Event(0.0, "arrived", cost=float(plan.channels[0]["cost"]))
    return list(_reach(plan, 0, 0.0, Past(1.0, (arrived,))))


def moments(plan: Plan) -> dict[str, tuple[float, float]]:
    """Mean and variance of every account over all stories."""
    first: dict[str, float] = defaultdict(float)
    second: dict[str, float] = defaultdict(float)
    horizon = float(plan.world[0]["horizon"])
    total = 0.0
    for chance, events in stories(plan):
        total += chance
        account = _account([e for e in events if e.time < horizon], plan)
        for name, value in account.items():
            first[name] += chance * value
            second[name] += chance * value**2
    assert abs(total - 1.0) < 1e-12
    return {name: (first[name], second[name] - first[name] ** 2) for name in first}


def _account(events: list[Event], plan: Plan) -> dict[str, float]:
    found: dict[str, float] = defaultdict(float)
    discount = float(plan.world[0]["discount"])
    for e in sorted(events, key=lambda e: e.time):
        factor = 2.718281828459045 ** (-discount * e.time)
        found["revenue_per_prospect"] += e.revenue
        found["cost_per_prospect"] += e.cost
        found["contribution_per_prospect"] += e.revenue - e.cost
        found["clv_per_prospect"] += (e.revenue - e.cost) * factor
        found["discounted_cost_per_prospect"] += e.cost * factor
        if e.is_order:
            found["cost_of_goods_per_prospect"] += e.cost
            found["orders_per_prospect"] += 1
            found["buyers_share"] = 1.0
        elif found["orders_per_prospect"] == 0:
            found["acquisition_cost_per_prospect"] += e.cost
            found["discounted_acquisition_cost_per_prospect"] += e.cost * factor
        else:
            found["touch_cost_per_prospect"] += e.cost
        if e.what == "touched":
            found["touches_per_prospect"] += 1
            found[f"program_cost.{plan.program_names[e.program]}"] += e.cost
        elif e.what == "recovered":
            found[f"recoveries.{plan.program_names[e.program]}"] += 1
        elif e.what == "unsubscribed":
            found["unsubscribed_share"] += 1
        elif "." in e.what:
            found[e.what] += 1
    return found


def _reach(plan: Plan, stage: int, t: float, past: Past) -> Iterator[Story]:
    offer, name = plan.offers[stage], plan.stage_names[stage]
    past = past.then(Event(t, f"reach.{name}"))
    t = t + float(offer["delay_a"])
    chance = float(plan.decisions[stage]["conversion"])
    yield from _accept(plan, stage, t, float(offer["price"]), past.then(chance=chance))
    services = range(int(offer["first_service"]), offer["first_service"] + offer["n_services"])
    yield from _serve(plan, stage, t, list(services), past.then(chance=1 - chance))


def _serve(plan: Plan, stage: int, t: float, services: list[int], past: Past) -> Iterator[Story]:
    if past.chance == 0.0:
        return
    offer = plan.offers[stage]
    if not services:
        target = int(offer["after_decline"])
        if target >= 0:
            yield from _reach(plan, target, t, past)
        else:
            lost = (Event(t, f"lost.{plan.stage_names[stage]}"),) if target == LOST else ()
            yield past.chance, past.events + lost
        return
    service = plan.services[services[0]]
    p = int(service["program"])
    program, price = plan.programs[p], float(service["price"])
    conversion = float(plan.decisions[service["decision"]]["conversion"])
    rest = services[1:]
    touched = Event(t, "touched", cost=float(program["cost"]), program=p)
    if program["kind"] == ProgramKind.EXIT_OFFER:
        past = past.then(touched)
        back = past.then(Event(t, "recovered", program=p), chance=conversion)
        yield from _accept(plan, stage, t, price, back)
        yield from _serve(plan, stage, t, rest, past.then(chance=1 - conversion))
    elif program["kind"] == ProgramKind.REMARKETING:
        assert program["click_rate"] == 0.0
        end = t + float(program["window"])
        shown = Event(end, "touched", cost=program["cost_rate"] * program["window"], program=p)
        yield from _serve(plan, stage, end, rest, past.then(shown))
    elif not past.known or past.unsubscribed:
        yield from _serve(plan, stage, t, rest, past)
    else:
        for k in range(int(program["n_touches"])):
            touch = plan.touches[program["first_touch"] + k]
            t = t + float(touch["gap"])
            past = past.then(touched._replace(time=t))
            yes = float(touch["open"]) * float(program["click"]) * conversion
            leaves = (1 - yes) * float(program["unsubscribe"])
            back = past.then(Event(t, "recovered", program=p), chance=yes)
            yield from _accept(plan, stage, t, price, back)
            gone = past.then(Event(t, "unsubscribed"), chance=leaves, unsubscribed=True)
            yield from _serve(plan, stage, t, rest, gone)
            past = past.then(chance=1 - yes - leaves)
        yield from _serve(plan, stage, t, rest, past)


def _accept(plan: Plan, stage: int, t: float, price: float, past: Past) -> Iterator[Story]:
    if past.chance == 0.0:
        return
    offer, name = plan.offers[stage], plan.stage_names[stage]
    cost = float(offer["unit_cost"])
    pasts = []
    if offer["kind"] == OfferKind.MONEY:
        pasts = [past.then(Event(t, f"accepted.{name}", price, cost, True), known=True)]
    elif offer["kind"] == OfferKind.SUBSCRIPTION:
        accepted = past.then(Event(t, f"accepted.{name}"), known=True)
        for chance, bills in _bills(plan.subscriptions[offer["subscription"]], t, price, plan):
            pasts.append(accepted.then(*bills, chance=chance))
    else:
        pasts = [past.then(Event(t, f"accepted.{name}", 0.0, cost), known=True)]
    for each in pasts:
        if offer["next_accept"] >= 0:
            yield from _reach(plan, int(offer["next_accept"]), t, each)
        else:
            yield each.chance, each.events


def _bills(row: Any, t: float, price: float, plan: Plan) -> Iterator[Story]:
    """All ways in which a subscription with geometric churn can go."""
    assert row["churn_kind"] == ChurnKind.GEOMETRIC
    name, churn = plan.stage_names[row["stage"]], float(row["churn_a"])
    cost = float(row["unit_cost"])
    t = t + float(row["trial"])
    paid = (Event(t, f"bills.{name}", price, cost, True),)
    chance = 1.0
    for _ in range(int(row["max_cycles"]) - 1):
        t = t + float(row["period"])
        if t >= float(plan.world[0]["horizon"]):
            break
        yield chance * churn, (*paid, Event(t, f"cancelled.{name}"))
        chance *= 1 - churn
        paid = (*paid, Event(t, f"bills.{name}", float(row["price"]), cost, True))
    yield chance, paid
