"""Branching processes: how many people one person leads to, in the end.

Everybody who is referred may refer in turn, independently and by the same law: a Galton-Watson
process (Harris 1963, *The Theory of Branching Processes*, chapter 1; Athreya & Ney 1972,
*Branching Processes*, chapter I).
"""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Offspring:
    """How many people somebody refers: a mixture of Poisson numbers, nobody being mean 0.

    Parameters
    ----------
    chances : tuple of float
        Weights, adding up to 1.
    means : tuple of float
        Mean of each Poisson number, at least 0.

    Raises
    ------
    ValueError
        If the weights are no weights or a mean is negative.

    Examples
    --------
    A fifth of customers recommends, to 1.5 people on average:

    >>> law = Offspring((0.8, 0.2), (0.0, 1.5))
    >>> round(law.mean, 12), round(law.variance, 12)
    (0.3, 0.66)
    """

    chances: tuple[float, ...]
    means: tuple[float, ...]

    def __post_init__(self) -> None:
        proper = abs(math.fsum(self.chances) - 1.0) < 1e-9 and min(self.chances) >= 0.0
        if not proper or len(self.chances) != len(self.means) or min(self.means) < 0.0:
            raise ValueError("needs weights that add up to 1 and as many means, none below 0")

    @property
    def mean(self) -> float:
        """The K factor: ``sum of chance * mean``."""
        return sum(c * m for c, m in zip(self.chances, self.means, strict=True))

    @property
    def pairs(self) -> float:
        """``E[N (N - 1)] = G''(1) = sum of chance * mean**2``."""
        return sum(c * m * m for c, m in zip(self.chances, self.means, strict=True))

    @property
    def variance(self) -> float:
        """``E[N (N - 1)] + E[N] - E[N]**2``."""
        return self.pairs + self.mean - self.mean**2

    def pgf(self, s: float) -> float:
        """Generating function ``G(s) = E[s**N] = sum of chance * exp(mean * (s - 1))``."""
        return sum(
            c * math.exp(m * (s - 1.0)) for c, m in zip(self.chances, self.means, strict=True)
        )


def generation_mean(k: float, generation: int) -> float:
    """Compute the expected size of a generation that descends from one person, ``k ** n``.

    Harris (1963), chapter I, theorem 5.1. Generation 0 is the person itself.

    Examples
    --------
    >>> generation_mean(0.5, 3)
    0.125
    """
    return float(k**generation)


def total_progeny(offspring: Offspring) -> tuple[float, float]:
    """Compute mean and variance of all people who descend from one, itself included.

    Parameters
    ----------
    offspring : Offspring
        How many people each of them refers.

    Returns
    -------
    tuple of two floats
        ``1 / (1 - K)`` and ``variance / (1 - K)**3`` for ``K < 1``; infinity from 1 on. (Harris
        1963, chapter I, section 13; they follow from ``T = 1 + T_1 + ... + T_N``.)

    Examples
    --------
    >>> mean, variance = total_progeny(Offspring((1.0,), (0.5,)))
    >>> mean, variance
    (2.0, 4.0)
    """
    k = offspring.mean
    if k >= 1.0:
        return math.inf, math.inf
    return 1.0 / (1.0 - k), offspring.variance / (1.0 - k) ** 3


def progeny_of_root(root: Offspring, later: Offspring) -> tuple[float, float]:
    """Compute mean and variance of a person with all its descendants, who refer by another law.

    Parameters
    ----------
    root : Offspring
        How many people the first one refers.
    later : Offspring
        How many people each of its descendants refers.

    Returns
    -------
    tuple of two floats
        With ``m, v`` the moments of `total_progeny` of ``later``: ``1 + K m`` and ``K v +
        variance m**2``, ``K`` and ``variance`` being those of ``root`` (a random sum; Feller
        1968, *An Introduction to Probability Theory* 1, section XII.1).

    Examples
    --------
    >>> progeny_of_root(Offspring((1.0,), (0.25,)), Offspring((1.0,), (0.5,)))
    (1.5, 2.0)
    """
    mean, variance = total_progeny(later)
    if root.mean == 0.0:
        return 1.0, 0.0
    if math.isinf(mean):
        return math.inf, math.inf
    return 1.0 + root.mean * mean, root.mean * variance + root.variance * mean**2


def extinction_probability(offspring: Offspring) -> float:
    """Compute the chance that a line of referrals ends: the smallest root of ``s = G(s)``.

    Parameters
    ----------
    offspring : Offspring
        How many people each person refers.

    Returns
    -------
    float
        1 if ``K <= 1``, less if ``K > 1`` (Harris 1963, chapter I, theorem 6.1; Athreya & Ney
        1972, theorem I.5.1).

    Examples
    --------
    >>> round(extinction_probability(Offspring((1.0,), (2.0,))), 6)
    0.203188
    """
    from scipy.optimize import brentq

    k = offspring.mean
    if k <= 1.0:
        return 1.0
    terms = list(zip(offspring.chances, offspring.means, strict=True))

    def above(d: float) -> float:  # G(1 - d) - (1 - d), without cancellation near 1
        return d + sum(c * math.expm1(-m * d) for c, m in terms)

    # G is convex: this far below 1 at least, G(s) < s; and G(0) > 0
    low = (k - 1.0) / offspring.pairs
    return 1.0 - float(brentq(above, low, 1.0, xtol=1e-18, rtol=1e-15))
