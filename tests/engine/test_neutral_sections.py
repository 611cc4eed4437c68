"""A section that is there but has no effect changes nothing but its own events.

So does one whose effects fall on others: word of mouth leaves the market's customers alone.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from helpers.ledger import assert_same_stories, named_events
from helpers.scenarios import Raw, from_raw, raw_scenarios
from hypothesis import assume, given, settings

from cvosim.experiment.simulate import Simulation, simulate
from cvosim.tables.schema import EventKind

K = EventKind
CUSTOMERS = 120
OWN_KINDS = {
    *(K.EXPOSED, K.ENGAGED, K.ATTENDED, K.DELIVERED, K.TICKET, K.RESOLVED, K.UNRESOLVED),
    *(K.REFUNDED, K.TIER_REACHED, K.ADVOCATED, K.TESTIMONIAL, K.CERTIFIED, K.REFERRED),
}
"""What only the new sections say of market prospects, who get no reward here."""
OWN_STAGES = ("engage", "excite")
OWN_PROGRAMS = ("we_miss_you", "a_year_with_us", "wishes")
UNTOUCHED = (
    *("segment", "channel", "awareness", "exit_reason", "unsubscribed", "alive", "orders"),
    *("arrival_time", "first_order_time", "last_order_time", "revenue", "cost_of_goods"),
    *("touch_cost", "acquisition_cost", "tripwire_contribution", "discounted_revenue"),
    *("discounted_cost", "discounted_acquisition_cost", "rate", "drop_out", "spend_level"),
    *("bills", "cancelled", "refunds", "reward_cost"),
)

HELLO: Raw = {
    "content": [{"name": "hello", "style": "educate"}, {"name": "proof", "style": "prove"}],
    "exposures": 3,
}
VICTORY: Raw = {"name": "first_win", "conversion": 0.0}
SERVICE: Raw = {
    "delivery": {"kind": "exponential", "mean_days": 3},
    "satisfaction": {"mean": 8.5, "sd": 2},
    "effort": {"mean": 3, "sd": 1},
    "ticket": {"probability": 0.5, "resolved": 0.5, "delay": {"kind": "fixed", "days": 2}}
    | {"resolved_effect": 1.0, "unresolved_effect": -3.0},
    "returned": {"probability": 0.3, "refund": 0.0},
}
TIERS: Raw = {
    "measure": "orders",
    "tiers": [{"name": "silver", "from": 1}, {"name": "gold", "from": 3}],
}
FRIENDS: Raw = {
    "advocates": {"promoter": 0.9, "passive": 0.5},
    "invitations": {"mean": 0.7, "delay": {"kind": "exponential", "mean_days": 20}},
    "testimonials": 0.5,
    "partner": {"probability": 0.2, "invitations": 0.9},
    "reward": {"advocate": 5, "friend": 5, "at": "core_offer"},
    "effects": {"core_offer": 0.5},
}
REMINDERS: list[Raw] = [
    {"kind": "win_back", "name": "we_miss_you", "after_days": 5, "days": [0, 5], "click": 0.5},
    {"kind": "anniversary", "name": "a_year_with_us", "every_days": 20},
    {"kind": "birthday", "name": "wishes", "every_days": 30},
]


def engage(raw: Raw) -> None:
    raw["journey"]["engage"] = HELLO


def excite(raw: Raw) -> None:
    raw["journey"]["excite"] = VICTORY


def experience(raw: Raw) -> None:
    raw["journey"]["experience"] = SERVICE


def loyalty(raw: Raw) -> None:
    raw["journey"]["loyalty"] = TIERS


def referral(raw: Raw) -> None:
    """Friends come and buy, and nothing of it touches those who came from the market."""
    experience(raw)
    at = next(slot for slot in ("core_offer", "tripwire", "lead_magnet") if slot in raw["journey"])
    gift = FRIENDS["reward"] | {"at": at}
    raw["journey"]["referral"] = FRIENDS | {"reward": gift, "effects": {at: 0.5}, "cap": 100}


def reminders(raw: Raw) -> None:
    """Written to now and then, and never moved."""
    if "repeat_purchases" in raw["journey"]:
        silent = {"open": 0.5, "conversion": 0.0, "unsubscribe": 0.0, "cost": 0.0}
        raw["journey"]["return_path"] += [program | silent for program in REMINDERS]


def season(raw: Raw) -> None:
    raw["calendar"] = {"start": "2026-11-20"}
    raw["seasonality"] = {"purchases": [1.0] * 12}


def order(raw: Raw) -> None:
    steps = ["engage", "lead_magnet", "tripwire", "excite", "core_offer", "profit_maximizers"]
    raw["journey"]["order"] = steps


def offers(raw: Raw) -> list[Raw]:
    journey = raw["journey"]
    slots = ("lead_magnet", "tripwire", "core_offer")
    return [journey[slot] for slot in slots if slot in journey] + journey["profit_maximizers"]


def aims(raw: Raw) -> None:
    everybody = {"segments": ["keen", "cool"], "min_orders": 0, "min_spend": 0}
    for part in (*offers(raw), *raw["journey"]["return_path"]):
        part["aim"] = everybody


def attendance(raw: Raw) -> None:
    """Everybody turns up, at once."""
    for offer in offers(raw):
        if offer.get("commitment") == "time":
            offer |= {"attendance": 1.0, "starts_after": None}


def contracts(raw: Raw) -> None:
    """Bound from one bill to the next, and everybody pays when the trial ends."""
    for offer in offers(raw):
        if offer.get("kind") == "subscription":
            offer["contract"] = {"cycles": 1, "notice_days": 0}
            if offer["trial_days"] > 0:
                offer["trial_conversion"] = 1.0


def clicks(raw: Raw) -> None:
    for channel in raw["channels"]:
        channel["cpc"] = channel.pop("cost_per_prospect", 0.0)


def own_awareness(raw: Raw) -> None:
    for channel in raw["channels"]:
        channel["awareness"] = raw["market"]["segments"][0]["awareness"]


SECTIONS: tuple[Callable[[Raw], None], ...] = (
    *(engage, excite, experience, loyalty, referral, reminders, season, order),
    *(aims, attendance, contracts, clicks, own_awareness),
)


def everything(raw: Raw) -> None:
    for section in SECTIONS:
        section(raw)


def market_stories(run: Simulation) -> dict[str, Any]:
    """Events of market prospects without those that only a new section has."""
    told = named_events(run)
    own = np.isin(told["kind"], list(OWN_KINDS)) | np.isin(told["stage"], OWN_STAGES)
    own |= np.isin(told["program"], OWN_PROGRAMS)
    market = told["customer_id"] < CUSTOMERS
    return {name: column[market & ~own] for name, column in told.items()}


def assert_same_market(plain: Simulation, other: Simulation) -> None:
    assert_same_stories(market_stories(plain), market_stories(other))
    for name in UNTOUCHED:
        ours = getattr(plain.customers.columns, name)
        theirs = getattr(other.customers.columns, name)[..., :CUSTOMERS]
        np.testing.assert_array_equal(ours, theirs, err_msg=name)
    stages = plain.customers.names.stages
    theirs = other.customers.columns.stage_time[
        [other.customers.names.stages.index(stage) for stage in stages], :CUSTOMERS
    ]
    np.testing.assert_array_equal(plain.customers.columns.stage_time, theirs)


def live(raw: Raw) -> Simulation:
    return simulate(from_raw(raw), customers=CUSTOMERS, events=True)


@pytest.mark.parametrize("section", [*SECTIONS, everything], ids=lambda section: section.__name__)
@given(raw=raw_scenarios(spine=True))
@settings(max_examples=15)
def test_it_changes_nothing_else(section: Callable[[Raw], None], raw: Raw) -> None:
    changed = copy.deepcopy(raw)
    section(changed)
    assume(changed != raw)
    assert_same_market(live(raw), live(changed))


def test_the_sections_really_happen() -> None:
    """What is left out above is there to be left out."""
    plain: Raw = {
        "schema_version": 1,
        "name": "Plain",
        "horizon_days": 90,
        "market": {
            "segments": [{"name": "keen", "share": 0.5}, {"name": "cool", "share": 0.5}],
        },
        "channels": [{"name": "ads", "kind": "paid", "share": 1.0, "cost_per_prospect": 1.5}],
        "journey": {
            "core_offer": {"name": "works", "price": 50, "conversion": 0.5},
            "profit_maximizers": [
                {"kind": "upsell", "name": "talk", "commitment": "time", "conversion": 0.5},
            ],
            "repeat_purchases": {
                "frequency": {"model": "poisson", "mean_days": 12},
                "spend": {"model": "fixed", "amount": 20},
                "margin": 0.5,
            },
            "return_path": [],
        },
    }
    plain["market"]["segments"][0]["awareness"] = {"problem": 0.5, "product": 0.5}
    plain["market"]["segments"][1]["awareness"] = {"problem": 0.5, "product": 0.5}
    changed = copy.deepcopy(plain)
    everything(changed)
    before, after = live(plain), live(changed)
    assert_same_market(before, after)
    told = named_events(after)
    assert set(told["kind"]) >= OWN_KINDS
    assert set(OWN_PROGRAMS) <= set(told["program"])
    assert set(OWN_STAGES) <= set(told["stage"])
    assert len(after.customers.referred.customer_id) > 5
    assert after.customers.columns.reward_cost[CUSTOMERS:].sum() > 0
