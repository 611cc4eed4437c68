"""How far a number of the scenario may move before the scenario refuses it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.errors import ScenarioError

if TYPE_CHECKING:
    from cvosim.scenario.template import Template

_HALVINGS = 24


def towards(template: Template, path: str, base: float, wanted: float) -> float:
    """Give the value nearest to the one wanted, on the way from the base, that is allowed.

    Whatever forbids it, a bound of the number itself or something that must hold for several:
    found by halving, since the scenario's own checks are the only complete list.

    Parameters
    ----------
    template : Template
    path : str
        Where the number stands.
    base : float
        What stands there. A whole number stays whole.
    wanted : float

    Examples
    --------
    >>> from cvosim.scenario.template import load_template
    >>> template = load_template("carpet_cleaning")
    >>> towards(template, "journey.tripwire.price", 29.0, 31.0)
    31.0
    >>> round(towards(template, "journey.lead_magnet.consumed", 0.6, 1.2), 5)
    1.0
    """
    whole = isinstance(base, int)
    if whole:
        step = round(wanted) - base
        wanted = base + (step or (1 if wanted > base else -1))
    if _allowed(template, path, wanted):
        return wanted
    good, bad = base, wanted
    for _ in range(_HALVINGS):
        middle: float = (good + bad) // 2 if whole else 0.5 * (good + bad)
        if middle in (good, bad):
            break
        good, bad = (middle, bad) if _allowed(template, path, middle) else (good, middle)
    # what is left between the two is nothing: a bound such as 1 is meant as a round number
    if whole:
        return good
    rounded = round(0.5 * (good + bad), 6 - math.ceil(math.log10(abs(wanted - base))))
    return rounded if _allowed(template, path, rounded) else good


def _allowed(template: Template, path: str, value: float) -> bool:
    try:
        template.at({path: value})
    except ScenarioError:
        return False
    return True
