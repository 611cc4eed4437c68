"""Whatever stands in a file, a scenario comes out or a ScenarioError does; nothing else."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cvosim.errors import ScenarioError
from cvosim.scenario import (
    Scenario,
    library,
    library_path,
    load_scenario,
    load_variants,
    warnings_in,
)

WORDS = [
    *("name", "extends", "changes", "variants", "market", "segments", "share", "journey", "at"),
    *("tripwire", "core_offer", "profit_maximizers", "return_path", "kind", "upsell", "price"),
    *("conversion", "delay", "frequency", "model", "bg_nbd", "effects", "awareness", "days"),
    *("carpet_cleaning", "cdnow", "journey.tripwire", "channels", "economics", "null", "yes"),
    *("order", "engage", "excite", "aim", "tiers", "from", "loyalty", "experience", "referral"),
    *("reward", "win_back", "attendance", "contract", "content", "style", "exposures", "affiliate"),
    *("lead_magnet", "horizon_days", "repeat_purchases", "stain_guard", "0", "10%", "1e3", "<<"),
]
words = st.sampled_from(WORDS)
scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.dates()
    | words
    | st.text(max_size=5)
)
trees = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(words | st.text(max_size=5) | st.integers(), inner, max_size=5)
    ),
    max_leaves=20,
)


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz") / "s.yaml"


def load(file: Path, data: bytes, overrides: tuple[str, ...] = ()) -> Scenario | None:
    """Load what some bytes say; None where a ScenarioError with words came."""
    file.write_bytes(data)
    load_quietly(load_variants, file, overrides)
    return load_quietly(load_scenario, file, overrides)


def load_quietly(
    loader: Callable[[Path, tuple[str, ...]], Any], file: Path, overrides: tuple[str, ...]
) -> Any:
    try:
        return loader(file, overrides)
    except ScenarioError as error:
        messages = [problem.message.strip() for problem in error.problems]
    assert messages
    assert all(messages)
    return None


@given(st.binary(max_size=60))
def test_bytes(file: Path, data: bytes) -> None:
    assert load(file, data) is None


@given(st.text(st.sampled_from("aé:,-[]{}#&*!|>'\"%@`?\n\t \r01.e~<\x00\ufeff"), max_size=40))
def test_texts_of_yaml_signs(file: Path, text: str) -> None:
    assert load(file, text.encode()) is None


@given(trees)
def test_any_tree(file: Path, tree: Any) -> None:
    load(file, yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace"))


def places(tree: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = tree.items() if isinstance(tree, dict) else enumerate(tree)
    found = []
    for key, item in inner:
        found.append((*path, key))
        if isinstance(item, dict | list):
            found += places(item, (*path, key))
    return found


LIBRARY = [yaml.safe_load(library_path(name).read_text("utf-8")) for name in library()]


@given(st.data())
def test_a_sound_file_with_pieces_exchanged(file: Path, whole: str, data: st.DataObject) -> None:
    """Nearly right files reach the deepest checks."""
    sound = [*LIBRARY, yaml.safe_load(whole)]
    tree = yaml.safe_load(yaml.safe_dump(data.draw(st.sampled_from(sound))))
    for _ in range(data.draw(st.integers(1, 3))):
        spots = places(tree)
        if not spots:
            break
        path = data.draw(st.sampled_from(spots))
        place = tree
        for key in path[:-1]:
            place = place[key]
        action = data.draw(st.sampled_from(["replace", "remove", "add"]))
        if action == "remove":
            del place[path[-1]]
        elif action == "add" and isinstance(place, dict):
            place[data.draw(words)] = data.draw(trees)
        else:
            place[path[-1]] = data.draw(trees)
    scenario = load(file, yaml.safe_dump(tree, allow_unicode=True).encode("utf-8", "replace"))
    if scenario is not None:
        assert Scenario.model_validate(scenario.model_dump()) == scenario
        assert all(warnings_in(scenario))


paths = st.lists(words | st.sampled_from(["pet_owners", "nurture", "1"]), max_size=4).map(".".join)
override = st.builds(lambda path, value: f"{path}={value}", paths, words | st.text(max_size=8))


@given(st.lists(override | st.text(max_size=12), max_size=3))
def test_any_overrides(file: Path, overrides: list[str]) -> None:
    source = library_path("carpet_cleaning").read_bytes()
    load(file, source, tuple(overrides))
