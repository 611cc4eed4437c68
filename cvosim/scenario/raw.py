"""Looking into a scenario's raw data without trusting it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeGuard

from cvosim.scenario.references import SINGLE_STAGES, SLOTS, Loc, slots_walked


@dataclass(frozen=True)
class Issue:
    """Something that is wrong at a place of the raw data.

    ``parts`` are the values that together are wrong, such as shares; the problem is shown
    at the one that a variant or override has brought in, if any. ``of_key`` says that the
    key is wrong rather than its value.
    """

    loc: Loc
    message: str
    parts: tuple[Loc, ...] = ()
    of_key: bool = False


Raw = Mapping[str, object]
_NOTHING: Raw = {}


def is_section(value: object) -> TypeGuard[Raw]:
    """Tell whether a value is a mapping, fast for plain dictionaries: most are."""
    return type(value) is dict or isinstance(value, Mapping)


def section(data: Raw, *keys: str) -> Raw:
    """Return a mapping under some keys; an empty one where there is none."""
    for key in keys:
        value = data.get(key)
        data = value if is_section(value) else _NOTHING
    return data


def items(data: Raw, key: str) -> list[tuple[int, Raw]]:
    """Return those items of a list that are mappings, with their indices."""
    return [(i, value) for i, value in enumerate(values(data, key)) if is_section(value)]


def values(data: Raw, key: str) -> list[object]:
    """Return a list's items; none where it is no list."""
    found = data.get(key)
    return list(found) if isinstance(found, (list, tuple)) else []


def offers(data: Raw) -> Iterator[tuple[str, Loc, Raw]]:
    """Go through the offers that a journey states: stage key, place, offer."""
    return _offers_in(data, SLOTS)


def walked(data: Raw) -> Iterator[tuple[str, Loc, Raw]]:
    """Go through the offers that customers come to, in their order: stage key, place, offer."""
    return _offers_in(data, slots_walked(section(data, "journey")))


def _offers_in(data: Raw, slots: tuple[str, ...]) -> Iterator[tuple[str, Loc, Raw]]:
    journey = section(data, "journey")
    for slot in slots:
        stated = journey.get(slot)
        if stated is None:
            continue
        if slot in SINGLE_STAGES:
            if is_section(stated):
                yield slot, ("journey", slot), stated
            continue
        for index, offer in items(journey, slot):
            name = offer.get("name")
            if isinstance(name, str):
                yield name, ("journey", slot, index), offer


def nearest(word: str, candidates: list[str]) -> str:
    """Return a did-you-mean clause, empty where nothing is near."""
    found = get_close_matches(word, candidates, n=1, cutoff=0.6)
    return f'; did you mean "{found[0]}"?' if found else ""


def unknown_stage(word: str, data: Raw) -> str | None:
    """Explain why a word is no stage key, or return None if it is one."""
    keys = {key: offer.get("name") for key, _, offer in offers(data)}
    if word in keys:
        return None
    for key, name in keys.items():
        if word == name:
            return f'no stage has the key "{word}"; write {key}, the key of that stage'
    known = ", ".join(keys) or "none at all"
    return f'no stage has the key "{word}"{nearest(word, list(keys)) or f"; there are: {known}"}'


def stage_not_walked(word: str, data: Raw) -> str | None:
    """Explain why nobody comes to a stage of that key, or return None if somebody may."""
    if word in {key for key, _, _ in walked(data)}:
        return None
    for key, loc, _ in offers(data):
        if word == key:
            named = "" if loc[1] == key else f" to {key}"
            return (
                f"journey.order leaves {loc[1]} out, so nobody comes{named or ' to it'}; list it "
                "there, or name another stage here"
            )
    return unknown_stage(word, data)


def unknown_name(word: str, known: list[str], what: str) -> str:
    """Explain that nothing of that name is known, with the nearest or all that are."""
    listing = f"; there are: {', '.join(known)}" if known else ""
    return f'no {what} has the name "{word}"{nearest(word, known) or listing}'
