"""Small conversions from what a strategist writes to what a plan stores."""

from __future__ import annotations

import math
from itertools import accumulate
from typing import Any

from cvosim.randomness.distributions import Distribution
from cvosim.scenario.delays import Delay


def logit(probability: float) -> float:
    """Log-odds; 0 for 0 and 1, which the engines never transform.

    Examples
    --------
    >>> logit(0.5), logit(1.0)
    (0.0, 0.0)
    """
    if probability <= 0.0 or probability >= 1.0:
        return 0.0
    return math.log(probability) - math.log1p(-probability)


def two_parameters(delay: Delay | None) -> tuple[int, float, float]:
    """A delay as ``(distribution, a, b)``; no delay is zero days."""
    match delay:
        case None:
            return int(Distribution.FIXED), 0.0, 0.0
        case _ if delay.kind == "fixed":
            return int(Distribution.FIXED), delay.days, 0.0
        case _ if delay.kind == "exponential":
            return int(Distribution.EXPONENTIAL), delay.mean_days, 0.0
        case _ if delay.kind == "lognormal":
            return int(Distribution.LOGNORMAL), delay.median_days, delay.sigma
        case _ if delay.kind == "gamma":
            return int(Distribution.GAMMA), delay.mean_days / delay.shape, delay.shape
        case _ if delay.kind == "weibull":
            return int(Distribution.WEIBULL), delay.scale_days, delay.shape
        case _:
            return int(Distribution.UNIFORM), delay.low_days, delay.high_days


def delay_fields(prefix: str, delay: Delay | None) -> dict[str, Any]:
    """A delay as the three record fields ``<prefix>_kind``, ``_a`` and ``_b``."""
    kind, a, b = two_parameters(delay)
    return {f"{prefix}_kind": kind, f"{prefix}_a": a, f"{prefix}_b": b}


def cumulative(shares: list[float]) -> list[float]:
    """Running sums of shares, exactly 1 from the last share that is not 0.

    Examples
    --------
    >>> cumulative([0.25, 0.75, 0.0])
    [0.25, 1.0, 1.0]
    """
    last = max(index for index, share in enumerate(shares) if share > 0.0)
    sums = list(accumulate(shares))
    # Rounding may carry a sum of many shares a little above 1 before the last one.
    return [min(total, 1.0) if index < last else 1.0 for index, total in enumerate(sums)]
