"""Words that stand in the wrong place or kind of section, apart from unknown keys."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Spoilt = Callable[[str, str], list[str]]
UPSELL = "{kind: upsell, name: gold, price: 79, conversion: 0.25}"


def test_an_unknown_key_is_only_unknown(spoilt: Spoilt) -> None:
    (line,) = spoilt("journey:\n", "journey:\n  →surprise: {a: 1}\n")
    assert line.startswith("→journey.surprise: unknown key; known here: order, engage, lead_magnet")


@pytest.mark.parametrize("key", ["engage", "order", "loyalty", "referral", "tripwire"])
def test_sections_of_the_journey_at_the_top(
    spoilt: Spoilt, said: Callable[..., list[str]], shop: str, key: str
) -> None:
    words = "belongs to the journey: write it under `journey:`"
    assert spoilt("name: Shop", f"name: Shop\n→{key}: 1") == [f"→{key}: {words}"]
    assert said(shop, [f"{key}=1"]) == [f"-S {key}: {words}"]


def test_seasons_of_repeat_purchases(spoilt: Spoilt) -> None:
    assert spoilt("margin: 0.5", "margin: 0.5\n    →seasonality: [1]") == [
        "→journey.repeat_purchases.seasonality: seasons stand at the top of the file: "
        "`calendar: {start: ...}` and `seasonality: {purchases: [12 numbers]}`"
    ]


@pytest.mark.parametrize("kind", ["upsell", "cross_sell", "slack_adjuster"])
def test_a_commission_of_ones_own_product(spoilt: Spoilt, kind: str) -> None:
    offer = UPSELL.replace("kind: upsell", f"kind: {kind}").replace("}", ", →commission: 0.2}")
    assert spoilt(UPSELL, offer) == [
        "→journey.profit_maximizers.gold.commission: only a partner's product earns a commission: "
        "write `kind: affiliate` or `kind: joint_venture`, or leave it out"
    ]


@pytest.mark.parametrize("kind", ["affiliate", "joint_venture"])
def test_costs_and_time_of_a_partner(spoilt: Spoilt, kind: str) -> None:
    offer = UPSELL.replace("kind: upsell", f"kind: {kind}, commission: 0.2")
    path = "→journey.profit_maximizers.gold"
    assert spoilt(UPSELL, offer.replace("}", ", →unit_cost: 5}")) == [
        f"{path}.unit_cost: the partner delivers and bears the cost: leave it out, and state the "
        "commission that is left to you"
    ]
    assert spoilt(UPSELL, offer.replace("}", ", →commitment: time}")) == [
        f"{path}.commitment: {kind} is always paid with money, so there is nothing to turn up "
        "for: leave it out"
    ]


def test_in_a_variant(said: Callable[..., list[str]], shop: str) -> None:
    assert said(shop, ["journey.profit_maximizers.gold.commission=0.2"]) == [
        "-S journey.profit_maximizers.gold.commission: only a partner's product earns a "
        "commission: write `kind: affiliate` or `kind: joint_venture`, or leave it out"
    ]


@pytest.mark.parametrize("kind", ["win_back", "anniversary", "birthday"])
def test_a_stage_of_a_program_for_customers(whole_spoilt: Spoilt, kind: str) -> None:
    lines = whole_spoilt(f"{{kind: {kind},", f"{{kind: {kind}, →at: [core_offer],")
    assert [line.partition(".at: ")[2] for line in lines] == [
        f"{kind} serves customers, not a stage: leave it out; `aim` may say which customers"
    ]


def test_days_of_a_birthday(whole_spoilt: Spoilt) -> None:
    assert whole_spoilt("{kind: birthday,", "{kind: birthday, →days: [0],") == [
        "→journey.return_path.happy_day.days: birthday sends one message each time: leave it out; "
        "`every_days` says how often"
    ]
