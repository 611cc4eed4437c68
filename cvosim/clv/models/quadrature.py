"""Means over beta distributions, of functions that change at any scale of the probability."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
OnNodes = Callable[[Floats, NDArray[np.int64]], Floats]
"""(nodes, rows) -> the value of every row at every node."""

_FAR = 28.0
"""exp(−28) = 7e-13: what is that much smaller than everything it is added to does not count."""
_LOST = 37.0
"""exp(−37) = 9e-17: weights that much smaller are lost in rounding."""
_CHUNK = 512
"""Rows at a time, so that their values fit into a cache."""


def beta_means(value: OnNodes, a: Floats, b: Floats, near: float = 1.0) -> Floats:
    """Give the mean of a function over one beta distribution for every row.

    The trapezoidal rule in the log-odds of p, which converges exponentially for functions
    that are smooth there (Trefethen & Weideman, 2014, theorem 5.1); the tails, where only the
    density changes, are geometric series.

    Parameters
    ----------
    value : callable
        (nodes of shape (n,), rows) -> values of shape (len(rows), n); finite as p goes to 0.
    a, b : ndarray of float64
        Of every row, above 0.
    near : float
        Values are all but constant where p is far below this.

    Returns
    -------
    ndarray of float64

    Examples
    --------
    >>> squares = lambda p, rows: np.tile(p**2, (len(rows), 1))
    >>> beta_means(squares, np.array([1.0, 2.0]), np.array([1.0, 1.0])).round(6).tolist()
    [0.333333, 0.5]
    """
    means = np.empty(len(a))
    for begin in range(0, len(a), _CHUNK):
        rows = np.arange(begin, min(begin + _CHUNK, len(a)))
        odds, step = _grid(a[rows], b[rows], near)
        weights = _weights(odds, step, a[rows], b[rows])
        means[rows] = np.einsum("ij,ij->i", value(1.0 / (1.0 + np.exp(-odds)), rows), weights)
    return means


def _grid(a: Floats, b: Floats, near: float) -> tuple[Floats, float]:
    """Give log-odds at even steps that cover what matters to any row, and the step."""
    # For e^(au) exp(−b·e^u) the error is exp(−c·atan(c/a)) (1 + c²/a²)^(a/2) of c = 2π / step;
    # this makes it about 1e-11.
    step = 2.0 * math.pi / math.sqrt(280.0 + 55.0 * float(np.minimum(a, b).max()))
    centre = np.log(a) - np.log(b)
    wide = 9.0 * np.sqrt(1.0 / a + 1.0 / b)
    begin = min(math.log(near), -math.log1p(float(b.max()))) - _FAR
    end = math.log1p(float(a.max())) + _FAR
    low = max(begin, float((centre - wide - _LOST / a).min()))
    high = min(end, float((centre + wide + _LOST / b).max()))
    nodes = np.arange(math.ceil((high - low) / step) + 1, dtype=np.float64)
    return low + step * nodes, step


def _weights(odds: Floats, step: float, a: Floats, b: Floats) -> Floats:
    """Give the weights of the nodes in every row; they add up to 1."""
    log_p, log_q = -np.logaddexp(0.0, -odds), -np.logaddexp(0.0, odds)
    logs = np.multiply.outer(a, log_p) + np.multiply.outer(b, log_q)
    weights = np.exp(logs - logs.max(axis=1, keepdims=True))
    # what lies beyond both ends decays by the same factor from node to node
    weights[:, 0] /= -np.expm1(-a * step)
    weights[:, -1] /= -np.expm1(-b * step)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True))
