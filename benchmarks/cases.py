"""What the kernel's speed is judged by: a handful of scenarios, each with its own burden."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Case:
    """One thing to time: a twentieth of a second of work, about.

    ``file`` lies in a checkout; ``customers`` are market prospects, beside whom referral may
    bring others.
    """

    name: str
    file: str
    customers: int
    threads: int = 1
    events: bool = False

    @property
    def clock(self) -> str:
        """CPU time leaves out what neighbours take; only wall time shows what a thread brings."""
        return "cpu" if self.threads == 1 else "wall"

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


CASES = (
    Case("carpet_cleaning", "scenarios/carpet_cleaning.yaml", 150_000),
    Case("carpet_cleaning, events", "scenarios/carpet_cleaning.yaml", 30_000, events=True),
    Case("carpet_cleaning, 2 threads", "scenarios/carpet_cleaning.yaml", 300_000, threads=2),
    Case("cdnow", "scenarios/cdnow.yaml", 100_000),
    Case("saas", "scenarios/saas.yaml", 100_000),
    Case("everything", "benchmarks/everything.yaml", 30_000),
)
"""Few draws, the log and its sorting, threads, repeat buying, subscriptions, all of it at once."""

FILES = tuple(sorted({case.file for case in CASES}))


def named(names: list[str]) -> tuple[Case, ...]:
    """Return the cases of these names; all of them for none.

    Raises
    ------
    KeyError
        With the first name that no case has.
    """
    known = {case.name: case for case in CASES}
    return tuple(known[name] for name in names) or CASES
