"""Putting values into a scenario file's text, items of its lists among them."""

from __future__ import annotations

from collections.abc import Mapping

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.edit import replace_section
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Node, item_name, map_data
from cvosim.scenario.yaml_reader import UnreadableError, read_yaml
from cvosim.scenario.yaml_writer import flow_text

_MARK = "\ufeff"


def put_values(text: str, values: Mapping[str, object]) -> str:
    r"""Set values of a scenario file by dotted path; comments, order and layout survive.

    Parameters
    ----------
    text : str
        The scenario file.
    values : mapping
        By path; items of lists go by their names, as in ``journey.return_path.nurture.open``.
        In a file that ``extends`` another they go under its ``changes``.

    Returns
    -------
    str

    Raises
    ------
    ScenarioError
        If the file cannot be edited so.

    Examples
    --------
    >>> text = "name: A\nchannels:\n  - {name: ads, share: 1}  # all\n"
    >>> print(put_values(text, {"channels.ads.share": 0.5}), end="")
    name: A
    channels:
      - {name: ads, share: 0.5}  # all
    """
    if not values:
        return text
    if text.startswith(_MARK):
        return _MARK + put_values(text[1:], values)
    root = _read(text)
    if "extends" in root.entries:
        return _into_changes(text, root, values)
    by_section: dict[str, dict[str, object]] = {}
    for path, value in values.items():
        section, _, key = path.rpartition(".")
        by_section.setdefault(section, {})[key] = value
    for section, new in by_section.items():
        text = _into_section(text, section, new)
    return text


def _read(text: str) -> MapNode:
    problems: list[Problem] = []
    try:
        root = read_yaml(text, "", problems)
    except UnreadableError as error:
        raise ScenarioError((error.problem,)) from None
    if problems or not isinstance(root, MapNode):
        words = Problem("must hold keys such as `name:` and `journey:`")
        raise ScenarioError(tuple(problems) or (words,))
    return root


def _into_changes(text: str, root: MapNode, values: Mapping[str, object]) -> str:
    changes = root.get("changes")
    if not isinstance(changes, MapNode) or not changes.entries:
        newline = "\r\n" if "\r\n" in text else "\n"
        lines = newline.join(f"  {path}: {flow_text(value)}" for path, value in values.items())
        entry = root.entries.get("changes")
        if entry is None:
            gap = "" if text.endswith("\n") else newline
            return f"{text}{gap}changes:{newline}{lines}{newline}"
        start, end = entry.key_span[1], entry.value.span[1]
        return f"{text[:start]}:{newline}{lines}{text[max(start + 1, end) :]}"
    return _edited(text, changes, {**map_data(changes), **values})


def _into_section(text: str, section: str, new: Mapping[str, object]) -> str:
    node, through_list = _find(_read(text), section)
    data = {**(map_data(node) if node is not None else {}), **new}
    if node is None or not through_list:
        return replace_section(text, section, data)
    return _edited(text, node, data)


def _find(root: MapNode, section: str) -> tuple[MapNode | None, bool]:
    """Find a section; tell whether the way leads through a list."""
    node: Node | None = root
    listed = False
    for part in section.split("."):
        if isinstance(node, ListNode):
            listed = True
            node = next((item for item in node.items if item_name(item) == part), None)
        else:
            node = node.get(part) if isinstance(node, MapNode) else None
    if listed and not isinstance(node, MapNode):
        raise ScenarioError((Problem("is not in the file", path=section),))
    return (node if isinstance(node, MapNode) else None), listed


def _edited(text: str, node: MapNode, data: dict[str, object]) -> str:
    """Edit one mapping wherever it stands: as a small file of its own, put back in its place."""
    start, end = node.span
    if node.flow:
        old = {key: value for key, value in data.items() if key in node.entries}
        new = [f"{k}: {flow_text(v)}" for k, v in data.items() if k not in node.entries]
        head, body = "item: ", text[start:end]
        edited = replace_section(head + body, "item", old)[len(head) :]
        if new:
            edited = ", ".join([edited[:-1], *new]) + "}"
        return text[:start] + edited + text[end:]
    column = start - (text.rfind("\n", 0, start) + 1)
    if column == 0:
        raise ScenarioError((Problem("is laid out in a way that cannot be edited"),))
    newline = "\r\n" if "\r\n" in text else "\n"
    head = f"item:{newline}" + " " * column
    edited = replace_section(head + text[start:end], "item", data)
    return text[:start] + edited[len(head) :] + text[end:]
