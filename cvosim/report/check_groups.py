"""Scenarios that changed for the same reasons, told together: one line may be that of many."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.check_places import file_of
from cvosim.report.check_shifts import change_of, more_words, moved, shift_of
from cvosim.report.check_words import (
    HIDDEN,
    aside_words,
    beyond_words,
    causes_words,
    finding_words,
    has_noise,
    is_hidden,
    is_kept,
    shift_words,
)
from cvosim.report.numbers import money

if TYPE_CHECKING:
    from cvosim.experiment.baseline.findings import Cause, Finding, Shift

NAMED = 3
"""Scenarios that a sentence names; the table has all."""


class Shared(NamedTuple):
    """A cause, and what it changed: of each scenario the cause as it stands there."""

    cause: Cause
    found: tuple[tuple[Finding, Cause], ...]


def grouped(findings: Iterable[Finding]) -> list[tuple[Finding, ...]]:
    """Put scenarios together that became the same for the same causes.

    Parameters
    ----------
    findings : iterable of Finding
        In the order that they are told in.

    Returns
    -------
    list of tuple of Finding
        In the order of their first; what has no cause stands by itself, unless it is missing.
    """
    groups: dict[tuple[str, ...], list[Finding]] = {}
    for one in findings:
        causes = sorted(cause_key(cause) for cause in one.causes if not is_kept(cause))
        alone = not causes and one.status.value != "not in the baseline"
        key = (one.status.value, *causes, *([one.key] if alone else []))
        groups.setdefault(key, []).append(one)
    return [tuple(group) for group in groups.values()]


def shared_causes(findings: Iterable[Finding]) -> list[Shared]:
    """Put causes together that are one: the same line, from and to the same value."""
    found: dict[str, list[tuple[Finding, Cause]]] = {}
    for finding in findings:
        for cause in finding.causes:
            if not is_kept(cause):
                found.setdefault(cause_key(cause), []).append((finding, cause))
    return [Shared(every[0][1], tuple(every)) for every in found.values()]


def cause_key(cause: Cause) -> str:
    """Name a cause such that the same one of another scenario has the same name."""
    sides = () if cause.kind == "unexplained" else (cause.before, cause.after)
    known = (cause.matters, cause.measured)
    return repr((cause.kind, cause.what, *sides, file_of(cause), cause.line, *known))


def group_words(group: Sequence[Finding]) -> str:
    """Say what became of scenarios that changed for the same causes: one paragraph.

    Parameters
    ----------
    group : sequence of Finding
        As `grouped` gives it.
    """
    if len(group) == 1:
        return finding_words(group[0])
    first, names = group[0], names_words(group)
    aside = aside_words(first, own=False)
    status = first.status.value
    if status == "not in the baseline":
        return f"{len(group)} scenarios are {status}: {names}."
    if status == "identical":
        return f"{len(group)} scenarios are identical: {names}. {aside}".rstrip()
    busy = [cause for cause in first.causes if cause.matters]
    within = " within tolerance" if status != "changed" else ""
    told = f"{len(group)} scenarios changed{within}: {names}."
    if len(busy) == 1:
        verb = f"changes {len(group)} scenarios{within}"
        told = f"{causes_words(first, busy, own=False)} {verb}: {names}."
    elif busy:
        told = f"{told[:-1]}, because of {causes_words(first, busy, own=False)}."
    parts = (told, group_worth(group), _beyond(group), aside)
    return " ".join(part for part in parts if part)


def names_words(group: Sequence[Finding]) -> str:
    """Name scenarios, the first few of many."""
    names = [one.key for one in group]
    if len(names) <= NAMED + 1:
        return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"{', '.join(names[:NAMED])} and {len(names) - NAMED} more"


def group_worth(group: Sequence[Finding]) -> str:
    """Say how much more or less a prospect is worth, from where least to where most."""
    known = [(one, shift) for one in group if (shift := _value(one)) is not None]
    if not known or len({shift.after.unit for _, shift in known}) > 1:
        return ""
    known.sort(key=lambda pair: change_of(pair[1]))
    (low_in, low), (high_in, high) = known[0], known[-1]
    currency = low.after.unit
    least, most = (more_words(change_of(one), currency) for one in (low, high))
    if change_of(low) == change_of(high) == 0.0:
        found = moved(low_in)
        extra = f" Moved most, in {low_in.key}: {shift_words(found[0])}." if found else ""
        return f"A prospect is worth the same in each.{extra}"
    told = f"{least} in each"
    if least != most:
        told = f"from {least} ({low_in.key}) to {most} ({high_in.key})"
    hidden = sum(is_hidden(one, shift) for one, shift in known)
    if hidden == len(known):
        return f"{HIDDEN}: {told}, and each 95 % interval holds 0."
    few = f" No difference is visible in {hidden} of them: the 95 % interval holds 0."
    return f"A prospect is worth {told}{_luck(known, currency)}.{few if hidden else ''}"


def _value(finding: Finding) -> Shift | None:
    found = shift_of(finding)
    return found if found is not None and math.isfinite(change_of(found)) else None


def _luck(known: Sequence[tuple[Finding, Shift]], currency: str) -> str:
    """Say what luck alone may do, where other software brought other luck."""
    noises = [shift.noise for _, shift in known if shift.by_version != 0.0 and has_noise(shift)]
    return f"; luck alone may move it by up to {money(max(noises), currency)}" if noises else ""


def _beyond(group: Sequence[Finding]) -> str:
    """Name a metric that went beyond its tolerance in the first that has one."""
    told = next(((one.key, words) for one in group if (words := beyond_words(one))), None)
    return "" if told is None else f"In {told[0]}: {told[1][0].lower()}{told[1][1:]}"
