"""The models by themselves: strict, frozen, and with one meaning for each value."""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from cvosim.scenario import Scenario, library, load_scenario, scenario_hash
from cvosim.scenario.stages.profit_maximizers import Upsell

TREE: dict[str, Any] = {
    "name": "Shop",
    "horizon_days": 100,
    "journey": {
        "lead_magnet": {"name": "guide", "conversion": 0.5, "trust": 2, "consumed": 0.25},
        "core_offer": {"name": "thing", "price": 10, "conversion": 0.5},
        "return_path": [
            {
                "kind": "exit_offer",
                "name": "off",
                "at": ["core_offer"],
                "discount": 0,
                "conversion": 0,
            }
        ],
    },
}


def leaves(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Paths of all single values."""
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, item in inner:
        if isinstance(item, dict | list):
            yield from leaves(item, (*path, key))
        else:
            yield *path, key


def replaced(path: tuple[Any, ...], value: object) -> dict[str, Any]:
    tree = copy.deepcopy(TREE)
    place: Any = tree
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return tree


def test_defaults() -> None:
    scenario = Scenario.model_validate(TREE)
    assert [segment.name for segment in scenario.market.segments] == ["everyone"]
    assert scenario.market.segments[0].awareness.unaware == 1.0
    assert [channel.name for channel in scenario.channels] == ["direct"]
    assert scenario.economics.discount_rate == 0.0
    offer = scenario.journey.core_offer
    assert offer is not None
    assert (offer.delay, offer.trust, offer.trust_weight, offer.unit_cost) == (None, 0.0, 1.0, 0.0)
    assert (offer.list_price, offer.reference_trust, offer.on_decline) == (10.0, 0.5, None)


@pytest.mark.parametrize("path", list(leaves(TREE)), ids=str)
def test_no_value_stands_for_another_kind(path: tuple[Any, ...]) -> None:
    for wrong in (True, [], {"a": 1}, float("nan"), float("inf")):
        with pytest.raises(ValidationError):
            Scenario.model_validate(replaced(path, wrong))
    is_text = path[-1] in ("name", "kind") or path[-2:-1] == ("at",)
    with pytest.raises(ValidationError):
        Scenario.model_validate(replaced(path, 7 if is_text else "0.5"))


def test_models_are_frozen() -> None:
    scenario = Scenario.model_validate(TREE)
    for model, field in ((scenario, "name"), (scenario.journey.core_offer, "price")):
        with pytest.raises(ValidationError, match="frozen"):
            setattr(model, field, 1)


def test_parts_are_checked_in_python_too() -> None:
    tree = replaced(("journey", "return_path", 0, "at"), ["tripwire"])
    with pytest.raises(ValidationError, match=r'return_path\.0\.at\.0: no stage has the key "trip'):
        Scenario.model_validate(tree)


def test_an_offer_alone() -> None:
    offer = Upsell(kind="upsell", name="gold", price=79, conversion=0.25)
    assert (offer.list_price, offer.reference_trust) == (79.0, 0.0)


@pytest.mark.parametrize("name", library())
def test_round_trips(name: str) -> None:
    scenario = load_scenario(name)
    dumped = scenario.model_dump()
    assert Scenario.model_validate(dumped) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    assert copy.deepcopy(scenario) == scenario


def test_stages_by_key() -> None:
    stages = load_scenario("carpet_cleaning").journey.stages()
    assert list(stages) == [
        *("lead_magnet", "tripwire", "core_offer"),
        *("stain_guard", "quarterly_care", "whole_home_restoration"),
    ]
    assert stages["tripwire"].name == "one_room_clean"


def test_the_hash_is_of_what_is_said() -> None:
    """Layout, left-out defaults and the way of writing a number make no difference."""
    first = scenario_hash(Scenario.model_validate(TREE))
    assert first == scenario_hash(Scenario.model_validate(replaced(("horizon_days",), 1e2)))
    assert first == scenario_hash(Scenario.model_validate({**TREE, "currency": "USD"}))
    assert first != scenario_hash(Scenario.model_validate(replaced(("horizon_days",), 101)))
    assert first != scenario_hash(Scenario.model_validate({**TREE, "seed": 2}))


def test_hashes_differ_for_every_value() -> None:
    base = scenario_hash(Scenario.model_validate(TREE))
    numbers = [
        path for path in leaves(TREE) if path[-1] not in ("name", "kind") and path[-2:-1] != ("at",)
    ]
    hashes = {scenario_hash(Scenario.model_validate(replaced(path, 0.75))) for path in numbers}
    assert len(hashes | {base}) == len(numbers) + 1


def test_the_hash_is_sha256_of_sorted_json() -> None:
    import hashlib

    scenario = load_scenario("cdnow")
    text = json.dumps(scenario.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    assert scenario_hash(scenario) == hashlib.sha256(text.encode()).hexdigest()


def test_conversion_is_said_to_be_what_it_is() -> None:
    """The words name every term of the formula that may move the share who accept."""
    from cvosim.scenario import scenario_schema

    parts = scenario_schema()["$defs"]
    for name in ("LeadMagnet", "CoreOffer", "Upsell", "ExitOffer", "FollowUp", "Remarketing"):
        words = parts[name]["properties"]["conversion"]["description"]
        for term in ("fit 0", "propensity 0", "no effects", "list price", "reference trust"):
            assert term in words, name
        assert "without effects exactly the share who accept" in words
        assert "observed" not in words
