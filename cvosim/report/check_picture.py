"""What each change is worth by itself, as a figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.metrics.metric import VALUE
from cvosim.report.check_shifts import has_few
from cvosim.report.check_words import cause_words
from cvosim.report.documents.names import file_name
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import UNKNOWN, kind_of, signed, signed_money
from cvosim.report.precision_picture import Gap, Gaps, gaps
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.baseline.findings import Cause, Checked, Finding

TITLE = "What each change does alone to what a prospect is worth"
NOTE = (
    "Each change is put into the scenario as it was, and the same prospects live through both. "
    "Changes that depend on each other do not add up."
)


def effects_exhibit(checked: Checked) -> Exhibit | None:
    """Show what each change is worth; None where none has an effect that is known.

    Parameters
    ----------
    checked : Checked
        As `cvosim.experiment.check` returns it.
    """
    found = [
        (one.key, cause, gap)
        for one in checked.findings
        for cause in one.causes
        if (gap := _gap(one, cause, alone=len(checked.findings) == 1)) is not None
    ]
    if not found:
        return None
    units = sorted({cause.effect.unit for _, cause, _ in found if cause.effect is not None})
    data = Gaps(TITLE, f"{VALUE}, {' or '.join(units)}", tuple(gap for _, _, gap in found))
    rows = tuple(
        (key, cause_words(cause), gap.value, gap.low, gap.high) for key, cause, gap in found
    )
    shown = tuple(
        (key, cause_words(cause), gap.words, *_ends(gap, cause)) for key, cause, gap in found
    )
    header = ("scenario", "change", "a prospect is worth", "95 % from", "to")
    alt = " ".join(f"{key}: {cause_words(cause)}: {gap.words}." for key, cause, gap in found)
    return Exhibit("effects", TITLE, alt, gaps, data, Table(header, rows, shown), NOTE)


def _gap(finding: Finding, cause: Cause, *, alone: bool) -> Gap | None:
    effect = cause.effect
    if cause.measured == "together":  # what it does alone is nothing
        return None
    if effect is None or effect.difference is None or not math.isfinite(effect.difference):
        return None
    ends = (None, None) if has_few(finding) else (effect.low, effect.high)
    low, high = (x if x is not None and math.isfinite(x) else effect.difference for x in ends)
    setting = ".".join(cause.what.split(".")[-2:])
    name = setting if alone else f"{file_name(finding.key)}: {setting}"
    words = signed_money(effect.difference, effect.unit)
    return Gap(name, effect.difference, low, high, words)


def _ends(gap: Gap, cause: Cause) -> tuple[str, str]:
    unit = "" if cause.effect is None else cause.effect.unit
    known = cause.effect is not None and gap.low != gap.high
    if not known:
        return UNKNOWN, UNKNOWN
    low, high = (signed(end, kind_of(unit), [gap.value]) for end in (gap.low, gap.high))
    return low, high
