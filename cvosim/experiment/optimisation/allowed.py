"""Which candidates surely meet the constraints: more customers until that is clear."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cvosim.experiment.optimisation.constraints import BUDGET, Constraint, Judgement, judge
from cvosim.experiment.optimisation.levers import Plan
from cvosim.experiment.optimisation.question import Question
from cvosim.experiment.optimisation.sections import NOBODY, Sections, measured
from cvosim.experiment.optimisation.simulator import Floats, Simulator

LOOKS = 4
"""How often is looked, each time at twice the customers of the time before."""


class Judged(NamedTuple):
    """What is known of one candidate."""

    judgements: tuple[Judgement, ...]
    error: str

    @property
    def open(self) -> bool:
        """Whether more customers may still decide it."""
        states = [one.state for one in self.judgements]
        return not self.error and "not met" not in states and "cannot tell" in states


def constraint_values(
    simulator: Simulator, question: Question, constraint: Constraint, plan: Plan, values: Floats
) -> Floats:
    """Give a plan's values of what is constrained, one a replicate.

    Parameters
    ----------
    values : ndarray, shape (replicates, worlds, outcomes)
        What the plan brought.
    """
    if constraint.outcome == BUDGET:
        return np.array([simulator.budget(plan)])
    own = values[..., simulator.outcomes.index(constraint.outcome)]
    return question.over_worlds(own, more_is_better=constraint.sign == ">=")


def judge_all(
    simulator: Simulator,
    question: Question,
    plans: Sequence[Plan],
    batches: tuple[int, int],
    confidence: float,
) -> list[Judged]:
    """Judge every constraint of every plan; all are right together with the confidence.

    Looks are planned beforehand: at n, 2 n, 4 n and 8 n replicates, of which all customers
    together are looked at. Every t-test has its share of the error that is allowed, over
    constraints, plans and looks (Bonferroni).

    Parameters
    ----------
    simulator : Simulator
    question : Question
        Its constraints, and how worlds are condensed.
    plans : sequence of Plan
    batches : tuple of int
        Replicates of the first look, and customers of a replicate.
    confidence : float
        Probability that no judgement, met or not met, is wrong.

    Returns
    -------
    list of Judged
        One a plan.
    """
    first, customers = batches
    constraints = question.constraints
    alpha = (1.0 - confidence) / max(1, len(constraints) * len(plans) * LOOKS)
    seen = {place: [NOBODY] * len(simulator.worlds) for place in range(len(plans))}
    found = [Judged((), "") for _ in plans]
    left = list(range(len(plans)))
    for look in range(LOOKS):
        more = first if look == 0 else first * 2 ** (look - 1)
        step, trying = f"constraints-{look}", [plans[i] for i in left]
        met, errors = simulator.meet_sections(trying, step, more, customers)
        for row, i in enumerate(left):
            seen[i] = [a + b for a, b in zip(seen[i], met[row], strict=True)]
            judgements = _judged(simulator, question, plans[i], seen[i], alpha)
            found[i] = Judged(judgements, errors.get(row, ""))
        left = [i for i in left if found[i].open]
        if not left:
            break
        simulator.tell(f"Constraints: {len(left)} of {len(plans)} candidates not yet clear")
    return found


def _judged(
    simulator: Simulator,
    question: Question,
    plan: Plan,
    worlds: Sequence[Sections],
    alpha: float,
) -> tuple[Judgement, ...]:
    """Judge a plan by its sections in each world; one that is impossible meets nothing."""
    if not all(sections.parts for sections in worlds):
        return tuple(Judgement("not met", math.nan, math.nan) for _ in question.constraints)
    values = measured(worlds, simulator.outcomes, simulator.totals, simulator.market)
    judgements = []
    for one in question.constraints:
        own = constraint_values(simulator, question, one, plan, values)
        count = len(own) // 2
        judgements.append(judge(one, float(own[0]), own[1 : 1 + count], alpha, own[1 + count :]))
    return tuple(judgements)


def violation(constraint: Constraint, value: float, error: float) -> float:
    """Say how far a plan is, in the search, from seeming to meet a constraint.

    Two standard errors from the bound on the right side count as met: nearer than that, no
    judgement could be expected later. Without any error, as of a budget, the bound itself does.

    Parameters
    ----------
    constraint : Constraint
    value, error : float
        Its estimate and standard error.

    Returns
    -------
    float
        0 or less where it seems to be met; up to 2, in standard errors, where that is not sure;
        above 2, in parts of the bound, where it seems not to be.

    Examples
    --------
    >>> from cvosim.experiment.optimisation.constraints import parse_constraint
    >>> cac = parse_constraint("cac <= 40")
    >>> violation(cac, 35.0, 1.0), violation(cac, 39.0, 1.0), violation(cac, 40.0, 0.0)
    (-3.0, 1.0, -1.0)
    >>> violation(cac, 50.0, 1.0)
    2.25
    """
    if not math.isfinite(value):
        return math.inf
    margin = float(constraint.margin(np.array(value)))
    if math.isnan(error):  # some batch had nobody: far from sure
        error = max(abs(margin), 1e-9)
    if margin < 0.0:
        return 2.0 + min(-margin / max(abs(constraint.bound), error, 1e-9), 1e6)
    return max(2.0 - margin / error, -10.0) if error > 0.0 else -1.0
