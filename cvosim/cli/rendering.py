"""What a command hands over, whatever it found: a picture, JSON, or sentences and tables."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Protocol

from cvosim.cli.files import replacing, say_written
from cvosim.report.structured import SCHEMA_VERSION, as_json

if TYPE_CHECKING:
    from cvosim.report.document import Document

WIDTH = 92
"""Letters of a line on a terminal."""


class Figure(Protocol):
    """What can be saved as a picture; matplotlib's are."""

    def savefig(self, fname: Any) -> None:
        """Write it to a file."""


def save_picture(figure: Figure, path: Path) -> None:
    """Save a picture, whole or not at all, and say so on standard error."""
    with replacing(path) as draft:
        figure.savefig(draft)
    say_written(path)


def as_html(document: Document) -> str:
    """Write a report as one HTML file; the one line by which a command gets its ``html`` form."""
    from cvosim.report.html import html_of

    return html_of(document)


def wrapped(text: str) -> str:
    """Break lines where a terminal would, but between words and never inside an amount."""
    glued = re.sub(r"\b([A-Z]{3}|95|\d+\.\d+) (?=[\d%])", "\\1\N{NO-BREAK SPACE}", text)
    filled = "\n\n".join(fill(line, WIDTH, break_on_hyphens=False) for line in glued.splitlines())
    return filled.replace("\N{NO-BREAK SPACE}", " ")


def told(text: str, form: str) -> str:
    """Give sentences their printed form: a paragraph a line in Markdown, else wrapped."""
    return text.replace("\n", "\n\n") if form == "md" else wrapped(text)


__all__ = ["SCHEMA_VERSION", "WIDTH", "as_html", "as_json", "save_picture", "told", "wrapped"]
