"""What a sweep is, what was done of it and by which version: enough to go on, or to refuse."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from cvosim.errors import DataError
from cvosim.experiment.sweeps.shards import Shard
from cvosim.experiment.sweeps.tasks import Line
from cvosim.scenario import scenario_hash
from cvosim.tables.manifest import TRAJECTORY_VERSION, entries_of

if TYPE_CHECKING:
    from cvosim.experiment.sweeps.design import SweepDesign

_NAMED_APART = {"customers": 1, "seed": 0}
_COUNTED = ("points", "tasks", "done", "failed_points", "merged", "format", "trajectory_version")
_WRITTEN = ("design_hash", "scenario_name", "version", "hash")
_KINDS: dict[type, str] = {int: "number", str: "text", list: "list", bool: "yes or no"}
FORMAT = 1
"""Counted up whenever a release lays a store out differently."""


class Column(NamedTuple):
    """A factor of a sweep, as its results show it."""

    path: str
    role: str


@dataclass(frozen=True)
class Outline:
    """A design without its scenario: all that is needed to read a sweep's results.

    Attributes
    ----------
    scenario_name, scenario_hash : str
        Of the scenario whose paths are set, but for its customers and seed.
    currency : str
        Unit of money.
    seed : int
        Key of all randomness.
    factors : tuple of Column
        Path and role of each.
    points : tuple of tuple
        A value for each factor.
    outcomes : tuple of str
        What is measured.
    customers, replicates : int
        Of a point: customers of each replicate, and how many replicates.
    common_luck : bool
        Whether all points meet the same customers.
    """

    scenario_name: str
    scenario_hash: str
    currency: str
    seed: int
    factors: tuple[Column, ...]
    points: tuple[tuple[object, ...], ...]
    outcomes: tuple[str, ...]
    customers: int
    replicates: int
    common_luck: bool

    @classmethod
    def of(cls, design: SweepDesign) -> Outline:
        """Outline a design."""
        scenario = design.template.scenario
        return cls(
            scenario_name=scenario.name,
            scenario_hash=scenario_hash(scenario.model_copy(update=_NAMED_APART)),
            currency=scenario.currency,
            seed=design.seed,
            factors=tuple(Column(factor.path, factor.role) for factor in design.factors),
            points=tuple(tuple(_plain(value) for value in point) for point in design.points),
            outcomes=tuple(design.outcomes),
            customers=design.customers,
            replicates=design.replicates,
            common_luck=design.common_luck,
        )

    @property
    def line(self) -> Line:
        """All tasks."""
        return Line(len(self.points), self.replicates, self.customers, self.common_luck)

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        return own | {"factors": [factor._asdict() for factor in self.factors]}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Outline:
        """Read what `to_dict` wrote."""
        own = {field.name: entries[field.name] for field in fields(cls)}
        own["factors"] = tuple(Column(**factor) for factor in own["factors"])
        own["points"] = tuple(tuple(point) for point in own["points"])
        own["outcomes"] = tuple(own["outcomes"])
        return cls(**own)

    def marks(self) -> dict[str, Any]:
        """What makes it another sweep, short enough to be shown."""
        return {
            "scenario": self.scenario_hash,
            "seed": self.seed,
            "factors": [f"{factor.path} ({factor.role})" for factor in self.factors],
            "points": _sha256(self.points),
            "outcomes": list(self.outcomes),
            "customers": self.customers,
            "replicates": self.replicates,
            "common_luck": self.common_luck,
        }

    @property
    def hash(self) -> str:
        """SHA-256 of what makes it another sweep."""
        return _sha256(self.marks())


def _plain(value: object) -> object:
    """Give a value as JSON knows it."""
    if isinstance(value, np.generic):
        return value.item()
    return value.isoformat() if isinstance(value, date) else value


def _sha256(value: object) -> str:
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class SweepManifest:
    """How a sweep, or a shard of one, came to be.

    Attributes
    ----------
    format : int
        Of the store.
    version : str
        Of cvosim.
    trajectory_version : int
        See `cvosim.tables.manifest.TRAJECTORY_VERSION`.
    design_hash : str
        SHA-256 of all that makes it another sweep.
    design : mapping
        What the hash is of, in short.
    scenario_name : str
        The author's name for the scenario.
    points, tasks, done, failed_points : int
        How many points and tasks the sweep has (or the shard), how many tasks are done, and
        how many points failed.
    finished : bool
        Whether all tasks are done, with or without error.
    hash : str
        SHA-256 over every row, in the order of points, replicates and blocks: equal for equal
        results, whoever computed them, in whichever order, at once or in parts. Empty until
        it is finished.
    shard : Shard or None
        None for a whole sweep.
    merged : int
        Shards it was merged from; 0 if it was run as a whole.
    units : tuple of str
        Of the outcomes; empty until it is finished.
    """

    design_hash: str
    design: Mapping[str, Any]
    scenario_name: str
    points: int
    tasks: int
    version: str
    done: int = 0
    failed_points: int = 0
    finished: bool = False
    hash: str = ""
    shard: Shard | None = None
    merged: int = 0
    units: tuple[str, ...] = ()
    format: int = FORMAT
    trajectory_version: int = TRAJECTORY_VERSION

    @classmethod
    def of(cls, outline: Outline, shard: Shard | None = None) -> SweepManifest:
        """Begin the manifest of a sweep of which nothing is done yet."""
        from cvosim import __version__

        tasks = len(outline.line) if shard is None else len(shard.places(outline.line))
        points = len(outline.points)
        return cls(
            design_hash=outline.hash,
            design=outline.marks(),
            scenario_name=outline.scenario_name,
            points=points,
            tasks=tasks,
            version=__version__,
            shard=shard,
        )

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        own = {field.name: getattr(self, field.name) for field in fields(self)}
        shard = None if self.shard is None else self.shard._asdict()
        return own | {"design": dict(self.design), "shard": shard, "units": list(self.units)}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> SweepManifest:
        """Read what `to_dict` wrote.

        Raises
        ------
        DataError
            When an entry is missing, or is of another kind.
        """
        own = entries_of(cls, entries)
        kinds = {int: _COUNTED, str: _WRITTEN, list: ("units",), bool: ("finished",)}
        for kind, names in kinds.items():
            for name in names:
                if type(own[name]) is not kind:
                    raise DataError(f"its entry {name} is no {_KINDS[kind]}")
        own["units"] = tuple(own["units"])
        own["shard"] = None if own["shard"] is None else Shard(**own["shard"])
        return cls(**own)
