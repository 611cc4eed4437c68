"""What a buyer of each channel costs, against what a prospect of it is worth."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.bare import bare_axes, x_marks, y_marks
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures.scales import money_marks
from cvosim.report.figures.shared import (
    add_lines,
    fitting_marks,
    half_of,
    inches_wide,
    key_room,
    listed,
    point_style,
    side_row,
    side_table,
    titled,
    widest,
)  # fmt: skip
from cvosim.report.numbers import money
from cvosim.report.style import FAINT, INK, Margins, short, text_inches

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.illustrated import Illustrated
    from cvosim.metrics.estimate import Estimate
    from cvosim.report.tables import Table

    Measured = Mapping[str, Estimate]

_COST, _VALUE = "cac", "clv_per_prospect"
_HEIGHT = 3.4
_TITLE = "What each channel costs and what it brings"


class ChannelPoint(NamedTuple):
    """One channel of one scenario, with half-widths of 95 % intervals; NaN: not known."""

    channel: str
    cost: float
    cost_half: float
    value: float
    value_half: float


class Channels(NamedTuple):
    """The channels of every scenario; one that brought no buyer has no point."""

    scenarios: tuple[str, ...]
    currency: str
    points: tuple[tuple[ChannelPoint, ...], ...]


def channels(data: Channels, ax: Axes | None = None) -> Axes:
    """Draw acquisition cost per buyer against value per prospect, a point a channel.

    Parameters
    ----------
    data : Channels
        Points of every scenario.
    ax : Axes, optional
        Where to draw; axes on a figure of their own when left out.

    Returns
    -------
    Axes

    Examples
    --------
    >>> from cvosim.report.figures.channels import ChannelPoint, Channels, channels
    >>> points = ChannelPoint("ads", 40.0, 2.0, 5.0, 0.5), ChannelPoint("blog", 0.0, 0.0, 3.0, 0.4)
    >>> ax = channels(Channels(("now",), "USD", (points,)))
    >>> [text.get_text() for text in ax.texts][:2]
    ['ads', 'blog']
    """
    across, up = _limits(data)
    places, labels = money_marks(*up)
    if ax is None:
        left = 0.42 + widest(labels)
        room = 0.45 + key_room(data.scenarios, 7.8 - left)
        margins = Margins(left=left, top=room)
        ax = bare_axes(8.0, _HEIGHT + room + margins.bottom, margins)
    ax.set_axis_off()
    ax.set_xlim(across)
    ax.set_ylim(up)
    ax.axhline(0, color=INK, linewidth=0.9)
    _moves(ax, data)
    for index, points in enumerate(data.points):
        style = point_style(index)
        x, y = [p.cost for p in points], [p.value for p in points]
        if points:
            ends = [one for point in points for one in _whiskers(point)]
            add_lines(ax, ends, colors=style["color"], linewidths=1.1, zorder=2)
            ax.plot(x, y, **(style | {"linestyle": "none", "zorder": 3}))
    _names(ax, data)
    titled(ax, _TITLE, data.scenarios, "point")
    words = f"{data.currency} to win a buyer (acquisition cost per first-time buyer)"
    x_marks(ax, *fitting_marks(*across, inches_wide(ax)), words, grid=True)
    y_marks(ax, places, labels, f"{data.currency} that a prospect is worth (CLV)")
    return ax


def channels_exhibit(found: Illustrated) -> Exhibit | None:
    """What a buyer of each channel costs against what a prospect of it is worth.

    Parameters
    ----------
    found : Illustrated
        As `cvosim.experiment.illustrate` returns it.

    Returns
    -------
    Exhibit or None
        None where no channel is known to cost and to bring something.
    """
    names = tuple(found.metrics)
    points = tuple(_points(found.metrics[name]) for name in names)
    if not any(points):
        return None
    data = Channels(names, found.currency, points)
    note = (
        "To the right a buyer costs more to win; higher up a prospect of the channel is worth "
        "more. The worth is after all costs, those of winning buyers included, so every channel "
        "above zero pays for itself, however dear its buyers are, and every one below zero loses "
        "money. People brought by referral are nobody's prospects, so referral has no point; nor "
        "has a channel that won no buyer. A thin line joins the same channel in two scenarios."
    )
    return Exhibit("channels", _TITLE, _alt(data), channels, data, _table(found.metrics), note)


def _known(half: float) -> float:
    return half if math.isfinite(half) else 0.0


def _channels_of(metrics: Measured) -> list[str]:
    return [name.partition(".")[2] for name in metrics if name.startswith(f"{_COST}.")]


def _points(metrics: Measured) -> tuple[ChannelPoint, ...]:
    found = []
    for channel in _channels_of(metrics):
        cost, value = metrics[f"{_COST}.{channel}"], metrics.get(f"{_VALUE}.{channel}")
        if value and math.isfinite(cost.value) and math.isfinite(value.value):
            halves = half_of(cost), half_of(value)
            found.append(ChannelPoint(channel, cost.value, halves[0], value.value, halves[1]))
    return tuple(found)


def _moves(ax: Axes, data: Channels) -> None:
    """Join the same channel of the baseline and of each variant."""
    first = {point.channel: point for point in data.points[0]}
    for points in data.points[1:]:
        for point in points:
            if point.channel in first:
                start = first[point.channel]
                ends = [start.cost, point.cost], [start.value, point.value]
                ax.plot(*ends, color=FAINT, linewidth=0.8, zorder=1)


def _whiskers(point: ChannelPoint) -> list[list[tuple[float, float]]]:
    wide, high = _known(point.cost_half), _known(point.value_half)
    x, y = point.cost, point.value
    return [[(x - wide, y), (x + wide, y)], [(x, y - high), (x, y + high)]]


def _limits(data: Channels) -> tuple[tuple[float, float], tuple[float, float]]:
    """Limits that hold every point and interval, and zero on both axes."""
    every = [point for points in data.points for point in points]
    low, high = _ends([(p.cost, _known(p.cost_half)) for p in every])
    across = (-0.04 * high, high + 0.08 * (high - low))
    low, high = _ends([(p.value, _known(p.value_half)) for p in every])
    return across, (low - 0.1 * (high - low), high + 0.12 * (high - low))


def _ends(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    low = min([0.0, *(value - half for value, half in pairs)])
    high = max([0.0, *(value + half for value, half in pairs)])
    return (low, high) if high > low else (0.0, 1.0)


def _names(ax: Axes, data: Channels) -> None:
    """Name each channel once, where its name covers no point and no other name."""
    figure = ax.figure.figure
    unit = inches_wide(ax), float(ax.get_position().height * figure.get_figheight())
    (left, right), (low, high) = ax.get_xlim(), ax.get_ylim()

    def inches(point: ChannelPoint) -> tuple[float, float]:
        across, up = (point.cost - left) / (right - left), (point.value - low) / (high - low)
        return across * unit[0], up * unit[1]

    every = [inches(point) for points in data.points for point in points]
    taken = [(x - 0.07, y - 0.07, x + 0.07, y + 0.07) for x, y in every]
    named: set[str] = set()
    for point in (point for points in data.points for point in points):
        if point.channel in named:
            continue
        named.add(point.channel)
        text = short(point.channel.replace("_", " "), 28)
        (x, y), wide = inches(point), text_inches(text)
        shift, box = _free((x, y), wide, taken, unit)
        taken.append(box)
        ax.annotate(
            text, (point.cost, point.value), xytext=(72 * shift[0], 72 * shift[1]),
            textcoords="offset points", va="center", fontsize=9, color=INK, parse_math=False,
        )  # fmt: skip


_Box = tuple[float, float, float, float]


def _free(
    point: tuple[float, float], wide: float, taken: list[_Box], room: tuple[float, float]
) -> tuple[tuple[float, float], _Box]:
    """Give the first place about a point that is free, and the box that a name takes there."""
    beside = [(0.12, 0.14), (0.12, -0.14), (-0.12 - wide, 0.14), (-0.12 - wide, -0.14)]
    further = [
        (across, sign * up)
        for up in (0.25, 0.4, 0.55, 0.7, 0.85, 1.0)
        for sign in (1, -1)
        for across in (0.05, -0.05 - wide)
    ]
    places = [*beside, *further]
    boxes = [
        (point[0] + x, point[1] + y - 0.08, point[0] + x + wide, point[1] + y + 0.08)
        for x, y in places
    ]
    for place, box in zip(places, boxes, strict=True):
        inside = box[0] >= 0 and box[1] >= 0 and box[2] <= room[0] + 0.15 and box[3] <= room[1]
        if inside and not any(_cross(box, other) for other in taken):
            return place, box
    return places[0], boxes[0]


def _cross(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _alt(data: Channels) -> str:
    """Say what each channel's prospects are worth, what its buyers cost, and how many lose."""
    sentences = []
    for name, points in zip(data.scenarios, data.points, strict=True):
        if not points:
            sentences.append(f"{name}: no channel is known to win a buyer.")
            continue
        words = [
            f"{point.channel.replace('_', ' ')} "
            f"{_money(point.value, point.value_half, data)} a prospect at "
            f"{_money(point.cost, point.cost_half, data)} a buyer"
            for point in points
        ]
        sentences.append(f"{name}: {listed(words)}; {_losing(points)}.")
    return f"In brackets: 95 % intervals. {' '.join(sentences)}"


def _losing(points: tuple[ChannelPoint, ...]) -> str:
    """Say how many channels lose money; only what the interval leaves no doubt of is said."""
    sure = sum(point.value + point.value_half < 0 for point in points)
    unsure = sum(not abs(point.value) > point.value_half for point in points)
    verb = "loses" if sure == 1 else "lose"
    words = f"{sure or 'none'} of {len(points)} {verb} money"
    if not unsure:
        return words
    return f"{words} for certain, and of {unsure} it cannot be told"


def _money(value: float, half: float, data: Channels) -> str:
    text = money(value, data.currency)
    if not (math.isfinite(value) and math.isfinite(half)) or half == 0:
        return text
    low, high = (money(end, data.currency, like=value) for end in (value - half, value + half))
    return f"{text} ({low} to {high})"


def _table(measured: Mapping[str, Measured]) -> Table:
    names = list(dict.fromkeys(c for metrics in measured.values() for c in _channels_of(metrics)))
    rows = []
    for channel in names:
        for name, metrics in measured.items():
            pair = metrics.get(f"{_COST}.{channel}"), metrics.get(f"{_VALUE}.{channel}")
            if pair[0] is not None:
                rows.append(side_row(channel, name, pair))
    header = ("channel", "scenario", "cost per buyer", "± 95 %", "worth per prospect", "± 95 %")
    columns = ("channel", "scenario", "cac", "cac_half_width", "clv_per_prospect", "clv_half_width")
    return side_table(header, rows, columns, several=len(measured) > 1)
