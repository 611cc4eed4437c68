"""How much each unit matters for a metric: influence values, the jackknife and acceleration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.stats.metric import MomentMetric
from cvosim.stats.moments import Moments
from cvosim.tables.columns import Floats

Values = Mapping[str, Any]
Statistic = Callable[[Moments], Floats]
Kind = Literal["infinitesimal", "jackknife"]

HUGE = 1e100
"""Largest value whose third power is still a number, and one over the smallest."""
_CHUNK = 65536
_STEP = 1e-4
"""Weight that a unit gains and loses to see a slope, over the number of units."""


class Influence(NamedTuple):
    """What each unit of either arm moves the comparison by, times the units of its arm.

    Attributes
    ----------
    control, treatment : ndarray of float64, shape (n,)
        They sum to 0 in each arm, but for rounding.
    """

    control: Floats
    treatment: Floats

    @property
    def variance(self) -> float:
        """Nonparametric delta variance (Davison & Hinkley 1997, eq. 2.36), added over arms."""
        return sum(float(np.sum(part**2)) / len(part) ** 2 for part in self)

    @property
    def acceleration(self) -> float:
        """How fast the standard error changes with the value (Efron 1987).

        ``sum l**3 / (6 (sum l**2)**1.5)`` of ``l / n``, over the units of both arms (Davison &
        Hinkley 1997, section 5.3).
        """
        units = np.concatenate([part / len(part) for part in self])
        units = units / (float(np.max(np.abs(units), initial=0.0)) or 1.0)
        spread = float(np.sum(units**2))
        return float(np.sum(units**3)) / (6.0 * spread**1.5) if spread > 0.0 else 0.0


def influences(
    metric: MomentMetric,
    control: Values,
    treatment: Values,
    statistic: Callable[[Floats, Floats], Floats] | None = None,
    kind: Kind = "infinitesimal",
) -> Influence:
    """Influence of every unit on the comparison of two arms.

    Parameters
    ----------
    metric : Mean, Ratio or any other of moments
    control, treatment : mapping of str to array
        The metric's columns, one row a unit.
    statistic : callable, optional
        Of the metric in control and in treatment; treatment less control by default.
    kind : {"infinitesimal", "jackknife"}
        Slopes in a unit's weight (Davison & Hinkley 1997, section 2.7.2), or what leaving it out
        changes, times n - 1 (section 2.7.3).

    Examples
    --------
    >>> from cvosim.stats.metric import Mean
    >>> found = influences(Mean("x"), {"x": [1.0, 3.0]}, {"x": [0.0, 6.0]})
    >>> found.control.round(6).tolist(), found.treatment.round(6).tolist()
    ([1.0, -1.0], [-3.0, 3.0])
    """
    tables = [table_of(metric, values) for values in (control, treatment)]
    one, other = (Moments.of(dict(zip(metric.columns, t, strict=True))) for t in tables)

    def compared(c: Moments, t: Moments) -> Floats:
        arms = metric.arms(c, t)
        values = arms.control.value, arms.treatment.value
        return values[1] - values[0] if statistic is None else statistic(*values)

    return Influence(
        _influence(one, tables[0], lambda moved: compared(moved, other), kind),
        _influence(other, tables[1], lambda moved: compared(one, moved), kind),
    )


def table_of(metric: MomentMetric, values: Values) -> Floats:
    """The metric's columns as rows of one array.

    Raises
    ------
    DataError
        Where a column is missing or has no number in some row, there are fewer than two units, or
        values are so large or small that their third powers are no numbers.
    """
    missing = [name for name in metric.columns if name not in values]
    if missing:
        known = ", ".join(values) or "none"
        raise DataError(f'no column "{missing[0]}"; there are {known}')
    table = np.array([np.asarray(values[name], np.float64) for name in metric.columns])
    if table.shape[1] < 2:
        raise DataError(f"an arm has {table.shape[1]} units; resampling needs at least 2")
    for name, column in zip(metric.columns, table, strict=True):
        bad = int(np.sum(~np.isfinite(column)))
        if bad:
            raise DataError(f'column "{name}" has no number in {bad:,} rows; leave them out first')
        _refuse_extreme(name, float(np.max(np.abs(column))))
    return table


def _refuse_extreme(name: str, largest: float) -> None:
    """Refuse values whose squares and third powers leave the range of doubles."""
    if largest > HUGE or 0.0 < largest < 1.0 / HUGE:
        raise DataError(
            f'column "{name}" has values of up to {largest:.3g}; give them in another unit, so '
            f"that the largest is between {1.0 / HUGE:g} and {HUGE:g}"
        )


def _influence(of: Moments, table: Floats, statistic: Statistic, kind: Kind) -> Floats:
    """Influence of the units of one arm."""
    n = table.shape[1]
    found = np.empty(n)
    for rows in _chunks(n):
        apart = table[:, rows].T - of.mean
        if kind == "jackknife":
            # leaving a unit out is giving it the weight -1 / (n - 1)
            found[rows] = statistic(_moved(of, apart, -1.0 / (n - 1), n - 1.0))
        else:
            step = _STEP / n
            up, down = (statistic(_moved(of, apart, sign * step, float(n))) for sign in (1, -1))
            found[rows] = (up - down) / (2.0 * step)
    return (n - 1) * (np.mean(found) - found) if kind == "jackknife" else found


def _chunks(n: int) -> Iterator[slice]:
    return (slice(start, min(start + _CHUNK, n)) for start in range(0, n, _CHUNK))


def _moved(of: Moments, apart: Floats, step: float, count: float) -> Moments:
    """Moments of ``(1 - step) F + step`` at a unit, for each unit, as if of ``count`` units.

    Third powers are left out: no metric's value needs them.
    """
    outer = apart[:, :, None] * apart[:, None, :]
    scatter = count * (1.0 - step) * (of.scatter / of.count + step * outer)
    size = np.full(len(apart), count)
    return Moments(of.columns, size, of.mean + step * apart, scatter, np.zeros_like(apart))
