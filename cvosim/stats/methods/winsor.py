"""Capping extreme values, with what it does to the question that is asked.

One limit for all arms together: a limit for each would cap away part of the effect. The capped
mean is another quantity than the mean, and how far they are apart is reported with its error.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.cohort import Cohort
from cvosim.stats.methods.clusters import units_of
from cvosim.stats.metric import Mean, Ratio
from cvosim.tables.columns import Floats


class Cap(NamedTuple):
    """Limits of one column.

    Attributes
    ----------
    column : str
    percentile : float
        Of all arms' values together, at which the upper limit lies.
    high : float
        Larger values were set to it.
    low : float
        Smaller values were set to it; -inf for none.
    share_rows : float
        Of rows that were changed.
    share_value : float
        Of the column's total that was taken off, or added where negative; NaN if the total is 0.
    """

    column: str
    percentile: float
    high: float
    low: float
    share_rows: float
    share_value: float

    @property
    def words(self) -> str:
        """Say it."""
        also = "" if np.isneginf(self.low) else f" and at {self.low:,.6g} from below"
        rows, value = 100 * self.share_rows, 100 * self.share_value
        return (
            f"{self.column} capped at {self.high:,.6g}{also} (percentile {self.percentile:g} of "
            f"all arms): {rows:.3g} % of rows, {value:.3g} % of the total"
        )


class Shift(NamedTuple):
    """What capping changes in the comparison of a treatment with control: capped less uncapped.

    Attributes
    ----------
    treatment : str
    control_value, treatment_value : float
        Of the metric in either arm.
    difference : float
        Of their difference: the part of the effect that the capped metric does not see.
    standard_error : float
        Of ``difference``; by unit, where units have several rows.
    uncapped : float
        The difference without capping.
    """

    treatment: str
    control_value: float
    treatment_value: float
    difference: float
    standard_error: float
    uncapped: float

    @property
    def words(self) -> str:
        """Say it."""
        told = f"{self.uncapped:.6g} to {self.uncapped + self.difference:.6g}"
        return (
            f"capping changes the difference from {told} "
            f"({self.difference:+.4g} ± {self.standard_error:.2g})"
        )


class Winsorised(NamedTuple):
    """A cohort with capped columns.

    Attributes
    ----------
    cohort : Cohort
        With the metric's columns capped, all others as they were.
    caps : tuple of Cap
        One a column.
    shifts : tuple of Shift
        One a treatment, in the order of the cohort's arms.
    """

    cohort: Cohort
    caps: tuple[Cap, ...]
    shifts: tuple[Shift, ...]


def winsorise(
    cohort: Cohort, metric: Mean | Ratio, percentile: float, lower: float | None = None
) -> Winsorised:
    """Cap the columns of a metric at percentiles of all arms together.

    A ratio's numerator and denominator are each capped at their own percentile; covariates, and
    columns of zeros and ones, are left alone. A percentile is interpolated linearly (Hyndman &
    Fan 1996, type 7).

    Parameters
    ----------
    cohort : Cohort
        Without missing values in the metric's columns.
    metric : Mean or Ratio
    percentile : float
        Above 50 and below 100.
    lower : float, optional
        Percentile to cap at from below, below 50: for values such as contribution that can be
        very negative.

    Raises
    ------
    DataError
        If a percentile is out of range, or so near the middle that all values would become equal.

    Examples
    --------
    >>> arm = np.repeat(np.array([0, 1], np.int32), 50)
    >>> cohort = Cohort(("A", "B"), arm, {"spend": np.arange(100.0) ** 2})
    >>> found = winsorise(cohort, Mean("spend"), 90)
    >>> print(found.caps[0].words)
    spend capped at 7,938.9 (percentile 90 of all arms): 10 % of rows, 3.04 % of the total
    >>> print(found.shifts[0].words)
    capping changes the difference from 4950 to 4750.08 (-199.9 ± 67)
    """
    if not 50.0 < percentile < 100.0:
        raise DataError(f"the percentile to cap at is {percentile:g}; it must be in 50..100")
    if lower is not None and not 0.0 < lower < 50.0:
        raise DataError(f"the lower percentile to cap at is {lower:g}; it must be in 0..50")
    names = (metric.value,) if isinstance(metric, Mean) else (metric.numerator, metric.denominator)
    capped, caps = dict(cohort.columns), []
    for name in dict.fromkeys(names):
        values = np.asarray(cohort.column(name), np.float64)
        cap, capped[name] = _capped(values, name, percentile, lower)
        caps.append(cap)
    parts = [
        _changes({name: columns[name] for name in names}, cohort)
        for columns in (cohort.columns, capped)
    ]
    shifts = tuple(_shift(cohort, parts, arm) for arm in range(1, len(cohort.arms)))
    return Winsorised(replace(cohort, columns=capped), tuple(caps), shifts)


def _capped(
    values: Floats, name: str, percentile: float, lower: float | None
) -> tuple[Cap, Floats]:
    """One column's limits, and its values within them."""
    bad = int(np.sum(~np.isfinite(values)))
    if bad or not len(values):
        found = f"has no number in {bad:,} rows" if bad else "has no rows"
        raise DataError(f'column "{name}" {found}; leave them out before capping')
    if ((values == 0.0) | (values == 1.0)).all():  # a share has no tail
        return Cap(name, percentile, 1.0, -np.inf, 0.0, 0.0), values
    high = float(np.quantile(values, percentile / 100.0))
    low = -np.inf if lower is None else float(np.quantile(values, lower / 100.0))
    if high <= max(low, float(values.min())):
        least = 100.0 * float(np.mean(values <= high))
        raise DataError(
            f"percentile {percentile:g} of {name} is {high:g}: capping there makes all values "
            f"equal; take one above {least:.4g}"
        )
    inside = np.clip(values, low, high)
    total = float(values.sum())
    share = float((values - inside).sum()) / total if total != 0.0 else np.nan
    return Cap(name, percentile, high, low, float(np.mean(inside != values)), share), inside


def _changes(columns: Mapping[str, Floats], cohort: Cohort) -> list[tuple[float, Floats]]:
    """Metric of each arm, and its units' linearised values (Deng, Knoblich & Lu 2018)."""
    found = []
    for arm in range(len(cohort.arms)):
        y, *below = (
            np.asarray(column, np.float64)[cohort.arm == arm] for column in columns.values()
        )
        if not below:
            found.append((float(y.mean()), y))
            continue
        scale = float(below[0].mean()) or np.nan
        ratio = float(y.mean()) / scale
        found.append((ratio, (y - ratio * below[0]) / scale))
    return found


def _shift(cohort: Cohort, parts: list[list[tuple[float, Floats]]], arm: int) -> Shift:
    """What capping changes for one treatment."""
    raw, capped = parts
    moves = [capped[i][0] - raw[i][0] for i in (0, arm)]
    units = [capped[i][1] - raw[i][1] for i in (0, arm)]
    code = None if cohort.unit is None else units_of(cohort).code
    errors = [
        _error(rows, None if code is None else code[cohort.arm == which])
        for rows, which in zip(units, (0, arm), strict=True)
    ]
    return Shift(
        cohort.arms[arm], moves[0], moves[1], moves[1] - moves[0],
        float(np.hypot(errors[0], errors[1])), raw[arm][0] - raw[0][0],
    )  # fmt: skip


def _error(rows: Floats, code: NDArray[np.int64] | None) -> float:
    """Standard error of the mean of linearised values, their units being independent.

    ``G / (G - 1) sum(s**2) / N**2`` with ``s`` the sums of the G units' deviations, N rows (Liang
    & Zeger 1986); with one row a unit it is the variance over N.
    """
    scale = float(np.max(np.abs(rows), initial=0.0)) or 1.0  # squares of huge values are none
    apart = rows / scale
    apart = apart - apart.mean()
    if code is not None:
        _, own = np.unique(code, return_inverse=True)
        apart = np.bincount(own, apart).astype(np.float64)
    if len(apart) < 2:
        return float("nan")
    spread = float(np.sum(apart**2)) * len(apart) / (len(apart) - 1)
    return scale * float(np.sqrt(spread)) / len(rows)
