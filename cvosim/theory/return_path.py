"""The return path: what programs do with those who have declined a stage."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from cvosim.plan.plan import Plan, ProgramKind
from cvosim.theory.books import Books
from cvosim.theory.delays import success_kernels
from cvosim.theory.effects import Deciding
from cvosim.theory.errors import NoClosedForm
from cvosim.theory.lattice import Lattice
from cvosim.theory.ledger import certain
from cvosim.theory.measure import Measure
from cvosim.theory.obstacles import retention_unsubscribes
from cvosim.theory.state import Crowd, State, join

Accept = Callable[[int, State, Measure, float], None]
Who = tuple[State, Measure]


class ReturnPath:
    """Serves those who have declined; ``accept(stage, state, measure, price)`` takes those won.

    Parameters
    ----------
    plan : Plan
        For services, programs and touches.
    lattice : Lattice
        Of the measures.
    books : Books
        Where touches and their costs go.
    deciding : Deciding
        For the programs' decisions.
    accept : callable
        What happens to those who are recovered.
    """

    def __init__(
        self, plan: Plan, lattice: Lattice, books: Books, deciding: Deciding, accept: Accept
    ) -> None:
        self._plan = plan
        self._lattice = lattice
        self._books = books
        self._deciding = deciding
        self._accept = accept
        starts = np.flatnonzero(plan.offers["starts_repeat"])
        self._unsubscribed_from = len(plan.offers)  # a stage after which nobody can tell
        if retention_unsubscribes(plan) and len(starts):
            self._unsubscribed_from = int(starts[0]) + 1

    def serve(self, stage: int, service: np.void, declined: Crowd) -> Crowd:
        """Let one program try; return whom it has not won."""
        index = int(service["program"])
        program, name = self._plan.programs[index], str(self._plan.program_names[index])
        left: Crowd = {}
        for state, measure in declined.items():
            who = state, measure
            if not self._deciding.aims_at(int(program["aim"]), state, name):
                join(left, *who)
            elif program["kind"] == ProgramKind.EXIT_OFFER:
                self._exit_offer(stage, service, who, left)
            elif program["kind"] == ProgramKind.FOLLOW_UP:
                self._follow_up(stage, service, who, left)
            else:
                self._remarket(stage, service, who, left)
        return left

    def _exit_offer(self, stage: int, service: np.void, who: Who, left: Crowd) -> None:
        state, measure = who
        index = int(service["program"])
        measure = self._books.touch(
            measure, state, index, float(self._plan.programs[index]["cost"])
        )
        chance = self._deciding.chance(int(service["decision"]), state, stage)
        self._recover(stage, service, state, measure.scaled(chance))
        join(left, state, measure.scaled(1.0 - chance))

    def _follow_up(self, stage: int, service: np.void, who: Who, left: Crowd) -> None:
        state, measure = who
        index = int(service["program"])
        program = self._plan.programs[index]
        first, n_touches = int(program["first_touch"]), int(program["n_touches"])
        if not state.known or state.unsubscribed or n_touches == 0:
            join(left, state, measure)
            return
        self._require_messages(stage, index)
        chance = self._deciding.chance(int(service["decision"]), state, stage)
        for touch in self._plan.touches[first : first + n_touches]:
            measure = measure.shifted(float(touch["gap"]))
            measure = self._books.touch(measure, state, index, float(program["cost"]))
            yes = float(touch["open"]) * float(program["click"]) * chance
            self._recover(stage, service, state, measure.scaled(yes))
            leaves = (1.0 - yes) * float(program["unsubscribe"])
            gone = self._books.ledger.book(measure.scaled(leaves), {"unsubscribed": certain(1.0)})
            join(left, state._replace(unsubscribed=True), gone)
            measure = measure.scaled((1.0 - yes) * (1.0 - float(program["unsubscribe"])))
        join(left, state, measure)

    def _require_messages(self, stage: int, program: int) -> None:
        if stage >= self._unsubscribed_from:
            raise NoClosedForm(
                f"{self._plan.program_names[program]} at {self._plan.stage_names[stage]} ends "
                "when a win-back, anniversary or birthday program has made somebody unsubscribe"
            )

    def _remarket(self, stage: int, service: np.void, who: Who, left: Crowd) -> None:
        state, measure = who
        index = int(service["program"])
        program = self._plan.programs[index]
        window, per_day = float(program["window"]), float(program["cost_rate"])
        rate = float(program["click_rate"])
        if rate > 0.0:
            rate *= self._deciding.chance(int(service["decision"]), state, stage)
        if rate > 0.0 and window > 0.0:
            one, by_time, by_square = (
                measure.spread(kernel) for kernel in success_kernels(rate, window, self._lattice)
            )
            rates: dict[str, float] = {}
            if per_day > 0.0:
                rates = dict.fromkeys(self._books.accounts(state, index), per_day)
                rates["contribution"] = -per_day
            ledger = self._books.ledger
            back = ledger.book_with_time((one, by_time, by_square), rates)
            back = ledger.book(back, {"touches": certain(1.0)})
            self._recover(stage, service, state, back)
        end = measure.scaled(float(np.exp(-rate * window))).shifted(window)
        join(left, state, self._books.touch(end, state, index, per_day * window))

    def _recover(self, stage: int, service: np.void, state: State, measure: Measure) -> None:
        name = self._plan.program_names[int(service["program"])]
        measure = self._books.ledger.book(measure, {f"recoveries.{name}": certain(1.0)})
        self._accept(stage, state, measure, float(service["price"]))
