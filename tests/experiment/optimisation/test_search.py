"""The search finds what can be found, asks the same twice, and leaves Optuna as it was."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Sequence

import numpy as np
import optuna
import pytest
from scipy.stats import norm

from cvosim.errors import DataError
from cvosim.experiment.optimisation.levers import Lever, Plan, combinations_of, spread_out
from cvosim.experiment.optimisation.pareto import front, surely_dominated, surely_on_front
from cvosim.experiment.optimisation.search import Score, Search, search

RANGES = (Lever("a", low=0.0, high=10.0), Lever("b", low=-5.0, high=5.0))
LISTS = (Lever("a", tuple(range(30))), Lever("c", ("x", "y", "z")))
Recorded = tuple[Search, list[Sequence[Plan]]]


def number(value: object) -> float:
    assert isinstance(value, (int, float))
    return float(value)


def searched(
    levers: Sequence[Lever],
    score: Callable[[Plan], Score],
    trials: int = 60,
    seed: int = 1,
    goals: int = 1,
) -> Recorded:
    calls: list[Sequence[Plan]] = []

    def evaluate(plans: Sequence[Plan]) -> list[Score]:
        calls.append(plans)
        return [score(plan) for plan in plans]

    return search(levers, evaluate, trials, seed, goals), calls


def bowl(plan: Plan) -> Score:
    a, b = map(number, plan)
    return Score((-((a - 3.0) ** 2) - (b + 5.0) ** 2,))


def test_few_plans_are_all_tried() -> None:
    levers = (Lever("a", (3, 1, 2)), Lever("b", low=0.0, high=1.0, step=0.5))
    found, calls = searched(levers, bowl)
    assert found.complete
    assert [len(call) for call in calls] == [9]
    assert combinations_of(levers, 8) is None
    assert found.candidates(levers, 1) == ((3, 0.0),)


def test_a_top_at_the_end_of_a_lever_is_reached() -> None:
    found, calls = searched(RANGES, bowl)
    assert not found.complete
    assert len(found.tried) <= 60
    [best] = found.candidates(RANGES, 1)
    assert best[1] == -5.0
    assert math.isclose(number(best[0]), 3.0, abs_tol=0.1)
    plans = [plan for call in calls for plan in call]
    assert len(plans) == len(set(plans)), "no plan twice"


def test_the_same_seed_asks_for_the_same() -> None:
    one, two, other = (searched(RANGES, bowl, seed=seed)[0].tried for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_constraints_move_the_top() -> None:
    def within(plan: Plan) -> Score:
        return Score(bowl(plan).values, (4.5 - number(plan[0]),))

    found, _ = searched(RANGES, within)
    [best] = found.candidates(RANGES, 1)
    assert 4.5 <= number(best[0]) <= 4.8


def test_what_cannot_be_simulated_is_left_aside() -> None:
    def holes(plan: Plan) -> Score:
        return Score((math.nan,)) if plan[1] == "y" else Score((number(plan[0]),))

    found, _ = searched(LISTS, holes, trials=40)
    assert number(found.candidates(LISTS, 12)[0][0]) >= 25
    assert all(plan[1] != "y" for plan in found.candidates(LISTS, 12))


def test_two_goals_give_a_front() -> None:
    def both(plan: Plan) -> Score:
        a, b = map(number, plan)
        return Score((-((a - 2.0) ** 2) - b * b, -((a - 6.0) ** 2) - b * b))

    found, _ = searched(RANGES, both, trials=120, goals=2)
    best = found.candidates(RANGES, 6)
    assert min(number(plan[0]) for plan in best) < 3.2
    assert max(number(plan[0]) for plan in best) > 4.8
    assert all(abs(number(plan[1])) < 2.0 for plan in best)


def test_optuna_is_left_as_it_was(caplog: pytest.LogCaptureFixture) -> None:
    optuna.logging.set_verbosity(optuna.logging.INFO)
    global_luck = getattr(np, "random").get_state  # noqa: B009  nothing may touch it
    before = global_luck()[1].copy()
    with caplog.at_level(logging.DEBUG):
        searched(RANGES, bowl, trials=16)
    assert not caplog.records
    assert optuna.logging.get_verbosity() == optuna.logging.INFO
    assert (global_luck()[1] == before).all()


def test_without_optuna_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "optuna", None)
    with pytest.raises(DataError, match=r"pip install 'cvosim\[optimise\]'"):
        searched(RANGES, bowl)


def test_candidates_are_different_plans() -> None:
    plans = [(5.0, 0.0), (5.01, 0.01), (5.0, 0.2), (5.0, 0.0)]
    assert spread_out(RANGES, plans, 12) == ((5.0, 0.0), (5.0, 0.2))


@pytest.mark.parametrize(
    ("low", "high", "step", "value", "written"),
    [(9, 39, None, 27.3846, 27.38), (0, 50_000, None, 12345.678, 12350.0),
     (0.01, 0.2, None, 0.123456, 0.1235), (9, 39, None, 38.9999, 39)],
)  # fmt: skip
def test_values_as_people_write_them(
    low: float, high: float, step: float | None, value: float, written: float
) -> None:
    assert Lever("a", low=low, high=high, step=step).rounded(value) == written


def test_the_front_by_hand() -> None:
    points = [(1, 5), (2, 4), (2, 3), (3, 1), (3, 1), (0, 0)]
    assert front(points) == [0, 1, 3, 4]
    assert front([]) == []


def test_what_is_said_of_the_front_is_seldom_wrong() -> None:
    """Points on a line are all on the front; one is beaten by 0: neither word may err often."""
    truth = np.array([[0.0, 1.0], [0.5, 0.5], [1.0, 0.0], [0.5, 0.5]])
    wrong = right = 0
    for noise in norm.rvs(size=(300, 4, 25, 2), random_state=8):
        samples = truth[:, None, :] + 0.3 * noise
        beaten, sure = surely_dominated(samples, 0.1), surely_on_front(samples, 0.1)
        assert not (beaten & sure).any()
        wrong += bool(beaten.any() or sure[1] or sure[3])
        right += bool(sure[0] and sure[2])
    assert wrong <= 300 * 0.1
    assert right > 290


def test_values_may_be_lists() -> None:
    levers = (
        Lever("order", (["a", "b"], ["b", "a"], None)),
        Lever("days", tuple([1, day] for day in range(25))),
    )

    def late(plan: Plan) -> Score:
        assert isinstance(plan[1], list)
        return Score((plan[1][1] + 5.0 * (plan[0] is None),))

    found, _ = searched(levers, late, trials=50)
    assert late(found.candidates(levers, 1)[0]).values[0] > 24.0
