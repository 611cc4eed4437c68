"""What random scenarios may have beyond the spine, as far as theory has closed forms for it.

Still nothing moves a probability: order, arrivals, costs, attendance, trials, contracts, seasons.
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
