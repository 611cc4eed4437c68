"""When prospects have earned back what they cost."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.report.bare import KEY_INCHES, bare_axes, heading, key_lines, moved, x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.scales import money_marks, whole_marks
from cvosim.report.numbers import MONEY, UNKNOWN, money, number, percent
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
    not, and NaN where too few buyers carry the money to tell. ``seen`` is the share of them who
    can be seen to each day of ``days``, ``whole`` the last day to which everybody can, and
    ``half`` the last to which half of them can.
    """

    scenario: str
    days: tuple[float, ...]
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    payback: float
    payback_low: float
    payback_high: float
    seen: tuple[float, ...] = ()
    whole: float = math.inf
    half: float = math.inf


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
        left = 0.45 + max(text_inches(label) for label in labels)
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
    _unseen(ax, data)
    heading(ax, _TITLE, key=len(lines))
    days = whole_marks(data.horizon)
    x_marks(ax, days, [f"{day:,.0f}" for day in days], "days since the prospect arrived")
    y_marks(ax, places, labels, f"{short(data.currency, 12)} a prospect")
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


def _unseen(ax: Axes, data: Cash) -> None:
    """Shade the ages to which not everybody can be seen, with a line where they begin."""
    whole = min(line.whole for line in data.lines)
    if whole >= data.horizon:
        return
    low, high = ax.get_ylim()
    ax.set_ylim(low - 0.1 * (high - low), high)  # room for the words below the lines
    ax.axvspan(whole, data.horizon, facecolor="#eeeeee", linewidth=0, zorder=0.2)
    ax.axvline(whole, color=INK, linewidth=0.9, linestyle=":", zorder=0.6, ymin=0.09)
    style: dict[str, Any] = {"fontsize": 8.5, "color": INK, "parse_math": False}
    place = moved(ax, ax.transAxes, -5, 5)
    ax.text(1, 0, _SHADED, ha="right", va="bottom", transform=place, **style)


_SHADED = "shaded: not everybody is seen so long, too flat"


def _line(ax: Axes, line: CashLine, index: int) -> None:
    style = line_style(index)
    ax.fill_between(line.days, line.low, line.high, color=style["color"], alpha=0.18, linewidth=0)
    ax.plot(line.days, line.mean, **style)


def _payback(ax: Axes, line: CashLine, index: int, horizon: float) -> None:
    """Mark the day on the line of 0, with its interval; up to the end where that has none."""
    if not math.isfinite(line.payback) or line.payback <= 0 or math.isnan(line.payback_low):
        return
    colour = line_style(index)["color"]
    ends = (line.payback_low, min(line.payback_high, horizon))
    if all(map(math.isfinite, ends)):
        ax.plot(ends, (0, 0), color=colour, linewidth=4.5, alpha=0.55, solid_capstyle="butt")
    ax.plot([line.payback], [0], marker="os^D"[index % 4], markersize=7, markerfacecolor=colour,
            markeredgecolor="white", clip_on=False, zorder=3)  # fmt: skip


def _when(line: CashLine, horizon: float) -> str:
    """Say when it has paid back."""
    if math.isnan(line.payback_low):
        return "too few buyers to tell"
    if math.isnan(line.payback) and math.isfinite(line.payback_low):
        return f"not paid back on average, perhaps from day {_days(line.payback_low)} on"
    if math.isnan(line.payback):
        return f"not paid back within {horizon:,.0f} days"
    if line.payback == 0:
        return "never below zero"
    high = _days(line.payback_high) if math.isfinite(line.payback_high) else "later than seen"
    return f"paid back after {_days(line.payback)} days ({_days(line.payback_low)} to {high})"


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
        alt=" ".join([*(_said(line, data) for line in data.lines), *_said_of_seen(data)]),
        draw=cash,
        data=data,
        table=_table(told),
        note=_note(data),
    )


def _note(data: Cash) -> str:
    """Say what is drawn, and what it leaves out."""
    text = (
        f"{data.currency} that a prospect has brought by that many days after arriving, all costs "
        "taken off. People brought by referral count for the prospect who began the chain, at "
        "their own age: days since they came themselves. Bands: 95 % intervals, day by day. "
        "Marks: the day it has paid back, on average."
    )
    if any(math.isnan(line.payback_low) for line in data.lines):
        text += " Too few buyers carry the money where there is no band: simulate more."
    whole = min(line.whole for line in data.lines)
    if whole >= data.horizon:
        return text
    return (
        f"{text} Those who arrive late are seen for less long and count with what they brought by "
        f"the end: beyond day {whole:,.0f} (shaded) the curve is too flat."
    )


def _said_of_seen(data: Cash) -> list[str]:
    """Say how many can be seen for how long, once where that is the same in all scenarios."""
    seeing = _seeing(data)
    whose = [(f" in {line.scenario}" if len(seeing) > 1 else "", line) for line in seeing]
    return [
        f"Beyond day {line.whole:,.0f} not everybody is seen{name}: {_half(line)}"
        f"{percent(line.seen[-1])} to day {line.days[-1]:,.0f}."
        for name, line in whose
        if line.whole < data.horizon
    ]


def _seeing(data: Cash) -> tuple[CashLine, ...]:
    """Lines of which to say how many are seen: one where all are alike, none if that is all."""
    if all(line.whole >= data.horizon for line in data.lines):
        return ()
    return data.lines[:1] if len({line.seen for line in data.lines}) == 1 else data.lines


def _half(line: CashLine) -> str:
    return f"half are to day {line.half:,.0f}, " if math.isfinite(line.half) else ""


def _cash_line(name: str, band: CashBand, points: int) -> CashLine:
    """Take so many points of a band, the last one among them."""
    rows = np.unique(np.linspace(0, len(band.days) - 1, points + 1).round().astype(int))
    days, mean, low, high = (
        tuple(column[rows].tolist()) for column in (band.days, band.mean, band.low, band.high)
    )
    ends = (float(band.payback), float(band.payback_low), float(band.payback_high))
    seen = tuple(band.seen[rows].tolist())
    reach = (_last(band, 1.0), _last(band, 0.5))
    return CashLine(name, days, mean, low, high, *ends, seen, *reach)


def _last(band: CashBand, share: float) -> float:
    """Day to which this share of them can be seen; infinite to the end, or if nobody arrives."""
    fewer = np.flatnonzero(band.seen < share)
    return float(band.days[max(fewer[0] - 1, 0)]) if len(fewer) else math.inf


def _said(line: CashLine, data: Cash) -> str:
    by_end = f"{money(line.mean[-1], data.currency)} a prospect by day {line.days[-1]:,.0f}"
    if math.isfinite(line.low[-1]) and math.isfinite(line.high[-1]):
        ends = [number(end, MONEY, like=line.mean[-1]) for end in (line.low[-1], line.high[-1])]
        by_end += f" (95 % interval {ends[0]} to {ends[1]})"
    return f"{line.scenario}: {_when(line, data.horizon)}; {by_end}."


def _table(data: Cash) -> Table:
    """Days down, scenarios across; the payback last."""
    names = [line.scenario for line in data.lines]
    seeing = _seeing(data)
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for row, day in enumerate(data.lines[0].days):
        cells = [(line.mean[row], line.low[row], line.high[row]) for line in data.lines]
        seen = [line.seen[row] for line in seeing]
        rows.append((day, *(value for cell in cells for value in cell), *seen))
        shown.append((f"{day:,.0f}", *(_cell(*cell) for cell in cells), *map(percent, seen)))
    ends = [(line.payback, line.payback_low, line.payback_high) for line in data.lines]
    none, blank = [None] * len(seeing), [""] * len(seeing)
    rows.append(("payback_days", *(value for end in ends for value in end), *none))
    shown.append(("payback", *(_when(line, data.horizon) for line in data.lines), *blank))
    columns = [f"{name}{end}" for name in names for end in ("", " low", " high")]
    columns += [f"{name} seen" for name in names[: len(seeing)]]
    heads = [f"{name}: seen so long" for name in names]
    if len(seeing) == 1:
        heads = ["seen so long"]
    return Table(
        ("day", *names, *heads[: len(seeing)]), tuple(rows), tuple(shown),
        title=f"{data.currency} a prospect has brought by its age, with 95 % intervals",
        columns=("day", *columns),
    )  # fmt: skip


def _cell(mean: float, low: float, high: float) -> str:
    text = number(mean, MONEY)
    ends = [number(end, MONEY, like=mean) for end in (low, high)]
    return text if UNKNOWN in ends else f"{text} ({ends[0]} to {ends[1]})"
