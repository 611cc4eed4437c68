"""A sweep as a picture: its first outcome over each factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.sweep import short_paths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.sweeps.result import SweepTable

MOST = 9
"""Factors that one sheet shows."""
_COLUMNS = 3
_BANDS = 8


class Scatter(NamedTuple):
    """An outcome at every point over one factor; ``labels`` where its values are words."""

    title: str
    unit: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    labels: tuple[str, ...] = ()


def scatter(data: Scatter, ax: Axes | None = None) -> Axes:
    """Draw the points, and the mean of those that lie near each other.

    Parameters
    ----------
    data : Scatter
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = scatter(Scatter("price", "USD", (9.0, 19.0), (1.5, 2.5)))
    >>> ax.get_ylabel()
    'USD'
    """
    ax = new_axes(4.0, 3.2) if ax is None else ax
    x, y = np.array(data.x), np.array(data.y)
    ax.plot(x, y, "o", color=COLOURS[0], markersize=3, alpha=0.45, markeredgewidth=0)
    ax.plot(*_means(x, y), color=COLOURS[1], linewidth=2.0, marker="s", markersize=4)
    if (y < 0.0).any():
        ax.axhline(0.0, color=INK, linewidth=0.8)
    if data.labels:
        ax.set_xticks(range(len(data.labels)), data.labels, parse_math=False)
    tidy(ax, data.title)
    ax.set_ylabel(data.unit, fontsize=9, parse_math=False)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]


def _means(x: Values, y: Values) -> tuple[list[float], list[float]]:
    """Mean outcome at each value; by bands of equally many points, where values are many."""
    levels = np.unique(x)
    if len(levels) > 2 * _BANDS:
        order = np.argsort(x, kind="stable")
        groups = [part for part in np.array_split(order, _BANDS) if len(part)]
    else:
        groups = [np.flatnonzero(x == level) for level in levels]
    return [float(x[g].mean()) for g in groups], [float(y[g].mean()) for g in groups]


def sweep_picture(result: SweepTable) -> Figure:
    """Draw the first outcome of a sweep over each of its first factors.

    Parameters
    ----------
    result : SweepTable
        With at least one point that has the outcome.
    """
    outline = result.outline
    names = short_paths([factor.path for factor in outline.factors])[:MOST]
    count = max(len(names), 1)
    columns = min(count, _COLUMNS)
    lines = -(-count // columns)
    figure = new_figure(4.0 * columns, 0.9 + 3.0 * lines)
    headed(figure, f"{short(outline.scenario_name)}: {outline.outcomes[0]}")
    for place, name in enumerate(names):
        ax = figure.add_subplot(lines, columns, place + 1)
        scatter(_over(result, place, name), ax)
    text = "dots: points; squares: mean over all else"
    figure.text(0.99, 0.005, text, ha="right", fontsize=8, color=FAINT)
    return figure


def _over(result: SweepTable, place: int, name: str) -> Scatter:
    points = [point[place] for point in result.outline.points]
    y = result.pooled[:, 0]
    seen = np.flatnonzero(np.isfinite(y))
    unit, own = result.units[0], tuple(y[seen].tolist())
    if all(type(value) in (int, float) for value in points):
        return Scatter(name, unit, tuple(float(str(points[i])) for i in seen), own)
    words = list(dict.fromkeys("none" if value is None else str(value) for value in points))
    code = [words.index("none" if points[i] is None else str(points[i])) for i in seen]
    labels = tuple(short(word, 16) for word in words)
    return Scatter(name, unit, tuple(map(float, code)), own, labels)
