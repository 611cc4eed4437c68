"""Which early metric predicts the late one, for which lever? Twins know, split tests guess."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.insight.levers import Lever, levers_of
from cvosim.experiment.insight.surrogate_index import Index, surrogate_index
from cvosim.experiment.insight.surrogates_result import Plan, Score, SurrogateLab, Verdict
from cvosim.experiment.insight.words import significant
from cvosim.tables.columns import Floats

if TYPE_CHECKING:
    from cvosim.experiment.pool import Pool
    from cvosim.scenario import Scenario

__all__ = ["Lever", "Plan", "Score", "SurrogateLab", "levers_of", "surrogate_lab"]

Progress = Callable[[int], None]
TOLERANCE = 0.25
"""Part of the true effect by which a safe surrogate may be off."""

_FAINT = 0.05
"""Part of the true effect below which a prediction of the wrong sign says nothing at all."""

_COLUMNS = 4
"""Outcomes that are re-randomised at a time: products of all pairs are summed."""

_LATE = "contribution"


def surrogate_lab(
    scenario: Scenario,
    levers: Sequence[Lever] | None = None,
    *,
    plan: Plan | None = None,
    customers: int | None = None,
    seed: int | None = None,
    threads: int | None = None,
    progress: Progress | None = None,
) -> SurrogateLab:
    """Find out which early metric may stand for the late one, lever by lever.

    The same customers live in the scenario and under each lever, so the true effect is known.
    Early metrics, and the surrogate index of all metrics of the same days (see
    `surrogate_index`), are turned into predictions of the late metric learnt on the baseline.
    What the prediction is off by in the whole population is surrogacy bias; what it is off by in
    one split test is sampling error. Split tests are drawn from the same customers.

    Parameters
    ----------
    scenario : Scenario
        The baseline; its horizon must reach beyond ``plan.days``.
    levers : sequence of Lever, optional
        What could be changed; found in the scenario itself if left out.
    plan : Plan, optional
        What is measured and tested.
    customers, seed : int, optional
        The scenario's by default.
    threads : int, optional
        Never changes a number.
    progress : callable, optional
        Called with the number of customers done since the last call, every arm's anew.

    Raises
    ------
    DataError
        When days, sizes or levers are impossible.
    CvosimError
        When the scenario is too short.

    Examples
    --------
    >>> from cvosim.scenario import load_scenario
    >>> scenario = load_scenario("lead_magnet_checklist", ["horizon_days=400"])
    >>> some = levers_of(scenario, [0.3])[:2]
    >>> lab = surrogate_lab(scenario, some, customers=3000,
    ...                     plan=Plan(120, (28,), 1000, 20))
    >>> lab.surrogates[0], len(lab.scores) == 2 * len(lab.surrogates)
    ('contribution@28', True)
    """
    plan = plan or Plan()
    chosen = levers_of(scenario) if levers is None else tuple(levers)
    _check(plan, chosen, scenario)
    from cvosim.experiment.trials.outcomes import outcomes

    names = _early_names(scenario, plan)
    seed = scenario.seed if seed is None else seed
    scores: list[Score] = []
    explained: dict[str, float] = {}
    enrolled = 0
    for lever in chosen:
        arms = [scenario, *_named(lever)]
        pool = outcomes(
            arms, [_LATE, *(name for some in names.values() for name in some)],
            follow_days=plan.days, customers=customers, seed=seed, threads=threads,
            progress=progress,
        )  # fmt: skip
        enrolled = len(pool)
        found, explained = _scored(lever, pool, names, plan, seed)
        scores += found
    count = scenario.customers if customers is None else customers
    return SurrogateLab(
        scenario.name, scenario.currency, plan, count, seed, enrolled, tuple(scores), explained
    )


def _check(plan: Plan, levers: Sequence[Lever], scenario: Scenario) -> None:
    if not levers:
        raise DataError(f'"{scenario.name}" has nothing that could be a little better')
    if not plan.early or not all(0.0 < day < plan.days for day in plan.early):
        raise DataError(
            f"early: must be days above 0 and below {plan.days:g}, when the truth is known "
            f"(got {', '.join(f'{day:g}' for day in plan.early) or 'none'})"
        )
    if plan.days >= scenario.horizon_days:
        raise DataError(
            f"days: must be below the horizon, {scenario.horizon_days:g}, so that customers can "
            f"be followed to the end (got {plan.days:g})"
        )
    if plan.units < 20 or plan.replications < 1:
        raise DataError("a split test needs 20 customers, and one replication, at least")
    names = [lever.name for lever in levers]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise DataError(f'two levers are called "{twice}"; give one another name')


def _named(lever: Lever) -> list[Scenario]:
    """Scenarios of a lever, told apart by size."""
    return [
        one.model_copy(update={"name": f"{lever.name} {size:g}"[:200]})
        for size, one in zip(lever.sizes, lever.scenarios, strict=True)
    ]


def _early_names(scenario: Scenario, plan: Plan) -> dict[float, list[str]]:
    """Early metrics by the day on which they are known."""
    stages = [
        s for s in scenario.journey.stages() if s in ("lead_magnet", "tripwire", "core_offer")
    ]
    return {
        day: [
            f"contribution@{day:g}",
            f"orders@{day:g}",
            *(f"conversion.{stage}@{day:g}" for stage in stages),
            f"retention.{day / 2:g}@{day:g}",
        ]
        for day in sorted(set(plan.early))
    }


def _scored(
    lever: Lever, pool: Pool, names: dict[float, list[str]], plan: Plan, seed: int
) -> tuple[list[Score], dict[str, float]]:
    late = pool.of(_LATE)
    learnt: dict[str, tuple[float, Index]] = {}
    for day, some in names.items():
        for name in some:
            values = pool.of(name)[:, :, None]
            learnt[name] = (day, surrogate_index(values, late[0], pool.customer))
        whole = pool.only(some).values
        learnt[f"index@{day:g}"] = (day, surrogate_index(whole, late[0], pool.customer))
    found = []
    for place, size in enumerate(lever.sizes):
        columns = [late[[0, place + 1]]]
        columns += [one.predicted[[0, place + 1]] for _, one in learnt.values()]
        site = f"insight/surrogates/{lever.name}/{size:g}"
        calls = _calls(np.stack(columns, axis=2), plan, seed, site)
        for number, (name, (day, index)) in enumerate(learnt.items(), start=1):
            about = (lever.name, lever.mechanism, size, name, day)
            effects = _effects(late, index, place + 1)
            found.append(_score(about, effects, calls, number, _spread(index, place + 1, plan)))
    return found, {name: index.r_squared for name, (_, index) in learnt.items()}


class _Effects(NamedTuple):
    """True and predicted effect with their errors, and that of their difference."""

    true: float
    true_error: float
    predicted: float
    predicted_error: float
    bias_error: float


def _effects(late: Floats, index: Index, arm: int) -> _Effects:
    change = late[arm] - late[0]
    guess = index.predicted[arm] - index.predicted[0]
    moved = guess + index.terms[arm]  # with the error of what was learnt
    n = len(change)
    errors = (float(np.std(x, ddof=1)) / n**0.5 for x in (change, moved, moved - change))
    true_error, predicted_error, bias_error = errors
    true, predicted = float(change.mean()), float(guess.mean())
    return _Effects(true, true_error, predicted, predicted_error, bias_error)


def _spread(index: Index, arm: int, plan: Plan) -> float:
    """Standard error of the predicted effect in one split test of two halves."""
    variances = (float(np.var(index.predicted[a], ddof=1)) for a in (0, arm))
    return float((sum(variances) * 2.0 / plan.units) ** 0.5)


def _calls(values: Floats, plan: Plan, seed: int, site: str) -> Floats:
    """Better (1), worse (-1) or nothing (0) by Welch's t: each split test, each column."""
    from cvosim.stats.contrast import welch
    from cvosim.stats.loops import Draw, replicated_moments
    from cvosim.stats.metric import Mean

    draw = Draw((0.5, 0.5), (plan.units,), plan.replications, seed, site)
    found = []
    for start in range(0, values.shape[2], _COLUMNS):
        part = np.ascontiguousarray(values[:, :, start : start + _COLUMNS])
        columns = tuple(f"c{i}" for i in range(part.shape[2]))
        moments = replicated_moments(columns, part, draw)  # the same customers in every part
        for column in columns:
            arms = Mean(column).arms(moments[:, 0, 0], moments[:, 0, 1])
            with np.errstate(invalid="ignore"):  # a variance of 0 may be below by rounding
                contrast = welch(arms.control, arms.treatment)
            seen = contrast.p_value() < 1.0 - plan.level  # NaN, of a constant, is not seen
            found.append(np.where(seen, np.sign(contrast.difference), 0.0))
    return np.array(found)


def _score(
    about: tuple[str, str, float, str, float],
    effects: _Effects,
    calls: Floats,
    number: int,
    sampling_error: float,
) -> Score:
    sign = np.sign(effects.true)
    late, mine = calls[0], calls[number]

    def regret(said: Floats) -> float:
        shipped = float(np.mean(said > 0.0))
        return effects.true * (1.0 - shipped) if sign > 0 else -effects.true * shipped

    def share(found: NDArray[np.bool_]) -> float:
        return float(np.mean(found)) if sign else math.nan

    return Score(
        *about, effects.true, effects.true_error, effects.predicted, effects.predicted_error,
        effects.predicted - effects.true, effects.bias_error, sampling_error,
        power=share(late == sign), recall=share(mine == sign),
        wrong=share(mine == -sign), agreement=float(np.mean(mine == late)),
        regret=regret(mine), regret_late=regret(late), verdict=_judged(effects),
    )  # fmt: skip


def _judged(effects: _Effects) -> Verdict:
    """Say whether a surrogate may stand for the late metric."""
    if not significant(effects.true, effects.true_error) or effects.true == 0.0:
        return "unclear"
    ratio = effects.predicted / effects.true
    seen = significant(effects.predicted, effects.predicted_error)
    if ratio < -_FAINT and seen:
        return "misleading"
    off = abs(effects.predicted - effects.true)
    if off <= TOLERANCE * abs(effects.true):
        return "safe"
    if not significant(off - TOLERANCE * abs(effects.true), effects.bias_error):
        return "unclear"
    if ratio < TOLERANCE:
        return "blind"
    return "understates" if ratio < 1.0 else "exaggerates"
