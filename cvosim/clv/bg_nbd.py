"""BG/NBD: purchases at a customer's own rate, until a coin tossed after each ends them.

The rate is Gamma(r) with mean r/alpha a day over customers; after each purchase the customer
leaves with its own probability, Beta(a, b) over customers (Fader, Hardie & Lee, 2005).
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cvosim.clv.fit import Fit, maximise, patterns, report
from cvosim.clv.quadrature import beta_nodes
from cvosim.clv.summary import Summary
from cvosim.errors import DataError

Floats = NDArray[np.float64]

DAYS_PER_WEEK = 7.0
_STARTS = ((0.3, 0.1, 0.8, 2.5), (1.0, 0.5, 0.3, 3.0), (2.0, 2.0, 1.0, 1.0))

_RATE, _LEAVING = "how customers differ in buying rate", "how many customers leave, and when"
_MEANING = {"r": _RATE, "alpha_days": _RATE, "a": _LEAVING, "b": _LEAVING}


@dataclass(frozen=True)
class BgNbd:
    """A BG/NBD model with its parameters.

    Attributes
    ----------
    r : float
        Shape of the purchase rate over customers.
    alpha_days : float
        Rate parameter of that gamma distribution, in days: the mean rate is r/alpha a day.
    a, b : float
        Beta parameters of the probability of leaving after a purchase.

    Examples
    --------
    The published CDNOW estimates (Fader, Hardie & Lee, 2005, in weeks):

    >>> cdnow = BgNbd(r=0.243, alpha_days=4.414 * 7, a=0.793, b=2.426)
    >>> round(float(cdnow.expected_purchases(39 * 7)), 4)
    1.1967
    """

    r: float
    alpha_days: float
    a: float
    b: float

    def to_dict(self) -> dict[str, float | str]:
        """Give the parameters as a scenario's `frequency` section has them."""
        values = {"r": self.r, "alpha_days": self.alpha_days, "a": self.a, "b": self.b}
        return {"model": "bg_nbd", **values}

    def expected_purchases(self, days: ArrayLike) -> Floats:
        """Mean number of repeat purchases of a new customer.

        Parameters
        ----------
        days : array_like of float
            Time since the first purchase.

        Returns
        -------
        ndarray of float64
            Equation 9 of Fader, Hardie & Lee (2005), as an integral over the probability of
            leaving, which also holds at a = 1 and a + b < 1, where the closed form does not.
        """
        nodes, weights = beta_nodes(self.a, self.b)
        time = np.asarray(days, np.float64)[..., np.newaxis]
        return np.asarray(_still_to_come(nodes, self.r, self.alpha_days, time) @ weights)

    def probability_alive(self, repeats: ArrayLike, last: ArrayLike, age: ArrayLike) -> Floats:
        """Probability that a customer has not left by the end of its age.

        Parameters
        ----------
        repeats, last, age : array_like
            x, t_x and T in days, as in `Summary`.

        Returns
        -------
        ndarray of float64
            1 without repeats: the model lets nobody leave before a repeat purchase.
        """
        from scipy.special import expit

        x, t_x, t = (np.asarray(value, np.float64) for value in (repeats, last, age))
        odds = math.log(self.a) - np.log(self.b + np.maximum(x, 1.0) - 1.0)
        odds = odds + (self.r + x) * np.log((self.alpha_days + t) / (self.alpha_days + t_x))
        return np.asarray(np.where(x > 0, expit(-odds), 1.0))

    def conditional_moments(self, summary: Summary, days: float) -> tuple[Floats, Floats]:
        """Mean and variance of each customer's purchases in the days to come.

        Parameters
        ----------
        summary : Summary
            What is known of the customers.
        days : float
            How far ahead.

        Returns
        -------
        mean, variance : ndarray of float64, one element per customer
            The mean is equation 10 of Fader, Hardie & Lee (2005), by quadrature. The variance
            comes from E[X(X−1)] = 2(1−p)/p² · (1 − (1+λpt)·exp(−λpt)) of a customer who is
            still there, at rate λ and probability p of leaving.
        """
        (x, t_x, age), _, inverse = patterns(summary.repeats, summary.last, summary.age)
        first, second = np.empty(len(x)), np.empty(len(x))
        for repeats in np.unique(x):
            rows = x == repeats
            nodes, weights = beta_nodes(self.a, self.b + repeats)
            shape, rate = self.r + repeats, self.alpha_days + age[rows, np.newaxis]
            first[rows] = _still_to_come(nodes, shape, rate, days) @ weights
            second[rows] = _pairs_to_come(nodes, shape, rate, days) @ weights
        alive = self.probability_alive(x, t_x, age)
        mean = alive * first
        variance = alive * second + mean - mean**2
        return mean[inverse], variance[inverse]

    def log_likelihood(
        self, repeats: ArrayLike, last: ArrayLike, age: ArrayLike, unit: float = DAYS_PER_WEEK
    ) -> Floats:
        """Log-likelihood of each customer's history.

        Parameters
        ----------
        repeats, last, age : array_like
            x, t_x and T in days.
        unit : float
            Days in the unit of time that the density is taken in; the literature uses weeks.

        Returns
        -------
        ndarray of float64
            Equation 6 of Fader, Hardie & Lee (2005).
        """
        x, t_x, t = (np.asarray(value, np.float64) for value in (repeats, last, age))
        parameters = (self.r, self.alpha_days / unit, self.a, self.b)
        return _likelihood(parameters, x, t_x / unit, t / unit)[0]


def fit_bg_nbd(summary: Summary) -> Fit[BgNbd]:
    """Fit a BG/NBD model by maximum likelihood.

    Parameters
    ----------
    summary : Summary
        Of an order log that begins with every customer's first purchase.

    Returns
    -------
    Fit of BgNbd
        Its log-likelihood is of times in weeks, as the literature has it.

    Raises
    ------
    DataError
        If the customers are too much alike for a fit to mean anything.

    Examples
    --------
    >>> fit = fit_bg_nbd(summary)  # doctest: +SKIP
    >>> fit.model.r, fit.standard_errors["r"]  # doctest: +SKIP
    (0.2426, 0.0126)
    """
    if summary.n_repeat == 0:
        raise DataError(
            f"none of the {summary.n_customers} customers bought on a second day by "
            "the end of the period: there is no repeat buying to fit"
        )
    (x, t_x, age), weights, _ = patterns(summary.repeats, summary.last, summary.age)
    if len(x) == 1:
        raise DataError(
            f"all {summary.n_customers} customers have the same history "
            f"({x[0]:g} repeat purchases in {age[0]:g} days): a fit needs customers who differ"
        )
    scale = float(age.max())

    def objective(parameters: Floats) -> tuple[float, Floats]:
        values, gradient = _likelihood(tuple(parameters), x, t_x / scale, age / scale)
        return float((values * weights).sum()), (gradient * weights).sum(axis=1)

    optimum = maximise(objective, _STARTS, summary.n_customers)
    r, alpha, a, b = (float(value) for value in optimum.parameters)
    value = optimum.log_likelihood - float(x @ weights) * math.log(scale / DAYS_PER_WEEK)
    model = BgNbd(r, alpha * scale, a, b)
    return report(model, optimum, value, (summary.n_customers, len(x)), _MEANING)


def forecast_total(fit: Fit[BgNbd], summary: Summary, days: float) -> tuple[float, float]:
    """Forecast all customers' purchases in the days to come.

    Parameters
    ----------
    fit : Fit of BgNbd
    summary : Summary
        What is known of the customers.
    days : float
        How far ahead.

    Returns
    -------
    total, deviation : float
        The mean, and the standard deviation of what may happen around it if the model is
        right: the customers' own chance, and the parameters' errors by the delta method.
    """
    mean, variance = fit.model.conditional_moments(summary, days)
    spread = float(variance.sum())
    if fit.log_covariance is not None:
        logs = np.log(astuple(fit.model))
        slope = np.array([_slope(logs, index, summary, days) for index in range(len(logs))])
        spread += float(slope @ np.array(fit.log_covariance) @ slope)
    return float(mean.sum()), math.sqrt(spread)


def _slope(logs: Floats, index: int, summary: Summary, days: float, step: float = 1e-4) -> float:
    """Differentiate the forecast by the logarithm of one parameter."""
    totals = []
    for sign in (1.0, -1.0):
        moved = logs.copy()
        moved[index] += sign * step
        model = BgNbd(*(float(value) for value in np.exp(moved)))
        totals.append(float(model.conditional_moments(summary, days)[0].sum()))
    return (totals[0] - totals[1]) / (2 * step)


def _still_to_come(p: Floats, shape: float, rate: ArrayLike, days: ArrayLike) -> Floats:
    """E[X(t)] given p of a customer who is there: (1 − E exp(−λpt)) / p over the gamma rate."""
    rate, time = np.asarray(rate, np.float64), np.asarray(days, np.float64)
    return np.asarray(-np.expm1(-shape * np.log1p(p * time / rate)) / p)


def _pairs_to_come(p: Floats, shape: float, rate: ArrayLike, days: ArrayLike) -> Floats:
    """E[X(X−1)] given p of a customer who is there, over the gamma rate."""
    part = np.asarray(days, np.float64) / np.asarray(rate, np.float64)
    exponent = -shape * np.log1p(p * part)
    gone = -np.expm1(exponent) - np.exp(exponent) * shape * p * part / (1.0 + p * part)
    # Where hardly anybody leaves, the difference above cancels; its series does not.
    start = shape * (shape + 1.0) * part**2 * (0.5 - p * part * (shape + 2.0) / 3.0)
    few = shape * p * part < 1e-4
    return np.asarray(2.0 * (1.0 - p) * np.where(few, start, gone / p**2))


def _likelihood(
    parameters: tuple[float, ...], x: Floats, t_x: Floats, age: Floats
) -> tuple[Floats, Floats]:
    """Log-likelihood of each history and its gradient by (r, alpha, a, b), shape (4, n)."""
    from scipy.special import expit, gammaln, psi

    r, alpha, a, b = parameters
    before = np.where(x > 0, b + x - 1.0, 1.0)
    log_age, log_last = np.log(alpha + age), np.log(alpha + t_x)
    alive = -(r + x) * log_age
    left = np.where(x > 0, math.log(a) - np.log(before) - (r + x) * log_last, -np.inf)
    share = expit(left - alive)
    value = gammaln(r + x) - gammaln(r) + r * math.log(alpha) + np.logaddexp(alive, left)
    value += gammaln(b + x) - gammaln(a + b + x) - gammaln(b) + gammaln(a + b)
    both = psi(a + b) - psi(a + b + x)
    gradient = np.stack(
        [
            psi(r + x) - psi(r) + math.log(alpha) - log_age + share * (log_age - log_last),
            r / alpha - (r + x) * ((1.0 - share) / (alpha + age) + share / (alpha + t_x)),
            both + share / a,
            both + psi(b + x) - psi(b) - share / before,
        ]
    )
    return value, gradient
