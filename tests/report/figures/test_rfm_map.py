"""Buyers by how lately and how often they bought."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from helpers.illustrations import CARPET, FOUR, assert_whole, illustration
from helpers.readable import assert_readable

from cvosim.metrics.portrait import RfmMap
from cvosim.report.figures import RfmPanel, RfmPanels, rfm_exhibit, rfm_map


def test_the_best_stand_in_the_upper_right_corner() -> None:
    share, paid = np.zeros((5, 5)), np.full((5, 5), np.nan)
    share[4, 4], paid[4, 4] = 0.75, 29.0
    share[0, 0], paid[0, 0] = 0.25, 5.0
    ax = rfm_map(RfmPanels("USD", (RfmPanel("now", 4, share, paid),)))
    best, worst = (next(text for text in ax.texts if text.get_text() == words)
                   for words in ("75.0 %\n29.00", "25.0 %\n5.00"))  # fmt: skip
    (x, y), (left, low) = best.get_position(), worst.get_position()
    assert (x - left, low - y) == (4, 4)
    assert ax.yaxis_inverted()


def test_the_exhibit_tells_the_portrait() -> None:
    found = illustration(CARPET)
    exhibit = assert_whole(rfm_exhibit(found))
    for panel in exhibit.data.panels:
        rfm = found.portraits[panel.scenario].rfm
        assert rfm is not None
        np.testing.assert_allclose(panel.share * panel.buyers, rfm.buyers)
        assert panel.buyers == rfm.buyers.sum()
    shares = [row[3] for row in exhibit.table.rows if row[0] == "Dear"]
    assert sum(shares) == pytest.approx(1.0)
    assert f"Dear: of {exhibit.data.panels[1].buyers:,} buyers" in exhibit.alt


@pytest.mark.parametrize("asked", [CARPET, CARPET[:1], FOUR], ids=["two", "one", "four"])
def test_it_can_be_read(asked: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    exhibit = assert_whole(rfm_exhibit(illustration(asked)))
    assert_readable(exhibit.axes().figure)


def test_where_nobody_bought_there_is_nothing_to_draw() -> None:
    found = illustration(CARPET)
    empty = RfmMap(np.zeros((5, 5), np.int64), np.full((5, 5), np.nan))
    portraits = dict(found.portraits)
    portraits["Dear"] = replace(portraits["Dear"], rfm=empty)
    exhibit = assert_whole(rfm_exhibit(replace(found, portraits=portraits)))
    assert len(exhibit.data.panels) == 1
    assert exhibit.alt.endswith("Dear: nobody bought.")
    portraits["Carpet cleaning"] = replace(portraits["Dear"], rfm=None)
    assert rfm_exhibit(replace(found, portraits=portraits)) is None
