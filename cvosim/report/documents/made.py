"""What it takes to make a run or comparison again: no times, threads or folders."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from cvosim.report.documents.shared import key_of, made_of

if TYPE_CHECKING:
    from cvosim.experiment.illustrated import Illustrated
    from cvosim.tables.manifest import Manifest

_PASSING = ("started", "seconds", "compile_seconds", "threads")
"""Entries of a manifest that differ between two runs that are the same."""


def lasting(manifest: Manifest) -> dict[str, Any]:
    """Give the entries of a manifest that are the same on a second run."""
    return {name: one for name, one in manifest.to_dict().items() if name not in _PASSING}


def made(found: Illustrated) -> dict[str, object]:
    """Say how the result was made; numbers that scenarios share are said once."""
    manifests = [found.manifests[scenario.name] for scenario in found.scenarios]
    plans = {key_of("plan_hash", place): one.plan_hash for place, one in enumerate(manifests)}
    return made_of(found.scenarios, seed=found.seed, customers=found.customers, **plans)
