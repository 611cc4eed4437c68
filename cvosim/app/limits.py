"""How much anybody may ask for."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from cvosim.errors import Problem, ScenarioError

if TYPE_CHECKING:
    from cvosim.scenario import Scenario

MOST_PROBLEMS = 50
"""More of them help nobody."""


@dataclass(frozen=True)
class Limits:
    """What one request may cost.

    Attributes
    ----------
    customers : int
        Prospects of one scenario.
    seconds : float
        From a request to its answer, waiting for others apart.
    patience : float
        Seconds of waiting for others.
    body, text : int
        Bytes of a request, and of a scenario that comes as text.
    changes : int
        Changes to a scenario.
    happenings : float
        Events to expect in one simulation, about: they take the time and the memory.
    people : float
        Rows of one simulation, referred people at the scenario's cap among them.
    waiting : int
        Requests that are answered at a time, or wait for it; half of them from one address.
    """

    customers: int = 200_000
    seconds: float = 20.0
    patience: float = 60.0
    body: int = 256 * 1024
    text: int = 64 * 1024
    changes: int = 500
    happenings: float = 30_000_000.0
    people: float = 6_000_000.0
    waiting: int = 48

    def check(self, scenario: Scenario, customers: int) -> None:
        """Refuse what would take too long, or too much memory, before it begins.

        Raises
        ------
        ScenarioError
            In words.
        """
        from cvosim.engine.driver import events_per_customer
        from cvosim.plan import compile_plan

        each = events_per_customer(compile_plan(scenario))
        referral = scenario.journey.referral
        people = customers * (1.0 + (0.0 if referral is None else referral.cap))
        if people > self.people:
            message = (
                f"{customers:,} prospects could become {people:,.0f} people; this page stops at "
                f"{self.people:,.0f}: lower the cap, or simulate fewer prospects"
            )
            raise ScenarioError((Problem(message, path="journey.referral.cap"),))
        if not customers * each <= self.happenings:
            fewer = math.floor(self.happenings / each)
            advice = f"{fewer:,} prospects at most" if fewer else "orders or messages less often"
            message = (
                f"too much happens for this page, about {each:,.0f} events a prospect; simulate "
                f"{advice}, or use the command line"
            )
            raise ScenarioError((Problem(message),))
