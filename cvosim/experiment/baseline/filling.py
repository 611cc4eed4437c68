"""What a scenario's file leaves out and is filled in: a change of it is nobody's line."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple

from cvosim.experiment.baseline.places import is_written, written, written_paths
from cvosim.experiment.baseline.record import Stated
from cvosim.experiment.baseline.settings import Loc, by_name, named
from cvosim.scenario.files import fill_references
from cvosim.scenario.patching import NOT_SIMULATED, node_of
from cvosim.scenario.shares import with_shares
from cvosim.scenario.yaml_nodes import MapNode, Mark, Node, copy_map, map_data

Settings = Mapping[str, object]
FILLED_IN = ("list_price", "reference_trust", "share")
"""Settings that follow from others where nobody wrote them."""
NOWHERE = Mark("")


class Bare(NamedTuple):
    """Two scenarios as their files have them: what follows from the rest is left out.

    Attributes
    ----------
    old, new : MapNode
        Whoever changes one fills it in anew, as an edit of its file would.
    follows : frozenset of tuple
        What is written on neither side and follows on both, or on that which has it.
    loose : tuple of collection
        Of either side, what is not written either and follows from other values than these: a
        variant changed the price, or the trust, after its base filled them in.
    """

    old: MapNode
    new: MapNode
    follows: frozenset[Loc]
    loose: tuple[Collection[Loc], Collection[Loc]]


def bare(before: Settings, after: Settings, tree: MapNode, stated: Stated | None) -> Bare:
    """Take out of two scenarios what was filled in.

    A reference that was filled in before a variant changed what it follows from, such as the
    list price of an offer, follows from nothing in that variant: it stays.

    Parameters
    ----------
    before, after : mapping
        Settings of a record and of today.
    tree : MapNode
        Of today's scenario: it tells what is written there.
    stated : Stated or None
        Paths that were written then; None where nobody knows, and what is written today counts.
    """
    now = written_paths(tree)
    then = now if stated is None else stated
    earlier, today = _tree(before), _tree(after)
    first, last = set(_candidates(before, ())), set(_candidates(after, ()))
    was = {loc for loc in first if is_written(then, loc)}
    stands = {loc for loc in last if is_written(now, loc)}
    old = _follow(earlier, first - was, before)
    new = _follow(today, last - stands, after)
    both, gone, come = old & new, old - last, new - first
    moved = {loc for loc in first & last if at(before, loc) != at(after, loc)}
    # what is written on one side only and is the same on both was spelt out, and stays
    _drop(earlier, both | gone | (old & stands & moved))
    _drop(today, both | come | (new & was & moved))
    follows = frozenset(both | gone | come)
    return Bare(earlier, today, follows, (first - was - follows, last - stands - follows))


def at(value: object, loc: Loc) -> object:
    """Look up a setting; None where there is none.

    Examples
    --------
    >>> at({"channels": [{"name": "ads", "share": 0.4}]}, ("channels", "ads", "share"))
    0.4
    """
    for part in loc:
        if isinstance(value, Mapping):
            value = value.get(part)
        elif named(value):
            value = by_name(value).get(part)  # type: ignore[arg-type]
        else:
            return None
    return value


def present(value: object) -> object:
    """Leave out what is null: it is not there.

    Examples
    --------
    >>> present({"a": None, "b": [{"c": None}]})
    {'b': [{}]}
    """
    if isinstance(value, Mapping):
        return {key: present(item) for key, item in value.items() if item is not None}
    if isinstance(value, list | tuple):
        return [present(item) for item in value]
    return value


def without(tree: MapNode, loc: Loc) -> MapNode:
    """Copy a scenario without one of its settings."""
    rest = copy_map(tree)
    _drop(rest, {loc})
    return rest


def _tree(settings: Settings) -> MapNode:
    kept = {key: value for key, value in settings.items() if key not in NOT_SIMULATED}
    found = node_of(present(kept), NOWHERE)
    assert isinstance(found, MapNode)
    return found


def _candidates(value: object, loc: Loc) -> Iterator[Loc]:
    """Find every setting that may have been filled in."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            inner = (*loc, str(key))
            if key in FILLED_IN and isinstance(item, int | float):
                yield inner
            else:
                yield from _candidates(item, inner)
    elif named(value):
        for name, item in by_name(value).items():  # type: ignore[arg-type]
            yield from _candidates(item, (*loc, name))


def _follow(tree: MapNode, locs: set[Loc], settings: Settings) -> set[Loc]:
    """Tell which of some settings come out the same if they are filled in."""
    rest = copy_map(tree)
    _drop(rest, locs)
    fill_references(rest)
    data = with_shares(map_data(rest))
    return {loc for loc in locs if at(data, loc) == at(settings, loc)}


def _drop(tree: MapNode, locs: set[Loc]) -> None:
    for loc in locs:
        holder: Node | None = written(tree, loc[:-1]).node
        if isinstance(holder, MapNode):
            holder.entries.pop(loc[-1], None)
