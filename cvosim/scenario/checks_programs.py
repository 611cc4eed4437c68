"""Checks of the return path: whom programs serve, and when."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from itertools import pairwise
from typing import NamedTuple

from cvosim.scenario.raw import Issue, Raw, items, offers, section, stage_not_walked, values, walked
from cvosim.scenario.references import Loc, number

RETENTION = ("win_back", "anniversary", "birthday")
"""Kinds of program that serve customers, not a stage."""
_AFTER_NO = {"continue": "go on at once", "exit": "are lost at once"}


class _Stages(NamedTuple):
    """The stages of raw data: what follows a no at each, and which of them customers come to."""

    data: Raw
    declines: Mapping[str, object]
    walked: Set[str]


def program_issues(data: Raw) -> Iterator[Issue]:
    """Find programs that serve no stage, none that sends people to them, or too late."""
    journey = section(data, "journey")
    slow: dict[object, object] = {}
    declines = {key: offer.get("on_decline") for key, _, offer in offers(data)}
    stages = _Stages(data, declines, {key for key, _, _ in walked(data)})
    for index, program in items(journey, "return_path"):
        loc: Loc = ("journey", "return_path", index)
        if program.get("kind") in ("follow_up", "win_back"):
            yield from _rising_days((*loc, "days"), program)
        if program.get("kind") in RETENTION:
            if journey.get("repeat_purchases") is None:
                message = (
                    f"{program['kind']} needs journey.repeat_purchases: it begins with them, and "
                    "their spend says what the order is worth that it brings"
                )
                yield Issue((*loc, "kind"), message)
            continue
        yield from _stages_served((*loc, "at"), program, stages)
        yield from _too_late((*loc, "at"), program, slow)


def _stages_served(loc: Loc, program: Raw, stages: _Stages) -> Iterator[Issue]:
    seen: set[str] = set()
    for position, key in enumerate(values(program, "at")):
        if not isinstance(key, str):
            continue
        words = None if key in stages.walked else stage_not_walked(key, stages.data)
        decline = stages.declines.get(key)
        if words is not None:
            yield Issue((*loc, position), words)
        elif key in seen:
            yield Issue((*loc, position), f'the stage "{key}" is named twice')
        elif isinstance(decline, str) and decline in _AFTER_NO:
            message = (
                f"people who decline {key} {_AFTER_NO[decline]} (its on_decline is {decline}), so "
                "no program can serve it; leave on_decline out there or the stage out here"
            )
            yield Issue((*loc, position), message)
        seen.add(key)


def _too_late(loc: Loc, program: Raw, slow: dict[object, object]) -> Iterator[Issue]:
    """Find exit offers behind a program that takes time; ``slow`` collects those by stage."""
    for position, key in enumerate(values(program, "at")):
        if not isinstance(key, str):
            continue
        if program.get("kind") in ("follow_up", "remarketing"):
            slow.setdefault(key, program.get("name"))
        elif program.get("kind") == "exit_offer" and key in slow:
            message = (
                f"an exit offer is made at the moment of declining, but {slow[key]} before it in "
                f"the list takes days at {key}; exit offers come first"
            )
            yield Issue((*loc, position), message)


def _rising_days(loc: Loc, program: Raw) -> Iterator[Issue]:
    days = [number(day) for day in values(program, "days")]
    for position, (before, day) in enumerate(pairwise(days), start=1):
        if before is not None and day is not None and day <= before:
            message = f"must be later than the day before it in the list, {before:g} (got {day:g})"
            yield Issue((*loc, position), message)
