"""Checks of aims: whether there is anybody of that name to aim at."""

from __future__ import annotations

from collections.abc import Iterator

from cvosim.scenario.raw import Issue, Raw, is_section, items, offers, section, unknown_name, values
from cvosim.scenario.references import Loc

REFERRAL = "referral"
"""The channel of people who were invited; nobody states it."""


def aim_issues(data: Raw) -> Iterator[Issue]:
    """Find aims at segments, channels and tiers that are not there."""
    known = {
        "segments": _names(section(data, "market"), "segments", "everyone"),
        "channels": [*_names(data, "channels", "direct"), REFERRAL],
        "tiers": _names(section(data, "journey", "loyalty"), "tiers", None),
    }
    programs = items(section(data, "journey"), "return_path")
    aimed = [(loc, offer) for _, loc, offer in offers(data)]
    aimed += [(("journey", "return_path", index), program) for index, program in programs]
    for loc, part in aimed:
        aim = part.get("aim")
        if not is_section(aim):
            continue
        if values(aim, "tiers") and section(data, "journey").get("loyalty") is None:
            message = "needs journey.loyalty: without it there are no tiers to aim at"
            yield Issue((*loc, "aim", "tiers"), message)
            known_here = {key: names for key, names in known.items() if key != "tiers"}
        else:
            known_here = known
        for key, names in known_here.items():
            yield from _unknown((*loc, "aim", key), values(aim, key), names)


def _names(data: Raw, key: str, default: str | None) -> list[str]:
    if default is not None and data.get(key) is None:
        return [default]
    names = (part.get("name") for _, part in items(data, key))
    return list(dict.fromkeys(name for name in names if isinstance(name, str)))


def _unknown(loc: Loc, aimed_at: list[object], names: list[str]) -> Iterator[Issue]:
    what = str(loc[-1]).removesuffix("s")
    for position, name in enumerate(aimed_at):
        if isinstance(name, str) and name not in names:
            yield Issue((*loc, position), unknown_name(name, names, what))
