"""Where a setting stands that a check found changed, as people and editors name it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cvosim.experiment.baseline.findings import Cause, Finding

WEIGHTS = ".arrivals.weights"
"""End of the path of numbers that a channel's CSV file counted."""


def shown_path(file: str) -> str:
    """Name a file without ``..`` in the middle, where the shorter name leads to the same file.

    Examples
    --------
    >>> shown_path("funnels/shop.yaml"), shown_path("-S journey.tripwire.price=19")
    ('funnels/shop.yaml', '-S journey.tripwire.price=19')
    """
    if ".." not in Path(file).parts:
        return file
    plain = os.path.normpath(file)
    try:
        same = Path(file).samefile(plain)  # links may lead elsewhere
    except (OSError, ValueError):
        return file
    return Path(plain).as_posix() if same else file


def file_of(cause: Cause) -> str:
    """Name the file of a cause; one of the library as people name it, without its folder."""
    from cvosim.scenario.library import library, library_path

    path = Path(cause.file)
    if path.is_absolute() and path.stem in library() and path == library_path(path.stem):
        return path.stem
    return shown_path(cause.file)


def data_file(finding: Finding, cause: Cause) -> str:
    """Name the CSV file that changed numbers come from; empty for what the scenario states."""
    if cause.kind != "setting" or not cause.what.endswith(WEIGHTS) or not cause.file:
        return ""
    if cause.turn:  # the file that counts now is named elsewhere
        return ""
    channels = finding.record.settings.get("channels")
    for channel in channels if isinstance(channels, Sequence) else ():
        if isinstance(channel, Mapping) and cause.what == f"channels.{channel['name']}{WEIGHTS}":
            arrivals = channel.get("arrivals")
            name = arrivals.get("file") if isinstance(arrivals, Mapping) else None
            if isinstance(name, str) and not cause.file.startswith("-S "):
                return shown_path((Path(cause.file).parent / name).as_posix())
    return ""


def place(finding: Finding, cause: Cause) -> str:
    """Write where a setting stands as editors open it, ``shop.yaml:31``; empty for nowhere."""
    if not cause.file:
        return ""
    file, data = file_of(cause), data_file(finding, cause)
    told = f"{file}:{cause.line}" if cause.line else file
    return f"{told} ({data})" if data else told


def place_words(finding: Finding, cause: Cause, *, own: bool = True) -> str:
    """Write where a setting stands in a sentence: ``shop.yaml, line 31``.

    Parameters
    ----------
    finding : Finding
    cause : Cause
    own : bool
        Whether the scenario's own file goes without its name.
    """
    if not cause.file or not cause.line:
        return ""
    line, file, data = f"line {cause.line}", file_of(cause), data_file(finding, cause)
    line = f"{line} ({data})" if data else line
    mine = (finding.source, finding.key, str(Path(finding.source)), shown_path(finding.source))
    return line if own and file in mine else f"{file}, {line}"
