"""Shards: each by itself, together the whole sweep."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.sweeps import prices

from cvosim import DataError
from cvosim.experiment.sweeps.design import SweepDesign
from cvosim.experiment.sweeps.merge import merge_shards
from cvosim.experiment.sweeps.run import run_sweep
from cvosim.experiment.sweeps.shards import Shard
from cvosim.experiment.sweeps.stored import read_sweep
from cvosim.experiment.sweeps.tasks import Line
from cvosim.tables.spans import STREAM_BLOCK


def shards(design: SweepDesign, store: Path, of: int, *numbers: int) -> None:
    for number in numbers or range(1, of + 1):
        run_sweep(design, executor="serial", store=store, shard=Shard(number, of))


@pytest.mark.parametrize("line", [Line(7, 2, 10, True), Line(2, 3, 300_000, True)])
@pytest.mark.parametrize("of", [1, 2, 3, 7, 12, 40])
def test_shards_share_all_tasks_out_evenly(line: Line, of: int) -> None:
    parts = [Shard(number, of).places(line) for number in range(1, of + 1)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(line)))
    unit = line.a_point if line.points >= of else 1
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= unit


def test_three_shards_merged_are_the_sweep_as_a_whole(tmp_path: Path) -> None:
    design = prices(9, 19, -5, 39, 49, replicates=2)
    whole = run_sweep(design, executor="serial", store=tmp_path / "whole")
    store = tmp_path / "shards"
    shards(design, store, 3)
    assert sorted(path.name for path in store.iterdir()) == [
        f"shard-{number}-of-3" for number in (1, 2, 3)
    ]
    merged = merge_shards([store], store)
    assert merged.manifest.hash == whole.manifest.hash
    for name in ("results.parquet", "replicates.parquet"):
        pd.testing.assert_frame_equal(
            pd.read_parquet(store / name), pd.read_parquet(tmp_path / "whole" / name)
        )
    assert read_sweep(store).manifest == merged.manifest
    again = run_sweep(design, executor="serial", store=store)
    assert again.manifest.merged == 3
    assert np.array_equal(again.values, whole.values, equal_nan=True)
    assert merge_shards([store], store).manifest == merged.manifest
    elsewhere = merge_shards([store / f"shard-{n}-of-3" for n in (3, 1, 2)], tmp_path / "third")
    assert elsewhere.manifest.hash == whole.manifest.hash


def test_a_few_long_points_are_split_by_their_blocks(tmp_path: Path) -> None:
    design = prices(29, customers=2 * STREAM_BLOCK + 700, outcomes=("clv_per_prospect",))
    shards(design, tmp_path, 2)
    merged = merge_shards([tmp_path], tmp_path)
    assert merged.manifest.hash == run_sweep(design, executor="serial").manifest.hash


def test_what_is_missing_is_listed(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="holds no shards of a sweep"):
        merge_shards([tmp_path], tmp_path)
    with pytest.raises(DataError, match="there is no such folder"):
        merge_shards([tmp_path / "nowhere"], tmp_path)
    shards(prices(), tmp_path, 4, 2, 3)
    torn = next((tmp_path / "shard-3-of-4" / "parts").iterdir())
    torn.write_bytes(torn.read_bytes()[:-9])
    with pytest.raises(DataError, match="shard 1/4, 4/4: not there; shard 3/4: 1 of 1 tasks") as no:
        merge_shards([tmp_path], tmp_path)
    assert "--shard again" in str(no.value)
    assert not (tmp_path / "results.parquet").exists()
    shards(prices(), tmp_path, 4)
    merged = merge_shards([tmp_path], tmp_path)
    assert merged.manifest.hash == run_sweep(prices(), executor="serial").manifest.hash


def test_what_does_not_belong_together_is_refused(tmp_path: Path) -> None:
    shards(prices(), tmp_path / "a", 2)
    shards(prices(9, 19), tmp_path / "b", 2)
    shards(prices(), tmp_path / "c", 3, 1)
    run_sweep(prices(), executor="serial", store=tmp_path / "whole")
    a, b = tmp_path / "a" / "shard-1-of-2", tmp_path / "b" / "shard-2-of-2"
    for folders, words in [
        ([a, b], "is a shard of another sweep than"),
        ([tmp_path / "a", tmp_path / "c"], "is shard 1/3, and .* is shard 1/2"),
        ([a, tmp_path / "a"], "is shard 1/2, and so is"),
        ([tmp_path / "whole"], "holds a whole sweep, no shard"),
    ]:
        with pytest.raises(DataError, match=words):
            merge_shards(folders, tmp_path / "out")
    assert not (tmp_path / "out").exists()
    with pytest.raises(DataError, match="holds another sweep; name another folder to merge into"):
        merge_shards([tmp_path / "b"], tmp_path / "whole")


def test_the_whole_is_not_put_where_a_shard_is(tmp_path: Path) -> None:
    shards(prices(), tmp_path, 2)
    folders = [tmp_path / f"shard-{number}-of-2" for number in (1, 2)]
    with pytest.raises(DataError, match=f"is one of the shards; .* --store {tmp_path}$"):
        merge_shards(folders, folders[0])
    assert merge_shards(folders, tmp_path).manifest.merged == 2


def test_a_shard_is_not_run_into_the_store_of_another_part(tmp_path: Path) -> None:
    shards(prices(), tmp_path, 2, 1)
    with pytest.raises(DataError, match="holds shard 1/2, and this is a whole sweep"):
        run_sweep(prices(), executor="serial", store=tmp_path / "shard-1-of-2")
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "thesis.txt").write_text("years of work")
    with pytest.raises(DataError, match="is no store of a sweep, and not empty"):
        shards(prices(), tmp_path / "other", 2, 1)


def test_a_merged_store_is_not_silently_run_again(tmp_path: Path) -> None:
    shards(prices(), tmp_path, 2)
    merge_shards([tmp_path], tmp_path)
    with pytest.raises(DataError, match="run the shards with retry_failed"):
        run_sweep(prices(), executor="serial", store=tmp_path, retry_failed=True)
    (tmp_path / "results.parquet").unlink()
    with pytest.raises(DataError, match="its tables are damaged; merge them again"):
        run_sweep(prices(), executor="serial", store=tmp_path)
