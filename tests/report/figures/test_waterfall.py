"""From one worth to another, part by part."""

from __future__ import annotations

import math

import numpy as np
import pytest
from helpers.comparisons import B, comparison
from helpers.readable import assert_readable

from cvosim.experiment.illustrated import StageSplit
from cvosim.report.figures import Level, Part, Waterfall, waterfall
from cvosim.report.figures.waterfalls import stage_waterfall_of


def fall(start: float, *values: float) -> Waterfall:
    parts = tuple(Part(f"part {i}", v, v - 0.5, v + 0.5) for i, v in enumerate(values))
    total = sum(values)
    levels = Level("worse", start, 1), Level("better", start + total, 0)
    whole = Part("total", total, total - 0.5, total + 0.5)
    return Waterfall("Why", "EUR a prospect", levels, parts, whole)


def spans(data: Waterfall) -> list[tuple[float, float]]:
    return [(bar.get_x(), bar.get_x() + bar.get_width()) for bar in waterfall(data).patches]


def test_each_part_starts_where_the_one_before_ends() -> None:
    assert spans(fall(2.0, 3.0, -1.0)) == [(0, 2), (2, 5), (5, 4), (0, 4)]


def test_gains_and_losses_differ_without_colour() -> None:
    worse, gain, loss, better = waterfall(fall(2.0, 3.0, -1.0)).patches
    assert gain.get_hatch() is None
    assert loss.get_hatch()
    assert worse.get_hatch() != better.get_hatch()


def test_amounts_have_their_signs() -> None:
    written = [text.get_text() for text in waterfall(fall(2.0, 3.0, -1.0)).texts][:4]
    assert written == ["2.00", "+3.00", "\N{MINUS SIGN}1.00", "4.00  (+2.00)"]


@pytest.mark.parametrize("start", [500.0, -500.0])
def test_an_axis_that_does_not_start_at_zero_says_so(start: float) -> None:
    ax = waterfall(fall(start, 3.0, -1.0))
    assert "does not start at 0" in ax.texts[-1].get_text()
    low, high = ax.get_xlim()
    assert high - low < 30
    assert_readable(ax.figure.figure, at_least=6)
    assert "start" not in waterfall(fall(1.0, 3.0, -1.0)).texts[-1].get_text()


@pytest.mark.parametrize("values", [(), (0.0,), (math.nan, 1.0), (1e-12,), (1e9, -1e9)])
def test_what_is_odd_can_be_drawn(values: tuple[float, ...]) -> None:
    ax = waterfall(fall(2.0, *values))
    ax.figure.figure.canvas.draw()
    assert all(map(math.isfinite, ax.get_xlim()))


def stages(*differences: float) -> StageSplit:
    size = len(differences)
    names = tuple(f"stage_{i}" for i in range(size))
    base, change = np.full(size, 5.0 / size), np.array(differences)
    return StageSplit(names, base, base + change, change, np.full(size, 0.01))


def test_stages_that_change_nothing_are_left_out() -> None:
    split = stages(3.0, 0.0, -1.0)
    split.standard_error[1] = 0.0
    data = stage_waterfall_of(comparison(2.0, 0.5), B, split)
    assert [part.label for part in data.parts] == ["stage 0", "stage 2"]
    assert data.title.startswith("Where in the journey Without")


def test_many_tiny_stages_become_one() -> None:
    split = stages(1.5, -0.5, *[0.05 + i / 100 for i in range(12)])
    data = stage_waterfall_of(comparison(float(split.difference.sum()), 0.5), B, split)
    assert len(data.parts) == 10
    assert data.parts[-1].label == "everything else"
    assert sum(part.value for part in data.parts) == pytest.approx(split.difference.sum())
    assert data.parts[-1].high - data.parts[-1].value == pytest.approx(1.96 * 0.05, rel=1e-3)


def test_the_better_side_is_at_the_end_whichever_it_is() -> None:
    data = stage_waterfall_of(comparison(-2.0, 0.5), B, stages(-3.0, 1.0))
    assert [part.value for part in data.parts] == [3.0, -1.0]
    assert data.levels is not None
    assert [level.label for level in data.levels] == ["Without", "With tripwire"]
    assert [level.value for level in data.levels] == [3.0, 5.0]


def test_what_chance_may_explain_is_no_gain() -> None:
    data = stage_waterfall_of(comparison(0.2, 0.5), B, stages(0.3, -0.1))
    assert data.title == "Where in the journey With tripwire\nand Without differ"
