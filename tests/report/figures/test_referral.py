"""Whom customers bring, and what that is worth."""

from __future__ import annotations

import math

import pytest
from helpers.illustrations import CARPET, LONG, assert_whole, illustration
from helpers.readable import assert_readable

from cvosim.report.figures import Known, Referral, ReferralSide, referral, referral_exhibit

UNKNOWN = Known(math.nan, math.nan, math.nan)


def known(value: float) -> Known:
    return Known(value, value - 0.5, value + 0.5)


def test_bars_are_as_long_as_their_numbers() -> None:
    now = ReferralSide("now", tuple(map(known, (4.0, 2.0, 1.0))), (known(8.0), known(10.0)), 0.07)
    ax = referral(Referral("USD", (now,)))
    *people, alone, together, _ = (bar.get_width() for bar in ax.patches)
    assert people == pytest.approx([people[0], people[0] / 2, people[0] / 4])
    assert alone / together == pytest.approx(0.8)


def test_a_loss_points_to_the_left() -> None:
    now = ReferralSide("now", tuple(map(known, (4.0, 2.0, 1.0))), (known(-8.0), known(2.0)), 0.07)
    ax = referral(Referral("USD", (now,)))
    loss, gain = ax.patches[3:5]
    assert loss.get_width() < 0 < gain.get_width()
    assert loss.get_x() == gain.get_x()
    assert "\N{MINUS SIGN}8.00" in [text.get_text() for text in ax.texts]


def test_what_is_not_known_has_no_bar() -> None:
    now = ReferralSide("now", (UNKNOWN,) * 3, (UNKNOWN,) * 2, math.nan)
    ax = referral(Referral("USD", (now,)))
    assert [bar.get_width() for bar in ax.patches[:5]] == [0] * 5
    assert [text.get_text() for text in ax.texts].count("n/a") == 5


def test_the_exhibit_tells_the_metrics() -> None:
    found = illustration((("pizza_chain", ()),), 20_000)
    exhibit = assert_whole(referral_exhibit(found))
    metrics = found.metrics["Pizza chain"]
    first = metrics["referred_in_generation_1"].value
    assert exhibit.data.sides[0].people[0].value == pytest.approx(first / 200)
    assert exhibit.table.rows[0][:2] == ("referred_in_generation_1", first)
    assert exhibit.data.sides[0].value[1].value == metrics["clv_with_referrals"].value
    assert "every 100 prospects bring" in exhibit.alt
    assert_readable(exhibit.axes().figure)


def test_beside_one_without_referral() -> None:
    asked = (
        ("saas", ()),
        ("saas", (f"name={LONG}",)),
        ("saas", ("name=None", "journey.referral=null")),
    )
    exhibit = assert_whole(referral_exhibit(illustration(asked)))
    assert exhibit.data.sides[2].people == ()
    assert exhibit.alt.count("None has no referral") == 1
    alone, together = exhibit.data.sides[2].value
    assert alone == together
    assert_readable(exhibit.axes().figure)
    assert "no referral" in exhibit.table.to_text()


def test_there_is_none_where_nobody_refers() -> None:
    assert referral_exhibit(illustration(CARPET)) is None
