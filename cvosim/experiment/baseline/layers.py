"""What a scenario changes of the one that it extends, and what that changes, down to the last."""

from __future__ import annotations

from collections.abc import Iterator

from cvosim.experiment.baseline.record import Layer
from cvosim.scenario.files import SECTIONS
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Mark, Node, item_name


def layers_of(tree: MapNode) -> tuple[Layer, ...]:
    """List what a scenario extends and changes, then what that does, down to the last base.

    Examples
    --------
    >>> from cvosim.scenario.loader import load_tree
    >>> layers_of(load_tree("carpet_cleaning")[0])
    ()
    """
    return tuple(map(layer_of, extending(tree)))


def layer_of(tree: MapNode) -> Layer:
    """Tell what a scenario extends and changes."""
    called = "" if tree.extends is None else str(tree.extends.value)
    base = {} if tree.base is None else tree.base.entries
    keys = tuple(
        key
        for key, entry in tree.entries.items()
        if key not in SECTIONS and (key not in base or base[key].key_mark != entry.key_mark)
    )
    return Layer(called, tuple(changes_of(tree)), keys)


def extending(tree: MapNode) -> Iterator[MapNode]:
    """Go through a scenario and all that it extends, but for the last, which extends nothing."""
    while tree.base is not None:
        yield tree
        tree = tree.base


def changes_of(tree: MapNode) -> dict[str, Mark]:
    """List the paths that a scenario changes, items of lists by their names, and their lines."""
    section = None if tree.changes is None else tree.changes.value
    if tree.base is None or not isinstance(section, MapNode):
        return {}
    return {_by_name(path, tree.base): one.key_mark for path, one in section.entries.items()}


def _by_name(path: str, tree: MapNode) -> str:
    """Name the items of lists that a path counts."""
    node: Node | None = tree
    words = []
    for part in path.split("."):
        if isinstance(node, ListNode):
            node, word = _item(node, part)
        else:
            node, word = node.get(part) if isinstance(node, MapNode) else None, part
        words.append(word)
    return ".".join(words)


def _item(items: ListNode, part: str) -> tuple[Node | None, str]:
    names = [item_name(item) for item in items.items]
    if part in names:
        return items.items[names.index(part)], part
    counts = part.isascii() and part.isdigit() and len(part) < 7 and int(part) < len(names)
    item = items.items[int(part)] if counts else None
    return item, (item and item_name(item)) or part
