"""What many replications of a test show, each number with its Monte-Carlo error."""

from __future__ import annotations

import math
from enum import StrEnum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.tables.columns import Floats

CONFIDENCE = 0.99
"""Of the Monte-Carlo intervals of rates: with four of them to a certificate, a sound procedure
is misjudged in at most 4 % of certificates."""
SILENCE = 0.01
"""Share of tests without an answer above which nobody can tell whether a promise is kept."""
TOLERANCE = 0.4
"""Largest error of a tail, as a part of what it promises, unless another is asked for. Between
the strict tenth and the liberal half of Bradley (1978, British Journal of Mathematical and
Statistical Psychology 31:144-152)."""


class Verdict(StrEnum):
    """What a certificate says."""

    PASSES = "passes"
    SAFE = "passes, with fewer false alarms than allowed"
    FAILS = "fails"
    SILENT = "cannot tell: too many tests without an answer"
    UNKNOWN = "cannot tell with so few replications"

    @property
    def passed(self) -> bool:
        """Whether the promise is kept."""
        return self in (Verdict.PASSES, Verdict.SAFE)


class Rate(NamedTuple):
    """A share of replications, with its 99 % Wilson interval (1927)."""

    value: float
    low: float
    high: float
    n: int

    @classmethod
    def of(cls, events: NDArray[np.bool_]) -> Rate:
        """Share of true ones; NaN of none.

        Examples
        --------
        >>> rate = Rate.of(np.arange(1000) < 25)
        >>> rate.value, round(rate.low, 4), round(rate.high, 4)
        (0.025, 0.0151, 0.0412)
        """
        n = len(events)
        if not n:
            return cls(math.nan, math.nan, math.nan, 0)
        from scipy.special import ndtri

        square = float(ndtri(0.5 + CONFIDENCE / 2.0)) ** 2
        share = float(events.mean())
        centre = (share + square / (2 * n)) / (1.0 + square / n)
        reach = math.sqrt(square * share * (1.0 - share) / n + square**2 / (4.0 * n * n))
        reach /= 1.0 + square / n
        low = 0.0 if share == 0.0 else centre - reach
        return cls(share, low, 1.0 if share == 1.0 else centre + reach, n)


class Figure(NamedTuple):
    """A mean over replications and its standard error."""

    value: float
    error: float

    @classmethod
    def of(cls, values: Floats) -> Figure:
        """Mean of those that are known; NaN of fewer than two."""
        known = values[np.isfinite(values)]
        if len(known) < 2:
            return cls(math.nan, math.nan)
        return cls(float(known.mean()), float(known.std(ddof=1) / math.sqrt(len(known))))


class Check(NamedTuple):
    """A promise: what came, and what is allowed."""

    name: str
    rate: Rate
    lower: float
    upper: float
    verdict: Verdict


def tail_check(name: str, rate: Rate, nominal: float, tolerance: float) -> Check:
    """Judge the false alarms of one tail.

    A tail passes when its whole Monte-Carlo interval is at most ``nominal + tolerance``, fails
    when the whole interval is above it. One that is wholly below ``nominal - tolerance`` keeps
    its promise too, and pays for that with power.

    Examples
    --------
    >>> rate = Rate.of(np.arange(10_000) < 250)
    >>> tail_check("upper", rate, 0.025, 0.0075).verdict.value
    'passes'
    >>> tail_check("upper", rate, 0.01, 0.003).verdict.value
    'fails'
    """
    lower, upper = max(nominal - tolerance, 0.0), nominal + tolerance
    if rate.low > upper:
        verdict = Verdict.FAILS
    elif rate.high > upper:
        verdict = Verdict.UNKNOWN
    else:
        verdict = Verdict.SAFE if rate.high < lower else Verdict.PASSES
    return Check(name, rate, lower, upper, verdict)


def sum_check(rate: Rate, nominal: float, tolerance: float) -> Check:
    """Judge the false alarms of both tails together.

    They may exceed ``nominal``, promised in all, by no more than ``sqrt(2) * tolerance``, with
    ``tolerance`` for either tail: as errors of two tails add up that have nothing to do with each
    other. One tail may use its tolerance up, but not both. With 5 % promised and tails of
    2.5 ± 1 %, 3.4 % in one tail may pass; 3.4 % in both are 6.8 %, above 6.4 %. As few are too
    few as in both tails: ``nominal - 2 * tolerance``.

    Examples
    --------
    >>> tail, both = Rate.of(np.arange(90_000) < 3000), Rate.of(np.arange(90_000) < 6000)
    >>> tail_check("above", tail, 0.025, 0.01).verdict.value
    'passes'
    >>> sum_check(both, 0.05, 0.01).verdict.value
    'fails'
    """
    found = tail_check("all", rate, nominal, math.sqrt(2.0) * tolerance)
    lower = max(nominal - 2.0 * tolerance, 0.0)
    if found.verdict is Verdict.SAFE and rate.high >= lower:
        found = found._replace(verdict=Verdict.PASSES)
    return found._replace(lower=lower)


def coverage_check(rate: Rate, level: float, tolerance: float) -> Check:
    """Judge how often intervals hold the truth: too often is allowed."""
    lower = level - tolerance
    if rate.high < lower:
        verdict = Verdict.FAILS
    else:
        verdict = Verdict.UNKNOWN if rate.low < lower else Verdict.PASSES
    return Check("coverage", rate, lower, 1.0, verdict)


def together(checks: tuple[Check, ...]) -> Verdict:
    """Give the worst verdict of some checks."""
    order = (Verdict.FAILS, Verdict.SILENT, Verdict.UNKNOWN, Verdict.SAFE, Verdict.PASSES)
    return min((check.verdict for check in checks), key=order.index)


def plain(value: Any) -> Any:
    """Turn what is not finite into None, for JSON."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, StrEnum):
        return str(value)
    if hasattr(value, "_asdict"):
        return {key: plain(part) for key, part in value._asdict().items()}
    return value
