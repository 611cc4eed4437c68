"""Money by day: agrees with the curves of the event table, and adds up."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim import load_scenario, simulate
from cvosim.metrics.aggregate import Wanted, aggregate
from cvosim.metrics.cash import EVENT_METRICS, CashSums
from cvosim.metrics.curves import cash_curve, payback_time
from cvosim.metrics.metric import UNITS
from cvosim.tables.columns import EventColumns, EventTable, empty_events

HORIZON = 5.0
ENTRY = st.tuples(
    st.floats(0.0, HORIZON) | st.integers(0, int(HORIZON)).map(float),
    st.floats(0.0, HORIZON),
    st.integers(0, 50),
    st.integers(0, 50),
)


def events_of(entries: list[tuple[float, float, int, int]]) -> tuple[EventColumns, np.ndarray]:
    events, ages = empty_events(len(entries)), np.empty(len(entries))
    for row, (time, age, revenue, cost) in enumerate(entries):
        events.time[row], ages[row] = time, age
        events.revenue[row], events.cost[row] = revenue, cost
    return events, ages


@given(st.lists(ENTRY, max_size=30))
def test_totals_by_hand(entries: list[tuple[float, float, int, int]]) -> None:
    sums = CashSums.of(*events_of(entries), HORIZON)
    for since, place in (("start", 0), ("arrival", 1)):
        curve = sums.curve(since)  # type: ignore[arg-type]
        assert curve.days.tolist() == [0, 1, 2, 3, 4, 5]
        wanted = [sum(e[2] - e[3] for e in entries if e[place] <= day) for day in range(6)]
        assert curve.balance.tolist() == wanted
    assert sums.lowest_cash() == min(0, *sums.curve().balance)
    below = [day for day in range(6) if sums.curve("arrival").balance[day] < 0]
    paid = 0 if not below else below[-1] + 1
    assert sums.payback_time() == pytest.approx(paid if paid < 6 else math.nan, nan_ok=True)


@given(st.lists(ENTRY, max_size=20), st.lists(ENTRY, max_size=20))
def test_adds_up(one: list, other: list) -> None:
    apart = CashSums.of(*events_of(one), HORIZON) + CashSums.of(*events_of(other), HORIZON)
    assert apart == CashSums.of(*events_of(one + other), HORIZON)  # whole money: exact
    assert CashSums.from_lists(apart.to_lists()) == apart


def test_what_comes_after_the_horizon_is_left_out() -> None:
    events, ages = events_of([(2.0, 1.0, 5, 0), (2.25, 1.0, 7, 0), (3.5, 3.5, 11, 0)])
    sums = CashSums.of(events, ages, 2.5)
    assert sums.curve().balance.tolist() == [0, 0, 5, 12]


@pytest.mark.parametrize("name", ["carpet_cleaning", "pizza_chain", "saas"])
def test_agrees_with_the_curves_of_events(name: str) -> None:
    run = simulate(load_scenario(name), customers=3000, events=True)
    horizon = float(run.scenario.horizon_days)
    assert run.events is not None
    assert horizon == int(horizon)
    sums = aggregate(run.customers, run.events, Wanted(("lowest_cash",)), horizon).cash
    assert sums is not None
    for since in ("start", "arrival"):
        wanted = cash_curve(run.events, horizon=horizon, since=since)  # type: ignore[arg-type]
        found = sums.curve(since)  # type: ignore[arg-type]
        for column in ("days", "revenue", "cost"):
            np.testing.assert_array_equal(getattr(found, column), getattr(wanted, column))
    assert sums.lowest_cash() == min(0.0, cash_curve(run.events, horizon=horizon).balance.min())
    exact, whole_days = payback_time(run.events).value, sums.payback_time()
    # between whole days the total may dip below 0 and recover
    assert math.isnan(exact) == math.isnan(whole_days)
    assert math.isnan(exact) or whole_days <= math.ceil(exact)


def test_payback_at_whole_days_is_the_next_whole_day() -> None:
    columns = EventColumns(*(np.array(v) for v in (
        [0, 0, 0], [1.0, 2.5, 4.25], [-1, 0, 0], [0, 5, 5], [0.0, 4.0, 4.0], [6.0, 0.0, 0.0],
        [-1, -1, -1])))  # fmt: skip
    names = simulate(load_scenario("cdnow"), customers=1).customers.names
    assert payback_time(EventTable(columns, names)).value == 3.25
    assert CashSums.of(columns, columns.time - 1.0, 10).payback_time() == 4.0


def test_event_outcomes_are_described() -> None:
    assert {outcome.unit for outcome in EVENT_METRICS.values()} <= {*UNITS, "money"}
    assert all(outcome.description.endswith(".") for outcome in EVENT_METRICS.values())
