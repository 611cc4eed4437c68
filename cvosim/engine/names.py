"""The names in a plan, in the form that tables keep."""

from __future__ import annotations

from cvosim.plan.plan import Plan
from cvosim.tables.columns import Names


def names_of(plan: Plan) -> Names:
    """What the codes in the tables of a run of ``plan`` stand for."""
    stages = tuple(str(name) for name in plan.stage_names)
    return Names(
        segments=tuple(str(name) for name in plan.segment_names),
        channels=tuple(str(name) for name in plan.channel_names),
        stages=stages,
        programs=tuple(str(name) for name in plan.program_names),
        subscriptions=tuple(stages[row] for row in plan.subscriptions["stage"]),
        tiers=tuple(str(name) for name in plan.tier_names),
        extras=bool(plan.world["keeps_extras"][0]),
        experience=len(plan.experience) > 0,
    )
