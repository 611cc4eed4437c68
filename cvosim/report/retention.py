"""Retention in words, tables and figures."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvosim.report.numbers import percent
from cvosim.report.segments import counted
from cvosim.report.style import COLOURS, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.clv.retention.cohorts import Cohorts
    from cvosim.clv.retention.stickiness import Stickiness
    from cvosim.clv.retention.study import RetentionStudy
    from cvosim.clv.retention.survival import Hazard, Survival

MOST_AGES, MOST_COHORTS = 13, 24
"""Columns and rows of a cohort table in print; JSON and CSV have all."""
MOST_LABELS = 20
SEEN = "#eef2f7"
"""A cell in which nobody bought: not as white as one that is not over."""


def retention_text(done: RetentionStudy, format_: str) -> str:
    """Write the whole study, doubts first.

    Parameters
    ----------
    done : RetentionStudy
    format_ : str
        ``table`` or ``md``.

    Examples
    --------
    >>> from cvosim.clv.orders.log import OrderLog
    >>> from cvosim.clv.retention.study import RetentionSettings, retention_study
    >>> log = OrderLog.of([("ann", 0, 9.0), ("bob", 3, 12.0), ("ann", 50, 7.0)])
    >>> study = retention_study(log, RetentionSettings(gap=30))
    >>> print(retention_text(study, "table").splitlines()[0])
    Warning: 1 of the 2 customers who count as gone after 30 days without a purchase ...
    """
    from cvosim.clv.orders.days import format_day

    table = done.cohorts
    people = int(table.size.sum())
    until = format_day(table.end)
    doubts = [f"Warning: {doubt}" for doubt in done.doubts]
    parts = ["\n".join(doubts)] if doubts else []
    parts.append(f"{done.source}: {counted(people)}, seen until {until}")
    parts.append(cohort_table(table).render(format_))
    parts.append(
        f"Blank: that {table.unit} is not over. Who bought before the log begins looks new in it."
    )
    if done.survival is not None:
        parts += [survival_words(done.survival, given=done.gap_given)]
        parts += [hazard_table(done.survival).render(format_)]
    parts.append(stickiness_table(done.stickiness, done.campaign).render(format_))
    return "\n\n".join(parts)


def cohort_table(data: Cohorts) -> Table:
    """Make one row a cohort that has customers, the latest; the pooled shares last."""
    share, pooled = data.share, data.pooled
    rows = [place for place in range(len(data.size)) if data.size[place]]
    ages = min(MOST_AGES, len(pooled))
    names, hidden = data.names(), max(len(rows) - MOST_COHORTS, 0)
    lines = [(names[place], int(data.size[place]), share[place]) for place in rows[hidden:]]
    lines.append(("all", int(data.size.sum()), pooled))
    header = ("first bought", "customers", *map(str, range(ages)))
    exact = tuple((name, size, *_plain(values, ages)) for name, size, values in lines)
    shown = tuple(
        (
            name,
            f"{size:,}",
            *("" if x is None else f"{100 * x:.0f} %" for x in _plain(values, ages)),
        )
        for name, size, values in lines
    )
    cut = [f"first {hidden} cohorts"] * (hidden > 0)
    cut += [f"ages from {ages}"] * (len(pooled) > ages)
    more = f" ({' and '.join(cut)} in JSON and CSV)" if cut else ""
    title = f"Share that buys again, by {data.unit}s since the {data.unit} of the first purchase"
    return Table(header, exact, shown, title=title + more)


def _plain(values: Any, count: int) -> list[float | None]:
    return [None if math.isnan(x) else x for x in values[:count].tolist()]


def survival_words(data: Survival, *, given: bool) -> str:
    """Say how long customers keep buying."""
    how = "as asked" if given else "nine of ten gaps between purchases are shorter"
    lines = [
        f"A customer counts as gone after {data.gap} days without a purchase ({how}).",
        f"{data.customers:,} customers were seen for that long, {data.too_new:,} were not; "
        f"{data.gone:,} are gone.",
    ]
    for day in (0, 90, 180, 365):
        found = data.at(day)
        if found is not None:
            when = "after the first purchase" if day == 0 else f"{day} days later"
            ends = f"{100 * found[1]:.0f} to {100 * found[2]:.0f} %"
            lines.append(f"Still buying {when}: {100 * found[0]:.0f} % ({ends})")
    if data.median is None:
        lines.append("More than half were still buying as far as the orders show.")
    elif data.median > 0:
        lines.append(f"Half of them buy for {data.median:.0f} days or longer.")
    return "\n".join(lines)


def hazard_table(data: Survival) -> Table:
    """Make one row a stretch of age."""
    level = f"{100 * data.level:g} % interval"
    header = ("age (days)", "still buying", "gone", "leave", level)
    rows = tuple((_age(one), one.at_risk, one.gone, one.share, one.low) for one in data.hazards)
    shown = tuple(
        (_age(one), f"{one.at_risk:,}", f"{one.gone:,}", _percent(one.share), _range(one))
        for one in data.hazards
    )
    title = "Who leaves: at the first purchase, and then within 30 days of those still buying"
    return Table(header, rows, shown, title=title)


def _age(one: Hazard) -> str:
    return "first purchase" if one.end == 0 else f"{one.start} to {one.end}"


def stickiness_table(found: tuple[Stickiness, ...], campaign: str | None) -> Table:
    """Make one row a label, the largest first."""
    by_label: dict[str, list[Stickiness]] = {}
    for one in found:
        by_label.setdefault(one.label, []).append(one)
    labels = sorted(by_label, key=lambda label: -max(one.customers for one in by_label[label]))
    within = [one.within for one in next(iter(by_label.values()))]
    columns = [name for span in within for name in (f"within {span} days", f"of ({span})")]
    header = (campaign or "customers", *columns)
    exact = tuple(
        (label, *(x for one in by_label[label] for x in (one.share, one.customers)))
        for label in labels[:MOST_LABELS]
    )
    shown = tuple(
        (
            short(label, 30),
            *(x for one in by_label[label] for x in (_with_ends(one), f"{one.customers:,}")),
        )
        for label in labels[:MOST_LABELS]
    )
    more = f" (the largest {MOST_LABELS})" if len(labels) > MOST_LABELS else ""
    title = f"New customers who come back in time, of those seen for that long{more}"
    return Table(header, exact, shown, title=title)


def _with_ends(one: Stickiness) -> str:
    if one.share is None or one.low is None or one.high is None:
        return ""
    return f"{percent(one.share)} ({100 * one.low:.1f} to {100 * one.high:.1f})"


def _percent(value: float | None) -> str:
    return "" if value is None else percent(value)


def _range(one: Hazard) -> str:
    if one.low is None or one.high is None:
        return ""
    return f"{100 * one.low:.1f} to {100 * one.high:.1f} %"


def retention_csv(done: RetentionStudy) -> str:
    """Give everything in one long table: what, of whom, at what age."""
    header = ("part", "group", "age", "unit", "customers", "share", "low", "high")
    table = done.cohorts
    rows: list[tuple[Cell, ...]] = [
        ("cohort", name, age, table.unit, int(size), share, None, None)
        for name, size, shares in zip(table.names(), table.size, table.share, strict=True)
        if size
        for age, share in enumerate(_plain(shares, len(shares)))
        if share is not None
    ]
    if done.survival is not None:
        curve = done.survival
        columns = (curve.day, curve.share, curve.low, curve.high)
        rows += [
            ("survival", "all", day, "day", None, share, low, high)
            for day, share, low, high in zip(*(one.tolist() for one in columns), strict=True)
        ]
        rows += [
            ("hazard", _age(one), one.end, "day", one.at_risk, one.share, one.low, one.high)
            for one in curve.hazards
        ]
    rows += [
        ("stickiness", one.label, one.within, "day", one.customers, one.share, one.low, one.high)
        for one in done.stickiness
    ]
    return Table(header, tuple(rows), ()).to_csv()


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
    from matplotlib.colors import LinearSegmentedColormap

    rows = np.flatnonzero(data.size)[-MOST_COHORTS:]
    ages = min(MOST_AGES, data.active.shape[1])
    ax = new_axes(1.9 + 0.45 * ages, 1.6 + 0.3 * len(rows)) if ax is None else ax
    share = data.share[rows, 1:ages]
    names = data.names()
    greatest = float(np.nanmax(share)) if np.isfinite(share).any() else 1.0
    tints = LinearSegmentedColormap.from_list("tints", [SEEN, COLOURS[0]])
    if share.shape[1]:
        edges: dict[str, Any] = {"edgecolors": "white", "linewidth": 1.0}
        x, y = np.arange(0.5, ages), np.arange(len(rows) + 1) - 0.5
        ax.pcolormesh(x, y, np.ma.masked_invalid(share), cmap=tints, vmin=0,
                      vmax=max(greatest, 1e-9) * 1.25, **edges)  # fmt: skip
    for (row, column), value in np.ndenumerate(share):
        if math.isfinite(value):
            spot: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": 8, "color": INK}
            ax.text(column + 1, row, f"{100 * value:.0f}", **spot)
    ax.set_xlim(0.5, max(ages, 2) - 0.5)
    ax.set_ylim(len(rows) - 0.5, -0.5)
    ax.set_xticks(range(1, max(ages, 2)))
    ax.set_yticks(range(len(rows)), [f"{names[row]}  ({data.size[row]:,})" for row in rows])
    tidy(ax, "Of 100 who first bought then, so many buy")
    ax.set_xlabel(f"{data.unit}s after the first purchase's (blank: not over yet)", fontsize=9)
    return ax


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
    ax = new_axes(6.0, 4.0) if ax is None else ax
    band: dict[str, Any] = {"color": COLOURS[0], "alpha": 0.25, "linewidth": 0, "step": "post"}
    ax.fill_between(data.day, data.low, data.high, **band)
    ax.step(data.day, data.share, where="post", color=COLOURS[0], linewidth=1.8)
    ax.set_ylim(0, 1.02)
    ax.set_xlim(0, max(float(data.day[-1]), 1.0))
    tidy(ax, "Share of customers still buying")
    ax.yaxis.set_major_formatter(lambda y, _: f"{100 * y:.0f} %")
    ax.set_xlabel(
        f"days since the first purchase (gone: {data.gap} days of silence;\n"
        f"band: {100 * data.level:g} % interval)",
        fontsize=9,
    )
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


def retention_picture(done: RetentionStudy) -> Figure:
    """One sheet: the cohorts, and beside them how long customers keep buying."""
    rows = min(int((done.cohorts.size > 0).sum()), MOST_COHORTS)
    ages = min(MOST_AGES, done.cohorts.active.shape[1])
    wide, high = 2.4 + 0.42 * max(ages, 9), max(1.9 + 0.3 * rows, 4.2)
    if done.survival is None:
        figure = new_figure(wide, high)
        cohort_map(done.cohorts, figure.add_subplot())
    else:
        figure = new_figure(wide + 5.5, high)
        grid = figure.add_gridspec(1, 2, width_ratios=[wide, 5.5])
        cohort_map(done.cohorts, figure.add_subplot(grid[0, 0]))
        survival_curve(done.survival, figure.add_subplot(grid[0, 1]))
    people = int(done.cohorts.size.sum())
    headed(figure, short(f"{done.source}: {counted(people)}", 70))
    return figure
