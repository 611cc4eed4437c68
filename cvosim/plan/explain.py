"""A plan as a table that a person can read."""

from __future__ import annotations

from typing import Any

from cvosim.plan.plan import LOST, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution

HEADER = ("stage", "kind", "conversion", "price", "cost", "delay", "accepted", "declined")


def explain_plan(plan: Plan) -> list[tuple[str, ...]]:
    """The journey row by row: what is decided, at what odds and price, and what comes next.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.

    Returns
    -------
    list of tuple of str
        The first row is the header. Conversions are those of an average customer of the
        first segment and channel with the reference trust.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan import explain_plan
    >>> for row in explain_plan(compile_plan(load_scenario("carpet_cleaning")))[:3]:
    ...     print(" | ".join(row[:4]))
    stage | kind | conversion | price
    lead_magnet | lead magnet | 0.22 | 0
      display | remarketing | 0.2 | 0
    """
    table: list[tuple[str, ...]] = [HEADER]
    for stage, offer in enumerate(plan.offers):
        table.append(_offer_row(plan, stage, offer))
        first = int(offer["first_service"])
        for service in plan.services[first : first + int(offer["n_services"])]:
            table.append(_service_row(plan, service))
        if offer["subscription"] >= 0:
            table.append(_subscription_row(plan.subscriptions[offer["subscription"]]))
        if offer["starts_repeat"]:
            table.append(_repeat_row(plan.repeat[0]))
    return table


def _number(value: float) -> str:
    return f"{value:.6g}"


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


def _offer_row(plan: Plan, stage: int, offer: Any) -> tuple[str, ...]:
    first = int(offer["first_service"])
    served = offer["n_services"] > 0
    declined = str(plan.program_names[plan.services[first]["program"]]) if served else ""
    return (
        str(plan.stage_names[stage]),
        OfferKind(int(offer["kind"])).name.lower().replace("_", " "),
        _number(plan.decisions[stage]["conversion"]),
        _number(offer["price"]),
        _number(offer["unit_cost"]),
        _delay(int(offer["delay_kind"]), offer["delay_a"], offer["delay_b"]),
        _next(plan, int(offer["next_accept"])),
        declined or _next(plan, int(offer["after_decline"])),
    )


def _service_row(plan: Plan, service: Any) -> tuple[str, ...]:
    program = plan.programs[service["program"]]
    kind = ProgramKind(int(program["kind"]))
    how = {
        ProgramKind.EXIT_OFFER: "at once",
        ProgramKind.FOLLOW_UP: f"{program['n_touches']} touches",
        ProgramKind.REMARKETING: f"shown for {program['window']:g} days",
    }[kind]
    cost = program["cost_rate"] if kind == ProgramKind.REMARKETING else program["cost"]
    unit = " a day" if kind == ProgramKind.REMARKETING else ""
    return (
        f"  {plan.program_names[service['program']]}",
        kind.name.lower().replace("_", " "),
        _number(plan.decisions[service["decision"]]["conversion"]),
        _number(service["price"]),
        _number(cost) + unit,
        how,
        "as accepted",
        "next program, or as declined",
    )


def _subscription_row(subscription: Any) -> tuple[str, ...]:
    a, b = subscription["churn_a"], subscription["churn_b"]
    churn = f"sBG({a:g}, {b:g})" if subscription["churn_kind"] else f"{a:g}"
    return (
        "  bills",
        "recurring",
        f"churn {churn}",
        _number(subscription["price"]),
        _number(subscription["unit_cost"]),
        f"every {subscription['period']:g} days",
        "again",
        "cancelled",
    )


def _repeat_row(repeat: Any) -> tuple[str, ...]:
    model = RepeatModel(int(repeat["model"]))
    r, alpha, a, b = (float(repeat[field]) for field in ("r", "alpha", "a", "b"))
    parameters = {
        RepeatModel.POISSON: f"rate {r:g} a day",
        RepeatModel.BG_NBD: f"r {r:g}, alpha {alpha:g} days, a {a:g}, b {b:g}",
        RepeatModel.PARETO_NBD: f"r {r:g}, alpha {alpha:g} days, s {a:g}, beta {b:g} days",
    }[model]
    spend = [f"{repeat[field]:g}" for field in ("spend_p", "spend_q", "spend_v")]
    kind = Distribution(int(repeat["spend_kind"]))
    price = {
        Distribution.FIXED: spend[0],
        Distribution.LOGNORMAL: f"lognormal({spend[0]}, {spend[1]})",
    }.get(kind, f"gamma-gamma({', '.join(spend)})")
    return (
        "  repeat_purchases",
        model.name.lower(),
        parameters,
        price,
        f"{repeat['cost_share']:.6g} of the price",
        "",
        "again",
        "dropped out",
    )
