"""Retention as figures: cohorts, survival and stickiness."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvosim.clv.words import counting
from cvosim.report.figures.heat import heat_cells
from cvosim.report.figures.survival import steps
from cvosim.report.numbers import percent
from cvosim.report.retention import MOST_AGES, MOST_COHORTS
from cvosim.report.segments import counted
from cvosim.report.style import COLOURS, INK, headed, line_style, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.clv.retention.cohorts import Cohorts
    from cvosim.clv.retention.stickiness import Stickiness
    from cvosim.clv.retention.study import RetentionStudy
    from cvosim.clv.retention.survival import Survival

MOST_BARS = 8
"""Labels in a figure."""


def cohort_map(data: Cohorts, ax: Axes | None = None) -> Axes:
    """Draw a cohort table as a heat map with its numbers in it.

    Parameters
    ----------
    data : Cohorts
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.clv.retention.cohorts import cohorts
    >>> from cvosim.clv.orders.log import OrderLog
    >>> rows = [("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 33, 7.0), ("cis", 40, 7.0)]
    >>> [text.get_text() for text in cohort_map(cohorts(OrderLog.of(rows), until=58)).texts]
    ['50']
    """
    import numpy as np

    rows = np.flatnonzero(data.size)[-MOST_COHORTS:]
    ages = min(MOST_AGES, data.active.shape[1])
    ax = new_axes(1.9 + 0.45 * ages, 1.6 + 0.3 * len(rows)) if ax is None else ax
    share = data.share[rows, 1:ages]
    names = data.names()
    greatest = float(np.nanmax(share)) if np.isfinite(share).any() else 1.0
    numbers = [[f"{100 * x:.0f}" if math.isfinite(x) else "" for x in row] for row in share]
    heat_cells(ax, share, greatest=greatest, labels=numbers, corner=(0.5, -0.5))
    ax.set_xlim(0.5, max(ages, 2) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(1, max(ages, 2)))
    ax.set_yticks(range(len(rows)), [f"{names[row]}  ({data.size[row]:,})" for row in rows])
    tidy(ax, "Of 100 who first bought then, so many buy")
    since = f"{data.unit}s since the {data.unit} of the first purchase (blank: not over yet)"
    ax.set_xlabel("\n".join([since, *_left_out(data)]), fontsize=9)
    return ax


def _left_out(data: Cohorts) -> list[str]:
    """Say which cohorts and ages are not drawn."""
    cohorts, ages = int((data.size > 0).sum()), data.active.shape[1]
    said = []
    if cohorts > MOST_COHORTS:
        said.append(f"only the last {MOST_COHORTS} of {cohorts:,} {data.unit}ly cohorts")
    if ages > MOST_AGES:
        said.append(f"only the first {MOST_AGES - 1} {data.unit}s")
    return [f"drawn: {' and '.join(said)}"] if said else []


def survival_curve(data: Survival, ax: Axes | None = None) -> Axes:
    """Draw the share of customers still buying by age, with its band.

    Parameters
    ----------
    data : Survival
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes
    """
    ax = new_axes(8.0, 4.0) if ax is None else ax
    steps(ax, data.day, data.share, data.low, data.high, style=line_style(0))
    ax.set_ylim(0, 1.02)
    ax.set_xlim(0, max(float(data.day[-1]), 1.0))
    tidy(ax, "Share of customers still buying")
    ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
    ax.set_xlabel(
        f"days since the first purchase\n(gone: {counting(data.gap, 'day')} of silence; "
        f"band: {100 * data.level:g} % interval)",
        fontsize=9,
    )
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


def stickiness_bars(found: tuple[Stickiness, ...], ax: Axes | None = None) -> Axes:
    """Draw the share of new customers of each label who come back in time, with intervals.

    Within the longest time for which somebody of every label drawn was seen.

    Parameters
    ----------
    found : tuple of Stickiness
        At least one; the labels with most customers are drawn.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.clv.retention.stickiness import Stickiness
    >>> ax = stickiness_bars((Stickiness("mail", 30, 40, 10, 0.25, 0.14, 0.40),))
    >>> [text.get_text() for text in ax.texts]
    ['25.0 %']
    """
    from matplotlib.ticker import MaxNLocator

    span, drawn = _drawn(found)
    labels = len({one.label for one in found})
    ax = new_axes(8.0, 1.2 + 0.4 * len(drawn)) if ax is None else ax
    widest = max([one.high or 0.0 for one in drawn] + [0.05])
    room = 0.02 * widest
    for place, one in enumerate(drawn):
        if one.share is None or one.low is None or one.high is None:
            ax.text(0.0, place, " nobody seen for so long", va="center", fontsize=8, color=INK)
            continue
        ax.barh(place, one.share, height=0.55, color=COLOURS[0], alpha=0.6)
        ax.plot([one.low, one.high], [place, place], color=INK, linewidth=1.5)
        spot: dict[str, Any] = {"va": "center", "fontsize": 8, "color": INK}
        ax.text(one.high + room, place, percent(one.share), **spot)
    ax.set_xlim(0, 1.25 * widest)
    ax.set_ylim(len(drawn) - 0.4, -0.6)
    ax.set_yticks(
        range(len(drawn)), [f"{short(one.label, 24)}  ({one.customers:,})" for one in drawn]
    )
    for label in ax.get_yticklabels():
        label.set_parse_math(False)
    tidy(ax, f"New customers back within {counting(span, 'day')}")
    ax.xaxis.set_major_locator(MaxNLocator(nbins=5, steps=[1, 2, 5, 10]))
    ax.xaxis.set_major_formatter(lambda x, _: f"{100 * x:.0f} %")
    said = ["lines: 95 % intervals; in brackets: customers seen"]
    said += [f"drawn: only the largest {len(drawn)} of {labels:,}"] * (labels > len(drawn))
    ax.set_xlabel("\n".join(said), fontsize=9)
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    return ax


def _drawn(found: tuple[Stickiness, ...]) -> tuple[int, list[Stickiness]]:
    """Days, and the labels to draw for them, the largest first."""
    spans = sorted({one.within for one in found})
    shortest = sorted((one for one in found if one.within == spans[0]), key=lambda x: -x.customers)
    names = [one.label for one in shortest[:MOST_BARS]]
    by_span = {
        span: {one.label: one for one in found if one.within == span and one.label in names}
        for span in spans
    }
    full = [span for span in spans if all(one.customers for one in by_span[span].values())]
    span = max(full, default=spans[0])
    return span, [by_span[span][name] for name in names]


def retention_picture(done: RetentionStudy) -> Figure:
    """One sheet: the cohorts; beside them how long customers keep buying, and by campaign."""
    rows = min(int((done.cohorts.size > 0).sum()), MOST_COHORTS)
    ages = min(MOST_AGES, done.cohorts.active.shape[1])
    bars = 0.0 if done.campaign is None else 1.3 + 0.3 * len(_drawn(done.stickiness)[1])
    curve = 0.0 if done.survival is None else 3.6
    wide, high = 2.4 + 0.42 * max(ages, 9), max(2.0 + 0.3 * rows, 4.2, curve + bars + 0.5)
    beside = [part for part in (curve, bars) if part]
    figure = new_figure(wide + 5.5 * bool(beside), high)
    if not beside:
        cohort_map(done.cohorts, figure.add_subplot())
    else:
        sides = figure.add_gridspec(1, 2, width_ratios=[wide, 5.5])
        cohort_map(done.cohorts, figure.add_subplot(sides[0]))
        grid = sides[1].subgridspec(len(beside), 1, height_ratios=beside)
        if done.survival is not None:
            survival_curve(done.survival, figure.add_subplot(grid[0]))
        if bars:
            stickiness_bars(done.stickiness, figure.add_subplot(grid[len(beside) - 1]))
    people = int(done.cohorts.size.sum())
    headed(figure, short(f"{done.source}: {counted(people)}", 70))
    return figure
