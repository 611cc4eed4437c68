"""Random scenarios with zero effects, as a strategist's YAML: every stage, program and model.

Nothing moves a probability: fit, propensity and effects are left out, and trust is either not
gained at all or counts for nothing.
"""

from __future__ import annotations

from typing import Any

from helpers.random_plans import Dice
from helpers.richer_scenarios import enriched
from helpers.scenarios import from_raw

from cvosim.scenario import Scenario

Raw = dict[str, Any]

_MAXIMIZERS = ("upsell", "cross_sell", "slack_adjuster", "subscription", "subscription")
_PARTNERS = ("affiliate", "joint_venture")
_PROGRAMS = ("exit_offer", "follow_up", "remarketing")  # in an order in which they may serve


def random_scenario(number: int) -> Scenario:
    """Scenario ``number`` of an endless list."""
    return from_raw(random_raw(number))


def random_raw(number: int) -> Raw:
    """What the file of scenario ``number`` holds."""
    dice = Dice(number)
    return enriched(_plain(number, dice), Dice(number, stream=2))


def _plain(number: int, dice: Dice) -> Raw:
    segments: list[Raw] = [
        {"name": "owners", "share": 0.3, "awareness": {"problem": 0.5, "product": 0.5}},
        {"name": "renters", "share": 0.7, "price_sensitivity": 0.0},
    ]
    return {
        "schema_version": 1,
        "name": f"Random {number}",
        "horizon_days": dice.horizon,
        "market": {"segments": segments},
        "channels": _channels(dice),
        "journey": _journey(dice),
        "economics": {"discount_rate": dice.one_of(0.0, 0.1, 0.6)},
    }


def _channels(dice: Dice) -> list[Raw]:
    count = int(dice.between(1, 4))
    table = []
    for index in range(count):
        channel: Raw = {"name": f"channel_{index}", "share": 1 / count}
        channel |= {"kind": dice.one_of("paid", "earned", "owned")}
        channel["cost_per_prospect"] = dice.one_of(0.0, dice.between(0, 2))
        if not dice.round and dice.happens(0.5):
            days = dice.one_of(1.0, 0.5, dice.between(0.1, 1)) * dice.horizon
            channel["arrivals"] = {"kind": "uniform", "over_days": days}
        table.append(channel)
    return table


def _journey(dice: Dice) -> Raw:
    journey: Raw = {}
    idle = dice.happens(0.5)  # trust is gained, and counts for nothing
    if dice.happens(0.6):
        magnet = _offer(dice, "guide", idle) | _delay(dice, "time_to_value", 3.0)
        journey["lead_magnet"] = magnet | {"consumed": dice.between(0, 1)}
    if dice.happens(0.5):
        journey["tripwire"] = _offer(dice, "sample", idle) | _price(dice)
    if dice.happens(0.6) or not journey:
        journey["core_offer"] = _offer(dice, "works", idle) | _price(dice)
    required = list(journey)
    extras = [_maximizer(dice, index, idle) for index in range(int(dice.between(0, 4)))]
    stages = required + [extra["name"] for extra in extras]
    programs = _programs(dice, stages)
    served = {stage for program in programs for stage in program["at"]}
    for key in required:
        if key not in served:
            journey[key]["on_decline"] = dice.one_of("continue", "continue", "exit", "return_path")
    if dice.happens(0.7):
        journey["repeat_purchases"] = _repeat(dice, stages)
    return journey | {"profit_maximizers": extras, "return_path": programs}


def _offer(dice: Dice, name: str, idle: bool) -> Raw:
    offer = {
        "name": name,
        "conversion": _conversion(dice),
        "unit_cost": dice.one_of(0.0, dice.between(0, 50)),
        **_delay(dice, "delay", 0.15 * dice.horizon),
    }
    return offer | ({"trust": dice.between(-2, 2), "trust_weight": 0.0} if idle else {})


def _conversion(dice: Dice) -> float:
    return float(dice.one_of(dice.between(0.1, 0.9), dice.between(0.1, 0.9), 1.0, 0.3, 0.0))


def _price(dice: Dice) -> Raw:
    return {"commitment": "time"} if dice.happens(0.2) else {"price": dice.between(5, 200)}


def _delay(dice: Dice, key: str, longest: float) -> Raw:
    typical, shape = dice.between(0.02, longest), dice.between(0.6, 4.0)
    fixed = {"kind": "fixed", "days": dice.days(longest)}
    delays: list[Raw] = [
        fixed,
        {"kind": "exponential", "mean_days": typical},
        {"kind": "lognormal", "median_days": typical, "sigma": 0.3 * shape},
        {"kind": "gamma", "mean_days": typical, "shape": shape},
        {"kind": "weibull", "scale_days": typical, "shape": shape},
        {"kind": "uniform", "low_days": 0.5 * typical, "high_days": typical + 0.5},
    ]
    if dice.happens(0.15):
        return {}
    return {key: fixed if dice.round else dice.one_of(*delays)}


def _maximizer(dice: Dice, index: int, idle: bool) -> Raw:
    offer = _offer(dice, f"extra_{index}", idle)
    offer |= {"kind": dice.one_of(*_MAXIMIZERS), "price": dice.between(5, 200)}
    if offer["kind"] == "cross_sell" and dice.happens(0.5):
        del offer["unit_cost"]  # a partner's goods cost the partner
        offer |= {"kind": dice.one_of(*_PARTNERS), "commission": dice.between(0.05, 1)}
    if offer["kind"] != "subscription":
        return offer
    chance = dice.one_of(0.0, dice.between(0, 0.6))
    geometric = {"kind": "geometric", "probability": chance}
    sbg = {"kind": "sbg", "alpha": dice.between(0.5, 3.0), "beta": dice.between(0.5, 6.0)}
    return offer | {
        "period_days": max(dice.days(0.3 * dice.horizon), 1.0),
        "trial_days": dice.one_of(0.0, 0.0, dice.days(0.1 * dice.horizon)),
        "max_cycles": dice.one_of(None, 3, 1),
        "churn": dice.one_of(geometric, sbg),
    }


def _programs(dice: Dice, stages: list[str]) -> list[Raw]:
    kinds = [kind for kind in _PROGRAMS for _ in range(int(dice.between(0, 2.4)))]
    programs = []
    for index, kind in enumerate(kinds):
        at = [stage for stage in stages if dice.happens(0.5)]
        program: Raw = {"kind": kind, "name": f"program_{index}", "at": at or stages[:1]}
        program["conversion"] = _conversion(dice)
        programs.append(program | _terms(dice, kind))
    return programs


def _terms(dice: Dice, kind: str) -> Raw:
    if kind == "exit_offer":
        return {"discount": dice.one_of(0.0, 0.2), "cost": dice.one_of(0.0, dice.between(0, 2))}
    if kind == "follow_up":
        gaps = [max(dice.days(0.1 * dice.horizon), 0.1) for _ in range(int(dice.between(1, 5)))]
        first = 0.0 if dice.happens(0.2) else gaps[0]
        return {
            "days": [first + sum(gaps[1 : k + 1]) for k in range(len(gaps))],
            "open": dice.between(0.3, 1),
            "click": dice.between(0.3, 1),
            "unsubscribe": dice.one_of(0.0, 0.2),
            "fatigue": dice.one_of(1.0, 0.9),
            "cost": dice.between(0, 2),
        }
    window = max(dice.days(0.4 * dice.horizon), 0.5)
    return {
        "window_days": window,
        "impressions_per_day": 100.0 / dice.horizon,
        "click": dice.one_of(0.0, 0.05, 0.02),
        "cpm": dice.between(0, 10.0 * dice.horizon),
        "frequency_cap": dice.one_of(None, 10, 30),
    }


def _repeat(dice: Dice, stages: list[str]) -> Raw:
    rate = {"r": dice.between(0.3, 3), "alpha_days": dice.between(0.05, 0.5) * dice.horizon}
    first, second = dice.between(0.4, 2), dice.between(0.5, 4)
    life = 0.3 * dice.horizon * second
    frequencies = (
        {"model": "poisson", "mean_days": dice.horizon / dice.between(0.1, 10)},
        {"model": "bg_nbd", **rate, "a": first, "b": second},
        {"model": "pareto_nbd", **rate, "s": first, "beta_days": life},
    )
    q, v = dice.between(4.5, 14), dice.between(5, 60)
    spends = (
        {"model": "fixed", "amount": dice.between(2, 8)},
        {"model": "lognormal", "median": dice.between(2, 8), "sigma": dice.between(0.1, 0.8)},
        {"model": "gamma_gamma", "p": dice.between(2, 8), "q": q, "v": v},
    )
    return {
        "after": dice.one_of(*stages),
        "frequency": dice.one_of(*frequencies),
        "spend": dice.one_of(*spends),
        "margin": dice.between(0, 1),
    }
