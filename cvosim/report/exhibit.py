"""A figure with everything that stands for it: its title, its words and its numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from cvosim.report.tables import Table

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True)
class Exhibit:
    """One figure of a report, for those who look and for those who read or listen.

    Attributes
    ----------
    key : str
        Small letters and underscores; unique in a document and the same in every release.
    title : str
        What it shows, as a heading.
    alt : str
        The text alternative: what somebody who cannot see it needs to know, numbers included.
    draw : callable
        From ``data`` to the axes, on a figure of their own. A function of a module, so that
        another process can call it.
    data : object
        What is drawn; nothing is computed from it.
    table : Table
        The numbers that are drawn.
    note : str
        How to read it, where that is not plain; empty for nothing.

    Examples
    --------
    >>> from cvosim.report.figures import Funnel, FunnelBar, funnel
    >>> data = Funnel(("now",), ("prospects",), ((FunnelBar(1000, None),),))
    >>> table = Table(("step", "now"), (("prospects", 1000),), (("prospects", "1,000"),))
    >>> exhibit = Exhibit("funnel", "Who takes each step", "1,000 prospects.", funnel, data, table)
    >>> exhibit.axes().get_xscale()
    'log'
    """

    key: str
    title: str
    alt: str
    draw: Callable[[Any], Axes]
    data: Any = field(repr=False)
    table: Table = field(repr=False)
    note: str = ""

    def axes(self) -> Axes:
        """Draw it on a figure of its own."""
        return self.draw(self.data)

    def svg(self) -> str:
        """Draw it as an element to stand in a page."""
        from cvosim.report.svg import svg_of

        return svg_of(self.axes().figure, key=self.key, title=self.title, alt=self.alt)

    def _repr_html_(self) -> str:
        """Show it in a notebook, with its words and its numbers, as a report does."""
        from cvosim.report.html import exhibit_html

        return exhibit_html(self)
