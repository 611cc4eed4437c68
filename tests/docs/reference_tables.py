"""Markdown that the reference pages are made of."""

from __future__ import annotations

from collections.abc import Iterable, Sequence


def anchor(title: str) -> str:
    """The address of a heading, as GitHub makes it."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " _-")
    return f"#{kept.replace(' ', '-')}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; bars inside cells would end them."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)
