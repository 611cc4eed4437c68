"""Differences of settings, and the old scenario with one of them."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from helpers.random_scenarios import random_scenario

from cvosim import load_scenario
from cvosim.experiment.baseline.alone import each_alone, rebuilt
from cvosim.experiment.baseline.places import written, written_paths
from cvosim.experiment.baseline.reading import settings_hash
from cvosim.experiment.baseline.settings import differences
from cvosim.scenario import library, library_path, scenario_hash
from cvosim.scenario.loader import load_tree, load_trees


@pytest.mark.parametrize("name", library())
def test_settings_survive_json(name: str) -> None:
    scenario = load_scenario(name)
    settings = json.loads(json.dumps(scenario.model_dump(mode="json")))
    again = rebuilt(settings)
    assert again == scenario
    assert scenario_hash(again) == scenario_hash(scenario) == settings_hash(settings)


@pytest.mark.parametrize("number", range(40))
def test_settings_of_random_scenarios_survive_json(number: int) -> None:
    scenario = random_scenario(number)
    settings = json.loads(json.dumps(scenario.model_dump(mode="json")))
    again = rebuilt(settings)
    assert again is not None
    assert scenario_hash(again) == scenario_hash(scenario) == settings_hash(settings)
    assert not differences(settings, again.model_dump(mode="json"))


BEFORE: dict[str, Any] = {
    "name": "A",
    "delay": {"kind": "exponential", "mean_days": 3.0},
    "days": [1, 2],
    "items": [{"name": "a", "x": 1}, {"name": "b", "x": 2}, {"name": "c", "x": 3}],
    "none": None,
}


def test_every_sort_of_difference() -> None:
    after = copy.deepcopy(BEFORE)
    assert differences(BEFORE, after) == []
    after["delay"]["mean_days"], after["days"] = 4.0, [1, 3]
    assert [(one.path, one.after) for one in differences(BEFORE, after)] == [
        ("delay.mean_days", 4.0),
        ("days", [1, 3]),
    ]
    after = {**BEFORE, "delay": {"kind": "fixed", "days": 3.0}, "none": {"x": 1}}
    assert [one.path for one in differences(BEFORE, after)] == ["delay", "none"]
    del after["none"]
    assert [one.path for one in differences(BEFORE, after)] == ["delay"]


def test_items_are_matched_by_name() -> None:
    a, b, c = BEFORE["items"]

    def found(*items: dict[str, Any]) -> list[tuple[str, object, object]]:
        return [tuple(one) for one in differences(BEFORE, {**BEFORE, "items": list(items)})]  # type: ignore[misc]

    assert found(a, {**b, "x": 5}, c) == [(("items", "b", "x"), 2, 5)]
    assert found(a, c) == [(("items", "b"), b, None)]
    new = {"name": "new", "x": 9}
    assert found(a, new, b, c) == [(("items", "new"), None, new)]
    assert found(a, {**b, "name": "z"}, c) == [(("items", "b", "name"), "b", "z")]
    assert found(b, a, c) == [(("items",), ["a", "b", "c"], ["b", "a", "c"])]
    assert found(c, {**a, "x": 7}) == [
        (("items", "a", "x"), 1, 7),
        (("items", "b"), b, None),
        (("items",), ["a", "c"], ["c", "a"]),
    ]


def alone(name: str, *overrides: str) -> dict[str, bool]:
    """Each change's path, and whether it stands without the others.

    It is the same whether the record says what was written, or is of a baseline that does not.
    """
    old, then, _ = load_tree(name)
    tree, scenario, _ = load_tree(name, overrides)
    before, after = (
        {key: value for key, value in one.model_dump(mode="json").items() if key != "experiment"}
        for one in (then, scenario)
    )
    told, untold = (
        {
            one.change.path: one.scenario is not None
            for one in each_alone(before, after, tree, known)
        }
        for known in (written_paths(old), None)
    )
    assert told == untold
    return told


def test_what_follows_of_itself_is_not_named() -> None:
    price = "journey.tripwire.price"
    assert alone("carpet_cleaning", f"{price}=19") == {price: True}
    # later stages were observed at the trust of all before them
    trust = "journey.tripwire.trust"
    assert alone("carpet_cleaning", f"{trust}=2") == {trust: True}
    assert alone("carpet_cleaning", "journey.tripwire=null") == {"journey.tripwire": True}
    assert alone("carpet_cleaning", "journey.repeat_purchases=null") == {
        "journey.repeat_purchases": True
    }


def test_what_needs_another_change_does_not_stand_alone() -> None:
    shares = "channels.facebook.share", "channels.search.share"
    found = alone("carpet_cleaning", f"{shares[0]}=0.5", f"{shares[1]}=0.35", "horizon_days=700")
    assert found == {"horizon_days": True, shares[0]: False, shares[1]: False}


def test_one_alone_is_what_an_override_makes_of_the_file(tmp_path: Any) -> None:
    text = "extends: carpet_cleaning.yaml\nname: Carpet cleaning\n"
    changes = {
        "journey.tripwire.price": "19",
        "journey.core_offer.price": "{price}",
        "journey.profit_maximizers.stain_guard.conversion": "0.3",
        "journey.return_path.display": "null",
    }
    lines = [f"  {path}: {value.format(price=199)}" for path, value in changes.items()]
    file = tmp_path / "shop.yaml"
    file.write_text(text + "changes:\n" + "\n".join(lines) + "\n", encoding="utf-8")
    ((scenario, tree),) = load_trees(file)
    # a variant keeps the list prices of its base, so that both of its prices are offers
    base, old, _ = load_tree("carpet_cleaning")
    before, stated = old.model_dump(mode="json"), written_paths(base)
    after = scenario.model_dump(mode="json") | {"description": before["description"]}
    found = {one.change.path: one.scenario for one in each_alone(before, after, tree, stated)}
    assert set(found) == set(changes)
    for path, value in changes.items():
        wanted = load_scenario("carpet_cleaning", [f"{path}={value.format(price=199)}"])
        assert found[path] == wanted


def test_lines_of_what_is_written_left_out_and_removed(tmp_path: Any) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(
        "extends: carpet_cleaning.yaml\nname: A\nchanges:\n"
        "  journey.tripwire: null\n  journey.core_offer.delay: {kind: fixed, days: 2}\n",
        encoding="utf-8",
    )
    tree = load_tree(file)[0]
    places = {
        ("name",): 2,
        ("journey", "tripwire"): 4,
        ("journey", "tripwire", "price"): 4,
        ("journey", "core_offer", "delay"): 5,
        ("journey", "core_offer", "delay", "days"): 5,
        ("journey", "core_offer", "delay", "sigma"): 5,
    }
    for loc, line in places.items():
        mark = written(tree, loc).mark
        assert (mark.file, mark.line) == (str(file), line), loc
    # the top of the base, and not the name of the scenario
    assert written(tree, ("calendar", "name")).mark.line == 4


@pytest.mark.parametrize("section", ["segments", "channels"])
def test_a_list_that_was_empty_is_put_in_whole(section: str, tmp_path: Any) -> None:
    text = library_path("b2b_services").read_text(encoding="utf-8")
    before, _, scenario = _of_text(text, tmp_path)
    name = before[section if section == "channels" else "market"]
    name = name[0]["name"] if section == "channels" else name["segments"][0]["name"]
    new = text.replace("{min_orders: 1}", f"{{min_orders: 1, {section}: [{name}]}}", 1)
    assert new != text
    after, tree, _ = _of_text(new, tmp_path)
    (one,) = each_alone(before, after, tree)
    assert one.change.path.endswith(f"aim.{section}")
    assert one.scenario is not None
    assert one.scenario.model_dump(mode="json") == after
    assert one.rest == scenario


def _of_text(text: str, folder: Any) -> tuple[dict[str, Any], Any, Any]:
    file = folder / "b2b.yaml"
    file.write_text(text, encoding="utf-8")
    tree, scenario, _ = load_tree(file)
    return scenario.model_dump(mode="json"), tree, scenario
