"""Who takes each step of the journey, on a log scale."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.bare import x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.shared import (
    add_bar,
    folded_stage,
    half_of,
    inches_wide,
    own_names,
    row_axes,
    side_table,
    titled,
    turned,
    widest,
)  # fmt: skip
from cvosim.report.numbers import UNKNOWN, interval, number, percent
from cvosim.report.style import FAINT, INK, bar_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.comparison import Comparison
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Estimate
    from cvosim.report.tables import Table
    from cvosim.scenario import Scenario

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
    ``names`` are the words for the steps; their keys if left out.
    """

    scenarios: tuple[str, ...]
    steps: tuple[str, ...]
    bars: tuple[tuple[FunnelBar | None, ...], ...]
    names: tuple[str, ...] = ()

    def words(self) -> list[str]:
        """What each step is called, as people read it."""
        return [name.replace("_", " ") for name in self.names or self.steps]


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
    >>> [text.get_text() for text in ax.texts][:2]
    ['1,000', '80  (8.0 %)']
    """
    steps = [folded_stage(name, 30) for name in data.words()]
    one = len(data.scenarios) == 1
    room = 0.34 if one else 0.22 * len(data.scenarios) + 0.08
    ax = row_axes(data.scenarios, steps, room) if ax is None else ax
    ax.set_axis_off()
    marks = _log_axis(ax, data)  # first: of bars of length 0 it would complain
    thick = 0.8 / len(data.scenarios)
    for i, bars in enumerate(data.bars):
        shift = (i - (len(data.scenarios) - 1) / 2) * thick
        for j, bar in enumerate(bars):
            if bar:
                add_bar(ax, (0.0, bar.customers), j + shift, thick * 0.92, bar_style(i))
            _label(ax, j + shift, bar)
    ax.set_ylim(len(steps) - 0.45, -0.55)
    y_marks(ax, range(len(steps)), steps, grid=False)
    titled(ax, "Who takes each step", data.scenarios, "bar")
    words = "prospects, on a log scale (in brackets: % of those offered it)"
    x_marks(ax, marks, [f"{mark:,.0f}" for mark in marks], words, grid=True)
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
    return measured_funnel(found.metrics, found.comparison, scenarios=found.scenarios)


def measured_funnel(
    metrics: Mapping[str, Measured],
    comparison: Comparison | None = None,
    *,
    scenarios: Sequence[Scenario] = (),
) -> Exhibit:
    """Show who takes each step where nothing but metrics is known, by the scenario's name."""
    data = funnel_of(metrics, own_names(scenarios))
    alt = " ".join([*_differences(data, comparison), *_counted(data)])
    note = (
        "The bars count market prospects on a log scale: from one grid line to the next the count "
        "grows at least tenfold. The percentage is of those whom the previous stage brought to "
        "the step: of the prospects who were offered it, so many accepted. Whoever declines an "
        "optional step is still offered the next one, so a percentage is not always the ratio of "
        "two bars, and a bar may be longer than the one above it."
    )
    if any(map(_has_trials, metrics.values())):
        note += (
            " Whoever starts a free trial has taken its step, and is no buyer before the first "
            "bill is paid."
        )
    table = _table(data, metrics)
    return Exhibit("funnel", "Who takes each step", alt, funnel, data, table, note)


def _has_trials(metrics: Measured) -> bool:
    """Whether some subscribers have paid nothing: they are in a trial, or left at its end."""
    shares = [one for name, one in metrics.items() if name.startswith("paying_share.")]
    return any(share.value < 1.0 for share in shares)


def funnel_of(scenarios: Mapping[str, Measured], names: Mapping[str, str] | None = None) -> Funnel:
    """Who took each step, out of the metrics of each scenario.

    Parameters
    ----------
    scenarios : mapping of str to metrics
        By the scenario's name, the baseline first.
    names : mapping of str to str, optional
        What stages are called, by their keys; see `own_names`.

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
    words = ((names or {}).get(step, step) for step in steps)
    return Funnel(tuple(scenarios), ("prospects", *steps), bars, ("prospects", *words))


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


def _log_axis(ax: Axes, data: Funnel) -> list[float]:
    """From under one to where the longest label ends; give the marks, no more than seven."""
    labels = [_words(bar) for bars in data.bars for bar in bars]
    largest = max((bar.customers for bars in data.bars for bar in bars if bar), default=1.0)
    decades = math.log10(max(largest, 10.0) / 0.8)
    part = min(0.6, (widest(labels, _SIZE) + 0.2) / inches_wide(ax))  # that the labels take
    ax.set_xscale("log")
    ax.set_xlim(0.8, 0.8 * 10 ** (decades / (1.0 - part)))
    step = 1 if decades < 7 else 2
    return [10.0**k for k in range(0, 13, step) if 10**k <= max(largest, 1.0)]


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


def _counted(data: Funnel) -> list[str]:
    """Say how many took each step."""
    sentences = []
    for name, bars in zip(data.scenarios, data.bars, strict=True):
        there = zip(data.words()[1:], bars[1:], strict=True)
        steps = [f"{step} {number(bar.customers, 'customers')}" for step, bar in there if bar]
        people = number(bars[0].customers, "customers") if bars[0] else UNKNOWN
        sentences.append(f"{name}: of {people} prospects, {', '.join(steps) or 'no step'}.")
    return sentences


def _differences(data: Funnel, comparison: Comparison | None) -> list[str]:
    """Say in which scenarios more of those offered it take the core offer, or the last step."""
    step = "core_offer" if "core_offer" in data.steps else data.steps[-1]
    sentences = []
    for found in turned(comparison, f"conversion.{step}"):
        who = f"of those offered the step {data.words()[data.steps.index(step)]}"
        names = f"{found.winner} and {found.loser}"
        ends = interval(found.low, found.high, "share").replace("pp", "percentage points")
        if found.low > 0.0:
            more = number(found.gain, "share").replace("%", "percentage points")
            words = (
                f"More {who} take it in {found.winner} than in {found.loser}, by {more} "
                f"(95 % interval {ends})."
            )
        elif found.low == found.high:
            words = f"Equally many {who} take it in {names}."
        else:
            words = (
                f"No difference is visible between {names} in how many {who} take it "
                f"(95 % interval {ends})."
            )
        sentences.append(words)
    return sentences


def _table(data: Funnel, measured: Mapping[str, Measured]) -> Table:
    rows = []
    words = data.words()
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
                    (words[place], name, f"{offered:,}", f"{bar.customers:,}", *shown),
                )
            )
    header = ("step", "scenario", "offered to", "accepted by", "% of those offered it", "± 95 %")
    columns = ("step", "scenario", "offered", "accepted", "share", "half_width")
    return side_table(header, rows, columns, several=len(data.scenarios) > 1)
