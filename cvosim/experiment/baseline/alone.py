"""Each change of a scenario put by itself into the old one, as an author would make it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cvosim.experiment.baseline.bases import kept_of
from cvosim.experiment.baseline.edits import Edit, edit_of, edited, undone
from cvosim.experiment.baseline.filling import (
    FILLED_IN,
    NOWHERE,
    Settings,
    at,
    bare,
    present,
    without,
)
from cvosim.experiment.baseline.places import is_written, written, written_paths
from cvosim.experiment.baseline.record import Stated
from cvosim.experiment.baseline.settings import Loc, SettingChange, differences, named
from cvosim.experiment.baseline.sources import bases_of
from cvosim.scenario.files import fill_references
from cvosim.scenario.patching import node_of
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.yaml_nodes import MapNode, copy_map, map_data

_MOST = 100
"""Changes that are tried; who changes more has another scenario."""


@dataclass(frozen=True)
class Alone:
    """A change, the old scenario with nothing but it, and the new one with all but it.

    Attributes
    ----------
    change : SettingChange
        What an author did; what follows of itself, such as a list price, is none of it.
    scenario : Scenario or None
        None where it cannot stand without the others.
    rest : Scenario or None
        Today's, this change taken out; None where the others cannot stand without it.
    tried : bool
        False for the last of very many changes, of which nothing more is known.
    by_release : bool
        Whether nobody wrote it, then or now: another default of the release.
    base : MapNode or None
        Where it is written, if that is in a file that today's extends, and no setting of it.
    """

    change: SettingChange
    scenario: Scenario | None
    rest: Scenario | None = None
    tried: bool = True
    by_release: bool = False
    base: MapNode | None = None


def rebuilt(settings: Settings) -> Scenario | None:
    """Build a scenario from a record's settings; None where this release cannot.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> scenario = load_scenario("cdnow")
    >>> rebuilt(scenario.model_dump(mode="json")) == scenario
    True
    >>> rebuilt({"name": "nothing else"}) is None
    True
    """
    try:
        return Scenario.model_validate(dict(settings))
    except ValueError:
        return None


def each_alone(
    before: Settings,
    after: Settings,
    tree: MapNode,
    stated: Stated | None = None,
) -> list[Alone]:
    """Take the way from one scenario to another apart into what an author changed.

    A change is put into the old scenario as a line of its file would be: what was not written
    there, such as a list price, is filled in anew, and a removed stage leaves the programs that
    served it. What another change brings about in this way is not named; it follows. So does
    what is written on neither side and is filled in from the rest, be it from lines that only
    the bases of a variant have: these are named.

    Parameters
    ----------
    before, after : mapping
        Settings, without the sections that are not simulated.
    tree : MapNode
        Of today's scenario: it tells what is written and what was filled in.
    stated : Stated, optional
        What was written in the old one.

    Returns
    -------
    list of Alone

    Examples
    --------
    >>> from cvosim.scenario.loader import load_tree
    >>> tree, scenario, _ = load_tree("carpet_cleaning", ["journey.core_offer.price=199"])
    >>> after = scenario.model_dump(mode="json")
    >>> before = load_tree("carpet_cleaning")[1].model_dump(mode="json")
    >>> [alone.change.path for alone in each_alone(before, after, tree)]
    ['journey.core_offer.price']
    """
    sides = bare(before, after, tree, stated)
    now = written_paths(tree)
    kept = kept_of((before, sides.loose[0], stated), (after, sides.loose[1], now))
    changes = differences(before, after, follows={*sides.follows, *kept.origin})
    lines = kept.lines(changes)
    old, new = map_data(sides.old), map_data(sides.new)
    tried = [
        _with(
            sides.old,
            edit_of(line.change, old, new) if line.own else None,
            kept.along(line),
        )
        for line in lines[:_MOST]
    ]
    brings = [_brought_about(one, changes, after) for one in tried]
    follows = {
        other
        for mine, others in enumerate(brings)
        for other in others
        if other != mine and not (other < len(brings) and mine in brings[other])
    }
    moved = {} if stated is None else _moved_defaults(changes, sides.old, stated, now)
    bases = bases_of(tree)
    return [
        Alone(
            line.change,
            tried[place],
            _with(
                sides.new,
                edit_of(undone(line.change), new, old) if line.own else None,
                kept.back(line),
            ),
            by_release=line.own and line.change.loc in moved,
            base=None if line.own else bases[min(line.levels)],
        )
        if place < len(tried)
        else Alone(line.change, None, tried=False, by_release=line.change.loc in moved)
        for place, line in enumerate(lines)
        if place not in follows
    ]


def named_today(
    before: Settings, after: Settings, tree: MapNode, stated: Stated | None
) -> list[SettingChange]:
    """Name what differs from settings that this release cannot build, as far as it knows them.

    Parameters
    ----------
    before : mapping
        Settings as they stand in a record.
    after, tree, stated
        As `each_alone` has them.
    """
    now = written_paths(tree)
    return [
        change
        for change in differences(before, after)
        if _is_known(change.loc, after)
        and (
            is_written(now, change.loc)
            or (change.before is not None and (stated is None or is_written(stated, change.loc)))
        )
        and not (stated is None and change.loc[-1] in FILLED_IN and not is_written(now, change.loc))
    ]


def _is_known(loc: Loc, after: Settings) -> bool:
    """Tell whether today's scenario has such a setting, or a list that may have such an item."""
    holder = at(after, loc[:-1])
    return loc[-1] in holder if isinstance(holder, Mapping) else named(holder)


def _moved_defaults(
    changes: Sequence[SettingChange], old: MapNode, stated: Stated, now: Stated
) -> set[Loc]:
    """Find what nobody wrote and this release fills in otherwise than that of the record."""
    return {
        change.loc
        for change in changes
        if not is_written(stated, change.loc)
        and not is_written(now, change.loc)
        and _default(old, change.loc) == present(change.after)
    }


def _default(old: MapNode, loc: Loc) -> object:
    """What this release takes for a setting of a scenario if it is left out."""
    rest = without(old, loc)
    fill_references(rest)
    scenario = rebuilt(map_data(rest))
    return None if scenario is None else present(at(scenario.model_dump(mode="json"), loc))


def _brought_about(
    scenario: Scenario | None, changes: Sequence[SettingChange], after: Settings
) -> set[int]:
    """Which of the changes a scenario, that one of them was put into, has made."""
    if scenario is None:
        return set()
    left = {change.loc for change in differences(scenario.model_dump(mode="json"), after)}
    return {
        place
        for place, change in enumerate(changes)
        if not any(_within(loc, change.loc) or _within(change.loc, loc) for loc in left)
    }


def _within(inner: Loc, outer: Loc) -> bool:
    return inner[: len(outer)] == outer


def _with(base: MapNode, edit: Edit | None, references: Mapping[Loc, object]) -> Scenario | None:
    """Carry out a change, and what it does to references that bases filled in."""
    tree = copy_map(base) if edit is None else edited(base, edit)
    if tree is None:
        return None
    for loc, value in references.items():
        holder = written(tree, loc[:-1]).node
        if isinstance(holder, MapNode) and value is not None:
            holder.put(loc[-1], node_of(value, NOWHERE))
    fill_references(tree)
    return rebuilt(map_data(tree))
