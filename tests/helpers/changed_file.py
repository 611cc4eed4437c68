"""A line of a file changed, as an editor would."""

from __future__ import annotations

from pathlib import Path


def change(file: Path, old: str, new: str) -> int:
    """Change one line of a file; which one, from 1."""
    text = file.read_text("utf-8")
    assert text.count(old) == 1, old
    file.write_text(text.replace(old, new), "utf-8")
    return text[: text.index(old)].count("\n") + 1
