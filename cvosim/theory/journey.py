"""The journey of a plan whose effects are zero, walked by everybody at once.

An absorbing chain over (stage, contact known, unsubscribed, has bought) in continuous time:
stage by stage, the measures of those who come to it are delayed, split by what happens, and
handed on; every event books its rewards in a `Ledger`. `engine/reference` tells the same story
one customer at a time; the two share the plan and nothing else.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.plan import LOST, OfferKind, Plan, ProgramKind, RepeatModel
from cvosim.theory.delays import delay_kernel, fixed_value, success_kernels
from cvosim.theory.lattice import Lattice
from cvosim.theory.ledger import NOBODY, Amount, Ledger, certain
from cvosim.theory.measure import Measure, arrivals, everybody_at_start
from cvosim.theory.processes import RepeatRewards, subscription_proceeds
from cvosim.theory.subscription import billing_of

Floats = NDArray[np.float64]


class Bought(IntEnum):
    """Whether the customer has made a paid order."""

    NO = 0
    YES = 1
    PERHAPS = 2  # a process that may order has started before any order of the journey


class State(NamedTuple):
    """What a customer's past means for its future, besides where and when it is."""

    known: bool
    unsubscribed: bool
    bought: Bought


Crowd = dict[State, Measure]

_ORDER = certain(1.0)
_SPLIT = ("acquisition_cost", "touch_cost")


def join(crowd: Crowd, state: State, measure: Measure) -> None:
    """Add people to a crowd, unless there are none."""
    if abs(measure.total) < NOBODY:
        return
    crowd[state] = crowd[state].plus(measure) if state in crowd else measure


class Walk:
    """One pass over a plan; `Ledger` holds what it found.

    Parameters
    ----------
    plan : Plan
        With zero effects (see `require_zero_effects`).
    lattice : Lattice
        For times with a density.
    """

    def __init__(self, plan: Plan, lattice: Lattice) -> None:
        self.plan = plan
        self.lattice = lattice
        self._discount = float(plan.world[0]["discount"])
        self.ledger = Ledger(*reward_names(plan), self._discount)
        self._entering: list[Crowd] = [{} for _ in plan.offers]
        self._accepted: Crowd = {}
        self._repeat = None
        if plan.repeat[0]["model"] != RepeatModel.NONE:
            self._repeat = RepeatRewards(plan.repeat[0], lattice, self._discount)

    def run(self) -> Ledger:
        """Let everybody arrive and walk, stage by stage."""
        self._arrive()
        for stage in range(len(self.plan.offers)):
            self._live_stage(stage)
        return self.ledger

    # ------------------------------------------------------------------ arriving, deciding

    def _arrive(self) -> None:
        start = everybody_at_start(self.lattice, self.ledger.n_rewards)
        shares = np.diff(self.plan.channels["cumulative_share"], prepend=0.0)
        newcomer = State(known=False, unsubscribed=False, bought=Bought.NO)
        for channel, share in zip(self.plan.channels, shares, strict=True):
            at = self._delay(channel, "arrival")
            arrived = arrivals(start.scaled(float(share)), at, self._discount)
            arrived = self.ledger.book(arrived, {"arrived": certain(1.0)})
            arrived = self._pay(arrived, newcomer, float(channel["cost"]))
            join(self._entering[0], newcomer, arrived)

    def _delay(self, row: np.void, name: str) -> float | Floats:
        law = int(row[f"{name}_kind"]), float(row[f"{name}_a"]), float(row[f"{name}_b"])
        value = fixed_value(*law)
        return delay_kernel(*law, self.lattice) if value is None else value

    def _live_stage(self, stage: int) -> None:
        offer, name = self.plan.offers[stage], self.plan.stage_names[stage]
        delay = self._delay(offer, "delay")
        chance = self._chance(stage)
        self._accepted = {}
        declined: Crowd = {}
        for state, measure in self._entering[stage].items():
            here = self.ledger.book(measure, {f"reach.{name}": certain(1.0)})
            here = here.shifted(delay) if isinstance(delay, float) else here.spread(delay)
            self._accept(stage, state, here.scaled(chance), float(offer["price"]))
            join(declined, state, here.scaled(1.0 - chance))
        first = int(offer["first_service"])
        for service in self.plan.services[first : first + int(offer["n_services"])]:
            declined = self._serve(stage, service, declined)
        self._give_up(stage, declined)
        self._go_on(stage)

    def _chance(self, decision: int) -> float:
        return min(max(float(self.plan.decisions[decision]["conversion"]), 0.0), 1.0)

    def _give_up(self, stage: int, declined: Crowd) -> None:
        target = int(self.plan.offers[stage]["after_decline"])
        name = self.plan.stage_names[stage]
        for state, measure in declined.items():
            if target >= 0:
                passed = self.ledger.book(measure, {f"passed.{name}": certain(1.0)})
                join(self._entering[target], state, passed)
            elif target == LOST:
                self.ledger.book(measure, {f"lost.{name}": certain(1.0)})

    def _go_on(self, stage: int) -> None:
        offer = self.plan.offers[stage]
        target = int(offer["next_accept"])
        for who in self._accepted.items():
            state, measure = self._start_repeat(*who) if offer["starts_repeat"] else who
            if target >= 0:
                join(self._entering[target], state, measure)

    # ----------------------------------------------------------------------- the return path

    def _serve(self, stage: int, service: np.void, declined: Crowd) -> Crowd:
        kind = self.plan.programs[int(service["program"])]["kind"]
        left: Crowd = {}
        for state, measure in declined.items():
            if kind == ProgramKind.EXIT_OFFER:
                self._exit_offer(stage, service, (state, measure), left)
            elif kind == ProgramKind.FOLLOW_UP:
                self._follow_up(stage, service, (state, measure), left)
            else:
                self._remarket(stage, service, (state, measure), left)
        return left

    def _exit_offer(
        self, stage: int, service: np.void, who: tuple[State, Measure], left: Crowd
    ) -> None:
        state, measure = who
        cost = float(self.plan.programs[int(service["program"])]["cost"])
        measure = self._touch(measure, state, service, cost)
        chance = self._chance(int(service["decision"]))
        self._recover(stage, service, state, measure.scaled(chance))
        join(left, state, measure.scaled(1.0 - chance))

    def _follow_up(
        self, stage: int, service: np.void, who: tuple[State, Measure], left: Crowd
    ) -> None:
        state, measure = who
        program = self.plan.programs[int(service["program"])]
        first = int(program["first_touch"])
        if state.known and not state.unsubscribed:
            for touch in self.plan.touches[first : first + int(program["n_touches"])]:
                measure = measure.shifted(float(touch["gap"]))
                measure = self._touch(measure, state, service, float(program["cost"]))
                chance = float(touch["open"]) * float(program["click"])
                chance *= self._chance(int(service["decision"]))
                self._recover(stage, service, state, measure.scaled(chance))
                leaves = (1.0 - chance) * float(program["unsubscribe"])
                gone = self.ledger.book(measure.scaled(leaves), {"unsubscribed": certain(1.0)})
                join(left, state._replace(unsubscribed=True), gone)
                measure = measure.scaled((1.0 - chance) * (1.0 - float(program["unsubscribe"])))
        join(left, state, measure)

    def _remarket(
        self, stage: int, service: np.void, who: tuple[State, Measure], left: Crowd
    ) -> None:
        state, measure = who
        index = int(service["program"])
        program = self.plan.programs[index]
        window, per_day = float(program["window"]), float(program["cost_rate"])
        rate = float(program["click_rate"]) * self._chance(int(service["decision"]))
        if rate > 0.0 and window > 0.0:
            one, by_time, by_square = (
                measure.spread(kernel) for kernel in success_kernels(rate, window, self.lattice)
            )
            rates: dict[str, float] = {}
            if per_day > 0.0:
                rates = dict.fromkeys(self._accounts(state, index), per_day)
                rates["contribution"] = -per_day
            back = self.ledger.book_with_time((one, by_time, by_square), rates)
            back = self.ledger.book(back, {"touches": certain(1.0)})
            self._recover(stage, service, state, back)
        end = measure.scaled(float(np.exp(-rate * window))).shifted(window)
        join(left, state, self._touch(end, state, service, per_day * window))

    # ---------------------------------------------------------------------------- booking

    def _accounts(self, state: State, program: int | None = None) -> list[str]:
        """List the accounts that a cost other than that of a paid order goes to."""
        accounts = ["cost"]
        if program is not None:
            accounts.append(f"program_cost.{self.plan.program_names[program]}")
        if state.bought == Bought.PERHAPS:
            self.ledger.leave_out(_SPLIT, "repeat buying or a trial may order first")
        else:
            accounts.append(_SPLIT[int(state.bought)])
        return accounts

    def _pay(
        self, measure: Measure, state: State, cost: float, program: int | None = None
    ) -> Measure:
        if cost == 0.0 or abs(measure.total) < NOBODY:
            return measure
        amounts = dict.fromkeys(self._accounts(state, program), certain(cost))
        return self.ledger.book(measure, amounts | {"contribution": certain(-cost)})

    def _touch(self, measure: Measure, state: State, service: np.void, cost: float) -> Measure:
        measure = self.ledger.book(measure, {"touches": certain(1.0)})
        return self._pay(measure, state, cost, int(service["program"]))

    def _recover(self, stage: int, service: np.void, state: State, measure: Measure) -> None:
        name = self.plan.program_names[int(service["program"])]
        measure = self.ledger.book(measure, {f"recoveries.{name}": certain(1.0)})
        self._accept(stage, state, measure, float(service["price"]))

    def _accept(self, stage: int, state: State, measure: Measure, price: float) -> None:
        if abs(measure.total) < NOBODY:
            return
        offer = self.plan.offers[stage]
        name = self.plan.stage_names[stage]
        news = {f"accepted.{name}": certain(1.0)}
        if not state.known:
            news["leads"] = certain(1.0)
        measure = self.ledger.book(measure, news)
        self.ledger.note_age(measure, f"age.{name}")
        state = state._replace(known=True)
        cost = float(offer["unit_cost"])
        if offer["kind"] == OfferKind.MONEY:
            state, measure = self._first_order(state, measure)
            measure = self.ledger.book(measure, _sale(price, cost))
            if offer["is_tripwire"]:
                gain = {"tripwire_contribution": certain(price - cost)}
                self.ledger.book(measure, gain)
        elif offer["kind"] == OfferKind.SUBSCRIPTION:
            state, measure = self._subscribe(stage, state, measure, price)
        else:
            measure = self._pay(measure, state, cost)
        join(self._accepted, state, measure)

    def _first_order(self, state: State, measure: Measure) -> tuple[State, Measure]:
        if state.bought == Bought.NO:
            measure = self.ledger.book(measure, {"buyers": certain(1.0)})
        elif state.bought == Bought.PERHAPS:
            self.ledger.leave_out(("buyers",), "repeat buying or a trial may order first")
        return state._replace(bought=Bought.YES), measure

    def _subscribe(
        self, stage: int, state: State, measure: Measure, price: float
    ) -> tuple[State, Measure]:
        row = self.plan.subscriptions[int(self.plan.offers[stage]["subscription"])]
        billing = billing_of(row)
        cost, later = float(row["unit_cost"]), float(row["price"])
        name = self.plan.stage_names[stage]
        money = {
            "revenue": (price, later),
            "cost": (cost, cost),
            "cost_of_goods": (cost, cost),
            "contribution": (price - cost, later - cost),
            "orders": (1.0, 1.0),
        }
        proceeds = subscription_proceeds(measure, billing, money, self._discount)
        amounts = dict(proceeds.amounts)
        amounts[f"cancelled.{name}"] = amounts.pop("cancelled")
        amounts[f"bills.{name}"] = amounts["orders"]
        if billing.trial > 0.0:
            state, measure = self._may_order(state, measure, proceeds.ever_orders)
        else:
            state, measure = self._first_order(state, measure)
        return state, self.ledger.book(measure, amounts, proceeds.present_values)

    def _start_repeat(self, state: State, measure: Measure) -> tuple[State, Measure]:
        if self._repeat is None:
            return state, measure
        proceeds = self._repeat.from_start(measure)
        state, measure = self._may_order(state, measure, proceeds.ever_orders)
        return state, self.ledger.book(measure, proceeds.amounts, proceeds.present_values)

    def _may_order(self, state: State, measure: Measure, chance: Floats) -> tuple[State, Measure]:
        """Start a process that may order by itself later on."""
        if state.bought == Bought.YES:
            return state, measure
        if state.bought == Bought.PERHAPS:
            self.ledger.leave_out(("buyers",), "two processes may each make the first order")
        measure = self.ledger.book(measure, {"buyers": Amount(chance, chance)})
        return state._replace(bought=Bought.PERHAPS), measure


def _sale(price: float, cost: float) -> dict[str, Amount]:
    return {
        "revenue": certain(price),
        "cost": certain(cost),
        "cost_of_goods": certain(cost),
        "contribution": certain(price - cost),
        "orders": _ORDER,
    }


def reward_names(plan: Plan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """List the rewards that a customer may collect repeatedly, and those collected once."""
    stages = [str(name) for name in plan.stage_names]
    subscriptions = [stages[row] for row in plan.subscriptions["stage"]]
    programs = [str(name) for name in plan.program_names]
    repeated = (
        *("revenue", "cost", "contribution", "orders", "touches"),
        *("cost_of_goods", "acquisition_cost", "touch_cost"),
        *(f"{what}.{p}" for what in ("program_cost", "recoveries") for p in programs),
    )
    once = (
        *("arrived", "leads", "buyers", "unsubscribed", "alive", "tripwire_contribution"),
        *(f"{what}.{s}" for what in ("reach", "accepted", "age", "passed", "lost") for s in stages),
        *(f"{what}.{s}" for what in ("bills", "cancelled") for s in subscriptions),
    )
    return repeated, once
