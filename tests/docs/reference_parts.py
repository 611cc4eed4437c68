"""What a chapter of docs/scenario.md is."""

from __future__ import annotations

from typing import NamedTuple


class Section(NamedTuple):
    """A chapter of the page: where its keys stand in a file, and the schema's parts it shows.

    ``words`` stand before the tables; ``example`` is YAML, added to the file that the examples
    before it make. ``shared`` names the chapters whose keys these parts have as well.
    """

    title: str
    words: str = ""
    parts: tuple[str, ...] = ()
    shared: str = ""
    example: str = ""
    level: int = 2
