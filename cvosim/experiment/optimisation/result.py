"""What an optimisation found."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from cvosim.experiment.optimisation.constraints import Judgement, State
from cvosim.experiment.optimisation.levers import Lever, Plan, as_changes
from cvosim.experiment.optimisation.question import Effort, Question
from cvosim.experiment.optimisation.ranking import Selection
from cvosim.experiment.optimisation.search import Search, Tried
from cvosim.metrics.estimate import number_or_none


class Interval(NamedTuple):
    """An estimate with the interval that holds with the confidence of the whole.

    Examples
    --------
    >>> Interval(2.0, 1.5, 2.5).to_dict()
    {'value': 2.0, 'low': 1.5, 'high': 2.5}
    """

    value: float
    low: float
    high: float

    def to_dict(self) -> dict[str, float | None]:
        """Give a plain dictionary: what is not a number is null."""
        return {name: number_or_none(value) for name, value in self._asdict().items()}


UNKNOWN = Interval(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Candidate:
    """A plan that was looked at closely.

    Attributes
    ----------
    plan : tuple
        Values of the levers.
    base : bool
        Whether it is the scenario as written.
    judgements : tuple of Judgement
        One a constraint.
    values : tuple of Interval
        Of the goals, one each, on customers that the search has not seen. Of a selection they
        say what the candidate had when it was dropped; of a plan that is not allowed, without
        interval, what it had in the search.
    behind : Interval
        By how much it is worse than the winner, on the same customers.
    replicates : int
        That these rest on.
    place : str
        Of a selection ``best``, ``left`` (not decided), ``dropped`` or ``not allowed``; of a
        Pareto front ``on the front``, ``perhaps on the front``, ``probably beaten``, ``beaten``
        or ``not allowed``.
    error : str
        Why it cannot be simulated.
    """

    plan: Plan
    base: bool
    judgements: tuple[Judgement, ...] = ()
    values: tuple[Interval, ...] = ()
    behind: Interval = UNKNOWN
    replicates: int = 0
    place: str = ""
    error: str = ""

    @property
    def state(self) -> State:
        """Whether it meets all constraints."""
        states = {one.state for one in self.judgements}
        if self.error or "not met" in states:
            return "not met"
        return "cannot tell" if "cannot tell" in states else "met"


class Gain(NamedTuple):
    """What the winner earns more than the scenario as written, on customers new to both.

    Attributes
    ----------
    value, low, high : float
        Of the paired difference, positive if the winner is better.
    base, winner : float
        What both have.
    replicates, customers : int
        How many replicates of how many customers each.
    uneven : bool
        Whether a few customers bring so much of it that the interval may miss more often than
        it says.
    """

    value: float
    low: float
    high: float
    base: float
    winner: float
    replicates: int
    customers: int
    uneven: bool = False


@dataclass(frozen=True)
class Optimum:
    """The answer, and how it was found.

    Attributes
    ----------
    name, currency : str
        Of the scenario.
    market : int
        Its number of customers, for which totals are stated.
    levers : tuple of Lever
    question : Question
    effort : Effort
    units : mapping of str to str
        Of the outcomes.
    search : Search
        All plans that were tried.
    candidates : tuple of Candidate
        Those looked at closely; the scenario as written is the last.
    winner : int or None
        Place of the best; None where nothing surely meets the constraints, and for a front.
    selection : Selection or None
        How it was chosen; None if there was no choice.
    gain : Gain or None
        Over the scenario as written; None where that is the best, or nothing is.
    indifference : float
        Differences smaller than this were not looked for; NaN for a front.
    batch : int
        Customers of a replicate.
    used : int
        Customers simulated in all.
    uncertain : int
        Uncertainties that the sweep states.
    uneven_front : bool
        Of a front: whether its values are too uneven for what is said to be certain.
    """

    name: str
    currency: str
    market: int
    levers: tuple[Lever, ...]
    question: Question
    effort: Effort
    units: Mapping[str, str]
    search: Search = field(repr=False)
    candidates: tuple[Candidate, ...]
    winner: int | None
    selection: Selection | None
    gain: Gain | None
    indifference: float
    batch: int
    used: int
    uncertain: int = 0
    uneven_front: bool = False

    @property
    def uneven(self) -> bool:
        """Whether a few customers bring so much of the objective that promises do not hold."""
        chosen = self.selection is not None and self.selection.uneven
        return chosen or self.uneven_front or (self.gain is not None and self.gain.uneven)

    @property
    def pareto(self) -> bool:
        """Whether two outcomes are weighed up."""
        return len(self.question.goals) == 2

    @property
    def base(self) -> Candidate:
        """The scenario as written."""
        return self.candidates[-1]

    @property
    def best(self) -> Candidate | None:
        """The winner, if there is one."""
        return None if self.winner is None else self.candidates[self.winner]

    @property
    def contenders(self) -> int:
        """Candidates that surely meet the constraints."""
        return sum(one.state == "met" for one in self.candidates)

    def searched(self, plan: Plan) -> Tried:
        """Look up what a plan brought in the search, where all met the same customers."""
        return next(one for one in self.search.tried if one.plan == plan)

    def forgone(self) -> Tried | None:
        """Give the best plan that the constraints keep out, if it looks better than the winner.

        As the search saw it: nothing is promised of what is not allowed.
        """
        if self.best is None or self.pareto or not self.question.constraints:
            return None
        refused = [one.plan for one in self.candidates if one.place == "not allowed"]
        out = [
            one
            for one in self.search.tried
            if one.score.known and (one.score.violation > 0.0 or one.plan in refused)
        ]
        best = max(out, key=lambda one: one.score.values[0], default=None)
        here = self.searched(self.best.plan).score.values[0]
        return best if best is not None and best.score.values[0] > here else None

    def changes(self) -> dict[str, object]:
        """Say what the winner changes in the scenario; empty if nothing."""
        if self.best is None or self.best.base:
            return {}
        wanted = as_changes(self.levers, self.best.plan)
        now = as_changes(self.levers, self.base.plan)
        return {path: value for path, value in wanted.items() if value != now[path]}

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON: what is not a number is null."""
        question, effort = self.question, self.effort
        return {
            "scenario": self.name,
            "currency": self.currency,
            "market": self.market,
            "levers": [one.path for one in self.levers],
            "goals": [{"outcome": g.outcome, "maximise": g.maximise} for g in question.goals],
            "units": dict(self.units),
            "constraints": [one.text for one in question.constraints],
            "worlds": question.robust,
            "quantile": question.quantile,
            "confidence": effort.confidence,
            "indifference": number_or_none(self.indifference),
            "changes": self.changes() if self.best is not None else None,
            "gain": None if self.gain is None else _finite(self.gain._asdict()),
            "decided": None if self.selection is None else self.selection.decided,
            "uneven": self.uneven,
            "replicates_needed_at_most": (
                None if self.selection is None else self.selection.most_needed
            ),
            "candidates": [self._candidate(one) for one in self.candidates],
            "search": {
                "complete": self.search.complete,
                "tried": [self._tried(place) for place in range(len(self.search.tried))],
            },
            "customers_a_replicate": self.batch,
            "customers_simulated": self.used,
        }

    def _candidate(self, one: Candidate) -> dict[str, Any]:
        texts = [constraint.text for constraint in self.question.constraints]
        judged = zip(texts, one.judgements, strict=False)
        goals = [goal.outcome for goal in self.question.goals]
        return {
            "levers": dict(as_changes(self.levers, one.plan)),
            "as_written": one.base,
            "place": one.place,
            "values": {g: v.to_dict() for g, v in zip(goals, one.values, strict=False)},
            "behind": one.behind.to_dict(),
            "replicates": one.replicates,
            "constraints": [{"constraint": text, **_finite(j._asdict())} for text, j in judged],
            "error": one.error,
        }

    def _tried(self, place: int) -> dict[str, Any]:
        one = self.search.tried[place]
        goals = self.question.goals
        values = {
            goal.outcome: number_or_none(goal.sign * value)
            for goal, value in zip(goals, one.score.values, strict=True)
        }
        meets = one.score.known and one.score.violation == 0.0
        levers = dict(as_changes(self.levers, one.plan))
        return {"levers": levers, "values": values, "seems_to_meet": meets}


def _finite(entries: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: number_or_none(value) if isinstance(value, float) else value
        for key, value in entries.items()
    }
