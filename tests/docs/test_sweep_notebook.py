"""The notebook of sweeps runs as a script, and opens the store with one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pandas
import pytest

NOTEBOOK = Path(__file__).parents[2] / "notebooks" / "sweep.py"


def test_it_runs_and_its_store_is_what_it_says(tmp_path: Path) -> None:
    if not NOTEBOOK.is_file():
        pytest.skip("the notebooks are not part of this distribution")
    store = tmp_path / "prices"
    done = subprocess.run(
        [sys.executable, str(NOTEBOOK)],
        env={**os.environ, "CVOSIM_NB_N": "100", "CVOSIM_NB_OUT": str(store)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
    )
    points = pandas.read_parquet(store / "results.parquet")
    assert len(points) == 16 * 64
    assert f"{len(points):,} points" in done.stdout
    prices = ["journey.tripwire.price", "journey.core_offer.price"]
    means = points.groupby(prices)["clv_per_prospect"].mean().round(2)
    assert all(f"{mean:.2f}" in done.stdout for mean in means)
