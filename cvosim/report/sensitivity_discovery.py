"""The picture of scenario discovery: the points by two factors, and the boxes that lose."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from cvosim.report.clouds import CLOUD, dotted_axes
from cvosim.report.sensitivity_picture import in_two_lines
from cvosim.report.settings_text import label
from cvosim.report.style import COLOURS, INK, headed, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.sensitivity.boxes import Flags, Limit
    from cvosim.experiment.sensitivity.discovery import Box, Discovery
    from cvosim.experiment.sensitivity.sample import Column
    from cvosim.tables.columns import Floats

_STEPS = (0.7548776662466927, 0.5698402909980532)
"""Steps between neighbours in either direction that fill a square evenly (Roberts 2018, R2)."""


def discovery_picture(found: Discovery) -> Figure:
    """One sheet: where the plan loses."""
    figure = new_figure(9.0, 6.4)
    discovery_figure(found, figure.add_subplot())
    headed(figure, short(f"Where {found.losing}", 80))
    return figure


def discovery_figure(found: Discovery, ax: Axes | None = None) -> Axes:
    """Draw the points by two factors, losing ones marked, and the first box around its part.

    The factors are the first two that the first box limits, filled up with the first of the
    sample; points of a factor of few values lie beside each other, and points that the box's
    other limits exclude are grey.

    Parameters
    ----------
    found : Discovery
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    sample = found.sample
    many = len(sample) > CLOUD
    if ax is None:
        ax = dotted_axes(8.0, 5.2) if many else new_axes(8.0, 5.2)
    box = found.boxes[0] if found.boxes else None
    limited = [limit.path for limit in box.limits] if box else []
    paths = list(dict.fromkeys([*limited, *sample.paths]))[:2]
    columns = [sample.column(sample.paths.index(path)) for path in paths]
    places = [_places(column, turn) for turn, column in enumerate(columns)]
    if len(places) == 1:
        places.append(sample.values)
    bad, near = found.losing.holds(sample.values), _within_the_rest(found, paths)
    styles: tuple[tuple[Any, str, dict[str, Any]], ...] = (
        (~near, "outside of the other limits", {"marker": ".", "color": "#c4c4c4"}),
        (~bad & near, "does not lose", {"facecolor": "none", "edgecolor": COLOURS[0]}),
        (bad & near, str(found.losing), {"marker": "x", "color": COLOURS[1]}),
    )
    for rows, words, style in styles:
        if rows.any():
            ax.scatter(places[0][rows], places[1][rows], s=18, linewidth=1.0, label=words,
                       rasterized=many, **style)  # fmt: skip
    tidy(ax, _title(found, box))
    _name_axes(ax, paths, columns, f"{sample.outcome} ({sample.unit})")
    if box:
        _draw_box(ax, box, paths, columns)
    ax.spines["left"].set_visible(True)
    legend = ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8.5, frameon=False)
    for text in legend.get_texts():
        text.set_parse_math(False)
    return ax


def _within_the_rest(found: Discovery, paths: list[str]) -> Flags:
    """Which points are within the limits that the two axes do not show."""
    sample = found.sample
    near = np.ones(len(sample), np.bool_)
    for limit in found.boxes[0].limits if found.boxes else ():
        if limit.path not in paths:
            near &= limit.holds(sample.column(sample.paths.index(limit.path)))
    return near


def _title(found: Discovery, box: Box | None) -> str:
    if box is None:
        return f"No region can be named: {found.reason}"
    limits = " and\n".join(limit.text() for limit in box.limits)
    return f"{limits}:\nloses at {100 * box.density.value:.0f} % of points; {100 * box.coverage.value:.0f} % of all losses"  # noqa: E501


def _places(column: Column, turn: int) -> Floats:
    """Where points stand: at their number, or spread around the place of their level."""
    if not column.levels:
        return column.numbers
    levels = np.arange(len(column.levels)) if column.words else np.array(column.levels, np.float64)
    count = len(column.numbers)
    spread = (np.arange(count) * _STEPS[turn]) % 1.0 - 0.5
    found: Floats = np.searchsorted(levels, column.numbers) + 0.6 * spread
    return found


def _name_axes(ax: Axes, paths: list[str], columns: list[Column], outcome: str) -> None:
    ax.set_xlabel(paths[0], fontsize=9, parse_math=False)
    ax.set_ylabel(
        in_two_lines(paths[1]) if len(paths) > 1 else outcome, fontsize=9, parse_math=False
    )
    for column, ticks in zip(columns, (ax.set_xticks, ax.set_yticks), strict=False):
        if column.levels:
            names = [label(level, 18) for level in column.levels]
            ticks(range(len(names)), names, parse_math=False)


def _draw_box(ax: Axes, box: Box, paths: list[str], columns: list[Column]) -> None:
    """Shade what the limits of the two factors leave; other limits are in the title alone."""
    from matplotlib.patches import Rectangle

    by_path = {limit.path: limit for limit in box.limits}
    ends = (ax.get_xlim(), ax.get_ylim())
    spans = [
        _spans(by_path.get(path), column, whole)
        for path, column, whole in zip(paths, columns, ends, strict=False)
    ]
    spans += [[ends[1]]] * (2 - len(spans))
    for left, right in spans[0]:
        for low, high in spans[1]:
            ax.add_patch(
                Rectangle(
                    (left, low), right - left, high - low, facecolor=COLOURS[1], alpha=0.13,
                    edgecolor=INK, linewidth=1.4, zorder=0,
                )
            )  # fmt: skip
    ax.set_xlim(*ends[0])
    ax.set_ylim(*ends[1])


def _spans(
    limit: Limit | None, column: Column, whole: tuple[float, float]
) -> list[tuple[float, float]]:
    """Parts of an axis that a limit leaves."""
    if limit is None:
        return [whole]
    if limit.values:
        spans: list[tuple[float, float]] = []
        for place in sorted(column.levels.index(value) for value in limit.values):
            beside = bool(spans) and spans[-1][1] == place - 0.5
            start = spans.pop()[0] if beside else place - 0.5
            spans.append((start, place + 0.5))
        return spans
    low, high = limit.low, limit.high
    if column.levels:
        numbers = np.array(column.levels, np.float64)
        low = None if low is None else float(np.searchsorted(numbers, low)) - 0.5
        high = None if high is None else float(np.searchsorted(numbers, high)) + 0.5
    return [(whole[0] if low is None else low, whole[1] if high is None else high)]
