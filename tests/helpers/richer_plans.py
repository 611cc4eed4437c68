"""What random plans may have beyond the spine, as far as theory has closed forms for it.

Nothing of it moves a probability from customer to customer, save that content converts by rung
and aims leave some out.
"""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np

from cvosim.plan import plan as p
from cvosim.plan.plan import LOST, OfferKind, RepeatModel
from cvosim.randomness.distributions import Distribution


class Cup(Protocol):
    """What is needed of `helpers.random_plans.Dice`."""

    horizon: float
    round: bool

    def between(self, low: float, high: float) -> float: ...
    def happens(self, probability: float) -> bool: ...
    def days(self, longest: float) -> float: ...


def enriched(plan: p.Plan, dice: Cup) -> p.Plan:
    """Add arrivals, attendance, trials, contracts, seasons, content, aims, returns by chance."""
    plan = _reach(plan, dice)
    _attendance(plan, dice)
    plan = _contracts(plan, dice)
    plan = _season(plan, dice)
    plan = _engagement(plan, dice)
    return _experience(_aims(plan, dice), dice)


def _reach(plan: p.Plan, dice: Cup) -> p.Plan:
    """Channels whose budget reaches a part, or whose arrivals follow a curve."""
    curves: list[float] = []
    for channel in plan.channels:
        if dice.happens(0.3):
            channel["reached"] = dice.between(0.3, 1.0)
        if dice.round or not dice.happens(0.3):
            continue
        count = 1 + int(dice.between(0, 1.2) * dice.horizon)
        weights = [dice.between(0, 1) if dice.happens(0.7) else 0.0 for _ in range(count)]
        weights[0] += 0.1
        running = np.cumsum(weights) / math.fsum(weights)
        last = int(np.flatnonzero(weights)[-1])
        running[last:] = 1.0
        channel["first_day"], channel["n_days"] = len(curves), count
        channel["day_length"] = 1.0
        curves += running.tolist()
    return plan._replace(arrival_days=np.array(curves))


def _attendance(plan: p.Plan, dice: Cup) -> None:
    """Commitments of time that are kept by some; whether and when was drawn for every offer."""
    for offer in plan.offers:
        if offer["kind"] == OfferKind.TIME and dice.happens(0.5):
            offer["attended"] = 1


def _contracts(plan: p.Plan, dice: Cup) -> p.Plan:
    """Subscribers who are bound for a while, and trials that not everybody pays after."""
    deciding = []
    for row in plan.subscriptions:
        if dice.happens(0.4):
            row["contract"] = 1 + int(dice.between(0, 3))
            row["notice"] = row["period"] * (0.5 if dice.happens(0.5) else dice.between(0, 1))
        if row["trial"] > 0 and dice.happens(0.6):
            row["trial_decision"] = len(plan.decisions) + len(deciding)
            deciding.append({"conversion": dice.between(0.2, 1.0)})
    return _more_decisions(plan, deciding)


def _more_decisions(plan: p.Plan, more: list[dict[str, float]]) -> p.Plan:
    shifts = np.zeros((len(more), *plan.shifts.shape[1:]))
    return plan._replace(
        decisions=np.concatenate((plan.decisions, p.rows(p.DECISION, more))),
        shifts=np.concatenate((plan.shifts, shifts)),
    )


def _season(plan: p.Plan, dice: Cup) -> p.Plan:
    """Days on which purchases are rarer, some on which there are none; MBG/NBD for BG/NBD."""
    repeat = plan.repeat[0]
    if repeat["model"] == RepeatModel.BG_NBD and dice.happens(0.4):
        repeat["model"] = RepeatModel.MBG_NBD
    if repeat["model"] == RepeatModel.NONE or not dice.happens(0.3):
        return plan
    repeat["season_peak"] = dice.between(1.0, 2.5)
    months = [1.0, *(dice.between(0.2, 1) if dice.happens(0.8) else 0.0 for _ in range(24))]
    days = np.arange(math.ceil(dice.horizon))
    return plan._replace(season=np.array(months)[(days + int(dice.between(0, 30))) // 30 % 25])


def _engagement(plan: p.Plan, dice: Cup) -> p.Plan:
    """Content before everything else; in place of the first offer, whoever declines goes on."""
    if len(plan.offers) < 2 or not dice.happens(0.25):
        return plan
    first = plan.offers[0]
    if first["kind"] == OfferKind.SUBSCRIPTION or first["starts_repeat"]:
        return plan
    first["kind"], first["price"], first["unit_cost"] = OfferKind.ENGAGE, 0.0, 0.0
    first["attended"] = first["is_tripwire"] = first["consumed"] = 0
    first["after_decline"] = 1 if dice.happens(0.7) else LOST
    plan.services["price"][: first["n_services"]] = 0.0
    row = {"exposures": 1 + int(dice.between(0, 4)), "every_kind": Distribution.FIXED}
    row |= {"every_a": dice.days(0.1 * dice.horizon)}
    if not dice.round and dice.happens(0.5):
        row |= {"every_kind": Distribution.EXPONENTIAL, "every_a": 0.1 + row["every_a"]}
    row |= {"targeting": dice.between(0, 1), "lift": dice.between(0, 1)}
    content, deciding = [], []
    for _ in range(1 + int(dice.between(0, 4))):
        piece = {"rung": int(dice.between(0, 4)), "reach": dice.between(0.3, 1)}
        piece |= {"unit_cost": dice.between(0, 1)}
        content.append(piece | {"first_decision": len(plan.decisions) + len(deciding)})
        deciding += [{"conversion": dice.between(0.05, 0.6)} for _ in range(4)]
    plan = _more_decisions(plan, deciding)
    return plan._replace(
        engage=p.rows(p.ENGAGE, [row]),
        content=p.rows(p.CONTENT, content),
        world=_with(plan.world, "keeps_extras"),
    )


def _with(world: p.Records, *flags: str) -> p.Records:
    for flag in flags:
        world[flag] = 1
    return world


def _experience(plan: p.Plan, dice: Cup) -> p.Plan:
    """Deliveries, tickets and returns, where no season thins orders; scores that move nothing."""
    if len(plan.season) or not dice.happens(0.3):
        return plan
    row = {"satisfaction": 7.5, "satisfaction_sd": 1.5, "effort": 3.0, "effort_sd": 1.0}
    row |= {"ticket": dice.between(0, 1), "resolved": dice.between(0, 1)}
    row |= {"resolved_effect": 1.0, "unresolved_effect": -2.0}
    row |= {"returned": dice.between(0, 0.5), "refund": dice.between(0, 1)}
    for prefix in ("delivery", "answer"):
        days = dice.days(0.1 * dice.horizon)
        fixed = dice.round or dice.happens(0.4)
        kind = Distribution.FIXED if fixed else Distribution.EXPONENTIAL
        row |= {f"{prefix}_kind": kind, f"{prefix}_a": days if fixed else 0.1 + days}
    return plan._replace(
        experience=p.rows(p.EXPERIENCE, [row]),
        world=_with(plan.world, "keeps_extras", "looks_back"),
    )


def _aims(plan: p.Plan, dice: Cup) -> p.Plan:
    """Offers and programs that pass some segments or channels by."""
    allowed = []
    for table in (plan.offers, plan.programs):
        for row in table:
            if dice.happens(0.15):
                row["aim"] = len(allowed)
                allowed.append([dice.happens(0.7) for _ in range(2 * len(plan.channels))])
    n_channels = len(plan.channels)
    everybody = {"max_days_since_order": math.inf}
    return plan._replace(
        aims=p.rows(p.AIM, [everybody] * len(allowed)),
        aimed=np.array(allowed, np.uint8).reshape(len(allowed), 2, n_channels, 1),
    )
