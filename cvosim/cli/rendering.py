"""What a command hands over, whatever it found: a picture, JSON, or sentences and tables."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from textwrap import fill
from typing import TYPE_CHECKING, Any, Protocol

import click

from cvosim.cli.files import replacing, say_written
from cvosim.report.structured import SCHEMA_VERSION, as_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from cvosim.report.document import Document

WIDTH = 92
"""Letters of a line on a terminal."""


class Figure(Protocol):
    """What can be saved as a picture; matplotlib's are."""

    def savefig(self, fname: Any) -> None:
        """Write it to a file."""


def save_picture(figure: Figure, path: Path) -> None:
    """Save a picture, whole or not at all, and say so on standard error."""
    from cvosim.report.svg import any_letters

    with replacing(path) as draft, any_letters():
        figure.savefig(draft)
    say_written(path)


def as_html(document: Document) -> str:
    """Write a report as one HTML file; the one line by which a command gets its ``html`` form."""
    from cvosim.report.html import html_of

    return html_of(as_typed(document))


def as_typed(document: Document) -> Document:
    """Say in a report by which words it was made; unchanged where nobody typed any."""
    context = click.get_current_context(silent=True)
    words = None if context is None else context.find_root().obj
    return document.made_by(command_line(words)) if words else document


def command_line(words: Sequence[str]) -> str:
    """Write the words after ``cvosim`` as they are typed.

    Files that are named from the root of the disk go by their last name, so that a report tells
    nothing about somebody's folders.

    Examples
    --------
    >>> command_line(["run", "a.yaml", "-S", "name=My own", "-o", "../a.html"])
    "cvosim run a.yaml -S 'name=My own' -o ../a.html"
    """
    return shlex.join(["cvosim", *map(_without_folders, words)])


def _without_folders(word: str) -> str:
    option, path = _OPTION.match(word), word
    if option is not None:
        path = word[option.end() :]
    if not Path(path).is_absolute():
        return word
    return word.removesuffix(path) + Path(path).name


_OPTION = re.compile(r"--[a-z-]+=|-[a-zA-Z](?!-)")
"""An option that its value is glued to."""


def wrapped(text: str) -> str:
    """Break lines where a terminal would, but between words and never inside an amount."""
    glued = re.sub(r"\b([A-Z]{3}|95|\d+\.\d+) (?=[\d%])", "\\1\N{NO-BREAK SPACE}", text)
    filled = "\n\n".join(fill(line, WIDTH, break_on_hyphens=False) for line in glued.splitlines())
    return filled.replace("\N{NO-BREAK SPACE}", " ")


def told(text: str, form: str) -> str:
    """Give sentences their printed form: a paragraph a line in Markdown, else wrapped."""
    return text.replace("\n", "\n\n") if form == "md" else wrapped(text)


__all__ = [
    "SCHEMA_VERSION",
    "WIDTH",
    "as_html",
    "as_json",
    "as_typed",
    "command_line",
    "save_picture",
    "told",
    "wrapped",
]
