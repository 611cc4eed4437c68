"""Rows as a table, as JSON and as the table in README.md."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.rows import HEADINGS, Row

README = Path(__file__).parent / "README.md"
BEGIN, END = "<!-- numbers: begin -->", "<!-- numbers: end -->"

Machine = Mapping[str, Any]


def heading(machine: Machine) -> str:
    """One line: when, on what, and with what."""
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    return (
        f"{machine['date']}: {machine['cpu']}, {machine['cores']} cores, {machine['system']}, "
        f"load {machine['load']} at the start; {versions}"
    )


def table(rows: Sequence[Row], machine: Machine) -> str:
    """Text in columns; the notes come last and are as long as they need to be."""
    lines = [HEADINGS, *(row.cells() for row in rows)]
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    text = ["  ".join(map(str.ljust, line, widths)).rstrip() for line in lines]
    return "\n".join([heading(machine), "", *text])


def write_json(path: Path, rows: Sequence[Row], machine: Machine) -> None:
    """A list of rows, each with the machine and the versions that it holds for."""
    found = [{**row.to_dict(), **machine} for row in rows]
    path.write_text(json.dumps(found, indent=1) + "\n", "utf-8")


def markdown(rows: Sequence[Row], machine: Machine) -> str:
    """A table for a page."""
    lines = [HEADINGS, ("---",) * len(HEADINGS), *(row.cells() for row in rows)]
    text = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([f"{heading(machine)}.", "", *text])


def fill_readme(rows: Sequence[Row], machine: Machine, path: Path = README) -> None:
    """Put the table between the two marks."""
    before, _, rest = path.read_text("utf-8").partition(BEGIN)
    _, mark, after = rest.partition(END)
    if not mark:
        raise ValueError(f"{path.name} lacks the marks {BEGIN} and {END}")
    text = f"{before}{BEGIN}\n\n{markdown(rows, machine)}\n\n{END}{after}"
    path.write_text(text, "utf-8")
