"""Plans small enough to know the story beforehand, and ways to read what happened."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

import numpy as np

from cvosim.engine.reference import run_reference
from cvosim.plan import plan as p
from cvosim.plan.plan import END, LOST, NONE, ChurnKind, OfferKind, ProgramKind, RepeatModel
from cvosim.randomness.distributions import Distribution
from cvosim.tables.columns import CustomerColumns, EventColumns
from cvosim.tables.schema import EventKind

SEED = 11
LEAD, MONEY, TIME, SUBSCRIBE = OfferKind
UNLIMITED = 2**31 - 1  # cycles of a subscription

Row = dict[str, Any]
Told = tuple[float, str, int, float, float, int]
Columns = CustomerColumns | EventColumns


def with_sites(dtype: np.dtype[Any], values: list[Row], sites: Iterator[int]) -> p.Records:
    """Records whose site fields are numbered one after the other."""
    names = [name for name in dtype.names if name.endswith("_site")]
    return p.rows(dtype, [{name: next(sites) for name in names} | value for value in values])


def make_plan(
    *offers: Row,
    programs: Sequence[Row] = (),
    touches: Sequence[Row] = (),
    subscriptions: Sequence[Row] = (),
    repeat: Row | None = None,
    channel: Row | None = None,
    shift: float = 0.0,
    **world: float,
) -> p.Plan:
    """A plan from dictionaries; an offer's ``services`` are dictionaries as well."""
    sites = count(1)
    offer_rows, services = [], []
    decisions = [{"conversion": offer.get("conversion", 1.0)} for offer in offers]
    decisions = [
        row | offer.get("decision", {}) for row, offer in zip(decisions, offers, strict=True)
    ]
    for stage, offer in enumerate(offers):
        fields = {"subscription": NONE, "after_decline": LOST, "kind": MONEY}
        fields["next_accept"] = stage + 1 if stage + 1 < len(offers) else END
        fields |= {
            k: v for k, v in offer.items() if k not in {"conversion", "services", "decision"}
        }
        own = offer.get("services", ())
        fields |= {"first_service": len(services), "n_services": len(own)}
        for service in own:
            row = {k: v for k, v in service.items() if k != "conversion"}
            services.append(row | {"decision": len(decisions)})
            decisions.append({"conversion": service.get("conversion", 1.0)})
        offer_rows.append(fields)
    return p.Plan(
        world=with_sites(p.WORLD, [{"horizon": 100.0} | world], sites),
        segment_cumulative=np.array([1.0]),
        awareness_cumulative=np.array([[0.0, 1.0, 1.0, 1.0]]),
        channels=p.rows(p.CHANNEL, [{"cumulative_share": 1.0} | (channel or {})]),
        offers=with_sites(p.OFFER, offer_rows, sites),
        decisions=p.rows(p.DECISION, decisions),
        shifts=np.full((len(decisions), 1, 1, 4), shift),
        services=with_sites(p.SERVICE, services, sites),
        programs=p.rows(p.PROGRAM, list(programs)),
        touches=p.rows(p.TOUCH, list(touches)),
        subscriptions=with_sites(p.SUBSCRIPTION, list(subscriptions), sites),
        repeat=with_sites(p.REPEAT, [repeat or {}], sites),
        segment_names=np.array(["all"]),
        channel_names=np.array(["organic"]),
        stage_names=np.array([f"stage{stage}" for stage in range(len(offers))]),
        program_names=np.array([f"program{index}" for index in range(len(programs))], dtype="U9"),
    )


def live(plan: p.Plan, customer: int = 0) -> tuple[Row, list[Told]]:
    """One customer's row as a dictionary, and its events as readable tuples."""
    customers, events = run_reference(plan, SEED, customer, 1)
    row = {name: column[..., 0].tolist() for name, column in customers._asdict().items()}
    return row, told(events)


def told(events: EventColumns) -> list[Told]:
    """Events as tuples: time, name, stage, revenue, cost, program."""
    return [
        (time, EventKind(kind).name, stage, revenue, cost, program)
        for time, kind, stage, revenue, cost, program in zip(
            *(column.tolist() for column in (events.time, events.kind, events.stage)),
            *(column.tolist() for column in (events.revenue, events.cost, events.program)),
            strict=True,
        )
    ]


def names(story: list[Told]) -> list[tuple[float, str]]:
    """Only when and what."""
    return [(time, name) for time, name, *_ in story]


def fixed(days: float, prefix: str = "delay") -> Row:
    """The fields of a delay that is always the same."""
    return {f"{prefix}_kind": Distribution.FIXED, f"{prefix}_a": days}


FOLLOW_UP = {"kind": ProgramKind.FOLLOW_UP, "cost": 0.5, "click": 1.0, "n_touches": 3}


REMARKETING = {"kind": ProgramKind.REMARKETING, "click_rate": 0.2, "cost_rate": 0.5, "window": 40.0}


def rich_plan() -> p.Plan:
    """A journey in which everything may happen."""
    services = [
        {"program": 0, "conversion": 0.1, "price": 18.0},
        {"program": 1, "conversion": 0.4, "price": 20.0},
        {"program": 2, "conversion": 0.3, "price": 20.0},
    ]
    lead = {"kind": LEAD, "conversion": 0.6, "trust": 0.5, "unit_cost": 0.02, "consumed": 0.6}
    churn = {"max_cycles": UNLIMITED, "churn_kind": ChurnKind.SBG, "churn_a": 0.7, "churn_b": 3.8}
    return make_plan(
        lead | {"services": services[2:], **fixed(1.0, "consumption")},
        {"conversion": 0.3, "price": 20.0, "unit_cost": 15.0, "is_tripwire": 1, "trust": 1.0}
        | {"services": services, "delay_kind": Distribution.EXPONENTIAL, "delay_a": 3.0},
        {"conversion": 0.5, "price": 200.0, "unit_cost": 90.0, "starts_repeat": 1}
        | {"services": services[:2], "delay_kind": Distribution.LOGNORMAL}
        | {"delay_a": 10.0, "delay_b": 0.7, "decision": {"trust_weight": 1.0}},
        {"kind": SUBSCRIBE, "conversion": 0.4, "price": 30.0, "unit_cost": 12.0}
        | {"subscription": 0, "after_decline": END},
        programs=[
            {"kind": ProgramKind.EXIT_OFFER, "cost": 0.01},
            FOLLOW_UP | {"cost": 0.004, "click": 0.5, "unsubscribe": 0.02},
            REMARKETING,
        ],
        touches=[{"gap": gap, "open": 0.5} for gap in (1.0, 2.0, 4.0)],
        subscriptions=[churn | {"stage": 3, "price": 30.0, "unit_cost": 12.0, "period": 30.0}],
        repeat={"model": RepeatModel.BG_NBD, "r": 0.5, "alpha": 10.0, "a": 0.8, "b": 2.4}
        | {"spend_kind": Distribution.GAMMA, "spend_p": 6.0, "spend_q": 4.0, "spend_v": 15.0}
        | {"cost_share": 0.55},
        channel={"cost": 0.45, "arrival_kind": Distribution.UNIFORM, "arrival_b": 450.0},
        horizon=365.0,
        discount=math.log(1.1) / 365,
        propensity_sd=0.5,
    )


def assert_same(one: Columns, other: Columns) -> None:
    """Two tables are equal to the bit."""
    for name, left, right in zip(one._fields, one, other, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right, err_msg=name)
