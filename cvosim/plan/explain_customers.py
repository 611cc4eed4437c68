"""What happens to customers after their orders, as rows of the explained plan."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cvosim.plan.explain_words import (
    PlanRow,
    aim_words,
    any_of,
    delay_of,
    factor_words,
    gained_trust,
    odds,
    program_words,
    share_words,
    some,
    takes_time,
    trust_at,
)
from cvosim.plan.plan import Plan, ProgramKind
from cvosim.plan.steps import REPEAT_PURCHASES

EACH_ORDER = "after each order"


def retention_rows(plan: Plan, stage: int) -> Iterator[PlanRow]:
    """The programs for customers who buy again and again since ``stage``."""
    trust = trust_at(plan, stage) + gained_trust(plan.offers[stage])
    for retention in plan.retention:
        row = int(retention["program"])
        program = plan.programs[row]
        aim = int(program["aim"])
        yield PlanRow(
            REPEAT_PURCHASES,
            str(plan.program_names[row]),
            program_words(plan, row),
            *odds(plan, int(retention["decision"]), trust, aim),
            "as a repeat order",
            float(program["cost"]),
            retention_when(plan, retention),
            "an order; active again",
            "as before",
            aim_words(plan, aim),
        )


def retention_when(plan: Plan, retention: Any) -> str:
    """When a program for customers speaks to them."""
    after = some(float(retention["after"]), "day")
    if retention["kind"] == ProgramKind.WIN_BACK:
        touches = int(plan.programs["n_touches"][retention["program"]])
        return f"{after} without an order, {some(touches, 'touch')}"
    return f"every {after}"


def customer_rows(plan: Plan) -> list[PlanRow]:
    """Experience, loyalty and referral, as far as the plan has them."""
    table = [row for experience in plan.experience for row in _experience(experience)]
    table += _loyalty(plan)
    return table + [row for referral in plan.referral for row in _referral(plan, referral)]


def _experience(experience: Any) -> Iterator[PlanRow]:
    name = "experience"
    delivery = delay_of(experience, "delivery") if takes_time(experience, "delivery") else "at once"
    yield PlanRow(name, "", EACH_ORDER, when=f"delivered: {delivery}")
    if experience["ticket"] > 0.0:
        yield _ticket(name, experience)
        yield _answer(name, experience)
    effects = []
    if experience["trust_effect"]:
        effects.append(f"trust {experience['trust_effect']:+g}")
    if experience["drop_out_effect"]:
        effects.append(f"drop-out {factor_words(experience['drop_out_effect'])}")
    yield PlanRow(
        name,
        "satisfaction",
        f"{_spread(experience, 'satisfaction')} of 10",
        accepted=f"each point above 7: {', '.join(effects)}" if effects else "",
    )
    yield PlanRow(name, "effort", f"{_spread(experience, 'effort')} of 7")
    if experience["returned"] > 0.0:
        yield PlanRow(
            name,
            "returned",
            EACH_ORDER,
            float(experience["returned"]),
            cost=f"{share_words(experience['refund'])} of the order",
            accepted="refunded",
        )


def _spread(experience: Any, field: str) -> str:
    sd = float(experience[f"{field}_sd"])
    return f"mean {experience[field]:g}{f', sd {sd:g}' if sd else ''}"


def _ticket(name: str, experience: Any) -> PlanRow:
    return PlanRow(
        name,
        "ticket",
        EACH_ORDER,
        float(experience["ticket"]),
        when=f"answered: {delay_of(experience, 'answer')}",
        accepted="resolved or not",
    )


def _answer(name: str, experience: Any) -> PlanRow:
    better, worse = (experience[f"{way}_effect"] for way in ("resolved", "unresolved"))
    return PlanRow(
        name,
        "resolved",
        "each ticket",
        float(experience["resolved"]),
        accepted=f"satisfaction {better:+g}" if better else "",
        declined=f"satisfaction {worse:+g}" if worse else "",
    )


def _loyalty(plan: Plan) -> Iterator[PlanRow]:
    if not len(plan.tiers):
        return
    unit = "orders" if plan.world["tiers_by_orders"][0] else "money spent"
    yield PlanRow("loyalty", "", EACH_ORDER, when=f"tiers by {unit}")
    for name, tier in zip(plan.tier_names.tolist(), plan.tiers, strict=True):
        yield PlanRow(
            "loyalty",
            str(name),
            "tier",
            cost=f"{share_words(tier['reward_share'])} of each order",
            when=f"from {tier['threshold']:g}",
            accepted=f"drop-out {factor_words(tier['log_drop_out'])}"
            if tier["log_drop_out"]
            else "",
        )


def _referral(plan: Plan, referral: Any) -> Iterator[PlanRow]:
    name, cap = "referral", f"at most {referral['cap']:g} referred people a prospect"
    yield PlanRow(name, "", "after the first survey", when=cap)
    for group in ("promoter", "passive", "detractor"):
        if referral[group] > 0.0:
            does = "becomes an advocate"
            yield PlanRow(name, group, does, float(referral[group]), accepted="invites")
    yield PlanRow(
        name,
        "invitations",
        f"mean {referral['invitations']:g} by an advocate",
        when=delay_of(referral, "delay"),
        accepted=f"friends reach {plan.stage_names[0]}",
    )
    if referral["testimonial"] > 0.0:
        yield PlanRow(name, "testimonial", "of advocates", float(referral["testimonial"]))
    if referral["partner"] > 0.0:
        invites = f"invites {referral['partner_invitations']:g} on average"
        does = "advocate is certified"
        yield PlanRow(name, "partner", does, float(referral["partner"]), accepted=invites)
    rewarded = plan.offers["referral_reward"] > 0.0
    if rewarded.any():
        stages = [str(stage) for stage in plan.stage_names[rewarded]]
        cost = float(plan.offers["referral_reward"][rewarded][0])
        yield PlanRow(name, "reward", f"a friend accepts {any_of(stages)}", cost=cost)


def advocate_words(referral: Any) -> list[str]:
    """Which share of which customers become advocates."""
    return [
        f"{share_words(referral[group])} of {group}s"
        for group in ("promoter", "passive", "detractor")
        if referral[group] > 0.0
    ]
