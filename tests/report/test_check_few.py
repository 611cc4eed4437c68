"""With too few buyers for an interval of money none is told, in words, tables or pictures."""

from __future__ import annotations

from dataclasses import replace

from helpers.checked_files import (
    CHANGED,
    PRICE,
    REACH,
    VALUE,
    checked,
    estimate,
    finding,
    shift,
)

from cvosim.experiment.baseline.findings import Finding, Status
from cvosim.metrics.estimate import Metrics
from cvosim.report.check_groups import group_words
from cvosim.report.check_picture import effects_exhibit
from cvosim.report.check_tables import causes_table, shifts_table
from cvosim.report.check_words import finding_words


def with_few(found: Finding) -> Finding:
    """The same with twelve buyers."""
    counts = {"prospects": estimate(300.0, "customers"), "buyers": estimate(12.0, "customers")}
    metrics = Metrics({**found.record.metrics, **counts, "revenue": estimate(500.0)})
    return replace(found, record=replace(found.record, metrics=metrics))


FEW = with_few(
    finding(
        "shop.yaml",
        Status.CHANGED,
        (PRICE,),
        (
            VALUE,
            REACH,
            shift("ltv_to_cac", 3.0, 2.0, "ratio"),
            shift("k_factor", 0.1, 0.2, "ratio"),
        ),
    )
)


def test_words_tables_and_picture_tell_no_interval_of_money() -> None:
    assert "USD 0.50 less (too few buyers for an interval)." in finding_words(FEW)
    moves, causes = shifts_table(FEW), causes_table(checked(FEW))
    assert moves is not None
    assert causes is not None
    ends = {row[0]: row[5] for row in moves.shown}
    assert (ends["clv_per_prospect"], ends["ltv_to_cac"]) == ("-", "-")
    assert ends["reach.tripwire"] == "-8.00 to +12.00 pp", "no money"
    assert ends["k_factor"] == "+0.00 to +0.20", "people over people"
    assert causes.shown[0][3:] == ("-0.50 USD", "-")
    exhibit = effects_exhibit(checked(FEW))
    assert exhibit is not None
    assert exhibit.table.shown[0][3:] == ("n/a", "n/a")
    assert {(gap.low, gap.high) for gap in exhibit.data.gaps} == {(-0.5, -0.5)}


def test_one_of_many_with_few_buyers_leaves_their_shared_row_without_an_interval() -> None:
    table = causes_table(checked(FEW, replace(CHANGED, key="b.yaml")))
    assert table is not None
    assert table.shown[0][3:] == ("-0.50 USD", "-")


def test_what_rests_on_an_interval_is_not_told_either() -> None:
    unsure = with_few(
        finding("a.yaml", Status.CHANGED, (PRICE,), (shift("clv_per_prospect", 5.0, 5.05),))
    )
    assert "visible" not in finding_words(unsure)
    assert "holds 0" not in group_words([unsure, replace(unsure, key="b.yaml")])


def test_a_group_says_where_there_are_too_few() -> None:
    same = replace(FEW, key="b.yaml")
    assert "USD 0.50 less in each (too few buyers for an interval)." in group_words([FEW, same])
    many = replace(CHANGED, key="c.yaml", causes=(PRICE,))
    assert "less in each. In 2 of them there are too few buyers for an interval." in group_words(
        [FEW, same, many]
    )
