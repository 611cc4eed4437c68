"""Sections that are planned but not there yet: refused by name, not as unknown keys."""

from __future__ import annotations

from cvosim.scenario.references import Loc

COMES_LATER = "comes in a later version of cvosim; leave it out for now"

_SECTIONS = frozenset({("sweep",)})


def key_comes_later(loc: Loc) -> bool:
    """Tell whether a key that nothing knows yet is planned."""
    return tuple(loc) in _SECTIONS
