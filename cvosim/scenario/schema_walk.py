"""What the JSON Schema says about a place: its keys, its bounds, its kinds."""

from __future__ import annotations

from functools import cache
from typing import Any

from cvosim.scenario.raw import nearest
from cvosim.scenario.references import Loc
from cvosim.scenario.scenario import Scenario

Schema = dict[str, Any]
_UNSAID_ABOVE = 1e5


@cache
def model_schema() -> Schema:
    """Return the JSON Schema of a scenario without variants; do not change it."""
    return Scenario.model_json_schema()


def schema_at(loc: Loc, data: object) -> Schema | None:
    """Return the schema of a place, or None where the schema knows no such place.

    Parameters
    ----------
    loc : tuple
        Keys and indices from the root.
    data : object
        The raw data from the root: it tells which kind of a union is meant.
    """
    schema: Schema | None = _resolve(model_schema(), data)
    for part in loc:
        if schema is None:
            return None
        data = _child(data, part)
        schema = _step(schema, part)
        schema = None if schema is None else _resolve(schema, data)
    return schema


def _child(data: object, part: str | int) -> object:
    if isinstance(data, dict):
        return data.get(part)
    if isinstance(data, list | tuple) and isinstance(part, int) and part < len(data):
        return data[part]
    return None


def _step(schema: Schema, part: str | int) -> Schema | None:
    if isinstance(part, int):
        found = schema.get("items")
    else:
        found = schema.get("properties", {}).get(part, schema.get("additionalProperties"))
        allowed = schema.get("propertyNames", {}).get("enum")
        found = None if allowed and part not in allowed else found
    return found if isinstance(found, dict) else None


def _resolve(schema: Schema, data: object) -> Schema:
    """Follow references, take the part of an optional that is not null, choose of a union."""
    if "$ref" in schema:
        return _resolve(model_schema()["$defs"][schema["$ref"].rpartition("/")[2]], data)
    if "anyOf" in schema:
        chosen = next(part for part in schema["anyOf"] if part.get("type") != "null")
        return _resolve(chosen, data)
    if "discriminator" in schema:
        tag = _child(data, schema["discriminator"]["propertyName"])
        target = schema["discriminator"]["mapping"].get(tag) if isinstance(tag, str) else None
        return _resolve({"$ref": target}, data) if target else schema
    if "oneOf" in schema:
        kinds = {part.get("type"): part for part in forms_of(schema)}
        form = "object" if isinstance(data, dict) else "array" if isinstance(data, list) else ""
        return kinds.get(form, schema)
    return schema


def forms_of(schema: Schema) -> list[Schema]:
    """Return what a value may be that is told apart by its form: a list or a section."""
    known = "oneOf" in schema and "discriminator" not in schema
    return [_resolve(part, None) for part in schema["oneOf"]] if known else []


def new_item(schema: Schema | None) -> Schema | None:
    """Return the schema of a list's items, unions left open; None where it is no list."""
    items = (schema or {}).get("items")
    return _resolve(items, None) if isinstance(items, dict) else None


def first_kind(schema: Schema) -> Schema:
    """Return the first of a union's kinds; the schema itself where it is no union."""
    return _resolve(schema["oneOf"][0], None) if "discriminator" in schema else schema


def keys_of(schema: Schema | None) -> list[str]:
    """Return the keys that a section may have; those common to all kinds of a union."""
    if schema is None:
        return []
    if "discriminator" in schema:
        every = [keys_of(_resolve(part, None)) for part in schema["oneOf"]]
        return [key for key in every[0] if all(key in keys for keys in every)]
    return [*schema.get("properties", {}), *schema.get("propertyNames", {}).get("enum", ())]


def kinds_of(schema: Schema) -> tuple[str, list[str]]:
    """Return a union's deciding key and its values."""
    discriminator = schema["discriminator"]
    return discriminator["propertyName"], list(discriminator["mapping"])


def wanted(schema: Schema | None) -> str:
    """Return what a value must be, in words.

    Examples
    --------
    >>> wanted({"type": "number", "minimum": 0, "maximum": 1})
    'a number between 0 and 1'
    """
    schema = schema or {}
    if "const" in schema:
        return f"{schema['const']}"
    if "enum" in schema:
        return _one_of(schema["enum"])
    if "discriminator" in schema:
        key, kinds = kinds_of(schema)
        return f"a section with {key}: {_one_of(kinds)}"
    if forms := forms_of(schema):
        return " or ".join(wanted(form) for form in forms)
    kind = schema.get("type")
    if kind in ("number", "integer"):
        return _number_words(schema)
    if schema.get("format") == "date":
        return "a date, year-month-day, such as 2026-01-31"
    if kind == "boolean":
        return "true or false"
    words = {"array": "a list", "object": f"a section{_such_as(schema)}", "string": "text"}
    return words.get(str(kind), "another value")


def _number_words(schema: Schema) -> str:
    noun = "a whole number" if schema["type"] == "integer" else "a number"
    bounds = bounds_text(schema)
    if not bounds:
        return noun
    return f"{noun} {bounds}" if bounds.startswith("between") else f"{noun}, {bounds}"


def bounds_text(schema: Schema, *, with_limit: bool = False, with_floor: bool = False) -> str:
    """Return a number's bounds in words; technical limits only when asked for."""
    low, above = schema.get("minimum"), schema.get("exclusiveMinimum")
    high, below = schema.get("maximum"), schema.get("exclusiveMaximum")
    if high is not None and high > _UNSAID_ABOVE and not with_limit:
        high = None
    if low is not None and low < -_UNSAID_ABOVE and not with_floor:
        low = None
    if low is not None and high is not None:
        return f"between {_figure(low)} and {_figure(high)}"
    words = [
        f"{word} {_figure(bound)}"
        for word, bound in (("at least", low), ("above", above), ("at most", high))
        if bound is not None
    ]
    if below is not None:
        words.append(f"below {_figure(below)}")
    return " and ".join(words)


def _figure(bound: float) -> str:
    if isinstance(bound, int) or bound == int(bound):
        return f"{int(bound):,}" if abs(bound) >= 10_000 else f"{int(bound)}"
    return f"{bound:g}"


def _one_of(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _such_as(schema: Schema) -> str:
    keys = schema.get("required") or list(schema.get("properties", ()))
    return f" with keys such as {', '.join(keys[:4])}" if keys else ""


def unknown_key(key: str, loc: Loc, data: object) -> str:
    """Explain an unknown key: the nearest known one, or all that are known there."""
    if key.isdigit():  # {price: 1,000} is {price: 1, 000: null}
        return "unknown key; write decimals with a point, and thousands without a comma"
    known = keys_of(schema_at(loc[:-1], data))
    if not loc[:-1]:
        known = [*known, "extends", "changes", "variants"]
    listing = f"; known here: {', '.join(known)}" if known else ""
    return f"unknown key{nearest(key, known) or listing}"
