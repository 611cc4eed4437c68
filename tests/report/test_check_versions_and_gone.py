"""What is gone fails everywhere; what else differs is told, and not as the cause."""

from __future__ import annotations

import math
from datetime import datetime
from pathlib import Path
from xml.etree import ElementTree

from helpers.checked_files import CHANGED, IDENTICAL, by_version, checked, finding

from cvosim.experiment.baseline.findings import Cause, Status
from cvosim.report.annotations import annotations_of
from cvosim.report.check import check_lines, headline, next_steps
from cvosim.report.check_tables import causes_table, shifts_table
from cvosim.report.check_words import finding_words
from cvosim.report.junit import junit_of
from cvosim.report.one_line import one_line, one_line_table, without_commands
from cvosim.report.tables import Table

GONE = "b.yaml: Dear"
LESS = checked(IDENTICAL, unchecked=(GONE,), gone=(GONE,))
OTHER = Cause("version", "python", "3.11.0", "3.11.7", matters=False)
STRANGE = Cause("unexplained", "trajectory", "a" * 64, "b" * 64)


def test_a_variant_that_is_gone_fails_and_comes_first() -> None:
    assert not LESS.ok
    assert check_lines(LESS)[0].startswith(f"{GONE} is in the baseline, but its file lists no")
    assert next_steps(LESS, "base.json", ["b.yaml"]) == [
        "If it was meant: cvosim check base.json b.yaml --update"
    ]
    suites = ElementTree.fromstring(junit_of(LESS, datetime(2026, 1, 2)))
    assert [(one.get("name"), one.get("failures")) for one in suites] == [
        ("b.yaml", "0"), (GONE, "1")
    ]  # fmt: skip
    remark = annotations_of(LESS)[0]
    assert (remark.level, remark.title) == ("error", f"{GONE}: gone")
    assert "lists no such variant" in remark.written(Path())


def test_files_that_are_not_there_are_told_apart() -> None:
    from dataclasses import replace

    unchecked = ("y.yaml", "z.yaml")
    some = replace(checked(IDENTICAL, unchecked=unchecked), gone=("z.yaml",), lost=("z.yaml",))
    assert not some.ok
    told = check_lines(some)
    assert told[0] == "z.yaml is in the baseline, but there is no such file any more."
    assert told[-1] == "In the baseline, but not checked: y.yaml."
    assert headline(some) == "1 scenario is gone; none of 1 scenarios changed; 1 identical."


def test_libraries_that_differ_are_no_cause() -> None:
    words = finding_words(finding("d.yaml", Status.CHANGED, (STRANGE, OTHER), ()))
    assert words.startswith("d.yaml changed: settings, trajectory version and the machine's")
    assert words.endswith("Also differs: python 3.11.0 -> 3.11.7.")
    table = causes_table(checked(finding("d.yaml", Status.CHANGED, (STRANGE, OTHER), ())))
    assert table is not None
    assert "no effect" not in table.to_text()


def test_what_luck_is_not_asked_about_is_told_as_such() -> None:
    unknown = by_version("gini", 0.5, 0.1, math.nan, Status.WITHIN)
    table = shifts_table(finding("d.yaml", Status.WITHIN, (), (unknown,)))
    assert table is not None
    assert "not judged by luck" in table.to_text()


def test_names_stay_names() -> None:
    evil = "a\n::error::b\r\x1b[31m\u2028c"
    assert one_line(evil) == "a ::error::b [31m c"
    table = Table(("name", "x"), ((evil, 1.0),), ((evil, "1"),), title=evil)
    assert len(one_line_table(table).to_text().splitlines()) == 5
    assert one_line_table(table).to_csv() == table.to_csv()
    for text in ("::error::x", " \t::error::x", "a\n::x", "a\r::x", "a\u2028::x", "##[error]x"):
        told = without_commands(text, "csv")
        assert "##[" not in told
        assert not any(line.lstrip().startswith("::") for line in told.splitlines())
    assert without_commands("a::b # [x]", "table") == "a::b # [x]"
    assert len(check_lines(checked(CHANGED))) == 1
