"""Money adds up to the cent: events, customer table and metrics say the same."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.full_bazaar import BAZAAR, BUSY
from helpers.ledger import PAID, Ledger, ledger
from helpers.scenarios import from_raw, scenarios
from hypothesis import given, settings

from cvosim.experiment.simulate import Simulation, simulate
from cvosim.scenario import Scenario
from cvosim.tables.schema import EventKind

CENT = 0.005


def close(ours: object, theirs: object) -> bool:
    """To the cent, or to a trillionth of very large sums."""
    return bool(np.allclose(ours, theirs, rtol=1e-12, atol=CENT))


def busy_bazaar() -> Scenario:
    """The fullest shop with so much going on that every account has something in it."""
    return from_raw(BAZAAR, BUSY)


@given(scenario=scenarios())
@settings(max_examples=60)
def test_money_adds_up_to_the_cent(scenario: Scenario) -> None:
    run = simulate(scenario, customers=300, events=True)
    check_accounts(run)
    check_factors(run)
    check_metrics(run)


def test_no_account_of_a_busy_shop_is_empty() -> None:
    run = simulate(busy_bazaar(), customers=3000, events=True)
    check_accounts(run)
    check_factors(run)
    check_metrics(run)
    rows = run.customers.columns
    accounts = (rows.revenue, rows.refunds, rows.cost_of_goods, rows.touch_cost)
    assert all(column.sum() > 1 for column in (*accounts, rows.acquisition_cost, rows.reward_cost))
    assert (rows.program_cost.sum(1) > 0).all()
    market = run.customers.n_market
    assert rows.revenue[market:].sum() > 1
    assert rows.reward_cost[market:].sum() > 1


def check_accounts(run: Simulation) -> None:
    """Each event's money is in exactly one account of the customer it belongs to."""
    book, rows = ledger(run), run.customers.columns
    events = book.events
    refunded, rewarded = book.happened(EventKind.REFUNDED), book.happened(EventKind.REWARDED)
    paid = book.happened(*PAID)
    spent = ~paid & ~rewarded
    assert not (events.cost[refunded]).any()
    assert not (events.revenue[~paid & ~refunded]).any()
    first = book.comes_before(book.first(paid))
    for values, which, column in (
        (events.revenue, paid, rows.revenue),
        (-events.revenue, refunded, rows.refunds),
        (events.cost, paid, rows.cost_of_goods),
        (events.cost, rewarded, rows.reward_cost),
        (events.cost, spent & first, rows.acquisition_cost),
        (events.cost, spent & ~first, rows.touch_cost),
    ):
        assert close(book.total(values, which), column)
    tables = (rows.cost_of_goods, rows.touch_cost, rows.acquisition_cost, rows.reward_cost)
    assert close(math.fsum(events.cost), sum(math.fsum(column) for column in tables))
    assert close(book.total(events.revenue - events.cost), run.customers.contribution)
    assert (events.cost >= 0).all()
    assert (rows.refunds <= rows.revenue + CENT).all()
    check_programs(run, book)


def check_programs(run: Simulation, book: Ledger) -> None:
    events, rows = book.events, run.customers.columns
    for program, costs in enumerate(rows.program_cost):
        own = (events.program == program) & book.happened(EventKind.TOUCHED)
        assert close(book.total(events.cost, own), costs)


def check_factors(run: Simulation) -> None:
    """What comes later is worth less, by the customer's own time since its arrival."""
    book, rows = ledger(run), run.customers.columns
    arrival = np.nan_to_num(rows.arrival_time)[book.rows]
    rate = run.scenario.economics.discount_rate
    factor = (1 + rate) ** (-(book.events.time - arrival) / 365)
    assert close(book.total(book.events.revenue * factor), rows.discounted_revenue)
    assert close(book.total(book.events.cost * factor), rows.discounted_cost)
    first = book.comes_before(book.first(book.happened(*PAID)))
    before = first & ~book.happened(EventKind.REWARDED)
    ours = book.total(book.events.cost * factor, before)
    assert close(ours, rows.discounted_acquisition_cost)


def check_metrics(run: Simulation) -> None:
    book, metrics = ledger(run), run.metrics()
    events, paid = book.events, book.happened(*PAID)
    assert close(metrics["revenue"].value, math.fsum(events.revenue[paid]))
    earned = math.fsum(events.revenue) - math.fsum(events.cost)
    assert close(metrics["contribution"].value, earned)


@pytest.mark.parametrize("engine", ["kernel", "reference"])
def test_both_engines_keep_the_same_books(engine: str) -> None:
    run = simulate(busy_bazaar(), customers=400, events=True, engine=engine)
    check_accounts(run)
    check_factors(run)
