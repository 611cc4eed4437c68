"""Checks of the market and the channels: shares, names, awareness, effects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import fsum

from cvosim.scenario.checks_calendar import calendar_issues
from cvosim.scenario.checks_channels import channel_issues
from cvosim.scenario.raw import Issue, Raw, is_section, items, offers, section, unknown_stage
from cvosim.scenario.references import Loc, number
from cvosim.scenario.shares import takes_the_rest

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
            if effects := section(part, "effects"):
                yield from _effects((*loc, index, "effects"), effects, data)
    for index, segment in segments:
        yield from _awareness(("market", "segments", index, "awareness"), segment)
    for index, channel in channels:
        yield from channel_issues(("channels", index), channel, data)
        yield from _awareness(("channels", index, "awareness"), channel)
    yield from calendar_issues(data)


def _sum_of_shares(loc: Loc, parts: Sequence[tuple[int, Raw]]) -> Iterator[Issue]:
    """Shares add to 1; where a reach makes a share, the others leave something for it."""
    stated = [(index, part) for index, part in parts if not takes_the_rest(part)]
    shares = {(*loc, index, "share"): number(part.get("share")) for index, part in stated}
    if parts and len(stated) == len(parts):
        yield from _adds_to_one(loc, shares, "the shares must add to 1")
        return
    valid = [share for share in shares.values() if share is not None and 0 <= share <= 1]
    total = fsum(valid)
    if shares and len(valid) == len(shares) and total > 1.0 - _TOLERANCE:
        names = [str(part.get("name", index)) for index, part in parts if takes_the_rest(part)]
        message = f"the shares leave nothing for {', '.join(names)}, which has a reach and no share"
        yield Issue(loc, f"{message} of its own (they add to {total:.10g})", tuple(shares))


def _awareness(loc: Loc, owner: Raw) -> Iterator[Issue]:
    stated = owner.get("awareness")
    if not is_section(stated):
        return
    shares = {(*loc, rung): number(stated.get(rung, 0.0)) for rung in RUNGS}
    if set(stated) <= set(RUNGS):
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
    known = {key for key, _, _ in offers(data)}
    for key in effects:
        words = None if key in known else unknown_stage(key, data)
        if words is not None:
            yield Issue((*loc, key), words)
