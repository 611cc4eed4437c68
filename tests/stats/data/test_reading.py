"""Any file or data frame becomes the same cohort; what cannot be read is refused in words."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from cvosim.errors import DataError
from cvosim.stats.data.reading import Roles, read_cohort

FRAME = pd.DataFrame(
    {
        "user": ["u1", "u2", "u3", "u4", "u5"],
        "group": ["B", "A", "B", "C", "A"],
        "spend": [1.5, 0.0, np.nan, 4.0, 2.0],
        "bought": [True, False, True, True, False],
        "when": pd.to_datetime(
            ["2026-01-03", "2026-01-01", "2026-01-02", "2026-01-05", "2026-01-01"]
        ),
    }
)
ROLES = Roles("group", unit="user", assigned="when", until="2026-01-31")


def csv(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "data.csv"
    path.write_text(text, "utf-8")
    return path


def forms(tmp_path: Path) -> dict[str, Any]:
    table = pa.Table.from_pandas(FRAME)
    pq.write_table(table, tmp_path / "data.parquet")
    FRAME.to_csv(tmp_path / "data.csv", index=False)
    return {
        "pandas": FRAME,
        "arrow": table,
        "columns": {name: FRAME[name].to_numpy() for name in FRAME},
        "parquet": tmp_path / "data.parquet",
        "csv": str(tmp_path / "data.csv"),
    }


@pytest.mark.parametrize("form", ["pandas", "arrow", "columns", "parquet", "csv"])
def test_every_form_is_the_same_cohort(tmp_path: Path, form: str) -> None:
    found = read_cohort(forms(tmp_path)[form], ROLES, ["spend", "bought"])
    assert found.arms == ("A", "B", "C")
    assert found.arm.tolist() == [1, 0, 1, 2, 0]
    np.testing.assert_array_equal(found.column("spend"), FRAME["spend"])
    assert found.column("bought").tolist() == [1.0, 0.0, 1.0, 1.0, 0.0]
    assert found.unit is not None
    assert found.unit.tolist() == [0, 1, 2, 3, 4]
    assert found.observed_days is not None
    # the last day counts whole
    assert found.observed_days.tolist() == [29.0, 31.0, 30.0, 27.0, 31.0]


def test_numbers_may_be_days(tmp_path: Path) -> None:
    path = csv(tmp_path, "arm,day,x\ncontrol,0,1\nnew,2.5,2\n")
    found = read_cohort(path, Roles("arm", assigned="day", until="30"), ["x"])
    assert found.observed_days is not None
    assert found.observed_days.tolist() == [30.0, 27.5]


def test_words_for_missing_and_truth(tmp_path: Path) -> None:
    path = csv(tmp_path, "arm,x\nA,NA\nB, 3 \nA,yes\nB,\nA,false\n")
    found = read_cohort(path, Roles("arm"), ["x"]).column("x")
    np.testing.assert_array_equal(found, [np.nan, 3.0, 1.0, np.nan, 0.0])


@pytest.mark.parametrize(
    ("text", "roles", "message"),
    [
        ("arm,x\nA,1\nA,2\n", Roles("arm"), 'arm: every row is in "A"; a test needs two arms'),
        ("arm,x\nA,1\n,2\n", Roles("arm"), "line 3: arm: is empty"),
        ("arm,x\nA,1\nB,two\n", Roles("arm"), "line 3: x: 'two' is no number"),
        ("arm,x\nA,1\nB,inf\n", Roles("arm"), "line 3: x: 'inf' is no number"),
        ("arm,x\nP,1\nQ,2\n", Roles("arm"), 'which arm is control (--control)? There are "P", "Q"'),
        ("arm,x\nold,1\nQ,2\n", Roles("arm", "Old"), 'did you mean "old"?'),
        ("arm,x\nA,1\nB,2\n", Roles("amr"), 'no column "amr"; did you mean "arm"?'),
        ("arm,arm,x\nA,A,1\nB,B,2\n", Roles("arm"), '2 columns are named "arm"'),
        ("u,arm,x\n7,A,1\n7,B,2\n8,B,2\n", Roles("arm", unit="u"), '"7" is in "A" and "B"'),
        ("u,arm,x\n,A,1\n7,B,2\n", Roles("arm", unit="u"), "line 2: u: is empty"),
        ("d,arm,x\n2026-13-01,A,1\n,B,2\n", Roles("arm", assigned="d"), "'2026-13-01' is no date"),
        ("d,arm,x\n2026-01-01,A,1\n,B,2\n", Roles("arm", assigned="d"), "line 3: d: is empty"),
        (
            "d,arm,x\n2026-01-01,A,1\n2026-03-01,B,2\n",
            Roles("arm", assigned="d", until="2026-02-01"),
            "line 3: d: is after the end of the data, 2026-02-01",
        ),
        (
            "d,m,arm,x,c\n2026-01-01,2025-12-30,A,1,3\n2026-01-01,2026-01-02,B,2,4\n",
            Roles("arm", assigned="d", covariates=("c",), measured="m"),
            "line 3: m: c was measured after the assignment",
        ),
        ("d,arm,x\n1,A,1\n2,B,2\n", Roles("arm", assigned="d", until="soon"), "'soon' is no date"),
        ("", Roles("arm"), "is empty; a CSV begins with customer,variant,revenue"),
    ],
)  # fmt: skip
def test_bad_data_is_refused(tmp_path: Path, text: str, roles: Roles, message: str) -> None:
    with pytest.raises(DataError) as error:
        read_cohort(csv(tmp_path, text), roles, ["x"])
    assert message in str(error.value)
    assert "\n" not in str(error.value)


def test_all_missing_columns_are_named_at_once(tmp_path: Path) -> None:
    with pytest.raises(DataError) as error:
        read_cohort(csv(tmp_path, "arm,spend\nA,1\nB,2\n"), Roles("arn"), ["spent"])
    assert len(str(error.value).splitlines()) == 2


def test_too_many_arms_are_no_arms() -> None:
    data = {"user": np.arange(100), "x": np.ones(100)}
    with pytest.raises(DataError, match="has 100 different values; is it the arm's column"):
        read_cohort(data, Roles("user"), ["x"])


def test_what_is_no_data_is_refused() -> None:
    with pytest.raises(DataError, match="data: is a int; give a file or a data frame"):
        read_cohort(7, Roles("arm"), ["x"])
