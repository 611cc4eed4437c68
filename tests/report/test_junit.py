from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest
from helpers.checked_files import CHANGED, IDENTICAL, MISSING, RENAMED, WITHIN, checked, shift

from cvosim.report.junit import TRAJECTORY, junit_of

WHEN = datetime(2026, 1, 2, 3, 4, 5)
SUITE = {
    "name", "package", "id", "tests", "failures", "errors", "skipped", "time", "timestamp",
    "hostname",
}  # fmt: skip
"""Attributes that either Ant's form (XMLConstants of its JUnit formatter) or Jenkins's knows."""


def parsed(text: str) -> Element:
    """The file as a tree, which holds to the common rules of the form."""
    root = ElementTree.fromstring(text.encode())
    assert root.tag == "testsuites"
    assert not root.attrib
    assert all(suite.tag == "testsuite" for suite in root)
    assert [suite.get("id") for suite in root] == [str(i) for i in range(len(root))]
    for suite in root:
        _check_suite(suite)
    return root


def _check_suite(suite: Element) -> None:
    assert set(suite.attrib) == SUITE
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.attrib["timestamp"])
    tags = [child.tag for child in suite]
    cases = suite.findall("testcase")
    assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
    for one in suite.find("properties") or ():
        assert one.tag == "property"
        assert set(one.attrib) == {"name", "value"}
    assert int(suite.attrib["tests"]) == len(cases)
    failures = suite.findall("testcase/failure")
    assert int(suite.attrib["failures"]) == len(failures)
    assert (suite.attrib["errors"], suite.attrib["skipped"]) == ("0", "0")
    float(suite.attrib["time"])
    for case in cases:
        assert set(case.attrib) == {"name", "classname", "time"}
        assert [child.tag for child in case] in ([], ["failure"])
    assert len({case.attrib["name"] for case in cases}) == len(cases)
    for failure in failures:
        assert set(failure.attrib) == {"message", "type"}
        assert failure.attrib["message"]
        assert failure.text


def test_a_suite_a_scenario_and_a_case_a_metric() -> None:
    found = checked(IDENTICAL, WITHIN, CHANGED, MISSING)
    root = parsed(junit_of(found, WHEN))
    assert [suite.attrib["name"] for suite in root] == [one.key for one in found.findings]
    assert [suite.attrib["failures"] for suite in root] == ["0", "0", "4", "1"]
    for suite, one in zip(root, found.findings, strict=True):
        names = [case.attrib["name"] for case in suite.findall("testcase")]
        assert names == [TRAJECTORY, *(shift.metric for shift in one.shifts)]


def test_failures_say_what_changed() -> None:
    (suite,) = parsed(junit_of(checked(CHANGED), WHEN))
    messages = {
        case.attrib["name"]: failure.attrib["message"]
        for case in suite.findall("testcase")
        if (failure := case.find("failure")) is not None
    }
    assert messages[TRAJECTORY].startswith("shop.yaml changed in line 31: journey.tripwire.price")
    assert messages["orders"] == "orders 100 -> 110 (+10.0 %, unit orders); allowed: 1 %"
    assert suite.findtext("system-out") == messages[TRAJECTORY]


@pytest.mark.parametrize(
    "name",
    ["a\x00b\x1b[31mc", "lone \udcff", "\ufffe", "<a & \"b\" 'c'>", "]]>", "line\nbreak\ttab"],
)
def test_odd_names_are_safe(name: str) -> None:
    odd = replace(
        CHANGED,
        key=f"{name}.yaml",
        causes=(replace(RENAMED, after=name, matters=True),),
        shifts=(shift(f"revenue.{name}", 1.0, 2.0),),
    )
    text = junit_of(checked(odd), WHEN)
    text.encode("utf-8")
    (suite,) = parsed(text)
    kept = re.sub("[\x00\x1b\udcff\ufffe]", "\N{REPLACEMENT CHARACTER}", name)
    assert suite.attrib["name"] == f"{kept}.yaml"


def test_the_same_check_gives_the_same_bytes() -> None:
    assert junit_of(checked(CHANGED), WHEN) == junit_of(checked(CHANGED), WHEN)
