"""What `explain` says is what the engines do."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.whole_journey import whole_journey

from cvosim.engine.driver import run_kernel
from cvosim.plan import PlanRow, compile_plan, explain_plan
from cvosim.scenario import load_scenario
from cvosim.tables.schema import EventKind


def explained(name: str, overrides: list[str]) -> dict[tuple[str, str], PlanRow]:
    plan = compile_plan(load_scenario(name, overrides))
    return {(row.stage, row.step): row for row in explain_plan(plan)}


def test_a_dropped_tripwire_shows_in_the_odds_of_the_core_offer() -> None:
    row = explained("carpet_cleaning_no_tripwire", [])["core_offer", ""]
    assert row.conversion == 0.25
    assert row.lowest == pytest.approx(1 / (1 + math.exp(math.log(3) + 3.0)))


def test_odds_are_those_that_the_kernel_simulates() -> None:
    """One kind of people, trust certain: `lowest` = `highest` = the share that accepts."""
    overrides = [
        "market.segments=[{name: all, share: 1, fit: 0.3}]",
        "market.propensity_sd=0",
        "channels=[{name: one, kind: owned, share: 1}]",
        "journey.lead_magnet.consumed=1",
        "journey.lead_magnet.time_to_value=null",
        "journey.tripwire=null",
        "journey.return_path=[]",
    ]
    plan = compile_plan(load_scenario("carpet_cleaning", overrides))
    row = next(row for row in explain_plan(plan) if row.stage == "core_offer")
    assert row.lowest == row.highest
    assert row.lowest is not None
    count = 400_000
    run = run_kernel(plan, 5, 0, count, events=True)
    assert run.events is not None
    at_core = run.events.stage == 1
    bought = np.sum(at_core & (run.events.kind == EventKind.BOUGHT))
    offered = bought + np.sum(at_core & (run.events.kind == EventKind.DECLINED))
    # 4.5 standard errors: a false alarm in 150,000
    error = math.sqrt(row.lowest * (1 - row.lowest) / offered)
    assert abs(bought / offered - row.lowest) < 4.5 * error


def test_every_part_of_the_journey_is_listed() -> None:
    rows = explained("dating_consultant", [])
    assert ("monthly_circle", "bills") in rows
    assert ("core_offer", "repeat_purchases") in rows
    assert rows["lead_magnet", "reels"].when == "shown for 10 days"
    assert rows["weekend_retreat", ""].accepted == "end"


@pytest.fixture(scope="module")
def whole() -> dict[tuple[str, str], PlanRow]:
    plan = compile_plan(whole_journey())
    return {(row.stage, row.step): row for row in explain_plan(plan, ["beetles", "vinegar"])}


def test_content_is_listed_with_the_odds_of_every_rung(
    whole: dict[tuple[str, str], PlanRow],
) -> None:
    stage, piece = whole["engage", ""], whole["engage", "vinegar"]
    assert stage.when == "3 exposures, exponential, mean 4 days apart"
    assert (stage.accepted, stage.declined) == ("lead_magnet", "display")
    assert (piece.kind, piece.cost) == ("contrast, reaches 70 %", 0.02)
    assert piece.when == "unaware 4 %, problem 12 %, solution 30 %, product 12 %"
    assert piece.conversion == 0.3
    # fit 0.4 at the matched rung; fit 0 at the rung furthest away
    assert piece.highest == pytest.approx(1 / (1 + math.exp(math.log(7 / 3) - 0.4)))
    assert piece.lowest == 0.04
    assert whole["engage", "beetles"].accepted == "engaged, trust +0.1"
    assert whole["engage", "targeting"].conversion == 0.8
    assert whole["engage", "lift"].conversion == 0.25
    unnamed = explain_plan(compile_plan(whole_journey()))
    assert [row.step for row in unnamed if row.step.startswith("content")] == [
        "content 1",
        "content 2",
    ]


def test_commitments_of_time_and_trials(whole: dict[tuple[str, str], PlanRow]) -> None:
    attendance = whole["tripwire", "attendance"]
    assert (attendance.conversion, attendance.when) == (0.45, "3 days")
    assert (attendance.accepted, attendance.declined) == (
        "trust +2, then excite",
        "no trust, then excite",
    )
    assert whole["lead_magnet", "consumed"].conversion == 0.6
    trial = whole["care", "trial"]
    assert (trial.conversion, trial.lowest) == (0.5, pytest.approx(0.5))
    assert trial.when == "after 14 days"
    assert whole["care", "bills"].when == (
        "every 30 days, first after 14 free days, leaving possible every 12 bills, "
        "10 days before the next bill"
    )
    assert whole["partner", ""].price == 20


def test_whom_a_step_is_for(whole: dict[tuple[str, str], PlanRow]) -> None:
    aimed = whole["stain_guard", ""]
    assert aimed.only_for == "segment pet_owners, tier gold, at least 2 orders"
    # only pet owners count, whose fit is 0.4
    assert aimed.lowest == aimed.highest == pytest.approx(1 / (1 + 3 * math.exp(-0.4)))
    assert whole["lead_magnet", "display"].only_for == "channel facebook or referral"
    assert whole["repeat_purchases", "cake"].only_for == "ordered in the last 200 days"
    assert whole["core_offer", ""].only_for == ""


def test_an_aim_at_nobody_leaves_no_odds() -> None:
    plan = compile_plan(whole_journey())
    plan.aimed[:] = 0
    row = next(row for row in explain_plan(plan) if row.stage == "stain_guard")
    assert (row.only_for, row.conversion, row.lowest, row.highest) == ("nobody", 0.25, None, None)


def test_what_happens_to_customers(whole: dict[tuple[str, str], PlanRow]) -> None:
    assert whole["repeat_purchases", "we_miss_you"].when == ("180 days without an order, 2 touches")
    assert whole["repeat_purchases", "a_year"].when == "every 365 days"
    experience = {step: row for (stage, step), row in whole.items() if stage == "experience"}
    assert experience[""].when == "delivered: gamma, mean 3 days, shape 4"
    assert experience["ticket"].conversion == 0.08
    assert (experience["resolved"].accepted, experience["resolved"].declined) == (
        "satisfaction +0.3",
        "satisfaction -2.5",
    )
    assert experience["satisfaction"].accepted == (
        "each point above 7: trust +0.15, drop-out × 0.905"
    )
    assert experience["returned"].cost == "90 % of the order"
    assert whole["loyalty", ""].when == "tiers by money spent"
    assert whole["loyalty", "silver"][7:] == ("0 % of each order", "from 300", "", "", "")
    assert whole["loyalty", "gold"].accepted == "drop-out × 0.7"
    referral = {step: row for (stage, step), row in whole.items() if stage == "referral"}
    assert {"promoter", "passive", "invitations", "testimonial", "partner", "reward"} < set(
        referral
    )
    assert "detractor" not in referral, "none becomes an advocate"
    assert (referral["reward"].kind, referral["reward"].cost) == ("a friend accepts core_offer", 25)


def test_where_people_come_from(whole: dict[tuple[str, str], PlanRow]) -> None:
    facebook, instagram = whole["market", "facebook"], whole["market", "instagram"]
    assert facebook.kind == "65 % of prospects"
    assert facebook.conversion == pytest.approx(0.75)  # 27,000 / (27,000 + 9,000)
    assert facebook.cost == pytest.approx(27_000 / (0.75 * 90_000))
    assert facebook.declined == "never arrives"
    assert facebook.when.startswith("from day 0, half of them by the end of day ")
    # half of an exponential delay has passed after 5 ln 2 = 3.5 days, 99 % after 23 days
    assert (
        instagram.when == "from day 10, half of them by the end of day 13, 99 % by that of day 33"
    )
    assert (instagram.cost, instagram.conversion) == (0.6, None)
    assert whole["market", "organic"].when == "all on day 0"
    assert whole["market", "referral"].when == "when they were invited"
    assert whole["season", ""].when == "× 0.5 on day 0 to × 1.5 on day 334"


def test_what_a_scenario_lacks_is_not_listed() -> None:
    rows = explained("cdnow", [])
    assert {stage for stage, _ in rows} == {"core_offer", "market"}
    assert set(rows) == {
        *(("core_offer", step) for step in ("", "repeat_purchases")),
        *(("market", step) for step in ("", "web")),
    }


def test_odds_of_trials_and_anniversaries_are_those_that_the_kernel_simulates() -> None:
    """One kind of people who bring all the trust: lowest = highest = the share that accepts."""
    plan = compile_plan(
        whole_journey(
            "market.segments=[{name: all, share: 1, fit: 0.3}]",
            "channels=[{name: one, kind: owned, share: 1}]",
            "journey.order=[lead_magnet, tripwire, core_offer, profit_maximizers]",
            "journey.lead_magnet={name: guide, conversion: 1, trust: 0.5}",
            "journey.tripwire={name: webinar, commitment: time, conversion: 1, trust: 2}",
            "journey.core_offer.conversion=1",
            "journey.core_offer.trust=-1.5",
            "journey.profit_maximizers=[{kind: subscription, name: care, price: 19, conversion: 1, "
            "period_days: 30, trial_days: 14, trial_conversion: 0.4, trust: 0.7, "
            "reference_trust: 0.4, churn: {kind: geometric, probability: 0.2}}]",
            "journey.return_path=[{kind: anniversary, name: a_year, every_days: 400, open: 1, "
            "conversion: 0.25}]",
            "journey.repeat_purchases.after=care",
            "journey.referral=null",
            "journey.experience=null",
            "journey.loyalty=null",
            "seasonality=null",
        )
    )
    rows = {(row.stage, row.step): row for row in explain_plan(plan)}
    count = 60_000
    events = run_kernel(plan, 5, 0, count, events=True).events
    assert events is not None
    care, customers = 3, len(plan.stage_names)
    first_bills = np.sum((events.stage == care) & (events.kind == EventKind.BOUGHT))
    kept = events.stage == customers
    clicked, won = (
        np.sum(kept & (events.kind == kind)) for kind in (EventKind.CLICKED, EventKind.RECOVERED)
    )
    trial, yearly = rows["care", "trial"], rows["repeat_purchases", "a_year"]
    for row, taken, offered in ((trial, first_bills, count), (yearly, won, clicked)):
        assert row.lowest == row.highest
        assert row.lowest is not None
        assert row.lowest != row.conversion
        # 4.5 standard errors: a false alarm in 150,000
        error = math.sqrt(row.lowest * (1 - row.lowest) / offered)
        assert abs(taken / offered - row.lowest) < 4.5 * error, row


def test_excite_is_called_what_it_is(whole: dict[tuple[str, str], PlanRow]) -> None:
    assert whole["excite", ""].kind == "excite"
    assert whole["tripwire", ""].kind == "time"
