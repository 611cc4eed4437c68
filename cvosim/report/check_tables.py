"""What a check found, as tables: scenarios, causes, and the metrics that moved."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.metrics.estimate import number_or_none
from cvosim.metrics.metric import VALUE
from cvosim.report.check_effects import INSEPARABLE, UNMEASURED
from cvosim.report.check_groups import shared_causes
from cvosim.report.check_places import place
from cvosim.report.check_shifts import (
    change_of,
    has_few,
    is_of_money,
    moved,
    percent_change,
    relative,
    shift_of,
)
from cvosim.report.check_values import value_words
from cvosim.report.check_words import cause_words, is_uncovered
from cvosim.report.numbers import MONEY, interval, kind_of, number, signed
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.experiment.baseline.findings import Cause, Checked, Finding, Shift

MOST = 8
"""Metrics of a scenario that are printed; every one is in JSON, CSV and the HTML report."""
PRINTED = 2
"""Scenarios whose metrics are printed."""
SHORT = {"changed within tolerance": "within tolerance"}
NOWHERE = "-"


def scenarios_table(checked: Checked, missing: str = "") -> Table:
    """One row a scenario: what became of it, and what a prospect is worth.

    Parameters
    ----------
    checked : Checked
    missing : str, optional
        How to call what is not in the baseline, where it is now put there.
    """
    from cvosim.experiment.baseline.findings import Status

    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for finding in checked.findings:
        status = finding.status.value
        if finding.status is Status.MISSING:
            status = missing or status
        numbers, words = _worth(finding)
        rows.append((finding.key, status, *numbers))
        shown.append((finding.key, status, *words))
    header = ("scenario", "status", "a prospect was worth", "is worth", "change", "unit")
    return Table(header, tuple(rows), tuple(shown))


def _worth(finding: Finding) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Give what a prospect was and is worth, and the change, for machines and for people."""
    value = shift_of(finding)
    if value is not None:
        then, now, change = _three(value)
        numbers = (value.before.value, value.after.value, change_of(value))
        words = (then, now, NOWHERE if numbers[2] == 0.0 else change)
        return (*numbers, value.after.unit), (*words, value.after.unit)
    today = finding.record.metrics.get(VALUE)
    if today is None:
        return (None, None, None, ""), (NOWHERE, NOWHERE, NOWHERE, "")
    now = number(today.value, kind_of(today.unit))
    return (None, today.value, None, today.unit), (NOWHERE, now, NOWHERE, today.unit)


def causes_table(checked: Checked) -> Table | None:
    """One row a cause: what changed, where, and what it does alone; None where nothing did.

    A cause that scenarios share is one row, from the least of its effects to the largest.
    """
    found = shared_causes(checked.findings)
    if not found:
        return None
    header = ("scenario", "not as it was", "where", "alone it is worth", "95 % interval")
    columns = ("scenario", "what", "before", "now", "where", "effect", "interval")
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for cause, every in found:
        finding = every[0][0]
        where = place(finding, cause)
        for one, own in every:
            sides = (value_words(own.before), value_words(own.after))
            rows.append((one.key, own.what, *sides, where, *_effect(own)))
        told = _effect_words(cause) if len(every) == 1 else _effects_words([c for _, c in every])
        if told[1] and any(has_few(one) for one, _ in every):
            told = told[0], NOWHERE
        name = finding.key if len(every) == 1 else f"{finding.key} and {len(every) - 1} more"
        shown.append((name, cause_words(cause), where, *told))
    title = "What caused it, each change by itself"
    return Table(header, tuple(rows), tuple(shown), title, columns)


def shifts_table(finding: Finding, most: int | None = MOST) -> Table | None:
    """One row a metric that moved, those that moved most first; None where none did.

    Parameters
    ----------
    finding : Finding
    most : int, optional
        Rows, at most; None for all.
    """
    found = moved(finding)
    if not found:
        return None
    kept = found[:most]
    versioned = any(shift.by_version != 0.0 for shift in kept)
    version = ("by version",) if versioned else ()
    sides = ("metric", "before", "now", "change", "in %")
    header = (*sides, *version, "95 % interval", "status", "unit")
    rows = tuple(_shift_row(shift, versioned=versioned) for shift in kept)
    shown = tuple(_shift_words(finding, shift, versioned=versioned) for shift in kept)
    words = "metric that moved" if len(found) == 1 else "metrics that moved"
    count = f"the {len(kept)} of {len(found)} {words} most" if len(kept) < len(found) else words
    if len(kept) == len(found):
        count = f"the {words}" if len(found) == 1 else f"the {len(found)} {words}"
    return Table(header, rows, shown, title=f"{finding.key}: {count}")


def check_csv(checked: Checked) -> str:
    """Every metric of every scenario, exact, one row each."""
    sides = ("before", "before_standard_error", "now", "now_standard_error")
    effects = ("by_version", "by_scenario", "low", "high", "noise", "status", "unit")
    columns = ("scenario", "metric", *sides, *effects)
    rows = tuple(
        (
            finding.key,
            one.metric,
            *one.before[:2],
            *one.after[:2],
            one.by_version,
            one.by_scenario,
            *(one.interval or (None, None)),
            one.noise,
            one.status.value,
            one.after.unit,
        )
        for finding in checked.findings
        for one in finding.shifts
    )
    return Table(columns, rows, ()).to_csv()


def _three(shift: Shift) -> tuple[str, str, str]:
    """Write then and now with the same digits, and the change with as many as it needs."""
    kind = kind_of(shift.after.unit)
    beside = [x for x in (shift.before.value, shift.after.value) if math.isfinite(x)]
    then, now = (number(one.value, kind, beside) for one in (shift.before, shift.after))
    return then, now, signed(change_of(shift), _finely(kind))


def _beside(change: float, low: float, high: float) -> list[float]:
    """Choose what an interval takes its digits from: the change, or its ends about nothing."""
    return [change] if change != 0.0 else [low, high]


def _finely(kind: str) -> str:
    """Give differences of money the digits that sentences give them: two that matter."""
    return "ratio" if kind == MONEY else kind


def _shift_row(shift: Shift, *, versioned: bool) -> tuple[Cell, ...]:
    version = (shift.by_version,) if versioned else ()
    numbers = (shift.before.value, shift.after.value, change_of(shift))
    part = number_or_none(relative(shift))
    status = _status(shift)
    ends = None if shift.interval is None else " to ".join(map(repr, shift.interval))
    return (shift.metric, *numbers, part, *version, ends, status, shift.after.unit)


def _shift_words(finding: Finding, shift: Shift, *, versioned: bool) -> tuple[str, ...]:
    kind = kind_of(shift.after.unit)
    ends = NOWHERE
    untold = has_few(finding) and is_of_money(shift)
    if shift.interval is not None and all(map(math.isfinite, shift.interval)) and not untold:
        beside = _beside(shift.by_scenario, *shift.interval)
        ends = interval(*shift.interval, _finely(kind), beside)
    version = (signed(shift.by_version, _finely(kind)),) if versioned else ()
    status = _status(shift)
    part = percent_change(shift)
    return (shift.metric, *_three(shift), part, *version, ends, status, shift.after.unit)


def _status(shift: Shift) -> str:
    """Name what became of a metric; one that luck may have moved, nobody knows how far, is told."""
    from cvosim.experiment.baseline.findings import Status

    if shift.status is Status.WITHIN and shift.by_version != 0.0 and math.isnan(shift.noise):
        return "not judged by luck"
    return SHORT.get(shift.status.value, shift.status.value)


def _effect(cause: Cause) -> tuple[Cell, Cell]:
    effect = cause.effect
    if effect is None or effect.difference is None:
        return None, None
    ends = None if effect.low is None else f"{effect.low!r} to {effect.high!r}"
    return effect.difference, ends


def _effects_words(causes: Sequence[Cause]) -> tuple[str, str]:
    """Write from where to where a cause's effects on several scenarios reach."""
    known = [
        (one.effect.difference, one.effect.low, one.effect.high, one.effect.unit)
        for one in causes
        if one.effect is not None
        and one.effect.difference is not None
        and math.isfinite(one.effect.difference)
    ]
    if not known or len({unit for *_, unit in known}) > 1:
        return _effect_words(causes[0])
    sizes, unit = [size for size, *_ in known], known[0][3]
    kind = _finely(kind_of(unit))
    low, high = (signed(end(sizes), kind, sizes) for end in (min, max))
    change = f"{low} {unit}" if low == high else f"{low} to {high} {unit}"
    if all(one.measured == "together" for one in causes):
        change = f"nothing; beside the others {change}"
    ends = [end for _, *both, _ in known for end in both if end is not None]
    if len(ends) < 2 * len(known):
        return change, NOWHERE
    return change, interval(min(ends), max(ends), kind, sizes)


def _effect_words(cause: Cause) -> tuple[str, str]:
    effect = cause.effect
    if is_uncovered(cause):
        return "not covered", ""
    if not cause.matters and cause.kind == "setting":  # of a library nobody can say
        return "no effect", ""
    if effect is None or effect.difference is None or not math.isfinite(effect.difference):
        missing = {"unmeasured": UNMEASURED, "inseparable": INSEPARABLE}
        return missing.get(cause.measured, NOWHERE), NOWHERE
    kind = _finely(kind_of(effect.unit))
    beside = [effect.difference]
    change = f"{signed(effect.difference, kind, beside)} {effect.unit}"
    if cause.measured == "together":
        change = f"nothing; beside the others {change}"
    if effect.low is None or effect.high is None:
        return change, NOWHERE
    beside = _beside(effect.difference, effect.low, effect.high)
    return change, interval(effect.low, effect.high, kind, beside)


def tables_of(checked: Checked, missing: str = "") -> Sequence[Table]:
    """Everything that a terminal or a log shows under the verdict.

    Metrics are of scenarios that changed beyond tolerance, and of so many of them (`PRINTED`);
    a new release may change all.
    """
    from cvosim.experiment.baseline.findings import Status

    found: list[Table | None] = []
    if len(checked.findings) > 1:
        found.append(scenarios_table(checked, missing))
    found.append(causes_table(checked))
    changed = [one for one in checked.findings if one.status is Status.CHANGED]
    found += [shifts_table(finding) for finding in changed[:PRINTED]]
    return [table for table in found if table is not None]
