"""An experiment's result: the verdict in plain English, and the table."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvosim.report.numbers import (
    UNKNOWN,
    amount,
    change,
    interval,
    money,
    number,
    p_text,
    percent,
    signed,
)
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from cvosim.stats.abtest.result import ABTest, Guarded
    from cvosim.stats.effect import Effect


@dataclass(frozen=True)
class Wording:
    """What the numbers of an experiment are called.

    Attributes
    ----------
    currency : str
        Of the metrics that are money.
    money : frozenset of str
        Metrics that are money.
    shares : frozenset of str
        Metrics that are shares.
    unit : str
        Whom a metric is counted by.
    """

    currency: str = "USD"
    money: frozenset[str] = frozenset()
    shares: frozenset[str] = frozenset()
    unit: str = "customer"

    def kind(self, metric: str) -> str:
        """Money, share or ratio: how its numbers are written."""
        if metric in self.money:
            return "money"
        return "share" if metric in self.shares else "ratio"

    def amount(self, metric: str, value: float, like: float | None = None) -> str:
        """Write a metric's value."""
        return amount(value, self.kind(metric), self.currency, like)

    def change(self, metric: str, value: float, like: float | None = None) -> str:
        """Write a difference of a metric."""
        return change(value, self.kind(metric), self.currency, like)


def abtest_verdict(result: ABTest, wording: Wording) -> str:
    """Say what the experiment found: money first, doubts before anything else.

    Parameters
    ----------
    result : ABTest
    wording : Wording

    Returns
    -------
    str
        A sentence or two a line: whether the arms can be compared at all, what each treatment
        does to the metric that decides, what else it changes, guardrails, warnings.
    """
    lines = [*_distrust(result)]
    lines += [_decides(result, treatment, wording) for treatment in result.treatments]
    for metric in result.metrics[1:]:
        if metric not in {guard.metric for guard in result.guardrails}:
            lines.append(_also(result, metric, wording))
    lines += [_guarded(result, guard, wording) for guard in result.guardrails]
    lines += [f"Warning: {warning}" for warning in result.warnings]
    return "\n".join(lines)


def _distrust(result: ABTest) -> Iterator[str]:
    """Say that the arms cannot be compared, if they are not as large as designed."""
    if result.sample_ratio.mismatch:
        sizes = ", ".join(f"{arm} {n:,}" for arm, n in zip(result.arms, result.units, strict=True))
        yield (
            f"Do not trust this experiment yet: the arms are not as large as they were designed "
            f"({sizes}; by chance alone in {_chance(result.sample_ratio.p_value)}). Units are "
            "missing or were assigned wrongly, and nobody knows which; find out before reading on."
            f"{'' if result.settings.shares else _ASSUMED}"
        )


_ASSUMED = " Equal arms were taken as the design; if they were not meant to be, state --shares."


def _decides(result: ABTest, treatment: str, wording: Wording) -> str:
    """Say what a treatment does to the metric that decides."""
    one = result.effect(result.metrics[0], treatment)
    if not one.significant:
        return (
            f"{treatment}: this experiment cannot tell whether {one.metric} is higher or lower "
            f"than with {one.control}. The difference is {_change(one, wording)} a {wording.unit} "
            f"({_interval(one, wording)}){_corrected(one)}.{_believed(result, one, wording)}"
        )
    if wording.kind(one.metric) != "money":
        return (
            f"{treatment} changes {one.metric} by {_change(one, wording)} against {one.control} "
            f"({_interval(one, wording)}{_lifted(one)})."
        )
    more = "more" if one.difference > 0 else "less"
    size = wording.amount(one.metric, abs(one.difference))
    return (
        f"{treatment} earns {size} {more} a {wording.unit} than {one.control} "
        f"({_interval(one, wording)}{_lifted(one)}).{_for_all(result, one, wording)}"
    )


def _for_all(result: ABTest, one: Effect, wording: Wording) -> str:
    """Say what it would have been worth for everybody in the experiment."""
    if not math.isfinite(one.low + one.high):
        return ""
    everybody = sum(result.units)
    low, whole, high = (
        money(everybody * value, wording.currency, like=everybody * one.difference)
        for value in (one.low, one.difference, one.high)
    )
    people = f"{everybody:,} {wording.unit}s of this experiment"
    return f" For all {people} that is {whole} ({low} to {high})."


def _believed(result: ABTest, one: Effect, wording: Wording) -> str:
    """Say what the risks are of deciding all the same."""
    found = result.beliefs[one.metric, one.treatment]
    ship, leave = (
        _change(one, wording, float(loss)).lstrip("+")
        for loss in (found.loss_treatment, found.loss_control)
    )
    return (
        f" It is better with a probability of {percent(float(found.chance))}: to ship it all the "
        f"same risks {ship} a {wording.unit} on average, to leave it {leave}."
    )


def _also(result: ABTest, metric: str, wording: Wording) -> str:
    """Say in one sentence what treatments do to another metric."""
    found = []
    for treatment in result.treatments:
        found.append(_also_with(result, result.effect(metric, treatment), wording))
    control = result.effect(metric, result.treatments[0]).control_value
    start = wording.amount(metric, control)
    return f"{metric} ({start} with {result.arms[0]}): {'; '.join(found)}."


def _also_with(result: ABTest, one: Effect, wording: Wording) -> str:
    """Say what one treatment does, by what interval, and whether that is shown."""
    known = not (math.isnan(one.low) or math.isnan(one.high))
    ends = f" ({_interval(one, wording)})" if known else ""
    change = f"{_change(one, wording)} with {one.treatment}{ends}"
    if one.significant:
        better = (one.difference > 0.0) != (one.metric in result.settings.lower_is_better)
        return f"{change}, which is {'better' if better else 'worse'}"
    return f"{change}; that it changes at all is not shown{_corrected(one)}"


def _guarded(result: ABTest, guard: Guarded, wording: Wording) -> str:
    size = guard.margin.size
    relative = guard.margin.relative
    margin = f"{100 * size:g} %" if relative else wording.amount(guard.metric, size)
    words = {
        "better": f"is better with {guard.treatment}",
        "not worse": f"is not worse with {guard.treatment} by more than {margin}",
        "worse": f"is worse with {guard.treatment}, perhaps by more than {margin}: do not ship it",
        "unclear": (
            f"may be worse with {guard.treatment} by more than {margin}: the experiment is too "
            "small to rule that out"
        ),
    }[guard.verdict]
    one = result.effect(guard.metric, guard.treatment)
    return f"Guardrail {guard.metric} {words} ({_change(one, wording)}, {_interval(one, wording)})."


def _interval(one: Effect, wording: Wording) -> str:
    """Write an interval; one that is above 0 throughout without signs, if it is money."""
    like = max((abs(x) for x in (one.low, one.high) if math.isfinite(x)), default=0.0)
    gain = one.low > 0.0 and math.isfinite(one.high) and wording.kind(one.metric) == "money"
    write = wording.amount if gain else wording.change
    ends = [
        write(one.metric, end, like) if math.isfinite(end) else "" for end in (one.low, one.high)
    ]
    level = f"{100 * one.level:g} %"
    if not all(ends):
        side = f"at least {ends[0]}" if ends[0] else f"at most {ends[1]}"
        return f"{level} bound: {side}"
    return f"{level} interval {ends[0]} to {ends[1]}"


def _change(one: Effect, wording: Wording, value: float | None = None) -> str:
    return wording.change(one.metric, one.difference if value is None else value)


def _lifted(one: Effect) -> str:
    """Say how large the change is beside control."""
    return "" if math.isnan(one.lift) else f"; {100 * one.lift:+.1f} % of control"


def _corrected(one: Effect) -> str:
    if math.isnan(one.p_adjusted) or one.p_value >= 1.0 - one.level:
        return ""
    return "; alone it would count, but not among so many comparisons"


def _chance(p: float) -> str:
    return f"1 of {1 / p:,.0f} experiments" if p > 1e-12 else "practically no experiment"


def abtest_table(result: ABTest, wording: Wording) -> Table:
    """One row an effect.

    Parameters
    ----------
    result : ABTest
    wording : Wording

    Returns
    -------
    Table
        Its CSV holds every field of `Effect`. The verdict is ``better``, ``worse`` or ``unclear``
        after correction; of a guardrail also ``not worse``.
    """
    level = f"{100 * result.settings.level:g} % interval"
    header = (
        "metric", "treatment", "control", "treated", "difference", level, "lift", "p",
        "p corrected", "verdict", "method",
    )  # fmt: skip
    fields = (*result.effects[0].to_dict(), "verdict")
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for one in result.effects:
        values = {**one.to_dict(), "verdict": result.verdict(one)}
        rows.append(tuple(_cell(values[field]) for field in fields))
        kind = wording.kind(one.metric)
        beside = [one.control_value, one.treatment_value]
        shown.append(
            (
                one.metric,
                one.treatment,
                *(number(value, kind, beside) for value in beside),
                signed(one.difference, kind, beside),
                interval(one.low, one.high, kind, beside, endless="any"),
                UNKNOWN if math.isnan(one.lift) else f"{100 * one.lift:+.1f} %",
                p_text(one.p_value),
                p_text(one.p_adjusted),
                result.verdict(one),
                one.method,
            )
        )
    return Table(header, tuple(rows), tuple(shown), columns=fields)


def adjustments(result: ABTest) -> list[str]:
    """Say what was done to the numbers, and what was not: nothing is done silently.

    Parameters
    ----------
    result : ABTest

    Returns
    -------
    list of str
        One line for the arms' sizes, one for corrections, one for each metric adjusted.
    """
    lines = [] if result.sample_ratio.mismatch else [result.sample_ratio.words]
    family = sum(not math.isnan(one.p_adjusted) for one in result.effects)
    if family:
        method = _CORRECTIONS[result.settings.correction].format(100 * result.settings.alpha)
        lines.append(f"P-values corrected for {family} comparisons ({method}); intervals are not.")
    plain = []
    for metric in result.metrics:
        told = _told([one for one in result.effects if one.metric == metric])
        lines += [f"{metric}{where}: {'; '.join(notes)}." for where, notes in told.items() if notes]
        if not any(told.values()):
            plain.append(metric)
    for metric, found in result.caps.items():
        lines += [f"{metric}, {shift.treatment}: {shift.words}." for shift in found.shifts]
    if plain:
        lines.append(f"Nothing was adjusted in {', '.join(plain)}.")
    return lines


def _told(effects: list[Effect]) -> dict[str, list[str]]:
    """What was done for all treatments alike, and then what was done for each."""
    notes = [list(dict.fromkeys(one.adjustments)) for one in effects]
    shared = [note for note in notes[0] if all(note in others for others in notes)]
    found = {"": shared}
    for one, own in zip(effects, notes, strict=True):
        found[f", {one.treatment}"] = [note for note in own if note not in shared]
    return found


_CORRECTIONS = {
    "holm": "Holm: any false alarm in {:.3g} of 100 such experiments",
    "bh": "Benjamini-Hochberg: {:.3g} % of the alarms may be false",
    "bonferroni": "Bonferroni",
    "none": "",
}


def _cell(value: object) -> Cell:
    return "; ".join(value) if isinstance(value, list) else value  # type: ignore[return-value]
