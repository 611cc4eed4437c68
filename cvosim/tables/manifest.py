"""How a table came to be: enough to make it again to the bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from cvosim.errors import DataError

TRAJECTORY_VERSION = 2
"""Counted up whenever a release changes what any customer does, given plan and seed."""


@dataclass(frozen=True)
class Manifest:
    """What was run, with which luck, by which engine, and how long it took.

    Attributes
    ----------
    scenario_name : str
        The author's name for the scenario.
    scenario_hash, plan_hash : str
        SHA-256 of the scenario as simulated and of the plan it compiles to. Equal plans, seeds
        and trajectory versions give equal tables.
    trajectory_version : int
        Of the release that ran it; see ``TRAJECTORY_VERSION``.
    seed : int
        Key of all randomness.
    n_customers : int
        Market prospects.
    engine : str
        ``kernel`` or ``reference``; never changes a number.
    threads : int or None
        As asked for; None for all cores. Never changes a number.
    versions : mapping of str to str
        Of Python and the packages that compute.
    started : str
        UTC, ISO 8601.
    seconds, compile_seconds : float
        Spent simulating, and compiling or loading the kernel.

    Examples
    --------
    >>> manifest = Manifest("demo", "a1", "b2", 1, 7, 1000, "kernel", 2, {"python": "3.11"},
    ...                     "2026-01-01T00:00:00+00:00", 0.1, 0.0)
    >>> Manifest.from_dict(manifest.to_dict()) == manifest
    True
    """

    scenario_name: str
    scenario_hash: str
    plan_hash: str
    trajectory_version: int
    seed: int
    n_customers: int
    engine: str
    threads: int | None
    versions: Mapping[str, str]
    started: str
    seconds: float
    compile_seconds: float

    def to_dict(self) -> dict[str, Any]:
        """Give a plain dictionary, ready for JSON."""
        return asdict(self) | {"versions": dict(self.versions)}

    @classmethod
    def from_dict(cls, entries: Mapping[str, Any]) -> Manifest:
        """Read what `to_dict` wrote; entries of later releases are left aside.

        Raises
        ------
        DataError
            When an entry is missing.
        """
        return cls(**entries_of(cls, entries))


def entries_of(kind: type[Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the entries of a manifest that its dataclass has; others are left aside.

    Raises
    ------
    DataError
        When an entry is missing.

    Examples
    --------
    >>> entries_of(Manifest, {})
    Traceback (most recent call last):
    ...
    cvosim.errors.DataError: the manifest lacks scenario_name, ...
    """
    names = [field.name for field in fields(kind)]
    missing = [name for name in names if name not in entries]
    if missing:
        raise DataError(f"the manifest lacks {', '.join(missing)}")
    return {name: entries[name] for name in names}
