"""Channels, return path and the spread of value, drawn from data made by hand."""

from __future__ import annotations

import math

import pytest
from helpers.readable import assert_readable, labels_of
from matplotlib.text import Annotation

from cvosim.report.figures import (
    ChannelPoint,
    Channels,
    Mean,
    ProgramBar,
    ReturnPath,
    Spread,
    channels,
    return_path,
    value_spread,
)
from cvosim.report.figures.shared import MARKERS, folded, listed, point_style
from cvosim.report.figures.value_spread import PERCENTS

NAN = math.nan


def test_points_of_scenarios_differ_without_colour() -> None:
    looks = {(point_style(i)["marker"], str(point_style(i)["linestyle"])) for i in range(4)}
    assert len(looks) == len(MARKERS) == 4


def test_channels_on_one_heap_keep_their_names_apart() -> None:
    points = tuple(ChannelPoint(f"channel_{i}", 20.0 + i / 10, 1.0, 5.0, 0.4) for i in range(8))
    ax = channels(Channels(("one", "two"), "USD", (points, points)))
    names = [text.get_text() for text in ax.texts][:8]
    assert names == [f"channel {i}" for i in range(8)], "each is named once"
    boxes = [box for text, box in labels_of(ax.figure.figure) if text.startswith("channel ")]
    assert not any(a.overlaps(b) for i, a in enumerate(boxes) for b in boxes[:i])


@pytest.mark.parametrize("value", [0.0, -3.0, 1e9])
@pytest.mark.parametrize("half", [0.0, NAN, 5.0])
def test_odd_channels_can_be_drawn(value: float, half: float) -> None:
    ax = channels(Channels(("one",), "USD", ((ChannelPoint("ads", 0.0, half, value, half),),)))
    ax.figure.figure.canvas.draw()
    low, high = ax.get_ylim()
    assert low < min(0.0, value)
    assert high > max(0.0, value)


def test_programs_write_cost_recoveries_and_return() -> None:
    bars = (
        (ProgramBar(120.0, 40.0, 3.54), ProgramBar(0.0, 7.0, NAN)),
        (None, ProgramBar(NAN, NAN, NAN)),
    )
    ax = return_path(ReturnPath(("one", "two"), "USD", ("nurture", "a_long_call"), bars))
    written = [text.get_text() for text in ax.texts]
    assert written[:6] == ["120.00", "40  (3.5 for 1)", "0.00", "7", "n/a", "n/a"]
    assert written[6:8] == ["nurture", "a long call"]
    lengths = [bar.get_width() for bar in ax.patches]
    assert lengths == pytest.approx([-1.0, 1.0, 0.0, 7 / 40, 0.0, 0.0])
    assert_readable(ax.figure.figure)


def spread(*values: float) -> Spread:
    marks = tuple(Mean(value, value - 1, value + 1) for value in values)
    curve = tuple(zip((0.1, 0.5, 0.9, 0.99), values, strict=True))
    return Spread(("one",), "USD", (curve,), (marks,), (Mean(1.2, 1.0, 1.4),))


def test_amounts_of_the_spread_stand_in_the_rows_of_their_percentiles() -> None:
    ax = value_spread(spread(5.0, 20.0, 90.0, 800.0))
    texts = [text.get_text() for text in ax.texts]
    rows = [text.split(" ")[0] for text in texts if "of buyers" in text]
    assert rows == [str(percent) for percent in PERCENTS]
    at = {text.get_text(): text.get_position()[1] for text in ax.texts if "\n" in text.get_text()}
    amounts = [
        text for text in ax.texts if text.get_text().endswith("0") and "." in text.get_text()
    ]
    assert [text.get_text() for text in amounts] == ["1.20", "5.00", "20.00", "90.00", "800.00"]
    assert [text.xy[1] for text in amounts] == list(at.values())
    assert_readable(ax.figure.figure)


@pytest.mark.parametrize(
    "values", [(0.0,) * 4, (-5.0, -4.0, -3.0, -2.0), (-1e-9, 0.0, 1e7, 1e12), (NAN,) * 4]
)
def test_odd_spreads_can_be_drawn(values: tuple[float, ...]) -> None:
    ax = value_spread(spread(*values))
    assert_readable(ax.figure.figure)
    low, high = ax.get_xlim()
    known = [1.2, *filter(math.isfinite, values)]
    assert low < min(known)
    assert high > max(known)
    left, right = ax.get_xlim()
    plain = [text for text in ax.texts if not isinstance(text, Annotation)]
    marks = [text for text in plain if text.get_text()[-1:] in "01"]
    places = [text.get_position()[0] for text in marks]
    assert 2 <= len(places) <= 9
    assert all(left <= place <= right for place in places)


def test_words() -> None:
    assert folded("one_clean and another that is long enough") == (
        "one clean and another\nthat is long enough"
    )
    assert listed([]) == ""
    assert listed(["a"]) == "a"
