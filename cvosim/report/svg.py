"""Figures as SVG elements that stand in a page: stable bytes, nothing from outside."""

from __future__ import annotations

import re
import warnings
from contextlib import contextmanager
from html import escape
from io import StringIO
from threading import Lock
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.figure import Figure, SubFigure

_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "cvosim"}
"""Text stays text; names of parts depend on what they are and on nothing else."""
_ONE_AT_A_TIME = Lock()
"""Settings of matplotlib belong to the whole process."""

FONTS = "'DejaVu Sans', 'Bitstream Vera Sans', Verdana, Geneva, sans-serif"
"""Where text was measured in DejaVu Sans: Verdana has nearly the same widths."""

_WHOLE = re.compile(r"<svg\b[^>]*?\bviewBox=\"([^\"]*)\"[^>]*>(.*)</svg>", re.DOTALL)
_UNWANTED = re.compile(
    r"<metadata>.*?</metadata>|<defs>\s*<style\b.*?</style>\s*</defs>|<!--.*?-->", re.DOTALL
)
_LINES = re.compile(r">\s+<")
_TAG = re.compile(r"<[^<>]*>")
"""What is between tags is for people, and nobody's to change; in it, ``<`` is written out."""
_ID = re.compile(r"\s+id=\"([^\"]*)\"")
_USED = re.compile(r"(url\(#|href=\"#)([^)\"]*)")
_SAID_ALREADY = re.compile(r" font-family: [^;\"]*;?| transform=\"rotate\(-?0 [^\"]*\"")
_PLACES = re.compile(r" (?:d|x|y|width|height|points)=\"[^\"]*\"")
_HAIR = re.compile(r"(\.\d\d)\d+")


def svg_of(figure: Figure | SubFigure, *, key: str, title: str, alt: str) -> str:
    """Write a figure as an ``svg`` element.

    Parameters
    ----------
    figure : matplotlib figure
    key : str
        Goes before every id, so that several figures can stand in one page.
    title, alt : str
        For those who do not see it.

    Returns
    -------
    str
        The element; the same figure gives the same bytes. It refers to nothing outside itself,
        and its text is text, set in the page's fonts.

    Examples
    --------
    >>> from cvosim.report.style import new_axes
    >>> element = svg_of(new_axes(3, 2).figure, key="empty", title="Nothing", alt="Empty axes.")
    >>> element[:36], "xlink" in element
    ('<svg role="img" aria-labelledby="emp', False)
    """
    import matplotlib

    from cvosim.report.svg_renderer import write_svg

    text = StringIO()
    with _ONE_AT_A_TIME, matplotlib.rc_context(_SETTINGS), any_letters():
        write_svg(figure.figure, text)
    found = _WHOLE.search(text.getvalue())
    assert found is not None  # or it is not matplotlib's SVG
    box, inside = found.groups()
    names = f'aria-labelledby="{key}-title" aria-describedby="{key}-desc"'
    head = (
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-desc">{escape(alt)}</desc>'
    )
    style = f'style="stroke-linejoin: round; stroke-linecap: butt; font-family: {FONTS}"'
    return f'<svg role="img" {names} viewBox="{box}" {style}>{head}{_smaller(inside, key)}</svg>'


@contextmanager
def any_letters() -> Iterator[None]:
    """Take names in any letters; matplotlib warns of those that its font lacks.

    In a page the reader's own fonts have them; in other pictures they become boxes.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", r"Glyph \d+ .*missing from font", UserWarning)
        yield


def _smaller(inside: str, key: str) -> str:
    """Leave out what changes nothing that is seen, and give the parts names of their own."""
    inside = _LINES.sub("><", _UNWANTED.sub("", inside).strip())
    names: dict[str, str] = {}
    for _, name in _USED.findall("".join(_TAG.findall(inside))):
        names.setdefault(name, f"{key}-{len(names) + 1}")  # counted: the same on every machine
    kept: list[bool] = []

    def tag(match: re.Match[str]) -> str:
        return _without_empty_group(_tag(match[0], names), kept)

    return _TAG.sub(tag, inside)


def _tag(text: str, names: dict[str, str]) -> str:
    """Write a tag with the names that are used, and no others, and places to a hundredth."""
    if " id=" in text:
        text = _ID.sub(lambda m: f' id="{names[m[1]]}"' if m[1] in names else "", text)
    if "#" in text:
        text = text.replace("xlink:href", "href")
        text = _USED.sub(lambda m: m[1] + names[m[2]], text)
    if text.startswith("<text"):
        text = _SAID_ALREADY.sub("", text)
    return _PLACES.sub(_rounded, text)


def _rounded(match: re.Match[str]) -> str:
    return _HAIR.sub(r"\1", match[0]).replace(" \n", "").replace("\n", "")


def _without_empty_group(tag: str, kept: list[bool]) -> str:
    """Unwrap a group that says nothing about what is in it."""
    if tag == "</g>":
        return tag if kept.pop() else ""
    if not tag.startswith("<g") or tag[2] not in " />":
        return tag
    if tag.endswith("/>"):
        return ""
    kept.append(tag != "<g>")
    return tag if kept[-1] else ""
