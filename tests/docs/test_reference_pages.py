"""The reference pages say what the code does."""

from __future__ import annotations

import importlib.util
import math
import re
from pathlib import Path
from types import ModuleType

import pytest

from cvosim.scenario import scenario_schema


def _pages() -> ModuleType:
    path = Path(__file__).with_name("reference_pages.py")
    spec = importlib.util.spec_from_file_location("reference_pages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


pages = _pages()


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_page_is_current(name: str) -> None:
    file = pages.DOCS / name
    if not file.is_file():
        pytest.skip(f"{name} is not part of this distribution")
    wanted = pages.PAGES[name]().rstrip("\n") + "\n"
    assert file.read_text("utf-8") == wanted, "run python tests/docs/reference_pages.py"


def test_every_part_of_the_schema_has_its_chapter() -> None:
    shown = [part for section in pages.SECTIONS for part in section.parts]
    assert len(set(shown)) == len(shown)
    # what changes may hold is no section with keys
    assert set(scenario_schema()["$defs"]) - set(shown) == {"Change"}


def test_every_key_is_explained() -> None:
    text = pages.scenario_page()
    for name, part in scenario_schema()["$defs"].items():
        for key in part.get("properties", {}):
            assert f"\n| `{key}` |" in text, f"{name}.{key}"


def test_every_link_leads_somewhere() -> None:
    text = pages.scenario_page()
    headings = {pages.anchor(line.strip("# `")) for line in re.findall(r"^#+ .*", text, re.M)}
    links = set(re.findall(r"\]\((#[^)]*)\)", text))
    assert len(links) > 15
    assert links <= headings


def test_every_metric_is_explained() -> None:
    from cvosim.metrics import catalogue
    from cvosim.tables.columns import Names

    text = pages.metrics_page()
    for metric in catalogue(Names(("all",), ("ads",), ("core_offer",), ("mails",), ("club",))):
        family = metric.name.partition(".")[0]
        assert f"| `{family}" in text, metric.name
        assert metric.description in text, metric.name


@pytest.mark.parametrize(("before", "after"), [(0.1, 0.23), (0.5, 0.73)])
def test_log_odds_are_what_the_page_says(before: float, after: float) -> None:
    odds = before / (1 - before) * math.e
    assert odds / (1 + odds) == pytest.approx(after, abs=0.005)
    assert f"{before:.0%} becomes {after:.0%}".replace("%", " %") in pages.SCENARIO_HEAD.replace(
        "\n ", ""
    )
