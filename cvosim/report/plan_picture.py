"""Pictures of a planned test: what can be found, by the days it runs or the customers it has."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.experiment.duration import DurationPlan
    from cvosim.stats.planning.answer import Answer


class Mark(NamedTuple):
    """A day, or a size, that is asked about."""

    place: float
    words: str


class EffectByDays(NamedTuple):
    """Smallest change that is found, by days.

    Attributes
    ----------
    days, values : tuple of float
    percent : bool
        Whether values are in percent of control, or else in the metric's unit.
    unit : str
        Of the values where they are not in percent.
    label : str
        With which power it is found.
    goal : float or None
        Change that is asked for.
    marks : tuple of Mark
    last : float
        Last day worth showing.
    """

    days: tuple[float, ...]
    values: tuple[float, ...]
    percent: bool
    unit: str
    label: str
    goal: float | None
    marks: tuple[Mark, ...]
    last: float


class CustomersByDays(NamedTuple):
    """Customers who entered by so many days, and those of them followed to the end."""

    entered_days: tuple[float, ...]
    entered: tuple[float, ...]
    days: tuple[float, ...]
    followed: tuple[float, ...]
    label: str
    last: float


class PowerCurve(NamedTuple):
    """Chance to find a change, by something that is in the planner's hands.

    Attributes
    ----------
    title, axis : str
    places : tuple of float
        Days, customers or changes.
    power : tuple of float
        From 0 to 1.
    wanted : float or None
        Power that is asked for.
    marks : tuple of Mark
    percent : bool
        Whether places are shares.
    """

    title: str
    axis: str
    places: tuple[float, ...]
    power: tuple[float, ...]
    wanted: float | None
    marks: tuple[Mark, ...] = ()
    percent: bool = False


def duration_picture(plan: DurationPlan) -> Figure:
    """Smallest effect by days, and the customers behind it.

    Parameters
    ----------
    plan : DurationPlan

    Returns
    -------
    Figure
    """
    figure = new_figure(11.0, 4.6)
    left, right = figure.subplots(1, 2, width_ratios=[1.5, 1.0])
    effect_by_days(effect_by_days_of(plan), left)
    customers_by_days(customers_by_days_of(plan), right)
    where = plan.question.assign_at or "arrival"
    headed(figure, short(f"{plan.scenario}: a test of {plan.metric} from {where} on", 100))
    return figure


def effect_by_days_of(plan: DurationPlan) -> EffectByDays:
    """What can be found by days; relative to control wherever that makes sense."""
    curve, ask = plan.curve, plan.question
    relative = bool(np.isfinite(curve.relative_mde).any())
    values = 100.0 * curve.relative_mde if relative else curve.mde
    known = np.isfinite(values)
    return EffectByDays(
        tuple(curve.days[known].tolist()),
        tuple(values[known].tolist()),
        relative,
        plan.metric,
        f"found with {100 * ask.power:.3g} % power",
        _goal(plan, relative=relative),
        _marks(plan),
        _end(plan),
    )


def customers_by_days_of(plan: DurationPlan) -> CustomersByDays:
    """Customers by days, as far as they are known."""
    curve = plan.curve
    seen = np.isfinite(curve.enrolled)
    return CustomersByDays(
        tuple(curve.days[seen].tolist()),
        tuple(curve.enrolled[seen].tolist()),
        tuple(curve.days.tolist()),
        tuple(curve.matured.tolist()),
        f"followed for {plan.question.follow_days:g} days",
        _end(plan),
    )


def power_by_days_of(plan: DurationPlan) -> PowerCurve | None:
    """Chance to find the change asked for, by days; None where none is asked for."""
    curve, ask = plan.curve, plan.question
    if ask.effect is None:
        return None
    known = np.isfinite(curve.power) & (curve.days <= _end(plan))
    size = f"{100 * ask.effect:+.3g} %" if ask.relative else f"{ask.effect:+,.4g}"
    return PowerCurve(
        f"Chance to find a change of {size}",
        "days from the start to the last customer's follow-up",
        tuple(curve.days[known].tolist()),
        tuple(curve.power[known].tolist()),
        ask.power,
        _marks(plan),
    )


def power_curve_of(found: Answer) -> PowerCurve:
    """Power by the customers that it needs or, where these are given, by the change it finds."""
    line, known = found.line, found.known
    by_size = found.asked == "sample"
    scale = 100.0 if known.is_rate and not by_size else 1.0
    lines = sorted(found.table, key=lambda one: one.total if by_size else abs(one.effect))
    place = line.total if by_size else scale * abs(line.effect)
    whole = found.units if by_size else line.total
    units = f"{whole:,.0f} units"
    return PowerCurve(
        "Chance to find the change" if by_size else f"What {units} can find",
        "units, all arms"
        if by_size
        else f"change in {'percentage points' if known.is_rate else 'the mean'}",
        tuple(one.total if by_size else scale * abs(one.effect) for one in lines),
        tuple(one.power for one in lines),
        None if found.asked == "power" else line.power,
        (Mark(place, units if by_size else f"{place:,.3g}"),),
    )


def effect_by_days(data: EffectByDays, ax: Axes | None = None) -> Axes:
    """Draw the smallest effect that can be found against the days a test runs.

    Parameters
    ----------
    data : EffectByDays
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> curve = EffectByDays((7.0, 14.0), (9.0, 6.0), True, "spend", "found", 7.0,
    ...                      (Mark(11.0, "days needed"),), 20.0)
    >>> effect_by_days(curve).texts[0].get_text()
    '11 days needed'
    """
    ax = new_axes(8.0, 4.2) if ax is None else ax
    ax.plot(data.days, data.values, color=COLOURS[0], linewidth=2.2, label=data.label)
    top = 3.0 * min(data.values)
    if data.goal is not None:
        style = {"color": COLOURS[1], "linewidth": 1.4, "linestyle": "--"}
        ax.axhline(data.goal, label="asked for", **style)  # type: ignore[arg-type]
        top = max(top, 2.0 * data.goal)
    ax.set_ylim(0.0, min(top, 1.05 * max(data.values)))
    ax.set_xlim(0.0, data.last)
    _mark(ax, data.marks)
    if data.percent:
        ax.yaxis.set_major_formatter("{x:,.3g} %")
    else:
        ax.set_ylabel(data.unit, fontsize=9, parse_math=False)
    ax.set_xlabel("days from the start to the last customer's follow-up", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Smallest change that is found")
    ax.legend(frameon=False, fontsize=9, loc="upper right" if data.goal is None else "best")
    return ax


def customers_by_days(data: CustomersByDays, ax: Axes | None = None) -> Axes:
    """Draw how many customers entered, and how many have been followed to the end.

    Parameters
    ----------
    data : CustomersByDays
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.
    """
    ax = new_axes(8.0, 3.6) if ax is None else ax
    ax.plot(
        data.entered_days, data.entered, color=COLOURS[2], linewidth=1.6, linestyle=":",
        label="entered",
    )  # fmt: skip
    ax.plot(data.days, data.followed, color=COLOURS[0], linewidth=2.2, label=data.label)
    ax.set_xlim(0.0, data.last)
    ax.set_ylim(0.0, 1.08 * max(data.followed))
    ax.yaxis.set_major_formatter("{x:,.0f}")
    ax.set_xlabel("days", fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, "Customers in the test")
    ax.legend(frameon=False, fontsize=9, loc="lower right")
    return ax


def power_curve(data: PowerCurve, ax: Axes | None = None) -> Axes:
    """Draw the chance to find a change by days, by customers or by how large it is.

    Parameters
    ----------
    data : PowerCurve
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> curve = PowerCurve("Power", "customers", (100.0, 200.0), (0.5, 0.8), 0.8)
    >>> power_curve(curve).get_xlabel()
    'customers'
    """
    ax = new_axes(8.0, 3.8) if ax is None else ax
    few = {"marker": "o", "markersize": 5} if len(data.places) < 12 else {}
    style = {"color": COLOURS[0], "linewidth": 2.2, "label": "power"}
    ax.plot(data.places, data.power, **style, **few)  # type: ignore[arg-type]
    if data.wanted is not None:
        ax.axhline(data.wanted, color=COLOURS[1], linewidth=1.4, linestyle="--", label="asked for")
    ax.set_ylim(0.0, 1.03)
    ax.set_xlim(left=0.0)
    _mark(ax, data.marks)
    ax.yaxis.set_major_formatter(lambda share, _: f"{100 * share:.0f} %")
    ax.xaxis.set_major_formatter("{x:,.10g}")
    ax.set_xlabel(data.axis, fontsize=9)
    ax.grid(axis="y", color="#e6e6e6", linewidth=0.8)
    tidy(ax, data.title)
    ax.legend(frameon=False, fontsize=9, loc="lower right")
    return ax


def _mark(ax: Axes, marks: tuple[Mark, ...]) -> None:
    """Draw a line at each place that is asked about, in words on the side with more room."""
    low, high = ax.get_xlim()
    for row, one in enumerate(marks):
        ax.axvline(one.place, color=FAINT, linewidth=1.0)
        left = one.place > low + 0.75 * (high - low)
        words = one.words if one.words[:1].isdigit() else f"{one.place:g} {one.words}"
        ax.annotate(
            words, (one.place, 0.97 - 0.07 * row), xycoords=ax.get_xaxis_transform(),
            xytext=(-4 if left else 4, 0), textcoords="offset points", va="top",
            ha="right" if left else "left", fontsize=9, color=INK,
        )  # fmt: skip


def _marks(plan: DurationPlan) -> tuple[Mark, ...]:
    asked = ((plan.days_needed, "days needed"), (plan.question.days, "days"))
    return tuple(Mark(days, words) for days, words in asked if days is not None)


def _end(plan: DurationPlan) -> float:
    """Last day worth showing: all have been followed, with a little room, or the scenario ends."""
    settled = 1.05 * (plan.last_entry + plan.question.follow_days)
    asked = [1.05 * days for days in (plan.question.days,) if days is not None]
    return min(max(settled, *asked, 1.0), plan.span)


def _goal(plan: DurationPlan, *, relative: bool) -> float | None:
    """The effect asked for, on the picture's scale."""
    ask = plan.question
    if ask.effect is None:
        return None
    value = abs(plan.at(plan.days_needed or plan.span)["value"])
    if relative:
        return 100.0 * abs(ask.effect if ask.relative else ask.effect / value)
    return abs(ask.effect * value if ask.relative else ask.effect)
