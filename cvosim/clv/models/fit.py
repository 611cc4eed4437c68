"""Maximum likelihood over positive and free parameters, and an honest judgement of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Parameters -> (log-likelihood, its gradient by the parameters)."""

_LIMIT = 13.0
"""Bounds of every coordinate, the data being scaled to about 1."""
_KNOWN_TO = 3.0
"""A standard error of a coordinate beyond this (a factor of 20) means: not identified."""
_FLAT = 1e-6
"""Largest gradient of the mean log-likelihood that counts as a maximum."""


class Problem(NamedTuple):
    """What to maximise.

    Attributes
    ----------
    objective : callable
        Parameters -> (log-likelihood, gradient by the parameters).
    n : int
        Observations, which the likelihood is divided by, so that tolerances do not grow.
    positive : int or None
        How many parameters, the first ones, are positive and searched by their logarithms;
        the others are free. All of them if None.
    sketch : callable or None
        A likelihood of fewer observations, quick and near the other; the starts are tried on it.
    """

    objective: Objective
    n: int
    positive: int | None = None
    sketch: Objective | None = None


@dataclass(frozen=True)
class Optimum:
    """Where a likelihood is largest.

    Attributes
    ----------
    parameters : ndarray of float64
        As the objective takes them.
    covariance : ndarray of float64 or None
        Of the coordinates: logarithms of positive parameters, and free ones as they are; None
        where the likelihood has no clear peak.
    log_likelihood : float
    evaluations : int
        How often a likelihood was computed.
    problem : str
        Why the result should not be trusted; empty if it can be.
    weak : tuple of int
        The parameters that the data do not tie down.
    """

    parameters: Floats
    covariance: Floats | None
    log_likelihood: float
    evaluations: int
    problem: str
    weak: tuple[int, ...]


class _Search:
    """The negative mean log-likelihood by coordinates, and how often it was asked for."""

    def __init__(self, problem: Problem, size: int) -> None:
        self.problem = problem
        self.positive = size if problem.positive is None else problem.positive
        self.evaluations = 0

    def parameters(self, at: Floats) -> Floats:
        """Turn coordinates into parameters."""
        return np.append(np.exp(at[: self.positive]), at[self.positive :])

    def coordinates(self, parameters: Sequence[float] | Floats) -> Floats:
        """Turn parameters into coordinates."""
        values = np.array(parameters, np.float64)
        return np.append(np.log(values[: self.positive]), values[self.positive :])

    def of(self, objective: Objective) -> Objective:
        """Make a function to be minimised of a log-likelihood."""

        def negative(at: Floats) -> tuple[float, Floats]:
            self.evaluations += 1
            parameters = self.parameters(at)
            value, gradient = objective(parameters)
            slope = np.array(gradient, np.float64)
            slope[: self.positive] *= parameters[: self.positive]
            return -value / self.problem.n, -slope / self.problem.n

        return negative


def maximise(problem: Problem, starts: Sequence[Sequence[float]]) -> Optimum:
    """Maximise a log-likelihood from several starts.

    Parameters
    ----------
    problem : Problem
    starts : sequence of sequence of float
        Parameters to begin with, positive where they must be.

    Returns
    -------
    Optimum
        Of the best start.

    Examples
    --------
    An exponential rate, from 10 observations that add up to 20:

    >>> rate = Problem(lambda p: (10 * np.log(p[0]) - 20 * p[0], 10 / p - 20), n=10)
    >>> found = maximise(rate, [[1.0]])
    >>> round(float(found.parameters[0]), 6), found.problem
    (0.5, '')
    """
    search = _Search(problem, len(starts[0]))
    negative = search.of(problem.objective)
    rough = negative if problem.sketch is None else search.of(problem.sketch)
    tries = [_descend(rough, search.coordinates(start)) for start in starts]
    best = min(tries, key=lambda found: found[1])[0]
    if problem.sketch is not None:
        best = _descend(negative, best, _hessian(rough, best))[0]
    best, curvature = _polish(negative, best)
    value, gradient = negative(best)
    covariance, words, weak = _judge(best, gradient, curvature, problem.n)
    parameters = search.parameters(best)
    return Optimum(parameters, covariance, -value * problem.n, search.evaluations, words, weak)


def _descend(
    negative: Objective, at: Floats, curvature: Floats | None = None
) -> tuple[Floats, float]:
    """Minimise inside the bounds; in coordinates that make a known curvature round."""
    from scipy.optimize import minimize

    axes = np.eye(len(at))
    if curvature is not None and np.linalg.eigvalsh(curvature)[0] > 1e-9:
        axes = np.linalg.inv(np.linalg.cholesky(curvature)).T

    def rounded(steps: Floats) -> tuple[float, Floats]:
        # beyond the bounds the value stays and only the slope leads back
        place = at + axes @ steps
        value, slope = negative(np.clip(place, -_LIMIT, _LIMIT))
        over = place - np.clip(place, -_LIMIT, _LIMIT)
        return value + float(over @ over), axes.T @ (slope * (over == 0) + 2.0 * over)

    limits = [(-_LIMIT, _LIMIT)] * len(at) if curvature is None else None
    function, start = (negative, at) if curvature is None else (rounded, np.zeros(len(at)))
    found = minimize(
        function,
        start,
        jac=True,
        method="L-BFGS-B",
        bounds=limits,
        options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-15, "gtol": 1e-9},
    )
    steps = np.asarray(found.x, np.float64)
    place = steps if curvature is None else np.clip(at + axes @ steps, -_LIMIT, _LIMIT)
    return place, float(found.fun)


def _polish(negative: Objective, at: Floats) -> tuple[Floats, Floats]:
    """Take Newton steps while they lower the gradient; L-BFGS stops where the value is flat."""
    curvature = _hessian(negative, at)
    for _ in range(5):
        value, gradient = negative(at)
        if np.linalg.eigvalsh(curvature)[0] <= 1e-12 or np.max(np.abs(gradient)) < 1e-12:
            break
        step = np.linalg.solve(curvature, gradient)
        lower, slope = negative(at - step) if np.max(np.abs(step)) < 1 else (math.inf, gradient)
        if not (lower <= value + 1e-12 and np.max(np.abs(slope)) < np.max(np.abs(gradient))):
            break
        at = at - step
        if np.max(np.abs(step)) > 1e-6:
            curvature = _hessian(negative, at)
    return at, curvature


def _hessian(function: Objective, at: Floats, step: float = 1e-4) -> Floats:
    """Differentiate a gradient by central differences."""
    rows = []
    for index in range(len(at)):
        shift = np.zeros(len(at))
        shift[index] = step
        rows.append((function(at + shift)[1] - function(at - shift)[1]) / (2 * step))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2)


def _judge(
    at: Floats, gradient: Floats, curvature: Floats, n: int
) -> tuple[Floats | None, str, tuple[int, ...]]:
    """Tell whether this is a maximum that means something."""
    edge = np.abs(at) > _LIMIT - 0.5
    values, vectors = np.linalg.eigh(curvature)
    flat = values * n < _KNOWN_TO**-2
    loose = (np.abs(vectors[:, flat]) > 0.3).any(axis=1) | edge
    covariance = None if flat.any() or edge.any() else np.linalg.inv(curvature) / n
    if loose.any():
        weak = tuple(int(index) for index in np.flatnonzero(loose))
        return covariance, "no clear maximum", weak
    if np.max(np.abs(gradient)) > _FLAT:
        return covariance, "the search stopped before it reached a maximum", ()
    return covariance, "", ()


def over_counts(counts: Floats, *functions: Callable[[Floats], NDArray[Any]]) -> tuple[Floats, ...]:
    """Apply functions to counts, computing each only once for every count there is.

    Parameters
    ----------
    counts : ndarray of float64
        Whole numbers from 0.
    *functions : callable
        Array to array.

    Returns
    -------
    tuple of ndarray of float64
        One array a function, as long as `counts`.

    Examples
    --------
    >>> over_counts(np.array([2.0, 0.0, 2.0]), np.square)[0].tolist()
    [4.0, 0.0, 4.0]
    """
    most = int(counts.max(initial=0.0))
    if most >= len(counts):
        return tuple(np.asarray(function(counts), np.float64) for function in functions)
    table, at = np.arange(most + 1.0), counts.astype(np.intp)
    return tuple(np.asarray(function(table), np.float64)[at] for function in functions)


def patterns(*columns: NDArray[Any]) -> tuple[list[Floats], Floats, NDArray[np.int64]]:
    """Find the different rows of some columns and how often each occurs.

    Parameters
    ----------
    *columns : ndarray
        All of the same length, at least 1.

    Returns
    -------
    unique : list of ndarray of float64
        The columns of the different rows.
    weights : ndarray of float64
        How often each occurs.
    inverse : ndarray of int64
        For every row given, which of the different ones it is.

    Examples
    --------
    >>> unique, weights, inverse = patterns(np.array([2, 1, 2]), np.array([5, 5, 5]))
    >>> unique[0].tolist(), weights.tolist(), inverse.tolist()
    ([1.0, 2.0], [1.0, 2.0], [1, 0, 1])
    """
    order = np.lexsort(columns[::-1])
    ordered = [np.asarray(column, np.float64)[order] for column in columns]
    new = np.zeros(len(order), np.bool_)
    new[0] = True
    for column in ordered:
        new[1:] |= column[1:] != column[:-1]
    begin = np.flatnonzero(new)
    inverse = np.empty(len(order), np.int64)
    inverse[order] = np.cumsum(new) - 1
    weights = np.diff(np.append(begin, len(order))).astype(np.float64)
    return [column[begin] for column in ordered], weights, inverse
