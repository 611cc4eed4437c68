"""Every line answers for its own part, and changes that depend on each other are said to."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.checked_files import CHANGED, EFFECT, IDENTICAL, NUMBA, PRICE, VALUE, checked, finding

from cvosim.experiment.baseline.findings import Cause, Status
from cvosim.report.annotations import annotations_of
from cvosim.report.check import checked_dict
from cvosim.report.check_effects import own_words, sum_words
from cvosim.report.check_picture import effects_exhibit
from cvosim.report.check_tables import causes_table
from cvosim.report.check_words import cause_words, finding_words
from cvosim.report.structured import as_json

SMALL = replace(EFFECT, difference=-0.1, low=-0.2, high=-0.05)
COST = replace(PRICE, what="journey.tripwire.unit_cost", line=32, effect=SMALL)
CLICK = replace(PRICE, what="click", line=40, measured="together")
LATE = replace(PRICE, what="late", line=41, effect=None, measured="unmeasured")
JOINT = replace(PRICE, what="share", line=42, effect=None, measured="inseparable")


def changed(*causes: Cause) -> str:
    return finding_words(finding("shop.yaml", Status.CHANGED, causes, (VALUE,)))


def test_parts_that_do_not_add_up_are_said_to(tmp_path: Path) -> None:
    assert "depend on each other: alone, they come to USD 0.60 less in all." in changed(PRICE, COST)
    rest = replace(COST, effect=replace(SMALL, difference=-0.4))
    first = replace(PRICE, effect=replace(SMALL, difference=-0.1))
    assert "depend" not in changed(first, rest), "0.1 and 0.4 are 0.5"
    assert "depend" not in changed(PRICE)
    assert "depend" not in changed(PRICE, LATE), "nobody knows"
    assert sum_words(IDENTICAL) == ""


def test_what_only_works_together_is_told() -> None:
    other = replace(CLICK, what="conversion")
    words = changed(CLICK, other)
    assert "line 40: click 29 -> 19 (only together with the others)" in words
    assert "The changes depend on each other: none does anything alone." in words
    assert "alone, they come to USD 0.10 less in all." in changed(COST, CLICK, other)


def test_what_was_not_measured_says_so() -> None:
    assert cause_words(LATE) == "late 29 -> 19 (not measured)"
    table = causes_table(checked(finding("a", Status.CHANGED, (LATE, JOINT, CLICK), (VALUE,))))
    assert table is not None
    assert [row[3] for row in table.shown] == [
        "not measured",
        "not measured: does not stand alone",
        table.shown[2][3],
    ]
    assert table.shown[2][3].startswith("nothing; beside the others")


def test_every_line_carries_its_own_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.yaml").write_text("x", "utf-8")
    found = replace(CHANGED, causes=(PRICE, COST, CLICK, LATE, JOINT))
    words = {one.line: one.words for one in annotations_of(checked(found))}
    assert words[31].endswith("29 -> 19. Alone it makes a prospect worth USD 0.50 less.")
    assert words[32].endswith("Alone it makes a prospect worth USD 0.10 less.")
    assert words[40].endswith(
        "Alone it does nothing; beside the others it makes a prospect worth USD 0.50 less."
    )
    assert words[41].endswith("What it does alone was not measured.")
    assert words[42].endswith("What it does was not measured: it does not stand alone.")
    assert not any("A prospect is worth" in one for one in words.values())


def test_a_line_of_several_scenarios_tells_from_where_to_where() -> None:
    assert own_words([PRICE, replace(PRICE, effect=SMALL)]) == (
        "Alone it makes a prospect worth from USD 0.50 less to USD 0.10 less."
    )
    assert own_words([PRICE, LATE]) == "What it does alone was not measured."


def test_settings_that_cannot_be_read_are_told_apart_from_nothing() -> None:
    settings = Cause("version", "settings", "0.1", "1.0")
    line = replace(PRICE, effect=None, measured="inseparable")
    assert "What it does cannot be told apart from what the release does." in changed(
        line, settings
    )
    assert "cannot be told apart" not in changed(settings)
    assert "cannot be told apart" not in changed(line, NUMBA)


def test_a_figure_of_single_changes_leaves_out_what_works_together() -> None:
    both = effects_exhibit(checked(replace(CHANGED, causes=(PRICE, CLICK))))
    assert both is not None
    assert len(both.table.rows) == 1
    found = json.loads(as_json(checked_dict(checked(replace(CHANGED, causes=(CLICK,))), "b", [])))
    assert found["scenarios"][0]["causes"][0]["measured"] == "together"
