"""Maximum likelihood on the logarithms of positive parameters, and an honest report of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Objective = Callable[[Floats], tuple[float, Floats]]
"""Positive parameters -> (log-likelihood, its gradient by the parameters)."""

_LIMIT = 13.0
"""Bounds of every log-parameter, the data being scaled to about 1."""
_KNOWN_TO = 3.0
"""A standard error of a log-parameter beyond this (a factor of 20) means: not identified."""
_FLAT = 1e-6
"""Largest gradient of the mean log-likelihood that counts as a maximum."""


class Model(Protocol):
    """A model whose parameters a fit can report."""

    def to_dict(self) -> dict[str, float | str]:
        """Give the model's name and parameters."""


M = TypeVar("M", bound=Model)
M_co = TypeVar("M_co", bound=Model, covariant=True)


@dataclass(frozen=True)
class Optimum:
    """Where a likelihood is largest, in the parameters that were maximised over.

    Attributes
    ----------
    parameters : ndarray of float64
        All positive.
    covariance : ndarray of float64 or None
        Of the parameters' logarithms; None where the likelihood has no clear peak.
    log_likelihood : float
    evaluations : int
        How often the likelihood was computed.
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


@dataclass(frozen=True)
class Fit(Generic[M_co]):
    """A model fitted by maximum likelihood.

    Attributes
    ----------
    model : BgNbd or GammaGamma
        With the fitted parameters.
    standard_errors : dict of str to float, or None
        By parameter, from the curvature of the likelihood (observed information, carried from
        the logarithms by the delta method; Efron & Hinkley 1978); None unless `converged`.
    log_covariance : tuple of tuple of float, or None
        Covariance of the logarithms of the parameters, in their order; None likewise.
    log_likelihood : float
        At the maximum; see the fitting function for its units.
    n_customers, n_patterns : int
        Customers fitted to, and how many different ones they are.
    evaluations : int
        How often the likelihood was computed.
    converged : bool
        Whether a clear maximum was found; if not, the parameters are not identified: others
        would explain the orders as well.
    message : str
        What the optimiser has to say, in words.
    """

    model: M_co
    standard_errors: dict[str, float] | None
    log_covariance: tuple[tuple[float, ...], ...] | None
    log_likelihood: float
    n_customers: int
    n_patterns: int
    evaluations: int
    converged: bool
    message: str

    def to_dict(self) -> dict[str, Any]:
        """Give the fit as plain values, for JSON."""
        return {
            **self.model.to_dict(),
            "standard_errors": self.standard_errors,
            "log_likelihood": self.log_likelihood,
            "customers": self.n_customers,
            "patterns": self.n_patterns,
            "converged": self.converged,
            "message": self.message,
        }


def report(
    model: M,
    optimum: Optimum,
    log_likelihood: float,
    counts: tuple[int, int],
    meaning: Mapping[str, str],
) -> Fit[M]:
    """Make the report of a fit.

    Parameters
    ----------
    model : Model
        With parameters in the user's units, in the order of the optimum's.
    optimum : Optimum
        In scaled units; a scale does not touch the logarithms' covariance.
    log_likelihood : float
        In the units to be reported.
    counts : tuple of int
        Customers and patterns.
    meaning : mapping of str to str
        What parameters say about customers, for those that the data do not tie down.
    """
    values = {k: v for k, v in model.to_dict().items() if isinstance(v, float)}
    errors: dict[str, float] | None = None
    rows: tuple[tuple[float, ...], ...] | None = None
    if optimum.covariance is not None and not optimum.problem:
        deviations = np.sqrt(np.diag(optimum.covariance))
        errors = {
            name: value * float(deviation)
            for (name, value), deviation in zip(values.items(), deviations, strict=True)
        }
        rows = tuple(tuple(float(cell) for cell in row) for row in optimum.covariance)
    message = optimum.problem
    if optimum.weak:
        weak = [list(values)[index] for index in optimum.weak]
        unknown = dict.fromkeys(meaning[name] for name in weak if name in meaning)
        message = f"the orders do not settle {' or '.join(unknown)} ({', '.join(weak)})"
    return Fit(
        model=model,
        standard_errors=errors,
        log_covariance=rows,
        log_likelihood=log_likelihood,
        n_customers=counts[0],
        n_patterns=counts[1],
        evaluations=optimum.evaluations,
        converged=not message,
        message=message or "a clear maximum was found",
    )


def maximise(objective: Objective, starts: Sequence[Sequence[float]], n: int) -> Optimum:
    """Maximise a log-likelihood over positive parameters, from several starts.

    Parameters
    ----------
    objective : callable
        Positive parameters -> (log-likelihood, gradient by the parameters).
    starts : sequence of sequence of float
        Positive starting points.
    n : int
        Observations, which the likelihood is divided by, so that tolerances do not grow.

    Returns
    -------
    Optimum
        Of the best start.

    Examples
    --------
    An exponential rate, from 10 observations that add up to 20:

    >>> found = maximise(lambda p: (10 * np.log(p[0]) - 20 * p[0], 10 / p - 20), [[1.0]], 10)
    >>> round(float(found.parameters[0]), 6), found.problem
    (0.5, '')
    """
    from scipy.optimize import minimize

    evaluations = 0

    def negative(logs: Floats) -> tuple[float, Floats]:
        nonlocal evaluations
        evaluations += 1
        parameters = np.exp(logs)
        value, gradient = objective(parameters)
        return -value / n, -gradient * parameters / n

    best = np.zeros(0)
    lowest = math.inf
    for start in starts:
        bounds = [(-_LIMIT, _LIMIT)] * len(start)
        found = minimize(
            negative,
            np.log(np.array(start)),
            jac=True,
            method="L-BFGS-B",
            bounds=bounds,
            options={"maxiter": 2000, "maxfun": 4000, "ftol": 1e-15, "gtol": 1e-9},
        )
        if found.fun < lowest:
            best, lowest = np.asarray(found.x, np.float64), float(found.fun)
    best, curvature = _polish(negative, best)
    value, gradient = negative(best)
    covariance, problem, weak = _judge(best, gradient, curvature, n)
    return Optimum(np.exp(best), covariance, -value * n, evaluations, problem, weak)


def _polish(negative: Objective, logs: Floats) -> tuple[Floats, Floats]:
    """Take Newton steps while they lower the gradient; L-BFGS stops where the value is flat."""
    curvature = _hessian(negative, logs)
    for _ in range(5):
        value, gradient = negative(logs)
        if np.linalg.eigvalsh(curvature)[0] <= 1e-12:
            break
        step = np.linalg.solve(curvature, gradient)
        lower, slope = negative(logs - step) if np.max(np.abs(step)) < 1 else (math.inf, gradient)
        if not (lower <= value + 1e-12 and np.max(np.abs(slope)) < np.max(np.abs(gradient))):
            break
        logs = logs - step
        curvature = _hessian(negative, logs)
    return logs, curvature


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
    logs: Floats, gradient: Floats, curvature: Floats, n: int
) -> tuple[Floats | None, str, tuple[int, ...]]:
    """Tell whether this is a maximum that means something."""
    edge = np.abs(logs) > _LIMIT - 0.5
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
