"""The compiled code on disk: is it there, and is it of today's sources?

Numba checks only the file of a compiled function itself, not those of the functions that it
calls (numba/numba#3588), so an edit in `randomness` would leave a stale kernel behind.
"""

from __future__ import annotations

from pathlib import Path

from cvosim.engine.kernel import live_all
from cvosim.randomness.philox import uniform


def _folders() -> tuple[Path, ...]:
    return tuple(Path(f.stats.cache_path) for f in (live_all, uniform))  # type: ignore[attr-defined]


def _sources() -> list[Path]:
    here = Path(__file__).parent
    return [
        *here.glob("*.py"),
        *(here.parent / "randomness").glob("*.py"),
        *(here.parent / "plan").glob("plan.py"),
        *(here.parent / "tables").glob("schema.py"),
    ]


def discard_stale() -> None:
    """Remove the indexes of compiled code that is older than any source it was made of."""
    newest = max(source.stat().st_mtime for source in _sources())
    indexes = [index for folder in _folders() for index in folder.glob("*.nbi")]
    if any(index.stat().st_mtime < newest for index in indexes):
        for index in indexes:
            index.unlink(missing_ok=True)


def is_compiled() -> bool:
    """Is the kernel's machine code on disk?"""
    return any(_folders()[0].glob("kernel.live_all-*.nbi"))
