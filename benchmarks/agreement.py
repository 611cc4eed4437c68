"""Whether two simulations of the same thing say the same, up to luck."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import CvosimError

ERROR_RATE = 1e-4
"""Chance that a comparison of several figures stops a run though both sides are right.

Over seeds: those of the benchmarks are fixed, so the same versions agree again and again. Split
evenly over the figures (Bonferroni), each judged by a normal bound on its difference.
"""


@dataclass(frozen=True)
class Figure:
    """A mean, and how far luck carries it."""

    mean: float
    error: float


Figures = Mapping[str, Figure]
Array = NDArray[np.float64]


def mean(values: NDArray[np.generic] | Sequence[float]) -> Figure:
    """Of independent customers; luck is unknown with fewer than two of them."""
    found = np.asarray(values, np.float64)
    if len(found) < 2:
        return Figure(math.nan, math.nan)
    return Figure(float(found.mean()), float(found.std(ddof=1)) / math.sqrt(len(found)))


def bound(figures: int, error_rate: float = ERROR_RATE) -> float:
    """Standard errors that none of so many right figures exceeds, but for the error rate."""
    return NormalDist().inv_cdf(1.0 - error_rate / (2.0 * figures))


def insist(name: str, theirs: Figures, ours: Figures, error_rate: float = ERROR_RATE) -> float:
    """Return the largest difference in standard errors; it must be one that luck may bring.

    Raises
    ------
    CvosimError
        When a figure differs by more: times would mean nothing.
    """
    limit, largest = bound(len(ours), error_rate), 0.0
    for what, own in ours.items():
        other = theirs[what]
        distance = _distance(other, own)
        if not distance <= limit:
            raise CvosimError(
                f"{name} disagrees with the kernel on {what}: {other.mean:.6g} and "
                f"{own.mean:.6g}, {distance:.1f} standard errors apart (at most {limit:.1f}), "
                "so times would mean nothing"
            )
        largest = max(largest, distance)
    return largest


def insist_same(
    name: str, what: str, theirs: Sequence[float] | Array, ours: Sequence[float] | Array, by: float
) -> None:
    """Two computations of the same numbers may differ by rounding, and no more than this.

    Raises
    ------
    CvosimError
        When one differs by more: times would mean nothing.
    """
    apart = float(np.max(np.abs(np.asarray(theirs) - np.asarray(ours))))
    if not apart <= by:
        raise CvosimError(
            f"{name} disagrees on {what} by {apart:.3g} (at most {by:.3g}), so times would mean "
            "nothing"
        )


def _distance(one: Figure, other: Figure) -> float:
    """In standard errors; NaN, which no bound allows, where nobody knows one of them."""
    difference, error = abs(one.mean - other.mean), math.hypot(one.error, other.error)
    if error == 0.0:
        return 0.0 if difference == 0.0 else math.inf
    return difference / error
