"""Which versions compute: a part of every manifest."""

from __future__ import annotations

import platform
from functools import cache
from importlib.metadata import version

_version = cache(version)  # reads a file each time, which takes longer than a small simulation


def versions_of(*packages: str) -> dict[str, str]:
    """Look up Python and installed packages.

    Raises
    ------
    importlib.metadata.PackageNotFoundError
        One of them is not installed.

    Examples
    --------
    >>> list(versions_of("numpy", "numba"))
    ['python', 'numpy', 'numba']
    """
    return {"python": platform.python_version(), **{name: _version(name) for name in packages}}
