"""Checks of what happens to customers: loyalty tiers and referral."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise

from cvosim.scenario.checks_aims import REFERRAL
from cvosim.scenario.checks_journey import names_once
from cvosim.scenario.raw import Issue, Raw, items, section, stage_not_walked, unknown_stage
from cvosim.scenario.references import Loc, number


def customer_issues(data: Raw) -> Iterator[Issue]:
    """Find tiers that do not rise, and referral that cannot work."""
    yield from _tiers(data)
    yield from _referral(data)
    for index, channel in items(data, "channels"):
        if channel.get("name") == REFERRAL:
            message = (
                f'"{REFERRAL}" is the channel of people whom customers invite '
                "(journey.referral); choose another name"
            )
            yield Issue(("channels", index, "name"), message)


def _tiers(data: Raw) -> Iterator[Issue]:
    loc: Loc = ("journey", "loyalty", "tiers")
    tiers = items(section(data, "journey", "loyalty"), "tiers")
    yield from names_once(loc, tiers)
    for index, tier in tiers:
        if tier.get("name") == "none":
            message = '"none" is what reports call people without a tier; choose another name'
            yield Issue((*loc, index, "name"), message)
    for (_, before), (index, tier) in pairwise(tiers):
        least, most = number(before.get("from")), number(tier.get("from"))
        if least is not None and most is not None and most <= least:
            message = f"must be above that of the tier before it, {least:g} (got {most:g})"
            yield Issue((*loc, index, "from"), message)


def _referral(data: Raw) -> Iterator[Issue]:
    loc: Loc = ("journey", "referral")
    journey = section(data, "journey")
    referral = section(journey, "referral")
    if isinstance(journey.get("referral"), Mapping) and journey.get("experience") is None:
        message = (
            "needs journey.experience: its satisfaction score tells who is a promoter; "
            "`experience: {}` takes the defaults"
        )
        yield Issue(loc, message)
    for key in section(referral, "effects"):
        words = unknown_stage(key, data)
        if words is not None:
            yield Issue((*loc, "effects", key), words)
    at = section(referral, "reward").get("at")
    words = stage_not_walked(at, data) if isinstance(at, str) else None
    if at == "engage":
        words = "nobody is rewarded for looking; name a stage that a referred person accepts"
    if words is not None:
        yield Issue((*loc, "reward", "at"), words)
