"""The offers of a journey and its subscriptions as tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cvosim.plan.numbers import delay_fields
from cvosim.plan.plan import (
    END,
    LOST,
    NONE,
    OFFER,
    SUBSCRIPTION,
    ChurnKind,
    OfferKind,
    Records,
    rows,
)
from cvosim.plan.programs import revenue
from cvosim.plan.steps import Step, converts_trial, price_of, services_of, stated
from cvosim.randomness.sites import site_id
from cvosim.scenario import Scenario

_UNLIMITED = 2**31 - 1


def offer_table(scenario: Scenario, steps: Sequence[Step], aim_rows: Sequence[int]) -> Records:
    """One row a stage, in the order in which customers meet them."""
    table = []
    first_service = n_subscriptions = 0
    repeat, referral = scenario.journey.repeat_purchases, scenario.journey.referral
    reward = None if referral is None else referral.reward
    for index, (step, aim) in enumerate(zip(steps, aim_rows, strict=True)):
        row = _offer(step)
        following = index + 1 if index + 1 < len(steps) else END
        n_services = len(services_of(scenario, step))
        is_subscription = row["kind"] == OfferKind.SUBSCRIPTION
        rewarded = reward is not None and reward.at == step.key
        row |= {
            "aim": aim,
            "referral_reward": reward.advocate + reward.friend if reward and rewarded else 0.0,
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
    fixed = {
        "engage": OfferKind.ENGAGE,
        "lead_magnet": OfferKind.LEAD_MAGNET,
        "excite": OfferKind.TIME,
        "subscription": OfferKind.SUBSCRIPTION,
    }
    if step.slot in fixed:
        return fixed[step.slot]
    return OfferKind.TIME if step.offer.commitment == "time" else OfferKind.MONEY


def _offer(step: Step) -> dict[str, Any]:
    offer, prefix = step.offer, step.site_prefix
    return {
        "kind": _kind(step),
        "is_tripwire": step.slot == "tripwire",
        "price": revenue(offer, price_of(offer)),
        "unit_cost": stated(offer, "unit_cost", 0.0),
        "trust": stated(offer, "trust", 0.0),
        "accept_site": site_id(f"{prefix}/accept"),
        "delay_site": site_id(f"{prefix}/delay"),
        "consumed_site": site_id(f"{prefix}/consumed"),
        "consumption_site": site_id(f"{prefix}/consumption"),
        **delay_fields("delay", stated(offer, "delay", None)),
        **_later(step),
    }


def _later(step: Step) -> dict[str, Any]:
    """What is consumed or attended some time after it was accepted, and by how many."""
    offer = step.offer
    if step.slot == "lead_magnet":
        return {"consumed": offer.consumed, **delay_fields("consumption", offer.time_to_value)}
    attendance = stated(offer, "attendance", None)
    if attendance is None:
        return {}
    later = delay_fields("consumption", offer.starts_after)
    return {"attended": 1, "consumed": attendance, **later}


def subscription_table(steps: Sequence[Step], first_trial_decision: int) -> Records:
    """One row a subscription, in the order of the journey."""
    table = []
    trial_decision = first_trial_decision
    for index, step in enumerate(steps):
        if step.slot != "subscription":
            continue
        row = {"stage": index, "trial_decision": NONE, **_terms(step)}
        if converts_trial(step):
            row["trial_decision"] = trial_decision
            trial_decision += 1
        table.append(row)
    return rows(SUBSCRIPTION, table)


def _terms(step: Step) -> dict[str, Any]:
    offer, churn, contract = step.offer, step.offer.churn, step.offer.contract
    is_sbg = churn.kind == "sbg"
    return {
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
        "trial_site": site_id(f"{step.site_prefix}/trial"),
        "contract": 1 if contract is None else contract.cycles,
        "notice": 0.0 if contract is None else contract.notice_days,
    }
