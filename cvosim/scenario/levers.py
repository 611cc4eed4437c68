"""Everything in a scenario that can be turned: its numbers, choices and flags, by path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from cvosim.scenario.lever_range import Range, narrowed, range_of, within
from cvosim.scenario.lever_sums import bound_together
from cvosim.scenario.lever_words import group_title, label_of, unit_of
from cvosim.scenario.patching import Template
from cvosim.scenario.references import Loc
from cvosim.scenario.schema_walk import schema_at
from cvosim.scenario.variants import loc_of, position_of

MOST_LEVERS = 3000
"""More than any scenario that people write by hand has."""
_LONGEST_LIST = 12
"""Numbers of a longer list (a year of days) are no levers: such a list is data."""

Kind = Literal["number", "whole", "choice", "flag", "part"]
Value = float | int | str | bool
_TRIED = (0.0, 0.5, 1.0, 10.0, 30.0, 100.0)
"""Numbers by which to find out whether a place without a value may have one."""


@dataclass(frozen=True)
class Lever:
    """One value that can be changed.

    Attributes
    ----------
    path : str
        As ``-S`` takes it: list items by name.
    label, help : str
        What it is called, and what it means.
    unit : str
        The currency, ``share`` (0.06 is 6 %), ``days``, ``log-odds``, ...;
        empty for a plain number.
    kind : {"number", "whole", "choice", "flag", "part"}
        A part is a stage, a program or the like that the scenario has, and that can be left
        out: to set null at its path does that.
    value : float, int, str, bool or None
        What the scenario says; None where it says nothing, and could. True for a part.
    base : float, int, str, bool or None
        What the other scenario says there; None where it has no such place. Of a part,
        whether it has it.
    low, high, step : float or None
        Of a slider around the value, as far as the scenario takes this number while all
        others stay; None for what is no number, and where there is no value.
    least, most : float or None
        Hard bounds, where there are any to speak of.
    choices : tuple of str
        What a choice may be.
    siblings : tuple of str
        Paths of the shares that add to 1 with this one: it moves only if they do.
    """

    path: str
    label: str
    help: str
    unit: str
    kind: Kind
    value: Value | None
    base: Value | None = None
    low: float | None = None
    high: float | None = None
    step: float | None = None
    least: float | None = None
    most: float | None = None
    choices: tuple[str, ...] = ()
    siblings: tuple[str, ...] = ()


@dataclass(frozen=True)
class LeverGroup:
    """Levers that belong together, under a heading."""

    title: str
    levers: tuple[Lever, ...]


def levers_of(template: Template, base: Template | None = None) -> tuple[LeverGroup, ...]:
    """List the levers of a scenario in the order of the journey.

    Names, the seed, the number of customers, the horizon (the same for all that is compared),
    an experiment and a sweep are no levers, and neither is what cannot be changed by itself:
    what follows from other values, or excludes them.

    Parameters
    ----------
    template : Template
        The scenario.
    base : Template, optional
        The scenario that it is compared with.

    Returns
    -------
    tuple of LeverGroup
        None is empty.

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> groups = levers_of(load_template("carpet_cleaning"))
    >>> [group.title for group in groups][:3]
    ['The market', 'Segment: pet owners', 'Segment: households']
    >>> tripwire = next(group for group in groups if group.title == "Tripwire")
    >>> price = next(one for one in tripwire.levers if one.path == "journey.tripwire.price")
    >>> price.label, price.unit, price.value, price.low, price.high, price.step
    ('Price', 'USD', 29.0, 1.0, 90.0, 1.0)
    >>> [one.label for one in tripwire.levers if one.kind == "part"]
    ['Part of the journey']
    """
    data = template.scenario.model_dump()
    other = None if base is None else base.scenario.model_dump()
    walk = _Walk(template, data, other)
    groups = []
    for loc in _headings(data):
        levers = tuple(sorted(walk.below(loc), key=_rank))
        if levers and walk.room >= 0:
            groups.append(LeverGroup(group_title(loc, data), levers))
    return tuple(groups)


def _rank(lever: Lever) -> int:
    """Put what people turn first first, and what says how a number was observed last."""
    if lever.kind == "part":
        return -1
    if lever.value is None:
        return 4
    key = lever.path.rpartition(".")[2]
    return _RANKS.get(key, 2)


_RANKS = {"price": 0, "conversion": 1, "trust_weight": 3, "reference_trust": 3, "list_price": 3}


def _headings(data: dict[str, Any]) -> Iterator[Loc]:
    """Give the places whose levers stand under a heading of their own."""
    yield ("market",)
    yield from (("market", "segments", n) for n, _ in enumerate(data["market"]["segments"]))
    yield from (("channels", n) for n, _ in enumerate(data["channels"]))
    journey = data["journey"]
    for slot in dict.fromkeys((*journey["order"], *_SLOTS)):
        yield from _places(journey, slot)
    yield ("seasonality",)
    yield ("economics",)


def _places(journey: dict[str, Any], slot: str) -> Iterator[Loc]:
    if isinstance(journey[slot], list | tuple):
        yield from (("journey", slot, n) for n, _ in enumerate(journey[slot]))
    elif journey[slot] is not None:
        yield ("journey", slot)


_SLOTS = (
    "engage",
    "lead_magnet",
    "tripwire",
    "excite",
    "core_offer",
    "profit_maximizers",
    "repeat_purchases",
    "experience",
    "loyalty",
    "referral",
    "return_path",
)


class _Walk:
    """Goes down a scenario's full data and makes a lever of every value that can be one."""

    def __init__(
        self, template: Template, data: dict[str, Any], other: dict[str, Any] | None
    ) -> None:
        self.template = template
        self.data = data
        self.other = other
        self.currency = str(data["currency"])
        self.together = bound_together(template, data)
        self.room = MOST_LEVERS

    def below(self, heading: Loc) -> Iterator[Lever]:
        place: Any = self.data
        for part in heading:
            place = place[part]
        path = self._path(heading)
        skipped = ("segments",) if heading == ("market",) else ()
        if len(heading) > 1 and self.template.takes({path: None}):
            yield self._part(heading, path)
        yield from self._inside(heading, place, path, skipped)

    def _part(self, loc: Loc, path: str) -> Lever:
        found = path if self.other is None else loc_of(path, self.other)
        has = None if self.other is None else not isinstance(found, str) and found[1] is not None
        words = "Whether B has it. What refers to it goes with it."
        whole = "journey" if loc[0] == "journey" else "scenario"
        return Lever(path, f"Part of the {whole}", words, "", "part", True, has)

    def _inside(
        self, loc: Loc, place: object, path: str, skipped: tuple[str, ...] = ()
    ) -> Iterator[Lever]:
        if isinstance(place, dict):
            if place.get("kind") == "daily":  # counted in a file; not for a slider
                return
            for key, value in place.items():
                if key not in skipped:
                    yield from self._at((*loc, key), value, f"{path}.{key}")
        elif isinstance(place, list | tuple) and (
            len(place) <= _LONGEST_LIST or isinstance(place[0], dict)
        ):
            for number, value in enumerate(place):
                inner = (*loc, number)
                word = self._word(inner, len(inner) - 1)
                yield from self._at(inner, value, f"{path}.{word}")

    def _at(self, loc: Loc, value: object, path: str) -> Iterator[Lever]:
        if isinstance(value, dict | list | tuple):
            yield from self._inside(loc, value, path)
        elif (lever := self._lever(loc, value, path)) is not None:
            self.room -= 1
            if self.room >= 0:
                yield lever

    def _lever(self, loc: Loc, value: Any, path: str) -> Lever | None:
        schema = schema_at(loc, self.data) or {}
        kind = _KINDS.get(str(schema.get("type")))
        if kind is None or "const" in schema or (kind == "choice" and "enum" not in schema):
            return None
        about = label_of(loc, self.data), self._help(loc), unit_of(loc, schema, self.currency), kind
        base = self._base(path, kind)
        if kind in ("flag", "choice"):
            choices = self._choices(loc, path, value, schema)
            known = choices is not None
            return Lever(path, *about, value, base, choices=choices or ()) if known else None
        if value is None:
            return self._unset(Lever(path, *about, None, base), loc, schema)
        span = range_of(value, schema)
        if loc in self.together:
            siblings = tuple(self._path(other) for other in self.together[loc])
            span = range_of(value, schema)._replace(low=0.0, high=1.0)
            return Lever(path, *about, value, base, *span, siblings=siblings) if siblings else None
        free = self._narrowed(loc, path, value, span, of_days=about[2] == "days")
        return None if free is None else Lever(path, *about, value, base, *free)

    def _narrowed(
        self, loc: Loc, path: str, value: Any, span: Range, *, of_days: bool
    ) -> Range | None:
        """Draw the ends in to what the scenario takes; days that nobody lives to see go first."""
        horizon = type(value)(self.data["horizon_days"])
        if of_days and span.low < horizon >= value:
            span = span._replace(high=min(span.high, horizon))
        return narrowed(value, span, lambda number: self._fits(loc, path, number))

    def _unset(self, lever: Lever, loc: Loc, schema: dict[str, Any]) -> Lever | None:
        """Make a lever of a number that the scenario does not state, if it may state one."""
        whole = lever.kind == "whole"
        numbers = [int(one) if whole else one for one in _TRIED]
        tried = [one for one in numbers if within(one, schema)]
        if not any(self._fits(loc, lever.path, one) for one in tried):
            return None
        span = range_of(tried[-1], schema)
        return replace(lever, least=span.least, most=span.most)

    def _choices(
        self, loc: Loc, path: str, value: object, schema: dict[str, Any]
    ) -> tuple[str, ...] | None:
        """List what may be chosen while all else stays; None where there is nothing to choose."""
        every = schema.get("enum", (True, False))
        free = [one for one in every if one == value or self._fits(loc, path, one)]
        if len(free) < 2:
            return None
        return tuple(free) if "enum" in schema else ()

    def _fits(self, loc: Loc, path: str, value: object) -> bool:
        fits = self.template.fits(loc, value)
        return self.template.takes({path: value}) if fits is None else fits

    def _help(self, loc: Loc) -> str:
        """Find the description: of the key, else of the section or list that it is in."""
        while loc:
            schema = schema_at(loc[:-1], self.data) or {}
            field = schema.get("properties", {}).get(loc[-1], {})
            if field.get("description"):
                return str(field["description"])
            loc = loc[:-1]
        return ""

    def _base(self, path: str, kind: Kind) -> Value | None:
        found = path if self.other is None else loc_of(path, self.other)
        value = None if isinstance(found, str) else found[1]
        return value if isinstance(value, _TYPES[kind]) else None  # type: ignore[return-value]

    def _path(self, loc: Loc) -> str:
        return ".".join(self._word(loc, depth) for depth in range(len(loc)))

    def _word(self, loc: Loc, depth: int) -> str:
        """Return one step of a path: a list item's name, if that finds it, else its number."""
        part = loc[depth]
        if not isinstance(part, int):
            return part
        items: Any = self.data
        for step in loc[:depth]:
            items = items[step]
        item = items[part]
        name = item.get("name") if isinstance(item, dict) else None
        return name if name is not None and position_of(items, name) == part else str(part)


_KINDS: dict[str, Kind] = {
    "number": "number",
    "integer": "whole",
    "string": "choice",
    "boolean": "flag",
}
_TYPES: dict[Kind, type | tuple[type, ...]] = {
    "number": (float, int),
    "whole": int,
    "choice": str,
    "flag": bool,
    "part": bool,
}
