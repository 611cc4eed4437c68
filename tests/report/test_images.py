"""Pictures of the five main figures look as they did when somebody last looked at them.

Bars, lines and cells are compared closely and without letters, letters by where they are: other
versions of the font library hint and smooth them in other ways (see `helpers.images`, which
also says how to renew the pictures).
"""

from __future__ import annotations

import math
from pathlib import Path

import matplotlib
import pytest
from helpers import images
from helpers.images import FIGURES, KEPT, file_of, off, picture_of, pixels_of, value_parts
from matplotlib.text import Text


@pytest.mark.parametrize("words", [False, True], ids=["shapes", "words"])
@pytest.mark.parametrize("name", FIGURES)
def test_it_looks_as_it_did(name: str, words: bool) -> None:
    assert off(FIGURES[name](), name, words=words) <= 1, "see tests/helpers/images.py"


def test_every_picture_is_compared_and_small() -> None:
    expected = {file_of(name, words=words) for name in FIGURES for words in (True, False)}
    assert set(KEPT.glob("*.png")) == expected
    assert all(path.stat().st_size < 30_000 for path in expected)


def test_a_bar_that_is_a_twentieth_shorter_is_seen() -> None:
    assert off(value_parts(0.95), "value_waterfall", words=False) > 1


def test_a_figure_of_another_size_is_seen() -> None:
    one = pixels_of(picture_of(FIGURES["cash"]()))
    assert images.distance(one, one[:-1], 4) == math.inf


@pytest.mark.parametrize("name", FIGURES)
def test_letters_may_be_drawn_in_another_way(name: str) -> None:
    with matplotlib.rc_context({"text.hinting": "none"}):
        far = off(FIGURES[name](), name, words=True)
    assert 0 < far <= 1


@pytest.mark.parametrize("name", FIGURES)
def test_but_they_may_not_be_left_out(name: str) -> None:
    ax = FIGURES[name]()
    for text in ax.figure.findobj(Text):
        text.set_visible(False)
    assert off(ax, name, words=True) > 1


def test_renewing_draws_the_same_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(images, "KEPT", tmp_path)
    for name in FIGURES:
        file_of(name, words=False).write_bytes(picture_of(FIGURES[name](), words=False))
        assert off(FIGURES[name](), name, words=False) == 0
