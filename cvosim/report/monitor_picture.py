"""An experiment that is watched, as a picture: the effect look by look, and by age."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from cvosim.report.abtest import Wording
from cvosim.report.monitor_tables import covered, period_word
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_figure, short, tidy
from cvosim.stats.monitor.weeks import day_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.stats.monitor.result import Group, Monitor, Watched

MARKS = ("o", "s", "^", "D")
MOST_TICKS = 6
MOST_WIDTHS = 2.5
"""Bounds that reach farther than so many times the usual width from the middle are cut off."""


def monitor_picture(found: Monitor, wording: Wording) -> Figure:
    """One sheet: estimates with the bounds that hold at all looks; beside them ages, or cohorts.

    Parameters
    ----------
    found : Monitor
    wording : Wording

    Returns
    -------
    Figure
    """
    rows = len(found.watched)
    figure = new_figure(11.0, 0.9 + 3.7 * rows)
    grid = figure.add_gridspec(rows, 2, width_ratios=[1.25, 1.0])
    for place, one in enumerate(found.watched):
        look_axes(found, one, wording, figure.add_subplot(grid[place, 0]))
        aged = bool(one.ages)
        group_axes(found, one, wording, figure.add_subplot(grid[place, 1]), by_age=aged)
    names = " and ".join(one.treatment for one in found.watched)
    headed(figure, short(f"{names} against {found.arms[0]}: {found.metric}", 90))
    return figure


def look_axes(found: Monitor, one: Watched, wording: Wording, ax: Axes) -> Axes:
    """Draw a treatment's estimates look by look, with bounds that hold at all of them.

    Parameters
    ----------
    found : Monitor
    one : Watched
    wording : Wording
    ax : Axes

    Returns
    -------
    Axes
    """
    tidy(ax, f"{short(one.treatment, 30)}: effect so far{_unit(found, wording)}")
    looks = one.ruled.looks
    if not looks:
        ax.text(0.5, 0.5, "no look yet", transform=ax.transAxes, ha="center", color=FAINT)
        return ax
    days = [look.day for look in looks]
    band: dict[str, Any] = {"color": COLOURS[0], "alpha": 0.2, "linewidth": 0}
    low, high = [look.low for look in looks], [look.high for look in looks]
    together = " together" if len(found.watched) == 1 else ""
    label = f"{100 * found.settings.level:g} % interval, over {covered(found)}{together}"
    ax.fill_between(days, low, high, label=label, **band)
    ax.plot(days, low, color=COLOURS[0], linewidth=0.8)
    ax.plot(days, high, color=COLOURS[0], linewidth=0.8)
    line: dict[str, Any] = {"color": COLOURS[0], "linewidth": 1.8, "marker": "o", "markersize": 4}
    ax.plot(days, [look.estimate for look in looks], label="estimate", **line)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    _worth(found, wording, ax)
    if one.ruled.stopped is not None:
        at = looks[one.ruled.stopped]
        ax.axvline(at.day, color=COLOURS[1], linewidth=1.2, linestyle="--")
        spot: dict[str, Any] = {"color": COLOURS[1], "fontsize": 9, "va": "bottom", "ha": "left"}
        right = at.day > (days[0] + days[-1]) / 2.0
        if right:
            spot["ha"] = "right"
        shift = -4 if right else 4
        ax.annotate(
            str(at.verdict), (at.day, 0.03), xycoords=ax.get_xaxis_transform(),
            xytext=(shift, 0), textcoords="offset points", **spot,
        )  # fmt: skip
    _limits(ax, low, high)
    step = max(1, -(-len(days) // MOST_TICKS))
    ax.set_xticks(days[::step], [day_text(day) for day in days[::step]])
    plain: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "framealpha": 0.9}
    ax.legend(fontsize=8, loc="upper right", **plain)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


def group_axes(found: Monitor, one: Watched, wording: Wording, ax: Axes, *, by_age: bool) -> Axes:
    """Draw the effect by age, or by cohort, with one standard error.

    Parameters
    ----------
    found : Monitor
    one : Watched
    wording : Wording
    ax : Axes
    by_age : bool

    Returns
    -------
    Axes
    """
    word = period_word(found.weeks.period)
    groups = [group for group in (one.ages if by_age else one.cohorts) if _known(group)]
    what = f"by {word} of a {wording.unit}'s life" if by_age else f"by {word} of assignment"
    tidy(ax, f"{short(one.treatment, 20)}: effect {what}{_unit(found, wording)}")
    if not groups:
        ax.text(0.5, 0.5, "nothing complete yet", transform=ax.transAxes, ha="center", color=FAINT)
        return ax
    bars: dict[str, Any] = {"fmt": "o", "color": COLOURS[0], "ecolor": FAINT, "capsize": 3}
    places = [group.number + 1 for group in groups]
    errors = [group.standard_error for group in groups]
    ax.errorbar(places, [group.effect for group in groups], errors, **bars)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.set_xlim(0.5, max(places) + 0.5)
    step = max(1, -(-max(places) // 12))
    ax.set_xticks(range(1, max(places) + 1, step))
    said = f"{word} since assignment" if by_age else f"{word} of the experiment"
    ax.set_xlabel(f"{said} (bars: one standard error, no verdict)", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


def _known(group: Group) -> bool:
    return group.effect == group.effect and group.standard_error == group.standard_error


def _unit(found: Monitor, wording: Wording) -> str:
    return f" ({wording.currency})" if wording.kind(found.metric) == "money" else ""


def _worth(found: Monitor, wording: Wording, ax: Axes) -> None:
    worth = found.settings.worth
    if worth is not None:
        size = -worth if found.settings.lower_is_better else worth
        label = f"would pay: {wording.amount(found.metric, worth)}"
        ax.axhline(size, color=COLOURS[2], linewidth=1.0, linestyle=":", label=label)


def _limits(ax: Axes, lows: list[float], highs: list[float]) -> None:
    """Show all bounds; if the first are so wide that they would flatten the others, say so."""
    known = [end for end in (*lows, *highs) if math.isfinite(end)]
    low, high = min(0.0, *known), max(0.0, *known)
    widths = sorted(one - other for one, other in zip(highs, lows, strict=True))
    reach = MOST_WIDTHS * widths[len(widths) // 2]
    if math.isfinite(reach) and reach > 0.0:
        middle = (lows[-1] + highs[-1]) / 2.0 if math.isfinite(lows[-1] + highs[-1]) else 0.0
        low, high = max(low, min(0.0, middle - reach)), min(high, max(0.0, middle + reach))
    room = 0.12 * (high - low)  # for what is written at the bottom, and the legend at the top
    ax.set_ylim(low - room, high + 2.5 * room)
    if min(lows) < low - room or max(highs) > high + 2.5 * room:
        style: dict[str, Any] = {"color": FAINT, "fontsize": 8, "va": "top", "ha": "right"}
        ax.text(0.98, 0.8, "wider than shown at first", transform=ax.transAxes, **style)


__all__ = ["group_axes", "look_axes", "monitor_picture"]
