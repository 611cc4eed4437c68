"""Segments as a figure and in words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.readable import assert_readable

from cvosim.clv.orders.log import OrderLog
from cvosim.clv.segments.acquisition import Labels
from cvosim.clv.segments.anomalies import anomalies
from cvosim.clv.segments.ideal_customer import ideal_customer
from cvosim.clv.segments.named import SEGMENTS
from cvosim.clv.segments.segmentation import Segmentation, segmentation
from cvosim.report.segments import (
    anomalies_table,
    customers_table,
    profile_table,
    segment_bars,
    segmentation_text,
    segments_picture,
)


@pytest.fixture(scope="module")
def shop() -> Segmentation:
    rows = [
        (f"c{one}", one + 7 * time, 5.0 + one % 13 + 40 * (one % 17 == 0))
        for one in range(200)
        for time in range(1 + (one * one) % 5)
    ]
    return segmentation(OrderLog.of(rows, source="a $shop$ of \\frac names"))


def test_the_picture_can_be_read(shop: Segmentation) -> None:
    assert_readable(segments_picture(shop))


def test_bars_are_the_shares_and_differ_by_more_than_colour(shop: Segmentation) -> None:
    ax = segment_bars(shop.segments)
    widths = [bar.get_width() for bar in ax.patches]
    assert widths[:11] == [one.share for one in shop.segments]
    assert widths[11:] == [one.revenue_share for one in shop.segments]
    assert len({bar.get_hatch() for bar in ax.patches}) == 2
    assert [tick.get_text() for tick in ax.get_yticklabels()] == list(SEGMENTS)


@pytest.mark.parametrize("largest", [0.009, 0.07, 0.11, 0.37, 0.508, 1.0])
def test_ticks_are_what_they_say(shop: Segmentation, largest: float) -> None:
    ax = segment_bars((shop.segments[0]._replace(share=largest, revenue_share=0.0),))
    ax.figure.canvas.draw()
    places, words = ax.get_xticks(), [tick.get_text() for tick in ax.get_xticklabels()]
    assert len(words) > 2
    assert [float(word.removesuffix(" %")) for word in words] == pytest.approx(100 * places)


def test_a_shop_without_revenue_has_a_picture_too() -> None:
    free = segmentation(OrderLog.of([("a", 1, 0.0), ("b", 5, 0.0)]))
    assert_readable(segments_picture(free))
    assert "Gini" not in segmentation_text(free, "table")


def test_one_row_a_customer(shop: Segmentation) -> None:
    table = customers_table(shop)
    assert len(table.rows) == 200
    assert table.to_csv().startswith("customer,recency_days,frequency,monetary,revenue,")


def test_tables_hold_what_differs() -> None:
    labels = {"place": Labels(np.arange(300) % 3, ("a|b", "x" * 60, "c"))}
    values = 10.0 + np.arange(300) % 7 + 25.0 * (np.arange(300) % 3 == 0)
    found, profile = anomalies(values, labels), ideal_customer(values, labels)
    text = anomalies_table(found).to_text()
    assert "+25." in text
    assert "x" * 60 not in text
    assert "a\\|b" in anomalies_table(found).to_markdown()
    assert "\N{INFINITY}" in profile_table(profile).to_text()
    assert "," not in profile_table(profile).to_csv().splitlines()[1].split(",")[0]


def test_doubts_come_first(shop: Segmentation) -> None:
    text = segmentation_text(replace(shop, doubts=("One.", "Two.")), "md")
    assert text.startswith("Warning: One.\nWarning: Two.\n\n")
