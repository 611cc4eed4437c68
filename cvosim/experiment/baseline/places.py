"""Where a setting stands in the files of a scenario."""

from __future__ import annotations

from typing import NamedTuple

from cvosim.experiment.baseline.settings import Loc
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Mark, Node, ScalarNode, item_name


class Written(NamedTuple):
    """A setting's place: the line of its value, or that of the section it would stand in."""

    mark: Mark
    node: Node | None
    """None where it stands nowhere: left out, or removed."""


def written(tree: MapNode, loc: Loc) -> Written:
    """Find a setting, as far as the path leads.

    Parameters
    ----------
    tree : MapNode
        Of a scenario, its bases and changes worked in; every value knows its file.
    loc : tuple of str
        Keys, and names of list items.

    Examples
    --------
    >>> from cvosim.scenario.loader import load_tree
    >>> tree = load_tree("carpet_cleaning")[0]
    >>> tripwire = written(tree, ("journey", "tripwire")).mark.line
    >>> written(tree, ("journey", "tripwire", "price")).mark.line - tripwire
    2
    >>> written(tree, ("journey", "tripwire", "commitment")).mark.line - tripwire
    0
    """
    node: Node = tree
    mark = tree.mark
    for part in loc:
        if isinstance(node, MapNode):
            entry = node.entries.get(part)
            if entry is None:
                return Written(node.removed.get(part, mark), None)
            node, mark = entry.value, entry.key_mark
        elif isinstance(node, ListNode):
            item = _item(node, part)
            if item is None:
                return Written(mark, None)
            node, mark = item, item.mark
        else:
            return Written(mark, None)
    stated = not isinstance(node, ScalarNode) or is_stated(node)
    return Written(node.mark if isinstance(node, ScalarNode) and stated else mark, node)


def is_stated(node: Node) -> bool:
    """Tell what an author wrote from what was filled in for them."""
    return not isinstance(node, ScalarNode) or bool(node.text)


def _item(node: ListNode, part: str) -> Node | None:
    for item in node.items:
        if item_name(item) == part:
            return item
    return None
