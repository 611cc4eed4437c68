"""Random plans in which it matters who decides and with what trust, and orders have a sequel."""

from __future__ import annotations

import numpy as np
from helpers.random_plans import Dice, random_plan

from cvosim.plan import plan as p
from cvosim.plan.plan import OfferKind
from cvosim.randomness.distributions import Distribution

_FREE_SITES = 10_000  # random plans number theirs from 1


def swayed_plan(number: int) -> p.Plan:
    """Random plan ``number`` with effects, trust and, every other time, experience."""
    plan, dice = random_plan(number), Dice(number, stream=5)
    _trust(plan, dice)
    shifts = np.array([dice.between(-1.2, 1.2) for _ in range(plan.shifts.size)])
    plan = plan._replace(shifts=shifts.reshape(plan.shifts.shape))
    return _experienced(plan, dice) if dice.happens(0.5) else plan


def _trust(plan: p.Plan, dice: Dice) -> None:
    """Trust that counts; a guide is read at once, or gives none."""
    for table in (plan.offers, plan.content):
        for row in table:
            row["trust"] = dice.one_of(0.0, dice.between(-1, 1.5))
    for offer in plan.offers:
        if offer["kind"] == OfferKind.LEAD_MAGNET and dice.happens(0.7):
            offer["consumption_kind"], offer["consumption_a"] = Distribution.FIXED, 0.0
        elif offer["kind"] == OfferKind.LEAD_MAGNET:
            offer["trust"] = 0.0
    decisions = plan.decisions
    for row in decisions:
        row["trust_weight"] = dice.one_of(0.0, 1.0, dice.between(0.2, 1.5))
        row["reference_trust"] = dice.between(-0.5, 1.0)
    inside = (decisions["conversion"] > 0.0) & (decisions["conversion"] < 1.0)
    conversion = np.where(inside, decisions["conversion"], 0.5)
    decisions["logit"] = np.log(conversion / (1.0 - conversion))


def _experienced(plan: p.Plan, dice: Dice) -> p.Plan:
    """Deliveries, tickets and returns, which change no mind."""
    row = {
        "ticket": dice.between(0, 0.6),
        "resolved": dice.between(0, 1),
        "satisfaction": 8.0,
        "satisfaction_sd": 1.5,
        "effort": 3.0,
        "effort_sd": 1.0,
        "returned": dice.one_of(0.0, dice.between(0, 0.5)),
        "refund": dice.between(0.2, 1),
        **_delay(dice, "delivery"),
        **_delay(dice, "answer"),
    }
    table = p.rows(p.EXPERIENCE, [row])
    for site, field in enumerate(name for name in table.dtype.names or () if "_site" in name):
        table[field] = _FREE_SITES + site
    world = plan.world.copy()
    world["looks_back"] = world["keeps_extras"] = 1
    return plan._replace(experience=table, world=world)


def _delay(dice: Dice, prefix: str) -> dict[str, float]:
    fixed = {f"{prefix}_a": dice.days(0.1 * dice.horizon)}
    if dice.round or dice.happens(0.4):
        return fixed
    kind = {f"{prefix}_kind": Distribution.GAMMA, f"{prefix}_b": dice.between(0.7, 3)}
    return kind | {f"{prefix}_a": dice.between(0.005, 0.06) * dice.horizon}
