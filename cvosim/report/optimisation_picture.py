"""An optimisation as a picture: the objective over each lever, or the Pareto front."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.experiment.optimisation.levers import is_number
from cvosim.report.optimisation_settings import label as named
from cvosim.report.optimisation_settings import other_values
from cvosim.report.optimisation_table import tried_value
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.optimisation.levers import Lever, Plan
    from cvosim.experiment.optimisation.result import Optimum
    from cvosim.tables.columns import Floats

MOST_PANELS = 6


def optimisation_picture(found: Optimum) -> Figure:
    """One sheet: the Pareto front, or the objective over each lever, at most six of them."""
    if found.pareto:
        figure = new_figure(8.0, 6.2)
        pareto_front(found, figure.add_subplot())
        headed(figure, short(f"{found.name}: what can be had together", 80))
        return figure
    count = min(len(found.levers), MOST_PANELS)
    columns = min(count, 3)
    lines = -(-count // columns)
    figure = new_figure(max(6.5, 4.8 * columns), 4.2 * lines + 0.5)
    for place in range(count):
        ax = over_lever(found, place, figure.add_subplot(lines, columns, place + 1))
        entries = ax.get_legend_handles_labels()
    _legend(figure, *entries)
    goal = found.question.goals[0]
    headed(figure, short(f"{found.name}: {goal.outcome} by lever", 40 * columns))
    return figure


def _legend(figure: Figure, handles: Sequence[Any], labels: Sequence[str], note: str = "") -> None:
    """One legend for a sheet, below what it explains, where no point can be; a note above it."""
    width = figure.get_figwidth()
    columns = 2 if width < 8.0 else 3 if width < 9.0 else 4
    legend = figure.legend(handles, labels, loc="outside lower center", fontsize=8.5,
                           ncols=min(len(labels), columns), frameon=False)  # fmt: skip
    if note:
        legend.set_title(note)
        legend.get_title().set(fontsize=8, color=FAINT)


def _ring(found: Optimum, plans: list[Plan], places: Floats, ax: Axes) -> None:
    """Mark the scenario as written, and the plan that was chosen."""
    for plan, marker, colour, label in (
        (found.base.plan, "s", INK, "as written"),
        (None if found.best is None else found.best.plan, "D", COLOURS[1], "chosen"),
    ):
        if plan is not None and plan in plans:
            x, y = places[plans.index(plan)]
            ax.plot([x], [y], marker, color="none", markeredgecolor=colour, markeredgewidth=2.2,
                    markersize=11, label=label, zorder=5)  # fmt: skip


def over_lever(found: Optimum, place: int, ax: Axes | None = None) -> Axes:
    """Draw the objective of every plan that was tried over one of its levers.

    A filled point seems to meet the constraints, a cross does not. Plans were tried on the same
    customers: what one point is above another is not luck that they do not share.

    Parameters
    ----------
    found : Optimum
    place : int
        Which lever.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    alone = ax is None
    ax = new_axes(8.0, 4.4) if ax is None else ax
    lever = found.levers[place]
    tried = [one for one in found.search.tried if one.score.known]
    heights = np.array([tried_value(found, one) for one in tried])
    meets = np.array([one.score.violation == 0.0 for one in tried], dtype=bool)
    own = [one.plan[place] for one in found.search.tried]
    others = other_values(found, place)
    words = [] if all(map(is_number, own)) else list(dict.fromkeys(named(x, others) for x in own))

    def across(value: object) -> float:
        return float(words.index(named(value, others))) if words else float(value)  # type: ignore[arg-type]

    at = np.array([across(one.plan[place]) for one in tried])
    name = "seems to meet the constraints" if found.question.constraints else "tried"
    if meets.any():
        ax.plot(at[meets], heights[meets], "o", color=COLOURS[0], alpha=0.75, markersize=5,
                label=name)  # fmt: skip
    if not meets.all():
        ax.plot(at[~meets], heights[~meets], "x", color=FAINT, markersize=6,
                label="does not, or not surely")  # fmt: skip
    _ring(found, [one.plan for one in tried], np.stack([at, heights], axis=1), ax)
    if words:
        ax.set_xticks(range(len(words)), [short(word, 18) for word in words], parse_math=False)
    elif (ticks := _ticks(lever, found.base.plan[place])) is not None:
        ax.set_xticks(ticks, [named(tick) for tick in ticks], parse_math=False)
    goal = found.question.goals[0]
    tidy(ax, f"{goal.outcome} over {lever.path}" if alone else short(lever.path, 46))
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    unit = found.units[goal.outcome]
    ax.set_ylabel(unit, fontsize=9, parse_math=False)
    ax.margins(x=0.06, y=0.12)
    if alone:
        _legend(ax.figure, *ax.get_legend_handles_labels())  # type: ignore[arg-type]
    return ax


class OverLever(NamedTuple):
    """What was found, and which lever to draw it over."""

    found: Optimum
    place: int


def lever_figure(data: OverLever, ax: Axes | None = None) -> Axes:
    """Draw the objective over one lever; see `over_lever`."""
    return over_lever(data.found, data.place, ax)


MOST_TICKS = 9


def _ticks(lever: Lever, now: object) -> list[float] | None:
    """Give the values that a lever can take, as ticks; None for a range, or too many to read."""
    if lever.continuous:
        return None
    values = [float(x) for x in (*lever.all_values(), now) if isinstance(x, (int, float))]
    ticks = sorted(set(values))
    apart = (ticks[-1] - ticks[0]) / 25.0
    legible = all(b - a > apart for a, b in pairwise(ticks))
    return ticks if len(ticks) <= MOST_TICKS and legible else None


_MARKS = {
    "on the front": ("o", COLOURS[1], "on the front"),
    "perhaps on the front": ("o", "white", "perhaps on the front"),
    "probably beaten": ("v", "white", "probably beaten"),
    "beaten": ("x", FAINT, "beaten"),
}


def pareto_front(found: Optimum, ax: Axes | None = None) -> Axes:
    """Draw two outcomes of the candidates, with intervals, and faintly of all that was tried.

    Parameters
    ----------
    found : Optimum
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 5.8) if ax is None else ax
    tried = [one for one in found.search.tried if one.score.known]
    ax.plot([tried_value(found, one, 0) for one in tried],
            [tried_value(found, one, 1) for one in tried],
            ".", color="#cccccc", markersize=5, label="tried in the search (other customers)",
            zorder=1)  # fmt: skip
    shown = set()
    for one in found.candidates:
        if one.place not in _MARKS or not one.values:
            continue
        if not all(math.isfinite(own.value) for own in one.values):
            continue
        marker, fill, label = _MARKS[one.place]
        x, y = one.values
        edge = FAINT if one.place == "beaten" else COLOURS[1]
        sure = one.place.endswith("on the front")
        if sure:
            ax.plot([x.low, x.high], [y.value] * 2, color=edge, linewidth=1.0, alpha=0.6)
            ax.plot([x.value] * 2, [y.low, y.high], color=edge, linewidth=1.0, alpha=0.6)
        ax.plot([x.value], [y.value], marker, color=fill, markeredgecolor=edge, markersize=8,
                markeredgewidth=1.6, zorder=4,
                label=None if label in shown else label)  # fmt: skip
        shown.add(label)
        if one.base:
            ax.plot([x.value], [y.value], "s", color="none", markeredgecolor=INK, markersize=13,
                    markeredgewidth=1.6, zorder=5, label="as written")  # fmt: skip
    first, second = found.question.goals
    ways = ["more is better" if goal.maximise else "less is better" for goal in (first, second)]
    tidy(ax, short(f"{first.outcome} and {second.outcome} of the candidates", 80))
    ax.grid(color="#e6e6e6", linewidth=0.8)
    ax.set_xlabel(f"{first.outcome}, {found.units[first.outcome]} ({ways[0]})", fontsize=9,
                  parse_math=False)  # fmt: skip
    ax.set_ylabel(f"{second.outcome}, {found.units[second.outcome]} ({ways[1]})", fontsize=9,
                  parse_math=False)  # fmt: skip
    note = f"Intervals: {100 * found.effort.confidence:.4g} %, each for itself"
    _legend(ax.figure, *ax.get_legend_handles_labels(), note)  # type: ignore[arg-type]
    return ax
