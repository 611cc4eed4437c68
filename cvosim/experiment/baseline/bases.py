"""What a variant keeps of its bases: references that they filled in from their own lines."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cvosim.experiment.baseline.edits import edit_of, edited, undone
from cvosim.experiment.baseline.filling import NOWHERE, Settings, at
from cvosim.experiment.baseline.record import Stated
from cvosim.experiment.baseline.settings import Loc, SettingChange, differences
from cvosim.scenario.files import fill_references
from cvosim.scenario.patching import node_of
from cvosim.scenario.yaml_nodes import MapNode, map_data


@dataclass(frozen=True)
class Line:
    """A line that somebody changed, in a scenario's file or in one that it extends.

    Attributes
    ----------
    change : SettingChange
        What stands there.
    own : bool
        Whether it is a setting of the scenario itself, and not of its bases alone.
    levels : frozenset of int
        Of the bases that have it.
    """

    change: SettingChange
    own: bool
    levels: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Kept:
    """References that a scenario has of its bases, and what these had them from.

    Attributes
    ----------
    origin : mapping of tuple to int
        Which of the bases filled a reference in.
    old, new : tuple of mapping
        What references follow from in each base, then and now.
    """

    origin: Mapping[Loc, int]
    old: Sequence[Settings]
    new: Sequence[Settings]

    def lines(self, own: Sequence[SettingChange]) -> list[Line]:
        """Add what changed in bases to a scenario's own changes; one line may be both."""
        found = [Line(change, own=True) for change in own]
        for level in sorted(set(self.origin.values())):
            for change in differences(self.old[level], self.new[level]):
                place = next((n for n, one in enumerate(found) if _same(one.change, change)), None)
                if place is None:
                    found.append(Line(change, own=False, levels=frozenset({level})))
                else:
                    one = found[place]
                    found[place] = Line(one.change, one.own, one.levels | {level})
        return [line for line in found if line.own or self.along(line) != self._values(self.old)]

    def along(self, line: Line) -> dict[Loc, object]:
        """Tell what the references come to in the old bases with nothing but a line changed."""
        return self._values(self._put(line, line.change, self.old, self.new))

    def back(self, line: Line) -> dict[Loc, object]:
        """Tell what the references come to in today's bases with a line as it was."""
        return self._values(self._put(line, undone(line.change), self.new, self.old))

    def _put(
        self, line: Line, change: SettingChange, base: Sequence[Settings], other: Sequence[Settings]
    ) -> list[Settings]:
        return [
            _edited(one, change, there) if level in line.levels else one
            for level, (one, there) in enumerate(zip(base, other, strict=True))
        ]

    def _values(self, bases: Sequence[Settings]) -> dict[Loc, object]:
        data = [filled(one) for one in bases]
        return {loc: at(data[level], loc) for loc, level in self.origin.items()}


def kept_of(
    then: tuple[Settings, Collection[Loc], Stated | None],
    now: tuple[Settings, Collection[Loc], Stated | None],
) -> Kept:
    """Find the references that bases filled in, then and now.

    Parameters
    ----------
    then, now : tuple
        Settings, references in them that nobody wrote and that do not follow from them, and what
        is known of their bases.
    """
    old, new = (() if one[2] is None else one[2].bases for one in (then, now))
    if len(old) != len(new):  # it extends other files: nothing is kept of them
        return Kept({}, (), ())
    before, after = _levels(then[0], then[1], old), _levels(now[0], now[1], new)
    origin = dict[Loc, int]()
    for loc in before.keys() | after.keys():
        sides = [
            levels.get(loc, set())
            for levels, settings in ((before, then[0]), (after, now[0]))
            if at(settings, loc) is not None
        ]
        common = set.intersection(*sides)
        if common:
            origin[loc] = min(common)
    return Kept(origin, old, new)


def filled(base: Settings) -> Settings:
    """Fill the references of a base in."""
    tree = _tree(base)
    fill_references(tree)
    return map_data(tree)


def _levels(
    settings: Settings, locs: Collection[Loc], bases: Sequence[Settings]
) -> dict[Loc, set[int]]:
    """Tell in which bases references come to what they are."""
    data = [filled(base) for base in bases]
    return {
        loc: {level for level, one in enumerate(data) if at(one, loc) == at(settings, loc)}
        for loc in locs
    }


def _edited(base: Settings, change: SettingChange, other: Settings) -> Settings:
    tree = edited(_tree(base), edit_of(change, base, other))
    return base if tree is None else map_data(tree)


def _tree(base: Settings) -> MapNode:
    tree = node_of(base, NOWHERE)
    assert isinstance(tree, MapNode)
    return tree


def _same(own: SettingChange, other: SettingChange) -> bool:
    """Tell whether a change of a base is one of the scenario's; of sections it has but parts."""
    pairs = ((own.before, other.before), (own.after, other.after))
    return own.loc == other.loc and all(
        one == two or (isinstance(one, Mapping) and isinstance(two, Mapping)) for one, two in pairs
    )
