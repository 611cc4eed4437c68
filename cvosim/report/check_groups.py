"""Scenarios that changed for the same reasons, told together: one line may be that of many."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cvosim.metrics.metric import WITH_REFERRALS
from cvosim.report.check_effects import sum_words
from cvosim.report.check_places import file_of
from cvosim.report.check_shifts import (
    change_of,
    has_few,
    is_versioned,
    more_words,
    moved,
    shift_of,
    span_words,
)
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
    known = (cause.matters, cause.measured, cause.turn)
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
    sums, beyond = _in_common(group, sum_words), _in_common(group, beyond_words)
    parts = (told, group_worth(group), sums, beyond, aside)
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
    brought = _brought([one for one, _ in known], currency)
    hidden = sum(is_hidden(one, shift) for one, shift in known)
    if hidden == len(known):
        return f"{HIDDEN}: {told}, and each 95 % interval holds 0.{brought}"
    sure = f"{_luck(known, currency)}{_few(known)}"
    unseen = f" No difference is visible in {hidden} of them: the 95 % interval holds 0."
    return f"A prospect is worth {told}{sure}{unseen if hidden else ''}{brought}"


def _value(finding: Finding) -> Shift | None:
    found = shift_of(finding)
    return found if found is not None and math.isfinite(change_of(found)) else None


def _luck(known: Sequence[tuple[Finding, Shift]], currency: str) -> str:
    """Say which part is whose, or what luck alone may do, where other software brought it."""
    versioned = [shift for _, shift in known if is_versioned(shift)]
    if any(shift.by_scenario != 0.0 for shift in versioned):
        scenario = span_words([shift.by_scenario for shift in versioned], currency)
        version = span_words([shift.by_version for shift in versioned], currency)
        return (
            f": {scenario} because of the scenario, "
            f"{version} because of what they are simulated with"
        )
    blind = sum(not math.isfinite(shift.noise) for shift in versioned)
    some = 0 < blind < len(known)
    told = (
        f", of which{f' in {blind} of them' if some else ''} too few buyers tell whether it is luck"
    )
    told = told if blind else ""
    noisy = [shift for shift in versioned if has_noise(shift)]
    if noisy:
        beyond = all(abs(shift.by_version) > shift.noise for shift in noisy)
        verb = "moves" if beyond else "may move"
        rest = " in the others" if blind else ""
        most = money(max(shift.noise for shift in noisy), currency)
        told += f"; luck alone {verb} it{rest} by up to {most}"
    return told


def _few(known: Sequence[tuple[Finding, Shift]]) -> str:
    """End the sentence, and say where too few buyers are behind a change for an interval."""
    few = sum(has_few(one) and not is_versioned(shift) for one, shift in known)
    if few == len(known):
        return " (too few buyers for an interval)."
    return f". In {few} of them there are too few buyers for an interval." if few else "."


def _brought(group: Sequence[Finding], currency: str) -> str:
    """Say how much it is with the people whom a prospect brings, where that is told of one."""
    found = [(one, change_of(whole)) for one in group if (whole := shift_of(one, WITH_REFERRALS))]
    moved_by = {one.key: by for one, by in found if math.isfinite(by) and by != 0.0}
    if not moved_by:
        return ""
    some = [one for one in group if one.key in moved_by]
    where = f", in {names_words(some)}" if len(some) < len(group) else ""
    return f" With the people whom it brings{where}: {span_words([*moved_by.values()], currency)}."


def _in_common(group: Sequence[Finding], words: Callable[[Finding], str]) -> str:
    """Say what holds of all; where it is not the same of all, of the first that it holds of."""
    told = [(one.key, words(one)) for one in group]
    if len({said for _, said in told}) == 1:
        return told[0][1]
    key, said = next(pair for pair in told if pair[1])
    return f"In {key}: {said[0].lower()}{said[1:]}"
