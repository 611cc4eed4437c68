"""Axes with marks, grid and key drawn by hand: a tick of matplotlib's costs six such texts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cvosim.report.style import FAINT, INK, Margins, framed_axes, text_inches

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes
    from matplotlib.transforms import Transform

GRID = "#e6e6e6"
KEY_INCHES = 0.2
"""Height of a line of the key."""
_KEY_SAMPLE = 26.0
"""Points that a sample in the key takes."""


def bare_axes(width: float, height: float, margins: Margins) -> Axes:
    """Axes on a figure of their own that draw nothing by themselves.

    Examples
    --------
    >>> ax = bare_axes(8.0, 3.0, Margins())
    >>> x_marks(ax, [0.0, 1.0], ["none", "all"])
    >>> [text.get_text() for text in ax.texts]
    ['none', 'all']
    """
    ax = framed_axes(width, height, margins)
    ax.set_axis_off()
    return ax


def moved(ax: Axes, base: Transform, right: float, up: float) -> Transform:
    """Move what ``base`` places by so many points."""
    from matplotlib.transforms import ScaledTranslation

    return base + ScaledTranslation(right / 72, up / 72, ax.figure.dpi_scale_trans)


def heading(ax: Axes, title: str, *, key: int = 0) -> None:
    """Write the title to the left, above so many lines of the key."""
    style: dict[str, Any] = {"fontsize": 11, "fontweight": "bold", "color": INK}
    # with a place of its own, nobody measures everything else to find it one
    pad = 10 + key * 72 * KEY_INCHES
    ax.set_title(title, loc="left", y=1.0, pad=pad, parse_math=False, **style)


def x_marks(
    ax: Axes,
    places: Sequence[float],
    labels: Sequence[str],
    title: str = "",
    *,
    line: bool = True,
    grid: bool = False,
) -> None:
    """Write labels below the axes, and what they mean below them."""
    below = moved(ax, ax.get_xaxis_transform(), 0, -4)
    style: dict[str, Any] = {"fontsize": 9, "color": INK, "va": "top", "parse_math": False}
    for place, label in zip(places, labels, strict=True):
        ax.text(place, 0, label, ha="center", transform=below, **style)
    if title:
        ax.text(0.5, 0, title, ha="center", transform=moved(ax, ax.transAxes, 0, -19), **style)
    if line:
        ax.plot([0, 1], [0, 0], transform=ax.transAxes, color=FAINT, linewidth=0.8, clip_on=False)
    if grid:
        _grid(ax, [[(place, 0.0), (place, 1.0)] for place in places], ax.get_xaxis_transform())


def y_marks(
    ax: Axes, places: Sequence[float], labels: Sequence[str], title: str = "", *, grid: bool = True
) -> None:
    """Write labels to the left of the axes, each with a line across them, and what they mean."""
    beside = moved(ax, ax.get_yaxis_transform(), -6, 0)
    style: dict[str, Any] = {"fontsize": 9, "color": INK, "parse_math": False}
    for place, label in zip(places, labels, strict=True):
        ax.text(0, place, label, ha="right", va="center", transform=beside, **style)
    if title:
        left = 10 + 72 * max((text_inches(label) for label in labels), default=0.0)
        further = moved(ax, ax.transAxes, -left, 0)
        ax.text(0, 0.5, title, ha="right", va="center", rotation=90, transform=further, **style)
    if grid:
        _grid(ax, [[(0.0, place), (1.0, place)] for place in places], ax.get_yaxis_transform())


def _grid(ax: Axes, lines: list[list[tuple[float, float]]], transform: Transform) -> None:
    from matplotlib.collections import LineCollection

    style: dict[str, Any] = {"colors": GRID, "linewidths": 0.8, "zorder": 0.5}
    ax.add_collection(LineCollection(lines, transform=transform, **style), autolim=False)


def key_lines(ax: Axes, entries: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Write the key above the axes, a line an entry, each with a sample of its line."""
    from matplotlib.lines import Line2D

    for row, (words, style) in enumerate(entries):
        up = (len(entries) - row - 0.5) * 72 * KEY_INCHES
        _place_sample(ax, Line2D([0, (_KEY_SAMPLE - 6) / 72], [0, 0], **style), up)
        _entry(ax, words, up)


def key_boxes(ax: Axes, entries: Sequence[tuple[str, dict[str, Any]]]) -> None:
    """Write the key above the axes, a line an entry, each with a box filled as its bars are."""
    from matplotlib.patches import Rectangle

    for row, (words, style) in enumerate(entries):
        up = (len(entries) - row - 0.5) * 72 * KEY_INCHES
        box = Rectangle((0, -3.5 / 72), (_KEY_SAMPLE - 8) / 72, 7 / 72, **style)
        _place_sample(ax, box, up)
        _entry(ax, words, up)


def _place_sample(ax: Axes, sample: Artist, up: float) -> None:
    """Put what is drawn in inches beside the upper left corner of the axes."""
    from matplotlib.transforms import ScaledTranslation

    inches: Any = ax.figure.dpi_scale_trans
    scale: Any = ax.transAxes
    corner = ScaledTranslation(0, 1, scale) + ScaledTranslation(0, up / 72, inches)
    sample.set_transform(inches + corner)
    ax.add_artist(sample)
    sample.set_clip_on(False)  # after the axes have clipped it


def _entry(ax: Axes, words: str, up: float) -> None:
    place = moved(ax, ax.transAxes, _KEY_SAMPLE, up)
    style: dict[str, Any] = {"fontsize": 9, "color": INK, "va": "center", "parse_math": False}
    ax.text(0, 1, words, transform=place, **style)
