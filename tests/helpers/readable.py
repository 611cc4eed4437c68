"""Whether a person can read a figure: no word on another, none off the sheet."""

from __future__ import annotations

import itertools

from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox


def labels_of(figure: Figure) -> list[tuple[str, Bbox]]:
    """Every text that is drawn and where it stands."""
    figure.draw_without_rendering()
    beyond = set()  # labels of ticks outside of the axes exist but are not drawn
    for ax in figure.axes:
        for axis, (low, high) in ((ax.xaxis, ax.get_xlim()), (ax.yaxis, sorted(ax.get_ylim()))):
            for tick in axis.get_major_ticks():
                if not low <= tick.get_loc() <= high:
                    beyond |= {tick.label1, tick.label2}
    drawn = [text for text in figure.findobj(Text) if text not in beyond and text.get_visible()]
    return [(t.get_text(), t.get_window_extent()) for t in drawn if t.get_text().strip()]


def assert_readable(figure: Figure, *, at_least: int = 11) -> None:
    """No text covers another, and none runs off the sheet."""
    labels = labels_of(figure)
    assert len(labels) >= at_least
    cores = [(text, box.padded(-1)) for text, box in labels]
    for (one, here), (other, there) in itertools.combinations(cores, 2):
        assert not here.overlaps(there), f"{one!r} covers {other!r}"
    for text, box in labels:
        assert box.x0 >= 0, text
        assert box.y0 >= 0, text
        assert box.x1 <= figure.bbox.width, text
        assert box.y1 <= figure.bbox.height, text
