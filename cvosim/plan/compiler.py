"""Compile a scenario to a plan: one small function per table of the plan."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np

from cvosim.errors import CvosimError
from cvosim.plan.numbers import cumulative, delay_fields, logit, two_parameters
from cvosim.plan.plan import (
    CHANNEL,
    DECISION,
    END,
    LOST,
    NONE,
    OFFER,
    PROGRAM,
    SERVICE,
    SUBSCRIPTION,
    TOUCH,
    WORLD,
    ChurnKind,
    OfferKind,
    Plan,
    ProgramKind,
    Records,
    RepeatModel,
    rows,
)
from cvosim.plan.repeat import repeat_row
from cvosim.plan.shifts import Decision, shift_table
from cvosim.randomness.distributions import Distribution
from cvosim.randomness.sites import site_id
from cvosim.scenario import Scenario

_UNLIMITED = 2**31 - 1
_YEAR = 365.0


class Step(NamedTuple):
    """One offer of the journey: its key in tables and metrics, its slot and its model."""

    key: str
    slot: str
    offer: Any
    required: bool

    @property
    def site_prefix(self) -> str:
        """What the names of this offer's decision sites begin with."""
        return f"{self.slot}/{self.offer.name}"


def journey_steps(scenario: Scenario) -> tuple[Step, ...]:
    """The offers of a journey in the order in which a customer meets them."""
    journey = scenario.journey
    required = [
        Step(slot, slot, offer, True)
        for slot in ("lead_magnet", "tripwire", "core_offer")
        if (offer := getattr(journey, slot)) is not None
    ]
    optional = [Step(offer.name, offer.kind, offer, False) for offer in journey.profit_maximizers]
    return tuple(required + optional)


class _Service(NamedTuple):
    program: Any
    row: int
    step: Step


def _services(scenario: Scenario, step: Step) -> list[_Service]:
    if step.offer.on_decline in ("continue", "exit"):
        return []
    return [
        _Service(program, row, step)
        for row, program in enumerate(scenario.journey.return_path)
        if step.key in program.at
    ]


def compile_plan(scenario: Scenario) -> Plan:
    """Compile a scenario to the flat arrays that the engines walk.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.

    Returns
    -------
    Plan
        A NamedTuple of contiguous arrays; `explain_plan` prints it.

    Raises
    ------
    CvosimError
        If two decision sites happen to get the same number (rename a stage then).

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> [str(name) for name in plan.stage_names][:3]
    ['lead_magnet', 'tripwire', 'core_offer']
    """
    steps = journey_steps(scenario)
    services = [service for step in steps for service in _services(scenario, step)]
    plan = Plan(
        world=_world(scenario),
        segment_cumulative=np.array(cumulative([s.share for s in scenario.market.segments])),
        awareness_cumulative=np.array([_rungs(s.awareness) for s in scenario.market.segments]),
        channels=_channels(scenario),
        offers=_offers(scenario, steps),
        decisions=rows(DECISION, [_decision(d) for d in _decisions(steps, services)]),
        shifts=shift_table(scenario, list(_decisions(steps, services))),
        services=rows(SERVICE, [_service(s, len(steps) + i) for i, s in enumerate(services)]),
        programs=_programs(scenario),
        touches=rows(TOUCH, [t for p in scenario.journey.return_path for t in _touches(p)]),
        subscriptions=_subscriptions(steps),
        repeat=repeat_row(scenario),
        segment_names=_names([s.name for s in scenario.market.segments]),
        channel_names=_names([c.name for c in scenario.channels]),
        stage_names=_names([step.key for step in steps]),
        program_names=_names([p.name for p in scenario.journey.return_path]),
    )
    _refuse_shared_sites(plan)
    return plan


def _names(names: list[str]) -> Any:
    return np.array(names, dtype="U63")


def _rungs(awareness: Any) -> list[float]:
    return cumulative([awareness.unaware, awareness.problem, awareness.solution, awareness.product])


def _world(scenario: Scenario) -> Records:
    return rows(
        WORLD,
        [
            {
                "horizon": scenario.horizon_days,
                "discount": math.log1p(scenario.economics.discount_rate) / _YEAR,
                "propensity_sd": scenario.market.propensity_sd,
                "segment_site": site_id("market/segment"),
                "channel_site": site_id("market/channel"),
                "awareness_site": site_id("market/awareness"),
                "arrival_site": site_id("market/arrival"),
                "propensity_site": site_id("market/propensity"),
            }
        ],
    )


def _channels(scenario: Scenario) -> Records:
    shares = cumulative([channel.share for channel in scenario.channels])
    table = []
    for share, channel in zip(shares, scenario.channels, strict=True):
        kind, a, b = two_parameters(None)
        if channel.arrivals is not None:
            kind, a, b = int(Distribution.UNIFORM), 0.0, channel.arrivals.over_days
        table.append(
            {
                "cumulative_share": share,
                "cost": channel.cost_per_prospect,
                "arrival_kind": kind,
                "arrival_a": a,
                "arrival_b": b,
            }
        )
    return rows(CHANNEL, table)


def _offers(scenario: Scenario, steps: tuple[Step, ...]) -> Records:
    table = []
    first_service = n_subscriptions = 0
    for index, step in enumerate(steps):
        row = _offer(step)
        following = index + 1 if index + 1 < len(steps) else END
        n_services = len(_services(scenario, step))
        is_subscription = row["kind"] == OfferKind.SUBSCRIPTION
        repeat = scenario.journey.repeat_purchases
        row |= {
            "first_service": first_service,
            "n_services": n_services,
            "next_accept": following,
            "after_decline": _after_decline(step, following),
            "subscription": n_subscriptions if is_subscription else NONE,
            "starts_repeat": repeat is not None and repeat.after == step.key,
        }
        first_service += n_services
        n_subscriptions += is_subscription
        table.append(row)
    return rows(OFFER, table)


def _after_decline(step: Step, following: int) -> int:
    if step.offer.on_decline == "exit":
        return LOST
    if step.offer.on_decline == "continue" or not step.required:
        return following
    return LOST


def _kind(step: Step) -> OfferKind:
    if step.slot == "lead_magnet":
        return OfferKind.LEAD_MAGNET
    if step.slot == "subscription":
        return OfferKind.SUBSCRIPTION
    return OfferKind.TIME if step.offer.commitment == "time" else OfferKind.MONEY


def _revenue(offer: Any, price: float) -> float:
    commission = getattr(offer, "commission", None)
    return price if commission is None else price * float(commission)


def _price(offer: Any) -> float:
    return float(getattr(offer, "price", 0.0))


def _offer(step: Step) -> dict[str, Any]:
    offer, prefix = step.offer, step.site_prefix
    is_magnet = step.slot == "lead_magnet"
    return {
        "kind": _kind(step),
        "is_tripwire": step.slot == "tripwire",
        "price": _revenue(offer, _price(offer)),
        "unit_cost": offer.unit_cost,
        "trust": offer.trust,
        "accept_site": site_id(f"{prefix}/accept"),
        "delay_site": site_id(f"{prefix}/delay"),
        "consumed": offer.consumed if is_magnet else 0.0,
        "consumed_site": site_id(f"{prefix}/consumed"),
        "consumption_site": site_id(f"{prefix}/consumption"),
        **delay_fields("delay", offer.delay),
        **delay_fields("consumption", offer.time_to_value if is_magnet else None),
    }


def _decisions(steps: tuple[Step, ...], services: list[_Service]) -> Iterator[Decision]:
    for step in steps:
        yield Decision(step.key, step.offer, step.offer.conversion, _price(step.offer))
    for program, _, step in services:
        price = _price(step.offer) * (1.0 - getattr(program, "discount", 0.0))
        yield Decision(step.key, step.offer, program.conversion, price)


def _decision(decision: Decision) -> dict[str, Any]:
    return {
        "conversion": decision.conversion,
        "logit": logit(decision.conversion),
        "trust_weight": decision.offer.trust_weight,
        "reference_trust": decision.offer.reference_trust,
    }


def _service(service: _Service, decision: int) -> dict[str, Any]:
    program, row, step = service
    prefix = f"{program.kind}/{program.name}/{step.key}"
    price = _price(step.offer) * (1.0 - getattr(program, "discount", 0.0))
    return {
        "program": row,
        "decision": decision,
        "price": _revenue(step.offer, price),
        "accept_site": site_id(f"{prefix}/accept"),
        "open_site": site_id(f"{prefix}/open"),
        "click_site": site_id(f"{prefix}/click"),
        "unsubscribe_site": site_id(f"{prefix}/unsubscribe"),
    }


def _programs(scenario: Scenario) -> Records:
    table = []
    first_touch = 0
    for program in scenario.journey.return_path:
        row: dict[str, Any] = {"kind": ProgramKind[program.kind.upper()]}
        if program.kind == "remarketing":
            per_day = program.impressions_per_day
            window = program.window_days
            if program.frequency_cap is not None and per_day > 0.0:
                window = min(window, program.frequency_cap / per_day)
            row |= {
                "window": window,
                "click_rate": per_day * program.click,
                "cost_rate": program.cpm / 1000.0 * per_day,
            }
        else:
            row |= {"cost": program.cost}
        if program.kind == "follow_up":
            row |= {
                "click": program.click,
                "unsubscribe": program.unsubscribe,
                "first_touch": first_touch,
                "n_touches": len(program.days),
            }
            first_touch += len(program.days)
        table.append(row)
    return rows(PROGRAM, table)


def _touches(program: Any) -> Iterator[dict[str, float]]:
    if program.kind != "follow_up":
        return
    before, opened = 0.0, float(program.open)
    for day in program.days:
        yield {"gap": day - before, "open": opened}
        before, opened = day, opened * program.fatigue


def _subscriptions(steps: tuple[Step, ...]) -> Records:
    table = []
    for index, step in enumerate(steps):
        if step.slot != "subscription":
            continue
        offer, churn = step.offer, step.offer.churn
        is_sbg = churn.kind == "sbg"
        table.append(
            {
                "stage": index,
                "price": offer.price,
                "unit_cost": offer.unit_cost,
                "period": offer.period_days,
                "trial": offer.trial_days,
                "max_cycles": offer.max_cycles or _UNLIMITED,
                "churn_kind": ChurnKind.SBG if is_sbg else ChurnKind.GEOMETRIC,
                "churn_a": churn.alpha if is_sbg else churn.probability,
                "churn_b": churn.beta if is_sbg else 0.0,
                "propensity_site": site_id(f"{step.site_prefix}/churn_propensity"),
                "churn_site": site_id(f"{step.site_prefix}/churn"),
            }
        )
    return rows(SUBSCRIPTION, table)


def _refuse_shared_sites(plan: Plan) -> None:
    seen: set[int] = set()
    repeat = plan.repeat[plan.repeat["model"] != RepeatModel.NONE]
    for table in (plan.world, plan.offers, plan.services, plan.subscriptions, repeat):
        for field in table.dtype.names or ():
            if not field.endswith("_site"):
                continue
            for site in table[field].tolist():
                if site in seen:
                    raise CvosimError(
                        "two decisions of this scenario share a random stream by accident; "
                        "rename one of its stages or programs"
                    )
                seen.add(site)
