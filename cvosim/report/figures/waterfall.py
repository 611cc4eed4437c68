"""From one scenario's customer value to another's, part by part."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.bare import bare_axes, heading, x_marks, y_marks
from cvosim.report.figures.shared import (
    MINUS,
    add_bar,
    add_lines,
    fitting_marks,
    inches_wide,
    room_for,
    widest,
)  # fmt: skip
from cvosim.report.numbers import MONEY, adding_up, number, signed
from cvosim.report.style import INK, Margins, bar_style, change_style

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_THICK = 0.62
_BREAK = 2.5
"""So many times as far from zero as the picture is wide, the axis does not start there."""


class Part(NamedTuple):
    """One part of a difference, with its 95 % interval; NaN where that is not known."""

    label: str
    value: float
    low: float
    high: float


class Level(NamedTuple):
    """What a prospect is worth in the ``scenario``-th scenario."""

    label: str
    value: float
    scenario: int


class Waterfall(NamedTuple):
    """Parts that lead from one level to another; they add up to ``total``.

    Without levels (None) the parts lead from nothing to their total.
    """

    title: str
    measure: str
    levels: tuple[Level, Level] | None
    parts: tuple[Part, ...]
    total: Part


class _Bar(NamedTuple):
    """A bar from ``start`` to ``end``, its whiskers, and what is written beside it."""

    start: float
    end: float
    low: float
    high: float
    text: str
    style: dict[str, Any]
    closing: bool


def waterfall(data: Waterfall, ax: Axes | None = None) -> Axes:
    """Draw how parts lead from one level to another: gains filled, losses hatched.

    Parameters
    ----------
    data : Waterfall
        Written so that the parts add up to the total.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.report.figures import Part, Waterfall, waterfall
    >>> parts = Part("time", 3.0, 2.5, 3.5), Part("cost", -1.0, -1.2, -0.8)
    >>> ax = waterfall(Waterfall("Why", "EUR", None, parts, Part("total", 2.0, 1.5, 2.5)))
    >>> [text.get_text() for text in ax.texts][:3]
    ['+3.00', '−1.00', '+2.00']
    """
    bars, labels = _bars(data), _labels(data)
    base = _base(bars) if data.levels else 0.0
    ax = _own_axes(data.title, labels, broken=bool(base)) if ax is None else ax
    ax.set_axis_off()
    limits = _limits(bars, base, inches_wide(ax))
    places = range(len(bars))
    for place, bar in enumerate(bars):
        start = base if bar.closing and math.isnan(bar.start) else bar.start
        add_bar(ax, (start, bar.end), place, _THICK, bar.style)
        _write(ax, place, bar)
    _whiskers(ax, bars)
    threads = [[(bar.end, place), (bar.end, place + 1)] for place, bar in enumerate(bars[:-1])]
    add_lines(ax, threads, **_THREAD)
    if base:
        _broken(ax, [place for place, bar in enumerate(bars) if bar.closing], base, limits)
    elif limits[0] < 0.0:
        ax.axvline(0, color=INK, linewidth=0.9)
    ax.set_xlim(limits)
    spare = max(0, 4 - len(bars)) / 2  # so that few bars are not thick
    ax.set_ylim(len(bars) - 0.5 + spare, -0.55 - spare)
    y_marks(ax, places, labels, grid=False)
    heading(ax, data.title)
    ends = "\n(the axis does not start at 0)" if base else ""
    words = f"{data.measure}, with 95 % intervals{ends}"
    x_marks(ax, *fitting_marks(*limits, inches_wide(ax)), words, grid=True)
    return ax


_THREAD: dict[str, Any] = {
    "colors": INK,
    "linewidths": 0.7,
    "linestyles": [(0, (2, 2))],
    "zorder": 0.9,
}


def _labels(data: Waterfall) -> list[str]:
    labels = [part.label for part in data.parts]
    if data.levels is None:
        return [*labels, data.total.label]
    return [data.levels[0].label, *labels, data.levels[1].label]


def _bars(data: Waterfall) -> list[_Bar]:
    """Every bar from top to bottom; a level starts at NaN: where the axis does."""
    values = [part.value for part in data.parts]
    *written, all_of_it = adding_up(values, data.total.value)
    beside = [*values, data.total.value]
    texts = [_signed(value, beside) for value in (*written, all_of_it)]
    first = data.levels[0].value if data.levels else 0.0
    bars = []
    if data.levels:
        text, look = _amount(first, beside), bar_style(data.levels[0].scenario)
        bars.append(_Bar(math.nan, first, math.nan, math.nan, text, look, closing=True))
    ends = list(accumulate(values, initial=first))
    for part, text, start in zip(data.parts, texts, ends, strict=False):
        look = change_style(gain=part.value >= 0)
        reach = (start + part.low, start + part.high)
        bars.append(_Bar(start, start + part.value, *reach, text, look, closing=False))
    return [*bars, _last(data, first, texts[-1], beside)]


def _last(data: Waterfall, first: float, text: str, beside: list[float]) -> _Bar:
    total = data.total
    reach = (first + total.low, first + total.high)
    if data.levels is None:
        look = change_style(gain=total.value >= 0)
        return _Bar(math.nan, total.value, *reach, text, look, closing=True)
    value = data.levels[1].value
    words = f"{_amount(value, beside)}  ({text})"
    return _Bar(math.nan, value, *reach, words, bar_style(data.levels[1].scenario), closing=True)


def _signed(value: float, beside: Sequence[float]) -> str:
    return signed(value, MONEY, like=beside).replace("-", MINUS)


def _amount(value: float, beside: Sequence[float]) -> str:
    return number(value, MONEY, like=[value, *beside]).replace("-", MINUS)


def _own_axes(title: str, labels: list[str], *, broken: bool) -> Axes:
    left, top = 0.3 + widest(labels), 0.3 + 0.2 * len(title.split("\n"))
    margins = Margins(left, top=top, bottom=0.72 if broken else 0.55)
    height = margins.top + margins.bottom + 0.42 * max(4, len(labels))
    return bare_axes(8.0, height, margins)


def _base(bars: list[_Bar]) -> float:
    """Where the bars of the levels start.

    At zero, unless the parts are so small beside the levels that nobody could read them then.
    """
    ends = [end for bar in bars for end in _reach(bar)]
    low, high = min(ends, default=0.0), max(ends, default=0.0)
    if high <= low or max(low, -high) <= _BREAK * (high - low):
        return 0.0
    room = 0.3 * (high - low)
    return low - room if low > 0 else high + room


def _limits(bars: list[_Bar], base: float, width: float) -> tuple[float, float]:
    """Limits of an axis of so many inches on which every bar and its amount fit."""
    shifted = []
    for bar in bars:
        ends = [end - base for end in _reach(bar)] or [0.0]
        shifted.append((min(ends), max(ends), bar.text))
    low, high = room_for(shifted, width)
    return low + base, high + base


def _reach(bar: _Bar) -> list[float]:
    """Every end of a bar and of its whiskers that is known."""
    return [end for end in (bar.start, bar.end, bar.low, bar.high) if math.isfinite(end)]


def _write(ax: Axes, place: int, bar: _Bar) -> None:
    """Write the amount beyond the whisker, on the side that the bar points to."""
    below = bar.text.startswith(MINUS)
    reach = _reach(bar) or [0.0]
    ax.annotate(
        bar.text, (min(reach) if below else max(reach), place),
        xytext=(-5 if below else 5, 0), textcoords="offset points",
        ha="right" if below else "left", va="center", fontsize=9, color=INK,
        fontweight="bold" if bar.closing else "normal",
    )  # fmt: skip


def _whiskers(ax: Axes, bars: list[_Bar]) -> None:
    known = [
        (place, bar)
        for place, bar in enumerate(bars)
        if all(map(math.isfinite, (bar.low, bar.end, bar.high)))
    ]
    if known:
        ends = [(x, place) for place, bar in known for x in (bar.low, bar.high)]
        add_lines(ax, [ends[k : k + 2] for k in range(0, len(ends), 2)], colors=INK, linewidths=1.1)
        caps: dict[str, Any] = {"linestyle": "none", "marker": "|", "markersize": 6, "color": INK}
        ax.plot(*zip(*ends, strict=True), **caps)


def _broken(ax: Axes, places: list[int], base: float, limits: tuple[float, float]) -> None:
    """Cut through the bars that do not start at zero."""
    step = 0.012 * (limits[1] - limits[0])
    middle = base + 2.5 * step * (1 if base <= (limits[0] + limits[1]) / 2 else -1)
    for place in places:
        for shift in (-step / 2, step / 2):
            ends = [middle + shift - step / 2, middle + shift + step / 2]
            ax.plot(ends, [place + 0.38, place - 0.38], color="white", linewidth=2.0)
