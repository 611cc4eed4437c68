"""The scenarios under test, and the proof that both engines agree on them before any timing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from cvosim import Plan, Scenario, compile_plan, load_scenario
from cvosim.engine.driver import KernelRun, run_kernel
from cvosim.engine.reference import run_reference
from cvosim.tables.columns import CustomerColumns, EventColumns, Referred
from cvosim.tables.fingerprint import trajectory_hash

EVERYTHING = str(Path(__file__).parent / "everything.yaml")
"""The fullest scenario; the library has none like it, for no business has it all."""


@dataclass(frozen=True)
class Size:
    """How much work a run of the benchmarks does."""

    customers: int
    compared: int
    """customers of ``compare`` and of a later process"""
    reference: int
    """customers of the slow engines and generators"""
    counted: int
    checked: int
    rounds: int
    slow_rounds: int
    compiles: bool
    """measure the first call after installing, which takes its time"""

    def reduced(self) -> Size:
        """For the fullest scenario, whose customers take several times as long."""
        return replace(
            self,
            customers=self.customers // 10,
            reference=self.reference // 2,
            counted=self.counted // 2,
        )


FULL = Size(1_000_000, 100_000, 5_000, 5_000, 2_000, 7, 3, compiles=True)
TINY = Size(2_000, 500, 100, 50, 200, 1, 1, compiles=False)


@dataclass(frozen=True)
class Subject:
    """A scenario, ready to run; ``trajectory`` is the hash of its first customers.

    Customers are market prospects. Each of them, and everybody whom referral brings beside
    them, is a row of the customer table.
    """

    scenario: Scenario
    plan: Plan
    trajectory: str

    def kernel(self, customers: int, threads: int, *, events: bool = False) -> KernelRun:
        seed = self.scenario.seed
        return run_kernel(self.plan, seed, 0, customers, events=events, threads=threads)

    def reference(self, customers: int) -> tuple[CustomerColumns, Referred, EventColumns]:
        return run_reference(self.plan, self.scenario.seed, 0, customers)


@cache
def subject(name: str, size: Size, overrides: tuple[str, ...] = ()) -> Subject:
    """Load a scenario; the kernel, with one thread and two, must repeat the reference engine.

    Raises
    ------
    AssertionError
        When any bit of the customer or event table differs: times would mean nothing.
    """
    scenario = load_scenario(name, overrides)
    plan = compile_plan(scenario)
    expected = trajectory_hash(*run_reference(plan, scenario.seed, 0, size.checked))
    for threads in (1, 2):
        run = run_kernel(plan, scenario.seed, 0, size.checked, events=True, threads=threads)
        assert run.events is not None
        found = trajectory_hash(run.customers, run.referred, run.events)
        if found != expected:
            raise AssertionError(f"{name}: the engines disagree ({found[:12]} and {expected[:12]})")
    return Subject(scenario, plan, expected[:12])
