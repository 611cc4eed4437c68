"""Whether every decision of a plan is as likely as its conversion says, whoever decides."""

from __future__ import annotations

import numpy as np

from cvosim.plan.plan import OfferKind, Plan
from cvosim.randomness.distributions import Distribution
from cvosim.theory.errors import NoClosedForm

_NOTHING = 1e-12
_MOST_LEVELS = 256

Levels = frozenset[float]


def require_zero_effects(plan: Plan) -> None:
    """Raise `NoClosedForm` unless every decision's probability is exactly its conversion.

    Conversions of 0 and 1 stay what they are under any effect. Trust is harmless where it
    has no weight, or is for certain the trust at which the conversion was observed.

    Raises
    ------
    NoClosedForm
        Naming the first effect that is in the way.
    """
    trust = _trust_levels(plan)
    for stage, offer in enumerate(plan.offers):
        if trust[stage] is not None and not trust[stage]:
            continue  # nobody comes here
        first = int(offer["first_service"])
        services = plan.services[first : first + int(offer["n_services"])]
        for decision in (stage, *(int(d) for d in services["decision"])):
            _require_plain(plan, decision, stage, trust[stage])
    _require_forward(plan)


def _require_plain(plan: Plan, decision: int, stage: int, trust: Levels | None) -> None:
    terms = plan.decisions[decision]
    if not 0.0 < terms["conversion"] < 1.0:
        return
    name = plan.stage_names[stage]
    if plan.world[0]["propensity_sd"] != 0.0:
        raise NoClosedForm(f"decisions on {name} vary from customer to customer: propensity_sd")
    if np.any(plan.shifts[decision] != 0.0):
        raise NoClosedForm(
            f"decisions on {name} depend on segment, channel, awareness or price: set fit, "
            "trust, effects, by_awareness and price_sensitivity to 0"
        )
    if terms["trust_weight"] == 0.0:
        return
    reference = float(terms["reference_trust"])
    if trust is None or any(abs(level - reference) > _NOTHING for level in trust):
        raise NoClosedForm(
            f"decisions on {name} depend on the trust gathered before: set trust_weight to 0"
        )


def _trust_levels(plan: Plan) -> list[Levels | None]:
    """List the trust that a customer may have at each stage; None when nobody can tell."""
    levels: list[Levels | None] = [frozenset() for _ in plan.offers]
    if levels:
        levels[0] = frozenset([0.0])
    for stage, offer in enumerate(plan.offers):
        here = levels[stage]
        for target, gains in (
            (int(offer["next_accept"]), _gains(offer)),
            (int(offer["after_decline"]), (0.0,)),
        ):
            if target <= stage:
                continue
            there = levels[target]
            if here is None or there is None or (here and gains is None):
                levels[target] = None
            elif gains is not None:
                levels[target] = there | {level + gain for level in here for gain in gains}
            found = levels[target]
            if found is not None and len(found) > _MOST_LEVELS:
                levels[target] = None
    return levels


def _gains(offer: np.void) -> tuple[float, ...] | None:
    """List what accepting may add to trust before the next decision; None: nobody can tell."""
    trust = float(offer["trust"])
    if offer["kind"] != OfferKind.LEAD_MAGNET:
        return (trust,)
    if trust == 0.0 or offer["consumed"] <= 0.0:
        return (0.0,)
    at_once = offer["consumption_kind"] == Distribution.FIXED and offer["consumption_a"] == 0.0
    if offer["consumed"] >= 1.0 and at_once:
        return (trust,)
    return None


def _require_forward(plan: Plan) -> None:
    for stage, offer in enumerate(plan.offers):
        for target in (int(offer["next_accept"]), int(offer["after_decline"])):
            if 0 <= target <= stage:
                raise NoClosedForm(f"the journey goes back at {plan.stage_names[stage]}")
