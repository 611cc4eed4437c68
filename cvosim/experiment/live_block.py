"""The tables of a block of customers, held only as long as somebody looks at them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cvosim.engine.names import names_of
from cvosim.plan import Plan
from cvosim.tables.columns import CustomerTable, EventTable

if TYPE_CHECKING:
    from cvosim.tables.spans import Span


def block_tables(
    plan: Plan, seed: int, span: Span, *, events: bool = False
) -> tuple[CustomerTable, EventTable | None]:
    """Simulate some customers of a plan in one thread.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    seed : int
        Key of all randomness.
    span : Span
        Which market prospects; whom they brought by referral comes with them.
    events : bool
        Keep what happened, in canonical order.

    Returns
    -------
    CustomerTable, EventTable or None

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
    from cvosim.engine.driver import run_kernel

    ran = run_kernel(plan, seed, span.first, span.count, events=events, threads=1)
    names = names_of(plan)
    table = None if ran.events is None else EventTable(ran.events, names)
    return CustomerTable(ran.customers, names, span.first, ran.referred), table


def warm_up(plan: Plan) -> float:
    """Load or compile the kernel in this thread, before many threads want it at once.

    Returns
    -------
    float
        Seconds that took.
    """
    from cvosim.engine.driver import run_kernel

    return run_kernel(plan, 0, 0, 0, threads=1).compile_seconds


def in_this_process(executor: str) -> bool:
    """Whether an executor shares the kernel that is loaded here.

    Examples
    --------
    >>> [in_this_process(word) for word in ("serial", "threads:2", "processes:2")]
    [True, True, False]
    """
    return executor.startswith(("serial", "threads"))
