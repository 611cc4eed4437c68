"""Refunds, rewards and referred people in cash curves, payback, survival and RFM."""

import math

import numpy as np
import pytest
from helpers.customer_tables import FULL, NAMES, Luck, blank, brought
from metrics.test_over_time import ARRIVED, BOUGHT, events

from cvosim.metrics import cash_curve, payback_time, retention, rfm_scores, subscriber_survival
from cvosim.tables.columns import CustomerTable, EventTable, Referred, empty_events
from cvosim.tables.schema import EventKind

REFUNDED, REWARDED, REORDERED = EventKind.REFUNDED, EventKind.REWARDED, EventKind.REORDERED
REFERRED_ID = 2**63

STORY = events(
    (0, 0.0, ARRIVED, 0, 10),
    (0, 1.0, BOUGHT, 100, 40),
    (0, 1.0, REWARDED, 0, 5),
    (0, 4.0, REFUNDED, -30, 0),
    (0, 5.0, EventKind.DELIVERED, 0, 0),
)


def test_cash_is_after_refunds_and_rewards() -> None:
    curve = cash_curve(STORY, horizon=6)
    np.testing.assert_array_equal(curve.revenue, [0, 100, 100, 100, 70, 70, 70])
    np.testing.assert_array_equal(curve.cost, [10, 55, 55, 55, 55, 55, 55])
    assert curve.balance[-1] == 100 - 30 - 40 - 5 - 10


def test_a_refund_may_undo_the_payback() -> None:
    assert payback_time(STORY).value == 1.0
    late = events(
        (0, 0.0, ARRIVED, 0, 10), (0, 1.0, BOUGHT, 12, 0), (0, 4.0, REFUNDED, -6, 0),
        (0, 9.0, REORDERED, 6, 0),
    )  # fmt: skip
    assert payback_time(late).value == 9.0


def test_deliveries_and_refunds_are_no_orders() -> None:
    found = retention(STORY, horizon=40, period=2)
    assert found.share[0, 0] == 1.0
    assert found.share[0, 1] == 0.0


def pairs(seed: int, count: int = 600) -> tuple[EventTable, CustomerTable]:
    """Everybody costs 10 and brings a friend who does the same, 7 days later."""
    luck = Luck(count, seed)
    day, amount = luck.uniform() * 50, luck.exponential() * 40
    columns = empty_events(4 * count)
    columns.stage[:], columns.program[:] = 0, -1
    ids = np.arange(count, dtype=np.uint64)
    friends = ids + np.uint64(REFERRED_ID)
    columns.customer_id[:] = np.concatenate([ids, ids, friends, friends])
    for start, later in ((0, 0.0), (2 * count, 7.0)):
        came, bought = slice(start, start + count), slice(start + count, start + 2 * count)
        columns.kind[came], columns.kind[bought] = ARRIVED, BOUGHT
        columns.time[came], columns.time[bought] = 3.0 + later, 3.0 + later + day
        columns.revenue[came], columns.revenue[bought] = 0, amount
        columns.cost[came], columns.cost[bought] = 10, 0
    whose = brought(range(count), count)
    table = CustomerTable(blank(2 * count, FULL).columns, FULL, 0, whose)
    return EventTable(columns, NAMES), table


def test_payback_of_families_that_are_alike() -> None:
    """A friend who is a copy says nothing new: as of half as many customers."""
    ran, table = pairs(3)
    alone = payback_time(events_of_prospects(ran))
    together = payback_time(ran, table)
    assert payback_time(ran).value == together.value == pytest.approx(alone.value)
    assert together.standard_error == pytest.approx(alone.standard_error, rel=0.1)
    assert payback_time(ran).standard_error < 0.85 * together.standard_error


def events_of_prospects(ran: EventTable) -> EventTable:
    market = ran.columns.customer_id < np.uint64(REFERRED_ID)
    return EventTable(ran.columns._make(column[market] for column in ran.columns), ran.names)


def subscribers(copies: bool) -> CustomerTable:
    """Subscribers from the market, each with a friend who stays exactly as long, or not."""
    count, luck = 400, Luck(400, 1)
    life = 1 + np.floor(np.log(luck.uniform()) / math.log(0.8)).astype(int)
    until = 1 + (luck.uniform() * 6).astype(int)
    rows = 2 * count if copies else count
    table = blank(rows, FULL)
    c = table.columns
    c.stage_time[FULL.stages.index("care")] = 0
    c.bills[0] = np.resize(np.minimum(life, until), rows)
    c.cancelled[0] = np.resize(life < until, rows)
    whose = brought(range(count), count) if copies else table.referred
    return CustomerTable(c, FULL, 0, whose)


def test_survival_of_families() -> None:
    alone, twice = (subscriber_survival(subscribers(copies), "care") for copies in (False, True))
    np.testing.assert_allclose(twice.survival, alone.survival, rtol=1e-12)
    np.testing.assert_array_equal(twice.at_risk, 2 * alone.at_risk)
    # copies say nothing new: Greenwood's error of the prospects alone
    np.testing.assert_allclose(twice.standard_error, alone.standard_error, rtol=1e-9)


def test_survival_of_families_of_one_is_greenwoods() -> None:
    table = subscribers(copies=False)
    plain = subscriber_survival(table, "care")
    count = len(table)
    # half of them came through people who do not subscribe themselves
    c = blank(count + count // 2, FULL).columns
    c.stage_time[FULL.stages.index("care"), count // 2 :] = 0
    c.bills[0, count // 2 :], c.cancelled[0, count // 2 :] = (
        table.columns.bills[0], table.columns.cancelled[0],
    )  # fmt: skip
    whose = brought(range(count // 2), count)
    found = subscriber_survival(CustomerTable(c, FULL, 0, whose), "care")
    np.testing.assert_allclose(found.standard_error, plain.standard_error, rtol=1e-9)


def test_rfm_after_refunds_with_everybodys_id() -> None:
    table = blank(4, FULL)
    c = table.columns
    c.orders[:] = 1, 0, 2, 2
    c.revenue[:], c.refunds[:] = (50, 0, 400, 300), (0, 0, 100, 0)
    c.last_order_time[:] = 10, np.nan, 20, 30
    ids = np.array([2**63 + 5, 2**63 + 4], np.uint64)
    whose = Referred(ids, np.zeros(2, np.uint64), np.zeros(2, np.int64), np.ones(2, np.uint16))
    found = rfm_scores(CustomerTable(c, FULL, 7, whose), until=60)
    assert found.customer_id.tolist() == [7, 2**63 + 5, 2**63 + 4]
    np.testing.assert_array_equal(found.monetary, [50, 150, 150])
