"""Looks of a sequential test beside the bounds that stop it."""

from __future__ import annotations

from typing import cast

import numpy as np
import pytest
from helpers.readable import assert_readable
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cvosim.report.figures.boundaries import Boundaries, boundaries

DAYS = (7.0, 14.0, 21.0, 28.0)
TICKS = ("day 7", "day 14", "day 21", "day 28")
BOUNDS = (4.0, 2.8, 2.3, 2.0)


def data(seen: tuple[float, ...], decided: int | None = None, decision: str = "") -> Boundaries:
    return Boundaries(
        "B: each look beside its bounds", DAYS, TICKS, seen, BOUNDS, "ship it", "it does harm",
        decided, decision,
    )  # fmt: skip


def marks(ax: Axes, label: str) -> list[list[float]]:
    """Places of the marks of a kind."""
    found = [one for one in ax.collections if one.get_label() == label]
    return [] if not found else np.asarray(found[0].get_offsets()).tolist()


def test_both_bounds_are_drawn_and_named() -> None:
    ax = boundaries(data((1.0, 1.5, 1.2, 1.0)))
    upper, lower = (np.asarray(line.get_ydata()).tolist() for line in ax.lines[:2])
    assert upper == list(BOUNDS)
    assert lower == [-bound for bound in BOUNDS]
    assert [text.get_text() for text in ax.texts] == ["ship it", "it does harm"]
    assert marks(ax, "look") == [[7.0, 1.0], [14.0, 1.5], [21.0, 1.2], [28.0, 1.0]]
    assert not marks(ax, "decision")


@pytest.mark.parametrize(
    ("seen", "decided"),
    [((1.0, 3.0, 3.2, 3.5), 1), ((-1.0, -1.5, -3.2, -3.5), 2), ((0.3, 0.1, 0.2, 0.4), 0),
     ((0.3, 0.1, 0.2, 2.4), 3)],
)  # fmt: skip
def test_the_decision_is_told_without_colour(seen: tuple[float, ...], decided: int) -> None:
    ax = boundaries(data(seen, decided, "stop: ship it"))
    assert marks(ax, "decision") == [[DAYS[decided], seen[decided]]]
    assert len(marks(ax, "look")) == decided
    assert len(marks(ax, "had it gone on")) == len(DAYS) - decided - 1
    words = [text.get_text() for text in ax.texts]
    assert f"look {decided + 1}: stop: ship it" in words
    low, high = ax.get_ylim()
    assert low < min(seen) < max(seen) < high
    assert_readable(cast("Figure", ax.figure))


def test_bounds_beyond_the_picture_are_told_of() -> None:
    far = data((0.3, 0.1, 0.2, 0.4))._replace(bounds=(60.0, 2.8, 2.3, 2.0))
    ax = boundaries(far)
    assert ax.get_ylim()[1] < 10.0
    assert any("beyond the picture" in text.get_text() for text in ax.texts)


def test_one_look_is_drawn() -> None:
    one = Boundaries("B", (7.0,), ("day 7",), (2.5,), (1.96,), "better", "worse", 0, "better")
    ax = boundaries(one)
    assert marks(ax, "decision") == [[7.0, 2.5]]
