"""Selection of the best of several candidates, with a stated probability of being right.

The fully sequential procedure KN (Kim & Nelson 2001, "A fully sequential procedure for
indifference-zone selection in simulation", ACM TOMACS 11, 251-273; in the form of Kim & Nelson
2006, "Selecting the best system", Handbooks in Operations Research and Management Science 13,
section 3.2). All candidates are sampled with the same luck, replicate by replicate; one that falls
behind another by more than chance explains is dropped for good, until one is left. Replicates
are means over batches of customers, which the procedure takes as normal; variances may differ
and candidates' values may be correlated: the more they are, the sooner it ends.

Where a few customers bring most of it, means of batches are not normal: most show less than the
truth, and vary less than they should. So variances are taken anew at every look (as by KN++, Kim &
Nelson 2006, "On the asymptotic validity of fully sequential selection procedures for steady-state
simulation", Operations Research 54, 475-488) and are never below those of the first stage; and
nobody is dropped before so many replicates are pooled that their mean is about normal by Cochran's
rule (see `even_after`). Who is never that even is dropped after `Rule.patient` replicates all the
same, and then nothing is promised.
"""

from __future__ import annotations

import math
from collections.abc import Callable
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
    patience : int or None
        Replicates after which it no longer waits until means are about normal; None: a fifth of
        `most`.
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
    patience: int | None = None

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

    @property
    def patient(self) -> int:
        """Replicates after which uneven candidates are compared all the same."""
        return max(self.first, self.most // 5 if self.patience is None else self.patience)

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
        Replicates a candidate after which, by the variances seen so far, it must end.
    uneven : bool
        Whether somebody was dropped, or is left, though means are not near enough to normal: then
        nothing is promised.
    """

    best: int
    left: tuple[int, ...]
    replicates: tuple[int, ...]
    means: tuple[float, ...]
    rule: Rule
    most_needed: int
    uneven: bool = False

    @property
    def decided(self) -> bool:
        """Whether the promise holds for `best`; else, if even, that the best is among `left`."""
        return len(self.left) == 1 and not self.uneven


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
    race = _Race(candidates, rule)
    race.take(_drawn(sample, tuple(range(candidates)), range(rule.first)))
    race.drop()
    while len(race.left) > 1 and race.replicates < rule.most:
        more = range(race.replicates, rule.look_after(race.replicates))
        race.take(_drawn(sample, tuple(race.left), more))
        race.drop()
    return race.ended()


class _Race:
    """What is known of the candidates at a look."""

    def __init__(self, candidates: int, rule: Rule) -> None:
        self.rule = rule
        self.left = list(range(candidates))
        self.uneven = False
        self._seen: list[NDArray[np.float64]] = [np.empty(0) for _ in range(candidates)]
        self._first = np.zeros((candidates, candidates))
        self._reach = np.zeros((candidates, candidates))
        self._even = np.ones((candidates, candidates), np.bool_)

    @property
    def replicates(self) -> int:
        """Of each that is left."""
        return len(self._seen[self.left[0]])

    def take(self, values: NDArray[np.float64]) -> None:
        """Add replicates of those left, and see how much pairs of them vary, and how evenly."""
        for i, more in zip(self.left, values, strict=True):
            self._seen[i] = np.concatenate([self._seen[i], more])
        pairs = np.array([*combinations(self.left, 2)], np.int64).reshape(-1, 2)
        if not len(pairs):
            return
        seen = {i: self._seen[i] for i in self.left}
        differences = np.stack([seen[i] - seen[other] for i, other in pairs.tolist()])
        r, (one, other) = differences.shape[1], pairs.T
        variances = differences.var(axis=1, ddof=1)
        if r == self.rule.first:
            self._first[one, other] = variances
        widest = np.maximum(variances, self._first[one, other])
        reach = self.rule.h_squared(len(self._seen)) * widest / self.rule.indifference**2
        even = r >= MANY_LOOKS * even_after(differences, CAREFUL)
        for table, found in ((self._reach, reach), (self._even, even)):
            table[one, other] = table[other, one] = found

    def drop(self) -> None:
        """Drop who is behind somebody left by more than the continuation region allows.

        Where the region has closed and two are equal, the first stays: somebody must.
        """
        r, delta = self.replicates, self.rule.indifference
        forced = r >= self.rule.patient
        slack = np.maximum(0.0, delta / (2.0 * r) * (self._reach - r))
        means = {i: float(self._seen[i].mean()) for i in self.left}

        def loses(i: int, rival: int) -> bool:
            ahead = float(means[i] - means[rival] + slack[i, rival])
            return ahead < 0.0 or (ahead == 0.0 and slack[i, rival] == 0.0 and i > rival)

        stay = []
        for i in self.left:
            over = [rival for rival in self.left if rival != i and loses(i, rival)]
            fairly = any(self._even[i, rival] for rival in over)
            if over and not fairly and forced:
                self.uneven = True
            if not over or not (fairly or forced):
                stay.append(i)
        self.left = stay

    def ended(self) -> Selection:
        """Say what was found."""
        means = [float(one.mean()) for one in self._seen]
        needed = math.floor(float(self._reach.max(initial=0.0))) + 1
        left = np.ix_(self.left, self.left)
        return Selection(
            best=max(self.left, key=lambda i: means[i]),
            left=tuple(self.left),
            replicates=tuple(map(len, self._seen)),
            means=tuple(means),
            rule=self.rule,
            most_needed=max(self.rule.first, needed),
            uneven=self.uneven or not bool(self._even[left].all()),
        )


def _drawn(sample: Sample, indices: tuple[int, ...], replicates: range) -> NDArray[np.float64]:
    values = np.asarray(sample(indices, replicates), dtype=np.float64)
    if values.shape != (len(indices), len(replicates)):
        raise ValueError(f"sample gave {values.shape}, wanted {(len(indices), len(replicates))}")
    if not np.isfinite(values).all():
        raise DataError("the objective is not a number in some replicate: take more customers")
    return values


_ROUNDING = 1e-13
"""Spread, against the size of the values, below which it is their rounding error."""
COCHRAN = 25.0
"""Of Cochran's rule."""
MANY_LOOKS = 2.0
"""So much more than Cochran's rule asks is waited for, because selection looks again and again."""
CAREFUL = 2.0
"""By so many standard errors a skewness is then taken to be larger than it looks."""


def even_after(values: NDArray[np.float64], careful: float = 0.0) -> NDArray[np.float64]:
    """Say how many values like these it takes until their mean is about normal.

    Cochran's rule: with ``n > 25 g^2`` values, g their skewness, a 95 % interval of the normal is
    wrong at most about 6 % of the time (Cochran 1977, "Sampling techniques", 3rd edition, section
    2.15). The skewness of a sample is bounded by the root of its size: who has not met the great
    spenders yet takes what is uneven for even, and so had better be careful.

    Parameters
    ----------
    values : ndarray, shape (..., n)
        Samples, of at least 2 each.
    careful : float
        So many standard errors, ``sqrt(6 / n)``, are added to the skewness; or taken away from
        it, where that is negative and only what is surely uneven shall be called so.

    Returns
    -------
    ndarray, shape (...)
        0 where all values are the same but for rounding.

    Examples
    --------
    >>> float(even_after(np.array([1.0, 2.0, 3.0]))), float(even_after(np.ones(9)))
    (0.0, 0.0)
    >>> bool(even_after(np.arange(60.0) ** 12) > 60)
    True
    """
    n = values.shape[-1]
    away = values - values.mean(axis=-1, keepdims=True)
    variance = np.mean(away * away, axis=-1)
    # what differs by the last bits of its mean only is the same, and its skewness is rounding
    differ = variance > (_ROUNDING * np.abs(values).max(axis=-1)) ** 2
    size = np.where(differ, variance, 1.0)
    skewness = np.abs(np.mean(away * away * away, axis=-1)) / (size * np.sqrt(size))
    sure = np.maximum(0.0, skewness + careful * math.sqrt(6.0 / n))
    return np.asarray(np.where(differ, COCHRAN * sure * sure, 0.0))


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
