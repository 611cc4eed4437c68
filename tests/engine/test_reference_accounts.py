"""The reference engine: money, blocks and tables."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest
from helpers.small_plans import (
    SEED,
    TIME,
    assert_same,
    live,
    make_plan,
    rich_plan,
    whole_plan,
)

from cvosim.engine import reference, reference_journey
from cvosim.engine.reference import run_reference
from cvosim.plan.plan import Plan, ProgramKind, RepeatModel
from cvosim.tables.columns import CustomerColumns, EventColumns
from cvosim.tables.schema import EventKind, ExitReason


@pytest.mark.parametrize("make", [rich_plan, whole_plan])
def test_money_adds_up(make: Callable[[], Plan]) -> None:
    c, referred, events = run_reference(make(), SEED, 0, 150)
    ids = np.concatenate((np.arange(150, dtype=np.uint64), referred.customer_id))
    by_id = np.argsort(ids)
    row = by_id[np.searchsorted(ids, events.customer_id, sorter=by_id)]
    costs = c.cost_of_goods + c.touch_cost + c.acquisition_cost + c.reward_cost
    factor = np.exp(-math.log(1.1) / 365 * (events.time - c.arrival_time[row]))
    for column, amount in [
        (c.revenue - c.refunds, events.revenue),
        (costs, events.cost),
        (c.discounted_revenue, events.revenue * factor),
        (c.discounted_cost, events.cost * factor),
    ]:
        sums = np.zeros(len(ids))
        np.add.at(sums, row, amount)
        np.testing.assert_allclose(column, sums, rtol=1e-11, atol=1e-11)
    assert c.program_cost.sum() == pytest.approx(
        events.cost[events.kind == EventKind.TOUCHED].sum()
    )
    assert (c.discounted_acquisition_cost <= c.acquisition_cost).all()
    assert (c.touch_cost[c.orders == 0] == 0.0).all()


def test_everything_happens_in_the_plans_that_the_tests_use() -> None:
    customers, _, events = run_reference(rich_plan(), SEED, 0, 400)
    assert set(ExitReason) - {ExitReason.COMPLETED} == set(customers.exit_reason)
    first_issue = {kind for kind in EventKind if kind <= EventKind.LOST}
    assert first_issue - {EventKind.COMMITTED} == set(events.kind)
    _, _, events = run_reference(whole_plan(), SEED, 0, 100)
    assert set(EventKind) == set(events.kind)


def test_extra_columns_count_events() -> None:
    c, referred, events = run_reference(whole_plan(), SEED, 0, 80)
    counts = np.bincount(events.kind, minlength=len(EventKind))
    assert c.deliveries.sum() == counts[EventKind.DELIVERED]
    assert c.tickets.sum() == counts[EventKind.TICKET]
    assert c.resolved.sum() == counts[EventKind.RESOLVED]
    assert c.returns.sum() == counts[EventKind.REFUNDED]
    assert c.exposures.sum() == counts[EventKind.EXPOSED]
    assert c.invited.sum() == counts[EventKind.REFERRED] >= len(referred.root) > 0
    assert c.testimonials.sum() == counts[EventKind.TESTIMONIAL]
    assert c.partner.sum() == counts[EventKind.CERTIFIED]
    assert (~np.isnan(c.advocated_time)).sum() == counts[EventKind.ADVOCATED]
    assert c.recoveries.sum() == counts[EventKind.RECOVERED]


def test_a_program_that_wins_every_day_is_counted_every_day() -> None:
    anniversary = {"kind": ProgramKind.ANNIVERSARY, "click": 1.0, "n_touches": 1}
    plan = make_plan(
        {"price": 1.0, "starts_repeat": 1},
        programs=[anniversary],
        touches=[{"open": 1.0}],
        repeat={"model": RepeatModel.POISSON, "spend_p": 1.0},
        care={
            "retention": [
                {"program": 0, "kind": ProgramKind.ANNIVERSARY, "after": 0.25} | {"conversion": 1.0}
            ]
        },
    )
    row, _ = live(plan)
    assert (row["orders"], row["recoveries"]) == (400, [399])


def test_a_tripwire_paid_with_time_earns_and_costs_no_goods() -> None:
    row, _ = live(make_plan({"kind": TIME, "unit_cost": 3.0, "is_tripwire": 1}))
    assert (row["tripwire_contribution"], row["acquisition_cost"]) == (0.0, 3.0)


def test_undiscounted_money_is_the_same_to_the_bit() -> None:
    plan = rich_plan()
    plan.world["discount"] = 0.0
    customers, _, _ = run_reference(plan, SEED, 0, 200)
    np.testing.assert_array_equal(customers.revenue, customers.discounted_revenue)
    np.testing.assert_array_equal(customers.acquisition_cost, customers.discounted_acquisition_cost)


@pytest.mark.parametrize("block", [1, 7, 100])
def test_blocks_change_nothing(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    customers, _, events = run_reference(rich_plan(), SEED, 0, 60)
    monkeypatch.setattr(reference, "BLOCK", block)
    seen = []
    again = run_reference(rich_plan(), SEED, 0, 60, progress=seen.append)
    assert_same(customers, again[0])
    assert_same(events, again[2])
    assert sum(seen) == 60
    assert max(seen) <= block


def test_a_part_of_the_population_lives_the_same_lives() -> None:
    customers, _, events = run_reference(rich_plan(), SEED, 0, 60)
    part, _, part_events = run_reference(rich_plan(), SEED, 40, 20)
    assert_same(CustomerColumns(*(column[..., 40:] for column in customers)), part)
    chosen = events.customer_id >= 40
    assert_same(EventColumns(*(column[chosen] for column in events)), part_events)


def test_events_are_in_canonical_order() -> None:
    customers, _, events = run_reference(rich_plan(), SEED, 0, 300)
    keys = list(zip(events.time.tolist(), events.customer_id.tolist(), strict=True))
    assert keys == sorted(keys)
    assert (events.time < 365.0).all()
    assert len(keys) > len(customers.orders)


def test_nobody_gives_empty_tables() -> None:
    customers, _, events = run_reference(rich_plan(), SEED, 0, 0)
    assert customers.stage_time.shape == (4, 0)
    assert len(events.time) == 0
    assert events.customer_id.dtype == np.uint64


def test_an_interruption_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(reference_journey, "accept", interrupt)
    with pytest.raises(KeyboardInterrupt):
        run_reference(rich_plan(), SEED, 0, 50)
