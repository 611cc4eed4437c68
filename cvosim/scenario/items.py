"""List items addressed by name: finding, replacing, removing and adding them."""

from __future__ import annotations

from cvosim.scenario.raw import nearest
from cvosim.scenario.references import Loc
from cvosim.scenario.schema_walk import Schema, first_kind, keys_of, new_item, schema_at
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Mark, Node, ScalarNode, item_name


class ChangeError(Exception):
    """A change that cannot be made; says why."""


def find_item(node: ListNode, part: str, loc: Loc, data: object) -> int:
    """Find a list item by its name, else by its index.

    Parameters
    ----------
    node : ListNode
        The list.
    part : str
        Name or index.
    loc : tuple
        Where the list is: what may be added there is said if nothing is found.
    data : object
        The raw data of the scenario.

    Raises
    ------
    ChangeError
        There is no such item.
    """
    names = [item_name(item) for item in node.items]
    if part in names:
        return names.index(part)
    if _is_index(part):
        if int(part) < len(node.items):
            return int(part)
        raise ChangeError(f"no such path: {_numbering(len(names))}")
    known = [name for name in names if name]
    listing = f"; there are: {', '.join(known)}" if known else ""
    near = nearest(part, known)
    how = _how_to_add(part, loc, data)
    how = f" To {how}" if how and near else f"; to {how}" if how else ""
    raise ChangeError(f'no such path: no item is named "{part}"{near or listing}{how}')


def put_item(node: ListNode, part: str, value: Node, place: tuple[Loc, object, Mark]) -> None:
    """Replace an item, or append one under a new name, which it then need not repeat.

    Parameters
    ----------
    node : ListNode
        The list.
    part : str
        Name, or index of an item that is there.
    value : Node
        The item.
    place : tuple
        Where the list is, the raw data of the scenario, and the mark of the change.

    Raises
    ------
    ChangeError
        Nothing is there and the value is no item of that name, or the list has none.
    """
    loc, data, mark = place
    named = not _is_index(part)
    if named and isinstance(value, MapNode) and has_names(loc, data):
        if "name" not in value.entries:
            value.put("name", ScalarNode(part, mark, part), mark)
        if part not in map(item_name, node.items):
            _append(node, part, value)
            return
    node.items[find_item(node, part, loc, data)] = value


def has_names(loc: Loc, data: object) -> bool:
    """Tell whether a place is a list of items that are addressed by name."""
    schema = schema_at(loc, data)
    return schema is not None and "name" in keys_of(new_item(schema))


def _append(node: ListNode, part: str, value: MapNode) -> None:
    own = item_name(value)
    if own is not None and own != part:
        raise ChangeError(
            f'no item is named "{part}", and the one to add calls itself "{own}"; '
            "leave its name out, or let the two agree"
        )
    node.items.append(value)


def _how_to_add(part: str, loc: Loc, data: object) -> str:
    """Say what to write so that a list gets an item of this name; empty where it cannot."""
    if not has_names(loc, data):
        return ""
    path = ".".join(str(step) for step in (*loc, part))
    keys = ", ".join(_needed(new_item(schema_at(loc, data))))
    return f"add it, write {path}: {{{keys}}}"


def _needed(item: Schema | None) -> list[str]:
    """Keys that an item must have besides its name, each with its place to fill in."""
    first = first_kind(item or {})
    keys = [key for key in first.get("required", ()) if key != "name"]
    if {"price", "commitment"} <= set(first.get("properties", ())):
        keys.append("price")
    kinds = {key: first["properties"][key].get("const", "...") for key in keys}
    # what sort of item it is comes first, as in the files of the library
    return [f"{key}: {kind}" for key, kind in sorted(kinds.items(), key=lambda k: k[1] == "...")]


def _is_index(part: str) -> bool:
    return part.isascii() and part.isdigit() and len(part) < 7


def _numbering(count: int) -> str:
    return f"items are numbered from 0 to {count - 1}" if count else "the list is empty"
