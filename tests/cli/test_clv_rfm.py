from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.cdnow import END, write_cdnow
from helpers.command_line import CommandLine, here

from cvosim.clv.segments.named import SEGMENTS
from cvosim.randomness.philox import uniform

CHANNELS = ("ads", "mail", "web")


def lucky_channel(customer: int) -> str:
    """A channel that means nothing."""
    return CHANNELS[int(3 * uniform(7, customer, 1, 0))]


@pytest.fixture
def cdnow(cli: CommandLine) -> Path:
    """CDNOW, each customer with a channel drawn by lot and a club that buys twice as dear."""
    path = write_cdnow(Path("cdnow.csv"))
    header, *rows = path.read_text("ascii").splitlines()
    lines = [f"{header},channel,club"]
    for row in rows:
        customer, date, amount = row.split(",")
        member = uniform(7, int(customer), 2, 0) < 0.15
        dollars = float(amount) * (2 if member else 1)
        lines.append(f"{customer},{date},{dollars:.2f},{lucky_channel(int(customer))},{member}")
    path.write_text("\n".join(lines) + "\n", "ascii")
    return path


def test_segments_concentration_and_what_marks_value(cli: CommandLine, cdnow: Path) -> None:
    words = ("clv", "rfm", cdnow, "--attribute", "channel", "--attribute", "club")
    code, out, err = cli(*words)
    assert code == 0
    assert "Warning: 8 amounts are 0 or below" in err
    assert out.startswith("cdnow.csv: 2,357 customers, scored on 1998-06-30\n")
    assert all(f"\n{name} " in out for name in SEGMENTS)
    assert "of the revenue (" in out
    exact = json.loads(cli(*words, "-f", "json").out)
    assert exact["schema_version"] == 1
    assert sum(one["customers"] for one in exact["segments"]) == 2357
    different = {(o["attribute"], o["label"]) for o in exact["anomalies"]["tested"] if o["differs"]}
    assert {("club", "True"), ("club", "False")} <= different
    assert not any(attribute == "channel" for attribute, _ in different)
    marks = {(one["attribute"], one["label"]): one for one in exact["profile"]["traits"]}
    club = marks["club", "True"]
    assert club["marks"]
    assert club["lift"]["low"] > 1
    assert not any(marks["channel", channel]["marks"] for channel in CHANNELS)
    assert cli(*words, "-f", "md").out.count("| segment | customers |") == 1


def test_one_row_a_customer(cli: CommandLine, cdnow: Path) -> None:
    code, out, err = cli("clv", "rfm", cdnow, "--until", END, "-o", "customers.csv")
    assert (code, out) == (0, "")
    assert err.endswith("Wrote customers.csv\n")
    rows = list(csv.DictReader(io.StringIO(Path("customers.csv").read_text("utf-8"))))
    assert len(rows) == 2357
    assert rows[0]["customer"] == "0001"
    assert (rows[0]["recency_days"], rows[0]["frequency"]) == ("59.0", "3")
    assert {row["segment"] for row in rows} <= set(SEGMENTS)
    assert "channel" not in rows[0]
    assert {row["recency_score"] for row in rows} == set("12345")


def test_cells_by_what_came_after(cli: CommandLine, cdnow: Path) -> None:
    out = cli("clv", "rfm", cdnow, "--until", END).out
    assert "differ from the rest beyond chance in what a customer paid after that day" in out
    assert "RFM cell   555" in out
    assert "more in JSON" in out


def test_cuts_and_scores(cli: CommandLine, cdnow: Path) -> None:
    words = ("clv", "rfm", cdnow, "--scores", "3", "--cuts", "recency=30,90,180,365", "-f", "csv")
    rows = list(csv.DictReader(io.StringIO(cli(*words).out)))
    for row in rows:
        days = float(row["recency_days"])
        assert int(row["recency_score"]) == 5 - sum(days >= cut for cut in (30, 90, 180, 365))
    assert {row["monetary_score"] for row in rows} == set("123")


def test_the_limits_used_are_told(cli: CommandLine, cdnow: Path) -> None:
    words = ("clv", "rfm", cdnow, "--cuts", "recency=30,90")
    exact = json.loads(cli(*words, "-f", "json").out)["scales"]
    assert exact["recency"] == {"levels": 3, "cuts": [30, 90], "given": True, "flat": False}
    assert exact["frequency"]["cuts"] == [2, 2, 3, 5]
    assert len(exact["monetary"]["cuts"]) == 4
    out = cli(*words).out
    assert "\n2      30 to under 90  - " in out
    assert "\n3      under 30        2 to under 3 " in out


def test_attributes_without_a_difference_have_their_means(cli: CommandLine, cdnow: Path) -> None:
    out = cli("clv", "rfm", cdnow, "--attribute", "channel").out
    assert "Differences: none of 3 labels differs from the rest beyond chance" in out
    assert "Mean of what a customer paid so far: none differs beyond chance" in out
    assert all(f"\nchannel    {channel} " in out for channel in CHANNELS)
    both = cli("clv", "rfm", cdnow, "--attribute", "channel", "--attribute", "club").out
    means = both.split("Mean of what")[1].split("\n\n")[1]
    assert "\nchannel " in means
    assert "\nclub " not in means, "its labels differ"
    table = cli("clv", "rfm", cdnow, "--attribute", "channel", "--attribute", "club", "-f", "csv")
    for row in csv.DictReader(io.StringIO(table.out)):
        assert row["channel"] == lucky_channel(int(row["customer"]))
        assert row["club"] in {"True", "False"}


def test_a_picture(cli: CommandLine, cdnow: Path) -> None:
    assert cli("clv", "rfm", cdnow, "--picture", "segments.svg").code == 0
    assert Path("segments.svg").read_text("utf-8").startswith("<?xml")
    assert here() == ["cdnow.csv", "segments.svg"]


def err_of_table(cli: CommandLine) -> str:
    """A table of customers has no place for doubts: they are on standard error."""
    return cli("clv", "rfm", "few.csv", "-f", "csv").err


def test_doubts_come_first(cli: CommandLine) -> None:
    rows = "".join(f"c{one},2024-01-0{one},5,x\n" for one in range(1, 6))
    Path("few.csv").write_text(f"customer,date,amount,via\n{rows}", "utf-8")
    out = cli("clv", "rfm", "few.csv", "--attribute", "via").out
    assert out.startswith("Warning: Only 5 customers: scores by quantile rest on a handful")
    assert "All customers have the same frequency, 1" in out
    assert "No ideal customer profile: 5 of 5 customers are worth the same, 5" in out
    assert err_of_table(cli).count("Warning: All customers have the same") == 2
    exact = json.loads(cli("clv", "rfm", "few.csv", "--attribute", "via", "-f", "json").out)
    assert len(exact["warnings"]) == 4
    assert exact["profile"] is None
    assert exact["concentration"]["gini"] == {"value": 0.0, "low": None, "high": None}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["--attribute", "chanel"], "chanel"),
        (["--cuts", "recency"], "--cuts 'recency': write a measure and its cuts"),
        (["--cuts", "age=3"], "'age' is none of recency, frequency, monetary"),
        (["--cuts", "recency=9,3"], "give 1 to 8 numbers, each larger"),
        (["--scores", "11"], "ask for 2 to 9"),
        (["--scores", "1"], "must be at least 2"),
        (["--until", "1996-01-01"], "before the first order"),
        (["--picture", "x.txt"], "must end in .png or .svg or .pdf"),
        (["-o", "cdnow.csv", "--force"], "would be overwritten"),
    ],
)
def test_bad_input_is_one_line(
    cli: CommandLine, cdnow: Path, words: list[str], answer: str
) -> None:
    refusal = cli.refused("clv", "rfm", cdnow, *words).splitlines()
    assert answer in refusal[-1]
    assert here() == ["cdnow.csv"]
