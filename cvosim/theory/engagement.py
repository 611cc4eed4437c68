"""Exposures to content: a chain over rungs, trust and whether somebody has engaged yet."""

from __future__ import annotations

from typing import NamedTuple

from cvosim.plan.plan import Plan
from cvosim.theory.books import Books
from cvosim.theory.delays import law_of
from cvosim.theory.effects import Deciding
from cvosim.theory.ladder import Showing, showings
from cvosim.theory.lattice import Lattice
from cvosim.theory.ledger import Amount, certain
from cvosim.theory.measure import Measure
from cvosim.theory.people import People
from cvosim.theory.state import Crowd, State, join


class Audience(NamedTuple):
    """Those who are shown content, by whether a piece has engaged them yet."""

    warm: Crowd
    cold: Crowd


class Engagement:
    """The stage ``engage`` of a plan.

    Parameters
    ----------
    plan : Plan
        With one row ``engage``, and ``content``.
    lattice : Lattice
        Of the measures.
    books : Books
        Where exposures and their costs go.
    deciding : Deciding
        For the probabilities of engaging.
    people : People
        For rungs.
    """

    def __init__(
        self, plan: Plan, lattice: Lattice, books: Books, deciding: Deciding, people: People
    ) -> None:
        self._plan = plan
        self._books = books
        self._deciding = deciding
        self._people = people
        self._every = law_of(plan.engage[0], "every", lattice)
        self._known: dict[tuple[int, float | None, bool], list[Showing]] = {}

    def expose(self, stage: int, crowd: Crowd) -> Audience:
        """Show everybody as many pieces as the plan says, one after the other."""
        audience = Audience({}, dict(crowd))
        for number in range(int(self._plan.engage[0]["exposures"])):
            if number > 0:
                audience = Audience(*(self._wait(part) for part in audience))
            audience = self._show(stage, audience)
            if not audience.warm and not audience.cold:
                break  # beyond the horizon
        return audience

    def _wait(self, crowd: Crowd) -> Crowd:
        later: Crowd = {}
        for state, measure in crowd.items():
            join(later, state, measure.delayed(self._every))
        return later

    def _show(self, stage: int, audience: Audience) -> Audience:
        after = Audience({}, {})
        for part, is_warm in ((audience.warm, True), (audience.cold, False)):
            for state, measure in part.items():
                for showing in self._showings(stage, state):
                    here = self._book(measure.scaled(showing.chance), state, showing)
                    if showing.engages and not is_warm:
                        name = self._plan.stage_names[stage]
                        here = self._books.ledger.book(here, {f"accepted.{name}": certain(1.0)})
                        self._books.ledger.note_age(here, f"age.{name}")
                    target = after.warm if is_warm or showing.engages else after.cold
                    join(target, self._next(stage, state, showing), here)
        return after

    def _showings(self, stage: int, state: State) -> list[Showing]:
        key = state.who, state.trust, bool(state.bought)
        if key not in self._known:
            rung = self._people.cell(state.who)[2]
            self._known[key] = showings(
                self._plan, rung, lambda row: self._deciding.chance(row, state, stage)
            )
        return self._known[key]

    def _book(self, measure: Measure, state: State, showing: Showing) -> Measure:
        measure = self._books.ledger.book(
            measure,
            {
                "exposures": Amount(showing.shown, showing.shown),
                "rungs_climbed": certain(float(showing.climbs)),
            },
        )
        return self._books.pay(measure, state, Amount(showing.cost, showing.square_cost))

    def _next(self, stage: int, state: State, showing: Showing) -> State:
        if self._people.trust_counts(stage):
            state = state.trusting(showing.trust)
        if showing.climbs:
            state = state._replace(who=self._people.lifted(state.who))
        return state
