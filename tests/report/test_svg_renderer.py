"""The writer with a memory writes what matplotlib's own does."""

from __future__ import annotations

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import matplotlib
import numpy as np
import pytest
from helpers.images import FIGURES
from matplotlib.axes import Axes

from cvosim.report.style import new_axes
from cvosim.report.svg_renderer import write_svg

SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "x"}


def plain(figure: Any) -> str:
    text = StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()


def ours(figure: Any) -> str:
    text = StringIO()
    write_svg(figure, text)
    return text.getvalue()


def with_layout_and_a_picture_inside() -> Axes:
    ax = new_axes(4.0, 3.0)
    ax.scatter(np.arange(9.0), np.arange(9.0), rasterized=True)
    ax.set_ylabel("a label that moves the axes\nto the right, by $x^2$")
    return ax


MAKERS = {**FIGURES, "picture inside": with_layout_and_a_picture_inside}


@pytest.mark.parametrize("name", MAKERS)
def test_the_same_bytes(name: str) -> None:
    make = MAKERS[name]
    with matplotlib.rc_context(SETTINGS):
        wanted = plain(make().figure)
        assert ours(make().figure) == wanted
        assert ours(make().figure) == wanted, "what was measured before changes nothing"


def test_other_fonts_are_measured_again() -> None:
    def labelled() -> Any:
        ax = new_axes(4.0, 3.0)
        ax.set_yticks([0.0], ["a label with room to its right"])
        return ax.figure

    with matplotlib.rc_context(SETTINGS):
        first = ours(labelled())
        with matplotlib.rc_context({"font.sans-serif": ["DejaVu Serif"]}):
            other = ours(labelled())
            assert other == plain(labelled())
    places: Callable[[str], list[str]] = re.compile(r' d="([^"]*)').findall
    assert places(first) != places(other)


def test_the_figure_stays_as_it_was() -> None:
    figure: Any = new_axes(4.0, 3.0).figure
    before, canvas, layout = figure.dpi, figure.canvas, figure.get_layout_engine()
    write_svg(figure, StringIO())
    assert figure.dpi == before
    assert figure.canvas is canvas
    assert figure.get_layout_engine() is layout
