"""Variants: patching a scenario's tree by dotted paths."""

from __future__ import annotations

from dataclasses import dataclass

from cvosim.errors import Problem
from cvosim.scenario.items import ChangeError, find_item, has_names, put_item
from cvosim.scenario.misplaced import misplaced_key
from cvosim.scenario.raw import nearest
from cvosim.scenario.references import Loc
from cvosim.scenario.removal import prune, standing
from cvosim.scenario.schema_walk import keys_of, schema_at
from cvosim.scenario.yaml_nodes import (
    ListNode,
    MapNode,
    Mark,
    Node,
    ScalarNode,
    height,
    map_data,
)
from cvosim.scenario.yaml_reader import MOST_DEPTH

_ROOT: Loc = ()


@dataclass(frozen=True)
class Change:
    """One line of ``changes``: a dotted path, its new value, and where it is written."""

    path: str
    value: Node
    mark: Mark

    @property
    def removes(self) -> bool:
        """Whether the value is null, which takes the place away."""
        return isinstance(self.value, ScalarNode) and self.value.value is None


def changes_in(section: MapNode) -> list[Change]:
    """Return the changes that a ``changes`` section lists, in its order."""
    return [Change(path, e.value, e.key_mark) for path, e in section.entries.items()]


def apply_changes(tree: MapNode, changes: list[Change], problems: list[Problem]) -> None:
    """Patch a tree in place.

    A path to a list item that is not there yet, such as
    ``journey.profit_maximizers.photo_shoot``, adds it if its value is a whole section; the
    item is named as the path says. A null removes. Removing a stage also takes it out of
    the ``at`` of programs (a program that then serves nothing goes), out of the ``effects``
    of segments, channels and referral, and takes away a reward for accepting it: nobody can
    be lost at a stage that is not there. Leaving a stage out of ``journey.order`` does the
    same but for ``effects``. Without repeat purchases the programs for customers who stay
    away go too.

    Parameters
    ----------
    tree : MapNode
        The scenario, its references filled in, so that conversions keep the trust and
        price they were observed at.
    changes : list of Change
        Carried out one by one, in order.
    problems : list of Problem
        Gets one for each change that cannot be made.
    """
    for change in changes:
        before = standing(tree) if change.removes or change.path == "journey.order" else None
        try:
            _apply(tree, change)
        except ChangeError as error:
            mark = change.mark
            path = "" if mark.file == f"-S {change.path}" else change.path
            problems.append(Problem(str(error), mark.file, mark.line, mark.column, path))
            continue
        if before is not None:
            prune(tree, before)


def _apply(tree: MapNode, change: Change) -> None:
    parts = change.path.split(".")
    if not all(parts):
        raise ChangeError("is no path; write one such as journey.tripwire.price")
    if len(parts) + height(change.value) > MOST_DEPTH:
        raise ChangeError(f"nested more than {MOST_DEPTH} levels deep")
    if parts == ["journey"] and isinstance(change.value, MapNode):
        words = "would replace the whole journey; write one path for each change, such as"
        raise ChangeError(f"{words} journey.tripwire.price")
    node: Node = tree
    loc: Loc = ()
    for part in parts[:-1]:
        node, step = _descend(tree, node, loc, part, change)
        loc = (*loc, step)
    if isinstance(node, ListNode):
        _change_item(tree, node, (*loc, parts[-1]), change)
    elif isinstance(node, MapNode):
        _change_key(tree, node, (*loc, parts[-1]), change)
    else:
        raise ChangeError(f"{'.'.join(parts[:-1])} is a value, it has no {parts[-1]}")


def _descend(
    tree: MapNode, node: Node, loc: Loc, part: str, change: Change
) -> tuple[Node, str | int]:
    if isinstance(node, ListNode):
        index = find_item(node, part, loc, map_data(tree))
        return node.items[index], index
    if not isinstance(node, MapNode):
        raise ChangeError(f"{_words(loc)} is a value, it has no {part}")
    child = node.get(part)
    if child is None or (isinstance(child, ScalarNode) and child.value is None):
        child = _new_section(tree, (*loc, part), node, change)
    return child, part


def _new_section(tree: MapNode, loc: Loc, node: MapNode, change: Change) -> MapNode | ListNode:
    """Add a section that was left out, if it needs nothing but what the change states."""
    data = map_data(tree)
    schema = schema_at(loc, data)
    if schema is None:
        raise ChangeError(_no_such_key(tree, node, loc))
    adds = change.path.count(".") == len(loc) and isinstance(change.value, MapNode)
    if adds and has_names(loc, data):
        items = ListNode([], change.mark)
        node.put(str(loc[-1]), items, change.mark)
        return items
    stated = change.path.split(".")[len(loc) :]
    lacking = set(schema.get("required", ())) - (set(stated) if len(stated) == 1 else set())
    if schema.get("type") != "object" or lacking or change.removes:
        raise ChangeError(f"the scenario has no {_words(loc)} to change")
    section = MapNode({}, change.mark)
    node.put(str(loc[-1]), section, change.mark)
    return section


def _change_key(tree: MapNode, node: MapNode, loc: Loc, change: Change) -> None:
    key = str(loc[-1])
    if not change.removes:
        if key not in node.entries and schema_at(loc, map_data(tree)) is None:
            raise ChangeError(_no_such_key(tree, node, loc))
        node.put(key, change.value, change.mark)
    elif key in node.entries:
        del node.entries[key]
        node.removed[key] = change.mark
    elif schema_at(loc, map_data(tree)) is None:
        raise ChangeError(_no_such_key(tree, node, loc))
    else:
        raise ChangeError(f"nothing to remove: the scenario has no {_words(loc)}")


def _no_such_key(tree: MapNode, node: MapNode, loc: Loc) -> str:
    return no_such_key(loc, map_data(tree), [*node.entries])


def no_such_key(loc: Loc, data: object, stated: list[str]) -> str:
    """Say that nothing stands at a place of the raw data, and which key is near."""
    words = misplaced_key(loc, data) if isinstance(data, dict) else None
    if words is not None:
        return words
    known = list(dict.fromkeys([*stated, *keys_of(schema_at(loc[:-1], data))]))
    where = f"in {_words(loc[:-1])}" if loc[:-1] else "at the top of a scenario"
    listing = f"; known there: {', '.join(known)}" if known else ""
    return f'no such path: no "{loc[-1]}" {where}{nearest(str(loc[-1]), known) or listing}'


def _change_item(tree: MapNode, node: ListNode, loc: Loc, change: Change) -> None:
    part, data = str(loc[-1]), map_data(tree)
    if change.removes:
        # to add an item is no advice to somebody who wants one gone
        del node.items[find_item(node, part, (), data)]
    else:
        put_item(node, part, change.value, (loc[:-1], data, change.mark))


def _words(loc: Loc) -> str:
    return ".".join(str(part) for part in loc)


def loc_of(path: str, data: object) -> tuple[Loc, object] | str:
    """Find where a path leads to in a scenario's full data.

    Parameters
    ----------
    path : str
        Dotted; list items by name or index.
    data : object
        The raw data with all defaults; it is this that is walked.

    Returns
    -------
    tuple or str
        The place and its value, None where a key is left out; or why there is no such place.
    """
    whole, loc = data, _ROOT
    for part in path.split("."):
        key: str | int | None = None
        if isinstance(data, dict) and part in data:
            key = part
        elif isinstance(data, list | tuple):
            key = position_of(data, part)
        if key is None and isinstance(data, dict) and schema_at((*loc, part), whole) is not None:
            key = part
        if key is None:
            return _missing(whole, data, (*loc, part))
        loc = (*loc, key)
        data = data.get(key) if isinstance(data, dict) else data[key]  # type: ignore[index]
    return loc, data


def position_of(found: list[object] | tuple[object, ...], part: str) -> int | None:
    """Return the place of a raw list's item by its name, else by its number."""
    for index, item in enumerate(found):
        if isinstance(item, dict) and item.get("name") == part:
            return index
    known = part.isascii() and part.isdigit() and len(part) < 7 and int(part) < len(found)
    return int(part) if known else None


def _missing(whole: object, data: object, loc: Loc) -> str:
    last = str(loc[-1])
    if data is None:
        return f"the scenario has no {_words(loc[:-1])}"
    if isinstance(data, list | tuple):
        known = [str(item["name"]) for item in data if isinstance(item, dict) and "name" in item]
        listing = f"; there are: {', '.join(known)}" if known else ""
        return f'no such path: no item is named "{last}"{nearest(last, known) or listing}'
    if not isinstance(data, dict):
        return f"{_words(loc[:-1])} is a value, it has no {last}"
    return no_such_key(loc, whole, [*data])
