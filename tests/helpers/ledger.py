"""What the events of a run say, customer by customer, to be compared with its tables."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.experiment.simulate import Simulation
from cvosim.tables.columns import EventColumns
from cvosim.tables.schema import EventKind

Floats = NDArray[np.float64]
PAID = (EventKind.BOUGHT, EventKind.RENEWED, EventKind.REORDERED)


class Ledger(NamedTuple):
    """The events of a run, and in which row of its customer table each has its owner."""

    events: EventColumns
    rows: NDArray[np.int64]
    n_rows: int

    def happened(self, *kinds: EventKind) -> NDArray[np.bool_]:
        """Which events are of these kinds."""
        return np.isin(self.events.kind, kinds)

    def count(self, *kinds: EventKind) -> NDArray[np.int64]:
        """How many of them each customer has."""
        return np.bincount(self.rows[self.happened(*kinds)], minlength=self.n_rows)

    def total(self, values: Floats, which: Any = slice(None)) -> Floats:
        """Sum of some events' values, by customer."""
        return np.bincount(self.rows[which], values[which], self.n_rows)

    def first(self, which: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Place of each customer's first such event; beyond all events if there is none."""
        places = np.full(self.n_rows, len(self.rows))
        np.minimum.at(places, self.rows[which], np.flatnonzero(which))
        return places

    def comes_before(self, places: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Which events come before their owner's place.

        Events are ordered by time and customer, then as they happened, so that those of one
        customer stand in the order in which they happened.
        """
        return np.arange(len(self.rows)) < places[self.rows]


def ledger(run: Simulation) -> Ledger:
    """Find out whose each event is."""
    assert run.events is not None
    events, ids = run.events.columns, run.customers.customer_id
    order = np.argsort(ids)
    rows = order[np.searchsorted(ids, events.customer_id, sorter=order)]
    assert (ids[rows] == events.customer_id).all()
    return Ledger(events, rows, len(ids))


def named_events(run: Simulation, which: Any = slice(None)) -> dict[str, NDArray[Any]]:
    """Events with names instead of the codes of stages and programs, which differ by journey."""
    assert run.events is not None
    events, names = run.events.columns, run.events.names
    stages = np.array([*names.stages, "repeat_purchases", ""])
    programs = np.array([*names.programs, ""])
    return {
        "customer_id": events.customer_id[which],
        "time": events.time[which],
        "stage": stages[events.stage[which]],
        "kind": events.kind[which],
        "revenue": events.revenue[which],
        "cost": events.cost[which],
        "program": programs[events.program[which]],
    }


def assert_same_stories(ours: dict[str, NDArray[Any]], theirs: dict[str, NDArray[Any]]) -> None:
    """The same events to the bit, in the same order."""
    for name, column in ours.items():
        np.testing.assert_array_equal(column, theirs[name], err_msg=name)
