"""What is timed: a plan and its luck, and the proof that both engines agree on them."""

from __future__ import annotations

from dataclasses import dataclass

from cvosim.engine.driver import KernelRun, run_kernel
from cvosim.engine.reference import run_reference
from cvosim.errors import CvosimError
from cvosim.plan.plan import Plan
from cvosim.tables.columns import CustomerColumns, EventColumns, Referred
from cvosim.tables.fingerprint import trajectory_hash


@dataclass(frozen=True)
class Subject:
    """A plan with its luck, ready to run; ``trajectory`` is the hash of its first customers.

    Customers are market prospects. Each of them, and everybody whom referral brings beside
    them, is a row of the customer table.
    """

    plan: Plan
    seed: int
    trajectory: str = ""

    def kernel(self, customers: int, threads: int, *, events: bool = False) -> KernelRun:
        """Live through the first customers, compiled."""
        return run_kernel(self.plan, self.seed, 0, customers, events=events, threads=threads)

    def reference(self, customers: int) -> tuple[CustomerColumns, Referred, EventColumns]:
        """Live through the first customers, one appointment at a time."""
        return run_reference(self.plan, self.seed, 0, customers)


def agreed(plan: Plan, seed: int, customers: int, threads: int = 2) -> Subject:
    """Let both engines live through the first customers; whatever they do must be equal.

    Parameters
    ----------
    plan : Plan
        As returned by `compile_plan`.
    seed : int
        Key of all randomness.
    customers : int
        How many market prospects, with everybody whom they bring.
    threads : int
        With one thread and with so many the kernel must repeat the reference engine.

    Returns
    -------
    Subject
        With the hash of the customers, of the people referred and of the events.

    Raises
    ------
    CvosimError
        When any bit of a table differs: times would mean nothing.

    Examples
    --------
    >>> from cvosim import compile_plan, load_scenario
    >>> len(agreed(compile_plan(load_scenario("carpet_cleaning")), 7, 50).trajectory)
    64
    """
    expected = trajectory_hash(*run_reference(plan, seed, 0, customers))
    for number in sorted({1, threads}):
        run = run_kernel(plan, seed, 0, customers, events=True, threads=number)
        assert run.events is not None
        found = trajectory_hash(run.customers, run.referred, run.events)
        if found != expected:
            raise CvosimError(
                f"the engines disagree on the first {customers:,} customers "
                f"({found[:12]} and {expected[:12]}), so times would mean nothing: "
                "this is a bug in cvosim or a faulty machine; see cvosim doctor"
            )
    return Subject(plan, seed, expected)
