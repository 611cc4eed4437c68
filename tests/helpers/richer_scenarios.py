"""What random scenarios may have beyond the spine, as far as theory has closed forms for it.

Still nothing moves a probability: order, arrivals, costs, attendance, trials, contracts, seasons;
content converts by rung, aims leave some people out, and orders are delivered and sent back.
"""

from __future__ import annotations

from typing import Any

from helpers.random_plans import Dice

Raw = dict[str, Any]

_SLOTS = ("lead_magnet", "tripwire", "core_offer", "profit_maximizers")


def enriched(raw: Raw, dice: Dice) -> Raw:
    """Add to a scenario of the spine by chance."""
    if dice.happens(0.4):
        raw["calendar"] = {"start": f"2026-{1 + int(dice.between(0, 12)):02d}-17"}
        _seasons(raw, dice)
    for channel in raw["channels"]:
        _cost(channel, dice)
        _arrivals(channel, dice, "calendar" in raw)
    journey = raw["journey"]
    if dice.happens(0.3):
        _order(journey, dice)
    for slot in ("tripwire", "core_offer"):
        if journey.get(slot, {}).get("commitment") == "time" and dice.happens(0.6):
            journey[slot] |= {"attendance": dice.between(0, 1), "starts_after": _appointment(dice)}
    for offer in journey["profit_maximizers"]:
        if offer["kind"] == "subscription":
            _terms(offer, dice)
    repeat = journey.get("repeat_purchases")
    if repeat and repeat["frequency"]["model"] == "bg_nbd" and dice.happens(0.4):
        repeat["frequency"]["model"] = "mbg_nbd"
    if dice.happens(0.35):
        _new_step(journey, dice, "engage", _content(dice))
    if dice.happens(0.35):
        victory = {"name": "first_win", "conversion": dice.between(0.2, 1)}
        _new_step(journey, dice, "excite", victory | {"delay": _appointment(dice)})
    if dice.happens(0.35):
        journey["experience"] = _service(dice)
    for part in (*_offers(journey), *journey["return_path"]):
        if dice.happens(0.08):
            part["aim"] = _aim(raw, dice)
    return raw


def _seasons(raw: Raw, dice: Dice) -> None:
    """No month without any: whoever has no day to arrive on is refused."""
    seasons = {}
    if not dice.round and dice.happens(0.5):
        seasons["arrivals"] = [dice.between(0.2, 2) for _ in range(12)]
    if dice.happens(0.6):
        months = [dice.between(0.2, 2) if dice.happens(0.8) else 0.0 for _ in range(11)]
        seasons["purchases"] = [1.0, *months]
    if seasons:
        raw["seasonality"] = seasons


def _cost(channel: Raw, dice: Dice) -> None:
    if dice.happens(0.2):
        channel["cpc"] = channel.pop("cost_per_prospect")
    elif dice.happens(0.2):
        channel |= {"cpm": 1000 * channel.pop("cost_per_prospect") / 50, "impressions": 50}
    elif dice.happens(0.3):
        del channel["cost_per_prospect"]
        hill = {"kind": "hill", "saturation": 2000, "half_spend": 900, "shape": dice.between(1, 2)}
        channel |= {"budget": dice.between(300, 4000), "reach": hill}


def _arrivals(channel: Raw, dice: Dice, calendar: bool) -> None:
    if "arrivals" not in channel:  # on day 0, of which only a channel at a time is relieved
        return
    days = channel["arrivals"]["over_days"]
    pattern = [dice.between(0, 1) for _ in range(6)]
    kinds: list[Raw] = [
        channel["arrivals"],
        {"kind": "poisson", "per_day": 100_000 * channel["share"] / days},
        {"kind": "burst", "at_day": 0.3 * days, "mean_days": dice.between(0.05, 0.4) * days},
    ]
    if calendar:
        kinds.append({"kind": "weekly", "over_days": days, "pattern": [*pattern, 0.1]})
    channel["arrivals"] = dice.one_of(*kinds)


def _order(journey: Raw, dice: Dice) -> None:
    """Another order of the slots."""
    left, order = list(_SLOTS), []
    while left:
        order.append(left.pop(int(dice.between(0, len(left)))))
    journey["order"] = order


def _new_step(journey: Raw, dice: Dice, slot: str, step: Raw) -> None:
    """An optional step that some of the programs may serve as well."""
    serving = [program for program in journey["return_path"] if program["kind"] != "exit_offer"]
    serving = [program for program in serving if dice.happens(0.3)]
    for program in serving:
        program["at"] = [*program["at"], slot]
    decline = {} if serving else {"on_decline": dice.one_of("continue", "continue", "exit")}
    journey[slot] = step | {"trust_weight": 0.0} | decline
    if "order" in journey:
        journey["order"].insert(int(dice.between(0, 1 + len(journey["order"]))), slot)


def _content(dice: Dice) -> Raw:
    pieces = []
    for index in range(1 + int(dice.between(0, 4))):
        style = dice.one_of("entertain", "educate", "contrast", "prove")
        piece: Raw = {"name": f"piece_{index}", "style": style, "reach": dice.between(0.3, 1)}
        if dice.happens(0.3):
            piece["conversion"] = {"problem": dice.between(0, 1)}
        pieces.append(piece | {"unit_cost": dice.between(0, 1)})
    section: Raw = {"content": pieces, "exposures": 1 + int(dice.between(0, 4))}
    section |= {"targeting": dice.between(0, 1), "lift": dice.between(0, 1)}
    return section | {"every": _appointment(dice)}


def _service(dice: Dice) -> Raw:
    """Scores that move nothing."""
    section: Raw = {"delivery": _appointment(dice), "satisfaction": {"mean": 7.5, "sd": 1.5}}
    if dice.happens(0.7):
        ticket = {"probability": dice.between(0, 1), "resolved": dice.between(0, 1)}
        section["ticket"] = ticket | {"delay": _appointment(dice), "unresolved_effect": -2.0}
    if dice.happens(0.7):
        section["returned"] = {"probability": dice.between(0, 0.5), "refund": dice.between(0, 1)}
    return section


def _offers(journey: Raw) -> list[Raw]:
    slots = ("engage", "lead_magnet", "tripwire", "excite", "core_offer")
    return [journey[slot] for slot in slots if slot in journey] + journey["profit_maximizers"]


def _aim(raw: Raw, dice: Dice) -> Raw:
    if dice.happens(0.5):
        return {"segments": [dice.one_of("owners", "renters")]}
    names = [channel["name"] for channel in raw["channels"]]
    chosen = [name for name in names if dice.happens(0.6)]
    return {"channels": chosen or names[:1]}


def _appointment(dice: Dice) -> Raw:
    fixed: Raw = {"kind": "fixed", "days": dice.days(0.1 * dice.horizon)}
    mean = dice.between(0.02, 0.1) * dice.horizon
    return fixed if dice.round else dice.one_of(fixed, {"kind": "exponential", "mean_days": mean})


def _terms(offer: Raw, dice: Dice) -> None:
    if dice.happens(0.4):
        notice = offer["period_days"] * dice.one_of(0.0, 0.5, dice.between(0, 1))
        offer["contract"] = {"cycles": 1 + int(dice.between(0, 3)), "notice_days": notice}
    if offer["trial_days"] > 0 and dice.happens(0.6):
        offer["trial_conversion"] = dice.between(0.2, 1)
