"""What a sweep found, by point."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from cvosim.errors import DataError
from cvosim.experiment.sweeps.manifest import Outline, SweepManifest
from cvosim.metrics.estimate import number_or_none
from cvosim.scenario.raw import nearest

if TYPE_CHECKING:
    import pandas as pd

    from cvosim.experiment.sweeps.design import SweepDesign

Floats = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class SweepTable:
    """Outcomes of every point of a sweep, as its store keeps them.

    Attributes
    ----------
    outline : Outline
        Factors, points, outcomes, customers and luck.
    values : ndarray of float64, shape (points, replicates, outcomes)
        By replicate; NaN where a point failed, was not run (in a shard), or the journey lacks
        the outcome.
    pooled, standard_errors : ndarray of float64, shape (points, outcomes)
        Of all replicates together.
    units : tuple of str
        Of the outcomes; empty where no point has it.
    errors : mapping of int to str
        Why points failed, by point, counted from 0.
    manifest : SweepManifest
        Versions, counts, and the hash of all rows.
    notes : tuple of str
        What had to be done again because a file was damaged.
    """

    outline: Outline = field(repr=False)
    values: Floats = field(repr=False)
    pooled: Floats = field(repr=False)
    standard_errors: Floats = field(repr=False)
    units: tuple[str, ...]
    errors: Mapping[int, str]
    manifest: SweepManifest = field(repr=False)
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.pooled)

    def outcome(self, name: str) -> tuple[Floats, Floats]:
        """One outcome over the points, pooled over replicates, and its standard errors.

        Raises
        ------
        DataError
            When the sweep did not measure it.
        """
        column = self.column(name)
        return self.pooled[:, column], self.standard_errors[:, column]

    def column(self, name: str) -> int:
        """Which of the outcomes it is."""
        known = list(self.outline.outcomes)
        if name not in known:
            hint = nearest(name, known) or f"; there are: {', '.join(known)}"
            raise DataError(f'outcomes: the sweep did not measure "{name}"{hint}')
        return known.index(name)

    def table(self) -> pd.DataFrame:
        """One row a point: a column for each factor and outcome, standard errors, and the error."""
        import pandas as pd

        return pd.DataFrame(point_columns(self))

    def replicates(self) -> pd.DataFrame:
        """One row a replicate of a point, with the value of each outcome."""
        import pandas as pd

        return pd.DataFrame(replicate_columns(self))

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON: what is not a number is null."""
        outline = self.outline
        return {
            "manifest": self.manifest.to_dict(),
            "factors": [factor._asdict() for factor in outline.factors],
            "outcomes": [
                {"name": name, "unit": unit}
                for name, unit in zip(outline.outcomes, self.units, strict=True)
            ],
            "points": [self._point(number) for number in range(len(self))],
            "notes": list(self.notes),
        }

    def _point(self, number: int) -> dict[str, Any]:
        outline = self.outline
        paths = [factor.path for factor in outline.factors]
        found = zip(self.pooled[number], self.standard_errors[number], strict=True)
        outcomes = {
            name: {"value": number_or_none(float(v)), "standard_error": number_or_none(float(e))}
            for name, (v, e) in zip(outline.outcomes, found, strict=True)
        }
        values = dict(zip(paths, outline.points[number], strict=True))
        entries: dict[str, Any] = {"point": number, "factors": values, "outcomes": outcomes}
        return entries | {"error": self.errors.get(number)}


@dataclass(frozen=True, kw_only=True)
class SweepResult(SweepTable):
    """What `run_sweep` found, with the design that it ran.

    Attributes
    ----------
    design : SweepDesign
        As given.
    """

    design: SweepDesign = field(repr=False)


def point_columns(sweep: SweepTable) -> dict[str, Any]:
    """Give the columns of the table of points."""
    count = len(sweep)
    columns: dict[str, Any] = {"point": np.arange(count)} | factor_columns(sweep.outline)
    for i, name in enumerate(sweep.outline.outcomes):
        columns[name] = sweep.pooled[:, i]
        columns[f"{name}.standard_error"] = sweep.standard_errors[:, i]
    return columns | {"error": [sweep.errors.get(number, "") for number in range(count)]}


def replicate_columns(sweep: SweepTable) -> dict[str, Any]:
    """Give the columns of the table of replicates."""
    points, replicates, _ = sweep.values.shape
    columns: dict[str, Any] = {
        "point": np.repeat(np.arange(points), replicates),
        "replicate": np.tile(np.arange(replicates), points),
    }
    flat = sweep.values.reshape(points * replicates, -1)
    return columns | {name: flat[:, i] for i, name in enumerate(sweep.outline.outcomes)}


def factor_columns(outline: Outline) -> dict[str, Any]:
    """Give a column of values for each factor: numbers, or words, or JSON where it must be."""
    columns = {}
    for i, factor in enumerate(outline.factors):
        columns[factor.path] = _plain([point[i] for point in outline.points])
    return columns


def _plain(values: list[object]) -> Any:
    if all(type(value) is bool for value in values):
        return np.array(values, np.bool_)
    if all(type(value) is int and abs(value) < 2**63 for value in values):
        return np.array(values, np.int64)
    if all(type(value) in {int, float} or value is None for value in values):
        return np.array([np.nan if value is None else value for value in values], np.float64)
    if all(isinstance(value, str) or value is None for value in values):
        return values
    return [value if isinstance(value, str) else json.dumps(value) for value in values]
