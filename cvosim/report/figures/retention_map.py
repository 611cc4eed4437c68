"""How many of those who bought come back, by when they first bought."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.report.bare import bare_axes, heading
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.heat import heat_cells
from cvosim.report.numbers import percent
from cvosim.report.style import FAINT, INK, Margins, short, text_inches
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.cohorts import Retention
    from cvosim.tables.columns import Floats

MOST_PANELS = 4
MOST_NUMBERS = 60
"""In one panel; more cannot be read. Where all panels have more, columns are left out."""
_TITLE = "Of 100 who first bought then, so many order again"
_GAP = 1.2
"""Between panels, in cells."""


class RetentionPanel(NamedTuple):
    """Cohorts of one scenario.

    ``size[i]`` buyers first bought in cohort ``i``; ``share[i, j]`` of them bought again in the
    ``j + 1``-th period after their first order, NaN where not all of it can be seen.
    """

    scenario: str
    size: tuple[int, ...]
    share: Floats


class RetentionMap(NamedTuple):
    """Panels side by side; every cohort and every age is a ``period`` of days."""

    period: float
    panels: tuple[RetentionPanel, ...]


def retention_map(data: RetentionMap, ax: Axes | None = None) -> Axes:
    """Draw cohorts of buyers as a heat map, a panel a scenario.

    Parameters
    ----------
    data : RetentionMap
        Cohorts from top to bottom, ages from left to right.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> panel = RetentionPanel("now", (80, 40), np.array([[0.5], [np.nan]]))
    >>> ax = retention_map(RetentionMap(28.0, (panel,)))
    >>> [text.get_text() for text in ax.texts][:2]
    ['50', 'now']
    """
    across = min(2, len(data.panels))
    rows, ages = data.panels[0].share.shape
    high = rows + 2.6
    if ax is None:
        labels = _cohort_labels(data.period, rows)
        left = 0.25 + max(text_inches(label, 8.5) for label in labels)
        deep = math.ceil(len(data.panels) / across)
        inches = 0.75 + deep * (0.55 + 0.21 * (rows + 1.5))
        ax = bare_axes(8.0, inches, Margins(left, 0.15, 0.5, 0.1))
    ax.set_axis_off()
    greatest = max((float(np.nanmax(p.share)) for p in data.panels if _any(p.share)), default=1.0)
    cells = sum(int(np.isfinite(panel.share).sum()) for panel in data.panels)
    every = max(1, math.ceil(cells / MOST_NUMBERS))
    for place, panel in enumerate(data.panels):
        corner = ((place % across) * (ages + _GAP), (place // across) * (high + 1.2) + 1.2)
        heat_cells(ax, panel.share, greatest=greatest, labels=_numbers(panel, every), corner=corner)
        _panel(ax, data, panel, corner)
    down = math.ceil(len(data.panels) / across)
    ax.set_xlim(0, across * (ages + _GAP) - _GAP)
    ax.set_ylim(down * (high + 1.2), 0)
    heading(ax, _TITLE)
    return ax


def _numbers(panel: RetentionPanel, every: int) -> list[list[str]] | None:
    """Write the numbers of every so many columns into their cells: each text costs time."""
    if int(np.isfinite(panel.share).sum()) > MOST_NUMBERS:
        return None
    return [
        [f"{100 * x:.0f}" if math.isfinite(x) and age % every == 0 else ""
         for age, x in enumerate(row)]
        for row in panel.share.tolist()
    ]  # fmt: skip


def _panel(
    ax: Axes, data: RetentionMap, panel: RetentionPanel, corner: tuple[float, float]
) -> None:
    """Write one scenario's name above its cells and its marks around them."""
    left, top = corner
    rows, ages = panel.share.shape
    style: dict[str, Any] = {"fontsize": 9, "color": INK, "parse_math": False}
    ax.text(left, top - 0.35, short(panel.scenario, 40), fontweight="bold", **style)
    if not _any(panel.share):
        words = "nothing to see yet"
        ax.text(left + 0.2, top + rows / 2, words, style="italic", **{**style, "color": FAINT})
    for age in range(0, ages, max(1, math.ceil(ages / 5))):
        ax.text(left + age, top + rows + 0.15, f"{(age + 1) * data.period:g}",
                ha="center", va="top", fontsize=8.5, color=INK)  # fmt: skip
    ax.text(left + ages / 2, top + rows + 1.1, "days since their first order",
            ha="center", va="top", **style)  # fmt: skip
    if left == 0:
        for row, label in enumerate(_cohort_labels(data.period, rows)):
            ax.text(-0.15, top + row + 0.5, label, ha="right", va="center", fontsize=8.5, color=INK)


def _cohort_labels(period: float, rows: int) -> list[str]:
    return [f"day {row * period:g}\N{EN DASH}{(row + 1) * period:g}" for row in range(rows)]


def _any(share: Floats) -> bool:
    return bool(np.isfinite(share).any())


def retention_exhibit(found: Illustrated) -> Exhibit | None:
    """Show who comes back, where anybody's first order can be followed."""
    names = [scenario.name for scenario in found.scenarios]
    bills = any(found.portraits[name].survival for name in names)
    return cohorts_exhibit([(n, found.portraits[n].retention) for n in names], bills=bills)


def cohorts_exhibit(found: list[tuple[str, Retention]], *, bills: bool = False) -> Exhibit | None:
    """Show who comes back of the cohorts of each scenario, by its name."""
    data = _map_of(found)
    if data is None:
        return None
    return Exhibit(
        key="retention",
        title="Who comes back after a first order",
        alt=" ".join(_said(panel, data.period) for panel in data.panels),
        draw=retention_map,
        data=data,
        table=_table(data),
        note="A row holds the buyers whose first order fell into those days. A cell counts who "
        "of them ordered again so many days after it. Blank: not all of it can be seen yet."
        + " A bill that a subscriber pays counts as an order." * bills
        + left_out(len(found), MOST_PANELS),
    )


def left_out(scenarios: int, most: int) -> str:
    """Say that not every scenario is drawn."""
    return f" Only the first {most} of {scenarios} scenarios are drawn." * (scenarios > most)


def _map_of(found: list[tuple[str, Retention]]) -> RetentionMap | None:
    """Keep the cohorts and the ages of which anything can be seen."""
    shares = [retention.share[:, 1:] for _, retention in found]
    seen = np.isfinite(shares[0])
    for share in shares[1:]:
        seen |= np.isfinite(share)
    if not seen.any():
        return None
    rows, ages = (int(np.flatnonzero(seen.any(axis=axis))[-1]) + 1 for axis in (1, 0))
    panels = [
        RetentionPanel(name, tuple(retention.size[:rows].tolist()), share[:rows, :ages])
        for (name, retention), share in zip(found, shares, strict=True)
    ]
    return RetentionMap(found[0][1].period, tuple(panels[:MOST_PANELS]))


def _said(panel: RetentionPanel, period: float) -> str:
    """Say how many of the first cohort that can be followed come back, early and late."""
    for cohort, share in enumerate(panel.share):
        ages = np.flatnonzero(np.isfinite(share))
        if not len(ages):
            continue
        said = [
            f"{percent(float(share[age]))} ordered again {(age + 1) * period:g} to "
            f"{(age + 2) * period:g} days later"
            for age in sorted({int(ages[0]), int(ages[-1])})
        ]
        days = f"{cohort * period:g} to {(cohort + 1) * period:g}"
        return (
            f"{panel.scenario}: of {panel.size[cohort]:,} who first bought on days {days}, "
            f"{' and '.join(said)}."
        )
    return f"{panel.scenario}: nobody's first order can be followed."


def _table(data: RetentionMap) -> Table:
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    ages = data.panels[0].share.shape[1]
    for panel in data.panels:
        labels = _cohort_labels(data.period, len(panel.size))
        for label, size, share in zip(labels, panel.size, panel.share.tolist(), strict=True):
            rows.append((panel.scenario, label, size, *share))
            cells = ("" if math.isnan(x) else percent(x) for x in share)
            shown.append((panel.scenario, label, f"{size:,}", *cells))
    steps = [
        f"{(age + 1) * data.period:g}\N{EN DASH}{(age + 2) * data.period:g}" for age in range(ages)
    ]
    return Table(
        ("scenario", "first bought", "buyers", *(f"days {step} later" for step in steps)),
        tuple(rows),
        tuple(shown),
        title="Share who order again, by when they first bought",
    )
