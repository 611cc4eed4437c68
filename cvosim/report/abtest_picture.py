"""An experiment's result as a picture: every effect with its interval."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.numbers import UNKNOWN
from cvosim.report.style import COLOURS, FAINT, headed, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.report.abtest import Wording
    from cvosim.stats.abtest.result import ABTest
    from cvosim.stats.effect import Effect

MARKS = ("o", "s", "^", "D", "v")
"""One a treatment: told apart without colour."""


class EffectLine(NamedTuple):
    """A treatment's effect: its interval, if chance can be ruled out, and how it is written."""

    label: str
    value: float
    low: float
    high: float
    sure: bool
    written: str


class Effects(NamedTuple):
    """The effects of several treatments on one metric, in one unit."""

    title: str
    lines: tuple[EffectLine, ...]


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
        effects(effects_of(result, metric, wording), ax)
    title = f"Every treatment against {short(result.arms[0])}"
    headed(figure, f"{title}, {100 * result.settings.level:g} % intervals")
    return figure


def effects_of(result: ABTest, metric: str, wording: Wording) -> Effects:
    """Every treatment's effect on one metric; shares in percentage points.

    Parameters
    ----------
    result : ABTest
    metric : str
    wording : Wording
    """
    scale = 100.0 if wording.kind(metric) == "share" else 1.0
    lines = tuple(
        EffectLine(
            one.treatment,
            scale * one.difference,
            scale * one.low,
            scale * one.high,
            one.significant,
            _label(one, wording),
        )
        for one in result.effects
        if one.metric == metric
    )
    return Effects(_title(metric, wording), lines)


def effects(data: Effects, ax: Axes | None = None) -> Axes:
    """Draw the effects of several treatments on one metric, each with its interval.

    Parameters
    ----------
    data : Effects
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> line = EffectLine("letter", 1.0, 0.2, 1.8, True, "+USD 1.00")
    >>> [text.get_text() for text in effects(Effects("spend", (line,))).texts]
    ['+USD 1.00']
    """
    ax = new_axes(8.0, 1.2 + 0.4 * len(data.lines)) if ax is None else ax
    for row, one in enumerate(data.lines):
        colour, mark = COLOURS[row % len(COLOURS)], MARKS[row % len(MARKS)]
        ends = [end if math.isfinite(end) else one.value for end in (one.low, one.high)]
        ax.plot(ends, [-row, -row], color=colour, lw=2.5, alpha=0.8)
        face = colour if one.sure else "white"
        style: dict[str, Any] = {"color": colour, "markerfacecolor": face, "markersize": 8}
        ax.plot([one.value], [-row], mark, **style)
    ax.axvline(0.0, color=FAINT, lw=1.0, zorder=0)
    ax.set_yticks(
        [-row for row in range(len(data.lines))],
        [short(one.label, 26) for one in data.lines],
        parse_math=False,
    )
    ax.set_ylim(-len(data.lines) + 0.4, 0.6)
    tidy(ax, data.title)
    for row, one in enumerate(data.lines):
        place: Any = ("axes fraction", "data")
        ax.annotate(
            one.written, (1.01, -row), xycoords=place, va="center", fontsize=9, parse_math=False
        )
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
