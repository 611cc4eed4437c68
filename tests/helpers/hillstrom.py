"""Hillstrom's e-mail experiment (MineThatData 2008), where it lies beside the repository."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from cvosim.stats.cohort import Cohort

FILE = Path(__file__).resolve().parents[3] / "shared" / "data" / "hillstrom.csv"
needs_hillstrom = pytest.mark.skipif(
    not FILE.exists(), reason="hillstrom.csv is not in shared/data beside the repository"
)
ARMS = ("No E-Mail", "Mens E-Mail", "Womens E-Mail")
NUMBERS = ("recency", "history", "visit", "conversion", "spend")


@lru_cache(maxsize=1)
def hillstrom() -> Cohort:
    """64,000 customers in three arms; the test is skipped where the file is not at hand."""
    if not FILE.exists():
        pytest.skip("hillstrom.csv is not in shared/data beside the repository")
    with FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    names, table = rows[0], np.array(rows[1:])
    columns = {name: table[:, names.index(name)].astype(np.float64) for name in NUMBERS}
    segment = table[:, names.index("segment")]
    arm = np.array([ARMS.index(name) for name in segment], np.int32)
    zips, stratum = np.unique(table[:, names.index("zip_code")], return_inverse=True)
    return Cohort(
        ARMS, arm, columns, None, stratum.astype(np.int32), tuple(zips), source="hillstrom.csv"
    )
