"""Runs the notebooks as their users do, and holds every verdict against its numbers."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest

from cvosim import compare, load_scenario

ROOT = Path(__file__).parents[2]
NOTEBOOK = ROOT / "notebooks" / "claims.py"
DOCS = ROOT / "docs"
SMALL = 1500
RENEW = "CVOSIM_NB_OUT=docs python notebooks/claims.py"

# Between them these run every scenario of the library, with and without its steps.
REDONE = ("weak_lead_magnet", "skipping_a_step", "existing_customers")

Found = dict[str, dict[str, Any]]
PICTURE = re.compile(r"images/claims/(\w+)\.png")


def cells() -> list[str]:
    """The notebook's cells, Markdown ones too."""
    first, *others = NOTEBOOK.read_text(encoding="utf-8").split("\n# %%")
    return [first + "\n", *(f"# %%{cell}\n" for cell in others)]


def is_claim(cell: str) -> bool:
    return "\n@experiment(" in cell


def arranged(claims: list[str]) -> str:
    """The notebook with these claims instead of its own, the other cells as they stand."""
    everything = cells()
    last = max(place for place, cell in enumerate(everything) if is_claim(cell))
    tools = [cell for cell in everything[:last] if not is_claim(cell)]
    return "\n".join([*tools, *claims, *everything[last + 1 :]])


class Ran(NamedTuple):
    found: Found
    page: str
    figures: Path
    printed: str


class Script:
    """A notebook running as a script of its own."""

    def __init__(self, source: Path, folder: Path, customers: int | None) -> None:
        self.folder, self.numbers = folder, folder / "numbers.json"
        settings = {"CVOSIM_NB_OUT": str(folder / "out"), "CVOSIM_NB_JSON": str(self.numbers)}
        if customers is not None:
            settings["CVOSIM_NB_N"] = str(customers)
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("CVOSIM_NB_")}
        self.process = subprocess.Popen(
            [sys.executable, str(source)],
            cwd=folder,
            env=inherited | settings,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )

    def finish(self) -> Ran:
        printed, complaints = self.process.communicate(timeout=280)
        assert self.process.returncode == 0, complaints
        assert complaints == ""
        found: Found = json.loads(self.numbers.read_text(encoding="utf-8"))
        page = (self.folder / "out" / "claims.md").read_text(encoding="utf-8")
        return Ran(found, page, self.folder / "out" / "images" / "claims", printed)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Ran]:
    """As it stands, every third claim in reverse, and some claims with all customers."""
    folders = {name: tmp_path_factory.mktemp(name) for name in ("plain", "reverse", "redone")}
    claims = [cell for cell in cells() if is_claim(cell)]
    reverse, redone = folders["reverse"] / "reverse.py", folders["redone"] / "redone.py"
    reverse.write_text(arranged(claims[::-3]), encoding="utf-8")
    some = [cell for cell in claims if any(f"def {key}()" in cell for key in REDONE)]
    assert len(some) == len(REDONE)
    redone.write_text(arranged(some), encoding="utf-8")
    started = {
        "plain": Script(NOTEBOOK, folders["plain"], SMALL),
        "reverse": Script(reverse, folders["reverse"], SMALL),
        "redone": Script(redone, folders["redone"], None),
    }
    return {name: script.finish() for name, script in started.items()}


def test_every_claim_has_a_verdict_intervals_and_a_figure(scripts: Mapping[str, Ran]) -> None:
    ran = scripts["plain"]
    assert len(ran.found) == sum(is_claim(cell) for cell in cells()) >= 30
    for key, finding in ran.found.items():
        assert finding["verdict"] in {"reproduced", "reproduced when", "not reproduced"}
        assert finding["cases"], key
        figure = (ran.figures / f"{key}.png").read_bytes()
        assert figure.startswith(b"\x89PNG")
        assert len(figure) > 5000
        assert f"{finding['claim']['words']}: {finding['verdict']}" in ran.printed


def test_most_cases_have_an_interval_even_with_few_customers(scripts: Mapping[str, Ran]) -> None:
    cases = [case for finding in scripts["plain"].found.values() for case in finding["cases"]]
    known = [case for case in cases if not math.isnan(case["low"])]
    assert len(known) > 0.8 * len(cases)
    assert all(case["low"] <= case["value"] <= case["high"] for case in known)
    everything = [one for finding in scripts["redone"].found.values() for one in finding["cases"]]
    assert all(case["low"] <= case["value"] <= case["high"] for case in everything)


@pytest.mark.parametrize("name", ["plain", "redone"])
def test_verdicts_follow_from_their_intervals(scripts: Mapping[str, Ran], name: str) -> None:
    for finding in scripts[name].found.values():
        above, below = finding["claim"]["above"], finding["claim"]["below"]
        assert math.isfinite(above) or math.isfinite(below)
        inside = [above < case["low"] and case["high"] < below for case in finding["cases"]]
        outside = [case["high"] <= above or case["low"] >= below for case in finding["cases"]]
        says = ["yes" if i else "no" if o else "open" for i, o in zip(inside, outside, strict=True)]
        assert finding["says"] == says
        wanted = "reproduced" if all(inside) else "reproduced when"
        assert finding["verdict"] == (wanted if any(inside) else "not reproduced")


def test_verdicts_differ() -> None:
    """Whoever wants every claim to come true, or none, does not find it here."""
    rows = table(DOCS / "claims.md")
    for verdict in ("**reproduced**", "**reproduced when**", "**not reproduced**"):
        assert any(row[3].startswith(verdict) for row in rows)


def test_results_do_not_depend_on_the_order_of_cells(scripts: Mapping[str, Ran]) -> None:
    plain, reverse = scripts["plain"].found, scripts["reverse"].found
    assert list(reverse) == list(plain)[::-3]
    for key, finding in reverse.items():  # as text, since n/a differs from itself
        assert json.dumps(finding) == json.dumps(plain[key])


def test_the_page_says_what_the_numbers_say(scripts: Mapping[str, Ran]) -> None:
    ran = scripts["plain"]
    for key, finding in ran.found.items():
        rows = [line for line in chapters(ran.page)[key].splitlines() if line.startswith("| ")]
        marks = [row.split(" | ")[2].strip(" |") for row in rows[2:]]
        assert marks == finding["says"]


def test_the_page_in_docs_is_of_this_notebook_and_this_library(scripts: Mapping[str, Ran]) -> None:
    published = (DOCS / "claims.md").read_text(encoding="utf-8")
    there, here = chapters(published), chapters(scripts["plain"].page)
    assert list(there) == list(here), f"out of date: {RENEW}"
    for key in here:  # all but the numbers, which are of fewer customers here
        assert stated(there[key]) == stated(here[key]), f"out of date: {RENEW}"
    redone = chapters(scripts["redone"].page)
    assert set(redone) == set(REDONE)
    for key, chapter in redone.items():
        assert there[key] == chapter, f"out of date: {RENEW}"


def test_the_page_in_docs_has_small_figures() -> None:
    page = (DOCS / "claims.md").read_text(encoding="utf-8")
    wanted = {f"{key}.png" for key in chapters(page)}
    figures = {file.name: file for file in (DOCS / "images" / "claims").iterdir()}
    assert set(figures) == wanted
    assert max(file.stat().st_size for file in figures.values()) <= 150_000


def test_intervals_are_those_of_compare(monkeypatch: pytest.MonkeyPatch) -> None:
    """The notebook's arithmetic of influences gives what the library's comparison gives."""
    module = ModuleType("tools")
    monkeypatch.setitem(sys.modules, "tools", module)
    tools = module.__dict__
    exec(compile(arranged([]).partition("# # The claims")[0], "tools", "exec"), tools)  # noqa: S102
    monkeypatch.setitem(tools, "N", 20_000)
    for name, change in (
        ("carpet_cleaning", "journey.tripwire=null"),
        ("pizza_chain", "journey.loyalty=null"),
    ):
        baseline = load_scenario(name)
        variant = load_scenario(name, ["name=Changed", change])
        wanted = compare([baseline, variant], customers=20_000).differences["Changed"]
        before, after = tools["run"](name), tools["run"](name, change)
        whole = "clv_with_referrals" if "clv_with_referrals" in wanted else "clv_per_prospect"
        pairs = {
            whole: (after.value, before.value),
            "cac": (after.metric("cac"), before.metric("cac")),
            "margin_share_top_20": (
                after.metric("margin_share_top_20"),
                before.metric("margin_share_top_20"),
            ),
        }
        for metric, (new, old) in pairs.items():
            low, high = (new - old).interval
            difference = wanted[metric]
            assert (new - old).value == pytest.approx(difference.difference, rel=1e-9, abs=1e-12)
            assert (low, high) == pytest.approx((difference.low, difference.high), rel=1e-3)


def table(page: Path) -> list[list[str]]:
    """The rows of a page's first table."""
    lines = page.read_text(encoding="utf-8").split("\n\n")[2].splitlines()
    return [line.strip("| ").split(" | ") for line in lines[2:]]


def chapters(page: str) -> dict[str, str]:
    """The text of each claim by its key."""
    _, *others = re.split(r"^(?=## )", page, flags=re.MULTILINE)
    return {PICTURE.search(text)[1]: text.strip() for text in others}


def stated(chapter: str) -> str:
    """What a chapter says beside what was found."""
    kept = [line for line in chapter.splitlines() if line.startswith(("## ", "* ", "!["))]
    return "\n".join(kept)
