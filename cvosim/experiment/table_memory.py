"""How much memory a table of so many customers takes, and how much there is."""

from __future__ import annotations

import os

from cvosim.errors import CvosimError
from cvosim.plan import Plan, compile_plan
from cvosim.scenario import Scenario
from cvosim.tables.columns import Names

_SAMPLE = 65_536
_MEASURING = 40.0
"""Bytes a customer that `cvosim.measure` takes while it works."""
_DRAWN = 4.5
"""So many times its table's memory it takes to look at the events of a scenario for a report."""


def bytes_needed(plan: Plan, customers: int) -> float:
    """Memory that simulating and measuring so many customers in one table takes, about.

    Without events, and without whom they bring by referral.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> plan = compile_plan(load_scenario("carpet_cleaning"))
    >>> 150e9 < bytes_needed(plan, 10**9) < 400e9
    True
    """
    from cvosim.engine.names import names_of

    return customers * (_row(names_of(plan)) + _MEASURING)


def _row(names: Names) -> float:
    from cvosim.tables.blocks import empty_blocks

    # unset memory is not taken before it is written to, so this costs nothing
    return sum(block.nbytes for block in empty_blocks(_SAMPLE, names)) / _SAMPLE


def memory_there() -> int | None:
    """Bytes of memory that this machine has; None where the system does not tell.

    Examples
    --------
    >>> found = memory_there()
    >>> found is None or found > 2**20
    True
    """
    try:
        pages, size = os.sysconf("SC_PHYS_PAGES"), os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):  # Windows has no such question
        return None
    return pages * size if pages > 0 and size > 0 else None


def too_large(scenario: Scenario, customers: int, *, reported: int = 0) -> str | None:
    """Warn of a table that takes more than half the memory there is.

    Parameters
    ----------
    scenario : Scenario
    customers : int
        Market prospects.
    reported : int
        Of how many scenarios like this one a report with figures is made, which looks at their
        events; 0 for none.

    Returns
    -------
    str or None
        Advice in words; None where there is room.

    Raises
    ------
    CvosimError
        When the table takes more than all of it: the system would end somebody's program.

    Examples
    --------
    >>> from cvosim import load_scenario
    >>> too_large(load_scenario("carpet_cleaning"), 1000) is None
    True
    """
    there = memory_there()
    if there is None:
        return None
    table = bytes_needed(compile_plan(scenario), customers)
    needed = table * (reported + _DRAWN) if reported else table
    if needed <= there / 2.0:
        return None
    what = (
        f"a report on {customers:,} customers takes"
        if reported
        else f"{customers:,} customers take"
    )
    where = "" if reported else " in one table"
    advice = "ask for fewer customers" if reported else "--stream takes the same for any number"
    text = (
        f"{what} about {_gigabytes(needed)} of memory{where}, and this machine has "
        f"{_gigabytes(there)}"
    )
    if needed > there:
        refused = advice if reported else "use --stream, which takes the same for any number"
        raise CvosimError(f"customers: {text}; {refused}")
    return f"{text}; {advice}"


def _gigabytes(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"
