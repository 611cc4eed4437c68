"""Figures of funnel, value, channels and return path, drawn from real runs."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable

import pytest
from helpers.readable import assert_readable

from cvosim.experiment.illustrated import Illustrated, illustrate
from cvosim.report.exhibit import Exhibit
from cvosim.report.figures import (
    channels_exhibit,
    funnel_exhibit,
    retention_exhibit,
    return_path_exhibit,
    stage_waterfall_exhibits,
    value_spread_exhibit,
    value_waterfall_exhibits,
)
from cvosim.report.figures.shared import folded_stage, own_names
from cvosim.scenario import load_scenario

LONG = "Ein sehr langer Name, der nicht enden will, at $19 or $29 and on and on it goes"
CARPET = [
    ("carpet_cleaning", []),
    ("carpet_cleaning_no_tripwire", []),
    ("carpet_cleaning", [f"name={LONG}", "journey.tripwire.price=49"]),
    ("carpet_cleaning", ["name=Cheap", "journey.tripwire.price=19"]),
]


def two(name: str, change: str) -> list[tuple[str, list[str]]]:
    return [(name, []), (name, ["name=A variant", change])]


CASES: dict[str, tuple[list[tuple[str, list[str]]], int]] = {
    "one": (CARPET[:1], 3000),
    "two": (CARPET[:2], 3000),
    "four": (CARPET, 3000),
    "referral": (two("pizza_chain", "journey.referral=null"), 3000),
    "saas": (two("saas", "economics.discount_rate=0.2"), 3000),
    "b2b": (two("b2b_services", "economics.discount_rate=0.2"), 3000),
    "heavy tail": (two("heavy_tail", "economics.discount_rate=0.2"), 3000),
    "few": (CARPET[:2], 200),
    "nobody buys": (two("pizza_chain", "journey.referral=null"), 20),
    "the same": ([CARPET[0], ("carpet_cleaning", ["name=Again"])], 500),
}


@pytest.fixture(scope="module")
def found() -> Callable[[str], Illustrated]:
    known: dict[str, Illustrated] = {}

    def of(case: str) -> Illustrated:
        if case not in known:
            wanted, customers = CASES[case]
            scenarios = [load_scenario(name, changes) for name, changes in wanted]
            known[case] = illustrate(scenarios, customers=customers)
        return known[case]

    return of


def exhibits(found: Illustrated) -> list[Exhibit]:
    some: Iterable[Exhibit | None] = (
        funnel_exhibit(found),
        *value_waterfall_exhibits(found),
        *stage_waterfall_exhibits(found),
        value_spread_exhibit(found),
        channels_exhibit(found),
        return_path_exhibit(found),
    )
    return [one for one in some if one is not None]


@pytest.mark.parametrize("case", CASES)
def test_every_figure_can_be_read(found: Callable[[str], Illustrated], case: str) -> None:
    done = exhibits(found(case))
    assert len({one.key for one in done}) == len(done)
    for one in done:
        assert_readable(one.axes().figure.figure, at_least=6)
        assert one.title[0].isupper()
        assert "\n" not in one.title + one.alt
        assert one.alt.endswith(".")
        assert "nan" not in one.alt.split()
        widths = {len(row) for row in (*one.table.rows, *one.table.shown, one.table.columns)}
        assert widths == {len(one.table.header)}


@pytest.mark.parametrize("case", ["two", "four", "few", "nobody buys"])
def test_every_scenario_is_in_every_alternative(
    found: Callable[[str], Illustrated], case: str
) -> None:
    data = found(case)
    for one in exhibits(data):
        names = {scenario.name for scenario in data.scenarios}
        missing = {name for name in names if name not in one.alt}
        if "waterfall" in one.key:  # about two of them
            assert len(names - missing) == 2
        else:
            assert not missing, one.key


def test_what_is_not_there_is_not_drawn(found: Callable[[str], Illustrated]) -> None:
    assert return_path_exhibit(found("heavy tail")) is None
    assert channels_exhibit(found("nobody buys")) is None
    assert value_waterfall_exhibits(found("one")) == ()
    assert stage_waterfall_exhibits(found("one")) == ()
    keys = [one.key for one in value_waterfall_exhibits(found("four"))]
    assert keys == ["value_waterfall", "value_waterfall_2", "value_waterfall_3"]


def test_svg_is_small_whole_and_repeats(found: Callable[[str], Illustrated]) -> None:
    for one in exhibits(found("two")):
        text = one.svg()
        assert text == one.svg()
        assert len(text) < 20_000
        assert "NaN" not in text


def test_a_single_scenario_has_no_column_of_names(found: Callable[[str], Illustrated]) -> None:
    for one in exhibits(found("one")):
        assert "scenario" not in one.table.columns
    for one in exhibits(found("two")):
        if "waterfall" not in one.key:
            assert one.table.columns[1] == "scenario"


def test_the_funnel_is_offered_times_share(found: Callable[[str], Illustrated]) -> None:
    rows = funnel_exhibit(found("two")).table.rows
    assert len(rows) == 11  # six steps, and one less
    for _, _, offered, accepted, share, half in rows:
        assert accepted == pytest.approx(offered * share, abs=0.51)
        assert half > 0 or math.isnan(half)


@pytest.mark.parametrize("case", ["two", "four", "referral", "saas", "b2b"])
def test_both_waterfalls_lead_to_the_same_worth(
    found: Callable[[str], Illustrated], case: str
) -> None:
    data = found(case)
    pairs = zip(value_waterfall_exhibits(data), stage_waterfall_exhibits(data), strict=True)
    for pair in pairs:
        for one in pair:
            first, *parts, total, last = [row[1] for row in one.table.rows]
            assert sum(parts) == pytest.approx(total, abs=0.02)  # some are nothing, and left out
            assert first + total == pytest.approx(last, abs=1e-9)
            assert first <= last
        assert pair[0].table.rows[-1] == pytest.approx(pair[1].table.rows[-1], nan_ok=True)


def test_the_middle_buyer_is_where_the_metrics_say(found: Callable[[str], Illustrated]) -> None:
    data = found("two")
    exhibit = value_spread_exhibit(data)
    for name, curve in zip(data.metrics, exhibit.data.curves, strict=True):
        middle = data.metrics[name]["clv_buyer_quantile.p50"].value
        below = [value for share, value in curve if share <= 0.45]
        above = [value for share, value in curve if share >= 0.55]
        assert max(below) <= middle <= min(above)


@pytest.mark.parametrize("case", ["two", "four", "few"])
def test_words_rank_only_what_chance_does_not_explain(
    found: Callable[[str], Illustrated], case: str
) -> None:
    data = found(case)
    assert data.comparison is not None
    funnel, spread = funnel_exhibit(data).alt, value_spread_exhibit(data).alt
    sure = hidden = 0
    for differences in data.comparison.differences.values():
        one = differences["conversion.core_offer"]
        sure += one.significant
        hidden += one.low is not None and one.low <= 0 <= (one.high or 0) and one.low < 0
    assert funnel.count("More of those offered the step whole house clean (core offer)") == sure
    assert funnel.count("No difference is visible") == hidden
    worth = [one["clv_per_prospect"] for one in data.comparison.differences.values()]
    if case != "few":  # too few buyers: nothing is said
        assert spread.count("By itself a prospect is worth") == sum(o.significant for o in worth)
        assert spread.count("No difference is visible") == sum(not o.significant for o in worth)


def test_channels_and_programs_say_how_sure_they_are(
    found: Callable[[str], Illustrated],
) -> None:
    data = found("two")
    channels, programs = channels_exhibit(data), return_path_exhibit(data)
    assert channels is not None
    assert programs is not None
    assert "best" not in channels.alt
    value = data.metrics["Carpet cleaning"]["clv_per_prospect.search"]
    half = 1.959964 * value.standard_error
    assert f"(USD {value.value - half:.2f} to USD {value.value + half:.2f})" in channels.alt
    assert "brings" not in programs.alt
    assert re.search(r"those it won back paid [\d,.]+ \(\S+ to \S+\) for each 1", programs.alt)
    assert programs.alt.endswith("Not all of that money is due to a program.")


def test_a_waterfall_says_what_it_draws(found: Callable[[str], Illustrated]) -> None:
    for case in ("two", "four", "referral", "saas"):
        data = found(case)
        for one in (*value_waterfall_exhibits(data), *stage_waterfall_exhibits(data)):
            drawn = {text.get_text() for text in one.axes().texts}
            for verb, sign in (("adds", "+"), ("takes", "\N{MINUS SIGN}")):
                for amount in re.findall(rf"{verb} [A-Z]+ ([\d,.]+?)[,.]?(?: |$)", one.alt):
                    assert f"{sign}{amount}" in drawn


def test_notes_on_trials_and_bills(found: Callable[[str], Illustrated]) -> None:
    for case, trials, bills in (("saas", True, True), ("heavy tail", False, False)):
        retention = retention_exhibit(found(case))
        assert retention is not None
        assert ("free trial" in funnel_exhibit(found(case)).note) == trials
        assert ("counts as an order" in retention.note) == bills


def test_stages_are_called_by_their_own_names(found: Callable[[str], Illustrated]) -> None:
    """Also where one scenario lacks the stage; programs have no other name."""
    (fall,) = stage_waterfall_exhibits(found("two"))
    for one in (funnel_exhibit(found("two")), fall):
        written = [text.get_text().replace("\n", " ") for text in one.draw(one.data).texts]
        first = [row[0] for row in one.table.shown]
        for name in ("one room clean (tripwire)", "whole house clean (core offer)", "stain guard"):
            assert name in written
            assert name in first
    assert "one room clean (tripwire) " in funnel_exhibit(found("two")).alt


def test_stages_that_scenarios_call_differently_go_by_their_key() -> None:
    other = load_scenario("carpet_cleaning", ["name=B", "journey.tripwire.name=trial_week"])
    names = own_names([load_scenario("carpet_cleaning"), other])
    assert "tripwire" not in names
    assert own_names([other])["tripwire"] == "trial week (tripwire)"


def test_a_long_name_of_a_stage_is_cut_and_its_key_is_not() -> None:
    for own in ("a" * 63, " ".join(["long"] * 12)):
        first, second = folded_stage(f"{own} (core offer)").split("\n")
        assert second == "(core offer)"
        assert 10 < len(first) <= 30


def test_nothing_leads_from_a_scenario_to_the_same(found: Callable[[str], Illustrated]) -> None:
    assert value_waterfall_exhibits(found("the same")) == ()
    assert stage_waterfall_exhibits(found("the same")) == ()
