"""What a channel costs, whom its budget reaches, and how big it is.

An arrow in what is written marks where the problem is said to stand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from cvosim.scenario import Scenario, load_scenario, scenario_hash
from cvosim.scenario.schema import scenario_schema
from cvosim.scenario.shares import derived_shares, people_of, reached_share

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]
STREET = "{name: street, kind: earned, share: 1}"
PAID = "name: street, kind: paid, share: 1"
HILL = "reach: {kind: hill, saturation: 90000, half_spend: 30000, shape: 1.2}"
FORMS = "keep one of cost_per_prospect, cpc, cpm with impressions, or budget with reach"


def scenario(channels: list[dict[str, Any]], **more: object) -> Scenario:
    core = {"name": "thing", "price": 10, "conversion": 0.5}
    return Scenario.model_validate(
        {
            "name": "Shop",
            "horizon_days": 100,
            "channels": channels,
            "journey": {"core_offer": core},
            **more,
        }
    )


def hill(saturation: float, **more: object) -> dict[str, Any]:
    return {"kind": "hill", "saturation": saturation, "half_spend": 30000, **more}


@pytest.mark.parametrize(
    "cost",
    [
        "cost_per_prospect: 0.45",
        "cpc: 0.6",
        "cpm: 9, impressions: 40",
        f"budget: 27000, {HILL}",
        f"budget: 27000, cpm: 9, {HILL}",
        f"budget: 0, {HILL}",
        "cost_per_prospect: 0, cpc: 0.6",
    ],
)
def test_ways_to_state_a_cost(spoilt: Spoilt, cost: str) -> None:
    assert spoilt(STREET, f"{{{PAID}, {cost}}}") == []


@pytest.mark.parametrize(
    ("cost", "message"),
    [
        (
            "budget: →27000",
            "budget: needs a reach that says how many people it reaches, such as "
            "reach: {kind: hill, saturation: 90000, half_spend: 30000, shape: 1.2}",
        ),
        (
            f"→{HILL}",
            "reach: needs budget, the money spent on these people (budget: 0 reaches nobody)",
        ),
        (
            "cpm: →9",
            "cpm: needs impressions, the number shown for each prospect who comes "
            "(or a budget with a reach)",
        ),
        ("impressions: →40", "impressions: needs cpm, the price of 1,000 impressions"),
        (
            f"budget: 27000, cpm: 9, impressions: →40, {HILL}",
            "impressions: says nothing beside a budget: reach says how many people come; "
            "leave it out",
        ),
        (
            f"budget: →0.1, {HILL.replace('1.2', '8')}",
            "budget: reaches next to nobody (a share of 1.5e-44 of them, by half_spend and "
            "shape); write 0 to reach nobody at all",
        ),
        ("cpc: →-1", "cpc: must be at least 0 (got -1)"),
        (
            f"budget: 9, {HILL.replace('hill', '→log')}",
            'reach.kind: must be hill (got "log")',
        ),
        (
            "budget: 9, →reach: {kind: hill, half_spend: 9}",
            "reach.saturation: required: a number, at least 1",
        ),
    ],
)
def test_half_costs_and_double_costs(spoilt: Spoilt, cost: str, message: str) -> None:
    assert spoilt(STREET, f"{{{PAID}, {cost}}}") == [f"→channels.street.{message}"]


@pytest.mark.parametrize(
    ("cost", "forms"),
    [
        ("cost_per_prospect: 0.45, cpc: 0.6", "cost_per_prospect and cpc"),
        ("cpc: 0.6, cpm: 9, impressions: 40", "cpc and cpm"),
        (f"cost_per_prospect: 1, budget: 27000, cpm: 9, {HILL}", "cost_per_prospect and budget"),
        (f"cost_per_prospect: 1, cpc: 1, budget: 9, {HILL}", "cost_per_prospect, cpc and budget"),
    ],
)
def test_two_costs(spoilt: Spoilt, cost: str, forms: str) -> None:
    lines = spoilt(STREET, f"→{{{PAID}, {cost}}}")
    assert lines == [f"→channels.street: states the cost twice: {forms}; {FORMS}"]


@pytest.mark.parametrize(
    ("cost", "override"), [("cost_per_prospect", "cpc"), ("cpc", "cost_per_prospect")]
)
def test_an_override_that_brings_a_second_cost(
    said: Said, shop: str, cost: str, override: str
) -> None:
    text = shop.replace(STREET, f"{{{PAID}, {cost}: 0.45}}")
    message = f"channels.street: states the cost twice: cost_per_prospect and cpc; {FORMS}"
    assert said(text, [f"channels.street.{override}=0.6"]) == [
        f"-S channels.street.{override}: {message}"
    ]
    text = shop.replace(STREET, f"{{{PAID}, cost_per_prospect: 0.45}}")
    assert said(text, ["channels.street.cost_per_prospect=null", "channels.street.cpc=1"]) == []


def test_doubling_a_budget_is_one_override(folder: Any, shop: str) -> None:
    text = shop.replace(STREET, f"{{name: street, kind: paid, budget: 27000, {HILL}}}")
    (folder / "s.yaml").write_text(text, "utf-8")
    once, twice = (
        load_scenario("s.yaml", [f"channels.street.budget={budget}"]).channels[0]
        for budget in (27000, 54000)
    )
    assert (once.budget, twice.budget) == (27000.0, 54000.0)
    assert once.share == twice.share == 1.0
    first, second = (reached_share(channel.model_dump()) for channel in (once, twice))
    assert first is not None
    assert second is not None
    # 0.9**1.2 / (1 + 0.9**1.2) with 0.9**1.2 = exp(1.2 * -0.1053605) = 0.881233
    assert first == pytest.approx(0.468434, abs=1e-6)
    assert first < second < 2 * first


@given(st.floats(0.01, 1e6), st.floats(0.01, 1e6), st.floats(0.1, 10), st.floats(1.0001, 100))
def test_more_money_reaches_more(half: float, budget: float, shape: float, more: float) -> None:
    reach = {"half_spend": half, "shape": shape}
    less, most = (
        reached_share({"budget": money, "reach": reach}) for money in (budget, budget * more)
    )
    assert less is not None
    assert most is not None
    assert 0 <= less <= most <= 1
    at_half = reached_share({"budget": half, "reach": reach})
    assert at_half == pytest.approx(0.5, rel=1e-12)


def test_channels_with_a_reach_divide_the_rest() -> None:
    found = scenario(
        [
            {"name": "a", "kind": "paid", "budget": 1, "reach": hill(60000)},
            {"name": "b", "kind": "earned", "share": 0.2},
            {"name": "c", "kind": "paid", "budget": 1, "reach": hill(20000)},
            {"name": "d", "kind": "paid", "budget": 1, "reach": hill(5), "share": 0.4},
        ]
    )
    assert [channel.share for channel in found.channels] == pytest.approx([0.3, 0.2, 0.1, 0.4])
    assert Scenario.model_validate(found.model_dump()) == found


@given(st.lists(st.floats(1, 1e9), min_size=1, max_size=6), st.floats(0, 0.99))
def test_derived_shares_add_up(sizes: list[float], stated: float) -> None:
    channels = [{"share": stated}, *({"reach": hill(size)} for size in sizes)]
    shares = derived_shares(channels)
    assert sum(shares.values()) + stated == pytest.approx(1.0, abs=1e-12)
    assert set(shares) == set(range(1, len(sizes) + 1))


def test_a_changed_saturation_changes_the_shares(folder: Any, shop: str) -> None:
    """Shares that follow from reach follow it through overrides too."""
    two = "\n  - ".join(f"{{name: {name}, kind: paid, budget: 1, {HILL}}}" for name in "ab")
    (folder / "s.yaml").write_text(shop.replace(STREET, two), "utf-8")
    overrides = ["channels.a.reach.saturation=270000"]
    assert [c.share for c in load_scenario("s.yaml", overrides).channels] == [0.75, 0.25]
    assert [c.share for c in load_scenario("s.yaml", ["channels.a=null"]).channels] == [1.0]


def test_nothing_is_left(spoilt: Spoilt) -> None:
    lines = spoilt(
        f"channels:\n  - {STREET}",
        f"→channels:\n  - {STREET}\n  - {{name: ads, kind: paid, budget: 5, {HILL}}}",
    )
    assert lines == [
        "→channels: the shares leave nothing for ads, which has a reach and no share of its own "
        "(they add to 1)"
    ]


def test_a_share_is_needed_without_a_reach(spoilt: Spoilt) -> None:
    lines = spoilt(STREET, "→{name: street, kind: paid, cpc: 1}")
    assert lines == ["→channels.street.share: required: a number between 0 and 1"]


def test_awareness_of_a_channel(spoilt: Spoilt) -> None:
    assert spoilt(STREET, f"{{{PAID}, awareness: {{unaware: 0.5, product: 0.5}}}}") == []
    lines = spoilt(STREET, f"{{{PAID}, →awareness: {{unaware: 0.5, product: 0.4}}}}")
    assert lines == [
        "→channels.street.awareness: the shares of unaware to product must add to 1 "
        "(they add to 0.9)"
    ]
    lines = spoilt(STREET, f"{{{PAID}, awareness: {{→unawares: 1}}}}")
    assert lines == ['→channels.street.awareness.unawares: unknown key; did you mean "unaware"?']


def test_referral_is_no_channel(spoilt: Spoilt) -> None:
    lines = spoilt(STREET, STREET.replace("street", "→referral"))
    assert lines == [
        '→channels.referral.name: "referral" is the channel of people whom customers invite '
        "(journey.referral); choose another name"
    ]


@pytest.mark.parametrize(
    ("channel", "people"),
    [
        ({"share": 0.5}, 500.0),
        ({"share": 0.5, "budget": 30000, "reach": hill(9)}, 250.0),
        ({"budget": 0, "reach": hill(9)}, 0.0),
        ({"share": "half"}, None),
        ({"share": 0.5, "budget": 1, "reach": {"half_spend": -1}}, None),
    ],
)
def test_people_of_a_channel(channel: dict[str, Any], people: float | None) -> None:
    data = {"customers": 1000, "channels": [{"share": 0.5}, channel]}
    assert people_of(data, 1) == people


def test_every_field_counts_in_the_hash() -> None:
    channels = [
        {"cpc": 0.6},
        {"cpm": 0.6, "impressions": 10},
        {"cpm": 0.6, "impressions": 11},
        {"budget": 5, "reach": hill(9)},
        {"budget": 5, "reach": hill(10)},
        {"budget": 5, "reach": hill(9, shape=2)},
        {"budget": 5, "cpm": 3, "reach": hill(9)},
        {"awareness": {"problem": 1}},
        {},
    ]
    fixed = {"name": "a", "kind": "paid", "share": 1}
    hashes = {scenario_hash(scenario([{**fixed, **channel}])) for channel in channels}
    assert len(hashes) == len(channels)


@pytest.mark.parametrize(
    ("keys", "valid"),
    [
        ("share: 1", True),
        ("cpc: 1", False),
        ("budget: 5, reach: {kind: hill, saturation: 9, half_spend: 3}", True),
        ("share: 1, cpc: -1", False),
        ("share: 1, arrivals: {kind: weekly, over_days: 7, pattern: [1]}", False),
        ("share: 1, arrivals: {kind: weekly, over_days: 7, pattern: [1, 1, 1, 1, 1, 1, 1]}", True),
    ],
)
def test_what_editors_accept(keys: str, valid: bool) -> None:
    jsonschema = pytest.importorskip("jsonschema")
    channel = f"{{name: a, kind: paid, {keys}}}"
    text = f"{{name: v, horizon_days: 5, journey: {{}}, channels: [{channel}]}}"
    validator = jsonschema.Draft202012Validator(scenario_schema())
    assert validator.is_valid(yaml.safe_load(text)) == valid
