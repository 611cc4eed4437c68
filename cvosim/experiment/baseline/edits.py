"""A change as an edit of a scenario: what to set to what, there and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cvosim.errors import Problem
from cvosim.experiment.baseline.filling import FILLED_IN, NOWHERE, Settings, at, present
from cvosim.experiment.baseline.settings import Loc, SettingChange, by_name, named
from cvosim.scenario.patching import node_of
from cvosim.scenario.variants import Change, apply_changes
from cvosim.scenario.yaml_nodes import MapNode, copy_map

Edit = tuple[Loc, object]
"""A place, and its new value; None removes."""


def edited(tree: MapNode, edit: Edit) -> MapNode | None:
    """Carry out an edit on a copy; None where that cannot be."""
    loc, value = edit
    try:
        node = node_of(present(value), NOWHERE)
    except TypeError:
        return None
    found = copy_map(tree)
    problems: list[Problem] = []
    apply_changes(found, [Change(".".join(loc), node, NOWHERE)], problems)
    return None if problems else found


def undone(change: SettingChange) -> SettingChange:
    """Turn a change round; a renamed item goes by its new name."""
    return SettingChange(place_now(change), change.after, change.before)


def place_now(change: SettingChange) -> Loc:
    """Give the place of a change in today's scenario.

    Examples
    --------
    >>> place_now(SettingChange(("channels", "ads", "name"), "ads", "banners"))
    ('channels', 'banners', 'name')
    """
    loc = change.loc
    if len(loc) > 1 and loc[-1] == "name" and loc[-2] == change.before:
        loc = (*loc[:-2], str(change.after), "name")
    return loc


def edit_of(change: SettingChange, before: Settings, after: Settings) -> Edit:
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
    # an empty list may be of values as well as of items
    if whole and named(whole) and isinstance(change.after, list) and not named(change.after):
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
