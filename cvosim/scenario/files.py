"""Reading a scenario file and the files that it extends into one tree."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from cvosim.errors import Problem, ScenarioError
from cvosim.scenario.library import find_scenario, library, library_base
from cvosim.scenario.named_files import refusal, resolved
from cvosim.scenario.references import missing_references
from cvosim.scenario.variants import apply_changes, changes_in
from cvosim.scenario.yaml_nodes import (
    ListNode,
    MapNode,
    Mark,
    Node,
    ScalarNode,
    copy_map,
    map_data,
)
from cvosim.scenario.yaml_reader import MOST_CHARACTERS, UnreadableError, read_yaml

SECTIONS = frozenset({"market", "channels", "journey", "economics"})
"""Of a scenario; a variant changes them by paths."""
_LONGEST_CHAIN = 50


@dataclass
class Reading:
    """A tree in the making, and what was wrong on the way to it.

    Attributes
    ----------
    problems : list of Problem
        In the order in which they were found.
    files : list of str
        Every file read, the one asked for first.
    variants : ListNode or None
        The ``variants`` section of the file asked for.
    library_only : bool
        Whether no file may be extended that is not of the library.
    beside : mapping of str to MapNode
        What may be extended then, too: finished trees by the names of their files.
    """

    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    variants: Node | None = None
    library_only: bool = False
    beside: Mapping[str, MapNode] = field(default_factory=dict)

    def report(self, message: str, mark: Mark, path: str = "") -> None:
        """Note a problem at a place."""
        self.problems.append(Problem(message, mark.file, mark.line, mark.column, path))


def read_text(path: Path) -> str:
    """Read a file as UTF-8, with or without a byte order mark.

    Raises
    ------
    ScenarioError
        It cannot be read, is a folder, is too large or is not UTF-8.
    """
    try:
        with path.open("rb") as file:
            data = file.read(4 * MOST_CHARACTERS + 1)
    except IsADirectoryError:
        raise _refused(path, "is a folder, not a scenario file") from None
    except (OSError, ValueError) as error:
        words = getattr(error, "strerror", None) or "no such path"
        raise _refused(path, f"cannot be read: {words}") from None
    if len(data) > 4 * MOST_CHARACTERS:
        raise _refused(path, f"too large for a scenario (more than {4 * MOST_CHARACTERS:,} bytes)")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        byte = data[error.start]
        message = f"is not UTF-8 text (byte 0x{byte:02x}); save the file as UTF-8"
        raise ScenarioError((Problem(message, str(path), line, 1),)) from None


def _refused(path: Path, message: str) -> ScenarioError:
    return ScenarioError((Problem(message, str(path)),))


def read_tree(path: Path, reading: Reading, chain: tuple[Path, ...] = ()) -> MapNode | None:
    """Read a file, its bases first, and carry out its changes.

    Parameters
    ----------
    path : Path
        The file.
    reading : Reading
        Gets the problems.
    chain : tuple of Path
        The files that extend this one, to find cycles.

    Returns
    -------
    MapNode or None
        The scenario, references filled in; None when it could not be put together.
    """
    reading.files.append(str(path))
    try:
        text = read_text(path)
    except ScenarioError as error:
        reading.problems.extend(error.problems)
        return None
    return text_tree(text, path, reading, chain)


def text_tree(
    text: str, path: Path, reading: Reading, chain: tuple[Path, ...] = ()
) -> MapNode | None:
    """Do as `read_tree` does, with the text of the file at hand; problems name the path."""
    tree = _read_mapping(text, path, reading)
    if tree is None:
        return None
    variants = tree.entries.pop("variants", None)
    if not chain:
        reading.variants = variants.value if variants else None
    if "extends" in tree.entries:
        tree = _extended(tree, path, reading, (*chain, path))
    elif "changes" in tree.entries:
        mark = tree.entries.pop("changes").key_mark
        reading.report("needs `extends: file.yaml` to say what is changed", mark, "changes")
    if tree is not None:
        tree.asked = reading.files[0] if reading.files else str(path)
        fill_references(tree)
    return tree


def _read_mapping(text: str, path: Path, reading: Reading) -> MapNode | None:
    try:
        tree = read_yaml(text, str(path), reading.problems)
    except UnreadableError as error:
        reading.problems.append(error.problem)
        return None
    if isinstance(tree, MapNode):
        return tree
    found = "a list" if isinstance(tree, ListNode) else "a single value"
    if isinstance(tree, ScalarNode) and tree.value is None:
        reading.report("is empty; a scenario starts with `name:` and has a `journey:`", tree.mark)
    else:
        reading.report(f"must hold keys such as `name:` and `journey:`, not {found}", tree.mark)
    return None


def _extended(
    variant: MapNode, path: Path, reading: Reading, chain: tuple[Path, ...]
) -> MapNode | None:
    """Put a variant file on top of its base."""
    extends = variant.entries["extends"].value
    base = _base_of(variant, path, reading, chain)
    changes = variant.entries.pop("changes", None)
    if base is not None:
        base.base, base.changes = copy_map(base), changes
        base.extends = extends if isinstance(extends, ScalarNode) else None
    if "name" not in variant.entries:
        reading.report("required: a variant needs a name of its own", variant.mark, "name")
    for key, entry in variant.entries.items():
        if key in SECTIONS:
            message = "a variant changes sections by paths: `changes: {journey.tripwire.price: 19}`"
            reading.report(message, entry.key_mark, key)
        elif base is not None:
            base.entries[key] = entry
    if changes is not None and not isinstance(changes.value, MapNode):
        message = "must map paths to values, such as {journey.tripwire.price: 19}"
        reading.report(message, changes.key_mark, "changes")
    elif changes is not None and isinstance(changes.value, MapNode) and base is not None:
        apply_changes(base, changes_in(changes.value), reading.problems)
    return base


def _base_of(
    variant: MapNode, path: Path, reading: Reading, chain: tuple[Path, ...]
) -> MapNode | None:
    entry = variant.entries.pop("extends")
    name = entry.value.value if isinstance(entry.value, ScalarNode) else None
    if not isinstance(name, str) or not name:
        message = "must be a scenario file, relative to this one, or a library name"
        reading.report(message, entry.key_mark, "extends")
        return None
    if name in reading.beside:
        return copy_map(reading.beside[name])
    try:
        folder = path.parent
        base = library_base(name) if reading.library_only else _file_of(name, folder, reading)
    except ScenarioError as error:
        reading.report(f"{name}: {error.problems[0].message}", entry.value.mark, "extends")
        return None
    links_before = [resolved(link) for link in chain]
    if resolved(base) in links_before:
        links = [*chain[links_before.index(resolved(base)) :], base]
        circle = " -> ".join(link.name for link in links)
        reading.report(f"goes round in a circle: {circle}", entry.value.mark, "extends")
        return None
    if len(chain) >= _LONGEST_CHAIN:
        reading.report(f"more than {_LONGEST_CHAIN} files", entry.value.mark, "extends")
        return None
    return read_tree(base, reading, chain)


def _file_of(name: str, folder: Path, reading: Reading) -> Path:
    """Find a file that is extended, if it may be."""
    if name not in library():
        words = refusal(name, folder, reading.files[0])  # the file asked for is read first
        if words:
            raise _refused(Path(name), words)
    return find_scenario(name, beside=folder)


def fill_references(tree: MapNode) -> None:
    """State every reference trust and list price that the author left out, in place."""
    journey = tree.get("journey")
    if not isinstance(journey, MapNode):
        return
    for (*steps, field_name), value in list(missing_references(map_data(journey))):
        node: Node | None = journey
        for step in steps:
            if isinstance(node, MapNode):
                node = node.get(str(step))
            elif isinstance(node, ListNode):
                node = node.items[int(step)]
        if isinstance(node, MapNode):
            node.put(str(field_name), ScalarNode(value, node.mark))
