"""What events are worth, and to which accounts their costs go."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.plan import Plan
from cvosim.theory.ledger import NOBODY, Amount, Ledger, certain
from cvosim.theory.measure import Measure
from cvosim.theory.state import Bought, State

Floats = NDArray[np.float64]

_SPLIT = ("acquisition_cost", "touch_cost")

MONEY = ("revenue", "cost", "contribution")
"""Rewards that come with present values."""


class Books:
    """A `Ledger` that knows the accounts of a plan.

    Parameters
    ----------
    plan : Plan
        Whose stages and programs give the accounts their names.
    """

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        self.discount = float(plan.world[0]["discount"])
        self.ledger = Ledger(*reward_names(plan), self.discount)

    def accounts(self, state: State, program: int | None = None) -> list[str]:
        """List the accounts that a cost other than that of a paid order goes to."""
        accounts = ["cost"]
        if program is not None:
            accounts.append(f"program_cost.{self._plan.program_names[program]}")
        if state.bought == Bought.PERHAPS:
            self.ledger.leave_out(_SPLIT, "repeat buying or a trial may order first")
        else:
            accounts.append(_SPLIT[int(state.bought)])
        return accounts

    def pay(
        self, measure: Measure, state: State, cost: Amount, program: int | None = None
    ) -> Measure:
        """Let everybody here cause a cost that is not that of a paid order."""
        if np.all(cost.first == 0.0) or abs(measure.total) < NOBODY:
            return measure
        amounts = dict.fromkeys(self.accounts(state, program), cost)
        return self.ledger.book(measure, amounts | {"contribution": cost.times(-1.0)})

    def touch(self, measure: Measure, state: State, program: int, cost: float) -> Measure:
        """Let a program touch everybody here."""
        measure = self.ledger.book(measure, {"touches": certain(1.0)})
        return self.pay(measure, state, certain(cost), program)

    def reward(self, measure: Measure, cost: float, *, of_tripwire: bool) -> Measure:
        """Let everybody here be given a reward, perhaps for what the tripwire has sold."""
        if cost == 0.0:
            return measure
        paid = dict.fromkeys(("cost", "reward_cost"), certain(cost))
        lost = ("contribution", *(("tripwire_contribution",) if of_tripwire else ()))
        return self.ledger.book(measure, paid | dict.fromkeys(lost, certain(-cost)))

    def first_order(self, state: State, measure: Measure) -> tuple[State, Measure]:
        """Let everybody here make an order of the journey, which may be their first."""
        if state.bought == Bought.NO:
            measure = self.ledger.book(measure, {"buyers": certain(1.0)})
        elif state.bought == Bought.PERHAPS and abs(measure.total) >= NOBODY:
            self.ledger.leave_out(("buyers",), "repeat buying or a trial may order first")
        return state._replace(bought=Bought.YES), measure

    def may_order(
        self, state: State, measure: Measure, chance: Floats | None
    ) -> tuple[State, Measure]:
        """Start a process that may order by itself later on, with this chance by start."""
        if state.bought == Bought.YES or abs(measure.total) < NOBODY:
            return state, measure
        if state.bought == Bought.PERHAPS:
            self.ledger.leave_out(("buyers",), "two processes may each make the first order")
        if chance is None:
            self.ledger.leave_out(("buyers",), "the first order may fall victim to the season")
        else:
            measure = self.ledger.book(measure, {"buyers": Amount(chance, chance)})
        return state._replace(bought=Bought.PERHAPS), measure


def reward_names(plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the rewards that a customer may collect repeatedly, and those collected once."""
    stages = [str(name) for name in plan.stage_names]
    subscriptions = [stages[row] for row in plan.subscriptions["stage"]]
    programs = [str(name) for name in plan.program_names]
    repeated = (
        *("revenue", "cost", "contribution", "orders", "touches"),
        *("cost_of_goods", "acquisition_cost", "touch_cost", "tripwire_contribution"),
        *(f"{what}.{p}" for what in ("program_cost", "recoveries") for p in programs),
        *(("exposures", "rungs_climbed") if len(plan.engage) else ()),
        *(("deliveries", "tickets", "resolved") if len(plan.experience) else ()),
        *(("returns", "refunds") if len(plan.experience) else ()),
        *(("reward_cost",) if len(plan.tiers) or len(plan.referral) else ()),
    )
    once = (
        *("arrived", "leads", "buyers", "unsubscribed", "alive"),
        *(f"{what}.{s}" for what in ("reach", "accepted", "age", "passed", "lost") for s in stages),
        *(f"{what}.{s}" for what in ("bills", "cancelled") for s in subscriptions),
    )
    return repeated, once
