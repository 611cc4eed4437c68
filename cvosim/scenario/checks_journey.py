"""Checks of the journey: its stages, their names, their prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cvosim.scenario.raw import Issue, Raw, items, offers, section, unknown_stage, values
from cvosim.scenario.references import Loc, number

RESERVED = frozenset(
    {
        *("market", "channels", "economics", "journey", "order", "none"),
        *("engage", "lead_magnet", "tripwire", "excite", "core_offer", "profit_maximizers"),
        *("experience", "loyalty", "return_path", "repeat_purchases", "referral"),
    }
)


def journey_issues(data: Raw) -> Iterator[Issue]:
    """Find what does not fit together among the stages of the journey."""
    journey = section(data, "journey")
    if isinstance(data.get("journey"), Mapping) and not _states_a_stage(journey):
        yield Issue(("journey",), "needs at least one stage: lead_magnet, tripwire or core_offer")
    yield from _names(data)
    for _, loc, offer in offers(data):
        yield from _delays(loc, offer)
        if loc[-1] != "lead_magnet":
            yield from _price(loc, offer)
            yield from _price_effect(loc, offer, data)
    yield from _repeat_start(data)


def _states_a_stage(journey: Raw) -> bool:
    required = ("lead_magnet", "tripwire", "core_offer")
    return any(journey.get(key) is not None for key in required) or bool(
        values(journey, "profit_maximizers")
    )


def _names(data: Raw) -> Iterator[Issue]:
    programs = items(section(data, "journey"), "return_path")
    named = [(loc, offer) for _, loc, offer in offers(data)]
    named += [(("journey", "return_path", index), program) for index, program in programs]
    seen: set[str] = set()
    for loc, part in named:
        name = part.get("name")
        if not isinstance(name, str):
            continue
        if name in RESERVED:
            message = f'"{name}" is a word of the file format; choose a name of your own'
            yield Issue((*loc, "name"), message)
        elif name in seen:
            message = f'the name "{name}" is given twice; stages and programs need their own'
            yield Issue((*loc, "name"), message)
        seen.add(name)


def _delays(loc: Loc, offer: Raw) -> Iterator[Issue]:
    for key in ("delay", "time_to_value"):
        delay = section(offer, key)
        low, high = number(delay.get("low_days")), number(delay.get("high_days"))
        if delay.get("kind") == "uniform" and low is not None and high is not None and high < low:
            message = f"must be at least low_days, {low:g} (got {high:g})"
            yield Issue((*loc, key, "high_days"), message)


def _price(loc: Loc, offer: Raw) -> Iterator[Issue]:
    price, commitment = offer.get("price"), offer.get("commitment", "money")
    if price is None and "price" not in offer and commitment == "money":
        remedy = "" if offer.get("kind") == "subscription" else ", or `commitment: time`"
        yield Issue((*loc, "price"), f"required: write the price{remedy}")
    amount = number(price)
    if commitment == "time" and amount is not None and amount > 0:
        message = f"must be left out or 0 (got {amount:g}): commitment is time, no money moves"
        yield Issue((*loc, "price"), message)


def _price_effect(loc: Loc, offer: Raw, data: Raw) -> Iterator[Issue]:
    """Find prices whose effect would be the logarithm of zero or of infinity."""
    price, listed = number(offer.get("price", 0.0)), number(offer.get("list_price"))
    if price is None or listed is None or price < 0 or listed < 0 or (price == 0) == (listed == 0):
        return
    for _, segment in items(section(data, "market"), "segments"):
        if (number(segment.get("price_sensitivity")) or 0.0) > 0:
            name = segment.get("name", "a segment")
            yield Issue(
                (*loc, "price"),
                f"is {price:g} while list_price is {listed:g}: between free and paid the price "
                f"effect on price-sensitive {name} has no finite value; set list_price to "
                f"{price:g} as well and state the conversion observed at that price",
            )
            return


def _repeat_start(data: Raw) -> Iterator[Issue]:
    journey = section(data, "journey")
    after = section(journey, "repeat_purchases").get("after", "core_offer")
    if isinstance(journey.get("repeat_purchases"), Mapping) and isinstance(after, str):
        words = unknown_stage(after, data)
        if words is not None:
            yield Issue(("journey", "repeat_purchases", "after"), words)
