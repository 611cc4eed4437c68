"""Histories drawn anew from a fitted law, ready to be fitted to, and the quick search for that."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.models.fit import Objective, Problem
from cvosim.clv.models.fit_task import Task, seasonal
from cvosim.clv.orders.history import Floats, History

if TYPE_CHECKING:
    from cvosim.clv.models.fitted_purchases import FittedPurchases

_EDGE = 13.0
"""Bounds of every coordinate, as in the fit."""
_STEPS = 200
_FLAT = 1e-6
"""Largest slope of the mean log-likelihood, by standard errors, that counts as a maximum."""
_NEARLY = 1e-4
"""Counts as one where no step leads lower: an error of 0.01 % of a standard error."""


@dataclass(frozen=True, eq=False)
class Redraw:
    """What stays the same from one redrawn history to the next.

    Attributes
    ----------
    name : str
        Of the law.
    task : Task
        Of the data as they were; its covariates and ages are used again.
    laws : ndarray of float64, shape (4, n)
        Each customer's parameters, times in the task's unit.
    kind : ndarray of int64, shape (n,)
        Customers of one kind have age and covariates in common.
    first : ndarray of int64
        A customer of each kind.
    age : ndarray of float64, shape (n,)
        In the task's unit.
    covariates : tuple of two ndarrays
        On buying and on leaving, one row a customer.
    """

    name: str
    task: Task
    laws: Floats
    kind: NDArray[np.int64]
    first: NDArray[np.int64]
    age: Floats
    covariates: tuple[Floats, Floats]

    @classmethod
    def of(cls, fitted: FittedPurchases) -> Redraw:
        """Make a fit's customers ready to be drawn again."""
        model = fitted.model
        data = seasonal(model, fitted.data)
        # The season is in the histories now.
        task = Task.of(replace(model, season=()), data)
        covariates = fitted.centres.taken_off(model, data)
        table = np.column_stack([data.age, *covariates])
        _, first, kind = np.unique(table, axis=0, return_index=True, return_inverse=True)
        family = model.family
        laws = parameters_of(fitted.law_of(data), data.n_customers)
        timed = np.array(family.timed)
        laws[timed] /= task.scale
        age = np.asarray(data.age, np.float64) / task.scale
        return cls(fitted.law.name, task, laws, kind.ravel(), first, age, covariates)

    def redrawn(self, seed: int, replicate: int) -> Task:
        """Make the task of histories drawn anew."""
        from cvosim.clv.value.futures import draw_histories

        x, last = draw_histories(self.name, self.laws, self.age, seed, replicate)
        # Those who never came back differ in age and covariates only.
        idle = np.bincount(self.kind[x == 0], minlength=len(self.first))
        some = np.flatnonzero(x > 0)
        rows = np.append(self.first[idle > 0], some)
        silent = int(np.count_nonzero(idle))
        x, last = x[rows], last[rows]
        x[:silent] = last[:silent] = 0.0
        weights = np.append(idle[idle > 0].astype(np.float64), np.ones(len(some)))
        purchase, dropout = (values[rows] for values in self.covariates)
        history = History(x, last, self.age[rows])
        return replace(
            self.task, history=history, weights=weights, purchase=purchase, dropout=dropout
        )


def parameters_of(law: Any, n: int) -> Floats:
    """Give a law's parameters, in order, of each of n customers, shape (4, n)."""
    values = [getattr(law, field.name) for field in fields(law)]
    return np.array([np.broadcast_to(np.asarray(value, np.float64), n) for value in values])


def quick_refit(problem: Problem, start: Floats, covariance: Floats) -> Floats | None:
    """Maximise a likelihood that resembles one whose maximum and curvature are known.

    In coordinates in which that curvature is 1 in every direction, BFGS needs five or six
    evaluations. scipy's would warn of line searches that fail, where only a count is wanted,
    and a filter for warnings holds for all threads; its L-BFGS-B takes longer in calls of a
    threaded BLAS, on matrices of four rows, than the likelihood does.
    """
    positive = len(start) if problem.positive is None else problem.positive
    at = np.append(np.log(start[:positive]), start[positive:])
    axes = np.linalg.cholesky(covariance) * np.sqrt(problem.n)
    downhill = downhill_of(problem.objective, positive, problem.n)

    def rounded(steps: Floats) -> tuple[float, Floats]:
        value, slope = downhill(at + axes @ steps)
        return value, axes.T @ slope

    steps = _bfgs(rounded, np.zeros(len(at)))
    place = None if steps is None else at + axes @ steps
    if place is None or np.max(np.abs(place)) > _EDGE - 0.5:
        return None
    return np.append(np.exp(place[:positive]), place[positive:])


def _bfgs(function: Objective, at: Floats) -> Floats | None:
    """Minimise by BFGS with halved steps (Nocedal & Wright, 2006, algorithm 6.1)."""
    value, slope = function(at)
    inverse = one = np.eye(len(at))
    for _ in range(_STEPS):
        if np.max(np.abs(slope)) < _FLAT:
            return at
        direction = -inverse @ slope
        fall, step = float(slope @ direction), 1.0
        there, uphill = function(at + direction)
        while not there <= value + 1e-4 * step * fall + 1e-14 * abs(value):
            step /= 2.0
            if step < 1e-6:
                # rounding of the value hides what is left to win
                return at if np.max(np.abs(slope)) < _NEARLY else None
            there, uphill = function(at + step * direction)
        moved, turned = step * direction, uphill - slope
        along = float(moved @ turned)
        if along > 0.0:
            shear = one - np.outer(moved, turned) / along
            inverse = shear @ inverse @ shear.T + np.outer(moved, moved) / along
        at, value, slope = at + moved, there, uphill
    return None


def downhill_of(objective: Objective, positive: int, n: int) -> Objective:
    """Make the mean negative log-likelihood by coordinates, rising outside their bounds."""

    def downhill(place: Floats) -> tuple[float, Floats]:
        inside = np.clip(place, -_EDGE, _EDGE)
        theta = np.append(np.exp(inside[:positive]), inside[positive:])
        value, gradient = objective(theta)
        slope = np.array(gradient, np.float64)
        slope[:positive] *= theta[:positive]
        over = place - inside
        return -value / n + float(over @ over), 2.0 * over - slope * (over == 0) / n

    return downhill
