"""How much customers differ in what they are worth."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.bare import bare_axes, x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.shared import (
    MINUS,
    add_lines,
    half_of,
    key_room,
    point_style,
    side_row,
    side_table,
    titled,
    turned,
    widest,
)  # fmt: skip
from cvosim.report.numbers import MONEY, UNKNOWN, money, number
from cvosim.report.style import FAINT, INK, Margins
from cvosim.report.verdict import sides_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Estimate
    from cvosim.metrics.portrait import ValueSpread
    from cvosim.report.tables import Table

PERCENTS = (10, 50, 90, 99)
"""Percentiles of buyers that are marked, as the metrics have them."""

_MEAN = 3.5
"""Where the mean of all prospects stands, above the percentiles."""

_ENDS = (0.01, 0.995)
"""How far the curve of buyers goes: what lies beyond rests on too few."""

_COLUMN_GAP = 0.18


class Mean(NamedTuple):
    """An amount of money with its 95 % interval; NaN where it is not known."""

    value: float
    low: float
    high: float


class Spread(NamedTuple):
    """What buyers are worth from the least to the most, and prospects on average.

    ``curves[i]`` holds pairs of a share of scenario ``i``'s buyers and what they do not exceed,
    ``marks[i]`` the amounts at `PERCENTS` and ``means[i]`` the CLV per prospect.
    """

    scenarios: tuple[str, ...]
    currency: str
    curves: tuple[tuple[tuple[float, float], ...], ...]
    marks: tuple[tuple[Mean, ...], ...]
    means: tuple[Mean, ...]


def value_spread(data: Spread, ax: Axes | None = None) -> Axes:
    """Draw what a buyer is worth by percentile, and the mean of all prospects above.

    Money is linear about zero and logarithmic beyond; percentiles are spaced as those of a
    normal distribution, so that both ends can be read.

    Parameters
    ----------
    data : Spread
        Curves, percentiles and means of every scenario.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.report.figures.value_spread import Mean, Spread, value_spread
    >>> marks = tuple(Mean(v, v - 1, v + 1) for v in (5.0, 20.0, 90.0, 800.0))
    >>> curve = ((0.1, 5.0), (0.5, 20.0), (0.9, 90.0), (0.99, 800.0))
    >>> ax = value_spread(Spread(("now",), "USD", (curve,), (marks,), (Mean(1.2, 1.0, 1.4),)))
    >>> [text.get_text() for text in ax.texts][:5]
    ['1.20', '5.00', '20.00', '90.00', '800.00']
    """
    places = [_MEAN, *map(_place, PERCENTS)]
    columns = _columns(data)
    ax = _own_axes(data, columns) if ax is None else ax
    ax.set_axis_off()
    for index, curve in enumerate(data.curves):
        shift = 0.22 * ((len(data.scenarios) - 1) / 2 - index)
        known = zip(places[1:], data.marks[index], strict=True)
        _draw(ax, index, curve, [(_MEAN + shift, data.means[index]), *known])
    _write_columns(ax, columns, places)
    ax.set_ylim(-2.5, 4.25)
    ax.axhline((_MEAN + places[-1]) / 2, color=FAINT, linewidth=0.8, linestyle=(0, (4, 3)))
    labels = [f"{percent} % of buyers\nare worth at most" for percent in PERCENTS]
    y_marks(ax, places, [_TOP, *labels], grid=False)
    titled(ax, "What a buyer is worth, from the least to the most", data.scenarios, "point")
    marks = _money_axis(ax, data)
    words = f"{data.currency} of lifetime value (CLV), with 95 % intervals"
    shown = [f"{mark:,.10g}".replace("-", MINUS) for mark in marks]
    x_marks(ax, marks, shown, words, grid=True)
    return ax


_TOP = "a prospect is worth\non average"


def value_spread_exhibit(found: Illustrated) -> Exhibit:
    """What buyers are worth by percentile, and prospects on average.

    Parameters
    ----------
    found : Illustrated
        As `cvosim.experiment.illustrate` returns it.

    Returns
    -------
    Exhibit
    """
    names = tuple(found.metrics)
    data = Spread(
        names,
        found.currency,
        tuple(_curve(found.portraits[name].value) for name in names),
        tuple(
            tuple(_mean(found.metrics[name].get(f"clv_buyer_quantile.p{p}")) for p in PERCENTS)
            for name in names
        ),
        tuple(_mean(found.metrics[name].get("clv_per_prospect")) for name in names),
    )
    note = (
        "A line to the right is worth more. Money is drawn evenly near zero and by powers of ten "
        "beyond, so that small and very large amounts can both be read. A buyer's worth is before "
        "what it cost to win buyers; a prospect's is after it, and most prospects never buy. The "
        "mean of prospects is their own value, without people whom they bring by referral."
    )
    table = _table(found.metrics)
    title = "What a buyer is worth, from the least to the most"
    alt = " ".join([*_differences(found), *_worths(data)])
    return Exhibit("value_spread", title, alt, value_spread, data, table, note)


def _place(percent: float) -> float:
    """Where a percentile of buyers stands."""
    return NormalDist().inv_cdf(percent / 100)


def _curve(spread: ValueSpread) -> tuple[tuple[float, float], ...]:
    pairs = zip(spread.level.tolist(), spread.buyers.tolist(), strict=True)
    return tuple((p, v) for p, v in pairs if _ENDS[0] <= p <= _ENDS[1] and math.isfinite(v))


def _mean(one: Estimate | None) -> Mean:
    if one is None:
        return Mean(math.nan, math.nan, math.nan)
    half = half_of(one)
    return Mean(one.value, one.value - half, one.value + half)


def _own_axes(data: Spread, columns: list[list[str]]) -> Axes:
    left = 0.3 + widest([_TOP, "99 % of buyers\nare worth at most"])
    right = 0.3 + sum(widest(column) + _COLUMN_GAP for column in columns)
    key = key_room(data.scenarios, 8.0 - left - right)
    margins = Margins(left, right, 0.45 + key, 0.55)
    return bare_axes(8.0, margins.top + margins.bottom + 2.9, margins)


def _draw(
    ax: Axes,
    index: int,
    curve: tuple[tuple[float, float], ...],
    marks: list[tuple[float, Mean]],
) -> None:
    """Draw one scenario's curve, its marks and their whiskers."""
    style = point_style(index)
    dashes = {"color": style["color"], "linestyle": style["linestyle"], "linewidth": 1.6}
    if curve:
        ax.plot([v for _, v in curve], [_place(100 * p) for p, _ in curve], **dashes)
    known = [(y, m) for y, m in marks if math.isfinite(m.value)]
    whiskers = [
        (y, m)
        for y, m in known
        if math.isfinite(m.low) and math.isfinite(m.high) and m.low < m.high
    ]
    if whiskers:
        ends = [[(m.low, y), (m.high, y)] for y, m in whiskers]
        add_lines(ax, ends, colors=style["color"], linewidths=1.2)
    if known:
        style["linestyle"] = "none"
        ax.plot([m.value for _, m in known], [y for y, _ in known], **style)


def _columns(data: Spread) -> list[list[str]]:
    """What is written to the right of the axes: a column a scenario, from top to bottom."""
    rows = [data.means, *zip(*data.marks, strict=True)]
    beside = [
        max((abs(one.value) for one in row if math.isfinite(one.value)), default=1.0)
        for row in rows
    ]
    return [
        [
            number(row[index].value, MONEY, like).replace("-", MINUS)
            for row, like in zip(rows, beside, strict=True)
        ]
        for index in range(len(data.scenarios))
    ]


def _write_columns(ax: Axes, columns: list[list[str]], places: list[float]) -> None:
    """Write the amounts to the right, each column under its scenario's mark."""
    at = ax.get_yaxis_transform()
    right = 12.0
    for index, column in enumerate(columns):
        right += 72 * widest(column)
        for text, place in zip(column, places, strict=True):
            ax.annotate(
                text, (1.0, place), xycoords=at, xytext=(right, 0), textcoords="offset points",
                ha="right", va="center", fontsize=9, color=INK, annotation_clip=False,
            )  # fmt: skip
        if len(columns) > 1:
            look = point_style(index) | {"linestyle": "none", "clip_on": False}
            _mark_column(ax, right - 5, look)
        right += 72 * _COLUMN_GAP


def _mark_column(ax: Axes, points: float, look: dict[str, Any]) -> None:
    """Put a scenario's mark so many points to the right of the axes, above its column."""
    from matplotlib.transforms import ScaledTranslation

    figure = ax.figure
    shift = ScaledTranslation(points / 72, 0.0, figure.dpi_scale_trans)
    ax.plot([1.0], [0.97], transform=ax.transAxes + shift, **look)


def _money_axis(ax: Axes, data: Spread) -> list[float]:
    """Linear up to the power of ten below the means, then logarithmic; give a few marks."""
    every = [
        value
        for curve, marks, mean in zip(data.curves, data.marks, data.means, strict=True)
        for value in (*(v for _, v in curve), *(v for one in (*marks, mean) for v in one))
        if math.isfinite(value)
    ]
    low, high = min([0.0, *every]), max([0.0, *every])
    largest = max(high, -low) or 1.0
    means = [abs(one.value) for one in data.means if math.isfinite(one.value) and one.value]
    near = max(means, default=largest / 100)
    top = math.floor(math.log10(largest))
    start = min(max(math.floor(math.log10(near)), top - 5), top - 1)
    ax.set_xscale("symlog", linthresh=10.0**start, linscale=0.6)
    powers = [10.0**k for k in range(start, top + 1)][:: 2 if top - start > 4 else 1]
    edge = 0.3 * 10.0**start
    ax.set_xlim(low * 1.3 - edge, high * 1.5 if high else edge)
    if low < 0.0:
        ax.axvline(0, color=INK, linewidth=0.9)
    return [-p for p in reversed(powers) if -p >= low] + [0.0] + [p for p in powers if p <= high]


def _worths(data: Spread) -> list[str]:
    """Say what the middle buyer, the best in a hundred and a prospect are worth."""
    sentences = []
    for name, marks, mean in zip(data.scenarios, data.marks, data.means, strict=True):
        tenth, half, _, best = (_worth(one.value, data.currency) for one in marks)
        known = math.isfinite(mean.low) and math.isfinite(mean.high)
        ends = f" ({_worth(mean.low, data.currency)} to {_worth(mean.high, data.currency)})"
        buyers = (
            f"one buyer in ten is worth at most {tenth}, half at most {half}, and the best in a "
            f"hundred more than {best}"
        )
        sentences.append(
            f"{name}: a prospect is worth {_worth(mean.value, data.currency)} on average"
            f"{ends if known else ''}; "
            f"{buyers if math.isfinite(marks[0].value) else 'nobody bought'}."
        )
    return sentences


def _differences(found: Illustrated) -> list[str]:
    """Say where a prospect is worth more by itself, and where no difference is visible."""
    sentences = []
    for one in turned(found.comparison, "clv_per_prospect"):
        variant = one.winner if one.sign > 0 else one.loser
        if found.comparison is None or sides_of(found.comparison, variant) is None:
            continue  # the verdict holds that nothing can be told
        names = f"{one.winner} and {one.loser}"
        like = max(abs(one.low), abs(one.high))
        ends = [money(end, found.currency, like) for end in (one.low, one.high)]
        sure = f"(95 % interval {ends[0]} to {ends[1]})"
        if one.low > 0.0:
            gain = money(one.gain, found.currency, like)
            words = f"By itself a prospect is worth {gain} more in {one.winner} than in {one.loser}"
        elif one.low == one.high:
            words, sure = f"By itself a prospect is worth the same in {names}", ""
        else:
            words = f"No difference is visible between {names} in what a prospect itself is worth"
        sentences.append(f"{words} {sure}".rstrip() + ".")
    return sentences


def _worth(value: float, currency: str) -> str:
    return money(value, currency) if math.isfinite(value) else UNKNOWN


def _table(measured: Mapping[str, Mapping[str, Estimate]]) -> Table:
    """Means, then percentiles of buyers and of prospects."""
    lines = [("mean of prospects", "clv_per_prospect"), ("mean of buyers", "clv_per_buyer")]
    for who, family in (("buyers", "clv_buyer_quantile"), ("prospects", "clv_quantile")):
        lines += [(f"{p} % of {who}: at most", f"{family}.p{p}") for p in PERCENTS]
    rows = [
        side_row(label, name, [metrics.get(key)])
        for label, key in lines
        for name, metrics in measured.items()
    ]
    header = ("lifetime value (CLV)", "scenario", "value", "± 95 %")
    columns = ("what", "scenario", "value", "half_width")
    return side_table(header, rows, columns, several=len(measured) > 1)
