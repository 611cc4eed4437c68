"""Cohorts of buyers: counted by hand, and they add up."""

import json
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.metrics.cohorts import PAID, CohortCounts
from cvosim.metrics.retention import retention
from cvosim.tables.columns import EventColumns, EventTable, Names, empty_events
from cvosim.tables.schema import EventKind

HORIZON, PERIOD = 40.0, 10.0
ENTRY = st.tuples(
    st.integers(0, 6),
    st.floats(0.0, HORIZON),
    st.sampled_from([*PAID, EventKind.ARRIVED, EventKind.TOUCHED]),
)
Entries = list[tuple[int, float, EventKind]]


def events_of(entries: Entries) -> EventColumns:
    events = empty_events(len(entries))
    for row, (who, time, kind) in enumerate(entries):
        events.customer_id[row], events.time[row], events.kind[row] = who, time, kind
    return events


def counts_of(entries: Entries) -> CohortCounts:
    return CohortCounts.of(events_of(entries), horizon=HORIZON, period=PERIOD)


def period_of(days: float) -> int:
    return min(int(days / PERIOD), 3)


@given(st.lists(ENTRY, max_size=40))
def test_counts_by_hand(entries: Entries) -> None:
    size, active = np.zeros(4, int), np.zeros((4, 4), int)
    for buyer in range(7):
        times = [time for who, time, kind in entries if who == buyer and kind in PAID]
        if times:
            size[period_of(min(times))] += 1
            for age in {period_of(time - min(times)) for time in times}:
                active[period_of(min(times)), age] += 1
    counts = counts_of(entries)
    assert counts.size.tolist() == size.tolist()
    assert counts.active.tolist() == active.tolist()
    assert counts.active[:, 0].tolist() == counts.size.tolist()


@given(st.lists(ENTRY, max_size=40))
def test_adds_up_over_customers(entries: Entries) -> None:
    even, odd = ([e for e in entries if e[0] % 2 == rest] for rest in (0, 1))
    assert counts_of(even) + counts_of(odd) == counts_of(odd) + counts_of(even)
    assert counts_of(even) + counts_of(odd) == counts_of(entries)
    again = CohortCounts.from_dict(json.loads(json.dumps(counts_of(entries).to_dict())))
    assert again == counts_of(entries)


@given(st.lists(ENTRY, min_size=1, max_size=40))
def test_retention_of_counts_is_that_of_events(entries: Entries) -> None:
    table = EventTable(events_of(entries), Names((), (), (), (), ()))
    found = counts_of(entries).retention()
    wanted = retention(table, horizon=HORIZON, period=PERIOD)
    assert found.to_dict() == wanted.to_dict()
    for (cohort, age), share in np.ndenumerate(found.share):
        seen = age == 0 or (cohort + age + 2) * PERIOD <= HORIZON
        assert math.isnan(share) == (not seen or found.size[cohort] == 0)


def test_other_periods_do_not_add_up() -> None:
    none = empty_events(0)
    weeks = CohortCounts.of(none, horizon=HORIZON, period=7.0)
    with pytest.raises(ValueError, match="periods"):
        weeks + CohortCounts.of(none, horizon=HORIZON, period=8.0)
    with pytest.raises(ValueError, match="horizons"):
        weeks + CohortCounts.of(none, horizon=HORIZON + 1, period=7.0)
