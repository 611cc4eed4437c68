from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.checked_files import (
    CHANGED,
    EFFECT,
    IDENTICAL,
    MISSING,
    NUMBA,
    PRICE,
    RENAMED,
    WITHIN,
    checked,
)

from cvosim.experiment.baseline.findings import Cause
from cvosim.report.annotations import Annotation, annotations_of, relative

FORM = re.compile(r"::(error|notice) ((?:\w+=[^:,\r\n]*)(?:,\w+=[^:,\r\n]*)*)::([^\r\n]*)")


def read_back(line: str) -> dict[str, str]:
    """What GitHub takes from a line: its runner undoes the escapes in this order."""
    match = FORM.fullmatch(line)
    assert match, line
    found = dict(part.split("=", 1) for part in match[2].split(","))
    found |= {"level": match[1], "words": match[3]}
    escapes = (("%3A", ":"), ("%2C", ","), ("%0D", "\r"), ("%0A", "\n"), ("%25", "%"))
    for name in found:
        for code, sign in escapes if name != "words" else escapes[2:]:
            found[name] = found[name].replace(code, sign)
    return found


def test_every_level_stands_where_it_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("shop.yaml", "c.yaml", "d.yaml"):
        Path(name).write_text("x", "utf-8")
    remarks = annotations_of(checked(IDENTICAL, WITHIN, CHANGED, MISSING))
    read = [read_back(one.written(tmp_path)) for one in remarks]
    assert [(one["level"], one.get("file"), one.get("line")) for one in read] == [
        ("error", "shop.yaml", "31"),
        ("error", "c.yaml", "1"),
        ("notice", "d.yaml", "1"),
    ]
    assert read[0]["title"] == "shop.yaml: changed"
    assert read[0]["words"] == (
        "journey.tripwire.price 29 -> 19. A prospect is worth USD 0.50 less "
        "(95 % interval USD 0.40 to 0.60)."
    )


def test_files_are_named_from_the_repository(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "funnels").mkdir()
    monkeypatch.chdir(tmp_path / "funnels")
    assert relative("shop.yaml", tmp_path) == "funnels/shop.yaml"
    assert relative(str(tmp_path / "funnels" / "shop.yaml"), tmp_path) == "funnels/shop.yaml"
    assert relative("../../elsewhere.yaml", tmp_path) == ""
    assert relative("", tmp_path) == ""


@pytest.mark.parametrize(
    "text", ["100 %25", "two\nlines\r\n", "::error::fake", "a,b:c=d", "%0A", "::stop-commands::x"]
)
def test_nothing_breaks_out_of_its_place(text: str, tmp_path: Path) -> None:
    line = Annotation("error", str(tmp_path / "a,b:%.yaml"), 3, text, text).written(tmp_path)
    assert "\n" not in line
    read = read_back(line)
    assert (read["title"], read["words"], read["file"]) == (text, text, "a,b:%.yaml")


def test_control_characters_do_not_reach_a_log(tmp_path: Path) -> None:
    line = Annotation("error", "", 0, "a\x1b[31mb", "c\x00d").written(tmp_path)
    assert line == "::error title=a [31mb::c d"


def test_what_no_line_explains_is_told_of_the_whole_file() -> None:
    (_, remark) = annotations_of(checked(replace(CHANGED, causes=(PRICE, NUMBA, RENAMED))))
    assert (remark.line, "numba 0.60.0 -> 0.61.2" in remark.words) == (0, True)
    (remark,) = annotations_of(checked(replace(CHANGED, source="carpet_cleaning", causes=(NUMBA,))))
    assert remark.file == ""


def test_an_edit_keeps_its_line_beside_a_new_release(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text("x", "utf-8")
    remarks = annotations_of(checked(replace(CHANGED, causes=(NUMBA, PRICE))))
    assert [(one.file, one.line) for one in remarks] == [("shop.yaml", 31), ("shop.yaml", 1)]
    assert remarks[0].words == (
        "journey.tripwire.price 29 -> 19. Alone it makes a prospect worth USD 0.50 less."
    )
    assert "numba 0.60.0 -> 0.61.2" in remarks[1].words


def test_a_line_beside_settings_that_cannot_be_read_is_not_said_to_lean_on_others() -> None:
    unread = Cause("version", "settings", "0.1", "1.0")
    line = replace(PRICE, effect=None, measured="inseparable")
    first, _ = annotations_of(checked(replace(CHANGED, causes=(line, unread))))
    assert first.words == (
        "journey.tripwire.price 29 -> 19. "
        "What it does cannot be told apart from what the release does."
    )


def test_remarks_at_one_line_are_kept_apart_by_what_became_of_the_scenarios(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text("x", "utf-8")
    shorter = replace(PRICE, what="horizon_days", before=730, after=365, line=1)
    new = replace(MISSING, key="shop.yaml: Cheap", source="shop.yaml")
    remarks = annotations_of(checked(replace(CHANGED, causes=(shorter,)), new))
    assert [(one.line, one.title) for one in remarks] == [
        (1, "shop.yaml: changed"),
        (1, "shop.yaml: Cheap: not in the baseline"),
    ]
    assert "Cheap" not in remarks[0].words
    assert "horizon_days" not in remarks[1].words
    other = replace(CHANGED, key="shop.yaml: Dear", source="shop.yaml", causes=(NUMBA,))
    of_file = annotations_of(checked(other, new))
    assert [one.title for one in of_file] == [
        "shop.yaml: Dear: changed",
        "shop.yaml: Cheap: not in the baseline",
    ]


def test_each_of_two_changes_on_a_line_is_told_with_its_own_part() -> None:
    cost = replace(PRICE, what="journey.tripwire.unit_cost", before=20.0, after=21.0)
    cost = replace(cost, effect=replace(EFFECT, difference=-0.1))
    aside = replace(PRICE, what="journey.lead.conversion", line=40)
    both = annotations_of(checked(replace(CHANGED, causes=(PRICE, cost, aside))))
    assert both[0].words.splitlines() == [
        "journey.tripwire.price 29 -> 19. Alone it makes a prospect worth USD 0.50 less.",
        "journey.tripwire.unit_cost 20 -> 21. Alone it makes a prospect worth USD 0.10 less.",
    ]


def test_a_change_on_a_shared_line_is_told_of_those_that_have_it() -> None:
    cost = replace(PRICE, what="journey.tripwire.unit_cost", before=20.0, after=21.0)
    found = [
        replace(CHANGED, key="a.yaml", causes=(PRICE, cost)),
        replace(CHANGED, key="b.yaml", causes=(PRICE,)),
    ]
    (remark,) = annotations_of(checked(*found))
    first, second = remark.words.splitlines()
    assert first.startswith("journey.tripwire.price 29 -> 19, in a.yaml and b.yaml. Alone")
    assert second.startswith("journey.tripwire.unit_cost 20 -> 21, in a.yaml. Alone")
