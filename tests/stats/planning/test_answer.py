from __future__ import annotations

import json

import pytest

from cvosim.errors import CvosimError
from cvosim.stats.planning.answer import Known, answer


def test_the_three_questions_answer_each_other() -> None:
    known = Known(12.5, sd=80.0, correlation=0.3)
    size = answer(known, effect=0.625, power=0.9)
    assert (size.asked, size.line.relative) == ("sample", 0.05)
    assert answer(known, total=size.line.total, power=0.9).line.effect == pytest.approx(0.625)
    power = answer(known, effect=0.625, total=size.line.total)
    assert power.asked == "power"
    assert power.line.power == pytest.approx(0.9)
    assert [line.total for line in power.table] == [size.line.total] * 5


def test_arms_are_rounded_up_each() -> None:
    text = answer(Known(0.05), effect=0.01, ratio=0.5, treatments=2).summary()
    size = answer(Known(0.05), effect=0.01, ratio=0.5, treatments=2).line
    whole = -(-size.control // 1) + 2 * (-(-size.treatment // 1))
    assert f"you need {whole:,.0f} units" in text
    assert "in each treatment" in text


def test_an_effect_that_cannot_exist() -> None:
    found = answer(Known(0.9), total=20)
    assert "none that can exist" in found.summary()
    assert found.to_dict()["effect"] is None
    json.dumps(found.to_dict(), allow_nan=False)


def test_what_is_refused() -> None:
    with pytest.raises(CvosimError, match="give the effect to find"):
        answer(Known(0.05))
    with pytest.raises(CvosimError, match="leave one of the three out"):
        answer(Known(0.05), effect=0.01, total=100, power=0.8)
    with pytest.raises(CvosimError, match="must not be 0"):
        answer(Known(0.05), effect=0.0, total=100)
