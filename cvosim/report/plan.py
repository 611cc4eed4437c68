"""Tables of a planned test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cvosim.experiment.duration_text import amount, change
from cvosim.report.tables import Table
from cvosim.stats.planning.answer import effect_in_words

if TYPE_CHECKING:
    from cvosim.experiment.duration import DurationPlan
    from cvosim.stats.planning.answer import Answer

ROWS = 12
"""Lines of the table of a plan in days, about; the CSV has every day."""


def answer_table(answer: Answer) -> Table:
    """One row a power: the sample it needs, or the effect it finds.

    Parameters
    ----------
    answer : Answer

    Returns
    -------
    Table
    """
    some_days = answer.known.per_day is not None
    header = ("power", "effect", "control", "each treatment", "total", *(["days"] * some_days))
    columns = ("power", "effect", "control", "treatment", "total", *(["days"] * some_days))
    rows, shown = [], []
    for line in answer.table:
        counts = [line.control, line.treatment, line.total, *([line.days] * some_days)]
        if answer.asked == "sample":  # whole units, in every arm
            control, each = (math.ceil(one - 1e-6) for one in counts[:2])
            counts[:3] = [control, each, control + answer.design.treatments * each]
        whole = [f"{math.ceil(one - 1e-6):,}" for one in counts]
        rows.append((line.power, line.effect, *counts))
        shown.append((_percent(line.power), effect_in_words(line, answer.known), *whole))
    titles = {
        "sample": "What other powers need",
        "effect": "What is found with other powers",
        "power": "What is found with other powers",
    }
    return Table(header, tuple(rows), tuple(shown), titles[answer.asked], columns)


def duration_table(plan: DurationPlan, *, every: bool = False) -> Table:
    """What is known after some days, or after each.

    Parameters
    ----------
    plan : DurationPlan
    every : bool
        All days of the curve.

    Returns
    -------
    Table
    """
    ask = plan.question
    asked = ask.effect is not None
    header = ("days", "entered", "followed", plan.metric, "smallest change", *(["power"] * asked))
    if every:
        lines = zip(*(line.tolist() for line in plan.curve), strict=True)
        rows = tuple(tuple(line) for line in lines)
        return Table(plan.curve._fields, rows, tuple(tuple(map(str, row)) for row in rows))
    found, shown = [], []
    for days in milestones(plan):
        at = plan.at(days)
        row = [days, at["enrolled"], at["matured"], at["value"], at["mde"]]
        found.append(tuple([*row, at["power"]] if asked else row))
        cells = (
            f"{days:,.0f}",
            _count(at["enrolled"]),
            _count(at["matured"]),
            "" if math.isnan(at["value"]) else amount(plan, at["value"]),
            "" if math.isnan(at["mde"]) else change(plan, at["mde"], at["value"]),
        )
        power = "" if math.isnan(at["power"]) else f"{100 * at['power']:.1f} %"
        shown.append((*cells, power) if asked else cells)
    title = f"After so many days ({_percent(ask.power)} power)"
    names = ("days", "enrolled", "matured", "value", "mde", *(["power"] * asked))
    return Table(header, tuple(found), tuple(shown), title, names)


def milestones(plan: DurationPlan) -> list[float]:
    """Days worth a line: while customers mature, in even steps, and those asked about.

    Parameters
    ----------
    plan : DurationPlan
    """
    curve = plan.curve
    first = float(curve.days[np.flatnonzero(np.isfinite(curve.mde))[0]])
    settled = float(math.ceil(plan.last_entry + plan.question.follow_days))
    last = min(settled, float(curve.days[-1]))
    step = max(1.0, math.ceil((last - first) / ROWS / 7.0) * 7.0)
    days = {7.0 * math.ceil(first / 7.0) + step * place for place in range(ROWS + 1)}
    some = {one for one in (plan.days_needed, plan.question.days) if one is not None}
    return sorted({one for one in days if first <= one < last} | some | {last})


def _count(value: float) -> str:
    return "" if math.isnan(value) else f"{value:,.0f}"


def _percent(share: float) -> str:
    return "" if math.isnan(share) else f"{round(100 * share, 1):g} %"
