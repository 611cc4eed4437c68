"""Clouds of points: drawn as an image inside a figure, since a thousand shapes are a large file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.report.style import new_axes

if TYPE_CHECKING:
    from matplotlib.axes import Axes

CLOUD = 200
"""More points than that are one image."""
DOTS = 100.0
"""Of the image, an inch: sharp at the size of a page, and half as many bytes as with 150."""


def dotted_axes(width: float, height: float) -> Axes:
    """Axes on a figure of their own whose images are small.

    Examples
    --------
    >>> dotted_axes(8.0, 4.0).figure.dpi
    100.0
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg

    ax = new_axes(width, height)
    figure = ax.get_figure(root=True)
    assert figure is not None
    figure.set_dpi(DOTS)
    FigureCanvasAgg(figure)  # a canvas remembers the dots that its figure had when it was made
    return ax
