"""A store whose files were damaged is refused in words, whatever they hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cvosim.errors import DataError
from cvosim.experiment.sweeps import Factor, SweepDesign, grid, read_sweep, run_sweep
from cvosim.experiment.sweeps.manifest import Outline
from cvosim.experiment.sweeps.parts import Parts
from cvosim.metrics.aggregate import Aggregate
from cvosim.scenario.template import load_template


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """A finished sweep of two points, file by file."""
    price = Factor("journey.tripwire.price", "lever", (19, 29))
    shop = load_template("carpet_cleaning")
    store = tmp_path_factory.mktemp("sweep") / "store"
    design = SweepDesign(shop, (price,), grid([price]), ("cac",), customers=100)
    run_sweep(design, executor="serial", store=store)
    files = [path for path in store.rglob("*") if path.is_file()]
    return {path.relative_to(store).as_posix(): path.read_bytes() for path in files}


@pytest.fixture
def store(made: dict[str, bytes], tmp_path: Path) -> Path:
    for name, content in made.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    return tmp_path


def refused(store: Path) -> str:
    with pytest.raises(DataError) as error:
        read_sweep(store)
    return str(error.value)


def edit(path: Path, **changed: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changed}), "utf-8")


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"tasks": "2"}, "its entry tasks is no number"),
        ({"points": True}, "its entry points is no number"),
        ({"hash": None}, "its entry hash is no text"),
        ({"units": {"cac": "USD"}}, "its entry units is no list"),
        ({"finished": "yes"}, "its entry finished is no yes or no"),
    ],
)
def test_a_manifest_with_entries_of_another_kind(
    store: Path, changed: dict[str, object], words: str
) -> None:
    edit(store / "manifest.json", **changed)
    assert words in refused(store)


@pytest.mark.parametrize("content", ["[" * 100_000, "9" * 5000, "", "[]", "{"])
@pytest.mark.parametrize("name", ["manifest.json", "design.json"])
def test_what_is_no_json_of_ours(store: Path, name: str, content: str) -> None:
    (store / name).write_text(content, "utf-8")
    assert refused(store).startswith("cannot read")


@pytest.mark.parametrize("changed", [{"points": 1}, {"points": []}, {"outcomes": ["cac", "aov"]}])
def test_a_design_of_something_else(store: Path, changed: dict[str, object]) -> None:
    edit(store / "design.json", **changed)
    assert "its files do not belong together" in refused(store)


ROWS: list[Callable[[pa.Table], pa.Table]] = [
    lambda table: table.set_column(0, "place", pa.nulls(len(table))),
    lambda table: table.set_column(0, "place", pa.array([10**9] * len(table))),
    lambda table: table.drop_columns(["aggregate"]),
    lambda table: table.set_column(6, "error", pa.nulls(len(table))),
    lambda table: table.set_column(7, "aggregate", pa.array([[1]] * len(table))),
    lambda table: table.replace_schema_metadata(None),
]


@pytest.mark.parametrize("damage", range(len(ROWS)))
def test_a_part_of_other_rows_is_set_aside(store: Path, damage: int) -> None:
    path = store / "parts" / "part-000001.parquet"
    pq.write_table(ROWS[damage](pq.read_table(path)), path)
    entries: dict[str, Any] = json.loads((store / "manifest.json").read_text("utf-8"))
    outline = Outline.from_dict(json.loads((store / "design.json").read_text("utf-8")))
    found = Parts(store / "parts", entries["design_hash"], outline.line).search()
    assert found.damaged == (path,)


@pytest.mark.parametrize("text", ["", "[]", "{", "[" * 100_000, '{"names": 1}', "9" * 5000])
def test_what_is_no_aggregate(text: str) -> None:
    with pytest.raises(DataError, match="is no aggregate that cvosim wrote"):
        Aggregate.from_json(text)
