"""Early outcomes as surrogates of a late one: what they predict of it, learnt on the baseline."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import Floats

FOLDS = 5


class Index(NamedTuple):
    """What some early outcomes say of the late one, of everybody in every arm.

    Attributes
    ----------
    predicted : ndarray of float64, shape (arms, N)
        ``h(S) = E[Y | S]``, for each customer from the others' outcomes in the baseline.
    terms : ndarray of float64, shape (arms, N)
        Influence of each customer on the mean prediction by way of the coefficients; 0 in the
        baseline, whose mean does not depend on them.
    r_squared : float
        Of the cross-fitted predictions in the baseline.
    """

    predicted: Floats
    terms: Floats
    r_squared: float


def surrogate_index(early: Floats, late: Floats, customer: NDArray[np.int64]) -> Index:
    """Learn the surrogate index on the baseline and apply it to every arm.

    The surrogate index of Athey, Chetty, Imbens & Kang (2019, "The surrogate index", section 3)
    is ``h(s) = E[Y | S = s]`` in data without the treatment; ``E[h(S) | treated] - E[h(S) |
    control]`` is the effect on ``Y`` if the treatment reaches ``Y`` by way of ``S`` only and
    leaves ``h`` as it is. Here ``h`` is linear, by least squares, and cross-fitted: a customer's
    own late outcome is in none of its predictions (Chernozhukov et al. 2018, definition 3.1).

    Parameters
    ----------
    early : ndarray of float64, shape (arms, N, k)
        The baseline first.
    late : ndarray of float64, shape (N,)
        Of the baseline.
    customer : ndarray of int64, shape (N,)
        Ids; their luck is independent of them, so they make the folds.

    Examples
    --------
    >>> s = np.arange(20.0).reshape(1, 20, 1)
    >>> found = surrogate_index(np.concatenate([s, s + 1.0]), 3.0 * s[0, :, 0], np.arange(20))
    >>> round(float(found.predicted[1].mean() - found.predicted[0].mean()), 9)
    3.0
    """
    arms, n, _ = early.shape
    fold = customer % FOLDS
    centre, scale = early[0].mean(axis=0), early[0].std(axis=0)
    kept = scale > 0.0
    known = (early[:, :, kept] - centre[kept]) / scale[kept]
    x: Floats = np.concatenate([np.ones((arms, n, 1)), known], axis=2, dtype=np.float64)
    predicted: Floats = np.empty((arms, n))
    for number in range(FOLDS):
        inside = fold == number
        weights = _least_squares(x[0, ~inside], late[~inside])
        predicted[:, inside] = x[:, inside] @ weights
    left = late - predicted[0]
    # mean prediction moves with the coefficients: (mean x)' (X'X / n)^-1 x_i e_i, which is what
    # the arm's mean differs from the baseline's by
    inverse = np.linalg.pinv(x[0].T @ x[0] / n)
    apart = x.mean(axis=1) - x[0].mean(axis=0)
    terms: Floats = np.array([(x[0] @ (inverse @ one)) * left for one in apart], np.float64)
    total = float(np.sum((late - late.mean()) ** 2))
    r_squared = 1.0 - float(left @ left) / total if total > 0.0 else math.nan
    return Index(predicted, terms, r_squared)


def _least_squares(x: Floats, y: Floats) -> Floats:
    """Coefficients of least squares; the shortest ones where several fit alike."""
    found = np.linalg.lstsq(x.T @ x, x.T @ y, rcond=1e-10)[0]
    return np.asarray(found, np.float64)
