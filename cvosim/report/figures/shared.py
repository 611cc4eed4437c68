"""What figures have in common: the key to the scenarios, room for words, tables by scenario."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Literal

from cvosim.report.bare import KEY_INCHES, bare_axes, heading
from cvosim.report.core_offer import Sides
from cvosim.report.figures.scales import money_marks
from cvosim.report.numbers import UNKNOWN, Z95, kind_of, number
from cvosim.report.style import COLOURS, DASHES, INK, Margins, bar_style, short, text_inches
from cvosim.report.tables import Cell, Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.experiment.comparison import Comparison
    from cvosim.metrics.estimate import Estimate
    from cvosim.scenario import Scenario

MARKERS = ("o", "s", "^", "D")
MINUS = "\N{MINUS SIGN}"

Mark = Literal["bar", "point", "line"]

_SWATCH, _GAP = 0.3, 0.3
"""Inches: of a mark in the key and its gap, and between two names."""


def point_style(index: int) -> dict[str, Any]:
    """Colour, dashes and marker of the ``index``-th scenario's points and lines.

    The baseline's points are filled and the others' hollow: where they meet, both are seen.
    """
    colour, marker = COLOURS[index % len(COLOURS)], MARKERS[index % len(MARKERS)]
    return {
        "color": colour,
        "linestyle": DASHES[index % len(DASHES)],
        "marker": marker,
        "markerfacecolor": colour if index == 0 else "none",
        "markeredgewidth": 1.5,
        "markersize": 6.0 if index == 0 else 7.5,
    }


def folded(name: str, width: int = 24) -> str:
    r"""Write a long name in two lines.

    Examples
    --------
    >>> folded("Straight to the core offer")
    'Straight to the core\noffer'
    """
    lines = wrap(name.replace("_", " "), width) or [""]
    return "\n".join([lines[0], short(" ".join(lines[1:]), width)] if lines[1:] else lines)


def own_names(scenarios: Iterable[Scenario]) -> dict[str, str]:
    """What to call the stages that have a name of their own, by their keys.

    Only where all scenarios that have the stage call it the same.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> own_names([load_scenario("carpet_cleaning")])["tripwire"]
    'one room clean (tripwire)'
    """
    called: dict[str, set[str]] = {}
    for scenario in scenarios:
        for key, offer in scenario.journey.stages().items():
            called.setdefault(key, set()).add(offer.name)
    sole = {key: next(iter(names)) for key, names in called.items() if len(names) == 1}
    return {key: f"{name} ({key})".replace("_", " ") for key, name in sole.items() if name != key}


def folded_stage(name: str, width: int = 24) -> str:
    r"""Write what a stage is called in at most two lines; its key is never cut.

    Examples
    --------
    >>> folded_stage("one room clean (tripwire)"), folded_stage("core offer")
    ('one room clean\n(tripwire)', 'core offer')
    """
    own, opening, key = name.rpartition(" (")
    if len(name) <= width or not own:
        return folded(name, width)
    cut = short(own, 30)  # at a blank, where there is one
    if len(cut) < 10:
        cut = f"{own[:26]} ..."
    return "\n".join([own if len(own) <= 30 else cut, opening[1:] + key])


def widest(texts: Iterable[str], size: float = 9.0) -> float:
    """Width of the widest line of some texts, in inches."""
    lines = (line for text in texts for line in text.split("\n"))
    return max((text_inches(line, size) for line in lines), default=0.0)


def key_room(names: Sequence[str], width: float) -> float:
    """Inches that the key to several scenarios takes above axes of this width; 0 for one."""
    return KEY_INCHES * len(_flow(names, width)) if len(names) > 1 else 0.0


def row_axes(names: Sequence[str], labels: Sequence[str], thick: float) -> Axes:
    """Bare axes with room for rows so many inches high, labels beside them and the key above."""
    left = 0.3 + widest(labels)
    margins = Margins(left=left, top=0.45 + key_room(names, 8.0 - left - 0.2), bottom=0.55)
    return bare_axes(8.0, margins.top + margins.bottom + thick * len(labels), margins)


def titled(ax: Axes, title: str, names: Sequence[str], mark: Mark) -> None:
    """Title to the left and, below it, the key to the scenarios where there are several."""
    rows = _flow(names, inches_wide(ax)) if len(names) > 1 else []
    heading(ax, title, key=len(rows))
    for line, row in enumerate(reversed(rows)):
        for index, left in row:
            _key_entry(ax, names[index], (left, 0.1 + KEY_INCHES * line), (index, mark))


def add_bar(
    ax: Axes, span: tuple[float, float], place: float, thick: float, style: dict[str, Any]
) -> None:
    """Draw a bar from one end to the other in the row at ``place``."""
    from matplotlib.patches import Rectangle

    start, end = span
    ax.add_patch(Rectangle((start, place - thick / 2), end - start, thick, **style))


def add_lines(ax: Axes, ends: Sequence[Sequence[tuple[float, float]]], **style: Any) -> None:
    """Draw straight lines, each from one point to another, in one shape."""
    from matplotlib.collections import LineCollection

    ax.add_collection(LineCollection(list(ends), **style), autolim=False)


def fitting_marks(low: float, high: float, width: float) -> tuple[list[float], list[str]]:
    """Round amounts beside an axis of so many inches, as many as do not run into each other.

    Examples
    --------
    >>> fitting_marks(0.0, 5.0, 6.0)[1]
    ['0', '1', '2', '3', '4', '5']
    >>> fitting_marks(0.0, 5e12, 6.0)[1]
    ['0', '2,000,000,000,000', '4,000,000,000,000']
    """
    places, labels = money_marks(low, high)
    while len(places) > 2 and len(places) * (widest(labels) + 0.15) > width:
        first = places.index(0.0) % 2 if 0.0 in places else 0
        places, labels = places[first::2], labels[first::2]
    return places, labels


def inches_wide(ax: Axes) -> float:
    """How wide axes are; where a layout is still to be searched for, a safe guess."""
    figure = ax.figure.figure
    part = 1.0 if figure.get_layout_engine() is None else 0.6
    return float(ax.get_position().width * figure.get_figwidth()) * part


def room_for(
    labels: Sequence[tuple[float, float, str]], width: float, size: float = 9.0
) -> tuple[float, float]:
    """Limits of an axis on which labels fit beside what they are about.

    Parameters
    ----------
    labels : sequence of (low, high, text)
        The ends of a mark in units of the axis, and what is written beyond it: beyond the low
        end where the text has a minus in front, else beyond the high one.
    width : float
        Of the axis, in inches.
    size : float
        Points.
    """
    low = min(0.0, *(one[0] for one in labels))
    high = max(0.0, *(one[1] for one in labels))
    if high - low <= 0.0:
        low, high = low - 1.0, high + 1.0
    start, end = low, high
    for _ in range(4):  # the wider the axis, the more of it a word takes
        unit = (end - start) / width
        sizes = [unit * (text_inches(text, size) + 0.15) for _, _, text in labels]
        pairs = list(zip(labels, sizes, strict=True))
        start = min([low, *(one[0] - need for one, need in pairs if one[2].startswith(MINUS))])
        end = max([high, *(one[1] + need for one, need in pairs if not one[2].startswith(MINUS))])
    return start, end


def turned(comparison: Comparison | None, metric: str) -> list[Sides]:
    """Give the difference of a metric in each variant, turned so that it is a gain.

    Only where its interval is known: whoever has the greater number has it by chance else.
    """
    if comparison is None:
        return []
    found = []
    for variant in comparison.variants:
        one = comparison.differences[variant].get(metric)
        known = [] if one is None else [one.difference, one.low, one.high]
        numbers = [x for x in known if x is not None and math.isfinite(x)]
        if len(numbers) < 3:
            continue
        gain, low, high = numbers
        if gain >= 0:
            found.append(Sides(variant, comparison.baseline, gain, low, high, 1))
        else:
            found.append(Sides(comparison.baseline, variant, -gain, -high, -low, -1))
    return found


def half_of(one: Estimate) -> float:
    """Half-width of a 95 % interval."""
    return Z95 * one.standard_error


def shown_pair(one: Estimate | None) -> tuple[str, str]:
    """Write a value and the half-width of its interval, as the tables of a run do."""
    if one is None:
        return UNKNOWN, UNKNOWN
    kind = kind_of(one.unit)
    return number(one.value, kind), number(half_of(one), kind, one.value)


def exact_pair(one: Estimate | None) -> tuple[Cell, Cell]:
    """Value and half-width for machines."""
    return (math.nan, math.nan) if one is None else (one.value, half_of(one))


def side_table(
    header: tuple[str, ...],
    rows: Sequence[tuple[tuple[Cell, ...], tuple[str, ...]]],
    columns: tuple[str, ...],
    *,
    several: bool,
) -> Table:
    """Rows of exact and written cells; the second column, the scenario's name, only if several."""

    def cut(cells: tuple[Any, ...]) -> tuple[Any, ...]:
        return cells if several else (*cells[:1], *cells[2:])

    exact, shown = (tuple(cut(row[i]) for row in rows) for i in (0, 1))
    return Table(cut(header), exact, shown, columns=cut(columns))


def side_row(
    first: str, name: str, some: Iterable[Estimate | None]
) -> tuple[tuple[Cell, ...], tuple[str, ...]]:
    """Make a row of `side_table`: what it is about, the scenario, and pairs of values."""
    known = list(some)
    exact = (cell for one in known for cell in exact_pair(one))
    shown = (text for one in known for text in shown_pair(one))
    return (first, name, *exact), (first.replace("_", " "), name, *shown)


def listed(words: Sequence[str]) -> str:
    """Write words as a list in a sentence.

    Examples
    --------
    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _flow(names: Sequence[str], width: float) -> list[list[tuple[int, float]]]:
    """Lines of the key: of each name its index and how far from the left it stands."""
    rows: list[list[tuple[int, float]]] = [[]]
    left = 0.0
    for index, name in enumerate(names):
        need = _SWATCH + text_inches(short(name))
        if rows[-1] and left + need > width:
            rows.append([])
            left = 0.0
        rows[-1].append((index, left))
        left += need + _GAP
    return rows


def _key_entry(ax: Axes, name: str, place: tuple[float, float], look: tuple[int, Mark]) -> None:
    """Draw the mark of one scenario and its name, so many inches from the axes' upper left."""
    from matplotlib.lines import Line2D
    from matplotlib.patches import Rectangle
    from matplotlib.transforms import ScaledTranslation

    figure, (left, up), (index, mark) = ax.figure, place, look
    corner: Any = ax.transAxes  # any transformation does; the types know of affine ones only
    inch = figure.dpi_scale_trans + ScaledTranslation(0, 1, corner)
    if mark == "bar":
        style = bar_style(index)
        figure.add_artist(Rectangle((left, up - 0.05), 0.22, 0.1, transform=inch, **style))
    else:
        ends = [left, left + 0.11, left + 0.22]
        style = point_style(index)
        if mark == "point":
            style["linestyle"] = "none"
        figure.add_artist(Line2D(ends, [up] * 3, markevery=[1], transform=inch, **style))
    words: dict[str, Any] = {"va": "center", "fontsize": 9, "color": INK, "parse_math": False}
    figure.text(left + _SWATCH, up, short(name), transform=inch, **words)
