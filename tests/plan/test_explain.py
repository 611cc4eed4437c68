"""What `explain` says is what the engines do."""

from __future__ import annotations

import math

import numpy as np
import pytest

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
