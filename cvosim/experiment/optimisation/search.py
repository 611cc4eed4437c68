"""Where good plans lie: every plan where there are few, else a search by Optuna."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple
from warnings import catch_warnings, simplefilter

from cvosim.errors import DataError
from cvosim.experiment.optimisation.levers import Lever, Plan, combinations_of, spread_out
from cvosim.experiment.optimisation.pareto import front
from cvosim.experiment.optimisation.refine import refine

if TYPE_CHECKING:
    from optuna.study import Study
    from optuna.trial import Trial

FEW = 64
"""As many plans are all tried; of more, a search tries some."""

AT_ONCE = 8
"""Plans asked for at once. Fixed, so that the search does not depend on who computes it."""

REFINED = 3
"""One plan of so many is spent on the neighbours of the best."""

_HOPELESS = 1e12
"""Stands for a violation that is not a number."""


class Score(NamedTuple):
    """What a plan brought in the search.

    Attributes
    ----------
    values : tuple of float
        Objectives, each the greater the better; NaN for a plan that cannot be simulated.
    violations : tuple of float
        One a constraint: how far it is from being surely met; 0 or less where it is.
    """

    values: tuple[float, ...]
    violations: tuple[float, ...] = ()

    @property
    def known(self) -> bool:
        """Whether all objectives are numbers."""
        return all(map(math.isfinite, self.values))

    @property
    def violation(self) -> float:
        """The sum of what is violated; 0 for a plan that seems to meet everything."""
        return sum(max(0.0, _size(one)) for one in self.violations)


Evaluate = Callable[[Sequence[Plan]], Sequence[Score]]
"""Scores of plans, all of them met by the same customers."""


def _size(violation: float) -> float:
    return violation if math.isfinite(violation) else _HOPELESS


class Tried(NamedTuple):
    """A plan, and what it brought."""

    plan: Plan
    score: Score


class Search(NamedTuple):
    """What was tried.

    Attributes
    ----------
    tried : tuple of Tried
        In the order of trying, each plan once.
    complete : bool
        Whether these are all plans there are.
    """

    tried: tuple[Tried, ...]
    complete: bool

    def candidates(self, levers: Sequence[Lever], count: int) -> tuple[Plan, ...]:
        """Choose the plans that are worth a closer look.

        The best of those that seem to meet the constraints; then, if places are left, those that
        violate them least. With several objectives, those on the Pareto front come first.

        Parameters
        ----------
        levers : sequence of Lever
        count : int
            How many at most; nearly equal plans count once.
        """
        known = [one for one in self.tried if one.score.known]
        meeting = [one for one in known if one.score.violation == 0.0]
        rest = sorted((one for one in known if one.score.violation > 0.0), key=_violated)
        return spread_out(levers, [one.plan for one in [*_best_first(meeting), *rest]], count)


def _violated(one: Tried) -> float:
    return one.score.violation


def _best_first(tried: list[Tried]) -> list[Tried]:
    """Descending by the objective; with several, front after front, the ends of each first."""
    if not tried or len(tried[0].score.values) == 1:
        return sorted(tried, key=lambda one: -one.score.values[0])
    ordered: list[Tried] = []
    left = tried
    while left:
        on = front([one.score.values for one in left])
        line = sorted((left[i] for i in on), key=lambda one: -one.score.values[0])
        ordered += [line[i] for i in _ends_first(len(line))]
        left = [one for i, one in enumerate(left) if i not in set(on)]
    return ordered


def _ends_first(count: int) -> list[int]:
    """Order places on a line so that any first few of them are spread over all of it.

    Examples
    --------
    >>> _ends_first(5)
    [0, 4, 2, 1, 3]
    """
    order = [0, count - 1] if count > 1 else [0]
    while len(order) < count:
        placed = sorted(order)
        gaps = [(b - a, -a) for a, b in pairwise(placed)]
        width, minus_a = max(gaps)
        order.append(-minus_a + width // 2)
    return order


def search(
    levers: Sequence[Lever], evaluate: Evaluate, trials: int, seed: int, goals: int = 1
) -> Search:
    """Try plans: all of them if there are at most 64, else those that Optuna asks for.

    Optuna's sampler is TPE, the tree-structured Parzen estimator (Bergstra, Bardenet, Bengio &
    Kegl 2011, "Algorithms for hyper-parameter optimization"; for several objectives Ozaki,
    Tanigaki, Watanabe & Onishi 2020; constraints as in Watanabe & Hutter 2023). Plans are asked
    for eight at a time: the same seed asks for the same plans, whoever simulates them. With one
    objective, the last third of the trials climbs from the best plan (see `refine`).

    Parameters
    ----------
    levers : sequence of Lever
    evaluate : callable
        Gives plans their scores; called with plans that it has not seen before.
    trials : int
        How many plans to ask for at most, where there are more than 64.
    seed : int
        Of the search, not of the customers; below 2**32.
    goals : int
        Number of objectives.

    Returns
    -------
    Search

    Raises
    ------
    DataError
        Optuna is needed and not installed.

    Examples
    --------
    >>> found = search([Lever("a", (1, 2, 3))], lambda plans: [Score((p[0],)) for p in plans], 9, 1)
    >>> found.complete, found.candidates([Lever("a", (1, 2, 3))], 2)
    (True, ((3,), (2,)))
    """
    plans = combinations_of(levers, FEW)
    if plans is not None:
        scores = evaluate(plans)
        return Search(tuple(map(Tried, plans, scores)), complete=True)
    scored = _Scored(evaluate)
    with _quiet_optuna() as study_of:
        study = study_of(seed, goals)
        drawn = trials if goals > 1 else trials - trials // REFINED
        for asked in range(0, drawn, AT_ONCE):
            _ask_and_tell(study, levers, scored, min(AT_ONCE, drawn - asked))
    if trials > drawn and any(one.score.known for one in scored.tried):
        refine(levers, scored.best, scored.of, trials - drawn)
    return Search(tuple(scored.tried), complete=False)


class _Scored:
    """Plans with their scores, each asked for once; values may be lists, which have no hash."""

    def __init__(self, evaluate: Evaluate) -> None:
        self._evaluate = evaluate
        self._places: dict[str, int] = {}
        self.tried: list[Tried] = []

    def of(self, plans: Sequence[Plan]) -> list[Score]:
        """Score plans, those that are new by simulating them."""
        new = {repr(plan): plan for plan in plans if repr(plan) not in self._places}
        if new:
            for plan, score in zip(new.values(), self._evaluate([*new.values()]), strict=True):
                self._places[repr(plan)] = len(self.tried)
                self.tried.append(Tried(plan, score))
        return [self.tried[self._places[repr(plan)]].score for plan in plans]

    def best(self) -> Plan:
        """Give the plan to climb from."""
        return min(self.tried, key=lambda one: _order(one.score)).plan


def _ask_and_tell(study: Study, levers: Sequence[Lever], scored: _Scored, count: int) -> None:
    """Let some plans be tried, those of them that are new."""
    from optuna.trial import TrialState

    trials = [study.ask() for _ in range(count)]
    plans = [tuple(_suggested(trial, lever) for lever in levers) for trial in trials]
    for trial, score in zip(trials, scored.of(plans), strict=True):
        if not score.known:
            study.tell(trial, state=TrialState.FAIL)
            continue
        _constrain(trial, score)
        study.tell(trial, list(score.values))


def _order(score: Score) -> tuple[bool, float, float]:
    """Known before unknown, less violated before more, then by the objective."""
    return (not score.known, score.violation, -score.values[0] if score.known else 0.0)


def _suggested(trial: Trial, lever: Lever) -> object:
    if lever.continuous:
        return lever.rounded(trial.suggest_float(lever.path, lever.low, lever.high))
    values = lever.all_values()
    if lever.numeric:  # an ordered list: its neighbours are alike
        return values[trial.suggest_int(lever.path, 0, len(values) - 1)]
    return values[int(trial.suggest_categorical(lever.path, list(range(len(values)))))]


_VIOLATIONS = "violations"


def _constrain(trial: Trial, score: Score) -> None:
    """Tell what is violated, in the way that the installed Optuna wants."""
    sizes = [_size(one) for one in score.violations]
    if hasattr(trial, "set_constraint"):  # since Optuna 5
        for place, size in enumerate(sizes):
            trial.set_constraint(f"{place}", size)
    else:
        trial.set_user_attr(_VIOLATIONS, sizes)


@contextmanager
def _quiet_optuna() -> Iterator[Callable[[int, int], Study]]:
    """Give a maker of studies; Optuna neither logs nor warns meanwhile, and then as before."""
    try:
        import optuna
    except ImportError:
        raise DataError(
            "a search needs Optuna: pip install 'cvosim[optimise]'; or give the levers lists of "
            f"values with at most {FEW} combinations, which are all tried"
        ) from None
    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    try:
        with catch_warnings():
            simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
            yield _new_study
    finally:
        optuna.logging.set_verbosity(before)


def _new_study(seed: int, goals: int) -> Study:
    import optuna

    options: dict[str, Any] = {"seed": seed, "multivariate": True, "constant_liar": True}
    if not hasattr(optuna.trial.Trial, "set_constraint"):  # before Optuna 5
        options["constraints_func"] = lambda trial: trial.user_attrs.get(_VIOLATIONS, [])
    sampler = optuna.samplers.TPESampler(**options)
    return optuna.create_study(directions=["maximize"] * goals, sampler=sampler)
