"""Each change of a scenario put by itself into the old one, as an author would make it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from cvosim.errors import Problem
from cvosim.experiment.baseline.places import is_stated, written
from cvosim.experiment.baseline.settings import Loc, SettingChange, by_name, differences, named
from cvosim.scenario.files import fill_references
from cvosim.scenario.patching import NOT_SIMULATED, node_of
from cvosim.scenario.scenario import Scenario
from cvosim.scenario.shares import with_shares
from cvosim.scenario.variants import Change, apply_changes
from cvosim.scenario.yaml_nodes import MapNode, Mark, Node, copy_map, map_data

Settings = Mapping[str, object]
_FILLED_IN = ("list_price", "reference_trust", "share")
_NOWHERE = Mark("")
_MOST = 100
"""Changes that are tried; who changes more has another scenario."""


@dataclass(frozen=True)
class Alone:
    """A change, and the old scenario with nothing but it.

    Attributes
    ----------
    change : SettingChange
        What an author did; what follows of itself, such as a list price, is none of it.
    scenario : Scenario or None
        None where it cannot stand without the others.
    """

    change: SettingChange
    scenario: Scenario | None


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


def each_alone(before: Settings, after: Settings, tree: MapNode) -> list[Alone]:
    """Take the way from one scenario to another apart into what an author changed.

    A change is put into the old scenario as a line of its file would be: prices that were not
    written as list prices take these along, and a removed stage leaves the programs that
    served it. What another change brings about in this way is not named; it follows.

    Parameters
    ----------
    before, after : mapping
        Settings, without the sections that are not simulated.
    tree : MapNode
        Of today's scenario: it tells what is written and what was filled in.

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
    changes = differences(before, after)
    base = _as_written(before, after, tree)
    tried = [_with(base, _edit(change, before, after)) for change in changes[:_MOST]]
    brings = [_brought_about(one, changes, after) for one in tried]
    follows = {
        other
        for mine, others in enumerate(brings)
        for other in others
        if other != mine and not (other < len(brings) and mine in brings[other])
    }
    scenarios = [*tried, *([None] * (len(changes) - len(tried)))]
    return [
        Alone(change, scenario)
        for place, (change, scenario) in enumerate(zip(changes, scenarios, strict=True))
        if place not in follows
    ]


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


def _with(base: MapNode, edit: tuple[Loc, object]) -> Scenario | None:
    loc, value = edit
    try:
        node = node_of(_present(value), _NOWHERE)
    except TypeError:
        return None
    tree = copy_map(base)
    problems: list[Problem] = []
    apply_changes(tree, [Change(".".join(loc), node, _NOWHERE)], problems)
    if problems:
        return None
    fill_references(tree)
    return rebuilt(map_data(tree))


def _edit(change: SettingChange, before: Settings, after: Settings) -> tuple[Loc, object]:
    """Say what to set to what: of a new item, or a new order, the whole list."""
    owner, items = change.loc[:-1], _at(before, change.loc[:-1])
    if change.before is None and named(items):
        order = list(by_name(_at(after, owner)))  # type: ignore[arg-type]
        earlier = order[: order.index(change.loc[-1])]
        old = list(items)  # type: ignore[call-overload]
        place = max((n + 1 for n, item in enumerate(old) if item["name"] in earlier), default=0)
        return owner, [*old[:place], change.after, *old[place:]]
    whole = _at(before, change.loc)
    if named(whole) and isinstance(change.after, list) and not named(change.after):
        return change.loc, _ordered(whole, change.after)  # type: ignore[arg-type]
    return change.loc, change.after


def _ordered(items: Sequence[Mapping[str, object]], names: Sequence[str]) -> list[object]:
    """Bring those that are named into their order; others stay where they stand."""
    index = by_name(items)
    known = [name for name in names if name in index]
    ranks = iter(known)
    return [index[next(ranks)] if item["name"] in known else item for item in items]


def _present(value: object) -> object:
    """Leave out what is null: it is not there."""
    if isinstance(value, Mapping):
        return {key: _present(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [_present(item) for item in value]
    return value


def _as_written(before: Settings, after: Settings, tree: MapNode) -> MapNode:
    """Make a tree of the old settings without what was filled in then as it is today."""
    kept = {key: value for key, value in before.items() if key not in NOT_SIMULATED}
    whole = _tree(kept)
    filled_in = {
        loc
        for loc in _candidates(after, ())
        if not _is_written(tree, loc) and _at(before, loc) is not None
    }
    today = _tree(after)
    filled_in &= _follow(today, filled_in, after)
    filled_in &= _follow(whole, filled_in, before)
    _drop(whole, filled_in)
    return whole


def _tree(settings: Settings) -> MapNode:
    found = node_of(_present(settings), _NOWHERE)
    assert isinstance(found, MapNode)
    return found


def _candidates(value: object, loc: Loc) -> Iterator[Loc]:
    """Find every setting that may have been filled in."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            inner = (*loc, str(key))
            if key in _FILLED_IN and isinstance(item, int | float):
                yield inner
            else:
                yield from _candidates(item, inner)
    elif named(value):
        for name, item in by_name(value).items():  # type: ignore[arg-type]
            yield from _candidates(item, (*loc, name))


def _is_written(tree: MapNode, loc: Loc) -> bool:
    node = written(tree, loc).node
    return node is not None and is_stated(node)


def _follow(tree: MapNode, locs: set[Loc], settings: Settings) -> set[Loc]:
    """Tell which of some settings come out the same if they are filled in."""
    bare = copy_map(tree)
    _drop(bare, locs)
    fill_references(bare)
    data = with_shares(map_data(bare))
    return {loc for loc in locs if _at(data, loc) == _at(settings, loc)}


def _drop(tree: MapNode, locs: set[Loc]) -> None:
    for loc in locs:
        holder: Node | None = written(tree, loc[:-1]).node
        if isinstance(holder, MapNode):
            holder.entries.pop(loc[-1], None)


def _at(value: object, loc: Loc) -> object:
    """Look up a setting; None where there is none."""
    for part in loc:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif named(value):
            value = by_name(value).get(part)  # type: ignore[arg-type]
        else:
            return None
    return value
