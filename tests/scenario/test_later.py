"""Planned sections are refused by name, apart from unknown keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Spoilt = Callable[[str, str], list[str]]
LATER = "comes in a later version of cvosim; leave it out for now"
CHANNEL = "kind: earned, share: 1"
REPEAT = "{model: poisson, mean_days: 30}"


@pytest.mark.parametrize("section", ["calendar", "seasonality", "experiment", "sweep"])
def test_sections_of_a_scenario(spoilt: Spoilt, section: str) -> None:
    assert spoilt("name: Shop", f"name: Shop\n→{section}: {{a: 1}}") == [f"→{section}: {LATER}"]


@pytest.mark.parametrize(
    "section", ["order", "engage", "excite", "experience", "loyalty", "referral"]
)
def test_sections_of_the_journey(spoilt: Spoilt, section: str) -> None:
    lines = spoilt("journey:\n", f"journey:\n  →{section}: {{a: 1}}\n")
    assert lines == [f"→journey.{section}: {LATER}"]


@pytest.mark.parametrize("key", ["budget", "cpm", "cpc", "reach", "awareness"])
def test_keys_of_channels(spoilt: Spoilt, key: str) -> None:
    lines = spoilt(CHANNEL, f"{CHANNEL}, →{key}: 9")
    assert lines == [f"→channels.street.{key}: {LATER}"]


@pytest.mark.parametrize(
    ("old", "path"),
    [
        ("trust: 0.5", "lead_magnet"),
        ("price: 29", "tripwire"),
        ("price: 249", "core_offer"),
        ("price: 79", "profit_maximizers.gold"),
        ("discount: 0.1", "return_path.ten_off"),
    ],
)
def test_aim(spoilt: Spoilt, old: str, path: str) -> None:
    assert spoilt(old, f"{old}, →aim: {{min_orders: 2}}") == [f"→journey.{path}.aim: {LATER}"]


@pytest.mark.parametrize("kind", ["win_back", "anniversary"])
def test_programs(spoilt: Spoilt, kind: str) -> None:
    lines = spoilt("kind: exit_offer", f"kind: →{kind}")
    assert lines == [f'→journey.return_path.ten_off.kind: "{kind}" {LATER}']


def test_models_and_arrivals(spoilt: Spoilt) -> None:
    lines = spoilt(REPEAT, "{model: →mbg_nbd, r: 1}")
    assert lines == [f'→journey.repeat_purchases.frequency.model: "mbg_nbd" {LATER}']
    lines = spoilt(CHANNEL, f"{CHANNEL}, arrivals: {{kind: →poisson, over_days: 3}}")
    assert lines == [f'→channels.street.arrivals.kind: "poisson" {LATER}']


def test_in_overrides_and_variants(said: Callable[..., list[str]], shop: str) -> None:
    assert said(shop, ["journey.engage.targeting=0.8"]) == [f"-S journey.engage.targeting: {LATER}"]
    assert said(shop, ["seasonality=1"]) == [f"-S seasonality: {LATER}"]
    lines = said("extends: base.yaml\nname: v\nchanges: {journey.referral: {a: 1}}", base=shop)
    assert lines == [f"s.yaml:3:11: journey.referral: {LATER}"]


def test_an_unknown_key_is_no_plan(spoilt: Spoilt) -> None:
    (line,) = spoilt("journey:\n", "journey:\n  →surprise: {a: 1}\n")
    assert line.startswith("→journey.surprise: unknown key; known here: lead_magnet, tripwire")
