"""A sweep as figures: its first outcome over each factor."""

from __future__ import annotations

import math
from math import prod
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.clouds import CLOUD, dotted_axes
from cvosim.report.exhibit import Exhibit
from cvosim.report.numbers import Z95, amount, kind_of, number
from cvosim.report.settings_text import label, setting
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.sweep import short_paths
from cvosim.report.sweep_noise import apart, luck_of, mean_error
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.sweeps.result import SweepTable

MOST = 9
"""Factors that one sheet shows."""
_COLUMNS = 3
_BANDS = 8
_ENOUGH = 8
"""Worlds whose mean says more than which of them were met."""
_TICKS = 8
_DOTS = 1024
"""Points that a figure shows; of more it shows so many, evenly picked."""
_MOST_CLOUDS = 8
"""Figures of many points in a report: each is an image of some 50 kB."""
_ROWS = 24
"""Values of a factor that a table lists one by one; of more it has bands."""


Values = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Whole = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


class Group(NamedTuple):
    """Points with one value of a factor, or with values of a band of it.

    The error is the standard error of the mean.
    """

    name: str
    points: int
    lowest: float
    mean: float
    highest: float
    error: float = math.nan


class Scatter(NamedTuple):
    """An outcome at every point over one factor.

    Attributes
    ----------
    title, unit : str
        The factor, and the outcome's unit.
    x, y : tuple of float
        The points.
    labels : tuple of str
        Where the values are words: those at 0, 1, 2, ...
    squares : tuple of (float, float)
        Means of points that lie near each other.
    joined : bool
        Whether a line from square to square would be true.
    ticks : tuple of float
        Where the values are few: all of them.
    groups : tuple of Group
        The points in a table: by value, or in bands of about equally many.
    outcome : str
        What it is, for a title of a figure that stands alone.
    """

    title: str
    unit: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    labels: tuple[str, ...] = ()
    squares: tuple[tuple[float, float], ...] = ()
    joined: bool = False
    ticks: tuple[float, ...] = ()
    groups: tuple[Group, ...] = ()
    outcome: str = ""


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
    alone = ax is None
    if ax is None:
        ax = dotted_axes(8.0, 3.8) if len(data.x) > CLOUD else new_axes(8.0, 3.8)
    x, y = np.array(data.x), np.array(data.y)
    ax.plot(x, y, "o", color=COLOURS[0], markersize=3.5, alpha=0.45, markeredgewidth=0,
            rasterized=len(x) > CLOUD)  # fmt: skip
    if data.squares:
        line = "-" if data.joined else ""
        ax.plot(*zip(*data.squares, strict=True), color=COLOURS[1], linewidth=2.0, marker="s",
                markersize=4, linestyle=line)  # fmt: skip
    if (y < 0.0).any():
        ax.axhline(0.0, color=INK, linewidth=0.8)
    if data.labels:
        ax.set_xticks(range(len(data.labels)), data.labels, parse_math=False)
        ax.set_xlim(-0.5, len(data.labels) - 0.5)
    elif data.ticks:
        ax.set_xticks(data.ticks, [f"{tick:g}" for tick in data.ticks])
    tidy(ax, f"{data.outcome} over {data.title}" if alone and data.outcome else data.title)
    ax.set_ylabel(data.unit, fontsize=9, parse_math=False)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


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
    drawn = [_over(result, place, name) for place, name in enumerate(names)]
    for place, data in enumerate(drawn):
        scatter(data, figure.add_subplot(lines, columns, place + 1))
    squares = any(data.squares for data in drawn)
    text = "dots: points; squares: mean over all else" if squares else "dots: points"
    foot = 0.2 / float(figure.get_size_inches()[1])
    figure.set_layout_engine("constrained", w_pad=0.12, h_pad=0.1, rect=(0, foot, 1, 1 - foot))
    figure.text(0.99, 0.005, text, ha="right", fontsize=8, color=FAINT)
    return figure


def sweep_exhibits(result: SweepTable) -> tuple[Exhibit, ...]:
    """Give a figure for each of the first factors; none where no point has the outcome.

    Parameters
    ----------
    result : SweepTable
    """
    from cvosim.report.documents.names import keys_of

    if not np.isfinite(result.pooled[:, 0]).any():
        return ()
    most = MOST if len(result) <= CLOUD else _MOST_CLOUDS
    paths = [factor.path for factor in result.outline.factors][:most]
    names = short_paths([factor.path for factor in result.outline.factors])
    return tuple(
        _exhibit(result, place, name, key)
        for place, (name, key) in enumerate(zip(names, keys_of("over", paths), strict=False))
    )


def _exhibit(result: SweepTable, place: int, name: str, key: str) -> Exhibit:
    """One factor as a figure with its words and numbers."""
    outcome, unit = result.outline.outcomes[0], result.units[0]
    data = _over(result, place, name)._replace(outcome=outcome)
    kind = kind_of(unit)
    count = sum(group.points for group in data.groups)
    low, high = min(g.lowest for g in data.groups), max(g.highest for g in data.groups)
    typical = luck_of(result).typical
    about = f" (typically ± {amount(typical, kind, unit)}, 95 %)" if math.isfinite(typical) else ""
    alt = (
        f"{outcome} at {count:,} points over {name}: from {amount(low, kind, unit)} "
        f"to {amount(high, kind, unit)}{about}.{_ranking(data.groups, unit)}"
    )
    rows: tuple[tuple[Cell, ...], ...] = tuple(tuple(group) for group in data.groups)
    shown = tuple(
        (
            group.name,
            f"{group.points:,}",
            *(number(x, kind, like=group[2:5]) for x in group[2:5]),
            number(Z95 * group.error, kind, like=group[2:5]) if group.error < math.inf else "",
        )
        for group in data.groups
    )
    header = (name, "points", "lowest", "mean", "highest", "± (95 %)")
    table = Table(header, rows, shown, f"{outcome} ({unit}) over {name}")
    note = "A dot is a point of the sweep."
    if len(data.y) < count:
        note += f" Drawn: {len(data.y):,} of {count:,} points, evenly picked; the table has all."
    if data.squares:
        note += " A square is the mean of the points near it, over all else that differs."
    return Exhibit(key, f"{outcome} over {name}", alt, scatter, data, table, note)


def _ranking(groups: tuple[Group, ...], unit: str) -> str:
    """Name the highest mean and the lowest, if they differ by more than their errors."""
    if len(groups) < 2:
        return ""
    best = max(groups, key=lambda group: group.mean)
    worst = min(groups, key=lambda group: group.mean)
    if not apart(best.mean - worst.mean, best.error, worst.error, len(groups)):
        return " How its means differ is not certain with so few customers."
    high, low = (amount(group.mean, kind_of(unit), unit) for group in (best, worst))
    return f" Its mean is highest at {best.name}, {high}, and lowest at {worst.name}, {low}."


def _over(result: SweepTable, place: int, name: str) -> Scatter:
    """The first outcome over one factor: dots, and those means that can be trusted."""
    points = [point[place] for point in result.outline.points]
    y = result.pooled[:, 0]
    seen = np.flatnonzero(np.isfinite(y))
    dots, unit = _dots(len(seen)), result.units[0]
    own = tuple(y[seen][dots].tolist())
    if not all(type(value) in (int, float) for value in points):
        codes, words = _coded(points)
        x = codes[seen].astype(np.float64)
        alike = _alike(x)
        squares = tuple(_mean_at(x, y[seen], group) for group in alike)
        names = [words[int(x[group[0]])] for group in alike]
        rows = _grouped(result, place, seen, list(zip(names, alike, strict=True)))
        return Scatter(name, unit, tuple(x[dots].tolist()), own, words, squares, groups=rows)
    x = np.array([float(str(points[i])) for i in seen])
    levels = _alike(x)
    groups, joined = _bands(result, place, x, seen)
    squares = tuple(_mean_at(x, y[seen], group) for group in groups)
    few = result.outline.factors[place].role == "lever" and len(levels) <= _TICKS
    ticks = tuple(float(x[group[0]]) for group in levels) if few else ()
    rows = _grouped(result, place, seen, _numbers(x, levels))
    return Scatter(name, unit, tuple(x[dots].tolist()), own, (), squares, joined, ticks, rows)


def _dots(count: int) -> Whole:
    """Pick the points to draw: all, or some that keep no step with the order of the points."""
    if count <= _DOTS:
        return np.arange(count)
    turn = (np.arange(count) * 0.6180339887498949) % 1.0
    return np.sort(np.argsort(turn, kind="stable")[:_DOTS])


def _numbers(x: Values, levels: list[Whole]) -> list[tuple[str, Whole]]:
    """The points by value; where there are many, in bands of about equally many."""
    if len(levels) <= _ROWS:
        return [(setting(float(x[level[0]])), level) for level in levels]
    bands = np.array_split(np.argsort(x, kind="stable"), _BANDS)
    return [
        (f"{setting(float(x[band[0]]))} to {setting(float(x[band[-1]]))}", band) for band in bands
    ]


def _grouped(
    result: SweepTable, place: int, seen: Whole, named: list[tuple[str, Whole]]
) -> tuple[Group, ...]:
    """Points by value, with their mean and its error; ``named`` counts among those seen."""
    outline, y = result.outline, result.pooled[seen, 0]
    rest = [repr((*point[:place], *point[place + 1 :])) for point in outline.points]
    worlds = [sorted(rest[seen[i]] for i in group) for _, group in named]
    drawn = any(one != worlds[0] for one in worlds)
    errors = result.standard_errors[seen, 0]

    def of(name: str, group: Whole) -> Group:
        own, luck = y[group], errors[group]
        error = mean_error(own, luck, together=outline.common_luck, drawn=drawn)
        return Group(name, len(own), float(own.min()), float(own.mean()), float(own.max()), error)

    return tuple(of(name, group) for name, group in named)


def _coded(values: list[object]) -> tuple[Whole, tuple[str, ...]]:
    """Number different values as they come, and give each its short name."""
    known: dict[str, int] = {}
    codes = np.array([known.setdefault(repr(value), len(known)) for value in values])
    first = {repr(value): value for value in reversed(values)}
    return codes, tuple(label(first[key]) for key in known)


def _bands(result: SweepTable, place: int, x: Values, seen: Whole) -> tuple[list[Whole], bool]:
    """Points whose mean is a square, and whether a line may join the squares.

    A square is true where its points meet the same of all else as those of the next, in a full
    grid, or so much of it that it does not matter.
    """
    outline, levels = result.outline, _alike(x)
    many = len(levels) > 2 * _BANDS
    own = outline.factors[place].role
    roles = [factor.role for factor in outline.factors]
    columns = [_coded([point[i] for point in outline.points])[0] for i in range(len(roles))]
    mine = [c for c, role in zip(columns, roles, strict=True) if role == own]
    others = [c for c, role in zip(columns, roles, strict=True) if role != own]
    together, rest = _rows(mine), _rows(others)
    full = len(set(together)) == prod(len(set(column.tolist())) for column in mine)
    if full and len(set(together)) * len(set(rest)) == len(outline.points) and not many:
        return levels, True
    if own == "lever":
        groups = _split(x, np.arange(len(x)), min(_BANDS, len(x) // _ENOUGH)) if many else levels
        return groups, all(len(group) >= _ENOUGH for group in groups)
    _, world = np.unique([together[i] for i in seen], return_inverse=True)
    worlds = len(np.unique(world))
    if not many and worlds >= _ENOUGH * len(levels):
        return levels, True
    bands = min(_BANDS, worlds // _ENOUGH)
    groups = _split(x, world, bands) if bands > 1 else []
    return groups, bool(groups)


def _rows(columns: list[Whole]) -> list[str]:
    """Name each combination of values, point by point."""
    if not columns:
        return [""]
    return [str(row) for row in zip(*(column.tolist() for column in columns), strict=True)]


def _split(x: Values, world: Whole, bands: int) -> list[Whole]:
    """Split points into bands of equally many worlds, by the factor's value in each."""
    _, first = np.unique(world, return_index=True)
    order = np.argsort(x[first], kind="stable")
    return [np.flatnonzero(np.isin(world, part)) for part in np.array_split(order, max(bands, 1))]


def _alike(x: Values) -> list[Whole]:
    """Points of each value, by value."""
    return [np.flatnonzero(x == level) for level in np.unique(x)]


def _mean_at(x: Values, y: Values, group: Whole) -> tuple[float, float]:
    return float(x[group].mean()), float(y[group].mean())
