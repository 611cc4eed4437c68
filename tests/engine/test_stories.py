"""What no customer's story may contain, whatever the scenario."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.ledger import PAID, Ledger, ledger
from helpers.scenarios import Raw, from_raw, scenarios
from hypothesis import given, settings

from cvosim.experiment.simulate import EngineName, Simulation, simulate
from cvosim.scenario import Scenario
from cvosim.tables.schema import NO_CODE, EventKind

K = EventKind
WRITES = ("follow_up", "win_back", "anniversary", "birthday")
"""Kinds of programs that send messages."""


@given(scenario=scenarios())
@settings(max_examples=100)
def test_every_story_makes_sense(scenario: Scenario) -> None:
    run = simulate(scenario, customers=200, events=True)
    book = ledger(run)
    nothing_happens_outside_its_time(run, book)
    nobody_is_written_to_after_unsubscribing(run, book)
    the_table_counts_what_happened(run, book)
    some_things_follow_from_others(run, book)
    scores_keep_to_their_scales(run)
    tiers_only_rise(run, book)


def nothing_happens_outside_its_time(run: Simulation, book: Ledger) -> None:
    times, rows = book.events.time, run.customers.columns
    assert (times >= 0).all()
    assert (times < run.scenario.horizon_days).all()
    first = book.first(np.ones(len(times), bool))
    arrived = first < len(times)
    assert (book.events.kind[first[arrived]] == K.ARRIVED).all()
    assert (book.count(K.ARRIVED) == arrived).all()
    assert (np.isnan(rows.arrival_time) == ~arrived).all()
    assert (times >= rows.arrival_time[book.rows]).all()


def nobody_is_written_to_after_unsubscribing(run: Simulation, book: Ledger) -> None:
    """Remarketing and exit offers are no messages."""
    programs = run.scenario.journey.return_path
    writing = [row for row, program in enumerate(programs) if program.kind in WRITES]
    left = ~book.comes_before(book.first(book.happened(K.UNSUBSCRIBED)) + 1)
    written = np.isin(book.events.program, writing)
    messages = book.happened(K.TOUCHED, K.OPENED, K.CLICKED, K.RECOVERED, K.UNSUBSCRIBED)
    assert not (left & written & messages).any()
    assert (book.count(K.UNSUBSCRIBED) == run.customers.columns.unsubscribed).all()


def the_table_counts_what_happened(run: Simulation, book: Ledger) -> None:
    rows = run.customers.columns
    for column, kinds in (
        (rows.orders, PAID),
        (rows.deliveries, (K.DELIVERED,)),
        (rows.tickets, (K.TICKET,)),
        (rows.resolved, (K.RESOLVED,)),
        (rows.returns, (K.REFUNDED,)),
        (rows.exposures, (K.EXPOSED,)),
        (rows.tier, (K.TIER_REACHED,)),
        (rows.testimonials, (K.TESTIMONIAL,)),
        (rows.partner, (K.CERTIFIED,)),
        (rows.invited, (K.REFERRED,)),
        (~np.isnan(rows.advocated_time), (K.ADVOCATED,)),
    ):
        counted = book.count(*kinds)
        if kinds == (K.TIER_REACHED,):  # one order may lift over several tiers
            assert (counted <= column).all()
            assert ((counted > 0) == (column > 0)).all()
        else:
            assert (counted == column).all(), kinds
    for program, brought in enumerate(rows.recoveries):
        own = book.happened(K.RECOVERED) & (book.events.program == program)
        assert (book.total(own.astype(float)) == brought).all()


def some_things_follow_from_others(run: Simulation, book: Ledger) -> None:
    count = book.count
    assert (count(K.DELIVERED) <= count(*PAID)).all()
    assert (count(K.TICKET) <= count(K.DELIVERED)).all()
    assert (count(K.RESOLVED, K.UNRESOLVED) <= count(K.TICKET)).all()
    assert (count(K.REFUNDED) <= count(K.DELIVERED)).all()
    by_content = book.happened(K.ENGAGED) & (book.events.program == NO_CODE)
    assert (book.total(by_content.astype(float)) <= count(K.EXPOSED)).all()
    assert (count(K.TESTIMONIAL, K.CERTIFIED, K.REFERRED) == 0)[count(K.ADVOCATED) == 0].all()
    assert (count(K.ADVOCATED) <= 1).all()
    assert (count(K.REACTIVATED) <= count(K.DROPPED_OUT)).all()
    assert (count(K.DROPPED_OUT) <= count(K.REACTIVATED) + 1).all()
    rows = run.customers.columns
    gone = count(K.DROPPED_OUT) > count(K.REACTIVATED)
    assert (rows.alive == (~np.isnan(rows.rate) & ~gone)).all()
    assert (count(K.LOST) <= 1).all()
    stageless = book.events.stage == NO_CODE
    assert book.happened(K.ARRIVED, K.ADVOCATED, K.TESTIMONIAL, K.CERTIFIED, K.REFERRED)[
        stageless
    ].all()


def scores_keep_to_their_scales(run: Simulation) -> None:
    rows = run.customers.columns
    asked = ~np.isnan(rows.satisfaction)
    assert (asked == ~np.isnan(rows.effort)).all()
    assert (asked <= (rows.deliveries > 0)).all()
    assert ((rows.satisfaction[asked] >= 0) & (rows.satisfaction[asked] <= 10)).all()
    assert ((rows.effort[asked] >= 1) & (rows.effort[asked] <= 7)).all()
    assert ((rows.rungs_climbed >= 0) & (rows.rungs_climbed + rows.awareness <= 3)).all()
    assert (rows.rungs_climbed <= rows.exposures).all()


def tiers_only_rise(run: Simulation, book: Ledger) -> None:
    """And the last is the highest whose threshold the measure has reached."""
    loyalty, rows = run.scenario.journey.loyalty, run.customers.columns
    if loyalty is None:
        assert not rows.tier.any()
        return
    measure = rows.orders if loyalty.measure == "orders" else rows.revenue
    reached = sum((measure >= tier.from_).astype(int) for tier in loyalty.tiers)
    assert (rows.tier == reached).all()
    rewarded = book.happened(K.REWARDED) & (book.events.cost > 0)
    if run.scenario.journey.referral is None:
        assert (rows.tier[book.rows[rewarded]] > 0).all()


def busy_shop(**journey: Raw | list[Raw]) -> Raw:
    """Everybody buys at once, and again every few hours."""
    buying = {"model": "poisson", "mean_days": 0.25}
    repeat = {"frequency": buying, "spend": {"model": "fixed", "amount": 5}, "margin": 0.5}
    core = {"name": "works", "price": 10, "conversion": 1}
    return {
        "schema_version": 1,
        "name": "Busy",
        "horizon_days": 400,
        "journey": {"core_offer": core, "repeat_purchases": repeat, **journey},
    }


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_a_program_may_win_somebody_more_often_than_a_byte_can_count(engine: EngineName) -> None:
    daily = {"kind": "anniversary", "name": "daily", "every_days": 1, "open": 1, "conversion": 1}
    scenario = from_raw(busy_shop(return_path=[daily]))
    run = simulate(scenario, customers=3, events=True, engine=engine)
    the_table_counts_what_happened(run, ledger(run))
    assert run.customers.columns.recoveries.tolist() == [[399] * 3]


def test_hundreds_of_orders_may_be_on_their_way_at_once() -> None:
    slow = {"kind": "uniform", "low_days": 100, "high_days": 390}
    ticket = {"probability": 0.5, "resolved": 0.5, "delay": {"kind": "exponential", "mean_days": 9}}
    scenario = from_raw(busy_shop(experience={"delivery": slow, "ticket": ticket}))
    ours, theirs = (
        simulate(scenario, customers=3, events=True, engine=engine)
        for engine in ("kernel", "reference")
    )
    assert ours.events is not None
    assert theirs.events is not None
    for name, a, b in zip(
        ours.events.columns._fields, ours.events.columns, theirs.events.columns, strict=True
    ):
        assert a.tobytes() == b.tobytes(), name
    book = ledger(ours)
    assert (book.count(K.DELIVERED) > 400).all()
    assert (book.count(*PAID) > book.count(K.DELIVERED) + 400).all()
