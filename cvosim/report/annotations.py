"""A check as annotations of GitHub: remarks that stand beside the lines they are about.

How they are written is GitHub's to say: "Workflow commands for GitHub Actions", in its
documentation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.check_words import cause_words, finding_words, worth_words

if TYPE_CHECKING:
    from collections.abc import Iterable

    from cvosim.errors import Problem
    from cvosim.experiment.baseline.findings import Checked, Finding

_CONTROLS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


class Annotation(NamedTuple):
    """One remark: its level (``error``, ``notice``), where it stands, its title and words."""

    level: str
    file: str
    line: int
    title: str
    words: str

    def written(self, root: Path) -> str:
        r"""Write it as the line that GitHub reads.

        Parameters
        ----------
        root : Path
            Folder of the repository, which its files are named from.

        Examples
        --------
        >>> remark = Annotation("error", "a,b.yaml", 3, "changed: 5 %", "from 5 %\nto 6 %")
        >>> remark.written(Path())
        '::error file=a%2Cb.yaml,line=3,title=changed%3A 5 %25::from 5 %25%0Ato 6 %25'
        """
        place = relative(self.file, root)
        properties = {
            "file": place,
            "line": str(self.line) if place and self.line else "",
            "title": self.title,
        }
        told = ",".join(f"{name}={_property(one)}" for name, one in properties.items() if one)
        return f"::{self.level} {told}::{_data(self.words)}"


def annotations_of(checked: Checked) -> list[Annotation]:
    """Remark on every scenario that is not identical: at each setting that did it, or the file.

    Parameters
    ----------
    checked : Checked
        As `cvosim.experiment.check` returns it.

    Returns
    -------
    list of Annotation
        What fails the check is an ``error``; a change within tolerance is a ``notice``.
    """
    from cvosim.experiment.baseline.findings import Status

    remarked = [one for one in checked.findings if one.status is not Status.IDENTICAL]
    found = [remark for finding in remarked for remark in _of_finding(finding)]
    return sorted(found, key=lambda one: one.level != "error")  # GitHub shows the first ten


def annotations_of_problems(problems: Iterable[Problem]) -> list[Annotation]:
    """Remark on what is wrong with scenario files.

    Examples
    --------
    >>> from cvosim.errors import Problem
    >>> found = annotations_of_problems([Problem("must be a number", "a.yaml", 3, 5, "seed")])
    >>> print(found[0].written(Path()))
    ::error file=a.yaml,line=3,title=cvosim cannot read this::seed: must be a number
    """
    return [
        Annotation(
            "error",
            one.file,
            one.line,
            "cvosim cannot read this",
            f"{one.path}: {one.message}" if one.path else one.message,
        )
        for one in problems
    ]


def relative(file: str, root: Path) -> str:
    """Name a file from the folder of the repository; empty for what lies outside or nowhere."""
    if not file:
        return ""
    try:
        return Path(file).resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return ""


def _of_finding(finding: Finding) -> list[Annotation]:
    from cvosim.experiment.baseline.findings import Status

    level = "notice" if finding.status is Status.WITHIN else "error"
    title = f"{finding.key}: {finding.status.value}"
    placed = [one for one in finding.causes if one.matters and one.file and one.line]
    if len(placed) == len([one for one in finding.causes if one.matters]) and placed:
        worth = worth_words(finding)
        return [
            Annotation(level, one.file, one.line, title, f"{cause_words(one)}. {worth}".rstrip())
            for one in placed
        ]
    # libraries' names are no files of the repository: the remark then stands at none
    file = finding.source if Path(finding.source).is_file() else ""
    return [Annotation(level, file, 1 if file else 0, title, finding_words(finding))]


def _data(text: str) -> str:
    clean = _CONTROLS.sub(" ", text)
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
