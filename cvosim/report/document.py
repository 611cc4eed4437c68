"""A report before it is written: the verdict first, what was assumed and how last."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cvosim.report.exhibit import Exhibit
from cvosim.report.tables import Table


@dataclass(frozen=True)
class Section:
    """Some words, figures and tables under one heading.

    Attributes
    ----------
    title : str
    words : str
        Paragraphs, one a line.
    exhibits : tuple of Exhibit
    tables : tuple of Table
        Beside those of the exhibits.
    """

    title: str
    words: str = ""
    exhibits: tuple[Exhibit, ...] = ()
    tables: tuple[Table, ...] = ()


@dataclass(frozen=True)
class Document:
    """A report, in no format yet.

    Attributes
    ----------
    title : str
    verdict : str
        The answer in plain English: paragraphs, one a line.
    sections : tuple of Section
        What the verdict rests on.
    assumptions : tuple of Table
        What was put in: the settings that matter.
    manifest : mapping
        What it takes to do it again: flat, ready for JSON, the same on a second run.
    data : mapping
        The results in full, ready for JSON: embedded in the HTML file.
    """

    title: str
    verdict: str
    sections: tuple[Section, ...]
    assumptions: tuple[Table, ...] = ()
    manifest: Mapping[str, object] = field(default_factory=dict)
    data: Mapping[str, object] = field(default_factory=dict, repr=False)

    def made_by(self, command: str) -> Document:
        """Say first, in how to do it again, which command makes this report.

        Parameters
        ----------
        command : str
            As it is typed.

        Examples
        --------
        >>> made = Document("A", "", (), manifest={"seed": 7}).made_by("cvosim run a.yaml")
        >>> dict(made.manifest)
        {'command': 'cvosim run a.yaml', 'seed': 7}
        """
        return replace(self, manifest={"command": command, **self.manifest})
