"""Which factors carry a difference in customer value."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.numbers import MONEY, adding_up, signed
from cvosim.report.style import FAINT, INK, change_style, new_axes, tidy

if TYPE_CHECKING:
    from matplotlib.axes import Axes


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
