"""The folder in which each method keeps a store of its own."""

from __future__ import annotations

from pathlib import Path

from cvosim.experiment.sweeps.files import check_own

PARTS = ("tornado", "elasticity", "sobol", "sample")
"""Folders of the methods; dependence and discover share a sample."""


def check_store(folder: Path) -> None:
    """Refuse a folder with something in it that no method has written.

    Raises
    ------
    DataError
        Says what is there.
    """
    check_own(folder, "cvosim sensitivity", lambda path: path.name in PARTS and path.is_dir())
