"""``cvosim monitor`` from files to words, tables and pictures."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from helpers.command_line import CommandLine
from helpers.weekly_trials import customers

COLUMNS = ("--variant", "group", "--control", "A", "--assigned", "joined")
TABLE = ("customers.csv", *COLUMNS, "--metric", "spend", "--window", "14")
LOG = ("orders.csv", "--units", "customers.csv", "--unit", "customer", *COLUMNS,
       "--date", "ordered", "--value", "amount", "--window", "28")  # fmt: skip
END = ("--until", "2026-05-10")
NOVELTY = 1.2 * 0.5 ** np.arange(10)


@pytest.fixture(autouse=True)
def files(cli: CommandLine) -> None:
    """Write ten weeks of customers in whose life the treatment is news for a while."""
    units = customers(3000, 10, 10, NOVELTY)
    start = pd.Timestamp("2026-03-02")
    joined = start + pd.to_timedelta(units.assigned, unit="D")
    number = np.arange(3000)
    table = pd.DataFrame(
        {
            "customer": number,
            "group": np.where(units.arm == 1, "B", "A"),
            "joined": joined.strftime("%Y-%m-%d %H:%M"),
            "spend": units.by_age[:, :2].sum(axis=1).round(2),
        }
    )
    table.to_csv("customers.csv", index=False)
    day = start + pd.to_timedelta((units.assigned[:, None] + 7.0 * np.arange(10) + 3).ravel(), "D")
    orders = pd.DataFrame(
        {
            "customer": np.repeat(number, 10),
            "ordered": day.strftime("%Y-%m-%d"),
            "amount": units.by_age.ravel().round(2),
        }
    )
    orders[orders.ordered <= "2026-05-10"].to_csv("orders.csv", index=False)


def test_an_activity_log_in_words(cli: CommandLine) -> None:
    done = cli("monitor", *LOG, *END)
    assert (done.code, done.err) == (0, "")
    first, *_ = done.out.split("\n\n")
    assert first.startswith("B earns USD 2.")
    words = " ".join(done.out.split())
    assert "more a customer within 28 days than A (95 % interval, valid at all looks, +USD" in words
    assert "Stop: ship it." in words
    assert "the effect fades: it was +USD 1." in words
    assert "in the first week of a customer's life and is +USD 0." in words
    assert "would find an effect that is not there in 15." in words
    assert "Waiting: 1,2" in words
    assert "Sample ratio as designed" in words
    for title in ("By look", "By cohort", "By age", "B less A, by cohort and week of life"):
        assert f"\n{title}\n" in done.out


def test_one_row_a_customer_with_a_plan(cli: CommandLine) -> None:
    done = cli("monitor", *TABLE, *END, "--looks", 8, "--format", "md")
    assert done.code == 0
    assert "group-sequential, obrien_fleming spending of 5 %" in done.out
    assert "that needs an activity log (--date)" in done.out
    assert "| of plan |" in done.out
    assert "**By look**" in done.out


def test_json_and_csv_hold_everything(cli: CommandLine) -> None:
    found = json.loads(cli("monitor", *LOG, *END, "--format", "json").out)
    (one,) = found["treatments"]
    assert found["verdict"].startswith("B earns")
    assert (one["verdict"], one["stopped_at_look"]) == ("stop: ship it", 2)
    assert [len(one[name]) for name in ("looks", "cohorts", "ages")] == [6, 10, 9]
    assert one["age_trend"]["trend"]["found"]
    assert one["looks"][0]["day"] == "2026-04-06"
    rows = list(csv.DictReader(io.StringIO(cli("monitor", *LOG, *END, "--format", "csv").out)))
    kinds = [row["kind"] for row in rows]
    assert [kinds.count(kind) for kind in ("look", "cohort", "age", "cell")] == [6, 10, 9, 45]
    assert float(rows[5]["effect"]) == one["looks"][5]["estimate"]


def test_a_picture(cli: CommandLine) -> None:
    done = cli("monitor", *LOG, *END, "--picture", "a.png", "-o", "a.json")
    assert (done.code, done.out) == (0, "")
    assert Path("a.png").read_bytes()[:4] == b"\x89PNG"
    assert json.loads(Path("a.json").read_text())["metric"] == "amount"


def test_a_state_stands_for_rows_that_are_gone(cli: CommandLine) -> None:
    whole = json.loads(cli("monitor", *LOG, *END, "--ages", 4, "--format", "json").out)
    done = cli("monitor", *LOG, "--until", "2026-04-12", "--ages", 4, "--state", "sums.csv")
    assert done.err == "Wrote sums.csv\n"
    orders, table = pd.read_csv("orders.csv"), pd.read_csv("customers.csv")
    late = table.joined >= "2026-03-16"
    assert len(pd.read_csv("sums.csv")) == 2 * 2
    table[late].to_csv("customers.csv", index=False)
    orders[orders.customer.isin(table.customer[late])].to_csv("orders.csv", index=False)
    told = cli("monitor", *LOG, *END, "--ages", 4, "--state", "sums.csv", "--format", "json").out
    again = json.loads(told)
    assert again["units"] == whole["units"]
    for one, other in zip(
        again["treatments"][0]["looks"], whole["treatments"][0]["looks"], strict=True
    ):
        assert one["estimate"] == pytest.approx(other["estimate"], rel=1e-9)
        assert one["low"] == pytest.approx(other["low"], rel=1e-9)


def test_mistakes_take_one_line(cli: CommandLine) -> None:
    def refused(*words: object) -> str:
        return cli.refused("monitor", *words)

    assert "joine" in refused("customers.csv", "--variant", "group", "--assigned", "joine",
                              "--metric", "spend")  # fmt: skip
    assert "needs the end of the data (--until DATE)" in refused(*TABLE)
    assert "data after the last look" in refused(*TABLE, *END, "--looks", 4)
    assert "--until 2026-04-12" in refused(*TABLE, *END, "--looks", 4)
    assert "--date" in refused(*TABLE, *END, "--units", "customers.csv")
    assert "planned number of looks" in refused(*TABLE, *END, "--planned-units", 100)
    assert "90/10" in refused(*TABLE, *END, "--shares", "half")
    assert "did you mean" in refused(*TABLE, *END, "--spending", "pococ", "--looks", 9)
    assert "must end in .csv" in refused(*TABLE, *END, "--state", "sums.txt")
    assert 'no row is in "C"' in refused(
        "customers.csv", "--variant", "group", "--control", "C", "--assigned", "joined",
        "--metric", "spend", *END)  # fmt: skip
    Path("orders.csv").write_text("customer,ordered,amount\n5,2026-01-01,3\n")
    assert "line 2: ordered: 2026-01-01 is before the unit was assigned" in refused(*LOG, *END)
    Path("orders.csv").write_text("customer,ordered,amount\n5,2026-05-01,3\n5,,3\n")
    assert "line 3: ordered: is empty, though amount is not" in refused(*LOG, *END)


def test_a_log_that_disputes_the_table_or_stands_alone(cli: CommandLine) -> None:
    """Arms that differ are refused; without the table, that it is missing is said first."""
    orders, table = pd.read_csv("orders.csv"), pd.read_csv("customers.csv")
    both = orders.merge(table.drop(columns="spend"), on="customer")
    both.to_csv("both.csv", index=False)
    rest = [word for word in LOG if word not in ("orders.csv", "--units", "customers.csv")]
    done = cli("monitor", "both.csv", *rest, *END)
    assert done.out.startswith("Warning: every unit known has done something, since the log has")
    assert "B earns USD" in done.out.split("\n\n")[1]
    same = cli("monitor", "both.csv", "--units", "customers.csv", *rest, *END)
    assert same.out == cli("monitor", *LOG, *END).out
    other = {"A": "B", "B": "A"}
    both.assign(group=both.group.where(both.customer != 7, both.group.map(other))).to_csv(
        "both.csv", index=False
    )
    told = cli.refused("monitor", "both.csv", "--units", "customers.csv", *rest, *END)
    assert 'group: "7" is in "' in told
    assert "but customers.csv says" in told
    table[table.customer != 7].to_csv("customers.csv", index=False)
    lines = cli("monitor", *LOG, *END).out.split("\n\n")
    assert " rows of the log left out: their units are not in the table of" in lines[1]


def test_before_the_first_look(cli: CommandLine) -> None:
    done = cli("monitor", *TABLE, "--until", "2026-03-15", "--kind", "number")
    assert done.code == 0
    assert done.out.startswith("B: wait. The first cohort is complete on 2026-03-23")
    assert "By look" not in done.out


def test_the_name_says_whether_it_is_money(cli: CommandLine) -> None:
    assert "B earns USD" in cli("monitor", *TABLE, *END).out
    table = pd.read_csv("customers.csv").rename(columns={"spend": "visits"})
    table.to_csv("customers.csv", index=False)
    words = ("visits" if word == "spend" else word for word in TABLE)
    named = cli("monitor", *words, *END).out
    assert "USD" not in named
    words = ("visits" if word == "spend" else word for word in TABLE)
    assert "B earns USD" in cli("monitor", *words, *END, "--kind", "money").out


def test_columns_of_tables_have_names_of_their_own(cli: CommandLine) -> None:
    table = pd.read_csv("customers.csv").replace({"group": {"A": "control"}})
    table.to_csv("customers.csv", index=False)
    words = ("control" if word == "A" else word for word in TABLE)
    told = cli("monitor", *words, *END, "--format", "md").out
    headers = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in told.splitlines()
        if line.startswith("| treatment |")
    ]
    assert headers[1][2:6] == ["n control", "n treated", "control", "treated"]
    assert all(len(set(header)) == len(header) for header in headers)
