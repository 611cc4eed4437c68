"""The folder in which each method keeps a store of its own."""

from __future__ import annotations

from pathlib import Path

from cvosim.errors import DataError
from cvosim.experiment.sweeps.files import in_words

PARTS = ("tornado", "elasticity", "sobol", "sample")
"""Folders of the methods; dependence and discover share a sample."""


def check_store(folder: Path) -> None:
    """Refuse a folder with something in it that no method has written.

    Raises
    ------
    DataError
        Says what is there.
    """
    if folder.is_symlink() and not folder.exists():
        raise DataError(f"{folder}: is a link that leads nowhere (to {folder.readlink()})")
    if folder.exists() and not folder.is_dir():
        raise DataError(f"{folder}: is a file; name a folder for the store")
    if not folder.is_dir():
        return
    with in_words("read", folder):
        foreign = sorted(
            path.name for path in folder.iterdir() if path.name not in PARTS or not path.is_dir()
        )
    if foreign:
        others = f" and {len(foreign) - 1} more" if len(foreign) > 1 else ""
        raise DataError(
            f"{folder}: is no store of cvosim sensitivity, and not empty (it holds {foreign[0]}"
            f"{others}); name another folder, or one that does not exist yet"
        )
