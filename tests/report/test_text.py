from __future__ import annotations

import csv
import io
import math
from dataclasses import replace

from helpers.comparisons import B, comparison

from cvosim.experiment.compare import Difference
from cvosim.metrics.estimate import Estimate
from cvosim.report.text import comparison_csv, comparison_tables, metrics_table, metrics_tables

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
