"""Two scenarios as parts that can be exchanged: the stages in which they differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from cvosim.errors import DataError
from cvosim.scenario import Scenario

Section = dict[str, Any]
Subset = frozenset[int]

MOST_PARTS = 8
"""Parts that can be told apart: each one more doubles the scenarios that must be simulated."""

_LISTS = ("journey.profit_maximizers", "journey.return_path")
_NOT_SIMULATED = ("experiment", "sweep")
_WORDS = ("schema_version", "name", "description", "customers", "seed")


@dataclass(frozen=True)
class Swap:
    """A baseline and a variant, and every scenario between them.

    Attributes
    ----------
    baseline, variant : Scenario
    parts : tuple of tuple of str
        The paths of each part: usually one; several where they only work together or were asked
        to be one.
    together : tuple of str
        Names of the parts that were put together because neither works without the other.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> changes = ["journey.tripwire.price=19", "journey.core_offer.price=229"]
    >>> base, other = (load_scenario("carpet_cleaning", some) for some in ((), changes))
    >>> swap = Swap.of(base, other)
    >>> swap.names
    ('tripwire', 'core_offer')
    >>> swap.between(frozenset({1})).journey.tripwire.price
    29.0
    """

    baseline: Scenario
    variant: Scenario
    parts: tuple[tuple[str, ...], ...]
    together: tuple[str, ...] = ()
    _sides: tuple[Section, Section] = field(default=({}, {}), repr=False)

    @classmethod
    def of(
        cls, baseline: Scenario, variant: Scenario, together: Sequence[Sequence[str]] = ()
    ) -> Swap:
        """Find the parts in which two scenarios differ.

        Programs, effects and rewards that name a stage which only one side has come and go with
        that stage: they are no change of their own.

        Parameters
        ----------
        baseline, variant : Scenario
            With the same horizon and currency.
        together : sequence of sequences of str
            Paths or names of parts that count as one.

        Raises
        ------
        DataError
            When the two cannot be compared, differ in nothing or in too many parts, or a name in
            ``together`` is not a part that differs.
        """
        _comparable(baseline, variant)
        sides = _flat(baseline), _flat(variant)
        paths = _changed(sides, _gone(baseline, variant))
        if not paths:
            raise DataError(f'"{variant.name}" changes no stage of "{baseline.name}"')
        asked = _asked(paths, together)
        if len(asked) > MOST_PARTS:
            raise DataError(
                f"{len(asked)} parts differ ({', '.join(map(_name, asked))}); at most "
                f"{MOST_PARTS} can be told apart ({2**MOST_PARTS} scenarios): change fewer, or put "
                "some of them together"
            )
        swap = cls(baseline, variant, asked, (), sides)
        return swap._workable()

    @property
    def names(self) -> tuple[str, ...]:
        """What each part is called."""
        return tuple(_name(part) for part in self.parts)

    def between(self, subset: Subset) -> Scenario:
        """Give the baseline with some parts as in the variant.

        Raises
        ------
        ValueError
            When the parts of this scenario do not fit together.
        """
        if not subset:
            return self.baseline
        if len(subset) == len(self.parts):
            return self.variant
        changed = {path for place in subset for path in self.parts[place]}
        data = _mixed(self._sides, changed, _gone(self.baseline, self.variant))
        data |= {"customers": self.baseline.customers, "seed": self.baseline.seed}
        return Scenario.model_validate(data)

    def _works(self, subset: Subset) -> bool:
        try:
            self.between(subset)
        except ValueError:
            return False
        return True

    def _workable(self) -> Swap:
        """Put parts together until every scenario between the two is one."""
        swap = self
        while (broken := next((s for s in _subsets(swap) if not swap._works(s)), None)) is not None:
            larger = (s for s in _subsets(swap) if s > broken and swap._works(s))
            joined = next(larger, frozenset(range(len(swap.parts))))
            swap = swap._joined(joined)
        return swap

    def _joined(self, places: Subset) -> Swap:
        one = tuple(path for place in sorted(places) for path in self.parts[place])
        rest = [part for place, part in enumerate(self.parts) if place not in places]
        rest.insert(min(places), one)
        kept = [name for name in self.together if name in map(_name, rest)]
        return Swap(self.baseline, self.variant, tuple(rest), (*kept, _name(one)), self._sides)


def _subsets(swap: Swap) -> Iterator[Subset]:
    """Every subset of the parts, small ones first."""
    places = range(len(swap.parts))
    for size in range(len(places) + 1):
        yield from map(frozenset, combinations(places, size))


def _comparable(baseline: Scenario, variant: Scenario) -> None:
    for what, words in (("horizon_days", "horizon"), ("currency", "currency")):
        one, other = getattr(baseline, what), getattr(variant, what)
        if one != other:
            raise DataError(
                f'"{variant.name}" must have the {words} of "{baseline.name}", {one} (got {other})'
            )


def _name(part: Sequence[str]) -> str:
    short = [path.removeprefix("journey.") for path in part]
    return " + ".join(name.removeprefix("profit_maximizers.") for name in short)


def _flat(scenario: Scenario) -> Section:
    """Sections by path; items of the two lists each by themselves."""
    data = scenario.model_dump()
    for key in _NOT_SIMULATED:
        data.pop(key, None)
    journey = data.pop("journey")
    found = {f"journey.{key}": value for key, value in journey.items()}
    for path in _LISTS:
        found |= {f"{path}.{item['name']}": item for item in found.pop(path)}
    return found | data


def _gone(baseline: Scenario, variant: Scenario) -> frozenset[str]:
    """Stages that only one of the two walks."""
    return frozenset(baseline.journey.stages()) ^ frozenset(variant.journey.stages())


def _changed(sides: tuple[Section, Section], gone: frozenset[str]) -> list[str]:
    ours, theirs = sides
    found = []
    for path in _in_order(*sides):
        if path in _WORDS:
            continue
        one, other = (_stripped(side.get(path), gone) for side in sides)
        if one != other:
            found.append(path)
    for path in _LISTS:
        if not _same_order(path, ours, theirs):
            members = [p for p in _in_order(*sides) if p.startswith(f"{path}.")]
            found = [p for p in found if p not in members] + members
    return found


def _in_order(ours: Section, theirs: Section) -> list[str]:
    return list(dict.fromkeys((*ours, *theirs)))


def _same_order(path: str, ours: Section, theirs: Section) -> bool:
    both = ([p for p in side if p.startswith(f"{path}.")] for side in (ours, theirs))
    one, other = both
    return [p for p in one if p in other] == [p for p in other if p in one]


def _stripped(value: Any, gone: Iterable[str]) -> Any:
    """Forget what names a stage that is gone; None for what then serves nothing."""
    if isinstance(value, list | tuple):
        return [_stripped(item, gone) for item in value]
    if not isinstance(value, Mapping):
        return value
    found = {key: _stripped(item, gone) for key, item in value.items()}
    if isinstance(found.get("effects"), dict):
        found["effects"] = {k: v for k, v in found["effects"].items() if k not in gone}
    at = found.get("at")
    if isinstance(at, list):
        found["at"] = [stage for stage in at if stage not in gone]
        if at and not found["at"]:
            return None
    elif isinstance(at, str) and at in gone:
        return None
    return found


def _mixed(sides: tuple[Section, Section], changed: set[str], gone: frozenset[str]) -> Section:
    """The baseline's sections, with those that are changed as in the variant."""
    ours, theirs = sides
    chosen: Section = {}
    for path in _merged_order(ours, theirs):
        first, second = (theirs, ours) if path in changed else (ours, theirs)
        if path in first:
            value = _lent(first[path], second.get(path), gone)
        else:
            # what is no change is a program that serves stages of one side only
            value = None if path in changed else second[path]
        chosen[path] = value
    return _nested(chosen, gone)


def _merged_order(ours: Section, theirs: Section) -> list[str]:
    """The variant's order; what only the baseline has stands behind what it stood behind."""
    order = list(theirs)
    before: str | None = None
    for path in ours:
        if path not in theirs:
            order.insert(0 if before is None else order.index(before) + 1, path)
        before = path
    return order


def _lent(value: Any, other: Any, gone: frozenset[str]) -> Any:
    """Add what the other side says of stages that only one side has: they may both be there."""
    if isinstance(value, list | tuple) and isinstance(other, list | tuple):
        named = {item.get("name"): item for item in other if isinstance(item, Mapping)}
        return [
            _lent(item, named.get(item.get("name")), gone) if isinstance(item, Mapping) else item
            for item in value
        ]
    if not (isinstance(value, Mapping) and isinstance(other, Mapping)):
        rewarded = isinstance(other, Mapping) and other.get("at") in gone
        return other if value is None and rewarded else value
    found = {key: _lent(item, other.get(key), gone) for key, item in value.items()}
    if isinstance(value.get("effects"), Mapping):
        theirs = other.get("effects") or {}
        found["effects"] = {**{k: v for k, v in theirs.items() if k in gone}, **value["effects"]}
    if isinstance(value.get("at"), list | tuple):
        both = sorted((list(value["at"]), list(other.get("at") or ())), key=len, reverse=True)
        kept = {stage for stage in both[0] + both[1] if stage in gone} | set(value["at"])
        found["at"] = [stage for stage in dict.fromkeys(both[0] + both[1]) if stage in kept]
    return found


def _nested(chosen: Section, gone: frozenset[str]) -> Section:
    """A scenario's raw data from its sections; what names a stage that it lacks goes."""
    journey: Section = {path.rpartition(".")[2]: [] for path in _LISTS}
    data: Section = {"journey": journey}
    for path, value in chosen.items():
        head, _, name = path.rpartition(".")
        if head in _LISTS:
            if value is not None:
                journey[head.rpartition(".")[2]].append(value)
        elif head:
            journey[name] = value
        else:
            data[path] = value
    lacking = gone - _walked(journey)
    for key, value in data.items():
        if key in ("market", "channels"):
            data[key] = _stripped(value, lacking)
    journey["referral"] = _stripped(journey["referral"], lacking)
    programs = (_stripped(program, lacking) for program in journey["return_path"])
    journey["return_path"] = [program for program in programs if program is not None]
    return data


def _walked(journey: Section) -> frozenset[str]:
    found = set()
    for slot in journey["order"]:
        if slot == "profit_maximizers":
            found |= {offer["name"] for offer in journey[slot]}
        elif journey.get(slot) is not None:
            found.add(slot)
    return frozenset(found)


def _asked(paths: Sequence[str], together: Sequence[Sequence[str]]) -> tuple[tuple[str, ...], ...]:
    """Parts of one path each, but for those that are asked for as one."""
    whose: dict[str, int] = {}
    for number, group in enumerate(together):
        for word in group:
            found = [path for path in paths if word in (path, _name([path]))]
            if not found:
                known = ", ".join(_name([path]) for path in paths)
                raise DataError(f'"{word}" is no part that differs; these do: {known}')
            whose[found[0]] = number
    parts: dict[Any, list[str]] = {}
    for path in paths:
        parts.setdefault(whose.get(path, path), []).append(path)
    return tuple(map(tuple, parts.values()))
