"""A plan as a table that a person can read."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cvosim.plan.explain_customers import customer_rows, retention_rows
from cvosim.plan.explain_market import market_rows
from cvosim.plan.explain_words import (
    STYLES,
    PlanRow,
    aim_words,
    delay_of,
    gained_trust,
    next_words,
    odds,
    odds_of_piece,
    program_words,
    share_words,
    some,
    takes_time,
    trust_at,
)
from cvosim.plan.plan import NONE, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.plan.steps import RUNGS
from cvosim.randomness.distributions import Distribution

EXCITE = "excite"
"""Key of the stage, which is its kind, too."""


def explain_plan(plan: Plan, pieces: Sequence[str] = ()) -> list[PlanRow]:
    """The journey row by row: what is decided, at what odds and price, and what comes next.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    pieces : sequence of str, optional
        Names of the pieces of content in their order, which a plan does not hold; left out:
        ``content 1``, ``content 2`` and so on.

    Returns
    -------
    list of PlanRow
        In the order of the journey, what belongs to a stage behind it; then what happens to
        customers after every order; then the market.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> from cvosim.plan import explain_plan
    >>> plan = compile_plan(load_scenario("carpet_cleaning_no_tripwire"))
    >>> for row in explain_plan(plan)[:4]:
    ...     print(row.stage, row.step, row.conversion, row.highest and round(row.highest, 4))
    lead_magnet  0.22 0.4096
    lead_magnet display 0.2 0.3808
    lead_magnet consumed 0.6 None
    core_offer  0.25 0.0242
    """
    table: list[PlanRow] = []
    for stage, offer in enumerate(plan.offers):
        if offer["kind"] == OfferKind.ENGAGE:
            table += _engage_rows(plan, stage, offer, pieces)
        else:
            table.append(_offer_row(plan, stage, offer))
        first = int(offer["first_service"])
        for service in plan.services[first : first + int(offer["n_services"])]:
            table.append(_service_row(plan, stage, service))
        table += _later_rows(plan, stage, offer)
        if offer["subscription"] >= 0:
            table += _subscription_rows(plan, stage, offer)
        if offer["starts_repeat"]:
            table.append(_repeat_row(plan, stage))
            table += retention_rows(plan, stage)
    return table + customer_rows(plan) + market_rows(plan)


def _declined(plan: Plan, offer: Any) -> str:
    """The first program that serves the stage, or where a no leads."""
    if offer["n_services"] > 0:
        return str(plan.program_names[plan.services["program"][offer["first_service"]]])
    return next_words(plan, int(offer["after_decline"]))


def _offer_row(plan: Plan, stage: int, offer: Any) -> PlanRow:
    aim, name = int(offer["aim"]), str(plan.stage_names[stage])
    # a plan knows excite as something that takes time, which says little to who wrote it
    kind = EXCITE if name == EXCITE else OfferKind(int(offer["kind"])).name.lower()
    return PlanRow(
        name,
        "",
        kind.replace("_", " "),
        *odds(plan, stage, trust_at(plan, stage), aim),
        float(offer["price"]),
        float(offer["unit_cost"]),
        delay_of(offer, "delay"),
        next_words(plan, int(offer["next_accept"])),
        _declined(plan, offer),
        aim_words(plan, aim),
    )


def _engage_rows(plan: Plan, stage: int, offer: Any, pieces: Sequence[str]) -> Iterator[PlanRow]:
    """The stage, what is shown to whom, and each piece at the odds of every rung."""
    engage = plan.engage[0]
    name, count = str(plan.stage_names[stage]), int(engage["exposures"])
    gap = f", {delay_of(engage, 'every')} apart" if count > 1 else ""
    yield PlanRow(
        name,
        "",
        "engage",
        cost=0.0,
        when=f"{some(count, 'exposure')}{gap}",
        accepted=next_words(plan, int(offer["next_accept"])),
        declined=_declined(plan, offer),
        only_for=aim_words(plan, int(offer["aim"])),
    )
    if engage["targeting"] < 1.0:
        shown = ("a piece that suits", "any piece")
        yield _chance(name, "targeting", "suits the rung", engage["targeting"], *shown)
    for index, piece in enumerate(plan.content):
        called = str(pieces[index]) if index < len(pieces) else f"content {index + 1}"
        yield _piece_row(plan, stage, piece, called)
    if engage["lift"] > 0.0:
        lifted = ("one rung more aware", "")
        yield _chance(name, "lift", "each time that it engages", engage["lift"], *lifted)


def _chance(
    stage: str, step: str, kind: str, chance: float, accepted: str, declined: str
) -> PlanRow:
    """A plain chance, the same for everybody."""
    return PlanRow(stage, step, kind, float(chance), accepted=accepted, declined=declined)


def _piece_row(plan: Plan, stage: int, piece: Any, called: str) -> PlanRow:
    first = int(piece["first_decision"])
    by_rung = (
        f"{rung} {share_words(plan.decisions['conversion'][row])}"
        for row, rung in enumerate(RUNGS, first)
    )
    trust = f", trust {piece['trust']:+g}" if piece["trust"] else ""
    reach = f", reaches {share_words(piece['reach'])}" if piece["reach"] < 1.0 else ""
    return PlanRow(
        str(plan.stage_names[stage]),
        called,
        f"{STYLES[int(piece['rung'])]}{reach}",
        *odds_of_piece(plan, piece, trust_at(plan, stage), int(plan.offers["aim"][stage])),
        cost=float(piece["unit_cost"]),
        when=", ".join(by_rung),
        accepted=f"engaged{trust}",
        declined="next exposure",
    )


def _service_row(plan: Plan, stage: int, service: Any) -> PlanRow:
    program = plan.programs[service["program"]]
    kind = ProgramKind(int(program["kind"]))
    shown = kind == ProgramKind.REMARKETING
    when = {
        ProgramKind.EXIT_OFFER: "at once",
        ProgramKind.FOLLOW_UP: some(int(program["n_touches"]), "touch"),
        ProgramKind.REMARKETING: f"shown for {program['window']:g} days",
    }[kind]
    aim = int(program["aim"])
    return PlanRow(
        str(plan.stage_names[stage]),
        str(plan.program_names[service["program"]]),
        program_words(plan, int(service["program"])),
        *odds(plan, int(service["decision"]), trust_at(plan, stage), aim),
        float(service["price"]),
        f"{program['cost_rate']:.6g} a day" if shown else float(program["cost"]),
        when,
        "as accepted",
        "next program, or as declined",
        aim_words(plan, aim),
    )


def _later_rows(plan: Plan, stage: int, offer: Any) -> Iterator[PlanRow]:
    """What a lead magnet or a commitment of time brings only to those who consume or attend."""
    attended = bool(offer["attended"])
    consumed = offer["kind"] == OfferKind.LEAD_MAGNET and offer["trust"] != 0.0
    waits = takes_time(offer, "consumption")
    if not attended and not (consumed and (offer["consumed"] < 1.0 or waits)):
        return
    then = f", then {next_words(plan, int(offer['next_accept']))}" if attended else ""
    yield PlanRow(
        str(plan.stage_names[stage]),
        "attendance" if attended else "consumed",
        "keeps the appointment" if attended else "reads or uses it",
        float(offer["consumed"]),
        when=delay_of(offer, "consumption"),
        accepted=f"trust {offer['trust']:+g}{then}",
        declined=f"no trust{then}",
    )


def _subscription_rows(plan: Plan, stage: int, offer: Any) -> Iterator[PlanRow]:
    """The end of the trial, where it is a decision, and the bills."""
    subscription = plan.subscriptions[offer["subscription"]]
    name, trial = str(plan.stage_names[stage]), float(subscription["trial"])
    if subscription["trial_decision"] != NONE:
        trust = trust_at(plan, stage) + gained_trust(offer)
        yield PlanRow(
            name,
            "trial",
            "end of the free trial",
            *odds(plan, int(subscription["trial_decision"]), trust, int(offer["aim"])),
            when=f"after {some(trial, 'day')}",
            accepted="first bill",
            declined="cancelled",
        )
    a, b = subscription["churn_a"], subscription["churn_b"]
    churn = f"sBG({a:g}, {b:g})" if subscription["churn_kind"] else f"{a:g}"
    yield PlanRow(
        name,
        "bills",
        f"churn {churn}",
        price=float(subscription["price"]),
        cost=float(subscription["unit_cost"]),
        when=_terms(subscription, trial),
        accepted="again",
        declined="cancelled",
    )


def _terms(subscription: Any, trial: float) -> str:
    """When bills come and when one may leave."""
    parts = [f"every {subscription['period']:g} days"]
    if trial > 0.0:
        parts.append(f"first after {some(trial, 'free day')}")
    if subscription["contract"] > 1:
        parts.append(f"leaving possible every {some(int(subscription['contract']), 'bill')}")
    if subscription["notice"] > 0.0:
        parts.append(f"{some(subscription['notice'], 'day')} before the next bill")
    return ", ".join(parts)


def _repeat_row(plan: Plan, stage: int) -> PlanRow:
    repeat = plan.repeat[0]
    model = RepeatModel(int(repeat["model"]))
    r, alpha, a, b = (float(repeat[field]) for field in ("r", "alpha", "a", "b"))
    beta_drop_out = f"r {r:g}, alpha {alpha:g} days, a {a:g}, b {b:g}"
    parameters = {
        RepeatModel.POISSON: f"rate {r:g} a day",
        RepeatModel.BG_NBD: beta_drop_out,
        RepeatModel.MBG_NBD: beta_drop_out,
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
        price=price,
        cost=f"{repeat['cost_share']:.6g} of the price",
        when=parameters,
        accepted="again",
        declined="" if model == RepeatModel.POISSON else "dropped out",
    )


__all__ = ["PlanRow", "explain_plan"]
