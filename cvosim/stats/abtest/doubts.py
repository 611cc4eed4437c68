"""Doubts about an experiment's numbers, before anybody acts on them."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from cvosim.stats.abtest.prepare import Prepared
from cvosim.stats.cohort import Cohort
from cvosim.stats.moments import Moments

SKEWED = 0.1
"""Skewness of a difference from which on a normal tail is off by a fifth or so."""


def doubts(ready: Sequence[Prepared], sums: Mapping[str, Moments], cohort: Cohort) -> Iterator[str]:
    """Say in sentences what may be wrong with the normal law here.

    Parameters
    ----------
    ready : sequence of Prepared
    sums : mapping of str to Moments
        By metric.
    cohort : Cohort

    Yields
    ------
    str
    """
    for one in ready:
        if one.name not in sums or len(one.metric.columns) > 1:
            continue
        moments = sums[one.name]
        whole = moments.merged() if cohort.stratum is not None else moments
        (column,) = one.metric.columns
        for arm in range(1, len(cohort.arms)):
            skew = skewness_of_difference(whole[0], whole[arm], column)
            if abs(skew) > SKEWED:
                few = cohort.arms[arm if skew > 0 else 0]
                yield (
                    f"{one.name} is so uneven (a few units bring most of it), and "
                    f'"{few}" so small, that the normal law is off: the difference has a skewness '
                    f"of {skew:+.2f}, and false alarms fall to one side. Method permutation needs "
                    "no normal law; cvosim certify shows how far off it is"
                )
                break


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
