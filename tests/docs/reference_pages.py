"""Writes docs/metrics.md, scenario.md and tables.md: ``python tests/docs/reference_pages.py``.

A test holds the files against what this makes of the code. The words and examples of the
chapters are in the modules beside it.
"""

from __future__ import annotations

import textwrap
from pathlib import Path
from typing import Any

from reference_columns import tables_page
from reference_customers import CUSTOMERS, VARIANTS
from reference_experiment import EXPERIMENT
from reference_journey import STAGES
from reference_market import MARKET, SCENARIO_HEAD
from reference_metrics import metrics_page
from reference_parts import Section
from reference_sweep import SWEEP
from reference_tables import anchor, table

from cvosim.scenario import scenario_schema
from cvosim.scenario.schema import RESTATED
from cvosim.scenario.schema_walk import wanted
from cvosim.scenario.stages.offer import Offer, PricedOffer
from cvosim.scenario.stages.return_path import Program, Retention

DOCS = Path(__file__).parents[2] / "docs"
Schema = dict[str, Any]


def _keys(model: Any) -> frozenset[str]:
    return frozenset(model.model_fields)


SECTIONS = (*MARKET, *STAGES, *CUSTOMERS, *EXPERIMENT, *SWEEP, *VARIANTS)
SHARED: dict[str, tuple[str, frozenset[str]]] = {
    "an offer": ("Tripwire", _keys(Offer)),
    "a priced offer": ("Tripwire", _keys(PricedOffer)),
    "a program": ("ExitOffer", _keys(Program)),
    "a retention program": ("WinBack", _keys(Retention)),
}
"""By what the parts have in common: a part that has it, and the keys."""

DECIDING = ("kind", "model")
"""Keys that say of which kind a section is; they come first."""

COLUMNS = ("Key", "What it takes", "Left out", "Meaning")


def scenario_page() -> str:
    """Every key of a scenario file, section by section."""
    parts = scenario_schema()["$defs"]
    return "\n".join([SCENARIO_HEAD, *(chapter(section, parts) for section in SECTIONS)])


def chapter(section: Section, parts: Schema) -> str:
    """A heading, what it is about, an example, and a table of keys for each part."""
    path = section.title[0].isupper() or " " in section.title
    lines = [f"{'#' * section.level} {section.title if path else f'`{section.title}`'}"]
    single = len(section.parts) == 1 and section.parts[0] not in SHARED
    if single:
        lines.append(about(parts[section.parts[0]]))
    lines.append(section.words)
    if section.example:
        lines.append(f"```yaml\n{section.example}```")
    if not single:
        lines.append(besides(section.shared, more=True))
    for name in section.parts:
        if name in SHARED:
            model, keys = SHARED[name]
            keys -= _keys(Offer) if name == "a priced offer" else frozenset()
            lines.append(keys_table(model, keys, parts))
            continue
        keys = own_keys(parts[name], section.shared, parts)
        if not single:
            fields = parts[name]["properties"]
            kind = fields["kind" if "kind" in fields else "model"]["const"]
            lines.append(f"{'#' * (section.level + 1)} `{kind}`")
            lines.append(f"{about(parts[name])} {lacks(parts[name], section.shared)}".strip())
        else:
            lines.append(besides(section.shared, more=bool(keys)))
        if keys:
            lines.append(keys_table(name, keys, parts))
    return "\n\n".join(wrapped(line) for line in lines if line) + "\n"


def wrapped(text: str) -> str:
    """Break a paragraph into lines; what has lines already keeps them."""
    fits = "\n" in text or text.startswith("#")
    return text if fits else textwrap.fill(text, 100, break_on_hyphens=False)


def besides(shared: str, *, more: bool) -> str:
    """Say which keys are in another chapter; empty where none are."""
    names = {"a priced offer": ("an offer", "a priced offer")}.get(shared, (shared,))
    titles = [s.title for s in SECTIONS if shared and s.parts and s.parts[0] in names]
    links = " and ".join(f"[{title.lower()}]({anchor(title)})" for title in titles)
    return links and (f"Besides the keys of {links}:" if more else f"Has the keys of {links}.")


def own_keys(part: Schema, shared: str, parts: Schema) -> frozenset[str]:
    """Keys that a part does not share with others, or of which it says something else."""
    fields = part["properties"]
    if not shared:
        return frozenset(fields)
    model, keys = SHARED[shared]
    return frozenset(
        k for k in fields if k not in keys or fields[k] != parts[model]["properties"][k]
    )


def lacks(part: Schema, shared: str) -> str:
    """Say which keys of those that others share a part has not."""
    missing = sorted(SHARED[shared][1] - set(part["properties"])) if shared else []
    *others, last = [f"`{key}`" for key in missing] or [""]
    return last and f"It has no {', '.join(others)}{' or ' if others else ''}{last}."


def about(part: Schema) -> str:
    """The first paragraph of a part's description."""
    return " ".join(str(part.get("description", "")).split("\n\n")[0].split())


def keys_table(name: str, keys: frozenset[str], parts: Schema) -> str:
    """One line a key, in the order of the file."""
    part = parts[name]
    fields = {key: field for key, field in part["properties"].items() if key in keys}
    rows = [
        (f"`{key}`", takes(field), left_out(key, field, name, parts), meaning(field, parts))
        for key, field in sorted(fields.items(), key=lambda item: item[0] not in DECIDING)
    ]
    return table(COLUMNS, rows)


def takes(field: Schema) -> str:
    """What may be written for a key, in words."""
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    (field,) = kinds
    if field.get("type") == "array":
        return _list(field)
    if "oneOf" in field:
        return linked(field["oneOf"][0]["$ref"])
    if "$ref" in field:
        return linked(field["$ref"])
    if "const" in field or "enum" in field:
        return " or ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "object" and "minimum" not in field["additionalProperties"]:
        return _paths(field["additionalProperties"])
    if field.get("type") == "object":
        names = field.get("propertyNames", {}).get("enum")
        keys = ", ".join(f"`{n}`" for n in names) if names else "stage keys"
        return f"{keys}, each with a number{_of_probability(field['additionalProperties'])}"
    return wanted(field).removeprefix("a ")


def _paths(value: Schema) -> str:
    """Paths, each with what a sweep says about it."""
    reference = next(part["$ref"] for part in value["oneOf"] if "$ref" in part)
    lists = "" if "discriminator" in value else "a list of values or "
    return f"paths, each with {lists}{linked(reference)}"


def _of_probability(number: Schema) -> str:
    return " between 0 and 1" if (number["minimum"], number["maximum"]) == (0, 1) else ""


def _list(field: Schema) -> str:
    """A list of what its items take, and of how many where that is fixed."""
    if "enum" in field["items"]:
        return f"list of {', '.join(f'`{value}`' for value in field['items']['enum'])}"
    item = takes(field["items"])
    plural = {"a section": "sections", "number": "numbers", "text": "words"}
    for one, many in plural.items():
        item = item.replace(one, many, 1)
    size = field.get("minItems")
    return f"list of {f'{size} ' if size == field.get('maxItems') and size else ''}{item}"


def linked(reference: str) -> str:
    """A link to the chapter that shows a part."""
    name = reference.rpartition("/")[2]
    title = next((s.title for s in SECTIONS if name in s.parts), "")
    return f"[a section]({anchor(title)})" if title else "paths with their values"


def left_out(key: str, field: Schema, name: str, parts: Schema) -> str:
    """What holds where a key is not there."""
    default, words = field.get("default"), field.get("description", "")
    if key in parts[name].get("required", ()):
        return "must be there"
    if name == "VariantFile" and key in RESTATED:
        return "as in the file it extends"
    if isinstance(default, bool):
        return f"`{str(default).lower()}`"
    if isinstance(default, float | int | str) and default != "":
        return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"
    depends = "default" not in field and field.get("type") in ("number", "integer")
    if depends or "left out" in words.lower():
        return "see meaning"
    return "defaults of its keys" if isinstance(default, dict) and default else "none"


def meaning(field: Schema, parts: Schema) -> str:
    """A key's own description, or that of the part that it holds."""
    words = field.get("description") or about(parts[field["$ref"].rpartition("/")[2]])
    return str(words)


PAGES = {"metrics.md": metrics_page, "scenario.md": scenario_page, "tables.md": tables_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page().rstrip("\n") + "\n", "utf-8")
