"""A simulated experiment in tables."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from cvosim.report.experiment import kind_of_outcome
from cvosim.report.numbers import UNKNOWN, interval, number, signed
from cvosim.report.tables import Table

if TYPE_CHECKING:
    from cvosim.experiment.trials.findings import Finding
    from cvosim.experiment.trials.split import SplitResult
    from cvosim.experiment.trials.twin import TwinResult

_EXACT = ("control_value", "treatment_value", "difference", "standard_error", "low", "high")


def experiment_tables(result: SplitResult) -> list[Table]:
    """What was found, then the looks if there were several, the factors, and the arms' sizes.

    Parameters
    ----------
    result : SplitResult

    Returns
    -------
    list of Table
    """
    title = f"{result.design.name}: {len(result.cohort):,} customers, truth beside every estimate"
    tables = []
    if result.contrasts:
        tables.append(findings_table(result.contrasts, "Factors: main effects and interactions"))
    tables.append(findings_table(result.findings, title))
    tables += [
        looks_table(result, arm) for arm, one in result.watched.items() if len(one.looks) > 1
    ]
    return [*tables, sizes_table(result)]


def findings_table(findings: Sequence[Finding], title: str = "") -> Table:
    """One row an estimate; a star marks what is significant.

    Intervals say their level, in the header or, where it is not the same for all, each for itself.
    """
    levels = {f"{100 * one.effect.level:.4g} %" for one in findings}
    same = len(levels) == 1
    header = (
        "metric", "treatment", "control value", "treatment value", "difference",
        f"{min(levels)} interval" if same else "interval", "", "p", "truth", "verdict",
    )  # fmt: skip
    factors = any(one.factor for one in findings)
    rows, shown = [], []
    for one in findings:
        e, kind = one.effect, kind_of_outcome(one.effect.metric)
        beside = [x for x in (e.control_value, e.treatment_value, e.difference) if math.isfinite(x)]
        p = e.p_value if math.isnan(e.p_adjusted) else e.p_adjusted
        exact = tuple(getattr(e, name) for name in _EXACT)
        level = f"{100 * e.level:.4g} %"
        who = f"{one.factor}: {e.treatment}" if factors else e.treatment
        rows.append((e.metric, e.treatment, *exact, e.level, p, one.truth.value,
                     one.truth.standard_error, one.covered, one.judgement, one.factor))  # fmt: skip
        shown.append(
            (
                e.metric,
                who,
                number(e.control_value, kind, beside),
                number(e.treatment_value, kind, beside),
                signed(e.difference, kind, beside),
                interval(e.low, e.high, kind, beside) + ("" if same else f" ({level})"),
                "*" if e.significant else "",
                _p(p),
                signed(one.truth.value, kind, beside),
                one.judgement if one.covered else f"{one.judgement}, not covered",
            )
        )
    columns = (
        "metric", "treatment", *_EXACT, "level", "p_value", "truth", "truth_standard_error",
        "covered", "verdict", "factor",
    )  # fmt: skip
    return Table(header, tuple(rows), tuple(shown), title=title, columns=columns)


def experiment_csv(result: SplitResult) -> str:
    """Every estimate with its truth, exact, one row each; contrasts of factors last."""
    return findings_table((*result.findings, *result.contrasts)).to_csv()


def looks_table(result: SplitResult, arm: str, *, every: bool = False) -> Table:
    """One row a look at a treatment: those until the decision and the last, or every one.

    Parameters
    ----------
    result : SplitResult
    arm : str
    every : bool
        Show those between the decision and the last one, too.
    """
    seen, kind = result.watched[arm], kind_of_outcome(result.design.metrics[0])
    rows, shown = [], []
    beside = [look.effect.difference for look in seen.looks]
    shown_until = {*range(seen.stopped + 1), len(seen.looks) - 1}
    for place, look in enumerate(seen.looks):
        e, people = look.effect, look.effect.n_control + look.effect.n_treatment
        said = "stop" if place == seen.stopped and look.crossed else ""
        said = said or ("had it gone on" if place > seen.stopped else "")
        rows.append((place + 1, look.day, people, e.difference, e.low, e.high, e.statistic,
                     look.bound, said))  # fmt: skip
        if place not in shown_until and not every:
            continue
        shown.append(
            (
                str(place + 1), f"{look.day:.0f}", f"{people:,}",
                signed(e.difference, kind, beside), interval(e.low, e.high, kind, beside),
                number(e.statistic, "ratio", 1.0), number(look.bound, "ratio", 1.0), said,
            )
        )  # fmt: skip
    header = ("look", "day", "customers", "difference", "interval over all looks", "z", "bound", "")
    title = f"Looks at {result.design.metrics[0]}: {arm} against {result.arms[0]}"
    return Table(header, tuple(rows), tuple(shown), title=title)


def sizes_table(result: SplitResult) -> Table:
    """One row an arm: how many customers it has, and how many it should have."""
    rows, shown = [], []
    ratio = result.ratio
    for arm, share, count, wanted in zip(
        result.arms, result.design.shares, ratio.counts, ratio.expected, strict=True
    ):
        rows.append((arm, share, int(count), wanted))
        shown.append((arm, number(share, "share"), f"{count:,.0f}", f"{wanted:,.1f}"))
    title = f"Sample ratio: p = {_p(ratio.p_value)}{', a mismatch' if ratio.mismatch else ''}"
    return Table(("arm", "share", "customers", "expected"), tuple(rows), tuple(shown), title=title)


def twins_table(result: TwinResult) -> Table:
    """What the treatments truly do, one row a metric, then one a segment."""
    header = (
        "metric", "treatment", "who", "customers", "control value", "treatment value", "effect",
        "95 % interval",
    )  # fmt: skip
    columns = (
        "metric", "treatment", "segment", "customers", "control_value", "treatment_value",
        "effect", "standard_error",
    )  # fmt: skip
    rows, shown = [], []
    for one in result.effects:
        kind, t = kind_of_outcome(one.metric), one.truth
        beside = [one.control_value, one.treatment_value, t.value]
        parts = [("everybody", len(result.pool), t.value, t.standard_error)]
        if len(one.by_segment) > 1:
            parts += [(name, *three) for name, three in one.by_segment.items()]
        for who, count, effect, error in parts:
            whole = who == "everybody"
            sides = (one.control_value, one.treatment_value) if whole else (None, None)
            rows.append((one.metric, one.treatment, who, count, *sides, effect, error))
            low, high = effect - 1.959964 * error, effect + 1.959964 * error
            shown.append(
                (
                    one.metric, one.treatment, who, f"{count:,}",
                    *("" if side is None else number(side, kind, beside) for side in sides),
                    signed(effect, kind, beside), interval(low, high, kind, beside),
                )
            )  # fmt: skip
    title = f"{result.design.name}: the same {len(result.pool):,} customers in every arm"
    return Table(header, tuple(rows), tuple(shown), title=title, columns=columns)


def _p(value: float) -> str:
    if not math.isfinite(value):
        return UNKNOWN
    return "< 0.0001" if value < 0.0001 else f"{value:.4f}" if value < 0.1 else f"{value:.2f}"
