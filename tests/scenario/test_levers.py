"""Levers: every value that can be turned is one, and turning it does what ``-S`` does."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from cvosim.scenario import library, load_scenario
from cvosim.scenario.lever_range import range_of, within
from cvosim.scenario.levers import Lever, levers_of
from cvosim.scenario.patching import Template
from cvosim.scenario.schema_walk import schema_at
from cvosim.scenario.template import load_template
from cvosim.scenario.variants import loc_of

EVERYTHING = Path(__file__).parents[2] / "benchmarks" / "everything.yaml"
NO_LEVERS = {"schema_version", "name", "description", "currency", "horizon_days", "customers",
             "seed", "calendar", "experiment", "sweep"}  # fmt: skip
SOURCES = [*library(), *([str(EVERYTHING)] if EVERYTHING.is_file() else [])]


@cache
def template(source: str) -> Template:
    return load_template(source)


@cache
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
def test_every_number_choice_and_flag_that_can_be_changed_is_a_lever(source: str) -> None:
    found, base = levers(source), template(source)
    data = base.scenario.model_dump()
    values = dict(leaves({key: value for key, value in data.items() if key not in NO_LEVERS}))
    stated = {path: one for path, one in found.items() if one.value is not None}
    numbers = {path for path, value in values.items() if not isinstance(value, str)}
    levered = {path for path, one in stated.items() if one.kind not in ("choice", "part")}
    assert levered <= numbers
    for path in numbers - levered:  # nothing else can stand there
        value = values[path]
        others = [not value] if isinstance(value, bool) else near(value)
        assert not any(base.takes({path: other}) for other in others), path
    for path, value in values.items():
        if path in numbers:
            continue
        if path in found:
            assert value in found[path].choices
        else:  # names, words for people, stages, and what sort of thing a section is
            *_, above, last = path.split(".")
            known = ("name", "after", "before", "kind", "model", "at", "commitment", "on_decline",
                     "during")  # fmt: skip
            assert last in known or above in ("at", "order", "segments", "tiers", "channels")
    assert found


def near(value: float) -> list[float]:
    if isinstance(value, int):
        return [one for one in (value - 1, value + 1) if one >= 0]
    return [one for one in (value * 0.9, value * 1.1, value + 0.01) if one != value]


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
        if one.kind in ("choice", "flag", "part"):
            assert one.low is one.high is one.step is one.least is one.most is None
        elif one.value is None:
            assert one.low is one.high is one.step is None
        else:
            assert one.low is not None
            assert one.high is not None
            assert one.step is not None
            assert one.low <= one.value <= one.high, path  # type: ignore[operator]
            fewest = 1 if one.kind == "whole" else 3
            assert fewest <= (one.high - one.low) / one.step <= 1001, path
            assert one.least is None or one.least <= one.low
            assert one.most is None or one.high <= one.most


@pytest.mark.parametrize("source", SOURCES)
def test_to_turn_one_is_to_set_its_path(source: str) -> None:
    base = template(source)
    for path, one in levers(source).items():
        if one.value is not None and one.kind != "part":
            assert base.at({path: one.value}) == base.scenario, path
            assert base.value(path) == one.value


@pytest.mark.parametrize("source", SOURCES)
def test_a_slider_can_go_to_both_of_its_ends(source: str) -> None:
    base, found = template(source), levers(source)
    for path, one in found.items():
        for end in (one.low, one.high):
            if end is not None:
                assert base.takes({path: end, **rest_of(one, end, found)}), (path, end)


def rest_of(lever: Lever, value: float, found: dict[str, Lever]) -> dict[str, float]:
    """What the siblings of a share are when it is moved: in proportion, the last the rest."""
    values = {path: float(found[path].value or 0.0) for path in lever.siblings}
    total = sum(values.values())
    scale = {path: one / total if total else 1 / len(values) for path, one in values.items()}
    return {path: (1.0 - value) * one for path, one in scale.items()}


@pytest.mark.parametrize("source", SOURCES)
def test_no_slider_of_days_goes_beyond_the_horizon(source: str) -> None:
    horizon = template(source).scenario.horizon_days
    for path, one in levers(source).items():
        if one.unit == "days" and one.high is not None:
            assert one.high <= max(horizon, float(one.value or 0)), path


@pytest.mark.parametrize("source", SOURCES)
def test_shares_know_with_which_they_add_to_one(source: str) -> None:
    found = levers(source)
    for path, one in found.items():
        if one.siblings:
            group = [one, *(found[other] for other in one.siblings)]
            assert math.isclose(sum(float(each.value or 0.0) for each in group), 1.0)
            assert all({each.path, *each.siblings} == {path, *one.siblings} for each in group)


@pytest.mark.parametrize("source", SOURCES)
def test_what_has_a_flag_of_its_own_can_be_left_out(source: str) -> None:
    base = template(source)
    for path, one in levers(source).items():
        if one.kind == "part":
            assert one.value is True
            assert base.at({path: None}) != base.scenario, path


@pytest.mark.parametrize("source", SOURCES)
def test_every_place_without_a_value_takes_one(source: str) -> None:
    base = template(source)
    for path, one in levers(source).items():
        if one.value is not None:
            continue
        tried = one.choices or (0, 1, 10, 30, 100)
        assert any(base.takes({path: value}) for value in tried), path


def test_optional_stages_and_numbers_are_levers() -> None:
    found = levers("carpet_cleaning")
    parts = {path for path, one in found.items() if one.kind == "part"}
    assert {"journey.tripwire", "journey.lead_magnet", "journey.return_path.nurture"} <= parts
    assert "journey.core_offer" not in parts, "repeat purchases start there"
    empty = {path for path, one in found.items() if one.value is None and one.kind != "choice"}
    assert empty == {
        "channels.organic.cpc",
        "journey.profit_maximizers.quarterly_care.max_cycles",
        "journey.return_path.display.frequency_cap",
    }


def test_a_cost_that_follows_from_another_is_no_lever() -> None:
    assert "channels.search.cost_per_prospect" not in levers("b2b_services")


def test_turning_does_what_the_command_line_does() -> None:
    base, turned = template("carpet_cleaning"), 0
    for path, one in levers("carpet_cleaning").items():
        if one.kind not in ("number", "whole") or one.value is None or one.siblings:
            continue
        assert one.high is not None
        assert one.step is not None
        assert not isinstance(one.value, str)
        value = one.value + one.step if one.value + one.step <= one.high else one.value - one.step
        value = float(f"{value:.12g}")
        if not base.takes({path: value}):
            continue
        changed = base.at({path: value})
        assert changed == load_scenario("carpet_cleaning", [f"{path}={value!r}"])
        assert changed != base.scenario
        turned += 1
    assert turned > 75


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
    labels = [one.label for one in first.levers[:3]]
    assert labels == ["Part of the journey", "Price", "Conversion"]


def test_the_other_side_is_shown() -> None:
    groups = levers_of(template("carpet_cleaning"), template("carpet_cleaning_no_tripwire"))
    bases = {one.path: one.base for group in groups for one in group.levers}
    assert bases["journey.tripwire.price"] is None
    assert bases["journey.tripwire"] is False
    assert bases["journey.lead_magnet"] is True
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


def test_numbers_are_tried_within_their_bounds_only() -> None:
    assert within(3.0, {"minimum": 3, "maximum": 3})
    assert not within(3.0, {"exclusiveMinimum": 3})
    assert not within(3.0, {"exclusiveMaximum": 3})
    assert within(-1e300, {})


@pytest.mark.parametrize("source", ["carpet_cleaning", "b2b_services", "gun_cleaning"])
def test_what_fits_is_what_the_scenario_takes(source: str) -> None:
    """The quick answer about one number within its bounds is that of a whole reading."""
    base, compared, refused = template(source), 0, 0
    data = base.scenario.model_dump()
    for path, one in levers(source).items():
        found = loc_of(path, data)
        assert not isinstance(found, str)
        for value in (one.least, one.low, one.high):
            fits = None if value is None else base.fits(found[0], value)
            if fits is not None and within(value or 0.0, schema_at(found[0], data) or {}):
                assert fits == base.takes({path: value}), (path, value)
                compared += 1
                refused += not fits
    assert compared > 100
    assert refused > 10
