"""Figures as SVG: stable bytes, nothing from outside, valid inside a page."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
from helpers.images import FIGURES
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection

from cvosim.report.bare import bare_axes
from cvosim.report.figures import Cash, CashLine, RetentionMap, RetentionPanel, cash, retention_map
from cvosim.report.style import Margins, new_axes
from cvosim.report.svg import svg_of

HASHED = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from helpers.images import FIGURES
from cvosim.report.svg import svg_of
for name, draw in FIGURES.items():
    text = svg_of(draw().figure, key=name, title=name, alt="words")
    print(name, hashlib.sha256(text.encode()).hexdigest())
"""


def drawn(name: str) -> str:
    return svg_of(FIGURES[name]().figure, key=name, title="A title", alt="Some words.")


def labelled(text: str) -> Axes:
    ax = bare_axes(4.0, 2.0, Margins())
    ax.text(0.1, 0.5, text, parse_math=False)
    return ax


def test_other_processes_write_the_same_bytes() -> None:
    def told(seed: str) -> str:
        env = {**os.environ, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", HASHED, str(Path(__file__).parent.parent)]
        return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout

    one = told("1")
    assert len(one.splitlines()) == len(FIGURES)
    assert one == told("2")


def test_a_second_time_gives_the_same_bytes() -> None:
    first = drawn("cash")
    drawn("funnel")
    assert drawn("cash") == first


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_whole_and_refers_to_nothing_outside(name: str) -> None:
    text = drawn(name)
    ElementTree.fromstring(text)
    assert "://" not in text
    assert "xlink" not in text
    assert "<image" not in text
    assert "<style" not in text
    assert "<script" not in text
    ids = re.findall(r'\bid="([^"]*)"', text)
    assert len(set(ids)) == len(ids)
    assert all(one.startswith(f"{name}-") for one in ids)
    used = re.findall(r'(?:url\(#|href="#)([^)"]*)', text)
    named = re.findall(r'aria-(?:labelledby|describedby)="([^"]*)"', text)
    assert len(named) == 2
    assert set(used) | set(named) == set(ids)


def test_two_figures_in_a_page_share_no_name() -> None:
    page = svg_of(FIGURES["cash"]().figure, key="cash", title="t", alt="a")
    page += svg_of(FIGURES["cash"]().figure, key="cash_2", title="t", alt="a")
    ids = re.findall(r'\bid="([^"]*)"', page)
    assert ids
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("name", FIGURES)
def test_it_is_small(name: str) -> None:
    assert len(drawn(name)) < 20_000


@pytest.mark.parametrize(
    "name",
    [
        "<script>alert(1)</script>",
        'a" id="b" & url(#c) href="#d"',
        "x font-family: y; <!-- z --> 1.23456",
        "  two  spaces ",
        "</g><g>",
    ],
)
def test_words_stay_as_they_are(name: str) -> None:
    text = svg_of(labelled(name).figure, key="k", title=name, alt=name)
    root = ElementTree.fromstring(text)
    found = ["".join(part.itertext()) for part in root.iter() if part.tag == "text"]
    assert [one.strip() for one in found] == [name.strip()]
    assert root[0].text == root[1].text == name
    assert "<script" not in text


def test_rotated_words_stay_rotated() -> None:
    ax = labelled("up")
    ax.texts[0].set_rotation(90)
    assert re.search(
        r"transform=\"[^\"]*rotate\(-?90", svg_of(ax.figure, key="k", title="", alt="")
    )


def test_words_are_set_in_fonts_as_wide_as_those_they_were_measured_in() -> None:
    text = drawn("funnel")
    assert text.count("font-family") == 1
    assert "font-family: 'DejaVu Sans'" in text
    assert "Verdana" in text
    assert text.count("font-size") == text.count("<text")


def test_places_are_as_exact_as_anybody_sees() -> None:
    ax = bare_axes(4.0, 2.0, Margins(0.0, 0.0, 0.0, 0.0))
    ax.add_collection(
        LineCollection([[(1 / 3, 1 / 7), (2 / 3, 6 / 7)]], clip_on=False), autolim=False
    )
    found = re.search(r'd="M ([\d.]+) ([\d.]+)L ([\d.]+) ([\d.]+)"',
                      svg_of(ax.figure, key="k", title="", alt=""))  # fmt: skip
    assert found is not None
    wanted = (288 / 3, 144 * 6 / 7, 288 * 2 / 3, 144 / 7)
    assert [float(one) for one in found.groups()] == pytest.approx(wanted, abs=0.01)


def test_groups_that_say_something_are_kept() -> None:
    text = drawn("cash")
    assert text.count("<g") == text.count("</g>") > 0
    assert "<g>" not in text
    assert text.count("<g clip-path=") == text.count("<g")


@pytest.mark.parametrize("figure", [cash, retention_map], ids=["cash", "retention"])
def test_figures_draw_where_they_are_told(figure: Callable[[Any, Axes], Axes]) -> None:
    """And leave no ticks of matplotlib's there."""
    data: Any = Cash("EUR", 9.0, (CashLine("a", (0.0, 9.0), *[(0.0, 1.0)] * 3, 0.0, 0.0, 0.0),))
    if figure is retention_map:
        data = RetentionMap(30.0, (RetentionPanel("a", (4,), np.array([[0.5]])),))
    ax = new_axes(4.0, 3.0)
    assert figure(data, ax) is ax
    assert not ax.axison


def test_settings_of_others_stay_as_they_were() -> None:
    import matplotlib

    before = dict(matplotlib.rcParams)
    drawn("cash")
    assert dict(matplotlib.rcParams) == before
