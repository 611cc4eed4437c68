"""A week in which a single unit came is remembered like any other."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cvosim.errors import DataError
from cvosim.stats.monitor.state import read_state, state_text
from cvosim.stats.monitor.tally import Followed, Tally
from cvosim.stats.monitor.weeks import Weeks


def test_one_unit_in_its_week(tmp_path: Path) -> None:
    arms = np.array([0, 0, 1, 1, 0], np.int32)
    came = np.array([0.0, 1.0, 2.0, 3.0, 8.0])
    units = Followed(("A", "B"), arms, came, np.array([2.0, 3.0, 4.0, 5.0, 7.0]), np.zeros((5, 0)))
    tally = Tally.of(units, Weeks(0.0, 14.0, window=0.0))
    path = tmp_path / "state.csv"
    path.write_text(state_text(tally), "utf-8")
    again = read_state(path)
    assert again.moments.count.tolist() == tally.moments.count.tolist() == [[2, 2], [1, 0]]
    assert again.moments.mean[1, 0].tolist() == [7.0]


@pytest.mark.parametrize(
    ("old", "new"), [(",0,A,", ",-1,A,"), (",0,A,", ",1e3,A,"), ("28.0", "1e308"), ("28.0", "nan")]
)
def test_sums_that_nobody_wrote(tmp_path: Path, old: str, new: str) -> None:
    """A week before the first, one that is no number, and more weeks than there is room for."""
    arms = np.array([0, 1], np.int32)
    units = Followed(("A", "B"), arms, np.zeros(2), np.array([2.0, 3.0]), np.zeros((2, 0)))
    text = state_text(Tally.of(units, Weeks(0.0, 28.0, window=0.0)))
    assert old in text
    path = tmp_path / "state.csv"
    path.write_text(text.replace(old, new), "utf-8")
    with pytest.raises(DataError, match="is no state that cvosim monitor wrote"):
        read_state(path)
