from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace

import pytest
from helpers.checked_files import (
    CHANGED,
    EFFECT,
    IDENTICAL,
    MISSING,
    NUMBA,
    PRICE,
    RENAMED,
    VALUE,
    WITHIN,
    by_version,
    checked,
    finding,
    shift,
)
from helpers.html_page import check as check_page

from cvosim.experiment.baseline.findings import Cause, Status
from cvosim.experiment.baseline.record import Baseline, Tolerances
from cvosim.metrics.estimate import Estimate
from cvosim.report.check import check_lines, checked_dict, headline, next_steps, update_lines
from cvosim.report.check_picture import effects_exhibit
from cvosim.report.check_shifts import moved, percent_change
from cvosim.report.check_tables import (
    PRINTED,
    causes_table,
    check_csv,
    scenarios_table,
    shifts_table,
    tables_of,
)
from cvosim.report.check_values import value_words
from cvosim.report.check_words import cause_words, finding_words, shift_words
from cvosim.report.documents.check import check_document
from cvosim.report.html import html_of
from cvosim.report.structured import as_json

FOUR = checked(
    IDENTICAL, WITHIN, CHANGED, MISSING, unchecked=("z.yaml", "shop.yaml: Dear"),
    gone=("shop.yaml: Dear",),
)  # fmt: skip


def test_one_scenario_is_told_with_line_setting_values_and_money() -> None:
    assert check_lines(checked(CHANGED)) == [
        "shop.yaml changed in line 31: journey.tripwire.price 29 -> 19. A prospect is worth "
        "USD 0.50 less (95 % interval USD 0.40 to 0.60). "
        'Without effect: line 3: name Shop -> "The shop".'
    ]


def test_several_are_summed_up_and_the_worst_comes_first() -> None:
    lines = check_lines(FOUR)
    assert lines[0] == headline(FOUR)
    assert lines[0] == (
        "1 variant is gone; 1 of 4 scenarios changed; 1 not in the baseline; "
        "1 changed within tolerance; 1 identical."
    )
    assert lines[1].startswith("shop.yaml: Dear is in the baseline, but")
    assert [line.split()[0] for line in lines[2:5]] == ["shop.yaml", "c.yaml", "d.yaml"]
    assert lines[5] == "In the baseline, but not checked: z.yaml."


def test_all_identical_is_one_line() -> None:
    assert check_lines(checked(IDENTICAL, replace(IDENTICAL, key="e.yaml"))) == [
        "Nothing changed. All 2 scenarios give the baseline's numbers to the last digit."
    ]
    assert check_lines(checked(IDENTICAL)) == ["b.yaml is identical."]
    named = replace(IDENTICAL, causes=(RENAMED,))
    assert check_lines(checked(named)) == [
        'b.yaml is identical. Without effect: shop.yaml, line 3: name Shop -> "The shop".'
    ]


def test_a_number_that_a_file_leaves_out_stands_on_no_line() -> None:
    more = replace(PRICE, what="customers", before=2000, after=100000, line=4, effect=None)
    asked = replace(IDENTICAL, causes=(replace(more, matters=False),))
    end = " The baseline's is simulated; take it over with --update --customers 100000."
    for written in (None, ("customers", "seed")):
        found = replace(asked, record=replace(asked.record, written=written))
        assert check_lines(checked(found))[-1] == (
            f"Not used: shop.yaml, line 4: customers 2000 -> 100000.{end}"
        )
    silent = replace(asked, record=replace(asked.record, written=("seed",)))
    assert check_lines(checked(silent))[-1] == (
        "Not used: shop.yaml: customers 2000 -> 100000 (the default: the file says nothing of it)."
        f"{end}"
    )


def test_a_line_of_another_file_is_told_with_that_file() -> None:
    inherited = replace(PRICE, file="base.yaml", line=12)
    words = finding_words(replace(CHANGED, causes=(inherited,)))
    assert words.startswith("shop.yaml changed: base.yaml, line 12: journey.tripwire.price 29 -> ")


def test_many_causes_are_counted() -> None:
    causes = tuple(replace(PRICE, what=f"s{i}", line=i) for i in range(1, 6))
    words = finding_words(replace(CHANGED, causes=causes))
    assert "line 3: s3 29 -> 19; and 2 more." in words
    assert "s4" not in words


def test_other_software_is_told_with_what_luck_may_do() -> None:
    assert finding_words(WITHIN) == (
        "d.yaml changed within tolerance: numba 0.60.0 -> 0.61.2. A prospect is worth USD 0.15 "
        "more; luck alone may move it by up to USD 0.20."
    )
    far = by_version("clv_per_prospect", 5.0, 1.0, 0.2, Status.CHANGED)
    assert "luck alone moves it by up to USD 0.20" in finding_words(
        finding("d.yaml", Status.CHANGED, (NUMBA,), (far,))
    )
    few = by_version("clv_per_prospect", 5.0, 1.0, math.nan, Status.WITHIN)
    assert "too few buyers tell" in finding_words(
        finding("d.yaml", Status.WITHIN, (NUMBA,), (few,))
    )


def test_scenario_and_software_each_get_their_part() -> None:
    both = replace(VALUE, by_version=0.1, by_scenario=-0.6)
    words = finding_words(finding("d.yaml", Status.CHANGED, (PRICE, NUMBA), (both,)))
    assert "USD 0.60 less because of the scenario, USD 0.10 more because of what it is" in words


def test_an_interval_around_nothing_says_both_ways() -> None:
    unsure = replace(VALUE, after=Estimate(5.05, 0.1, "USD"), interval=(-0.1, 0.2))
    words = finding_words(finding("d.yaml", Status.CHANGED, (PRICE,), (unsure,)))
    assert "USD 0.050 more (95 % interval USD 0.10 less to USD 0.20 more)" in words


def test_what_moves_no_money_names_what_it_moved() -> None:
    still = shift("clv_per_prospect", 5.0, 5.0)
    words = finding_words(
        finding("d.yaml", Status.CHANGED, (PRICE,), (still, shift("reach.a", 0.1, 0.2, "share")))
    )
    assert words.endswith("A prospect is worth the same. Moved most: reach.a 10.00 % -> 20.00 %.")


def test_what_goes_beyond_tolerance_is_named_where_the_money_does_not() -> None:
    little = replace(VALUE, after=Estimate(4.999, 0.1, "USD"), interval=None, status=Status.WITHIN)
    far = shift("cvar_5", -2.0, -2.5)
    found = finding("d.yaml", Status.CHANGED, (PRICE,), (little, shift("aov", 1.0, 2.0,
                    status=Status.WITHIN), far))  # fmt: skip
    assert finding_words(found).endswith("Beyond tolerance: cvar_5 -2.00 -> -2.50 (-25.0 %).")
    assert [one.metric for one in moved(found)] == ["clv_per_prospect", "cvar_5", "aov"]
    table = shifts_table(found)
    assert table is not None
    assert table.shown[0][3] == "-0.0010", "as many digits as the change needs"


def test_people_who_are_brought_are_told_of() -> None:
    whole = shift("clv_with_referrals", 6.0, 5.0)
    words = finding_words(finding("d.yaml", Status.CHANGED, (PRICE,), (VALUE, whole)))
    assert words.endswith("With the people whom it brings: USD 1.00 less.")


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (Cause("setting", "a.b", None, 3), "a.b none -> 3"),
        (Cause("setting", "a.b", 0.1, 0.1 + 1e-12), "a.b 0.1 -> 0.100000000001"),
        (Cause("setting", "a.b", "one\nline", True), 'a.b "one line" -> true'),
        (Cause("version", "trajectory version", 20, 21), "trajectory version 20 -> 21"),
        (Cause("machine", "rounding", "a" * 64, "b" * 64), "this machine computes otherwise"),
        (Cause("unexplained", "trajectory", None, None), "or a bug in cvosim"),
    ],
)
def test_causes_in_words(cause: Cause, words: str) -> None:
    assert words in cause_words(cause)


def test_long_values_are_cut() -> None:
    assert len(value_words("word " * 50)) <= 40
    assert len(value_words(["channel"] * 50)) <= 60


def test_metrics_that_moved_most_come_first() -> None:
    assert [one.metric for one in moved(CHANGED)] == [
        "clv_per_prospect",
        "orders",
        "reach.tripwire",
    ]
    assert percent_change(shift("a", 0.0, 1.0)) == "-"
    assert shift_words(shift("a", math.nan, 1.0)) == "a none -> 1.00"
    assert shift_words(shift("a", 1.0, 1.0 + 1e-9)) == "a 1.000000000 -> 1.000000001"


def test_tables_hold_exact_values_and_are_short() -> None:
    table = shifts_table(CHANGED)
    assert table is not None
    assert table.rows[0][:4] == ("clv_per_prospect", 5.0, 4.5, -0.5)
    assert "-10.0 %" in table.shown[0]
    assert shifts_table(IDENTICAL) is None
    short = shifts_table(CHANGED, most=2)
    assert short is not None
    assert len(short.rows) == 2
    assert "the 2 of 3 metrics that moved most" in short.title
    causes = causes_table(FOUR)
    assert causes is not None
    assert causes.shown[1][1:3] == ("journey.tripwire.price 29 -> 19", "shop.yaml:31")
    assert causes.shown[2][3] == "no effect"
    assert causes_table(checked(IDENTICAL)) is None
    assert [row[1] for row in scenarios_table(FOUR).rows] == [
        one.status.value for one in FOUR.findings
    ]


def test_a_new_release_does_not_flood_a_log() -> None:
    many = checked(*(replace(CHANGED, key=f"{i}.yaml") for i in range(50)))
    titles = [table.title for table in tables_of(many)]
    assert sum("moved" in title for title in titles) == PRINTED


def test_csv_and_json_hold_every_metric() -> None:
    rows = list(csv.DictReader(io.StringIO(check_csv(FOUR))))
    assert len(rows) == sum(len(one.shifts) for one in FOUR.findings)
    (value,) = (
        r for r in rows if (r["scenario"], r["metric"]) == ("shop.yaml", "clv_per_prospect")
    )
    assert (float(value["before"]), float(value["now"]), value["low"]) == (5.0, 4.5, "-0.6")
    found = json.loads(as_json(checked_dict(FOUR, "baseline.json", check_lines(FOUR))))
    assert found["ok"] is False
    assert found["tolerances"] == {"every": 0.01, "of": {"cac": 0.05}}
    shop = found["scenarios"][2]
    assert shop["causes"][0]["effect"]["difference"] == EFFECT.difference
    assert shop["metrics"]["clv_per_prospect"]["now"]["value"] == 4.5


def test_json_holds_no_nan_wherever_it_comes_from() -> None:
    odd = Cause("setting", "a", {"x": [math.nan]}, math.inf)
    broken = finding("d.yaml", Status.CHANGED, (odd,), (shift("a", math.nan, 1.0),))
    found = json.loads(as_json(checked_dict(checked(broken), "b.json", [])))
    assert found["scenarios"][0]["causes"][0]["before"] == {"x": [None]}


def test_next_steps_can_be_typed() -> None:
    steps = next_steps(FOUR, "my baseline.json", ["b.yaml", "c.yaml", "d.yaml", "shop.yaml"])
    assert steps == [
        "If it was meant: cvosim check 'my baseline.json' c.yaml shop.yaml --update",
        "To see it in figures, with the file as it was: cvosim compare AS_IT_WAS.yaml shop.yaml",
    ]
    assert next_steps(checked(IDENTICAL, WITHIN), "b.json", ["b.yaml"]) == []
    (step,) = next_steps(checked(IDENTICAL, MISSING), "b.json", ["b.yaml", "c.yaml"])
    assert step == "To put it there: cvosim check b.json c.yaml --update"


def test_what_compare_would_refuse_is_not_advised() -> None:
    longer = replace(PRICE, what="horizon_days", before=730, after=365)
    assert (
        len(next_steps(checked(replace(CHANGED, causes=(longer,))), "b.json", ["shop.yaml"])) == 1
    )
    assert len(next_steps(checked(replace(CHANGED, causes=(NUMBA,))), "b.json", ["shop.yaml"])) == 1


def test_a_variant_that_a_file_lists_is_not_compared_by_its_file() -> None:
    variant = replace(CHANGED, key="shop.yaml: Dear")
    (step,) = next_steps(checked(IDENTICAL, variant), "b.json", ["b.yaml", "shop.yaml"])
    assert step == "If it was meant: cvosim check b.json shop.yaml --update"
    steps = next_steps(checked(variant, CHANGED), "b.json", ["shop.yaml"])
    assert steps[1].endswith("cvosim compare AS_IT_WAS.yaml shop.yaml"), "the file itself changed"


def test_an_update_says_what_it_accepted() -> None:
    before = Baseline({one.key: one.record for one in (CHANGED, IDENTICAL)})
    after = Baseline(
        {one.key: one.record for one in (CHANGED, IDENTICAL, MISSING)}, Tolerances(0.01)
    )
    found = checked(CHANGED, IDENTICAL, MISSING)
    first, second = update_lines(found, before, after, "b.json")
    assert first == "b.json holds 3 scenarios: 1 new, 1 changed, 1 as before. Tolerance: 1 %."
    assert second == finding_words(CHANGED)


def test_the_report_is_a_page_with_a_picture_where_effects_are_known() -> None:
    document = check_document(FOUR, "baseline.json", check_lines(FOUR))
    check_page(html_of(document.made_by("cvosim check baseline.json shop.yaml")))
    assert document.title == "4 scenarios against baseline.json"
    exhibit = effects_exhibit(FOUR)
    assert exhibit is not None
    assert [text.get_text() for text in exhibit.axes().texts] == ["−USD 0.50"]
    assert effects_exhibit(checked(IDENTICAL, MISSING)) is None
    check_page(html_of(check_document(checked(IDENTICAL), "b.json", ["b.yaml is identical."])))


def test_a_scenario_cannot_put_markup_into_the_report() -> None:
    evil = replace(RENAMED, after="<script>alert(1)</script>")
    page = html_of(
        check_document(checked(replace(CHANGED, causes=(evil,))), "b.json", ["<b>told</b>"])
    )
    assert "<script>alert" not in page
    assert "<b>told" not in page
