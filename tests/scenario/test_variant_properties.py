"""What holds for every variant of every scenario, not just for those that somebody thought of."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from helpers.random_scenarios import random_raw
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cvosim.errors import ScenarioError
from cvosim.scenario import Scenario, load_scenario, load_variants, scenario_hash
from cvosim.scenario.yaml_writer import flow_text

Raw = dict[str, Any]
Changes = dict[str, object]
FEW = settings(max_examples=max(20, settings().max_examples // 10))
STAGES = ("lead_magnet", "tripwire", "core_offer")
REFERENCES = ("list_price", "reference_trust")
numbers = st.integers(0, 10**6)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("variants")


@st.composite
def journeys(draw: st.DrawFn) -> Raw:
    """A random scenario, as its file holds it."""
    return random_raw(draw(numbers))


def settable(raw: Raw) -> Iterator[tuple[str, tuple[object, ...]]]:
    """Paths that most scenarios of the helper have, each with values that suit it."""
    journey = raw["journey"]
    yield "seed", (1, 2, 3)
    yield "economics.discount_rate", (0.0, 0.05, 0.2)
    for one in raw["channels"]:
        if one.get("cost_per_prospect") and "cost" not in one:
            yield f"channels.{one['name']}.cost_per_prospect", (0.25, 0.5, 2)
    for stage in (stage for stage in STAGES if stage in journey):
        yield f"journey.{stage}.conversion", (0.1, 0.25, 0.5)
        yield f"journey.{stage}.unit_cost", (0, 1.5, 7)
        if "price" in journey[stage]:
            yield f"journey.{stage}.price", (6, 19.5, 120)
    for extra in journey["profit_maximizers"]:
        yield f"journey.profit_maximizers.{extra['name']}.conversion", (0.2, 0.3)


@st.composite
def changed(draw: st.DrawFn, least: int = 1) -> tuple[Raw, Changes]:
    """A scenario, and changes of it, each of another path."""
    raw = draw(journeys())
    paths = dict(settable(raw))
    chosen = draw(st.lists(st.sampled_from(list(paths)), min_size=least, max_size=5, unique=True))
    return raw, {path: draw(st.sampled_from(paths[path])) for path in chosen}


def base(place: Path, raw: Raw) -> Path:
    file = place / "base.yaml"
    file.write_text(json.dumps(raw), "utf-8")
    return file


def varied(place: Path, raw: Raw, changes: Changes, name: str | None = None) -> Scenario:
    """Load a file that extends the scenario."""
    base(place, raw)
    told = {"extends": "base.yaml", "name": name or raw["name"], "changes": changes}
    (place / "variant.yaml").write_text(flow_text(told), "utf-8")
    return load_scenario(place / "variant.yaml")


def overridden(place: Path, raw: Raw, changes: Changes) -> Scenario:
    return load_scenario(base(place, raw), [f"{p}={flow_text(v)}" for p, v in changes.items()])


def listed(place: Path, raw: Raw, changes: Changes) -> Scenario:
    file = base(place, raw | {"variants": [{"name": "V", "changes": changes}]})
    return load_variants(file)[0]


def hashes(*scenarios: Scenario) -> set[str]:
    """Hashes of scenarios but for what they are called."""
    return {scenario_hash(one.model_copy(update={"name": "N"})) for one in scenarios}


def references(scenario: Scenario) -> dict[str, object]:
    """What conversions were observed at, by stage."""
    journey = scenario.journey
    single = {stage: getattr(journey, stage) for stage in STAGES if getattr(journey, stage)}
    offers = single | {one.name: one for one in journey.profit_maximizers}
    return {f"{k}.{f}": getattr(o, f, None) for k, o in offers.items() for f in REFERENCES}


def without(scenario: Scenario) -> Raw:
    """A scenario's settings but for the references."""
    return _pruned(scenario.model_dump(mode="json"))


def _pruned(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _pruned(one) for key, one in value.items() if key not in REFERENCES}
    return [_pruned(one) for one in value] if isinstance(value, list) else value


@FEW
@given(changed())
def test_listed_extended_and_overridden_are_the_same(place: Path, drawn: Any) -> None:
    assert len(hashes(*(how(place, *drawn) for how in (varied, overridden, listed)))) == 1


@FEW
@given(journeys())
def test_no_change_is_the_scenario_itself(place: Path, raw: Raw) -> None:
    same = load_scenario(base(place, raw))
    assert hashes(same, varied(place, raw, {}), listed(place, raw, {})) == hashes(same)


@FEW
@given(changed(least=2), st.randoms(use_true_random=False))
def test_changes_of_different_paths_commute(place: Path, drawn: Any, dice: Any) -> None:
    raw, changes = drawn
    shuffled = list(changes.items())
    dice.shuffle(shuffled)
    assert hashes(varied(place, raw, dict(shuffled))) == hashes(varied(place, raw, changes))


@FEW
@given(changed())
def test_a_change_and_its_inverse(place: Path, drawn: Any) -> None:
    """Taken back link by link of a chain, the scenario is what it was, references too."""
    raw, changes = drawn
    before = load_scenario(base(place, raw)).model_dump(mode="json")
    back = {path: value_at(before, path) for path in changes}
    varied(place, raw, changes)
    told = {"extends": "variant.yaml", "name": raw["name"], "changes": back}
    (place / "back.yaml").write_text(flow_text(told), "utf-8")
    assert hashes(load_scenario(place / "back.yaml")) == hashes(load_scenario(base(place, raw)))


@FEW
@given(changed())
def test_setting_what_is_there_changes_nothing(place: Path, drawn: Any) -> None:
    raw, changes = drawn
    same = load_scenario(base(place, raw))
    there = {path: value_at(same.model_dump(mode="json"), path) for path in changes}
    assert hashes(varied(place, raw, there)) == hashes(same)


@FEW
@given(changed())
def test_only_what_is_changed_changes_and_references_stay(place: Path, drawn: Any) -> None:
    raw, changes = drawn
    before, after = load_scenario(base(place, raw)), varied(place, raw, changes)
    assert references(after) == references(before)
    old, new = (one.model_dump(mode="json") for one in (before, after))
    for path, value in changes.items():
        assert value_at(new, path) == value
        put(new, path, value_at(old, path))
    assert new == old


@FEW
@given(journeys(), st.data())
def test_removing_takes_one_thing_and_leaves_the_rest(
    place: Path, raw: Raw, data: st.DataObject
) -> None:
    extras = [one["name"] for one in raw["journey"]["profit_maximizers"]]
    optional = [f"journey.profit_maximizers.{name}" for name in extras]
    optional += ["journey.repeat_purchases"] * ("repeat_purchases" in raw["journey"])
    assume(optional)
    path = data.draw(st.sampled_from(optional))
    try:
        after = varied(place, raw, {path: None})
    except ScenarioError:
        assume(False)  # something else starts there, and says so: a test of its own
    before = load_scenario(base(place, raw))
    name = path.rpartition(".")[2]
    kept = [one for one in extras if one != name]
    assert [one.name for one in after.journey.profit_maximizers] == kept
    assert (after.journey.repeat_purchases is None) == (
        name == "repeat_purchases" or before.journey.repeat_purchases is None
    )
    expected = {k: v for k, v in references(before).items() if k.partition(".")[0] != name}
    assert references(after) == expected
    for section in ("market", "channels", "economics"):
        assert getattr(after, section) == getattr(before, section)
    for stage in STAGES:
        one, other = getattr(after.journey, stage), getattr(before.journey, stage)
        assert (one is None) == (other is None)
        if one is not None:
            assert (one.conversion, one.name) == (other.conversion, other.name)


WRONG: dict[str, object] = {
    "journey.{stage}.conversion": 1.5,
    "journey.{stage}.unit_cost": -1,
    "journey.{stage}.nothing_like_it": 3,
    "economics.discount_rate": "much",
    "seed": -4,
}


@FEW
@given(changed(), st.sampled_from(sorted(WRONG)), st.data())
def test_a_wrong_change_is_named_and_nothing_is_done_by_half(
    place: Path, drawn: Any, wrong: str, data: st.DataObject
) -> None:
    raw, changes = drawn
    stage = next(stage for stage in STAGES if stage in raw["journey"])
    path = wrong.format(stage=stage)
    assume(path not in changes)
    whole = load_scenario(base(place, raw))
    rows = [(key, flow_text(value)) for key, value in changes.items()]
    at = data.draw(st.integers(0, len(rows)))
    rows.insert(at, (path, flow_text(WRONG[wrong])))
    lines = ["extends: base.yaml", "name: V", "changes:", *(f"  {k}: {v}" for k, v in rows)]
    file = place / "wrong.yaml"
    file.write_text("\n".join(lines) + "\n", "utf-8")
    with pytest.raises(ScenarioError) as error:
        load_scenario(file)
    (problem,) = error.value.problems
    assert (problem.file, problem.line, problem.path) == (str(file), 4 + at, path)
    with pytest.raises(ScenarioError) as error:
        overridden(place, raw, dict(changes) | {path: WRONG[wrong]})
    (problem,) = error.value.problems
    assert problem.file == f"-S {path}"
    assert load_scenario(base(place, raw)) == whole


def steps(found: Raw, path: str) -> tuple[Any, str]:
    """The section or list that holds a path's last part."""
    *way, last = path.split(".")
    node: Any = found
    for part in way:
        node = node[part] if isinstance(node, dict) else _named(node, part)
    return node, last


def _named(items: list[Raw], name: str) -> Raw:
    return next(one for one in items if one["name"] == name)


def value_at(found: Raw, path: str) -> Any:
    node, last = steps(found, path)
    return node[last]


def put(found: Raw, path: str, value: object) -> None:
    node, last = steps(found, path)
    node[last] = value
