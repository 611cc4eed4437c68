"""The page's numbers are those of ``cvosim compare``, its figures those of the report."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from helpers.what_if import Asking, State, state, text_source

from cvosim import compare, load_scenario
from cvosim.app.api import Page
from cvosim.app.limits import Limits
from cvosim.app.state import state_of
from cvosim.experiment.compare import Comparison
from cvosim.experiment.illustrated import illustrate
from cvosim.report.exhibits import exhibits_of
from cvosim.report.html import exhibit_html
from cvosim.report.text import comparison_csv, comparison_tables, verdict

MINE = """\
extends: carpet_cleaning
name: "Mine: a # test"
changes: {journey.core_offer.price: 199}
"""
ASKED = {
    "a price": state(changes={"journey.tripwire.price": 19}),
    "a removed stage": state(changes={"journey.tripwire": None, "economics.discount_rate": 0.2}),
    "removed list items": state(
        changes={
            "journey.return_path.display": None,
            "journey.profit_maximizers.stain_guard": None,
            "channels.search.effects.lead_magnet": 1e-3,
        },
        seed=11,
    ),
    "two of the library": state(
        b="carpet_cleaning_no_tripwire", changes={"journey.core_offer.conversion": 0.3}
    ),
    "nothing changed": state(),
    "choices": state("saas", changes={"channels.articles.kind": "owned"}),
    "with an experiment": state(
        "tripwire_price_test", changes={"journey.tripwire": None}, seed=2**64 - 1
    ),
    "with a sweep": state("carpet_cleaning_prices", changes={"journey.tripwire.price": 12.5}),
    "another's text": state(b=None, a_text=MINE, changes={"journey.tripwire.trust": -0.25}),
}


def asked_of(name: str) -> State:
    found = {**ASKED[name]}
    text = found.pop("a_text", None)
    return found if text is None else {**found, "a": text_source(text)}


def again(asked: State, folder: Path, variant: str) -> Comparison:
    """Do what the comments of an exported file say."""
    (folder / "mine.yaml").write_text(MINE, "utf-8")
    (folder / "variant.yaml").write_text(variant, "utf-8")
    line = next(line for line in variant.splitlines() if line.startswith("#   cvosim compare "))
    base = line.split()[3]
    first = load_scenario(str(folder / base) if base.endswith(".yaml") else base)
    second = load_scenario(str(folder / "variant.yaml"))
    return compare([first, second], customers=asked["customers"], seed=asked["seed"])


@pytest.mark.parametrize("name", ASKED)
def test_the_exported_file_gives_the_same_to_the_last_bit(
    name: str, asking: Asking, page: Page, tmp_path: Path
) -> None:
    asked = asked_of(name)
    exported = asking.post("/api/export/variant.yaml", asked)
    assert exported.status_code == 200, exported.text
    said = exported.headers["content-disposition"]
    assert said == 'attachment; filename="variant.yaml"'
    expected = again(asked, tmp_path, exported.text)
    found = asking.numbers(asked)

    variant = expected.variants[0]
    assert found["verdict"] == verdict(expected)
    assert [found["name_a"], found["name_b"]] == [expected.baseline, variant]
    table = comparison_tables(expected)[0]
    assert [row["metric"] for row in found["rows"]] == [row[0] for row in table.shown]
    for row, shown in zip(found["rows"], table.shown, strict=True):
        texts = [row[key] for key in ("metric", "a", "b", "difference", "interval")]
        assert texts == [*shown[:5]]
        assert (row["significant"], row["unit"]) == (bool(shown[5]), shown[7])
        exact = expected.differences[variant][row["metric"]].to_dict()
        assert row["exact"] == {key: exact[key] for key in row["exact"]}
    csv = asking.post("/api/export/numbers.csv", asked).text
    assert csv == comparison_csv(expected)

    _, second = page.sources.pair(state_of(asked, Limits()))
    assert load_scenario(str(tmp_path / "variant.yaml")) == second


def test_the_figures_are_those_of_the_report(asking: Asking) -> None:
    asked = state(changes={"journey.tripwire.price": 19}, customers=3000)
    lines = asking.compare(asked)
    kinds = [line["kind"] for line in lines]
    assert kinds == ["numbers", "figures", *(["figure"] * (len(lines) - 3)), "done"]
    base = load_scenario("carpet_cleaning")
    dear = load_scenario("carpet_cleaning", ["journey.tripwire.price=19"])
    dear = dear.model_copy(update={"name": lines[0]["name_b"]})
    expected = exhibits_of(illustrate([base, dear], customers=3000))
    assert lines[1]["keys"] == [one.key for one in expected]
    assert lines[1]["keys"] == [line["key"] for line in lines[2:-1]]
    assert [line["html"] for line in lines[2:-1]] == [exhibit_html(one) for one in expected]
    report = asking.post("/api/export/report.html", asked).text
    assert all(line["html"] in report for line in lines[2:-1])
    assert "cvosim report carpet_cleaning variant.yaml -n 3000" in report


def test_every_line_says_whose_turn_it_is(asking: Asking) -> None:
    for line in asking.compare(state(turn=41, customers=500)):
        assert line["turn"] == 41
    (line,) = asking.compare(state(turn=42, changes={"journey.tripwire.price": -1}))
    assert line["turn"] == 42


WRONG = {
    "out of bounds": (
        {"journey.tripwire.price": -5},
        [("journey.tripwire.price", "must be at least 0 (got -5)")],
    ),
    "two at once": (
        {"journey.tripwire.conversion": 2, "channels.search.share": "many"},
        [
            ("channels.search.share", 'must be a number between 0 and 1 (got "many")'),
            (
                "journey.tripwire.conversion",
                "must be between 0 and 1 (got 2); 2 % is 0.02",
            ),
        ],
    ),
    "no such path": ({"journey.tripwire.prise": 5}, [("journey.tripwire.prise", "did you mean")]),
    "shares": ({"channels.search.share": 0.5}, [("channels", "add")]),
    "the seed": ({"calendar.start": "2026-01-01"}, [("calendar.start", "cannot be changed")]),
}


@pytest.mark.parametrize("name", WRONG)
def test_problems_stand_beside_their_levers(name: str, asking: Asking) -> None:
    changes, expected = WRONG[name]
    found = asking.problems(state(changes=changes))
    assert sorted(one["path"] for one in found) == sorted(path for path, _ in expected)
    for path, words in expected:
        (message,) = [one["message"] for one in found if one["path"] == path]
        assert words in message


def test_data_files_cannot_be_reached_by_changes(asking: Asking) -> None:
    ways: list[dict[str, Any]] = [
        {"channels.facebook.arrivals.kind": "daily"},
        {"channels.facebook.arrivals.file": "/etc/passwd"},
        {"channels.0.arrivals.file": "/etc/passwd", "channels.0.arrivals.column": "root"},
    ]
    for changes in ways:
        found = asking.problems(state(changes=changes))
        assert {one["message"] for one in found} == {"data files cannot be chosen on this page"}


def test_what_cannot_be_compared_is_said(asking: Asking) -> None:
    (found,) = asking.problems(state(b="cdnow"))
    assert found["path"] == ""
    assert "horizon" in found["message"]
    status, words = asking.refused(
        "/api/levers", {"a": {"library": "carpet_cleaning"}, "b": {"library": "cdnow"}}
    )
    assert (status, "horizon" in words) == (422, True)


def test_too_much_is_refused_before_it_begins(asking: Asking) -> None:
    busy = {"journey.repeat_purchases.frequency.alpha_days": 0.01}
    (found,) = asking.problems(state(changes=busy, customers=50_000))
    assert "too much happens" in found["message"]
    text = "extends: carpet_cleaning\nname: R\nchanges:\n  journey.referral: {cap: 1000, "
    text += "invitations: {mean: 0.5}}\n  journey.experience: {}\n"
    asked = {**state(customers=50_000), "a": text_source(text)}
    (found,) = asking.problems(asked)
    assert found["path"] == "journey.referral.cap"
