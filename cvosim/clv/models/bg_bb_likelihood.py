"""The likelihood of BG/BB: each history has several ways to have ended."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.clv.models.opportunities import Opportunities

Floats = NDArray[np.float64]


class Ends(NamedTuple):
    """All ways in which histories may have ended, one after the other.

    Attributes
    ----------
    begin : ndarray of int64
        Where each history's own begin, the first of them being that it has not ended.
    kind : ndarray of int64
        Of each, which of the different ends it is; those below are one element an end.
    taken, met : ndarray of int64
        Opportunities taken, x, and met before leaving, t_x to n − 1; n if it has not ended.
    left : ndarray of bool
        Whether it has.
    """

    begin: NDArray[np.int64]
    kind: NDArray[np.int64]
    taken: NDArray[np.int64]
    met: NDArray[np.int64]
    left: NDArray[np.bool_]

    @classmethod
    def of(cls, data: Opportunities) -> Ends:
        """List the ends of each history."""
        x, t_x, n = (c.astype(np.int64) for c in (data.repeats, data.last, data.periods))
        size = n - t_x + 1
        begin = np.cumsum(size) - size
        within = np.arange(int(size.sum())) - np.repeat(begin, size)
        met = np.where(within == 0, np.repeat(n, size), np.repeat(t_x, size) + within - 1)
        span = int(n.max()) + 1
        key = (np.repeat(x, size) * span + met) * 2 + (within > 0)
        kinds, kind = np.unique(key, return_inverse=True)
        return cls(begin, kind, kinds // 2 // span, kinds // 2 % span, kinds % 2 > 0)


def total_likelihood(parameters: Floats, ends: Ends, weights: Floats) -> tuple[float, Floats]:
    """Log-likelihood of all histories together, each as often as its weight, and gradient."""
    terms, slopes = _terms(parameters, ends)
    largest, shares, total = _shared(terms[ends.kind], ends)
    size = np.diff(np.append(ends.begin, len(ends.kind)))
    shares *= np.repeat(weights / total, size)
    value = float(weights @ (largest + np.log(total)))
    return value, slopes @ np.bincount(ends.kind, shares, len(terms))


def likelihood(parameters: Floats, ends: Ends) -> tuple[Floats, Floats]:
    """Log-likelihood of each history and its gradient.

    Parameters
    ----------
    parameters : ndarray of float64
        alpha, beta, gamma, delta.
    ends : Ends
        Of the histories.

    Returns
    -------
    value, gradient : ndarray of float64, shapes (n,) and (4, n)
        Equation 5 of Fader, Hardie & Shang (2010).

    Examples
    --------
    >>> ends = Ends.of(Opportunities.of([0, 1], [0, 2], [2, 2]))
    >>> np.exp(likelihood(np.ones(4), ends)[0]).round(3)  # 1/9 + 1/12 + 1/2, and 1/18
    array([0.694, 0.056])
    """
    terms, slopes = _terms(parameters, ends)
    largest, shares, total = _shared(terms[ends.kind], ends)
    gradient = np.add.reduceat(slopes[:, ends.kind] * shares, ends.begin, axis=1) / total
    return largest + np.log(total), gradient


def probability_there(parameters: Floats, ends: Ends) -> Floats:
    """Probability of not having left by the last opportunity, given each history."""
    _, shares, total = _shared(_terms(parameters, ends)[0][ends.kind], ends)
    return np.asarray(shares[ends.begin] / total)


def _shared(terms: Floats, ends: Ends) -> tuple[Floats, Floats, Floats]:
    """Add probabilities up by history, the largest set to 1 so that none underflows."""
    size = np.diff(np.append(ends.begin, len(terms)))
    largest = np.maximum.reduceat(terms, ends.begin)
    shares = np.exp(terms - np.repeat(largest, size))
    return largest, shares, np.add.reduceat(shares, ends.begin)


def _terms(parameters: Floats, ends: Ends) -> tuple[Floats, Floats]:
    """Log-probability of each different end and its slopes, by tables over whole numbers."""
    from scipy.special import betaln, gammaln, psi

    alpha, beta, gamma, delta = parameters.tolist()
    k = np.arange(int(ends.met.max(initial=0)) + 1.0)
    x, m = ends.taken, ends.met
    buy, skip, both = alpha + k, beta + k, alpha + beta + k
    terms = gammaln(buy)[x] + gammaln(skip)[m - x] - gammaln(both)[m] - betaln(alpha, beta)
    stays = betaln(gamma, delta + k)[m] - betaln(gamma, delta)
    # leaving after m opportunities has γ / (γ + δ + m) times the probability of staying on
    leave = np.where(ends.left, np.log(gamma / (gamma + delta + k))[m], 0.0)
    late = np.where(ends.left, (1.0 / (gamma + delta + k))[m], 0.0)
    bought = psi(alpha + beta) - psi(both)[m]
    lived = psi(gamma + delta) - psi(gamma + delta + k)[m]
    slopes = np.stack(
        [
            psi(buy)[x] - psi(alpha) + bought,
            psi(skip)[m - x] - psi(beta) + bought,
            lived + np.where(ends.left, 1.0 / gamma, 0.0) - late,
            lived + psi(delta + k)[m] - psi(delta) - late,
        ]
    )
    return np.asarray(terms + stays + leave), slopes
