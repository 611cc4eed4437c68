"""Levers that move together: shares that add to 1, of which none can move alone."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cvosim.scenario.patching import Template
from cvosim.scenario.references import Loc

_NUDGE = 0.01


def bound_together(template: Template, data: dict[str, Any]) -> dict[Loc, tuple[Loc, ...]]:
    """Find the shares that can only move with others, and those others.

    Parameters
    ----------
    template : Template
    data : dict
        The scenario's full data.

    Returns
    -------
    dict
        Places, and the places that add to 1 with them. A share that nothing can be shifted
        to or from has none. Shares of which one can be set by itself (a channel with a reach
        takes what the others leave) are not in it.

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> template = load_template("carpet_cleaning")
    >>> found = bound_together(template, template.scenario.model_dump())
    >>> found["market", "segments", 0, "share"]
    (('market', 'segments', 1, 'share'),)
    """
    found: dict[Loc, tuple[Loc, ...]] = {}
    for group in _groups(data):
        if not any(_moves_alone(template, loc, data) for loc in group):
            found |= {loc: tuple(other for other in group if other != loc) for loc in group}
    return found


def _groups(data: dict[str, Any]) -> Iterator[tuple[Loc, ...]]:
    for above in (("market", "segments"), ("channels",)):
        owners = _at(data, above)
        yield tuple((*above, n, "share") for n, _ in enumerate(owners))
        for number, owner in enumerate(owners):
            if owner.get("awareness") is not None:
                here = (*above, number, "awareness")
                yield tuple((*here, rung) for rung in owner["awareness"])


def _moves_alone(template: Template, loc: Loc, data: dict[str, Any]) -> bool:
    value = _at(data, loc)
    other = value + _NUDGE if value < 0.5 else value - _NUDGE
    fits = template.fits(loc, other)
    if fits is None:
        return template.takes({".".join(map(str, loc)): other})
    return fits


def _at(data: Any, loc: Loc) -> Any:
    for part in loc:
        data = data[part]
    return data
