"""Retention as figures and in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.readable import assert_readable, labels_of
from matplotlib.colors import to_hex

from cvosim.clv.orders.log import Attribute, OrderLog
from cvosim.clv.retention.study import RetentionSettings, RetentionStudy, retention_study
from cvosim.report.retention import cohort_table, hazard_table, retention_csv, retention_text
from cvosim.report.retention_figures import (
    cohort_map,
    retention_picture,
    stickiness_bars,
    survival_curve,
)


def shop(unit: str, days: int) -> RetentionStudy:
    rows = [
        (f"c{one}", one * days // 300 + step * (11 + one % 29), 9.0)
        for one in range(300)
        for step in range(1 + (one * one) % 7)
    ]
    log = OrderLog.of(rows)
    via = Attribute(log.customer % 30, tuple(f"campaign {i}" for i in range(30)))
    settings = RetentionSettings(unit, gap=40, campaign="via", until=days)
    return retention_study(replace(log, attributes={"via": via}), settings)


@pytest.mark.parametrize(("unit", "days"), [("month", 200), ("week", 700), ("month", 70)])
def test_the_picture_can_be_read(unit: str, days: int) -> None:
    assert_readable(retention_picture(shop(unit, days)))


def test_the_numbers_in_the_map_are_the_shares() -> None:
    study = shop("month", 200)
    ax = cohort_map(study.cohorts)
    told = {(round(x), round(y)): text.get_text() for text in ax.texts
            for x, y in [text.get_position()]}  # fmt: skip
    share = study.cohorts.share
    expected = {
        (age, row): f"{100 * share[row, age]:.0f}"
        for row, age in np.ndindex(share.shape)
        if age and np.isfinite(share[row, age])
    }
    assert told == expected
    assert expected


def test_letters_stand_out_from_the_darkest_cell() -> None:
    ax = cohort_map(shop("month", 200).cohorts)
    darkest = min(sum(colour[:3]) for colour in ax.collections[0].get_facecolor())
    assert darkest / 3 > 0.5
    assert {to_hex(text.get_color()) for text in ax.texts} == {"#222222"}


def test_the_curve_is_drawn_with_its_band() -> None:
    data = shop("month", 200).survival
    assert data is not None
    ax = survival_curve(data)
    np.testing.assert_array_equal(ax.lines[0].get_ydata(), data.share)
    assert len(ax.collections) == 1


def test_what_is_not_drawn_is_said() -> None:
    said = cohort_map(shop("week", 700).cohorts).get_xlabel()
    assert "weeks since the week of the first purchase" in said
    assert said.endswith("only the last 24 of 101 weekly cohorts and only the first 12 weeks")
    assert "drawn" not in cohort_map(shop("month", 200).cohorts).get_xlabel()


def test_the_campaigns_with_most_customers_are_drawn() -> None:
    found = shop("month", 200).stickiness
    ax = stickiness_bars(found)
    drawn = {tick.get_text().rsplit("  (", 1)[0]: bar.get_width()
             for tick, bar in zip(ax.get_yticklabels(), ax.patches, strict=True)}  # fmt: skip
    shares = {one.label: one.share for one in found if one.within == 90}
    assert len(drawn) == 8
    assert drawn == {label: shares[label] for label in drawn}
    assert "the largest 8 of 30" in ax.get_xlabel()
    lines = [tuple(line.get_xdata()) for line in ax.lines]
    ends = {one.label: (one.low, one.high) for one in found if one.within == 90}
    assert lines == [ends[label] for label in drawn]


def test_without_survival_there_is_still_a_map() -> None:
    once = retention_study(OrderLog.of([(str(one), 9 * one, 1.0) for one in range(20)]))
    assert once.survival is None
    assert_readable(retention_picture(once))
    alone = retention_study(OrderLog.of([("a", 3, 1.0)]))
    for text, box in labels_of(retention_picture(alone)):
        assert 0 <= box.x0 < box.x1 <= retention_picture(alone).bbox.width, text


def test_long_tables_are_cut_in_print_only() -> None:
    study = shop("week", 700)
    table = cohort_table(study.cohorts)
    assert len(table.rows) == 25
    assert "first 77 cohorts and ages from 13 in JSON and CSV" in table.title
    text = retention_text(study, "table")
    assert "(the largest 20)" in text
    assert retention_csv(study).count("\nstickiness,") == 90
    assert retention_csv(study).count("\ncohort,") > 25 * 13
    assert study.survival is not None
    assert len(hazard_table(study.survival).rows) == len(study.survival.hazards)
    assert "nan" not in text + retention_csv(study)
