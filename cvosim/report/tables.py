"""A table of results, and its three written forms: aligned text, Markdown and CSV."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import dataclass

Cell = str | int | float | bool | None


@dataclass(frozen=True)
class Table:
    """Rows of cells, each cell with the exact value for machines and a text for people.

    Attributes
    ----------
    header : tuple of str
        One name a column.
    rows : tuple of tuple of Cell
        Exact values: what CSV holds.
    shown : tuple of tuple of str
        The same cells as people read them: what text and Markdown hold.
    title : str
        A line above the table; empty for none. CSV has no title.
    columns : tuple of str, optional
        Column names for machines; the header when empty.

    Examples
    --------
    >>> table = Table(("metric", "value"), (("revenue", 1234.5),), (("revenue", "1,234.50"),))
    >>> print(table.to_text())
    metric      value
    -------  --------
    revenue  1,234.50
    >>> print(table.to_csv(), end="")
    metric,value
    revenue,1234.5
    """

    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    shown: tuple[tuple[str, ...], ...]
    title: str = ""
    columns: tuple[str, ...] = ()

    def to_text(self) -> str:
        """Aligned columns; numbers to the right."""
        lines = (self.header, *self.shown)
        widths = [max(len(line[i]) for line in lines) for i in range(len(self.header))]
        right = self.to_right()

        def line(cells: tuple[str, ...]) -> str:
            padded = (
                cell.rjust(width) if to_right else cell.ljust(width)
                for cell, width, to_right in zip(cells, widths, right, strict=True)
            )
            return "  ".join(padded).rstrip()

        rule = "  ".join("-" * width for width in widths)
        body = [line(self.header), rule, *(line(cells) for cells in self.shown)]
        return "\n".join([self.title, "", *body] if self.title else body)

    def to_markdown(self) -> str:
        """Format as a GitHub-flavoured Markdown table."""

        def line(cells: tuple[str, ...]) -> str:
            return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"

        rule = (
            "|" + "|".join(" ---: " if to_right else " --- " for to_right in self.to_right()) + "|"
        )
        body = [line(self.header), rule, *(line(cells) for cells in self.shown)]
        return "\n".join([f"**{self.title}**", "", *body] if self.title else body)

    def to_csv(self) -> str:
        """Comma-separated exact values, RFC 4180 but for line ends; empty for what is not known."""
        buffer = io.StringIO()
        writer = csv.writer(buffer, lineterminator="\n")
        writer.writerow(self.columns or self.header)
        writer.writerows([plain(cell) for cell in row] for row in self.rows)
        return buffer.getvalue()

    def render(self, format_: str) -> str:
        """Give the written form named ``table``, ``md`` or ``csv``."""
        forms = {"table": self.to_text, "md": self.to_markdown, "csv": self.to_csv}
        return forms[format_]()

    def to_right(self) -> tuple[bool, ...]:
        """Which columns hold numbers, and so stand to the right."""
        if any(len(row) != len(self.header) for row in self.rows):  # machines get other columns
            return tuple(
                all(line[i][:1] in _NUMERIC or line[i] in _NOTHING for line in self.shown)
                for i in range(len(self.header))
            )
        return tuple(
            any(_is_number(row[i]) for row in self.rows)
            and not any(isinstance(row[i], str) for row in self.rows)
            for i in range(len(self.header))
        )


_NUMERIC = frozenset("+-\N{MINUS SIGN}0123456789")
_NOTHING = frozenset({"n/a", "any", ""})


def plain(cell: Cell) -> Cell:
    """Turn NaN and infinity, which neither JSON nor spreadsheets know, into None."""
    return None if isinstance(cell, float) and not math.isfinite(cell) else cell


def _is_number(cell: Cell) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)
