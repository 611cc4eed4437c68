"""Who comes back, by cohort and age."""

from __future__ import annotations

import numpy as np
import pytest
from helpers.illustrations import CARPET, FOUR, assert_whole, illustration
from helpers.readable import assert_readable

from cvosim.report.figures import (
    RetentionMap,
    RetentionPanel,
    retention_exhibit,
    retention_map,
)

SHARE = np.array([[0.5, 0.25], [0.4, np.nan]])


def test_numbers_stand_in_their_cells() -> None:
    ax = retention_map(RetentionMap(30.0, (RetentionPanel("now", (80, 40), SHARE),)))
    numbers = {text.get_text(): text.get_position() for text in ax.texts[:3]}
    assert set(numbers) == {"50", "25", "40"}
    left, top = numbers["50"]
    assert numbers["25"] == (left + 1, top)
    assert numbers["40"] == (left, top + 1)


def test_blank_cells_have_no_shape() -> None:
    ax = retention_map(RetentionMap(30.0, (RetentionPanel("now", (80, 40), SHARE),)))
    squares = sum(len(path.vertices) for path in ax.collections[0].get_paths()) / 5
    assert squares == 3
    greys = ax.collections[0].get_facecolor()[:, :3].sum(axis=1)
    assert len(set(greys)) == 3


def test_too_many_numbers_are_left_to_the_table() -> None:
    share = np.full((12, 12), 0.5)
    ax = retention_map(RetentionMap(30.0, (RetentionPanel("now", (9,) * 12, share),)))
    assert "50" not in [text.get_text() for text in ax.texts]


def test_many_panels_have_numbers_in_some_columns() -> None:
    share = np.arange(1, 51).reshape(5, 10) / 100
    panels = (RetentionPanel("now", (9,) * 5, share), RetentionPanel("then", (9,) * 5, share))
    texts = [text.get_text() for text in retention_map(RetentionMap(30.0, panels)).texts]
    assert texts[:5] == ["1", "3", "5", "7", "9"]
    one = retention_map(RetentionMap(30.0, panels[:1]))
    assert [text.get_text() for text in one.texts][:3] == ["1", "2", "3"]


def test_the_exhibit_tells_the_portrait() -> None:
    found = illustration(CARPET)
    exhibit = assert_whole(retention_exhibit(found))
    for panel in exhibit.data.panels:
        whole = found.portraits[panel.scenario].retention
        rows, ages = panel.share.shape
        np.testing.assert_array_equal(panel.share, whole.share[:rows, 1 : ages + 1])
        assert not np.isfinite(whole.share[rows:, 1:]).any()
        assert not np.isfinite(whole.share[:, ages + 1 :]).any()
    first = exhibit.table.rows[0]
    assert first[0] == "Carpet cleaning"
    assert first[2:4] == (exhibit.data.panels[0].size[0], exhibit.data.panels[0].share[0, 0])
    assert "ordered again 60 to 120 days later" in exhibit.alt


@pytest.mark.parametrize("asked", [CARPET, CARPET[:1], FOUR], ids=["two", "one", "four"])
def test_it_can_be_read(asked: tuple[tuple[str, tuple[str, ...]], ...]) -> None:
    exhibit = assert_whole(retention_exhibit(illustration(asked)))
    assert_readable(exhibit.axes().figure)


def test_a_fifth_scenario_is_left_out_and_that_is_said() -> None:
    five = (*FOUR, ("carpet_cleaning", ("name=Fifth",)))
    exhibit = assert_whole(retention_exhibit(illustration(five, 300)))
    assert len(exhibit.data.panels) == 4
    assert exhibit.note.endswith("Only the first 4 of 5 scenarios are drawn.")
