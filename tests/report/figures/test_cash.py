"""What prospects have brought by their age."""

from __future__ import annotations

import math
from dataclasses import replace

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
        (4.5, 4.0, 5.5, "paid back after 4.5 days (4 to 5.5)"),
        (4.5, math.nan, math.nan, "too few buyers to tell"),
        (math.nan, math.nan, math.nan, "too few buyers to tell"),
        (math.nan, 30.0, math.inf, "not paid back on average, perhaps from day 30 on"),
        (math.nan, math.inf, math.inf, "not paid back within 60 days"),
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


def test_who_is_not_seen_for_so_long_is_shaded_and_said() -> None:
    found = illustration(CARPET)
    exhibit = assert_whole(cash_exhibit(found))
    band = found.portraits["Carpet cleaning"].cash
    whole = int(np.flatnonzero(band.seen == 1.0)[-1])
    assert 300 < whole < 400, "people arrive for a year"
    half = int(np.flatnonzero(band.seen >= 0.5)[-1])
    assert exhibit.alt.endswith(
        f"Beyond day {whole} not everybody is seen: half are to day {half}, "
        f"{100 * band.seen[-1]:.1f} % to day 730."
    )
    assert f"beyond day {whole} (shaded) the curve is too flat" in exhibit.note
    assert "at their own age" in exhibit.note
    ax = exhibit.axes()
    assert [patch.get_x() for patch in ax.patches if patch.get_width() > 300] == [whole]
    assert [text for text in ax.texts if text.get_text().startswith("shaded: ")]
    assert [text for text in ax.texts if text.get_text() == "USD a prospect"]
    assert exhibit.table.columns[-1] == "Carpet cleaning seen"
    assert [row[-1] for row in exhibit.table.rows[:-1]] == [
        band.seen[int(row[0])] for row in exhibit.table.rows[:-1]
    ]


def test_where_all_are_seen_to_the_end_nothing_is_shaded() -> None:
    found = illustration(CARPET[:1])
    (name,) = found.portraits
    cash_of = found.portraits[name].cash
    whole = replace(cash_of, seen=np.ones_like(cash_of.seen))
    portraits = {name: replace(found.portraits[name], cash=whole)}
    exhibit = assert_whole(cash_exhibit(replace(found, portraits=portraits)))
    assert "seen" not in exhibit.alt + exhibit.note
    assert not exhibit.axes().patches
    assert exhibit.table.columns[-1] == "Carpet cleaning high"


def test_scenarios_of_different_arrivals_are_told_apart() -> None:
    found = illustration(CARPET)
    early = found.portraits["Dear"].cash
    portraits = dict(found.portraits)
    seen = np.where(early.days < 100, 1.0, 0.75)
    portraits["Dear"] = replace(portraits["Dear"], cash=replace(early, seen=seen))
    exhibit = assert_whole(cash_exhibit(replace(found, portraits=portraits)))
    assert "Beyond day 99 not everybody is seen in Dear: 75.0 % to day 730." in exhibit.alt
    assert "beyond day 99 (shaded)" in exhibit.note
    assert exhibit.table.header[-2:] == ("Carpet cleaning: seen so long", "Dear: seen so long")


def test_it_can_be_read() -> None:
    exhibit = assert_whole(cash_exhibit(illustration(FOUR)))
    assert_readable(exhibit.axes().figure)
    assert LONG in exhibit.alt
    assert_readable(cash_exhibit(illustration(CARPET, 30)).axes().figure)
