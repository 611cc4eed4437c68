"""The offer formula: does this customer accept? Compiled."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from cvosim.randomness.compiled import compiled_within, inlined
from cvosim.randomness.draws import normal_quantile


@compiled_within
def _persuaded(world: Any, terms: Any, life: Any, shift: float, luck: float) -> bool:
    """Decide with the trust that the customer has right now."""
    probability: float = terms.conversion
    if 0.0 < probability < 1.0:
        if world.propensity_sd != 0.0:
            if not life.propensity_drawn:
                life.propensity = normal_quantile(life.propensity_luck)
                life.propensity_drawn = 1
            shift = shift + world.propensity_sd * life.propensity
        shift = shift + terms.trust_weight * (life.trust - terms.reference_trust)
        if shift != 0.0:
            log_odds = terms.logit + shift
            e = math.exp(-abs(log_odds))
            probability = 1.0 / (1.0 + e) if log_odds >= 0.0 else e / (1.0 + e)
    return luck < probability


@inlined
def decides(plan: Any, life: Any, decision: int, luck: float) -> bool:
    """Whether the customer accepts by the plan's row ``decision``.

    ``plan`` may be a part of it that has ``world``, ``decisions`` and ``shifts``.
    """
    # Unsigned indices: Numba need not ask whether they count from the end.
    row, channel = np.uint64(decision), np.uint64(life.channel)
    shift = plan.shifts[row, np.uint64(life.segment), channel, np.uint64(life.awareness)]
    return _persuaded(plan.world[0], plan.decisions[row], life, shift, luck)


@compiled_within
def is_aimed(aims: Any, aimed: Any, life: Any, row: int, now: float) -> bool:
    """Whether an aim, a row of the plan's ``aims``, is at this customer."""
    if aimed[row, life.segment, life.channel, life.tier] == 0:
        return False
    aim = aims[row]
    if life.orders < aim.min_orders or life.revenue < aim.min_spend:
        return False
    if aim.max_days_since_order == math.inf:
        return True
    recent: bool = life.orders > 0 and now - life.last_order <= aim.max_days_since_order
    return recent
