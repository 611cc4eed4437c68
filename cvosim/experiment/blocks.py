"""A block of customers, simulated and summed up: what every large run is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.engine.driver import run_kernel
from cvosim.engine.names import names_of
from cvosim.plan import Plan
from cvosim.tables.columns import CustomerTable, EventTable

if TYPE_CHECKING:
    from cvosim.metrics.aggregate import Aggregate, Wanted
    from cvosim.tables.spans import Span


def simulate_block(
    plan: Plan, seed: int, span: Span, wanted: Wanted, threads: int | None = None
) -> Aggregate:
    """Simulate some customers of a plan and keep only what their numbers add up from.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    seed : int
        Key of all randomness, 0 to 2**64 - 1.
    span : Span
        Ids of the market prospects; a customer does the same in whichever span it is.
    wanted : Wanted
        What shall be measured; events are kept, while this works, only if it needs them.
    threads : int, optional
        Of the kernel; all cores by default. Never changes a number.

    Returns
    -------
    Aggregate
        Of these prospects and of everybody whom they brought by referral.

    Raises
    ------
    CvosimError
        If referral lets the population grow beyond the scenario's cap.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.metrics.aggregate import Wanted
    >>> from cvosim.plan import compile_plan
    >>> from cvosim.tables.spans import Span
    >>> plan, wanted = compile_plan(load_scenario("carpet_cleaning")), Wanted(("prospects",))
    >>> halves = [simulate_block(plan, 7, Span(first, 500), wanted) for first in (0, 500)]
    >>> (halves[0] + halves[1]).measure(wanted)["prospects"].value
    1000.0
    """
    from cvosim.metrics.aggregate import aggregate

    ran = run_kernel(
        plan, seed, span.first, span.count, events=wanted.needs_events, threads=threads
    )
    names = names_of(plan)
    people = CustomerTable(ran.customers, names, span.first, ran.referred)
    events = None if ran.events is None else EventTable(ran.events, names)
    return aggregate(people, events, wanted, float(plan.world["horizon"][0]))
