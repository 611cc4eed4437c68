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


def block_tables(
    plan: Plan, seed: int, span: Span, *, events: bool = False, threads: int | None = 1
) -> tuple[CustomerTable, EventTable | None]:
    """Simulate some customers of a plan.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    seed : int
        Key of all randomness, 0 to 2**64 - 1.
    span : Span
        Ids of the market prospects; whom they brought by referral comes with them. A customer
        does the same in whichever span it is.
    events : bool
        Keep what happened, in canonical order.
    threads : int or None
        Of the kernel; None for all cores. Never changes a number.

    Returns
    -------
    CustomerTable, EventTable or None
        To be held only as long as somebody looks at them.

    Raises
    ------
    CvosimError
        If referral lets the population grow beyond the scenario's cap.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> from cvosim.plan import compile_plan
    >>> from cvosim.tables.spans import Span
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> people, events = block_tables(plan, 7, Span(1000, 500))
    >>> people.first_customer, len(people), events
    (1000, 500, None)
    """
    ran = run_kernel(plan, seed, span.first, span.count, events=events, threads=threads)
    names = names_of(plan)
    table = None if ran.events is None else EventTable(ran.events, names)
    return CustomerTable(ran.customers, names, span.first, ran.referred), table


def simulate_block(
    plan: Plan, seed: int, span: Span, wanted: Wanted, threads: int | None = None
) -> Aggregate:
    """Simulate some customers of a plan and keep only what their numbers add up from.

    Parameters
    ----------
    plan, seed, span, threads
        As for `block_tables`; all cores by default.
    wanted : Wanted
        What shall be measured; events are kept, while this works, only if it needs them.

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

    people, events = block_tables(plan, seed, span, events=wanted.needs_events, threads=threads)
    return aggregate(people, events, wanted, float(plan.world["horizon"][0]))


def warm_up(plan: Plan) -> float:
    """Load or compile the kernel in this thread, before many threads want it at once.

    Returns
    -------
    float
        Seconds that took.
    """
    return run_kernel(plan, 0, 0, 0, threads=1).compile_seconds


def in_this_process(executor: str) -> bool:
    """Whether an executor shares the kernel that is loaded here.

    Examples
    --------
    >>> [in_this_process(word) for word in ("serial", "threads:2", "processes:2")]
    [True, True, False]
    """
    return executor.startswith(("serial", "threads"))
