import json

import pytest

from cvosim.errors import DataError
from cvosim.tables.manifest import Manifest

MANIFEST = Manifest(
    scenario_name="Carpet",
    scenario_hash="aa",
    plan_hash="bb",
    trajectory_version=1,
    seed=2**64 - 1,
    n_customers=10,
    engine="kernel",
    threads=None,
    versions={"python": "3.11"},
    started="2026-01-01T00:00:00+00:00",
    seconds=0.5,
    compile_seconds=0.0,
)


def test_survives_json() -> None:
    assert Manifest.from_dict(json.loads(json.dumps(MANIFEST.to_dict()))) == MANIFEST


def test_is_frozen() -> None:
    with pytest.raises(AttributeError):
        MANIFEST.seed = 1


def test_entries_of_later_releases_are_left_aside() -> None:
    assert Manifest.from_dict(MANIFEST.to_dict() | {"weather": "fine"}) == MANIFEST


def test_names_what_is_missing() -> None:
    entries = MANIFEST.to_dict()
    del entries["seed"], entries["engine"]
    with pytest.raises(DataError, match="lacks seed, engine"):
        Manifest.from_dict(entries)
