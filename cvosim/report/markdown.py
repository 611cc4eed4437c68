"""A report in Markdown: in words alone, or with its pictures as files beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cvosim.report.html import ASSUMPTIONS
from cvosim.report.manifest_table import AGAIN, manifest_table

if TYPE_CHECKING:
    from cvosim.report.document import Document, Section
    from cvosim.report.exhibit import Exhibit
    from cvosim.report.tables import Table

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|])")
_SIZE = re.compile(r'viewBox="0 0 ([0-9.]+) ([0-9.]+)"')
_START = re.compile(r"^(\s*\d*)([-+=~.)])")


def markdown_of(document: Document, pictures: Mapping[str, str] | None = None) -> str:
    r"""Write a report in Markdown.

    Parameters
    ----------
    document : Document
    pictures : mapping of str to str, optional
        Where the picture of each exhibit is, by its key, as the file links to it. Without them
        each figure is its text alternative and its table.

    Returns
    -------
    str

    Examples
    --------
    >>> from cvosim.report.document import Document
    >>> print(markdown_of(Document("A < B", "B earns more.", (), manifest={"seed": 7})))
    # A \< B
    <BLANKLINE>
    B earns more.
    <BLANKLINE>
    ## How to do this again
    <BLANKLINE>
    | what | value |
    | --- | --- |
    | seed | 7 |
    """
    blocks = [f"# {_escaped(document.title)}", *_paragraphs(document.verdict)]
    for section in document.sections:
        blocks += _section(section, pictures or {})
    if document.assumptions:
        blocks += [f"## {ASSUMPTIONS}", *map(_table, document.assumptions)]
    if document.manifest:
        blocks += [f"## {AGAIN}", _table(manifest_table(document.manifest))]
    return "\n\n".join(blocks)


def standalone_svg(exhibit: Exhibit) -> str:
    """Draw a figure as an SVG file of its own.

    Returns
    -------
    str
        As in a page, with the namespace that a file needs and a size.

    Examples
    --------
    >>> from cvosim.report.figures import Funnel, FunnelBar, funnel
    >>> from cvosim.report.exhibit import Exhibit
    >>> from cvosim.report.tables import Table
    >>> data = Funnel(("now",), ("prospects",), ((FunnelBar(1000, None),),))
    >>> table = Table(("step", "now"), (("prospects", 1000),), (("prospects", "1,000"),))
    >>> exhibit = Exhibit("funnel", "Who takes each step", "1,000 prospects.", funnel, data, table)
    >>> standalone_svg(exhibit)[:39]
    '<svg xmlns="http://www.w3.org/2000/svg"'
    """
    element = exhibit.svg()
    size = _SIZE.search(element)
    assert size is not None  # as `svg_of` writes it
    spaces = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    room = f'{spaces} width="{size[1]}pt" height="{size[2]}pt"'
    return element.replace("<svg ", f"<svg {room} ", 1) + "\n"


def _section(section: Section, pictures: Mapping[str, str]) -> list[str]:
    blocks = [f"## {_escaped(section.title)}", *_paragraphs(section.words)]
    for exhibit in section.exhibits:
        blocks.append(f"### {_escaped(exhibit.title)}")
        if exhibit.key in pictures:
            blocks.append(f"![{_escaped(exhibit.title)}]({pictures[exhibit.key]})")
        blocks += [*_paragraphs(exhibit.note), *_paragraphs(exhibit.alt), _table(exhibit.table)]
    return blocks + [_table(table) for table in section.tables]


def _paragraphs(text: str) -> list[str]:
    """Write sentences that do not become lists or lines, whatever they begin with."""
    return [_START.sub(r"\1\\\2", _escaped(line)) for line in text.splitlines() if line]


def _table(table: Table) -> str:
    """Write a table whose cells are text: no markup of a scenario's author gets through."""
    from dataclasses import replace

    return replace(
        table,
        header=tuple(map(_cell, table.header)),
        shown=tuple(tuple(map(_cell, row)) for row in table.shown),
        title=_escaped(table.title),
    ).to_markdown()


def _cell(text: str) -> str:
    """Escape a cell but for the bars, which `Table.to_markdown` escapes itself."""
    return _SPECIAL.sub(lambda m: m[1] if m[1] == "|" else f"\\{m[1]}", " ".join(text.split()))


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", text)
