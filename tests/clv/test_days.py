"""Calendar days as numbers."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cvosim.clv.orders.days import format_day, parse_day
from cvosim.errors import DataError


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_days_come_back(day: date) -> None:
    number = (np.datetime64(day) - np.datetime64("1970-01-01")).astype(int)
    assert parse_day(day.isoformat()) == parse_day(day.strftime("%Y%m%d")) == number
    assert parse_day(day) == parse_day(datetime(day.year, day.month, day.day, 23)) == number
    assert format_day(number) == day.isoformat()


@pytest.mark.parametrize("text", ["", "1997", "1997-9-30", "30.09.1997", "1997-W01-1"])
def test_no_day(text: str) -> None:
    with pytest.raises(DataError, match=r"until: .* is not a date; write it as"):
        parse_day(text, "until")
    with pytest.raises(DataError, match="until: there is no such day as '1997-02-30'"):
        parse_day("1997-02-30", "until")


@pytest.mark.parametrize("value", [None, 19970930, 1.5, b"1997-09-30", ["1997-09-30"]])
def test_no_text_and_no_day(value: Any) -> None:
    with pytest.raises(DataError, match=r"^today: .* is not a date; write it as"):
        parse_day(value, "today")


def test_a_day_beyond_the_calendar_is_a_number() -> None:
    assert format_day(10**9) == "day 1,000,000,000"
