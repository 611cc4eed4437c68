"""A scenario file with its repeat purchases replaced: its text, and writing it down."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from cvosim.errors import DataError, Problem, ScenarioError
from cvosim.scenario import Scenario, library, library_path, load_scenario
from cvosim.scenario.edit import replace_section
from cvosim.scenario.files import read_text
from cvosim.scenario.library import find_scenario
from cvosim.scenario.yaml_nodes import MapNode, ScalarNode
from cvosim.scenario.yaml_reader import read_yaml
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
        """Give the text for another folder: a variant's base is looked for from there."""
        root = read_yaml(self.text, "", [])
        base = root.entries.get("extends") if isinstance(root, MapNode) else None
        if base is None or not isinstance(base.value, ScalarNode):
            return self.text
        name = str(base.value.value)
        path = find_scenario(name, beside=self.folder)
        if path.stem in library() and path == library_path(path.stem):
            new = path.stem
        elif Path(name).is_absolute() or folder.resolve() == self.folder.resolve():
            return self.text
        else:
            new = Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()
        start, end = base.value.span
        return self.text[:start] + scalar_text(new) + self.text[end:]

    def load(self, name: str) -> Scenario:
        """Load the scenario from its text, under the name that problems are told of."""
        with TemporaryDirectory(prefix="cvosim-") as folder:
            path = Path(folder, "calibrated.yaml")
            path.write_bytes(self.text_for(path.parent).encode())
            try:
                return load_scenario(path)
            except ScenarioError as error:
                problems = (
                    replace(p, file=p.file.replace(str(path), name)) for p in error.problems
                )
                raise ScenarioError(tuple(problems)) from None

    def write(self, path: Path) -> None:
        """Write the file, whole or not at all.

        Raises
        ------
        DataError
            If it cannot be written there; what was there before stays.
        """
        try:
            if path.is_dir():
                raise DataError(f"{path}: is a directory; name a file")
            target = path.resolve()
            if not target.parent.is_dir():
                raise DataError(f"{path}: the directory {path.parent} does not exist")
            _replace(target, self.text_for(target.parent))
        except (OSError, ValueError) as error:
            words = getattr(error, "strerror", None) or str(error)
            raise DataError(f"{path}: cannot be written: {words}") from None


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


def calibrated_file(
    source: str | Path, frequency: Mapping[str, object], spend: Mapping[str, object] | None
) -> tuple[CalibratedFile, Scenario]:
    """Replace the repeat purchases of a scenario file by fitted ones.

    Parameters
    ----------
    source : str or Path
        A file, or the bare name of a library scenario.
    frequency, spend : mapping
        As the scenario file has them; no `spend` leaves the author's as it is.

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
    text = replace_section(read_text(path), f"{SECTION}.frequency", frequency)
    if spend is not None:
        text = replace_section(text, f"{SECTION}.spend", spend)
    file = CalibratedFile(text, path.parent)
    scenario = file.load(str(source))
    repeat = scenario.journey.repeat_purchases
    kept = repeat is not None and repeat.frequency.model_dump() == dict(frequency)
    if spend is not None:
        kept = kept and repeat is not None and repeat.spend.model_dump() == dict(spend)
    if not kept:
        words = "changes of this section further down override the fitted one; take them out"
        raise ScenarioError((Problem(words, str(source), path=f"changes.{SECTION}"),))
    return file, scenario
