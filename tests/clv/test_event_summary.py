"""Simulated events as customers and as an order log, against a slow twin and by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

from cvosim import load_scenario, simulate
from cvosim.clv.orders.event_summary import summarise_events
from cvosim.clv.orders.log import OrderLog
from cvosim.clv.orders.reading import read_orders
from cvosim.clv.orders.summary import summarise
from cvosim.errors import DataError
from cvosim.tables.columns import EventColumns, EventTable, Names
from cvosim.tables.schema import EventKind
from cvosim.tables.store import write_events

STAGES = ("tripwire", "core_offer")


def simulated(rows: list[tuple[int, float, int, EventKind, float]]) -> EventTable:
    """Events in order of time: whose, when, which stage, what, for how much."""
    who, time, stage, kind, revenue = zip(*sorted(rows, key=lambda row: row[1]), strict=True)
    columns = EventColumns(
        np.array(who, np.uint64), np.array(time), np.array(stage, np.int16),
        np.array([int(one) for one in kind], np.uint8), np.array(revenue), np.zeros(len(rows)),
        np.full(len(rows), -1, np.int16),
    )  # fmt: skip
    return EventTable(columns, Names((), (), STAGES, (), ()))


BOUGHT, REORDERED, RENEWED = EventKind.BOUGHT, EventKind.REORDERED, EventKind.RENEWED
STORY = [
    (9, 1.5, 0, BOUGHT, 5.0), (9, 2.25, 1, BOUGHT, 90.0), (9, 2.75, 2, REORDERED, 10.0),
    (9, 30.5, 2, REORDERED, 0.0), (9, 41.0, 2, REORDERED, 7.0), (9, 45.0, 1, RENEWED, 3.0),
    (4, 2.5, 1, EventKind.COMMITTED, 0.0), (4, 16.5, 1, BOUGHT, 30.0), (4, 40.5, 2, REORDERED, 8.0),
    (2**63, 39.5, 1, BOUGHT, 1.0), (5, 41.5, 1, BOUGHT, 1.0), (5, 43.5, 2, REORDERED, 1.0),
    (6, 3.0, 0, BOUGHT, 5.0), (6, 4.0, 1, EventKind.DECLINED, 0.0),
]  # fmt: skip


def test_a_simulation_is_summed_up_to_the_moment() -> None:
    """From the first yes to the stage on, be it paid or not; who comes late is no customer yet."""
    summary = summarise_events(simulated(STORY), 40, horizon=45, start="1970-04-11")
    assert summary.names == ("4", "9", str(2**63))
    assert summary.repeats.tolist() == [0, 2, 0]
    assert summary.last.tolist() == [0.0, 28.25, 0.0]
    assert summary.age.tolist() == [37.5, 37.75, 0.5]
    assert (summary.paid.tolist(), summary.spend.tolist()) == ([0, 1, 0], [0.0, 10.0, 0.0])
    assert summary.holdout is not None
    assert summary.holdout.tolist() == [1, 1, 0]
    assert summary.holdout_spend is not None
    assert summary.holdout_spend.tolist() == [8.0, 7.0, 0.0]
    assert summary.first.tolist() == [102, 102, 139]
    assert (summary.start, summary.end, summary.holdout_days) == (102, 140, 5)
    assert summarise_events(simulated(STORY), 40).holdout is None
    assert summarise_events(simulated(STORY), 40, after="tripwire").names == ("6", "9")


def test_a_simulation_as_an_order_log() -> None:
    log = OrderLog.of_events(simulated(STORY), stages=("core_offer", "repeat_purchases"), start=100)
    assert log.customers == ("9", "4", str(2**63), "5")
    assert log.day.tolist() == [102, 102, 116, 130, 139, 140, 141, 141, 143, 145]
    assert log.attributes["stage"].of_orders().count("core_offer") == 5
    assert OrderLog.of_events(simulated(STORY)).n_orders == 12
    only = OrderLog.of_events(simulated(STORY), include=(RENEWED,), start="2024-01-01")
    assert repr(only) == "OrderLog(1 order of 1 customer, 2024-02-15 to 2024-02-15)"


def test_simulations_that_cannot_be_summed_up() -> None:
    table = simulated(STORY)
    for words, wrong in (
        ("no stage 'core_ofer': there are 'tripwire', 'core_offer'", {"after": "core_ofer"}),
        ("until: 40.5 is no whole number of days", {"until": 40.5}),
        ("horizon: day 40 must be later than until, day 40", {"horizon": 40}),
        ("nobody became a customer by day 2", {"until": 2}),
    ):
        with pytest.raises(DataError, match=words):
            summarise_events(table, **{"until": 40, **wrong})
    with pytest.raises(DataError, match="did you mean 'tripwire'"):
        OrderLog.of_events(table, stages=["tripwir"])
    with pytest.raises(DataError, match="no such orders"):
        OrderLog.of_events(table, include=[EventKind.REFUNDED])


def test_the_engine_s_customers_equal_the_slow_way() -> None:
    """The library's CDNOW: who first buys on day d and orders then, one event at a time."""
    events = simulate(load_scenario("cdnow"), customers=300, events=True).events
    assert events is not None
    born: dict[str, float] = {}
    orders: dict[str, list[tuple[float, float]]] = {}
    for who, time, kind, revenue in zip(
        *(events.columns.customer_id, events.columns.time, events.columns.kind),
        events.columns.revenue,
        strict=True,
    ):
        if kind == BOUGHT:
            born[str(who)] = float(time)
            orders[str(who)] = []
        elif kind == REORDERED:
            orders[str(who)].append((float(time), float(revenue)))
    summary = summarise_events(events, 273, horizon=546)
    assert summary.holdout is not None
    assert summary.holdout_spend is not None
    assert len(summary.names) == len(born) == 300
    for row, name in enumerate(summary.names):
        seen = [order for order in orders[name] if order[0] <= 273]
        later = [order for order in orders[name] if order[0] > 273]
        assert summary.repeats[row] == len(seen)
        assert summary.holdout[row] == len(later)
        assert summary.age[row] == 273 - born[name]
        assert summary.last[row] == (seen[-1][0] - born[name] if seen else 0.0)
        mean = math.fsum(paid for _, paid in seen) / max(len(seen), 1)
        assert summary.spend[row] == pytest.approx(mean, rel=1e-12)
        total = math.fsum(paid for _, paid in later)
        assert summary.holdout_spend[row] == pytest.approx(total, rel=1e-12)


def test_the_log_of_a_simulation_loses_only_the_time_of_day() -> None:
    events = simulate(load_scenario("cdnow"), customers=300, events=True).events
    assert events is not None
    log = OrderLog.of_events(events, start="1997-01-01")
    by_day, exact = summarise(log), summarise_events(events, 546, start="1997-01-01")
    assert log.n_customers == exact.n_customers == 300
    assert by_day.repeats.sum() <= exact.repeats.sum()  # some bought twice a day
    rows = [log.customers.index(name) for name in exact.names]
    assert (by_day.first[rows] == exact.first).all()
    same = by_day.repeats[rows] == exact.repeats
    assert same.mean() > 0.9
    assert (np.abs(by_day.last[rows] - exact.last)[same] < 1).all()


def test_an_event_file_is_an_order_log(tmp_path: Path) -> None:
    """What `cvosim run --events` wrote is read like anybody's orders."""
    run = simulate(load_scenario("cdnow"), customers=300, events=True)
    assert run.events is not None
    path = tmp_path / "events.parquet"
    write_events(run.events, path)
    log = read_orders(path)
    again = OrderLog.of_events(run.events)
    assert (log.day.tolist(), log.amount.tolist()) == (again.day.tolist(), again.amount.tolist())
    assert log.source == str(path)
    assert read_orders(path, attributes=["stage"]).attributes["stage"].labels
    with pytest.raises(DataError, match="channel"):
        read_orders(path, attributes=["channel"])
