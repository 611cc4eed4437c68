"""Sentences, tables and pictures of sensitivity, on made-up results."""

from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

import numpy as np
import pytest

from cvosim.experiment.sensitivity.asking import Answer
from cvosim.experiment.sensitivity.boxes import Limit
from cvosim.experiment.sensitivity.dependence import Dependence, partial_dependence
from cvosim.experiment.sensitivity.discovery import Discovery, discover
from cvosim.experiment.sensitivity.elasticity import Elasticities, Elasticity
from cvosim.experiment.sensitivity.one_at_a_time import Bar, Tornado, Try
from cvosim.experiment.sensitivity.sample import Sample
from cvosim.experiment.sensitivity.sections import UNKNOWN, Interval
from cvosim.experiment.sensitivity.sobol import Part, SobolIndices
from cvosim.report import sensitivity_picture as pictures
from cvosim.report.sensitivity import WORDS
from cvosim.report.sensitivity_discovery import discovery_figure
from cvosim.report.sensitivity_tables import COLUMNS, ROWS, TABLES, tidy_table

ANSWER = Answer("A $5 plan", "clv", "EUR", Interval(10.0, 9.5, 10.5), 5000, 20, 5, 7)


def tried(value: object, outcome: float) -> Try:
    change = Interval(outcome - 10.0, outcome - 10.5, outcome - 9.5)
    return Try(value, outcome, change)


@pytest.fixture
def tornado() -> Tornado:
    wide = Bar("price_$", "lever", 29, (tried(9, 14.0), tried(39, 8.0)), Interval(6.0, 5.0, 7.0))
    one_side = Bar("kind", "lever", "a", (tried("b", 11.0), tried("c", 12.0)),
                   Interval(1.0, -0.5, 2.5))  # fmt: skip
    failed = Bar("odd", "uncertainty", 1.0, (Try(-5, math.nan, UNKNOWN, "must be at least 0"),),
                 UNKNOWN)  # fmt: skip
    return Tornado(ANSWER, (wide, one_side, failed))


@pytest.fixture
def slopes() -> Elasticities:
    rows = (
        Elasticity("price_$", "lever", 29, 27.0, 31.0, Interval(-0.8, -0.9, -0.7)),
        Elasticity("kind", "lever", "a", math.nan, math.nan, UNKNOWN, "is no number"),
    )
    return Elasticities(ANSWER, 0.05, rows)


@pytest.fixture(scope="module")
def drawn() -> Sample:
    x = (np.arange(200.0) * 0.6180339887) % 1.0
    words = [("ads", "mail")[i % 2] for i in range(200)]
    values = np.where((x < 0.4) & (np.arange(200) % 2 == 0), -1.0, 2.0) + x / 10
    points = tuple(zip(x.tolist(), words, strict=True))
    return Sample(("rate", "kind_$"), ("uncertainty", "lever"), points, "clv", "EUR", values,
                  np.full(200, 0.1))  # fmt: skip


@pytest.fixture
def sobol(drawn: Sample) -> SobolIndices:
    parts = (
        Part("price_$", "lever", Interval(0.6, 0.5, 0.7), Interval(0.8, 0.7, 0.9)),
        Part("rate", "uncertainty", Interval(-0.0001, -0.1, 0.1), Interval(0.3, 0.2, 0.4)),
    )
    return SobolIndices(ANSWER, parts, 10.0, 4.0, 254, 2, 0.11, drawn)


@pytest.fixture
def found(drawn: Sample) -> Discovery:
    pytest.importorskip("sklearn")
    return discover(drawn)


def test_tornado_says_what_moves_most(tornado: Tornado) -> None:
    said = WORDS["tornado"](tornado)
    assert said.startswith(
        "What moves clv most is price_$: from 9 to 39 it goes from EUR 14.00 to EUR 8.00, a swing "
        "of EUR 6.00 (95 % interval EUR 5.00 to EUR 7.00). As written it is EUR 10.00"
    )
    assert "No effect shows of kind: the interval holds 0." in said
    assert said.endswith("odd at -5 could not be run: must be at least 0.")
    wide_luck = replace(tornado.bars[1], swing=Interval(9.0, -1.0, 19.0))
    first = replace(tornado, bars=(wide_luck, tornado.bars[0]))
    assert WORDS["tornado"](first).startswith("What moves clv most is price_$")
    still = replace(tornado, bars=tornado.bars[1:])
    assert WORDS["tornado"](still).startswith("Nothing moves clv so that 5,000 customers show it")
    nothing = replace(tornado, bars=tornado.bars[2:])
    assert "no value of any factor could be run" in WORDS["tornado"](nothing)


def test_tornado_table_and_figure(tornado: Tornado, slopes: Elasticities) -> None:
    [table] = TABLES["tornado"](tornado)
    assert table.shown[0] == ("price_$", "9", "14.00", "39", "8.00", "6.00", "5.00 to 7.00")
    assert table.shown[2] == ("odd", "-", "-", "-", "-", "-", "-")
    assert "nan" not in table.to_text() + table.to_csv()
    upper, lower = pictures.one_at_a_time_picture(tornado, slopes).axes
    widths = [patch.get_width() for patch in upper.patches]
    assert widths == pytest.approx([-2.0, 4.0, 1.0, 2.0])
    assert [text.get_text() for text in upper.texts] == ["39", "9", "b", "c"]
    # both ends on one side: their labels lie beyond all that is drawn
    left, right = (text.xy[0] for text in upper.texts[2:])
    assert (left, right) == (10.0, 12.5)
    assert [text.get_text() for text in lower.texts] == ["−0.80"]
    assert len(pictures.elasticity_picture(slopes).axes) == 1


def test_elasticities_in_words_and_table(slopes: Elasticities) -> None:
    said = WORDS["elasticity"](slopes)
    assert "One percent more of price_$ moves clv by −0.80 % (95 % interval −0.90 % to" in said
    [table] = TABLES["elasticity"](slopes)
    assert table.shown[1] == ("kind", "a", "n/a", "is no number")
    none = replace(slopes, rows=slopes.rows[1:])
    assert WORDS["elasticity"](none) == "clv has no elasticity: kind is no number."


def test_sobol_in_words_table_and_figure(sobol: SobolIndices) -> None:
    said = WORDS["sobol"](sobol)
    assert "price_$: 60 % (50 to 70 %) by itself, 80 % (70 to 90 %) with its interactions" in said
    assert "Up to 11 % of the variance may be luck" in said
    assert "2 rows of the design had no value" in said
    assert "too narrow" not in said
    assert (
        "With 127 rows of the design the intervals are too narrow where few points carry most"
        in (WORDS["sobol"](replace(sobol, rows=127)))
    )
    [table] = TABLES["sobol"](sobol)
    assert table.shown[1] == ("rate", "0.000", "−0.100 to 0.100", "0.300", "0.200 to 0.400")
    ax = pictures.sobol_picture(sobol).axes[0]
    assert [patch.get_width() for patch in ax.patches] == [0.6, -0.0001, 0.8, 0.3]
    still = replace(sobol, variance=0.0)
    assert WORDS["sobol"](still).startswith("No factor moves clv")


def test_sobol_of_few_points_is_called_rough(sobol: SobolIndices) -> None:
    wide = Part("price_$", "lever", Interval(1.04, 0.52, 1.59), Interval(1.15, 0.8, 1.6))
    said = WORDS["sobol"](replace(sobol, parts=(wide, sobol.parts[1]), rows=64))
    assert "practically all (52 to 100 %) by itself, practically all (80 to 100 %) with" in said
    assert "estimated too roughly: take more --points" in said
    assert "explain" not in said
    ax = pictures.sobol_picture(replace(sobol, parts=(wide, sobol.parts[1]))).axes[0]
    assert ax.get_xlim() == (0.0, 1.1)


def test_what_rests_on_few_decisions_is_marked(tornado: Tornado, slopes: Elasticities) -> None:
    bar, row = (replace(one, few=True, decided=n)
                for one, n in ((tornado.bars[0], 0), (slopes.rows[0], 3)))  # fmt: skip
    swung = replace(tornado, bars=(bar, *tornado.bars[1:]))
    sloped = replace(slopes, rows=(row, *slopes.rows[1:]))
    assert "But of 5,000 customers nobody decided otherwise by price_$" in WORDS["tornado"](swung)
    assert "only about 3 decided otherwise" in WORDS["elasticity"](sloped)
    for method, one in (("tornado", swung), ("elasticity", sloped)):
        [table] = TABLES[method](one)
        assert table.shown[0][0] == "price_$ (few)"
        assert not table.shown[1][0].endswith("(few)")
        assert "(few): few or nobody of 5,000 decided otherwise" in table.to_text()
    axes = pictures.one_at_a_time_picture(swung, sloped).axes
    assert all(ax.get_yticklabels()[0].get_text() == "price_$ (few)" for ax in axes)
    assert "hatched: the high end" in axes[0].get_xlabel()


def test_sections_are_shown_by_name(tornado: Tornado, slopes: Elasticities) -> None:
    guard = {"kind": "upsell", "name": "stain_guard", "price": 79.0, "trust": 0.0, "effects": {}}
    bar = replace(tornado.bars[1], tries=(tried(None, 9.0), tried(guard, 12.0)))
    swung = replace(tornado, bars=(replace(bar, swing=Interval(3.0, 2.0, 4.0)),))
    assert "from none to with stain_guard" in WORDS["tornado"](swung)
    sloped = replace(slopes, rows=(replace(slopes.rows[1], base=guard),))
    [table] = TABLES["elasticity"](sloped)
    assert table.shown[0][1] == "with stain_guard"


def test_dependence_shows_nine_and_counts_the_rest(drawn: Sample) -> None:
    found = partial_dependence(drawn)
    many = replace(found, curves=found.curves * 6)
    figure = pictures.dependence_picture(many)
    assert sum(ax.get_visible() for ax in figure.axes) == 9
    heads = [text.get_text() for text in figure.texts] + [figure.get_suptitle()]
    assert any("(+3 more: see table)" in head for head in heads)
    prices = replace(drawn, paths=("price",), roles=("lever",),
                     points=tuple(((9, 29)[i % 2],) for i in range(200)))  # fmt: skip
    ax = pictures.dependence_picture(partial_dependence(prices)).axes[0]
    assert [tick.get_text() for tick in ax.get_xticklabels()] == ["9", "29"]


def test_dependence_in_words_table_and_figure(drawn: Sample) -> None:
    found: Dependence = partial_dependence(drawn)
    said = WORDS["dependence"](found)
    assert "along any other factor (200 points)" in said
    assert said.startswith("Averaged over all other factors, clv goes from EUR ")
    [table] = TABLES["dependence"](found)
    assert len(table.rows) == 12
    axes = pictures.dependence_picture(found).axes
    assert {ax.get_xlabel() for ax in axes} == {"rate", "kind_$"}
    assert axes[0].get_ylim() == axes[1].get_ylim()


def test_discovery_in_words_table_and_figure(found: Discovery) -> None:
    said = WORDS["discover"](found)
    assert "The plan loses (clv < 0) at 20 % of 200 points." in said
    assert (
        "Where rate is below 0.394 and kind_$ is ads, the plan loses at 100 % of the points" in said
    )
    assert "Only boxes that passed this test are shown" in said
    boxes, limits = TABLES["discover"](found)
    assert len(boxes.rows) == 1
    assert [row[1] for row in limits.rows] == ["rate below 0.394", "kind_$ is ads"]
    ax = discovery_figure(found)
    box = ax.patches[0]
    assert box.get_x() + box.get_width() == pytest.approx(0.4, abs=0.02)
    assert (box.get_y(), box.get_height()) == (-0.5, 1.0)
    assert sum(len(points.get_offsets()) for points in ax.collections) == 200
    third = replace(found.sample, paths=("kind", "other", "rate"), points=tuple(
        (word, 0.5, x) for x, word in found.sample.points))  # fmt: skip
    box = replace(found.boxes[0], limits=(Limit("kind", values=("ads",)), Limit("other", 0.1),
                                          Limit("rate", None, 0.4)))  # fmt: skip
    grey = discovery_figure(replace(found, sample=third, boxes=(box,))).collections[0]
    assert grey.get_label() == "outside of the other limits"
    assert len(grey.get_offsets()) == sum(float(str(x)) > 0.4 for x, _ in found.sample.points)
    none = replace(found, boxes=(), reason="what one half showed")
    assert "No region can be named: what one half showed." in WORDS["discover"](none)
    assert TABLES["discover"](none) == []
    assert discovery_figure(none).get_title(loc="left").startswith("No region")


def test_everything_in_one_tidy_table(
    tornado: Tornado, slopes: Elasticities, sobol: SobolIndices, found: Discovery
) -> None:
    parts = {
        "tornado": tornado, "elasticity": slopes, "sobol": sobol, "discover": found,
        "dependence": partial_dependence(found.sample),
    }  # fmt: skip
    table = tidy_table(row for name, one in parts.items() for row in ROWS[name](one))
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert tuple(rows[0]) == COLUMNS
    assert {row["method"] for row in rows} == set(parts)
    swing = next(row for row in rows if row["quantity"] == "swing")
    assert (swing["factor"], float(swing["value"])) == ("price_$", 6.0)
    assert "nan" not in table.to_csv()
