"""Checks of the market and the channels: shares, awareness, effects, arrivals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum

from cvosim.scenario.raw import Issue, Raw, items, section, unknown_stage
from cvosim.scenario.references import Loc, number

RUNGS = ("unaware", "problem", "solution", "product")
_TOLERANCE = 1e-9


def market_issues(data: Raw) -> Iterator[Issue]:
    """Find what does not fit together in the market and the channels."""
    segments = items(section(data, "market"), "segments")
    channels = items(data, "channels")
    for loc, parts in ((("market", "segments"), segments), (("channels",), channels)):
        yield from _sum_of_shares(loc, parts)
        yield from _names_once(loc, parts)
        for index, part in parts:
            yield from _effects((*loc, index, "effects"), section(part, "effects"), data)
    for index, segment in segments:
        yield from _awareness(("market", "segments", index, "awareness"), segment)
    for index, channel in channels:
        yield from _arrivals(("channels", index, "arrivals", "over_days"), channel, data)


def _sum_of_shares(loc: Loc, parts: Sequence[tuple[int, Raw]]) -> Iterator[Issue]:
    shares = {(*loc, index, "share"): number(part.get("share")) for index, part in parts}
    if shares:
        yield from _adds_to_one(loc, shares, "the shares must add to 1")


def _awareness(loc: Loc, segment: Raw) -> Iterator[Issue]:
    stated = section(segment, "awareness")
    shares = {(*loc, rung): number(stated.get(rung, 0.0)) for rung in RUNGS}
    if isinstance(segment.get("awareness"), Mapping) and set(stated) <= set(RUNGS):
        yield from _adds_to_one(loc, shares, "the shares of unaware to product must add to 1")


def _adds_to_one(loc: Loc, shares: Mapping[Loc, float | None], rule: str) -> Iterator[Issue]:
    valid = [share for share in shares.values() if share is not None and 0 <= share <= 1]
    total = fsum(valid)
    if len(valid) == len(shares) and abs(total - 1.0) > _TOLERANCE * len(valid):
        yield Issue(loc, f"{rule} (they add to {total:.10g})", tuple(shares))


def _names_once(loc: Loc, parts: Sequence[tuple[int, Raw]]) -> Iterator[Issue]:
    seen: set[object] = set()
    for index, part in parts:
        name = part.get("name")
        if isinstance(name, str) and name in seen:
            yield Issue((*loc, index, "name"), f'the name "{name}" is given twice')
        elif isinstance(name, str):
            seen.add(name)


def _effects(loc: Loc, effects: Raw, data: Raw) -> Iterator[Issue]:
    for key in effects:
        words = unknown_stage(key, data)
        if words is not None:
            yield Issue((*loc, key), words)


def _arrivals(loc: Loc, channel: Raw, data: Raw) -> Iterator[Issue]:
    days = number(section(channel, "arrivals").get("over_days"))
    horizon = number(data.get("horizon_days"))
    if days is not None and horizon is not None and days > horizon > 0:
        yield Issue(
            loc,
            f"must be at most horizon_days, {horizon:g} (got {days:g}); "
            "prospects who arrive later would never be seen",
        )
