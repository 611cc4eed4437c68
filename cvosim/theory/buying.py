"""Paid orders: sales on the journey, subscriptions, repeat buying, and what follows them."""

from __future__ import annotations

import numpy as np

from cvosim.plan.plan import NONE, Plan, RepeatModel
from cvosim.theory.aftermath import Aftermath, Orders
from cvosim.theory.books import Books
from cvosim.theory.effects import Deciding, may_move
from cvosim.theory.lattice import Lattice
from cvosim.theory.ledger import NOBODY, certain
from cvosim.theory.measure import Measure
from cvosim.theory.obstacles import (
    drop_out_feedback,
    repeat_drops_out,
    retention_acts,
    retention_unsubscribes,
    subscriber_drops_out,
    tier_rewards,
)
from cvosim.theory.processes import Proceeds, RepeatRewards, bills_of, subscription_proceeds
from cvosim.theory.state import Bought, State
from cvosim.theory.subscription import Billing, billing_of

_ORDERING = ("orders", "revenue", "cost", "cost_of_goods", "contribution")
_EXPERIENCE = ("deliveries", "tickets", "resolved", "returns", "refunds")

Went = tuple[State, Measure]


class Buying:
    """Books everything that is paid for.

    Parameters
    ----------
    plan : Plan
        For subscriptions, repeat buying and experience.
    lattice : Lattice
        Of the measures.
    books : Books
        Where it goes.
    deciding : Deciding
        For the ends of trials.
    """

    def __init__(self, plan: Plan, lattice: Lattice, books: Books, deciding: Deciding) -> None:
        self._plan = plan
        self._books = books
        self._ledger = books.ledger
        self._deciding = deciding
        self._aftermath = Aftermath(plan, lattice)
        self._repeat: RepeatRewards | None = None
        if plan.repeat[0]["model"] != RepeatModel.NONE:
            self._repeat = RepeatRewards(plan, lattice)

    def sale(self, stage: int, state: State, measure: Measure, price: float) -> Went:
        """Let everybody here buy what a stage offers."""
        offer = self._plan.offers[stage]
        cost, has_ordered = float(offer["unit_cost"]), state.bought != Bought.NO
        state, measure = self._books.first_order(state, measure)
        amounts = {
            "revenue": certain(price),
            "cost": certain(cost),
            "cost_of_goods": certain(cost),
            "contribution": certain(price - cost),
            "orders": certain(1.0),
        }
        present = {name: amounts[name].first for name in ("revenue", "cost", "contribution")}
        if offer["is_tripwire"]:
            amounts["tripwire_contribution"] = amounts["contribution"]
            if has_ordered:  # before the first order nobody has a tier
                self._leave_out(tier_rewards(self._plan), ("tripwire_contribution",))
        orders = Orders((), (), price, at_most_one=True)
        return state, self._book(measure, Proceeds(amounts, present, None), orders)

    def subscribe(self, stage: int, went: Went, price: float, reward: float) -> Went:
        """Let everybody here accept a subscription, whose first bill is ``price``.

        Once that is paid, ``reward`` goes to who has referred them, and to them.
        """
        state, measure = went
        row = self._plan.subscriptions[int(self._plan.offers[stage]["subscription"])]
        name = self._plan.stage_names[stage]
        self._doubt_subscription(row, state, measure)
        converts = self._converts(stage, row, state, measure)
        if reward > 0.0 and "orders" in self._ledger.out_of_reach:
            self._leave_out(self._ledger.out_of_reach["orders"], ("reward_cost",))
        billing = billing_of(row, converts)
        cost, later = float(row["unit_cost"]), float(row["price"])
        money = {
            "revenue": (price, later),
            "cost": (cost + reward, cost),
            "cost_of_goods": (cost, cost),
            "contribution": (price - cost - reward, later - cost),
            "orders": (1.0, 1.0),
        }
        if reward > 0.0:
            money["reward_cost"] = (reward, 0.0)
        proceeds = subscription_proceeds(measure, billing, money, self._books.discount)
        amounts = dict(proceeds.amounts)
        amounts[f"cancelled.{name}"] = amounts.pop("cancelled")
        amounts[f"bills.{name}"] = amounts["orders"]
        state, measure = self._first_bill(state, measure, billing, proceeds)
        orders = bills_of(billing, (price, later), measure.lattice.horizon)
        return state, self._book(measure, proceeds._replace(amounts=amounts), orders)

    def _first_bill(
        self, state: State, measure: Measure, billing: Billing, proceeds: Proceeds
    ) -> Went:
        if billing.trial > 0.0:
            return self._books.may_order(state, measure, proceeds.ever_orders)
        return self._books.first_order(state, measure)

    def start_repeat(self, state: State, measure: Measure) -> Went:
        """Let everybody here become a repeat buyer."""
        if self._repeat is None or abs(measure.total) < NOBODY:
            return state, measure
        self._doubt_repeat(state)
        proceeds = self._repeat.from_start(measure)
        state, measure = self._books.may_order(state, measure, proceeds.ever_orders)
        return state, self._book(measure, proceeds, self._repeat.orders)

    def _book(self, measure: Measure, proceeds: Proceeds, orders: Orders | None) -> Measure:
        """Book orders with what follows them; ``orders`` is None where nobody can tell when."""
        if abs(measure.total) < NOBODY:
            return measure
        amounts, present = proceeds.amounts, proceeds.present_values
        self._leave_out(tier_rewards(self._plan), ("cost", "reward_cost", "contribution"))
        if self._aftermath.exists and orders is None:
            names = (*_EXPERIENCE, *(("contribution",) if self._aftermath.refunds else ()))
            self._leave_out("orders are delivered after a season has thinned them", names)
        elif self._aftermath.exists and orders is not None:
            amounts, present = self._aftermath.after(measure, orders).settle(amounts, present)
        return self._ledger.book(measure, amounts, present)

    # ------------------------------------------------------------------ what nobody can tell

    def _leave_out(self, reason: str | None, names: tuple[str, ...]) -> None:
        if reason is not None:
            self._ledger.leave_out(names, reason)

    def _doubt_subscription(self, row: np.void, state: State, measure: Measure) -> None:
        if abs(measure.total) < NOBODY or not subscriber_drops_out(row):
            return
        self._leave_out(drop_out_feedback(self._plan), self._bill_names(row))

    def _bill_names(self, row: np.void) -> tuple[str, ...]:
        name = self._plan.stage_names[int(row["stage"])]
        return (*_ORDERING, *_EXPERIENCE, f"bills.{name}", f"cancelled.{name}")

    def _converts(self, stage: int, row: np.void, state: State, measure: Measure) -> float:
        """Compute the chance that the first bill is paid; 1 where nobody can tell."""
        decision = int(row["trial_decision"])
        if decision == NONE or row["trial"] <= 0.0 or abs(measure.total) < NOBODY:
            return 1.0
        if may_move(self._plan, decision, stage):
            name = self._plan.stage_names[stage]
            reason = (
                f"the trial of {name} is decided with trust or awareness that may change during it"
            )
            unsure = () if state.bought == Bought.YES else ("buyers",)
            self._leave_out(reason, (*self._bill_names(row), *unsure))
            return 1.0
        gain = float(self._plan.offers[stage]["trust"])
        return self._deciding.chance(decision, state.trusting(gain), stage)

    def _doubt_repeat(self, state: State) -> None:
        plan = self._plan
        if repeat_drops_out(plan):
            self._leave_out(drop_out_feedback(plan), (*_ORDERING, *_EXPERIENCE, "alive"))
        reason = retention_acts(plan)
        if reason is None:
            return
        names = [*_ORDERING, *_EXPERIENCE, "alive", "touches", "touch_cost"]
        if retention_unsubscribes(plan):
            names.append("unsubscribed")
        if state.bought != Bought.YES:
            names += ["buyers", "acquisition_cost"]
        for program in plan.retention["program"]:
            name = plan.program_names[int(program)]
            names += [f"program_cost.{name}", f"recoveries.{name}"]
        self._leave_out(reason, tuple(names))
