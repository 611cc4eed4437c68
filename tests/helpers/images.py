"""Five figures of hand-written data, and how far a picture is from how it was.

Renew what is kept, after looking at it: ``python tests/report/renew_images.py``.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.image import imread
from matplotlib.text import Text
from numpy.typing import NDArray

from cvosim.report.figures import (
    Cash,
    CashLine,
    ChannelPoint,
    Channels,
    Funnel,
    FunnelBar,
    Level,
    Part,
    RetentionMap,
    RetentionPanel,
    Waterfall,
    cash,
    channels,
    funnel,
    retention_map,
    waterfall,
)

KEPT = Path(__file__).parent.parent / "report" / "images"
DPI = 60
SHAPES, SHAPES_MAY_DIFFER = 4, 40.0
"""Without letters: greatest difference of the mean colour of blocks of 4 by 4 pixels, of 255.
Another renderer that smooths an edge by half a pixel in another way makes about 22; a bar's
end that moves by one pixel 45, by two 90."""
WORDS, WORDS_MAY_DIFFER = 32, 12.0
"""With letters: the same of blocks of 32 by 32 pixels. Letters without hinting stand up to a few
pixels aside, which makes up to 10; letters that are left out make 19 and more."""

Pixels = NDArray[np.float64]


def _funnel() -> Axes:
    steps = ("prospects", "lead_magnet", "tripwire", "core_offer")
    now = (FunnelBar(100_000, None), FunnelBar(21_000, 0.21), FunnelBar(1500, 0.0714),
           FunnelBar(310, 0.206))  # fmt: skip
    then = (FunnelBar(100_000, None), FunnelBar(21_000, 0.21), None, FunnelBar(420, 0.02))
    return funnel(Funnel(("With tripwire", "Straight to the offer"), steps, (now, then)))


def value_parts(shorter: float = 1.0) -> Axes:
    """Draw the waterfall; one of its bars may be shorter."""
    parts = (Part("more often", 2.0, 1.6, 2.4), Part("dearer", -1.1 * shorter, -1.4, -0.8),
             Part("cheaper to serve", 0.4, 0.2, 0.6))  # fmt: skip
    total = sum(part.value for part in parts)
    levels = (Level("Now", 5.0, 0), Level("Then", 5.0 + total, 1))
    ends = Part("difference", total, total - 0.5, total + 0.5)
    return waterfall(Waterfall("Why Then is worth more", "EUR a prospect", levels, parts, ends))


def _cash() -> Axes:
    days = tuple(float(day) for day in range(0, 361, 30))
    lines = []
    for name, slope, start in (("Now", 0.02, -1.5), ("Then", 0.011, -3.2)):
        mean = tuple(start + slope * day for day in days)
        low = tuple(x - 0.004 * day for x, day in zip(mean, days, strict=True))
        high = tuple(x + 0.004 * day for x, day in zip(mean, days, strict=True))
        paid = -start / slope
        lines.append(CashLine(name, days, mean, low, high, paid, 0.8 * paid, 1.4 * paid))
    return cash(Cash("EUR", 360.0, tuple(lines)))


def _retention() -> Axes:
    panels = []
    for name, scale in (("Now", 0.5), ("Then", 0.3)):
        share = np.array(
            [[scale / (age + 1) + 0.01 * row if age + row < 6 else np.nan for age in range(6)]
             for row in range(6)]
        )  # fmt: skip
        panels.append(RetentionPanel(name, (400, 300, 200, 100, 50, 20), share))
    return retention_map(RetentionMap(30.0, tuple(panels)))


def _channels() -> Axes:
    now = (ChannelPoint("search", 40.0, 4.0, 12.0, 2.0), ChannelPoint("post", 95.0, 20.0, 3.0, 1.0))
    then = (
        ChannelPoint("search", 30.0, 3.0, 14.0, 2.0),
        ChannelPoint("post", 70.0, 15.0, 5.0, 1.5),
    )
    return channels(Channels(("Now", "Then"), "EUR", (now, then)))


FIGURES: dict[str, Callable[[], Axes]] = {
    "funnel": _funnel,
    "value_waterfall": value_parts,
    "cash": _cash,
    "retention": _retention,
    "channels": _channels,
}


def picture_of(ax: Axes, *, words: bool = True) -> bytes:
    """Draw it small, as a PNG that says nothing of when and by what."""
    for text in ax.figure.figure.findobj(Text):
        text.set_visible(words and text.get_visible())
    buffer = io.BytesIO()
    ax.figure.figure.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()


def file_of(name: str, *, words: bool) -> Path:
    return KEPT / f"{name}{'' if words else '_shapes'}.png"


def pixels_of(png: bytes) -> Pixels:
    """Give the colours as they look on white, float64[rows, columns, 3], 0 to 255."""
    image: Any = imread(io.BytesIO(png))
    return np.asarray(image[:, :, :3], np.float64) * 255.0


def off(ax: Axes, name: str, *, words: bool) -> float:
    """How far the figure is from how it was: above 1 it is another picture."""
    block, most = (WORDS, WORDS_MAY_DIFFER) if words else (SHAPES, SHAPES_MAY_DIFFER)
    drawn = pixels_of(picture_of(ax, words=words))
    return distance(drawn, pixels_of(file_of(name, words=words).read_bytes()), block) / most


def distance(one: Pixels, other: Pixels, block: int) -> float:
    """Greatest difference of the mean colour of a block; infinite for another size."""
    if one.shape != other.shape:
        return float("inf")
    return float(np.abs(_blocks(one, block) - _blocks(other, block)).max())


def _blocks(image: Pixels, block: int) -> Pixels:
    """Mean colours, the rest at the lower and right edge filled up with white."""
    rows, columns = (-(-size // block) for size in image.shape[:2])
    whole = np.full((rows * block, columns * block, 3), 255.0)
    whole[: image.shape[0], : image.shape[1]] = image
    means: Pixels = whole.reshape(rows, block, columns, block, 3).mean(axis=(1, 3))
    return means
