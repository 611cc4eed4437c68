"""When the numbers were measured, on what, and beside which peers."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from cvosim.engine.speed import machine as speed

PEERS = ("lifetimes", "pymc-marketing", "tea-tasting", "ciw")
"""Of the extra `bench`, as they are called at the package index."""


def installed(library: str) -> str | None:
    """Name and version of a library; None where it is not installed."""
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return None


def versions() -> dict[str, str]:
    """Of Python, of the packages that the speed depends on, and of the peers that are here."""
    peers = [name for name in PEERS if installed(name)]
    return speed.versions([*speed.PACKAGES, "scipy", *peers])


def describe() -> dict[str, Any]:
    """All of it, ready for JSON; ``load`` above 1 means that others were busy here too."""
    today = datetime.now(UTC).date().isoformat()
    return {"date": today, **speed.describe(), "versions": versions()}
