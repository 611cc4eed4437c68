"""The scenarios under test, and the proof that both engines agree on them before any timing."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path

from cvosim import Scenario, compile_plan, load_scenario
from cvosim.engine.speed.subject import Subject as Agreed
from cvosim.engine.speed.subject import agreed

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
class Subject(Agreed):
    """The same with the scenario behind it; ``trajectory`` is shortened."""

    scenario: Scenario = field(kw_only=True)


@cache
def subject(name: str, size: Size, overrides: tuple[str, ...] = ()) -> Subject:
    """Load a scenario; the kernel, with one thread and two, must repeat the reference engine.

    Raises
    ------
    CvosimError
        When any bit of the customer or event table differs: times would mean nothing.
    """
    scenario = load_scenario(name, overrides)
    found = agreed(compile_plan(scenario), scenario.seed, size.checked)
    return Subject(found.plan, found.seed, found.trajectory[:12], scenario=scenario)
