"""Doubts about an experiment's numbers, before anybody acts on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from cvosim.stats.abtest.prepare import Kept, Prepared
from cvosim.stats.cohort import Cohort
from cvosim.stats.further_metrics import CLV
from cvosim.stats.metric import Mean, Ratio
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

SKEWED = 0.1
"""Skewness of a difference from which on a normal tail is off by a fifth or so."""
_ALIKE = 0.9
"""Arms of this ratio of sizes, or a higher one: what skews one mean skews the other as much."""


def doubts(ready: Sequence[Prepared], cohort: Cohort) -> Iterator[str]:
    """Say in sentences where the normal law is off because a small arm meets a long tail.

    Shares are left out: their tests know their law. So are units of several rows.

    Parameters
    ----------
    ready : sequence of Prepared
    cohort : Cohort

    Yields
    ------
    str
        One a metric, at most.
    """
    sizes = cohort.sizes
    if cohort.unit is not None or min(sizes) > _ALIKE * max(sizes):
        return
    for one in ready:
        if not isinstance(one.metric, (Mean, Ratio, CLV)):
            continue
        arms = [_linearised(one, cohort, arm) for arm in range(len(cohort.arms))]
        for arm in range(1, len(arms)):
            skew = skewness_of_difference(arms[0], arms[arm], "z")
            if abs(skew) > SKEWED:
                name = cohort.arms[arm if _pull(arms[arm]) > _pull(arms[0]) else 0]
                yield (
                    f"{one.name} is so uneven (a few units bring most of it), and "
                    f'"{name}" so small, that the normal law is off: the difference has a skewness '
                    f"of {skew:+.2f}, and false alarms fall to one side. Method permutation needs "
                    "no normal law; cvosim certify shows how far off it is"
                )
                break


def _linearised(one: Prepared, cohort: Cohort, arm: int) -> Moments:
    """Moments of what one unit adds to a metric in an arm; covariates hardly touch the tail."""
    metric = one.metric
    there = cohort.arm == arm
    if one.kept is not None:
        there = there & one.kept
    if isinstance(metric, Ratio):
        y, x = (_floats(one, column, there) for column in (metric.numerator, metric.denominator))
        below = float(np.mean(x)) or math.nan
        values = (y - float(np.mean(y)) / below * x) / below
    else:
        assert isinstance(metric, (Mean, CLV))
        values = _floats(one, metric.value, there)
    return Moments.of({"z": values})


def _floats(one: Prepared, column: str, there: Kept) -> Floats:
    return np.asarray(one.columns[column], np.float64)[there]


def _pull(arm: Moments) -> float:
    """How much an arm's mean skews a difference."""
    return abs(float(arm.cube[0])) / float(arm.count) ** 3


def skewness_of_difference(control: Moments, treatment: Moments, column: str) -> float:
    """Skewness of the difference of two means.

    ``(k_t / n_t**2 - k_c / n_c**2) / (v_t / n_t + v_c / n_c)**1.5`` with second and third
    central moments v and k; 0 at equal sizes of equal law, however skewed that is, and large
    where a small arm meets a long tail.

    Examples
    --------
    >>> one = Moments.of({"x": [0.0] * 98 + [50.0, 90.0]})
    >>> other = Moments.of({"x": [0.0] * 980 + [50.0, 90.0] * 10})
    >>> skewness_of_difference(one, one, "x"), skewness_of_difference(other, one, "x") > 0.5
    (0.0, True)
    """
    third, second = 0.0, 0.0
    for of, sign in ((treatment, 1.0), (control, -1.0)):
        n, place = float(of.count), of.place(column)
        third += sign * float(of.cube[place]) / n**3
        second += float(of.scatter[place, place]) / n**2
    return third / second**1.5 if second > 0.0 else math.nan
