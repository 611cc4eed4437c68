"""How long subscribers stay."""

from __future__ import annotations

import numpy as np
from helpers.illustrations import CARPET, LONG, assert_whole, illustration
from helpers.readable import assert_readable

from cvosim.report.figures import SurvivalLine, survival, survival_exhibit


def test_everybody_is_there_before_the_first_decision() -> None:
    line = SurvivalLine("now", "", 0, (0, 1), (9, 5), (0.6, 0.5), (0.4, 0.2), (0.8, 0.9))
    steps = survival((line,)).lines[0]
    assert steps.get_drawstyle() == "steps-post"
    assert steps.get_xdata().tolist() == [0, 0, 1, 2]
    assert steps.get_ydata().tolist() == [1.0, 0.6, 0.5, 0.5]


def test_the_exhibit_tells_the_portrait() -> None:
    found = illustration(CARPET)
    exhibit = assert_whole(survival_exhibit(found))
    (curve,) = found.portraits["Dear"].survival.values()
    line = exhibit.data[1]
    assert line.name == "Dear"
    assert line.kind == ""
    np.testing.assert_array_equal(line.share, curve.survival)
    expected = np.minimum(curve.survival + 1.959964 * curve.standard_error, 1.0)
    inside = (curve.survival > 0) & (curve.survival < 1)
    assert inside.any()
    np.testing.assert_allclose(np.array(line.high)[inside], expected[inside], atol=1e-6)
    assert "stay after 3 paid bills" in exhibit.alt
    assert_readable(exhibit.axes().figure)


def test_several_subscriptions_differ_by_their_dashes() -> None:
    asked = (("saas", ()), ("saas", (f"name={LONG}",)))
    exhibit = assert_whole(survival_exhibit(illustration(asked)))
    kinds = [line.kind for line in exhibit.data]
    assert kinds == ["monthly plan", "yearly reports"] * 2
    assert_readable(exhibit.axes().figure)
    words = [text.get_text() for text in exhibit.axes().texts]
    assert sum("monthly plan" in word for word in words) == 2
    curves = [one for one in exhibit.axes().lines if one.get_drawstyle() == "steps-post"]
    assert len({one.get_color() for one in curves}) == 2
    assert len({str(one._unscaled_dash_pattern) for one in curves}) == 4
    assert "when the trial ends" in exhibit.alt


def test_where_nobody_or_everybody_has_left_no_band_is_claimed() -> None:
    exhibit = assert_whole(survival_exhibit(illustration((("b2b_services", ()),), 20_000)))
    (line,) = exhibit.data
    sure = [n for n, share in enumerate(line.share) if share in (0.0, 1.0)]
    assert sure
    assert np.isnan([line.low[n] for n in sure]).all()
    assert "n/a" in exhibit.table.to_text()


def test_there_is_none_without_a_subscription() -> None:
    assert survival_exhibit(illustration((("heavy_tail", ()),))) is None
