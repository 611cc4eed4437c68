"""Run a scenario: plan, engine, tables and the manifest that says how it was done."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Literal, NamedTuple

from cvosim.engine.names import names_of
from cvosim.errors import CvosimError
from cvosim.plan import Plan, compile_plan, plan_hash
from cvosim.scenario import Scenario, scenario_hash
from cvosim.tables.columns import (
    CustomerColumns,
    CustomerTable,
    EventColumns,
    EventTable,
    Referred,
)
from cvosim.tables.manifest import TRAJECTORY_VERSION, Manifest
from cvosim.tables.versions import versions_of

if TYPE_CHECKING:
    from cvosim.metrics import Metrics

EngineName = Literal["kernel", "reference"]
Progress = Callable[[int], None]


@dataclass(frozen=True)
class Simulation:
    """What a scenario did to its customers.

    Attributes
    ----------
    scenario : Scenario
        As simulated, with the seed and the number of customers really used.
    customers : CustomerTable
        One row a market prospect, then one for everybody brought by referral.
    events : EventTable or None
        Everything that happened, if it was asked for.
    manifest : Manifest
        Hashes, versions, seed and times: enough to do it again to the bit.

    Examples
    --------
    >>> from cvosim import load_scenario, simulate
    >>> run = simulate(load_scenario("carpet_cleaning"), customers=2000, events=True)
    >>> run.scenario.customers, run.manifest.seed
    (2000, 7)
    >>> run.metrics()["prospects"].value
    2000.0
    >>> len(run.events) > len(run.customers)
    True
    """

    scenario: Scenario = field(repr=False)
    customers: CustomerTable
    events: EventTable | None
    manifest: Manifest

    def metrics(self) -> Metrics:
        """Every metric of the customer table, with standard errors."""
        from cvosim.metrics import measure

        return measure(self.customers, currency=self.scenario.currency)


class _Ran(NamedTuple):
    customers: CustomerColumns
    referred: Referred
    events: EventColumns | None
    compile_seconds: float


def simulate(
    scenario: Scenario,
    *,
    customers: int | None = None,
    seed: int | None = None,
    engine: EngineName = "kernel",
    threads: int | None = None,
    events: bool = False,
    progress: Progress | None = None,
) -> Simulation:
    """Simulate every customer of a scenario from arrival to the horizon.

    Parameters
    ----------
    scenario : Scenario
        As returned by `load_scenario`.
    customers : int, optional
        Market prospects; the scenario's own number by default.
    seed : int, optional
        Key of all randomness; the scenario's own by default.
    engine : {"kernel", "reference"}
        Compiled and parallel, or SimPy and readable; the results are equal to the bit.
    threads : int, optional
        Of the kernel; all cores by default. Never changes a number.
    events : bool
        Keep the event table (about 40 bytes an event).
    progress : callable, optional
        Called now and then with the number of customers done since the last call.

    Returns
    -------
    Simulation

    Raises
    ------
    CvosimError
        For an unknown engine or an impossible number of customers, seed or threads; or if
        referral lets the population grow beyond the scenario's cap.

    Examples
    --------
    >>> from cvosim import load_scenario, simulate
    >>> run = simulate(load_scenario("carpet_cleaning"), customers=2000)
    >>> len(run.customers)
    2000
    """
    changes: dict[str, object] = {"customers": customers, "seed": seed}
    scenario = _checked(scenario, {k: v for k, v in changes.items() if v is not None})
    if threads is not None and threads < 1:
        raise CvosimError(f"threads: must be at least 1 (got {threads})")
    plan = compile_plan(scenario)
    started, clock = datetime.now(UTC), time.perf_counter()
    ran = _run(plan, scenario, engine, threads, events, progress)
    seconds = time.perf_counter() - clock - ran.compile_seconds
    names = names_of(plan)
    manifest = Manifest(
        scenario_name=scenario.name,
        scenario_hash=scenario_hash(scenario),
        plan_hash=plan_hash(plan),
        trajectory_version=TRAJECTORY_VERSION,
        seed=scenario.seed,
        n_customers=scenario.customers,
        engine=engine,
        threads=threads,
        versions=versions_of("cvosim", "numpy", "numba", "simpy"),
        started=started.isoformat(timespec="seconds"),
        seconds=seconds,
        compile_seconds=ran.compile_seconds,
    )
    table = None if ran.events is None else EventTable(ran.events, names)
    people = CustomerTable(ran.customers, names, referred=ran.referred)
    return Simulation(scenario, people, table, manifest)


def _checked(scenario: object, changes: dict[str, object]) -> Scenario:
    if not isinstance(scenario, Scenario):
        raise CvosimError(f"scenario: must be a Scenario, from load_scenario (got {scenario!r})")
    limits = {"customers": (1, 2**40), "seed": (0, 2**64 - 1)}
    for name, value in changes.items():
        low, high = limits[name]
        if type(value) is not int or not low <= value <= high:
            raise CvosimError(
                f"{name}: must be a whole number from {low} to {high} (got {value!r})"
            )
    return scenario.model_copy(update=changes)


def _run(
    plan: Plan,
    scenario: Scenario,
    engine: EngineName,
    threads: int | None,
    events: bool,
    progress: Progress | None,
) -> _Ran:
    seed, count = scenario.seed, scenario.customers
    if engine == "kernel":
        from cvosim.engine.driver import run_kernel

        return _Ran(
            *run_kernel(plan, seed, 0, count, events=events, threads=threads, progress=progress)
        )
    if engine == "reference":
        from cvosim.engine.reference import run_reference

        columns, referred, log = run_reference(plan, seed, 0, count, progress=progress)
        return _Ran(columns, referred, log if events else None, 0.0)
    raise CvosimError(f'engine: must be "kernel" or "reference" (got "{engine}")')
