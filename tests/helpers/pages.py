"""HTML reports as the command line writes them."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from helpers.command_line import CommandLine
from helpers.html_page import SVG, check, less_command, words


class Page(NamedTuple):
    """A report that was written, read strictly."""

    text: str
    tree: Element

    @property
    def less_command(self) -> str:
        """The file, but for the command that made it."""
        return less_command(self.text)

    @property
    def said(self) -> str:
        """All its words."""
        return words(next(self.tree.iter("main")))

    @property
    def verdict(self) -> str:
        """What stands between the title and the first heading, and the title."""
        return self.said.split("What was assumed")[0]

    @property
    def descriptions(self) -> list[str]:
        """The text alternatives of its figures, in their order."""
        return [words(next(svg.iter(f"{SVG}desc"))) for svg in self.tree.iter(f"{SVG}svg")]

    def figures(self) -> int:
        """How many figures there are."""
        return len(list(self.tree.iter("figure")))


def page_of(cli: CommandLine, *command: object, code: int = 0) -> Page:
    """Run a command to an HTML file, and hold the file against what every report promises."""
    path = Path(f"report-{len(list(Path.cwd().glob('report-*.html')))}.html")
    found = cli(*command, "-o", path)
    assert found.code == code, found.err
    assert found.out == "" or command[0] == "report"
    text = path.read_text("utf-8")
    assert str(Path.cwd()) not in text, "a folder of this machine"
    return Page(text, check(text))


def told(text: str) -> str:
    """Printed sentences, without the line breaks of a terminal."""
    return " ".join(text.split())
