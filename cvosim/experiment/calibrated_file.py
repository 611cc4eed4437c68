"""A scenario file with fitted values in place of its own: its text, and writing it down."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cvosim.errors import DataError, Problem, ScenarioError
from cvosim.experiment.calibration.edits import put_values
from cvosim.scenario import Scenario, library, library_path
from cvosim.scenario.edit import replace_section
from cvosim.scenario.files import read_text
from cvosim.scenario.library import find_scenario
from cvosim.scenario.loader import scenario_of_text
from cvosim.scenario.written import require_loadable
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Node, ScalarNode
from cvosim.scenario.yaml_reader import UnreadableError, read_yaml
from cvosim.scenario.yaml_writer import scalar_text

SECTION = "journey.repeat_purchases"


@dataclass(frozen=True)
class CalibratedFile:
    """The text of a scenario file, and the folder from which it finds the file it extends.

    Attributes
    ----------
    text : str
        YAML, the author's comments and layout kept.
    folder : Path
        Where the author's file is.
    """

    text: str
    folder: Path

    def text_for(self, folder: Path) -> str:
        """Give the text for another folder: files that it names are looked for from there."""
        root = read_yaml(self.text, "", [])
        edits = [(node.span, new) for node, new in self._renamed(root, folder)]
        text = self.text
        for (start, end), new in sorted(edits, reverse=True):
            text = text[:start] + scalar_text(new) + text[end:]
        return text

    def _renamed(self, root: Node, folder: Path) -> Iterator[tuple[ScalarNode, str]]:
        """Find what names a file, and how to write it in the other folder."""
        elsewhere = folder.resolve() != self.folder.resolve()
        base = root.entries.get("extends") if isinstance(root, MapNode) else None
        if base is not None and isinstance(base.value, ScalarNode):
            name = str(base.value.value)
            path = find_scenario(name, beside=self.folder)
            if path.stem in library() and path == library_path(path.stem):
                yield base.value, path.stem
            elif elsewhere and not Path(name).is_absolute():
                yield base.value, _from(folder, path)
        for node in _counted(root) if elsewhere else ():
            if not Path(str(node.value)).is_absolute():
                yield node, _from(folder, self.folder / str(node.value))

    def load(self, name: str) -> Scenario:
        """Load the scenario from its text, under the name that problems are told of."""
        path = self.folder / f"{Path(name).stem}, calibrated.yaml"  # it need not be there
        try:
            return scenario_of_text(self.text_for(self.folder), path)
        except ScenarioError as error:
            problems = (replace(p, file=p.file.replace(str(path), name)) for p in error.problems)
            raise ScenarioError(tuple(problems)) from None

    def check_place(self, path: Path) -> None:
        """Refuse a place where the file would not find, or not be allowed, what it names.

        Raises
        ------
        DataError
            Says where to write it instead.
        """
        target = path.resolve()
        require_loadable(self.text_for(target.parent), path, self.folder)

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        DataError
            If it cannot be written there, or would not load there; what was there before stays.
        """
        try:
            if path.is_dir():
                raise DataError(f"{path}: is a directory; name a file")
            target = path.resolve()
            if not target.parent.is_dir():
                raise DataError(f"{path}: the directory {path.parent} does not exist")
            self.check_place(path)
            _replace(target, self.text_for(target.parent))
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise DataError(f"{path}: cannot be written: {words}") from None


def _from(folder: Path, path: Path) -> str:
    """Write a path as it is seen from a folder."""
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def _counted(node: Node) -> Iterator[ScalarNode]:
    """Find the names of files that count daily arrivals, or list the points of a sweep."""
    if isinstance(node, ListNode):
        for item in node.items:
            yield from _counted(item)
    if not isinstance(node, MapNode):
        return
    kind, file = node.get("kind"), node.get("file")
    named = isinstance(kind, ScalarNode) and kind.value in ("daily", "list")
    if named and isinstance(file, ScalarNode):
        yield file
    for entry in node.entries.values():
        yield from _counted(entry.value)


def _replace(target: Path, text: str) -> None:
    """Put a text into a file by way of one beside it; into a device or pipe at once."""
    if target.exists() and not target.is_file():
        target.write_bytes(text.encode())
        return
    draft = target.with_name(f".{target.name[:200]}.{os.getpid()}.part")
    try:
        draft.write_bytes(text.encode())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def check_place(source: str | Path, path: Path) -> None:
    """Refuse before the work a place that `CalibratedFile.write` would refuse after it.

    Parameters
    ----------
    source : str or Path
        The scenario to be calibrated; what is wrong with it is not told here.
    path : Path
        Where the calibrated one shall go.

    Raises
    ------
    DataError
        Says where to write it instead.
    """
    with suppress(ScenarioError, UnreadableError):
        file = find_scenario(source)
        CalibratedFile(read_text(file), file.parent).check_place(path)


def calibrated_file(
    source: str | Path,
    frequency: Mapping[str, object] | None = None,
    spend: Mapping[str, object] | None = None,
    values: Mapping[str, object] | None = None,
) -> tuple[CalibratedFile, Scenario]:
    """Replace what was fitted in a scenario file, and nothing else.

    Parameters
    ----------
    source : str or Path
        A file, or the bare name of a library scenario.
    frequency, spend : mapping, optional
        Of repeat purchases, as the scenario file has them; what is left out stays.
    values : mapping, optional
        Other values by path, such as ``journey.tripwire.conversion``.

    Returns
    -------
    file : CalibratedFile
        In a variant, the replacement is among its `changes`.
    scenario : Scenario
        Loaded from that text.

    Raises
    ------
    ScenarioError
        If the file cannot be edited, or something in it overrides the replacement.
    """
    path = find_scenario(source)
    text = read_text(path)
    wanted = dict(values or {})
    for key, section in (("frequency", frequency), ("spend", spend)):
        if section is not None:
            text = replace_section(text, f"{SECTION}.{key}", section)
            wanted[f"{SECTION}.{key}"] = dict(section)
    file = CalibratedFile(put_values(text, values or {}), path.parent)
    scenario = file.load(str(source))
    data = scenario.model_dump()
    lost = [key for key, value in wanted.items() if not _says(value_at(data, key), value)]
    if lost:
        place = SECTION if lost[0].startswith(f"{SECTION}.") else lost[0]
        words = "changes of this section further down override the fitted one; take them out"
        raise ScenarioError((Problem(words, str(source), path=f"changes.{place}"),))
    return file, scenario


def value_at(data: object, path: str) -> object:
    """Look up a value of a scenario's data by its path; None where there is none.

    Examples
    --------
    >>> value_at({"channels": [{"name": "ads", "share": 0.5}]}, "channels.ads.share")
    0.5
    """
    for part in path.split("."):
        if isinstance(data, Mapping):
            data = data.get(part)
        elif isinstance(data, list | tuple):
            named = (item for item in data if isinstance(item, Mapping))
            data = next((item for item in named if item.get("name") == part), None)
        else:
            return None
    return data


def _says(found: object, wanted: object) -> bool:
    """Whether a section says what was written; it may state defaults besides."""
    if isinstance(wanted, Mapping) and isinstance(found, Mapping):
        return all(_says(found.get(key), value) for key, value in wanted.items())
    return found == wanted
