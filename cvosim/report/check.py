"""The answer of a check: what changed, why, what it is worth, and what to do next."""

from __future__ import annotations

import math
import shlex
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from cvosim.metrics.estimate import number_or_none
from cvosim.report.check_groups import group_words, grouped
from cvosim.report.check_places import file_of, place_words
from cvosim.report.check_words import cause_words, finding_words, is_kept

if TYPE_CHECKING:
    from cvosim.experiment.baseline.findings import Cause, Checked, Finding, Shift
    from cvosim.experiment.baseline.record import Baseline, Tolerances

OLD = "AS_IT_WAS.yaml"
"""Stands for the file of the scenario as it was, which version control has."""
INCOMPARABLE = ("horizon_days", "currency")
"""Settings that must be equal for two scenarios to be compared."""


def check_lines(checked: Checked) -> list[str]:
    """Give the verdict, a paragraph each: of all, then of scenarios that are not identical.

    Those that changed for the same reasons share one.

    Parameters
    ----------
    checked : Checked
        As `cvosim.experiment.check` returns it.
    """
    from cvosim.experiment.baseline.findings import Status

    worst = [Status.CHANGED, Status.MISSING, Status.WITHIN, Status.IDENTICAL]
    ranked = sorted(checked.findings, key=lambda one: worst.index(one.status))
    told = [
        group_words(group)
        for group in grouped(ranked)
        if len(ranked) == 1
        or group[0].status is not Status.IDENTICAL
        or not all(map(is_kept, group[0].causes))
    ]
    told = [*(gone_words(checked, key) for key in checked.gone), *told]
    if len(ranked) > 1:
        told.insert(0, headline(checked))
    return [*told, *_unchecked(checked), *_kept(checked)]


def headline(checked: Checked) -> str:
    """Say in one line what became of all scenarios.

    Examples
    --------
    >>> from cvosim.experiment.baseline.findings import Checked
    >>> from cvosim.experiment.baseline.record import Tolerances
    >>> headline(Checked((), (), Tolerances(), 0.01))
    'Nothing was checked.'
    """
    from cvosim.experiment.baseline.findings import Status

    total = len(checked.findings)
    if not total:
        return "Nothing was checked."
    states = [finding.status for finding in checked.findings]
    count = {status: states.count(status) for status in Status}
    if count[Status.IDENTICAL] == total and not checked.gone:
        which = "The scenario gives" if total == 1 else f"All {total} scenarios give"
        return f"Nothing changed. {which} the baseline's numbers to the last digit."
    others = [
        f"{count[status]} {words}"
        for status, words in (
            (Status.MISSING, "not in the baseline"),
            (Status.WITHIN, "changed within tolerance"),
            (Status.IDENTICAL, "identical"),
        )
        if count[status]
    ]
    first = f"{count[Status.CHANGED] or 'None'} of {total} scenarios changed"
    if gone := len(checked.gone):
        which = "variant" if not checked.lost else "scenario"
        first = f"{gone} {which}{' is' if gone == 1 else 's are'} gone; {first.lower()}"
    return f"{'; '.join([first, *others])}."


def next_steps(checked: Checked, baseline: str, sources: Sequence[str]) -> list[str]:
    """Say what to do about what was found: nothing, if all is as it was.

    Parameters
    ----------
    checked : Checked
    baseline : str
        Its file.
    sources : sequence of str
        Files that were checked, as typed.
    """
    from cvosim.experiment.baseline.findings import Status
    from cvosim.experiment.baseline.keys import file_of_key

    bad = [one for one in checked.findings if one.status in (Status.CHANGED, Status.MISSING)]
    emptier = {file_of_key(key) for key in checked.gone}
    less = [one for one in checked.findings if one.key in emptier]
    if not bad and not checked.gone:
        return []
    # the files as typed: a key in the baseline may be relative to another folder
    meant = [source for source in sources if any(source == one.source for one in [*bad, *less])]
    words = ["cvosim", "check", baseline, *(meant or sources), "--update"]
    new = not checked.gone and all(one.status is Status.MISSING for one in bad)
    steps = [f"{'To put it there' if new else 'If it was meant'}: {shlex.join(words)}"]
    for finding in bad:
        if finding.status is Status.CHANGED and _comparable(finding):
            step = shlex.join(["cvosim", "compare", OLD, finding.source])
            return [*steps, f"To see it in figures, with the file as it was: {step}"]
    return steps


def tolerance_words(tolerances: Tolerances) -> str:
    """Write what metrics may move by.

    Examples
    --------
    >>> from cvosim.experiment.baseline.record import Tolerances
    >>> tolerance_words(Tolerances(0.01, {"cac": 0.05})), tolerance_words(Tolerances())
    ('1 % (cac 5 %)', 'none')
    """
    own = ", ".join(f"{name} {100.0 * part:g} %" for name, part in tolerances.of.items())
    every = f"{100.0 * tolerances.every:g} %" if tolerances.every else "none"
    return f"{every} ({own})" if own else every


def update_lines(checked: Checked, before: Baseline, after: Baseline, path: str) -> list[str]:
    """Say what an update of a baseline accepted.

    Parameters
    ----------
    checked : Checked
        What was found before it.
    before, after : Baseline
    path : str
        Its file.
    """
    from cvosim.experiment.baseline.findings import Status

    new = [key for key in after.records if key not in before.records]
    gone = [key for key in before.records if key not in after.records]
    changed = [
        one
        for one in checked.findings
        if one.status in (Status.CHANGED, Status.WITHIN) and one.key in before.records
    ]
    count = len(after.records)
    parts = (
        (len(new), "new"), (len(changed), "changed"), (len(gone), "gone"),
        (count - len(new) - len(changed), "as before"),
    )  # fmt: skip
    told = ", ".join(f"{number} {words}" for number, words in parts if number)
    noun = "scenario" if count == 1 else "scenarios"
    allowed = tolerance_words(after.tolerances)
    extra = "" if allowed == "none" else f" Tolerance: {allowed}."
    first = f"{path} holds {count} {noun}: {told}.{extra}"
    lines = [f"{key}: no longer in the baseline." for key in gone]
    return [first, *map(group_words, grouped(changed)), *lines]


def checked_dict(checked: Checked, baseline: str, verdict: Sequence[str]) -> dict[str, object]:
    """Give everything, ready for JSON."""
    return {
        "verdict": list(verdict),
        "ok": checked.ok,
        "baseline": baseline,
        "tolerances": {"every": checked.tolerances.every, "of": dict(checked.tolerances.of)},
        "error_rate": checked.error_rate,
        "scenarios": [_finding_dict(finding) for finding in checked.findings],
        "unchecked": list(checked.unchecked),
        "gone": list(checked.gone),
        "lost": list(checked.lost),
    }


def gone_words(checked: Checked, key: str) -> str:
    """Say of a record that there is no such file, or no such variant in it, any more."""
    why = "there is no such file" if key in checked.lost else "its file lists no such variant"
    return f"{key} is in the baseline, but {why} any more."


def _unchecked(checked: Checked) -> list[str]:
    """Name what is in the baseline and was not looked at."""
    rest = [key for key in checked.unchecked if key not in checked.gone]
    return [f"In the baseline, but not checked: {', '.join(rest)}."] if rest else []


def _kept(checked: Checked) -> list[str]:
    """Say once where files ask for other customers or luck than the baseline's, and the way out."""
    found: dict[str, str] = {}
    for one in checked.findings:
        for cause in filter(is_kept, one.causes):
            found[_asked_words(one, cause)] = f"--{cause.what} {cause.after}"
    return [
        f"Not used: {words}. The baseline's is simulated; take it over with --update {option}."
        for words, option in found.items()
    ]


def _asked_words(finding: Finding, cause: Cause) -> str:
    """Say where a file asks for other customers or luck; one that is silent asks nowhere."""
    written = finding.record.written
    if cause.file and written is not None and cause.what not in written:
        return f"{file_of(cause)}: {cause_words(cause)} (the default: the file says nothing of it)"
    where = place_words(finding, cause, own=False)
    return f"{where}: {cause_words(cause)}" if where else cause_words(cause)


def _comparable(finding: Finding) -> bool:
    """Whether ``cvosim compare`` takes the scenario as it was beside that of today.

    Only the old file says what was: a price changed by ``-S`` is another question, namely what
    people would do who were asked the price of the file. Two files are compared as what they
    are by themselves: of a variant that one of them lists nothing would be seen.
    """
    from cvosim.experiment.baseline.keys import file_of_key

    if finding.key != file_of_key(finding.key):
        return False
    causes = [one for one in finding.causes if one.matters and one.kind == "setting"]
    return bool(causes) and not any(one.what in INCOMPARABLE for one in causes)


def _finding_dict(finding: Finding) -> dict[str, object]:
    record = finding.record
    return {
        "scenario": finding.key,
        "source": finding.source,
        "status": finding.status.value,
        "verdict": finding_words(finding),
        "causes": [_cause_dict(cause) for cause in finding.causes],
        "customers": record.settings.get("customers"),
        "seed": record.settings.get("seed"),
        "scenario_hash": record.scenario_hash,
        "plan_hash": record.plan_hash,
        "trajectory_hash": record.trajectory_hash,
        "metrics": {shift.metric: _shift_dict(shift) for shift in finding.shifts},
    }


def _cause_dict(cause: Cause) -> dict[str, object]:
    return {
        "kind": cause.kind,
        "what": cause.what,
        "before": _for_json(cause.before),
        "after": _for_json(cause.after),
        "file": file_of(cause),
        "line": cause.line,
        "turn": cause.turn,
        "matters": cause.matters,
        "measured": cause.measured,
        "effect": None if cause.effect is None else cause.effect.to_dict(),
    }


def _shift_dict(shift: Shift) -> dict[str, object]:
    low, high = shift.interval or (None, None)
    return {
        "status": shift.status.value,
        "before": shift.before.to_dict(),
        "now": shift.after.to_dict(),
        "by_version": number_or_none(shift.by_version),
        "by_scenario": number_or_none(shift.by_scenario),
        "low": number_or_none(low),
        "high": number_or_none(high),
        "noise": number_or_none(shift.noise),
    }


def _for_json(value: object) -> object:
    """Turn what JSON does not know into null, however deep."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, Mapping):
        return {str(key): _for_json(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_for_json(item) for item in value]
    return value
