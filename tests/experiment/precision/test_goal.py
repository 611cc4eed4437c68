from __future__ import annotations

import math

import pytest

from cvosim.errors import CvosimError
from cvosim.experiment.precision.goal import GROWTH, Goal, Looks


@pytest.mark.parametrize("text", ["", "%", "0", "0%", "-1%", "nan", "inf", "one percent", "1%%"])
def test_what_is_no_width_is_refused(text: str) -> None:
    with pytest.raises(CvosimError, match=r"^precision: must be a percentage above 0"):
        Goal.of(text)


@pytest.mark.parametrize(("text", "half"), [("1%", 6.3), (" 2.5 % ", 15.75), ("0.05", 0.05)])
def test_a_width_is_relative_or_in_the_unit(text: str, half: float) -> None:
    assert Goal.of(text).half_width(-630.0) == pytest.approx(half)
    assert Goal.of(Goal.of(text)) == Goal.of(text)


def test_numbers_are_in_the_unit() -> None:
    assert Goal.of(0.01) == Goal(0.01, relative=False)


@pytest.mark.parametrize("short_by", [1.0001, 1.2, 1.99, 2.0, 50.0, math.inf, math.nan])
def test_looks_go_on_by_whole_blocks_and_not_too_far(short_by: float) -> None:
    looks = Looks(block=100)
    following = looks.next(1000, short_by, 10**6)
    assert following % 100 == 0
    assert 1000 < following <= GROWTH * 1000
    if math.isfinite(short_by):
        assert following >= min(1000 * short_by**2, GROWTH * 1000)


def test_the_most_is_never_passed() -> None:
    looks = Looks(block=100, least=8)
    assert (looks.first(10**6), looks.first(250)) == (800, 250)
    assert looks.next(800, 9.0, 1234) == 1234
