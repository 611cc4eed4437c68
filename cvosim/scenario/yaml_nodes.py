"""A scenario file as a tree whose every value knows the line on which it stands."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TypeAlias

from cvosim.scenario.references import Loc

_NAME = re.compile(r"[a-z][a-z0-9_]*")


@dataclass(frozen=True)
class Mark:
    """A place: line and column count from 1; line 0 is a place outside files.

    What a person says, on a command line or in a call, is ``said``: it may name any file. What
    a name looks like decides nothing, for a scenario file chooses the names of others.
    ``stated_in`` is the file that states a value where ``file`` is only how it is called.
    """

    file: str
    line: int = 0
    column: int = 0
    said: bool = False
    stated_in: str = ""


@dataclass
class ScalarNode:
    """A number, text, boolean or null; ``text`` is how it was written."""

    value: object
    mark: Mark
    text: str = ""
    quoted: bool = False
    span: tuple[int, int] = (0, 0)
    aliased: bool = False


@dataclass
class ListNode:
    """A list."""

    items: list[Node]
    mark: Mark
    flow: bool = False
    span: tuple[int, int] = (0, 0)
    aliased: bool = False


@dataclass
class Entry:
    """A key's place and its value."""

    key_mark: Mark
    value: Node
    key_span: tuple[int, int] = (0, 0)
    merged: bool = False


@dataclass
class MapNode:
    """A mapping; ``removed`` remembers where a variant took a key away.

    A whole scenario's knows in ``asked`` the file that somebody asked for, in ``base`` what a
    variant was before its changes, in ``extends`` how that is called, and in ``changes`` the
    section that states them.
    """

    entries: dict[str, Entry]
    mark: Mark
    flow: bool = False
    span: tuple[int, int] = (0, 0)
    aliased: bool = False
    removed: dict[str, Mark] = field(default_factory=dict)
    asked: str = ""
    base: MapNode | None = field(default=None, repr=False, compare=False)
    extends: ScalarNode | None = field(default=None, repr=False, compare=False)
    changes: Entry | None = field(default=None, repr=False, compare=False)

    def get(self, key: str) -> Node | None:
        """Return the value under a key, or None where there is none."""
        entry = self.entries.get(key)
        return None if entry is None else entry.value

    def put(self, key: str, value: Node, key_mark: Mark | None = None) -> None:
        """Set a key; it is said to stand at ``key_mark``, else where its value stands."""
        self.entries[key] = Entry(key_mark or value.mark, value)


Node: TypeAlias = ScalarNode | ListNode | MapNode


def to_data(node: Node) -> object:
    """Return the plain dictionaries, lists and values of a tree."""
    if isinstance(node, MapNode):
        return {key: to_data(entry.value) for key, entry in node.entries.items()}
    if isinstance(node, ListNode):
        return [to_data(item) for item in node.items]
    return node.value


def map_data(node: MapNode) -> dict[str, object]:
    """Return the plain dictionary of a mapping."""
    return {key: to_data(entry.value) for key, entry in node.entries.items()}


def count(node: Node) -> int:
    """Return the number of nodes in a tree."""
    if isinstance(node, MapNode):
        return 1 + sum(count(entry.value) for entry in node.entries.values())
    if isinstance(node, ListNode):
        return 1 + sum(count(item) for item in node.items)
    return 1


def height(node: Node) -> int:
    """Return how many levels of a tree lie below its top.

    Examples
    --------
    >>> nowhere = Mark("")
    >>> height(ListNode([ScalarNode(1, nowhere)], nowhere))
    1
    """
    if isinstance(node, MapNode):
        return max((1 + height(entry.value) for entry in node.entries.values()), default=0)
    if isinstance(node, ListNode):
        return max((1 + height(item) for item in node.items), default=0)
    return 0


def copy_of(node: Node) -> Node:
    """Return a tree that can be changed without changing the first."""
    if isinstance(node, MapNode):
        return copy_map(node)
    if isinstance(node, ListNode):
        return replace(node, items=[copy_of(item) for item in node.items])
    return replace(node)


def copy_map(node: MapNode) -> MapNode:
    """Return a mapping that can be changed without changing the first."""
    entries = {key: replace(e, value=copy_of(e.value)) for key, e in node.entries.items()}
    return replace(node, entries=entries, removed=dict(node.removed))


def item_name(node: Node) -> str | None:
    """Return the name by which a list item can be addressed, if it has one."""
    name = node.get("name") if isinstance(node, MapNode) else None
    return name.value if isinstance(name, ScalarNode) and isinstance(name.value, str) else None


@dataclass(frozen=True)
class Place:
    """Where something is: path in words, mark, its key's mark, and the value if there is one."""

    path: str
    mark: Mark
    key_mark: Mark
    node: Node | None
    loc: Loc


def locate(tree: MapNode, loc: Loc) -> Place:
    """Find a place by keys and indices, as far as it exists.

    Parts that name no key are skipped (pydantic puts the tag of a union among them), but
    for the last: a key that should be there and is not.
    """
    node: Node | None = tree
    mark, words, clean = tree.mark, list[str](), list[str | int]()
    for position, part in enumerate(loc):
        last = position == len(loc) - 1
        if isinstance(node, MapNode) and isinstance(part, str):
            entry = node.entries.get(part)
            if not last and (entry is None or _is_tag(node, part)):
                continue
            mark = entry.key_mark if entry else node.removed.get(part, mark)
            node = entry.value if entry else None
            words.append(part)
        elif isinstance(node, ListNode) and isinstance(part, int) and part < len(node.items):
            words.append(_item_word(node, part))
            node = node.items[part]
            mark = node.mark
        else:
            continue
        clean.append(part)
    written = isinstance(node, ScalarNode) and node.text and node.mark.line
    value_mark = node.mark if node is not None and written else mark
    return Place(".".join(words), value_mark, mark, node, tuple(clean))


def _is_tag(node: MapNode, part: str) -> bool:
    """Tell a union's tag from a key of the same name: a beta law has a key beta."""
    kind = node.get("kind")
    return isinstance(kind, ScalarNode) and kind.value == part


def _item_word(items: ListNode, index: int) -> str:
    name = item_name(items.items[index])
    if name is None or not _NAME.fullmatch(name):
        return str(index)  # at once: lists of numbers may be long
    alone = sum(item_name(item) == name for item in items.items) == 1
    return name if alone else str(index)
