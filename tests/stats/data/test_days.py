"""The end of the data: a number of days, or a date that counts whole."""

from __future__ import annotations

import pytest

from cvosim.errors import DataError
from cvosim.stats.data.days import parse_day


@pytest.mark.parametrize(
    ("text", "day"),
    [("300", 300.0), (12.5, 12.5), ("2100", 2100.0), ("-3", -3.0), ("1970-01-02", 2.0),
     ("20260930", 20727.0), ("2026-09-30", 20727.0), ("2026-09-30T18:00", 20727.75)],
)  # fmt: skip
def test_read(text: str | float, day: float) -> None:
    assert parse_day(text) == day


@pytest.mark.parametrize("text", ["soon", "nan", "inf", "", "2026-13-01", "99999999999"])
def test_refused(text: str) -> None:
    with pytest.raises(DataError, match=r"until: .* is no date; write it as 2026-09-30"):
        parse_day(text)
