from __future__ import annotations

import pytest

from cvosim.report.check_values import LONGEST, change_words

MANY = [float(day) for day in range(50, 150)]


def test_of_many_numbers_those_that_differ_are_told() -> None:
    other = [*MANY[:39], 900.0, *MANY[40:]]
    assert change_words(MANY, other) == "1 of 100 values, the 40th: 89 -> 900"
    other[99] = 0.5
    assert change_words(MANY, other) == "2 of 100 values, first the 40th: 89 -> 900"
    assert change_words(MANY, MANY[:-1]) == "100 -> 99 values"
    assert change_words([1.0, 2.0], [1.0, 3.0]) == "[1, 2] -> [1, 3]", "short ones in full"
    assert change_words(None, MANY).startswith("none -> [50, 51, ")


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (MANY, [*MANY[:-1], 7.0]),
        ([0.12345678], [0.12345679]),
        ({"name": "club", "price": 1.0}, {"name": "club", "price": 2.0}),
        ("word " * 50 + "a", "word " * 50 + "b"),
        ([{"name": "a", "x": 1}], [{"name": "a", "x": 2}]),
        (["word " * 9 + "a"], ["word " * 9 + "b"]),
    ],
)
def test_what_is_cut_alike_still_shows_the_difference(before: object, after: object) -> None:
    words = change_words(before, after).partition(": ")[2] or change_words(before, after)
    then, _, now = words.partition(" -> ")
    assert then != now
    assert len(then) <= LONGEST + 20


def test_texts_begin_shortly_before_the_difference() -> None:
    then, _, now = change_words("word " * 50 + "a", "word " * 50 + "b").partition(" -> ")
    assert (then, now) == ('"...word word a"', '"...word word b"')
