"""A check as JUnit XML, the form in which CI systems list what was tested."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from cvosim.report.check import tolerance_words
from cvosim.report.check_shifts import percent_change
from cvosim.report.check_words import finding_words, shift_words

if TYPE_CHECKING:
    from datetime import datetime
    from xml.etree.ElementTree import Element

    from cvosim.experiment.baseline.findings import Checked, Finding, Shift
    from cvosim.experiment.baseline.record import Tolerances

TRAJECTORY = "trajectory"
"""Name of the case that is about the scenario as a whole."""
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
    ElementTree.indent(root)
    whole: bytes = ElementTree.tostring(root, encoding="utf-8", xml_declaration=True)
    return whole.decode("utf-8")


def _suite(finding: Finding, place: int, tolerances: Tolerances, when: datetime) -> Element:
    cases = _cases(finding, tolerances)
    suite = _element(
        "testsuite",
        name=finding.key,
        package="cvosim",
        id=str(place),
        tests=str(len(cases)),
        failures=str(sum(case.find("failure") is not None for case in cases)),
        errors="0",
        skipped="0",
        time="0",
        timestamp=when.strftime("%Y-%m-%dT%H:%M:%S"),
        hostname="localhost",
    )
    suite.append(_properties(finding, tolerances))
    suite.extend(cases)
    suite.append(_element("system-out", finding_words(finding)))
    suite.append(_element("system-err"))
    return suite


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
