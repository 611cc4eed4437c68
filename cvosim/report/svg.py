"""Figures as SVG elements that stand in a page: stable bytes, nothing from outside."""

from __future__ import annotations

import re
from html import escape
from io import StringIO
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

_SETTINGS: Any = {"svg.fonttype": "none", "svg.hashsalt": "cvosim"}
"""Text stays text; names of parts depend on what they are and on nothing else."""

_WHOLE = re.compile(r"<svg\b[^>]*?\bviewBox=\"([^\"]*)\"[^>]*>(.*)</svg>", re.DOTALL)
_UNWANTED = re.compile(
    r"<metadata>.*?</metadata>|<defs>\s*<style\b.*?</style>\s*</defs>|<!--.*?-->", re.DOTALL
)
_ID = re.compile(r"\s+id=\"([^\"]*)\"")
_USED = re.compile(r"(?:url\(#|href=\"#)([^)\"]*)")
_LINES = re.compile(r">\s+<")


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

    with matplotlib.rc_context(_SETTINGS):
        text = StringIO()
        figure.figure.savefig(text, format="svg", metadata={"Date": None})
    found = _WHOLE.search(text.getvalue())
    assert found is not None  # or it is not matplotlib's SVG
    box, inside = found.groups()
    inside = _own_names(_UNWANTED.sub("", inside).replace("xlink:href", "href"), key)
    names = f'aria-labelledby="{key}-title" aria-describedby="{key}-desc"'
    head = (
        f'<title id="{key}-title">{escape(title)}</title><desc id="{key}-alt">{escape(alt)}</desc>'
    )
    style = 'style="stroke-linejoin: round; stroke-linecap: butt"'
    return (
        f'<svg role="img" {names} viewBox="{box}" {style}>{head}'
        f"{_LINES.sub('><', inside.strip())}</svg>"
    )


def _own_names(inside: str, key: str) -> str:
    """Put the key before every name that is used, and drop the others."""
    used = set(_USED.findall(inside))
    inside = _ID.sub(lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", inside)
    return re.sub(r"(url\(#|href=\"#)", rf"\g<1>{key}-", inside)
