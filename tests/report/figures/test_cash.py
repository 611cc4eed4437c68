"""What prospects have brought by their age."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.illustrations import CARPET, FOUR, LONG, assert_whole, illustration
from helpers.readable import assert_readable

from cvosim.report.figures import Cash, CashLine, cash, cash_exhibit

DAYS = (0.0, 30.0, 60.0)


def line(name: str, payback: float, low: float, high: float) -> CashLine:
    return CashLine(name, DAYS, (-2.0, -1.0, 3.0), (-2.0, -2.0, 1.0), (-2.0, 0.0, 5.0),
                    payback, low, high)  # fmt: skip


@pytest.mark.parametrize(
    ("payback", "low", "high", "said"),
    [
        (40.0, 30.0, 52.0, "paid back after 40 days (30 to 52)"),
        (40.0, 30.0, math.inf, "paid back after 40 days (30 to later than seen)"),
        (4.5, math.nan, math.nan, "paid back after 4.5 days"),
        (math.nan, 30.0, math.inf, "not paid back within 60 days"),
        (0.0, 0.0, 3.0, "never below zero"),
    ],
)
def test_the_payback_is_said(payback: float, low: float, high: float, said: str) -> None:
    ax = cash(Cash("USD", 60.0, (line("now", payback, low, high),)))
    assert ax.texts[-1].get_text() == f"now: {said}"


def test_the_payback_is_marked_on_the_line_of_nothing() -> None:
    ax = cash(Cash("USD", 60.0, (line("now", 40.0, 30.0, math.inf),)))
    marks = [one for one in ax.lines if one.get_marker() not in ("None", None, "")]
    assert [one.get_xydata().tolist() for one in marks] == [[[40.0, 0.0]]]
    spans = [one.get_xydata().tolist() for one in ax.lines if one.get_linewidth() == 4.5]
    assert spans == [[[30.0, 0.0], [60.0, 0.0]]]
    ax = cash(Cash("USD", 60.0, (line("now", math.nan, 30.0, math.inf),)))
    assert not [one for one in ax.lines if one.get_marker() not in ("None", None, "")]


def test_lines_differ_by_more_than_colour() -> None:
    lines = tuple(line(name, 40.0, 30.0, 50.0) for name in "abcd")
    drawn = [one for one in cash(Cash("USD", 60.0, lines)).lines if len(one.get_xdata()) == 3]
    assert len({one.get_linestyle() + str(one._unscaled_dash_pattern) for one in drawn}) == 4
    assert len({one.get_color() for one in drawn}) == 4


def test_the_exhibit_tells_the_portrait() -> None:
    found = illustration(CARPET)
    exhibit = assert_whole(cash_exhibit(found))
    band = found.portraits["Dear"].cash
    drawn = exhibit.data.lines[1]
    assert drawn.days[-1] == band.days[-1] == found.horizon_days
    assert len(drawn.days) <= 121
    at = np.searchsorted(band.days, drawn.days)
    np.testing.assert_array_equal(drawn.mean, band.mean[at])
    np.testing.assert_array_equal(drawn.high, band.high[at])
    assert exhibit.table.columns[:4] == (
        "day", "Carpet cleaning", "Carpet cleaning low", "Carpet cleaning high",
    )  # fmt: skip
    assert exhibit.table.rows[-2][4] == band.mean[-1]
    assert exhibit.table.rows[-1][4] == band.payback
    assert "Dear: paid back after" in exhibit.alt


def test_it_can_be_read() -> None:
    exhibit = assert_whole(cash_exhibit(illustration(FOUR)))
    assert_readable(exhibit.axes().figure)
    assert LONG in exhibit.alt
    assert_readable(cash_exhibit(illustration(CARPET, 30)).axes().figure)
