"""What a journey decides, in order: its steps, the programs that serve them, every decision."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from cvosim.scenario import Scenario

REPEAT_PURCHASES = "repeat_purchases"
"""The stage that win-back and anniversary programs serve."""
RETENTION = ("win_back", "anniversary", "birthday")
"""Kinds of programs that serve customers, not a stage."""
RUNGS = ("unaware", "problem", "solution", "product")
_OPTIONAL = ("engage", "excite")
_SUITS = {"entertain": 0, "educate": 1, "contrast": 2, "prove": 3}


class Step(NamedTuple):
    """One offer of the journey: its key in tables and metrics, its slot and its model."""

    key: str
    slot: str
    offer: Any
    required: bool

    @property
    def site_prefix(self) -> str:
        """What the names of this offer's decision sites begin with."""
        return self.slot if self.slot == "engage" else f"{self.slot}/{self.offer.name}"


class Service(NamedTuple):
    """A program at a step; ``row`` is the program's."""

    program: Any
    row: int
    step: Step


class Decision(NamedTuple):
    """A conversion, and what it was observed at."""

    stage: str
    conversion: float
    trust_weight: float = 1.0
    reference_trust: float = 0.0
    price: float = 0.0
    list_price: float = 0.0
    by_awareness: Mapping[str, float] = {}


def journey_steps(scenario: Scenario) -> tuple[Step, ...]:
    """The offers of a journey in the order in which a customer meets them."""
    journey = scenario.journey
    steps: list[Step] = []
    for slot in journey.order:
        if slot == "profit_maximizers":
            steps += [Step(o.name, o.kind, o, False) for o in journey.profit_maximizers]
        elif (offer := getattr(journey, slot)) is not None:
            steps.append(Step(slot, slot, offer, slot not in _OPTIONAL))
    return tuple(steps)


def services_of(scenario: Scenario, step: Step) -> list[Service]:
    """The programs that serve a step, in the order in which they are tried."""
    if step.offer.on_decline in ("continue", "exit"):
        return []
    return [
        Service(program, row, step)
        for row, program in enumerate(scenario.journey.return_path)
        if program.kind not in RETENTION and step.key in program.at
    ]


def retention_programs(scenario: Scenario) -> list[tuple[int, Any]]:
    """The programs that serve customers, each with its row among all programs."""
    programs = enumerate(scenario.journey.return_path)
    return [(row, program) for row, program in programs if program.kind in RETENTION]


def stated(part: Any, name: str, default: Any) -> Any:
    """What a part of a scenario has under a name that not all parts of its sort have.

    As `getattr` does, which for models without the name takes some microseconds.
    """
    kind: Any = type(part)
    return getattr(part, name) if _has(kind, name) else default


@cache
def _has(kind: type, name: str) -> bool:
    fields = getattr(kind, "model_fields", {})
    return name in fields or any(name in base.__dict__ for base in kind.__mro__)


def price_of(offer: Any) -> float:
    """What a customer pays; 0 for what has no price."""
    return float(stated(offer, "price", 0.0))


def decisions_of(scenario: Scenario, steps: tuple[Step, ...]) -> Iterator[Decision]:
    """Every decision in the order of the plan's rows."""
    for step in steps:
        conversion = 0.0 if step.slot == "engage" else step.offer.conversion
        yield _decision(step, conversion, price_of(step.offer))
    for step in steps:
        for service in services_of(scenario, step):
            price = price_of(step.offer) * (1.0 - stated(service.program, "discount", 0.0))
            yield _decision(step, service.program.conversion, price)
    yield from _of_retention(scenario, steps)
    for step in steps:
        if converts_trial(step):
            decision = _decision(step, step.offer.trial_conversion, price_of(step.offer))
            trust = step.offer.reference_trust + step.offer.trust
            yield decision._replace(reference_trust=trust)
    for step in steps:
        if step.slot == "engage":
            yield from _of_content(step)


def converts_trial(step: Step) -> bool:
    """Whether the end of this step's free trial is a decision."""
    return stated(step.offer, "trial_conversion", None) is not None


def _decision(step: Step, conversion: float, price: float) -> Decision:
    offer = step.offer
    return Decision(
        step.key,
        conversion,
        offer.trust_weight,
        offer.reference_trust,
        price,
        stated(offer, "list_price", 0.0),
        stated(offer, "by_awareness", {}),
    )


def _of_retention(scenario: Scenario, steps: tuple[Step, ...]) -> Iterator[Decision]:
    """Those who are customers bring the trust of the stage that made them so."""
    repeat = scenario.journey.repeat_purchases
    trust = 0.0
    if repeat is not None:
        offers = (step.offer for step in steps if step.key == repeat.after)
        trust = sum(offer.reference_trust + gained_trust(offer) for offer in offers)
    for _, program in retention_programs(scenario):
        yield Decision(REPEAT_PURCHASES, program.conversion, reference_trust=trust)


def gained_trust(offer: Any) -> float:
    """Trust that accepting brings on average, where not everybody consumes or attends."""
    attendance = stated(offer, "attendance", None)
    share = stated(offer, "consumed", 1.0 if attendance is None else attendance)
    return float(stated(offer, "trust", 0.0)) * float(share)


def rung_of(piece: Any) -> int:
    """The rung of awareness that the style of a piece of content suits."""
    return _SUITS[piece.style]


def _of_content(step: Step) -> Iterator[Decision]:
    table = step.offer.conversion
    by_distance = (table.matched, table.adjacent, table.mismatched, table.mismatched)
    for piece in step.offer.content:
        own = piece.conversion or {}
        for rung, name in enumerate(RUNGS):
            usual = by_distance[abs(rung - rung_of(piece))]
            yield _decision(step, own.get(name, usual), 0.0)
