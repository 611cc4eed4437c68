"""The compiled code on disk: is it there, and is it of today's sources?

Numba checks only the file of a compiled function itself, not those of the functions that it
calls (numba/numba#3588), so an edit in `randomness` would leave a stale kernel behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cvosim.engine.kernel import live_all
from cvosim.randomness.philox import uniform

_COMPILED: tuple[Any, ...] = (live_all, uniform)


def _folders() -> list[Path]:
    """Where the machine code of `engine` and `randomness` is kept; none if it is not."""
    paths = [function.stats.cache_path for function in _COMPILED]
    return [Path(path) for path in paths if path is not None]


def _sources() -> list[Path]:
    package = Path(__file__).parent.parent
    compiled = [*package.glob("engine/*.py"), *package.glob("randomness/*.py")]
    return [*compiled, package / "plan" / "plan.py", package / "tables" / "schema.py"]


def discard_stale() -> None:
    """Remove the indexes of compiled code that is older than any source it was made of."""
    newest = max(source.stat().st_mtime for source in _sources())
    indexes = [index for folder in _folders() for index in folder.glob("*.nbi")]
    if any(index.stat().st_mtime < newest for index in indexes):
        for index in indexes:
            index.unlink(missing_ok=True)


def is_compiled() -> bool:
    """Is the kernel's machine code on disk?"""
    return any(index for folder in _folders() for index in folder.glob("kernel.live_all-*.nbi"))
