"""The house style of figures: reads without colour, needs no display, touches no global state."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = ("#4C78A8", "#d9730d", "#6b6b6b", "#b79a20", "#7a5195")
"""Blue, orange, grey, ochre and purple: told apart with every common colour blindness."""

HATCHES = ("", "///", "\\\\\\", "xx")
"""And without any colour at all. Four patterns on five colours: twenty that differ.

Dots are none of them: as curves they make every picture a hundred kilobytes larger.
"""

DASHES = ("solid", (0, (5, 2)), (0, (6, 1.5, 1, 1.5)), (0, (1, 1.5)))
"""The same for lines."""

INK = "#222222"
FAINT = "#8a8a8a"


def bar_style(index: int) -> dict[str, Any]:
    """Fill, hatch and edge of the ``index``-th scenario's bars."""
    return {
        "facecolor": COLOURS[index % len(COLOURS)],
        "hatch": HATCHES[index % len(HATCHES)],
        "edgecolor": "white",
        "linewidth": 0.0,
    }


def line_style(index: int, dash: int | None = None) -> dict[str, Any]:
    """Colour and dashes of the ``index``-th scenario's lines; dashes by themselves if asked."""
    dashes = DASHES[(index if dash is None else dash) % len(DASHES)]
    return {"color": COLOURS[index % len(COLOURS)], "linestyle": dashes, "linewidth": 1.8}


def change_style(*, gain: bool) -> dict[str, Any]:
    """Fill a gain, hatch a loss; in grey, since blue and orange mean scenarios."""
    if gain:
        return {"facecolor": "#5f6b76", "edgecolor": "#5f6b76", "linewidth": 0.8}
    return {"facecolor": "white", "edgecolor": "#5f6b76", "hatch": "////", "linewidth": 0.8}


def new_figure(width: float, height: float) -> Figure:
    """Make a figure that belongs to the caller alone: no pyplot, no window, no registry."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.1)
    figure = Figure(figsize=(width, height), dpi=150, layout=layout, facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def short(name: str, width: int = 44) -> str:
    """Cut a name that would not fit.

    Examples
    --------
    >>> short("Carpet cleaning"), short("Carpet cleaning with a tripwire at 19", 20)
    ('Carpet cleaning', 'Carpet cleaning ...')
    """
    from textwrap import shorten

    return shorten(name, width, placeholder=" ...")


def headed(figure: Figure, title: str) -> None:
    """Give a sheet its title."""
    style: dict[str, Any] = {"fontsize": 13, "fontweight": "bold", "parse_math": False}
    figure.suptitle(title, x=0.01, ha="left", **style)


def new_axes(width: float, height: float) -> Axes:
    """Axes on a figure of their own."""
    return new_figure(width, height).add_subplot()


class Margins(NamedTuple):
    """Room around axes, in inches."""

    left: float = 0.6
    right: float = 0.2
    top: float = 0.5
    bottom: float = 0.55


def framed_axes(width: float, height: float, margins: Margins) -> Axes:
    """Axes on a figure of their own, with room that is known: no layout is searched for.

    Half as much work as `new_axes`, which matters where a figure follows a slider.

    Examples
    --------
    >>> ax = framed_axes(8.0, 4.0, Margins(left=0.3 + text_inches("core offer")))
    >>> round(float(ax.get_position().height) * 4.0, 3)
    2.95
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), dpi=150, facecolor="white")
    FigureCanvasAgg(figure)
    inside = width - margins.left - margins.right, height - margins.top - margins.bottom
    place = (
        margins.left / width, margins.bottom / height, inside[0] / width, inside[1] / height,
    )  # fmt: skip
    return figure.add_axes(place)


@lru_cache(maxsize=4096)
def text_inches(text: str, size: float = 9.0) -> float:
    """How wide a line of text is in the font of the figures.

    Parameters
    ----------
    text : str
    size : float
        Points.

    Examples
    --------
    >>> 0.55 < text_inches("core offer") < 0.65
    True
    """
    from matplotlib.font_manager import findfont, get_font

    from cvosim.report.svg import any_letters

    font = get_font(findfont("DejaVu Sans"))
    font.set_size(size, 72)
    with any_letters():
        font.set_text(text, 0.0)
    return float(font.get_width_height()[0]) / 64.0 / 72.0


def tidy(ax: Axes, title: str) -> None:
    """Title to the left, no box, quiet ticks."""
    # names are no formulas: a dollar is a dollar
    style: dict[str, Any] = {"fontsize": 11, "fontweight": "bold", "color": INK}
    # with a place of its own, nobody measures everything else to find it one
    ax.set_title(title, loc="left", y=1.0, pad=10, parse_math=False, **style)
    for side in ("top", "right", "left"):
        ax.spines[side].set_visible(False)
    ax.spines["bottom"].set_color(FAINT)
    ax.tick_params(axis="both", length=0, labelsize=9, colors=INK)
    ax.set_axisbelow(True)
