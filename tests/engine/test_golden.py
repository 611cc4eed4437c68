"""Trajectories are a promise: the bits of every library scenario, by hash.

A change that moves one is made on purpose: a new TRAJECTORY_VERSION, a [TRAJECTORY] line in
CHANGELOG.md and, by `python -m tests.engine.test_golden`, new hashes, all in one commit.

The last bit of `exp` and `log` belongs to the machine's C library; where that rounds otherwise
the engines still agree with each other, but not with hashes written elsewhere.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from cvosim.engine.driver import run_kernel
from cvosim.plan import compile_plan
from cvosim.randomness.rounding import rounding_hash
from cvosim.scenario import library, load_scenario
from cvosim.tables.manifest import TRAJECTORY_VERSION

GOLDEN = Path(__file__).parent / "golden.json"


def trajectory(name: str) -> str:
    """SHA-256 of the first 5,000 customers' events."""
    run = run_kernel(compile_plan(load_scenario(name)), 7, 0, 5000, events=True)
    assert run.events is not None
    digest = hashlib.sha256()
    for column in run.events:
        digest.update(np.ascontiguousarray(column).tobytes())
    return digest.hexdigest()


def today() -> dict[str, object]:
    """What the golden file would hold if it were written now."""
    return {
        "trajectory_version": TRAJECTORY_VERSION,
        "rounding": rounding_hash(),
        "sha256": {name: trajectory(name) for name in library()},
    }


def test_trajectories_are_those_of_their_version() -> None:
    golden = json.loads(GOLDEN.read_text(encoding="utf-8"))
    if golden["rounding"] != rounding_hash():
        pytest.skip("this machine's C library rounds exp and log otherwise")
    assert golden == today()


if __name__ == "__main__":
    GOLDEN.write_text(json.dumps(today(), indent=2) + "\n", encoding="utf-8")
