from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from helpers.command_line import CommandLine, here

from cvosim.cli.rendering import WIDTH

RACE = (
    "lab", "stopping", "tripwire_price_test", "-n", 6000, "--replications", 200, "--looks", 3,
    "--units", 2000, "--rule", "fixed", "--rule", "peek", "--metric", "contribution@28",
)  # fmt: skip
WORTH = ("lab", "testing", "tripwire_price_test", "-n", 6000, "--prior-sd", "10%")


def assert_told(verdict: list[str], out: str) -> None:
    """Every sentence is printed, on lines that a terminal shows whole."""
    said = " ".join(out.split())
    assert verdict
    assert [line for line in verdict if line not in said] == []
    last = out[: out.index("---")].splitlines()[:-2]  # the table's head and rule come next
    assert [line for line in last if len(line) > WIDTH] == []


def test_stopping_rules_in_each_form(cli: CommandLine) -> None:
    code, out, err = cli(*RACE, "--picture", "race.png")
    assert (code, err) == (0, "Wrote race.png\n")
    assert out.startswith("No rule beats shipping at once, without a test: that loses USD ")
    assert "Of the rules, one look at the end loses least money: USD" in out.replace("\n", " ")
    assert "peeking until green" in out
    exact = json.loads(cli(*RACE, "-f", "json").out)
    assert (exact["schema_version"], exact["replications"]) == (1, 200)
    assert_told(exact["verdict"], out)
    assert (exact["design"]["units"], exact["design"]["delay_days"]) == (2000, 28.0)
    assert exact["treatment"] == "lower_price"
    rows = list(csv.DictReader(io.StringIO(cli(*RACE, "-f", "csv").out)))
    assert {row["rule"] for row in rows} == {"fixed", "peek"}
    assert float(rows[0]["regret_error"]) > 0.0
    assert cli(*RACE, "-f", "md").out.count("| one look at the end |") == 1
    assert here() == ["race.png"]


def test_a_change_by_hand_and_other_beliefs(cli: CommandLine) -> None:
    words = (
        "lab", "stopping", "carpet_cleaning", "-S", "journey.tripwire.price=9", "-n", 4000,
        "--units", 1000, "--looks", 2, "--replications", 100, "--rule", "fixed", "--per-day", 100,
        "--effects", "-1:1,1:3", "--follow-days", 30, "--seed", 3, "-f", "json",
    )  # fmt: skip
    exact = json.loads(cli(*words).out)
    assert [one["weight"] for one in exact["design"]["effects"]] == [0.25, 0.75]
    assert exact["look_days"] == [35.0, 40.0]
    assert exact["seed"] == 3


def test_worth_of_a_test_in_each_form(cli: CommandLine) -> None:
    words = (*WORTH, "--days", "14,28")
    code, out, err = cli(*words, "--picture", "worth.svg")
    assert (code, err) == (0, "Wrote worth.svg\n")
    assert out.startswith("Testing for 14 days on ")
    assert "is worth USD" in out.splitlines()[0]
    assert "customers reach tripwire within 365 days" in " ".join(out.split())
    exact = json.loads(cli(*words, "-f", "json").out)
    assert_told(exact["verdict"], out)
    assert [one["days"] for one in exact["asked"]] == [14.0, 28.0]
    assert (exact["delay_days"], exact["metric"]) == (120.0, "contribution")
    rows = list(csv.DictReader(io.StringIO(cli(*words, "-f", "csv").out)))
    assert float(rows[13]["net"]) == pytest.approx(exact["asked"][0]["net"])
    assert "the best test runs" in Path("worth.svg").read_text("utf-8")


def test_customers_are_those_of_the_scenario(cli: CommandLine) -> None:
    """A market that comes once does not come again, and is the one that cvosim plan tells."""
    place = ("carpet_cleaning", "-n", 2000, "--assign-at", "tripwire", "-f", "json")
    worth = ("lab", "testing", "--prior-sd", 1, *place, "--horizon-days")
    year, ever = (json.loads(cli(*worth, days).out) for days in (365, 5000))
    planned = json.loads(cli("plan", *place, "--follow-days", 30).out)
    assert year["market"] < ever["market"]
    assert f"over the {ever['market']:,.0f} customers who enter by day" in planned["summary"]
    steady = json.loads(cli(*worth, 5000, "--per-day", 10).out)
    assert steady["market"] == 50_000.0
    told = " ".join(ever["verdict"])
    assert f"{ever['market']:,.0f} customers reach tripwire within 5000 days, the last" in told


def test_too_few_customers_for_an_effect(cli: CommandLine) -> None:
    words = ("tripwire_price_test", "-n", 2, "--units", 500, "--looks", 2)
    refusal = cli.refused("lab", "stopping", *words)
    assert "contribution or contribution" not in refusal


def test_worth_from_numbers_alone(cli: CommandLine) -> None:
    words = ("lab", "testing", "--sd", 40, "--per-day", 400, "-f", "json")
    money, part = (
        json.loads(cli(*words, *more).out)
        for more in (
            ("--prior-sd", 0.5),
            ("--prior-sd", "5%", "--value", 10, "--currency", "EUR"),
        )
    )
    assert money["best"] == part["best"]
    assert (money["currency"], part["currency"]) == ("USD", "EUR")
    assert money["best_days"] == 70.0


def test_worth_from_past_tests(cli: CommandLine) -> None:
    past = Path("past.csv")
    past.write_text("estimate,standard_error\n0.9,0.2\n-0.1,0.2\n0.05,0.2\n-0.8,0.2\n", "utf-8")
    words = ("lab", "testing", "--sd", 40, "--per-day", 400, "--past", past)
    exact = json.loads(cli(*words, "-f", "json").out)
    assert 0.3 < exact["prior"]["sd"] < 0.9
    assert "leave out" in cli.refused(*words, "--prior-sd", 1)
    past.write_text("estimate,standard_error\n0.9,\n-0.1,0.2\n0.1,0.2\n", "utf-8")
    assert "missing" in cli.refused(*words)


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        (["stopping", "nowhere"], "nowhere"),
        (["stopping", "carpet_cleaning"], "nothing to compare with"),
        (["stopping", "tripwire_price_test", "--rule", "peak"], 'did you mean "peek"'),
        (["stopping", "tripwire_price_test", "--effects", "1"], "sizes and weights"),
        (["stopping", "tripwire_price_test", "--metric", "clv"], "contribution@28"),
        (["stopping", "tripwire_price_test", "--metric", "orders/"], "revenue/orders"),
        (["stopping", "tripwire_price_test", "--metric", "contributoin"], "contribution"),
        (["stopping", "tripwire_price_test", "--share", "2"], "share: must be between"),
        (["testing", "carpet_cleaning"], "--prior-sd"),
        (["testing", "--prior-sd", "1"], "--per-day"),
        (["testing", "--prior-sd", "a lot"], "such as 5%"),
        (["testing", "--prior-sd", "5%", "--sd", "1", "--per-day", "9"], "--value"),
        (["testing", "--prior-sd", "5%", "--sd", "1", "--per-day", "9", "--value", "-1"], "0.35"),
        (["testing", "carpet_cleaning", "--sd", "1", "--prior-sd", "1"], "without a scenario"),
        (["testing", "--prior-sd", "1", "--sd", "1", "--per-day", "9", "-S", "a=1"], "none is"),
        (["testing", "--prior-sd", "1", "--sd", "1", "--per-day", "9", "--days", "x"], "7,14,28"),
        (["testing", "--prior-sd", "1", "--sd", "1", "--per-day", "9", "--days", "999"], "365"),
        (["testing", "--prior-sd", "-1", "--sd", "1", "--per-day", "9"], "sd must be 0 or more"),
        (["testing", "--prior-sd", "1", "--sd", "1", "--per-day", "0"], "per_day"),
        (["testing", "carpet_cleaning", "--prior-sd", "1", "-o", "no/x.json"], "does not exist"),
    ],
)
def test_bad_input_is_one_line(cli: CommandLine, words: list[str], answer: str) -> None:
    refusal = cli.refused("lab", *words)
    assert answer in refusal
    assert len(refusal.splitlines()) == 1
    assert here() == []
