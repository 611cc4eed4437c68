"""Writes docs/metrics.md and docs/scenario.md: run ``python tests/docs/reference_pages.py``.

A test holds the files against what this makes of the code.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from cvosim.metrics import Metric, catalogue
from cvosim.scenario import scenario_schema
from cvosim.scenario.schema import RESTATED
from cvosim.scenario.schema_walk import wanted
from cvosim.scenario.stages.offer import Offer, PricedOffer
from cvosim.scenario.stages.return_path import Program
from cvosim.tables.columns import Names

DOCS = Path(__file__).parents[2] / "docs"
Schema = dict[str, Any]

# ---------------------------------------------------------------------------- metrics

NAMES = Names(("SEGMENT",), ("CHANNEL",), ("STAGE",), ("PROGRAM",), ("SUBSCRIPTION",))
ABOUT = {
    "": ("The whole market", "One number a run."),
    "STAGE": (
        "Each stage",
        "`STAGE` is `lead_magnet`, `tripwire`, `core_offer` or a profit maximizer's own name.",
    ),
    "p": (
        "How value is spread",
        "Percentiles of prospects' and of buyers' customer lifetime value.",
    ),
    "CHANNEL": ("Each channel", "`CHANNEL` is a channel's name."),
    "SEGMENT": ("Each segment", "`SEGMENT` is a segment's name."),
    "PROGRAM": ("Each return-path program", "`PROGRAM` is a program's name."),
    "SUBSCRIPTION": (
        "Each subscription",
        "`SUBSCRIPTION` is the own name of a profit maximizer of that kind.",
    ),
}
METRICS_HEAD = """\
# Metrics

How to read it: each line is one number that `cvosim run` and `cvosim compare` report, with its
unit and the one definition that holds everywhere; what is printed after ± is the half-width of a
95 % interval. This page is made from the code by `python tests/docs/reference_pages.py`.

* **Money** is in the scenario's currency. A **share** is printed in per cent and stands as a
  fraction (0.25) in JSON and CSV. **CLV** is customer lifetime value: revenue less every cost,
  discounted to the customer's arrival, up to the horizon.
* **n/a** means that nothing can be said: nobody made up the denominator, or, after ±, too few
  customers carry the number. The one rule: of everything but counts of people an interval takes
  30 of them in the denominator (of a total, 30 customers in all; where some carry more than
  others, Kish's effective number counts). What rests on a tail takes 30 expected in the tail:
  3,000 customers for percentile 99, 300 for percentiles 10 and 90, 60 for percentile 50, 600 for
  the worst 5 %, 150 for the best 20 %. Counts of people and shares of people among people take
  two. A comparison has n/a where either side has, and its split of the difference where fewer
  than 30 customers carry the days or the orders of either side.
* **How often a ± holds the truth** is tested on `carpet_cleaning`: at 20,000 prospects (about
  1,000 buyers) 94 to 96 times in 100. A normal interval takes that many where a rare large sale
  makes up much of the money (there, USD 2,400 from one buyer in a hundred). With fewer it is too
  narrow: of the CLV per prospect it holds the truth 92 times in 100 at 5,000 prospects and 89 at
  2,000, of the average order value 90 and 79 times. Shares and the cost of a buyer keep to 95 from
  1,000 prospects on. Where a verdict hangs on money, simulate 20,000 or more.
* A share of exactly 0 % or 100 % still has a ±, as if two more people had said yes and two more
  no (Agresti & Coull 1998): none of 30 does not prove none ever. Only the reach of the first
  stage has none, because that stage is put to everybody. A difference of two shares has n/a
  where both are exactly 0 % or 100 %, and none (± 0) where every customer is identical. Counts
  and money of exactly nothing print ± 0: the table cannot tell the rare from the impossible.
* **Conversion and drop-off of a stage need not add to 100 %.** Drop-off counts those who got no
  further. Whoever declines an optional offer (a profit maximizer) is put the next one all the
  same, so it neither accepted nor dropped off; only at the last one do the two add to 100 %
  again. They always do at the stages that everybody has to pass, unless `on_decline: continue`
  lets people by.
"""


def metrics_page() -> str:
    """Every metric by what it is about."""
    groups: dict[str, list[Metric]] = {key: [] for key in ABOUT}
    for metric in catalogue(NAMES):
        about = metric.name.partition(".")[2]
        groups[about if about in groups else "p"].append(metric)
    parts = [METRICS_HEAD]
    for key, metrics in groups.items():
        title, words = ABOUT[key]
        rows = [(f"`{m.name}`", m.unit, m.description) for m in metrics]
        parts.append(f"## {title}\n\n{words}\n\n{table(('Metric', 'Unit', 'Definition'), rows)}\n")
    return "\n".join(parts)


# --------------------------------------------------------------------------- scenarios

SCENARIO_HEAD = """\
# Scenario files

How to read it: a scenario is a YAML file, each section below is one part of it, and each line one
key with what it takes, what holds if it is left out, and what it means. This page is made from the
JSON Schema (`cvosim schema`) by `python tests/docs/reference_pages.py`.

* Probabilities and shares are between 0 and 1: write `0.08`, not `8%`. Times are in days, money is
  in the scenario's currency and written as a plain number.
* **Log-odds** move a probability without ever leaving 0 to 1: +1 multiplies the odds by 2.7, so
  10 % becomes 23 % and 50 % becomes 73 %.
* **`conversion` is not always the share who accept.** It is the probability for somebody of fit 0
  and propensity 0 whom no effect touches. Fit, effects, `propensity_sd` and trust above or below
  the reference move everybody away from it, and those who get as far as a late stage are no
  average sample of the market. Without any of them the share is exactly `conversion`. The metric
  `conversion.STAGE` counts all who accepted, also those whom the return path won back.
* **Conversion and drop-off need not add to 100 %** for optional offers: who declines a profit
  maximizer is put the next one all the same, so it neither accepted nor dropped off
  ([metrics](metrics.md)).
"""


class Section(NamedTuple):
    """A chapter of the page: where its keys stand in a file, and the schema's parts it shows."""

    title: str
    words: str
    parts: tuple[str, ...]
    shared: str = ""


SHARED: dict[str, tuple[str, frozenset[str]]] = {
    "an offer": ("Tripwire", frozenset(Offer.model_fields)),
    "a priced offer": ("Tripwire", frozenset(PricedOffer.model_fields)),
    "a program": ("ExitOffer", frozenset(Program.model_fields)),
}
"""By what the parts have in common: a part that has it, and the keys."""

SECTIONS = (
    Section("The file", "", ("ScenarioFile",)),
    Section("market", "", ("Market",)),
    Section("market.segments", "A list; each item has these keys.", ("Segment",)),
    Section("market.segments.awareness", "", ("Awareness",)),
    Section("channels", "A list; each item has these keys.", ("Channel",)),
    Section("channels.arrivals", "", ("UniformArrivals",)),
    Section("journey", "", ("Journey",)),
    Section("Every offer", "Keys of every stage below.", ("an offer",)),
    Section(
        "Every offer with a price", "Keys of every stage but a lead magnet.", ("a priced offer",)
    ),
    Section("journey.lead_magnet", "", ("LeadMagnet",), "an offer"),
    Section("journey.tripwire", "", ("Tripwire",), "a priced offer"),
    Section("journey.core_offer", "", ("CoreOffer",), "a priced offer"),
    Section(
        "journey.profit_maximizers",
        "A list; `kind` says what sort of offer an item is.",
        ("Upsell", "CrossSell", "SlackAdjuster", "Subscription"),
        "a priced offer",
    ),
    Section("churn of a subscription", "One of two kinds.", ("GeometricChurn", "SbgChurn")),
    Section(
        "delay and time_to_value",
        "How long something takes; one of these kinds.",
        (
            "FixedDelay",
            "ExponentialDelay",
            "LognormalDelay",
            "GammaDelay",
            "WeibullDelay",
            "UniformDelay",
        ),
    ),
    Section("journey.repeat_purchases", "", ("RepeatPurchases",)),
    Section(
        "journey.repeat_purchases.frequency",
        "When customers buy again and for how long; one of three models.",
        ("BgNbd", "ParetoNbd", "PoissonPurchases"),
    ),
    Section(
        "journey.repeat_purchases.spend",
        "What they pay for an order; one of three models.",
        ("GammaGamma", "LognormalSpend", "FixedSpend"),
    ),
    Section("Every return-path program", "Keys of every program below.", ("a program",)),
    Section(
        "journey.return_path",
        "A list; `kind` says what sort of program an item is.",
        ("ExitOffer", "FollowUp", "Remarketing"),
        "a program",
    ),
    Section("economics", "", ("Economics",)),
    Section("A variant file", "Says only what is different.", ("VariantFile",)),
    Section("variants", "A list in either file; each item has these keys.", ("Variant",)),
)
DECIDING = ("kind", "model")
"""Keys that say of which kind a section is; they come first."""

COLUMNS = ("Key", "What it takes", "Left out", "Meaning")


def scenario_page() -> str:
    """Every key of a scenario file, section by section."""
    parts = scenario_schema()["$defs"]
    return "\n".join([SCENARIO_HEAD, *(chapter(section, parts) for section in SECTIONS)])


def chapter(section: Section, parts: Schema) -> str:
    """A heading, what it is about, and a table of keys for each part."""
    path = section.title[0].isupper() or " " in section.title
    lines = [f"## {section.title if path else f'`{section.title}`'}", section.words]
    single = len(section.parts) == 1
    if not single:
        lines.append(besides(section.shared, more=True))
    for name in section.parts:
        if name in SHARED:
            model, keys = SHARED[name]
            keys -= frozenset(Offer.model_fields) if name == "a priced offer" else frozenset()
            lines.append(keys_table(model, keys, parts))
            continue
        keys = own_keys(parts[name], section.shared, parts)
        if not single:
            fields = parts[name]["properties"]
            lines.append(f"### `{fields['kind' if 'kind' in fields else 'model']['const']}`")
        lines.append(about(parts[name]))
        if single:
            lines.append(besides(section.shared, more=bool(keys)))
        if keys:
            lines.append(keys_table(name, keys, parts))
    return "\n\n".join(line for line in lines if line) + "\n"


def besides(shared: str, *, more: bool) -> str:
    """Say which keys are in another chapter; empty where none are."""
    names = {"a priced offer": ("an offer", "a priced offer")}.get(shared, (shared,))
    titles = [s.title for s in SECTIONS if shared and s.parts[0] in names]
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


def about(part: Schema) -> str:
    """The first paragraph of a part's description."""
    return " ".join(str(part.get("description", "")).split("\n\n")[0].split())


def keys_table(name: str, keys: frozenset[str], parts: Schema) -> str:
    part = parts[name]
    fields = {key: field for key, field in part["properties"].items() if key in keys}
    rows = [
        (f"`{key}`", takes(field, parts), left_out(key, field, name, parts), meaning(field, parts))
        for key, field in sorted(fields.items(), key=lambda item: item[0] not in DECIDING)
    ]
    return table(COLUMNS, rows)


def takes(field: Schema, parts: Schema) -> str:
    """What may be written for a key, in words."""
    kinds = [kind for kind in field.get("anyOf", [field]) if kind.get("type") != "null"]
    (field,) = kinds
    if field.get("type") == "array":
        item = takes(field["items"], parts)
        plural = {"a section": "sections", "number": "numbers", "text": "words"}
        for one, many in plural.items():
            item = item.replace(one, many, 1)
        return f"list of {item}"
    if "oneOf" in field:
        return linked(field["oneOf"][0]["$ref"])
    if "$ref" in field:
        return linked(field["$ref"])
    if "const" in field or "enum" in field:
        return " or ".join(f"`{value}`" for value in field.get("enum", [field.get("const")]))
    if field.get("type") == "object":
        names = field.get("propertyNames", {}).get("enum")
        return (
            f"{', '.join(f'`{n}`' for n in names) if names else 'stage keys'}, each with a number"
        )
    return wanted(field).removeprefix("a ")


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
    if "left out" in words.lower() or "needed unless" in words:
        return "see meaning"
    if default in (None, "", [], {}):
        return "none"
    if isinstance(default, dict):
        return "defaults of its keys"
    return f"`{default:g}`" if isinstance(default, float) else f"`{default}`"


def meaning(field: Schema, parts: Schema) -> str:
    words = field.get("description") or about(parts[field["$ref"].rpartition("/")[2]])
    return str(words)


# ------------------------------------------------------------------------------- both


def anchor(title: str) -> str:
    """The address of a heading, as GitHub makes it."""
    kept = "".join(c for c in title.lower() if c.isalnum() or c in " _-")
    return f"#{kept.replace(' ', '-')}"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


PAGES = {"metrics.md": metrics_page, "scenario.md": scenario_page}

if __name__ == "__main__":
    for name, page in PAGES.items():
        (DOCS / name).write_text(page().rstrip("\n") + "\n", "utf-8")
