"""Futures of customers who have one chance a period: to leave, then perhaps to buy.

All customers meet the same luck, replicate by replicate: intervals are of one customer each, so
nothing is lost, and a value changes with the parameters only, never with who else is valued.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.value.lifetime_value import Band, Bands
from cvosim.randomness.philox import uniform
from cvosim.randomness.sites import site_id

Floats = NDArray[np.float64]

_MOST = 100
"""Opportunities whose purchases are drawn one by one; those after them are drawn as a sum."""
_MANY = 10_000
"""Opportunities whose sum is drawn as a gamma variate, though a binomial one would be exact."""


class Beliefs(NamedTuple):
    """What is believed of customers; arrays of one shape (replicates or 1, groups).

    Attributes
    ----------
    alive : ndarray of float64
        Probability of having been there at the last opportunity.
    buying : tuple of two ndarrays, or None
        Of the beta law of the probability to buy of one who was; None for one who always does.
    leaving : tuple of two ndarrays
        Of the beta law of its probability to leave before an opportunity.
    expected : ndarray of float64
        Mean discounted number of purchases to come.
    """

    alive: Floats
    buying: tuple[Floats, Floats] | None
    leaving: tuple[Floats, Floats]
    expected: Floats


class Ahead(NamedTuple):
    """How far futures go: periods (inf: for ever), discount rate a period, first opportunity.

    The first opportunity to come is discounted by `first` periods, the next by one more …
    """

    periods: float
    discount_rate: float
    first: int


class Luck:
    """Chance by replicate, the same for all customers and parameters.

    Each kind of luck is spread evenly over the replicates, in a random order (Latin hypercube;
    McKay, Beckman & Conover, 1979), which takes most of the noise out of the intervals' ends.
    """

    def __init__(self, seed: int, draws: int, ahead: Ahead) -> None:
        self.seed, self.draws, self.ahead = seed, draws, ahead
        names = ("alive", "buying", "leaving", "life", "late")
        self.alive, self.buying, self.leaving, self.life, self.late = (
            self._column(f"clv/discrete/{name}") for name in names
        )
        self.drawn = int(min(_MOST, ahead.periods))

    @cached_property
    def purchases(self) -> Floats:
        """Decide whether each of the first opportunities is taken, shape (draws, `drawn`)."""
        return np.stack([self._column("clv/discrete/purchase", t) for t in range(self.drawn)], 1)

    def _column(self, name: str, occurrence: int = 0) -> Floats:
        site = site_id(name)
        order = np.argsort([uniform(self.seed, j, site, occurrence) for j in range(self.draws)])
        return np.asarray((order + 0.5) / self.draws)


def draw_future(beliefs: Beliefs, group: int, luck: Luck) -> Floats:
    """Draw one group's discounted purchases to come.

    Parameters
    ----------
    beliefs : Beliefs
        A row for each replicate, or one for all.
    group : int
        The column.
    luck : Luck

    Returns
    -------
    ndarray of float64, one element a draw
        The number K of opportunities met before leaving is geometric; of them each is taken
        with the customer's own probability, both drawn from what its history says (Fader,
        Hardie & Shang, 2010, appendix: the beta laws of one who is there are its priors with
        what it did added).

    Examples
    --------
    One who surely is there, buys at two opportunities in three and leaves at one in three:

    >>> sure = Beliefs(*(np.full((1, 1), 1.0), (np.full((1, 1), 2e9), np.full((1, 1), 1e9))),
    ...     leaving=(np.full((1, 1), 1e9), np.full((1, 1), 2e9)), expected=np.full((1, 1), 4 / 3))
    >>> drawn = draw_future(sure, 0, Luck(1, 1000, Ahead(math.inf, 0.0, 1)))
    >>> bool(abs(drawn.mean() - 4 / 3) < 0.3)
    True
    """
    ahead = luck.ahead
    met = np.minimum(_opportunities(beliefs, group, luck), ahead.periods)
    met = np.where(luck.alive < beliefs.alive[:, group], met, 0.0)
    if beliefs.buying is None:
        value = _between(0.0, met, ahead.discount_rate)
    else:
        value = _purchases(_inverse(beliefs.buying, group, luck.buying), met, luck)
    return np.asarray(value * (1.0 + ahead.discount_rate) ** (1 - ahead.first))


class Job(NamedTuple):
    """The estimate, the luck and the level that intervals are drawn with."""

    estimate: Floats
    luck: Luck
    level: float


def intervals(of: Callable[[Floats], Beliefs], parameters: Floats | None, job: Job) -> Bands:
    """Give the three intervals of each group's discounted purchases.

    Parameters
    ----------
    of : callable
        Gives the beliefs at parameters, shape (replicates, k).
    parameters : ndarray of float64, or None
        That the data allow, one row a draw; None where nothing is known of their errors.
    job : Job

    Returns
    -------
    Bands
        Without a share where a mean is infinite at some of the parameters.
    """
    sure = of(job.estimate[np.newaxis])
    groups = range(sure.alive.shape[1])
    chance = np.array([draw_future(sure, group, job.luck) for group in groups])
    if parameters is None:
        return Bands(_ends(chance, job.level), None, None, None)
    guesses = of(parameters)
    both = np.array([draw_future(guesses, group, job.luck) for group in groups])
    mean = guesses.expected.T
    share = _share(chance, mean) if np.isfinite(mean).all() else None
    ends = [_ends(values, job.level) for values in (chance, both, mean)]
    return Bands(chance=ends[0], prediction=ends[1], parameters=ends[2], share=share)


def _inverse(law: tuple[Floats, Floats], group: int, chance: Floats) -> Floats:
    """Quantiles of a beta law."""
    from scipy.special import betaincinv

    return np.asarray(betaincinv(law[0][:, group], law[1][:, group], chance), np.float64)


def _opportunities(beliefs: Beliefs, group: int, luck: Luck) -> Floats:
    """Opportunities met before leaving: none if one surely leaves, all if it never does."""
    leaving = _inverse(beliefs.leaving, group, luck.leaving)
    with np.errstate(divide="ignore"):
        return np.floor(np.log(luck.life) / np.log1p(-leaving))


def _purchases(buying: Floats, met: Floats, luck: Luck) -> Floats:
    """Discounted purchases at so many opportunities, the first of them a period away."""
    rate, drawn = luck.ahead.discount_rate, luck.drawn
    at = np.arange(1.0, drawn + 1.0)
    taken = (luck.purchases < buying[:, np.newaxis]) & (at <= met[:, np.newaxis])
    value = np.asarray(taken @ (1.0 + rate) ** -at)
    rows = np.flatnonzero((met > drawn) & (buying > 0))
    if len(rows):
        value[rows] += _later(buying[rows], met[rows], luck.late[rows], luck.ahead, drawn)
    return value


def _later(p: Floats, met: Floats, chance: Floats, ahead: Ahead, drawn: int) -> Floats:
    """Discounted purchases at the opportunities after those drawn one by one.

    Binomial without discount; with it, or of very many, a gamma variate of the same mean and
    variance.
    """
    from scipy.special import gammaincinv
    from scipy.stats import binom

    rate = ahead.discount_rate
    mean = p * _between(drawn, met, rate)
    variance = p * (1.0 - p) * _between(drawn, met, rate * (2.0 + rate))
    shape = np.square(mean) / np.where(variance > 0, variance, 1.0)
    value = mean.copy()  # of one who always buys, or as good as never
    vary = (variance > 0) & (shape > 1e-12)
    value[vary] = (gammaincinv(shape, chance) * variance)[vary] / mean[vary]
    exact = (met - drawn <= _MANY) & (rate == 0)
    value[exact] = binom.ppf(chance[exact], met[exact] - drawn, p[exact])
    return np.asarray(value)


def _between(begin: float, end: Floats, rate: float) -> Floats:
    """Σ (1 + d)^−t over t from begin + 1 to end."""
    if rate == 0:
        return end - begin
    factor = math.log1p(rate)
    # (e^(−f·begin) − e^(−f·end)) / d, without cancellation where d is small
    return np.asarray(-math.exp(-factor * begin) * np.expm1(-factor * (end - begin)) / rate)


def _ends(values: Floats, level: float) -> Band:
    """Ends of each row that are values drawn.

    The k-th from below and from above, k = (1 − level)/2 · (draws + 1) rounded down: beyond
    each, one more independent draw lies with a probability of k/(draws + 1) at most.
    """
    ordered = np.sort(values, axis=1)
    k = int((1.0 - level) / 2.0 * (values.shape[1] + 1.0) + 1e-9)
    return Band(ordered[:, k - 1], ordered[:, -k])


def _share(chance: Floats, mean: Floats) -> Floats:
    """Share of the parameters in the variance of each row: Var V = E Var(V | θ) + Var E(V | θ)."""
    by_chance, by_mean = chance.var(axis=1), mean.var(axis=1)
    both = by_chance + by_mean
    return np.asarray(np.where(both > 0, by_mean / np.where(both > 0, both, 1.0), 0.0))
