from __future__ import annotations

import io
import math
import subprocess
import sys
from dataclasses import replace

import pytest
from helpers.comparisons import A, B, comparison, difference, metrics
from helpers.readable import assert_readable
from matplotlib.axes import Axes
from matplotlib.text import Text

from cvosim.experiment.compare import Difference
from cvosim.report.figures import Funnel, FunnelBar, Level, Part, Waterfall, funnel, waterfall
from cvosim.report.figures.funnel import funnel_of, merged
from cvosim.report.figures.waterfalls import value_waterfall_of
from cvosim.report.pictures import comparison_picture, run_picture
from cvosim.report.style import bar_style, new_figure
from cvosim.report.verdict import headline

DATA = Funnel(
    ("a", "b"),
    ("prospects", "tripwire", "core_offer"),
    (
        (FunnelBar(1000, None), FunnelBar(80, 0.08), FunnelBar(0, 0.0)),
        (FunnelBar(1000, None), None, FunnelBar(5, 0.005)),
    ),
)


X_WORDS = "prospects, on a log scale (in brackets: % of those offered it)"


def bare(parts: tuple[Part, ...], total: Part) -> Waterfall:
    """A waterfall from nothing to a total."""
    return Waterfall("why", "EUR", None, parts, total)


def words(ax: Axes) -> list[str]:
    return [text.get_text() for text in ax.texts]


def test_funnel_shows_counts_and_shares_of_every_scenario() -> None:
    ax = funnel(DATA)
    assert ax.get_xscale() == "log"
    assert words(ax) == [
        "1,000", "80  (8.0 %)", "0  (0.0 %)", "1,000", "no such step", "5  (0.50 %)",
        "prospects", "tripwire", "core offer",
        "1", "10", "100", "1,000", X_WORDS,
    ]  # fmt: skip
    rows = {text.get_text(): text.get_position()[1] for text in ax.texts}
    assert [rows[step] for step in ("prospects", "tripwire", "core offer")] == [0, 1, 2]
    assert sorted(bar.get_width() for bar in ax.patches) == [0, 5, 80, 1000, 1000]


def test_scenarios_differ_by_more_than_colour() -> None:
    bars = funnel(DATA).patches
    assert len({bar.get_facecolor() for bar in bars}) == 2
    assert len({bar.get_hatch() for bar in bars}) == 2
    styles = {(bar_style(i)["facecolor"], bar_style(i)["hatch"]) for i in range(20)}
    assert len(styles) == 20


def test_figures_draw_where_they_are_told() -> None:
    ax = new_figure(4, 3).add_subplot()
    assert funnel(DATA, ax) is ax
    fall = bare((Part("time", 1.0, 0.5, 1.5),), Part("total", 1.0, 0.5, 1.5))
    ax = new_figure(4, 3).add_subplot()
    assert waterfall(fall, ax) is ax
    assert words(ax)[:2] == ["+1.00", "+1.00"]


def test_the_written_parts_of_a_split_add_up() -> None:
    values = (-10.2068, -4.6115, 4.2845, 5.4714, -5.0624)
    *parts, total = (Part(str(value), value, value - 1, value + 1) for value in values)
    written = words(waterfall(bare(tuple(parts), total)))[: len(values)]
    assert written == [
        text.replace("-", "\N{MINUS SIGN}")
        for text in ("-10.21", "-4.61", "+4.29", "+5.47", "-5.06")
    ]


@pytest.mark.parametrize("name", ["from $19 to $29", "A $x_{$ b", r"\$ and \frac", "a_b^c"])
def test_names_are_no_formulas(name: str) -> None:
    one = comparison(2.0, 0.5)
    changed = replace(
        one,
        variants=(name,),
        currency="$x_{$",
        metrics={A: one.metrics[A], name: one.metrics[B]},
        differences={name: one.differences[B]},
        decomposition={name: one.decomposition[B]},
        identical={name: 0.5},
    )
    for figure in (
        comparison_picture(changed),
        run_picture(name, metrics(0.3, 0.2, tripwire=True)),
    ):
        figure.canvas.draw()
        texts = [text for text in figure.findobj(Text) if name in text.get_text()]
        assert texts
        assert not any(text.get_parse_math() for text in texts)
    steps = Funnel((name, name), ("prospects", name), tuple(bars[:2] for bars in DATA.bars))
    levels = Level(name, 3.0, 0), Level(name, 4.0, 1)
    part = Part(name, 1.0, 0.0, 2.0)
    waterfall(Waterfall(name, name, levels, (part,), part)).figure.canvas.draw()
    funnel(steps).figure.canvas.draw()


@pytest.mark.parametrize("value", [0.0, 1e-12, 1e9])
@pytest.mark.parametrize("half", [0.0, 1.0, math.nan])
def test_extreme_splits_can_be_drawn(value: float, half: float) -> None:
    part = Part("total", value, value - half, value + half)
    ax = waterfall(bare((part,), part))
    ax.figure.canvas.draw()
    assert all(map(math.isfinite, ax.get_xlim()))


def test_nobody_at_all_can_be_drawn() -> None:
    nothing = Funnel(("a",), ("prospects",), ((FunnelBar(0, None),),))
    funnel(nothing).figure.canvas.draw()


def test_steps_of_all_scenarios_in_one_order() -> None:
    assert merged([["a", "c"], ["a", "b", "c", "d"], ["z", "a"]]) == ["z", "a", "b", "c", "d"]
    data = funnel_of(
        {A: metrics(0.3, 0.02, tripwire=True), B: metrics(math.nan, 0, tripwire=False)}
    )
    assert data.steps[:2] == ("prospects", "lead_magnet")
    assert set(data.steps[2:]) == {"tripwire", "core_offer"}
    by_step = dict(zip(data.steps, data.bars[1], strict=True))
    assert by_step["tripwire"] is None
    assert by_step["core_offer"] == FunnelBar(0, None)
    assert by_step["lead_magnet"] == FunnelBar(2000, 0.2)


@pytest.mark.parametrize("gain", [2.0, -2.0])
def test_the_picture_of_a_comparison_is_readable(gain: float) -> None:
    assert_readable(comparison_picture(comparison(gain, 0.5)))


@pytest.mark.parametrize("gain", [2.0, -2.0])
def test_the_picture_says_the_answer_and_agrees_with_it(gain: float) -> None:
    one = comparison(gain, 0.5)
    figure = comparison_picture(one)
    winner, loser = (B, A) if gain > 0 else (A, B)
    title = figure.get_suptitle()
    assert title == f"{winner} earns EUR 2.00 more per prospect than {loser}"
    fall = value_waterfall_of(one, B)
    assert fall.title == f"What {winner}\ngains over {loser}"
    assert fall.total[1:] == pytest.approx((2.0, 1.5, 2.5), abs=1e-4)
    assert fall.parts[0].label == "time: days as a\ncustomer per prospect"
    assert fall.levels is not None
    assert [level.label for level in fall.levels] == [loser, winner]
    assert [level.scenario for level in fall.levels] == [[A, B].index(loser), [A, B].index(winner)]
    assert [level.value for level in fall.levels] == pytest.approx(sorted((5.0, 5.0 + gain)))


def test_the_picture_of_many_variants_with_long_names_is_readable() -> None:
    names = [f"{B} {'and a name that goes on and on ' * 3}{i}" for i in range(3)]
    one = comparison(2.0, 0.5)
    many = replace(
        one,
        variants=tuple(names),
        metrics={A: one.metrics[A], **dict.fromkeys(names, one.metrics[B])},
        differences=dict.fromkeys(names, one.differences[B]),
        decomposition=dict.fromkeys(names, one.decomposition[B]),
    )
    assert_readable(comparison_picture(many))


def test_the_picture_of_many_variants_with_word_of_mouth_is_readable() -> None:
    names = ["One", "Two", "Three"]
    one = comparison(2.0, 0.5)
    found = {**one.differences[B], "clv_with_referrals": difference(3.0, 0.5)}
    split = one.decomposition[B].with_word_of_mouth(1.0, 0.1, 0.3)
    many = replace(
        one,
        variants=tuple(names),
        metrics={A: one.metrics[A], **dict.fromkeys(names, one.metrics[B])},
        differences=dict.fromkeys(names, found),
        decomposition=dict.fromkeys(names, split),
    )
    assert len(value_waterfall_of(many, "One").parts) == 5
    figure = comparison_picture(many)
    assert_readable(figure)
    assert figure.get_suptitle().startswith("Of 3 variants One earns most: EUR 3.00 more")


def test_what_is_nothing_is_left_out_of_the_picture() -> None:
    one = comparison(2.0, 0.5)
    errors = {**one.decomposition[B].standard_errors, "time": 0.0, "cost": math.nan}
    split = replace(one.decomposition[B], time=0.001, cost=0.0, standard_errors=errors)
    fall = value_waterfall_of(replace(one, decomposition={B: split}), B)
    labels = [part.label[:4] for part in fall.parts]
    assert labels == ["freq", "mone", "cost"], "an unknown error is not nothing"


def test_the_picture_of_a_run_is_readable() -> None:
    assert_readable(run_picture("A name", metrics(0.3, 0.02, tripwire=True)))


def test_pictures_repeat_to_the_byte() -> None:
    files = []
    for _ in range(2):
        buffer = io.BytesIO()
        comparison_picture(comparison(2.0, 0.5)).savefig(buffer, format="png")
        files.append(buffer.getvalue())
    assert files[0] == files[1]


def test_drawing_needs_no_display_and_touches_no_global_state() -> None:
    script = (
        "import sys, matplotlib\n"
        "from cvosim.report.figures import Funnel, FunnelBar, funnel\n"
        "assert 'matplotlib.figure' not in sys.modules\n"
        "before = dict(matplotlib.rcParams)\n"
        "bars = ((FunnelBar(10, None),),)\n"
        "funnel(Funnel(('a',), ('prospects',), bars)).figure.canvas.draw()\n"
        "from matplotlib._pylab_helpers import Gcf\n"
        "assert not Gcf.figs\n"
        "assert dict(matplotlib.rcParams) == before\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_a_headline_and_a_picture_count_them_too() -> None:
    one = comparison(-2.0, 0.5)
    found = {**one.differences[B], "clv_with_referrals": difference(1.0, 0.5)}
    split_with = one.decomposition[B].with_word_of_mouth(3.0, 0.1, 0.5 / 1.96)
    changed = replace(one, differences={B: found}, decomposition={B: split_with})
    assert headline(changed) == "Without earns EUR 1.00 more per prospect than With tripwire"
    fall = value_waterfall_of(changed, B)
    assert fall.title == "What Without\ngains over With tripwire"
    *parts, word_of_mouth = fall.parts
    total = fall.total
    assert word_of_mouth.value == 3.0
    assert word_of_mouth.high == pytest.approx(3.0 + 0.196, rel=1e-4)
    assert total[1:] == pytest.approx((1.0, 0.5, 1.5), rel=1e-4)
    assert sum(part.value for part in parts) + 3.0 == pytest.approx(total.value)
    assert_readable(comparison_picture(changed))


def test_a_picture_shows_what_referral_on_one_side_brings() -> None:
    one = comparison(0.0, 0.0)
    whole = Difference(6.0, 5.0, -1.0, 0.1, -1.2, -0.8, 3.0, "EUR")
    found = {**one.differences[B], "clv_with_referrals": whole}
    split_with = one.decomposition[B].with_word_of_mouth(-1.0, 0.1, 0.1)
    changed = replace(one, differences={B: found}, decomposition={B: split_with})
    fall = value_waterfall_of(changed, B)
    assert fall.title == "What With tripwire\ngains over Without"
    (word_of_mouth,) = fall.parts  # the rest is nothing, and so is left out
    total = fall.total
    assert word_of_mouth.label[:13] == "word of mouth"
    assert word_of_mouth.value == total.value == 1.0
    assert word_of_mouth[2:] == total[2:] == pytest.approx((0.804, 1.196), abs=1e-3)
    assert_readable(comparison_picture(changed))
