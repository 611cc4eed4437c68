"""Buyers by how lately and how often they bought."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.bare import bare_axes, heading
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.heat import heat_cells
from cvosim.report.figures.retention_map import MOST_PANELS, left_out
from cvosim.report.numbers import UNKNOWN, money, percent
from cvosim.report.style import INK, Margins, short
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.portrait import RfmMap
    from cvosim.tables.columns import Floats

_TITLE = "Buyers by how lately and how often they bought"
_CELLS = 5
_ACROSS, _DOWN = 6.0, 7.2
"""A panel with what is around it, in cells."""


class RfmPanel(NamedTuple):
    """Buyers of one scenario.

    ``share[r, f]`` of all ``buyers`` have recency score ``r + 1`` and frequency score ``f + 1``,
    and paid ``monetary[r, f]`` an order (NaN where nobody is).
    """

    scenario: str
    buyers: int
    share: Floats
    monetary: Floats


class RfmPanels(NamedTuple):
    """Panels side by side, money in ``currency``."""

    currency: str
    panels: tuple[RfmPanel, ...]


def rfm_map(data: RfmPanels, ax: Axes | None = None) -> Axes:
    """Draw buyers by recency and frequency score, the best in the upper right corner.

    Parameters
    ----------
    data : RfmPanels
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> import numpy as np
    >>> share, paid = np.zeros((5, 5)), np.full((5, 5), 29.0)
    >>> share[4, 4] = 1.0
    >>> ax = rfm_map(RfmPanels("USD", (RfmPanel("now", 12, share, paid),)))
    >>> ax.texts[1].get_text()
    'now: 12 buyers'
    """
    across = 1 if len(data.panels) == 1 else 2
    down = math.ceil(len(data.panels) / across)
    if ax is None:
        right = 0.1 if across == 2 else 2.9  # as wide as every figure, or letters would differ
        ax = bare_axes(8.0, 0.55 + down * 3.0, Margins(0.75, right, 0.45, 0.1))
    ax.set_axis_off()
    greatest = max(float(panel.share.max()) for panel in data.panels)
    for place, panel in enumerate(data.panels):
        corner = ((place % across) * _ACROSS, (place // across) * _DOWN + 0.8)
        _panel(ax, data.currency, panel, corner, greatest)
    ax.set_xlim(0, across * _ACROSS - (_ACROSS - _CELLS))
    ax.set_ylim(down * _DOWN, 0)
    heading(ax, _TITLE)
    return ax


def _panel(
    ax: Axes, currency: str, panel: RfmPanel, corner: tuple[float, float], greatest: float
) -> None:
    """Draw one scenario's cells: the most recent buyers on top, the most frequent to the right."""
    left, top = corner
    labels = [
        [_cell(share, mean) for share, mean in zip(shares, means, strict=True)]
        for shares, means in zip(panel.share[::-1], panel.monetary[::-1], strict=True)
    ]
    heat_cells(ax, panel.share[::-1], greatest=greatest, labels=labels, corner=corner, size=7.5)
    style: dict[str, Any] = {"fontsize": 8.5, "color": INK, "parse_math": False}
    name = f"{short(panel.scenario, 30)}: {_people(panel)}"
    ax.text(left, top - 0.2, name, fontweight="bold", **style)
    for row, words in ((0.5, "bought\nlately"), (_CELLS - 0.5, "long\nago")):
        ax.text(left - 0.08, top + row, words, ha="right", va="center", **style)
    for column, words in ((0.5, "seldom"), (_CELLS - 0.5, "often")):
        ax.text(left + column, top + _CELLS + 0.12, words, ha="center", va="top", **style)
    caption = f"{currency} an order below the share"
    ax.text(left + _CELLS / 2, top + _CELLS + 0.12, caption, ha="center", va="top", **style)


def _people(panel: RfmPanel) -> str:
    return f"{panel.buyers:,} {'buyer' if panel.buyers == 1 else 'buyers'}"


def _cell(share: float, mean: float) -> str:
    """Say how many of the buyers stand there, and what they pay an order."""
    if share <= 0:
        return ""
    amount = "" if math.isnan(mean) else f"\n{mean:,.0f}" if mean >= 100 else f"\n{mean:,.2f}"
    return percent(share) + amount


def rfm_exhibit(found: Illustrated) -> Exhibit | None:
    """Show buyers by recency and frequency; None where nobody bought."""
    maps = [(scenario.name, found.portraits[scenario.name].rfm) for scenario in found.scenarios]
    panels = [_panel_of(name, rfm) for name, rfm in maps if rfm is not None and rfm.buyers.sum()]
    if not panels:
        return None
    none = [name for name, rfm in maps if rfm is None or not rfm.buyers.sum()]
    data = RfmPanels(found.currency, tuple(panels[:MOST_PANELS]))
    said = [_said(panel, found.currency) for panel in data.panels]
    return Exhibit(
        key="rfm",
        title=_TITLE,
        alt=" ".join([*said, *(f"{name}: nobody bought." for name in none)]),
        draw=rfm_map,
        data=data,
        table=_table(data),
        note="Buyers are sorted into fifths by the day of their last order and by how many "
        "orders they paid; those who are equal stay together, so some fifths are empty. Share "
        "of buyers, and what they pay an order." + left_out(len(panels), MOST_PANELS),
    )


def _panel_of(name: str, found: RfmMap) -> RfmPanel:
    buyers = int(found.buyers.sum())
    return RfmPanel(name, buyers, found.buyers / buyers, found.monetary)


def _said(panel: RfmPanel, currency: str) -> str:
    """Say how many are the best and how many are slipping away, and where most stand."""
    best, lost = panel.share[3:, 3:].sum(), panel.share[:2, 3:].sum()
    most = divmod(int(panel.share.argmax()), _CELLS)
    pay = panel.monetary[most]
    mean = "" if math.isnan(pay) else f", paying {money(float(pay), currency)} an order"
    return (
        f"{panel.scenario}: of {_people(panel)}, {percent(float(best))} buy often and did "
        f"so lately; {percent(float(lost))} bought often but long ago. Most, "
        f"{percent(float(panel.share[most]))}, have recency score {most[0] + 1} and frequency "
        f"score {most[1] + 1}{mean}."
    )


def _table(data: RfmPanels) -> Table:
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for panel in data.panels:
        for recency in range(_CELLS, 0, -1):
            for frequency in range(_CELLS, 0, -1):
                share = float(panel.share[recency - 1, frequency - 1])
                mean = float(panel.monetary[recency - 1, frequency - 1])
                if not share:
                    continue
                rows.append((panel.scenario, recency, frequency, share, mean))
                paid = UNKNOWN if math.isnan(mean) else money(mean, data.currency)
                shown.append((panel.scenario, str(recency), str(frequency), percent(share), paid))
    return Table(
        ("scenario", "recency score", "frequency score", "share of buyers", "paid an order"),
        tuple(rows), tuple(shown),
        title="Buyers by recency and frequency score (5: latest, most often)",
    )  # fmt: skip
