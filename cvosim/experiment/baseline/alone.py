"""Each change of a scenario put by itself into the old one, as an author would make it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cvosim.errors import Problem
from cvosim.experiment.baseline.filling import (
    FILLED_IN,
    NOWHERE,
    Settings,
    at,
    bare,
    present,
    refilled,
    without,
)
from cvosim.experiment.baseline.places import is_written, written, written_paths
from cvosim.experiment.baseline.settings import Loc, SettingChange, by_name, differences, named
from cvosim.scenario.files import fill_references
from cvosim.scenario.patching import node_of
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.variants import Change, apply_changes
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
    """

    change: SettingChange
    scenario: Scenario | None
    rest: Scenario | None = None
    tried: bool = True
    by_release: bool = False


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
    stated: Collection[str] | None = None,
) -> list[Alone]:
    """Take the way from one scenario to another apart into what an author changed.

    A change is put into the old scenario as a line of its file would be: what was not written
    there, such as a list price, is filled in anew, and a removed stage leaves the programs that
    served it. What another change brings about in this way is not named; it follows. So does
    what is written on neither side and is filled in from the rest.

    Parameters
    ----------
    before, after : mapping
        Settings, without the sections that are not simulated.
    tree : MapNode
        Of today's scenario: it tells what is written and what was filled in.
    stated : collection of str, optional
        Paths that were written in the old one.

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
    changes = [one for one in differences(before, after) if one.loc not in sides.follows]
    old, new = map_data(sides.old), map_data(sides.new)
    edits = [_edit(change, old, new) for change in changes[:_MOST]]
    drags = [_dragged(sides.old, edit, sides.frozen) for edit in edits]
    # what a variant's base filled in moves with the line that it follows from
    dragged = set[Loc]().union(*drags)
    there = {loc: at(after, loc) for loc in dragged}
    back = {loc: at(before, loc) for loc in dragged}
    tried = [
        _with(sides.old, edit, {loc: there[loc] for loc in drag})
        for edit, drag in zip(edits, drags, strict=True)
    ]
    brings = [_brought_about(one, changes, after) for one in tried]
    follows = {
        other
        for mine, others in enumerate(brings)
        for other in others
        if other != mine and not (other < len(brings) and mine in brings[other])
    }
    moved = {} if stated is None else _moved_defaults(changes, sides.old, stated, tree)
    return [
        Alone(
            change,
            tried[place],
            _with(
                sides.new,
                _edit(_undone(change), new, old),
                {loc: back[loc] for loc in drags[place]},
            ),
            by_release=change.loc in moved,
        )
        if place < len(tried)
        else Alone(change, None, tried=False, by_release=change.loc in moved)
        for place, change in enumerate(changes)
        if place not in follows and change.loc not in dragged
    ]


def named_today(
    before: Settings, after: Settings, tree: MapNode, stated: Collection[str] | None
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
    changes: Sequence[SettingChange], old: MapNode, stated: Collection[str], tree: MapNode
) -> set[Loc]:
    """Find what nobody wrote and this release fills in otherwise than that of the record."""
    now = written_paths(tree)
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


def _with(base: MapNode, edit: tuple[Loc, object], along: Mapping[Loc, object]) -> Scenario | None:
    """Carry out a change, and what moves along with it."""
    tree = _edited(base, edit)
    if tree is None:
        return None
    for loc, value in along.items():
        holder = written(tree, loc[:-1]).node
        if isinstance(holder, MapNode):
            holder.put(loc[-1], node_of(value, NOWHERE))
    fill_references(tree)
    return rebuilt(map_data(tree))


def _edited(base: MapNode, edit: tuple[Loc, object]) -> MapNode | None:
    loc, value = edit
    try:
        node = node_of(present(value), NOWHERE)
    except TypeError:
        return None
    tree = copy_map(base)
    problems: list[Problem] = []
    apply_changes(tree, [Change(".".join(loc), node, NOWHERE)], problems)
    return None if problems else tree


def _dragged(base: MapNode, edit: tuple[Loc, object], frozen: Collection[Loc]) -> set[Loc]:
    """Find the references that a change would move if they followed from this scenario."""
    tree = _edited(base, edit) if frozen and edit[0] not in frozen else None
    if tree is None:
        return set()
    old, new = refilled(base, frozen), refilled(tree, frozen)
    return {loc for loc in frozen if new[loc] is not None and new[loc] != old[loc]}


def _undone(change: SettingChange) -> SettingChange:
    """Turn a change round; a renamed item goes by its new name."""
    loc = change.loc
    if len(loc) > 1 and loc[-1] == "name" and loc[-2] == change.before:
        loc = (*loc[:-2], str(change.after), "name")
    return SettingChange(loc, change.after, change.before)


def _edit(change: SettingChange, before: Settings, after: Settings) -> tuple[Loc, object]:
    """Say what to set to what: of a new item, or a new order, the whole list."""
    owner, items = change.loc[:-1], at(before, change.loc[:-1])
    value = _as_written(change, after)
    if change.before is None and named(items):
        order = list(by_name(at(after, owner)))  # type: ignore[arg-type]
        earlier = order[: order.index(change.loc[-1])]
        old = list(items)  # type: ignore[call-overload]
        place = max((n + 1 for n, item in enumerate(old) if item["name"] in earlier), default=0)
        return owner, [*old[:place], value, *old[place:]]
    whole = at(before, change.loc)
    if named(whole) and isinstance(change.after, list) and not named(change.after):
        return change.loc, _ordered(whole, change.after)  # type: ignore[arg-type]
    return change.loc, value


def _as_written(change: SettingChange, after: Settings) -> object:
    """Give the new value, without what is filled in."""
    whole = isinstance(change.after, Mapping) or named(change.after)
    if change.after is not None and (whole or change.loc[-1] in FILLED_IN):
        return at(after, change.loc)
    return change.after


def _ordered(items: Sequence[Mapping[str, object]], names: Sequence[str]) -> list[object]:
    """Bring those that are named into their order; others stay where they stand."""
    index = by_name(items)
    known = [name for name in names if name in index]
    ranks = iter(known)
    return [index[next(ranks)] if item["name"] in known else item for item in items]
