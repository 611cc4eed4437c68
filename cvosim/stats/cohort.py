"""A cohort: the units of an experiment, which arm each is in, and what was measured of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.stats.loops import Codes
from cvosim.tables.columns import Floats

Values = NDArray[Any]


@dataclass(frozen=True)
class Cohort:
    """Units in arms, with numeric columns.

    Attributes
    ----------
    arms : tuple of str
        Control first.
    arm : ndarray of int32, shape (n,)
        Number of each row's arm.
    columns : mapping of str to array
        Numbers, n each; NaN for a missing value.
    unit : ndarray of int64 or None
        Number of the unit that was assigned, from 0, where rows are less than units (sessions,
        orders); None where every row is a unit.
    stratum : ndarray of int32 or None
        Number of each row's stratum.
    strata : tuple of str
        Names of the strata.
    assigned_day : ndarray of float64 or None
        Day on which each row's unit was assigned.
    observed_days : ndarray of float64 or None
        Days between the assignment and the end of the data.
    source : str
        Where the data come from, for messages.

    Examples
    --------
    >>> import numpy as np
    >>> arm = np.array([0, 0, 1, 1], np.int32)
    >>> Cohort(("A", "B"), arm, {"spend": np.array([0.0, 5.0, 0.0, 9.0])}).sizes
    (2, 2)
    """

    arms: tuple[str, ...]
    arm: Codes
    columns: Mapping[str, Values] = field(repr=False)
    unit: NDArray[np.int64] | None = field(default=None, repr=False)
    stratum: Codes | None = field(default=None, repr=False)
    strata: tuple[str, ...] = ()
    assigned_day: Floats | None = field(default=None, repr=False)
    observed_days: Floats | None = field(default=None, repr=False)
    source: str = "the data"

    def __len__(self) -> int:
        return len(self.arm)

    @property
    def sizes(self) -> tuple[int, ...]:
        """Rows in each arm."""
        # several times as fast as to count all at once
        return tuple(int(np.count_nonzero(self.arm == arm)) for arm in range(len(self.arms)))

    def units_by_arm(self) -> tuple[int, ...]:
        """Assigned units in each arm: what a sample ratio is checked on."""
        if self.unit is None:
            return self.sizes
        _, first = np.unique(self.unit, return_index=True)
        return tuple(np.bincount(self.arm[first], minlength=len(self.arms)).tolist())

    def column(self, name: str) -> Values:
        """Give one column.

        Raises
        ------
        DataError
            If there is none of this name; says which there are.
        """
        if name not in self.columns:
            known = ", ".join(self.columns) or "none"
            raise DataError(f'{self.source}: no column "{name}"; there are {known}')
        return self.columns[name]

    def of_arm(self, arm: int, name: str) -> Floats:
        """One arm's values of a column, as floats."""
        return np.asarray(self.column(name)[self.arm == arm], np.float64)

    def where(self, kept: NDArray[np.bool_]) -> Cohort:
        """Some of the rows."""

        def part(values: Any) -> Any:
            return None if values is None else values[kept]

        return replace(
            self,
            arm=self.arm[kept],
            columns={name: values[kept] for name, values in self.columns.items()},
            unit=part(self.unit),
            stratum=part(self.stratum),
            assigned_day=part(self.assigned_day),
            observed_days=part(self.observed_days),
        )
