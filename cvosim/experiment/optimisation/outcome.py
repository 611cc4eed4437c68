"""From replicates to what is said of candidates: intervals, places, the gain."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np

from cvosim.experiment.optimisation.pareto import front, surely_dominated, surely_on_front
from cvosim.experiment.optimisation.question import Goal
from cvosim.experiment.optimisation.ranking import Selection, even_after
from cvosim.experiment.optimisation.result import UNKNOWN, Candidate, Gain, Interval
from cvosim.experiment.optimisation.simulator import Floats


def t_interval(values: Floats, confidence: float) -> Interval:
    """Bound the mean of replicates by Student's t (1908).

    Examples
    --------
    >>> found = t_interval(np.array([1.0, 2.0, 3.0]), 0.95)
    >>> found.value, round(found.low, 3)
    (2.0, -0.484)
    """
    from scipy.stats import t

    n, mean = len(values), float(values.mean())
    if n < 2 or not math.isfinite(mean):
        return Interval(mean, math.nan, math.nan)
    half = float(t.isf((1.0 - confidence) / 2.0, n - 1) * values.std(ddof=1)) / math.sqrt(n)
    return Interval(mean, mean - half, mean + half)


def turned(interval: Interval, sign: float) -> Interval:
    """Give an interval back its own sign."""
    if sign > 0:
        return interval
    return Interval(-interval.value, -interval.high, -interval.low)


def ranked(
    candidates: Sequence[Candidate], values: Sequence[Floats], selection: Selection, goal: Goal
) -> list[Candidate]:
    """Say of each candidate what became of it in the selection.

    Parameters
    ----------
    candidates : sequence of Candidate
    values : sequence of arrays
        Replicates of each, the greater the better; those of a dropped one end early.
    selection : Selection
    goal : Goal
    """
    confidence = selection.rule.confidence
    best = values[selection.best]
    done = []
    for i, (candidate, own) in enumerate(zip(candidates, values, strict=True)):
        place = "left" if i in selection.left else "dropped"
        behind = UNKNOWN
        if i == selection.best:
            place = "best"
        else:
            behind = t_interval(best[: len(own)] - own, confidence)
        shown = (turned(t_interval(own, confidence), goal.sign),)
        done.append(
            replace(candidate, values=shown, behind=behind, replicates=len(own), place=place)
        )
    return done


def gain_of(values: Floats, sign: float, confidence: float, customers: int) -> Gain:
    """Say by how much the second row is better than the first, replicate by replicate.

    Examples
    --------
    >>> gain_of(np.array([[1.0, 2.0, 3.0], [2.0, 3.0, 4.0]]), 1.0, 0.95, 100).value
    1.0
    """
    difference = values[1] - values[0]
    return Gain(
        *t_interval(difference, confidence),
        base=sign * float(values[0].mean()),
        winner=sign * float(values[1].mean()),
        replicates=values.shape[1],
        customers=customers,
        uneven=bool(even_after(difference) > values.shape[1]),
    )


def uneven(samples: Floats) -> bool:
    """Whether some two points differ so unevenly that t-tests between them do not hold.

    Parameters
    ----------
    samples : ndarray, shape (points, replicates, goals)
        As for `frontier`; points with NaN are left aside.

    Examples
    --------
    >>> spend = np.linspace(0.0, 1.0, 40)
    >>> points = np.stack([spend, 0.0 * spend])[..., None]
    >>> uneven(points), uneven(points**20)
    (False, True)
    """
    sound = [one for one in samples if np.isfinite(one).all()]
    n = samples.shape[1]
    return any(
        bool((even_after((one - other).T, -2.0) > n).any()) for one, other in combinations(sound, 2)
    )


def frontier(
    candidates: Sequence[Candidate], samples: Floats, goals: Sequence[Goal], confidence: float
) -> list[Candidate]:
    """Say of each candidate whether it lies on the Pareto front.

    Parameters
    ----------
    candidates : sequence of Candidate
    samples : ndarray, shape (candidates, replicates, goals)
        With common luck, the greater the better; NaN counts as beaten.
    goals : sequence of Goal
    confidence : float
        Of all that is said to be sure, together.
    """
    known = [i for i in range(len(samples)) if np.isfinite(samples[i]).all()]
    sound = samples[known]
    beaten = surely_dominated(sound, 1.0 - confidence)
    sure = surely_on_front(sound, 1.0 - confidence)
    on = set(front(sound.mean(axis=1).tolist()))
    done = [replace(one, place="beaten", values=(UNKNOWN, UNKNOWN)) for one in candidates]
    for row, i in enumerate(known):
        if beaten[row]:
            place = "beaten"
        elif sure[row]:
            place = "on the front"
        else:
            place = "perhaps on the front" if row in on else "probably beaten"
        shown = tuple(
            turned(t_interval(sound[row, :, g], confidence), goal.sign)
            for g, goal in enumerate(goals)
        )
        replicates = samples.shape[1]
        done[i] = replace(candidates[i], place=place, values=shown, replicates=replicates)
    return done
