"""Commitments of time, trials, contracts and partners' products."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cvosim.scenario import Scenario, load_scenario
from cvosim.scenario.stages.profit_maximizers import Affiliate, Contract, Subscription

Spoilt = Callable[[str, str], list[str]]
TRIPWIRE = "price: 29, conversion: 0.1, trust: 3"
UPSELL = "{kind: upsell, name: gold, price: 79, conversion: 0.25}"
CHURN = {"kind": "geometric", "probability": 0.1}


@pytest.mark.parametrize("place", ["tripwire", "core_offer", "upsell", "cross_sell"])
def test_any_commitment_of_time_may_be_attended(spoilt: Spoilt, place: str) -> None:
    attended = "commitment: time, attendance: 0.4, starts_after: {kind: fixed, days: 3}"
    old = {"tripwire": "price: 29", "core_offer": "price: 249"}.get(place, "price: 79")
    assert spoilt(old, attended) == []


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            TRIPWIRE,
            f"{TRIPWIRE}, attendance: →0.4",
            "tripwire.attendance: needs `commitment: time`: who pays with money has nothing to "
            "turn up for",
        ),
        (
            TRIPWIRE,
            f"{TRIPWIRE}, →starts_after: {{kind: fixed, days: 3}}",
            "tripwire.starts_after: needs `commitment: time`: who pays with money has nothing to "
            "turn up for",
        ),
        (
            TRIPWIRE,
            "commitment: time, conversion: 0.1, →starts_after: {kind: fixed, days: 3}",
            "tripwire.starts_after: needs `attendance`, the share who turn up then; write 1 if "
            "everybody does",
        ),
        (
            TRIPWIRE,
            "commitment: time, conversion: 0.1, attendance: →40%",
            'tripwire.attendance: must be a number between 0 and 1 (got "40%"); write 0.4 instead '
            "of 40%",
        ),
        (
            UPSELL,
            "{kind: affiliate, name: gold, price: 79, conversion: 0.1, commission: →20}",
            "profit_maximizers.gold.commission: must be above 0 and at most 1 (got 20); 20 % is "
            "0.2",
        ),
        (
            UPSELL,
            "→{kind: affiliate, name: gold, price: 79, conversion: 0.1}",
            "profit_maximizers.gold.commission: required: a number, above 0 and at most 1",
        ),
        (
            UPSELL,
            "→{kind: joint_venture, name: gold, conversion: 0.1, commission: 0.2}",
            "profit_maximizers.gold.price: required: a number, at least 0",
        ),
    ],
)
def test_what_is_wrong(spoilt: Spoilt, old: str, new: str, message: str) -> None:
    assert spoilt(old, new) == [f"→journey.{message}"]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (
            "trial_conversion: 0.6",
            "trial_conversion: →60",
            "trial_conversion: must be between 0 and 1 (got 60); 60 % is 0.6",
        ),
        (
            "trial_days: 14\n      trial_conversion: 0.6",
            "trial_days: 0\n      trial_conversion: →0.6",
            "trial_conversion: needs trial_days above 0: without a trial there is nothing to "
            "convert from",
        ),
        (
            "trial_days: 14\n      trial_conversion: 0.6",
            "trial_conversion: →0.6",
            "trial_conversion: needs trial_days above 0: without a trial there is nothing to "
            "convert from",
        ),
        (
            "notice_days: 30}",
            "notice_days: →31}",
            "contract.notice_days: must be at most period_days, 30 (got 31)",
        ),
        ("cycles: 12", "cycles: →0", "contract.cycles: must be at least 1 (got 0)"),
        (
            "cycles: 12",
            "cycles: →1.5",
            "contract.cycles: must be a whole number, at least 1 (got 1.5)",
        ),
        ("cycles: 12", "cycles: →~", "contract.cycles: is empty; must be a whole number"),
        (
            "period_days: 30",
            "period_days: 30\n      →attendance: 1",
            "attendance: subscription is always paid with money, so there is nothing to turn up "
            "for: leave it out",
        ),
    ],
)
def test_a_subscription_in_the_wrong(
    whole_spoilt: Spoilt, old: str, new: str, message: str
) -> None:
    (line,) = whole_spoilt(old, new)
    assert line.startswith(f"→journey.profit_maximizers.club.{message}")


def test_what_holds_if_nothing_is_said() -> None:
    terms = {"kind": "subscription", "name": "club", "price": 9, "conversion": 1}
    club = Subscription.model_validate({**terms, "period_days": 30, "churn": CHURN})
    assert (club.trial_conversion, club.contract, club.attendance) == (None, None, None)
    assert Contract(cycles=3).notice_days == 0.0


def test_a_partner_has_no_costs() -> None:
    partner = Affiliate(kind="affiliate", name="a", price=50, conversion=1, commission=0.1)
    assert (partner.unit_cost, partner.commitment, partner.list_price) == (0.0, "money", 50.0)
    assert not {"unit_cost", "commitment", "attendance"} & set(partner.model_dump())


def test_a_partner_keeps_its_list_price(folder: Path, whole: str) -> None:
    (folder / "s.yaml").write_text(whole, "utf-8")
    scenario: Scenario = load_scenario("s.yaml", ["journey.profit_maximizers.trip.price=300"])
    trip = scenario.journey.profit_maximizers[2]
    assert (trip.price, trip.list_price) == (300.0, 500.0)
