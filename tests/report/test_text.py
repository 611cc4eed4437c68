from __future__ import annotations

import csv
import io
import math
from dataclasses import replace
from decimal import Decimal

import pytest
from helpers.comparisons import B, comparison
from hypothesis import given
from hypothesis import strategies as st

from cvosim.experiment.compare import Difference
from cvosim.metrics import catalogue
from cvosim.metrics.estimate import Estimate
from cvosim.metrics.registry import MONEY, UNITS
from cvosim.report.numbers import adding_up, kind_of
from cvosim.report.text import comparison_csv, comparison_tables, metrics_table, metrics_tables
from cvosim.report.verdict import FACTORS
from cvosim.tables.columns import Names

METRICS = {
    "buyers": Estimate(20.0, 4.0, "customers"),
    "ltv_to_cac": Estimate(math.nan, math.nan, "ratio"),
    "reach.tripwire": Estimate(0.5, 0.01, "share"),
    "conversion.tripwire": Estimate(0.1, 0.01, "share"),
    "cac.search": Estimate(30.0, 1.0, "USD"),
}


def test_metrics_as_rows() -> None:
    table = metrics_table(METRICS)
    assert [line.split() for line in table.to_text().splitlines()[2:4]] == [
        ["buyers", "20", "8", "customers"],
        ["ltv_to_cac", "n/a", "n/a", "ratio"],
    ]
    rows = list(csv.DictReader(io.StringIO(table.to_csv())))
    assert rows[1] == {"metric": "ltv_to_cac", "value": "", "standard_error": "", "unit": "ratio"}
    assert float(rows[2]["standard_error"]) == 0.01


def test_metrics_about_the_same_things_share_a_table() -> None:
    whole, stages, channels = metrics_tables(METRICS)
    assert [row[0] for row in whole.rows] == ["buyers", "ltv_to_cac"]
    assert stages.header == ("stage", "reach", "conversion")
    assert stages.shown == (("tripwire", "50.00 ± 1.96 %", "10.00 ± 1.96 %"),)
    assert channels.header == ("channel", "cac (USD)")
    assert metrics_tables({}) == []


def test_comparison_tables_mark_what_is_certain() -> None:
    table, split = comparison_tables(comparison(2.0, 0.5))
    by_name = {row[0]: row for row in table.shown}
    assert by_name["clv_per_prospect"][1:6] == ("5.00", "7.00", "+2.00", "+1.50 to +2.50", "*")
    assert by_name["conversion.core_offer"][3:5] == ("-29.00 pp", "-31.00 to -27.00 pp")
    assert by_name["conversion.tripwire"][1:6] == ("10.00 %", "-", "-", "-", "")
    assert split.shown[0] == ("time", "+4.00", "0.50")
    assert [row[0] for row in split.rows][-1] == "total"
    unsure = comparison_tables(comparison(0.2, 0.5))[0]
    assert unsure.shown[0][5] == ""
    unknown = comparison_tables(comparison(0.2, math.nan))[0]
    assert unknown.shown[0][4:6] == ("n/a", "")


amounts = st.floats(-1e7, 1e7) | st.floats(-10, 10) | st.floats(-1e-3, 1e-3)


@given(st.tuples(amounts, amounts, amounts, amounts))
def test_the_written_parts_of_a_split_add_up(parts: tuple[float, ...]) -> None:
    one, total = comparison(2.0, 0.5), sum(parts)
    fields = dict(zip((*FACTORS, "total"), (*parts, total), strict=True))
    split = replace(one.decomposition[B], **fields)
    table = comparison_tables(replace(one, decomposition={B: split}))[1]
    *written, whole = (Decimal(row[1].replace(",", "")) for row in table.shown)
    assert sum(written) == whole
    unit = Decimal(1).scaleb(whole.as_tuple().exponent)
    for exact, shown in zip((*parts, total), (*written, whole), strict=True):
        assert abs(Decimal(exact) - shown) < unit * Decimal("1.5")
    assert abs(Decimal(total) - whole) <= unit * Decimal("0.500001"), "the total rounds by itself"
    assert [row[1] for row in table.rows] == [*parts, total], "machines get exact values"


@given(st.tuples(amounts, amounts, amounts, amounts))
def test_who_wins_does_not_change_how_parts_are_written(parts: tuple[float, ...]) -> None:
    total = sum(parts)
    turned = adding_up([-part for part in parts], -total)
    assert turned == [-part for part in adding_up(parts, total)]


def test_parts_of_something_else_are_left_alone() -> None:
    assert adding_up([1.004, 2.0], 9.0) == [1.0, 2.0, 9.0]
    assert math.isnan(adding_up([math.nan, 2.0], 9.0)[0])


@pytest.mark.parametrize("currency", ["USD", "$", "euros", "kr", "Francs"])
def test_money_is_money_in_any_currency(currency: str) -> None:
    """0.05 would have three digits as a number of days."""
    table = metrics_table({"cac": Estimate(0.05, 0.01, currency)})
    assert table.shown[0][1:3] == ("0.05", "0.02")
    one = comparison(2.0, 0.5)
    small = Difference(0.04, 0.05, 0.01, 0.001, 0.008, 0.012, 2.0, currency)
    changed = replace(one, currency=currency, differences={B: {"cac": small}})
    assert comparison_tables(changed)[0].shown[0][1:5] == (
        "0.04", "0.05", "+0.01", "+0.01 to +0.01",
    )  # fmt: skip


def test_no_unit_of_the_catalogue_is_taken_for_money() -> None:
    stages = ("engage", "lead_magnet", "core_offer")
    names = Names(("s",), ("c", "referral"), stages, ("p",), ("core_offer",), ("gold",), True, True)
    assert {metric.unit for metric in catalogue(names)} == UNITS | {MONEY}
    assert {kind_of(unit) for unit in UNITS} == UNITS


@pytest.mark.parametrize(
    ("factor", "text"),
    [
        (3.04, "3.0"),
        (1234.5, "1,234.5"),
        (math.inf, "∞"),
        (1.4e36, "∞"),
        (math.nan, "n/a"),
        (None, "-"),
    ],
)
def test_how_many_customers_the_twins_save(factor: float | None, text: str) -> None:
    one = comparison(2.0, 0.5)
    some = replace(one.differences[B]["clv_per_prospect"], variance_reduction=factor)
    table = comparison_tables(replace(one, differences={B: {"cac": some}}))[0]
    assert dict(zip(table.header, table.shown[0], strict=True))["variance ÷"] == text
    assert "| variance ÷ |" in table.to_markdown()


def test_money_in_a_column_has_the_same_decimals() -> None:
    some = {"cac.a": Estimate(1234.5, 1.0, "USD"), "cac.b": Estimate(0.0123, 0.001, "USD")}
    (pivot,) = metrics_tables(some)
    assert [row[1] for row in pivot.shown] == ["1,234.50 ± 1.96", "0.01 ± 0.00"]
    bills = {"x.a": Estimate(4.98, 0.1, "bills"), "x.b": Estimate(5.0, 0.1, "bills")}
    assert [row[1] for row in metrics_tables(bills)[0].shown] == ["4.98 ± 0.20", "5.00 ± 0.20"]
    one = comparison(2.0, 0.5)
    tiny = Difference(2.39, 2.3923, 0.0023, 0.0001, 0.0022, 0.0024, 1.0, "EUR")
    table = comparison_tables(replace(one, differences={B: {"cost_per_lead": tiny}}))[0]
    assert table.shown[0][1:6] == ("2.39", "2.39", "+0.00", "+0.00 to +0.00", "")
    least = Difference(0.004, 0.0065, 0.0025, 0.0001, 0.0023, 0.0027, 1.0, "EUR")
    table = comparison_tables(replace(one, differences={B: {"cost_per_lead": least}}))[0]
    assert table.shown[0][1:6] == ("0.0040", "0.0065", "+0.0025", "+0.0023 to +0.0027", "*")


def test_comparison_csv_is_exact() -> None:
    rows = list(csv.DictReader(io.StringIO(comparison_csv(comparison(1 / 3, 0.5)))))
    assert rows[0]["scenario"] == B
    assert float(rows[0]["difference"]) == 1 / 3
    assert rows[2]["variant"] == ""


def test_metrics_of_the_whole_journey_are_written_in_their_units() -> None:
    metrics = {
        "nps": Estimate(20.4708, 1.58, "points"),
        "k_factor": Estimate(0.0223, 0.002, "ratio"),
        "resolution_rate": Estimate(0.85, 0.01, "share"),
        "exposures_per_prospect": Estimate(2.314, 0.01, "exposures"),
        "awareness_at_end.unaware": Estimate(0.32, 0.01, "share"),
        "tier_share.gold": Estimate(0.08, 0.01, "share"),
    }
    whole, rungs, tiers = metrics_tables(metrics)
    assert [row[1] for row in whole.shown] == ["20.47", "0.022", "85.00 %", "2.31"]
    assert (rungs.header, tiers.header) == (
        ("awareness", "awareness_at_end"),
        ("tier", "tier_share"),
    )
    one = comparison(2.0, 0.5)
    better = Difference(20.0, 34.5, 14.5, 1.0, 12.54, 16.46, 2.0, "points")
    table = comparison_tables(replace(one, differences={B: {"nps": better}}))[0]
    assert table.shown[0][1:6] == ("20.00", "34.50", "+14.50", "+12.54 to +16.46", "*")
