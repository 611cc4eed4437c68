"""How far metrics moved since the baseline, and which moved most."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.metrics.carried import carried
from cvosim.metrics.metric import VALUE
from cvosim.report.numbers import MONEY, kind_of, money
from cvosim.report.text import is_main

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.baseline.findings import Finding, Shift

RATIOS = ("ltv_to_cac", "return_on_cost")
"""Metrics that are money over money; the second has one for each program."""


def moved(finding: Finding) -> list[Shift]:
    """Give the metrics that are not what they were, those that moved most first.

    The worth of a prospect leads; then what goes beyond its tolerance; of that, metrics of the
    whole by their change in percent, then those of a segment, a channel or a program, which
    fewer people carry.
    """
    from cvosim.experiment.baseline.findings import Status

    def rank(one: Shift) -> tuple[bool, bool, bool, float]:
        within = one.status is not Status.CHANGED
        return one.metric != VALUE, within, not is_main(one.metric), -abs(relative(one))

    return sorted(filter(_differs, finding.shifts), key=rank)


def shift_of(finding: Finding, metric: str = VALUE) -> Shift | None:
    """Give what became of a metric of a scenario; None where neither side has it."""
    return next((one for one in finding.shifts if one.metric == metric), None)


def more_words(change: float, currency: str) -> str:
    """Write how much more or less money it is.

    Examples
    --------
    >>> more_words(-0.5, "USD"), more_words(0.0, "USD")
    ('USD 0.50 less', 'the same')
    """
    if change == 0.0:
        return "the same"
    return f"{money(abs(change), currency)} {'more' if change > 0 else 'less'}"


def span_words(changes: Sequence[float], currency: str) -> str:
    """Write from how much less or more to how much more or less it is.

    Examples
    --------
    >>> span_words([0.3, -0.5], "USD"), span_words([0.3, 0.3], "USD")
    ('from USD 0.50 less to USD 0.30 more', 'USD 0.30 more')
    """
    least, most = (more_words(end(changes), currency) for end in (min, max))
    return least if least == most else f"from {least} to {most}"


def is_versioned(shift: Shift) -> bool:
    """Whether what a scenario is simulated with moved a metric."""
    return shift.by_version != 0.0 and math.isfinite(shift.by_version)


def change_of(shift: Shift) -> float:
    """Give how far a metric moved in all; NaN where it was not there, or is gone."""
    return shift.after.value - shift.before.value


def relative(shift: Shift) -> float:
    """Give the change as a part of the old value; infinite where that was nothing or unknown."""
    change, before = change_of(shift), shift.before.value
    return change / abs(before) if math.isfinite(change) and before != 0.0 else math.inf


def percent_change(shift: Shift) -> str:
    """Write how far a metric moved in percent of what it was.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Shift, Status
    >>> from cvosim.metrics.estimate import Estimate
    >>> sides = (Estimate(40.0, 1.0, "USD"), Estimate(41.0, 1.0, "USD"))
    >>> percent_change(Shift("cac", *sides, 0.0, 1.0, None, 0.0, Status.CHANGED))
    '+2.5 %'
    """
    part = 100.0 * relative(shift)
    if not math.isfinite(part):
        return "-"
    text = f"{part:+,.1f}" if abs(part) >= 1.0 else f"{part:+.2g}"
    return f"{text} %"


def has_few(finding: Finding) -> bool:
    """Whether too few buyers carry a scenario's money for any interval of it to be told."""
    rests_on = carried(finding.record.metrics)
    return rests_on is not None and rests_on.too_few


def is_of_money(shift: Shift) -> bool:
    """Whether a metric rests on what buyers bring: money, or a ratio of it."""
    return kind_of(shift.after.unit) == MONEY or shift.metric.partition(".")[0] in RATIOS


def _differs(shift: Shift) -> bool:
    """Whether a metric is another number, or is there now, or is gone."""
    before, after = shift.before.value, shift.after.value
    both_unknown = math.isnan(before) and math.isnan(after)
    return not both_unknown and before != after
