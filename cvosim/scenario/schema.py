"""The JSON Schema by which editors complete and check scenario files."""

from __future__ import annotations

import json
from copy import deepcopy
from typing import Any

from cvosim.scenario.schema_walk import model_schema

Schema = dict[str, Any]
RESTATED = (
    "schema_version",
    "name",
    "description",
    "currency",
    "horizon_days",
    "customers",
    "seed",
    "experiment",
    "sweep",
)
"""Top-level keys that a variant file may state itself."""


def scenario_schema() -> Schema:
    """Return the JSON Schema of scenario files and of variant files.

    Checked in as ``scenarios/schema.json``; a file refers to it with the comment
    ``# yaml-language-server: $schema=schema.json`` in its first line.

    Returns
    -------
    dict
        JSON Schema, 2020-12; a new one on every call.

    Examples
    --------
    >>> sorted(scenario_schema()["$defs"]["VariantFile"]["required"])
    ['extends', 'name']
    """
    whole = deepcopy(model_schema())
    parts = whole.pop("$defs")
    fields = whole["properties"]
    parts["Change"] = {
        "description": "Dotted paths, such as journey.tripwire.price, and their new values; a "
        "list item is addressed by its name (a new name with a whole section adds an item), null "
        "removes.",
        "type": "object",
    }
    arm = parts["ExperimentArm"]["properties"]["changes"]
    parts["ExperimentArm"]["properties"]["changes"] = {
        "$ref": "#/$defs/Change",
        **{key: arm[key] for key in ("default", "description")},
    }
    parts["Variant"] = _variant(fields)
    parts["VariantFile"] = _variant_file(fields)
    fields["variants"] = parts["VariantFile"]["properties"]["variants"]
    parts["ScenarioFile"] = whole
    for part in parts.values():
        _ask_for_price(part)
        _ask_for_share(part)
        _drop_titles(part)
    return {
        "title": "cvosim scenario",
        "type": "object",
        "properties": {"extends": parts["VariantFile"]["properties"]["extends"]},
        "if": {"required": ["extends"]},
        "then": {"$ref": "#/$defs/VariantFile"},
        "else": {"$ref": "#/$defs/ScenarioFile"},
        "$defs": parts,
    }


def schema_text() -> str:
    """Return the text of ``scenarios/schema.json``."""
    return json.dumps(scenario_schema(), indent=1, ensure_ascii=False) + "\n"


def _variant(fields: Schema) -> Schema:
    return {
        "description": "A variant of this scenario.",
        "type": "object",
        "properties": {
            "name": fields["name"],
            "description": fields["description"],
            "changes": {"$ref": "#/$defs/Change"},
        },
        "required": ["name", "changes"],
        "additionalProperties": False,
    }


def _variant_file(fields: Schema) -> Schema:
    return {
        "description": "A file that states how a scenario differs from another.",
        "type": "object",
        "properties": {
            "extends": {
                "description": "The scenario that is changed: a file beside this one, or the "
                "name of a library scenario.",
                "type": "string",
                "minLength": 1,
            },
            **{key: deepcopy(fields[key]) for key in RESTATED},
            "changes": {"$ref": "#/$defs/Change"},
            "variants": {
                "description": "Further variants in the same file.",
                "type": "array",
                "items": {"$ref": "#/$defs/Variant"},
            },
        },
        "required": ["extends", "name"],
        "additionalProperties": False,
    }


def _ask_for_price(part: Schema) -> None:
    """Say that a price is needed unless the customer pays with time."""
    if {"price", "commitment"} <= set(part.get("properties", ())):
        part["if"] = {"properties": {"commitment": {"const": "time"}}, "required": ["commitment"]}
        part["else"] = {"required": ["price"]}


def _ask_for_share(part: Schema) -> None:
    """Say that a channel's share is needed unless a reach says how many people there are."""
    if {"share", "reach"} <= set(part.get("properties", ())):
        part["required"] = [key for key in part["required"] if key != "share"]
        part["if"] = {"required": ["reach"]}
        part["else"] = {"required": ["share"]}


def _drop_titles(part: Schema) -> None:
    """Drop titles that only repeat the key: editors show them before the description."""
    part.pop("title", None)
    for field in part.get("properties", {}).values():
        field.pop("title", None)
