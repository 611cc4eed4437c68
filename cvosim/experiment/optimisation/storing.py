"""The folder in which each step of an optimisation keeps a store of its own."""

from __future__ import annotations

import re
from pathlib import Path

from cvosim.experiment.sweeps.files import check_own

_STEP = re.compile(r"(search|constraints-\d+|ranking-\d+|final|front)-\d+-[0-9a-f]{12}")


def check_store(folder: Path) -> None:
    """Refuse a folder with something in it that no optimisation has written.

    Raises
    ------
    DataError
        Says what is there.
    """
    check_own(folder, "cvosim optimise", _is_ours)


def _is_ours(path: Path) -> bool:
    return path.is_dir() and _STEP.fullmatch(path.name) is not None
