"""The journey as a figure: ``(data, ax) -> Axes``."""

from __future__ import annotations

from textwrap import fill
from typing import TYPE_CHECKING, Any

from cvosim.plan.diagram import Role, Way
from cvosim.report.journey_layout import BOX, Arrow, Box, Layout, layout_of
from cvosim.report.odds_note import AVERAGE, says_odds
from cvosim.report.style import COLOURS, FAINT, INK, headed, new_axes, new_figure, short

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from cvosim.plan.diagram import Diagram

TITLE_SIZE, TEXT_SIZE, WORD_SIZE = 9.5, 8.5, 7.5
"""Points; the layout's letters per line go by them."""

FILLS: dict[Role, dict[str, Any]] = {
    Role.MARKET: {"facecolor": "#eeeeee", "edgecolor": FAINT},
    Role.STAGE: {"facecolor": "#dce6f2", "edgecolor": COLOURS[0]},
    Role.PROGRAM: {"facecolor": "white", "edgecolor": COLOURS[2], "linestyle": (0, (4, 2))},
    Role.CUSTOMER: {"facecolor": "#fbe9d9", "edgecolor": COLOURS[1]},
    Role.OUTCOME: {"facecolor": "#eeeeee", "edgecolor": FAINT},
}
LINES: dict[Way, dict[str, Any]] = {
    Way.ON: {"color": INK, "linewidth": 1.3},
    Way.NO: {"color": COLOURS[2], "linewidth": 0.9},
    Way.WON_BACK: {"color": COLOURS[0], "linewidth": 1.1, "linestyle": (0, (4, 2))},
    Way.AFTER: {"color": COLOURS[1], "linewidth": 1.1},
    Way.REFERRED: {"color": COLOURS[1], "linewidth": 1.6},
}
"""Ways differ by line as well as by colour."""


def journey(data: Diagram, ax: Axes | None = None) -> Axes:
    r"""Draw a journey: stages from left to right, programs below, customers at the foot.

    Parameters
    ----------
    data : Diagram
        As `cvosim.plan.diagram.journey_diagram` returns it.
    ax : Axes, optional
        Where to draw, which shrinks the letters if it is small; axes of the right size on a
        figure of their own when left out.

    Returns
    -------
    Axes
        One unit is an inch of the full size.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan.diagram import journey_diagram
    >>> from cvosim.report.journey import journey
    >>> ax = journey(journey_diagram(compile_plan(load_scenario("cdnow"))))
    >>> [text.get_text() for text in ax.texts][:4]
    ['customers', 'market', 'web 100\xa0%', 'core offer']
    """
    sheet = layout_of(data)
    ax = new_axes(sheet.width, sheet.height) if ax is None else ax
    ax.set_xlim(0.0, sheet.width)
    ax.set_ylim(sheet.height, 0.0)
    ax.set_aspect("equal")
    ax.set_axis_off()
    scale = _scale(ax, sheet)
    if sheet.panel is not None:
        _panel(ax, sheet, scale)
    for arrow in sheet.arrows:
        _arrow(ax, arrow, scale)
    for box in sheet.boxes.values():
        _box(ax, box, scale)
    for word in sheet.words:
        ax.text(
            word.x,
            word.y,
            word.text,
            rotation=90 if word.upright else 0,
            ha="center",
            va="center",
            fontsize=WORD_SIZE * scale,
            color=INK,
            parse_math=False,
        )
    return ax


def journey_picture(name: str, data: Diagram) -> Figure:
    """One sheet about one scenario: its journey."""
    sheet = layout_of(data)
    noted = says_odds(data)
    figure = new_figure(sheet.width + 0.25, sheet.height + (0.85 if noted else 0.6))
    journey(data, figure.add_subplot())
    if noted:
        style: dict[str, Any] = {"fontsize": WORD_SIZE, "color": FAINT, "parse_math": False}
        figure.supxlabel(
            fill(f"accept: {AVERAGE}", int(16 * sheet.width)), x=0.01, ha="left", **style
        )
    headed(figure, short(name, 70))
    return figure


def _scale(ax: Axes, sheet: Layout) -> float:
    """How much smaller than in full size it is drawn; 1 at most."""
    extent = ax.get_window_extent().transformed(ax.figure.dpi_scale_trans.inverted())
    fits = (extent.width / sheet.width, extent.height / sheet.height)
    return min(1.0, 1.15 * min(fits))


def _panel(ax: Axes, sheet: Layout, scale: float) -> None:
    from matplotlib.patches import Rectangle

    assert sheet.panel is not None
    x, y, width, height = sheet.panel
    ax.add_patch(Rectangle((x, y), width, height, facecolor="#f7f7f7", edgecolor="none", zorder=0))
    ax.text(
        x + 0.08,
        y + 0.12,
        "customers",
        fontsize=WORD_SIZE * scale,
        color=FAINT,
        va="center",
        parse_math=False,
    )


def _arrow(ax: Axes, arrow: Arrow, scale: float) -> None:
    """All of it as a line, then the heads."""
    from matplotlib.patches import FancyArrowPatch

    style = dict(LINES[arrow.way])
    xs, ys = zip(*arrow.points, strict=True)
    ax.plot(xs, ys, zorder=1, solid_capstyle="butt", **style)
    ends = {"->": (-1,), "<->": (-1, 0), "-": ()}[arrow.heads]
    for end in ends:
        before = arrow.points[-2 if end else 1]
        head = FancyArrowPatch(
            before,
            arrow.points[end],
            arrowstyle="-|>",
            mutation_scale=11 * scale,
            color=style["color"],
            linewidth=0,
            shrinkA=0,
            shrinkB=0,
            zorder=2,
        )
        ax.add_patch(head)


def _box(ax: Axes, box: Box, scale: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    shape = f"round,pad=0,rounding_size={0.07 if box.node.role != Role.OUTCOME else 0.15}"
    fill = {"linewidth": 1.0, "zorder": 3, **FILLS[box.node.role]}
    ax.add_patch(FancyBboxPatch((box.x, box.y), BOX, box.height, boxstyle=shape, **fill))
    middle = box.x + BOX / 2
    top = box.middle - (box.title_height + box.text_height) / 2
    text: dict[str, Any] = {"ha": "center", "va": "center", "color": INK, "parse_math": False}
    title: dict[str, Any] = {"fontsize": TITLE_SIZE * scale, "fontweight": "bold", "zorder": 4}
    ax.text(middle, top + box.title_height / 2, box.title, **title, **text)
    if box.text:
        centre = top + box.title_height + box.text_height / 2
        ax.text(middle, centre, box.text, fontsize=TEXT_SIZE * scale, zorder=4, **text)
