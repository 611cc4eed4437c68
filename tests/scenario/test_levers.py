"""Levers: every value that can be turned is one, and turning it does what ``-S`` does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cvosim.scenario import library, load_scenario
from cvosim.scenario.lever_range import range_of
from cvosim.scenario.levers import Lever, levers_of
from cvosim.scenario.patching import Template
from cvosim.scenario.template import load_template

EVERYTHING = Path(__file__).parents[2] / "benchmarks" / "everything.yaml"
NO_LEVERS = {"schema_version", "name", "description", "currency", "horizon_days", "customers",
             "seed", "calendar", "experiment", "sweep"}  # fmt: skip
SOURCES = [*library(), *([str(EVERYTHING)] if EVERYTHING.is_file() else [])]


@cache
def template(source: str) -> Template:
    return load_template(source)


def levers(source: str) -> dict[str, Lever]:
    found = [one for group in levers_of(template(source)) for one in group.levers]
    paths = [one.path for one in found]
    assert len(set(paths)) == len(paths)
    return dict(zip(paths, found, strict=True))


def leaves(place: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Every value of a scenario's full data, list items by name."""
    if isinstance(place, dict):
        for key, value in place.items():
            yield from leaves(value, f"{path}.{key}" if path else key)
    elif isinstance(place, list | tuple):
        for n, value in enumerate(place):
            word = value.get("name", n) if isinstance(value, dict) else n
            yield from leaves(value, f"{path}.{word}")
    elif place is not None:
        yield path, place


@pytest.mark.parametrize("source", SOURCES)
def test_every_number_choice_and_flag_is_a_lever(source: str) -> None:
    found = levers(source)
    data = template(source).scenario.model_dump()
    values = dict(leaves({key: value for key, value in data.items() if key not in NO_LEVERS}))
    numbers = {path for path, value in values.items() if not isinstance(value, str)}
    assert numbers == {path for path, one in found.items() if one.kind != "choice"}
    words = {path: value for path, value in values.items() if path not in numbers}
    for path, value in words.items():
        if path in found:
            assert value in found[path].choices
        else:  # names, words for people, stages, and what sort of thing a section is
            *_, above, last = path.split(".")
            known = ("name", "after", "before", "kind", "model", "at", "commitment")
            assert last in known or above in ("at", "order", "segments", "tiers", "channels")
            assert last != "commitment" or f"{path[:-11]}.period_days" in found  # a subscription
    assert found


@pytest.mark.parametrize("source", SOURCES)
def test_levers_say_what_they_are(source: str) -> None:
    currency = template(source).scenario.currency
    units = {"share", "days", "log-odds", "people", "people a day", "times", "times a day",
             "bills", "orders", "points", "a year", "", currency}  # fmt: skip
    for path, one in levers(source).items():
        assert one.unit in units, path
        assert len(one.help) > 10
        assert one.label[0].isupper()
        assert "_" not in one.label
        if one.kind in ("choice", "flag"):
            assert one.low is one.high is one.step is one.least is one.most is None
            continue
        assert one.low is not None
        assert one.high is not None
        assert one.step is not None
        assert one.low <= one.value <= one.high, path  # type: ignore[operator]
        assert 3 <= (one.high - one.low) / one.step <= 1001, path
        assert one.least is None or one.least <= one.low
        assert one.most is None or one.high <= one.most


@pytest.mark.parametrize("source", SOURCES)
def test_to_turn_one_is_to_set_its_path(source: str) -> None:
    base = template(source)
    for path, one in levers(source).items():
        assert base.at({path: one.value}) == base.scenario, path
        assert base.value(path) == one.value


def test_turning_does_what_the_command_line_does() -> None:
    base, turned = template("carpet_cleaning"), 0
    for path, one in levers("carpet_cleaning").items():
        if one.kind == "choice" or path.endswith("share") or ".awareness." in path:
            continue
        assert one.high is not None
        assert one.step is not None
        value = one.value + one.step if one.value + one.step <= one.high else one.value - one.step
        value = float(f"{value:.12g}")
        if not base.takes({path: value}):
            continue
        changed = base.at({path: value})
        assert changed == load_scenario("carpet_cleaning", [f"{path}={value!r}"])
        assert changed != base.scenario
        turned += 1
    assert turned > 90


def test_groups_follow_the_journey() -> None:
    titles = [group.title for group in levers_of(template("carpet_cleaning"))]
    assert titles == [
        "The market", "Segment: pet owners", "Segment: households",
        "Channel: facebook", "Channel: search", "Channel: organic",
        "Lead magnet", "Tripwire", "Core offer",
        "Upsell: stain guard", "Subscription: quarterly care",
        "Slack adjuster: whole home restoration",
        "Repeat purchases", "Return path: ten percent off", "Return path: nurture",
        "Return path: display", "Economics",
    ]  # fmt: skip
    first = next(g for g in levers_of(template("carpet_cleaning")) if g.title == "Tripwire")
    assert [one.label for one in first.levers[:2]] == ["Price", "Conversion"]


def test_the_other_side_is_shown() -> None:
    groups = levers_of(template("carpet_cleaning"), template("carpet_cleaning_no_tripwire"))
    bases = {one.path: one.base for group in groups for one in group.levers}
    assert bases["journey.tripwire.price"] is None
    assert bases["journey.core_offer.price"] == 249.0
    assert bases["channels.facebook.kind"] == "paid"
    assert bases["journey.profit_maximizers.stain_guard.price"] == 79.0


def test_a_name_that_reads_as_a_number_or_comes_twice_is_found() -> None:
    base = template("carpet_cleaning").at({})
    data = base.model_dump()
    program = data["journey"]["return_path"][1]
    assert [
        p for p in levers("carpet_cleaning") if p.startswith("journey.return_path.nurture.days")
    ]
    assert program["days"] == (1.0, 3.0, 7.0, 14.0, 30.0)


@pytest.mark.parametrize("value", [0.0, 1e-9, 0.004, 0.06, 1 / 3, 0.243, 1.0, 29.0, 2400.0, 7e8])
@pytest.mark.parametrize("unit", ["share", "money", "days", "log-odds", ""])
def test_ranges_hold_the_value_and_their_bounds(value: float, unit: str) -> None:
    bounds = {
        "share": {"minimum": 0, "maximum": 1},
        "days": {"exclusiveMinimum": 0, "maximum": 1e6},
        "log-odds": {"minimum": -1000, "maximum": 1000},
    }.get(unit, {"minimum": 0})
    most = bounds.get("maximum", math.inf)
    value = min(value, most)
    found = range_of(value, {"type": "number", "x-unit": unit, **bounds})
    assert bounds.get("minimum", 0) <= found.low <= max(value, found.low) <= found.high <= most
    assert found.step > 0.0
    assert 50 <= (found.high - found.low) / found.step <= 1001
    if "exclusiveMinimum" in bounds and value > 0.0:
        assert found.low > 0.0


def test_exact_values_lie_on_the_steps() -> None:
    for value in (0.243, 29.0, 2400.0, 0.45, 91.0, 0.004):
        low, _, step, _, _ = range_of(value, {"type": "number", "minimum": 0})
        assert math.isclose((value - low) / step, round((value - low) / step), abs_tol=1e-6)
