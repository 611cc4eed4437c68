"""Theory against what customers did: samples behind its names, and how far off their means are.

Shares are compared by the exact binomial law; all else after taking the first-order skewness out
of z (Cornish & Fisher 1938), and not at all where so few customers matter that this is not
enough.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from scipy import special

from cvosim.plan.plan import OfferKind, Plan, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.tables.columns import CustomerColumns, EventColumns
from cvosim.tables.schema import EventKind
from cvosim.theory import Expectations, Moments

CELLS = 512
"""Of theory's lattice where many states are followed: a third of the time that the default takes.

How little that moves a z is tested where it is used. The default is used with all other plans, and
held against a finer one in test_expectations.py.
"""
_MOST_SKEW = 0.08  # of the mean: beyond, one term of the expansion is not enough

Floats = np.ndarray


class Sample(NamedTuple):
    """What theory speaks of, customer by customer; ``below`` is None unless it is a ratio."""

    above: Floats
    below: Floats | None = None


def scores(
    plan: Plan, theory: Expectations, samples: dict[str, Sample]
) -> Iterator[tuple[str, float | None]]:
    """The z of every mean and variance; None where there is no law to compare with."""
    for name, moments in theory.items():
        sample = samples[name]
        yield name, score_of_mean(sample, moments)
        if sample.below is None and is_share(sample) is False:
            yield f"variance of {name}", score_of_variance(plan, sample.above, moments)


def is_share(sample: Sample) -> bool:
    """Whether it counts people among people."""
    below = np.ones(1) if sample.below is None else sample.below
    return all(bool(((part == 0) | (part == 1)).all()) for part in (sample.above, below))


def score_of_mean(sample: Sample, moments: Moments) -> float | None:
    above, below = sample
    if is_share(sample):
        count = len(above) if below is None else int(below.sum())
        return binomial_score(int(above.sum()), count, moments.mean)
    if below is None:
        return skewed_score(above - moments.mean, moments.variance)
    variance = moments.variance * float(below.mean()) ** 2
    return skewed_score(above - moments.mean * below, variance)


def score_of_variance(plan: Plan, values: Floats, moments: Moments) -> float | None:
    if math.isnan(moments.variance) or heavy(plan):
        return None  # not given, or squared deviations have (nearly) no variance
    squares = (values - moments.mean) ** 2 - moments.variance
    return skewed_score(squares, math.nan, unseen=moments.mean**2 - moments.variance)


def heavy(plan: Plan) -> bool:
    """Whether repeat orders have tails in which squared deviations are not nearly normal."""
    repeat = plan.repeat[0]
    if repeat["model"] == RepeatModel.NONE:
        return False
    lognormal = repeat["spend_kind"] == Distribution.LOGNORMAL and repeat["spend_q"] > 0.5
    return lognormal or (repeat["spend_kind"] == Distribution.GAMMA and repeat["spend_q"] < 9)


def binomial_score(successes: int, count: int, share: float) -> float:
    """The normal score of a binomial count, by its exact law on either side."""
    if min(share, 1.0 - share) < 1e-9:
        return 0.0 if successes == round(count * share) else math.inf
    below = special.bdtr(successes, count, share)
    above = special.bdtrc(successes - 1, count, share) if successes else 1.0
    chance = max(min(2.0 * min(below, above), 1.0), 1e-300)
    return float(math.copysign(special.ndtri(chance / 2.0), below - above))


def skewed_score(deviations: Floats, variance: float, unseen: float = 0.0) -> float | None:
    """z of a mean that should be 0, less its skewness; None if the sample says too little.

    ``variance`` of one deviation is theory's, or NaN to take the sample's and add what three
    people in n with the deviation ``unseen`` would add: those to whom nothing happens may be
    so rare that none is in the sample, and yet make most of the variance.
    """
    n, scale = len(deviations), float(np.abs(deviations).max())
    mean, spread = float(deviations.mean()), float(deviations.std())
    if scale < 1e-7 or (variance < 1e-9 and spread < 1e-7 * max(scale, 1.0)):
        return 0.0 if abs(mean) < 1e-6 * max(scale, 1.0) else math.inf
    if spread == 0.0:
        return None
    centred = (deviations - mean) / spread
    skew = float((centred * centred * centred).mean()) / math.sqrt(n)
    common = np.count_nonzero(np.abs(deviations - np.median(deviations)) > 1e-9 * scale)
    if abs(skew) > _MOST_SKEW or common < 100:
        return None
    if math.isnan(variance):
        variance = spread**2 + 3.0 * unseen**2 / n
    z = mean * math.sqrt(n) / math.sqrt(max(variance, 1e-18))
    return z - skew * (z * z - 1.0) / 6.0


def per_customer(
    plan: Plan, c: CustomerColumns, events: EventColumns, first: int
) -> dict[str, Sample]:
    """The columns behind every name of theory, of market prospects from ``first`` on."""
    touched = happened(events, EventKind.TOUCHED, (first, len(c.revenue)))
    one = np.ones(len(c.revenue))
    accepted = ~np.isnan(c.stage_time)
    cost = c.cost_of_goods + c.touch_cost + c.acquisition_cost + c.reward_cost
    contribution = c.revenue - c.refunds - cost
    clv = c.discounted_revenue - c.discounted_cost
    leads, buyers = accepted[plan.offers["kind"] != OfferKind.ENGAGE].any(axis=0), c.orders > 0
    gross, margin = clv + c.discounted_acquisition_cost, contribution + c.acquisition_cost
    found = {
        "arrived_share": Sample(~np.isnan(c.arrival_time)),
        "leads_share": Sample(leads),
        "buyers_share": Sample(buyers),
        "unsubscribed_share": Sample(c.unsubscribed),
        "alive_share": Sample(c.alive),
        "revenue_per_prospect": Sample(c.revenue),
        "cost_per_prospect": Sample(cost),
        "contribution_per_prospect": Sample(contribution),
        "orders_per_prospect": Sample(c.orders.astype(float)),
        "touches_per_prospect": Sample(touched),
        "cost_of_goods_per_prospect": Sample(c.cost_of_goods),
        "acquisition_cost_per_prospect": Sample(c.acquisition_cost),
        "touch_cost_per_prospect": Sample(c.touch_cost),
        "tripwire_contribution_per_prospect": Sample(c.tripwire_contribution),
        "discounted_revenue_per_prospect": Sample(c.discounted_revenue),
        "discounted_cost_per_prospect": Sample(c.discounted_cost),
        "discounted_acquisition_cost_per_prospect": Sample(c.discounted_acquisition_cost),
        "clv_per_prospect": Sample(clv),
        "cost_per_lead": Sample(c.acquisition_cost, leads),
        "cac": Sample(c.acquisition_cost, buyers),
        "net_cac": Sample(c.acquisition_cost - c.tripwire_contribution, buyers),
        "orders_per_buyer": Sample(c.orders.astype(float), buyers),
        "aov": Sample(c.revenue, c.orders.astype(float)),
        "clv_per_lead": Sample(gross, leads),
        "clv_per_buyer": Sample(gross, buyers),
        "contribution_per_lead": Sample(margin, leads),
        "contribution_per_buyer": Sample(margin, buyers),
        "ltv_to_cac": Sample(gross, c.acquisition_cost),
        "exposures_per_prospect": Sample(c.exposures),
        "rungs_climbed_per_prospect": Sample(c.rungs_climbed),
        "deliveries_per_prospect": Sample(c.deliveries),
        "tickets_per_prospect": Sample(c.tickets),
        "resolved_per_prospect": Sample(c.resolved),
        "returns_per_prospect": Sample(c.returns),
        "refunds_per_prospect": Sample(c.refunds),
        "reward_cost_per_prospect": Sample(c.reward_cost),
    }
    for s, stage in enumerate(plan.stage_names):
        reached = (c.reached >> np.uint64(s)) & np.uint64(1)
        stopped = ((c.reached >> np.uint64(s)) == 1) & ~accepted[s]
        days = np.where(accepted[s], c.stage_time[s] - c.arrival_time, 0.0)
        found[f"reach.{stage}"] = Sample(reached)
        found[f"conversion.{stage}"] = Sample(accepted[s], reached)
        found[f"drop_off.{stage}"] = Sample(stopped, reached)
        found[f"time_to.{stage}"] = Sample(days, accepted[s])
        lost = happened(events, EventKind.LOST, (first, len(c.revenue)), s)
        found[f"lost.{stage}"] = Sample(lost)
    for i, s in enumerate(plan.subscriptions["stage"]):
        stage, bills, gone = plan.stage_names[s], c.bills[i].astype(float), c.cancelled[i]
        found[f"subscribers.{stage}"] = Sample(accepted[s])
        found[f"bills.{stage}"] = Sample(bills)
        found[f"cancelled.{stage}"] = Sample(gone)
        found[f"bills_per_subscriber.{stage}"] = Sample(bills, accepted[s])
        found[f"churned_share.{stage}"] = Sample(gone, accepted[s])
    for i, program in enumerate(plan.program_names):
        found[f"program_cost.{program}"] = Sample(c.program_cost[i])
        found[f"recoveries.{program}"] = Sample(c.recoveries[i].astype(float))
    return {name: Sample(a * one, None if b is None else b * one) for name, (a, b) in found.items()}


def happened(
    events: EventColumns, kind: EventKind, whose: tuple[int, int], stage: int | None = None
) -> Floats:
    """How often it happened to each customer; ``whose`` is the first and how many there are."""
    first, count = whose
    chosen = (events.kind == kind) & (events.customer_id < np.uint64(first + count))
    if stage is not None:
        chosen &= events.stage == stage
    rows = (events.customer_id[chosen] - np.uint64(first)).astype(np.int64)
    return np.bincount(rows, minlength=count).astype(float)
