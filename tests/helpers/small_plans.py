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
LEAD, MONEY, TIME, SUBSCRIBE, ENGAGE = OfferKind
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
    care: Row | None = None,
    **world: float,
) -> p.Plan:
    """A plan from dictionaries; an offer's ``services`` are dictionaries as well.

    ``care`` may hold what came later: dictionaries ``engage``, ``experience`` and ``referral``
    (with it, the second of two channels is ``referral``), lists of them ``content``, ``tiers``,
    ``retention`` and ``aims``, and lists of numbers ``arrival_days`` and ``season``. Whatever
    is decided may have a ``conversion``; of content it may be a tuple, by rung; of a
    subscription it is ``trial_conversion``. An aim's ``allowed`` is by tier.
    """
    sites, care = count(1), care or {}
    decisions, shares = Decisions(), [1.0, 1.0] if "referral" in care else [1.0]
    for offer in offers:
        decisions.add(offer.get("conversion", 1.0), **offer.get("decision", {}))
    services: list[Row] = []
    offer_rows = [_offer_row(offers, stage, services, decisions) for stage in range(len(offers))]
    retention = [_decided(row, "decision", decisions) for row in care.get("retention", ())]
    bills = [
        _decided({"contract": 1, "trial_decision": NONE} | row, "trial_decision", decisions)
        for row in subscriptions
    ]
    content = [_piece_row(piece, decisions) for piece in care.get("content", ())]
    tables = {name: [care[name]] if name in care else [] for name in SINGLE}
    tiers, aims = care.get("tiers", ()), care.get("aims", ())
    looks_back = bool(tables["experience"] or tiers or retention)
    keeps_extras = bool(any(tables.values()) or tiers)
    world = {"horizon": 100.0, "looks_back": looks_back, "keeps_extras": keeps_extras} | world
    return p.Plan(
        world=with_sites(p.WORLD, [world], sites),
        segment_cumulative=np.array([1.0]),
        awareness_cumulative=np.array([[[0.0, 1.0, 1.0, 1.0]] * len(shares)]),
        channels=p.rows(
            p.CHANNEL,
            [{"cumulative_share": 1.0, "reached": 1.0} | (channel or {}) for _ in shares[:1]]
            + [{"cumulative_share": 1.0, "reached": 1.0} for _ in shares[1:]],
        ),
        offers=with_sites(p.OFFER, offer_rows, sites),
        decisions=p.rows(p.DECISION, decisions.rows),
        shifts=np.full((len(decisions.rows), 1, len(shares), 4), shift),
        services=with_sites(p.SERVICE, services, sites),
        programs=p.rows(p.PROGRAM, [{"aim": NONE} | row for row in programs]),
        touches=p.rows(p.TOUCH, list(touches)),
        subscriptions=with_sites(p.SUBSCRIPTION, bills, sites),
        repeat=with_sites(p.REPEAT, [repeat or {}], sites),
        engage=with_sites(p.ENGAGE, tables["engage"], sites),
        content=with_sites(p.CONTENT, content, sites),
        experience=with_sites(p.EXPERIENCE, tables["experience"], sites),
        tiers=p.rows(p.TIER, list(tiers)),
        referral=with_sites(p.REFERRAL, tables["referral"], sites),
        retention=with_sites(p.RETENTION, retention, sites),
        aims=p.rows(p.AIM, [without(EVERYBODY | aim, "allowed") for aim in aims]),
        aimed=np.array(
            [[[aim.get("allowed", [1] * (len(tiers) + 1))] * len(shares)] for aim in aims],
            np.uint8,
        ).reshape(len(aims), 1, len(shares), len(tiers) + 1),
        arrival_days=np.array(care.get("arrival_days", ()), float),
        season=np.array(care.get("season", ()), float),
        segment_names=_texts(["all"]),
        channel_names=_texts(["organic", "referral"][: len(shares)]),
        stage_names=_texts([f"stage{stage}" for stage in range(len(offers))]),
        program_names=_texts([f"program{index}" for index in range(len(programs))]),
        tier_names=_texts([f"tier{index}" for index in range(len(tiers))]),
    )


def _texts(names: list[str]) -> np.ndarray:
    """As long as those of compiled plans: of another length, the kernel is compiled anew."""
    return np.array(names, dtype="U63")


SINGLE = ("engage", "experience", "referral")
EVERYBODY = {"max_days_since_order": math.inf}


class Decisions:
    """Rows of the plan's decisions, as they are needed."""

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, conversion: float, **more: float) -> int:
        self.rows.append({"conversion": conversion} | more)
        return len(self.rows) - 1


def without(row: Row, *fields: str) -> Row:
    """A row less some of its fields."""
    return {name: value for name, value in row.items() if name not in fields}


def _offer_row(offers: Sequence[Row], stage: int, services: list[Row], decisions: Decisions) -> Row:
    offer = offers[stage]
    own = [
        _decided({"conversion": 1.0} | row, "decision", decisions)
        for row in offer.get("services", ())
    ]
    fields = {"subscription": NONE, "aim": NONE, "after_decline": LOST, "kind": MONEY}
    fields["next_accept"] = stage + 1 if stage + 1 < len(offers) else END
    fields |= without(offer, "conversion", "services", "decision")
    fields |= {"first_service": len(services), "n_services": len(own)}
    services.extend(own)
    return fields


def _decided(row: Row, field: str, decisions: Decisions) -> Row:
    """A row whose conversion, if it states one, has become a decision."""
    key = "trial_conversion" if field == "trial_decision" else "conversion"
    if key in row:
        row = row | {field: decisions.add(row[key])}
    return without(row, key)


def _piece_row(piece: Row, decisions: Decisions) -> Row:
    conversion = piece.get("conversion", 1.0)
    by_rung = conversion if isinstance(conversion, tuple) else (conversion,) * 4
    first, *_ = [decisions.add(chance) for chance in by_rung]
    return {"reach": 1.0} | without(piece, "conversion") | {"first_decision": first}


def live(plan: p.Plan, customer: int = 0) -> tuple[Row, list[Told]]:
    """One customer's row as a dictionary, and its events as readable tuples."""
    customers, _, events = run_reference(plan, SEED, customer, 1)
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


EXPERIENCE = {
    "satisfaction": 8.0, "satisfaction_sd": 1.5, "effort": 2.5, "effort_sd": 1.0, "ticket": 0.3,
    "resolved": 0.6, "resolved_effect": 0.5, "unresolved_effect": -2.0, "returned": 0.1,
    "refund": 0.8, **fixed(3.0, "delivery"), **fixed(2.0, "answer"),
}  # fmt: skip


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


def whole_plan() -> p.Plan:
    """A journey in which everything may happen, and every kind of event does."""
    delay = {"delay_kind": Distribution.EXPONENTIAL, "delay_a": 4.0}
    repeat = {"model": RepeatModel.PARETO_NBD, "r": 1.5, "alpha": 20.0, "a": 1.0, "b": 40.0}
    touches = [{"gap": gap, "open": 0.7} for gap in (1.0, 2.0, 4.0, 0.0, 10.0)]
    late = {"first_touch": 3, "n_touches": 2, "click": 0.8, "unsubscribe": 0.02, "cost": 0.1}
    kinds = (ProgramKind.WIN_BACK, ProgramKind.ANNIVERSARY, ProgramKind.BIRTHDAY)
    return make_plan(
        {"kind": ENGAGE, "services": [{"program": 1, "conversion": 0.3}], "after_decline": 1},
        {"kind": LEAD, "conversion": 0.7, "trust": 0.5, "unit_cost": 0.02, "consumed": 0.6}
        | {"services": [{"program": 1, "conversion": 0.3}], **fixed(1.0, "consumption")},
        {"kind": TIME, "conversion": 0.6, "attended": 1, "consumed": 0.7, "trust": 0.8}
        | {"after_decline": 3, "unit_cost": 2.0, **delay, **fixed(7.0, "consumption")},
        {"conversion": 0.6, "price": 200.0, "unit_cost": 90.0, "starts_repeat": 1, **delay}
        | {"services": [{"program": 0, "conversion": 0.4}], "referral_reward": 20.0}
        | {"decision": {"trust_weight": 1.0}},
        {"kind": SUBSCRIBE, "conversion": 0.4, "price": 30.0, "unit_cost": 12.0, "aim": 0}
        | {"subscription": 0, "after_decline": END},
        programs=[FOLLOW_UP, REMARKETING, *(late | {"kind": kind} for kind in kinds)],
        touches=touches,
        subscriptions=[
            {"stage": 4, "price": 30.0, "unit_cost": 12.0, "period": 30.0, "trial": 14.0}
            | {"trial_conversion": 0.6, "contract": 2, "notice": 10.0, "max_cycles": UNLIMITED}
            | {"churn_a": 0.2}
        ],
        repeat=repeat
        | {"spend_kind": Distribution.LOGNORMAL, "spend_p": 40.0, "spend_q": 0.5}
        | {"cost_share": 0.55, "season_peak": 1.4},
        channel={"cost": 0.45, "reached": 0.9, "n_days": 3, "day_length": 1.0},
        care={
            "engage": {"exposures": 3, "targeting": 0.8, "lift": 0.4, **fixed(2.0, "every")},
            "content": [
                {"rung": rung, "reach": 0.9, "unit_cost": 0.01, "trust": 0.1}
                | {"conversion": (0.4, 0.3, 0.2, 0.1)}
                for rung in (1, 2, 2, 3)
            ],
            "experience": EXPERIENCE | {"trust_effect": 0.15, "drop_out_effect": -0.3},
            "tiers": [
                {"threshold": 250.0, "log_drop_out": -0.2, "reward_share": 0.02},
                {"threshold": 600.0, "log_drop_out": -0.4, "reward_share": 0.04},
            ],
            "referral": {"promoter": 0.8, "passive": 0.3, "testimonial": 0.4, "partner": 0.3}
            | {"invitations": 1.0, "partner_invitations": 2.0, "cap": 10.0}
            | {"delay_kind": Distribution.EXPONENTIAL, "delay_a": 20.0},
            "retention": [
                {"program": 2 + i, "kind": kind, "after": 60.0, "conversion": 0.6}
                for i, kind in enumerate(kinds)
            ],
            "aims": [{"min_orders": 1.0, "min_spend": 150.0, "max_days_since_order": 9.0}],
            "arrival_days": [0.2, 0.7, 1.0],
            "season": [1.0 if day % 60 < 30 else 0.4 for day in range(366)],
        },
        horizon=365.0,
        discount=math.log(1.1) / 365,
        propensity_sd=0.5,
    )


def assert_same(one: Columns, other: Columns) -> None:
    """Two tables are equal to the bit."""
    for name, left, right in zip(one._fields, one, other, strict=True):
        assert left.dtype == right.dtype
        np.testing.assert_array_equal(left, right, err_msg=name)
