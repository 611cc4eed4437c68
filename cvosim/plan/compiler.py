"""Compile a scenario to a plan: every table of it, and what they have in common."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from cvosim.errors import CvosimError
from cvosim.plan.customers import (
    aim_tables,
    channel_names,
    engage_tables,
    experience_table,
    referral_table,
    tier_names,
    tier_table,
)
from cvosim.plan.market import arrivals, awareness_table, kept_by_season
from cvosim.plan.numbers import cumulative, logit
from cvosim.plan.offers import offer_table, subscription_table
from cvosim.plan.plan import DECISION, WORLD, Plan, Records, RepeatModel, rows
from cvosim.plan.programs import program_table, retention_table, service_table, touch_table
from cvosim.plan.repeat import repeat_row
from cvosim.plan.shifts import shift_table
from cvosim.plan.steps import (
    Decision,
    Step,
    converts_trial,
    decisions_of,
    journey_steps,
    retention_programs,
    services_of,
)
from cvosim.randomness.sites import site_id
from cvosim.scenario import Scenario

_YEAR = 365.0
Steps = tuple[Step, ...]


def compile_plan(scenario: Scenario) -> Plan:
    """Compile a scenario to the flat arrays that the engines walk.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.

    Returns
    -------
    Plan
        A NamedTuple of contiguous arrays; `explain_plan` prints it.

    Raises
    ------
    CvosimError
        If two decision sites happen to get the same number (rename a stage then).

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> [str(name) for name in plan.stage_names][:3]
    ['lead_magnet', 'tripwire', 'core_offer']
    """
    steps = journey_steps(scenario)
    decisions = list(decisions_of(scenario, steps))
    plan = Plan(
        world=_world(scenario, steps),
        segment_cumulative=np.array(cumulative([s.share for s in scenario.market.segments])),
        awareness_cumulative=awareness_table(scenario),
        decisions=rows(DECISION, [_decision(decision) for decision in decisions]),
        shifts=shift_table(scenario, decisions),
        touches=touch_table(scenario),
        experience=experience_table(scenario),
        tiers=tier_table(scenario),
        referral=referral_table(scenario),
        **_tables_with_decisions(scenario, steps),
        **_tables_with_aims(scenario, steps),
        **_tables_with_days(scenario),
        **_all_names(scenario, steps),
    )
    _refuse_shared_sites(plan)
    return plan


def _tables_with_decisions(scenario: Scenario, steps: Steps) -> dict[str, Any]:
    """Services, retention programs, ends of trials and content, in the order of decisions."""
    services = [service for step in steps for service in services_of(scenario, step)]
    of_retention = len(steps) + len(services)
    of_trials = of_retention + len(retention_programs(scenario))
    of_content = of_trials + sum(converts_trial(step) for step in steps)
    engage, content = engage_tables(steps, of_content)
    return {
        "services": service_table(services, len(steps)),
        "retention": retention_table(scenario, of_retention),
        "subscriptions": subscription_table(steps, of_trials),
        "engage": engage,
        "content": content,
    }


def _tables_with_aims(scenario: Scenario, steps: Steps) -> dict[str, Any]:
    aims = aim_tables(scenario, steps)
    return {
        "offers": offer_table(scenario, steps, aims.of_offers),
        "programs": program_table(scenario, aims.of_programs),
        "aims": aims.table,
        "aimed": aims.aimed,
    }


def _tables_with_days(scenario: Scenario) -> dict[str, Any]:
    channels, arrival_days = arrivals(scenario)
    peak, season = kept_by_season(scenario)
    return {
        "channels": channels,
        "arrival_days": arrival_days,
        "repeat": repeat_row(scenario, peak),
        "season": season,
    }


def _all_names(scenario: Scenario, steps: Steps) -> dict[str, Any]:
    return {
        "segment_names": _names([s.name for s in scenario.market.segments]),
        "channel_names": _names(channel_names(scenario)),
        "stage_names": _names([step.key for step in steps]),
        "program_names": _names([p.name for p in scenario.journey.return_path]),
        "tier_names": _names(tier_names(scenario)),
    }


def _names(names: Sequence[str]) -> Any:
    return np.array(names, dtype="U63")


def _world(scenario: Scenario, steps: Steps) -> Records:
    journey = scenario.journey
    walked = {step.slot for step in steps}
    wins_back = any(program.kind == "win_back" for program in journey.return_path)
    looks_back = wins_back or journey.experience is not None or journey.loyalty is not None
    keeps = "engage" in walked or journey.experience is not None or journey.loyalty is not None
    row = {
        "horizon": scenario.horizon_days,
        "discount": math.log1p(scenario.economics.discount_rate) / _YEAR,
        "propensity_sd": scenario.market.propensity_sd,
        "looks_back": looks_back,
        "keeps_extras": keeps or journey.referral is not None,
        "tiers_by_orders": journey.loyalty is not None and journey.loyalty.measure == "orders",
        **{
            f"{decision}_site": site_id(f"market/{decision}")
            for decision in ("segment", "channel", "awareness", "arrival", "propensity", "reach")
        },
    }
    return rows(WORLD, [row])


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "conversion": decision.conversion,
        "logit": logit(decision.conversion),
        "trust_weight": decision.trust_weight,
        "reference_trust": decision.reference_trust,
    }


def _refuse_shared_sites(plan: Plan) -> None:
    repeat = plan.repeat[plan.repeat["model"] != RepeatModel.NONE]
    tables = (plan.world, plan.offers, plan.services, plan.subscriptions, repeat, plan.engage)
    more = (plan.content, plan.experience, plan.referral, plan.retention)
    sites: list[int] = []
    for table in (*tables, *more):
        if len(table):
            for field in _site_fields(table.dtype):
                sites += table[field].tolist()
    if len(set(sites)) < len(sites):
        raise CvosimError(
            "two decisions of this scenario share a random stream by accident; "
            "rename one of its stages or programs"
        )


@cache
def _site_fields(dtype: np.dtype[Any]) -> tuple[str, ...]:
    return tuple(name for name in dtype.names or () if name.endswith("_site"))
