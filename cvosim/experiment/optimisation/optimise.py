"""Choose the levers: search, prove feasible, select the best, and say what it earns more.

Every step has customers of its own, so that nothing is chosen for luck that the next step then
praises (the winner's curse): the search's customers find candidates, others judge the constraints,
others again select, and the last say how much better the winner is than the scenario as written.
Within a step all plans meet the same customers.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.optimisation.allowed import (
    Judged,
    constraint_values,
    judge_all,
    violation,
)
from cvosim.experiment.optimisation.constraints import BUDGET
from cvosim.experiment.optimisation.levers import Lever, Plan
from cvosim.experiment.optimisation.outcome import frontier, gain_of, ranked, uneven
from cvosim.experiment.optimisation.question import Effort, Question
from cvosim.experiment.optimisation.ranking import Rule, Selection, select_best
from cvosim.experiment.optimisation.result import Candidate, Gain, Interval, Optimum
from cvosim.experiment.optimisation.search import Score, Search, Tried, search
from cvosim.experiment.optimisation.simulator import (
    HERE,
    Floats,
    Simulator,
    Where,
    World,
    fresh_seed,
    outcomes_of,
)
from cvosim.experiment.optimisation.storing import check_store

if TYPE_CHECKING:
    from cvosim.scenario.sweep import Sweep
    from cvosim.scenario.template import Template

BATCHES = 20
"""Replicates into which the customers of a plan are divided wherever variances are needed."""
SEARCH_BATCHES = 5
FINAL = 2 * BATCHES
INDIFFERENT = 0.01
USUAL, MODERATE = Question(), Effort()


class Task(NamedTuple):
    """What all steps need."""

    simulator: Simulator
    question: Question
    effort: Effort
    customers: int

    @property
    def batch(self) -> int:
        """Customers of a replicate."""
        return max(1, math.ceil(self.customers / BATCHES))


def optimise(
    template: Template,
    sweep: Sweep,
    question: Question = USUAL,
    effort: Effort = MODERATE,
    where: Where = HERE,
) -> Optimum:
    """Find what to set a sweep's levers to.

    Parameters
    ----------
    template : Template
        The scenario.
    sweep : Sweep
        Its levers, and its uncertainties; the design and the outcomes do not matter here.
    question : Question
        What shall be as great or small as can be, under which constraints. It and `Effort` live
        in `cvosim.experiment.optimisation.question`, constraints are read by `parse_constraint`
        of `cvosim.experiment.optimisation.constraints`.
    effort : Effort
        Customers, trials, and how sure the answer shall be.
    where : Where
        Who computes.

    Returns
    -------
    Optimum

    Raises
    ------
    DataError, ScenarioError
        In words: no levers, an unknown outcome, a store that is somebody else's.

    Examples
    --------
    >>> from cvosim.experiment.optimisation.question import Effort
    >>> from cvosim.scenario.sweep import Sweep
    >>> from cvosim.scenario.template import load_template
    >>> sweep = Sweep(levers={"journey.tripwire.price": [19, 29, 39]})
    >>> effort = Effort(customers=2000, indifference=0.5)
    >>> found = optimise(load_template("carpet_cleaning"), sweep, effort=effort)
    >>> len(found.candidates), found.search.complete
    (3, True)
    """
    if where.store is not None:
        check_store(where.store)
    task = _task(template, sweep, question, effort, where)
    base = task.simulator.base()
    tried, base_score, error = _searched(task, base)
    if error:
        raise DataError(f"the scenario as written cannot be simulated: {error}")
    candidates = _candidates(task, tried, base)
    allowed = [i for i, one in enumerate(candidates) if one.state == "met"]
    delta, selection, winner, gain, rough = math.nan, None, None, None, False
    if len(question.goals) == 2:
        candidates, rough = _weighed_up(task, candidates, allowed)
    else:
        delta = _indifference(effort, base_score, tried)
        if allowed:
            candidates, selection = _selected(task, candidates, allowed, delta)
            winner = next(i for i, one in enumerate(candidates) if one.place == "best")
            gain = _gained(task, candidates[winner])
    return Optimum(
        name=template.scenario.name,
        currency=template.scenario.currency,
        market=template.scenario.customers,
        levers=task.simulator.levers,
        question=question,
        effort=effort,
        units=_units(task),
        search=tried,
        candidates=tuple(candidates),
        winner=winner,
        selection=selection,
        gain=gain,
        indifference=delta,
        batch=task.batch,
        used=task.simulator.used,
        uncertain=len(sweep.uncertainties),
        uneven_front=rough,
    )


def _units(task: Task) -> dict[str, str]:
    """Give the units of all that is asked about."""
    scenario = task.simulator.template.scenario
    known = outcomes_of(scenario)
    units = dict(zip(known.names, known.units, strict=True)) | {BUDGET: scenario.currency}
    constrained = [one.outcome for one in task.question.constraints]
    return {name: units[name] for name in (*task.question.outcomes, *constrained)}


def levers_of(template: Template, sweep: Sweep) -> tuple[Lever, ...]:
    """Give the levers of a sweep's section.

    Raises
    ------
    DataError
        There is none.
    ScenarioError
        A path leads nowhere; says which name is near.

    Examples
    --------
    >>> from cvosim.scenario.sweep import Sweep
    >>> from cvosim.scenario.template import load_template
    >>> sweep = Sweep(levers={"journey.tripwire.price": {"low": 9, "high": 39}})
    >>> levers_of(load_template("carpet_cleaning"), sweep)[0].continuous
    True
    """
    if not sweep.levers:
        raise DataError("sweep: has no levers; say there what may be set, and to which values")
    levers = []
    for path, written in sweep.levers.items():
        now = template.value(path)
        if isinstance(written, tuple):
            levers.append(Lever(path, written))
            continue
        whole = isinstance(now, int) and not isinstance(now, bool)
        levers.append(Lever(path, (), written.low, written.high, written.step, whole))
    return tuple(levers)


def worlds_of(template: Template, sweep: Sweep, count: int) -> tuple[World, ...]:
    """Sample so many worlds from a sweep's uncertainties: a Latin hypercube of the scenario's seed.

    Raises
    ------
    DataError
        The sweep has no uncertainties.
    """
    if not count:
        return ({},)
    from cvosim.experiment.sweeps.design import factors_of, latin_hypercube

    factors = [factor for factor in factors_of(sweep) if factor.role == "uncertainty"]
    if not factors:
        raise DataError("robust: the sweep has no uncertainties to sample worlds from")
    points, _ = latin_hypercube(factors, count, template.scenario.seed)
    paths = [factor.path for factor in factors]
    return tuple(dict(zip(paths, point, strict=True)) for point in points)


def _task(
    template: Template, sweep: Sweep, question: Question, effort: Effort, where: Where
) -> Task:
    known = outcomes_of(template.scenario)
    question.check(known.names)
    for constraint in question.constraints:
        constraint.check(known.names, known.units, template.scenario.currency)
    simulator = Simulator(
        template=template,
        levers=levers_of(template, sweep),
        outcomes=question.outcomes,
        totals=known.totals,
        worlds=worlds_of(template, sweep, question.robust),
        where=where,
    )
    customers = effort.customers or sweep.customers or template.scenario.customers
    return Task(simulator, question, effort, customers)


def _searched(task: Task, base: Plan) -> tuple[Search, Score, str]:
    """Search; the scenario as written is scored first, on the same customers as all others."""
    simulator, customers = task.simulator, math.ceil(task.customers / SEARCH_BATCHES)
    errors: list[str] = []

    def evaluate(plans: Sequence[Plan]) -> list[Score]:
        # the same customers in every round of the search: plans of different rounds are compared
        met = simulator.meet(plans, "search", SEARCH_BATCHES, customers)
        simulator.tell(f"Search: {len(plans)} plans more, {simulator.used:,} customers so far")
        errors.append(met.errors.get(0, ""))
        return [_score(task, plan, met.values[i], met.pooled[i]) for i, plan in enumerate(plans)]

    [first] = evaluate([base])
    trials = task.effort.trials
    seed = fresh_seed(simulator.seed, "levers") >> 33
    found = search(simulator.levers, evaluate, trials, seed, len(task.question.goals))
    here = Tried(base, first)
    rest = tuple(one for one in found.tried if one.plan != base)
    return Search((*rest, here), found.complete), first, errors[0]


def _score(task: Task, plan: Plan, values: Floats, pooled: Floats) -> Score:
    simulator, question = task.simulator, task.question
    goals = []
    for goal in question.goals:
        own = pooled[..., simulator.outcomes.index(goal.outcome)]
        goals.append(goal.sign * float(question.over_worlds(own, more_is_better=goal.maximise)))
    violations = []
    for one in question.constraints:
        by_batch = constraint_values(simulator, question, one, plan, values)
        value = float(constraint_values(simulator, question, one, plan, pooled[None])[0])
        n = len(by_batch)
        error = float(by_batch.std(ddof=1)) / math.sqrt(n) if n > 1 else 0.0
        violations.append(violation(one, value, error))
    return Score(tuple(goals), tuple(violations))


def _as_searched(task: Task, tried: Search, plan: Plan) -> tuple[Interval, ...]:
    """Give the goals as the search saw them: all there is of a plan that is not allowed."""
    [score] = [one.score for one in tried.tried if one.plan == plan]
    signs = [goal.sign for goal in task.question.goals]
    values = [sign * value for sign, value in zip(signs, score.values, strict=True)]
    return tuple(Interval(value, math.nan, math.nan) for value in values)


def _candidates(task: Task, tried: Search, base: Plan) -> list[Candidate]:
    """Choose the plans worth a closer look, the scenario as written last, and judge them."""
    plans = tried.candidates(task.simulator.levers, task.effort.candidates)
    plans = (*(plan for plan in plans if plan != base), base)
    judged = [Judged((), "") for _ in plans]
    if task.question.constraints:
        batches, confidence = (BATCHES, task.batch), task.effort.confidence
        judged = judge_all(task.simulator, task.question, plans, batches, confidence)
    return [
        Candidate(
            plan=plan,
            base=plan is base,
            judgements=one.judgements,
            values=_as_searched(task, tried, plan),
            place="not allowed",
            error=one.error,
        )
        for plan, one in zip(plans, judged, strict=True)
    ]


def _indifference(effort: Effort, base: Score, tried: Search) -> float:
    if effort.indifference is not None:
        return effort.indifference
    sizes = [abs(base.values[0]), *(abs(one.score.values[0]) for one in tried.tried)]
    for size in sizes:
        if math.isfinite(size) and size > 0.0:
            return INDIFFERENT * size
    raise DataError("the objective is 0 or unknown for all plans; say which difference matters")


def _objective(task: Task, values: Floats, goal: int = 0) -> Floats:
    """Condense (..., worlds, outcomes) to a goal's value, the greater the better."""
    wanted = task.question.goals[goal]
    own = values[..., task.simulator.outcomes.index(wanted.outcome)]
    return wanted.sign * task.question.over_worlds(own, more_is_better=wanted.maximise)


def _selected(
    task: Task, candidates: list[Candidate], allowed: list[int], delta: float
) -> tuple[list[Candidate], Selection | None]:
    effort = task.effort
    seen: list[list[Floats]] = [[] for _ in allowed]

    def sample(indices: tuple[int, ...], replicates: range) -> Floats:
        plans = [candidates[allowed[i]].plan for i in indices]
        task.simulator.tell(
            f"Ranking: {len(plans)} candidates after "
            f"{replicates.start * task.batch:,} customers each"
        )
        step = f"ranking-{replicates.start:05d}"
        met = task.simulator.meet(plans, step, len(replicates), task.batch)
        values = _objective(task, met.values)
        for row, i in enumerate(indices):
            seen[i].append(values[row])
        return values

    most = BATCHES * max(1, effort.patience)
    rule = Rule(delta, effort.confidence, first=BATCHES, most=most)
    selection = select_best(sample, len(allowed), rule)
    values = [np.concatenate(one) for one in seen]
    done = ranked([candidates[i] for i in allowed], values, selection, task.question.goals[0])
    for place, one in zip(allowed, done, strict=True):
        candidates[place] = one
    return candidates, selection if len(allowed) > 1 else None


def _gained(task: Task, winner: Candidate) -> Gain | None:
    """Let new customers meet the winner and the scenario as written."""
    if winner.base:
        return None
    simulator = task.simulator
    simulator.tell("Last: the winner and the scenario as written, on new customers")
    replicates = max(FINAL, winner.replicates)  # what was hard to tell apart is hard to measure
    met = simulator.meet([simulator.base(), winner.plan], "final", replicates, task.batch)
    values = _objective(task, met.values)
    sign = task.question.goals[0].sign
    return gain_of(values, sign, task.effort.confidence, task.batch)


def _weighed_up(
    task: Task, candidates: list[Candidate], allowed: list[int]
) -> tuple[list[Candidate], bool]:
    """Place the candidates on or behind the Pareto front, on customers of their own."""
    if not allowed:
        return candidates, False
    task.simulator.tell(f"Front: {len(allowed)} candidates on new customers")
    plans = [candidates[i].plan for i in allowed]
    met = task.simulator.meet(plans, "front", FINAL, task.batch)
    samples = np.stack([_objective(task, met.values, goal) for goal in (0, 1)], axis=-1)
    placed = frontier(
        [candidates[i] for i in allowed], samples, task.question.goals, task.effort.confidence
    )
    for place, one in zip(allowed, placed, strict=True):
        candidates[place] = one
    return candidates, uneven(samples)


__all__ = ["Effort", "Question", "Where", "levers_of", "optimise", "worlds_of"]
