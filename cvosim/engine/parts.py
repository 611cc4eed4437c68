"""The part of a plan that few customers need, to be handed over as one."""

from __future__ import annotations

from typing import Any, NamedTuple

from cvosim.randomness.compiled import inlined


class Aside(NamedTuple):
    """Some tables of a plan, under their names there; a whole plan is twice as much to pass."""

    world: Any
    decisions: Any
    shifts: Any
    programs: Any
    touches: Any
    repeat: Any
    engage: Any
    content: Any
    experience: Any
    tiers: Any
    referral: Any
    retention: Any
    aims: Any
    aimed: Any
    next_accept: Any
    is_tripwire: Any
    n_stages: int


@inlined
def aside_of(plan: Any) -> Aside:
    """What of a plan the functions off the beaten track need."""
    return Aside(
        plan.world,
        plan.decisions,
        plan.shifts,
        plan.programs,
        plan.touches,
        plan.repeat,
        plan.engage,
        plan.content,
        plan.experience,
        plan.tiers,
        plan.referral,
        plan.retention,
        plan.aims,
        plan.aimed,
        plan.offers.next_accept,
        plan.offers.is_tripwire,
        len(plan.offers),
    )
