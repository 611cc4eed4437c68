"""How much slower one side is than the other, how surely, and when to stop asking.

Rounds are pairs: both sides right after one another, so that whatever slows the machine down
slows both, and what hits one of them hits the other as often. What is judged is the median
ratio of the pairs, which single hiccups do not move, with a paired percentile bootstrap
interval (Efron & Tibshirani 1993, *An Introduction to the Bootstrap*, chapter 13). For the
median of an odd number of rounds the bootstrap needs no luck: how often a resample's median
is at most the k-th smallest ratio is a binomial tail (Efron 1979, *Annals of Statistics* 7,
1-26, section 3). Ends are rounded outwards.

Several cases are judged, several times: by Bonferroni every interval has its share of an
error rate for all of them together. All of this holds if rounds are independent. Where a
disturbance outlasts a round, of ratios that lie exactly at the limit more are called slower.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import NamedTuple

LIMIT = 0.15
"""Below the middle of 1 and 1.4: on a busy machine a slow-down shows smaller than it is."""

ERROR = 0.05
"""How often, at most, any interval of a whole comparison may miss the truth on either side.

If rounds are independent.
"""

LOOKS = (11, 21, 41, 81)
"""After how many rounds a case is judged; one that is decided takes part no longer."""


class Interval(NamedTuple):
    """Of a ratio; ends are 0 and infinite where there are too few rounds to say anything."""

    low: float
    middle: float
    high: float


UNKNOWN = Interval(0.0, math.nan, math.inf)


def median_tail(n: int, k: int) -> float:
    """Chance that the median of a bootstrap sample of ``n`` is at most the ``k``-th smallest."""
    p = k / n
    return sum(math.comb(n, i) * p**i * (1.0 - p) ** (n - i) for i in range(n // 2 + 1, n + 1))


@cache
def rank(n: int, tail: float) -> int:
    """Return the largest rank below which a median falls with at most this chance; 0 if none."""
    k = 0
    while median_tail(n, k + 1) <= tail:
        k += 1
    return k


def interval(ratios: Sequence[float], error: float) -> Interval:
    """Bootstrap the median of an odd number of ratios; the last one of an even number is left out.

    ``error`` is shared by both ends.
    """
    n = len(ratios) - 1 + len(ratios) % 2
    if n < 1:
        return UNKNOWN
    ordered = sorted(ratios[:n])
    k = rank(n, error / 2.0)
    if k == 0:
        return Interval(0.0, ordered[n // 2], math.inf)
    return Interval(ordered[k - 1], ordered[n // 2], ordered[n - k])


class Finding(StrEnum):
    """What a comparison says about one case."""

    SLOWER = "FAIL"
    FINE = "ok"
    UNDECIDED = "undecided"


@dataclass(frozen=True)
class Rule:
    """When a case is decided."""

    n_cases: int
    limit: float = LIMIT
    looks: tuple[int, ...] = LOOKS
    error: float = ERROR

    @property
    def share(self) -> float:
        """Error rate of one interval, if rounds are independent."""
        return self.error / (self.n_cases * len(self.looks))

    def judge(self, ratios: Sequence[float]) -> tuple[Finding, Interval]:
        """Decide if the whole interval lies on one side of the limit."""
        found = interval(ratios, self.share)
        if found.low > 1.0 + self.limit:
            return Finding.SLOWER, found
        if found.high < 1.0 + self.limit:
            return Finding.FINE, found
        return Finding.UNDECIDED, found
