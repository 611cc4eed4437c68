"""Table and figure of what a test is worth, by its duration."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from cvosim.experiment.insight.words import amount
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.value_of_information.value import ValueOfTesting

USUAL_DAYS = (7.0, 14.0, 28.0, 56.0, 91.0, 182.0)
"""Durations in the table where nobody names any."""

_LINES = 12


def value_table(found: ValueOfTesting) -> Table:
    """One row a duration: those asked about, or usual ones, and the best."""
    curve = found.curve
    last = float(curve.days[-1])
    asked = found.asked_days or tuple(d for d in USUAL_DAYS if curve.days[0] <= d <= last)
    rows: list[tuple[Cell, ...]] = []
    shown: list[tuple[str, ...]] = []
    for days in sorted({*asked, found.best_days}):
        at = found.at(days)
        money = [
            amount(at[name], found.setting.currency, sign=True)
            for name in ("over_now", "over_never", "net", "information", "exposure")
        ]
        mark = f"{days:g} (best)" if days == found.best_days else f"{days:g}"
        rows.append(tuple(at[name] for name in _SHOWN))
        above = amount(at["threshold"], found.setting.currency, sign=True)
        shown.append(
            (mark, f"{at['customers']:,.0f}", f"{at['decided']:g}", *money,
             above if math.isfinite(at["threshold"]) else "")
        )  # fmt: skip
    return Table(
        ("days", "customers", "decided on day", "over shipping now", "over never",
         "over the better", "by information", "while testing", "ship above"),
        tuple(rows), tuple(shown), "Expected gain of testing, by its duration", _SHOWN,
    )  # fmt: skip


_SHOWN = (
    "days", "customers", "decided", "over_now", "over_never", "net", "information", "exposure",
    "threshold",
)  # fmt: skip


def spread_days(found: ValueOfTesting) -> tuple[float, ...]:
    """Durations worth a line: about a dozen along the curve, and the best.

    Parameters
    ----------
    found : ValueOfTesting
    """
    days = found.curve.days.tolist()
    step = max(1, len(days) // _LINES)
    return tuple(sorted({*days[::step], days[-1], found.best_days}))


def value_csv(found: ValueOfTesting) -> Table:
    """The whole curve: one row a duration."""
    lines = found.curve._asdict()
    rows = tuple(zip(*(line.tolist() for line in lines.values()), strict=True))
    return Table(tuple(lines), rows, tuple(tuple(map(str, row)) for row in rows))


def value_picture(found: ValueOfTesting) -> Figure:
    """One sheet: expected gain by duration, and what it is made of."""
    figure = new_figure(13.0, 5.0)
    left, right = figure.subplots(1, 2)
    gains(found, left)
    parts(found, right)
    best = found.at(found.best_days)
    gain = amount(abs(best["net"]), found.setting.currency)
    verb = "gains" if found.pays else "loses"
    name = f"{short(found.setting.name, 40)}: the" if found.setting.name else "The"
    headed(figure, f"{name} best test runs {found.best_days:g} days and {verb} {gain}")
    return figure


def gains(found: ValueOfTesting, ax: Axes | None = None) -> Axes:
    """Draw the expected gain against shipping now and against never, by duration."""
    ax = new_axes(8.0, 4.5) if ax is None else ax
    curve = found.curve
    ax.axhline(0.0, color=INK, linewidth=0.8)
    for line, name, colour, style in (
        (curve.over_now, "over shipping now", COLOURS[0], "-"),
        (curve.over_never, "over never changing anything", COLOURS[1], (0, (5, 2))),
    ):
        ax.plot(curve.days, line, color=colour, linestyle=style, linewidth=1.8, label=name)
    perfect = curve.value_by_p - max(found.now, 0.0)
    ax.plot(curve.days, perfect, color=FAINT, linewidth=1.3, linestyle=(0, (1, 1.5)),
            label=f"over the better, if p < {found.setting.alpha:g} decides")  # fmt: skip
    best = found.best_days
    top = found.at(best)["net"]
    ax.plot([best], [top], "o", color=INK, markersize=6, zorder=5)
    ax.annotate(
        f"best: {best:g} days", (best, top), xytext=(0, 8), textcoords="offset points",
        ha="left", fontsize=9,
    )  # fmt: skip
    _money(ax, found, "Expected gain of testing")
    return ax


def parts(found: ValueOfTesting, ax: Axes | None = None) -> Axes:
    """Draw what the gain is made of: information, exposure and delay, and cost."""
    ax = new_axes(8.0, 4.5) if ax is None else ax
    curve = found.curve
    ax.axhline(0.0, color=INK, linewidth=0.8)
    for line, name, colour, style in (
        (curve.information, "better decisions by the data", COLOURS[0], "-"),
        (curve.exposure, "treating and waiting meanwhile", COLOURS[1], (0, (5, 2))),
        (-curve.cost, "cost of the test", COLOURS[2], (0, (3, 1, 1, 1))),
        (curve.net, "in all", INK, "-"),
    ):
        width = 4.0 if line is curve.information else 1.6
        ax.plot(curve.days, line, color=colour, linestyle=style, linewidth=width, label=name)
    ax.axhline(found.perfect, color=FAINT, linewidth=1.2, linestyle=(0, (1, 1.5)),
               label="knowing the effect today")  # fmt: skip
    better = "shipping now" if found.now > 0.0 else "never changing anything"
    _money(ax, found, f"What it is made of, over {better}")
    return ax


def _money(ax: Axes, found: ValueOfTesting, title: str) -> None:
    tidy(ax, title)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    ax.set_xlabel("days of enrolment", fontsize=9)
    ax.set_ylabel(found.setting.currency, fontsize=9, parse_math=False)
    ax.yaxis.set_major_formatter(lambda y, _: f"{y:,.0f}")
    ax.margins(y=0.12)
    ax.set_xlim(left=0.0)
    ax.legend(frameon=False, fontsize=8.5)
