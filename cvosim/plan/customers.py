"""What happens around the offers, as tables: content, experience, loyalty, referral, aims."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.numbers import delay_fields
from cvosim.plan.plan import (
    AIM,
    CONTENT,
    ENGAGE,
    EXPERIENCE,
    NONE,
    REFERRAL,
    TIER,
    Records,
    rows,
)
from cvosim.plan.steps import RUNGS, Step, rung_of, stated
from cvosim.randomness.sites import site_id
from cvosim.scenario import Scenario

REFERRAL_CHANNEL = "referral"
"""The name of the channel through which referred people come."""


def _sites(section: str, *decisions: str) -> dict[str, int]:
    return {f"{decision}_site": site_id(f"{section}/{decision}") for decision in decisions}


def engage_tables(steps: Sequence[Step], first_decision: int) -> tuple[Records, Records]:
    """The ``engage`` row, if the stage is walked, and its pieces of ``content``."""
    engage = next((step.offer for step in steps if step.slot == "engage"), None)
    if engage is None:
        return rows(ENGAGE, []), rows(CONTENT, [])
    row = {
        "exposures": engage.exposures,
        "targeting": engage.targeting,
        "lift": engage.lift,
        **delay_fields("every", engage.every),
        **_sites("engage", "every", "targeting", "piece", "lift"),
    }
    content = [
        {
            "rung": rung_of(piece),
            "reach": piece.reach,
            "unit_cost": piece.unit_cost,
            "trust": piece.trust,
            "first_decision": first_decision + len(RUNGS) * index,
            **_sites(f"engage/{piece.name}", "reach", "accept"),
        }
        for index, piece in enumerate(engage.content)
    ]
    return rows(ENGAGE, [row]), rows(CONTENT, content)


def experience_table(scenario: Scenario) -> Records:
    """The ``experience`` row, or none."""
    experience = scenario.journey.experience
    if experience is None:
        return rows(EXPERIENCE, [])
    row: dict[str, Any] = {
        "satisfaction": experience.satisfaction.mean,
        "satisfaction_sd": experience.satisfaction.sd,
        "effort": experience.effort.mean,
        "effort_sd": experience.effort.sd,
        "trust_effect": experience.effects.trust,
        "drop_out_effect": experience.effects.drop_out,
        **delay_fields("delivery", experience.delivery),
        **_sites("experience", "delivery", "satisfaction", "effort", "ticket", "resolved"),
        **_sites("experience", "answer", "returned"),
    }
    if (ticket := experience.ticket) is not None:
        row |= {
            "ticket": ticket.probability,
            "resolved": ticket.resolved,
            "resolved_effect": ticket.resolved_effect,
            "unresolved_effect": ticket.unresolved_effect,
            **delay_fields("answer", ticket.delay),
        }
    if (returned := experience.returned) is not None:
        row |= {"returned": returned.probability, "refund": returned.refund}
    return rows(EXPERIENCE, [row])


def tier_table(scenario: Scenario) -> Records:
    """One row a tier of the loyalty program, rising."""
    loyalty = scenario.journey.loyalty
    tiers = () if loyalty is None else loyalty.tiers
    return rows(
        TIER,
        [
            {
                "threshold": tier.from_,
                "log_drop_out": math.log(tier.drop_out),
                "reward_share": tier.reward_share,
            }
            for tier in tiers
        ],
    )


def referral_table(scenario: Scenario) -> Records:
    """The ``referral`` row, or none."""
    referral = scenario.journey.referral
    if referral is None:
        return rows(REFERRAL, [])
    partner = referral.partner
    row = {
        "promoter": referral.advocates.promoter,
        "passive": referral.advocates.passive,
        "detractor": referral.advocates.detractor,
        "testimonial": referral.testimonials,
        "partner": 0.0 if partner is None else partner.probability,
        "invitations": referral.invitations.mean,
        "partner_invitations": 0.0 if partner is None else partner.invitations,
        "cap": referral.cap,
        **delay_fields("delay", referral.invitations.delay),
        **_sites("referral", "advocate", "testimonial", "partner", "invitations", "delay"),
    }
    return rows(REFERRAL, [row])


class Aims(NamedTuple):
    """The ``aims`` and ``aimed`` tables, and which row each offer and program has."""

    table: Records
    aimed: NDArray[np.uint8]
    of_offers: list[int]
    of_programs: list[int]


def aim_tables(scenario: Scenario, steps: Sequence[Step]) -> Aims:
    """Whom each aimed offer and program is for."""
    holders = [step.offer for step in steps] + list(scenario.journey.return_path)
    aims: list[Any] = []
    found = []
    for holder in holders:
        aim = stated(holder, "aim", None)
        found.append(NONE if aim is None else len(aims))
        if aim is not None:
            aims.append(aim)
    return Aims(
        rows(AIM, [_thresholds(aim) for aim in aims]),
        _aimed(scenario, aims),
        found[: len(steps)],
        found[len(steps) :],
    )


def _thresholds(aim: Any) -> dict[str, float]:
    recency = aim.max_days_since_order
    return {
        "min_orders": aim.min_orders or 0.0,
        "min_spend": aim.min_spend or 0.0,
        "max_days_since_order": math.inf if recency is None else recency,
    }


def _aimed(scenario: Scenario, aims: Sequence[Any]) -> NDArray[np.uint8]:
    """Of shape (aims, segments, channels, tiers + 1): 1 where segment, channel and tier fit."""
    segments = [segment.name for segment in scenario.market.segments]
    channels = channel_names(scenario)
    tiers = ["", *tier_names(scenario)]
    table = np.zeros((len(aims), len(segments), len(channels), len(tiers)), np.uint8)
    for row, aim in zip(table, aims, strict=True):
        fits = [
            np.array([not chosen or name in chosen for name in names])
            for names, chosen in (
                (segments, aim.segments),
                (channels, aim.channels),
                (tiers, aim.tiers),
            )
        ]
        row[:] = fits[0][:, None, None] & fits[1][:, None] & fits[2]
    return table


def channel_names(scenario: Scenario) -> list[str]:
    """The channels' names, referral last where there is any."""
    names = [channel.name for channel in scenario.channels]
    return names if scenario.journey.referral is None else [*names, REFERRAL_CHANNEL]


def tier_names(scenario: Scenario) -> list[str]:
    """The loyalty tiers' names, rising."""
    loyalty = scenario.journey.loyalty
    return [] if loyalty is None else [tier.name for tier in loyalty.tiers]
