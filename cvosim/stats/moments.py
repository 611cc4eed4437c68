"""Counts, means and centred products of columns: what tests of means and ratios need.

They add up, over chunks, days and cohorts, and may have leading axes: arms, strata, replications.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from cvosim.tables.columns import Floats


@dataclass(frozen=True)
class Moments:
    """Moments of some columns in one group of units, or in an array of groups.

    Attributes
    ----------
    columns : tuple of str
        Names of the k columns.
    count : ndarray of float64, shape (...)
        Units in each group.
    mean : ndarray of float64, shape (..., k)
    scatter : ndarray of float64, shape (..., k, k)
        Sums of products of deviations from the mean.
    cube : ndarray of float64, shape (..., k)
        Sums of third powers of deviations from the mean.

    Examples
    --------
    >>> first = Moments.of({"spend": [1.0, 2.0, 3.0]})
    >>> both = first + Moments.of({"spend": [10.0]})
    >>> float(both.count), float(both.mean_of("spend")), float(both.variance("spend"))
    (4.0, 4.0, 16.666666666666668)
    """

    columns: tuple[str, ...]
    count: Floats
    mean: Floats
    scatter: Floats
    cube: Floats

    @classmethod
    def of(cls, values: dict[str, Any]) -> Moments:
        """Moments of one group, from one array a column, all of the same length."""
        table = np.array([np.asarray(column, np.float64) for column in values.values()])
        count = table.shape[1]
        mean = table.mean(axis=1) if count else np.zeros(len(table))
        apart = table - mean[:, None]
        cube = (apart**3).sum(axis=1)
        return cls(tuple(values), np.float64(count), mean, apart @ apart.T, cube)  # type: ignore[arg-type]

    @classmethod
    def of_sums(
        cls, columns: tuple[str, ...], shift: Floats, sums: tuple[Floats, Floats, Floats, Floats]
    ) -> Moments:
        """Moments from counts and from sums of first, second and third powers about ``shift``.

        Parameters
        ----------
        columns : tuple of str
        shift : ndarray of float64, shape (k,) or (..., k)
            What was taken off before summing; near the mean, nothing is lost by rounding.
        sums : tuple of ndarray of float64
            Counts (...), sums (..., k), sums of products (..., k, k), of third powers (..., k).
        """
        count, first, second, third = sums
        size = np.maximum(count, 1.0)
        off = first / size[..., None]
        scatter = second - first[..., :, None] * off[..., None, :]
        squares = np.diagonal(second, axis1=-2, axis2=-1)
        cube = third - 3.0 * off * squares + 2.0 * size[..., None] * off**3
        return cls(columns, count, shift + off, scatter, cube)

    def __getitem__(self, group: Any) -> Moments:
        """Some of the groups, by index of the leading axes."""
        parts = (self.count, self.mean, self.scatter, self.cube)
        return Moments(self.columns, *(part[group] for part in parts))

    def __add__(self, other: Moments) -> Moments:
        """Moments of the union (Chan, Golub & LeVeque 1979; Pébay 2008, eq. 2.1)."""
        if self.columns != other.columns:
            raise ValueError(f"different columns: {self.columns} and {other.columns}")
        n, m = self.count, other.count
        total = n + m
        size = np.maximum(total, 1.0)
        gap = other.mean - self.mean
        weight = (n * m / size)[..., None]
        cross = weight[..., None] * gap[..., :, None] * gap[..., None, :]
        mine, theirs = self._squares(), other._squares()
        skew = weight * ((n - m) / size)[..., None] * gap**3
        tilt = 3.0 * gap * (n[..., None] * theirs - m[..., None] * mine) / size[..., None]
        return Moments(
            self.columns,
            total,
            self.mean + gap * (m / size)[..., None],
            self.scatter + other.scatter + cross,
            self.cube + other.cube + skew + tilt,
        )

    def merged(self, axis: int = 0) -> Moments:
        """Moments of all groups along one of the leading axes together."""
        groups = [self[(slice(None),) * axis + (i,)] for i in range(self.count.shape[axis])]
        total = groups[0]
        for group in groups[1:]:
            total = total + group
        return total

    def place(self, column: str) -> int:
        """Where a column stands."""
        return self.columns.index(column)

    def mean_of(self, column: str) -> Floats:
        """Mean of a column in each group."""
        found: Floats = self.mean[..., self.place(column)]
        return found

    def variance(self, column: str) -> Floats:
        """Sample variance of a column (ddof = 1); NaN with fewer than two units."""
        return self.covariance(column, column)

    def covariance(self, one: str, other: str) -> Floats:
        """Sample covariance of two columns (ddof = 1); NaN with fewer than two units."""
        free = np.where(self.count > 1.0, self.count - 1.0, np.nan)
        found: Floats = self.scatter[..., self.place(one), self.place(other)] / free
        return found

    def skewness(self, column: str) -> Floats:
        """Third standardised moment of a column (g1 of Joanes & Gill 1998); NaN if constant."""
        place = self.place(column)
        spread = self.scatter[..., place, place]
        with np.errstate(divide="ignore", invalid="ignore"):
            found: Floats = np.sqrt(self.count) * self.cube[..., place] / spread**1.5
        return found

    def _squares(self) -> Floats:
        return np.diagonal(self.scatter, axis1=-2, axis2=-1)
