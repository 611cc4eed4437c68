"""Shares with their intervals."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEVEL = 0.90
"""Coverage of every interval of a calibration."""
Z = 1.6448536269514722
"""Half width of such an interval in standard errors."""


def logit(p: float) -> float:
    """Log-odds of a probability; infinite at 0 and 1."""
    if p <= 0.0 or p >= 1.0:
        return -math.inf if p <= 0.0 else math.inf
    return math.log(p) - math.log1p(-p)


def expit(x: float) -> float:
    """Probability of log-odds."""
    if x >= 0.0:
        return 1.0 / (1.0 + math.exp(-x))
    return math.exp(x) / (1.0 + math.exp(x))


@dataclass(frozen=True)
class Share:
    """A share of people, 0 to 1, with its 90 % interval.

    Attributes
    ----------
    value, low, high : float
        The share and its interval.
    successes, trials : int
        What it was counted from.

    Examples
    --------
    >>> share_of(8, 100).value
    0.08
    """

    value: float
    low: float
    high: float
    successes: int
    trials: int

    @property
    def logit_error(self) -> float:
        """Standard error on the scale of log-odds; infinite for 0 and 1."""
        if not 0.0 < self.low < self.high < 1.0:
            return math.inf
        return (logit(self.high) - logit(self.low)) / (2.0 * Z)


def share_of(successes: int, trials: int) -> Share:
    """Count a share, with Jeffreys' interval (Brown, Cai & DasGupta 2001, section 4.1.2).

    Parameters
    ----------
    successes, trials : int
        At least one trial.

    Examples
    --------
    >>> found = share_of(0, 50)
    >>> found.low, round(found.high, 3)
    (0.0, 0.027)
    """
    from scipy.stats import beta
    from statsmodels.stats.proportion import proportion_confint

    low, high = proportion_confint(successes, trials, alpha=1.0 - LEVEL, method="jeffreys")
    if successes == 0:  # as Brown, Cai & DasGupta do: one-sided where only one side is possible
        low, high = 0.0, float(beta.ppf(LEVEL, 0.5, trials + 0.5))
    if successes == trials:
        low, high = float(beta.ppf(1.0 - LEVEL, trials + 0.5, 0.5)), 1.0
    return Share(successes / trials, float(low), float(high), int(successes), int(trials))


def share_from_logit(at: float, error: float, successes: int, trials: int) -> Share:
    """Make a share of fitted log-odds and their standard error (Wald's interval on that scale)."""
    return Share(expit(at), expit(at - Z * error), expit(at + Z * error), successes, trials)
