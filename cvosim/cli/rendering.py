"""What a command hands over, whatever it found: a picture, JSON, or sentences and tables."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from textwrap import fill
from typing import Any, Protocol

from cvosim.cli.files import replacing, say_written

SCHEMA_VERSION = 1
"""Of everything that is printed as JSON."""
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


def as_json(values: Mapping[str, object]) -> str:
    """Write a result as JSON, with the version of its form first.

    Examples
    --------
    >>> print(as_json({"name": "Café"}))
    {
      "schema_version": 1,
      "name": "Café"
    }
    """
    whole = {"schema_version": SCHEMA_VERSION, **values}
    return json.dumps(whole, indent=2, allow_nan=False, ensure_ascii=False)


def wrapped(text: str) -> str:
    """Break lines where a terminal would, but between words and never inside an amount."""
    glued = re.sub(r"\b([A-Z]{3}|95|\d+\.\d+) (?=[\d%])", "\\1\N{NO-BREAK SPACE}", text)
    filled = "\n\n".join(fill(line, WIDTH, break_on_hyphens=False) for line in glued.splitlines())
    return filled.replace("\N{NO-BREAK SPACE}", " ")


def told(text: str, form: str) -> str:
    """Give sentences their printed form: a paragraph a line in Markdown, else wrapped."""
    return text.replace("\n", "\n\n") if form == "md" else wrapped(text)
