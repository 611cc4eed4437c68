"""Cells of a heat map, drawn as few shapes: one a tint."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from cvosim.report.style import COLOURS, INK

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from cvosim.tables.columns import Floats

SEEN = "#eef2f7"
"""A cell in which there is nothing: not as white as one that is not over."""
_TINTS = 24
"""So many shades are all that anybody tells apart."""


def heat_cells(
    ax: Axes,
    values: Floats,
    *,
    greatest: float,
    labels: Sequence[Sequence[str]] | None = None,
    corner: tuple[float, float] = (0.0, 0.0),
    size: float = 8.0,
) -> None:
    """Draw a table of numbers as tinted cells, one wide and one high, from the top down.

    Parameters
    ----------
    ax : Axes
        Its y axis runs down.
    values : float64[rows, columns]
        At least 0; cells that are NaN stay blank.
    greatest : float
        What gets the darkest tint, on which letters can still be read.
    labels : sequence of sequence of str, optional
        Words in each cell; none in an empty one.
    corner : (float, float)
        Where the upper left cell begins.
    size : float
        Points of the letters.
    """
    from matplotlib.collections import PathCollection
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.path import Path

    tints = LinearSegmentedColormap.from_list("tints", [SEEN, COLOURS[0]])
    cells: dict[int, list[tuple[int, int]]] = {}
    for row, line in enumerate(values.tolist()):
        for column, value in enumerate(line):
            if math.isfinite(value):
                share = min(max(value / max(greatest, 1e-12), 0.0), 1.0)
                cells.setdefault(round(_TINTS * share), []).append((row, column))
    left, top = corner
    shapes, colours = [], []
    for tint, places in sorted(cells.items()):
        squares = [_square(left + column, top + row) for row, column in places]
        shapes.append(Path.make_compound_path(*squares))
        colours.append(tints(tint / _TINTS / 1.25))
    edges: dict[str, Any] = {"edgecolors": "white", "linewidths": 1.0}
    ax.add_collection(PathCollection(shapes, facecolors=colours, **edges), autolim=False)
    style: dict[str, Any] = {"ha": "center", "va": "center", "fontsize": size, "color": INK}
    for row, words in enumerate(labels or ()):
        for column, word in enumerate(words):
            if word:
                ax.text(left + column + 0.5, top + row + 0.5, word, parse_math=False, **style)


def _square(x: float, y: float) -> Any:
    from matplotlib.path import Path

    return Path([(x, y), (x + 1, y), (x + 1, y + 1), (x, y + 1), (x, y)], closed=True)
