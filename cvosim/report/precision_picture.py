"""Differences with their intervals as a figure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.exhibit import Exhibit
from cvosim.report.precision import near, precise_comparison_lines, precise_comparison_table
from cvosim.report.style import COLOURS, INK, new_axes, short, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.precision.compare import PreciseComparison


class Gap(NamedTuple):
    """A variant's difference from the baseline, with its interval and how it is written."""

    name: str
    value: float
    low: float
    high: float
    words: str


class Gaps(NamedTuple):
    """Differences of one metric, one a variant."""

    title: str
    unit: str
    gaps: tuple[Gap, ...]


def gaps(data: Gaps, ax: Axes | None = None) -> Axes:
    """Draw each difference as a mark with its 95 % interval beside the line of no difference.

    Parameters
    ----------
    data : Gaps
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Examples
    --------
    >>> ax = gaps(Gaps("clv", "USD", (Gap("dearer", 1.5, 1.0, 2.0, "+1.50"),)))
    >>> [text.get_text() for text in ax.texts]
    ['+1.50']
    """
    ax = new_axes(8.0, 1.5 + 0.5 * len(data.gaps)) if ax is None else ax
    mark: dict[str, Any] = {"fmt": "o", "color": COLOURS[0], "ecolor": INK, "capsize": 4}
    for place, gap in enumerate(data.gaps):
        ax.errorbar([gap.value], [place], xerr=[[gap.value - gap.low], [gap.high - gap.value]],
                    elinewidth=1.4, markersize=7, **mark)  # fmt: skip
        ax.annotate(gap.words, (gap.high, place), xytext=(7, 0), textcoords="offset points",
                    va="center", fontsize=9, color=INK, parse_math=False)  # fmt: skip
    ax.axvline(0.0, color=INK, linewidth=1.0)
    ax.set_ylim(len(data.gaps) - 0.4, -0.6)
    ax.set_yticks(
        range(len(data.gaps)), [short(gap.name, 34) for gap in data.gaps], parse_math=False
    )
    ax.margins(x=0.25)
    tidy(ax, data.title)
    ax.set_xlabel(
        f"{data.unit} (lines: 95 % intervals; at 0: no difference)", fontsize=9, parse_math=False
    )
    ax.grid(axis="x", color="#e6e6e6", linewidth=0.8)
    return ax


def gaps_exhibit(done: PreciseComparison) -> Exhibit | None:
    """Show the differences; None where none has an interval."""
    found = tuple(
        Gap(name, one.estimate.value, *one.estimate.interval(),
            near(one.estimate.value, one.estimate.half_width, done.unit, change=True)[0])
        for name, one in done.differences.items()
        if math.isfinite(one.estimate.half_width)
    )  # fmt: skip
    if not found:
        return None
    title = f"{done.metric}, against {done.baseline}"
    alt = " ".join(precise_comparison_lines(done)[: len(done.differences)])
    data = Gaps(short(title, 84), done.unit, found)
    return Exhibit("differences", title, alt, gaps, data, precise_comparison_table(done))
