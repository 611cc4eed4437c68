"""A bound on how likely somebody ever makes a paid order, for plans that are hard to follow."""

from __future__ import annotations

import math

import numpy as np

from cvosim.plan.plan import NONE, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.theory.effects import require_forward, shifted_chance
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.people import is_open


def ever_orders_at_most(plan: Plan) -> float:
    """Bound the probability that somebody ever makes a paid order.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.

    Returns
    -------
    float
        1 where people differ in propensity or the journey goes back. Else: whoever orders for
        the first time has said yes to something paid, with a probability that whoever decides,
        on whatever way, never exceeds; decisions have independent luck, so the chance of
        none is at least the product of the chances of each no.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> ever_orders_at_most(compile_plan(load_scenario("cdnow")))
    1.0
    """
    try:
        require_forward(plan)
    except NoClosedForm:
        return 1.0
    if plan.world[0]["propensity_sd"] != 0.0:
        return 1.0
    nobody = math.prod(1.0 - _orders_at(plan, stage) for stage in range(len(plan.offers)))
    return 1.0 - nobody


def _orders_at(plan: Plan, stage: int) -> float:
    """Bound the chance of a first order that needs a yes at this stage."""
    offer = plan.offers[stage]
    repeats = offer["starts_repeat"] and plan.repeat[0]["model"] != RepeatModel.NONE
    paid = offer["kind"] in (OfferKind.MONEY, OfferKind.SUBSCRIPTION)
    if not (repeats or paid):
        return 0.0
    if offer["kind"] == OfferKind.ENGAGE:
        return 1.0
    accepts = _accepts(plan, stage)
    if offer["kind"] != OfferKind.SUBSCRIPTION or repeats:
        return accepts
    row = plan.subscriptions[int(offer["subscription"])]
    decision = int(row["trial_decision"])
    return accepts * (1.0 if decision == NONE else _highest(plan, decision))


def _accepts(plan: Plan, stage: int) -> float:
    offer = plan.offers[stage]
    first = int(offer["first_service"])
    no = 1.0 - _highest(plan, stage)
    for service in plan.services[first : first + int(offer["n_services"])]:
        program = plan.programs[int(service["program"])]
        chance = _highest(plan, int(service["decision"]))
        if program["kind"] == ProgramKind.REMARKETING:
            no *= math.exp(-float(program["click_rate"]) * float(program["window"]) * chance)
        elif program["kind"] == ProgramKind.FOLLOW_UP:
            start = int(program["first_touch"])
            opens = plan.touches["open"][start : start + int(program["n_touches"])]
            no *= float(np.prod(1.0 - opens * float(program["click"]) * chance))
        else:
            no *= 1.0 - chance
    return 1.0 - no


def _highest(plan: Plan, decision: int) -> float:
    """Compute the chance of a yes of whoever is most inclined to it, before any order."""
    row = plan.decisions[decision]
    conversion = min(max(float(row["conversion"]), 0.0), 1.0)
    if not is_open(plan, decision):
        return conversion
    weight = float(row["trust_weight"])
    trust = max(weight * sign * _most_trust(plan, sign) for sign in (-1.0, 1.0))
    shift = float(plan.shifts[decision].max()) + trust - weight * float(row["reference_trust"])
    return shifted_chance(conversion, shift)


def _most_trust(plan: Plan, sign: float) -> float:
    """Add up all trust of one sign that somebody may gather."""
    offers = float(np.maximum(sign * plan.offers["trust"], 0.0).sum())
    pieces = float(np.maximum(sign * plan.content["trust"], 0.0).max(initial=0.0))
    return offers + pieces * (int(plan.engage[0]["exposures"]) if len(plan.engage) else 0)
