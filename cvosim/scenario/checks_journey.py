"""Checks of the journey: its stages, their names, their order, their prices."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cvosim.scenario.raw import (
    Issue,
    Raw,
    is_section,
    items,
    offers,
    section,
    stage_not_walked,
    values,
    walked,
)
from cvosim.scenario.references import SLOTS, Loc, number

RESERVED = frozenset(
    {
        *("market", "channels", "economics", "journey", "order", "none"),
        *("engage", "lead_magnet", "tripwire", "excite", "core_offer", "profit_maximizers"),
        *("experience", "loyalty", "return_path", "repeat_purchases", "referral"),
    }
)
MOST_STAGES = 63
"""The tables keep the stages that a customer came to in the bits of one whole number."""
_PLAIN = frozenset({str, int, float, bool, type(None)})
_WITHOUT_TIME = ("subscription", "affiliate", "joint_venture")


def journey_issues(data: Raw) -> Iterator[Issue]:
    """Find what does not fit together among the stages of the journey."""
    journey = section(data, "journey")
    if isinstance(data.get("journey"), Mapping) and not _states_a_stage(journey):
        yield Issue(("journey",), "needs at least one stage: lead_magnet, tripwire or core_offer")
    else:
        yield from _order(data)
    yield from _names(data)
    yield from delay_issues(("journey",), journey)
    for _, loc, offer in offers(data):
        if loc[1] in ("tripwire", "core_offer", "profit_maximizers"):
            yield from _price(loc, offer)
            yield from _price_effect(loc, offer, data)
            yield from _attendance(loc, offer)
        if offer.get("kind") == "subscription":
            yield from _subscription(loc, offer)
    yield from _repeat_start(data)


def _states_a_stage(journey: Raw) -> bool:
    single = any(journey.get(slot) is not None for slot in SLOTS[:-1])
    return single or bool(values(journey, "profit_maximizers"))


def _order(data: Raw) -> Iterator[Issue]:
    loc: Loc = ("journey", "order")
    order = values(section(data, "journey"), "order")
    for position, slot in enumerate(order):
        if slot in SLOTS and slot in order[:position]:
            yield Issue((*loc, position), f'the step "{slot}" is listed twice')
    stated, to_walk = (len(list(walk(data))) for walk in (offers, walked))
    if stated and not to_walk:
        keys = ", ".join(dict.fromkeys(str(place[1]) for _, place, _ in offers(data)))
        yield Issue(loc, f"lists none of the steps that the journey states: {keys}")
    if to_walk > MOST_STAGES:
        message = f"a journey has at most {MOST_STAGES} stages (got {to_walk})"
        yield Issue(("journey", "profit_maximizers"), message)


def _names(data: Raw) -> Iterator[Issue]:
    journey = section(data, "journey")
    programs = items(journey, "return_path")
    named = [(loc, offer) for _, loc, offer in offers(data) if loc[-1] != "engage"]
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
    pieces = items(section(journey, "engage"), "content")
    yield from names_once(("journey", "engage", "content"), pieces)


def names_once(loc: Loc, parts: list[tuple[int, Raw]]) -> Iterator[Issue]:
    """Find items of a list that bear the name of an earlier one."""
    seen: set[object] = set()
    for index, part in parts:
        name = part.get("name")
        if isinstance(name, str) and name in seen:
            yield Issue((*loc, index, "name"), f'the name "{name}" is given twice')
        elif isinstance(name, str):
            seen.add(name)


def delay_issues(loc: Loc, part: object) -> Iterator[Issue]:
    """Find uniform delays, anywhere in a part, that end before they begin."""
    if isinstance(part, (list, tuple)):
        for index, item in enumerate(part):
            if type(item) not in _PLAIN:  # nothing is in it, and most values are such
                yield from delay_issues((*loc, index), item)
    elif is_section(part):
        if part.get("kind") == "uniform":
            low, high = number(part.get("low_days")), number(part.get("high_days"))
            if low is not None and high is not None and high < low:
                message = f"must be at least low_days, {low:g} (got {high:g})"
                yield Issue((*loc, "high_days"), message)
        for key, value in part.items():
            if type(value) not in _PLAIN:
                yield from delay_issues((*loc, key), value)


def _price(loc: Loc, offer: Raw) -> Iterator[Issue]:
    price, commitment = offer.get("price"), offer.get("commitment", "money")
    if offer.get("kind") in ("affiliate", "joint_venture"):
        return
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


def _attendance(loc: Loc, offer: Raw) -> Iterator[Issue]:
    if offer.get("kind") in _WITHOUT_TIME:
        return
    stated = [key for key in ("attendance", "starts_after") if offer.get(key) is not None]
    if offer.get("commitment", "money") == "money":
        for key in stated:
            message = "needs `commitment: time`: who pays with money has nothing to turn up for"
            yield Issue((*loc, key), message)
    elif stated == ["starts_after"]:
        message = "needs `attendance`, the share who turn up then; write 1 if everybody does"
        yield Issue((*loc, "starts_after"), message)


def _subscription(loc: Loc, offer: Raw) -> Iterator[Issue]:
    trial = number(offer.get("trial_days", 0.0))
    if offer.get("trial_conversion") is not None and trial == 0:
        message = "needs trial_days above 0: without a trial there is nothing to convert from"
        yield Issue((*loc, "trial_conversion"), message)
    period = number(offer.get("period_days"))
    notice = number(section(offer, "contract").get("notice_days"))
    if period is not None and notice is not None and notice > period > 0:
        message = f"must be at most period_days, {period:g} (got {notice:g})"
        yield Issue((*loc, "contract", "notice_days"), message)


def _repeat_start(data: Raw) -> Iterator[Issue]:
    journey = section(data, "journey")
    after = section(journey, "repeat_purchases").get("after", "core_offer")
    if isinstance(journey.get("repeat_purchases"), Mapping) and isinstance(after, str):
        words = stage_not_walked(after, data)
        if after == "engage":
            words = "engaging with content is no purchase; name the stage whose buyers order again"
        if words is not None:
            yield Issue(("journey", "repeat_purchases", "after"), words)
