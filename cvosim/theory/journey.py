"""The journey of a plan, walked by everybody at once.

An absorbing chain over (kind of person, trust, contact known, unsubscribed, has bought) in
continuous time: stage by stage, the measures of those who come to it are delayed, split by
what happens, and handed on; every event books its rewards in a `Ledger`. `engine/reference`
tells the same story one customer at a time; the two share the plan and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from cvosim.plan.plan import LOST, OfferKind, Plan
from cvosim.theory.books import Books
from cvosim.theory.buying import Buying
from cvosim.theory.delays import arrival_law, law_of
from cvosim.theory.effects import Deciding
from cvosim.theory.engagement import Engagement
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.lattice import Lattice
from cvosim.theory.ledger import NOBODY, Ledger, certain
from cvosim.theory.measure import Measure, arrivals, everybody_at_start
from cvosim.theory.people import People
from cvosim.theory.return_path import ReturnPath
from cvosim.theory.state import Bought, Crowd, State, join

Floats = NDArray[np.float64]

_MOST_TRUSTS = 256


class Walk:
    """One pass over a plan; `Ledger` holds what it found.

    Parameters
    ----------
    plan : Plan
        Whose stages only point forward (see `require_forward`).
    lattice : Lattice
        For times with a density.
    referred : bool
        Walk a referred person who arrives at day 0, instead of a market prospect.
    """

    def __init__(self, plan: Plan, lattice: Lattice, *, referred: bool = False) -> None:
        self.plan = plan
        self.lattice = lattice
        self._referred = referred
        self._books = Books(plan)
        self.ledger: Ledger = self._books.ledger
        self._people = People(plan)
        self._deciding = Deciding(plan, self._people)
        self._buying = Buying(plan, lattice, self._books, self._deciding)
        self._return_path = ReturnPath(plan, lattice, self._books, self._deciding, self._accept)
        self._entering: list[Crowd] = [{} for _ in plan.offers]
        self._accepted: Crowd = {}

    def run(self) -> Ledger:
        """Let everybody arrive and walk, stage by stage."""
        for channel, share in self._shares():
            self._arrive(channel, share)
        for stage in range(len(self.plan.offers)):
            self._live_stage(stage)
        return self.ledger

    # ------------------------------------------------------------------------- arriving

    def _shares(self) -> Iterator[tuple[int, float]]:
        """Yield the channels and the share of people who ever arrive through each."""
        channels = self.plan.channels
        if self._referred:
            yield len(channels) - 1, 1.0
            return
        shares = np.diff(channels["cumulative_share"], prepend=0.0) * channels["reached"]
        yield from ((index, float(share)) for index, share in enumerate(shares) if share > 0.0)

    def _arrive(self, index: int, share: float) -> None:
        channel = self.plan.channels[index]
        start = everybody_at_start(self.lattice, self.ledger.n_rewards)
        at: float | Floats = 0.0
        if not self._referred:
            at = arrival_law(channel, self.plan.arrival_days, self.lattice)
        arrived = arrivals(start.scaled(share), at, self._books.discount)
        arrived = self.ledger.book(arrived, {"arrived": certain(1.0)})
        for who, part in self._people.newcomers(index):
            state = State(who, 0.0, known=False, unsubscribed=False, bought=Bought.NO)
            paid = self._books.pay(arrived.scaled(part), state, certain(float(channel["cost"])))
            self._enter(self._next(0, state), state, paid)

    def _next(self, target: int, state: State) -> int:
        """Give the stage that somebody comes to: the next one that is aimed at it."""
        while target >= 0:
            offer, name = self.plan.offers[target], str(self.plan.stage_names[target])
            if self._deciding.aims_at(int(offer["aim"]), state, name):
                break
            target = int(offer["next_accept"])
        return target

    def _enter(self, stage: int, state: State, measure: Measure) -> None:
        if stage < 0:
            return
        trust = state.trust if self._people.trust_counts(stage) else 0.0
        who = self._people.as_seen_from(stage, state.who)
        join(self._entering[stage], state._replace(who=who, trust=trust), measure)

    # ------------------------------------------------------------------------- deciding

    def _live_stage(self, stage: int) -> None:
        offer, name = self.plan.offers[stage], self.plan.stage_names[stage]
        self._accepted = {}
        crowd: Crowd = {}
        for state, measure in self._entering[stage].items():
            crowd[state] = self.ledger.book(measure, {f"reach.{name}": certain(1.0)})
        self._entering[stage] = {}
        if len({state.trust for state in crowd}) > _MOST_TRUSTS:
            raise NoClosedForm(f"too many ways of gathering trust lead to {name}")
        engage = offer["kind"] == OfferKind.ENGAGE
        declined = self._engage(stage, crowd) if engage else self._decide(stage, crowd)
        first = int(offer["first_service"])
        for service in self.plan.services[first : first + int(offer["n_services"])]:
            declined = self._return_path.serve(stage, service, declined)
        self._give_up(stage, declined)
        self._go_on(stage)

    def _decide(self, stage: int, crowd: Crowd) -> Crowd:
        """Let those at a stage decide; return those who decline."""
        offer = self.plan.offers[stage]
        delay = law_of(offer, "delay", self.lattice)
        declined: Crowd = {}
        for state, measure in crowd.items():
            here = measure.delayed(delay)
            if abs(here.total) < NOBODY:
                continue
            chance = self._deciding.chance(stage, state, stage)
            self._accept(stage, state, here.scaled(chance), float(offer["price"]))
            join(declined, state, here.scaled(1.0 - chance))
        return declined

    def _engage(self, stage: int, crowd: Crowd) -> Crowd:
        """Show content to those at a stage; return whom nothing has engaged."""
        if self.plan.offers[stage]["starts_repeat"]:
            raise NoClosedForm(f"repeat buying starts at {self.plan.stage_names[stage]}")
        engagement = Engagement(self.plan, self.lattice, self._books, self._deciding, self._people)
        self._accepted, declined = engagement.expose(stage, crowd)
        return declined

    def _give_up(self, stage: int, declined: Crowd) -> None:
        target = int(self.plan.offers[stage]["after_decline"])
        name = self.plan.stage_names[stage]
        for state, measure in declined.items():
            following = self._next(target, state)
            if following >= 0:
                passed = self.ledger.book(measure, {f"passed.{name}": certain(1.0)})
                self._enter(following, state, passed)
            elif following == LOST:
                self.ledger.book(measure, {f"lost.{name}": certain(1.0)})

    # ------------------------------------------------------------------------ accepting

    def _accept(self, stage: int, state: State, measure: Measure, price: float) -> None:
        if abs(measure.total) < NOBODY:
            return
        offer, name = self.plan.offers[stage], self.plan.stage_names[stage]
        news = {f"accepted.{name}": certain(1.0)}
        content = bool(offer["kind"] == OfferKind.ENGAGE)  # looking at it leaves no address
        if not state.known and not content:
            news["leads"] = certain(1.0)
        measure = self.ledger.book(measure, news)
        self.ledger.note_age(measure, f"age.{name}")
        state = state._replace(known=state.known or not content)
        reward = float(offer["referral_reward"]) if self._referred and not content else 0.0
        if offer["kind"] == OfferKind.MONEY:
            state, measure = self._buying.sale(stage, state, measure, price)
        elif offer["kind"] == OfferKind.SUBSCRIPTION:
            state, measure = self._buying.subscribe(stage, (state, measure), price, reward)
            reward = 0.0
        elif not content:
            measure = self._books.pay(measure, state, certain(float(offer["unit_cost"])))
        measure = self._books.reward(measure, reward, of_tripwire=bool(offer["is_tripwire"]))
        for later, share in self._believing(offer, state):
            join(self._accepted, later, measure.scaled(share))

    def _believing(self, offer: np.void, state: State) -> list[tuple[State, float]]:
        """Split those who accept by the trust that they have gained before anything else."""
        trust, consumed = float(offer["trust"]), min(max(float(offer["consumed"]), 0.0), 1.0)
        if offer["attended"]:
            return [(state, 1.0)]
        if offer["kind"] != OfferKind.LEAD_MAGNET:
            return [(state.trusting(trust), 1.0)]
        if trust == 0.0 or consumed == 0.0:
            return [(state, 1.0)]
        takes = law_of(offer, "consumption", self.lattice)
        if not isinstance(takes, float) or takes > 0.0:
            return [(state._replace(trust=None), 1.0)]
        return [(state.trusting(trust), consumed), (state, 1.0 - consumed)]

    def _go_on(self, stage: int) -> None:
        offer = self.plan.offers[stage]
        for who in self._accepted.items():
            state, measure = self._buying.start_repeat(*who) if offer["starts_repeat"] else who
            for later, moved in self._attend(offer, state, measure):
                self._enter(self._next(int(offer["next_accept"]), later), later, moved)

    def _attend(
        self, offer: np.void, state: State, measure: Measure
    ) -> Iterator[tuple[State, Measure]]:
        """Let those who committed their time wait, and come or not."""
        if not offer["attended"]:
            yield state, measure
            return
        waited = measure.delayed(law_of(offer, "consumption", self.lattice))
        comes = min(max(float(offer["consumed"]), 0.0), 1.0)
        yield state.trusting(float(offer["trust"])), waited.scaled(comes)
        yield state, waited.scaled(1.0 - comes)
