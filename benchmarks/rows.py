"""What a benchmark says: a measurement beside what was asked of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Bound:
    """What is asked of a measurement."""

    limit: float
    at_least: bool

    def holds(self, measured: float) -> bool:
        return measured >= self.limit if self.at_least else measured <= self.limit

    def __str__(self) -> str:
        return f"{'>=' if self.at_least else '<='} {number(self.limit)}"


def at_least(limit: float) -> Bound:
    return Bound(limit, at_least=True)


def at_most(limit: float) -> Bound:
    return Bound(limit, at_least=False)


@dataclass(frozen=True)
class Row:
    """One line of the report.

    ``measured`` is None for what could not be measured here; ``asked`` is None for a line that
    only explains another; ``trajectory`` is a hash of the customers that were simulated.
    """

    case: str
    what: str
    measured: float | None
    unit: str
    asked: Bound | None = None
    note: str = ""
    trajectory: str = ""

    @property
    def passed(self) -> bool | None:
        """None where nothing was asked or nothing measured."""
        if self.asked is None or self.measured is None:
            return None
        return self.asked.holds(self.measured)

    @property
    def verdict(self) -> str:
        if self.measured is None:
            return "skipped"
        return {None: "", True: "pass", False: "FAIL"}[self.passed]

    def cells(self) -> tuple[str, ...]:
        measured = "" if self.measured is None else f"{number(self.measured)} {self.unit}"
        asked = "" if self.asked is None else str(self.asked)
        return (self.case, self.what, measured, asked, self.verdict, self.trajectory, self.note)

    def to_dict(self) -> dict[str, Any]:
        return {
            "case": self.case,
            "what": self.what,
            "measured": self.measured,
            "unit": self.unit,
            "asked": None if self.asked is None else str(self.asked),
            "passed": self.passed,
            "note": self.note,
            "trajectory": self.trajectory,
        }


def skipped(case: str, what: str, unit: str, asked: Bound | None, library: str) -> Row:
    """A line that says which library it lacks."""
    return Row(case, what, None, unit, asked, f"skipped: {library} is not installed")


HEADINGS = ("case", "what", "measured", "asked", "", "trajectory", "note")


def number(value: float) -> str:
    """Three significant digits, or every digit of a larger number, grouped."""
    if value != 0.0 and abs(value) < 0.001:
        return f"{value:.1e}"
    decimals = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3
    return f"{value:,.{decimals}f}"
