"""Random plans with zero effects: every stage kind, program, delay and process, edges included."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from helpers.richer_plans import enriched

from cvosim.plan import plan as p
from cvosim.plan.plan import END, LOST, NONE, ChurnKind, OfferKind, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.philox_plain import uniform

Row = dict[str, Any]

_HORIZONS = (7.0, 30.0, 45.5, 90.0, 365.0, 730.0)
_RATE = math.log(1.1) / 365.0
_RUNGS = (0.1, 0.5, 0.8, 1.0), (0.0, 1.0, 1.0, 1.0)
_KINDS = (ProgramKind.EXIT_OFFER, ProgramKind.FOLLOW_UP, ProgramKind.REMARKETING)


class Dice:
    """Luck with an address: plan number ``number`` is always the same.

    ``stream`` is another cup of dice for the same plan, so that what is added to plans later
    leaves what they have as it was.
    """

    def __init__(self, number: int, stream: int = 1) -> None:
        self._number = number
        self._stream = 1
        self._rolled = 0
        self.horizon = float(self.one_of(*_HORIZONS, self.between(5, 500)))
        self.round = self.happens(0.2)  # every time is fixed, and sums of times hit the horizon
        self._stream = stream

    def between(self, low: float, high: float) -> float:
        self._rolled += 1
        return low + (high - low) * uniform(2026, self._number, self._stream, self._rolled)

    def one_of(self, *choices: Any) -> Any:
        return choices[int(self.between(0, len(choices)))]

    def happens(self, probability: float) -> bool:
        return self.between(0, 1) < probability

    def days(self, longest: float) -> float:
        """Often whole; now and then a part of the horizon."""
        if self.round or self.happens(0.1):
            return self.horizon * float(self.one_of(0.125, 0.25, 0.5))
        days = self.between(0, longest)
        return float(round(days)) if self.happens(0.5) else days


def random_plan(number: int) -> p.Plan:
    """Plan ``number`` of an endless list."""
    dice = Dice(number)
    horizon = dice.horizon
    n_stages = int(dice.between(1, 7))
    kinds = [_kind(dice, stage) for stage in range(n_stages)]
    programs, touches = _programs(dice, horizon)
    decisions, services, offers, subscriptions = [], [], [], []
    for stage in range(n_stages):
        decisions.append({"conversion": _conversion(dice)})
        offers.append(_offer(dice, stage, n_stages, kinds[stage], horizon))
    for stage, offer in enumerate(offers):
        serving = [i for i in range(len(programs)) if dice.happens(0.5)]
        offer |= {"first_service": len(services), "n_services": len(serving)}
        for program in serving:
            price = offer["price"] * dice.one_of(1.0, 0.8)
            row = {"program": program, "decision": len(decisions), "price": price}
            services.append(row)
            decisions.append({"conversion": _conversion(dice)})
        if offer["kind"] == OfferKind.SUBSCRIPTION:
            offer["subscription"] = len(subscriptions)
            subscriptions.append(_subscription(dice, stage, offer, horizon))
    repeat: Row = {"model": RepeatModel.NONE}
    if dice.happens(0.7):
        offers[int(dice.between(0, n_stages))]["starts_repeat"] = 1
        repeat = _repeat(dice, horizon)
    n_channels = int(dice.between(1, 4))
    decisions = [row | _idle_trust(dice) for row in decisions]
    world = {"horizon": horizon, "discount": dice.one_of(0.0, _RATE, 5 * _RATE)}
    plan = p.Plan(
        world=p.rows(p.WORLD, [world]),
        segment_cumulative=np.array([0.3, 1.0]),
        awareness_cumulative=np.array([[_RUNGS[0]] * n_channels, [_RUNGS[1]] * n_channels]),
        channels=p.rows(p.CHANNEL, _channels(dice, n_channels, horizon)),
        offers=p.rows(p.OFFER, offers),
        decisions=p.rows(p.DECISION, decisions),
        shifts=np.zeros((len(decisions), 2, n_channels, 4)),
        services=p.rows(p.SERVICE, services),
        programs=p.rows(p.PROGRAM, programs),
        touches=p.rows(p.TOUCH, touches),
        subscriptions=p.rows(p.SUBSCRIPTION, subscriptions),
        repeat=p.rows(p.REPEAT, [repeat]),
        engage=p.rows(p.ENGAGE, []),
        content=p.rows(p.CONTENT, []),
        experience=p.rows(p.EXPERIENCE, []),
        tiers=p.rows(p.TIER, []),
        referral=p.rows(p.REFERRAL, []),
        retention=p.rows(p.RETENTION, []),
        aims=p.rows(p.AIM, []),
        aimed=np.zeros((0, 2, n_channels, 1), np.uint8),
        arrival_days=np.zeros(0),
        season=np.zeros(0),
        segment_names=np.array(["owners", "renters"], dtype="U63"),
        channel_names=np.array([f"channel{i}" for i in range(n_channels)], dtype="U63"),
        stage_names=np.array([f"stage{i}" for i in range(n_stages)], dtype="U63"),
        program_names=np.array([f"program{i}" for i in range(len(programs))], dtype="U63"),
        tier_names=np.zeros(0, "U63"),
    )
    return number_sites(enriched(plan, Dice(number, stream=2)))


def number_sites(plan: p.Plan) -> p.Plan:
    """Give every decision site of the plan its own number."""
    site = 0
    first = (plan.world, plan.offers, plan.services, plan.subscriptions, plan.repeat)
    for table in (*first, plan.engage, plan.content, plan.experience):
        for field in table.dtype.names or ():
            if field.endswith("_site"):
                table[field] = np.arange(site + 1, site + 1 + len(table))
                site += len(table)
    return plan


def _kind(dice: Dice, stage: int) -> OfferKind:
    if stage == 0 and dice.happens(0.6):
        return OfferKind.LEAD_MAGNET
    if stage > 0 and dice.happens(0.25):
        return OfferKind.SUBSCRIPTION
    return OfferKind.TIME if dice.happens(0.2) else OfferKind.MONEY


def _conversion(dice: Dice) -> float:
    return float(dice.one_of(dice.between(0.1, 0.9), dice.between(0.1, 0.9), 1.0, 0.3, 0.0))


def _idle_trust(dice: Dice) -> Row:
    return {"trust_weight": dice.one_of(0.0, 1.0)}


def _delay(dice: Dice, prefix: str, longest: float) -> Row:
    kind = Distribution(0 if dice.round else int(dice.between(0, 6)))
    a, b = dice.between(0.02, longest), 0.0
    match kind:
        case Distribution.FIXED:
            a = dice.one_of(0.0, dice.days(longest))
        case Distribution.LOGNORMAL:
            b = dice.between(0.2, 1.2)
        case Distribution.GAMMA | Distribution.WEIBULL:
            b = dice.between(0.6, 4.0)
        case Distribution.UNIFORM:
            a, b = 0.5 * a, a + 0.5
    return {f"{prefix}_kind": kind, f"{prefix}_a": a, f"{prefix}_b": b}


def _offer(dice: Dice, stage: int, n_stages: int, kind: OfferKind, horizon: float) -> Row:
    following = stage + 1 if stage + 1 < n_stages else END
    return {
        "kind": kind,
        "is_tripwire": stage == 1 and kind == OfferKind.MONEY,
        "price": dice.between(5, 200) if kind in (OfferKind.MONEY, OfferKind.SUBSCRIPTION) else 0.0,
        "unit_cost": dice.one_of(0.0, dice.between(0, 50)),
        "consumed": dice.between(0, 1),
        "subscription": NONE,
        "aim": NONE,
        "next_accept": following,
        "after_decline": dice.one_of(LOST, following, following),
        **_delay(dice, "delay", 0.15 * horizon),
        **_delay(dice, "consumption", 3.0),
    }


def _programs(dice: Dice, horizon: float) -> tuple[list[Row], list[Row]]:
    programs, touches = [], []
    for _ in range(int(dice.between(0, 4))):
        row: Row = {"kind": dice.one_of(*_KINDS), "aim": NONE}
        match row["kind"]:
            case ProgramKind.EXIT_OFFER:
                row["cost"] = dice.one_of(0.0, dice.between(0, 2))
            case ProgramKind.FOLLOW_UP:
                n = int(dice.between(0, 5))
                row |= {"cost": dice.between(0, 2), "click": dice.between(0.3, 1)}
                row |= {"unsubscribe": dice.one_of(0.0, 0.2), "first_touch": len(touches)}
                row["n_touches"] = n
                opened = dice.between(0.3, 1)
                touches += [
                    {"gap": dice.days(0.1 * horizon), "open": opened * 0.9**k} for k in range(n)
                ]
            case ProgramKind.REMARKETING:
                row |= {"window": dice.days(0.4 * horizon), "cost_rate": dice.between(0, 1)}
                row["click_rate"] = dice.one_of(0.0, 5, 2) / horizon
        programs.append(row)
    return programs, touches


def _subscription(dice: Dice, stage: int, offer: Row, horizon: float) -> Row:
    is_sbg = dice.happens(0.5)
    return {
        "stage": stage,
        "price": offer["price"],
        "unit_cost": offer["unit_cost"],
        "period": max(dice.days(0.3 * horizon), 1.0),
        "trial": dice.one_of(0.0, 0.0, dice.days(0.1 * horizon)),
        "max_cycles": dice.one_of(2**31 - 1, 3, 1),
        "churn_kind": ChurnKind.SBG if is_sbg else ChurnKind.GEOMETRIC,
        "churn_a": dice.between(0.5, 3.0) if is_sbg else dice.one_of(0.0, dice.between(0, 0.6)),
        "churn_b": dice.between(0.5, 6.0),
        "trial_decision": NONE,
        "contract": 1,
    }


def _repeat(dice: Dice, horizon: float) -> Row:
    model = dice.one_of(RepeatModel.POISSON, RepeatModel.BG_NBD, RepeatModel.PARETO_NBD)
    row: Row = {"model": model, "cost_share": dice.between(0, 1)}
    if model == RepeatModel.POISSON:
        row["r"] = dice.between(0, 10) / horizon
    else:
        row |= {"r": dice.between(0.3, 3), "alpha": dice.between(0.05, 0.5) * horizon}
        row |= {"a": dice.between(0.4, 2), "b": dice.between(0.5, 4)}
        if model == RepeatModel.PARETO_NBD:
            row["b"] *= 0.3 * horizon
    kind = dice.one_of(Distribution.FIXED, Distribution.LOGNORMAL, Distribution.GAMMA)
    row |= {"spend_kind": kind, "spend_p": dice.between(2, 8)}
    if kind == Distribution.LOGNORMAL:
        row["spend_q"] = dice.between(0.1, 0.8)
    if kind == Distribution.GAMMA:
        row |= {"spend_q": dice.between(4.5, 14), "spend_v": dice.between(5, 60)}
    return row


def _channels(dice: Dice, count: int, horizon: float) -> list[Row]:
    cuts = sorted(dice.between(0, 1) for _ in range(count - 1))
    table = []
    for share in (*cuts, 1.0):
        row: Row = {"cumulative_share": share, "cost": dice.one_of(0.0, dice.between(0, 2))}
        row["reached"] = 1.0
        row["arrival_kind"] = dice.one_of(Distribution.FIXED, Distribution.UNIFORM)
        if dice.round:
            row["arrival_kind"] = Distribution.FIXED
        elif row["arrival_kind"] == Distribution.UNIFORM:
            row["arrival_b"] = dice.one_of(horizon, dice.days(1.3 * horizon) + 1.0)
        else:
            row["arrival_a"] = dice.one_of(0.0, 0.0, dice.days(0.2 * horizon))
        table.append(row)
    return table
