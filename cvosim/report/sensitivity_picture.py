"""Pictures of what moves an outcome. They draw what they are given and compute nothing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.experiment.sensitivity.sample import is_number
from cvosim.report.numbers import kind_of, number
from cvosim.report.settings_text import label, setting
from cvosim.report.style import COLOURS, HATCHES, INK, headed, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.sensitivity.dependence import Curve, Dependence
    from cvosim.experiment.sensitivity.elasticity import Elasticities, Elasticity
    from cvosim.experiment.sensitivity.one_at_a_time import Bar, Tornado
    from cvosim.experiment.sensitivity.sobol import SobolIndices

_MOST = 15
"""Factors that a picture shows; the table has all."""
SMALL_MULTIPLES = 9
"""Factors along which a mean is drawn."""
_WHISKER: dict[str, Any] = {"fmt": "none", "ecolor": INK, "elinewidth": 1.0, "capsize": 2.5}


def tornado_figure(found: Tornado, ax: Axes | None = None) -> Axes:
    """Draw, factor by factor, how far the outcome moves to either side of what it is as written.

    Parameters
    ----------
    found : Tornado
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    bars = [bar for bar in found.bars if bar.ends is not None][:_MOST]
    ax = new_axes(8.0, 1.6 + 0.5 * len(bars)) if ax is None else ax
    base, kind = found.answer.base.value, kind_of(found.answer.unit)
    for place, bar in enumerate(bars):
        _draw_bar(ax, place, bar, base)
    ax.axvline(base, color=INK, linewidth=1.0)
    ax.set_ylim(len(bars) - 0.4, -0.6)
    ax.set_yticks(range(len(bars)), [_named(bar) for bar in bars], parse_math=False)
    tidy(ax, "One factor at a time")
    words = any(not _numeric(bar) for bar in bars)
    hatched = "high end, of words the later one" if words else "high end"
    ax.margins(x=0.2)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    ax.set_xlabel(
        f"{found.answer.outcome} ({found.answer.unit}); line: {number(base, kind)} as written; "
        f"at the bars: the factor's values; hatched: the {hatched};\n"
        f"whiskers: 95 % intervals of the difference from the line{_what_marked(bars)}",
        fontsize=8.5, parse_math=False,
    )  # fmt: skip
    return ax


def _named(row: Bar | Elasticity) -> str:
    return f"{in_two_lines(row.path)}{' (few)' if row.few else ''}"


def _what_marked(rows: Sequence[Bar | Elasticity]) -> str:
    if not any(row.few for row in rows):
        return ""
    return (
        "\n(few): few or nobody decided otherwise, hardly more than the money; take more customers"
    )


def _numeric(bar: Bar) -> bool:
    return all(is_number(one.value) for one in bar.tries)


def _draw_bar(ax: Axes, place: int, bar: Bar, base: float) -> None:
    """Draw what the lowest and the highest outcome of a factor are, with the values beside."""
    assert bar.ends is not None
    ends = bar.ends if bar.ends[0] is not bar.ends[1] else bar.ends[:1]
    order = [float(str(end.value)) if _numeric(bar) else bar.tries.index(end) for end in ends]
    halves = [end.change.high - end.change.value for end in ends]
    halves = [half if math.isfinite(half) else 0.0 for half in halves]
    for end, half, number_ in zip(ends, halves, order, strict=True):
        later = number_ == max(order) and len(ends) > 1
        ax.barh(
            [place], [end.outcome - base], left=base, height=0.6, edgecolor="white", linewidth=0.0,
            facecolor=COLOURS[later], hatch=HATCHES[later],
        )  # fmt: skip
        ax.errorbar([end.outcome], [place], xerr=[half], **_WHISKER)
    # beyond both whiskers: they may lie on the same side
    far = [
        base,
        *(end.outcome + s * h for end, h in zip(ends, halves, strict=True) for s in (-1, 1)),
    ]
    for side, end in enumerate(ends):
        ax.annotate(
            cut(setting(end.value), 24), (max(far) if side else min(far), place),
            xytext=(5 if side else -5, 0), textcoords="offset points",
            ha="left" if side else "right", va="center", fontsize=8.5, color=INK, parse_math=False,
        )  # fmt: skip


def elasticity_figure(found: Elasticities, ax: Axes | None = None) -> Axes:
    """Draw the percent that the outcome moves for one percent of each number.

    Parameters
    ----------
    found : Elasticities
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    rows = [row for row in found.rows if math.isfinite(row.elasticity.value)][:_MOST]
    ax = new_axes(8.0, 1.6 + 0.5 * len(rows)) if ax is None else ax
    for place, row in enumerate(rows):
        value, low, high = row.elasticity
        ax.barh([place], [value], height=0.6, facecolor=COLOURS[2], linewidth=0.0)
        ax.errorbar([value], [place], xerr=[[value - low], [high - value]], **_WHISKER)
        ends = (high, 5, "left") if value >= 0 else (low, -5, "right")
        ax.annotate(
            f"{value:+.2f}".replace("-", "\N{MINUS SIGN}"), (ends[0], place), xytext=(ends[1], 0),
            textcoords="offset points", ha=ends[2], va="center", fontsize=8.5, color=INK,
        )  # fmt: skip
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_ylim(max(len(rows), 1) - 0.4, -0.6)
    ax.set_yticks(range(len(rows)), [_named(row) for row in rows], parse_math=False)
    tidy(ax, "What one percent of each number does")
    ax.margins(x=0.2)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    ax.set_xlabel(
        f"percent of {found.answer.outcome}, with 95 % intervals{_what_marked(rows)}", fontsize=8.5
    )
    return ax


def sobol_figure(found: SobolIndices, ax: Axes | None = None) -> Axes:
    """Draw the part of the variance that each factor carries, alone and with interactions.

    Parameters
    ----------
    found : SobolIndices
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    parts = found.parts[:_MOST]
    ax = new_axes(8.0, 1.8 + 0.6 * len(parts)) if ax is None else ax
    for shift, name, words in ((-0.2, "first", "by itself"), (0.2, "total", "with interactions")):
        values = [getattr(part, name) for part in parts]
        places = np.arange(len(parts)) + shift
        style = int(name == "total")
        ax.barh(
            places, [one.value for one in values], height=0.36, label=words, linewidth=0.0,
            facecolor=COLOURS[style], hatch=HATCHES[style], edgecolor="white",
        )  # fmt: skip
        # a percentile interval need not hold the estimate
        ends = [
            [max(0.0, v.value - v.low) for v in values],
            [max(0.0, v.high - v.value) for v in values],
        ]
        ax.errorbar([one.value for one in values], places, xerr=ends, **_WHISKER)
    ax.axvline(0.0, color=INK, linewidth=0.9)
    ax.set_ylim(len(parts) - 0.4, -0.6)
    ax.set_yticks(range(len(parts)), [in_two_lines(part.path) for part in parts], parse_math=False)
    tidy(ax, "Who carries the variance (Sobol indices)")
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    ax.legend(loc="lower right", bbox_to_anchor=(1.0, 1.0), ncols=2, fontsize=8.5, frameon=False)
    ax.set_xlabel(
        f"part of the variance of {found.answer.outcome}, with 95 % intervals", fontsize=8.5
    )
    ax.set_xlim(0.0, min(1.1, ax.get_xlim()[1]))  # no part is less than nothing or more than all
    return ax


class Along(NamedTuple):
    """The mean outcome along one factor, and the scale that it shares with the other factors.

    Attributes
    ----------
    curve : Curve
    outcome, unit : str
    low, high : float
        Ends of the axis.
    """

    curve: Curve
    outcome: str
    unit: str
    low: float
    high: float


def along_factors(found: Dependence) -> list[Along]:
    """Give the mean outcome along each of the factors that matter most, all on the same scale."""
    ends = [
        end for curve in found.curves for step in curve.steps for end in step.mean
        if math.isfinite(end)
    ]  # fmt: skip
    pad = 0.06 * (max(ends) - min(ends)) or 1.0
    low, high = min(ends) - pad, max(ends) + pad
    outcome, unit = found.sample.outcome, found.sample.unit
    return [Along(curve, outcome, unit, low, high) for curve in found.curves[:SMALL_MULTIPLES]]


def dependence_figure(data: Along, ax: Axes | None = None) -> Axes:
    """Draw the mean outcome along one factor, with its 95 % interval.

    Parameters
    ----------
    data : Along
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    alone = ax is None
    ax = new_axes(8.0, 3.6) if ax is None else ax
    _draw_curve(ax, data.curve)
    if alone:
        tidy(ax, f"Mean {data.outcome} along {data.curve.path}")
    ax.set_ylim(data.low, data.high)
    ax.set_ylabel(f"{data.outcome} ({data.unit})", fontsize=8, parse_math=False)
    return ax


def dependence_figures(found: Dependence, axes: list[Axes]) -> list[Axes]:
    """Draw the mean outcome along one factor on each of the axes, all on the same scale."""
    for data, ax in zip(along_factors(found), axes, strict=False):
        dependence_figure(data, ax)
    return axes


def _draw_curve(ax: Axes, curve: Curve) -> None:
    means = np.array([step.mean.value for step in curve.steps])
    halves = np.array([step.mean.high - step.mean.value for step in curve.steps])
    if curve.numeric:
        x = np.array([float(str(step.value)) for step in curve.steps])
        ax.plot(x, means, color=COLOURS[0], marker="o", markersize=4, linewidth=1.6)
        ax.fill_between(x, means - halves, means + halves, color=COLOURS[0], alpha=0.2, linewidth=0)
        if curve.listed:
            ax.set_xticks(x, [label(step.value) for step in curve.steps], fontsize=8)
    else:
        x = np.arange(len(means), dtype=np.float64)
        ax.errorbar(x, means, yerr=halves, fmt="o", color=COLOURS[0], ecolor=INK, capsize=3)
        ax.set_xticks(x, [label(s.value, 22) for s in curve.steps], parse_math=False)
        ax.set_xlim(-0.5, len(means) - 0.5)
    tidy(ax, "")
    ax.set_xlabel(in_two_lines(curve.path), fontsize=8.5, parse_math=False)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)


def one_at_a_time_picture(found: Tornado, slopes: Elasticities | None = None) -> Figure:
    """One sheet: the tornado and, if they are known, elasticities below it."""
    count = min(_MOST, max(1, len(found.bars)))
    height = 1.7 + 0.5 * count
    figure = new_figure(10.0, height * (2 if slopes else 1) + 0.3)
    axes = figure.subplots(2 if slopes else 1, 1, squeeze=False)[:, 0]
    tornado_figure(found, axes[0])
    if slopes:
        elasticity_figure(slopes, axes[1])
    headed(figure, short(f"{found.answer.scenario}: what moves {found.answer.outcome}", 90))
    return figure


def elasticity_picture(found: Elasticities) -> Figure:
    """One sheet: what one percent of each number does."""
    figure = new_figure(10.0, 2.0 + 0.5 * min(_MOST, len(found.rows)))
    elasticity_figure(found, figure.add_subplot())
    headed(figure, short(f"{found.answer.scenario}: what moves {found.answer.outcome}", 90))
    return figure


def sobol_picture(found: SobolIndices) -> Figure:
    """One sheet: the Sobol indices."""
    figure = new_figure(10.0, 2.0 + 0.62 * min(_MOST, len(found.parts)))
    sobol_figure(found, figure.add_subplot())
    headed(figure, short(f"{found.answer.scenario}: what moves {found.answer.outcome}", 90))
    return figure


def dependence_picture(found: Dependence) -> Figure:
    """One sheet: the outcome along each of the nine factors that matter most."""
    shown = min(SMALL_MULTIPLES, len(found.curves))
    wide = min(3, shown)
    deep = -(-shown // wide)
    figure = new_figure(max(6.0, 4.2 * wide), 0.5 + 3.1 * deep)
    axes = figure.subplots(deep, wide, squeeze=False).ravel().tolist()
    for ax in axes[shown:]:
        ax.set_visible(False)
    dependence_figures(found, axes)
    hidden = len(found.curves) - shown
    more = f" (+{hidden} more: see table)" if hidden else ""
    headed(figure, f"{short(found.sample.outcome, 50)}, averaged over all other factors{more}")
    return figure


def in_two_lines(path: str) -> str:
    """Break a long path before its last word."""
    head, dot, last = path.rpartition(".")
    return path if len(path) <= 26 or not dot else f"{short(head, 44)}\n.{last}"


def cut(text: str, width: int) -> str:
    """Cut a value that would not fit, wherever it must be.

    Examples
    --------
    >>> cut("{kind: fixed, days: 0}", 14), cut("weekly", 14)
    ('{kind: fixed,…', 'weekly')
    """
    return text if len(text) <= width else f"{text[: width - 1].rstrip()}\N{HORIZONTAL ELLIPSIS}"
