"""The best plan as a variant file that extends the scenario."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cvosim.scenario.written import require_loadable
from cvosim.scenario.yaml_writer import flow_text, scalar_text

if TYPE_CHECKING:
    from cvosim.experiment.optimisation.result import Optimum


def variant_text(found: Optimum, source: str, path: Path) -> str:
    """Write a variant: what it extends, its name, what it changes.

    Parameters
    ----------
    found : Optimum
        With a winner other than the scenario as written.
    source : str
        The scenario's file, or its name in the library.
    path : Path
        Where the text will stand: a file to extend is named as seen from there.

    Returns
    -------
    str
        YAML.
    """
    lines = [
        f"extends: {scalar_text(_seen_from(source, path))}",
        f"name: {scalar_text(f'{found.name}, optimised'[:200])}",
        "changes:",
        *(f"  {key}: {flow_text(value)}" for key, value in found.changes().items()),
    ]
    return "\n".join(lines) + "\n"


def check_place(source: str, path: Path) -> None:
    """Refuse before the work a place from which a variant could not read the file it extends.

    Parameters
    ----------
    source : str
        The scenario's file, or its name in the library.
    path : Path
        Where the variant shall go.

    Raises
    ------
    DataError
        Says where to write it instead.
    """
    text = f"extends: {scalar_text(_seen_from(source, path))}\nname: variant\n"
    require_loadable(text, path, Path(source).parent)


def _seen_from(source: str, path: Path) -> str:
    file = Path(source)
    if not file.is_file():
        return source
    return Path(os.path.relpath(file.resolve(), path.resolve().parent)).as_posix()
