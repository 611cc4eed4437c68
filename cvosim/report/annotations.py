"""A check as annotations of GitHub: remarks that stand beside the lines they are about.

How they are written is GitHub's to say: "Workflow commands for GitHub Actions", in its
documentation.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from cvosim.report.check import gone_words
from cvosim.report.check_effects import UNREAD, is_unread, own_words
from cvosim.report.check_groups import cause_key, group_words, group_worth, grouped, names_words
from cvosim.report.check_places import shown_path
from cvosim.report.check_words import cause_words, worth_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from cvosim.errors import Problem
    from cvosim.experiment.baseline.findings import Cause, Checked, Finding

_CONTROLS = re.compile(r"[\x00-\x09\x0b\x0c\x0e-\x1f\x7f]")


SHOWN = 10
"""Errors of a step that GitHub shows, and as many notices."""
LISTED = 30
"""Further places that the last of them names."""


class _Place(NamedTuple):
    """What kind of remark stands where."""

    level: str
    file: str
    line: int


class _About(NamedTuple):
    """What shares a remark: what stands at one place, became the same, and is of one kind."""

    place: _Place
    status: str
    whole: bool
    """Whether it is about the scenario, not about a line."""


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
    """Remark on every line that changed a scenario, and on the file of one for all other causes.

    A line that changed many scenarios gets one remark; so many remarks as GitHub shows are made,
    those at lines first, and the last tells of the rest.

    Parameters
    ----------
    checked : Checked
        As `cvosim.experiment.check` returns it.

    Returns
    -------
    list of Annotation
        What fails the check is an ``error``; a change within tolerance is a ``notice``.
    """
    lines: dict[_About, list[tuple[Finding, Cause]]] = {}
    rest: dict[_About, list[Finding]] = {}
    for finding in checked.findings:
        for place, cause in _places(finding):
            about = _About(place, finding.status.value, cause is None)
            if cause is None:
                rest.setdefault(about, []).append(finding)
            else:
                lines.setdefault(about, []).append((finding, cause))
    remarks = [_remark(about.place, found) for about, found in lines.items()]
    others = [_of_whole(about.place, found) for about, found in rest.items()]
    return _shortened([*_of_gone(checked), *remarks, *others])


def annotations_of_problems(problems: Iterable[Problem]) -> list[Annotation]:
    """Remark on what is wrong with scenario files.

    Examples
    --------
    >>> from cvosim.errors import Problem
    >>> found = annotations_of_problems([Problem("must be a number", "a.yaml", 3, 5, "seed")])
    >>> print(found[0].written(Path()))
    ::error file=a.yaml,line=3,title=cvosim cannot read this::seed: must be a number
    """
    places: dict[_Place, list[str]] = {}
    for one in problems:
        words = f"{one.path}: {one.message}" if one.path else one.message
        places.setdefault(_Place("error", one.file, one.line), []).append(words)
    return _shortened(
        [
            Annotation(*place, "cvosim cannot read this", "\n".join(dict.fromkeys(words)))
            for place, words in places.items()
        ]
    )


def relative(file: str, root: Path) -> str:
    """Name a file from the folder of the repository; empty for what lies outside or nowhere."""
    if not file:
        return ""
    try:
        return Path(file).resolve().relative_to(root.resolve()).as_posix()
    except (OSError, ValueError):
        return ""


def _of_gone(checked: Checked) -> list[Annotation]:
    """Remark on files that list fewer variants than the baseline, or are not there."""
    from cvosim.experiment.baseline.keys import file_of_key

    sources = {one.key: one.source for one in checked.findings}
    found = []
    for key in checked.gone:
        source = sources.get(file_of_key(key), "")
        file, words = source if source and Path(source).is_file() else "", gone_words(checked, key)
        found.append(Annotation("error", file, 1 if file else 0, f"{key}: gone", words))
    return found


def _places(finding: Finding) -> list[tuple[_Place, Cause | None]]:
    """Where a scenario gets its remarks: at settings that did it, at its file for other causes."""
    from cvosim.experiment.baseline.findings import Status

    if finding.status is Status.IDENTICAL:
        return []
    level = "notice" if finding.status is Status.WITHIN else "error"
    busy = _busy(finding)
    found: list[tuple[_Place, Cause | None]] = [
        (_Place(level, shown_path(one.file), one.line), one) for one in busy if _has_line(one)
    ]
    if not found or not all(map(_has_line, busy)):
        # libraries' names are no files of the repository: the remark then stands at none
        file = finding.source if Path(finding.source).is_file() else ""
        found.append((_Place(level, file, 1 if file else 0), None))
    return found


def _busy(finding: Finding) -> list[Cause]:
    return [one for one in finding.causes if one.matters]


def _has_line(cause: Cause) -> bool:
    return bool(cause.file and cause.line)


def _of_whole(place: _Place, findings: Sequence[Finding]) -> Annotation:
    """Remark on scenarios at no line of theirs."""
    words = "\n".join(group_words(group) for group in grouped(findings))
    return Annotation(*place, _title(findings), words)


def _remark(place: _Place, found: Sequence[tuple[Finding, Cause]]) -> Annotation:
    """Remark on a line: what it changed, and what that is worth."""
    findings = list({one.key: one for one, _ in found}.values())
    causes: dict[str, list[tuple[Finding, Cause]]] = {}
    for one, cause in found:
        causes.setdefault(cause_key(cause), []).append((one, cause))
    if any({cause_key(one) for one in _busy(each)} != set(causes) for each in findings):
        words = "\n".join(_own_part(every, many=len(findings) > 1) for every in causes.values())
        return Annotation(*place, _title(findings), words)
    # all that changed them stands here, so that the line answers for the whole
    named = "; ".join(cause_words(every[0][1]) for every in causes.values())
    words = f"{named}. {worth_words(findings[0])}"
    if len(findings) > 1:
        words = f"{named}, in {names_words(findings)}. {group_worth(findings)}"
    return Annotation(*place, _title(findings), words.rstrip())


def _own_part(found: Sequence[tuple[Finding, Cause]], *, many: bool) -> str:
    """Say of one of several causes what it does by itself, and in which of many scenarios."""
    where = f", in {names_words([one for one, _ in found])}" if many else ""
    causes = [cause for _, cause in found]
    unread = all(is_unread(one) for one, _ in found)
    worth = f"What it does {UNREAD}." if unread else own_words(causes)
    return f"{cause_words(causes[0])}{where}. {worth}"


def _title(findings: Sequence[Finding]) -> str:
    status = findings[0].status.value
    many = len(findings) > 1
    return f"{len(findings)} scenarios: {status}" if many else f"{findings[0].key}: {status}"


def _shortened(remarks: Sequence[Annotation]) -> list[Annotation]:
    """Keep as many as GitHub shows of a kind; the last names the places of the rest."""
    kept: list[Annotation] = []
    for level in ("error", "notice"):
        some = [one for one in remarks if one.level == level]
        first, rest = some[: SHOWN - 1], some[SHOWN - 1 :]
        kept += first
        if rest:
            listed = [f"{one.file}:{one.line}: {one.title}" for one in rest[1 : LISTED + 1]]
            more = len(rest) - 1 - len(listed)
            listed += [f"and {more} more"] if more else []
            kept.append(rest[0]._replace(words="\n".join([rest[0].words, *listed])))
    return kept


def _data(text: str) -> str:
    clean = _CONTROLS.sub(" ", text)
    return clean.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
