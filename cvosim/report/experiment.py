"""A simulated experiment in words: the verdict, and the truth that only a simulation knows."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.numbers import MONEY, amount, change, number
from cvosim.scenario.outcome_names import Outcome, outcome_of

if TYPE_CHECKING:
    from cvosim.experiment.trials.findings import Finding
    from cvosim.experiment.trials.split import Guarded, SplitResult
    from cvosim.experiment.trials.twin import TwinEffect, TwinResult


class Words(NamedTuple):
    """How numbers of one experiment are written."""

    currency: str
    place: str

    @property
    def who(self) -> str:
        """Those who are assigned."""
        whose = {"arrival": "customer who arrives", "order": "customer who orders"}
        return whose.get(self.place, f"customer who comes to {self.place}")

    def all(self, people: float) -> str:
        """So many of them."""
        return f"{people:,.0f} {self.who.replace('customer', 'customers').replace('comes', 'come')}"

    def amount(self, metric: str, value: float, like: float | None = None) -> str:
        """A value of a metric, money with its currency."""
        return amount(value, kind_of_outcome(metric), self.currency, like)

    def change(self, metric: str, value: float, like: float | None = None) -> str:
        """A difference, with its sign."""
        return change(value, kind_of_outcome(metric), self.currency, like)

    def size(self, metric: str, value: float) -> str:
        """How large a difference is; of shares in points, as percent would be of control."""
        if kind_of_outcome(metric) == "share":
            points = f"{100 * value:.4g}"
            return f"{points} point" if points == "1" else f"{points} points"
        return self.amount(metric, value)

    def range(self, metric: str, low: float, high: float) -> str:
        """An interval, both ends with the same digits."""
        finite = [abs(end) for end in (low, high) if math.isfinite(end)]
        like = max(finite, default=None)
        return f"{self.change(metric, low, like)} to {self.change(metric, high, like)}"


def kind_of_outcome(metric: str) -> str:
    """Money, share, orders or days: how an outcome's numbers are written."""
    found = outcome_of(metric)
    if not isinstance(found, Outcome) or found.is_money:
        return MONEY
    if found.is_share:
        return "share"
    return "orders" if "orders" in (found.kind, found.about) else "days"


def experiment_verdict(result: SplitResult) -> str:
    """Say what a split test found, money first, and what is true.

    Parameters
    ----------
    result : SplitResult

    Returns
    -------
    str
        A line a thought: doubts about the assignment, money, what decides, guardrails.

    Examples
    --------
    >>> from cvosim.experiment.trials.split import SplitTest
    >>> from cvosim.scenario import load_experiment
    >>> result = SplitTest.of(load_experiment("tripwire_price_test")).run(customers=20_000)
    >>> "which only a simulation knows" in experiment_verdict(result)
    True
    """
    words = Words(result.currency, result.design.assign_at)
    lines = [*_distrust(result)]
    if result.contrasts:
        lines += _factorial(result, words)
    else:
        for treatment in result.arms[1:]:
            lines += _of_treatment(result, treatment, words)
    lines += [_of_guard(one, words, several=len(result.arms) > 2) for one in result.guarded]
    return "\n".join(lines)


def _distrust(result: SplitResult) -> Iterator[str]:
    if result.ratio.mismatch:
        sizes = ", ".join(
            f"{arm} {n:,.0f}" for arm, n in zip(result.arms, result.ratio.counts, strict=True)
        )
        yield (
            f"Do not trust this assignment: the arms are not as large as designed ({sizes}; by "
            f"chance alone with a probability of {result.ratio.p_value:.1g})."
        )


def _of_treatment(result: SplitResult, treatment: str, words: Words) -> Iterator[str]:
    first = result.finding(result.design.metrics[0], treatment)
    leading = first
    if kind_of_outcome(first.effect.metric) != MONEY:
        leading = next(
            one
            for one in result.findings
            if one.effect.treatment == treatment and kind_of_outcome(one.effect.metric) == MONEY
        )
    yield " ".join(
        (
            _money_said(leading, words),
            _rolled_out(leading, result, words),
            _truth_said(leading, result, words),
        )
    )
    if leading is not first:
        yield f"What decides is {first.effect.metric}. {_metric_said(first, words)}"
    yield _when(result, treatment)


def _level(finding: Finding) -> str:
    return f"{100 * finding.effect.level:.4g} % interval"


def _money_said(one: Finding, words: Words) -> str:
    e = one.effect
    interval = f"({_level(one)} {words.range(e.metric, e.low, e.high)})"
    what = "" if e.metric == "contribution" else f" in {e.metric}"
    if not e.significant:
        return (
            f"Whether {e.treatment} earns more than {e.control} is not shown: "
            f"{words.change(e.metric, e.difference)}{what} per {words.who} {interval}."
        )
    more = "more" if e.difference > 0 else "less"
    size = words.amount(e.metric, abs(e.difference))
    verb = "costs" if e.metric.startswith("cost") else "earns"
    return f"{e.treatment} {verb} {size} {more}{what} per {words.who} than {e.control} {interval}."


def _rolled_out(one: Finding, result: SplitResult, words: Words) -> str:
    e = one.effect
    if not math.isfinite(e.low + e.high):
        return ""
    everybody = len(result.pool)
    largest = everybody * max(abs(e.low), abs(e.high))
    low, mid, high = (
        words.change(e.metric, everybody * x, largest) for x in (e.low, e.difference, e.high)
    )
    days = f"{result.design.enrol_days:g} days"
    start = f"Given to all {words.all(everybody)} in these {days},"
    if e.significant:
        return f"{start} that is {mid} ({low} to {high})."
    return f"{start} it could be anything from {low} to {high}."


def _truth_said(one: Finding, result: SplitResult, words: Words) -> str:
    true, metric = one.truth.value, one.effect.metric
    text = f"The true effect, which only a simulation knows, is {words.change(metric, true)}"
    if kind_of_outcome(metric) == MONEY:
        text += f" ({words.change(metric, len(result.pool) * true)} for all of them)"
    return f"{text}: {_judged(one)}"


def _judged(one: Finding) -> str:
    where = "the interval holds it" if one.covered else "the interval misses it"
    verdicts = {
        "right": "the verdict is right",
        "missed": "the experiment was too small to see it",
        "false alarm": "the verdict is a false alarm",
        "wrong sign": "the verdict has the wrong sign",
        "no effect to find": "no effect that could be told from none",
    }
    joined = "and" if one.covered == (one.judgement in ("right", "no effect to find")) else "but"
    return f"{verdicts[one.judgement]}, {joined} {where}."


def _metric_said(one: Finding, words: Words) -> str:
    e = one.effect
    shown = "shows" if e.significant else "shows no"
    change = words.change(e.metric, e.difference)
    interval = f"{_level(one)} {words.range(e.metric, e.low, e.high)}"
    text = f"{e.treatment} {shown} difference: {change} against {e.control} ({interval})."
    if e.significant:
        text = f"{e.treatment} changes it by {change} against {e.control} ({interval})."
    return f"{text} The truth is {words.change(e.metric, one.truth.value)}: {_judged(one)}"


def _when(result: SplitResult, treatment: str) -> str:
    seen = result.watched[treatment]
    end, day = result.design.last_day, seen.decided.day
    people = seen.decided.effect.n_control + seen.decided.effect.n_treatment
    several = f"{treatment}: " if len(result.arms) > 2 else ""
    if len(seen.looks) == 1:
        text = f"the results were looked at once, on day {day:.0f}, with {people:,} customers."
    elif seen.decided.crossed:
        saved = f", {end - day:.0f} days before the planned end" if seen.early else ""
        text = (
            f"the bound was reached at look {seen.stopped + 1} of {len(seen.looks)}, on day "
            f"{day:.0f}{saved}, with {people:,} customers."
        )
    else:
        text = (
            f"none of {len(seen.looks)} looks reached its bound; the test ran to its end on day "
            f"{day:.0f}, with {people:,} customers."
        )
    return several + text if several else f"{text[0].upper()}{text[1:]}"


def _factorial(result: SplitResult, words: Words) -> Iterator[str]:
    """Money by factor: main effects, then interactions."""
    for one in result.contrasts:
        if one.effect.metric != "contribution":
            continue
        e = one.effect
        interval = f"({_level(one)} {words.range(e.metric, e.low, e.high)})"
        if " x " in one.factor:
            sure = "are not shown to do more, or less, together than each alone"
            if e.significant:
                sure = "help each other" if e.difference > 0 else "stand in each other's way"
            change = words.change(e.metric, e.difference)
            yield (
                f"{one.factor}: {e.treatment.replace(' with ', ' and ')} {sure}: {change} "
                f"beyond the sum of the two {interval}. {_truth_said(one, result, words)}"
            )
        else:
            parts = (_money_said(one, words), _rolled_out(one, result, words))
            yield f"{one.factor}: {' '.join(parts)} {_truth_said(one, result, words)}"
    seen = result.watched[result.arms[1]].decided
    people = f"{len(result.cohort):,} customers"
    yield f"The results were looked at once, on day {seen.day:.0f}, with {people}."


def _of_guard(one: Guarded, words: Words, *, several: bool) -> str:
    e, size = one.finding.effect, one.guard.margin.size
    margin = f"{100 * size:g} %" if one.guard.margin.relative else words.size(e.metric, size)
    whose = f" with {e.treatment}" if several else ""
    worse = "lower" if one.guard.margin.higher_is_better else "higher"
    said = {
        "better": "is better",
        "not worse": f"is not worse: it is not {worse} by {margin} or more",
        "worse": f"is worse, perhaps by more than {margin}: do not ship it",
        "unclear": (
            f"is unclear: it may be {worse} by more than {margin}, which this experiment "
            "is too small to rule out"
        ),
    }[one.verdict]
    bound = words.range(e.metric, e.low, e.high)
    truth = words.change(e.metric, one.finding.truth.value)
    return (
        f"Guardrail {e.metric}{whose} {said} "
        f"({words.change(e.metric, e.difference)}, {_level(one.finding)} {bound}; truth {truth})."
    )


def experiment_headline(result: SplitResult) -> str:
    """Say the answer in one line, as the title of a picture."""
    words, first = Words(result.currency, result.design.assign_at), result.primary
    if result.contrasts:
        first = tuple(
            one for one in result.contrasts if one.effect.metric == result.design.metrics[0]
        )
    sure = [one for one in first if one.effect.significant]
    if not sure:
        return f"{result.design.name}: no difference in {result.design.metrics[0]} is shown"
    best = max(sure, key=lambda one: abs(one.effect.difference))
    change = words.change(best.effect.metric, best.effect.difference)
    return f"{result.design.name}: {best.effect.treatment} {change} in {best.effect.metric}"


def twins_verdict(result: TwinResult) -> str:
    """Say what the treatments truly do, money first.

    Parameters
    ----------
    result : TwinResult

    Returns
    -------
    str
        Two or three sentences a treatment.
    """
    words = Words(result.pool.currency, result.design.assign_at)
    leading = next((m for m in result.design.metrics if kind_of_outcome(m) == MONEY), "")
    lines = []
    for one in result.effects:
        if one.metric == (leading or "contribution"):
            lines.append(_twin(one, result, words))
    return "\n".join(lines)


def _twin(one: TwinEffect, result: TwinResult, words: Words) -> str:
    t, everybody = one.truth, len(result.pool)
    what = "" if one.metric == "contribution" else f" in {one.metric}"
    largest = everybody * max(abs(t.low), abs(t.high))
    low, high = (words.change(one.metric, everybody * end, largest) for end in (t.low, t.high))
    text = (
        f"On the same {len(result.pool):,} customers, {one.treatment} earns "
        f"{words.change(one.metric, t.value)}{what} per {words.who} against {one.control}: "
        f"{words.change(one.metric, everybody * t.value, largest)} for all of them (95 % interval "
        f"for other customers of this kind {low} to {high})."
    )
    better, worse = number(t.better, "share"), number(t.worse, "share")
    text += f" It is better for {better} of them and worse for {worse}"
    parts = {name: effect for name, (_, effect, error) in one.by_segment.items() if error > 0}
    best, worst = (
        max(parts, key=parts.__getitem__, default=""),
        min(parts, key=parts.__getitem__, default=""),
    )
    if best != worst and parts[best] > 0 > parts[worst]:
        gains, loses = (words.change(one.metric, parts[name]) for name in (best, worst))
        return f"{text}: {best} {gains}, {worst} {loses}."
    if math.isfinite(one.variance_reduction) and one.variance_reduction > 1.5:
        times = one.variance_reduction
        return (
            f"{text}. A split test would need about {times:.3g} times the customers to see as much."
        )
    return f"{text}."
