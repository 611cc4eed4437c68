"""Changing a section of a scenario file's text and nothing else in it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.yaml_nodes import Entry, ListNode, MapNode, Node, ScalarNode, map_data, to_data
from cvosim.scenario.yaml_reader import UnreadableError, read_yaml
from cvosim.scenario.yaml_writer import INDENT, block_lines, block_text, flow_text, scalar_text

_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True)
class _Edit:
    """Replace ``text[start:end]``."""

    start: int
    end: int
    new: str


def replace_section(text: str, path: str, value: Mapping[str, object]) -> str:
    r"""Replace or insert one section of a scenario file's text, keeping all the rest.

    Values are changed in place, so that comments, order and layout survive inside the
    section as well; only what is new is laid out afresh. In a file that ``extends``
    another, the section goes under its ``changes``.

    Parameters
    ----------
    text : str
        The scenario file.
    path : str
        Dotted path of a section, such as ``journey.repeat_purchases``.
    value : mapping
        What the section shall hold: numbers, texts, lists, mappings, None. Keys that it
        leaves out are taken out of the file.

    Returns
    -------
    str
        The new text. Reading it gives ``value`` at ``path`` and everything else as before.

    Raises
    ------
    ScenarioError
        The text is no scenario file, the path leads through a value, or the section is
        laid out with anchors in a way that cannot be edited.

    Examples
    --------
    >>> text = "name: A   # mine\njourney:\n  spend: {model: fixed, amount: 5}  # a guess\n"
    >>> print(replace_section(text, "journey.spend", {"model": "fixed", "amount": 6.5}), end="")
    name: A   # mine
    journey:
      spend: {model: fixed, amount: 6.5}  # a guess
    """
    if text.startswith(_BYTE_ORDER_MARK):
        return _BYTE_ORDER_MARK + replace_section(text[1:], path, value)
    tree = _read(text)
    keys = path.split(".")
    if "extends" in tree.entries:
        keys = ["changes", path]
    editor = _Editor(text)
    edits = sorted(editor.put(tree, keys, _plain(value)), key=lambda e: (e.start, e.end))
    result, at = "", 0
    for edit in edits:
        result += text[at : edit.start] + edit.new
        at = edit.end
    result += text[at:]
    _verify(tree, _read(result), keys, value)
    return result


def _read(text: str) -> MapNode:
    problems: list[Problem] = []
    try:
        tree = read_yaml(text, "", problems)
    except UnreadableError as error:
        raise ScenarioError((error.problem,)) from None
    if not isinstance(tree, MapNode):
        problems.append(Problem("must hold keys such as `name:` and `journey:`"))
    if problems or not isinstance(tree, MapNode):
        raise ScenarioError(tuple(problems))
    return tree


def _verify(before: MapNode, after: MapNode, keys: list[str], value: object) -> None:
    """Make sure that the new text says what it should, whatever the layout was."""
    wanted = map_data(before)
    place: dict[str, object] = wanted
    for key in keys[:-1]:
        inner = place.get(key)
        place[key] = place = dict(inner) if isinstance(inner, dict) else {}
    place[keys[-1]] = _plain(value)
    if _plain(wanted) != _plain(map_data(after)):
        message = "its layout cannot be edited (anchors?); replace the section by hand"
        raise ScenarioError((Problem(message, path=".".join(keys)),))


def _plain(value: object) -> object:
    """Return the value as reading it back from YAML will give it."""
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, bool | int | str) or value is None:
        return value
    if isinstance(value, date):
        return value.isoformat()
    return float(value)  # type: ignore[arg-type]  # numpy's numbers among them


class _Editor:
    """Finds the edits that bring a value into a text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.newline = "\r\n" if "\r\n" in text else "\n"

    def put(self, node: MapNode, keys: list[str], value: object) -> Iterator[_Edit]:
        """Bring a value under a path, making the sections on the way."""
        entry = node.entries.get(keys[0])
        if len(keys) == 1 or entry is None or _is_null(entry.value):
            for key in reversed(keys[1:]):
                value = {key: value}
            yield from self.put_key(node, keys[0], value)
        elif isinstance(entry.value, MapNode) and not entry.value.aliased:
            yield from self.put(entry.value, keys[1:], value)
        else:
            message = f"{keys[0]} is no section that {keys[1]} could be put into"
            raise ScenarioError((Problem(message, path=".".join(keys)),))

    def put_key(self, node: MapNode, key: str, value: object) -> Iterator[_Edit]:
        entry = node.entries.get(key)
        if entry is None or entry.merged:
            yield from self.insert(node, {key: value})
        else:
            yield from self.change(entry, value, node.flow)

    def change(self, entry: Entry, value: object, in_flow: bool) -> Iterator[_Edit]:
        """Turn what an entry says into a value."""
        node = entry.value
        if to_data(node) == value and isinstance(to_data(node), bool) == isinstance(value, bool):
            return
        if isinstance(node, MapNode) and isinstance(value, dict) and _can_edit(node, value):
            yield from self.change_map(node, value)
            return
        start, end, indent = node.span[0], self.end_of(node), self.column(entry.key_span[0])
        lines = block_lines(value, indent + INDENT, self.newline)
        if in_flow or not lines:
            # A value that stood on lines of its own stays there, a bit further in.
            lead = max(indent + INDENT - self.column(start), 0) if _is_block(node) else 0
            lead = 1 if start == end else lead
            yield _Edit(start, end, " " * lead + flow_text(value))
        elif _is_block(node):
            yield _Edit(self.line_start(start), self.line_end(end), lines)
        else:
            below = self.line_end(end)
            missing = "" if self.text[below - 1] == "\n" else self.newline
            yield _Edit(start, end, "")
            yield _Edit(below, below, missing + lines)

    def change_map(self, node: MapNode, value: dict[str, object]) -> Iterator[_Edit]:
        for key, entry in node.entries.items():
            if key in value:
                yield from self.change(entry, value[key], node.flow)
            else:
                yield _Edit(self.line_start(entry.key_span[0]), self.line_end(self.end(entry)), "")
        new = {key: item for key, item in value.items() if key not in node.entries}
        if new:
            yield from self.insert(node, new)

    def insert(self, node: MapNode, new: dict[str, object]) -> Iterator[_Edit]:
        """Add keys at the end of a section."""
        if node.flow or not node.entries:
            end = node.span[1] - 1
            words = ", ".join(f"{scalar_text(key)}: {flow_text(v)}" for key, v in new.items())
            yield _Edit(end, end, f", {words}" if node.entries else words)
            return
        own = [entry for entry in node.entries.values() if not entry.merged]
        indent = self.column(own[0].key_span[0])
        end = self.line_end(max(self.end(entry) for entry in own))
        lines = "".join(block_text(key, item, indent, self.newline) for key, item in new.items())
        missing = "" if end == 0 or self.text[end - 1] == "\n" else self.newline
        yield _Edit(end, end, missing + lines)

    def end(self, entry: Entry) -> int:
        return max(self.end_of(entry.value), entry.key_span[1])

    def end_of(self, node: Node) -> int:
        """Return where a value's own text ends: blocks claim the comments behind them too."""
        if isinstance(node, MapNode) and not (node.flow or node.aliased):
            return max((self.end(e) for e in node.entries.values() if not e.merged), default=0)
        if isinstance(node, ListNode) and not (node.flow or node.aliased):
            return max((self.end_of(item) for item in node.items), default=node.span[1])
        return node.span[1]

    def line_start(self, index: int) -> int:
        return self.text.rfind("\n", 0, index) + 1

    def line_end(self, index: int) -> int:
        """Return where the next line starts, or ``index`` where a line starts already."""
        if index > 0 and self.text[index - 1] == "\n":
            return index
        found = self.text.find("\n", index)
        return len(self.text) if found < 0 else found + 1

    def column(self, index: int) -> int:
        return index - self.line_start(index)


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and node.value is None


def _is_block(node: Node) -> bool:
    """Tell whether a value stands on lines of its own, one for each key or item."""
    return isinstance(node, MapNode | ListNode) and not (node.flow or node.aliased)


def _can_edit(node: MapNode, value: dict[str, object]) -> bool:
    """Tell whether a section can be edited key by key."""
    if node.aliased or any(entry.merged for entry in node.entries.values()):
        return False
    kept = set(node.entries) & set(value)
    return bool(kept) if not node.flow else set(node.entries) == set(value)
