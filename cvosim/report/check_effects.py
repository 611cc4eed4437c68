"""What single changes do, in words: each its own part, and what they only do together."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.report.check_shifts import more_words, shift_of, span_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.baseline.findings import Cause, Finding

TOGETHER = "only together with the others"
UNMEASURED = "not measured"
INSEPARABLE = "not measured: does not stand alone"
UNREAD = "cannot be told apart from what the release does"
ROUNDING = 1e-9
"""Part of a sum by which its rounding may move it."""


def note(cause: Cause) -> str:
    """Say what is special about what is known of a change's effect; mostly nothing.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Cause
    >>> note(Cause("setting", "journey.tripwire.price", 29, 19, measured="unmeasured"))
    'not measured'
    """
    if not cause.matters:
        return ""
    words = {"together": TOGETHER, "unmeasured": UNMEASURED}
    return words.get(cause.measured, "")


def own_words(causes: Sequence[Cause]) -> str:
    """Say what one of several changes does to what a prospect is worth.

    Parameters
    ----------
    causes : sequence of Cause
        The same change, as it stands in each of the scenarios that it changed.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Cause
    >>> from cvosim.experiment.comparison import Difference
    >>> worth = Difference(5.0, 4.5, -0.5, 0.05, -0.6, -0.4, 30.0, "USD")
    >>> own_words([Cause("setting", "journey.tripwire.price", 29, 19, effect=worth)])
    'Alone it makes a prospect worth USD 0.50 less.'
    """
    sizes = [_size(cause) for cause in causes]
    known = [size for size in sizes if size is not None]
    units = {cause.effect.unit for cause in causes if cause.effect is not None}
    how = {cause.measured for cause in causes}
    if len(known) < len(sizes) or len(units) > 1 or not known:
        if how == {"inseparable"}:
            return "What it does was not measured: it does not stand alone."
        return "What it does alone was not measured."
    (unit,) = units
    more = span_words(known, unit)
    if how == {"together"}:
        return f"Alone it does nothing; beside the others it makes a prospect worth {more}."
    return f"Alone it makes a prospect worth {more}."


def sum_words(finding: Finding) -> str:
    """Say where changes depend on each other: their own parts do not add up to the whole.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
        Empty where they add up, where there is but one, and where not all were measured.
    """
    causes = [one for one in finding.causes if one.matters and is_change(one)]
    if is_unread(finding):
        it = "What they do" if len(causes) > 1 else "What it does"
        return f"{it} {UNREAD}." if causes else ""
    value = shift_of(finding)
    if len(causes) < 2 or value is None or not math.isfinite(value.by_scenario):
        return ""
    joint = [one for one in causes if one.measured == "together"]
    sizes = [_size(one) for one in causes if one.measured != "together"]
    known = [size for size in sizes if size is not None]
    total = value.by_scenario
    scale = max(map(abs, [total, *known]))
    if len(known) < len(sizes) or abs(math.fsum(known) - total) <= ROUNDING * scale:
        return ""
    if joint and not known:
        return "The changes depend on each other: none does anything alone."
    alone = more_words(math.fsum(known), value.after.unit)
    return f"The changes depend on each other: alone, they come to {alone} in all."


def is_change(cause: Cause) -> bool:
    """Whether a cause is of the scenario: a line of it, or a default that nobody wrote."""
    return cause.kind == "setting" or cause.what.startswith("default of ")


def is_unread(finding: Finding) -> bool:
    """Whether the release cannot read what the scenario was, so that no change is put into it."""
    return any(one.kind == "version" and one.what == "settings" for one in finding.causes)


def _size(cause: Cause) -> float | None:
    size = None if cause.effect is None else cause.effect.difference
    return size if size is not None and math.isfinite(size) else None
