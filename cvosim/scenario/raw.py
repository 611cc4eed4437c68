"""Looking into a scenario's raw data without trusting it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from cvosim.scenario.references import REQUIRED_STAGES, Loc


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


def section(data: Raw, *keys: str) -> Raw:
    """Return a mapping under some keys; an empty one where there is none."""
    for key in keys:
        value = data.get(key)
        data = value if isinstance(value, Mapping) else _NOTHING
    return data


def items(data: Raw, key: str) -> list[tuple[int, Raw]]:
    """Return those items of a list that are mappings, with their indices."""
    return [(i, value) for i, value in enumerate(values(data, key)) if isinstance(value, Mapping)]


def values(data: Raw, key: str) -> list[object]:
    """Return a list's items; none where it is no list."""
    found = data.get(key)
    return list(found) if isinstance(found, list | tuple) else []


def offers(data: Raw) -> Iterator[tuple[str, Loc, Raw]]:
    """Walk the offers of the journey: stage key, place, offer."""
    journey = section(data, "journey")
    for key in REQUIRED_STAGES:
        if isinstance(journey.get(key), Mapping):
            yield key, ("journey", key), section(journey, key)
    for index, offer in items(journey, "profit_maximizers"):
        name = offer.get("name")
        if isinstance(name, str):
            yield name, ("journey", "profit_maximizers", index), offer


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
