"""Tables and picture of a planned test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from cvosim.experiment.duration_text import amount, change
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_figure, short, tidy
from cvosim.report.tables import Table
from cvosim.stats.planning.answer import effect_in_words

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

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
    for days in _milestones(plan):
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


def duration_picture(plan: DurationPlan) -> Figure:
    """Smallest effect by days, and the customers behind it.

    Parameters
    ----------
    plan : DurationPlan

    Returns
    -------
    Figure
    """
    figure = new_figure(11.0, 4.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
    effect_by_days(plan, left)
    customers_by_days(plan, right)
    where = plan.question.assign_at or "arrival"
    headed(figure, short(f"{plan.scenario}: a test of {plan.metric} from {where} on", 100))
    return figure


def effect_by_days(plan: DurationPlan, ax: Axes) -> Axes:
    """Draw the smallest effect that can be found against the days a test runs."""
    curve, ask = plan.curve, plan.question
    relative = bool(np.isfinite(curve.relative_mde).any())
    values = 100.0 * curve.relative_mde if relative else curve.mde
    known = np.isfinite(values)
    label = f"found with {_percent(ask.power)} power"
    ax.plot(curve.days[known], values[known], color=COLOURS[0], linewidth=2.2, label=label)
    top = 3.0 * float(np.nanmin(values))
    goal = _goal(plan, relative=relative)
    if goal is not None:
        ax.axhline(goal, color=COLOURS[1], linewidth=1.4, linestyle="--", label="asked for")
        top = max(top, 2.0 * goal)
    ax.set_ylim(0.0, min(top, 1.05 * float(np.nanmax(values))))
    ax.set_xlim(0.0, _end(plan))
    for days, text in ((plan.days_needed, "days needed"), (ask.days, "days")):
        if days is not None:
            ax.axvline(days, color=FAINT, linewidth=1.0)
            ax.annotate(
                f" {days:g} {text}", (days, 0.97 * ax.get_ylim()[1]), va="top", fontsize=9,
                color=INK,
            )  # fmt: skip
    if relative:
        ax.yaxis.set_major_formatter("{x:,.3g} %")
    ax.set_xlabel("days from the start to the last customer's follow-up", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Smallest change that is found")
    ax.legend(frameon=False, fontsize=9, loc="upper right" if goal is None else "best")
    return ax


def customers_by_days(plan: DurationPlan, ax: Axes) -> Axes:
    """Draw how many customers entered, and how many have been followed to the end."""
    curve = plan.curve
    seen = np.isfinite(curve.enrolled)
    ax.plot(
        curve.days[seen], curve.enrolled[seen], color=COLOURS[2], linewidth=1.6, linestyle=":",
        label="entered",
    )  # fmt: skip
    label = f"followed for {plan.question.follow_days:g} days"
    ax.plot(curve.days, curve.matured, color=COLOURS[0], linewidth=2.2, label=label)
    ax.set_xlim(0.0, _end(plan))
    ax.set_ylim(0.0, 1.08 * float(curve.matured.max()))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlabel("days", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Customers in the test")
    ax.legend(frameon=False, fontsize=9, loc="lower right")
    return ax


def _end(plan: DurationPlan) -> float:
    """Last day worth showing: all have been followed, with a little room, or the scenario ends."""
    settled = 1.05 * (plan.last_entry + plan.question.follow_days)
    asked = [1.05 * days for days in (plan.question.days,) if days is not None]
    return min(max(settled, *asked, 1.0), plan.span)


def _goal(plan: DurationPlan, *, relative: bool) -> float | None:
    """The effect asked for, on the picture's scale."""
    ask = plan.question
    if ask.effect is None:
        return None
    value = abs(plan.at(plan.days_needed or plan.span)["value"])
    if relative:
        return 100.0 * abs(ask.effect if ask.relative else ask.effect / value)
    return abs(ask.effect * value if ask.relative else ask.effect)


def _milestones(plan: DurationPlan) -> list[float]:
    """Days worth a line: while customers mature, in even steps, and those asked about."""
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
