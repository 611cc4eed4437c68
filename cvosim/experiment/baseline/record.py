"""What scenarios came to, kept to hold later runs against."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import NamedTuple, cast

from cvosim.errors import CvosimError
from cvosim.metrics.estimate import Metrics


@dataclass(frozen=True)
class Software:
    """What a record was made with.

    Attributes
    ----------
    cvosim : str
        Release.
    trajectory_version : int
        See `cvosim.tables.manifest.TRAJECTORY_VERSION`.
    rounding : str
        How the machine rounds; see `cvosim.randomness.rounding.rounding_hash`.
    versions : mapping of str to str
        Of Python and the packages that compute: ``python``, ``numpy``, ``numba``,
        ``llvmlite``, ``scipy``.

    Examples
    --------
    >>> Software("1.0", 2, "ab12", {"numba": "0.60"}).versions["numba"]
    '0.60'
    """

    cvosim: str
    trajectory_version: int
    rounding: str
    versions: Mapping[str, str]

    def __post_init__(self) -> None:
        object.__setattr__(self, "versions", MappingProxyType(dict(self.versions)))


class Layer(NamedTuple):
    """What a scenario makes of another one.

    Attributes
    ----------
    extends : str
        The other one, as the file calls it; empty for a variant that a file lists.
    changes : tuple of str
        Paths of settings that it changes.
    keys : tuple of str
        What stands in it beside them, such as its name or its horizon.

    Examples
    --------
    >>> Layer("base.yaml", ("journey.tripwire.price",), ("name",)).extends
    'base.yaml'
    """

    extends: str
    changes: tuple[str, ...]
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Stated(Collection[str]):
    """What authors wrote: the paths of a scenario's settings that a release does not fill in.

    Attributes
    ----------
    paths : tuple of str
        Every one of them.
    bases : tuple of mapping
        What references follow from in every scenario that this one extends, the last base first:
        a variant keeps the list prices and the trust that its bases filled in.
    layers : tuple of Layer
        What it extends and changes, then what that does: a change that somebody takes back is
        looked for where it was, and not in the base, whose value counts again.

    Examples
    --------
    >>> "journey.tripwire.price" in Stated(("name", "journey.tripwire.price"))
    True
    """

    paths: tuple[str, ...]
    bases: tuple[Mapping[str, object], ...] = ()
    layers: tuple[Layer, ...] = ()

    def __contains__(self, path: object) -> bool:
        return path in self.paths

    def __iter__(self) -> Iterator[str]:
        return iter(self.paths)

    def __len__(self) -> int:
        return len(self.paths)


@dataclass(frozen=True)
class Record:
    """What one scenario came to when the baseline was written.

    Attributes
    ----------
    key : str
        Its file relative to the folder of the baseline (``funnels/shop.yaml``), or its name in
        the library; a variant that the file lists follows a colon and a space.
    settings : mapping
        The whole scenario as simulated, defaults and all, ready for JSON.
    scenario_hash, plan_hash : str
        SHA-256 of the scenario and of the plan it compiles to, as in a manifest.
    trajectory_hash : str
        SHA-256 of every bit of every customer's row, those of referred people among them.
    software : Software
        What made it.
    metrics : Metrics
        All of them, with standard errors and units.
    written : Stated or None
        The settings that stood in the file; a release fills in the rest. None where that is not
        known.
    """

    key: str
    settings: Mapping[str, object] = field(repr=False)
    scenario_hash: str
    plan_hash: str
    trajectory_hash: str
    software: Software
    metrics: Metrics = field(repr=False)
    written: Stated | None = field(default=None, repr=False)

    @property
    def customers(self) -> int:
        """Market prospects that were simulated."""
        return cast("int", self.settings["customers"])

    @property
    def seed(self) -> int:
        """Their luck."""
        return cast("int", self.settings["seed"])

    @property
    def name(self) -> str:
        """The author's name for the scenario."""
        return str(self.settings["name"])


@dataclass(frozen=True)
class Tolerances:
    """How far a metric may move before it counts as changed, as a part of its old value.

    Attributes
    ----------
    every : float
        For all metrics that have none of their own; 0.01 for one in a hundred.
    of : mapping of str to float
        For single metrics.

    Examples
    --------
    >>> allowed = Tolerances(0.01, {"cac": 0.05})
    >>> allowed.for_metric("cac"), allowed.for_metric("aov")
    (0.05, 0.01)
    """

    every: float = 0.0
    of: Mapping[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, part in (("every metric", self.every), *self.of.items()):
            if not (math.isfinite(part) and part >= 0.0):
                message = "must be a part of the old value from 0 on, such as 0.01 for 1 %"
                raise CvosimError(f"tolerance of {name}: {message} (got {part!r})")
        object.__setattr__(self, "of", MappingProxyType(dict(self.of)))

    def for_metric(self, name: str) -> float:
        """Part of the old value that a metric may move by."""
        return self.of.get(name, self.every)


@dataclass(frozen=True)
class Baseline:
    """Records of scenarios, and how much they may change; a file of it belongs into git.

    Attributes
    ----------
    records : mapping of str to Record
        By key.
    tolerances : Tolerances
        That the next check goes by.

    Examples
    --------
    >>> Baseline.from_json(Baseline({}).to_json()) == Baseline({})
    True
    """

    records: Mapping[str, Record]
    tolerances: Tolerances = field(default_factory=Tolerances)

    def __post_init__(self) -> None:
        object.__setattr__(self, "records", MappingProxyType(dict(self.records)))

    def to_json(self) -> str:
        """Write it for a file: sorted and one metric a line, so that git shows what changed."""
        from cvosim.experiment.baseline.writing import baseline_text

        return baseline_text(self)

    @classmethod
    def from_json(cls, text: str) -> Baseline:
        """Read what `to_json` wrote.

        Raises
        ------
        BaselineError
            For a file that is none, is newer than this release, or was damaged.
        """
        from cvosim.experiment.baseline.reading import baseline_of

        return baseline_of(text)


class BaselineError(CvosimError):
    """A baseline file that cannot be used; says what to do."""
