"""The reference engine: what a customer does, told as a story.

Every customer is a handful of SimPy processes that share a calendar: the *journey* walks
from offer to offer (`reference_journey`); *consumption* of a lead magnet, *repeat buying*
and each *subscription* run beside it (`reference_recurring`), as do the delivery and the
*experience* of every order (`reference_experience`) and the programs that bring customers
back (`reference_retention`). A process writes down what happens and then waits for its
next appointment. Nothing here is fast; everything here is meant to be read, and to be
what the compiled engine is compared with, bit for bit.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

from cvosim.engine.names import names_of
from cvosim.engine.reference_accounts import Diary, enter, event_columns
from cvosim.engine.reference_calendar import Calendar
from cvosim.engine.reference_customer import Customer, Person
from cvosim.engine.reference_journey import walk
from cvosim.engine.reference_luck import Luck
from cvosim.engine.reference_plan import read_plan
from cvosim.engine.reference_referral import (
    in_table_order,
    invited_by,
    referred_columns,
)
from cvosim.engine.reference_world import World
from cvosim.plan.growth import check_growth
from cvosim.plan.plan import Plan
from cvosim.tables.blocks import empty_customers
from cvosim.tables.columns import (
    CustomerColumns,
    EventColumns,
    Names,
    Referred,
    in_canonical_order,
)

BLOCK = 2_000
"""Customers that share a calendar; bounds memory and changes no result."""

Progress = Callable[[int], None]


def run_reference(
    plan: Plan,
    seed: int,
    first_customer: int,
    n_customers: int,
    *,
    progress: Progress | None = None,
) -> tuple[CustomerColumns, Referred, EventColumns]:
    """Simulate customers one appointment at a time.

    Parameters
    ----------
    plan : Plan
        A compiled scenario.
    seed : int
        The luck of the whole population.
    first_customer : int
        Id of the first customer; the others follow it.
    n_customers : int
        How many market prospects to simulate, with everybody whom they bring by referral.
    progress : callable, optional
        Called after every block of market prospects with how many it had.

    Returns
    -------
    tuple of CustomerColumns, Referred and EventColumns
        One row a customer, those brought by referral last; who these are; and all events
        by time, customer and order of happening.

    Raises
    ------
    CvosimError
        If referral lets the population grow beyond the cap.

    Examples
    --------
    >>> from cvosim.plan import compile_plan
    >>> from cvosim.scenario import load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> customers, referred, events = run_reference(plan, 7, first_customer=0, n_customers=100)
    >>> len(customers.revenue), bool((events.time < plan.world["horizon"][0]).all())
    (100, True)
    """
    run = _Run(read_plan(plan), names_of(plan), seed)
    market = [Person(first_customer + row, root=row) for row in range(n_customers)]
    generations = [_live(run, market, progress)]
    referred: list[Person] = []
    while newcomers := generations[-1].invited:
        n_lived = n_customers + len(referred)
        referred += newcomers
        assert run.world.referral is not None
        check_growth(len(referred), n_lived, n_customers, run.world.referral.cap)
        generations.append(_live(run, newcomers))
    order = in_table_order(referred)
    return (
        _in_one_table([part.customers for part in generations], order),
        referred_columns([referred[index] for index in order]),
        in_canonical_order(_together([part.events for part in generations])),
    )


class _Run(NamedTuple):
    world: World
    names: Names
    seed: int


class _Lived(NamedTuple):
    """What a generation did, and whom it brings."""

    customers: CustomerColumns
    events: EventColumns
    invited: list[Person]


def _live(run: _Run, people: Sequence[Person], progress: Progress | None = None) -> _Lived:
    """Let a generation live, block after block."""
    customers = empty_customers(len(people), run.names)
    logs = [event_columns([])]
    invited: list[Person] = []
    for start in range(0, len(people), BLOCK):
        block = people[start : start + BLOCK]
        diaries = _live_together(run, block)
        for row, (person, diary) in enumerate(zip(block, diaries, strict=True), start):
            enter(customers, row, diary, run.world)
            invited += invited_by(person, diary, run.seed, run.world)
        logs.append(event_columns(diaries))
        if progress is not None:
            progress(len(block))
    return _Lived(customers, _together(logs), invited)


def _live_together(run: _Run, people: Sequence[Person]) -> list[Diary]:
    """Let customers live side by side on one calendar until the horizon."""
    calendar = Calendar(0.0)
    customers = [
        Customer(calendar, run.world, Luck(run.seed, person.customer_id), person)
        for person in people
    ]
    for customer in customers:
        customer.start(walk(customer))
    calendar.run(until=run.world.horizon)
    return [customer.close_diary() for customer in customers]


def _together(logs: Sequence[EventColumns]) -> EventColumns:
    """Put the events of several blocks behind each other."""
    return EventColumns(*(np.concatenate(parts) for parts in zip(*logs, strict=True)))


def _in_one_table(generations: Sequence[CustomerColumns], order: list[int]) -> CustomerColumns:
    """Put everybody brought by referral, in this order, below the market prospects."""
    market, *later = generations
    if not later:
        return market
    referred = _below_each_other(later)
    ordered = CustomerColumns._make(column[..., order] for column in referred)
    return _below_each_other((market, ordered))


def _below_each_other(tables: Sequence[CustomerColumns]) -> CustomerColumns:
    columns = zip(*tables, strict=True)
    return CustomerColumns._make(np.concatenate(parts, -1) for parts in columns)
