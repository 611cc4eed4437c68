"""What every procedure gives back, so that any of them can be judged by the same certificate."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from cvosim.stats.contrast import Alternative, Contrast
from cvosim.tables.columns import Floats


class Tested(NamedTuple):
    """An estimate, its test and its interval: of one experiment, or of thousands at once.

    Attributes
    ----------
    estimate : ndarray of float64, shape (...)
        Treatment less control, or the lift, whichever the procedure is about.
    standard_error : ndarray of float64, shape (...)
        NaN where a procedure has none.
    p_above, p_below : ndarray of float64, shape (...)
        One-sided p-values: small ``p_above`` speaks for an effect above 0.
    low, high : ndarray of float64, shape (...)
        Confidence interval; one end is infinite for a one-sided question.

    Examples
    --------
    >>> found = Contrast(*map(np.float64, (1.0, 3.0, 2.0, 1.0, np.inf)))
    >>> tested = Tested.of(found)
    >>> round(float(tested.low), 4), round(float(tested.p_value()), 4)
    (0.04, 0.0455)
    """

    estimate: Floats
    standard_error: Floats
    p_above: Floats
    p_below: Floats
    low: Floats
    high: Floats

    @classmethod
    def of(
        cls, found: Contrast, level: float = 0.95, alternative: Alternative = "two-sided"
    ) -> Tested:
        """The t- or normal test of a contrast."""
        low, high = found.interval(level, alternative)
        return cls(found.difference, found.standard_error, *found.tails(), low, high)

    def p_value(self, alternative: Alternative = "two-sided") -> Floats:
        """Probability, without an effect, of an estimate at least as far out.

        A two-sided one is twice that of the nearer tail, at most 1.
        """
        if alternative == "two-sided":
            return np.minimum(2.0 * np.fmin(self.p_above, self.p_below), 1.0)
        return self.p_above if alternative == "greater" else self.p_below


# it tests something, and pytest would take it for one of its own
Tested.__test__ = False  # type: ignore[attr-defined]


def tail_sizes(level: float, alternative: Alternative) -> tuple[float, float]:
    """Error allowed below the interval and above it; 0 where it has no end.

    Examples
    --------
    >>> [round(error, 3) for error in tail_sizes(0.95, "two-sided")], tail_sizes(0.5, "less")
    ([0.025, 0.025], (0.0, 0.5))
    """
    error = 1.0 - level
    if alternative == "two-sided":
        return error / 2.0, error / 2.0
    return (error, 0.0) if alternative == "greater" else (0.0, error)
