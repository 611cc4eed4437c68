"""How long subscribers stay."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.report.bare import KEY_INCHES, bare_axes, heading, key_lines, x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.scales import round_steps
from cvosim.report.numbers import UNKNOWN, Z95, percent
from cvosim.report.style import Margins, line_style, short
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.retention import Survival

MOST_CURVES = 6
_ROWS = 14
_TITLE = "How long subscribers stay"


class SurvivalLine(NamedTuple):
    """Subscribers of one scenario who stay beyond so many paid bills, with the 95 % band.

    ``kind`` is the subscription where there are several, ``scenario`` the place of the scenario,
    for its colour.
    """

    name: str
    kind: str
    scenario: int
    bills: tuple[int, ...]
    at_risk: tuple[int, ...]
    share: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]


def survival(data: tuple[SurvivalLine, ...], ax: Axes | None = None) -> Axes:
    """Draw the share of subscribers who stay, by the bills they have paid.

    Parameters
    ----------
    data : tuple of SurvivalLine
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> line = SurvivalLine("now", "", 0, (0, 1), (9, 8), (1.0, 0.5), (1.0, 0.2), (1.0, 0.8))
    >>> survival((line,)).lines[0].get_ydata().tolist()
    [1.0, 1.0, 0.5, 0.5]
    """
    if ax is None:
        margins = Margins(0.65, 0.25, 0.5 + KEY_INCHES * len(data), 0.55)
        ax = bare_axes(8.0, 3.6 + KEY_INCHES * len(data), margins)
    ax.set_axis_off()
    for place, line in enumerate(data):
        # everybody is there before the first decision; the last level lasts a bill
        bills = [0, *line.bills, (line.bills[-1] if line.bills else 0) + 1]
        ends = [(1.0, *shares, shares[-1] if shares else 1.0)
                for shares in (line.share, line.low, line.high)]  # fmt: skip
        steps(ax, bills, *ends, style=line_style(line.scenario, place))
    last = float(max([line.bills[-1] for line in data if line.bills] or [0])) + 1
    ax.set_xlim(0, last)
    ax.set_ylim(0, 1.03)
    heading(ax, _TITLE, key=len(data))
    marks = [mark for mark in round_steps(0, last, 9) if mark == round(mark)]
    x_marks(ax, marks, [f"{mark:.0f}" for mark in marks], "bills paid")
    y_marks(ax, [0, 0.25, 0.5, 0.75, 1], ["0 %", "25 %", "50 %", "75 %", "100 %"])
    key = [(_label(x, 52), line_style(x.scenario, place)) for place, x in enumerate(data)]
    key_lines(ax, key)
    return ax


def steps(
    ax: Axes,
    at: ArrayLike,
    share: ArrayLike,
    low: ArrayLike,
    high: ArrayLike,
    *,
    style: dict[str, Any],
) -> None:
    """Draw a share that falls in steps, with its band."""
    band: dict[str, Any] = {"color": style["color"], "alpha": 0.2, "linewidth": 0, "step": "post"}
    ax.fill_between(at, low, high, **band)
    ax.step(at, share, where="post", **style)


def _label(line: SurvivalLine, width: int = 200) -> str:
    name = short(line.name, width)
    return f"{name}: {short(line.kind, 24)}" if line.kind else name


def survival_exhibit(found: Illustrated) -> Exhibit | None:
    """Show how long subscribers stay; None where nobody could subscribe."""
    names = [scenario.name for scenario in found.scenarios]
    kinds = {kind for name in names for kind in found.portraits[name].survival}
    data = [
        _line(name, "" if len(kinds) == 1 else kind.replace("_", " "), place, curve)
        for place, name in enumerate(names)
        for kind, curve in found.portraits[name].survival.items()
    ]
    drawn = tuple(line for line in data if line.bills)[:MOST_CURVES]
    if not drawn:
        return None
    cut = f" Only the first {MOST_CURVES} of {len(data)} are drawn." * (len(data) > MOST_CURVES)
    return Exhibit(
        key="survival",
        title=_TITLE,
        alt=" ".join(map(_said, drawn)),
        draw=survival,
        data=drawn,
        table=_table(drawn),
        note="Share of subscribers who stay after so many paid bills, also counting those who "
        "are still there at the end (Kaplan-Meier). Bands: 95 % intervals." + cut,
    )


def _line(name: str, kind: str, scenario: int, curve: Survival) -> SurvivalLine:
    # nobody has left yet, or everybody has: that says nothing about how sure it is
    known = (curve.survival > 0) & (curve.survival < 1)
    half = np.where(known, Z95 * curve.standard_error, np.nan)
    low, high = np.clip(curve.survival - half, 0, 1), np.clip(curve.survival + half, 0, 1)
    columns = (curve.cycle, curve.at_risk, curve.survival, low, high)
    return SurvivalLine(name, kind, scenario, *(tuple(column.tolist()) for column in columns))


def _said(line: SurvivalLine) -> str:
    places = sorted({min(3, len(line.bills) - 1), min(12, len(line.bills) - 1)})
    said = [
        f"{percent(line.share[place])}{_interval(line, place)} stay after "
        f"{line.bills[place]} paid bill{'' if line.bills[place] == 1 else 's'}"
        for place in places
    ]
    gone = next((n for n, share in zip(line.bills, line.share, strict=True) if share < 0.5), None)
    half = "at least half stay to the end" if gone is None else f"fewer than half after {gone}"
    if gone == 0:
        half = "fewer than half go on when the trial ends"
    return f"{_label(line)}: {', '.join(said)}; {half}."


def _interval(line: SurvivalLine, place: int) -> str:
    low, high = line.low[place], line.high[place]
    if math.isnan(low) or math.isnan(high):
        return ""
    return f" (95 % interval {percent(low).removesuffix(' %')} to {percent(high)})"


def _table(data: tuple[SurvivalLine, ...]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for line in data:
        places = np.unique(np.linspace(0, len(line.bills) - 1, _ROWS).round().astype(int)).tolist()
        for x in places:
            numbers = (line.share[x], line.low[x], line.high[x])
            rows.append((_label(line), line.bills[x], line.at_risk[x], *numbers))
            cells = [UNKNOWN if math.isnan(value) else percent(value) for value in numbers]
            shown.append((_label(line), f"{line.bills[x]}", f"{line.at_risk[x]:,}", *cells))
    return Table(
        ("scenario", "bills paid", "faced the decision", "stay", "from", "to"),
        tuple(rows), tuple(shown), title="Share of subscribers who stay, with 95 % intervals",
    )  # fmt: skip
