"""What a request asks about, read from its JSON and checked before anything else happens."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NoReturn

from cvosim.app.limits import Limits
from cvosim.scenario.library import SUFFIXES

Value = float | int | str | bool | None

MOST_SEED = 2**64 - 1
_PATH = re.compile(r"[a-z][a-z0-9_]*(\.[A-Za-z0-9_]+)+")
_LONGEST = 300
_LONGEST_NAME = 255
_TAB = re.compile(r"[A-Za-z0-9_-]{1,64}")


class RefusedError(Exception):
    """A request that is not answered; says why, and with which status."""

    def __init__(self, status: int, words: str) -> None:
        self.status = status
        self.words = words
        super().__init__(words)


@dataclass(frozen=True)
class Source:
    """Where a scenario comes from: its name in the library, or a name and its text."""

    name: str
    text: str | None = None


@dataclass(frozen=True)
class State:
    """All that the page shows: two scenarios, what is changed in the second, and how many live."""

    a: Source
    b: Source | None
    changes: Mapping[str, Value]
    customers: int
    seed: int | None


@dataclass(frozen=True)
class Turn:
    """A state that a tab of somebody's browser wants to see; a later turn replaces it."""

    state: State
    tab: str
    number: int


def read_json(body: bytes) -> dict[str, Any]:
    """Read the JSON object that a request holds.

    Raises
    ------
    RefusedError
        It is none.
    """
    try:
        found = json.loads(body, parse_constant=_no_number)
        json.dumps(found, ensure_ascii=False).encode()
    except UnicodeEncodeError:  # half a sign, which JSON can say and no file can hold
        raise RefusedError(400, "The request is not Unicode.") from None
    except (ValueError, RecursionError):
        raise RefusedError(400, "The request is no JSON.") from None
    if not isinstance(found, dict):
        raise RefusedError(400, "The request must be a JSON object.")
    return found


def _no_number(text: str) -> NoReturn:
    raise ValueError(text)


def turn_of(found: Mapping[str, Any], limits: Limits) -> Turn:
    """Read a turn.

    Raises
    ------
    RefusedError
        It is none, or asks for too much.
    """
    tab, number = found.get("tab"), found.get("turn")
    if not isinstance(tab, str) or not _TAB.fullmatch(tab):
        raise RefusedError(400, "tab: must be 1 to 64 letters and digits")
    return Turn(state_of(found, limits), tab, _whole("turn", number, 0, 2**53))


def state_of(found: Mapping[str, Any], limits: Limits) -> State:
    """Read a state.

    Raises
    ------
    RefusedError
        It is none, or asks for too much.
    """
    a, b = sources_of(found, limits)
    seed = found.get("seed")
    return State(
        a,
        b,
        MappingProxyType(_changes(found.get("changes", {}), limits)),
        _whole("customers", found.get("customers"), 1, limits.customers),
        None if seed is None else _whole("seed", seed, 0, MOST_SEED),
    )


def sources_of(found: Mapping[str, Any], limits: Limits) -> tuple[Source, Source | None]:
    """Read where the two scenarios come from.

    Raises
    ------
    RefusedError
        It does not say so.
    """
    b = found.get("b")
    second = None if b is None else _source("b", b, limits)
    return _source("a", found.get("a"), limits), second


def _source(key: str, found: object, limits: Limits) -> Source:
    if isinstance(found, dict) and isinstance(name := found.get("library"), str):
        return Source(name[:_LONGEST])
    text, name = (found.get("text"), found.get("name")) if isinstance(found, dict) else (None, None)
    if not isinstance(text, str) or not isinstance(name, str):
        words = f"{key}: must be a library name, or a text with the name of its file"
        raise RefusedError(400, words)
    if len(text.encode()) > limits.text:
        words = f"{key}: the file is larger than {limits.text // 1024} KiB"
        raise RefusedError(413, words)
    return Source(_file_name(name), text)


def _file_name(name: str) -> str:
    """Keep a file's name without its folders, as a line of text; it opens nothing here."""
    bare = "".join(c if c.isprintable() else "_" for c in re.split(r"[/\\]", name)[-1]).strip()
    if bare.endswith(SUFFIXES) and bare not in SUFFIXES:
        return bare if len(bare) <= _LONGEST_NAME else f"{bare[:80]}.yaml"
    return f"{bare[:80] or 'scenario'}.yaml"


def _changes(found: object, limits: Limits) -> dict[str, Value]:
    if not isinstance(found, dict):
        raise RefusedError(400, "changes: must be an object of paths and values")
    if len(found) > limits.changes:
        raise RefusedError(413, f"changes: at most {limits.changes} are taken (got {len(found)})")
    for path, value in found.items():
        if len(path) > _LONGEST or not _PATH.fullmatch(path):
            raise RefusedError(400, "changes: a path is words with dots between them")
        if not _is_value(value):
            words = f"changes: {path}: must be a number, a word, true, false or null"
            raise RefusedError(400, words)
    return dict(found)


def _is_value(value: object) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return abs(value) <= 2**64
    if isinstance(value, float):
        return math.isfinite(value)
    if isinstance(value, str):
        return len(value) <= _LONGEST and value.isprintable()
    return value is None or isinstance(value, bool)


def _whole(name: str, value: object, least: int, most: int) -> int:
    number = int(value) if isinstance(value, float) and value.is_integer() else value
    if type(number) is not int or not least <= number <= most:
        words = f"{name}: must be a whole number from {least:,} to {most:,}"
        raise RefusedError(400, words)
    return number
