"""What happens to customers: experience, loyalty and referral."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cvosim.scenario import Scenario, load_scenario, scenario_hash
from cvosim.scenario.edit import replace_section
from cvosim.scenario.stages.experience import Experience
from cvosim.scenario.stages.loyalty import Tier
from cvosim.scenario.stages.referral import Referral

Said = Callable[..., list[str]]
Spoilt = Callable[[str, str], list[str]]


@pytest.fixture
def scenario(folder: Path, whole: str) -> Scenario:
    (folder / "s.yaml").write_text(whole, "utf-8")
    return load_scenario("s.yaml")


def test_an_experience_of_which_nothing_is_said() -> None:
    experience = Experience()
    assert (experience.satisfaction.mean, experience.satisfaction.sd) == (8.0, 1.5)
    assert (experience.effort.mean, experience.effort.sd) == (2.5, 0.0)
    assert (experience.delivery, experience.ticket, experience.returned) == (None, None, None)
    assert experience.effects.model_dump() == {"trust": 0.0, "drop_out": 0.0}


def test_a_ticket_and_a_return_need_a_probability(whole_spoilt: Spoilt) -> None:
    assert whole_spoilt("probability: 0.08, resolved", "resolved")[0].endswith(
        "journey.experience.ticket.probability: required: a number between 0 and 1"
    )
    assert whole_spoilt("{probability: 0.04}", "{}")[0].endswith(
        "journey.experience.returned.probability: required: a number between 0 and 1"
    )
    experience = Experience.model_validate(
        {"ticket": {"probability": 0.1}, "returned": {"probability": 0.2}}
    )
    assert experience.ticket is not None
    assert experience.ticket.model_dump() == {
        "probability": 0.1,
        "resolved": 1.0,
        "delay": None,
        "resolved_effect": 0.0,
        "unresolved_effect": 0.0,
    }
    assert experience.returned is not None
    assert experience.returned.refund == 1.0


def test_a_referral_of_which_little_is_said() -> None:
    referral = Referral.model_validate({"invitations": {"mean": 1.2}})
    assert referral.advocates.model_dump() == {"promoter": 0.0, "passive": 0.0, "detractor": 0.0}
    assert (referral.invitations.delay, referral.testimonials, referral.cap) == (None, 0.0, 10.0)
    assert (referral.partner, referral.reward, referral.effects) == (None, None, {})


# ------------------------------------------------------------------------ the key `from`


def test_a_tier_reads_and_writes_from(scenario: Scenario) -> None:
    assert scenario.journey.loyalty is not None
    silver, gold = scenario.journey.loyalty.tiers
    assert (silver.from_, silver.drop_out, silver.reward_share) == (300.0, 0.85, 0.02)
    assert (gold.drop_out, gold.reward_share) == (0.7, 0.0)
    assert Tier.model_validate({"name": "tin", "from": 5}).from_ == 5.0
    dumped: Any = scenario.model_dump()
    assert dumped["journey"]["loyalty"]["tiers"][0]["from"] == 300.0
    assert "from_" not in str(scenario.model_dump(mode="json"))


def test_a_tier_goes_round(scenario: Scenario) -> None:
    assert Scenario.model_validate(scenario.model_dump()) == scenario
    assert Scenario.model_validate_json(scenario.model_dump_json()) == scenario
    other = load_scenario("s.yaml", ["journey.loyalty.tiers.gold.from=2000"])
    assert scenario_hash(other) != scenario_hash(scenario)
    same = load_scenario("s.yaml", ["journey.loyalty.tiers.gold.from=1e3"])
    assert scenario_hash(same) == scenario_hash(scenario)


def test_a_tier_is_edited_in_place(folder: Path, whole: str, scenario: Scenario) -> None:
    dumped: Any = scenario.model_dump(mode="json")
    loyalty = dumped["journey"]["loyalty"]
    loyalty["tiers"][1]["from"] = 1500.0
    (folder / "s.yaml").write_text(replace_section(whole, "journey.loyalty", loyalty), "utf-8")
    edited = load_scenario("s.yaml").journey.loyalty
    assert edited is not None
    assert [tier.from_ for tier in edited.tiers] == [300.0, 1500.0]


def test_a_tier_is_added_by_a_variant(scenario: Scenario) -> None:
    found = load_scenario("s.yaml", ["journey.loyalty.tiers.platinum={from: 5000}"])
    assert found.journey.loyalty is not None
    assert [tier.name for tier in found.journey.loyalty.tiers] == ["silver", "gold", "platinum"]


# ---------------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "from: 1000",
            "from: →300",
            "loyalty.tiers.gold.from: must be above that of the tier before it, 300 (got 300)",
        ),
        (
            "drop_out: 0.7}",
            "drop_out: →0}",
            "loyalty.tiers.gold.drop_out: must be above 0 and at most 1000 (got 0)",
        ),
        (
            "measure: spend",
            "measure: →money",
            'loyalty.measure: must be spend or orders (got "money")',
        ),
        (
            "mean: 7.8",
            "mean: →78",
            "experience.satisfaction.mean: must be between 0 and 10 (got 78)",
        ),
        (
            "mean: 2.4",
            "mean: →0",
            "experience.effort.mean: must be between 1 and 7 (got 0)",
        ),
        (
            "effects: {trust: 0.15",
            "effects: {→trusted: 0.15",
            'experience.effects.trusted: unknown key; did you mean "trust"?',
        ),
        (
            "kind: gamma, mean_days: 3, shape: 4",
            "kind: uniform, low_days: 3, high_days: →1",
            "experience.delivery.high_days: must be at least low_days, 3 (got 1)",
        ),
        (
            "effects: {lead_magnet: 1}",
            "effects: {leadmagnet: →1}",
            'referral.effects.leadmagnet: no stage has the key "leadmagnet"; did you mean '
            '"lead_magnet"?',
        ),
        (
            "friend: 5, at: core_offer}",
            "friend: 5, at: →thing}",
            'referral.reward.at: no stage has the key "thing"; write core_offer, the key of that '
            "stage",
        ),
        (
            "friend: 5, at: core_offer}",
            "friend: 5, at: →checkout}",
            'referral.reward.at: no stage has the key "checkout"; there are: engage, lead_magnet, '
            "tripwire, excite, core_offer, gold_case, insurance, trip, club",
        ),
        (
            "friend: 5, at: core_offer}",
            "friend: 5, at: →engage}",
            "referral.reward.at: nobody is rewarded for looking; name a stage that a referred "
            "person accepts",
        ),
        (
            "{mean: 0.6",
            "{mean: →60",
            "referral.invitations.mean: must be between 0 and 50 (got 60)",
        ),
        (
            "invitations: 5}",
            "invitations: →51}",
            "referral.partner.invitations: must be between 0 and 50 (got 51)",
        ),
        (
            "testimonials: 0.2",
            "cap: →0",
            "referral.cap: must be above 0 and at most 1000 (got 0)",
        ),
        (
            "{promoter: 0.3}",
            "{promoter: →30%}",
            'referral.advocates.promoter: must be a number between 0 and 1 (got "30%"); write 0.3 '
            "instead of 30%",
        ),
    ],
)
def test_what_is_wrong(whole_spoilt: Spoilt, old: str, new: str, message: str) -> None:
    assert whole_spoilt(old, new) == [f"→journey.{message}"]


def test_the_reward_needs_a_stage(whole_spoilt: Spoilt) -> None:
    assert whole_spoilt(
        "    reward: {advocate: 10, friend: 5, at: core_offer}", "    →reward: {}"
    ) == ["→journey.referral.reward.at: required: text"]


def test_names_of_tiers(whole_spoilt: Spoilt) -> None:
    first = whole_spoilt("name: gold, from", "name: →silver, from")[0]
    assert first == '→journey.loyalty.tiers.1.name: the name "silver" is given twice'
    first = whole_spoilt("name: gold, from", "name: →none, from")[0]
    assert first == (
        '→journey.loyalty.tiers.none.name: "none" is what reports call people without a tier; '
        "choose another name"
    )


def test_referral_needs_the_score(said: Said, whole: str) -> None:
    start, end = whole.index("  experience:\n"), whole.index("  loyalty:\n")
    text = whole[:start] + whole[end:]
    line = text[: text.index("  referral:\n")].count("\n") + 1
    assert said(text) == [
        f"s.yaml:{line}:3: journey.referral: needs journey.experience: its satisfaction score "
        "tells who is a promoter; `experience: {}` takes the defaults"
    ]
    assert said(text.replace("  loyalty:\n", "  experience: {}\n  loyalty:\n")) == []


@pytest.mark.parametrize("referral", [True, False])
def test_the_channel_of_the_invited(said: Said, whole: str, shop: str, referral: bool) -> None:
    text = whole if referral else shop
    (line,) = said(text.replace("name: street", "name: referral"))
    assert line.endswith(
        'channels.referral.name: "referral" is the channel of people whom customers invite '
        "(journey.referral); choose another name"
    )
