"""Aims at the edge: what a customer is at the very moment at which it is asked."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.scenarios import Raw, from_raw

from cvosim.experiment.simulate import EngineName, Simulation, simulate
from cvosim.tables.schema import EventKind

ENGINES = pytest.mark.parametrize("engine", ["kernel", "reference"])


def shop(*extras: Raw, **journey: Raw | list[Raw]) -> Raw:
    """Everybody buys the core offer on day 0 and is then put the extras."""
    core = {"name": "works", "price": 100, "conversion": 1}
    maximizers = [
        {"kind": "upsell", "name": f"extra_{i}", "price": 10, "conversion": 1} | extra
        for i, extra in enumerate(extras)
    ]
    return {
        "schema_version": 1,
        "name": "Shop",
        "horizon_days": 50,
        "journey": {"core_offer": core, "profit_maximizers": maximizers, **journey},
    }


def lived(raw: Raw, engine: EngineName, customers: int = 1) -> Simulation:
    return simulate(from_raw(raw), customers=customers, events=True, engine=engine)


def accepted(run: Simulation, stage: str) -> bool:
    """Whether the only customer has said yes there."""
    row = run.customers.names.stages.index(stage)
    return not np.isnan(run.customers.columns.stage_time[row, 0])


@ENGINES
@pytest.mark.parametrize(
    ("days", "most", "aimed"),
    [(0, 0, True), (7, 7, True), (7, 6.999, False), (7, 0, False), (0, 3, True)],
)
def test_recency_counts_to_the_day(
    days: float, most: float, aimed: bool, engine: EngineName
) -> None:
    """A webinar of so many days lies between the order and the offer."""
    talk: Raw = {"price": 0, "commitment": "time", "attendance": 1}
    talk |= {"starts_after": {"kind": "fixed", "days": days}}
    run = lived(shop(talk, {"aim": {"max_days_since_order": most}}), engine)
    assert accepted(run, "extra_1") == aimed


@ENGINES
def test_who_has_never_ordered_has_no_recency(engine: EngineName) -> None:
    raw = shop({"aim": {"max_days_since_order": 50}})
    raw["journey"]["core_offer"] |= {"conversion": 0, "on_decline": "continue"}
    assert not accepted(lived(raw, engine), "extra_0")


@ENGINES
def test_an_order_counts_at_once_and_its_tier_when_all_is_done(engine: EngineName) -> None:
    """The next offer of the same moment sees the order and its money, not yet the new tier."""
    loyalty = {"measure": "orders", "tiers": [{"name": "silver", "from": 1}]}
    aims: tuple[Raw, ...] = ({"min_orders": 1}, {"min_spend": 110}, {"tiers": ["silver"]})
    raw = shop(*({"aim": aim} for aim in aims), loyalty=loyalty)
    run = lived(raw, engine)
    assert [accepted(run, f"extra_{i}") for i in range(3)] == [True, True, True]
    alone = lived(shop({"aim": aims[2]}, loyalty=loyalty), engine)
    assert not accepted(alone, "extra_0")
    assert alone.customers.columns.tier.tolist() == [1]


@ENGINES
@pytest.mark.parametrize(("least", "aimed"), [(100, True), (100.01, False)])
def test_spend_is_what_was_paid_whatever_is_refunded(
    least: float, aimed: bool, engine: EngineName
) -> None:
    talk: Raw = {"price": 0, "commitment": "time", "attendance": 1}
    talk |= {"starts_after": {"kind": "fixed", "days": 5}}
    back = {"returned": {"probability": 1, "refund": 1}}
    raw = shop(talk, {"aim": {"min_spend": least}}, experience=back)
    run = lived(raw, engine)
    assert run.customers.columns.refunds[0] >= 100
    assert accepted(run, "extra_1") == aimed


def keeping(*programs: Raw) -> Raw:
    """Customers who never buy again by themselves."""
    rare = {"model": "poisson", "mean_days": 1_000_000}
    repeat = {"frequency": rare, "spend": {"model": "fixed", "amount": 5}, "margin": 0.5}
    return shop(repeat_purchases=repeat, return_path=list(programs))


def touches(run: Simulation) -> list[float]:
    assert run.events is not None
    events = run.events.columns
    return [float(time) for time in events.time[events.kind == EventKind.TOUCHED]]


@ENGINES
def test_a_series_that_has_begun_goes_on(engine: EngineName) -> None:
    """Aimed at those who bought within 12 days: asked when the first message is due."""
    series = {"kind": "win_back", "name": "miss_you", "after_days": 10, "days": [0, 5, 20]}
    series |= {"open": 0, "click": 0, "conversion": 0}
    recent = {"aim": {"max_days_since_order": 12}}
    assert touches(lived(keeping(series | recent), engine)) == [10, 15, 30]
    too_late = {"aim": {"max_days_since_order": 9}}
    assert touches(lived(keeping(series | too_late), engine)) == []


@ENGINES
def test_an_anniversary_asks_anew_each_time(engine: EngineName) -> None:
    party = {"kind": "anniversary", "name": "party", "every_days": 8, "open": 0, "conversion": 0}
    recent = {"aim": {"max_days_since_order": 24}}
    assert touches(lived(keeping(party), engine)) == [8, 16, 24, 32, 40, 48]
    assert touches(lived(keeping(party | recent), engine)) == [8, 16, 24]


@ENGINES
def test_a_series_that_was_not_meant_sleeps_until_the_next_order(engine: EngineName) -> None:
    """The order that another program brings on day 20 is the second: now it is aimed at."""
    series = {"kind": "win_back", "name": "miss_you", "after_days": 10, "days": [0, 5]}
    series |= {"open": 0, "click": 0, "conversion": 0, "aim": {"min_orders": 2}}
    party = {"kind": "anniversary", "name": "party", "every_days": 20, "open": 1, "conversion": 1}
    run = lived(keeping(series, party), engine)
    assert touches(run) == [20, 30, 35, 40]


@ENGINES
def test_others_go_past_an_offer_as_if_it_were_not_there(engine: EngineName) -> None:
    """Three offers in a row for somebody else: no event, no reach, on to the fourth."""
    nobody = {"aim": {"min_orders": 99}}
    run = lived(shop(nobody, nobody, nobody, {}), engine)
    assert [bool(run.customers.has_reached(f"extra_{i}")[0]) for i in range(4)] == [False] * 3 + [
        True
    ]
    assert run.events is not None
    assert run.events.columns.kind.tolist() == [
        EventKind.ARRIVED,
        EventKind.BOUGHT,
        EventKind.BOUGHT,
    ]
