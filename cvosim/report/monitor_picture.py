"""An experiment that is watched, as pictures: look by look, beside its bounds, and by age."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.abtest import Wording
from cvosim.report.figures.boundaries import Boundaries
from cvosim.report.monitor_tables import covered, period_word
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy
from cvosim.stats.monitor.rules import Verdict
from cvosim.stats.monitor.weeks import day_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.stats.monitor.result import Group, Monitor, Watched

MOST_TICKS = 6
MOST_WIDTHS = 2.5
"""Bounds that reach farther than so many times the usual width from the middle are cut off."""


class SoFar(NamedTuple):
    """A treatment's estimates look by look, with intervals that hold at all of them.

    Attributes
    ----------
    title : str
    days : tuple of float
    ticks : tuple of str
        The days in words.
    values, lows, highs : tuple of float
    interval : str
        What the interval is called.
    pays : tuple of (float, str) or None
        An effect that would pay, and how it is written.
    decided : int or None
        Look, from 0, at which the test stopped.
    decision : str
        What was decided then.
    """

    title: str
    days: tuple[float, ...]
    ticks: tuple[str, ...]
    values: tuple[float, ...]
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    interval: str
    pays: tuple[float, str] | None
    decided: int | None
    decision: str


class ByGroup(NamedTuple):
    """Effects by cohort or by age, each with one standard error; places count from 1."""

    title: str
    where: str
    places: tuple[int, ...]
    values: tuple[float, ...]
    errors: tuple[float, ...]


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
        effect_so_far(so_far_of(found, one, wording), figure.add_subplot(grid[place, 0]))
        groups = by_group_of(found, one, wording, by_age=bool(one.ages))
        effect_by_group(groups, figure.add_subplot(grid[place, 1]))
    names = " and ".join(one.treatment for one in found.watched)
    headed(figure, short(f"{names} against {found.arms[0]}: {found.metric}", 90))
    return figure


def so_far_of(found: Monitor, one: Watched, wording: Wording) -> SoFar:
    """What was seen of one treatment look by look.

    Parameters
    ----------
    found : Monitor
    one : Watched
    wording : Wording
    """
    looks, stopped = one.ruled.looks, one.ruled.stopped
    together = " together" if len(found.watched) == 1 else ""
    return SoFar(
        f"{short(one.treatment, 30)}: effect so far{_unit(found, wording)}",
        tuple(look.day for look in looks),
        tuple(day_text(look.day) for look in looks),
        tuple(look.estimate for look in looks),
        tuple(look.low for look in looks),
        tuple(look.high for look in looks),
        f"{100 * found.settings.level:g} % interval, over {covered(found)}{together}",
        _pays(found, wording),
        stopped,
        "" if stopped is None else str(looks[stopped].verdict),
    )


def boundaries_of(found: Monitor, one: Watched) -> Boundaries | None:
    """What each look showed in standard errors, and the bounds of the rule; None without a look.

    A look reaches its bound just where its interval leaves out no effect, and the interval is so
    many standard errors wide.

    Parameters
    ----------
    found : Monitor
    one : Watched
    """
    looks = [
        (place, look, (look.high - look.low) / 2.0 / look.standard_error)
        for place, look in enumerate(one.ruled.looks)
        if look.standard_error > 0.0 and math.isfinite(look.high - look.low)
    ]
    if not looks:
        return None
    places = [place for place, _, _ in looks]
    shown = one.verdict is not Verdict.NOT_SHOWN  # a plan that just ends decides nothing
    decided = places.index(one.ruled.stopped) if shown and one.ruled.stopped in places else None
    sides = (str(Verdict.SHIP), str(Verdict.HARM))
    above, below = sides[::-1] if found.settings.lower_is_better else sides
    return Boundaries(
        f"{short(one.treatment, 30)}: each look beside its bounds",
        tuple(look.day for _, look, _ in looks),
        tuple(day_text(look.day) for _, look, _ in looks),
        tuple(look.estimate / look.standard_error for _, look, _ in looks),
        tuple(bound for _, _, bound in looks),
        above,
        below,
        decided,
        "" if decided is None else str(looks[decided][1].verdict),
    )


def by_group_of(found: Monitor, one: Watched, wording: Wording, *, by_age: bool) -> ByGroup:
    """One treatment's effect by age, or by cohort, as far as it is known.

    Parameters
    ----------
    found : Monitor
    one : Watched
    wording : Wording
    by_age : bool
    """
    word = period_word(found.weeks.period)
    groups = [group for group in (one.ages if by_age else one.cohorts) if _known(group)]
    what = f"by {word} of a {wording.unit}'s life" if by_age else f"by {word} of assignment"
    said = f"{word} since assignment" if by_age else f"{word} of the experiment"
    return ByGroup(
        f"{short(one.treatment, 20)}: effect {what}{_unit(found, wording)}",
        f"{said} (bars: one standard error, no verdict)",
        tuple(group.number + 1 for group in groups),
        tuple(group.effect for group in groups),
        tuple(group.standard_error for group in groups),
    )


def effect_so_far(data: SoFar, ax: Axes | None = None) -> Axes:
    """Draw a treatment's estimates look by look, with bounds that hold at all of them.

    Parameters
    ----------
    data : SoFar
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = effect_so_far(SoFar("letter", (), (), (), (), (), "", None, None, ""))
    >>> ax.texts[0].get_text()
    'no look yet'
    """
    ax = new_axes(8.0, 4.2) if ax is None else ax
    tidy(ax, data.title)
    if not data.days:
        return _nothing(ax, "no look yet")
    days = list(data.days)
    band: dict[str, Any] = {"color": COLOURS[0], "alpha": 0.2, "linewidth": 0}
    ax.fill_between(days, data.lows, data.highs, label=data.interval, **band)
    for ends in (data.lows, data.highs):
        ax.plot(days, ends, color=COLOURS[0], linewidth=0.8)
    line: dict[str, Any] = {"color": COLOURS[0], "linewidth": 1.8, "marker": "o", "markersize": 4}
    ax.plot(days, data.values, label="estimate", **line)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    if data.pays is not None:
        label = f"would pay: {data.pays[1]}"
        ax.axhline(data.pays[0], color=COLOURS[2], linewidth=1.0, linestyle=":", label=label)
    if data.decided is not None:
        _decision(ax, data, data.decided)
    _limits(ax, data.lows, data.highs)
    step = max(1, -(-len(days) // MOST_TICKS))
    ax.set_xticks(days[::step], list(data.ticks[::step]))
    plain: dict[str, Any] = {"facecolor": "white", "edgecolor": "none", "framealpha": 0.9}
    ax.legend(fontsize=8, loc="upper right", **plain)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


def _decision(ax: Axes, data: SoFar, decided: int) -> None:
    """Mark the look that decided: a line, a star and what was decided in words."""
    day = data.days[decided]
    ax.axvline(day, color=COLOURS[1], linewidth=1.2, linestyle="--")
    star: dict[str, Any] = {"marker": "*", "s": 150, "edgecolor": INK, "zorder": 5}
    ax.scatter([day], [data.values[decided]], color=COLOURS[1], **star)
    right = day > (data.days[0] + data.days[-1]) / 2.0
    ax.annotate(
        data.decision, (day, 0.03), xycoords=ax.get_xaxis_transform(),
        xytext=(-4 if right else 4, 0), textcoords="offset points", color=INK, fontsize=9,
        va="bottom", ha="right" if right else "left",
    )  # fmt: skip


def effect_by_group(data: ByGroup, ax: Axes | None = None) -> Axes:
    """Draw the effect by age, or by cohort, with one standard error.

    Parameters
    ----------
    data : ByGroup
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = effect_by_group(ByGroup("letter", "week", (1, 2), (0.5, 0.4), (0.1, 0.1)))
    >>> ax.get_xlabel()
    'week'
    """
    ax = new_axes(8.0, 3.8) if ax is None else ax
    tidy(ax, data.title)
    if not data.places:
        return _nothing(ax, "nothing complete yet")
    bars: dict[str, Any] = {"fmt": "o", "color": COLOURS[0], "ecolor": FAINT, "capsize": 3}
    ax.errorbar(data.places, data.values, data.errors, **bars)
    ax.axhline(0.0, color=INK, linewidth=1.0)
    ax.set_xlim(0.5, max(data.places) + 0.5)
    step = max(1, -(-max(data.places) // 12))
    ax.set_xticks(range(1, max(data.places) + 1, step))
    ax.set_xlabel(data.where, fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    return ax


def _nothing(ax: Axes, words: str) -> Axes:
    """Say that there is nothing to draw, on axes without a scale."""
    ax.text(0.5, 0.5, words, transform=ax.transAxes, ha="center", color=FAINT)
    ax.set_xticks([])
    ax.set_yticks([])
    return ax


def _known(group: Group) -> bool:
    return group.effect == group.effect and group.standard_error == group.standard_error


def _unit(found: Monitor, wording: Wording) -> str:
    return f" ({wording.currency})" if wording.kind(found.metric) == "money" else ""


def _pays(found: Monitor, wording: Wording) -> tuple[float, str] | None:
    worth = found.settings.worth
    if worth is None:
        return None
    size = -worth if found.settings.lower_is_better else worth
    return size, wording.amount(found.metric, worth)


def _limits(ax: Axes, lows: tuple[float, ...], highs: tuple[float, ...]) -> None:
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
