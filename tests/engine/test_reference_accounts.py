"""The reference engine: money, blocks and tables."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.small_plans import (
    SEED,
    TIME,
    assert_same,
    live,
    make_plan,
    rich_plan,
)

from cvosim.engine import reference
from cvosim.engine.reference import run_reference
from cvosim.tables.columns import CustomerColumns, EventColumns
from cvosim.tables.schema import EventKind, ExitReason


def test_money_adds_up() -> None:
    customers, events = run_reference(rich_plan(), SEED, 0, 400)
    c = customers
    costs = c.cost_of_goods + c.touch_cost + c.acquisition_cost
    age = events.time - c.arrival_time[events.customer_id.astype(int)]
    factor = np.exp(-math.log(1.1) / 365 * age)
    assert set(ExitReason) - {ExitReason.COMPLETED} == set(c.exit_reason)
    assert set(EventKind) - {EventKind.COMMITTED} == set(events.kind)
    for column, amount in [
        (c.revenue, events.revenue),
        (costs, events.cost),
        (c.discounted_revenue, events.revenue * factor),
        (c.discounted_cost, events.cost * factor),
    ]:
        sums = np.zeros(400)
        np.add.at(sums, events.customer_id.astype(int), amount)
        np.testing.assert_allclose(column, sums, rtol=1e-12, atol=1e-12)
    assert c.program_cost.sum() == pytest.approx(
        events.cost[events.kind == EventKind.TOUCHED].sum()
    )
    assert (c.discounted_acquisition_cost <= c.acquisition_cost).all()
    assert (c.touch_cost[c.orders == 0] == 0.0).all()


def test_a_tripwire_paid_with_time_earns_and_costs_no_goods() -> None:
    row, _ = live(make_plan({"kind": TIME, "unit_cost": 3.0, "is_tripwire": 1}))
    assert (row["tripwire_contribution"], row["acquisition_cost"]) == (0.0, 3.0)


def test_undiscounted_money_is_the_same_to_the_bit() -> None:
    plan = rich_plan()
    plan.world["discount"] = 0.0
    customers, _ = run_reference(plan, SEED, 0, 200)
    np.testing.assert_array_equal(customers.revenue, customers.discounted_revenue)
    np.testing.assert_array_equal(customers.acquisition_cost, customers.discounted_acquisition_cost)


@pytest.mark.parametrize("block", [1, 7, 100])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    customers, events = run_reference(rich_plan(), SEED, 0, 60)
    monkeypatch.setattr(reference, "BLOCK", block)
    seen = []
    again = run_reference(rich_plan(), SEED, 0, 60, progress=seen.append)
    assert_same(customers, again[0])
    assert_same(events, again[1])
    assert sum(seen) == 60
    assert max(seen) <= block


def test_a_part_of_the_population_lives_the_same_lives() -> None:
    customers, events = run_reference(rich_plan(), SEED, 0, 60)
    part, part_events = run_reference(rich_plan(), SEED, 40, 20)
    assert_same(CustomerColumns(*(column[..., 40:] for column in customers)), part)
    chosen = events.customer_id >= 40
    assert_same(EventColumns(*(column[chosen] for column in events)), part_events)


def test_events_are_in_canonical_order() -> None:
    customers, events = run_reference(rich_plan(), SEED, 0, 300)
    keys = list(zip(events.time.tolist(), events.customer_id.tolist(), strict=True))
    assert keys == sorted(keys)
    assert (events.time < 365.0).all()
    assert len(keys) > len(customers.orders)


def test_nobody_gives_empty_tables() -> None:
    customers, events = run_reference(rich_plan(), SEED, 0, 0)
    assert customers.stage_time.shape == (4, 0)
    assert len(events.time) == 0
    assert events.customer_id.dtype == np.uint64


def test_an_interruption_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference.Customer, "accept", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_reference(rich_plan(), SEED, 0, 50)
