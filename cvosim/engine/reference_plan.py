"""The plan as the reference engine reads it: small frozen objects instead of array rows.

The rows of a :class:`~cvosim.plan.plan.Plan` point at each other by index; here an offer
holds its own decision, services, programs and touches. All numbers are plain Python ones.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from cvosim.plan.plan import Plan


class Draw(NamedTuple):
    """A random number of days: a ``Distribution``, its two parameters, and the site."""

    kind: int
    a: float
    b: float
    site: int


class Decision(NamedTuple):
    """How likely a yes is; ``shifts[segment][channel][awareness]`` are log-odds."""

    conversion: float
    logit: float
    trust_weight: float
    reference_trust: float
    site: int
    shifts: list[list[list[float]]]


class Touch(NamedTuple):
    """One message of a follow-up: days since the one before, probability to be opened."""

    gap: float
    open: float


class Program(NamedTuple):
    """A program of the return path; ``window`` and both rates are remarketing's."""

    number: int
    kind: int
    cost: float
    click: float
    unsubscribe: float
    window: float
    click_rate: float
    cost_rate: float
    touches: tuple[Touch, ...]


class Service(NamedTuple):
    """A program at work for one offer, with its own decision and price."""

    program: Program
    decision: Decision
    price: float
    open_site: int
    click_site: int
    unsubscribe_site: int


class Subscription(NamedTuple):
    """The terms of a subscription; ``churn_a``, ``churn_b`` as ``churn_kind`` says."""

    number: int
    price: float
    unit_cost: float
    period: float
    trial: float
    max_cycles: int
    churn_kind: int
    churn_a: float
    churn_b: float
    propensity_site: int
    churn_site: int


class Offer(NamedTuple):
    """A stage of the journey: what is offered, and where a yes and a no lead."""

    stage: int
    kind: int
    is_tripwire: bool
    price: float
    unit_cost: float
    trust: float
    delay: Draw
    decision: Decision
    consumed: float
    consumed_site: int
    consumption: Draw
    subscription: Subscription | None
    starts_repeat: bool
    services: tuple[Service, ...]
    next_accept: int
    after_decline: int


class Repeat(NamedTuple):
    """Repeat buying: model, spend and sites, as in the plan's ``REPEAT`` row."""

    model: int
    r: float
    alpha: float
    a: float
    b: float
    spend_kind: int
    spend_p: float
    spend_q: float
    spend_v: float
    cost_share: float
    rate_site: int
    drop_out_site: int
    level_site: int
    gap_site: int
    stay_site: int
    life_site: int
    spend_site: int


class Channel(NamedTuple):
    """Where prospects come from: what each costs, and when they arrive."""

    cost: float
    arrival: Draw


class World(NamedTuple):
    """Everything that is not an offer; ``discount`` is a continuous rate per day."""

    horizon: float
    discount: float
    propensity_sd: float
    segment_site: int
    channel_site: int
    awareness_site: int
    propensity_site: int
    segment_cumulative: list[float]
    awareness_cumulative: list[list[float]]
    channel_cumulative: list[float]
    channels: tuple[Channel, ...]
    repeat: Repeat
    offers: tuple[Offer, ...]


Row = dict[str, Any]


def read_plan(plan: Plan) -> World:
    """Turn the plan's arrays into objects.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.

    Returns
    -------
    World
        The same numbers, with offers that hold all they need.

    Examples
    --------
    >>> from cvosim.plan import compile_plan
    >>> from cvosim.scenario import load_scenario
    >>> world = read_plan(compile_plan(load_scenario("carpet_cleaning")))
    >>> world.offers[0].decision.conversion
    0.22
    """
    world = _rows(plan.world)[0]
    arrival_site = world.pop("arrival_site")
    channels = _rows(plan.channels)
    return World(
        **world,
        segment_cumulative=plan.segment_cumulative.tolist(),
        awareness_cumulative=plan.awareness_cumulative.tolist(),
        channel_cumulative=[row["cumulative_share"] for row in channels],
        channels=tuple(
            Channel(row["cost"], _draw(row, "arrival", arrival_site)) for row in channels
        ),
        repeat=Repeat(**_rows(plan.repeat)[0]),
        offers=tuple(_offer(plan, stage, row) for stage, row in enumerate(_rows(plan.offers))),
    )


def _rows(table: np.ndarray[Any, Any]) -> list[Row]:
    names = table.dtype.names or ()
    return [dict(zip(names, row, strict=True)) for row in table.tolist()]


def _draw(row: Row, prefix: str, site: int) -> Draw:
    return Draw(row[f"{prefix}_kind"], row[f"{prefix}_a"], row[f"{prefix}_b"], site)


def _offer(plan: Plan, stage: int, row: Row) -> Offer:
    first, count = row["first_service"], row["n_services"]
    return Offer(
        stage=stage,
        kind=row["kind"],
        is_tripwire=bool(row["is_tripwire"]),
        price=row["price"],
        unit_cost=row["unit_cost"],
        trust=row["trust"],
        delay=_draw(row, "delay", row["delay_site"]),
        decision=_decision(plan, stage, row["accept_site"]),
        consumed=row["consumed"],
        consumed_site=row["consumed_site"],
        consumption=_draw(row, "consumption", row["consumption_site"]),
        subscription=_subscription(plan, row["subscription"]),
        starts_repeat=bool(row["starts_repeat"]),
        services=tuple(_service(plan, index) for index in range(first, first + count)),
        next_accept=row["next_accept"],
        after_decline=row["after_decline"],
    )


def _decision(plan: Plan, index: int, site: int) -> Decision:
    row = _rows(plan.decisions[index : index + 1])[0]
    return Decision(**row, site=site, shifts=plan.shifts[index].tolist())


def _service(plan: Plan, index: int) -> Service:
    row = _rows(plan.services[index : index + 1])[0]
    return Service(
        program=_program(plan, row["program"]),
        decision=_decision(plan, row["decision"], row["accept_site"]),
        price=row["price"],
        open_site=row["open_site"],
        click_site=row["click_site"],
        unsubscribe_site=row["unsubscribe_site"],
    )


def _program(plan: Plan, index: int) -> Program:
    row = _rows(plan.programs[index : index + 1])[0]
    first, count = row.pop("first_touch"), row.pop("n_touches")
    touches = _rows(plan.touches[first : first + count])
    return Program(**row, number=index, touches=tuple(Touch(**touch) for touch in touches))


def _subscription(plan: Plan, index: int) -> Subscription | None:
    if index < 0:
        return None
    row = _rows(plan.subscriptions[index : index + 1])[0]
    del row["stage"]  # the offer knows its own
    return Subscription(**row, number=index)
