"""Repeat purchases as the one row of the plan's ``repeat`` table."""

from __future__ import annotations

from typing import Any

from cvosim.plan.plan import REPEAT, Records, RepeatModel, rows
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.sites import site_id
from cvosim.scenario import Scenario

_DECISIONS = ("rate", "drop_out", "level", "gap", "stay", "life", "spend", "won", "season")


def repeat_row(scenario: Scenario, season_peak: float) -> Records:
    """The ``repeat`` table: model NONE when the journey has no repeat purchases."""
    repeat = scenario.journey.repeat_purchases
    if repeat is None:
        return rows(REPEAT, [{"model": RepeatModel.NONE}])
    row = {
        "cost_share": 1.0 - repeat.margin,
        "season_peak": season_peak,
        **_frequency(repeat.frequency),
        **_spend(repeat.spend),
        **{f"{decision}_site": site_id(f"repeat_purchases/{decision}") for decision in _DECISIONS},
    }
    return rows(REPEAT, [row])


def _frequency(frequency: Any) -> dict[str, float]:
    if frequency.model == "poisson":
        return {"model": RepeatModel.POISSON, "r": 1.0 / frequency.mean_days}
    shared = {"r": frequency.r, "alpha": frequency.alpha_days}
    if frequency.model != "pareto_nbd":
        model = RepeatModel[frequency.model.upper()]
        return {"model": model, "a": frequency.a, "b": frequency.b, **shared}
    return {
        "model": RepeatModel.PARETO_NBD,
        "a": frequency.s,
        "b": frequency.beta_days,
        **shared,
    }


def _spend(spend: Any) -> dict[str, float]:
    if spend.model == "fixed":
        return {"spend_kind": Distribution.FIXED, "spend_p": spend.amount}
    if spend.model == "lognormal":
        return {
            "spend_kind": Distribution.LOGNORMAL,
            "spend_p": spend.median,
            "spend_q": spend.sigma,
        }
    return {
        "spend_kind": Distribution.GAMMA,
        "spend_p": spend.p,
        "spend_q": spend.q,
        "spend_v": spend.v,
    }
