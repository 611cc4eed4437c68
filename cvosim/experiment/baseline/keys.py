"""By what a baseline knows a scenario: the same for its record, its check and its update."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from cvosim.errors import CvosimError
from cvosim.scenario.library import library

VARIANT = ": "
"""Stands between a file's key and the name of a variant that it lists."""


def key_of(source: str | Path, beside: Path | None = None) -> str:
    """Name a file as seen from the baseline, so that a checkout may lie anywhere.

    Folders are followed to where they are, whatever links lead there; a file that is a link is
    another file. A file that is called as a scenario of the library gets ``./`` before it.

    Parameters
    ----------
    source : str or Path
        A scenario file, or a name of the library, which goes before a file so called.
    beside : Path, optional
        Folder of the baseline; the working folder by default.

    Examples
    --------
    >>> key_of("cdnow"), key_of("./cdnow"), key_of("funnels/shop.yaml"), key_of("shop.yaml")
    ('cdnow', './cdnow', 'funnels/shop.yaml', 'shop.yaml')
    """
    if isinstance(source, str) and source in library():
        return source
    whole = Path(source).absolute()
    path = whole.parent.resolve() / whole.name
    folder = (Path() if beside is None else beside).resolve()
    try:
        key = Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:  # on another drive
        return path.as_posix()
    return f"./{key}" if key in library() else key


def file_of_key(key: str) -> str:
    """Give the key of the file that a variant's key begins with; that of a file is its own.

    Examples
    --------
    >>> file_of_key("shop.yaml: Dear"), file_of_key("shop.yaml")
    ('shop.yaml', 'shop.yaml')
    """
    return key.partition(VARIANT)[0]


def is_there(key: str, beside: Path | None = None) -> bool:
    """Tell whether there still is the file of a key, or the scenario of the library.

    Names of files may hold what stands before a variant's: each of them may be the end.
    """
    parts = key.split(VARIANT)
    files = [VARIANT.join(parts[:number]) for number in range(len(parts), 0, -1)]
    folder = Path() if beside is None else beside
    return any(file in library() or (folder / file).is_file() for file in files)


def refuse_twins(asked: Iterable[tuple[str, str]]) -> None:
    """Refuse scenarios that a baseline could not tell apart.

    Parameters
    ----------
    asked : iterable of tuple of str
        The key of each, and how somebody called it.

    Raises
    ------
    CvosimError
        Names both.

    Examples
    --------
    >>> refuse_twins([("a.yaml", "a.yaml"), ("b.yaml", "./b.yaml")])
    """
    known: dict[str, str] = {}
    for key, source in asked:
        if key in known:
            both = " and ".join(dict.fromkeys([known[key], source]))
            raise CvosimError(f"{both}: the same scenario to a baseline ({key}); name it once")
        known[key] = source
