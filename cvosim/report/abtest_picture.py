"""An experiment's result as a picture: every effect with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvosim.report.numbers import UNKNOWN
from cvosim.report.style import COLOURS, FAINT, headed, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.report.abtest import Wording
    from cvosim.stats.abtest.result import ABTest
    from cvosim.stats.effect import Effect

MARKS = ("o", "s", "^", "D", "v")
"""One a treatment: told apart without colour."""


def abtest_picture(result: ABTest, wording: Wording) -> Figure:
    """Draw every metric's effects, one panel a metric.

    Parameters
    ----------
    result : ABTest
    wording : Wording

    Returns
    -------
    Figure
        The metric that decides on top. A line is a confidence interval; a hollow mark is an
        effect that may be chance.
    """
    rows = len(result.treatments)
    figure = new_figure(9.0, 1.1 + len(result.metrics) * (0.75 + 0.36 * rows))
    panels: Any = figure.subplots(len(result.metrics), 1, squeeze=False)
    for ax, metric in zip(panels[:, 0], result.metrics, strict=True):
        effects = [one for one in result.effects if one.metric == metric]
        effects_panel(effects, ax, wording)
    title = f"Every treatment against {short(result.arms[0])}"
    headed(figure, f"{title}, {100 * result.settings.level:g} % intervals")
    return figure


def effects_panel(effects: list[Effect], ax: Axes, wording: Wording) -> Axes:
    """Draw the effects of several treatments on one metric, each with its interval."""
    metric = effects[0].metric
    scale = 100.0 if wording.kind(metric) == "share" else 1.0
    for row, one in enumerate(effects):
        colour, mark = COLOURS[row % len(COLOURS)], MARKS[row % len(MARKS)]
        ends = [end if math.isfinite(end) else one.difference for end in (one.low, one.high)]
        ax.plot([end * scale for end in ends], [-row, -row], color=colour, lw=2.5, alpha=0.8)
        face = colour if one.significant else "white"
        style: dict[str, Any] = {"color": colour, "markerfacecolor": face, "markersize": 8}
        ax.plot([one.difference * scale], [-row], mark, **style)
    ax.axvline(0.0, color=FAINT, lw=1.0, zorder=0)
    ax.set_yticks([-row for row in range(len(effects))])
    ax.set_yticklabels([short(one.treatment, 26) for one in effects])
    ax.set_ylim(-len(effects) + 0.4, 0.6)
    tidy(ax, _title(metric, wording))
    for row, one in enumerate(effects):
        place: Any = ("axes fraction", "data")
        ax.annotate(_label(one, wording), (1.01, -row), xycoords=place, va="center", fontsize=9)
    return ax


def _title(metric: str, wording: Wording) -> str:
    kind = wording.kind(metric)
    each = "" if "/" in metric else f" a {wording.unit}"
    unit = {"money": f"{wording.currency}{each}", "share": "percentage points"}
    return f"{metric} ({unit[kind]})" if kind in unit else metric


def _label(one: Effect, wording: Wording) -> str:
    lift = UNKNOWN if math.isnan(one.lift) else f"{100 * one.lift:+.1f} %"
    change = wording.change(one.metric, one.difference)
    return change if lift == UNKNOWN else f"{change} ({lift})"
