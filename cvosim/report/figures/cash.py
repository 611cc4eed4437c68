"""When prospects have earned back what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.bare import KEY_INCHES, bare_axes, heading, key_lines, x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.scales import money_marks, whole_marks
from cvosim.report.numbers import MONEY, UNKNOWN, money, number
from cvosim.report.style import INK, Margins, line_style, short, text_inches
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.portrait import CashBand

_TITLE = "When a prospect has paid back"
_POINTS = 120
"""More than a line shows."""
_ROWS = 13


class CashLine(NamedTuple):
    """What the prospects of one scenario have brought by their age, with its 95 % band.

    ``payback`` is NaN where they are not paid back, its ends are infinite where that limit is
    not.
    """

    scenario: str
    days: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    payback: float
    payback_low: float
    payback_high: float


class Cash(NamedTuple):
    """Lines of the scenarios, in ``currency`` a prospect, up to ``horizon`` days."""

    currency: str
    horizon: float
    lines: tuple[CashLine, ...]


def cash(data: Cash, ax: Axes | None = None) -> Axes:
    """Draw what a prospect has brought by its age, and the day on which it has paid back.

    Parameters
    ----------
    data : Cash
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> days, mean = (0.0, 30.0, 60.0), (-2.0, 0.0, 3.0)
    >>> line = CashLine("now", days, mean, (-2.0, -1.0, 2.0), (-2.0, 1.0, 4.0), 30.0, 22.0, 40.0)
    >>> ax = cash(Cash("USD", 60.0, (line,)))
    >>> [text.get_text() for text in ax.texts][-1]
    'now: paid back after 30 days (22 to 40)'
    """
    lines = data.lines
    every = [x for line in lines for x in (*line.mean, *line.low, *line.high) if math.isfinite(x)]
    places, labels = money_marks(min([*every, 0.0]), max([*every, 0.0]))
    if ax is None:
        left = 0.25 + max(text_inches(label) for label in labels)
        margins = Margins(left, 0.25, 0.5 + KEY_INCHES * len(lines), 0.55)
        ax = bare_axes(8.0, 3.9 + KEY_INCHES * len(lines), margins)
    ax.set_axis_off()
    for index, line in enumerate(lines):
        _line(ax, line, index)
    ax.axhline(0.0, color=INK, linewidth=0.9, zorder=1.5)
    for index, line in enumerate(lines):
        _payback(ax, line, index, data.horizon)
    ax.set_xlim(0, data.horizon)
    _limits(ax, every)
    heading(ax, _TITLE, key=len(lines))
    days = whole_marks(data.horizon)
    x_marks(ax, days, [f"{day:,.0f}" for day in days], "days since the prospect arrived")
    y_marks(ax, places, labels)
    key_lines(
        ax,
        [
            (f"{short(line.scenario, 60)}: {_when(line, data.horizon)}", line_style(index))
            for index, line in enumerate(lines)
        ],
    )
    return ax


def _limits(ax: Axes, every: Sequence[float]) -> None:
    low, high = min([*every, 0.0]), max([*every, 0.0])
    room = 0.05 * (high - low) or 1.0
    ax.set_ylim(low - room, high + room)


def _line(ax: Axes, line: CashLine, index: int) -> None:
    style = line_style(index)
    ax.fill_between(line.days, line.low, line.high, color=style["color"], alpha=0.18, linewidth=0)
    ax.plot(line.days, line.mean, **style)


def _payback(ax: Axes, line: CashLine, index: int, horizon: float) -> None:
    """Mark the day on the line of 0, with its interval; up to the end where that has none."""
    if not math.isfinite(line.payback) or line.payback <= 0:
        return
    colour = line_style(index)["color"]
    ends = (line.payback_low, min(line.payback_high, horizon))
    if all(map(math.isfinite, ends)):
        ax.plot(ends, (0, 0), color=colour, linewidth=4.5, alpha=0.55, solid_capstyle="butt")
    ax.plot([line.payback], [0], marker="os^D"[index % 4], markersize=7, markerfacecolor=colour,
            markeredgecolor="white", clip_on=False, zorder=3)  # fmt: skip


def _when(line: CashLine, horizon: float) -> str:
    """Say when it has paid back."""
    if math.isnan(line.payback):
        return f"not paid back within {horizon:,.0f} days"
    if line.payback == 0:
        return "never below zero"
    interval = _interval(line)
    return f"paid back after {_days(line.payback)} days" + (f" ({interval})" if interval else "")


def _interval(line: CashLine) -> str:
    if math.isnan(line.payback_low) or math.isnan(line.payback_high):
        return ""
    high = _days(line.payback_high) if math.isfinite(line.payback_high) else "later than seen"
    return f"{_days(line.payback_low)} to {high}"


def _days(days: float) -> str:
    return f"{days:,.0f}" if days >= 10 or days == round(days) else f"{days:.1f}"


def cash_exhibit(found: Illustrated) -> Exhibit | None:
    """Show when prospects have paid back, with the band of each scenario."""
    horizon = float(found.horizon_days)
    bands = [(scenario.name, found.portraits[scenario.name].cash) for scenario in found.scenarios]
    data = Cash(
        found.currency, horizon, tuple(_cash_line(name, band, _POINTS) for name, band in bands)
    )
    told = Cash(
        found.currency, horizon, tuple(_cash_line(name, band, _ROWS - 1) for name, band in bands)
    )
    return Exhibit(
        key="cash",
        title=_TITLE,
        alt=" ".join(_said(line, data) for line in data.lines),
        draw=cash,
        data=data,
        table=_table(told),
        note=f"{found.currency} that a prospect has brought by that many days after arriving, "
        "all costs taken off; people brought by referral count for the prospect who began the "
        "chain. Bands: 95 % intervals, day by day. Marks: the day it has paid back, on average.",
    )


def _cash_line(name: str, band: CashBand, points: int) -> CashLine:
    """Take so many points of a band, the last one among them."""
    rows = np.unique(np.linspace(0, len(band.days) - 1, points + 1).round().astype(int))
    days, mean, low, high = (
        tuple(column[rows].tolist()) for column in (band.days, band.mean, band.low, band.high)
    )
    ends = (float(band.payback), float(band.payback_low), float(band.payback_high))
    return CashLine(name, days, mean, low, high, *ends)


def _said(line: CashLine, data: Cash) -> str:
    by_end = f"{money(line.mean[-1], data.currency)} a prospect by day {line.days[-1]:,.0f}"
    if math.isfinite(line.low[-1]) and math.isfinite(line.high[-1]):
        ends = [number(end, MONEY, like=line.mean[-1]) for end in (line.low[-1], line.high[-1])]
        by_end += f" (95 % interval {ends[0]} to {ends[1]})"
    return f"{line.scenario}: {_when(line, data.horizon)}; {by_end}."


def _table(data: Cash) -> Table:
    """Days down, scenarios across; the payback last."""
    names = [line.scenario for line in data.lines]
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for row, day in enumerate(data.lines[0].days):
        cells = [(line.mean[row], line.low[row], line.high[row]) for line in data.lines]
        rows.append((day, *(value for cell in cells for value in cell)))
        shown.append((f"{day:,.0f}", *(_cell(*cell) for cell in cells)))
    ends = [(line.payback, line.payback_low, line.payback_high) for line in data.lines]
    rows.append(("payback_days", *(value for end in ends for value in end)))
    shown.append(("payback", *(_when(line, data.horizon) for line in data.lines)))
    columns = [f"{name}{end}" for name in names for end in ("", " low", " high")]
    return Table(
        ("day", *names), tuple(rows), tuple(shown),
        title=f"{data.currency} a prospect has brought by its age, with 95 % intervals",
        columns=("day", *columns),
    )  # fmt: skip


def _cell(mean: float, low: float, high: float) -> str:
    text = number(mean, MONEY)
    ends = [number(end, MONEY, like=mean) for end in (low, high)]
    return text if UNKNOWN in ends else f"{text} ({ends[0]} to {ends[1]})"
