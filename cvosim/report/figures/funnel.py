"""Who takes each step of the journey, on a log scale."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.numbers import percent
from cvosim.report.style import FAINT, INK, bar_style, new_axes, short, tidy

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
