"""Who takes each step of the journey, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.shared import half_of, inches_wide, key_room, side_table, titled, widest
from cvosim.report.numbers import UNKNOWN, number, percent
from cvosim.report.style import FAINT, INK, Margins, bar_style, framed_axes, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Estimate
    from cvosim.report.tables import Table

    Measured = Mapping[str, Estimate]

_SIZE = 8.5
_NOT_THERE = "no such step"


class FunnelBar(NamedTuple):
    """How many market prospects of one scenario took one step.

    ``share`` is the part of those who were put the offer; None where there is nothing to
    compare with (the prospects). People brought by referral are in neither.
    """

    customers: float
    share: float | None


class Funnel(NamedTuple):
    """Steps from top to bottom, side by side for each scenario.

    ``bars[i][j]`` is scenario ``i`` at step ``j``; None where the scenario has no such step.
    """

    scenarios: tuple[str, ...]
    steps: tuple[str, ...]
    bars: tuple[tuple[FunnelBar | None, ...], ...]


def funnel(data: Funnel, ax: Axes | None = None) -> Axes:
    """Draw the funnel on a log scale, so that one buyer in a thousand is still a bar.

    Parameters
    ----------
    data : Funnel
        Steps, scenarios, counts and shares.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.report.figures import Funnel, FunnelBar, funnel
    >>> bars = ((FunnelBar(1000, None), FunnelBar(80, 0.08)),)
    >>> ax = funnel(Funnel(("now",), ("prospects", "tripwire"), bars))
    >>> [text.get_text() for text in ax.texts]
    ['1,000', '80  (8.0 %)']
    """
    steps = [short(step.replace("_", " "), 30) for step in data.steps]
    ax = _own_axes(data, steps) if ax is None else ax
    _log_axis(ax, data)  # first: of bars of length 0 it would complain
    thick = 0.8 / len(data.scenarios)
    for i, bars in enumerate(data.bars):
        shift = (i - (len(data.scenarios) - 1) / 2) * thick
        places = [j + shift for j, bar in enumerate(bars) if bar]
        counts = [bar.customers for bar in bars if bar]
        ax.barh(places, counts, height=thick * 0.92, **bar_style(i))
        for j, bar in enumerate(bars):
            _label(ax, j + shift, bar)
    ax.set_ylim(len(steps) - 0.45, -0.55)
    ax.set_yticks(range(len(steps)), steps, parse_math=False)
    titled(ax, "Who takes each step", data.scenarios, "bar")
    ax.set_xlabel("prospects, on a log scale (in brackets: % of those offered it)", fontsize=9)
    return ax


def funnel_exhibit(found: Illustrated) -> Exhibit:
    """Who takes each step, all scenarios side by side.

    Parameters
    ----------
    found : Illustrated
        As `cvosim.experiment.illustrate` returns it.

    Returns
    -------
    Exhibit
    """
    return measured_funnel(found.metrics)


def measured_funnel(metrics: Mapping[str, Measured]) -> Exhibit:
    """Show who takes each step where nothing but metrics is known, by the scenario's name."""
    data = funnel_of(metrics)
    note = (
        "The bars count market prospects on a log scale: from one grid line to the next the count "
        "grows at least tenfold. The percentage is of those whom the previous stage brought to "
        "the step: of the prospects who were offered it, so many accepted. Whoever declines an "
        "optional step is still offered the next one, so a percentage is not always the ratio of "
        "two bars, and a bar may be longer than the one above it."
    )
    return Exhibit(
        "funnel", "Who takes each step", _alt(data), funnel, data, _table(data, metrics), note
    )


def funnel_of(scenarios: Mapping[str, Measured]) -> Funnel:
    """Who took each step, out of the metrics of each scenario.

    Parameters
    ----------
    scenarios : mapping of str to metrics
        By the scenario's name, the baseline first.

    Returns
    -------
    Funnel
        Prospects first, then every stage that any scenario has, in journey order.

    Examples
    --------
    >>> from cvosim.metrics.estimate import Estimate
    >>> metrics = {"prospects": Estimate(1000, 0, "customers"),
    ...            "reach.tripwire": Estimate(0.2, 0, "share"),
    ...            "conversion.tripwire": Estimate(0.1, 0, "share")}
    >>> funnel_of({"now": metrics}).bars
    ((FunnelBar(customers=1000, share=None), FunnelBar(customers=20, share=0.1)),)
    """
    steps = merged([_stages(metrics) for metrics in scenarios.values()])
    bars = tuple(
        (FunnelBar(round(metrics["prospects"].value), None), *(_bar(metrics, s) for s in steps))
        for metrics in scenarios.values()
    )
    return Funnel(tuple(scenarios), ("prospects", *steps), bars)


def merged(orders: list[list[str]]) -> list[str]:
    """One order that holds every step; a step that is new comes after the one it follows.

    Examples
    --------
    >>> merged([["lead_magnet", "core_offer"], ["lead_magnet", "tripwire", "core_offer"]])
    ['lead_magnet', 'tripwire', 'core_offer']
    """
    steps: list[str] = []
    for order in orders:
        place = 0
        for step in order:
            if step in steps:
                place = steps.index(step) + 1
            else:
                steps.insert(place, step)
                place += 1
    return steps


def _stages(metrics: Measured) -> list[str]:
    return [name.partition(".")[2] for name in metrics if name.startswith("reach.")]


def _bar(metrics: Measured, stage: str) -> FunnelBar | None:
    if f"reach.{stage}" not in metrics:
        return None
    share = metrics[f"conversion.{stage}"].value
    if math.isnan(share):  # nobody came this far
        return FunnelBar(0, None)
    return FunnelBar(round(_offered(metrics, stage) * share), share)


def _offered(metrics: Measured, stage: str) -> float:
    return metrics["prospects"].value * metrics[f"reach.{stage}"].value


def _own_axes(data: Funnel, steps: list[str]) -> Axes:
    left = 0.3 + widest(steps)
    key = key_room(data.scenarios, 8.0 - left - 0.2)
    margins = Margins(left=left, top=0.45 + key, bottom=0.55)
    thick = 0.34 if len(data.scenarios) == 1 else 0.22 * len(data.scenarios) + 0.08
    return framed_axes(8.0, margins.top + margins.bottom + thick * len(steps), margins)


def _log_axis(ax: Axes, data: Funnel) -> None:
    """From under one to where the longest label ends; no more than seven ticks."""
    labels = [_words(bar) for bars in data.bars for bar in bars]
    largest = max((bar.customers for bars in data.bars for bar in bars if bar), default=1.0)
    decades = math.log10(max(largest, 10.0) / 0.8)
    part = min(0.6, (widest(labels, _SIZE) + 0.2) / inches_wide(ax))  # that the labels take
    ax.set_xscale("log")
    ax.set_xlim(0.8, 0.8 * 10 ** (decades / (1.0 - part)))
    step = 1 if decades < 7 else 2
    ax.set_xticks([10**k for k in range(0, 13, step) if 10**k <= max(largest, 1.0)])
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.minorticks_off()
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)


def _words(bar: FunnelBar | None) -> str:
    if bar is None:
        return _NOT_THERE
    share = "" if bar.share is None else f"  ({percent(bar.share)})"
    return f"{bar.customers:,.0f}{share}"


def _label(ax: Axes, y: float, bar: FunnelBar | None) -> None:
    """Write the count and the share at the bar's end, or that there is no such step."""
    if bar is None:
        ax.text(0.9, y, _NOT_THERE, va="center", fontsize=_SIZE, color=FAINT, style="italic")
        return
    place = max(bar.customers, 0.8) * 1.12
    ax.text(place, y, _words(bar), va="center", fontsize=_SIZE, color=INK)


def _alt(data: Funnel) -> str:
    """Say who sells most core offers, or last steps, and how many took each step."""
    sentences = _most(data)
    for name, bars in zip(data.scenarios, data.bars, strict=True):
        there = zip(data.steps[1:], bars[1:], strict=True)
        steps = [
            f"{step.replace('_', ' ')} {number(bar.customers, 'customers')}"
            for step, bar in there
            if bar
        ]
        people = number(bars[0].customers, "customers") if bars[0] else UNKNOWN
        sentences.append(f"{name}: of {people} prospects, {', '.join(steps) or 'no step'}.")
    return " ".join(sentences)


def _most(data: Funnel) -> list[str]:
    place = data.steps.index("core_offer") if "core_offer" in data.steps else len(data.steps) - 1
    sides = zip(data.scenarios, (bars[place] for bars in data.bars), strict=True)
    there = [(bar.customers, name) for name, bar in sides if bar]
    if len(there) < 2:
        return []
    (least, worst), (most, best) = min(there), max(there)
    step = data.steps[place].replace("_", " ")
    if most == least:
        return [f"Equally many take the step {step} in every scenario that has it."]
    more = number(most - least, "customers")
    return [f"Most take the step {step} in {best}, {more} more than in {worst}."]


def _table(data: Funnel, measured: Mapping[str, Measured]) -> Table:
    rows = []
    for place, step in enumerate(data.steps[1:], 1):
        for name, bars in zip(data.scenarios, data.bars, strict=True):
            bar, metrics = bars[place], measured[name]
            if bar is None:
                continue
            share, offered = metrics[f"conversion.{step}"], round(_offered(metrics, step))
            half = half_of(share)
            shown = (number(share.value, "share"), number(half, "share", share.value))
            rows.append(
                (
                    (step, name, offered, round(bar.customers), share.value, half),
                    (step.replace("_", " "), name, f"{offered:,}", f"{bar.customers:,}", *shown),
                )
            )
    header = ("step", "scenario", "offered to", "accepted by", "% of those offered it", "± 95 %")
    columns = ("step", "scenario", "offered", "accepted", "share", "half_width")
    return side_table(header, rows, columns, several=len(data.scenarios) > 1)
