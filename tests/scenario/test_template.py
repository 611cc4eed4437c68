"""Templates: the same scenario as by overrides on the command line, only sooner."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cvosim.errors import ScenarioError
from cvosim.scenario import Scenario, library, load_scenario, scenario_hash
from cvosim.scenario.template import Template, load_sweep, load_template
from cvosim.scenario.yaml_writer import flow_text

NOTHING_ELSE = {"experiment": None, "sweep": None}
EVERY = 7
"""One in so many places of a scenario is tried, each time another."""


def plain(scenario: Scenario) -> Scenario:
    return scenario.model_copy(update=NOTHING_ELSE)


def outcome(make: Any) -> object:
    """A scenario's hash, or what is said instead of one."""
    try:
        return scenario_hash(plain(make()))
    except ScenarioError as error:
        return sorted(problem.message for problem in error.problems)


def places(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every place of a raw scenario with its value; list items by name where they have one."""
    if path:
        yield path, value
    if isinstance(value, dict):
        for key, item in value.items():
            yield from places(item, f"{path}.{key}" if path else key)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            name = item.get("name", index) if isinstance(item, dict) else index
            yield from places(item, f"{path}.{name}")


def other(value: object, turn: int) -> object:
    """Another value to put where one stands: like it, unlike it, or none."""
    if turn % 5 == 3:
        return None
    if isinstance(value, bool | int | float):
        return [value * 0.5, value + 1, 0, "x", -1.5][turn % 5]
    if isinstance(value, str):
        return ["other", 3, value, None, [value]][turn % 5]
    return value if turn % 2 else [1.0, 2.0]


@pytest.mark.parametrize("name", library())
def test_the_same_as_overrides(name: str) -> None:
    template = load_template(name)
    data = plain(load_scenario(name)).model_dump(mode="json")
    start = sum(map(ord, name))
    sections = load_scenario(name).model_dump().keys() & NOTHING_ELSE.keys()
    alone = [f"{section}=null" for section in sections]
    for turn, (path, value) in enumerate(list(places(data))[start % EVERY :: EVERY]):
        new = other(value, turn + start)
        stated = [*alone, f"{path}={flow_text(new)}"]
        expected = outcome(lambda stated=stated: load_scenario(name, stated))
        found = outcome(lambda path=path, new=new: template.at({path: new}))
        assert found == expected, (path, new)


@pytest.mark.parametrize(
    "changes",
    [
        {"journey.tripwire.price": 19, "journey.core_offer.price": 199},
        {"journey.tripwire": None},
        {"journey.tripwire": None, "journey.core_offer.trust": 2},
        {"journey.order": ["core_offer", "profit_maximizers"]},
        {"journey.return_path.nurture.days": [2, 5]},
        {"journey.return_path.nurture.days.1": 2.5},
        {"journey.return_path.nurture": None},
        {"journey.profit_maximizers.extra": {"kind": "upsell", "price": 9, "conversion": 0.1}},
        {"journey.profit_maximizers": []},
        {"journey.tripwire.list_price": None, "journey.tripwire.price": 5},
        {"journey.core_offer": {"name": "all", "price": 99, "conversion": 0.2}},
        {"channels.search.share": 0.2, "channels.facebook.share": 0.65},
        {"market.segments.pet_owners.effects.tripwire": 0.2},
        {"horizon_days": 365.0, "seed": 9, "customers": 500.0},
        {},
    ],
)
def test_several_changes_in_their_order(changes: dict[str, object]) -> None:
    overrides = [f"{path}={flow_text(value)}" for path, value in changes.items()]
    expected = load_scenario("carpet_cleaning", overrides)
    assert load_template("carpet_cleaning").at(changes) == expected
    assert load_template("carpet_cleaning").changed(changes).at({}) == expected
    assert load_template("carpet_cleaning", overrides).scenario == expected


def test_nothing_is_left_behind() -> None:
    template = load_template("carpet_cleaning")
    before = scenario_hash(template.at({}))
    template.at({"journey.tripwire": None})
    template.at({"journey.return_path.nurture.days": [2], "journey.tripwire.delay.median_days": 9})
    with pytest.raises(ScenarioError):
        template.at({"journey.core_offer.price": -1})
    assert scenario_hash(template.at({})) == before == scenario_hash(template.scenario)


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("journey.tripwire.price", -5, "journey.tripwire.price: must be at least 0 (got -5)"),
        ("journey.tripwire.price", "10%",
         'journey.tripwire.price: must be a number, at least 0 (got "10%"); it is an amount of '
         "money, not a part of one"),
        ("journey.tripwir.price", 5,
         'journey.tripwir.price: no such path: no "tripwir" in journey; did you mean "tripwire"?'),
        ("journey.tripwire.price", float("nan"),
         "journey.tripwire.price: must be a finite number (got .nan)"),
        ("journey.return_path.nurtur.days", [1],
         'journey.return_path.nurtur.days: no such path: no item is named "nurtur"; did you mean '
         '"nurture"? To add it, write journey.return_path.nurtur: {kind: exit_offer, at: ..., '
         "conversion: ..., discount: ...}"),
        ("journey.tripwire.price", {1, 2},
         "journey.tripwire.price: a scenario cannot hold a set"),
        ("sweep.customers", 5,
         "sweep.customers: says what to do with the scenario; only the scenario itself is "
         "changed"),
        ("journey..price", 5,
         "journey..price: is no path; write one such as journey.tripwire.price"),
    ],
)  # fmt: skip
def test_errors_name_the_path_and_the_value(path: str, value: object, line: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_template("carpet_cleaning").at({path: value})
    assert str(caught.value) == line


def test_what_a_change_spoils_elsewhere_is_said_there(folder: Path, shop: str) -> None:
    (folder / "s.yaml").write_text(shop, "utf-8")
    with pytest.raises(ScenarioError) as caught:
        load_template("s.yaml").at({"journey.core_offer": None})
    assert "journey.repeat_purchases.after" in str(caught.value)


def test_numbers_of_numpy() -> None:
    template = load_template("carpet_cleaning")
    changes = {"journey.tripwire.price": np.float32(19.5), "customers": np.int64(7)}
    scenario = template.at(changes)
    assert scenario == template.at({"journey.tripwire.price": 19.5, "customers": 7})
    days = template.at({"journey.return_path.nurture.days": (np.float64(1.0), np.int64(4))})
    assert days == template.at({"journey.return_path.nurture.days": [1, 4]})


def test_experiments_and_sweeps_stay_behind(folder: Path) -> None:
    template = load_template("tripwire_price_test")
    assert template.scenario.experiment is None
    assert template.at({"journey.tripwire.price": 3}).experiment is None
    text = "{extends: carpet_cleaning, name: s, sweep: {levers: {seed: [1]}}}"
    (folder / "s.yaml").write_text(text.replace("seed", "journey.tripwire.price"), "utf-8")
    template, sweep = load_sweep("s.yaml")
    assert template.scenario.sweep is None
    assert sweep.levers == {"journey.tripwire.price": (1,)}


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("journey.tripwire.price", 29.0),
        ("journey.tripwire.list_price", 29.0),
        ("journey.return_path.nurture.days.2", 7.0),
        ("journey.profit_maximizers.quarterly_care.period_days", 91.0),
        ("journey.referral", None),
        ("market.segments.0.effects.tripwire", None),
        ("customers", 100_000),
    ],
)
def test_looking_up_what_stands_there(path: str, value: object) -> None:
    assert load_template("carpet_cleaning").value(path) == value


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("journey.tripwir.price", 'no "tripwir" in journey; did you mean "tripwire"?'),
        ("journey.referral.partner", "the scenario has no journey.referral"),
        ("journey.tripwire.price.x", "journey.tripwire.price is a value, it has no x"),
        ("journey.return_path.nurtur", 'no item is named "nurtur"; did you mean "nurture"?'),
        ("journey.return_path.99", 'no item is named "99"; there are: ten_percent_off, nurture'),
        ("tripwire", "belongs to the journey: write it under `journey:`"),
    ],
)
def test_no_such_path(path: str, words: str) -> None:
    with pytest.raises(ScenarioError) as caught:
        load_template("carpet_cleaning").value(path)
    assert words in str(caught.value)
    assert str(caught.value).startswith(f"{path}: ")


def test_days_that_a_file_counts(folder: Path, shop: str) -> None:
    daily = "arrivals: {kind: daily, file: d.csv, column: n}"
    (folder / "d.csv").write_text("n\n1\n3\n2\n", "utf-8")
    text = shop.replace("kind: earned, share: 1", f"kind: earned, share: 1, {daily}")
    (folder / "s.yaml").write_text(text, "utf-8")
    template = load_template("s.yaml")
    for path, value in (("journey.tripwire.price", 5), ("channels.street.cost_per_prospect", 0.5)):
        found = template.at({path: value})
        assert found == load_scenario("s.yaml", [f"{path}={value}"])
        assert getattr(found.channels[0].arrivals, "weights", None) == (1.0, 3.0, 2.0)


def test_a_file_with_problems_is_no_template(folder: Path, shop: str) -> None:
    (folder / "s.yaml").write_text(shop.replace("price: 29", "price: -29"), "utf-8")
    with pytest.raises(ScenarioError, match=r"s\.yaml:10:35: journey\.tripwire\.price"):
        load_template("s.yaml")


def test_the_fast_way_is_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """Numbers are set without building a tree, which would take five times as long."""

    def slow(*_: object) -> None:
        raise AssertionError("built a tree")

    template = load_template("carpet_cleaning")
    monkeypatch.setattr(Template, "_changed", slow)
    assert template.at({"journey.core_offer.conversion": 0.3, "market.propensity_sd": 1.0})
    with pytest.raises(AssertionError, match="built a tree"):
        template.at({"journey.tripwire": None})


def test_changes_that_meet_in_one_section() -> None:
    """A section set anew by one change is not the one that another has copied."""
    changes: dict[str, object] = {
        "journey.return_path.nurture.days.0": 0.5,
        "journey.return_path.nurture.days": [2, 5, 9],
        "journey.return_path.nurture.days.1": 6,
        "journey.return_path.1.open": 0.5,
    }
    mine = [2, 5, 9]
    changes["journey.return_path.nurture.days"] = mine
    overrides = [f"{path}={flow_text(value)}" for path, value in changes.items()]
    assert load_template("carpet_cleaning").at(changes) == load_scenario(
        "carpet_cleaning", overrides
    )
    assert mine == [2, 5, 9]
