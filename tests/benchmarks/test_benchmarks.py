"""The benchmarks run and mean what they say; how fast anything is, is no test's business."""

from __future__ import annotations

import importlib
import json
import math
import re
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from cvosim import compile_plan, load_scenario
from cvosim.engine.driver import run_kernel
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.plan.plan import OfferKind, ProgramKind
from cvosim.scenario.stages.engage import STYLE_SUITS
from cvosim.tables.fingerprint import trajectory_hash
from cvosim.tables.schema import EventKind

ASKED = {
    "engines": (">= 150", ">= 150"),
    "threads": (">= 3.00", ">= 1.80"),
    "floor": (">= 0.500",),
    "start": ("<= 2.00", "<= 0.150"),
    "memory": ("<= 400",),
    "repeat_buying": (">= 100", ">= 10.0"),
    "experiments": ("<= 0.030", ">= 5.00", ">= 3,000", "<= 5.00"),
    "sizes": ("<= 5.00", ">= 1.70", "<= 10.0", ">= 0.900", "<= 600", "<= 5.00"),
    "compare": ("<= 2.00",),
    "page": ("<= 0.100", "<= 0.350"),
    "page_browser": ("<= 1.00", "<= 300", "<= 100", "<= 350"),
}
"""What the project has promised; compiling, which takes its time, is left out of a tiny run."""


def module(name: str) -> ModuleType:
    return importlib.import_module(f"benchmarks.{name}")


def test_a_tiny_run_of_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = module("__main__").main(["--tiny", "--json", str(tmp_path / "rows.json")])
    rows = json.loads((tmp_path / "rows.json").read_text("utf-8"))
    printed = capsys.readouterr().out
    for case, asked in ASKED.items():
        own = [row for row in rows if row["case"] == case]
        assert tuple(row["asked"] for row in own if row["asked"]) == asked
        assert all(row["trajectory"] for row in own if row["asked"] and row["measured"]) or (
            case in ("start", "experiments")
        )
    for row in rows:
        assert row["what"] in printed
        assert row["cpu"]
        assert row["date"] == date.fromisoformat(row["date"]).isoformat()
        assert {"numba", "scipy"} <= set(row["versions"])
        assert row["cores"] >= 1
        measured = row["measured"]
        assert (measured is None) == row["note"].startswith("skipped")
        assert measured is None or math.isfinite(measured)
        # so few customers may find room in memory that was used before
        assert measured is None or measured > 0.0 or row["case"] == "memory"
    assert [row["case"] for row in rows].count("peers") == 4
    assert code == int(any(row["passed"] is False for row in rows))
    size = module("subjects").TINY
    assert {row["trajectory"] for row in rows if row["case"] == "engines"} == {
        reference_hash(name, size.checked)
        for name in ("carpet_cleaning", module("subjects").EVERYTHING)
    }


def reference_hash(name: str, customers: int) -> str:
    scenario = load_scenario(name)
    tables = run_reference(compile_plan(scenario), scenario.seed, 0, customers)
    return trajectory_hash(*tables)[:12]


def test_nothing_is_timed_when_the_engines_disagree(monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(*arguments: Any, **options: Any) -> Any:
        run = run_kernel(*arguments, **options)
        run.customers.revenue[3] += 1e-9
        return run

    subjects = module("subjects")
    subjects.subject.cache_clear()
    monkeypatch.setattr("cvosim.engine.speed.subject.run_kernel", careless)
    with pytest.raises(CvosimError, match="the engines disagree"):
        subjects.subject("carpet_cleaning", subjects.TINY)


def test_the_fullest_scenario_has_it_all_and_people_get_that_far() -> None:
    scenario = load_scenario(module("subjects").EVERYTHING)
    plan = compile_plan(scenario)
    for part in (scenario, scenario.journey):
        # an experiment or a sweep is a question about customers, nothing that happens to them
        assert {name for name, value in part if not value} <= {"experiment", "sweep"}
    assert len(plan.offers) == 12
    assert set(plan.offers["kind"]) == set(OfferKind)
    assert set(plan.programs["kind"]) == set(ProgramKind)
    assert scenario.journey.engage is not None
    assert {piece.style for piece in scenario.journey.engage.content} == set(STYLE_SUITS)
    assert [kind.kind for kind in scenario.journey.profit_maximizers[:4]] == [
        "upsell", "cross_sell", "affiliate", "joint_venture",
    ]  # fmt: skip

    table, referred, events, _ = run_kernel(plan, scenario.seed, 0, 20_000, events=True)
    assert events is not None
    assert set(events.kind) == set(EventKind)
    assert np.isfinite(table.stage_time).any(axis=1).all()
    assert (table.stage_time[4] >= 0.0).mean() > 0.05  # the core offer
    assert table.recoveries.any(axis=1).all()
    assert (table.bills.max(axis=1) > 1).all()
    assert table.cancelled.any(axis=1).all()
    assert set(table.tier) == set(range(len(plan.tiers) + 1))
    assert referred.generation.max() > 1


def test_bounds_and_verdicts() -> None:
    rows = module("rows")
    asked = rows.at_least(1.8)
    assert rows.Row("a", "b", 1.8, "x", asked).verdict == "pass"
    assert rows.Row("a", "b", 1.79, "x", asked).verdict == "FAIL"
    assert rows.Row("a", "b", 26.0, "s", rows.at_most(25)).passed is False
    assert rows.Row("a", "b", None, "x", asked).verdict == "skipped"
    assert rows.Row("a", "b", None, "x", asked).passed is None
    assert rows.Row("a", "b", 1.0, "x").verdict == ""
    assert [rows.number(x) for x in (0.15, 2.0, 43.21, 1234.5)] == [
        "0.150", "2.00", "43.2", "1,234",
    ]  # fmt: skip


@pytest.mark.parametrize(("measured", "code"), [(3.0, 0), (2.9, 1)])
def test_a_bound_that_fails_fails_the_run(
    measured: float, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, rows = module("__main__"), module("rows")
    row = rows.Row("one", "speed", measured, "x", rows.at_least(3))
    monkeypatch.setattr(main, "TOPICS", {"one": lambda size: [row]})
    assert main.main(["one"]) == code


@pytest.mark.parametrize("words", [["speed"], ["--markdown", "engines"], ["--markdown", "--tiny"]])
def test_impossible_requests_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as end:
        module("__main__").main(words)
    assert end.value.code == 2


def test_the_table_of_the_readme_is_put_between_its_marks(tmp_path: Path) -> None:
    report, rows = module("report"), module("rows")
    page = tmp_path / "README.md"
    page.write_text(report.README.read_text("utf-8"), "utf-8")
    machine = module("machine").describe()
    for measured in (1.5, 2.5):
        row = rows.Row("one", "speed", measured, "x", rows.at_least(2))
        report.fill_readme([row], machine, page)
    text = page.read_text("utf-8")
    assert f"\n{machine['date']}: {machine['cpu']}" in text
    assert "| one | speed | 2.50 x | >= 2.00 | pass |" in text
    assert "1.50 x" not in text
    assert text.count(report.BEGIN) == text.count(report.END) == 1
    page.write_text("no marks here", "utf-8")
    with pytest.raises(ValueError, match="lacks the marks"):
        report.fill_readme([], machine, page)


def test_the_printed_table_has_a_date_and_every_topic() -> None:
    page = (Path(__file__).parents[2] / "benchmarks" / "README.md").read_text("utf-8")
    heading, table = page.split("<!-- numbers: begin -->\n\n")[1].split("\n\n", 1)
    assert re.match(r"\d{4}-\d\d-\d\d: ", heading)
    topics = {row.split(" | ")[0].removeprefix("| ") for row in table.splitlines()[2:] if row}
    assert set(importlib.import_module("benchmarks.topics").TOPICS) <= topics
    assert "skipped" not in table
