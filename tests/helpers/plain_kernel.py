"""The kernel's own functions as plain Python, in a process that compiles nothing.

`plain` is for whoever runs them so; as a script they run with every draw counted:
``NUMBA_DISABLE_JIT=1 python plain_kernel.py CUSTOMERS SCENARIO...`` prints, for each scenario,
how many random numbers the kernel draws, beside those that the reference engine needs, and the
hash of what the customers did, as JSON.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import numpy as np

from cvosim import compile_plan, load_scenario
from cvosim.engine import kernel
from cvosim.engine.driver import run_kernel
from cvosim.engine.speed.counting import tally
from cvosim.engine.speed.exchange import exchanged
from cvosim.engine.speed.subject import Subject
from cvosim.randomness import philox
from cvosim.tables.fingerprint import trajectory_hash


def with_fields(table: Any) -> Any:
    """Tables whose records have their fields as attributes, as they do in compiled code."""
    if isinstance(table, np.ndarray) and table.dtype.names:
        return table.view(np.recarray)
    if isinstance(table, np.void):
        return np.asarray(table).reshape(1).view(np.recarray)[0]
    if isinstance(table, tuple):
        parts = map(with_fields, table)
        return type(table)(*parts) if hasattr(table, "_fields") else tuple(parts)
    return table


def plain(function: Any) -> Any:
    """A function that Numba was told not to compile, called as the compiled one would be."""

    def called(*tables: Any) -> None:
        with np.errstate(all="ignore"):  # 0.0 / 0.0 is NaN, as in machine code
            function(*map(with_fields, tables))

    called.overloads = (True,)  # type: ignore[attr-defined]  # nothing is left to compile
    return called


def drawn(name: str, customers: int) -> dict[str, Any]:
    """Let both engines live through the first customers; the kernel without their events."""
    scenario = load_scenario(name)
    plan = compile_plan(scenario)
    addresses: list[tuple[int, int, int]] = []
    block = philox.block

    def counting(c0: Any, c1: Any, site: Any, occurrence: Any, *key: Any) -> Any:
        addresses.append(((int(c1) << 32) + int(c0), int(site), int(occurrence)))
        return block(c0, c1, site, occurrence, *key)

    with exchanged(philox, "block", counting):
        run = run_kernel(with_fields(plan), scenario.seed, 0, customers, threads=1)
    different = set(addresses)
    needed = set(tally(Subject(plan, scenario.seed), customers).addresses)
    idle = different - needed
    return {
        "rows": len(run.customers.revenue),
        "needed": len(needed),
        "drawn": len(addresses),
        "different": len(different),
        "not drawn": len(needed - different),
        "idle": len(idle),
        "idle, not ahead": len({address for address in idle if not _is_ahead(plan, *address)}),
        "trajectory": trajectory_hash(run.customers, run.referred),
    }


def _is_ahead(plan: Any, _customer: int, site: int, occurrence: int) -> bool:
    """Whether `engine.luck` draws it for everybody, in vector instructions."""
    world, offer = plan.world[0], plan.offers[0]
    names = ("segment", "channel", "awareness", "arrival", "propensity")
    sites = [world[f"{name}_site"] for name in names]
    sites += [offer["delay_site"], offer["accept_site"], *plan.services["click_site"][:1]]
    return occurrence == 0 and site in sites


def main() -> None:
    kernel.live_all = plain(kernel.live_all)
    warnings.simplefilter("ignore", RuntimeWarning)  # 0.0 / 0.0 is NaN here as in compiled code
    customers, *names = sys.argv[1:]
    json.dump({name: drawn(name, int(customers)) for name in names}, sys.stdout)


if __name__ == "__main__":
    main()
