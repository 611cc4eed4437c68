"""What it takes to make a run or comparison again: no times, threads or folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.tables.manifest import Manifest

_PASSING = ("started", "seconds", "compile_seconds", "threads")
"""Entries of a manifest that differ between two runs that are the same."""


def lasting(manifest: Manifest) -> dict[str, Any]:
    """Give the entries of a manifest that are the same on a second run."""
    return {name: one for name, one in manifest.to_dict().items() if name not in _PASSING}


def made(found: Illustrated, command: str) -> dict[str, object]:
    """Say how the result was made; numbers that scenarios share are said once."""
    first = found.manifests[found.scenarios[0].name]
    entries: dict[str, object] = {"command": command} if command else {}
    entries |= {"seed": found.seed, "customers": found.customers}
    several = len(found.scenarios) > 1
    for scenario in found.scenarios:
        manifest = found.manifests[scenario.name]
        of = f" of {scenario.name}" if several else ""
        if not several:
            entries["scenario"] = scenario.name
        entries[f"scenario hash{of}"] = manifest.scenario_hash
        entries[f"plan hash{of}"] = manifest.plan_hash
    entries["trajectory_version"] = first.trajectory_version
    return entries | {f"version of {name}": one for name, one in first.versions.items()}
