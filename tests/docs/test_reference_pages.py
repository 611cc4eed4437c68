"""The reference pages say what the code does."""

from __future__ import annotations

import importlib
import math
import re
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import yaml

from cvosim.scenario import load_scenario, load_variants, scenario_schema


def _pages() -> ModuleType:
    folder = str(Path(__file__).parent)
    sys.path.insert(0, folder)  # as for a script, whose neighbours are modules
    try:
        return importlib.import_module("reference_pages")
    finally:
        sys.path.remove(folder)


pages = _pages()


@pytest.mark.parametrize("name", pages.PAGES)
def test_the_page_is_current(name: str) -> None:
    file = pages.DOCS / name
    if not file.is_file():
        pytest.skip(f"{name} is not part of this distribution")
    wanted = pages.PAGES[name]().rstrip("\n") + "\n"
    assert file.read_text("utf-8") == wanted, "run python tests/docs/reference_pages.py"


def test_every_part_of_the_schema_has_its_chapter() -> None:
    shown = [part for section in pages.SECTIONS for part in section.parts]
    assert len(set(shown)) == len(shown)
    # what changes may hold is no section with keys
    assert set(scenario_schema()["$defs"]) - set(shown) == {"Change"}


def test_every_key_is_explained() -> None:
    text = pages.scenario_page()
    for name, part in scenario_schema()["$defs"].items():
        for key in part.get("properties", {}):
            assert f"\n| `{key}` |" in text, f"{name}.{key}"


def test_every_link_leads_somewhere() -> None:
    text = pages.scenario_page()
    headings = {pages.anchor(line.strip("# `")) for line in re.findall(r"^#+ .*", text, re.M)}
    links = set(re.findall(r"\]\((#[^)]*)\)", text))
    assert len(links) > 15
    assert links <= headings


def test_every_metric_is_explained() -> None:
    from cvosim.metrics import catalogue
    from cvosim.tables.columns import Names

    text = pages.metrics_page()
    channels, stages = ("ads", "referral"), ("engage", "core_offer")
    names = Names(
        ("all",), channels, stages, ("mails",), ("club",), ("gold",), extras=True, experience=True
    )
    metrics = catalogue(names)
    assert len(metrics) > 80
    for metric in metrics:
        family = metric.name.partition(".")[0]
        assert re.search(rf"\n\| `{family}[.`]", text), metric.name
        assert metric.description in text, metric.name


def test_every_metric_has_one_line() -> None:
    names = re.findall(r"^\| `([^`]+)` ", pages.metrics_page(), re.M)
    assert len(set(names)) == len(names) > 70


# -------------------------------------------------------------------------- examples


def examples() -> list[str]:
    return re.findall(r"^```yaml\n(.*?)^```$", pages.scenario_page(), re.M | re.S)


def added(whole: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    """A file with a part added: the part's sections stand in for those of the same name."""
    joined = dict(whole)
    for key, value in part.items():
        before = joined.get(key)
        joined[key] = {**before, **value} if isinstance(before, dict) else value
    return joined


def files() -> Iterator[dict[str, Any]]:
    """What the examples make, one after the other, but for the variant at their end."""
    whole: dict[str, Any] = {}
    for text in examples()[:-1]:
        whole = added(whole, yaml.safe_load(text))
        yield whole


def test_every_example_runs(tmp_path: Path) -> None:
    from cvosim import simulate
    from cvosim.experiment.warnings import warnings_of

    (tmp_path / "visits.csv").write_text("day,visitors\n0,120\n1,90\n2,140\n", "utf-8")
    file = tmp_path / "baking_school.yaml"
    for content in files():
        file.write_text(yaml.safe_dump(content, sort_keys=False), "utf-8")
        scenario = load_scenario(file)
        assert warnings_of(scenario) == ()
        assert simulate(scenario, customers=200).metrics()["prospects"].value == 200
    (tmp_path / "variant.yaml").write_text(examples()[-1], "utf-8")
    variant = load_scenario(tmp_path / "variant.yaml")
    assert "tripwire" not in variant.journey.stages()
    assert len(load_variants(tmp_path / "variant.yaml")) == 2


def test_the_examples_use_every_section_of_a_journey() -> None:
    *_, whole = files()
    sections = set(scenario_schema()["$defs"]["Journey"]["properties"])
    assert set(whole["journey"]) == sections
    kinds = set(re.findall(r"kind: (\w+)", "".join(examples())))
    listed = scenario_schema()["$defs"]["Journey"]["properties"]
    for key in ("profit_maximizers", "return_path"):
        assert set(listed[key]["items"]["discriminator"]["mapping"]) <= kinds


def test_the_first_example_is_a_whole_file(tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(examples()[0], "utf-8")
    assert load_scenario(tmp_path / "shop.yaml").name == "Baking school"


def test_default_engagement_is_what_the_page_says() -> None:
    from cvosim.plan import compile_plan

    plan = compile_plan(load_scenario("gun_cleaning"))
    rows = re.findall(
        r"^\| `(?:entertain|educate|contrast|prove)` \| (.*) \|$", pages.scenario_page(), re.M
    )
    shown = [float(number) for row in rows for number in row.split(" | ")]
    first = int(plan.content[0]["first_decision"])
    assert plan.decisions["conversion"][first : first + 16].tolist() == shown


@pytest.mark.parametrize(("before", "after"), [(0.1, 0.23), (0.5, 0.73)])
def test_log_odds_are_what_the_page_says(before: float, after: float) -> None:
    odds = before / (1 - before) * math.e
    assert odds / (1 + odds) == pytest.approx(after, abs=0.005)
    assert f"{before:.0%} becomes {after:.0%}".replace("%", " %") in pages.SCENARIO_HEAD.replace(
        "\n ", ""
    )


def test_uncertain_trust_is_what_the_page_says() -> None:
    odds = [0.08 / 0.92 * math.exp(trust - 1.5) for trust in (3.0, 0.0)]  # 1.5 on average
    consumed, not_consumed = (one / (1 + one) for one in odds)
    assert f"{consumed:.0%}, {not_consumed:.1%}" == "28%, 1.9%"
    assert f"{(consumed + not_consumed) / 2:.0%}" == "15%"
    words = " ".join(pages.SCENARIO_HEAD.split())
    assert "means 28 % of those who did and 1.9 % of those who did not: 15 %" in words


# ---------------------------------------------------------------------------- tables


def test_events_add_up_as_the_page_says(tmp_path: Path) -> None:
    """The table of the page, column by column, on a journey with everything in it."""
    import numpy as np
    import pandas

    from cvosim import simulate
    from cvosim.tables.store import write_customers, write_events

    run = simulate(load_scenario("pizza_chain"), customers=2_000, events=True)
    write_events(run.events, tmp_path / "events.parquet")
    write_customers(run.customers, tmp_path / "people.parquet")
    events = pandas.read_parquet(tmp_path / "events.parquet")
    people = pandas.read_parquet(tmp_path / "people.parquet").set_index("customer_id")
    kind = events["event"]
    paid = kind.isin(["bought", "renewed", "reordered"])
    apart = kind.isin(["refunded", "rewarded"])
    place = events.index.to_series()  # of events of the same moment, the order of rows tells
    first = events["customer_id"].map(place[paid].groupby(events["customer_id"]).min())
    before = ~paid & ~apart & ~(place >= first)
    tripwire = (events["stage"] == "tripwire") & (apart | (kind == "bought"))
    parts = {
        "orders": paid * 1.0,
        "revenue": events["revenue"] * paid,
        "cost_of_goods": events["cost"] * paid,
        "refunds": -events["revenue"] * (kind == "refunded"),
        "reward_cost": events["cost"] * (kind == "rewarded"),
        "acquisition_cost": events["cost"] * before,
        "touch_cost": events["cost"] * ~(paid | apart | before),
        "contribution": events["revenue"] - events["cost"],
        "tripwire_contribution": (events["revenue"] - events["cost"]) * tripwire,
    }
    for program in events["program"].cat.categories:
        own = events["program"] == program
        parts[f"program_cost_{program}"] = events["cost"] * (own & (kind == "touched"))
        parts[f"recoveries_{program}"] = 1.0 * (own & (kind == "recovered"))
    assert parts.keys() <= set(people.columns)
    for column, part in parts.items():
        sums = part.groupby(events["customer_id"]).sum().reindex(people.index, fill_value=0.0)
        np.testing.assert_allclose(people[column], sums, atol=1e-9, err_msg=column)
