"""What the name of each per-customer quantity means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.schema import AWARENESS, DETRACTOR, PROMOTER, ExitReason

if TYPE_CHECKING:
    from cvosim.metrics.columns import Rows

Values = NDArray[Any]

DAYS_A_YEAR = 365.0

ENGAGE = "engage"
"""The stage that is accepted without making oneself known."""


_YES = np.ones(8192, np.bool_)
"""For the usual block of nobody but prospects, who are looked up more often than anything."""
_YES.flags.writeable = False


def _row(values: Values, names: tuple[str, ...], name: str) -> Values:
    row: Values = values[names.index(name)]
    return row


def _prospects(rows: Rows, _: str) -> Values:
    everybody, prospects = len(rows.table), rows.table.n_market
    if everybody == prospects <= len(_YES):
        return _YES[:everybody]
    market = np.ones(everybody, np.bool_)
    market[prospects:] = False
    return market


def _stage_time(rows: Rows, stage: str) -> Values:
    return _row(rows.table.columns.stage_time, rows.table.names.stages, stage)


def _waiting(rows: Rows, stage: str) -> Values:
    # fmax takes 0 where the difference is NaN: never accepted
    return np.fmax(_stage_time(rows, stage) - rows.table.columns.arrival_time, 0.0)


def _stopped(rows: Rows, stage: str) -> Values:
    """Reached this stage and no later one (the highest bit set), and did not accept it."""
    bit = np.uint64(rows.table.names.stages.index(stage))
    last: Values = (rows.table.columns.reached >> bit) == 1
    return np.logical_and(last, np.isnan(_stage_time(rows, stage)))


def _leads(rows: Rows, _: str) -> Values:
    """Accepted something, other than by looking at content, which leaves no address."""
    columns, stages = rows.table.columns, rows.table.names.stages
    if ENGAGE not in stages:
        return np.logical_not(np.isnan(columns.stage_time).all(axis=0))
    others = [row for row, stage in enumerate(stages) if stage != ENGAGE]
    return np.logical_not(np.isnan(columns.stage_time[others]).all(axis=0))


def _between(rows: Rows, extra: float) -> Values:
    c = rows.table.columns
    return np.where(c.orders > 0, c.last_order_time - c.first_order_time + extra, 0.0)


def _kept(rows: Rows) -> Values:
    """Revenue less what is given back and what goods cost."""
    c = rows.table.columns
    earned: Values = c.revenue - c.cost_of_goods
    return earned - c.refunds - c.reward_cost if rows.table.names.extras else earned


def _margin(rows: Rows, _: str) -> Values:
    return _kept(rows) - rows.table.columns.touch_cost


def _recovered(rows: Rows, program: str) -> Values:
    return _row(rows.table.columns.recoveries, rows.table.names.programs, program)


def _recovered_margin(rows: Rows, program: str) -> Values:
    return np.multiply(_kept(rows), _recovered(rows, program) > 0)


def _program_cost(rows: Rows, program: str) -> Values:
    return _row(rows.table.columns.program_cost, rows.table.names.programs, program)


def _bills(rows: Rows, stage: str) -> Values:
    return _row(rows.table.columns.bills, rows.table.names.subscriptions, stage)


def _cancelled(rows: Rows, stage: str) -> Values:
    return _row(rows.table.columns.cancelled, rows.table.names.subscriptions, stage)


def _in_channel(rows: Rows, channel: str) -> Values:
    return np.equal(rows.table.columns.channel, rows.table.names.channels.index(channel))


def _in_segment(rows: Rows, segment: str) -> Values:
    return np.equal(rows.table.columns.segment, rows.table.names.segments.index(segment))


def _net_acquisition(rows: Rows, _: str) -> Values:
    c = rows.table.columns
    return c.acquisition_cost - c.tripwire_contribution


def _answer(values: Values) -> Values:
    """An answer, or 0 from those who were never asked."""
    return np.where(np.isnan(values), 0.0, values)


def _net_promoter_points(rows: Rows, _: str) -> Values:
    score = rows.table.columns.satisfaction
    return 100.0 * (score >= PROMOTER) - 100.0 * (score <= DETRACTOR)


def _in_tier(rows: Rows, tier: str) -> Values:
    return np.equal(rows.table.columns.tier, 1 + rows.table.names.tiers.index(tier))


def _arrived(rows: Rows) -> Values:
    return np.not_equal(rows.table.columns.exit_reason, ExitReason.NOT_ARRIVED)


def _on_rung(rows: Rows, rung: str) -> Values:
    c = rows.table.columns
    there = np.equal(c.awareness + c.rungs_climbed, AWARENESS.index(rung))
    return np.logical_and(_arrived(rows), there)


def _in_generation(rows: Rows, which: str) -> Values:
    first, and_later = int(which.rstrip("+")), which.endswith("+")
    generation = rows.table.generation
    return generation >= first if and_later else generation == first


_SPINE: Mapping[str, Callable[[Rows, str], Values]] = {
    "prospects": _prospects,
    "in_channel": _in_channel,
    "in_segment": _in_segment,
    "reached": lambda rows, stage: rows.table.has_reached(stage),
    "accepted": lambda rows, stage: ~np.isnan(_stage_time(rows, stage)),
    "stopped": _stopped,
    "days_to_accept": _waiting,
    "leads": _leads,
    "buyers": lambda rows, _: rows.table.columns.orders > 0,
    "repeat_buyers": lambda rows, _: rows.table.columns.orders > 1,
    "orders": lambda rows, _: rows.table.columns.orders,
    "reorders": lambda rows, _: np.maximum(rows.table.columns.orders - 1, 0),
    "customer_days": lambda rows, _: _between(rows, 1.0),
    "customer_years": lambda rows, _: rows.quantity("customer_days") / DAYS_A_YEAR,
    "days_first_to_last_order": lambda rows, _: _between(rows, 0.0),
    "revenue": lambda rows, _: rows.table.columns.revenue,
    "acquisition_cost": lambda rows, _: rows.table.columns.acquisition_cost,
    "net_acquisition_cost": _net_acquisition,
    "contribution": lambda rows, _: rows.table.contribution,
    "margin": _margin,
    "positive_margin": lambda rows, _: np.maximum(rows.quantity("margin"), 0.0),
    "discounted_revenue": lambda rows, _: rows.table.columns.discounted_revenue,
    "discounted_cost": lambda rows, _: rows.table.columns.discounted_cost,
    "clv": lambda rows, _: rows.table.discounted_contribution,
    "clv_before_acquisition": lambda rows, _: (
        rows.quantity("clv") + rows.table.columns.discounted_acquisition_cost
    ),
    "recoveries": _recovered,
    "recovered_margin": _recovered_margin,
    "program_cost": _program_cost,
    "bills": _bills,
    "cancelled": _cancelled,
    "paying": lambda rows, stage: _bills(rows, stage) > 0,
    "arrived": lambda rows, _: _arrived(rows),
}

_EXTRA: Mapping[str, Callable[[Rows, str], Values]] = {
    "people": lambda rows, _: np.ones(len(rows.table), np.bool_),
    "exposures": lambda rows, _: rows.table.columns.exposures,
    "rungs_climbed": lambda rows, _: rows.table.columns.rungs_climbed,
    "on_rung": _on_rung,
    "surveyed": lambda rows, _: ~np.isnan(rows.table.columns.satisfaction),
    "net_promoter_points": _net_promoter_points,
    "satisfaction": lambda rows, _: _answer(rows.table.columns.satisfaction),
    "effort": lambda rows, _: _answer(rows.table.columns.effort),
    "deliveries": lambda rows, _: rows.table.columns.deliveries,
    "tickets": lambda rows, _: rows.table.columns.tickets,
    "resolved": lambda rows, _: rows.table.columns.resolved,
    "returns": lambda rows, _: rows.table.columns.returns,
    "refunds": lambda rows, _: rows.table.columns.refunds,
    "reward_cost": lambda rows, _: rows.table.columns.reward_cost,
    "in_tier": _in_tier,
    "advocates": lambda rows, _: ~np.isnan(rows.table.columns.advocated_time),
    "testimonials": lambda rows, _: rows.table.columns.testimonials,
    "partners": lambda rows, _: rows.table.columns.partner,
    "invited": lambda rows, _: rows.table.columns.invited,
    "referred": lambda rows, _: rows.table.generation > 0,
    "referred_buyers": lambda rows, _: (
        (rows.table.generation > 0) & (rows.table.columns.orders > 0)
    ),
    "in_generation": _in_generation,
}

QUANTITIES: Mapping[str, Callable[[Rows, str], Values]] = {**_SPINE, **_EXTRA}
"""What each name means; ``margin`` is the contribution before acquisition cost."""
