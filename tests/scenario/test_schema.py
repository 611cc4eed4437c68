"""The JSON Schema: fresh, complete, and of one mind with the loader."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from cvosim.scenario import library, library_path, scenario_schema
from cvosim.scenario.schema import schema_text
from cvosim.scenario.schema_walk import schema_at, wanted


def test_the_checked_in_schema_is_current() -> None:
    checked_in = library_path("cdnow").with_name("schema.json").read_text("utf-8")
    assert checked_in == schema_text(), "write schema_text() to scenarios/schema.json"
    assert json.loads(checked_in) == scenario_schema()


def descriptions(part: dict[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for key, field in part.get("properties", {}).items():
        yield f"{path}.{key}", field.get("description", "")


def test_every_field_is_described() -> None:
    parts = scenario_schema()["$defs"]
    found = [pair for name, part in parts.items() for pair in descriptions(part, name)]
    assert len(found) > 120
    referring = {"Variant.changes", "VariantFile.changes"}
    assert [path for path, text in found if not text and path not in referring] == []


@pytest.mark.parametrize("words", ["days", "money", "0 to 1", "log-odds"])
def test_units_are_named(words: str) -> None:
    parts = scenario_schema()["$defs"]
    found = [text for name, part in parts.items() for _, text in descriptions(part, name)]
    assert sum(words in text.lower() for text in found) >= 5


def test_a_schema_is_the_callers_own() -> None:
    scenario_schema()["$defs"].clear()
    assert scenario_schema()["$defs"]


@pytest.mark.parametrize("name", library())
def test_library_files_pass(name: str) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    tree = yaml.safe_load(library_path(name).read_text("utf-8"))
    tree = json.loads(json.dumps(tree, default=str))  # a date is text in YAML 1.2 and in JSON
    jsonschema.Draft202012Validator.check_schema(scenario_schema())
    jsonschema.validate(tree, scenario_schema())


@pytest.mark.parametrize(
    ("text", "valid"),
    [
        ("{extends: a.yaml, name: v, changes: {journey.tripwire: null}, seed: 3}", True),
        ("{extends: a.yaml, name: v, variants: [{name: w, changes: {seed: 1}}]}", True),
        ("{extends: a.yaml}", False),
        ("{extends: a.yaml, name: v, journey: {}}", False),
        ("{name: v, horizon_days: 5, journey: {}}", True),
        ("{name: v, horizon_days: 5, journey: {}, variants: [{name: w, changes: {a: 1}}]}", True),
        ("{name: v, horizon_days: 5, journey: {}, variants: [{name: w}]}", False),
        ("{name: v, horizon_days: 0, journey: {}}", False),
        ("{name: v, journey: {}}", False),
        ("{name: v, horizon_days: 5, journey: {core_offer: {name: a, conversion: 1}}}", False),
        (
            "{name: v, horizon_days: 5, journey: {core_offer: "
            "{name: a, conversion: 1, commitment: time}}}",
            True,
        ),
        ("{name: v, horizon_days: 5, seed: 1.5, journey: {}}", False),
        ("{name: v, horizon_days: 5, journey: {surprise: 1}}", False),
        ("{extends: a.yaml, name: v, sweep: {levers: {a: [1, null, [2], {b: x}]}}}", True),
        ("{extends: a.yaml, name: v, sweep: {levers: {a: {low: 1, high: 2, step: 1}}}}", True),
        ("{extends: a.yaml, name: v, sweep: {levers: {a: 5}}}", False),
        ("{extends: a.yaml, name: v, sweep: {levers: {a: []}}}", False),
        ("{extends: a.yaml, name: v, sweep: {design: {kind: sobol, points: 8}}}", True),
        ("{extends: a.yaml, name: v, sweep: {design: {kind: sobol}}}", False),
        ("{extends: a.yaml, name: v, sweep: {uncertainties: {a: {kind: beta, alpha: 1}}}}", False),
    ],
)
def test_what_editors_accept(text: str, valid: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    validator = jsonschema.Draft202012Validator(scenario_schema())
    assert validator.is_valid(yaml.safe_load(text)) == valid


@pytest.mark.parametrize(
    ("loc", "words"),
    [
        (("journey", "core_offer", "conversion"), "a number between 0 and 1"),
        (("customers",), "a whole number, at least 1"),
        (("name",), "text"),
        (("journey", "profit_maximizers"), "a list"),
        (
            ("journey", "profit_maximizers", 0, "churn"),
            "a section with kind: geometric or sbg",
        ),
        (("journey", "repeat_purchases", "spend", "q"), "a number, above 1"),
        (("market", "segments", 0, "effects", "tripwire"), "a number between -1000 and 1000"),
        (("schema_version",), "1"),
        (
            ("sweep", "levers", "customers"),
            "a list or a section with keys such as low, high",
        ),
        (("sweep", "cross"), "true or false"),
        (("sweep", "levers", "with.a.range", "low"), "a number"),
    ],
)
def test_what_is_wanted_in_words(loc: tuple[Any, ...], words: str) -> None:
    data = {
        "sweep": {"levers": {"with.a.range": {"low": 1}}},
        "journey": {
            "profit_maximizers": [{"kind": "subscription"}],
            "repeat_purchases": {"spend": {"model": "gamma_gamma"}},
        },
    }
    assert wanted(schema_at(loc, data)) == words


def test_no_such_place() -> None:
    assert schema_at(("journey", "surprise", "deep"), {}) is None
    assert schema_at(("journey", "core_offer", "by_awareness", "wide"), {}) is None
    assert schema_at((0,), {}) is None
