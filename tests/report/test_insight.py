from __future__ import annotations

import pytest
from helpers.readable import assert_readable

from cvosim.experiment.insight.attribution import Attribution, attribute
from cvosim.experiment.insight.levers import levers_of
from cvosim.experiment.insight.parts import Swap
from cvosim.experiment.insight.segment_truth import SegmentLab, SegmentTest, segment_lab
from cvosim.experiment.insight.surrogates import Plan, SurrogateLab, surrogate_lab
from cvosim.report.insight_segments import segments_picture, segments_tables
from cvosim.report.insight_stages import stages_picture, stages_tables
from cvosim.report.insight_surrogates import (
    SIGNS,
    surrogates_csv,
    surrogates_picture,
    surrogates_tables,
)
from cvosim.scenario import load_scenario

CARPET = "carpet_cleaning"
CHANGES = [
    "name=Straight to the core offer, in a letter that is long",
    "journey.tripwire=null",
    "journey.core_offer.price=229",
    "journey.return_path.nurture.days=[1, 2, 3]",
]


@pytest.fixture(scope="module")
def split() -> Attribution:
    return attribute(Swap.of(load_scenario(CARPET), load_scenario(CARPET, CHANGES)), customers=2000)


@pytest.fixture(scope="module")
def segments() -> SegmentLab:
    people = ", ".join(f"{{name: segment_number_{i}, share: 0.125, fit: 0.{i}}}" for i in range(8))
    market = f"market={{segments: [{people}], propensity_sd: 0.5}}"
    arms = [
        load_scenario(CARPET, [market, *more])
        for more in ((), ("name=Cheap", "journey.tripwire.price=19"))
    ]
    test = SegmentTest(units=8000, replications=50)
    return segment_lab(arms[0], arms[1], test=test, customers=4000)


@pytest.fixture(scope="module")
def surrogates() -> SurrogateLab:
    base = load_scenario("lead_magnet_checklist")
    some = levers_of(base, [0.3])
    return surrogate_lab(base, some, customers=2000, plan=Plan(120, (14, 28), 1000, 20))


def test_pictures_are_readable(
    split: Attribution, segments: SegmentLab, surrogates: SurrogateLab
) -> None:
    assert_readable(stages_picture(split))
    assert_readable(segments_picture(segments))
    assert_readable(surrogates_picture(surrogates))


def test_stages_without_a_next_test_are_one_panel(split: Attribution) -> None:
    alone = Attribution(**{**vars(split), "room": ()})
    figure = stages_picture(alone)
    assert len(figure.axes) == 1
    texts = [text.get_text() for text in figure.axes[0].texts]
    assert texts[4:8] == ["tripwire", "core offer", "nurture", "total"], "after the amounts"


def test_tables_of_stages(split: Attribution) -> None:
    first, second = stages_tables(split)
    assert [row[0] for row in first.rows] == [*(s.name for s in split.shares), "total"]
    assert "total" in first.to_text()
    assert len(second.rows) == len(split.room)


def test_tables_of_segments(segments: SegmentLab) -> None:
    truth, claims, policies = segments_tables(segments)
    assert len(truth.rows) == 8
    assert len(claims.rows) == 8 * 5
    assert [row[0] for row in policies.rows][-1] == "oracle"
    assert "segment_number_7" in truth.to_markdown()


def test_tables_of_surrogates(surrogates: SurrogateLab) -> None:
    by_lever, by_surrogate = surrogates_tables(surrogates)
    assert [row[0] for row in by_lever.rows] == list(surrogates.levers)
    assert [row[0] for row in by_surrogate.rows] == list(surrogates.surrogates)
    assert len(surrogates_csv(surrogates).rows) == len(surrogates.scores)
    grid = surrogates_picture(surrogates).axes[0]
    words = {text.get_text() for text in grid.texts}
    assert words <= set(SIGNS.values())
    assert len(grid.texts) == len(surrogates.levers) * len(surrogates.surrogates)
