"""A plan as a table that a person can read."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from cvosim.plan.plan import LOST, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution


class PlanRow(NamedTuple):
    """One decision or process of a plan.

    ``step`` is empty for the offer of the stage itself and otherwise names a program, the
    bills or the repeat purchases that belong to it. ``conversion`` is as written; people of
    average propensity really accept with a probability from ``lowest`` to ``highest``,
    depending on segment, channel and awareness, if they bring the trust of every earlier
    step.
    """

    stage: str
    step: str
    kind: str
    conversion: float | None
    lowest: float | None
    highest: float | None
    price: float | str
    cost: float | str
    when: str
    accepted: str
    declined: str


def explain_plan(plan: Plan) -> list[PlanRow]:
    """The journey row by row: what is decided, at what odds and price, and what comes next.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.

    Returns
    -------
    list of PlanRow
        In the order of the journey; what belongs to a stage follows it.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan import explain_plan
    >>> plan = compile_plan(load_scenario("carpet_cleaning_no_tripwire"))
    >>> for row in explain_plan(plan)[:3]:
    ...     print(row.stage, row.step, row.conversion, round(row.highest, 4))
    lead_magnet  0.22 0.4096
    lead_magnet display 0.2 0.3808
    core_offer  0.25 0.0242
    """
    table = []
    for stage, offer in enumerate(plan.offers):
        table.append(_offer_row(plan, stage, offer))
        first = int(offer["first_service"])
        for service in plan.services[first : first + int(offer["n_services"])]:
            table.append(_service_row(plan, stage, service))
        if offer["subscription"] >= 0:
            table.append(_subscription_row(plan, stage))
        if offer["starts_repeat"]:
            table.append(_repeat_row(plan, stage))
    return table


def _odds(plan: Plan, stage: int, decision: int) -> tuple[float, float, float]:
    """The conversion as written, and the least and greatest probability that it leads to."""
    terms = plan.decisions[decision]
    written = float(terms["conversion"])
    if not 0.0 < written < 1.0:
        return written, written, written
    trust = float(terms["trust_weight"]) * (_trust_at(plan, stage) - terms["reference_trust"])
    shifts = trust + plan.shifts[decision]
    low, high = (
        _probability(terms["logit"] + shift) if shift else written
        for shift in (float(np.min(shifts)), float(np.max(shifts)))
    )
    return written, low, high


def _probability(log_odds: float) -> float:
    e = math.exp(-abs(log_odds))
    return 1.0 / (1.0 + e) if log_odds >= 0.0 else e / (1.0 + e)


def _trust_at(plan: Plan, stage: int) -> float:
    """What the earlier steps bring, on average, to those who accepted them all."""
    return sum(
        float(offer["trust"] * (offer["consumed"] if offer["kind"] == 0 else 1.0))
        for offer in plan.offers[:stage]
    )


def _next(plan: Plan, stage: int) -> str:
    if stage >= 0:
        return str(plan.stage_names[stage])
    return "lost" if stage == LOST else "end"


def _delay(kind: int, a: float, b: float) -> str:
    names = {
        Distribution.FIXED: f"{a:g} days",
        Distribution.EXPONENTIAL: f"exponential, mean {a:g} days",
        Distribution.LOGNORMAL: f"lognormal, median {a:g} days, sigma {b:g}",
        Distribution.GAMMA: f"gamma, mean {a * b:g} days, shape {b:g}",
        Distribution.WEIBULL: f"weibull, scale {a:g} days, shape {b:g}",
        Distribution.UNIFORM: f"uniform, {a:g} to {b:g} days",
    }
    return names[Distribution(kind)]


def _offer_row(plan: Plan, stage: int, offer: Any) -> PlanRow:
    first = int(offer["first_service"])
    served = offer["n_services"] > 0
    declined = str(plan.program_names[plan.services[first]["program"]]) if served else ""
    return PlanRow(
        str(plan.stage_names[stage]),
        "",
        OfferKind(int(offer["kind"])).name.lower().replace("_", " "),
        *_odds(plan, stage, stage),
        float(offer["price"]),
        float(offer["unit_cost"]),
        _delay(int(offer["delay_kind"]), offer["delay_a"], offer["delay_b"]),
        _next(plan, int(offer["next_accept"])),
        declined or _next(plan, int(offer["after_decline"])),
    )


def _service_row(plan: Plan, stage: int, service: Any) -> PlanRow:
    program = plan.programs[service["program"]]
    kind = ProgramKind(int(program["kind"]))
    shown = kind == ProgramKind.REMARKETING
    when = {
        ProgramKind.EXIT_OFFER: "at once",
        ProgramKind.FOLLOW_UP: f"{program['n_touches']} touches",
        ProgramKind.REMARKETING: f"shown for {program['window']:g} days",
    }[kind]
    return PlanRow(
        str(plan.stage_names[stage]),
        str(plan.program_names[service["program"]]),
        kind.name.lower().replace("_", " "),
        *_odds(plan, stage, int(service["decision"])),
        float(service["price"]),
        f"{program['cost_rate']:.6g} a day" if shown else float(program["cost"]),
        when,
        "as accepted",
        "next program, or as declined",
    )


def _subscription_row(plan: Plan, stage: int) -> PlanRow:
    subscription = plan.subscriptions[plan.offers[stage]["subscription"]]
    a, b = subscription["churn_a"], subscription["churn_b"]
    churn = f"sBG({a:g}, {b:g})" if subscription["churn_kind"] else f"{a:g}"
    return PlanRow(
        str(plan.stage_names[stage]),
        "bills",
        f"churn {churn}",
        None,
        None,
        None,
        float(subscription["price"]),
        float(subscription["unit_cost"]),
        f"every {subscription['period']:g} days",
        "again",
        "cancelled",
    )


def _repeat_row(plan: Plan, stage: int) -> PlanRow:
    repeat = plan.repeat[0]
    model = RepeatModel(int(repeat["model"]))
    r, alpha, a, b = (float(repeat[field]) for field in ("r", "alpha", "a", "b"))
    parameters = {
        RepeatModel.POISSON: f"rate {r:g} a day",
        RepeatModel.BG_NBD: f"r {r:g}, alpha {alpha:g} days, a {a:g}, b {b:g}",
        RepeatModel.PARETO_NBD: f"r {r:g}, alpha {alpha:g} days, s {a:g}, beta {b:g} days",
    }[model]
    spend = [f"{repeat[field]:g}" for field in ("spend_p", "spend_q", "spend_v")]
    price = {
        Distribution.FIXED: spend[0],
        Distribution.LOGNORMAL: f"lognormal({spend[0]}, {spend[1]})",
    }.get(Distribution(int(repeat["spend_kind"])), f"gamma-gamma({', '.join(spend)})")
    return PlanRow(
        str(plan.stage_names[stage]),
        "repeat_purchases",
        model.name.lower(),
        None,
        None,
        None,
        price,
        f"{repeat['cost_share']:.6g} of the price",
        parameters,
        "again",
        "dropped out",
    )
