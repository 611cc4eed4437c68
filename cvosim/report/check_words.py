"""What a check found, in words: one sentence for what changed, one for what it is worth."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.metrics.metric import VALUE, WITH_REFERRALS
from cvosim.report.check_effects import note, sum_words
from cvosim.report.check_places import place_words
from cvosim.report.check_shifts import (
    change_of,
    has_few,
    is_versioned,
    more_words,
    moved,
    percent_change,
    shift_of,
)
from cvosim.report.check_values import change_words
from cvosim.report.numbers import UNKNOWN, kind_of, money, number
from cvosim.report.settings_text import NONE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.baseline.findings import Cause, Finding, Shift

NAMED = 3
"""Causes that a sentence names; the table has all."""
RECORDED = ("customers", "seed")
"""Settings that a baseline keeps: the file's do not matter to a check."""
SUMMED = 1e-6
"""Part of a number below which another order of summing may move it: that is no luck."""
UNCOVERED = ("experiment", "sweep")
"""Sections of a file that are plans, not the scenario: a check does not look at them."""
EDITED = (
    "the customers' lives are those recorded, the numbers are not: the baseline's numbers were "
    "edited, or come from other software"
)
HIDDEN = "No difference is visible in what a prospect is worth"
OTHER_LUCK = "renamed: its customers draw other luck"
UNEXPLAINED = (
    "settings, trajectory version and the machine's rounding are those of the baseline, and yet "
    "something else happens to the customers: the baseline's hash was edited, or it is a fault of "
    "this machine, or a bug in cvosim or in what it computes with"
)


def finding_words(finding: Finding) -> str:
    """Say what became of one scenario, why, and what that is worth.

    Parameters
    ----------
    finding : Finding

    Returns
    -------
    str
        One paragraph.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Cause, Finding, Status
    >>> from cvosim.experiment.baseline.record import Record, Software
    >>> from cvosim.metrics.estimate import Metrics
    >>> made = Record("a.yaml", {}, "", "", "", Software("1.0", 2, "", {}), Metrics({}))
    >>> cause = Cause("setting", "journey.tripwire.price", 29.0, 19.0, "a.yaml", 31)
    >>> finding_words(Finding("a.yaml", "a.yaml", Status.CHANGED, (cause,), (), made))
    'a.yaml changed in line 31: journey.tripwire.price 29 -> 19.'
    """
    from cvosim.experiment.baseline.findings import Status

    if finding.status is Status.MISSING:
        return f"{finding.key} is not in the baseline."
    aside = aside_words(finding)
    if finding.status is Status.IDENTICAL:
        return f"{finding.key} is identical. {aside}".rstrip()
    busy = [cause for cause in finding.causes if cause.matters]
    told = f"{finding.key} {finding.status.value}{_because(finding, busy)}."
    parts = (told, worth_words(finding), sum_words(finding), beyond_words(finding), aside)
    return " ".join(part for part in parts if part)


def aside_words(finding: Finding, *, own: bool = True) -> str:
    """Say what differs and matters to nobody: other libraries, comments, plans."""
    rest = [cause for cause in finding.causes if not cause.matters and not is_kept(cause)]
    other = [cause for cause in rest if cause.kind != "setting"]
    plans = [cause for cause in rest if is_uncovered(cause)]
    idle = [cause for cause in rest if cause.kind == "setting" and not is_uncovered(cause)]
    parts = (
        ("Also differs", other if finding.status.value != "identical" else []),
        ("Without effect", idle),
        (f"Not covered by check ({', '.join(UNCOVERED)})", plans),
    )
    told = [f"{what}: {causes_words(finding, some, own=own)}." for what, some in parts if some]
    return " ".join(told)


def causes_words(finding: Finding, causes: Sequence[Cause], *, own: bool = True) -> str:
    """Name causes, each with its line where it has one: ``line 31: aov 1 -> 2; line 40: ...``."""
    named = "; ".join(
        f"{place}: {cause_words(cause)}"
        if (place := place_words(finding, cause, own=own))
        else cause_words(cause)
        for cause in causes[:NAMED]
    )
    more = len(causes) - NAMED
    return f"{named}; and {more} more" if more > 0 else named


def cause_words(cause: Cause) -> str:
    """Name one cause, and from what to what it went.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Cause
    >>> cause_words(Cause("setting", "journey.tripwire.price", 29.0, None))
    'journey.tripwire.price 29 -> none'
    >>> cause_words(Cause("version", "numba", "0.60.0", "0.61.2"))
    'numba 0.60.0 -> 0.61.2'
    """
    if cause.kind == "unexplained":
        return EDITED if cause.what == "metrics" else UNEXPLAINED
    change = f"{cause.what} {change_words(cause.before, cause.after)}"
    if cause.kind == "machine":
        return _machine_words(cause, change)
    if cause.kind == "version" and cause.what == "settings":
        return f"this release cannot read the baseline's settings (cvosim {change[9:]})"
    renamed = cause.kind == "setting" and cause.matters and is_renamed(cause)
    aside = "; ".join(filter(None, (cause.turn, OTHER_LUCK if renamed else note(cause))))
    return f"{change} ({aside})" if aside else change


def _machine_words(cause: Cause, change: str) -> str:
    if cause.before is None and cause.after is None:
        return f"this machine differs from that of the baseline ({cause.what})"
    return f"this machine computes otherwise than that of the baseline ({change})"


def is_renamed(cause: Cause) -> bool:
    """Whether something has another name that luck hangs on: a stage's, an offer's, a program's."""
    named = isinstance(cause.before, str) and isinstance(cause.after, str)
    section, _, path = cause.what.partition(".")
    return section == "journey" and path.rpartition(".")[2] == "name" and named


def is_uncovered(cause: Cause) -> bool:
    """Whether a setting is one of a plan for experiments, which no check looks at."""
    return cause.kind == "setting" and cause.what.partition(".")[0] in UNCOVERED


def is_kept(cause: Cause) -> bool:
    """Whether the file asks for other customers or luck than the baseline's, which are taken."""
    return cause.kind == "setting" and cause.what in RECORDED and not cause.matters


def worth_words(finding: Finding) -> str:
    """Say how much more or less a prospect is worth; empty where nothing is known of it."""
    value = shift_of(finding)
    if value is None or not math.isfinite(change_of(value)):
        return ""
    currency = value.after.unit
    if change_of(value) == 0.0:
        return f"A prospect is worth the same. {_moved_most(finding)}".rstrip()
    sure = _how_sure(finding, value)
    told = f"A prospect is worth {more_words(change_of(value), currency)}{sure}."
    if is_hidden(finding, value):
        told = f"{HIDDEN}: {more_words(change_of(value), currency)}{sure}."
    whole = shift_of(finding, WITH_REFERRALS)
    if whole is not None and math.isfinite(change_of(whole)) and change_of(whole) != 0.0:
        told += f" With the people whom it brings: {more_words(change_of(whole), currency)}."
    return told


def shift_words(shift: Shift) -> str:
    """Say from what to what a metric went.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Shift, Status
    >>> from cvosim.metrics.estimate import Estimate
    >>> before, after = Estimate(0.06, 0.001, "share"), Estimate(0.08, 0.001, "share")
    >>> shift_words(Shift("reach.tripwire", before, after, 0.0, 0.02, None, 0.0, Status.CHANGED))
    'reach.tripwire 6.00 % -> 8.00 %'
    """
    known = [x for x in (shift.before.value, shift.after.value) if math.isfinite(x)]
    kind = kind_of(shift.after.unit)
    then, now = (number(one.value, kind, known) for one in (shift.before, shift.after))
    then, now = (NONE if text == UNKNOWN else text for text in (then, now))
    if then == now and len(known) == 2:  # they differ further behind the point
        then, now = _apart(known[0], known[1], kind)
    return f"{shift.metric} {then} -> {now}"


def is_hidden(finding: Finding, shift: Shift) -> bool:
    """Whether only luck may tell now from then: the interval of the scenario's part holds 0."""
    if (
        shift.interval is None
        or has_few(finding)
        or shift.by_version != 0.0
        or change_of(shift) == 0.0
    ):
        return False
    low, high = shift.interval
    return low <= 0.0 <= high


def has_noise(shift: Shift) -> bool:
    """Whether luck may move a metric by more than the order of summing does."""
    return math.isfinite(shift.noise) and shift.noise > SUMMED * abs(shift.before.value)


def _apart(then: float, now: float, kind: str) -> tuple[str, str]:
    """Write two values that look alike with as many digits as tell them apart."""
    scale, unit = (100.0, " %") if kind == "share" else (1.0, "")
    for digits in range(4, 18):
        pair = (f"{then * scale:#.{digits}g}{unit}", f"{now * scale:#.{digits}g}{unit}")
        if pair[0] != pair[1]:
            return pair
    return repr(then), repr(now)


def beyond_words(finding: Finding) -> str:
    """Name a metric that went beyond its tolerance, where the worth of a prospect did not."""
    from cvosim.experiment.baseline.findings import Status

    changed = [one for one in moved(finding) if one.status is Status.CHANGED]
    value = shift_of(finding)
    # where that is known to be the same, the metric that moved most is named already
    if value is None or not changed or changed[0].metric == VALUE or change_of(value) == 0.0:
        return ""
    return f"Beyond tolerance: {shift_words(changed[0])} ({percent_change(changed[0])})."


def _because(finding: Finding, causes: Sequence[Cause]) -> str:
    """Write the causes after the word "changed"."""
    if not causes:
        return ""
    told = causes_words(finding, causes)
    return f" in {told}" if told.startswith("line ") else f": {told}"


def _how_sure(finding: Finding, shift: Shift) -> str:
    """Give the interval, or what luck alone may do, or which part is whose."""
    versioned = is_versioned(shift)
    currency = shift.after.unit
    if versioned and shift.by_scenario != 0.0:
        return (
            f": {more_words(shift.by_scenario, currency)} because of the scenario, "
            f"{more_words(shift.by_version, currency)} because of what it is simulated with"
        )
    if versioned:
        if not math.isfinite(shift.noise):
            return ", of which too few buyers tell whether it is luck"
        if has_noise(shift):
            verb = "may move" if abs(shift.by_version) <= shift.noise else "moves"
            return f"; luck alone {verb} it by up to {money(shift.noise, currency)}"
        return ""
    if has_few(finding):
        return " (too few buyers for an interval)"
    if shift.interval is None or not all(map(math.isfinite, shift.interval)):
        return ""
    return f" (95 % interval {_ends(*shift.interval, currency)})"


def _ends(low: float, high: float, currency: str) -> str:
    """Write an interval of a change with words for its signs."""
    like = max(abs(low), abs(high))
    if low <= 0.0 <= high:
        return f"{money(-low, currency, like)} less to {money(high, currency, like)} more"
    near, far = sorted((abs(low), abs(high)))
    return f"{money(near, currency, like)} to {money(far, currency, like).split(' ', 1)[1]}"


def _moved_most(finding: Finding) -> str:
    found = moved(finding)
    return f"Moved most: {shift_words(found[0])}." if found else ""
