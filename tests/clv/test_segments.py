"""Named segments: a partition of the 125 cells, and what they add up to."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from cvosim.clv.orders.log import Attribute, OrderLog
from cvosim.clv.segments import named as module
from cvosim.clv.segments.acquisition import Labels
from cvosim.clv.segments.means import means_by_label
from cvosim.clv.segments.named import SEGMENTS, segment_codes, segments
from cvosim.clv.segments.rfm import rfm
from cvosim.clv.segments.segmentation import SegmentationSettings, segmentation
from cvosim.errors import DataError

PAGE = Path(__file__).parents[2] / "docs" / "clv.md"
BEST, WORST = "champions", "lost"


def names_of_cells() -> dict[tuple[int, ...], str]:
    """Score one customer of each cell."""
    cells = np.array(list(itertools.product(range(1, 6), repeat=3))).T
    scored = rfm(OrderLog.of([(str(i), i, float(i)) for i in range(125)]))
    codes = segment_codes(replace(scored, scores=cells))
    return {tuple(c): SEGMENTS[code] for c, code in zip(cells.T.tolist(), codes, strict=True)}


def test_every_cell_has_one_name_and_every_name_a_cell() -> None:
    cells = names_of_cells()
    assert len(cells) == 125
    assert set(cells.values()) == set(SEGMENTS)
    assert len(SEGMENTS) == 11


def test_the_names_mean_what_they_say() -> None:
    cells = names_of_cells()
    assert cells[5, 5, 5] == BEST
    assert cells[1, 1, 1] == WORST
    assert cells[5, 1, 1] == "new"
    assert cells[1, 5, 5] == "can't lose"
    # frequency and monetary value count alike, a half is rounded down
    assert cells[5, 4, 3] == cells[5, 3, 4] == cells[5, 3, 3] == "potential loyalists"
    assert cells[5, 1, 2] == cells[5, 2, 1] == "new"
    for (recency, _, _), name in cells.items():
        assert recency >= 4 or name not in {BEST, "new", "promising", "potential loyalists"}
        assert recency <= 2 or name not in {"at risk", "can't lose", "hibernating", WORST}


def test_the_table_in_the_words_is_the_table() -> None:
    lines = re.findall(r"^([1-5])  +(\S.*)$", module.__doc__ or "", re.M)
    told = {int(score): tuple(re.split(r" {2,}", row)) for score, row in lines}
    assert told == module.TABLE


@pytest.mark.skipif(not PAGE.is_file(), reason="the pages are not part of this distribution")
def test_the_table_on_the_page_is_the_table() -> None:
    page = PAGE.read_text("utf-8")
    lines = re.findall(r"^\| ([1-5]) \| (.*) \|$", page, re.M)
    assert {int(score): tuple(row.split(" | ")) for score, row in lines} == module.TABLE


def test_segments_add_up(cdnow_log: OrderLog) -> None:
    scored = rfm(cdnow_log)
    found = segments(scored)
    assert [one.name for one in found] == list(SEGMENTS)
    assert sum(one.customers for one in found) == 2357
    assert sum(one.revenue for one in found) == pytest.approx(float(scored.revenue.sum()))
    assert sum(one.share for one in found) == pytest.approx(1)
    counts = Counter(SEGMENTS[code] for code in segment_codes(scored).tolist())
    assert {one.name: one.customers for one in found if one.customers} == counts
    best = found[0]
    who = segment_codes(scored) == 0
    assert best.recency == pytest.approx(scored.recency[who].mean())
    assert best.value == pytest.approx(best.revenue / best.customers)
    empty = [one for one in found if not one.customers]
    assert all(one.recency is one.value is None and one.share == 0 for one in empty)


def labelled(log: OrderLog, labels: dict[str, tuple[str, ...]]) -> OrderLog:
    """Give each customer, by its number, one label after the other."""
    attributes = {name: Attribute(log.customer % len(x), x) for name, x in labels.items()}
    return replace(log, attributes=attributes)


def test_cells_are_judged_by_what_came_later(cdnow_log: OrderLog) -> None:
    day = cdnow_log.first_day + 272
    found = segmentation(cdnow_log, SegmentationSettings(until=day))
    assert found.later
    assert found.anomalies is not None
    signs = {one.label: one.difference > 0 for one in found.anomalies.found}
    assert signs["555"]
    assert not signs["111"]
    assert not any(sign for cell, sign in signs.items() if cell[0] == "1")
    # so far the cells differ by their making: nothing is tested without attributes
    assert segmentation(cdnow_log).anomalies is None


def test_attributes_that_mean_nothing_mark_nobody(cdnow_log: OrderLog) -> None:
    log = labelled(cdnow_log, {"city": ("n", "e", "s"), "source": ("ads", "mail")})
    found = segmentation(log, SegmentationSettings(attributes=("city", "source")))
    assert found.anomalies is not None
    assert found.profile is not None
    assert len(found.anomalies.tested) == 3 + 2 + 6
    assert not found.anomalies.found
    assert not any(one.marks for one in found.profile.traits)
    assert found.doubts == ()
    assert [(one.attribute, one.label) for one in found.means] == [
        ("city", "e"), ("city", "n"), ("city", "s"), ("source", "ads"), ("source", "mail")
    ]  # fmt: skip
    paid = np.bincount(log.customer, np.maximum(log.amount, 0.0))
    ads = paid[np.arange(len(paid)) % 2 == 0]
    mine = found.means[3]
    assert (mine.customers, mine.value) == (len(ads), pytest.approx(ads.mean()))
    theirs = stats.ttest_1samp(ads, 0.0).confidence_interval(0.95)
    assert (mine.low, mine.high) == pytest.approx((theirs.low, theirs.high))
    assert [one["label"] for one in found.to_dict()["means"]] == ["e", "n", "s", "ads", "mail"]


def test_a_mean_has_an_interval_where_there_is_one() -> None:
    codes = np.array([0, 1, 1, 2, 2])
    values = np.array([4.0, 5.0, 5.0, 0.0, 9.0])
    one, same, wide = means_by_label(values, {"x": Labels(codes, ("a", "b", "c"))})
    assert (one.low, one.high, same.low, same.high) == (None, None, None, None)
    assert wide.low == 0
    assert wide.high == pytest.approx(4.5 + 12.706 * 4.5, rel=1e-4)
    with pytest.raises(DataError, match="at least 0"):
        means_by_label(values - 1.0, {})


def test_younger_customers_are_told_apart_from_poorer_ones() -> None:
    rows = [(f"o{i}", day, 9.0 + i % 7) for i in range(40) for day in (0, 100, 200, 300)]
    rows += [(f"n{i}", 290, 9.0 + i % 7) for i in range(40)]
    log = OrderLog.of(rows)
    log = replace(log, attributes={"via": Attribute((log.customer >= 40) * 1, ("old", "new"))})
    found = segmentation(log, SegmentationSettings(attributes=("via",)))
    assert any("via new: first bought 10 days ago in the mean, the rest 300" in doubt
               for doubt in found.doubts)  # fmt: skip


def test_doubts_in_plain_words() -> None:
    log = OrderLog.of([("a", 1, 0.0), ("b", 2, 0.0), ("c", 3, 0.0)])
    found = segmentation(labelled(log, {"x": ("p", "q")}), SegmentationSettings(attributes=("x",)))
    assert found.concentration is None
    said = "\n".join(found.doubts)
    assert "Only 3 customers" in said
    assert "same frequency, 1: it tells nobody apart" in said
    assert "no revenue to share out" in said
    assert "No ideal customer profile: 3 of 3 customers are worth the same, 0" in said
    assert found.to_dict()["segments"][0]["revenue_share"] is None
    assert "Only 1 customer:" in segmentation(OrderLog.of([("a", 1, 5.0)])).doubts[0]
    with pytest.raises(DataError, match="no attribute 'y'; read with: x"):
        segmentation(labelled(log, {"x": ("p",)}), SegmentationSettings(attributes=("y",)))
