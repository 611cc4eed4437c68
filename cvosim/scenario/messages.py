"""From what pydantic found to what a strategist can act on."""

from __future__ import annotations

import json
from collections.abc import Iterator

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from cvosim.errors import Problem
from cvosim.scenario.hints import YES_NO, name_hint, number_hint
from cvosim.scenario.misplaced import misplaced_key, misplaced_step
from cvosim.scenario.raw import Issue, nearest
from cvosim.scenario.references import MOST_MONEY, Loc
from cvosim.scenario.schema_walk import (
    Schema,
    bounds_text,
    forms_of,
    kinds_of,
    schema_at,
    unknown_key,
    wanted,
)
from cvosim.scenario.yaml_nodes import ListNode, MapNode, Node, ScalarNode, locate, map_data

MOST_PROBLEMS = 1000
_LONGEST_QUOTE = 60


def problem_at(tree: MapNode, issue: Issue) -> Problem:
    """Return a problem at a place of a tree, in the file that the value came from."""
    place, message = locate(tree, issue.loc), issue.message
    own = place.key_mark if issue.of_key else place.mark
    brought_in = (locate(tree, part).mark for part in issue.parts)
    mark = next((other for other in brought_in if other.file != own.file), own)
    # "-S journey.tripwire.price" already says the path.
    path = "" if mark.file == f"-S {place.path}" else place.path
    return Problem(message, mark.file, mark.line, mark.column, path)


def problems_of(error: ValidationError, tree: MapNode) -> Iterator[Problem]:
    """Explain what pydantic found wrong with a tree, up to a number that one may read."""
    data = map_data(tree)
    found = error.errors(include_url=False)
    for details in found[:MOST_PROBLEMS]:
        issue = _explain(details, tree, data)
        if issue is not None:
            yield problem_at(tree, issue)
    if len(found) > MOST_PROBLEMS:
        file, more = tree.mark.file, len(found) - MOST_PROBLEMS
        yield Problem(f"and {more:,} more problems", file)


def _explain(details: ErrorDetails, tree: MapNode, data: dict[str, object]) -> Issue | None:
    kind = details["type"]
    of_key = details["loc"][-1:] == ("[key]",)
    place = locate(tree, details["loc"][:-1] if of_key else details["loc"])
    clean = place.loc
    if kind == "missing":
        return Issue(clean, f"required: {wanted(schema_at(clean, data))}")
    if kind == "extra_forbidden" or of_key:
        return Issue(clean, _unknown(clean, data), of_key=True)
    schema = schema_at(clean, data) or {}
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return _wrong_kind(clean, schema, place.node)
    if kind in ("too_short", "too_long"):
        return _length(clean, schema, place.node, details)
    step = misplaced_step(clean, getattr(place.node, "value", None), data)
    if kind == "literal_error" and step is not None:
        return Issue(clean, f"must be a step of the journey (got {_got(place.node)}); {step}")
    return Issue(clean, _value_message(kind, schema, place.node) or details["msg"])


def _unknown(loc: Loc, data: dict[str, object]) -> str:
    return misplaced_key(loc, data) or unknown_key(str(loc[-1]), loc, data)


def _value_message(kind: str, schema: Schema, node: Node | None) -> str | None:
    if isinstance(node, ScalarNode) and node.value is None:
        return f"is empty; must be {wanted(schema)}"
    got = f"(got {_got(node)})"
    if kind in _BOUNDS:
        return _out_of_bounds(schema, node, got)
    if kind == "literal_error":
        return f"must be {wanted(schema)} {got}{_near(node, schema.get('enum', []))}"
    if kind == "finite_number":
        return f"must be a finite number {got}"
    if kind in ("string_too_long", "string_too_short"):
        return _text_length(schema)
    if kind == "string_pattern_mismatch" and "maxLength" in schema:
        return "must be one line without control characters"
    if kind == "string_pattern_mismatch":
        hint = name_hint(str(getattr(node, "value", "")))
        rule = "must be small letters, digits and underscores, with a letter first, at most 63"
        return f"{rule} {got}{f'; {hint}' if hint else ''}"
    return f"must be {wanted(schema)} {got}{_hint(schema, node)}"


_BOUNDS = frozenset({"greater_than", "greater_than_equal", "less_than", "less_than_equal"})


def _out_of_bounds(schema: Schema, node: Node | None, got: str) -> str:
    value = node.value if isinstance(node, ScalarNode) else None
    high = schema.get("maximum", schema.get("exclusiveMaximum"))
    number = float(value) if isinstance(value, int | float) else 0.0
    below = number < schema.get("minimum", number)
    limits = bounds_text(schema, with_limit=high is not None and number > high, with_floor=below)
    message = f"must be {limits} {got}"
    if high == 1 and 2 <= number <= 100:
        message += f"; {_got(node)} % is {number / 100:.6g}"
    return f"{message}; {schema['x-reason']}" if "x-reason" in schema else message


def _hint(schema: Schema, node: Node | None) -> str:
    """Suggest what to write instead of a value of the wrong kind."""
    value = node.value if isinstance(node, ScalarNode) else None
    kind, hint = schema.get("type"), ""
    if kind in ("number", "integer"):
        hint = number_hint(value) if isinstance(value, str) else ""
        if "%" in hint and kind == "integer":
            hint = ""
        elif "%" in hint and _is_money(schema):
            hint = "it is an amount of money, not a part of one"
        if schema.get("maximum") == 1 and _is_yes_no(value):
            hint = "write 1 for always, 0 for never"
        elif _is_yes_no(value):
            hint = "yes and no are no numbers"
    elif kind == "string" and "format" not in schema and isinstance(value, bool | int | float):
        hint = "put it in quotes"
    elif (kind == "array" or forms_of(schema)) and isinstance(node, ScalarNode):
        hint = f"write [{node.text}]"
    elif kind == "object" and _is_yes_no(value):
        hint = "to leave the section out, remove it or write null"
    return f"; {hint}" if hint else ""


def _is_money(schema: Schema) -> bool:
    """Tell whether a number is an amount: those alone are bounded by the most money there is."""
    return schema.get("maximum") == MOST_MONEY


def _is_yes_no(value: object) -> bool:
    """Tell whether a value is a boolean, or one of the words that YAML 1.1 took for one."""
    return isinstance(value, bool) or (isinstance(value, str) and value.lower() in YES_NO)


def _wrong_kind(loc: Loc, schema: Schema, node: Node | None) -> Issue:
    if not isinstance(node, MapNode) or "discriminator" not in schema:
        return Issue(loc, f"must be {wanted(schema)} (got {_got(node)}){_hint(schema, node)}")
    key, kinds = kinds_of(schema)
    value = node.get(key)
    if value is None:
        return Issue((*loc, key), f"required: {' or '.join(kinds)}")
    message = f"must be one of {', '.join(kinds)} (got {_got(value)}){_near(value, kinds)}"
    return Issue((*loc, key), message)


def _length(loc: Loc, schema: Schema, node: Node | None, details: ErrorDetails) -> Issue | None:
    """Explain a list that is too short or long; wrong items are no reason to call it short."""
    size = len(node.items) if isinstance(node, ListNode) else 0
    least, most = schema.get("minItems", 0), schema.get("maxItems")
    if details["type"] == "too_short":
        return Issue(loc, f"must have at least {least} item (got {size})") if size < least else None
    return Issue(loc, f"must have at most {most} items (got {size})")


def _text_length(schema: Schema) -> str:
    least, most = schema.get("minLength"), schema.get("maxLength")
    bounds = [f"at least {least}"] if least else []
    return f"must have {' and '.join([*bounds, f'at most {most}'])} characters"


def _near(node: Node | None, candidates: list[str]) -> str:
    value = node.value if isinstance(node, ScalarNode) else None
    return nearest(value, candidates) if isinstance(value, str) else ""


def _got(node: Node | None) -> str:
    if isinstance(node, MapNode):
        return "a section"
    if isinstance(node, ListNode):
        return "a list"
    if node is None or node.value is None:
        return "nothing"
    if not isinstance(node.value, str):
        return node.text if len(node.text) <= _LONGEST_QUOTE else f"{node.text[:20]}..."
    text = node.value if len(node.value) <= _LONGEST_QUOTE else f"{node.value[:40]}..."
    return json.dumps(text, ensure_ascii=False)
