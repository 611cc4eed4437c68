"""Baselines for tests: kept in files, and made to look as if older software had written them."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from cvosim.experiment.baseline.checking import check, record, updated
from cvosim.experiment.baseline.findings import Cause, Finding
from cvosim.experiment.baseline.lives import Lived, lived
from cvosim.experiment.baseline.record import Baseline, Record
from cvosim.scenario import library_path
from cvosim.scenario.loader import Loaded, load_trees
from cvosim.scenario.scenario import Scenario

SHOP = library_path("carpet_cleaning").read_text(encoding="utf-8")
FEW = SHOP.replace("customers: 100000", "customers: 4000")


def written(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    """Write a scenario file."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def kept(*files: Path) -> Baseline:
    """Record scenarios, and read the baseline back from its text."""
    baseline: Baseline | None = None
    for file in files:
        baseline = updated(baseline, record(file, beside=file.parent))
    assert baseline is not None
    return Baseline.from_json(baseline.to_json())


def checked(baseline: Baseline, file: Path) -> Finding:
    """Check a file that lists no variants."""
    (finding,) = check(baseline, [file], beside=file.parent).findings
    return finding


def mattering(finding: Finding) -> list[Cause]:
    """Pick what made customers do anything else."""
    return [cause for cause in finding.causes if cause.matters]


def relabelled(one: Record, other: Record, **software: object) -> Record:
    """Give a record the numbers of another, and another word for what has made it."""
    versions = {**one.software.versions, **software.pop("versions", {})}  # type: ignore[dict-item]
    made = dataclasses.replace(one.software, versions=versions, **software)  # type: ignore[arg-type]
    return dataclasses.replace(
        one, trajectory_hash=other.trajectory_hash, metrics=other.metrics, software=made
    )


def again(then: Record, scenario: Scenario) -> Lived:
    """Live a scenario again that a record was made of."""
    from cvosim.experiment.baseline.lives import How
    from cvosim.scenario.yaml_nodes import MapNode, Mark

    return lived(then.key, Loaded(scenario, MapNode({}, Mark(""))), then, How(threads=1))


__all__ = [
    "FEW", "SHOP", "again", "checked", "kept", "load_trees", "mattering", "relabelled", "written",
]  # fmt: skip
