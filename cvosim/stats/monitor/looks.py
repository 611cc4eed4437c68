"""The effect as weekly cohorts come in: what each look sees, and the rule that may stop there."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import Floats

LEAST = 30
"""Units that the smaller arm must have at the first look: the normal law needs some."""
UNEVEN = 0.25
"""Skewness of the difference up to which there are looks: above, the normal law is too far off.

Found by simulation of experiments without an effect, read weekly by the always-valid rule at 5 %,
1,000 each: splits from 90/10 to 99/1, 1 % to all customers paying, payments from all alike to
log-normal with a sigma of 1.2, intervals narrowest at 500 or 5,000 units. With looks from 30
units on, up to 47 % stopped; up to 0.4, 7.8 %; up to 0.3, 4.7 %; up to 0.25, 3.7 %.
"""


class Seen(NamedTuple):
    """A pair of arms after each cohort, all cohorts so far together.

    Attributes
    ----------
    units : ndarray of float64, shape (..., cohorts, 2)
        So far, in control and treatment.
    information : ndarray of float64, shape (..., cohorts)
        As many units, split evenly, as tell as much: four times the sum over cohorts of
        n_c n_t / (n_c + n_t).
    clock : ndarray of float64, shape (..., cohorts)
        Variance of the sum that the estimate is the mean of: the time in which z moves as a
        Brownian motion without an effect, whatever the variance of each week.
    skewness : ndarray of float64, shape (..., cohorts)
        Of the estimate, if the values of both arms follow one law; NaN where that is not known.
    control, treatment, estimate, standard_error : ndarray of float64, shape (..., cohorts)
        Values of the arms, their difference and its error; NaN before there are any.
    """

    units: Floats
    information: Floats
    clock: Floats
    skewness: Floats
    control: Floats
    treatment: Floats
    estimate: Floats
    standard_error: Floats


def seen(count: Floats, mean: Floats, scatter: Floats, cube: Floats | None = None) -> Seen:
    """Compare two arms within each cohort, and pool cohorts up to each.

    Cohorts weigh by ``n_c n_t / (n_c + n_t)``: a split that changes from week to week mixes no
    difference between weeks into the effect, and the weights know nothing of the values.

    Parameters
    ----------
    count, mean, scatter : ndarray of float64, shape (..., cohorts, 2)
        Units, mean and sum of squared deviations in control and treatment of each cohort.
    cube : ndarray of float64, shape (..., cohorts, 2), optional
        Sum of cubed deviations; without it the skewness is not known.

    Returns
    -------
    Seen

    Examples
    --------
    >>> cohorts = np.array([[50.0, 50.0], [60.0, 60.0]])
    >>> found = seen(cohorts, np.array([[1.0, 3.0], [2.0, 4.0]]), 4.0 * (cohorts - 1.0))
    >>> found.estimate.tolist(), found.standard_error.round(4).tolist()
    ([2.0, 2.0], [0.4, 0.2697])
    """
    n = np.asarray(count, np.float64)
    weight = shared(n)
    total = np.cumsum(weight, axis=-1)
    clock = np.cumsum(weight**2 * variance_of_means(n, scatter).sum(axis=-1), axis=-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        arms = np.cumsum(weight[..., None] * mean, axis=-2) / total[..., None]
        error = np.sqrt(clock) / total
    one, other = arms[..., 0], arms[..., 1]
    skew = np.full(total.shape, np.nan) if cube is None else _skewness(n, scatter, cube)
    return Seen(np.cumsum(n, axis=-2), 4.0 * total, clock, skew, one, other, other - one, error)


def _skewness(count: Floats, scatter: Floats, cube: Floats) -> Floats:
    """Skewness of the estimate after each cohort, by one law for both arms in each.

    A sum of independent parts: third cumulants ``k (1 / n_t**2 - 1 / n_c**2)`` and variances add.
    The law is that of both arms together, since a small arm has seen next to nothing of a long
    tail; what it has seen would move the estimate, too, and looks must not go by that.
    """
    weight, size = shared(count), np.maximum(count.sum(axis=-1), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        lean = np.where(weight > 0.0, count[..., 1] ** -2.0 - count[..., 0] ** -2.0, 0.0)
        third = np.cumsum(weight**3 * lean * cube.sum(axis=-1) / size, axis=-1)
        found: Floats = third / np.cumsum(weight * scatter.sum(axis=-1) / size, axis=-1) ** 1.5
    return found


def variance_of_means(count: Floats, scatter: Floats) -> Floats:
    """Variance of each cohort's and arm's mean: float64[..., cohorts, 2].

    From its own units if there are `LEAST`; else from those of all cohorts up to it, since a few
    units may well be all alike.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        free = np.maximum(count - 1.0, 0.0)
        pooled = np.cumsum(scatter, axis=-2) / np.cumsum(free, axis=-2)
        spread = np.where(count >= LEAST, scatter / free, pooled)
        found: Floats = np.where(count > 0.0, np.nan_to_num(spread / count), 0.0)
    return found


def shared(count: Floats) -> Floats:
    """Weight of each cohort, n_c n_t / (n_c + n_t); 0 where an arm has nobody."""
    size = np.maximum(count.sum(axis=-1), 1.0)
    found: Floats = count[..., 0] * count[..., 1] / size
    return found


def looks_of(found: Seen, closest: float, end: float = math.inf) -> NDArray[np.intp]:
    """Say after which cohorts there is a look: by sizes and the law, never by the effect.

    Parameters
    ----------
    found : Seen
        Of one experiment.
    closest : float
        Information that must come in between two looks.
    end : float, optional
        Information at which the test is over: there is a look then, even or not.

    Returns
    -------
    ndarray of int
        Numbers of cohorts, rising.
    """
    kept, last = [], 0.0
    for cohort in np.flatnonzero(ready(found) | (enough(found) & (found.information >= end))):
        if found.information[cohort] - last > closest:
            kept.append(cohort)
            last = found.information[cohort]
    return np.array(kept, np.intp)


def enough(found: Seen) -> NDArray[np.bool_]:
    """Say after which cohorts there are enough units for a look, and they are not all alike."""
    many: NDArray[np.bool_] = found.units.min(axis=-1) >= LEAST
    return many & (np.nan_to_num(found.standard_error) > 0.0)


def ready(found: Seen) -> NDArray[np.bool_]:
    """Say after which cohorts there may be a look: enough units, and once even enough.

    From then on for good: one odd customer does not close what was open.
    """
    even = enough(found) & (np.abs(np.nan_to_num(found.skewness, nan=np.inf)) <= UNEVEN)
    return np.logical_or.accumulate(even, axis=-1) & enough(found)
