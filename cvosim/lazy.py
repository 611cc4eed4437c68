"""Packages whose public names are loaded when they are first used (PEP 562)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any


def lazily(
    package: str, home: Mapping[str, str], names: dict[str, Any]
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Make ``__getattr__`` and ``__dir__`` of a package that imports nothing by itself.

    Parameters
    ----------
    package : str
        Its name, for messages.
    home : mapping of str to str
        The module in which each public name lives.
    names : dict
        The package's ``globals()``, where a name is kept once it was loaded.

    Examples
    --------
    >>> get, listed = lazily("maths", {"sqrt": "math"}, {})
    >>> get("sqrt")(4.0), listed()
    (2.0, ['sqrt'])
    """

    def load(name: str) -> object:
        if name not in home:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(import_module(home[name]), name)
        names[name] = value
        return value

    return load, lambda: sorted(home)
