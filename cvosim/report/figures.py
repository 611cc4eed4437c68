"""Figures: ``(data, ax) -> Axes``. They draw what they are given and compute nothing."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.numbers import MONEY, adding_up, percent, signed
from cvosim.report.style import FAINT, INK, bar_style, change_style, new_axes, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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


class Part(NamedTuple):
    """One part of a difference, with its 95 % interval."""

    label: str
    value: float
    low: float
    high: float


class Split(NamedTuple):
    """A difference in customer value and the parts that add up to it; the total is last."""

    title: str
    unit: str
    parts: tuple[Part, ...]


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
    ax = new_axes(8.0, 1.2 + 0.3 * len(data.steps) * len(data.scenarios)) if ax is None else ax
    thick = 0.8 / len(data.scenarios)
    largest = max((bar.customers for bars in data.bars for bar in bars if bar), default=1.0)
    ax.set_xscale("log")
    ax.set_xlim(0.8, max(largest, 10.0) * 16)  # room for the labels
    for i, (name, bars) in enumerate(zip(data.scenarios, data.bars, strict=True)):
        shift = (i - (len(data.scenarios) - 1) / 2) * thick
        places = [j + shift for j, bar in enumerate(bars) if bar]
        counts = [bar.customers for bar in bars if bar]
        ax.barh(places, counts, height=thick * 0.92, label=short(name), **bar_style(i))
        for j, bar in enumerate(bars):
            _label(ax, j + shift, bar)
    several = len(data.scenarios) > 1
    legend_room = 0.28 * len(data.scenarios) if several else 0.0
    ax.set_ylim(len(data.steps) - 0.45 + legend_room, -0.55)
    ax.set_yticks(
        range(len(data.steps)), [step.replace("_", " ") for step in data.steps], parse_math=False
    )
    tidy(ax, "Who takes each step")
    ax.set_xlabel("prospects, on a log scale (in brackets: of those offered it)", fontsize=9)
    ax.set_xticks([10**k for k in range(13) if 10**k <= max(largest, 1.0)])
    ax.xaxis.set_major_formatter("{x:,.0f}")
    ax.minorticks_off()
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    if several:
        legend = ax.legend(loc="lower right", fontsize=9, frameon=False, handlelength=2.2)
        for text in legend.get_texts():
            text.set_parse_math(False)
    return ax


def _label(ax: Axes, y: float, bar: FunnelBar | None) -> None:
    """Write the count and the share at the bar's end, or that there is no such step."""
    if bar is None:
        ax.text(
            0.9,
            y,
            "no such step",
            va="center",
            fontsize=8.5,
            color=FAINT,
            style="italic",
            parse_math=False,
        )
        return
    share = "" if bar.share is None else f"  ({percent(bar.share)})"
    place = max(bar.customers, 0.8) * 1.12
    ax.text(place, y, f"{bar.customers:,.0f}{share}", va="center", fontsize=8.5, color=INK)


def value_split(data: Split, ax: Axes | None = None) -> Axes:
    """Draw which factors carry a difference in customer value, with their 95 % intervals.

    Parameters
    ----------
    data : Split
        The parts and, last, their total; written so that the parts add up.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes
    """
    ax = new_axes(7.0, 1.2 + 0.45 * len(data.parts)) if ax is None else ax
    *values, total = (part.value for part in data.parts)
    written = adding_up(values, total)
    for place, part in enumerate(data.parts):
        ax.barh([place], [part.value], height=0.62, **change_style(gain=part.value >= 0))
        if math.isfinite(part.low) and math.isfinite(part.high):
            whiskers = [[part.value - part.low], [part.high - part.value]]
            line: dict[str, Any] = {"fmt": "none", "ecolor": INK, "elinewidth": 1.1, "capsize": 3}
            ax.errorbar([part.value], [place], xerr=whiskers, **line)
        label = signed(written[place], MONEY, like=[*values, total])
        _label_part(ax, place, part, label, bold=place == len(data.parts) - 1)
    ax.axvline(0, color=INK, linewidth=0.9)
    ax.axhline(len(data.parts) - 1.5, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    spare = max(0, 4 - len(data.parts)) / 2  # so that few bars are not thick
    ax.set_ylim(len(data.parts) - 0.5 + spare, -0.55 - spare)
    ax.set_yticks(range(len(data.parts)), [part.label for part in data.parts], parse_math=False)
    if any(part.value or part.low or part.high for part in data.parts):
        ax.margins(x=0.22)
    else:
        ax.set_xlim(-1, 1)
    tidy(ax, data.title)
    ax.set_xlabel(
        f"{data.unit} of lifetime value (CLV) per prospect, with 95 % intervals",
        fontsize=9,
        parse_math=False,
    )
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    return ax


def _label_part(ax: Axes, place: int, part: Part, label: str, *, bold: bool) -> None:
    """Write the value beyond the whisker, on the side that the bar points to."""
    gain = part.value >= 0
    ends = [end for end in (part.low, part.high, part.value, 0.0) if math.isfinite(end)]
    ax.annotate(
        label.replace("-", "\N{MINUS SIGN}"),
        (max(ends) if gain else min(ends), place),
        xytext=(5 if gain else -5, 0), textcoords="offset points",
        ha="left" if gain else "right", va="center", fontsize=9, color=INK,
        fontweight="bold" if bold else "normal",
    )  # fmt: skip
