"""Dates, seasons and weekdays.

An arrow in what is written marks where the problem is said to stand.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
import yaml
from pydantic import ValidationError

from cvosim.scenario import (
    Scenario,
    load_scenario,
    load_variants,
    scenario_hash,
    warnings_in,
)
from cvosim.scenario.calendar import Calendar
from cvosim.scenario.edit import replace_section

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]
CALENDAR = "calendar: {start: 2026-01-01}\n"
YEAR = "[1, 1, 1, 1, 1, 1, 0.8, 0.8, 1, 1, 1.3, 1.4]"
STREET = "{name: street, kind: earned, share: 1}"


def test_a_year_of_seasons(folder: Path, shop: str) -> None:
    text = shop + CALENDAR + f"seasonality: {{arrivals: {YEAR}}}\n"
    (folder / "s.yaml").write_text(text, "utf-8")
    scenario = load_scenario("s.yaml")
    assert scenario.calendar is not None
    assert scenario.calendar.start == date(2026, 1, 1)
    assert scenario.seasonality is not None
    assert scenario.seasonality.arrivals == (1, 1, 1, 1, 1, 1, 0.8, 0.8, 1, 1, 1.3, 1.4)
    assert scenario.seasonality.purchases is None


@pytest.mark.parametrize("written", ["2026-01-01", "'2026-01-01'", '"2026-01-01"'])
def test_dates_in_any_quotes(folder: Path, shop: str, written: str) -> None:
    (folder / "s.yaml").write_text(shop + f"calendar: {{start: {written}}}\n", "utf-8")
    scenario = load_scenario("s.yaml")
    assert scenario.calendar == Calendar(start=date(2026, 1, 1))
    # other readers of YAML make a date of it by themselves
    tree = yaml.safe_load((folder / "s.yaml").read_text("utf-8"))
    assert Scenario.model_validate(tree).calendar == scenario.calendar


def test_round_trips(folder: Path, shop: str) -> None:
    text = shop + CALENDAR + f"seasonality: {{purchases: {YEAR}}}\n"
    (folder / "s.yaml").write_text(text, "utf-8")
    scenario = load_scenario("s.yaml")
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    dumped = scenario.model_dump(mode="json")
    assert dumped["calendar"] == {"start": "2026-01-01"}
    again = Scenario.model_validate(json.loads(json.dumps(dumped)))
    assert scenario_hash(again) == scenario_hash(scenario)
    other = load_scenario("s.yaml", ["calendar.start=2026-01-02"])
    assert scenario_hash(other) != scenario_hash(scenario)


def test_changing_the_start(folder: Path, shop: str) -> None:
    later = "variants: [{name: later, changes: {calendar.start: 2027-07-01}}]\n"
    (folder / "s.yaml").write_text(shop + CALENDAR + later, "utf-8")
    (variant,) = load_variants("s.yaml")
    assert variant.calendar == Calendar(start=date(2027, 7, 1))
    text = replace_section(shop + CALENDAR, "calendar", {"start": date(2027, 7, 1)})
    (folder / "t.yaml").write_text(text, "utf-8")
    assert load_scenario("t.yaml").calendar == variant.calendar
    assert shop in text


def test_a_start_is_all_that_a_calendar_needs(folder: Path, shop: str) -> None:
    (folder / "s.yaml").write_text(shop, "utf-8")
    started = load_scenario("s.yaml", ["calendar.start=2027-07-01"])
    assert started.calendar == Calendar(start=date(2027, 7, 1))


@pytest.mark.parametrize("wrong", ["2026-13-01", "2026-02-30", "01.02.2026", "soon", "20260101"])
def test_no_dates(spoilt: Spoilt, wrong: str) -> None:
    lines = spoilt("name: Shop", f"name: Shop\ncalendar: {{start: →{wrong}}}")
    got = wrong if wrong.isdigit() else f'"{wrong}"'
    assert lines == [
        "→calendar.start: must be a date, year-month-day, such as 2026-01-31 (got " + got + ")"
    ]


@pytest.mark.parametrize("wrong", [True, 20260101, "2026", [], 1.5, None])
def test_no_dates_in_python(wrong: object) -> None:
    with pytest.raises(ValidationError):
        Calendar(start=wrong)  # type: ignore[arg-type]


def test_a_calendar_needs_its_start(spoilt: Spoilt) -> None:
    lines = spoilt("name: Shop", "name: Shop\n→calendar: {}")
    assert lines == [
        "→calendar.start: required: a date, year-month-day, such as 2026-01-31",
    ]


@pytest.mark.parametrize(
    ("key", "year", "message"),
    [
        ("arrivals", [1] * 11, "needs 12 numbers, January to December; got 11"),
        ("purchases", [1] * 13, "needs 12 numbers, January to December; got 13"),
        ("purchases", [], "needs 12 numbers, January to December; got 0"),
        (
            "arrivals",
            [0] * 12,
            "must not be 0 throughout: January to December, at least one above 0",
        ),
    ],
)
def test_no_years(spoilt: Spoilt, key: str, year: list[int], message: str) -> None:
    lines = spoilt("name: Shop", f"{CALENDAR}seasonality:\n  →{key}: {year}\nname: Shop")
    assert lines == [f"→seasonality.{key}: {message}"]


@pytest.mark.parametrize(
    ("month", "message"),
    [
        ("-1", "must be at least 0 (got -1)"),
        ("10%", 'must be a number, at least 0 (got "10%"); write 0.1 instead of 10%'),
        ("yes", 'must be a number, at least 0 (got "yes"); yes and no are no numbers'),
        ("true", "must be a number, at least 0 (got true); yes and no are no numbers"),
        (".inf", "must be a finite number (got .inf)"),
    ],
)
def test_no_months(spoilt: Spoilt, month: str, message: str) -> None:
    year = f"[1, →{month}, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1]"
    lines = spoilt("name: Shop", f"{CALENDAR}seasonality: {{arrivals: {year}}}\nname: Shop")
    assert lines == [f"→seasonality.arrivals.1: {message}"]


def test_seasons_need_a_calendar(spoilt: Spoilt) -> None:
    lines = spoilt("name: Shop", f"name: Shop\n→seasonality: {{purchases: {YEAR}}}")
    assert lines == [
        "→seasonality: needs a calendar, or no day has a month: "
        "write calendar: {start: 2026-01-01} with the date of day 0"
    ]
    lines = spoilt(STREET, STREET[:-1] + ", arrivals: {kind: →weekly, over_days: 9, pattern: [1"
                   ", 1, 1, 1, 1, 2, 2]}}")  # fmt: skip
    assert lines == [
        "→channels.street.arrivals.kind: weekly arrivals need a calendar: "
        "write calendar: {start: 2026-01-01} with the date of day 0"
    ]


def test_removing_the_calendar_takes_the_months_away(said: Said, shop: str) -> None:
    text = shop + CALENDAR + f"seasonality: {{purchases: {YEAR}}}\n"
    assert said(text) == []
    (line,) = said(text, ["calendar=null"])
    assert "seasonality: needs a calendar" in line
    assert said(text, ["calendar=null", "seasonality=null"]) == []


JANUARY = "[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
FEBRUARY = "[0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]"
MONDAY = "[1, 0, 0, 0, 0, 0, 0]"


@pytest.mark.parametrize(
    ("arrivals", "season", "fine"),
    [
        ("{kind: uniform, over_days: 31}", FEBRUARY, False),
        ("{kind: uniform, over_days: 31.5}", FEBRUARY, True),
        ("{kind: uniform, over_days: 31}", JANUARY, True),
        ("{kind: burst, at_day: 31, mean_days: 2}", JANUARY, False),
        ("{kind: burst, at_day: 30.5, mean_days: 2}", JANUARY, True),
        ("{kind: poisson, per_day: 100}", FEBRUARY, True),
        ("{kind: poisson, per_day: 10000}", FEBRUARY, False),
        # the 1st of January 2026 is a Thursday: four days hold no Monday, five do
        (f"{{kind: weekly, over_days: 4, pattern: {MONDAY}}}", JANUARY, False),
        (f"{{kind: weekly, over_days: 5, pattern: {MONDAY}}}", JANUARY, True),
        # the first Monday of February is the 2nd, which is day 32
        (f"{{kind: weekly, over_days: 32, pattern: {MONDAY}}}", FEBRUARY, False),
        (f"{{kind: weekly, over_days: 33, pattern: {MONDAY}}}", FEBRUARY, True),
    ],
)
def test_some_day_must_be_left(
    said: Said, shop: str, arrivals: str, season: str, fine: bool
) -> None:
    channel = STREET[:-1] + f", arrivals: {arrivals}}}"
    text = shop.replace(STREET, channel) + CALENDAR + f"seasonality: {{arrivals: {season}}}\n"
    lines = said(text)
    message = (
        "s.yaml:7:44: channels.street.arrivals: leaves no day on which anybody could arrive: "
        "on every day of the period the weekday's or the month's number is 0"
    )
    assert lines == ([] if fine else [message])


def test_the_end_of_the_calendar(said: Said, shop: str) -> None:
    arrivals = f"arrivals: {{kind: weekly, over_days: 99, pattern: {MONDAY}}}"
    text = shop.replace(STREET, STREET[:-1] + f", {arrivals}}}")
    assert said(text + "calendar: {start: 9999-12-31}\n") == []


def test_seasons_that_nothing_follows(folder: Path, shop: str) -> None:
    text = shop + CALENDAR + f"seasonality: {{arrivals: {YEAR}, purchases: {YEAR}}}\n"
    (folder / "s.yaml").write_text(text, "utf-8")

    def warned(*overrides: str) -> list[str]:
        return [line.partition(":")[0] for line in warnings_in(load_scenario("s.yaml", overrides))]

    assert warned() == ["seasonality.arrivals"]
    arrivals = "channels.street.arrivals={kind: uniform, over_days: 9}"
    assert warned(arrivals) == []
    assert warned(arrivals, "journey.repeat_purchases=null") == ["seasonality.purchases"]
