"""Selection of the best of several candidates, with a stated probability of being right.

The fully sequential procedure KN (Kim & Nelson 2001, "A fully sequential procedure for
indifference-zone selection in simulation", ACM TOMACS 11, 251-273; in the form of Kim & Nelson
2006, "Selecting the best system", Handbooks in Operations Research and Management Science 13,
section 3.2). All candidates are sampled with the same luck, replicate by replicate; one that falls
behind another by more than chance explains is dropped for good, until one is left. Replicates
are means over batches of customers, which the procedure takes as normal; variances may differ
and candidates' values may be correlated: the more they are, the sooner it ends.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError

Sample = Callable[[tuple[int, ...], range], NDArray[np.float64]]
"""Of candidates and numbers of replicates: an array (candidates, replicates) of values."""


@dataclass(frozen=True)
class Rule:
    """What is promised, and how much may be spent on it.

    Attributes
    ----------
    indifference : float
        Differences smaller than this, delta, do not matter.
    confidence : float
        Least probability, 1 - alpha, of choosing the best when it leads by delta (Kim & Nelson
        2001, theorem 1). Where others are closer to the best than that, one of them may be
        chosen; that it is then no more than delta worse is what tests find, not a theorem.
    first : int
        Replicates of the first stage, n0, from which the variances are taken.
    most : int
        Replicates of a candidate after which the procedure gives up.
    step : int or None
        Replicates from look to look; None: a quarter of those there are. The promise holds for
        any plan of looks that does not depend on the data: fewer looks err less (Jennison,
        Johnstone & Turnbull 1982, "Asymptotically optimal procedures for sequential adaptive
        selection of the best of several normal means").

    Raises
    ------
    DataError
        For numbers that promise nothing.
    """

    indifference: float
    confidence: float = 0.95
    first: int = 20
    most: int = 1000
    step: int | None = None

    def __post_init__(self) -> None:
        if not (math.isfinite(self.indifference) and self.indifference > 0):
            raise DataError(f"indifference: must be above 0 (got {self.indifference})")
        if not 0.0 < self.confidence < 1.0:
            raise DataError(
                f"confidence: must be between 0 and 1 (got {self.confidence}); 95 % is 0.95"
            )
        if self.first < 2 or self.most < self.first or (self.step is not None and self.step < 1):
            raise DataError("replicates: at least 2 at first, no fewer at most, 1 or more a step")

    def eta(self, candidates: int) -> float:
        """Scale of the continuation region.

        With c = 1, ``eta = ((2 alpha / (k - 1))^(-2 / (n0 - 1)) - 1) / 2`` solves
        ``(1 + 2 eta)^(-(n0 - 1) / 2) / 2 = alpha / (k - 1)`` (Kim & Nelson 2001, equation 2, with
        Bonferroni's share of alpha for each rival, which dependence between candidates needs).

        Examples
        --------
        >>> round(Rule(1.0, 0.95, first=10).eta(2), 4)
        0.3341
        """
        alpha = 1.0 - self.confidence
        share = alpha / max(candidates - 1, 1)
        return 0.5 * (math.pow(2.0 * share, -2.0 / (self.first - 1)) - 1.0)

    def h_squared(self, candidates: int) -> float:
        """``h^2 = 2 c eta (n0 - 1)`` with c = 1 (Kim & Nelson 2001, section 3)."""
        return 2.0 * self.eta(candidates) * (self.first - 1)

    def look_after(self, replicates: int) -> int:
        """Number of replicates at the next look."""
        step = max(1, replicates // 4) if self.step is None else self.step
        return min(replicates + step, self.most)


@dataclass(frozen=True)
class Selection:
    """What the procedure found.

    Attributes
    ----------
    best : int
        The candidate with the greatest mean of those left.
    left : tuple of int
        Candidates that were never dropped; one when it is decided.
    replicates : tuple of int
        Replicates taken of each candidate.
    means : tuple of float
        Of each candidate, over its own replicates. That sampling stopped because of what was
        seen bends them a little: take other replicates to say how good the winner is.
    rule : Rule
        What was promised.
    most_needed : int
        Replicates a candidate after which, by the variances of the first stage, it must end.
    """

    best: int
    left: tuple[int, ...]
    replicates: tuple[int, ...]
    means: tuple[float, ...]
    rule: Rule
    most_needed: int

    @property
    def decided(self) -> bool:
        """Whether the promise holds for `best`; else only that the best is among `left`."""
        return len(self.left) == 1


def select_best(sample: Sample, candidates: int, rule: Rule) -> Selection:
    """Choose the candidate with the greatest expected value.

    Kim & Nelson 2001, section 3: with ``S_il^2`` the sample variance over the first n0 replicates
    of the difference between candidates i and l, candidate i stays after r replicates while
    ``mean_i(r) >= mean_l(r) - W_il(r)`` for every l left, where
    ``W_il(r) = max(0, delta / (2 c r) (h^2 S_il^2 / delta^2 - r))``, c = 1.

    Parameters
    ----------
    sample : callable
        ``sample(indices, replicates)`` gives an array (indices, replicates): the same replicate
        of several candidates with the same luck. Called with consecutive ranges, from 0 on, and
        with those candidates that are left.
    candidates : int
        How many there are, at least 1.
    rule : Rule
        What to promise.

    Returns
    -------
    Selection

    Raises
    ------
    DataError
        A value is not a number.

    Examples
    --------
    >>> luck = np.sin(np.arange(1000.0) ** 2)
    >>> def sample(indices, replicates):
    ...     return np.array([[0.0, 1.0, 0.5][i] + luck[replicates] for i in indices])
    >>> found = select_best(sample, 3, Rule(indifference=0.2))
    >>> found.best, found.replicates
    (1, (20, 20, 20))
    """
    values = _drawn(sample, tuple(range(candidates)), range(rule.first))
    variances = variances_of_differences(values)
    left = list(range(candidates))
    sums, counts = values.sum(axis=1), np.full(candidates, rule.first)
    reach = rule.h_squared(candidates) * variances / rule.indifference**2
    r = rule.first
    while True:
        left = _survivors(left, sums / r, reach, r, rule.indifference)
        if len(left) == 1 or r >= rule.most:
            break
        after = rule.look_after(r)
        sums[left] += _drawn(sample, tuple(left), range(r, after)).sum(axis=1)
        counts[left] = r = after
    means = sums / counts
    best = max(left, key=lambda i: float(means[i]))
    needed = max(rule.first, math.floor(float(reach.max(initial=0.0))) + 1)
    return Selection(
        best, tuple(left), tuple(map(int, counts)), tuple(map(float, means)), rule, needed
    )


def _drawn(sample: Sample, indices: tuple[int, ...], replicates: range) -> NDArray[np.float64]:
    values = np.asarray(sample(indices, replicates), dtype=np.float64)
    if values.shape != (len(indices), len(replicates)):
        raise ValueError(f"sample gave {values.shape}, wanted {(len(indices), len(replicates))}")
    if not np.isfinite(values).all():
        raise DataError("the objective is not a number in some replicate: take more customers")
    return values


def _survivors(
    left: Sequence[int],
    means: NDArray[np.float64],
    reach: NDArray[np.float64],
    r: int,
    delta: float,
) -> list[int]:
    """Who is not behind anybody left by more than the continuation region allows.

    Where the region has closed and two are equal, the first stays: somebody must.
    """
    slack = np.maximum(0.0, delta / (2.0 * r) * (reach - r))

    def stays(i: int, rival: int) -> bool:
        ahead = float(means[i] - means[rival] + slack[i, rival])
        return ahead > 0.0 or (ahead == 0.0 and (slack[i, rival] > 0.0 or i < rival))

    return [i for i in left if all(stays(i, rival) for rival in left if rival != i)]


def variances_of_differences(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """Sample variance of the difference of every two candidates, shape (candidates, candidates).

    Parameters
    ----------
    values : array
        Of candidates x replicates, with common luck.

    Examples
    --------
    >>> variances_of_differences(np.array([[1.0, 2.0, 3.0], [1.0, 2.0, 6.0]])).tolist()
    [[0.0, 3.0], [3.0, 0.0]]
    """
    count = len(values)
    found = np.zeros((count, count))
    for i, other in combinations(range(count), 2):
        found[i, other] = found[other, i] = np.var(values[i] - values[other], ddof=1)
    return found


def expected_replicates(variances: NDArray[np.float64], rule: Rule) -> float:
    """Bound the expected number of replicates a candidate needs, whatever the means are.

    Two candidates cannot both stay after ``N + 1`` replicates, ``N = floor(h^2 S^2 / delta^2)``
    (Kim & Nelson 2001, section 3), where ``(n0 - 1) S^2`` is their true variance times a
    chi-squared variable of n0 - 1 degrees of freedom. The procedure is over after the greatest
    of these, whose expectation is at most the integral of
    ``min(1, sum over pairs of P(h^2 S^2 / delta^2 > x))``, however dependent the pairs are. A look
    that comes late adds a step.

    Parameters
    ----------
    variances : array
        True variances of differences, (candidates, candidates).
    rule : Rule
        What is promised; that it may give up is not counted on.

    Returns
    -------
    float
        Times candidates and customers a replicate: expected customers at most.

    Examples
    --------
    >>> variances = np.array([[0.0, 2.0], [2.0, 0.0]])
    >>> round(expected_replicates(variances, Rule(1.0, 0.95, first=10, step=1)), 1)
    13.8
    """
    from scipy.integrate import quad
    from scipy.stats import chi2

    count, df = len(variances), rule.first - 1
    pairs = variances[np.triu_indices(count, 1)]
    scales = rule.h_squared(count) * pairs[pairs > 0] / rule.indifference**2 / df
    if not len(scales):
        return float(rule.first)

    def still(x: float) -> float:
        return min(1.0, float(chi2.sf(x / scales, df).sum()))

    beyond, most = float(rule.first), float(scales.max() * chi2.isf(1e-12 / len(scales), df))
    tail = quad(still, beyond, most, limit=200)[0] if most > beyond else 0.0
    needed = beyond + float(tail) + still(beyond)
    return needed * 1.25 if rule.step is None else needed + rule.step - 1
