"""A check as JUnit XML, the form in which CI systems list what was tested."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from cvosim.report.check import gone_words, tolerance_words
from cvosim.report.check_shifts import percent_change
from cvosim.report.check_words import finding_words, shift_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime
    from pathlib import Path
    from xml.etree.ElementTree import Element

    from cvosim.errors import Problem
    from cvosim.experiment.baseline.findings import Checked, Finding, Shift
    from cvosim.experiment.baseline.record import Tolerances

TRAJECTORY = "trajectory"
"""Name of the case that is about the scenario as a whole."""
READABLE = "can be read"
"""Name of the case of a file that cannot be used."""
_BEGINNING = b"<?xml version='1.0' encoding='utf-8'?>\n<testsuites"
_HEAD = 65536
"""Bytes of a file that are looked at."""
_FORBIDDEN = re.compile(
    "[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"  # XML 1.0, production 2 (Char)
)


def junit_of(checked: Checked, when: datetime) -> str:
    """Write a suite a scenario: a case for all that happens to its customers, one a metric.

    Parameters
    ----------
    checked : Checked
        As `cvosim.experiment.check` returns it.
    when : datetime
        Of the check; the form wants it.

    Returns
    -------
    str
        The whole file, as Ant's and Jenkins's rules for it want it: every suite has its
        properties, its cases and both outputs, in this order.

    Examples
    --------
    >>> from datetime import datetime
    >>> from cvosim.experiment.baseline.findings import Checked
    >>> from cvosim.experiment.baseline.record import Tolerances
    >>> print(junit_of(Checked((), (), Tolerances(), 0.01), datetime(2026, 1, 2)))
    <?xml version='1.0' encoding='utf-8'?>
    <testsuites />
    """
    root = ElementTree.Element("testsuites")
    for place, finding in enumerate(checked.findings):
        root.append(_suite(finding, place, checked.tolerances, when))
    for place, key in enumerate(checked.gone, len(checked.findings)):
        case = _element("testcase", name=TRAJECTORY, classname=key, time="0")
        words = gone_words(checked, key)
        case.append(_failure("gone", words))
        root.append(_whole(key, place, [case], when, (_element("properties"), words)))
    return _written(root)


def junit_of_problems(problems: Iterable[Problem], when: datetime) -> str:
    """Write a suite for each file that cannot be used: one case, which is an error.

    Parameters
    ----------
    problems : iterable of Problem
        As a `cvosim.errors.ScenarioError` holds them.
    when : datetime
        Of the check.

    Examples
    --------
    >>> from datetime import datetime
    >>> from cvosim.errors import Problem
    >>> text = junit_of_problems([Problem("is empty", "a.yaml", 1, 1)], datetime(2026, 1, 2))
    >>> print(text.splitlines()[5])
          <error message="a.yaml:1:1: is empty" type="unreadable">a.yaml:1:1: is empty</error>
    """
    files: dict[str, list[str]] = {}
    for one in problems:
        files.setdefault(one.file or "scenario", []).append(str(one))
    root = ElementTree.Element("testsuites")
    for place, (file, lines) in enumerate(files.items()):
        words = "\n".join(lines)
        case = _element("testcase", name=READABLE, classname=file, time="0")
        case.append(_element("error", words, message=words, type="unreadable"))
        root.append(_whole(file, place, [case], when, (_element("properties"), words)))
    return _written(root)


def is_junit_of_check(path: Path) -> bool:
    """Tell whether a file is one that a check wrote, which the next may write anew."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD)
    except OSError:
        return False
    return head.startswith(_BEGINNING) and (
        b'package="cvosim"' in head or b"<testsuites />" in head
    )


def _suite(finding: Finding, place: int, tolerances: Tolerances, when: datetime) -> Element:
    cases, told = _cases(finding, tolerances), finding_words(finding)
    return _whole(finding.key, place, cases, when, (_properties(finding, tolerances), told))


def _whole(
    name: str, place: int, cases: Sequence[Element], when: datetime, about: tuple[Element, str]
) -> Element:
    """Put a suite together: what is said about it first, then its cases."""
    suite = _element(
        "testsuite",
        name=name,
        package="cvosim",
        id=str(place),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors=str(sum(case.find("error") is not None for case in cases)),
        skipped="0",
        time="0",
        timestamp=when.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname="localhost",
    )
    suite.append(about[0])
    suite.extend(cases)
    suite.append(_element("system-out", about[1]))
    suite.append(_element("system-err"))
    return suite


def _written(root: Element) -> str:
    ElementTree.indent(root)
    whole: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole.decode("utf-8")


def _properties(finding: Finding, tolerances: Tolerances) -> Element:
    """Say what the numbers were made with."""
    record = finding.record
    known = {
        "status": finding.status.value,
        "tolerance": tolerance_words(tolerances),
        "scenario_hash": record.scenario_hash,
        "plan_hash": record.plan_hash,
        "trajectory_hash": record.trajectory_hash,
        "trajectory_version": str(record.software.trajectory_version),
        "cvosim": record.software.cvosim,
        **record.software.versions,
    }
    properties = _element("properties")
    properties.extend(_element("property", name=name, value=one) for name, one in known.items())
    return properties


def _cases(finding: Finding, tolerances: Tolerances) -> list[Element]:
    from cvosim.experiment.baseline.findings import Status

    bad = (Status.CHANGED, Status.MISSING)
    whole = _case(finding, TRAJECTORY)
    if finding.status in bad:
        whole.append(_failure(finding.status.value, finding_words(finding)))
    cases = [whole]
    for shift in finding.shifts:
        case = _case(finding, shift.metric)
        if shift.status in bad:
            case.append(_failure(shift.status.value, _moved(shift, tolerances)))
        cases.append(case)
    return cases


def _case(finding: Finding, name: str) -> Element:
    return _element("testcase", name=name, classname=finding.key, time="0")


def _moved(shift: Shift, tolerances: Tolerances) -> str:
    allowed = tolerances.for_metric(shift.metric)
    told = f"{shift_words(shift)} ({percent_change(shift)}, unit {shift.after.unit})"
    return f"{told}; allowed: {100.0 * allowed:g} %" if allowed else told


def _failure(kind: str, words: str) -> Element:
    return _element("failure", words, message=words, type=kind)


def _element(tag: str, text: str = "", /, **attributes: str) -> Element:
    """Make an element whose words hold no sign that XML forbids."""
    clean = {name: _legible(value) for name, value in attributes.items()}
    element = ElementTree.Element(tag, clean)
    element.text = _legible(text) or None
    return element


def _legible(text: str) -> str:
    """Put a mark in the place of control characters, which no XML may hold, even escaped."""
    return _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", text)
