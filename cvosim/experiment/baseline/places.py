"""Where a setting stands in the files of a scenario."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import NamedTuple

from cvosim.experiment.baseline.layers import layers_of
from cvosim.experiment.baseline.record import Stated
from cvosim.experiment.baseline.settings import Loc
from cvosim.experiment.baseline.sources import bases_of, sources
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
            # what was filled in stands nowhere: its section does
            node, mark = entry.value, entry.key_mark if is_stated(entry.value) else mark
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


def written_paths(tree: MapNode) -> Stated:
    """List every setting that an author wrote, by the path that ``-S`` knows.

    What the references of its bases follow from comes along: it may be written there alone. So
    does what it changes of them.

    Examples
    --------
    >>> from cvosim.scenario.loader import load_tree
    >>> paths = written_paths(load_tree("carpet_cleaning")[0])
    >>> "journey.tripwire.price" in paths, "journey.tripwire.list_price" in paths
    (True, False)
    """
    paths = tuple(sorted(dict.fromkeys(".".join(loc) for loc in _stated_below(tree, ()))))
    bases = tuple(sources(base) for base in bases_of(tree))
    return Stated(paths, bases, layers_of(tree))


def is_written(paths: Collection[str], loc: Loc) -> bool:
    """Tell whether a setting, or something of it, or a short form of its section was written.

    Examples
    --------
    >>> paths = ("market.segments.all.share", "delay")
    >>> is_written(paths, ("market", "segments", "all")), is_written(paths, ("delay", "kind"))
    (True, True)
    >>> is_written(paths, ("market", "segments", "all", "fit"))
    False
    """
    path = ".".join(loc)
    return any(
        one == path or one.startswith(f"{path}.") or path.startswith(f"{one}.") for one in paths
    )


def _stated_below(node: Node, loc: Loc) -> Iterator[Loc]:
    if isinstance(node, MapNode):
        for key, entry in node.entries.items():
            yield from _stated_below(entry.value, (*loc, key))
        kind = node.get("kind")
        if isinstance(kind, ScalarNode) and kind.value == "daily":
            yield (*loc, "weights")  # written in the file that is named here
    elif isinstance(node, ListNode) and node.items and all(map(item_name, node.items)):
        for item in node.items:
            yield from _stated_below(item, (*loc, str(item_name(item))))
    elif is_stated(node):
        yield loc


def _item(node: ListNode, part: str) -> Node | None:
    for item in node.items:
        if item_name(item) == part:
            return item
    return None
