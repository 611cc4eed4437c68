"""What a plan has that mathematics has no answer to, and the words for it.

Feedback loops: orders make tiers and satisfaction, these make drop-out and trust, and those
make orders. Where a loop is idle (no multiplier, no doubt about the score) it is no obstacle.
"""

from __future__ import annotations

import numpy as np

from cvosim.plan.plan import ChurnKind, Plan, RepeatModel

NEUTRAL = 7.0
"""The satisfaction at which nothing changes (MODEL: per point above 7)."""


def certain_score(plan: Plan) -> float | None:
    """Give the satisfaction that every survey finds, or None if surveys differ.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> certain_score(compile_plan(load_scenario("carpet_cleaning"))) is None  # no surveys
    True
    """
    if not len(plan.experience):
        return None
    row = plan.experience[0]
    effects = set()
    if row["ticket"] < 1.0:
        effects.add(0.0)
    if row["ticket"] > 0.0 and row["resolved"] > 0.0:
        effects.add(float(row["resolved_effect"]))
    if row["ticket"] > 0.0 and row["resolved"] < 1.0:
        effects.add(float(row["unresolved_effect"]))
    scores = {min(max(float(row["satisfaction"]) + effect, 0.0), 10.0) for effect in effects}
    if row["satisfaction_sd"] != 0.0 or len(scores) != 1:
        return None
    return scores.pop()


def trust_feedback(plan: Plan) -> bool:
    """Whether surveys change trust."""
    moves = len(plan.experience) and plan.experience[0]["trust_effect"] != 0.0
    return bool(moves) and certain_score(plan) != NEUTRAL


def drop_out_feedback(plan: Plan) -> str | None:
    """Say what multiplies drop-out, or None if nothing does."""
    if np.any(plan.tiers["log_drop_out"] != 0.0):
        return "loyalty tiers multiply drop-out, and orders make tiers"
    moves = len(plan.experience) and plan.experience[0]["drop_out_effect"] != 0.0
    if moves and certain_score(plan) != NEUTRAL:
        return "satisfaction multiplies drop-out"
    return None


def repeat_drops_out(plan: Plan) -> bool:
    """Whether repeat buyers may stop."""
    return int(plan.repeat[0]["model"]) not in (RepeatModel.NONE, RepeatModel.POISSON)


def subscriber_drops_out(subscription: np.void) -> bool:
    """Whether a multiplier of drop-out would change anything for these subscribers."""
    if subscription["max_cycles"] == 1:
        return False
    if subscription["churn_kind"] == ChurnKind.SBG:
        return True
    return bool(0.0 < subscription["churn_a"] < 1.0)


def tier_rewards(plan: Plan) -> str | None:
    """Say why reward costs are out of reach, or None if there are none."""
    if np.any(plan.tiers["reward_share"] > 0.0):
        return "rewards depend on the tier held, and orders make tiers"
    return None


def retention_acts(plan: Plan) -> str | None:
    """Say why a win-back, anniversary or birthday program is in the way, or None."""
    for row in plan.retention:
        if plan.programs[int(row["program"])]["n_touches"] > 0:
            name = plan.program_names[int(row["program"])]
            return f"{name} touches customers, and what it wins back starts drop-out anew"
    return None


def retention_unsubscribes(plan: Plan) -> bool:
    """Whether such a program may make customers unsubscribe."""
    programs = plan.programs[plan.retention["program"]]
    return bool(np.any((programs["unsubscribe"] > 0.0) & (programs["n_touches"] > 0)))
