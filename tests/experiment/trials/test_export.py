from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cvosim.errors import DataError
from cvosim.experiment.pool import Pool
from cvosim.experiment.trials.design import TrialDesign
from cvosim.experiment.trials.export import write_cohort
from cvosim.experiment.trials.split import enrolled

DESIGN = TrialDesign("x", (0.5, 0.5), ("orders",), "tripwire", 120.0, 60.0)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_cohort_survives_a_file(pool: Pool, tmp_path: Path, ending: str) -> None:
    import pandas

    cohort = enrolled(pool, DESIGN, 1)
    file = tmp_path / f"cohort.{ending}"
    write_cohort(cohort, file)
    data = pandas.read_csv(file) if ending == "csv" else pandas.read_parquet(file)
    assert list(data.columns) == [
        "unit", "variant", "segment", "assigned_day", "observed_days", *pool.columns,
    ]  # fmt: skip
    assert data["variant"].tolist() == [cohort.arms[arm] for arm in cohort.arm]
    for name, values in cohort.columns.items():
        np.testing.assert_array_equal(data[name], values)
    np.testing.assert_array_equal(data["assigned_day"], cohort.assigned_day)


def test_other_endings_and_folders_are_refused(pool: Pool, tmp_path: Path) -> None:
    cohort = enrolled(pool, DESIGN, 1)
    with pytest.raises(DataError, match=r"x\.xlsx: must end in \.csv or \.parquet"):
        write_cohort(cohort, tmp_path / "x.xlsx")
    with pytest.raises(DataError, match="cannot be written"):
        write_cohort(cohort, tmp_path / "nowhere" / "x.csv")
