from __future__ import annotations

import pytest
from helpers.html_page import check, embedded, words

from cvosim.experiment.illustrated import Illustrated, illustrate
from cvosim.report.documents.comparison import comparison_document
from cvosim.report.html import html_of
from cvosim.report.verdict import verdict
from cvosim.scenario import load_scenario

EVIL = "<b>Cheap</b> & </script>"


@pytest.fixture(scope="module")
def found() -> Illustrated:
    cheap = load_scenario("carpet_cleaning", [f"name='{EVIL}'", "journey.tripwire.price=9"])
    return illustrate([load_scenario("carpet_cleaning"), cheap], customers=1500)


def test_the_page_of_a_comparison_keeps_every_promise(found: Illustrated) -> None:
    assert found.comparison is not None
    page = check(html_of(comparison_document(found)))
    assert words(next(page.iter("h1"))) == f"Carpet cleaning against {EVIL}"
    assert not list(page.iter("b"))
    said = [words(one) for one in page.iter("p") if one.get("class") == "verdict"]
    assert said == [" ".join(line.split()) for line in verdict(found.comparison).splitlines()]
    figures = [one.get("id") for one in page.iter("figure")]
    assert figures[:3] == ["figure-funnel", "figure-value_waterfall", "figure-stage_waterfall"]


def test_what_differs_comes_first_of_what_was_assumed(found: Illustrated) -> None:
    first, second, *_ = comparison_document(found).assumptions
    assert first.header == ("setting", "Carpet cleaning", EVIL)
    assert first.shown == (("journey.tripwire.price", "29", "9"),)
    assert second.title == "Carpet cleaning: In general"


def test_the_page_carries_the_results_in_full(found: Illustrated) -> None:
    assert found.comparison is not None
    data = embedded(check(html_of(comparison_document(found))))
    whole = found.comparison.to_dict()
    assert data["differences"] == whole["differences"]
    assert data["decomposition"] == whole["decomposition"]
    for manifest in data["manifests"].values():
        assert not {"started", "seconds", "compile_seconds", "threads"} & set(manifest)


def test_key_numbers_show_both_sides(found: Illustrated) -> None:
    table = comparison_document(found).sections[0].tables[0]
    assert table.header == (
        "number", "Carpet cleaning", EVIL, "second less first", "95 % interval", "unit",
    )  # fmt: skip
    assert found.comparison is not None
    one = found.comparison.differences[EVIL]["clv_per_prospect"]
    assert table.rows[0][1:4] == (one.baseline, one.variant, one.difference)


def test_several_variants_stand_side_by_side() -> None:
    cheap = load_scenario("carpet_cleaning", ["name=Cheap", "journey.tripwire.price=9"])
    names = ("carpet_cleaning", "carpet_cleaning_no_tripwire")
    three = illustrate([*map(load_scenario, names), cheap], customers=800)
    page = check(html_of(comparison_document(three)))
    keys = [one.get("id") for one in page.iter("figure")]
    assert {"figure-value_waterfall", "figure-value_waterfall_2"} <= set(keys)
    (table, *_) = page.iter("table")
    assert [words(one) for one in next(table.iter("tr"))] == [
        "number", *(one.name for one in three.scenarios),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["saas", "b2b_services"])
def test_the_largest_of_the_library_stay_small(name: str) -> None:
    base = load_scenario(name)
    other = base.model_copy(update={"name": "Later money counts for less"})
    check(html_of(comparison_document(illustrate([base, other], customers=1500))))
