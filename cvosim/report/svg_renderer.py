"""Matplotlib's SVG writer, with a memory for how large texts are.

Measuring is a fifth of the work of writing a figure, and the figures of a page share most of their
texts with each other and with the same figure a moment ago.

To matplotlib this module is a backend: that is how it finds `FigureCanvas`.
"""

from __future__ import annotations

from codecs import getwriter
from functools import lru_cache
from io import TextIOBase
from typing import TYPE_CHECKING, Any, BinaryIO, TextIO

from matplotlib import rcParams
from matplotlib.backends.backend_mixed import MixedModeRenderer
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.font_manager import FontProperties
from matplotlib.textpath import TextToPath

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Size = tuple[float, float, float]
_POINTS = 72
_SIZED_BY = ("font.sans-serif", "font.serif", "font.monospace", "mathtext.fontset", "text.usetex")
"""Settings that decide how large a text is, beside its own font."""


def write_svg(figure: Figure, file: TextIO) -> None:
    """Write a figure as an SVG file, to the byte as ``savefig`` does.

    It is ``savefig`` that writes it, with its layout and its rules: only measuring is done here.
    """
    figure.savefig(file, format="svg", backend=f"module://{__name__}", metadata={"Date": None})


class _Renderer(RendererSVG):
    """Remembers how large texts are."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)  # type: ignore[no-untyped-call]
        settings: Any = rcParams
        self._sized_by = tuple(str(settings[name]) for name in _SIZED_BY)

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> Size:
        """Width, height and descent in points."""
        return _size_of(s, prop.copy(), ismath, self._sized_by)


@lru_cache(maxsize=4096)
def _size_of(text: str, font: FontProperties, ismath: Any, _sized_by: tuple[str, ...]) -> Size:
    size: Size = TextToPath().get_text_width_height_descent(text, font, ismath)
    return size


class FigureCanvas(FigureCanvasSVG):
    """Writes SVG as its base does, with the renderer of this module."""

    def print_svg(
        self,
        filename: TextIO | BinaryIO,
        *,
        bbox_inches_restore: Any = None,
        metadata: Any = None,
        **_seen_to: Any,  # by the caller: colours and orientation
    ) -> None:
        """Draw the figure; its dots per inch count only for what is a picture inside it."""
        figure = self.figure
        file: Any = filename
        if not isinstance(file, TextIOBase):  # where matplotlib only searches for the layout
            file = getwriter("utf-8")(file)
        dpi, (width, height) = figure.dpi, figure.get_size_inches()
        figure.dpi = _POINTS  # whoever calls puts it back
        inner = _Renderer(width * _POINTS, height * _POINTS, file, image_dpi=dpi, metadata=metadata)
        mixed: Any = MixedModeRenderer(  # type: ignore[no-untyped-call]
            figure, width, height, dpi, inner, bbox_inches_restore=bbox_inches_restore
        )
        figure.draw(mixed)
        mixed.finalize()
