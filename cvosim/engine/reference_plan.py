"""Reading a plan for the reference engine: from rows that point at each other to objects."""

from __future__ import annotations

from typing import Any

import numpy as np

from cvosim.engine.reference_world import (
    Aim,
    Channel,
    Decision,
    Draw,
    Engage,
    Experience,
    Offer,
    Piece,
    Program,
    Referral,
    Repeat,
    Retention,
    Service,
    Subscription,
    Tier,
    Touch,
    World,
)
from cvosim.plan.plan import Plan
from cvosim.tables.schema import AWARENESS

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
    del world["looks_back"]  # the kernel's short cut
    arrival_site = world.pop("arrival_site")
    channels = _rows(plan.channels)
    return World(
        **world,
        segment_cumulative=plan.segment_cumulative.tolist(),
        awareness_cumulative=plan.awareness_cumulative.tolist(),
        channel_cumulative=[row["cumulative_share"] for row in channels],
        arrival_days=plan.arrival_days.tolist(),
        channels=tuple(_channel(row, arrival_site) for row in channels),
        offers=tuple(_offer(plan, stage, row) for stage, row in enumerate(_rows(plan.offers))),
        repeat=Repeat(**_rows(plan.repeat)[0], season=plan.season.tolist()),
        engage=_engage(plan),
        experience=_experience(plan),
        tiers=tuple(Tier(**row) for row in _rows(plan.tiers)),
        referral=_referral(plan),
        retention=tuple(
            _retention(plan, index, row) for index, row in enumerate(_rows(plan.retention))
        ),
    )


def _rows(table: np.ndarray[Any, Any]) -> list[Row]:
    names = table.dtype.names or ()
    return [dict(zip(names, row, strict=True)) for row in table.tolist()]


def _draw(row: Row, prefix: str, site: int) -> Draw:
    return Draw(row[f"{prefix}_kind"], row[f"{prefix}_a"], row[f"{prefix}_b"], site)


def _take_draw(row: Row, prefix: str) -> Draw:
    """Take the four fields of a draw out of a row."""
    return Draw(*(row.pop(f"{prefix}_{field}") for field in ("kind", "a", "b", "site")))


def _channel(row: Row, site: int) -> Channel:
    return Channel(
        cost=row["cost"],
        reached=row["reached"],
        arrival=_draw(row, "arrival", site),
        first_day=row["first_day"],
        n_days=row["n_days"],
        start=row["start"],
        day_length=row["day_length"],
    )


def _offer(plan: Plan, stage: int, row: Row) -> Offer:
    first, count = row["first_service"], row["n_services"]
    return Offer(
        stage=stage,
        kind=row["kind"],
        is_tripwire=bool(row["is_tripwire"]),
        aim=_aim(plan, row["aim"]),
        is_attended=bool(row["attended"]),
        price=row["price"],
        unit_cost=row["unit_cost"],
        trust=row["trust"],
        referral_reward=row["referral_reward"],
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


def _aim(plan: Plan, index: int) -> Aim | None:
    if index < 0:
        return None
    return Aim(**_rows(plan.aims[index : index + 1])[0], allowed=plan.aimed[index].tolist())


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
    first, count, aim = row.pop("first_touch"), row.pop("n_touches"), row.pop("aim")
    touches = _rows(plan.touches[first : first + count])
    return Program(
        **row,
        number=index,
        aim=_aim(plan, aim),
        touches=tuple(Touch(**touch) for touch in touches),
    )


def _retention(plan: Plan, index: int, row: Row) -> Retention:
    decision, site = row.pop("decision"), row.pop("accept_site")
    program = _program(plan, row.pop("program"))
    return Retention(**row, number=index, program=program, decision=_decision(plan, decision, site))


def _subscription(plan: Plan, index: int) -> Subscription | None:
    if index < 0:
        return None
    row = _rows(plan.subscriptions[index : index + 1])[0]
    del row["stage"]  # the offer knows its own
    trial, site = row.pop("trial_decision"), row.pop("trial_site")
    decision = _decision(plan, trial, site) if trial >= 0 else None
    return Subscription(**row, number=index, trial_decision=decision)


def _engage(plan: Plan) -> Engage | None:
    for row in _rows(plan.engage):
        every = _take_draw(row, "every")
        content = tuple(_piece(plan, piece) for piece in _rows(plan.content))
        return Engage(**row, every=every, content=content)
    return None


def _piece(plan: Plan, row: Row) -> Piece:
    first, site = row.pop("first_decision"), row.pop("accept_site")
    decisions = (_decision(plan, first + rung, site) for rung in range(len(AWARENESS)))
    return Piece(**row, decisions=tuple(decisions))


def _experience(plan: Plan) -> Experience | None:
    for row in _rows(plan.experience):
        delivery, answer = _take_draw(row, "delivery"), _take_draw(row, "answer")
        return Experience(**row, delivery=delivery, answer=answer)
    return None


def _referral(plan: Plan) -> Referral | None:
    for row in _rows(plan.referral):
        delay = _take_draw(row, "delay")
        return Referral(**row, delay=delay)
    return None
