"""A report as one HTML file: nothing from outside, no script needed, the same bytes every time.

Whatever comes from a scenario (names, descriptions, paths) is text here and never markup.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

from cvosim.report.manifest_table import AGAIN, manifest_table
from cvosim.report.structured import as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Environment

    from cvosim.report.document import Document, Section
    from cvosim.report.exhibit import Exhibit
    from cvosim.report.tables import Table

ASSUMPTIONS = "What was assumed"


class _Part(NamedTuple):
    """What stands under one heading; pieces are markup."""

    name: str
    title: str
    words: str
    pieces: Sequence[str]


def html_of(document: Document) -> str:
    """Write a report as one HTML file.

    Parameters
    ----------
    document : Document

    Returns
    -------
    str
        The whole file. The results in full are embedded as JSON (element ``cvosim-data``).

    Examples
    --------
    >>> from cvosim.report.document import Document
    >>> page = html_of(Document("A < B", "B earns more.", ()))
    >>> page.splitlines()[0], "<h1>A &lt; B</h1>" in page
    ('<!DOCTYPE html>', True)
    """
    parts = [_part(f"part-{i}", one) for i, one in enumerate(document.sections, 1)]
    if document.assumptions:
        tables = [table_html(table) for table in document.assumptions]
        parts.append(_Part("assumptions", ASSUMPTIONS, "", tables))
    if document.manifest:
        words = "The same settings, seed and version give the same numbers, to the last digit."
        tables = [table_html(manifest_table(document.manifest), AGAIN)]
        parts.append(_Part("manifest", AGAIN, words, tables))
    # inside a script element only "<" can end it, or begin what hides its end
    data = as_json(document.data, indent=None).replace("<", "\\u003c")
    return _written(
        "document.html.j2",
        document=document,
        css=_safe(_style_sheet()),
        data=_safe(data),
        parts=[one._replace(pieces=[_safe(piece) for piece in one.pieces]) for one in parts],
    )


def exhibit_html(exhibit: Exhibit, svg: str | None = None) -> str:
    """Write a figure with its note, its text alternative and its table.

    Parameters
    ----------
    exhibit : Exhibit
    svg : str, optional
        Its picture, where that is drawn already.

    Returns
    -------
    str
        A ``figure`` element; the table is folded away on a screen and open in print.

    Examples
    --------
    >>> from cvosim.report.exhibit import Exhibit
    >>> from cvosim.report.tables import Table
    >>> table = Table(("step", "now"), (("prospects", 1000),), (("prospects", "1,000"),))
    >>> exhibit = Exhibit("funnel", "Who takes each step", "1,000 prospects.", print, (), table)
    >>> exhibit_html(exhibit, svg="<svg></svg>").splitlines()[0]
    '<figure class="exhibit" id="figure-funnel">'
    """
    return _written(
        "exhibit.html.j2",
        exhibit=exhibit,
        svg=_safe(exhibit.svg() if svg is None else svg),
        table=_safe(table_html(exhibit.table, exhibit.title)),
    )


def table_html(table: Table, about: str = "") -> str:
    """Write a table as an element that scrolls by itself where the window is narrow.

    Parameters
    ----------
    table : Table
    about : str
        What it holds, for those who listen; used where it has no title.

    Returns
    -------
    str

    Examples
    --------
    >>> from cvosim.report.tables import Table
    >>> table = Table(("step", "now"), (("prospects", 1000),), (("prospects", "1,000"),))
    >>> '<td class="n">1,000</td>' in table_html(table)
    True
    """
    label = table.title or about or "Table"
    return _written("table.html.j2", table=table, right=table.to_right(), label=label)


def _part(name: str, section: Section) -> _Part:
    exhibits = [exhibit_html(one) for one in section.exhibits]
    abouts = _abouts(section.tables, section.title)
    tables = [table_html(one, about) for one, about in zip(section.tables, abouts, strict=True)]
    return _Part(name, section.title, section.words, [*exhibits, *tables])


def _abouts(tables: Sequence[Table], title: str) -> list[str]:
    """Tell tables without titles from each other, for those who go through a list of them."""
    if sum(not table.title for table in tables) < 2:
        return [title] * len(tables)
    first = [table.header[0] for table in tables]
    return [
        f"{title}, {name or 'table'} {place}" if first.count(name) > 1 else f"{title}, by {name}"
        for place, name in enumerate(first, 1)
    ]


def _written(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


def _safe(markup: str) -> Any:
    """Mark text as markup of our own making."""
    from markupsafe import Markup

    return Markup(markup)


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("cvosim.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    environment.filters["glued"] = _glued
    return environment


def _glued(cell: str) -> str:
    """Keep a number and what belongs to it on one line."""
    return re.sub(r"(?<=[\d%]) (?=[%±])|(?<=±) ", "\N{NO-BREAK SPACE}", cell)


@lru_cache(maxsize=1)
def _style_sheet() -> str:
    from importlib.resources import files

    return (files("cvosim.report") / "templates" / "report.css").read_text(encoding="utf-8")
