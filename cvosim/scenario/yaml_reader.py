"""YAML text to a tree of nodes with places, reporting what cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NoReturn

import yaml

from cvosim.errors import Problem
from cvosim.scenario.references import Loc
from cvosim.scenario.yaml_nodes import Entry, ListNode, MapNode, Mark, Node, ScalarNode, copy_of
from cvosim.scenario.yaml_nodes import count as count_nodes
from cvosim.scenario.yaml_nodes import height as height_of
from cvosim.scenario.yaml_scalars import plain_value

MOST_CHARACTERS = 2_000_000
MOST_NODES = 100_000
MOST_DEPTH = 50
MOST_PARTS = 1_000
"""Keys of a section, and sections of a list: what is checked pairwise stays fast."""

_Loader: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class UnreadableError(Exception):
    """The text cannot be read any further; holds the problem."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        super().__init__(str(problem))


def read_yaml(text: str, file: str, problems: list[Problem], *, fixed: Mark | None = None) -> Node:
    """Read YAML text into a tree.

    Parameters
    ----------
    text : str
        One YAML document.
    file : str
        What problems call the text.
    problems : list of Problem
        Gets what is wrong but does not stop the reading, such as duplicate keys.
    fixed : Mark, optional
        Where everything is said to stand; for values from a command line.

    Returns
    -------
    Node
        The tree; aliases are copied, merge keys (``<<``) carried out.

    Raises
    ------
    UnreadableError
        Syntax error, no document, several, too large, too deep, or an unknown alias.
    """
    reader = _Reader(file, problems, fixed)
    if len(text) > MOST_CHARACTERS:
        reader.fail(f"too large for a scenario (more than {MOST_CHARACTERS:,} characters)")
    reader.events = _events(text, reader)
    return reader.document()


def _events(text: str, reader: _Reader) -> Iterator[yaml.Event]:
    try:
        yield from yaml.parse(text, Loader=_Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        reader.fail(_syntax(error, text), reader.fixed or Mark(reader.file, line, column))
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        message = "holds a character that a text file may not have (a control character?)"
        reader.fail(message, reader.fixed or Mark(reader.file, line, 1))
    except UnicodeError:
        reader.fail("is not text that can be read as UTF-8")


def _syntax(error: yaml.MarkedYAMLError, text: str) -> str:
    problem, mark = str(error.problem), error.problem_mark
    lines = text.split("\n")
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    character = line[mark.column : mark.column + 1] if mark else ""
    if character == "\t":
        return "not valid YAML: a tab; indent with spaces"
    if "cannot start any token" in problem and character:
        return f'not valid YAML: text that starts with "{character}" must stand in quotes'
    if "mapping values are not allowed" in problem:
        return (
            'not valid YAML: ":" is not allowed here; indent keys of one section alike, '
            'and put text that holds ": " in quotes'
        )
    return f"not valid YAML: {problem}"


class _Reader:
    """Builds the tree from the parser's events."""

    def __init__(self, file: str, problems: list[Problem], fixed: Mark | None) -> None:
        self.file = file
        self.problems = problems
        self.fixed = fixed
        self.events: Iterator[yaml.Event] = iter(())
        self.anchors: dict[str, Node] = {}
        self.n_nodes = 0

    def fail(self, message: str, mark: Mark | None = None, loc: Loc = ()) -> NoReturn:
        raise UnreadableError(self.problem(message, mark or self.fixed or Mark(self.file), loc))

    def problem(self, message: str, mark: Mark, loc: Loc = ()) -> Problem:
        path = ".".join(str(part) for part in loc)
        return Problem(message, mark.file, mark.line, mark.column, path)

    def mark(self, event: yaml.Event) -> Mark:
        start = event.start_mark
        if self.fixed or start is None:
            return self.fixed or Mark(self.file)
        return Mark(self.file, start.line + 1, start.column + 1)

    def document(self) -> Node:
        tree: Node | None = None
        for event in self.events:
            if isinstance(event, yaml.DocumentStartEvent):
                if tree is not None:
                    self.fail("holds a second document (---); keep one a file", self.mark(event))
                tree = self.node(next(self.events), ())
        if tree is None:
            self.fail("is empty; a scenario starts with `name:` and has a `journey:`")
        return tree

    def node(self, event: yaml.Event, loc: Loc) -> Node:
        mark = self.mark(event)
        if len(loc) > MOST_DEPTH:
            self.fail(f"nested more than {MOST_DEPTH} levels deep", mark)
        if isinstance(event, yaml.AliasEvent):
            return self.alias(event, mark, loc)
        self.grow(1, mark)
        tag = getattr(event, "tag", None)
        if tag is not None:
            message = f"has the tag {tag}; a scenario needs no tags, write the value alone"
            self.problems.append(self.problem(message, mark, loc))
        if isinstance(event, yaml.SequenceStartEvent):
            node: Node = self.sequence(event, mark, loc)
        elif isinstance(event, yaml.MappingStartEvent):
            node = self.mapping(event, mark, loc)
        else:
            node = self.scalar(event, mark)
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            self.anchors[anchor] = node
        return node

    def grow(self, nodes: int, mark: Mark) -> None:
        self.n_nodes += nodes
        if self.n_nodes > MOST_NODES:
            self.fail(f"too large for a scenario (more than {MOST_NODES:,} values)", mark)

    def alias(self, event: yaml.AliasEvent, mark: Mark, loc: Loc) -> Node:
        anchor = self.anchors.get(str(event.anchor))
        if anchor is None:
            message = f"*{event.anchor} refers to no earlier, finished &{event.anchor}"
            self.fail(message, mark, loc)
        if len(loc) + height_of(anchor) > MOST_DEPTH:  # it brings its own depth with it
            self.fail(f"nested more than {MOST_DEPTH} levels deep", mark)
        self.grow(count_nodes(anchor), mark)
        node = copy_of(anchor)
        node.span = _span(event)
        node.aliased = True
        return node

    def scalar(self, event: yaml.Event, mark: Mark) -> ScalarNode:
        assert isinstance(event, yaml.ScalarEvent)
        plain = bool(event.implicit[0]) or (event.tag is not None and not event.style)
        value = plain_value(event.value) if plain else event.value
        return ScalarNode(value, mark, event.value, not plain, _span(event))

    def sequence(self, start: yaml.SequenceStartEvent, mark: Mark, loc: Loc) -> ListNode:
        items: list[Node] = []
        for event in self.events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self.node(event, (*loc, len(items))))
            if isinstance(items[-1], MapNode) and len(items) > MOST_PARTS:
                self.fail(f"a list of more than {MOST_PARTS:,} sections", items[-1].mark, loc)
        span = (_span(start)[0], _span(event)[1])
        return ListNode(items, mark, bool(start.flow_style), span)

    def mapping(self, start: yaml.MappingStartEvent, mark: Mark, loc: Loc) -> MapNode:
        node = MapNode({}, mark, bool(start.flow_style))
        merges: list[Node] = []
        for number, event in enumerate(self.events):
            if isinstance(event, yaml.MappingEndEvent):
                break
            if number >= MOST_PARTS:
                self.fail(f"a section of more than {MOST_PARTS:,} keys", self.mark(event), loc)
            self.pair(event, node, merges, loc)
        node.span = (_span(start)[0], _span(event)[1])
        for merge in merges:
            _merge(node, merge)
        return node

    def pair(self, event: yaml.Event, node: MapNode, merges: list[Node], loc: Loc) -> None:
        mark = self.mark(event)
        key = event.value if isinstance(event, yaml.ScalarEvent) else None
        if not key:
            message = "a key must be a single word" if key is None else "a key is empty"
            self.problems.append(self.problem(message, mark, loc))
        if key is None:
            self.node(event, (*loc, "?"))
        path = (*loc, key or "?")
        value = self.node(next(self.events), path)
        if key == "<<" and isinstance(event, yaml.ScalarEvent) and event.implicit[0]:
            self.check_merge(value, path)
            merges.append(value)
        elif key and key in node.entries:
            first = node.entries[key].key_mark.line
            words = f"key given twice (first on line {first})" if first else "key given twice"
            self.problems.append(self.problem(words, mark, path))
        elif key:
            node.entries[key] = Entry(mark, value, _span(event))

    def check_merge(self, value: Node, loc: Loc) -> None:
        for part in value.items if isinstance(value, ListNode) else [value]:
            if not isinstance(part, MapNode):
                message = "<< must be followed by an alias of a section, such as *base"
                self.problems.append(self.problem(message, value.mark, loc))


def _merge(node: MapNode, merge: Node) -> None:
    """Carry out a merge key: what the mapping states itself stays."""
    for part in merge.items if isinstance(merge, ListNode) else [merge]:
        if isinstance(part, MapNode):
            for key, entry in part.entries.items():
                node.entries.setdefault(key, Entry(entry.key_mark, entry.value, merged=True))


def _span(event: yaml.Event) -> tuple[int, int]:
    start, end = event.start_mark, event.end_mark
    return (start.index, end.index) if start and end else (0, 0)
